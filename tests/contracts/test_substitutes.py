"""Words that could stand in another's place: every model that says so, by one contract."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, SkipGram
from densevec.corpus.phrases import Phrases
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.models.language_model import LanguageModel
from densevec.models.substitutes import SHORTLIST, context_of, standardised, weighed, yardstick
from densevec.vectors import KeyedVectors
from tests.contracts.cases import ESTIMATORS, trained

SUBSTITUTING = [kind for kind in ESTIMATORS.values() if hasattr(kind, "substitutes")]
TOKENS = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"]


def test_these_models_say_what_could_stand_in_a_place() -> None:
    names = {kind.__name__ for kind in SUBSTITUTING}
    assert names == {"BayesianSkipGram", "CBOW", "EmbedAlign", "LogBilinear", "NGram", "NPLM", "RNNLM", "SkipGram"}


@pytest.fixture(params=SUBSTITUTING, ids=lambda kind: kind.__name__)
def model(request: pytest.FixtureRequest) -> Any:
    return trained(request.param)


def test_candidates_are_ranked_by_their_scores(model: Any) -> None:
    words = ["laid", "egg", "its", "kiwi"]
    scores = model.substitution_scores(TOKENS, 1, words)
    assert scores.shape == (4,)
    assert np.isfinite(scores).all()
    ranking = model.substitutes(TOKENS, 1, words, topn=None)
    assert sorted(ranking, key=lambda entry: -entry[1]) == ranking
    assert dict(ranking) == pytest.approx(dict(zip(words, scores.tolist(), strict=True)))
    assert model.substitutes(TOKENS, 1, words, topn=2) == ranking[:2]
    assert model.substitutes(TOKENS, -7, words, topn=None) == ranking  # a place from the end
    assert model.substitutes(TOKENS, 1, [], topn=2) == []
    assert model.substitution_scores(["kiwi"], 0, words).shape == (4,)  # nothing is known of the sentence
    if not hasattr(model, "align"):
        assert model.substitution_scores(TOKENS, 1, []).shape == (0,)


def test_no_candidate_changes_the_score_of_another(model: Any) -> None:
    words = ["laid", "egg", "its", "kiwi", "an", "the"]
    every = dict(zip(words, model.substitution_scores(TOKENS, 1, words).tolist(), strict=True))
    assert len(set(every.values())) == len(every)
    for pair in itertools.permutations(words, 2):
        ranking = model.substitutes(TOKENS, 1, pair)
        assert dict(ranking) == pytest.approx({word: every[word] for word in pair}, rel=1e-4, abs=1e-4)
        assert ranking[0][0] == max(pair, key=every.get)  # in whichever order they are given
    assert model.substitution_scores(TOKENS, 1, ["egg"])[0] == pytest.approx(every["egg"], rel=1e-4, abs=1e-4)


def test_a_candidate_that_is_given_twice_is_named_once(model: Any) -> None:
    alone = model.substitution_scores(TOKENS, 1, ["egg", "its"])
    np.testing.assert_allclose(
        model.substitution_scores(TOKENS, 1, ["egg", "its", "egg", "egg"]), alone[[0, 1, 0, 0]], rtol=1e-4, atol=1e-4
    )
    assert [word for word, _ in model.substitutes(TOKENS, 1, ["egg", "egg"])] == ["egg"]
    assert model.substitutes(TOKENS, 1, ["egg", "its", "egg"]) == model.substitutes(TOKENS, 1, ["egg", "its"])


def test_without_candidates_some_are_found(model: Any) -> None:
    found = model.substitutes(TOKENS, 1, topn=None)
    assert 10 < len(found) <= SHORTLIST
    words = [word for word, _ in found]
    assert "kiwi" not in words
    assert len(set(words)) == len(words)
    assert [word for word, _ in model.substitutes(TOKENS, 1)] == words[:10]


def test_what_cannot_be_asked_is_one_sentence(model: Any) -> None:
    with pytest.raises(ParameterError, match="position"):
        model.substitutes(TOKENS, 8)
    with pytest.raises(ParameterTypeError, match="is a string"):
        model.substitutes("the kiwi", 1)
    with pytest.raises(ParameterTypeError, match="candidates must be a list"):
        model.substitutes(TOKENS, 1, "egg")
    with pytest.raises(ParameterError, match="topn"):
        model.substitutes(TOKENS, 1, topn=-1)
    if not isinstance(model, LanguageModel):  # to which any word is some word
        with pytest.raises(MissingWordError):
            model.substitutes(TOKENS, 1, ["unheard-of"])
        with pytest.raises(MissingWordError):
            model.substitutes(["an", "unheard-of", "egg"], 1, ["its"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["BayesianSkipGram", "SkipGram"])
def test_the_sentence_chooses_the_sense(kind: str) -> None:
    settings = {"dim": 32, "epochs": 8, "min_count": 2, "workers": 1}
    model = ESTIMATORS[kind](Aviary(6_000, seed=3), **settings).train()
    animal = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"]
    fruit = ["she", "ate", "a", "ripe", "kiwi", "with", "yoghurt"]
    choices = ["kakapo", "plum"]
    assert model.substitutes(animal, 1, choices)[0][0] == "kakapo"
    assert model.substitutes(fruit, 4, choices)[0][0] == "plum"


def test_phrases_are_joined_as_in_the_text() -> None:
    text = [f"a red kea saw {word} in new york today".split() for word in ("it", "us", "me", "him")] * 40
    phrases = Phrases(text, min_count=5, threshold=0.5, scoring="npmi", connector_words=()).train()
    model = SkipGram(text, phrases=phrases, dim=8, epochs=1, min_count=1, sample=0).train()
    phrase = next(word for word in model.vectors.index_to_key if "new_york" in word)
    tokens = text[0]
    found = model.substitutes(tokens, tokens.index("york"), topn=None)
    assert phrase not in [word for word, _ in found]
    np.testing.assert_array_equal(
        model.substitution_scores(tokens, tokens.index("york"), ["today", "a_red"]),
        model.substitution_scores(tokens, tokens.index("new"), ["today", "a_red"]),
    )


def test_scores_are_standardised_and_those_that_are_alike_say_nothing() -> None:
    weights = {"word": 2.0, "sentence": 1.0}
    total = weighed({"word": [1.0, 3.0, 5.0], "sentence": [7.0, 7.0, 7.0]}, weights, 3)
    np.testing.assert_allclose(total, 2 * np.array([-1, 0, 1]) * np.sqrt(1.5))
    assert weighed({"word": [4.0]}, weights, 1).tolist() == [0.0]
    assert weighed({}, weights, 2).tolist() == [0.0, 0.0]


def test_scores_are_standardised_by_other_words_and_rounding_is_none() -> None:
    others = [1.0, 2.0, 3.0]
    deviation = np.std(others)
    np.testing.assert_allclose(standardised([8.0, 2.0, *others], 2), [6 / deviation, 0])
    assert standardised([0.3, 0.1 + 0.2], 2).tolist() == [0, 0]  # which differ by 5e-17
    assert standardised(np.float32([7, 7.000001, 7, 7]), 2).tolist() == [0, 0]
    assert standardised([], 0).tolist() == []


def test_words_that_substitutes_are_measured_by() -> None:
    vectors = KeyedVectors([f"w{row}" for row in range(1000)], np.random.default_rng(2).normal(size=(1000, 8)))
    near = [word for word, _ in vectors.most_similar("w7", topn=SHORTLIST)]
    words = yardstick(vectors, "w7")
    assert words[:50] == near[::4]
    assert {"w0", "w999"} < set(words)
    assert "w7" not in words
    assert 90 < len(words) == len(set(words)) <= 100
    assert yardstick(KeyedVectors(["a"], [[1.0]]), "a") == []


def test_near_words_count_for_more() -> None:
    vectors = trained(SkipGram).vectors
    tokens = ["the", "kiwi", "unheard-of", "egg", *["of"] * 9, "burrow"]
    keep = np.full(len(vectors), 0.5, np.float32)
    rows, weight = context_of(vectors, keep, tokens, 1)
    expected = [vectors.get_index(word) for word in ("the", "egg", *["of"] * 8)]  # burrow is 12 away
    assert rows.tolist() == expected
    np.testing.assert_allclose(weight, 0.5 / np.sqrt([1, 2, *range(3, 11)]), rtol=1e-6)
