"""Co-occurrence counts: the same whatever the memory, the threads and the cuts of the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec.corpus import cooccurrence
from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.errors import CorpusFileError, ParameterError, ParameterTypeError
from tests.reference.cooccurrence import corpus_of, random_sentences


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("data", "indices", "indptr"))


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=12), min_size=1, max_size=6), st.integers(1, 8))
def test_any_cut_of_the_text_gives_the_same(sentences, part):
    corpus = corpus_of(sentences, 5)
    counter = cooccurrence._Counter(corpus, 3, "harmonic", "both", None, 1)
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


@pytest.mark.parametrize("most_places", [1, 3, 7, 50, 10**20])
def test_the_places_that_are_looked_at_depend_on_no_memory(monkeypatch, most_places):
    corpus = corpus_of([[0, 1, 0, 2], *random_sentences(40, 400, 30), [3] * 9], 41)
    settings = {"window": 2, "context": "right", "most_places": most_places}
    whole = count_cooccurrences(corpus, **settings)
    frequencies = np.bincount(corpus.ids, minlength=41)
    assert whole.sum(axis=1).max() <= 2 * min(most_places, frequencies.max())
    monkeypatch.setattr(cooccurrence, "_IDS_AT_ONCE", 1000)
    for memory_limit in (0, 40_000):  # several parts each
        assert same(whole, count_cooccurrences(corpus, **settings, memory_limit=memory_limit))


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
    with pytest.raises(CorpusFileError, match=r"cannot make a temporary file for co-occurrence counts \(No such"):
        count_cooccurrences(corpus_of([[0, 1]] * 5, 2), memory_limit=0, cache_dir=str(tmp_path / "none"))


def test_a_sample_of_places_is_spread_over_the_text():
    corpus = corpus_of([[0, 1], [0, 2], [0, 3], [0, 2], [0, 1], [0, 3]], 4)
    sampled = count_cooccurrences(corpus, window=1, most_places=2, dtype=np.float64).toarray()
    assert sampled.tolist() == [[0, 1, 1, 0], [2, 0, 0, 0], [2, 0, 0, 0], [2, 0, 0, 0]]  # of 0 the first and the fourth
