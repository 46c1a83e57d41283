"""The kernel of co-occurrence counts against plain Python, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from densevec._cy.cooccurrence import RowSums, separate, sort_places
from densevec.corpus.cooccurrence import CONTEXTS, DISTANCE_WEIGHTINGS, count_cooccurrences
from tests.reference.cooccurrence import corpus_of, count, random_sentences


def as_dict(matrix):
    assert matrix.has_canonical_format
    coo = matrix.tocoo()
    return {(int(i), int(j)): float(x) for i, j, x in zip(*coo.coords, coo.data, strict=True)}


@pytest.mark.parametrize("distance_weighting", DISTANCE_WEIGHTINGS)
@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("window", [1, 3, 40])
def test_equal_to_plain_python(window, context, distance_weighting):
    sentences = random_sentences(70, 60, 25)
    settings = {"window": window, "distance_weighting": distance_weighting, "context": context}
    found = count_cooccurrences(corpus_of(sentences, 70), **settings, dtype=np.float64)
    assert as_dict(found) == count(sentences, **settings)


def test_more_words_than_one_group_of_bits():
    """Columns are marked in groups of 64 and of 4096."""
    sentences = [[0, 63, 64, 4095, 4096, 9000, 8191], [9000, 0, 9000]]
    found = count_cooccurrences(corpus_of(sentences, 9001), window=10, dtype=np.float64)
    assert as_dict(found) == count(sentences, 10, "none", "both")


def test_the_kernel_refuses_what_does_not_fit():
    corpus = corpus_of([[0, 1, 2], [1, 2]], 3)
    tokens = np.empty(20, np.int32)
    own = separate(corpus.ids, corpus.offsets, 0, 5, 2, tokens)
    assert (own, tokens[:8].tolist()) == ((1, 7), [-1, 0, 1, 2, -1, 1, 2, -1])
    places, starts = sort_places(tokens, *own, 3)
    assert (places.tolist(), starts.tolist()) == ([1, 2, 5, 3, 6], [0, 1, 3, 5])
    for wrong in ((0, 6), (3, 3), (-1, 2)):
        with pytest.raises(ValueError, match="not a part"):
            separate(corpus.ids, corpus.offsets, *wrong, 2, tokens)
    with pytest.raises(ValueError, match="no room"):
        separate(corpus.ids, corpus.offsets, 0, 5, 2, tokens[:6])
    with pytest.raises(ValueError, match="beyond the vocabulary"):
        sort_places(tokens, *own, 2)
    sums, weights = RowSums(3, 1), np.ones(2, np.uint64)
    with pytest.raises(ValueError, match="no room"):
        sums.count(tokens, places, starts, 0, 3, weights, True, True)
    with pytest.raises(ValueError, match="rows outside"):
        sums.count(tokens, places, starts, 0, 4, weights, True, True)
    with pytest.raises(ValueError, match="do not belong together"):
        sums.count(tokens, places[:-1], starts, 0, 3, weights, True, True)
    with pytest.raises(ValueError, match="columns outside"):
        sums.merge(np.array([[0, 1]]), np.array([3], np.int32), weights[:1])
    with pytest.raises(ValueError, match="entries outside"):
        sums.merge(np.array([[0, 2]]), np.array([2], np.int32), weights[:1])
