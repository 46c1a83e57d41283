"""Sentence completion: the files as they come, broken ones, the score of a choice, the accuracy."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from densevec.corpus.gaps import BLANK, as_gapped, check_choices, ranked
from densevec.errors import FileError, FormatError, ParameterError, ParameterTypeError
from densevec.evaluation.completion import (
    Question,
    choice_scores,
    evaluate_completion,
    judge,
    read_completion_answers,
    read_completion_questions,
    tokenize_question,
)

HEADING = "id,question,a),b),c)\n"


class ByLength:
    """Likes long words, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def complete(self, sentence, choices):
        self.asked.append((tuple(sentence), tuple(choices)))
        return ranked(choices, [len(choice) for choice in choices])


@pytest.fixture
def files(tmp_path):
    def write(questions, answers="id,answer\n1,c\n2,a\n"):
        (tmp_path / "questions.csv").write_text(questions, encoding="utf-8")
        (tmp_path / "answers.csv").write_text(answers, encoding="utf-8")
        return tmp_path / "questions.csv", tmp_path / "answers.csv"

    return write


def test_questions_and_answers(files):
    paths = files(
        HEADING + '1,"We got off , _____ our fare.",Rubbing,sitting-room,comin\'\n2,The _____ sang.,kiwi,egg,rock\n'
    )
    questions = read_completion_questions(paths[0])
    assert questions == [
        Question("1", "We got off , _____ our fare.", ("Rubbing", "sitting-room", "comin'")),
        Question("2", "The _____ sang.", ("kiwi", "egg", "rock")),
    ]
    assert read_completion_answers(paths[1], questions) == [2, 0]
    assert not read_completion_questions(paths[0], lowercase=False)[0].lowercase


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Mr. Holmes's _____; no!", "mr . holmes's _____ ; no !"),
        ("a ___ and__b", "a _____ and _____ b"),
        ("snake_case 1,000 café’s", "snake _ case 1 , 000 café's"),
        ('\'tis "so"', '\' tis " so "'),
    ],
)
def test_raw_text_is_cut_as_the_training_text_is(text, tokens):
    assert tokenize_question(text) == tokens.split()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,no gap here,a,b,c", "expected a sentence with one gap '_____', found 0"),
        ("1,_____ and _____,a,b,c", "found 2"),
        ("1,the _____,only", "expected an id, a sentence and at least two choices, found 3 fields"),
        ("1,the _____,a,,c", "expected an id"),
        (",the _____,a,b,c", "expected an id"),
        ("7,the _____,a,b,c", "the question '7' has been there before"),
        ('8,"the _____,a,b,c', "quotation that spans lines or is not closed"),
    ],
)
def test_broken_questions_are_named_by_line(files, line, message):
    path = files(f"{HEADING}7,the _____ sang,a,b,c\n{line}\n")[0]
    with pytest.raises(FormatError, match=f"questions.csv', line 3: .*{message}"):
        read_completion_questions(path)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ("1,c\n", "has no answer to question '2'"),
        ("1,c\n2,d\n", "line 3: expected the id of a question and the letter of one of its choices"),
        ("1,c\n2,ab\n", "line 3"),
        ("1,c\n2\n", "line 3"),
        ("1,c\n1,c\n", "line 3: .*, once, found '1,c'"),
    ],
)
def test_broken_answers_are_named_by_line(files, answers, message):
    paths = files(f"{HEADING}1,the _____ sang,a,b,c\n2,a _____,a,b,c\n", "id,answer\n" + answers)
    with pytest.raises(FormatError, match=message):
        read_completion_answers(paths[1], read_completion_questions(paths[0]))


def test_the_first_line_is_a_heading_only_if_it_says_so(files):
    paths = files("1,the _____ sang,a,b\n2,a _____,a,b\n", "1,a\n2,b\n")
    questions = read_completion_questions(paths[0])
    assert [question.name for question in questions] == ["1", "2"]
    assert read_completion_answers(paths[1], questions) == [0, 1]


