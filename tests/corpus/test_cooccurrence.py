"""Co-occurrence counts: equal to plain Python's, whatever the memory, the threads and the cuts of the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.cooccurrence import RowSums, separate, sort_places
from densevec.corpus import EncodedCorpus, cooccurrence
from densevec.corpus.cooccurrence import CONTEXTS, DISTANCE_WEIGHTINGS, count_cooccurrences
from densevec.errors import CorpusFileError, ParameterError, ParameterTypeError
from tests.reference.cooccurrence import count


def corpus_of(sentences, num_words):
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.append(0, np.cumsum([len(sentence) for sentence in sentences])).astype(np.int64)
    return EncodedCorpus(ids, offsets, len(ids), num_words)


def random_sentences(num_words, num_sentences, longest, seed=0):
    rng = np.random.default_rng(seed)
    weights = 1 / np.arange(1, num_words + 1)
    return [
        rng.choice(num_words, rng.integers(1, longest + 1), p=weights / weights.sum()).tolist()
        for _ in range(num_sentences)
    ]


def as_dict(matrix):
    assert matrix.has_canonical_format
    coo = matrix.tocoo()
    return {(int(i), int(j)): float(x) for i, j, x in zip(*coo.coords, coo.data, strict=True)}


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("data", "indices", "indptr"))


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


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=12), min_size=1, max_size=6), st.integers(1, 8))
def test_any_cut_of_the_text_gives_the_same(sentences, part):
    corpus = corpus_of(sentences, 5)
    counter = cooccurrence._Counter(corpus, 3, "harmonic", "both", 1)
    cuts = range(0, len(corpus.ids), part)
    total = sum(
        cooccurrence._as_matrix(counter.rows(begin, min(begin + part, len(corpus.ids)), None), 5, np.float64, 0, None)
        for begin in cuts
    )
    np.testing.assert_array_equal(
        total.toarray(),
        count_cooccurrences(corpus, window=3, distance_weighting="harmonic", dtype=np.float64).toarray(),
    )


def test_bounds_of_memory_and_threads_change_nothing(monkeypatch, tmp_path):
    corpus = corpus_of(random_sentences(300, 700, 40), 300)
    settings = {"window": 6, "distance_weighting": "harmonic"}
    whole = count_cooccurrences(corpus, **settings)
    assert not isinstance(whole.data, np.memmap)
    monkeypatch.setattr(cooccurrence, "_ENTRIES_AT_ONCE", 1000)
    for memory_limit in (0, 30_000, 200_000):  # several parts each
        for workers in (1, 3):
            bounded = count_cooccurrences(
                corpus, **settings, memory_limit=memory_limit, workers=workers, cache_dir=str(tmp_path)
            )
            assert same(whole, bounded)
    assert list(tmp_path.iterdir()) == []  # temporary files have no name


def test_a_small_memory_maps_the_result_which_may_be_written_to(tmp_path):
    corpus = corpus_of(random_sentences(50, 100, 20), 50)
    found = count_cooccurrences(corpus, memory_limit=0, cache_dir=str(tmp_path))
    assert found.data.base is not None
    before = found.sum()
    found.data *= 2
    assert found.sum() == pytest.approx(2 * before)


def test_left_and_right_are_transposed_and_add_up():
    corpus = corpus_of(random_sentences(40, 100, 20), 40)
    left, right, both = (
        count_cooccurrences(corpus, context=context).toarray() for context in ("left", "right", "both")
    )
    np.testing.assert_array_equal(left, right.T)
    np.testing.assert_array_equal(left + right, both)


def test_words_without_neighbours():
    found = count_cooccurrences(corpus_of([[0], [2], [1]], 4))
    assert (found.nnz, found.shape) == (0, (4, 4))
    assert count_cooccurrences(corpus_of([[0], [2], [1]], 4), memory_limit=0).nnz == 0


def test_progress_counts_every_token():
    corpus = corpus_of(random_sentences(40, 500, 20), 40)
    seen = []
    count_cooccurrences(corpus, memory_limit=20_000, progress=seen.append)
    assert sum(seen) == len(corpus.ids)


def test_bad_parameters():
    corpus = corpus_of([[0, 1]], 2)
    with pytest.raises(ParameterError, match=r"^window must be an integer at least 1 and at most 1000, got 0"):
        count_cooccurrences(corpus, window=0)
    with pytest.raises(ParameterError, match=r"^distance_weighting must be one of"):
        count_cooccurrences(corpus, distance_weighting="square")
    with pytest.raises(ParameterTypeError, match=r"^memory_limit must be"):
        count_cooccurrences(corpus, memory_limit="1 GB")


def test_no_folder_for_the_temporary_files(tmp_path):
    with pytest.raises(CorpusFileError, match="cannot write co-occurrence counts"):
        count_cooccurrences(corpus_of([[0, 1]] * 5, 2), memory_limit=0, cache_dir=str(tmp_path / "none"))


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
