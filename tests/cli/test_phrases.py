"""``densevec phrases``, and training with what it wrote."""

import copy

import numpy as np
import pytest

from densevec import BayesianSkipGram, Gaussian
from densevec.corpus import ENGLISH_CONNECTOR_WORDS, Phrases
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
    assert found.json["neighbors"] == {"new_york": same.json["neighbors"]["new_york"]}
    assert densevec("info", path).status == 0


def test_english_stands_for_its_connector_words_beside_others_too(densevec, text, tmp_path):
    path = tmp_path / "phrases"
    result = densevec("phrases", text, "-o", path, "--connector-words", "english", "de")
    assert result.status == 0, result.err
    assert Phrases.load(path).connector_words == ENGLISH_CONNECTOR_WORDS | {"de"}


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


def test_text_is_read_as_in_training_or_the_training_says_so(densevec, tmp_path):
    text, path, model = tmp_path / "text", tmp_path / "phrases.safetensors", tmp_path / "model.safetensors"
    text.write_text("Cafe\u0301 Noir was here\nit was late\n" * 9, encoding="utf-8")
    options = ("--lowercase", "--normalize", "NFC")
    train = ("train", "skipgram", text, "-o", model, "--dim", 4, "--epochs", 1, "--sample", 0, "--phrases", path)
    said = "phrases, such as 'Cafe\u0301_Noir', are never found in this text"
    for own, in_training, is_warned in (((), options, True), ((), (), False), (options, options, False)):
        learned = densevec("phrases", text, "-o", path, "--threshold", 1, "--min-count", 1, *own)
        assert learned.status == 0, learned.err
        result = densevec(*train, *in_training)
        assert (result.status, said in result.err) == (0, is_warned), result.err
    assert "caf\u00e9_noir" in Phrases.load(path).export_phrases()


@pytest.fixture(scope="module")
def densities(text, tmp_path_factory):
    """A model of densities with phrases, and its file."""
    phrases = Phrases(str(text), threshold=3.0).train()
    path = tmp_path_factory.mktemp("densities") / "model"
    model = BayesianSkipGram(str(text), dim=4, epochs=1, min_count=1, negative=4, phrases=phrases, evidence=None)
    model.train().save(path)
    return model, path


@pytest.mark.parametrize("place", ["4", "5", "New York", "new_york", "york"])
def test_a_place_in_a_sentence_is_counted_before_phrases_are_joined(densevec, densities, place):
    model, path = densities
    tokens = ["they", "went", "to", "see", "new", "york", "again"]
    assert model.known_phrases.join(tokens).tokens[4] == "new_york"
    found = densevec("posterior", path, " ".join(tokens), place, "--json")
    assert found.status == 0, found.err
    assert (found.json["word"], found.json["position"]) == ("new_york", 4)
    np.testing.assert_allclose(found.json["mean"], model.posterior(tokens, 4).mean, rtol=1e-6)
    found = densevec("substitutes", path, " ".join(tokens), place, "--json")
    assert (found.json["word"], len(found.json["tokens"])) == ("new_york", 6)
    beyond = densevec("posterior", path, " ".join(tokens), "7")
    assert "POSITION must be from 0 to 6" in beyond.err
    assert "the sentence must have words, got ''" in densevec("posterior", path, "", "0").err


@pytest.mark.parametrize("place", ["4", "5", "New York", "york"])
def test_a_map_draws_a_phrase_from_the_phrase(densevec, densities, tmp_path, place):
    pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")
    pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")
    _, path = densities
    pictures = [tmp_path / "map.svg", tmp_path / "map.html"]
    given = ("--sentence", "they went to see new york again", "--position", place, "--words", "of", "the")
    found = densevec("plot", path, "-o", *pictures, *given, "--json")
    assert (found.status, found.err) == (0, "")
    assert [each["word"] for each in found.json["words"]] == ["new_york", "of", "the"]
    (reading,) = found.json["readings"]
    assert (reading["sentence"], reading["position"]) == ("they went to see new_york again", 4)
    page = pictures[1].read_text(encoding="utf-8")
    assert '"items":[{"word":"new_york","lines":["they went to see new_york","again"]' in page


def test_senses_and_vectors_know_a_phrase_with_blanks(densities, text):
    model, _ = densities
    blanks, joined = (model.senses(word, str(text), progress=False) for word in ("new york", "new_york"))
    assert (blanks.total, len(blanks)) == (joined.total, len(joined))
    vectors = copy.copy(model.vectors)
    assert "new york" in vectors and "new yorker" not in vectors
    vectors["new york"] = Gaussian(np.ones(4), 0.5)
    assert len(vectors) == len(model.vectors)
    assert vectors["new_york"].tolist() == [1.0] * 4


def test_a_concordance_by_senses_finds_a_phrase_with_blanks(densevec, densities, text):
    _, path = densities
    spaced, joined = (
        densevec("concordance", text, word, "--senses", path, "--json") for word in ("new york", "new_york")
    )
    assert spaced.status == 0, spaced.err
    assert spaced.json["total"] > 0
    assert spaced.json["lines"] == joined.json["lines"]
