"""The shared statistics against hand-computed cases and their SciPy and scikit-learn twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score

from densevec.evaluation._statistics import average_precision, cross_validated, figure, pearson, ranks, spearman


def test_ranks_share_the_mean_among_ties():
    assert ranks([3.0, 1.0, 3.0, 2.0]).tolist() == [3.5, 1.0, 3.5, 2.0]


@pytest.mark.parametrize("seed", range(3))
def test_correlations_equal_scipy(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 8, 60), rng.normal(size=60)
    assert spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic)


def test_correlation_that_cannot_be_computed_is_nan_and_null_in_json():
    assert math.isnan(pearson([1.0], [2.0]))
    assert math.isnan(spearman([1.0, 1.0], [1.0, 2.0]))
    for constant in (0.1, 1 / 3, 1e300, -7.0):
        for size in (2, 3, 7, 49):
            for other in (np.arange(size), np.full(size, constant)):
                assert math.isnan(pearson([constant] * size, other)) and math.isnan(pearson(other, [constant] * size))
    assert pearson([0.1, np.nextafter(0.1, 1)], [1.0, 2.0]) == pytest.approx(1)
    assert figure(math.nan) is None
    assert figure(0.5) == 0.5


def test_average_precision_by_hand():
    # Ranks of the positives: 1 and 3, so (1/1 + 2/3)/2.
    assert average_precision([1, 0, 1, 0], [4, 3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2)


def test_average_precision_with_ties_ignores_file_order():
    # Both items of the tie enter together: precision 1/2 for the whole recall.
    assert average_precision([1, 0], [1, 1]) == average_precision([0, 1], [1, 1]) == 0.5


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    labels, scores = rng.random(80) < 0.3, rng.integers(0, 20, 80)
    assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores))


def test_average_precision_without_positives_is_nan():
    assert math.isnan(average_precision([0, 0], [1, 2]))


def test_cross_validated_on_separable_scores_is_perfect():
    labels = np.arange(40) >= 20
    assert cross_validated(labels, np.where(labels, 5.0, -5.0)) == (1.0, 1.0)


def test_cross_validated_is_deterministic_and_follows_its_seed():
    rng = np.random.default_rng(5)
    labels = rng.random(200) < 0.5
    scores = labels + rng.normal(size=200)
    assert cross_validated(labels, scores) == cross_validated(labels, scores)
    assert len({cross_validated(labels, scores, seed=seed) for seed in range(6)}) > 1


def test_cross_validated_never_sees_the_fold_it_judges():
    # Pure noise with as many distinct scores as items: tuned in sample it would beat chance, held out it does not.
    rng = np.random.default_rng(0)
    accuracies = [cross_validated(rng.random(300) < 0.5, rng.normal(size=300), seed=s)[1] for s in range(40)]
    assert np.mean(accuracies) == pytest.approx(0.49, abs=0.02)


def test_cross_validated_may_refuse_everything():
    labels = np.zeros(50, dtype=bool)
    labels[:2] = True
    scores = np.arange(50.0)  # the two positives score lowest
    assert cross_validated(labels, scores)[1] == pytest.approx(0.96)


@pytest.mark.parametrize("low", [0.3, -1e300, -math.inf, 1.5e308, *np.nextafter(0.7, [0, 1]), 5e-324])
@pytest.mark.parametrize("high", [0.7, math.inf, 1.7e308])
def test_cross_validated_tells_any_two_numbers_apart(low, high):
    labels = np.arange(40) % 2 == 0
    assert cross_validated(labels, np.where(labels, max(low, high), min(low, high))) == (1.0, 1.0)


@pytest.mark.parametrize("infinite", [math.inf, -math.inf])
def test_infinite_scores_are_ties(infinite):
    labels = np.arange(40) < 10
    assert average_precision(labels, np.full(40, infinite)) == average_precision(labels, np.zeros(40)) == 0.25
    assert cross_validated(labels, np.full(40, infinite)) == cross_validated(labels, np.zeros(40))


def test_cross_validated_with_fewer_items_than_folds_is_nan():
    assert all(math.isnan(value) for value in cross_validated([True, False], [1.0, 2.0]))
