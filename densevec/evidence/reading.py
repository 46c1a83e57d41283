"""Pairs of words of which an encoded text says that one is a kind of the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.patterns import (
    COMMA_AFTER,
    CONTENT,
    DETERMINER,
    END_AFTER,
    FUNCTION,
    PHRASES,
    count_nouns,
    match,
)
from densevec.evidence.languages import Language
from densevec.evidence.lexicon import Lexicon

_TOKENS_AT_ONCE = 2**21
_MATCHES_AT_ONCE = 2**14
_LONGEST = 18  # tokens of a phrase or list that are looked at
_CLASS = 7
_DENIED_FROM = 3  # words before a phrase that are looked at
_LED_BY = 6  # the same, for a preposition


class Matches(NamedTuple):
    """Where patterns matched, and how words stood in noun phrases.

    parts : what was read at a time, from one sentence up to another
    spans : of each part (n, 6) int64: pattern, sentence, start and end of the narrow phrase, of the broad one, all
        counted from where the part begins, with what is not in the vocabulary (``EncodedCorpus.with_marks``)
    nouns : (3, V) how often a word was all of a phrase after a determiner, and after one that never stands without a
        noun, and how often more of the phrase followed it
    """

    parts: list[tuple[int, int]]
    spans: list[npt.NDArray[np.int64]]
    nouns: npt.NDArray[np.int64]


def read_matches(encoded: Any, lexicon: Lexicon, language: Language, workers: int) -> Matches:
    """All matches in an ``EncodedCorpus``, in the order of the text."""
    _, elements, bits, starts = language.compiled()
    is_narrow_first = np.array([pattern.narrow_first for pattern in language.patterns])
    parts = list(_parts(encoded.offsets))
    totals = np.zeros((3, lexicon.unknown + 1), np.int64)

    def read(part: tuple[int, int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        ids, offsets = encoded.with_marks(*part, lexicon.unknown)
        nouns = np.zeros_like(totals)
        sentence, last = 0, len(offsets) - 1
        count_nouns(ids, offsets, sentence, last, lexicon.kinds, lexicon.articles, nouns)
        found = [np.empty((0, 6), np.int64)]
        while sentence < last:
            some = np.empty((_MATCHES_AT_ONCE, 6), np.int64)
            number, sentence = match(
                ids, offsets, sentence, last, lexicon.kinds, lexicon.sets, elements, bits, starts, some
            )
            found.append(some[:number])
        spans = np.concatenate(found)
        is_broad_first = ~is_narrow_first[spans[:, 0]]
        spans[is_broad_first, 2:] = spans[is_broad_first][:, [4, 5, 2, 3]]
        return spans, nouns

    spans = []
    with ThreadPoolExecutor(workers) as pool:
        for matched, nouns in pool.map(read, parts):
            spans.append(matched)
            totals += nouns
    return Matches(parts, spans, totals[:, : lexicon.unknown])


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
ARTICLE_SHARE = 0.1  # of the determiners before a noun that never stand without one, at least
MODIFIER_SHARE = 0.85
MODIFIER_USE = 0.2  # of all its occurrences, in phrases after determiners; of names it is less


def roles_of(matches: Matches, counts: npt.NDArray[np.int64], folds: npt.NDArray[np.int32]) -> Roles:
    """A noun stands alone after a determiner ("the kiwi is"), and not only after those that a verb may follow ("that
    grew"); a modifier has more of its phrase after it mostly.

    A plural is one too where its singular, by ``folds``, is.  ``counts`` are those of the text that was matched.
    """
    heads, after_articles, modifiers = matches.nouns
    both = heads + modifiers
    is_modifier = (modifiers > MODIFIER_SHARE * both) & (both >= MODIFIER_USE * counts)
    is_noun = (heads >= NOUN_SHARE * counts) & (heads >= 2) & (after_articles >= ARTICLE_SHARE * heads) & ~is_modifier
    return Roles(is_noun | (is_noun[folds] & ~is_modifier), is_modifier)


class Pairs(NamedTuple):
    """Pairs of words, in the order of the text.

    narrow, broad : (n,) int64, ids
    weight : (n,) float64, what the pair counts
    sentence, begin, end, length : (n,) int64, the sentence that says so, where in it from the first token of the two
        phrases to one past their last, and how many tokens it has
    needs_plural : (n,) bool, whether the broad word must be a plural ("parrots are birds", not "parrots are green")
    """

    narrow: npt.NDArray[np.int64]
    broad: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]
    sentence: npt.NDArray[np.int64]
    begin: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    needs_plural: npt.NDArray[np.bool_]


def pairs_of(matches: Matches, encoded: Any, lexicon: Lexicon, roles: Roles, language: Language) -> Pairs:
    """The heads of the two phrases of every match; of a list of narrow phrases, each one's."""
    found = []
    for (first, last), spans in zip(matches.parts, matches.spans, strict=True):
        ids, offsets = encoded.with_marks(first, last, lexicon.unknown)
        pairs = _pairs_of_part(spans, ids, offsets, lexicon, roles, language)
        found.append(pairs._replace(sentence=pairs.sentence + first))
    if not found:
        none = np.empty(0, np.int64)
        return Pairs(none, none, np.empty(0), none, none, none, none, np.empty(0, bool))
    return Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _pairs_of_part(
    spans: npt.NDArray[np.int64],
    ids: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int64],
    lexicon: Lexicon,
    roles: Roles,
    language: Language,
) -> Pairs:
    content = (lexicon.kinds & _CLASS) == CONTENT
    is_said = np.array([pattern.is_said for pattern in language.patterns])[spans[:, 0]]
    spans = spans[~(is_said & (_are_denied(spans, ids, offsets, lexicon) | _are_objects(spans, ids, offsets, lexicon)))]
    broad_before = spans[:, 4] < spans[:, 2]
    nouns = content & np.append(roles.is_noun, True)
    broad = _heads(ids, spans[:, 4], spans[:, 5], nouns, language.head, at_end=broad_before)
    broad[broad == lexicon.unknown] = -1
    kinds = np.array([[item[0] for item in p.elements if item[0] >= 2] for p in language.patterns])
    is_list = (kinds == PHRASES).any(axis=1)[spans[:, 0]]
    names = content & np.append(~roles.is_modifier, True)
    weight = np.array([pattern.weight for pattern in language.patterns])[spans[:, 0]]
    single = np.flatnonzero(~is_list & (broad >= 0))
    rows, ranges = [single], [spans[single, 2:4]]
    narrows = [_heads(ids, spans[single, 2], spans[single, 3], names, language.head, at_end=~broad_before[single])]
    lists = np.flatnonzero(is_list & (broad >= 0))
    for k, starts, ends in _items(ids, spans[lists, 2], spans[lists, 3], lexicon.kinds):
        rows.append(lists[k])
        ranges.append(np.column_stack([starts, ends]))
        narrows.append(_heads(ids, starts, ends, names, language.head, at_end=np.zeros(len(k), bool)))
    row, narrow, of_narrow = np.concatenate(rows), np.concatenate(narrows), np.concatenate(ranges)
    keep = (narrow >= 0) & (narrow != lexicon.unknown)
    row, narrow, of_narrow = row[keep], narrow[keep], of_narrow[keep]
    plural = np.array([pattern.broad_is_plural for pattern in language.patterns])[spans[row, 0]]
    cores, sentence = lexicon.cores.astype(np.int64), spans[row, 1]
    begin = np.minimum(of_narrow[:, 0], spans[row, 4]) - offsets[sentence]
    end = np.maximum(of_narrow[:, 1], spans[row, 5]) - offsets[sentence]
    length = offsets[sentence + 1] - offsets[sentence]
    return Pairs(cores[narrow], cores[broad[row]], weight[row], sentence, begin, end, length, plural)


