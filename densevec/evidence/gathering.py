"""From an encoded text to evidence: read, fold plurals and capitals, sum, keep examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.evidence.languages import Language
from densevec.evidence.lexicon import Lexicon
from densevec.evidence.pieces import Pieces
from densevec.evidence.reading import Pairs, pairs_of, read_matches, roles_of
from densevec.evidence.table import Evidence
from densevec.evidence.tokens import folded, stripped

_LEAST_COSINE = 0.3  # of a plural and its singular: *news* is not *new*
_LEAST_SHARE = 0.1  # of a plural's count, that its singular has at least
_EXAMPLE_TOKENS = 40

Closeness = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.float64]]


def gather(
    encoded: Any,
    words: Sequence[str],
    counts: npt.NDArray[np.int64],
    language: Language,
    closeness: Closeness,
    *,
    in_text: npt.NDArray[np.int64],
    num_examples: int,
    workers: int,
    delimiter: str | None = None,
    known: npt.NDArray[np.int32] | None = None,
) -> Evidence:
    """The evidence of an ``EncodedCorpus``.

    Parameters
    ----------
    words, counts : the vocabulary, by id
    in_text : (V,) how often each word comes in this text: ``counts``, unless these are of earlier ones too
    closeness : the cosines (k,) of two lists of words by id, which tell *animals* and *animal* from *news* and *new*
    num_examples : for so many of the strongest pairs a sentence is kept
    delimiter : what joins the words of phrases in the text; None where none were joined
    known : (V,) the words that stood for these in earlier texts
    """
    words = list(words)
    pieces = Pieces.of(words, language, delimiter)
    text, lexicon = pieces.read(encoded), Lexicon.of(words, language, pieces)
    matches = read_matches(text, lexicon, language, workers)
    folds = fold(words, pieces.counts(counts), lexicon, language, closeness, known)
    roles = roles_of(matches, pieces.counts(in_text), folds)
    pairs = pairs_of(matches, text, lexicon, roles, language)
    small = [folded(word) for word in [*words, *pieces.more]]
    kinds = np.array([word in language.kinds for word in small])
    narrow, broad = folds[pairs.narrow], folds[pairs.broad]
    keep = (narrow != broad) & ~kinds[pairs.broad] & ~kinds[broad]
    keep &= (narrow < len(words)) & (broad < len(words))
    is_plural = [small[one] != small[several] for one, several in zip(broad, pairs.broad, strict=True)]
    keep &= ~pairs.needs_plural | np.array(is_plural, bool)
    narrow, broad, pairs = narrow[keep], broad[keep], Pairs(*(column[keep] for column in pairs))
    keys, inverse = np.unique(narrow.astype(np.int64) * len(words) + broad, return_inverse=True)
    sums = np.bincount(inverse, pairs.weight, len(keys)).astype(np.float32)
    narrow, broad = (keys // max(len(words), 1)).astype(np.int32), (keys % max(len(words), 1)).astype(np.int32)
    shown = _best_places(pairs, inverse)
    best = np.lexsort((np.arange(len(keys)), -sums))[:num_examples]
    examples = {
        (int(narrow[pair]), int(broad[pair])): _sentence(encoded, words, pieces, pairs, int(shown[pair]))
        for pair in best.tolist()
    }
    functions = [row for row, word in enumerate(small[: len(words)]) if word in language.closed_class]
    return Evidence(
        words,
        folds[: len(words)],
        narrow,
        broad,
        sums,
        examples,
        language=language.name,
        functions=np.array(functions, np.int32),
    )


def fold(
    words: Sequence[str],
    counts: npt.NDArray[np.int64],
    lexicon: Lexicon,
    language: Language,
    closeness: Closeness,
    known: npt.NDArray[np.int32] | None = None,
) -> npt.NDArray[np.int32]:
    """(V,) the id of the word that stands for each: without punctuation, its small letters, its singular, or all.

    Words for which one stood in earlier texts, ``known`` (V,), stay together: what was said of one was said of all.
    """
    index = {word: row for row, word in enumerate(words)}
    folds = lexicon.cores.copy()
    candidates: list[tuple[int, int]] = []
    for row, word in enumerate(words):
        if folds[row] != row:
            continue
        core = word if word.isalpha() else stripped(word)[0]
        lower = index.get(core.lower(), row)
        if lower != row and counts[lower] >= counts[row]:
            candidates.append((row, lower))
            continue
        one = _singular(core, index, counts, language, _LEAST_SHARE * counts[row], row)
        if one == row == lower:  # nobody writes the plural in small letters: "Kakapos" and "kakapo"
            one = _singular(core.lower(), index, counts, language, counts[row], row)
        if one != row:
            candidates.append((row, one))
    if candidates:
        several, single = np.array(candidates).T
        near = closeness(several, single) >= _LEAST_COSINE
        folds[several[near]] = single[near]
    if known is not None:
        folds[: len(known)] = folds[known]
    for _ in range(3):  # "(Animals," to "Animals" to "animals" to "animal"
        folds = folds[folds]
    # What two words stand for each other by a circle of rules stands for itself.
    folds[folds[folds] != folds] = np.flatnonzero(folds[folds] != folds)
    return folds


def _singular(
    word: str, index: dict[str, int], counts: npt.NDArray[np.int64], language: Language, least: float, row: int
) -> int:
    """The id of the singular that a plural has, no function word, that comes ``least`` times or more; ``row`` without
    one."""
    for plural, singular in language.plurals:
        stem = word[: len(word) - len(plural)]
        one = index.get(stem + singular, row) if word.endswith(plural) and len(stem) > 1 else row
        if one != row and counts[one] >= least and (stem + singular).lower() not in language.closed_class:
            return one
    return row


def _best_places(pairs: Pairs, key: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of each key the first place in a sentence that is shown whole, or else the one whose phrases are nearest."""
    whole = pairs.length <= _EXAMPLE_TOKENS
    order = np.lexsort((np.arange(len(key)), np.where(whole, 0, pairs.end - pairs.begin), key))
    return order[np.unique(key[order], return_index=True)[1]]


def _sentence(encoded: Any, words: Sequence[str], pieces: Pieces, pairs: Pairs, place: int) -> str:
    """A sentence of the text, of a long one the tokens around the pair; "…" stands for words of it that are not in the
    vocabulary, and for what is cut off."""
    number = int(pairs.sentence[place])
    ids, _ = encoded.with_marks(number, number + 1, len(words))
    begin, end = pieces.tokens(ids, int(pairs.begin[place]), int(pairs.end[place]))
    start = max(0, min(begin - max(0, _EXAMPLE_TOKENS - (end - begin)) // 2, len(ids) - _EXAMPLE_TOKENS))
    tokens = [words[i] if i < len(words) else "…" for i in ids[start : start + _EXAMPLE_TOKENS].tolist()]
    before = ["…"] * (start > 0 and tokens[0] != "…")
    after = ["…"] * (start + _EXAMPLE_TOKENS < len(ids) and tokens[-1] != "…")
    return " ".join([*before, *tokens, *after])
