"""The scans compared with plain NumPy, for every instruction set of this machine; arguments that do not fit refused."""

import numpy as np
import pytest

from densevec._cy.search import (
    COEFFICIENTS,
    INSTRUCTION_SETS,
    ROW_TERMS,
    VALUES,
    Selection,
    cosine,
    panel_width,
    products,
    squared_norms,
)

every_set = pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
SIZES = [(1, 1), (7, 3), (12, 16), (241, 4), (480, 37), (611, 300)]


def coefficients(num_queries, **columns):
    table = np.zeros((num_queries, len(COEFFICIENTS)))
    for name, values in {"k": 1.0, "g": 1.0, **columns}.items():
        table[:, COEFFICIENTS.index(name)] = values
    return table


def selection(table, num_rows, instruction_set, *, num_best=None, limit=None, allowed=None, **terms):
    given = tuple(terms.get(name) for name in ROW_TERMS)
    wanted = num_rows if num_best is None else num_best
    return Selection(table, given, allowed, num_rows, wanted, limit or num_rows, instruction_set)


def values_of(found, num_queries, num_rows):
    """Values (Q, V), from a selection that keeps all rows and has no errors."""
    result = []
    for number in range(num_queries):
        rows, lower, upper = found.candidates(number)
        np.testing.assert_array_equal(rows, np.arange(num_rows))
        np.testing.assert_array_equal(lower, upper)
        result.append(lower)
    return np.array(result)


def twin(kind, mean, variance, query, factor):
    """What the value of a row is, one query (d,), in float64."""
    if kind == "dot":
        return (mean * query).sum(-1)
    squares = (mean - query) ** 2
    return {
        "distance": squares,
        "from": (squares + factor) / variance,
        "to": (squares + variance) * factor,
        "roots": squares + (np.sqrt(variance) - factor) ** 2,
        "likelihood": squares * factor / (1 + variance * factor) + np.log1p(variance * factor),
        "affinity": squares * factor / (1 + variance * factor) / 2 + np.log1p(variance * factor),
    }[kind].sum(-1)


@every_set
@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize(("num_rows", "dim"), SIZES)
def test_values(instruction_set, kind, num_rows, dim):
    random = np.random.default_rng(dim)
    mean = random.normal(size=(num_rows, dim)).astype(np.float32)
    variance = random.uniform(0.1, 3, (num_rows, dim)).astype(np.float32)
    query = random.normal(size=(2, dim))
    query[1] = mean[0] * (1 + 2.0**-30)  # equal to a row in float32
    factor = random.uniform(0.1, 3, (2, dim)).astype(np.float32)
    high = query.astype(np.float32)
    arrays = np.ascontiguousarray(np.stack([high, query - high, factor], 1), dtype=np.float32)
    found = selection(coefficients(2), num_rows, instruction_set)
    middle = num_rows // 2
    found.scan_values(kind, mean, variance, arrays, 0, 0, middle)
    found.scan_values(kind, mean[middle:], variance[middle:], arrays, middle, middle, num_rows)
    values = values_of(found, 2, num_rows)
    for number in range(2):
        parts = mean.astype(float), variance.astype(float), query[number], factor[number].astype(float)
        size = np.abs(parts[0] * parts[2]).sum(-1) if kind == "dot" else twin(kind, *parts)
        assert (np.abs(values[number] - twin(kind, *parts)) <= 1e-6 * (dim + 8) * size).all()


@every_set
@pytest.mark.parametrize("kind", VALUES[4:])
@pytest.mark.parametrize(("num_rows", "dim"), [*SIZES, (250, 5000)])
def test_one_variance_stands_for_all(instruction_set, kind, num_rows, dim):
    random = np.random.default_rng(dim)
    mean = random.normal(size=(num_rows, dim)).astype(np.float32)
    variance = (10.0 ** random.uniform(-12, 12, (num_rows, 1))).astype(np.float32)
    arrays = random.uniform(0.1, 3, (1, 3, dim)).astype(np.float32)
    found = selection(coefficients(1), num_rows, instruction_set)
    found.scan_values(kind, mean, variance, arrays, 0, 0, num_rows)
    query, factor = arrays[0, :2].astype(float).sum(0), arrays[0, 2].astype(float)
    right = twin(kind, mean.astype(float), variance.astype(float), query, factor)
    np.testing.assert_allclose(values_of(found, 1, num_rows)[0], right, rtol=1e-6 * (dim + 8) ** 0.5)


