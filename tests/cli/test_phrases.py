"""``densevec phrases``, and training with what it wrote."""

import pytest

from densevec.corpus import Phrases
from densevec.vectors import KeyedVectors
from tests.corpus.test_phrases import corpus


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("phrases") / "text.txt"
    path.write_text("".join(" ".join(line) + "\n" for line in corpus()))
    return path


def test_phrases_are_learned_saved_and_joined_in_training(densevec, text, tmp_path):
    path, model = tmp_path / "phrases.safetensors", tmp_path / "model.safetensors"
    options = ("--threshold", 3, "--passes", 2, "--connector-words", "english")
    result = densevec("phrases", text, "-o", path, *options, "--json")
    assert result.status == 0, result.err
    expected = Phrases(str(text), threshold=3.0, passes=2, connector_words="english").train().export_phrases()
    assert result.json["phrases"] == len(expected)
    assert {each["word"]: each["score"] for each in result.json["best"]} == expected
    assert Phrases.load(path).export_phrases() == expected
    trained = densevec("train", "skipgram", text, "-o", model, "--phrases", path, "--dim", 4, "--epochs", 1)
    assert trained.status == 0, trained.err
    assert {"new_york_times", "statue_of_liberty"} <= set(KeyedVectors.load(model))
    found, same = (densevec("neighbors", model, word, "--json") for word in ("New York", "new_york"))
    assert found.json["neighbors"] == {"new york": same.json["neighbors"]["new_york"]}
    assert densevec("info", path).status == 0


def test_for_people_and_for_other_settings(densevec, text, tmp_path):
    result = densevec(
        "phrases", text, "-o", tmp_path / "p", "--scoring", "npmi", "--threshold", 0.5, "--delimiter", "+"
    )
    assert "those that score highest" in result.out
    assert "new+york" in result.out
    refused = densevec("phrases", text, "-o", tmp_path / "q", "--scoring", "npmi")
    assert (refused.status, "threshold must be from -1 to 1" in refused.err) == (2, True)
    refused = densevec("train", "lsa", text, "-o", tmp_path / "r", "--phrases", text)
    assert (refused.status, refused.out) == (1, "")
