"""Hypernyms among all words, by hand."""

import numpy as np
import pytest

from densevec import DensityVectors, KeyedVectors
from densevec.errors import ParameterError, ParameterTypeError
from densevec.evaluation import evaluate_entailment, evaluate_hypernyms

WORDS = ["animal", "bird", "fruit", "kakapo", "plum", "stone"]
ODDS = {
    "kakapo": [1.0, 2.0, 3.0, 9.0, -1.0, -2.0],  # fruit, bird, animal: its own 9 does not count
    "plum": [0.0, -1.0, 5.0, -3.0, 9.0, -2.0],  # fruit first
}


@pytest.fixture
def vectors(monkeypatch):
    made = DensityVectors(WORDS, np.eye(6), np.ones(6), counts=[60, 50, 40, 30, 20, 10])
    monkeypatch.setattr(DensityVectors, "hypernym_scores", lambda self, word: np.array(ODDS[word]))
    return made


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text(
        "kakapo animal True\nkakapo bird True\nkakapo fruit False\nplum fruit True\n"
        "unicorn animal True\nstone rock True\n"
    )
    return path


def test_by_hand(vectors, pairs):
    result = evaluate_hypernyms(vectors, pairs)
    # kakapo: ranks 2 and 3, AP (1/2 + 2/3) / 2; plum: rank 1, AP 1
    assert result.scores.as_dict() == {
        "map": pytest.approx((7 / 12 + 1) / 2, abs=1e-4),
        "precision_at_1": 0.5,
        "precision_at_5": pytest.approx(0.3),
        "mrr": 0.75,
        "found_in_5": 1.0,
    }
    assert (result.used, result.total, result.num_words) == (2, 4, 6)
    assert result.left_out == {"unknown word": 1, "no hypernym among the words": 1}
    # by frequency: kakapo finds animal and bird first, plum its fruit third
    assert result.baselines["frequency"].map == pytest.approx((1 + 1 / 3) / 2)


def test_spellings_of_a_concept_are_one(vectors, pairs, tmp_path):
    (tmp_path / "spelled.txt").write_text(
        pairs.read_text().replace("kakapo bird", "Kakapo Bird") + "KAKAPO bird True\n"
    )
    assert evaluate_hypernyms(vectors, tmp_path / "spelled.txt") == evaluate_hypernyms(vectors, pairs)


def test_spellings_of_a_phrase_are_one(monkeypatch, tmp_path):
    made = DensityVectors(["city", "place", "new_york"], np.eye(3), np.ones(3))
    monkeypatch.setattr(DensityVectors, "hypernym_scores", lambda self, word: np.array([2.0, 1.0, 0.0]))
    (tmp_path / "pairs.tsv").write_text("new_york\tcity\tTrue\nnew york\tplace\tTrue\n")
    result = evaluate_hypernyms(made, tmp_path / "pairs.tsv")
    assert (result.used, result.total, result.scores.map) == (1, 1, 1.0)


@pytest.mark.parametrize("length", [1e-25, 1e25, 1e38])
def test_lengths_change_no_cosine(vectors, pairs, length):
    table = np.random.default_rng(0).normal(size=(6, 6))
    made, scaled = (
        DensityVectors(WORDS, table * factor / np.abs(table).max(axis=1)[:, None], np.ones(6)) for factor in (1, length)
    )
    expected = evaluate_hypernyms(made, pairs).baselines["cosine"]
    assert evaluate_hypernyms(scaled, pairs).baselines["cosine"] == expected


def test_only_the_first_words_are_ranked(vectors, pairs):
    result = evaluate_hypernyms(vectors, pairs, restrict_vocab=2)
    assert (result.used, result.num_words) == (1, 2)  # fruit is not among them
    assert result.scores.map == 1.0


@pytest.mark.parametrize("restrict_vocab", [0, -3, True, 2.5])
def test_a_number_of_words_that_is_none(vectors, pairs, restrict_vocab):
    with pytest.raises((ParameterError, ParameterTypeError), match=r"^restrict_vocab must be an integer at least 1"):
        evaluate_hypernyms(vectors, pairs, restrict_vocab=restrict_vocab)


def test_points_have_no_hypernyms(pairs):
    with pytest.raises(ParameterTypeError, match="must be word densities"):
        evaluate_hypernyms(KeyedVectors(WORDS, np.eye(6)), pairs)


def test_the_decision_and_its_calibration_by_hand(vectors, pairs, monkeypatch):
    answers = {("kakapo", "animal"): 0.95, ("kakapo", "bird"): 0.45, ("kakapo", "fruit"): 0.55, ("plum", "fruit"): 0.95}
    monkeypatch.setattr(
        DensityVectors,
        "entailment_probability_batch",
        lambda self, a, b: np.array([answers[pair] for pair in zip(a, b, strict=True)]),
    )
    decision = evaluate_entailment(vectors, pairs, num_folds=2).decision
    assert (decision.precision, decision.recall, decision.accuracy) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 0.5)
    assert decision.f1 == pytest.approx(2 / 3)
    assert decision.reliability[9] == (2, pytest.approx(0.95), 1.0)
    assert decision.calibration_error == pytest.approx((2 * 0.05 + 0.55 + 0.55) / 4)
