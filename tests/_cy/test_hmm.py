"""The kernel of the alignment HMM against enumeration of all paths."""

from __future__ import annotations

import numpy as np
import pytest

from densevec._cy.hmm import forward_backward, transitions, viterbi
from tests.reference.hmm import enumerate_paths, transition

LOG_JUMP = np.random.default_rng(3).normal(size=5)
SOURCE, TARGET = np.array([3, 4, 1, 4]), np.array([4, 3, 5, 1])


@pytest.fixture
def emission() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(4, 5, 5)).astype(np.float32) * 3 - 4


@pytest.mark.parametrize("m", [1, 2, 7])
def test_transitions_add_up_to_one_and_long_jumps_share_a_weight(m: int) -> None:
    np.testing.assert_allclose(transitions(LOG_JUMP, m), transition(LOG_JUMP, m), rtol=1e-12)


@pytest.mark.parametrize("null_probability", [0.05, 0.5])
def test_likelihood_and_posterior_equal_enumeration(emission, null_probability: float) -> None:
    likelihood, posterior, _ = forward_backward(emission, SOURCE, TARGET, LOG_JUMP, null_probability)
    for pair, (m, n) in enumerate(zip(SOURCE, TARGET, strict=True)):
        wanted, states, _ = enumerate_paths(emission[pair, : m + 1, :n], LOG_JUMP, null_probability)
        assert likelihood[pair] == pytest.approx(wanted, abs=1e-9)
        np.testing.assert_allclose(posterior[pair, : m + 1, :n], states, atol=1e-6)
        assert not posterior[pair, m + 1 :].any()
        assert not posterior[pair, :, n:].any()


@pytest.mark.parametrize("null_probability", [0.05, 0.5])
def test_best_paths_equal_enumeration(emission, null_probability: float) -> None:
    paths = viterbi(emission, SOURCE, TARGET, LOG_JUMP, null_probability)
    for pair, (m, n) in enumerate(zip(SOURCE, TARGET, strict=True)):
        _, _, best = enumerate_paths(emission[pair, : m + 1, :n], LOG_JUMP, null_probability)
        assert paths[pair, :n].tolist() == best


def test_gradients_equal_finite_differences(emission) -> None:
    _, posterior, gradient = forward_backward(emission, SOURCE, TARGET, LOG_JUMP, 0.2)
    for width in range(len(LOG_JUMP)):
        step = np.zeros(len(LOG_JUMP))
        step[width] = 1e-5
        ahead, behind = (forward_backward(emission, SOURCE, TARGET, LOG_JUMP + sign * step, 0.2)[0] for sign in (1, -1))
        np.testing.assert_allclose(gradient[:, width], (ahead - behind) / 2e-5, atol=1e-7)
    for pair, i, j in [(0, 0, 1), (0, 2, 3), (1, 4, 2), (3, 1, 0)]:
        ahead, behind = emission.copy(), emission.copy()
        ahead[pair, i, j] += 1e-2
        behind[pair, i, j] -= 1e-2
        found = [forward_backward(each, SOURCE, TARGET, LOG_JUMP, 0.2)[0][pair] for each in (ahead, behind)]
        width = float(ahead[pair, i, j]) - float(behind[pair, i, j])
        assert posterior[pair, i, j] == pytest.approx((found[0] - found[1]) / width, abs=1e-4)


def test_a_long_sentence_of_improbable_words_neither_overflows_nor_vanishes() -> None:
    emission = np.random.default_rng(2).normal(size=(1, 51, 50)).astype(np.float32) * 40 - 400
    likelihood, posterior, gradient = forward_backward(emission, np.array([50]), np.array([50]), LOG_JUMP, 0.2)
    assert np.isfinite(likelihood).all()
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(posterior.sum(1), 1, atol=1e-5)


def test_lengths_beyond_the_array_are_refused(emission) -> None:
    for source, target in (([5, 1, 1, 1], [1] * 4), ([1] * 4, [1, 6, 1, 1]), ([0, 1, 1, 1], [1] * 4), ([1], [1])):
        with pytest.raises(ValueError, match="length"):
            forward_backward(emission, np.array(source), np.array(target), LOG_JUMP, 0.2)
        with pytest.raises(ValueError, match="length"):
            viterbi(emission, np.array(source), np.array(target), LOG_JUMP, 0.2)
