"""Pairs of words of which an encoded text says that one is a kind of the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.patterns import CONTENT, PHRASES, count_nouns, match
from densevec.evidence.languages import Language
from densevec.evidence.lexicon import Lexicon

_TOKENS_AT_ONCE = 2**21
_MATCHES_AT_ONCE = 2**14
_LONGEST = 18  # tokens of a phrase or list that are looked at
_CLASS = 7


class Matches(NamedTuple):
    """Where patterns matched, and how words stood in noun phrases.

    spans : (n, 6) int64: pattern, sentence, start and end of the narrow phrase, of the broad one
    heads, modifiers : (V,) how often a word was all of a phrase after a determiner, and followed by more of it
    """

    spans: npt.NDArray[np.int64]
    heads: npt.NDArray[np.int64]
    modifiers: npt.NDArray[np.int64]


def read_matches(encoded: Any, lexicon: Lexicon, language: Language, workers: int) -> Matches:
    """All matches in an ``EncodedCorpus``, in the order of the text."""
    _, elements, bits, starts = language.compiled()
    ids, offsets = encoded.ids, encoded.offsets
    num_words = len(lexicon.kinds)

    def read(part: tuple[int, int]) -> Matches:
        heads, modifiers = np.zeros(num_words, np.int64), np.zeros(num_words, np.int64)
        count_nouns(ids, offsets, *part, lexicon.kinds, heads, modifiers)
        spans = []
        sentence, last = part
        while sentence < last:
            found = np.empty((_MATCHES_AT_ONCE, 6), np.int64)
            number, sentence = match(
                ids, offsets, sentence, last, lexicon.kinds, lexicon.sets, elements, bits, starts, found
            )
            spans.append(found[:number])
        return Matches(np.concatenate([np.empty((0, 6), np.int64), *spans]), heads, modifiers)

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(read, _parts(offsets)))
    if not parts:
        return Matches(np.empty((0, 6), np.int64), np.zeros(num_words, np.int64), np.zeros(num_words, np.int64))
    spans = np.concatenate([part.spans for part in parts])
    narrow_first = np.array([pattern.narrow_first for pattern in language.patterns])[spans[:, 0]]
    spans[~narrow_first, 2:] = spans[~narrow_first][:, [4, 5, 2, 3]]
    heads, modifiers = (np.sum([part[column] for part in parts], axis=0) for column in (1, 2))
    return Matches(spans, heads, modifiers)


def _parts(offsets: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of sentences of about so many tokens."""
    first = 0
    while first < len(offsets) - 1:
        last = int(np.searchsorted(offsets, offsets[first] + _TOKENS_AT_ONCE, side="right")) - 1
        last = max(last, first + 1)
        yield first, last
        first = last


class Roles(NamedTuple):
    """(V,) bool: what the text shows a word to be; a name is neither."""

    is_noun: npt.NDArray[np.bool_]
    is_modifier: npt.NDArray[np.bool_]


NOUN_SHARE = 0.01
MODIFIER_SHARE = 0.85
MODIFIER_USE = 0.2  # of all its occurrences, in phrases after determiners; of names it is less


def roles_of(matches: Matches, counts: npt.NDArray[np.int64], folds: npt.NDArray[np.int32]) -> Roles:
    """A noun stands alone after a determiner ("the kiwi is"), a modifier has more of its phrase after it mostly.

    A plural is one too where its singular, by ``folds``, is.
    """
    both = matches.heads + matches.modifiers
    is_modifier = (matches.modifiers > MODIFIER_SHARE * both) & (both >= MODIFIER_USE * counts)
    is_noun = (matches.heads >= NOUN_SHARE * counts) & (matches.heads >= 2) & ~is_modifier
    return Roles(is_noun | (is_noun[folds] & ~is_modifier), is_modifier)


class Pairs(NamedTuple):
    """(n,) each: ids of the narrow and the broad word, what the pair counts, the sentence that says so, and whether the
    broad word must be a plural ("parrots are birds", not "parrots are green")."""

    narrow: npt.NDArray[np.int64]
    broad: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    sentence: npt.NDArray[np.int64]
    needs_plural: npt.NDArray[np.bool_]