def test_questions_are_cut_by_the_model_that_is_asked():
    class Cased(ByLength):
        lowercase, tokenizer = False, "words"

    class Lowered(ByLength):
        lowercase, tokenizer, vocabulary = True, "whitespace", SimpleNamespace(index={"kiwi": 0, ",": 1, "egg": 2})

    question = Question("1", "The _____ Kiwi, sang.", ("Egg", "Egg-cup"))
    for completer, asked in (
        (Cased(), (("The", BLANK, "Kiwi", "sang"), ("Egg", "Egg cup"))),
        (Lowered(), (("the", BLANK, "kiwi", ",", "sang."), ("egg", "egg - cup"))),
    ):
        choice_scores(completer, [question])
        assert completer.asked == [asked]
    with pytest.raises(ParameterError, match="question '2': sentence must have one gap"):
        choice_scores(Cased(), [Question("2", "no gap", ("a", "b"))])
    with pytest.raises(ParameterError, match=r"question '3': .*finds no word in the choice '\?'"):
        choice_scores(Cased(), [Question("3", "a _____", ("a", "?"))])


def test_files_that_are_none(files, tmp_path):
    with pytest.raises(FormatError, match="holds no sentence-completion question"):
        read_completion_questions(files(HEADING)[0])
    with pytest.raises(FormatError, match="expected comma-separated values"):
        read_completion_questions(files(HEADING + '1,"the _____,a,b,c\n')[0])
    with pytest.raises(FormatError, match="quotation that spans lines"):
        read_completion_questions(files(HEADING + '1,"the\n_____",a,b,c\n')[0])
    with pytest.raises(FileError, match="cannot read"):
        read_completion_questions(tmp_path / "none.csv")


def test_accuracy_and_ties():
    questions = [Question(str(n), ("a", BLANK), choices) for n, choices in enumerate([("x", "yyy"), ("xx", "yy")])]
    completer = ByLength()
    result = evaluate_completion(completer, questions, [1, 1])
    assert (result.as_dict(), result.chosen) == ({"accuracy": 0.5, "items": 2}, (1, 0))  # of equals the first
    assert completer.asked == [(question.sentence, question.choices) for question in questions]
    with pytest.raises(ParameterError, match=r"^answers must be one for each of the 2 questions, got 1"):
        evaluate_completion(completer, questions, [1])
    scores = choice_scores(completer, questions)
    np.testing.assert_array_equal(scores, [[1, 3], [2, 2]])
    assert evaluate_completion(completer, [], []).as_dict() == {"accuracy": None, "items": 0}
    for answers in (np.array([1, 1]), (1, 1), iter([1, 1])):
        assert evaluate_completion(completer, iter(questions), answers) == result


@pytest.mark.parametrize("answers", [[0, 2], [-1, 0], [0.0, 0.5], ["a", "b"], [True, False], "ab", None])
def test_answers_that_are_no_choices(answers):
    with pytest.raises((ParameterError, ParameterTypeError), match=r"^answers must be "):
        judge([np.array([1.0, 2.0]), np.array([2.0, 1.0])], answers)


def test_what_fills_no_gaps():
    with pytest.raises(ParameterTypeError, match=r"^completer must be .* got object$"):
        choice_scores(object(), [])
    with pytest.raises(ParameterTypeError, match=r"^questions must be Question objects"):
        choice_scores(ByLength(), None)


def test_gaps_and_choices():
    assert as_gapped("the _____ sang") == (["the"], ["sang"])
    assert as_gapped(["the", None, "sang"]) == (["the"], ["sang"])
    for wrong in ("no gap", "_____ _____", []):
        with pytest.raises(ParameterError, match=r"^sentence must have one gap"):
            as_gapped(wrong)
    with pytest.raises(ParameterTypeError, match=r"^sentence, token 2 is of type int"):
        as_gapped(["_____", 3])
    assert check_choices(["kiwi", "country - dance"]) == [["kiwi"], ["country", "-", "dance"]]
    for bad in ("kiwi", [], ["kiwi", " "], ["kiwi", 3]):
        with pytest.raises(ParameterTypeError, match=r"^choices must be "):
            check_choices(bad)


def test_the_challenge_as_it_comes(shared_data):
    folder = shared_data / "sentence_completion"
    questions = read_completion_questions(folder / "questions.csv")
    answers = read_completion_answers(folder / "answers.csv", questions)
    assert len(questions) == len(answers) == 1040
    assert {len(question.choices) for question in questions} == {5}
    assert min(np.bincount(answers)) > 180  # the right one is anywhere
