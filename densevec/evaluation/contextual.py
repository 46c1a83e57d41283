"""Similarity of words in their sentences: do densities in context rank pairs as people do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from densevec._text_rules import tokens_of
from densevec.corpus.lines import Source, as_number, name_of, read_lines
from densevec.densities import cosine
from densevec.errors import FormatError, MissingWordError
from densevec.evaluation._reading import UNKNOWN_WORD, Encoder, counted, find_word, read_places
from densevec.evaluation._statistics import figure, spearman

_OPENS, _CLOSES = "<b>", "</b>"


class WordInSentence(NamedTuple):
    """A word by its place in a sentence."""

    tokens: tuple[str, ...]
    position: int

    @property
    def word(self) -> str:
        return self.tokens[self.position]


class ContextualPair(NamedTuple):
    """Two words in their sentences, and how similar people find them there."""

    first: WordInSentence
    second: WordInSentence
    score: float


@dataclass(frozen=True)
class ContextualResult:
    """Spearman's correlations with people's scores, of words in their sentences and by themselves.

    in_context : as ``vectors.similarity`` compares them;  by_posteriors : by the means of their densities there
    """

    in_context: float
    by_posteriors: float
    by_itself: float
    used: int
    total: int

    @property
    def left_out(self) -> dict[str, int]:
        """Reason → pairs."""
        return counted({UNKNOWN_WORD: self.total - self.used})

    def as_dict(self) -> dict[str, Any]:
        return {
            "in_context": figure(self.in_context),
            "by_posteriors": figure(self.by_posteriors),
            "by_itself": figure(self.by_itself),
            "used": self.used,
            "total": self.total,
        }


def read_contextual_pairs(path: Source) -> list[ContextualPair]:
    """Pairs of Stanford's contextual word similarities, SCWS.

    A line is number, word, part of speech, word, part of speech, sentence, sentence, mean of people's scores from 0 to
    10, ten scores, separated by tabs; the words are marked ``<b> word </b>`` in their sentences.  Tokens without a
    letter or a digit are left out, as texts to train on have none.

    Errors: FormatError with file and line.
    """
    pairs = []
    for number, line in read_lines(path):
        fields = line.split("\t")
        first, second = (_marked(text) for text in fields[5:7]) if len(fields) >= 8 else (None, None)
        score = as_number(fields[7].strip()) if len(fields) >= 8 else None
        if first is None or second is None or score is None:
            raise FormatError(
                f"{name_of(path)!r}, line {number}: expected two sentences with a word marked <b> ... </b> in fields "
                "6 and 7, and a score in field 8, separated by tabs"
            )
        pairs.append(ContextualPair(first, second, score))
    return pairs


def _marked(text: str) -> WordInSentence | None:
    """The sentence and the place of its marked word; None unless one word is marked."""
    tokens = tokens_of(text)
    if _OPENS not in tokens or _CLOSES not in tokens:
        return None
    opens, closes = tokens.index(_OPENS), tokens.index(_CLOSES)
    if closes != opens + 2:
        return None
    before, after = (
        [token for token in part if any(map(str.isalnum, token))] for part in (tokens[:opens], tokens[closes + 1 :])
    )
    return WordInSentence((*before, tokens[opens + 1], *after), len(before))


def evaluate_contextual(vectors: Any, path: Source, *, encoder: Encoder | None = None) -> ContextualResult:
    """Rank correlation on Stanford's contextual word similarities (Huang, Socher, Manning & Ng 2012).

    In context the similarity is that of ``vectors.similarity`` of two words in their sentences, by itself that of the
    words; by posteriors it is the cosine of the means of two densities, which in context is, too, where the vectors do
    not read sentences.  Tokens are looked up as they stand, else in lower case.

    Parameters
    ----------
    path : the set's file
    encoder : densities of a list of (tokens, position), such as a model's ``posterior_batch``; without one
        ``by_posteriors`` is nan, and so is ``in_context`` of vectors that do not read sentences

    Pairs with an unknown word are left out: ``used`` < ``total``.  A word that sub-words compose stands for itself
    where the model, which has met too few new words, does not read it in its sentence.
    """
    pairs = read_contextual_pairs(path)
    used = [pair for pair in pairs if all(find_word(vectors, each.word) for each in (pair.first, pair.second))]
    people = [pair.score for pair in used]
    first = [_as_known(vectors, pair.first) for pair in used]
    second = [_as_known(vectors, pair.second) for pair in used]
    alone = [vectors.similarity(a.word, b.word) for a, b in zip(first, second, strict=True)]
    here = by_posteriors = float("nan")
    if encoder is not None and used:
        densities = zip(*(read_places(vectors, encoder, each) for each in (first, second)), strict=True)
        here = by_posteriors = spearman(people, [float(cosine(a.mean, None, b.mean, None)) for a, b in densities])
    if getattr(vectors, "reads_sentences", False) and used:
        here = spearman(people, [_similarity_here(vectors, a, b) for a, b in zip(first, second, strict=True)])
    return ContextualResult(here, by_posteriors, spearman(people, alone), len(used), len(pairs))


def _similarity_here(vectors: Any, first: WordInSentence, second: WordInSentence) -> float:
    """The similarity of two words in their sentences; by themselves, where one is a new word that is not read there."""
    try:
        return float(vectors.similarity(*((list(each.tokens), each.position) for each in (first, second))))
    except MissingWordError:
        return float(vectors.similarity(first.word, second.word))


def _as_known(vectors: Any, given: WordInSentence) -> WordInSentence:
    """The tokens as the vectors know them; others as they are."""
    return WordInSentence(tuple(find_word(vectors, token) or token for token in given.tokens), given.position)