def _are_denied(
    spans: npt.NDArray[np.int64],
    ids: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int64],
    lexicon: Lexicon,
) -> npt.NDArray[np.bool_]:
    """(n,) whether a word before one of the two phrases says that it is not so: "no parrot is a fish", "none of the
    parrots is a fish", "parrots are no fish".

    "No parrots and other birds" says nothing against parrots being birds: what stands in a list is not denied.
    """
    passed = np.isin(lexicon.kinds & _CLASS, (DETERMINER, FUNCTION))
    denied = np.zeros(len(spans), bool)
    for start in (spans[:, 2], spans[:, 4]):
        going = np.ones(len(spans), bool)
        for back in range(1, _DENIED_FROM + 1):
            place = start - back
            going = going & (place >= offsets[spans[:, 1]])
            word = ids[np.maximum(place, 0)]
            denied |= going & lexicon.denies[word]
            going = going & passed[word]
    return denied


def _are_objects(
    spans: npt.NDArray[np.int64], ids: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64], lexicon: Lexicon
) -> npt.NDArray[np.bool_]:
    """(n,) whether a preposition stands before the narrow phrase: "the owner of the first parrot is a man".

    "Most of the parrots are birds" is said of parrots: before a quantifier's preposition it is looked on.
    """
    can_have = (lexicon.kinds & (_CLASS | COMMA_AFTER | END_AFTER)) == CONTENT  # an article in the genitive after it
    begins = offsets[spans[:, 1]]
    place = spans[:, 2] - 1
    going, found = np.ones(len(spans), bool), np.zeros(len(spans), bool)
    for _ in range(_LED_BY):
        going &= place >= begins
        word, previous = ids[np.maximum(place, 0)], ids[np.maximum(place - 1, 0)]
        has_previous = place > begins
        is_article = lexicon.leads[word] & ~(has_previous & can_have[previous])
        governs = going & lexicon.governs[word] & ~is_article
        quantified = governs & has_previous & lexicon.quantifies[previous]
        found |= governs & ~quantified
        going &= quantified | (lexicon.leads[word] & ~governs)
        place = place - 1 - quantified
    return found


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
        breaks = after & (~content | ((kind & (COMMA_AFTER | END_AFTER)) > 0))
        end = np.where(breaks.any(axis=1), breaks.argmax(axis=1), _LONGEST)
        at = np.minimum(end, _LONGEST - 1)
        end = end + np.take_along_axis(content, at[:, None], 1)[:, 0] * (end < _LONGEST)
        good = begin < _LONGEST
        yield rest[good], starts[rest[good]] + begin[good], starts[rest[good]] + end[good]
        starts[rest] += np.maximum(end, 1)
        rest = rest[good & (starts[rest] < ends[rest])]
