from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from densevec import BayesianSkipGram
from densevec.corpus import Phrases
from densevec.errors import FileError, FormatError, ParameterError, ParameterTypeError
from densevec.evaluation import evaluate_lexsub, expected_random_gap, generalised_average_precision
from densevec.evaluation._lexsub_files import read_lexsub

from .toy import ToyVectors


def test_gap_by_hand():
    gold = {"smart": 1.0, "clever": 3.0}
    # Weights along the ranking 1, 0, 3: means at the gold ranks 1/1 and 4/3; ideal 3, 1: means 3 and 2.
    assert generalised_average_precision(["smart", "car", "clever"], gold) == pytest.approx((1 + 4 / 3) / (3 + 2))
    assert generalised_average_precision(["clever", "smart", "car"], gold) == 1.0
    assert generalised_average_precision(["car"], gold) == 0.0
    assert math.isnan(generalised_average_precision(["car"], {}))


def test_gap_with_equal_weights_is_average_precision():
    gold = {"a": 2.0, "b": 2.0}
    assert generalised_average_precision(["a", "x", "b"], gold) == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("gold", [{"a": 3.0}, {"a": 3.0, "c": 1.0}, {"a": 2.0, "b": 2.0, "c": 5.0}])
def test_expected_random_gap_is_the_mean_over_all_orders(gold):
    words = ["a", "b", "c", "d", "e"]
    every_order = [generalised_average_precision(order, gold) for order in itertools.permutations(words)]
    assert expected_random_gap(len(words), gold) == pytest.approx(np.mean(every_order))


def test_candidates_are_no_fewer_than_gold_words():
    for number in (0, 1, 2.5, True):
        with pytest.raises(
            (ParameterError, ParameterTypeError), match=r"^num_candidates must be an integer at least 2"
        ):
            expected_random_gap(number, {"a": 1, "b": 2, "c": 0})


def test_expected_random_gap_of_a_single_candidate():
    assert expected_random_gap(1, {"a": 1.0}) == 1.0


@pytest.fixture
def folder(tmp_path):
    """Two items count: the rest have no gold, or multi-word gold only."""
    (tmp_path / "lst.gold.candidates").write_text(
        "bright.a::clever;shiny;well lit;brilliant\nbar.n::pub;rod;legal trade\n"
    )
    (tmp_path / "lst_all.gold").write_text(
        "bright.a 1 :: clever 3;shiny 1;well lit 2;\nbar.n.v 2 :: pub 1;\nbar.n 3 :: legal trade 2;\n"
    )
    (tmp_path / "lst_all.preprocessed").write_bytes(
        b"bright.a\t1\t1\tthe brighter boy caf\xe9\nbar.n.v\t2\t0\tBar none\nbar.n\t3\t1\tthe bar\nbar.n\t4\t1\ta bar\n"
    )
    return tmp_path


@pytest.fixture
def vectors():
    table = {
        "bright": (0, 1, 9),
        "clever": (2, 1, 9),
        "shiny": (1, 1, 9),
        "bar": (5, 1, 9),
        "rod": (5, 1, 9),
        "pub": (9, 1, 9),
    }
    return ToyVectors(table)


def test_reader_knows_the_traps(folder):
    first, second = read_lexsub(folder).items
    assert first.tokens[first.position] == "brighter"
    assert first.tokens[3] == "café"
    assert first.gold == {"clever": 3.0, "shiny": 1.0}
    assert first.candidates == ("clever", "shiny", "brilliant")
    assert (second.target, second.lemma, second.candidates) == ("bar.n.v", "bar", ("pub", "rod"))


def test_context_blind_only(folder, vectors):
    result = evaluate_lexsub(vectors, folder, detail=True)
    assert math.isnan(result.gap)
    # 'brighter' is unknown, so its lemma asks: shiny, clever, and unknown 'brilliant' last.
    assert result.detail[0].ranking == ("shiny", "clever", "brilliant")
    assert result.detail[1].ranking == ("rod", "pub")
    blind = [(1 + (1 + 3) / 2) / (3 + 2), 0.5]
    chance = [expected_random_gap(3, {"clever": 3, "shiny": 1}), expected_random_gap(2, {"pub": 1})]
    assert result.as_dict() == {
        "gap": None,
        "gap_context_blind": pytest.approx(np.mean(blind)),
        "gap_random": pytest.approx(np.mean(chance)),
        "items": 2,
        "left_out": {"no gold": 1, "multi-word gold only": 1},
    }


