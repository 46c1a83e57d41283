"""The search returns exactly the ranking of a float64 scan."""

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densevec.densities import MEASURES, Gaussian, get_measure
from densevec.vectors import DensityVectors, KeyedVectors, search
from densevec.vectors.search import Queries, Table

from .makers import brute_force, densities, ranking

RANGES = {"usual": (0.1, 2.0), "narrow": (1e-6, 1e-5), "broad": (1e5, 1e6), "all": (1e-6, 1e6)}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("variances", RANGES)
@pytest.mark.parametrize("dim", [1, 2, 300, 1000])
def test_fault_51_ranking_equals_float64(measure, is_spherical, variances, dim, monkeypatch):
    for name in ("_SCAN_ELEMENTS", "_VIEW_ELEMENTS"):  # so that blocks have edges
        monkeypatch.setattr(search, name, 100 * dim)
    low, high = RANGES[variances]
    vectors = densities(250, dim, is_spherical=is_spherical, low=low, high=high, seed=dim)
    random = np.random.default_rng(1)
    spherical = Gaussian(random.normal(size=dim), 0.3)
    diagonal = Gaussian(random.normal(size=dim), random.uniform(0.1, 9, dim))
    for query in ("w3", spherical, diagonal):
        density = vectors.density(query) if isinstance(query, str) else query
        scores = brute_force(vectors, density.mean, density.log_variance, measure)
        expected = ranking(scores, 10, excluded=[3] if isinstance(query, str) else [])
        found = vectors.most_similar(query, measure=measure)
        assert [vectors.get_index(word) for word, _ in found] == expected
        np.testing.assert_allclose([score for _, score in found], scores[expected], rtol=1e-12)


@pytest.mark.parametrize("measure", ["cosine", "kl_from_query", "kl_to_query", "jeffreys"])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_fault_51_nearly_equal_rows_are_told_apart(measure, is_spherical):
    """Rows that float32 products cannot tell apart: the candidates must be widened by the true error."""
    random = np.random.default_rng(5)
    num_words, dim = 2000, 50
    mean = 30 * random.normal(size=dim) + 1e-4 * random.normal(size=(num_words, dim))
    shape = num_words if is_spherical else (num_words, dim)
    vectors = DensityVectors([f"w{row}" for row in range(num_words)], mean, random.uniform(0.9, 1.1, shape) * 1e-3)
    density = vectors.density("w77")
    expected = ranking(brute_force(vectors, density.mean, density.log_variance, measure), 20, excluded=[77])
    found = vectors.most_similar("w77", topn=20, measure=measure)
    assert [vectors.get_index(word) for word, _ in found] == expected


@pytest.mark.parametrize("name", ["cosine", "kl_from_query", "kl_to_query", "jeffreys"])
@pytest.mark.parametrize("is_spherical", [True, False])
@settings(max_examples=50, deadline=None)
@given(
    dim=st.integers(1, 300),
    low=st.floats(-6, 6),
    width=st.floats(0, 6),
    scale=st.floats(-3, 3),
    query_spherical=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_fault_51_error_bounds_hold(name, is_spherical, dim, low, width, scale, query_spherical, seed):
    random = np.random.default_rng(seed)
    low, high = 10**low, 10 ** min(6, low + width)
    vectors = densities(40, dim, is_spherical=is_spherical, low=low, high=high, scale=10**scale, seed=seed)
    mean = random.normal(size=(3, dim)) * 10**scale
    mean[1] = vectors.vectors[5] * (1 + 1e-6)
    log_variance = np.log(random.uniform(low, high, (3, 1 if query_spherical else dim)))
    queries = Queries(mean, None if name == "cosine" else log_variance)
    scores, errors = search._FORMS[name](vectors._table, queries, slice(0, 40))
    for number in range(3):
        exact = brute_force(vectors, mean[number], log_variance[number], name)
        assert (np.abs(scores[number] - exact) <= errors[number]).all()


@pytest.mark.parametrize("name", ["cosine", "kl_from_query", "kl_to_query", "jeffreys"])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_many_queries_in_one_product_equal_one_at_a_time(name, is_spherical):
    vectors = densities(500, 20, is_spherical=is_spherical)
    random = np.random.default_rng(3)
    queries = Queries(random.normal(size=(9, 20)), random.normal(size=(9, 20)))
    table, measure = vectors._table, get_measure(name)
    for number, (rows, scores) in enumerate(search.nearest(table, measure, queries, 7, 100, 400)):
        one = Queries(queries.mean[number : number + 1], queries.log_variance[number : number + 1])
        ((one_rows, one_scores),) = search.nearest(table, measure, one, 7, 100, 400)
        np.testing.assert_array_equal(rows, one_rows)
        np.testing.assert_array_equal(scores, one_scores)
        assert 100 <= rows.min() <= rows.max() < 400


def test_what_overflows_float32_is_scored_in_float64():
    mean = np.random.default_rng(0).normal(size=(60, 4)) * 1e25
    vectors = DensityVectors([f"w{row}" for row in range(60)], mean, np.full(60, 1e-6))
    for measure in MEASURES:
        density = vectors.density("w3")
        expected = ranking(brute_force(vectors, density.mean, density.log_variance, measure), 5, excluded=[3])
        assert [vectors.get_index(word) for word, _ in vectors.most_similar("w3", topn=5, measure=measure)] == expected


def test_equal_scores_are_in_row_order():
    vectors = KeyedVectors(["a", "b", "c", "d", "e"], [[1, 0], [2, 0], [0, 1], [3, 0], [1, 0]])
    assert [word for word, _ in vectors.most_similar("a", topn=4)] == ["b", "d", "e", "c"]


@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("measure", ["cosine", "kl_from_query", "kl_to_query", "jeffreys", "wasserstein2"])
def test_fault_52_a_query_allocates_no_second_table(is_spherical, measure):
    vectors = densities(60_000, 100, is_spherical=is_spherical)
    tracemalloc.start()
    vectors.most_similar("w3", measure=measure)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.vectors.nbytes * (0.5 if is_spherical else 0.9)  # some blocks of 4 MB


def test_fault_50_threads_get_the_answers_of_one(tmp_path):
    densities(2000, 20, is_spherical=False).save(tmp_path / "file")
    serial = DensityVectors.load(tmp_path / "file")
    queries = [(f"w{row}", measure) for row in range(0, 200, 5) for measure in ("cosine", "kl_from_query", "jeffreys")]
    expected = [serial.most_similar(word, measure=measure) for word, measure in queries]
    shared, faults = DensityVectors.load(tmp_path / "file"), []

    def ask(shift):
        for number in range(0, len(queries), 6):
            place = (number + shift) % len(queries)
            word, measure = queries[place]
            if shared.most_similar(word, measure=measure) != expected[place]:
                faults.append(place)

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []


def test_table_of_points_has_no_densities():
    table = Table(np.ones((3, 2), np.float32), None)
    assert not table.is_spherical
    np.testing.assert_allclose(table.norms, np.sqrt(2))
