"""``densevec complete`` and ``densevec evaluate --completion``."""

from __future__ import annotations

import numpy as np
import pytest

from densevec import Aviary, NGram, SkipGram
from densevec.formats import write_container

QUESTIONS = """id,question,a),b)
1,The kakapo is a _____.,plum,Bird
2,"A _____, like the plum.",fruit,bird
3,The _____ and the kiwi.,plum,kakapo
4,The plum is a _____.,fruit,stranger
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "questions.csv").write_text(QUESTIONS)
    (tmp_path / "answers.csv").write_text("id,answer\n1,b\n2,a\n3,b\n4,a\n")
    return tmp_path / "questions.csv", tmp_path / "answers.csv"


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("complete") / "skipgram"
    SkipGram(Aviary(2_000), dim=16, min_count=1, device="cpu").train().save(path)
    return path


def test_a_sentence(densevec, density_file):
    result = densevec(
        "complete", density_file, "The kakapo is a _____", "--choices", "plum", "bird", "stranger", "--json"
    )
    assert result.json["word"] == "bird"
    assert [choice["word"] for choice in result.json["choices"]] == ["bird", "plum", "stranger"]
    assert result.json["choices"][-1]["score"] is None
    text = densevec("complete", density_file, "The kakapo is a _____", "--choices", "plum", "bird").out
    assert text.splitlines()[0] == "The kakapo is a bird"
    assert "plum" in text


def test_a_file_of_questions(densevec, density_file, files):
    assert densevec("complete", density_file, files[0]).out == "1  Bird\n2  fruit\n3  kakapo\n4  fruit\n"
    completions = densevec("complete", density_file, files[0], "--json").json["completions"]
    assert [completion["id"] for completion in completions] == ["1", "2", "3", "4"]
    assert [completion["word"] for completion in completions] == ["Bird", "fruit", "kakapo", "fruit"]


def test_several_files_are_combined(densevec, density_file, model_file, files):
    sentence = ("the kiwi laid an _____ in its burrow", "--choices", "egg", "plum", "bird", "--json")
    alone = densevec("complete", model_file, *sentence).json
    only_the_model = densevec("complete", density_file, model_file, *sentence, "--weights", "0", "1").json
    assert [choice["word"] for choice in only_the_model["choices"]] == [choice["word"] for choice in alone["choices"]]
    only_the_vectors = densevec("complete", density_file, model_file, *sentence, "--weights", "1", "0").json
    assert only_the_vectors["word"] == "bird"
    told = densevec("complete", density_file, *sentence, "--weights", "-1")
    assert (told.status, "--weights must come with several files" in told.err) == (2, True)
    for wrong in (["1"], ["nan", "1"], ["inf", "1"], ["0", "0"]):
        result = densevec("complete", density_file, model_file, *sentence, "--weights", *wrong)
        assert (result.status, "weights must be 2 finite numbers, one for each" in result.err) == (2, True), wrong


def test_accuracy(densevec, density_file, point_file, files):
    report = densevec("evaluate", density_file, "--completion", *files, "--json").json
    assert report["completion"] == {"accuracy": 1.0, "items": 4}
    both = densevec("evaluate", density_file, point_file, "--completion", *files, "--json").json
    assert list(both) == [str(density_file), str(point_file), "combined"]
    combined = both["combined"]["completion"]
    assert (combined["accuracy"], combined["items"], combined["halves"]) == (1.0, 4, [1.0, 1.0])
    assert [len(weights) for weights in combined["weights"]] == [2, 2]
    text = densevec("evaluate", density_file, point_file, "--completion", *files).out
    places = [text.index(line) for line in ("combined", "sentence completion", "4 questions", "odd ones", "even ones")]
    assert places == sorted(places)
    assert text.index("even ones") < text.index("log variance")  # which the combination does not have


def test_a_model_of_points_ranks_substitutes_by_its_tables(densevec, model_file, tmp_path):
    (tmp_path / "lst.gold.candidates").write_text("kiwi.n::kakapo;plum\n")
    (tmp_path / "lst_all.gold").write_text("kiwi.n 1 :: kakapo 3;\n")
    (tmp_path / "lst_all.preprocessed").write_text("kiwi.n\t1\t1\tthe kiwi\n")
    report = densevec("evaluate", model_file, "--lexsub", tmp_path, "--json").json
    assert report["lexsub"]["gap"] == report["lexsub"]["gap_substitutes"]
    assert 0 < report["lexsub"]["gap"] <= 1
    assert report["lexsub"]["gap_context_blind"] is not None


class Guesser:
    """A model without vectors that knows what follows what."""

    @classmethod
    def from_container(cls, container, path):
        return cls()

    def complete(self, sentence, choices):
        return [(choice, -float(len(choice))) for choice in sorted(choices, key=len)]


def test_a_language_model_needs_no_vectors(densevec, density_file, stand_in, files, tmp_path, monkeypatch):
    from densevec import models

    monkeypatch.setattr(models, "StandIn", Guesser)
    path = tmp_path / "guesser"
    write_container(path, {"model.counts": np.zeros(3, np.float32)}, ["a"], {"class": "StandIn", "parameters": {}})
    report = densevec("evaluate", path, "--completion", *files, "--json").json
    assert report == {"completion": {"accuracy": 0.25, "items": 4}}
    both = densevec("evaluate", path, density_file, "--completion", *files, "--json").json
    assert both["combined"]["completion"]["items"] == 4
    assert densevec("complete", path, "a _____", "--choices", "long", "no", "--json").json["word"] == "no"


SCRIPTS = {
    "Hindi": ("नमस्ते दुनिया सुंदर है", "नमस्ते भारत बड़ा है"),
    "Thai": ("สวัสดี ชาวโลก ครับ", "สวัสดี เพื่อน ทุกคน"),
    "Burmese": ("မင်္ဂလာပါ ကမ္ဘာ လောက", "မင်္ဂလာပါ မြန်မာ ပြည်"),
    "decomposed": ("la cre\u0300me bru\u0302le\u0301e", "la the\u0301ie\u0300re verte"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_words_of_every_script_are_asked_whole(densevec, tmp_path, name):
    (first, right, *rest), (_, wrong, *_others) = (line.split() for line in SCRIPTS[name])
    path = tmp_path / "model"
    NGram([line.split() for line in SCRIPTS[name]] * 6, order=3, min_count=1).train().save(path)
    sentence = " ".join([first, "_____", *rest])
    assert densevec("complete", path, sentence, "--choices", wrong, right, "--json").json["word"] == right
    questions = tmp_path / "questions.csv"
    questions.write_text(f"id,question,a),b)\n1,{sentence}.,{wrong},{right}\n", encoding="utf-8")
    (tmp_path / "answers.csv").write_text("id,answer\n1,b\n")
    report = densevec("evaluate", path, "--completion", questions, tmp_path / "answers.csv", "--json").json
    assert report["completion"] == {"accuracy": 1.0, "items": 1}


def test_the_models_own_tokenizer_and_case_are_used(densevec, tmp_path):
    path = tmp_path / "model"
    text = [["don't", "Panic"], ["don't", "panic"], ["don't", "panic"]] * 6
    NGram(text, order=2, min_count=1, tokenizer="words").train().save(path)
    ranking = densevec("complete", path, "Don't! _____", "--choices", "Panic", "panic", "--json").json["choices"]
    assert [choice["word"] for choice in ranking] == ["panic", "Panic"]
    assert ranking[0]["score"] > ranking[1]["score"]  # "Panic" is a word of its own, not lowered


def test_a_sentence_without_choices_says_so(densevec, density_file):
    result = densevec("complete", density_file, "the kakapo is a _____")
    assert (result.status, "--choices must say what may fill the gap" in result.err) == (2, True)


def test_faults(densevec, density_file, files, tmp_path):
    result = densevec("complete", density_file, tmp_path / "none.csv")
    assert (result.status, result.err.count("\n")) == (1, 1)
    result = densevec("complete", density_file, "no gap", "--choices", "bird")
    assert (result.status, "sentence must have one gap" in result.err) == (2, True)
    files[1].write_text("id,answer\n1,b\n")
    result = densevec("evaluate", density_file, "--completion", *files)
    assert (result.status, "has no answer to question '2'" in result.err) == (1, True)
