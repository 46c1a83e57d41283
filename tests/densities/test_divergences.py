"""Divergences: exact zeros, signs, Monte Carlo, SciPy, extremes, and torch against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from densevec.densities import (
    MEASURES,
    Gaussian,
    bhattacharyya,
    cosine,
    divergences,
    expected_likelihood,
    get_measure,
    hellinger,
    jeffreys,
    kl_divergence,
    measure,
    wasserstein2,
)
from densevec.errors import ParameterError

DISTANCES = [kl_divergence, jeffreys, bhattacharyya, hellinger, wasserstein2]
ALL = [*DISTANCES, expected_likelihood, cosine]
DIMS = [1, 2, 300]
EXTREMES = np.log([1e-6, 1e-3, 1.0, 1e3, 1e6])


def pair(dim, *, is_spherical=False, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    columns = 1 if is_spherical else dim
    return tuple(
        part.astype(dtype)
        for _ in range(2)
        for part in (random.normal(size=(4, dim)), random.uniform(-1.5, 1.5, (4, columns)))
    )


@pytest.mark.parametrize("function", DISTANCES)
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_a_density_is_exactly_0_from_itself(function, dim, dtype, is_spherical):
    mean, log_variance, _, _ = pair(dim, is_spherical=is_spherical, dtype=dtype)
    for shift in EXTREMES.astype(dtype):
        assert (function(mean, log_variance + shift, mean, log_variance + shift) == 0).all()


@pytest.mark.parametrize("function", DISTANCES)
@settings(max_examples=200, deadline=None)
@given(st.tuples(*[st.floats(-1e3, 1e3)] * 2, *[st.floats(-13.8, 13.8)] * 2), st.sampled_from([np.float32, np.float64]))
def test_divergences_are_finite_and_not_negative(function, values, dtype):
    mean_p, mean_q, log_variance_p, log_variance_q = (np.array([value], dtype=dtype) for value in values)
    value = function(mean_p, log_variance_p, mean_q, log_variance_q)
    assert np.isfinite(value)
    assert value >= 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergences_of_nearly_equal_variances_are_not_negative(dtype):
    log_variance = np.float64(0.3) * np.ones((100, 1))
    nudges = np.geomspace(1e-17, 1e-3, 100)[:, None]
    for sign in (1, -1):
        for function in (kl_divergence, jeffreys, bhattacharyya):
            other = (log_variance + sign * nudges).astype(dtype)
            mean = np.zeros((100, 3), dtype=dtype)
            assert (function(mean, log_variance.astype(dtype), mean, other) >= 0).all(), function.__name__


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_kl_and_bhattacharyya_equal_monte_carlo(dim):
    mean_p, log_variance_p, mean_q, log_variance_q = (part[0] for part in pair(dim))
    p, q = Gaussian(mean_p, np.exp(log_variance_p)), Gaussian(mean_q, np.exp(log_variance_q))
    draws = p.sample(200_000, seed=1)
    log_ratio = q.log_prob(draws) - p.log_prob(draws)
    error = 5 * log_ratio.std() / np.sqrt(len(draws))
    assert kl_divergence(mean_p, log_variance_p, mean_q, log_variance_q) == pytest.approx(-log_ratio.mean(), abs=error)
    overlap = np.exp(0.5 * log_ratio)  # ∫ √(p q) = E_p √(q/p)
    error = 5 * overlap.std() / np.sqrt(len(draws))
    exact = np.exp(-bhattacharyya(mean_p, log_variance_p, mean_q, log_variance_q))
    assert exact == pytest.approx(overlap.mean(), abs=error)


@pytest.mark.parametrize("dim", DIMS)
def test_expected_likelihood_equals_scipy(dim):
    mean_p, log_variance_p, mean_q, log_variance_q = (part[0] for part in pair(dim))
    twin = multivariate_normal(mean_q, np.diag(np.exp(log_variance_p) + np.exp(log_variance_q)))
    value = expected_likelihood(mean_p, log_variance_p, mean_q, log_variance_q)
    assert value == pytest.approx(twin.logpdf(mean_p), rel=1e-10)


def test_all_equal_quadrature_in_one_dimension():
    mean_p, log_variance_p, mean_q, log_variance_q = (part[0] for part in pair(1, seed=4))
    p, q = norm(mean_p[0], np.exp(log_variance_p[0] / 2)), norm(mean_q[0], np.exp(log_variance_q[0] / 2))
    arguments = mean_p, log_variance_p, mean_q, log_variance_q

    def integral(function):
        return quad(function, -30, 30, points=[mean_p[0], mean_q[0]], limit=200)[0]

    forwards = integral(lambda z: p.pdf(z) * (p.logpdf(z) - q.logpdf(z)))
    backwards = integral(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)))
    overlap = integral(lambda z: np.sqrt(p.pdf(z) * q.pdf(z)))
    assert kl_divergence(*arguments) == pytest.approx(forwards, rel=1e-7)
    assert jeffreys(*arguments) == pytest.approx(forwards + backwards, rel=1e-7)
    assert bhattacharyya(*arguments) == pytest.approx(-np.log(overlap), rel=1e-7)
    assert hellinger(*arguments) == pytest.approx(np.sqrt(1 - overlap), rel=1e-7)
    assert expected_likelihood(*arguments) == pytest.approx(np.log(integral(lambda z: p.pdf(z) * q.pdf(z))), rel=1e-7)
    transport = np.sqrt(quad(lambda share: (p.ppf(share) - q.ppf(share)) ** 2, 0, 1)[0])
    assert wasserstein2(*arguments) == pytest.approx(transport, rel=1e-5)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("dim", DIMS)
def test_spherical_equals_diagonal_with_equal_entries(function, dim):
    mean_p, log_variance_p, mean_q, log_variance_q = pair(dim, is_spherical=True)
    wide = [np.broadcast_to(part, (4, dim)) for part in (log_variance_p, log_variance_q)]
    spherical = function(mean_p, log_variance_p, mean_q, log_variance_q)
    np.testing.assert_allclose(spherical, function(mean_p, wide[0], mean_q, wide[1]), rtol=1e-12)
    np.testing.assert_allclose(spherical, function(mean_p, log_variance_p, mean_q, wide[1]), rtol=1e-12)


@pytest.mark.parametrize("function", ALL)
def test_leading_axes_broadcast(function):
    mean_p, log_variance_p, mean_q, log_variance_q = pair(3)
    table = function(mean_p[:, None], log_variance_p[:, None], mean_q, log_variance_q)
    assert table.shape == (4, 4)
    np.testing.assert_allclose(table[2, 1], function(mean_p[2], log_variance_p[2], mean_q[1], log_variance_q[1]))


@pytest.mark.parametrize("function", DISTANCES)
@pytest.mark.parametrize("log_variance", EXTREMES)
def test_extreme_variances(function, log_variance):
    """The same pair in other units: KL and its kin do not change with the scale of the space, W2 scales with it."""
    mean_p, log_variance_p, mean_q, log_variance_q = pair(300)
    scale = np.exp(log_variance / 2)
    there = function(mean_p * scale, log_variance_p + log_variance, mean_q * scale, log_variance_q + log_variance)
    here = function(mean_p, log_variance_p, mean_q, log_variance_q)
    np.testing.assert_allclose(there, here * (scale if function is wasserstein2 else 1), rtol=1e-10)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(
    "values",  # means and log variances whose quotients fit, though squares of means, variances or sinh do not
    [(0, -50, 1, 45), (0, 45, 1, -30), (0, -90, 0, -90), (1e20, 60, -1e20, 80), (1e-30, -95, 0, -95), (0, 0, 3, 1)],
)
def test_what_fits_is_a_number_in_32_bits(library, values):
    torch = pytest.importorskip("torch")
    wide = [np.full(3, float(value)) for value in values]
    narrow = [part.astype(np.float32) for part in wide]
    if library == "torch":
        narrow = [torch.tensor(part, requires_grad=True) for part in narrow]
    for function in (kl_divergence, jeffreys, bhattacharyya, hellinger, expected_likelihood):
        expected = function(*wide)
        if expected < np.finfo(np.float32).max:
            found = function(*narrow)
            assert found.item() == pytest.approx(expected, rel=1e-5), function.__name__
            if library == "torch" and (function is not hellinger or expected > 0):
                found.backward()
                assert all(part.grad.isfinite().all() for part in narrow)


def test_bhattacharyya_keeps_its_digits_where_its_formula_changes():
    zero, x = np.zeros((400, 1)), np.concatenate([np.geomspace(1e-12, 1, 200), np.linspace(1, 9, 200)])[:, None]
    exact = 0.25 * np.log1p(np.sinh(x) ** 2)[:, 0]
    for sign in (1, -1):
        np.testing.assert_allclose(bhattacharyya(zero, 2 * sign * x, zero, zero), exact, rtol=1e-12, atol=0)


def test_cosine_of_a_zero_mean_is_0():
    zero, other = np.zeros(3), np.ones(3)
    assert cosine(zero, None, other, None) == 0
    assert cosine(other, None, other * 2, None) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("factor", [1, 1e-30])
def test_no_cosine_is_above_1(dtype, factor):
    torch = pytest.importorskip("torch")
    p = np.random.default_rng(0).standard_normal((500, 30)).astype(dtype) * dtype(factor)
    for sign in (1, -1):
        values = sign * cosine(p, None, sign * p, None)
        assert 1 - 1e-6 < values.min() <= values.max() == 1
        assert cosine(torch.tensor(p), None, sign * torch.tensor(p), None).abs().max() == 1
        assert max(abs(cosine(each, None, sign * each, None)) for each in p) == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_cosine_is_of_directions_however_long(dtype):
    torch = pytest.importorskip("torch")
    p, _, q, _ = pair(7, dtype=dtype)
    p[3] = 0
    expected = cosine(p, None, q, None)
    assert expected[3] == 0
    powers = {np.float32: [-120, -70, 66, 120], np.float64: [-1000, -520, 515, 1000]}[dtype]
    for power in powers:
        factor = dtype(2) ** power
        np.testing.assert_array_equal(cosine(p * factor, None, q, None), expected)
        np.testing.assert_array_equal(cosine(p * factor, None, q / factor, None), expected)
        assert cosine(p[1] * factor, None, q[1] * factor, None) == cosine(p[1], None, q[1], None)
        there = cosine(torch.tensor(p * factor), None, torch.tensor(q), None)
        np.testing.assert_allclose(there.numpy(), expected, rtol=0, atol=1e-6)
    assert cosine(np.array([3, 4]), None, np.array([4, 3]), None) == pytest.approx(0.96)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("dtype", "power"), [(np.float32, power) for power in (-120, -60, 60, 120)] + [(float, 1000), (float, -1000)]
)
def test_a_wasserstein_distance_is_in_the_unit_of_the_space_however_large_and_small(dtype, power):
    torch = pytest.importorskip("torch")
    mean_p, log_p, mean_q, log_q = pair(7, dtype=dtype)
    factor, shift = dtype(2.0**power), dtype(2 * power * np.log(2))  # of a mean and of a log variance
    densities = mean_p * factor, log_p + shift, mean_q * factor, log_q + shift
    expected = wasserstein2(mean_p, log_p, mean_q, log_q)
    np.testing.assert_allclose(wasserstein2(*densities) / factor, expected, rtol=1e-4)
    np.testing.assert_allclose(wasserstein2(*map(torch.tensor, densities)).numpy() / factor, expected, rtol=1e-4)


def test_a_wasserstein_distance_has_the_same_bits_beside_one_of_0():
    mean_p, log_p, mean_q, log_q = pair(7)
    beside = wasserstein2(*(np.concatenate([part, part[:1] * 0]) for part in (mean_p, log_p, mean_q, log_q)))
    assert beside.tolist() == [*wasserstein2(mean_p, log_p, mean_q, log_q), 0]
    steps = np.array([[0.0, 0.0], [2e-200, 0.0], [3.0, 4.0]])
    assert wasserstein2(steps, 0 * steps, 0 * steps, 0 * steps).tolist() == [0, 2e-200, 5]


WHOLE = st.lists(st.integers(-100, 100), min_size=2, max_size=2)
HALVES = st.lists(st.floats(-6e4, 6e4, width=16), min_size=2, max_size=2)
BITS = st.lists(st.integers(0, 3), min_size=2, max_size=2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("dtype", "means"),
    [("int8", WHOLE), ("uint8", BITS), ("int64", WHOLE), ("bool", BITS), ("float16", HALVES), ("float64", HALVES)],
)
@settings(max_examples=60)
@given(st.data())
def test_numbers_of_any_type_mean_what_they_mean_as_floats(library, dtype, means, data):
    torch = pytest.importorskip("torch")
    kinds = [means, BITS, means, BITS]
    given = [np.array(data.draw(kind)).astype(dtype) for kind in kinds]
    given[0] *= data.draw(st.sampled_from([given[0].dtype.type(0), given[0].dtype.type(1)]))
    whole = [part.astype(np.float64) for part in given]
    arguments = [torch.tensor(part) for part in given] if library == "torch" else given
    for function in ALL:
        found, expected = np.asarray(function(*arguments)), function(*whole)
        tolerance = {"rtol": 1e-5, "atol": 1e-5} if dtype == "float16" else {"rtol": 1e-12, "atol": 1e-12}
        np.testing.assert_allclose(found, expected, **tolerance, err_msg=function.__name__)
        assert found.dtype == (np.float32 if dtype == "float16" else np.float64)


def test_halves_of_torch_are_computed_with_as_they_are_wide():
    torch = pytest.importorskip("torch")
    for dtype in (torch.float16, torch.bfloat16):
        rows = torch.tensor([[50.0, 60.0], [0.0, 0.0], [6e4, 6e4]]).to(dtype)
        cosines = cosine(rows, None, rows.flip(-1), None).tolist()
        assert cosines == [pytest.approx(6000 / 6100, rel=1e-3), 0, pytest.approx(1)]


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_torch_equals_numpy_and_its_gradients_finite_differences(function, is_spherical):
    torch = pytest.importorskip("torch")
    arrays = pair(3, is_spherical=is_spherical)
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    np.testing.assert_allclose(function(*tensors).detach().numpy(), function(*arrays), rtol=1e-12)
    assert torch.autograd.gradcheck(function, tensors)


def test_directions_of_the_registry():
    mean_p, log_variance_p, mean_q, log_variance_q = arguments = pair(3)
    kl = kl_divergence(*arguments)
    reverse = kl_divergence(mean_q, log_variance_q, mean_p, log_variance_p)
    np.testing.assert_array_equal(get_measure("kl_from_query").score(*arguments), -kl)
    np.testing.assert_array_equal(get_measure("kl_to_query").score(*arguments), -reverse)
    np.testing.assert_array_equal(get_measure("kl_to_query").value(*arguments), reverse)
    np.testing.assert_array_equal(get_measure("cosine").score(*arguments), cosine(*arguments))
    assert set(MEASURES) == {
        "cosine", "kl_from_query", "kl_to_query", "jeffreys", "expected_likelihood", "bhattacharyya", "hellinger",
        "wasserstein2",
    }  # fmt: skip


def test_an_unknown_measure_names_those_there_are():
    with pytest.raises(ParameterError, match=r"measure must be one of bhattacharyya, .*wasserstein2, got 'kl'"):
        get_measure("kl")


def test_a_new_divergence_is_one_decorated_function(monkeypatch):
    monkeypatch.setattr(divergences, "_measures", dict(divergences._measures))

    @measure("entropy_difference")
    def entropy_difference(mean_p, log_variance_p, mean_q, log_variance_q):
        return abs(log_variance_p.sum(-1) - log_variance_q.sum(-1))

    assert get_measure("entropy_difference").function is entropy_difference
