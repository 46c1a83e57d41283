"""Combined completers: weights that the data want, never fitted on the question they answer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from densevec.errors import ParameterError, ParameterTypeError
from densevec.evaluation.combination import combine, evaluate_combination, fit_weights, standardise
from densevec.evaluation.completion import judge


def noisy(answers, noise, seed, num_choices=5, scale=1.0, offset=0.0):
    """Scores that favour the right choice by 1, in normal noise."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(len(answers), num_choices)) * noise
    values[np.arange(len(answers)), answers] += 1
    return list(scale * values + offset)


ANSWERS = np.random.default_rng(0).integers(5, size=600).tolist()


def test_standardised_scores_have_one_scale_whatever_the_units():
    scores = noisy(ANSWERS, 0.5, 1)
    other = noisy(ANSWERS, 0.5, 1, scale=37.0, offset=-400.0)
    for a, b in zip(standardise(scores), standardise(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
        assert a.sum() == pytest.approx(0, abs=1e-9)
    assert np.mean(np.concatenate(standardise(scores)) ** 2) == pytest.approx(1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("power", [-1000, -700, 700, 1020])
def test_standardised_scores_are_the_same_however_large_and_small(power):
    scores = [np.array([1.0, -1.0, -np.inf]), np.array([4.0, 0.5])]
    for ours, right in zip(standardise([2.0**power * each for each in scores]), standardise(scores), strict=True):
        np.testing.assert_array_equal(ours, right)
    assert combine([[np.array([1e200, -1e200])]], [2.0])[0].tolist() == [2, -2]
    assert standardise([np.full(2, 1e200), np.array([0.0, 1e-200])])[1].tolist() == pytest.approx([-(2**0.5), 2**0.5])


def test_unknown_choices_are_as_bad_as_the_worst_known_one():
    first, second, third = standardise(
        [np.array([1.0, -np.inf, 3.0]), np.array([-np.inf, -np.inf]), np.array([2.0, 2.0])]
    )
    assert first[1] == first[0] < first[2]
    assert second.tolist() == third.tolist() == [0.0, 0.0]


def test_the_fit_is_the_maximum_of_the_penalised_likelihood():
    scores = [noisy(ANSWERS, 0.8, 1), noisy(ANSWERS, 2.0, 2)]
    tables = np.array([standardise(each) for each in scores])  # (M, Q, C)

    def cost(weights):
        total = np.einsum("m,mqc->qc", weights, tables)
        right = total[np.arange(len(ANSWERS)), ANSWERS]
        return np.sum(np.log(np.exp(total).sum(1)) - right) + 1e-3 * len(ANSWERS) * np.sum((weights - 0.01) ** 2)

    found = fit_weights(scores, ANSWERS)
    np.testing.assert_allclose(found, minimize(cost, [0.3, 0.3], method="Nelder-Mead").x, atol=1e-2)
    assert found[0] > found[1] > 0


def test_a_scorer_without_errors_has_a_finite_weight():
    found = fit_weights([noisy(ANSWERS, 0.0, 1)], ANSWERS)
    assert 1 < found[0] < 100


def test_a_combination_is_better_than_its_parts_and_ignores_noise():
    good, other = noisy(ANSWERS, 0.9, 1), noisy(ANSWERS, 0.9, 2)
    noise = list(np.random.default_rng(5).normal(size=(len(ANSWERS), 5)))
    alone = [judge(each, ANSWERS).accuracy for each in (good, other)]
    result = evaluate_combination([good, other, noise], ANSWERS)
    assert result.accuracy > max(alone) + 0.05
    assert all(abs(weights[2]) < 0.3 * weights[0] for weights in result.weights)
    assert result.accuracy == pytest.approx(np.mean(result.halves))
    assert result.items == len(result.chosen) == len(ANSWERS)
    assert set(result.as_dict()) == {"accuracy", "items", "halves", "weights"}


def test_no_question_is_answered_with_weights_that_saw_it():
    """On random scores and answers, weights fitted in sample would do better than chance; these must not."""
    random = np.random.default_rng(3)
    answers = random.integers(5, size=120).tolist()
    scores = [list(random.normal(size=(120, 5))) for _ in range(40)]
    in_sample = judge(combine(scores, fit_weights(scores, answers)), answers).accuracy
    assert in_sample > 0.38
    assert evaluate_combination(scores, answers).accuracy < 0.32


GOOD, NOTHING = np.array([0.0, 1.0, 0.2]), np.zeros(3)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("unknown", [NOTHING, np.full(3, -np.inf)], ids=["alike", "unknown"])
def test_a_half_that_says_nothing_leaves_the_weights_equal(number, unknown):
    result = evaluate_combination([[GOOD, unknown] * 3] * number, [1] * 6)
    assert result.halves == (1.0, 0.0)
    np.testing.assert_allclose(result.weights[0], 0.01, rtol=1e-3)


def test_questions_that_contradict_each_other_turn_no_scorer_round():
    """As many are right by the score as wrong: nothing speaks for the reverse of a scorer."""
    scores = [np.array([1.0, 0.0])] * 8
    found = fit_weights([scores, scores, [np.zeros(2)] * 8], [0, 1] * 4)
    assert (found > 0).all()


def test_weights_must_be_as_many_as_scorers():
    scores = [noisy(ANSWERS, 1.0, 1)]
    with pytest.raises(ParameterError, match=r"^weights must be 1 finite numbers"):
        combine(scores, [1.0, 2.0])
    for weights in ([0.0], [np.nan], ["a"], "a", None, 1.0):
        with pytest.raises((ParameterError, ParameterTypeError), match=r"^weights must be "):
            combine(scores, weights)
    for weights in (np.array([2.0]), iter([2.0])):
        np.testing.assert_array_equal(combine(scores, weights), combine(scores, [2.0]))
    with pytest.raises(ParameterError, match="at least 2"):
        evaluate_combination([scores[0][:1]], ANSWERS[:1])


def test_answers_and_scores_are_of_the_same_questions():
    scores, answers = [noisy(ANSWERS, 1.0, 1)], np.array(ANSWERS)
    assert evaluate_combination(scores, iter(ANSWERS)) == evaluate_combination(scores, answers)
    for wrong in (answers[:-1], np.where(answers == 4, 5, answers)):
        with pytest.raises(ParameterError, match=r"^answers must be "):
            evaluate_combination(scores, wrong)
    for unequal in ([], [*scores, scores[0][:-1]]):
        with pytest.raises(ParameterError, match=r"^scores must be of the same questions"):
            evaluate_combination(unequal, answers)
