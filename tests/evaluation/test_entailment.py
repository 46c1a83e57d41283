from __future__ import annotations

import math

import numpy as np
import pytest

from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.evaluation import (
    broadest_words,
    evaluate_direction,
    evaluate_entailment,
    narrowest_words,
    variance_frequency_correlation,
)
from densevec.evaluation._tables import read_labelled_pairs

from .toy import ToyVectors


@pytest.fixture
def vectors():
    """Twelve narrow words around each of two broad ones; broad words are wide, not always frequent."""
    table = {"animal": (0.0, 9.0, 100), "fruit": (50.0, 9.0, 2)}
    for i in range(12):
        table[f"beast{i}"] = (i / 4, 1.0, 10 + i)
        table[f"berry{i}"] = (50 + i / 4, 1.0, 10 + i)
    return ToyVectors(table)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "data.tsv"
    lines = [f"beast{i}\tanimal\tTrue\nberry{i}\tfruit\tTrue\nbeast{i}\tfruit\tFalse" for i in range(12)]
    path.write_text("\n".join([*lines, "unicorn\tanimal\tTrue"]))
    return path


def test_entailment_beside_its_baselines(vectors, pairs):
    result = evaluate_entailment(vectors, pairs)
    assert (result.used, result.total) == (36, 37)
    assert result.average_precision == result.f1 == result.accuracy == 1.0
    report = result.as_dict()
    assert set(report) == {"average_precision", "f1", "accuracy", "used", "total", "baselines"}
    assert set(report["baselines"]) == {"frequency_difference", "hypernym_frequency", "always_yes"}
    # 24 of 36 are true: precision and accuracy 2/3, F1 2p/(1 + p).
    assert report["baselines"]["always_yes"] == pytest.approx(
        {"average_precision": 2 / 3, "f1": 0.8, "accuracy": 2 / 3}
    )
    # By the count of the broad word, the 12 pairs with 'animal' come first (all true), the other 24 tie (half true).
    hypernym = report["baselines"]["hypernym_frequency"]
    assert hypernym["average_precision"] == pytest.approx(0.5 * 1 + 0.5 * 24 / 36)


def test_frequency_baselines_need_counts(vectors, pairs):
    vectors.counts = None
    baselines = evaluate_entailment(vectors, pairs).as_dict()["baselines"]
    assert baselines["frequency_difference"] is None
    assert baselines["always_yes"] is not None


@pytest.mark.parametrize("num_folds", [1, 0, -3, True, 2.5, None])
def test_folds_are_at_least_two(vectors, pairs, num_folds):
    with pytest.raises((ParameterError, ParameterTypeError), match=r"^num_folds must be an integer at least 2, got"):
        evaluate_entailment(vectors, pairs, num_folds=num_folds)


def test_a_seed_that_is_none(vectors, pairs):
    with pytest.raises(ParameterError, match=r"^seed must be an integer at least 0, got -1"):
        evaluate_entailment(vectors, pairs, seed=-1)


def test_no_precision_without_true_pairs(vectors, tmp_path):
    (tmp_path / "false.txt").write_text("beast1 fruit False\nbeast2 fruit False\n")
    report = evaluate_entailment(vectors, tmp_path / "false.txt", num_folds=2).as_dict()
    precisions = [report, *report["baselines"].values()]
    assert [each["average_precision"] for each in precisions] == [None] * 4
    assert report["baselines"]["always_yes"]["accuracy"] == 0.0


def test_folds_follow_the_seed_only(vectors, pairs):
    assert evaluate_entailment(vectors, pairs, seed=3) == evaluate_entailment(vectors, pairs, seed=3)


