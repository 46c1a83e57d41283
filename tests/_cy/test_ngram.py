"""The kernels of n-grams: sorted runs against dictionaries, and what they refuse."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from densevec._cy.ngram import BackoffModel
from densevec._cy.ngram_sort import Level, add_at, sort_by_word
from densevec.models.ngram.counts import NGramLevel, count_ngrams

END = 2


def plain_counts(ids: list[int], order: int, crosses: bool) -> list[Counter[tuple[int, ...]]]:
    """N-grams of all orders, by their definition."""
    text = [END, *ids]
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order)]
    for last in range(1, len(text)):
        for size in range(1, order + 1):
            first = last - size + 1
            if first < 0 or (not crosses and END in text[first + 1 : last]):
                break
            counts[size - 1][tuple(text[first : last + 1])] += 1
    return counts


def spelled(levels: list[NGramLevel]) -> list[list[tuple[int, ...]]]:
    """The words of every node."""
    grams = [[(word,) for word in range(len(levels[0]))]]
    for lower, level in pairwise(levels):
        assert lower.first is not None and level.words is not None
        parents = np.repeat(np.arange(len(lower)), np.diff(lower.first))
        grams.append([(word, *grams[-1][p]) for word, p in zip(level.words.tolist(), parents.tolist(), strict=True)])
    return grams


@pytest.mark.parametrize("crosses", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("num_words", "size"), [(3, 12), (5, 20_000), (3000, 30_000)])
def test_counts_types_and_contexts(crosses: bool, workers: int, num_words: int, size: int) -> None:
    """Runs short and long: insertion and radix sort of one and of two passes."""
    rng = np.random.default_rng(size)
    ids = np.minimum(rng.zipf(1.3, size) - 1, num_words - 1).astype(np.int32)
    ids[-1] = END
    levels = count_ngrams(ids, num_words, END, 4, crosses=crosses, workers=workers)
    wanted = plain_counts(ids.tolist(), 4, crosses)
    grams = spelled(levels)
    for order, (level, words, counts) in enumerate(zip(levels, grams, wanted, strict=True), 1):
        found = {gram: count for gram, count in zip(words, level.counts.tolist(), strict=True) if count}
        assert found == counts
        if order > 1:
            assert level.contexts is not None
            assert [grams[order - 2][context] for context in level.contexts] == [gram[:-1] for gram in words]
        if order < 4:
            before = Counter(gram[1:] for gram in wanted[order])
            inside: Counter[tuple[int, ...]] = Counter()
            for gram, count in wanted[order].items():
                inside[gram[1:]] += count
            loose = {gram: counts[gram] - inside[gram] for gram in counts}
            assert level.types is not None
            types = {gram: n for gram, n in zip(words, level.types.tolist(), strict=True) if gram in counts}
            assert types == {gram: before[gram] + loose[gram] for gram in counts}


def test_what_the_sorting_kernels_refuse() -> None:
    ids = np.array([0, 1, 2], np.int32)
    for bad in ([0, 3], [-1]):
        with pytest.raises(ValueError, match="an id is not that of a word"):
            sort_by_word(np.array(bad, np.int32), 3)
    positions, begin, counts = sort_by_word(ids, 3)
    keys = np.empty_like(positions)
    with pytest.raises(ValueError, match="as many as ids"):
        Level(ids, positions[:2].copy(), keys, begin, counts, None, 1, 3, 2, False)
    with pytest.raises(ValueError, match="equally many"):
        Level(ids, positions, keys, begin[:2].copy(), counts, None, 1, 3, 2, False)
    level = Level(ids, positions, keys, begin, counts, None, 1, 3, 2, False)
    children = np.empty(3, np.int32)
    for first, last in ((-1, 2), (2, 2), (0, 4)):
        with pytest.raises(ValueError, match="no such range"):
            level.split(first, last, children, children.copy())
    with pytest.raises(ValueError, match="equally many"):
        add_at(ids, np.zeros(2), np.zeros(3))


def test_the_kernel_checks_what_it_is_given() -> None:
    levels = [(None, np.zeros(3, np.float32), np.zeros(3, np.float32), np.array([0, 2, 2, 4], np.int32))]
    deepest = (np.array([0, 1, 1, 2], np.int32), np.zeros(4, np.float32), None, None)
    model = BackoffModel([*levels, deepest], 0)
    for ids in ([-1], [3], [2**31 - 1]):
        with pytest.raises(ValueError, match="an id is not that of a word"):
            model.score(np.array(ids, np.int32))
        with pytest.raises(ValueError, match="an id is not that of a word"):
            model.score_all(np.array(ids, np.int32))
    for first in ([0, 2, 1, 4], [1, 2, 2, 4], [0, 2, 2, 5], [0, -1, 2, 4], [0, 2, 4]):
        broken = (*levels[0][:3], np.array(first, np.int32))
        with pytest.raises(ValueError, match="do not lead to those of order 2"):
            BackoffModel([broken, deepest], 0)
    with pytest.raises(ValueError, match="end_id"):
        BackoffModel([*levels, deepest], 3)
