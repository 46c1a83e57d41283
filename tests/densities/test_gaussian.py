"""The Gaussian object against SciPy's twin."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chi2, multivariate_normal

from densevec.densities import Gaussian, kl_divergence
from densevec.errors import ParameterError, ParameterTypeError


@pytest.mark.parametrize("dim", [1, 2, 300])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_log_prob_and_entropy_equal_scipy(dim, is_spherical):
    random = np.random.default_rng(dim)
    mean, variance = random.normal(size=dim), random.uniform(0.1, 3, 1 if is_spherical else dim)
    density = Gaussian(mean, variance[0] if is_spherical else variance)
    twin = multivariate_normal(mean, np.diag(np.broadcast_to(variance, dim)))
    points = random.normal(size=(5, dim))
    np.testing.assert_allclose(density.log_prob(points), np.atleast_1d(twin.logpdf(points)), rtol=1e-10)
    np.testing.assert_allclose(density.entropy(), twin.entropy(), rtol=1e-10)
    assert density.dim == dim


@pytest.mark.parametrize("variance", [1e-6, 1e6])
def test_extreme_variances(variance):
    density = Gaussian(np.zeros(300), variance)
    assert density.entropy() == pytest.approx(150 * (1 + np.log(2 * np.pi * variance)))
    assert density.log_prob(np.zeros(300)) == pytest.approx(-150 * np.log(2 * np.pi * variance))


def test_spherical_equals_diagonal_with_equal_entries():
    spherical, diagonal = Gaussian([1.0, 2.0, 3.0], 0.5), Gaussian([1.0, 2.0, 3.0], [0.5] * 3)
    assert spherical.is_spherical
    assert not diagonal.is_spherical
    assert spherical.entropy() == pytest.approx(diagonal.entropy())
    assert spherical.log_prob([0.0, 0.0, 0.0]) == pytest.approx(diagonal.log_prob([0.0, 0.0, 0.0]))


def test_samples_have_the_moments_and_come_from_the_seed():
    density = Gaussian([1.0, -2.0], [0.25, 4.0])
    draws = density.sample(40_000, seed=3)
    np.testing.assert_allclose(draws.mean(0), density.mean, atol=0.05)
    np.testing.assert_allclose(draws.var(0), density.variance, rtol=0.05)
    np.testing.assert_array_equal(draws, density.sample(40_000, seed=np.random.default_rng(3)))
    assert density.sample(seed=0).shape == (2,)
    assert density.sample((3, 4), seed=0).shape == (3, 4, 2)


def test_it_is_frozen_and_keeps_its_own_arrays():
    mean = np.zeros(2)
    density = Gaussian(mean, 1.0)
    mean[0] = 9
    assert density.mean[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        density.mean[0] = 1
    with pytest.raises(AttributeError):
        density.mean = mean
    assert repr(density) == "Gaussian(dim=2, spherical, variance 1, entropy=2.838 nats)"


@pytest.mark.parametrize(
    ("mean", "variance", "message"),
    [
        ([], 1.0, "mean must be a vector"),
        ([[0.0]], 1.0, "mean must be a vector"),
        ([np.nan], 1.0, "mean must be finite"),
        ([0.0, 0.0], 0.0, "variance must be finite and above 0"),
        ([0.0, 0.0], [1.0, -1.0], "variance must be finite and above 0"),
        ([0.0, 0.0], np.inf, "variance must be finite and above 0"),
        ([0.0, 0.0], [1.0, 1.0, 1.0], "variance must be one number or have the mean's shape"),
    ],
)
def test_bad_values_are_refused(mean, variance, message):
    with pytest.raises(ParameterError, match=message):
        Gaussian(mean, variance)


def test_what_is_not_numbers_is_refused():
    with pytest.raises(ParameterTypeError, match="mean must be an array of numbers"):
        Gaussian("kiwi", 1.0)
    with pytest.raises(ParameterError, match="last axis of 2"):
        Gaussian([0.0, 0.0], 1.0).log_prob([1.0])


@pytest.mark.parametrize("dim", [1, 2, 50])
def test_level_sets_hold_their_mass(dim):
    random = np.random.default_rng(dim)
    density = Gaussian(random.normal(size=dim), random.uniform(0.1, 3, dim))
    draws = density.sample(40_000, seed=1)
    for level in (0.5, 0.95):
        assert density.squared_radius(level) == pytest.approx(chi2.ppf(level, dim))
        assert density.contains(draws, level).mean() == pytest.approx(level, abs=0.012)
        tip = density.mean + np.eye(dim)[0] * density.semi_axes(level)[0]
        assert density.squared_distance(tip) == pytest.approx(density.squared_radius(level))
    assert (
        density.squared_radius(np.float32(0.5)) == density.squared_radius(Fraction(1, 2)) == density.squared_radius(0.5)
    )
    for bad in (0, 1, -0.5, True, "0.95", np.nan):
        with pytest.raises(ParameterError, match="level must be a number between 0 and 1"):
            density.squared_radius(bad)
    with pytest.raises(ParameterError, match="dimensions"):
        density.mass_within(Gaussian(np.zeros(dim + 1), 1.0))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dim", [1, 3])
@pytest.mark.parametrize(
    ("means", "variances", "mass"),
    [
        ((1e200, 0.0), (1.0, 1.0), 0),
        ((1.7e308, -1.7e308), (1.0, 1.0), 0),
        ((0.0, 0.0), (1e300, 1e-300), 0),
        ((0.0, 0.0), (1e-300, 1e300), 1),
        ((1.0, 0.0), (1e-310, 1.0), 1),
        ((3.0, 0.0), (1e-310, 1.0), 0),
        ((1e150, 0.0), (1.0, 1e300), 1),
        ((1e160, 0.0), (1.0, 1e300), 0),
    ],
)
def test_mass_within_however_large_and_small_the_numbers_are(dim, means, variances, mass):
    spherical = [Gaussian(np.full(dim, mean), variance) for mean, variance in zip(means, variances, strict=True)]
    diagonal = [Gaussian(each.mean, np.full(dim, each.variance)) for each in spherical]
    assert spherical[0].mass_within(spherical[1]) == diagonal[0].mass_within(diagonal[1]) == mass


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("power", [-1070, -700, 700, 1020])
def test_a_distance_is_in_deviations_however_large_and_small_these_are(power):
    factor = 2.0 ** (power // 2)
    density, x = Gaussian([factor, -factor], 2.0**power), 3 * np.array([factor, factor])
    assert density.squared_distance(x) == 20
    assert density.log_prob(x) == pytest.approx(Gaussian([1.0, -1.0], 1.0).log_prob([3.0, 3.0]) - power * np.log(2))


@pytest.mark.parametrize("variance", [0.5, [0.5, 2.0, 0.1]])
def test_the_torch_distribution_is_the_same_density(variance):
    torch = pytest.importorskip("torch")
    density = Gaussian([1.0, -2.0, 0.5], variance)
    twin = density.to_torch()
    points = density.sample(5, seed=0)
    np.testing.assert_allclose(twin.log_prob(torch.tensor(points)).numpy(), density.log_prob(points), rtol=1e-12)
    assert twin.entropy().item() == pytest.approx(density.entropy())
    other = Gaussian([0.0, 0.0, 0.0], 1.0)
    expected = kl_divergence(density.mean, density.log_variance, other.mean, other.log_variance)
    assert torch.distributions.kl_divergence(twin, other.to_torch()).item() == pytest.approx(float(expected))
    assert density.to_torch(dtype=torch.float32).mean.dtype == torch.float32


def test_copies_and_pickles():
    density = Gaussian([1.0, 2.0], [0.5, 0.25])
    for other in (copy.copy(density), copy.deepcopy(density), pickle.loads(pickle.dumps(density))):
        np.testing.assert_array_equal(other.mean, density.mean)
        np.testing.assert_array_equal(other.variance, density.variance)
