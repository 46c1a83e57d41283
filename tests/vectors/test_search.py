"""The search returns exactly the ranking of a float64 scan."""

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densevec._cy.search import INSTRUCTION_SETS, Selection
from densevec.densities import MEASURES, Gaussian, get_measure
from densevec.errors import CorruptError
from densevec.vectors import DensityVectors, KeyedVectors, search
from densevec.vectors.search import Queries, Table, exact, forms, plans
from tests.sweeps import all_pairs

from .makers import brute_force, densities, ranking

PRODUCTS = ["cosine", "kl_from_query", "kl_to_query", "jeffreys"]  # measures that are products, scanned in float32
SUMS = ["expected_likelihood", "bhattacharyya", "wasserstein2", "hellinger"]  # that are none, and scanned as well
SCANNED = [*PRODUCTS, *SUMS]
RANGES = {"usual": (0.1, 2.0), "narrow": (1e-6, 1e-5), "broad": (1e5, 1e6), "all": (1e-6, 1e6)}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("variances", RANGES)
@pytest.mark.parametrize("dim", [1, 2, 300, 1000])
def test_fault_51_ranking_equals_float64(measure, is_spherical, variances, dim, monkeypatch):
    monkeypatch.setattr(exact, "_SCAN_ELEMENTS", 100 * dim)  # so that blocks have edges
    monkeypatch.setattr(exact, "_THREAD_ELEMENTS", 100 * dim)  # and threads shares
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


@pytest.mark.parametrize("measure", SCANNED)
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


def some_queries(vectors, random, scale, log_range, is_spherical):
    """Four queries; one almost a row, one a row itself."""
    dim = vectors.vector_size
    mean = random.normal(size=(4, dim)) * scale
    mean[1] = vectors.vectors[5] * (1 + 1e-6)
    mean[2] = vectors.vectors[7]
    return Queries(mean, random.uniform(*log_range, (4, 1 if is_spherical else dim)))


