from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from densevec.errors import FormatError, ParameterError
from densevec.evaluation import broadest_words, evaluate_analogies
from densevec.evaluation._reading import UNKNOWN_WORD
from densevec.evaluation.analogies import BEYOND
from densevec.vectors import DensityVectors
from tests.vectors.makers import subword_densities


class Table(SimpleNamespace):
    def __contains__(self, word):
        return word in self.index_to_key


@pytest.fixture
def vectors():
    """Countries on one axis, capitals on another, each pair with a direction of its own."""
    words = ["greece", "norway", "peru", "athens", "oslo", "lima", "Oslo", "walk", "walked"]
    place = {"greece": 0, "athens": 0, "norway": 1, "oslo": 1, "peru": 2, "lima": 2, "Oslo": 0, "walk": 4, "walked": 4}
    table = np.zeros((len(words), 6), dtype=np.float32)
    for row, word in enumerate(words):
        table[row, place[word]] = 1.0
        table[row, 3] = float(word in {"athens", "oslo", "lima", "Oslo"})
        table[row, 5] = float(word == "walked")
    return Table(index_to_key=words, vectors=table)


QUESTIONS = """: capital-world
Athens Greece Oslo Norway
Athens Greece Lima Peru
Athens Greece Paris France
: gram7-past-tense
walk walked oslo lima
"""


def test_accuracies_by_section(tmp_path, vectors):
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    result = evaluate_analogies(vectors, path)
    assert result.as_dict() == {
        "semantic": 1.0,
        "syntactic": 0.0,
        "total": pytest.approx(2 / 3),
        "used": 3,
        "skipped": 1,
        "restrict_vocab": 30_000,
    }
    assert result.sections == {"capital-world": (2, 2, 1), "gram7-past-tense": (0, 1, 0)}


def test_question_words_are_never_the_answer(tmp_path, vectors):
    # b − a + c = c exactly, so only the exclusion of c lets another word win.
    path = tmp_path / "questions.txt"
    path.write_text("greece greece oslo lima\n")
    vectors.vectors[5] = vectors.vectors[4] + 0.01
    assert evaluate_analogies(vectors, path).total == 1.0


def test_restriction_and_case(tmp_path, vectors):
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    restricted = evaluate_analogies(vectors, path, restrict_vocab=5)
    assert (restricted.used, restricted.skipped, restricted.restrict_vocab) == (1, 3, 5)
    assert restricted.as_dict()["syntactic"] is None
    # 'oslo' comes before 'Oslo': the first, the more frequent, stands for both.
    assert restricted.semantic == 1.0


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Athens Greece OSLO Norway", None),
        ("Athens Greece WALK walked", BEYOND),
        ("GREECE ATHENS Walk lima", BEYOND),  # known, however they are written
        ("Athens Greece walk Paris", UNKNOWN_WORD),
    ],
)
def test_reasons_do_not_depend_on_spelling(tmp_path, vectors, question, reason):
    (tmp_path / "questions.txt").write_text(f"{question}\n")
    result = evaluate_analogies(vectors, tmp_path / "questions.txt", restrict_vocab=6)
    assert result.left_out == ({reason: 1} if reason else {})


def test_a_word_of_another_case_alone_is_known(tmp_path, vectors):
    vectors.index_to_key[-1] = "Walked"
    (tmp_path / "questions.txt").write_text("greece athens oslo WALKED\n")
    assert evaluate_analogies(vectors, tmp_path / "questions.txt", restrict_vocab=5).left_out == {BEYOND: 1}
    assert evaluate_analogies(vectors, tmp_path / "questions.txt").used == 1


def test_the_most_frequent_spelling_stands_for_a_word(tmp_path, vectors):
    (tmp_path / "questions.txt").write_text("greece athens norway oslo\n")
    for counts, share in (([9, 8, 7, 6, 5, 4, 5, 3, 2], 1.0), ([9, 8, 7, 6, 1, 5, 4, 3, 2], 0.0)):
        vectors.counts = counts
        assert evaluate_analogies(vectors, tmp_path / "questions.txt").total == share


def test_what_is_done_to_a_list_of_words_that_was_handed_out_changes_no_figure(tmp_path, vectors):
    (tmp_path / "questions.txt").write_text(QUESTIONS)
    ours = DensityVectors(vectors.index_to_key, vectors.vectors, np.arange(1.0, 10.0))
    figures, broadest = evaluate_analogies(ours, tmp_path / "questions.txt"), broadest_words(ours, 2)
    assert figures == evaluate_analogies(vectors, tmp_path / "questions.txt")
    ours.index_to_key.sort()
    assert evaluate_analogies(ours, tmp_path / "questions.txt") == figures
    assert broadest_words(ours, 2) == broadest == [("walked", np.log(9.0)), ("walk", np.log(8.0))]


def test_words_of_sub_words_are_unknown(tmp_path):
    made = subword_densities(["greece", "athens", "oslo", "norway"])
    (tmp_path / "questions.txt").write_text("greece athens norway osloish\n")
    result = evaluate_analogies(made, tmp_path / "questions.txt")
    assert (result.used, result.left_out) == (0, {UNKNOWN_WORD: 1})


def test_batches_agree_with_one_question_at_a_time(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(50)]
    vectors = Table(index_to_key=words, vectors=rng.normal(size=(50, 4)))
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(" ".join(rng.choice(words, 4, replace=False)) for _ in range(300)))
    together = evaluate_analogies(vectors, path)
    monkeypatch.setattr("densevec.evaluation.analogies._BATCH", 7)
    assert evaluate_analogies(vectors, path) == together
    assert together.total > 0


@pytest.mark.parametrize("length", [1e-38, 1e-25, 1e25, 1e38])
def test_lengths_change_no_answer(tmp_path, vectors, length):
    (tmp_path / "questions.txt").write_text(QUESTIONS)
    expected = evaluate_analogies(vectors, tmp_path / "questions.txt")
    vectors.vectors *= np.float32(length)
    assert evaluate_analogies(vectors, tmp_path / "questions.txt") == expected
    vectors.vectors = vectors.vectors.astype(np.float64) * np.array([[1e200], [1e-200], [1]] * 3)
    assert evaluate_analogies(vectors, tmp_path / "questions.txt") == expected


def test_bad_files_are_named(tmp_path, vectors):
    path = tmp_path / "questions.txt"
    path.write_text(": a\none two three\n")
    with pytest.raises(FormatError, match="line 2: expected four words"):
        evaluate_analogies(vectors, path)
    path.write_text(": a\n")
    with pytest.raises(FormatError, match="no analogy question"):
        evaluate_analogies(vectors, path)
    with pytest.raises(ParameterError, match="restrict_vocab"):
        evaluate_analogies(vectors, path, restrict_vocab=0)
