"""The generalised chi-square against SciPy's central and non-central ones, Monte Carlo, and its own limits."""

import numpy as np
import pytest
from scipy.stats import chi2, ncx2

from densevec.densities import Gaussian, quadratic_form_cdf
from densevec.errors import ParameterError

QUANTILES = [1e-12, 1e-3, 0.1, 0.5, 0.9, 0.999]


@pytest.mark.parametrize("dim", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("shift", [0, 1e-3, 1, 30, 1e4])
def test_equal_weights_are_scipys_chi_squares(dim, shift):
    twin = ncx2(dim, shift) if shift else chi2(dim)
    for x in twin.ppf(QUANTILES):
        expected = twin.cdf(x)
        assert quadratic_form_cdf(x, [1.0], [shift], dim) == pytest.approx(expected, rel=1e-11)
        one_by_one = quadratic_form_cdf(3 * x, np.full(dim, 3.0), np.full(dim, shift / dim))
        assert one_by_one == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("dim", [1, 2, 7, 60])
@pytest.mark.parametrize("spread", [0.5, 4.0])
def test_different_weights_against_monte_carlo(dim, spread):
    random = np.random.default_rng(dim)
    weights, shifts = np.exp(random.uniform(-spread, spread, dim)), random.exponential(1, dim)
    draws = (((random.normal(size=(100_000, dim)) + np.sqrt(shifts)) ** 2) * weights).sum(-1)
    for share in (0.01, 0.3, 0.95, 0.999):
        probability = quadratic_form_cdf(np.quantile(draws, share), weights, shifts)
        assert probability == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / len(draws)))


def test_two_weights_against_an_integral():
    """One squared normal given, the other's probability is a chi-square's."""
    from scipy.integrate import quad

    weights, shift, x = (1.0, 40.0), 2.5, 3.0

    def given(z):
        return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * ncx2.cdf((x - weights[0] * z**2) / weights[1], 1, shift)

    expected = quad(given, -np.sqrt(x), np.sqrt(x), epsabs=1e-13)[0]
    assert quadratic_form_cdf(x, weights, [0.0, shift]) == pytest.approx(expected, rel=1e-9)


def test_limits():
    assert quadratic_form_cdf(0.0, [1.0], [0.0]) == quadratic_form_cdf(-1.0, [1.0], [0.0]) == 0
    assert quadratic_form_cdf(np.inf, [1.0], [0.0]) == 1
    assert quadratic_form_cdf(1.0, [1e-200, 1e-30], [1.0, 0.0]) == 1
    assert quadratic_form_cdf(1.0, [1e100], [0.0]) == quadratic_form_cdf(1.0, [1e-3], [1e33]) == 0
    assert quadratic_form_cdf(1.0, [1e-300], [5e299]) == pytest.approx(1)  # 0.5 for certain
    assert quadratic_form_cdf(0.4, [1e-300], [5e299]) == pytest.approx(0)
    for weights, shifts in (([0.0], [0.0]), ([1.0], [-1.0]), ([np.nan], [0.0]), ([[1.0]], [0.0])):
        with pytest.raises(ParameterError, match="weights must be"):
            quadratic_form_cdf(1.0, weights, shifts)


@pytest.mark.parametrize("own_spherical", [True, False])
@pytest.mark.parametrize("other_spherical", [True, False])
def test_mass_within_against_monte_carlo(own_spherical, other_spherical):
    random = np.random.default_rng(2)
    for dim in (1, 4, 30):
        own = Gaussian(random.normal(size=dim) * 0.3, 0.5 if own_spherical else random.uniform(0.1, 2, dim))
        other = Gaussian(random.normal(size=dim) * 0.3, 0.8 if other_spherical else random.uniform(0.3, 2, dim))
        draws = own.sample(50_000, seed=dim)
        for level in (0.3, 0.95):
            share = other.contains(draws, level).mean()
            assert own.mass_within(other, level) == pytest.approx(share, abs=0.012)


def test_mass_within_is_monotone_and_the_level_for_itself():
    random = np.random.default_rng(1)
    levels = [0.01, 0.5, 0.9, 0.95, 0.999999]
    for dim in (1, 3, 300):
        own = Gaussian(random.normal(size=dim), np.exp(random.normal(size=dim)))
        other = Gaussian(own.mean + random.normal(size=dim), np.exp(random.normal(size=dim)))
        masses = [own.mass_within(other, level) for level in levels]
        assert masses == sorted(masses)
        assert [own.mass_within(own, level) for level in levels] == pytest.approx(levels, rel=1e-10)


def test_fault_48_extreme_variances_have_a_mass():
    random = np.random.default_rng(0)
    for _ in range(300):
        dim = int(random.integers(1, 20))
        own, other = (
            Gaussian(random.normal(size=dim) * 10.0 ** random.uniform(-9, 9), 10.0 ** random.uniform(-44, 38, shape))
            for shape in (dim, ())
        )
        assert 0 <= own.mass_within(other) <= 1
        assert 0 <= other.mass_within(own) <= 1