def test_bless_endings_and_headers_go(tmp_path):
    path = tmp_path / "BLESS.val"
    path.write_text("goldfish-n\tdemon-n\tFalse\trandom-n\nfrog-n\tbig-j\tFalse\tattri\n")
    assert read_labelled_pairs(path) == [("goldfish", "demon", False), ("frog", "big", False)]
    path = tmp_path / "directional.tsv"
    path.write_text("word1 word2 word1 => word2\nt-shirt garment True\n")
    assert read_labelled_pairs(path) == [("t-shirt", "garment", True)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b True\nc d\n", "line 2: expected 'narrow broad True|False', found 'c d'"),
        ("a b\n", "line 1"),
        ("a b True\nc d perhaps\n", "line 2"),
        ("", "holds no"),
    ],
)
def test_bad_files_are_named(tmp_path, text, message):
    path = tmp_path / "data.tsv"
    path.write_text(text)
    with pytest.raises(FormatError, match=message.replace("|", r"\|")):
        read_labelled_pairs(path)


def test_direction_by_hand(vectors, tmp_path):
    path = tmp_path / "data_dir.tsv"
    path.write_text(
        "word1 word2 word1 => word2\nbeast1 animal True\nberry1 fruit True\nfruit berry2 True\nbeast0 beast0 True\n"
        "beast2 fruit False\nunicorn animal True\n"
    )
    result = evaluate_direction(vectors, path)
    # Four true pairs are known. KL gets the first two right; the reversed one and the tie are not right.
    # Frequency: beast1 < animal, berry1 > fruit, fruit < berry2 (right), and a tie.
    assert result.as_dict() == {
        "accuracy": 0.5,
        "balanced": 0.5,  # one of two right where the broad word is the more frequent one, and one of two elsewhere
        "used": 4,
        "total": 5,
        "baselines": {"frequency": 0.5, "variance": 0.5},
        "balanced_baselines": {"frequency": 0.5, "variance": 0.5},
    }


def test_direction_without_counts_and_variances(vectors, tmp_path):
    path = tmp_path / "data_dir.tsv"
    path.write_text("beast1 animal True\n")
    forwards = vectors.entailment_batch(["beast1"], ["animal"])
    backwards = vectors.entailment_batch(["animal"], ["beast1"])
    vectors.entailment_batch = lambda a, b: forwards if a == ["beast1"] else backwards
    vectors.counts = vectors.variances = None
    assert evaluate_direction(vectors, path).as_dict() == {
        "accuracy": 1.0,
        "balanced": None,
        "used": 1,
        "total": 1,
        "baselines": {"frequency": None, "variance": None},
        "balanced_baselines": {"frequency": None, "variance": None},
    }


def test_variance_frequency_correlation():
    vectors = ToyVectors({"a": (0, math.e**3, 1000), "b": (0, math.e**2, 100), "c": (0, math.e, 10)})
    result = variance_frequency_correlation(vectors)
    assert result.pearson == pytest.approx(1.0)
    assert result.spearman == pytest.approx(1.0)
    # Diagonal: the mean of the logarithms, (3 + 1)/2, (2 + 2)/2, (1 + 3)/2, is constant.
    vectors.variances = np.exp([[3.0, 1.0], [2.0, 2.0], [1.0, 3.0]])
    assert variance_frequency_correlation(vectors).as_dict() == {"pearson": None, "spearman": None, "used": 3}
    vectors.variances = None
    assert variance_frequency_correlation(vectors) is None


def test_broadest_and_narrowest_words(vectors):
    assert [word for word, _ in broadest_words(vectors, 2)] == ["animal", "fruit"]
    assert broadest_words(vectors, 1)[0][1] == pytest.approx(math.log(9))
    assert [word for word, _ in broadest_words(vectors, 1, min_count=50)] == ["animal"]
    assert narrowest_words(vectors, 1)[0] == ("beast0", 0.0)
    assert broadest_words(vectors, 0) == []
    for options in ({"topn": -1}, {"topn": 2.5}, {"topn": True}, {"min_count": -1}, {"min_count": "3"}):
        with pytest.raises((ParameterError, ParameterTypeError), match=f"^{next(iter(options))} must be an integer"):
            broadest_words(vectors, **options)