def pairs_of(matches: Matches, encoded: Any, lexicon: Lexicon, roles: Roles, language: Language) -> Pairs:
    """The heads of the two phrases of every match; of a list of narrow phrases, each one's."""
    ids = encoded.ids
    content = (lexicon.kinds & _CLASS) == CONTENT
    spans = matches.spans
    broad_before = spans[:, 4] < spans[:, 2]
    broad = _heads(ids, spans[:, 4], spans[:, 5], content & roles.is_noun, language.head, at_end=broad_before)
    kinds = np.array([[item[0] for item in p.elements if item[0] >= 2] for p in language.patterns])
    is_list = (kinds == PHRASES).any(axis=1)[spans[:, 0]]
    names = content & ~roles.is_modifier
    weight = np.array([pattern.weight for pattern in language.patterns])[spans[:, 0]]
    single = np.flatnonzero(~is_list & (broad >= 0))
    rows = [single]
    narrows = [_heads(ids, spans[single, 2], spans[single, 3], names, language.head, at_end=~broad_before[single])]
    lists = np.flatnonzero(is_list & (broad >= 0))
    for k, starts, ends in _items(ids, spans[lists, 2], spans[lists, 3], lexicon.kinds):
        rows.append(lists[k])
        narrows.append(_heads(ids, starts, ends, names, language.head, at_end=np.zeros(len(k), bool)))
    row, narrow = np.concatenate(rows), np.concatenate(narrows)
    keep = narrow >= 0
    row, narrow = row[keep], narrow[keep]
    plural = np.array([pattern.broad_is_plural for pattern in language.patterns])[spans[row, 0]]
    cores = lexicon.cores.astype(np.int64)
    return Pairs(cores[narrow], cores[broad[row]], weight[row], spans[row, 1], plural)


def _heads(ids: Any, starts: Any, ends: Any, can_be: Any, side: str, *, at_end: Any) -> npt.NDArray[np.int64]:
    """The id of the head of each phrase, −1 without one.

    ``at_end``: the pattern's words follow the phrase, so that the head is at (or for ``side`` "first" before) its end;
    else the phrase goes on as far as content words do, and its head is in its first run of words that ``can_be`` one.
    """
    place = starts[:, None] + np.arange(6)
    inside = place < ends[:, None]
    found = np.where(inside, ids[np.minimum(place, len(ids) - 1)], 0)
    fits = inside & can_be[found]
    first = fits.argmax(axis=1)
    run = np.cumprod(np.where(np.arange(6) < first[:, None], True, fits), axis=1).astype(bool) & (
        np.arange(6) >= first[:, None]
    )
    in_first_run = first if side == "first" else first + run.sum(axis=1) - 1
    last = ends - starts - 1
    if side == "last":
        column = np.where(at_end, np.minimum(last, 5), in_first_run)
    else:
        column = in_first_run
    chosen = np.clip(column, 0, 5)
    good = np.take_along_axis(fits, chosen[:, None], 1)[:, 0]
    return np.where(good, np.take_along_axis(found, chosen[:, None], 1)[:, 0], -1).astype(np.int64)


def _items(ids: Any, starts: Any, ends: Any, kinds: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The phrases of lists, the first of each, then the second, ...: (list, start, end)."""
    rest = np.arange(len(starts))
    starts = starts.copy()
    while len(rest):
        place = starts[rest, None] + np.arange(_LONGEST)
        inside = place < ends[rest, None]
        kind = np.where(inside, kinds[ids[np.minimum(place, len(ids) - 1)]], 255)
        content = (kind & _CLASS == CONTENT) & inside
        begin = np.where(content.any(axis=1), content.argmax(axis=1), _LONGEST)
        # an item ends before a word that is no content word, or after one with a comma
        after = np.arange(_LONGEST) >= begin[:, None]
        breaks = after & (~content | ((kind & 24) > 0))
        end = np.where(breaks.any(axis=1), breaks.argmax(axis=1), _LONGEST)
        at = np.minimum(end, _LONGEST - 1)
        end = end + np.take_along_axis(content, at[:, None], 1)[:, 0] * (end < _LONGEST)
        good = begin < _LONGEST
        yield rest[good], starts[rest[good]] + begin[good], starts[rest[good]] + end[good]
        starts[rest] += np.maximum(end, 1)
        rest = rest[good & (starts[rest] < ends[rest])]