@every_set
@pytest.mark.parametrize("kind", ["likelihood", "affinity"])
def test_a_product_of_variances_that_overflows_is_not_passed_over(instruction_set, kind):
    arrays = np.full((1, 3, 40), 1e15, np.float32)
    found = selection(coefficients(1), 1, instruction_set)
    found.scan_values(kind, np.zeros((1, 40), np.float32), np.full((1, 40), 1e30, np.float32), arrays, 0, 0, 1)
    assert found.candidates(0)[1:] == (-np.inf, np.inf)


@every_set
@pytest.mark.parametrize("kind", ["dot", "from", "to"])
@pytest.mark.parametrize(("num_rows", "dim"), SIZES)
@pytest.mark.parametrize("num_queries", [1, 16, 33])
def test_products(instruction_set, kind, num_rows, dim, num_queries):
    random = np.random.default_rng(dim)
    mean = random.normal(size=(num_rows, dim)).astype(np.float32)
    variance = random.uniform(0.1, 3, (num_rows, dim)).astype(np.float32)
    m, s = mean.astype(float), variance.astype(float)
    features = {"dot": [m], "from": [1 / s, m / s], "to": [m**2 + s, m]}[kind]
    features = np.concatenate(features, -1)
    queries = random.normal(size=(num_queries, features.shape[1]))
    side = panel_width(instruction_set)
    panels = np.zeros((-(-num_queries // side), features.shape[1], side), np.float32)
    for number, query in enumerate(queries):
        panels[number // side, :, number % side] = query
    found = selection(coefficients(num_queries), num_rows, instruction_set)
    found.scan_products(kind, mean, variance, panels, 0, 0, num_rows)
    values = values_of(found, num_queries, num_rows)
    size = np.abs(queries) @ np.abs(features).T
    assert (np.abs(values - queries @ features.T) <= 1e-6 * (2 * dim + 8) * size).all()


@every_set
@pytest.mark.parametrize(("num_rows", "dim"), SIZES)
@pytest.mark.parametrize("num_queries", [1, 2, 3, 15, 16])
def test_codes_are_multiplied_exactly(instruction_set, num_rows, dim, num_queries):
    random = np.random.default_rng(num_rows)
    groups, quads = -(-num_rows // 16), -(-dim // 4)
    codes = random.integers(1, 256, (groups * 16, quads * 4))  # the extremes among them
    codes[:, dim:] = 128
    packed = codes.reshape(groups, 16, quads, 4).transpose(0, 2, 1, 3).reshape(groups, quads, 64).astype(np.uint8)
    digits = random.integers(-127, 128, (num_queries, 2, quads * 4)).astype(np.int8)
    shifts = (128 * digits.sum(-1, dtype=np.int64)).astype(np.int32)
    found = selection(coefficients(num_queries), num_rows, instruction_set)
    begin = num_rows // 3  # within a group
    found.scan_codes(np.ascontiguousarray(packed), digits, shifts, 0, begin)
    found.scan_codes(np.ascontiguousarray(packed), digits, shifts, begin, num_rows)
    high, low = (digits[:, part].astype(np.int64) @ (codes[:num_rows].T - 128) for part in (0, 1))
    exact = 128.0 * high + low
    values = values_of(found, num_queries, num_rows)
    assert (np.abs(values - exact) <= 2.0**-22 * (128.0 * np.abs(high) + np.abs(low))).all()


@every_set
def test_scores_and_errors_are_put_together_as_said(instruction_set):
    random = np.random.default_rng(0)
    mean = random.normal(size=(500, 5)).astype(np.float32)
    terms = {name: random.normal(size=500) for name in "SYZ"} | {name: random.uniform(size=500) for name in "XE"}
    columns = {name: random.normal(size=1) for name in "kbcgef"}
    columns |= {name: random.uniform(size=1) for name in ("relative", "eta", "absolute", "c2", "e2", "f2")}
    query = np.zeros((1, 3, 5), np.float32)
    query[0, 0] = random.normal(size=5)
    plain = selection(coefficients(1), 500, instruction_set)
    plain.scan_values("dot", mean, None, query, 0, 0, 500)
    value = values_of(plain, 1, 500)[0]
    found = selection(coefficients(1, **columns), 500, instruction_set, **terms)
    found.scan_values("dot", mean, None, query, 0, 0, 500)
    k, b, c, g, e, f, relative, eta, absolute, c2, e2, f2 = (columns[name] for name in COEFFICIENTS[:-1])
    inner = value * terms["S"] * k + b + c * terms["Y"]
    score = g * terms["X"] * inner + e * terms["Z"] + f
    bound = relative * np.abs(inner) + eta * terms["E"] + absolute + c2 * np.abs(terms["Y"])
    error = np.abs(g) * terms["X"] * bound + e2 * np.abs(terms["Z"]) + f2
    _, lower, upper = found.candidates(0)
    np.testing.assert_allclose(lower, score - error, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(upper, score + error, rtol=1e-12, atol=1e-12)


@every_set
def test_lower_bounds_are_those_of_the_worst_that_may_be_equal(instruction_set):
    mean = np.linspace(-40, 0, 500, dtype=np.float32)[:, None]
    query = np.ones((1, 3, 1), np.float32)
    found = selection(coefficients(1, ties=1e-9), 500, instruction_set)
    found.scan_values("dot", mean, None, query, 0, 0, 500)
    _, lower, upper = found.candidates(0)
    np.testing.assert_array_equal(upper, mean[:, 0])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(lower, np.log(np.maximum(np.exp(upper) - 1e-9, 0)))


@every_set
@pytest.mark.parametrize("num_best", [1, 10, 300])
@pytest.mark.parametrize("order", ["random", "rising", "falling", "equal"])
def test_the_best_are_among_the_candidates(instruction_set, num_best, order):
    random = np.random.default_rng(num_best)
    values = np.zeros(5000) if order == "equal" else random.normal(size=5000)
    if order in ("rising", "falling"):
        values = np.sort(values) if order == "rising" else np.sort(values)[::-1]
    mean = np.ascontiguousarray(values[:, None], dtype=np.float32)
    query = np.ones((1, 3, 1), np.float32)
    allowed = (random.uniform(size=5000) < 0.9).astype(np.uint8)
    found = selection(coefficients(1, f2=0.01), 5000, instruction_set, num_best=num_best, allowed=allowed)
    found.scan_values("dot", mean, None, query, 0, 0, 5000)
    rows, lower, upper = found.candidates(0)
    assert len(np.unique(rows)) == len(rows)
    assert allowed[rows].all()
    places = np.flatnonzero(allowed)
    best = places[np.argsort(-mean[places, 0], kind="stable")][:num_best]
    assert np.isin(best, rows).all()
    threshold = np.sort(lower)[-num_best]
    within = places[mean[places, 0] + 0.01 >= threshold]
    assert np.isin(within, rows).all()
    assert ((upper - lower) > 0.0199).all()


@every_set
def test_what_is_not_a_number_is_kept_and_too_many_are_given_up(instruction_set):
    mean = np.ones((400, 1), np.float32)
    mean[5], mean[6] = np.inf, np.nan
    mean[300:] = 2
    query = np.zeros((1, 3, 1), np.float32)
    query[0, 0] = 1
    found = selection(coefficients(1, relative=1e-3), 400, instruction_set, num_best=3)
    found.scan_values("dot", mean, None, query, 0, 0, 400)
    rows, lower, upper = found.candidates(0)
    assert np.isin([5, 6, *range(300, 400)], rows).all()
    kept = np.isin(rows, [5, 6])
    assert (lower[kept] == -np.inf).all()
    assert (upper[kept] == np.inf).all()
    found = selection(coefficients(1), 400, instruction_set, num_best=3, limit=50)
    found.scan_values("dot", mean, None, query, 0, 0, 400)
    assert found.candidates(0) is None


def test_arguments_that_do_not_fit_are_refused():
    mean, query = np.ones((20, 4), np.float32), np.ones((1, 3, 4), np.float32)
    best = INSTRUCTION_SETS[-1]

    def fresh(**arguments):
        return selection(coefficients(1), 20, best, **arguments)

    for arguments in (
        {"num_best": 0},
        {"limit": -1},
        {"allowed": np.ones(19, np.uint8)},
        {"X": np.ones(19)},
    ):
        with pytest.raises(ValueError, match="must be"):
            fresh(**arguments)
    with pytest.raises(ValueError, match="coefficients"):
        Selection(np.ones((0, 13)), (None,) * 5, None, 20, 1, 1, best)
    with pytest.raises(ValueError, match="not in tuple"):
        selection(coefficients(1), 20, "abacus")
    for begin, end, origin in ((0, 21, 0), (-1, 3, 0), (5, 4, 0), (0, 20, 1)):
        with pytest.raises(ValueError, match=r"begin\.\.end"):
            fresh().scan_values("dot", mean, None, query, origin, begin, end)
        with pytest.raises(ValueError, match=r"begin\.\.end"):
            fresh().scan_products("dot", mean, None, np.ones((1, 4, panel_width(best)), np.float32), origin, begin, end)
    with pytest.raises(ValueError, match="queries"):
        fresh().scan_values("dot", mean, None, query[:, :, :3].copy(), 0, 0, 20)
    for variance in (None, mean[:, :3].copy(), mean[:3]):
        with pytest.raises(ValueError, match="variance"):
            fresh().scan_values("from", mean, variance, query, 0, 0, 20)
    with pytest.raises(ValueError, match="kind"):
        fresh().scan_products("distance", mean, None, np.ones((1, 4, panel_width(best)), np.float32), 0, 0, 20)
    with pytest.raises(ValueError, match="panels"):
        fresh().scan_products("dot", mean, None, np.ones((1, 4, 3), np.float32), 0, 0, 20)
    codes, digits, shifts = np.ones((2, 1, 64), np.uint8), np.ones((1, 2, 4), np.int8), np.ones((1, 2), np.int32)
    for arguments, message in (
        ((codes[:1], digits, shifts, 0, 20), "codes"),
        ((codes, digits, shifts, 0, 21), "codes"),
        ((codes, digits[:, :1].copy(), shifts, 0, 20), "digits"),
        ((codes, digits, shifts[:, :1].copy(), 0, 20), "digits and shifts"),
    ):
        with pytest.raises(ValueError, match=message):
            fresh().scan_codes(*arguments)
    with pytest.raises(IndexError):
        fresh().candidates(1)


def pairwise_sum(values: list[float]) -> float:
    """Eight sums at once, and beyond 128 numbers the sum of two halves."""
    if len(values) > 128:
        half = len(values) // 2 - len(values) // 2 % 8
        return pairwise_sum(values[:half]) + pairwise_sum(values[half:])
    whole, total = len(values) // 8 * 8, 0.0
    if whole:
        sums = values[:8]
        for begin in range(8, whole, 8):
            sums = [one + other for one, other in zip(sums, values[begin : begin + 8], strict=True)]
        a, b, c, d, e, f, g, h = sums
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for value in values[whole:]:
        total += value
    return total


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("dim", [*range(1, 18), 100, 127, 128, 129, 136, 255, 257, 300, 1000, 9000])
def test_squared_norms_have_the_bits_of_numpy_s(dim: int, instruction_set: str) -> None:
    random = np.random.default_rng(dim)
    rows = (random.standard_normal((7, dim)) * 10.0 ** random.uniform(-18, 18, (7, dim))).astype(np.float32)
    rows[5] = np.finfo(np.float32).max
    squares = np.full(7, -1.0)
    squared_norms(rows, squares, 1, 6, instruction_set)
    exact = rows[1:6].astype(np.float64) ** 2
    np.testing.assert_array_equal(squares[1:6], [pairwise_sum(row.tolist()) for row in exact])
    if dim <= 8192:  # beyond, NumPy 2.0 adds buffer by buffer
        np.testing.assert_array_equal(squares[1:6], exact.sum(1))
    assert squares[[0, 6]].tolist() == [-1, -1]
    rows[2, dim // 2], rows[3, -1] = np.nan, -np.inf
    squared_norms(rows, squares, 0, 7, instruction_set)
    assert np.isfinite(squares).tolist() == [True, True, False, False, True, True, True]


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("dim", [*range(1, 18), 100, 127, 128, 129, 136, 255, 257, 300, 1000, 8192])
def test_products_have_the_bits_of_numpy_s(dim: int, instruction_set: str) -> None:
    random = np.random.default_rng(dim)
    rows = (random.standard_normal((7, dim)) * 10.0 ** random.uniform(-18, 18, (7, dim))).astype(np.float32)
    query = (random.standard_normal(dim) * 10.0 ** random.uniform(-18, 18, dim)).astype(np.float32)
    sums = np.full(7, -1.0)
    products(query, rows, sums, 1, 6, instruction_set)
    np.testing.assert_array_equal(sums[1:6], (rows[1:6].astype(np.float64) * query.astype(np.float64)).sum(1))
    assert sums[[0, 6]].tolist() == [-1, -1]
    with pytest.raises(ValueError, match="as wide as rows"):
        products(np.ones(dim + 1, np.float32), rows, sums, 0, 7, instruction_set)


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
@pytest.mark.parametrize("dim", [1, 7, 8, 50, 129, 300])
def test_a_cosine_has_the_bits_of_numpy_s(dim: int, instruction_set: str) -> None:
    rows = np.random.default_rng(dim).standard_normal((4, dim)).astype(np.float32)
    rows[3] = 0
    wide = rows.astype(np.float64)
    lengths = np.sqrt((wide**2).sum(1))
    for a, b in ((0, 1), (1, 2), (2, 2)):
        assert cosine(rows, a, b, instruction_set) == min((wide[a] * wide[b]).sum() / (lengths[a] * lengths[b]), 1)
    assert cosine(rows, 0, 3, instruction_set) == cosine(rows, 3, 3, instruction_set) == 0
    for a, b in ((0, 4), (-1, 0)):
        with pytest.raises(IndexError, match="no such row"):
            cosine(rows, a, b, instruction_set)


def test_no_cosine_is_above_1() -> None:
    rows = np.random.default_rng(0).standard_normal((100, 30)).astype(np.float32)
    rows = np.concatenate([rows, -rows])
    assert max(cosine(rows, row, row) for row in range(100)) == 1
    assert min(cosine(rows, row, row + 100) for row in range(100)) == -1


def test_squared_norms_are_of_rows_that_are_there() -> None:
    rows = np.ones((3, 4), np.float32)
    for begin, end in ((-1, 2), (2, 1), (0, 4)):
        with pytest.raises(ValueError, match="begin and end within them"):
            squared_norms(rows, np.zeros(3), begin, end)
    with pytest.raises(ValueError, match="one a row"):
        squared_norms(rows, np.zeros(2), 0, 2)
    squares = np.full(3, -1.0)
    squared_norms(np.ones((3, 0), np.float32), squares, 0, 2)
    assert squares.tolist() == [0, 0, -1]


@pytest.mark.parametrize("instruction_set", INSTRUCTION_SETS)
def test_a_scan_fills_the_norms_that_it_scores_by(instruction_set: str) -> None:
    """Of rows begin..end, before they are scored: what is found is what known norms find."""
    random = np.random.default_rng(3)
    rows, query = random.standard_normal((700, 37)).astype(np.float32), random.standard_normal(37)
    rows[300] = 0
    squares = (rows.astype(np.float64) ** 2).sum(1)
    lengths = np.sqrt(squares)
    known = squares, lengths, np.divide(1, lengths, out=np.zeros(700), where=lengths > 0)
    filled = tuple(np.full(700, np.nan) for _ in range(3))
    queries = np.zeros((1, 3, 37), np.float32)
    queries[0, 0] = query / np.linalg.norm(query)
    coefficients = np.zeros((1, len(COEFFICIENTS)))
    for name, value in {"k": 1.0, "g": 1.0, "eta": 1e-6, "absolute": 1e-30}.items():
        coefficients[0, COEFFICIENTS.index(name)] = value
    found = []
    for norms in (known, filled):
        terms = tuple({"X": norms[2], "E": norms[1]}.get(name) for name in ROW_TERMS)
        selection = Selection(coefficients, terms, None, 700, 5, 700, instruction_set)
        if norms is filled:
            selection.fill_norms(*filled)
        selection.scan_values("dot", rows, None, queries, 0, 0, 250)
        selection.scan_values("dot", rows[250:].copy(), None, queries, 250, 250, 699)
        found.append(selection.candidates(0))
    for right, ours in zip(found[0], found[1], strict=True):
        np.testing.assert_array_equal(right, ours)
    for right, ours in zip(known, filled, strict=True):
        np.testing.assert_array_equal(right[:699], ours[:699])
        assert np.isnan(ours[699])
    with pytest.raises(ValueError, match="one a row"):
        selection.fill_norms(filled[0][:5], filled[1], filled[2])