def test_context_moves_the_ranking(folder, vectors):
    asked = []

    def encoder(contexts):
        asked.extend(contexts)
        return [(2.0, 1.0) if tokens[position] == "bright" else (9.0, 1.0) for tokens, position in contexts]

    result = evaluate_lexsub(vectors, folder, encoder=encoder)
    assert asked[0] == (["the", "bright", "boy", "café"], 1)  # the unknown form is encoded as its lemma
    assert asked[1] == (["bar", "none"], 0)
    assert result.gap == 1.0
    assert result.gap_context_blind < 1.0
    assert result.detail == ()


@pytest.mark.parametrize(("words", "unknown"), [(["clever", "shiny"], 2), (["bar", "pub", "rod"], 1)])
@pytest.mark.parametrize("of_model", [{}, {"encoder": lambda places: [(9.0, 1.0)] * len(places)}])
def test_a_target_that_is_unknown_is_left_out(folder, vectors, words, unknown, of_model):
    known = evaluate_lexsub(vectors, folder, detail=True, **of_model)
    table = {word: (*vectors._density(word), 9) for word in words}
    result = evaluate_lexsub(ToyVectors(table), folder, detail=True, **of_model)
    assert result.left_out == {"unknown word": unknown, **known.left_out} == result.as_dict()["left_out"]
    assert (result.items, result.detail) == (2 - unknown, known.detail[unknown:])
    assert math.isnan(result.gap_random) == math.isnan(result.gap_context_blind) == (unknown == 2)


def test_ties_are_broken_by_the_seed(folder):
    vectors = ToyVectors(dict.fromkeys(["bright", "clever", "shiny", "brilliant", "bar", "rod", "pub"], (0, 1, 9)))
    rankings = {evaluate_lexsub(vectors, folder, seed=seed, detail=True).detail[0].ranking for seed in range(20)}
    assert len(rankings) > 2
    assert evaluate_lexsub(vectors, folder, seed=4).as_dict() == evaluate_lexsub(vectors, folder, seed=4).as_dict()


def test_vectors_without_densities_rank_by_similarity(folder, vectors):
    vectors.variances = None
    assert evaluate_lexsub(vectors, folder, detail=True).detail[0].ranking[:2] == ("shiny", "clever")


def test_a_part_of_the_data(folder, vectors):
    assert evaluate_lexsub(vectors, folder / "lst_all").items == 2
    with pytest.raises(FileError, match="lst_test"):
        evaluate_lexsub(vectors, folder / "lst_test")


def test_bad_lines_are_named(folder, vectors):
    (folder / "lst_all.preprocessed").write_text("bright.a\t1\t7\tthe bright boy\n")
    with pytest.raises(FormatError, match="line 1: expected"):
        evaluate_lexsub(vectors, folder)
    (folder / "lst_all.gold").write_text("bright.a 1 clever 3;\n")
    with pytest.raises(FormatError, match=r"lst_all.gold.*line 1"):
        evaluate_lexsub(vectors, folder)


def test_gold_outside_the_candidates_is_refused(folder, vectors):
    (folder / "lst_all.gold").write_text("bright.a 1 :: sunny 3;\n")
    with pytest.raises(FormatError, match=r"no candidate 'sunny' for 'bright\.a'"):
        evaluate_lexsub(vectors, folder)


@pytest.mark.parametrize("options", [{"target_form": "tokens"}, {"seed": -1}, {"seed": True}])
def test_what_has_a_rule(folder, vectors, options):
    (name,) = options
    with pytest.raises((ParameterError, ParameterTypeError), match=f"^{name} must be"):
        evaluate_lexsub(vectors, folder, **options)


def test_a_target_in_a_phrase_that_is_not_known_stands_for_itself(tmp_path):
    text = [["the", "bright", "boy"], ["a", "clever", "boy", "shone"]] * 20 + [["bright", "light"]]
    phrases = Phrases([["bright", "light"]] * 9, min_count=1, threshold=0.1).train()
    model = BayesianSkipGram(text, dim=2, epochs=1, min_count=2, workers=1, sample=0, phrases=phrases).train()
    assert "bright_light" not in model.vectors
    (tmp_path / "lst.gold.candidates").write_text("bright.a::clever;boy\n")
    (tmp_path / "lst_all.gold").write_text("bright.a 1 :: clever 3;\nbright.a 2 :: clever 3;\n")
    (tmp_path / "lst_all.preprocessed").write_text("bright.a\t1\t1\ta bright light\nbright.a\t2\t1\ta bright boy\n")
    answered = {"encoder": model.posterior_batch, "scorer": model.substitution_scores}
    result = evaluate_lexsub(model.vectors, tmp_path, detail=True, **answered)
    assert result.items == 2
    unread = result.detail[0]
    assert unread.gap == unread.gap_substitutes == unread.gap_context_blind
