"""Supports of a softmax: sums that estimate the sum over the vocabulary."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import logsumexp

from densevec.layers.support import ComplementarySupport, NoiseSupport, WholeVocabulary

SCORES = np.random.default_rng(3).normal(size=50)
TYPES = np.array([0, 3, 4, 20, 49])


def test_noise_words_come_by_count_to_the_power() -> None:
    counts = np.arange(1, 51, dtype=np.float64)
    support = NoiseSupport(counts, 0.75, 200_000).draw(TYPES, np.random.default_rng(1))
    expected = counts**0.75 / (counts**0.75).sum() * 200_000
    assert stats.chisquare(np.bincount(support.words, minlength=50), expected).pvalue > 1e-4


def test_weighted_noise_estimates_the_sum_without_bias() -> None:
    sampler = NoiseSupport(np.arange(1, 51, dtype=np.float64), 0.75, 50_000)
    support = sampler.draw(TYPES, np.random.default_rng(2))
    assert abs(logsumexp(SCORES[support.words] + support.log_weight) - logsumexp(SCORES)) < 0.02


def test_complementary_support_with_the_whole_complement_is_exact() -> None:
    for size in (45, 1000):
        support = ComplementarySupport(50, size).draw(TYPES, np.random.default_rng(1))
        assert sorted(support.words) == list(range(50))
        assert np.isclose(logsumexp(SCORES[support.words] + support.log_weight), logsumexp(SCORES), atol=1e-6)
    whole = WholeVocabulary(50).draw(TYPES, np.random.default_rng(1))
    assert np.isclose(logsumexp(SCORES[whole.words] + whole.log_weight), logsumexp(SCORES))


def test_complementary_support_is_types_and_others_without_repetition() -> None:
    sampler, rng = ComplementarySupport(50, 7), np.random.default_rng(5)
    seen = np.zeros(50)
    sums = []
    for _ in range(4000):
        support = sampler.draw(TYPES, rng)
        assert support.words[:5].tolist() == TYPES.tolist()
        assert len(set(support.words.tolist())) == 12
        seen[support.words[5:]] += 1
        sums.append(np.exp(SCORES[support.words] + support.log_weight).sum())
    others = np.setdiff1d(np.arange(50), TYPES)
    assert seen[TYPES].sum() == 0
    # without replacement the counts of a draw are negatively correlated, so that this test is on the safe side
    assert stats.chisquare(seen[others]).pvalue > 1e-3
    error = (np.mean(sums) - np.exp(SCORES).sum()) / (np.std(sums) / np.sqrt(len(sums)))
    assert abs(error) < 4


def test_a_proposal_estimates_the_sum_without_bias() -> None:
    proposal = np.arange(50, 0, -1.0)
    sampler, rng = ComplementarySupport(50, 7, proposal), np.random.default_rng(5)
    sums, seen = [], np.zeros(50)
    for _ in range(4000):
        support = sampler.draw(TYPES, rng)
        assert support.words[:5].tolist() == TYPES.tolist()
        assert len(set(support.words.tolist())) == len(support.words)
        weight = np.exp(support.log_weight.astype(float))
        seen[support.words[5:]] += weight[5:] * proposal[support.words[5:]]  # in proportion to how often each came
        sums.append((np.exp(SCORES[support.words]) * weight).sum())
    error = (np.mean(sums) - np.exp(SCORES).sum()) / (np.std(sums) / np.sqrt(len(sums)))
    assert abs(error) < 4
    others = np.setdiff1d(np.arange(50), TYPES)
    times = seen[others] * 4000 * 7 / seen[others].sum()
    assert stats.chisquare(times, proposal[others] / proposal[others].sum() * times.sum()).pvalue > 1e-4
    assert ComplementarySupport(5, 10, np.ones(5)).draw(np.arange(5), rng).words.tolist() == [0, 1, 2, 3, 4]


def test_a_batch_that_has_every_type_needs_no_others() -> None:
    support = ComplementarySupport(5, 10).draw(np.arange(5), np.random.default_rng(1))
    assert support.words.tolist() == [0, 1, 2, 3, 4]
    assert (support.log_weight == 0).all()