def all_bounds(table, measure, queries, way, instruction_set):
    """(lower, upper) bounds of all scores by one way, (Q, V) each, or None if there is no such way for these."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "FEW_QUERIES", 100 if way == "values" else 0)
        plan = plans.make_plan(table, measure, queries, instruction_set, tight=False)
    if plan is None or plan.way != way:
        return None
    num_rows = table.num_rows
    selection = Selection(plan.coefficients, plan.terms, None, num_rows, num_rows, num_rows, instruction_set)
    variance = None if table.variance is None else table.variance.reshape(num_rows, -1)
    plan.scan(selection, plans.Part(table.mean, variance, 0, 0, num_rows))
    bounds = [selection.candidates(number) for number in range(len(queries))]
    for rows, _, _ in bounds:
        np.testing.assert_array_equal(rows, np.arange(num_rows))
    return np.array([lower for _, lower, _ in bounds]), np.array([upper for _, _, upper in bounds])


def bounded(vectors, mean, log_variance, measure):
    """What the kernels bound: the score, or what ranks as it does."""
    if measure == "wasserstein2":
        return -(brute_force(vectors, mean, log_variance, measure) ** 2)
    return brute_force(vectors, mean, log_variance, "bhattacharyya" if measure == "hellinger" else measure)


bounds_cases = given(
    dim=st.integers(1, 300),
    low=st.floats(-6, 6),
    width=st.floats(0, 6),
    scale=st.floats(-3, 3),
    query_spherical=st.booleans(),
    seed=st.integers(0, 2**31),
)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("is_spherical", [True, False])
@settings(max_examples=30, deadline=None)
@bounds_cases
def test_fault_51_error_bounds_of_the_forms_hold(name, is_spherical, dim, low, width, scale, query_spherical, seed):
    random = np.random.default_rng(seed)
    low, high = 10**low, 10 ** min(6, low + width)
    vectors = densities(40, dim, is_spherical=is_spherical, low=low, high=high, scale=10**scale, seed=seed)
    queries = some_queries(vectors, random, 10**scale, (np.log(low), np.log(high)), query_spherical)
    scores, errors = forms.FORMS[name](vectors.rows.table, queries, slice(0, 40))
    for number in range(4):
        right = brute_force(vectors, queries.mean[number], queries.log_variance[number], name)
        assert (np.abs(scores[number] - right) <= errors[number]).all()


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("way", ["values", "products", "codes"])
@pytest.mark.parametrize("name", [*PRODUCTS[:3], *SUMS])
@pytest.mark.parametrize("is_spherical", [True, False])
@settings(max_examples=20, deadline=None)
@bounds_cases
def test_fault_51_error_bounds_of_the_kernels_hold(
    instruction_set, way, name, is_spherical, dim, low, width, scale, query_spherical, seed
):
    random = np.random.default_rng(seed)
    low, high = 10**low, 10 ** min(6, low + width)
    vectors = densities(40, dim, is_spherical=is_spherical, low=low, high=high, scale=10**scale, seed=seed)
    table, measure = vectors.rows.table, get_measure(name)
    if way == "codes":
        table.build_scan_index()
    queries = some_queries(vectors, random, 10**scale, (np.log(low), np.log(high)), query_spherical)
    bounds = all_bounds(table, measure, queries, way, instruction_set)
    has_kernel = name == "cosine" or not is_spherical or name == "kl_from_query" or query_spherical or dim == 1
    has_way = has_kernel and not (way == "codes" and name != "cosine" and not is_spherical)
    assert (bounds is not None) == (way == "values" if name in SUMS else has_way)
    if bounds is None:
        return
    for number, (lower, upper) in enumerate(zip(*bounds, strict=True)):
        right = bounded(vectors, queries.mean[number], queries.log_variance[number], name)
        assert (lower <= right).all()
        assert (right <= upper).all()


@pytest.mark.parametrize("is_spherical", [True, False])
def test_bounds_are_narrow_where_variances_are_usual(is_spherical):
    """Bounds that always hold because they are huge would make every search a float64 scan."""
    vectors = densities(2000, 100, is_spherical=is_spherical, seed=4)
    table = vectors.rows.table
    queries = some_queries(vectors, np.random.default_rng(0), 1.0, (-1.0, 1.0), is_spherical)
    for way, widest in (("values", 1e-4), ("products", 3e-3)):
        for name in PRODUCTS[:3] if way == "products" else [*PRODUCTS[:3], *SUMS[:3]]:
            lower, upper = all_bounds(table, get_measure(name), queries, way, INSTRUCTION_SETS[-1])
            assert (upper - lower).max() < widest * np.abs(upper).max()
    table.build_scan_index()
    lower, upper = all_bounds(table, get_measure("cosine"), queries, "codes", INSTRUCTION_SETS[-1])
    assert 0.005 < (upper - lower).max() < 0.03


@pytest.mark.parametrize(
    ("instruction_set", "num_queries", "with_codes", "name", "is_spherical"),
    all_pairs(INSTRUCTION_SETS, [1, 2, 4, 9, 33, 70], [False, True], SCANNED, [True, False]),
)
def test_fault_51_batches_of_any_size_and_any_processor(
    instruction_set, num_queries, with_codes, name, is_spherical, monkeypatch
):
    monkeypatch.setattr(exact, "INSTRUCTION_SETS", (instruction_set,))
    monkeypatch.setattr(exact, "_THREAD_ELEMENTS", 300 * 21)
    vectors = densities(1003, 21, is_spherical=is_spherical, seed=num_queries)
    table = vectors.rows.table
    if with_codes:
        table.build_scan_index()
    random = np.random.default_rng(num_queries)
    queries = Queries(random.normal(size=(num_queries, 21)), random.normal(size=(num_queries, 1)))
    found = search.nearest(table, get_measure(name), queries, 7, 5, 990, num_threads=3)
    for number, (rows, scores) in enumerate(found):
        right = brute_force(vectors, queries.mean[number], queries.log_variance[number], name)
        expected = ranking(right, 7, excluded=[*range(5), *range(990, 1003)])
        assert rows.tolist() == expected
        np.testing.assert_allclose(scores, right[expected], rtol=1e-12)


@pytest.mark.parametrize("name", SCANNED)
@pytest.mark.parametrize("with_codes", [False, True])
@pytest.mark.parametrize("num_allowed", [0, 1, 8, 700])
def test_search_among_some_rows(name, with_codes, num_allowed):
    vectors = densities(900, 12, seed=8)
    if with_codes:
        vectors.rows.table.build_scan_index()
    random = np.random.default_rng(num_allowed)
    allowed = random.permutation(900)[:num_allowed]
    density = vectors.density("w3")
    queries = Queries(density.mean[None], density.log_variance[None])
    right = brute_force(vectors, density.mean, density.log_variance, name)
    ((rows, scores),) = search.nearest(vectors.rows.table, get_measure(name), queries, 10, 50, 850, rows=allowed)
    expected = ranking(right, 10, excluded=set(range(900)) - {row for row in allowed if 50 <= row < 850})
    assert rows.tolist() == expected
    np.testing.assert_allclose(scores, right[expected], rtol=1e-12)


def test_rows_not_wanted_are_left_out_query_by_query():
    vectors = densities(400, 6)
    queries = Queries(vectors.vectors[[3, 4, 5]].astype(float), None)
    unwanted = [[3], [4, 9, 4], []]
    found = search.nearest(vectors.rows.table, get_measure("cosine"), queries, 5, exclude=unwanted)
    for number, (rows, _) in enumerate(found):
        right = brute_force(vectors, queries.mean[number], np.zeros(1), "cosine")
        assert rows.tolist() == ranking(right, 5, excluded=unwanted[number])


@pytest.mark.parametrize("storage", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", SCANNED)
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("num_queries", [1, 6])
def test_fault_51_half_precision_storage(storage, name, is_spherical, num_queries, monkeypatch):
    """The stored numbers are what is searched, exactly: the ranking is that of a float64 scan of them."""
    monkeypatch.setattr(exact, "_SCAN_ELEMENTS", 100 * 30)

    def stored(array):
        return array.astype(np.float16) if storage == "float16" else (array.view(np.uint32) >> 16).astype(np.uint16)

    plain = densities(700, 30, is_spherical=is_spherical, low=1e-3, high=1e3)
    table = Table(stored(plain.vectors), stored(plain.variances))
    same = DensityVectors(list(plain), search.widen(table.mean), search.widen(table.variance))
    random = np.random.default_rng(0)
    queries = Queries(random.normal(size=(num_queries, 30)), random.normal(size=(num_queries, 30)))
    for number, (rows, _) in enumerate(search.nearest(table, get_measure(name), queries, 9)):
        right = brute_force(same, queries.mean[number], queries.log_variance[number], name)
        assert rows.tolist() == ranking(right, 9)


def test_too_many_candidates_are_scanned_again_with_tight_bounds(monkeypatch):
    """Products of features cannot tell narrow densities far from the origin apart; sums of squares can."""
    random = np.random.default_rng(5)
    mean = 300 * random.normal(size=50) + random.normal(size=(9000, 50))
    vectors = DensityVectors([f"w{row}" for row in range(9000)], mean, random.uniform(0.5, 2, (9000, 50)) * 1e-6)
    queries = Queries(vectors.vectors[:5].astype(float), np.full((5, 50), np.log(1e-6)))
    ways, exactly, by_plan, scores_of_each = [], [], exact._Search._by_plan, exact._scores_of_each

    def watched(self, plan, num_queries, norms):
        ways.append((plan.way, num_queries))
        return by_plan(self, plan, num_queries, norms)

    def counted(table, measure, queries, found):
        exactly.extend(len(rows) for rows in found)
        return scores_of_each(table, measure, queries, found)

    monkeypatch.setattr(exact._Search, "_by_plan", watched)
    monkeypatch.setattr(exact, "_scores_of_each", counted)
    found = search.nearest(vectors.rows.table, get_measure("kl_from_query"), queries, 10)
    assert ways == [("products", 5), ("values", 5)]
    assert len(exactly) == 5 and max(exactly) < 50
    for number, (rows, _) in enumerate(found):
        right = brute_force(vectors, queries.mean[number], queries.log_variance[number], "kl_from_query")
        assert rows.tolist() == ranking(right, 10)


@pytest.mark.parametrize("name", SCANNED)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_many_queries_in_one_product_equal_one_at_a_time(name, is_spherical):
    vectors = densities(500, 20, is_spherical=is_spherical)
    random = np.random.default_rng(3)
    queries = Queries(random.normal(size=(9, 20)), random.normal(size=(9, 20)))
    table, measure = vectors.rows.table, get_measure(name)
    for number, (rows, scores) in enumerate(search.nearest(table, measure, queries, 7, 100, 400)):
        one = Queries(queries.mean[number : number + 1], queries.log_variance[number : number + 1])
        ((one_rows, one_scores),) = search.nearest(table, measure, one, 7, 100, 400)
        np.testing.assert_array_equal(rows, one_rows)
        np.testing.assert_array_equal(scores, one_scores)
        assert 100 <= rows.min() <= rows.max() < 400


def test_distances_that_are_all_one_are_in_row_order(monkeypatch):
    """Of words as far as can be told the first are enough, whatever thread meets them."""
    monkeypatch.setattr(exact, "_THREAD_ELEMENTS", 100)
    monkeypatch.setattr(exact._Search, "_scored", None)  # the float64 scan of all rows
    mean = 1000.0 * np.random.default_rng(0).normal(size=(70_000, 2)).astype(np.float32) + 1e5
    mean[[500, 40, 60_000]] = [[0, 1], [1, 1], [2, 2]]
    table = Table(mean, np.ones(70_000, np.float32))
    queries = Queries(np.zeros((2, 2)), np.zeros((2, 1)))
    for rows, scores in search.nearest(table, get_measure("hellinger"), queries, 8, 3, num_threads=3):
        assert rows.tolist() == [500, 40, 60_000, 3, 4, 5, 6, 7]
        assert (scores[3:] == -1).all()


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
@pytest.mark.parametrize("measure", SCANNED)
def test_fault_52_a_query_allocates_no_second_table(is_spherical, measure):
    vectors = densities(60_000, 100, is_spherical=is_spherical)
    tracemalloc.start()
    vectors.most_similar("w3", measure=measure)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.vectors.nbytes * (0.5 if is_spherical else 0.9)  # some blocks of 4 MB


@pytest.mark.parametrize("offset", [0, 1e13])  # the latter is scored in float64
@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_memory_does_not_grow_with_the_number_of_queries(name, is_spherical, offset):
    vectors = densities(30_000, 4, is_spherical=is_spherical)

    def peak(num_queries):
        queries = Queries(vectors.vectors[:num_queries] + np.float64(offset), np.zeros((num_queries, 4)))
        tracemalloc.start()
        search.nearest(vectors.rows.table, get_measure(name), queries, 3)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # what is kept of the table
    assert peak(40) < peak(1) + 2 * 8 * len(vectors)  # of 40 times 8 that the numbers of all rows would take


@pytest.mark.parametrize("name", SCANNED)
@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("num_queries", [1, 6])
def test_exact_scores_and_their_ties_to_the_bit(name, is_spherical, offset, num_queries):
    """Every density three times, variances over 24 decades: near words, and those that are as far as can be told."""
    random = np.random.default_rng(num_queries)
    mean = random.normal(size=(200, 7)) * 10.0 ** random.uniform(-3, 2, (200, 1)) + offset
    variance = 10.0 ** random.uniform(-12, 12, 200 if is_spherical else (200, 7))
    table = Table(np.tile(mean.astype(np.float32), (3, 1)), np.concatenate([variance.astype(np.float32)] * 3))
    queries = Queries(table.mean_rows(slice(5, 5 + num_queries)), table.log_variance_rows(slice(5, 5 + num_queries)))
    for topn in (10, 400):
        for number, (rows, scores) in enumerate(search.nearest(table, get_measure(name), queries, topn)):
            right = search.exact_scores(table, get_measure(name), queries.only([number]), range(600))
            assert rows.tolist() == ranking(right, topn)
            np.testing.assert_array_equal(scores, right[rows])


@pytest.mark.parametrize("with_codes", [False, True])
def test_fault_50_threads_get_the_answers_of_one(tmp_path, with_codes, monkeypatch):
    monkeypatch.setattr(exact, "_THREAD_ELEMENTS", 10_000)  # every query in two threads of its own
    densities(2000, 20, is_spherical=False).save(tmp_path / "file")
    serial = DensityVectors.load(tmp_path / "file")
    queries = [(f"w{row}", measure) for row in range(0, 200, 5) for measure in ("cosine", "kl_from_query", "jeffreys")]
    expected = [serial.most_similar(word, measure=measure) for word, measure in queries]
    shared, faults = DensityVectors.load(tmp_path / "file"), []
    if with_codes:
        shared.rows.table.build_scan_index()

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


@pytest.mark.parametrize("measure", ["cosine", "kl_from_query"])
def test_fault_52_codes_are_made_only_when_asked_for(measure):
    vectors = densities(60_000, 100)
    vectors.most_similar("w3", measure=measure)
    assert vectors.rows.table.scan_index is None
    tracemalloc.start()
    index = vectors.rows.table.build_scan_index()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (100 + 16) * len(vectors) + 2**23  # bytes: the codes, 16 a row, some blocks of 1 MB
    assert index.codes.nbytes == len(vectors) * 100
    assert vectors.rows.table.build_scan_index() is index


def test_table_of_points_has_no_densities():
    table = Table(np.ones((3, 2), np.float32), None)
    assert not table.is_spherical
    np.testing.assert_allclose(table.norms, np.sqrt(2))


def test_the_first_scan_finds_the_norms_on_its_way_and_the_same_answers():
    """Nobody has asked for a norm before: the scan that looks at all rows anyway keeps them."""
    random = np.random.default_rng(4)
    mean = random.normal(size=(3000, 20)).astype(np.float32)
    mean[7] = 0
    fresh, known = Table(mean, None), Table(mean, None)
    cosine = get_measure("cosine")
    known.check(has_densities=False)
    queries = Queries(mean[[7, 8]].astype(np.float64), None)
    for ours, right in zip(
        search.nearest(fresh, cosine, queries, 5),
        search.nearest(known, cosine, queries, 5),
        strict=True,
    ):
        np.testing.assert_array_equal(ours[0], right[0])
        np.testing.assert_array_equal(ours[1], right[1])
    for name in ("squared_norms", "norms", "inverse_norms"):
        assert name in vars(fresh)
        np.testing.assert_array_equal(getattr(fresh, name), getattr(known, name))
    some = Table(mean, None)
    search.nearest(some, cosine, queries, 5, 0, 2000)  # not all rows: they are looked at beforehand
    np.testing.assert_array_equal(some.norms, known.norms)
    mean[2999, 3] = np.nan
    with pytest.raises(CorruptError, match="row 2999 are not"):
        search.nearest(Table(mean, None), cosine, queries, 5)


@pytest.mark.parametrize("topn", [1, 7, 40, 400])
def test_the_best_of_blocks_are_those_of_all(topn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "_GATHERED", 3)
    random = np.random.default_rng(topn)
    scores = random.choice([-np.inf, *random.normal(size=20)], 500)  # with ties
    best = exact._Best(topn)
    for rows in np.array_split(np.arange(500), 60):
        best.update(rows, scores[rows])
    assert sorted(best.rows.tolist()) == sorted(np.lexsort((np.arange(500), -scores))[:topn].tolist())
