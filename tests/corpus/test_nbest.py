"""N-best lists: files, scores, and the weight found for them against trying many."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from densevec.corpus.nbest import Hypothesis, NBestList, heights, language_scores, read_nbest, rescore, write_nbest
from densevec.errors import FileError, FormatError, ParameterError, ParameterTypeError
from densevec.evaluation.word_errors import edit_distance, tune_weight, word_error_rate


class Model:
    """Probabilities that are a function of the words."""

    def token_log_probs(self, sentences):
        return [np.array([-1.0 - sum(map(ord, word)) % 7 for word in words] + [-0.5]) for words in sentences]


MODEL = Model()
MOSES = """0 ||| the kiwi sleeps ||| lm= -3 tm= -1 2 ||| -4.5
0 ||| a kiwi sleeps ||| lm= -4 tm= -1 2 ||| -5
1 |||  ||| ||| -1e-3
"""
TABS = "a\t-4.5\tthe kiwi sleeps\na\t-5\ta kiwi sleeps\nb\t-0.001\t\n"


@pytest.mark.parametrize("text", [MOSES, TABS, MOSES.replace("\n", "\r\n")])
def test_files_come_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text)
    lists = read_nbest(path)
    assert [[h.words for h in each.hypotheses] for each in lists] == [
        [("the", "kiwi", "sleeps"), ("a", "kiwi", "sleeps")],
        [()],
    ]
    assert [h.score for each in lists for h in each.hypotheses] == [-4.5, -5, -0.001]
    write_nbest(tmp_path / "again", lists)
    assert read_nbest(tmp_path / "again") == lists


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 ||| a ||| x\n", r"line 1: expected 'id \|\|\| words"),
        ("0 ||| a ||| x ||| -1\n0\t-1\ta\n", r"line 2: expected 'id \|\|\| words"),
        ("0 ||| a ||| x ||| nan\n", "line 1: .*finite score"),
        ("0\t-1\ta\n0\tinf\ta\n", "line 2: expected 'id<TAB>score<TAB>words' with a finite score"),
        ("0\t-1\n", "line 1: expected 'id<TAB>"),
        ("\t-1\ta b\n", "line 1: expected 'id<TAB>"),
        ("0\t-1\ta\n1\t-1\ta\n0\t-1\tb\n", "line 3: the list '0' has ended before"),
        ("\n", "holds no hypothesis"),
    ],
)
def test_broken_files_name_the_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_nbest(tmp_path / "list")
    with pytest.raises(FileError):
        read_nbest(tmp_path / "absent")


text = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["|||", "\r", " a", "a\t1\tb", "\ufeff"])
hypotheses = st.builds(
    Hypothesis,
    st.lists(st.sampled_from(["a", "b\u00a0c", "|||", "\tx", ""]) | text, max_size=3).map(tuple),
    st.floats(width=64) | st.integers(-3, 3),
    st.none() | text,
    st.lists(text, max_size=2).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(NBestList, text, st.lists(hypotheses, max_size=2).map(tuple)), max_size=3))
def test_what_is_written_is_read_or_refused(tmp_path: Path, lists: list[NBestList]) -> None:
    path = tmp_path / "list"
    try:
        write_nbest(path, lists)
    except (ParameterError, ParameterTypeError):
        return
    assert read_nbest(path) == lists


WRITTEN = (Hypothesis(("a", "b"), -1.5),)


@pytest.mark.parametrize(
    "lists",
    [
        [],
        [NBestList("0", ())],
        [NBestList("", WRITTEN)],
        [NBestList(" a", WRITTEN)],
        [NBestList("a\r", WRITTEN)],
        [NBestList("\ufeffa", WRITTEN)],
        [NBestList("a\0", WRITTEN)],
        [NBestList("\ud800", WRITTEN)],
        [NBestList("a", WRITTEN), NBestList("a", WRITTEN)],
        [NBestList("a", WRITTEN), NBestList("b", WRITTEN), NBestList("a", WRITTEN)],
        [NBestList("a", (*WRITTEN, Hypothesis(("a",), -1.0, "f")))],
        [NBestList("a", WRITTEN), NBestList("b", (Hypothesis(("a",), -1.0, "f"),))],
        [NBestList("a", (Hypothesis(("a",), -1.0, " f"),))],
        [NBestList("a\t-1\tb", (Hypothesis(("a",), -1.0, "f"),))],
        [NBestList("a", (Hypothesis(("a",), -1.0, None, ("x\r",)),))],
        [NBestList("a", (Hypothesis(("a b",), -1.0),))],
        *([NBestList("a", (Hypothesis(("a",), score),))] for score in (math.nan, math.inf, -math.inf, "-1", None)),
    ],
    ids=repr,
)
def test_what_no_file_can_hold(tmp_path: Path, lists: list[NBestList]) -> None:
    problem = r"^(lists|an n-best list's fields|the score of a hypothesis in list 'a') must be|^lists must have"
    with pytest.raises((ParameterError, ParameterTypeError), match=problem):
        write_nbest(tmp_path / "list", lists)
    assert not list(tmp_path.iterdir())


def test_scores_keep_all_their_digits(tmp_path: Path) -> None:
    scores = [-1 / 3, -1234567.890123, 1e-300, -5.0, 0.1 + 0.2]
    lists = [NBestList("a", tuple(Hypothesis((str(place),), score) for place, score in enumerate(scores)))]
    write_nbest(tmp_path / "list", lists)
    assert read_nbest(tmp_path / "list") == lists


def test_totals_are_the_documented_sum() -> None:
    lists = [NBestList("0", (Hypothesis(("a",), -3.0, "f"), Hypothesis(("a", "b"), -1.0), Hypothesis((), -9.0)))]
    log_probs = language_scores(MODEL, lists)[0]
    found = rescore(MODEL, lists, weight=0.3, length_bonus=0.7)[0].hypotheses
    wanted = {
        h.words: 0.3 * h.score + (p + 0.7 * len(h.words)) for h, p in zip(lists[0].hypotheses, log_probs, strict=True)
    }
    assert {h.words: h.score for h in found} == pytest.approx(wanted)
    assert [h.score for h in found] == sorted(wanted.values(), reverse=True)
    assert {h.features for h in found} == {"f", None}
    for values in ({"weight": -1.0}, {"weight": math.nan}, {"length_bonus": math.inf}):
        with pytest.raises(ParameterError, match=r"must be a (finite )?number"):
            rescore(MODEL, lists, **values)


words = st.lists(st.sampled_from("abc"), max_size=5).map(tuple)


@given(words, words)
def test_edit_distance_is_that_of_the_definition(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    def distance(a: tuple[str, ...], b: tuple[str, ...]) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0]))

    assert edit_distance(first, second) == distance(first, second)


def test_word_error_rate() -> None:
    assert word_error_rate([["a", "b"], ["c"], []], [["a"], ["c"], ["d"]]) == pytest.approx(2 / 3)
    for references, hypotheses in (([["a"]], []), ([[]], [[]])):
        with pytest.raises(ParameterError, match="references must have words"):
            word_error_rate(references, hypotheses)


nbest = st.lists(
    st.lists(st.tuples(words, st.integers(-20, 0)), min_size=1, max_size=6, unique_by=lambda h: h[0]),
    min_size=1,
    max_size=8,
)


@given(nbest, st.integers(0, 10**6), st.sampled_from([0.0, 0.8]))
@example(
    [
        [((), 0)],
        [((), 0)],
        [(tuple("abbbc"), -12), (("a",), -17)],
        [((), -4), (("b", "b"), -2)],
        [((), -5), (("c", "b"), -2)],
    ],
    0,
    0.0,
)
@example(  # crossings at one weight, but for rounding
    [[((), 0)], [((), 0)], [((), 0)], [((), -6), (tuple("abbbc"), -1)], [((), -9), (tuple("bbc"), -8)]],
    1,
    0.8,
)
def test_no_weight_is_better_than_the_tuned_one(given_lists: list, seed: int, bonus: float) -> None:
    lists = [NBestList(str(i), tuple(Hypothesis(w, float(s)) for w, s in each)) for i, each in enumerate(given_lists)]
    rng = np.random.default_rng(seed)
    references = [list(rng.choice(list("abc"), rng.integers(1, 6))) for _ in lists]

    def errors(weight: float) -> float:
        best = [each.hypotheses[0].words for each in rescore(MODEL, lists, weight=weight, length_bonus=bonus)]
        return word_error_rate(references, best)

    tuned = tune_weight(MODEL, lists, references, length_bonus=bonus)
    assert 0 < tuned.weight < math.inf
    assert tuned.word_error_rate == pytest.approx(errors(tuned.weight))
    assert tuned.first == pytest.approx(word_error_rate(references, [each.hypotheses[0].words for each in lists]))
    # irrational weights: at a crossing itself either hypothesis may be chosen
    assert tuned.word_error_rate <= min(errors(weight) for weight in np.geomspace(1e-3, 1e3, 60) * math.pi) + 1e-12
    assert tuned.best <= tuned.word_error_rate + 1e-12


def test_hypotheses_of_a_list_are_scored_together() -> None:
    """Numbers of one list can be compared to the last bit, wherever it stands among thousands."""

    class Batches(Model):
        calls = 0

        def token_log_probs(self, sentences):
            self.calls += 1
            return [values + self.calls for values in super().token_log_probs(sentences)]

    lists = [NBestList(str(i), tuple(Hypothesis(("a",), 0.0, str(j)) for j in range(700))) for i in range(7)]
    model = Batches()
    for scores in language_scores(model, lists):
        assert len(scores) == 700 and len(set(scores.tolist())) == 1
    assert model.calls == 3  # of a few thousand
    assert language_scores(MODEL, []) == rescore(MODEL, []) == []


@pytest.mark.parametrize("score", [math.nan, math.inf, "x", None])
def test_lists_that_cannot_be_ranked(score: object) -> None:
    unfit = NBestList("7", (Hypothesis(("a",), 0.0), Hypothesis(("b",), score)))
    for each, problem in (
        (unfit, "the score of a hypothesis in list '7' must be a finite number, got"),
        (NBestList("7", ()), "lists must have hypotheses, got none in list '7'"),
    ):
        with pytest.raises((ParameterError, ParameterTypeError), match=problem):
            rescore(MODEL, [each])
        with pytest.raises((ParameterError, ParameterTypeError), match=problem):
            tune_weight(MODEL, [each], [["a"]])


def test_what_is_impossible_is_never_the_best() -> None:
    class Strict(Model):
        def token_log_probs(self, sentences):
            return [np.where(np.array([*words, ""]) == "x", -math.inf, -1.0) for words in sentences]

    lists = [
        NBestList("0", (Hypothesis(("x",), 9.0), Hypothesis(("a",), -2.0), Hypothesis(("x", "a"), 3.0))),
        NBestList("1", (Hypothesis(("x",), -1.0), Hypothesis(("x", "b"), 5.0))),
    ]
    tuned = tune_weight(Strict(), lists, [["a"], ["x"]])
    best = [each.hypotheses[0].words for each in rescore(Strict(), lists, weight=tuned.weight)]
    assert best == [("a",), ("x",)]
    assert (tuned.word_error_rate, math.isfinite(tuned.weight)) == (0, True)


def test_what_ties_for_one_weight_ties_for_all() -> None:
    """Scores that are equal, and log P with length bonus too: whatever the weight, the first one stays first."""

    class Even(Model):
        def token_log_probs(self, sentences):
            return [np.array([-1.0, -0.5 * len(words)]) for words in sentences]

    lists = [NBestList("0", tuple(Hypothesis(("a",) * length, -1 / 3) for length in (3, 1, 2, 4)))]
    (log_probs,) = language_scores(Even(), lists)
    assert len(set(heights(lists[0], log_probs, 0.5))) == 1
    for weight in np.geomspace(0.01, 10, 40):
        (ranked,) = rescore(Even(), lists, weight=weight, length_bonus=0.5)
        assert [len(h.words) for h in ranked.hypotheses] == [3, 1, 2, 4]


def test_references_are_counted() -> None:
    lists = [NBestList("0", (Hypothesis(("a",), 0.0),))]
    for bonus in (math.nan, math.inf):
        with pytest.raises(ParameterError, match="length_bonus must be a finite number"):
            tune_weight(MODEL, lists, [["a"]], length_bonus=bonus)
    with pytest.raises(ParameterTypeError, match="length_bonus must be a finite number"):
        tune_weight(MODEL, lists, [["a"]], length_bonus="1")
    for given_lists, references in (([], []), (lists, [[]])):
        with pytest.raises(ParameterError, match="references must have words"):
            tune_weight(MODEL, given_lists, references)
    with pytest.raises(ParameterError, match="references must be one for each of the 1 lists, got 2"):
        tune_weight(MODEL, [NBestList("0", (Hypothesis(("a",), 0.0),))], [["a"], ["b"]])
