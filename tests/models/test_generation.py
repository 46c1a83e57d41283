"""What is drawn from a language model, and how."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from densevec import NPLM, RNNLM, BayesianSkipGram, Interpolated, LogBilinear, NGram
from densevec.errors import CorpusTypeError, ParameterError, ParameterTypeError
from densevec.models.generation import Sampling, sharpened
from densevec.models.language_model import LanguageModel
from tests.models.neural.languages import SMALL, sentences
from tests.models.test_language_model import MODEL, TABLE, WORDS, Bigram

TEXT = sentences(150)
NEURAL = {"dim": 4, "epochs": 1, **SMALL}
MODELS: dict[str, Any] = {
    "ngram": lambda: NGram(TEXT, order=3, min_count=1).train(),
    "nplm": lambda: NPLM(TEXT, order=3, hidden=4, **NEURAL).train(),
    "lbl": lambda: LogBilinear(TEXT, **NEURAL).train(),
    "rnnlm": lambda: RNNLM(TEXT, hidden=4, streams=4, **NEURAL).train(),
    "mixture": lambda: Interpolated([model("ngram"), model("nplm")]),
}


@cache
def model(name: str) -> LanguageModel:
    found: LanguageModel = MODELS[name]()
    return found


def drawing(temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None) -> Sampling:
    return Sampling(1, temperature, top_k, top_p, None)


@pytest.mark.parametrize("name", MODELS)
def test_next_words_are_the_model_s_own_score(name: str) -> None:
    history = ["w0", "w3", "nothing"]
    found = model(name).predict_next(history, topn=None)
    assert sum(probability for _, probability in found) == pytest.approx(1, abs=1e-5)
    assert found == model(name).next_words(history, None) and found[:2] == model(name).predict_next(history, 2)
    given = dict(found)
    for word in ("w1", "<unk>"):
        assert np.log(given[word]) == pytest.approx(model(name).token_log_probs([[*history, word]])[0][3], rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_a_temperature_of_nothing_takes_the_most_probable_word(name: str) -> None:
    words = model(name).generate(["w0"], 6, temperature=0)
    for place in range(len(words) + (len(words) < 6)):
        ranked = [word for word, _ in model(name).predict_next(["w0", *words[:place]]) if word != "<unk>"]
        assert ranked[0] == (words[place] if place < len(words) else "</s>")
    assert words == model(name).generate(["w0"], 6, temperature=1e-9, seed=4)


@pytest.mark.parametrize("name", MODELS)
def test_seeds_reproduce(name: str) -> None:
    drawn = [model(name).generate(["w1"], 20, seed=seed) for seed in range(12)]
    assert drawn == [model(name).generate(["w1"], 20, seed=seed) for seed in range(12)]
    assert len({tuple(words) for words in drawn}) > 6
    assert all("<unk>" not in words and "</s>" not in words and len(words) <= 20 for words in drawn)
    assert len({tuple(model(name).generate(["w1"], 20)) for _ in range(12)}) > 6


def test_words_are_drawn_by_their_probabilities() -> None:
    drawn = Counter((MODEL.generate(["the"], 1, seed=seed) or ["</s>"])[0] for seed in range(4000))
    wanted = np.delete(TABLE[1], WORDS.index("<unk>"))
    found = [drawn[word] for word in WORDS if word != "<unk>"]
    assert drawn["<unk>"] == 0 and chisquare(found, 4000 * wanted / wanted.sum()).pvalue > 0.001
    drawn = Counter((MODEL.generate(["the"], 1, unknown=True, seed=seed) or ["</s>"])[0] for seed in range(4000))
    assert chisquare([drawn[word] for word in WORDS], 4000 * TABLE[1]).pvalue > 0.001


def test_a_sentence_ends_where_its_end_is_drawn() -> None:
    lengths = [len(MODEL.generate([], 1000, unknown=True, seed=seed)) for seed in range(3000)]
    at, expected = np.eye(len(WORDS))[0], 0.0  # the chain from "</s>" until it comes back
    for _ in range(1000):
        at = at @ TABLE
        at[0] = 0
        expected += at.sum()
    assert np.mean(lengths) == pytest.approx(expected, abs=5 * np.std(lengths) / 3000**0.5)
    assert MODEL.generate(["the"], 0) == []


def test_what_is_drawn_from() -> None:
    probabilities = np.array([0.1, 0.4, 0.2, 0.3])
    log_probs = np.log(probabilities)
    np.testing.assert_allclose(sharpened(log_probs, drawing()), probabilities)
    np.testing.assert_allclose(sharpened(log_probs, drawing(0.5)), probabilities**2 / (probabilities**2).sum())
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_k=2)), [0, 4 / 7, 0, 3 / 7])
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_k=9)), probabilities)
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_p=0.65)), [0, 4 / 7, 0, 3 / 7])
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_p=0.75)), [0, 4 / 9, 2 / 9, 3 / 9])
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_p=1e-9)), [0, 1, 0, 0])
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_p=1.0)), probabilities)
    np.testing.assert_allclose(sharpened(log_probs, drawing(top_k=3, top_p=0.5)), [0, 4 / 7, 0, 3 / 7])
    np.testing.assert_allclose(sharpened(log_probs, drawing(0.0)), [0, 1, 0, 0])
    np.testing.assert_allclose(sharpened(log_probs, drawing(1e-300)), [0, 1, 0, 0])
    impossible = np.array([-np.inf, 0.0, -np.inf])
    np.testing.assert_allclose(sharpened(impossible, drawing(2.0)), [0, 1, 0])


def test_questions_that_have_no_answer() -> None:
    for wrong in ({"temperature": -1.0}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}, {"length": -1}, {"seed": -1}):
        with pytest.raises(ParameterError, match=f"{next(iter(wrong))} must be"):
            MODEL.generate([], **wrong)
    with pytest.raises(ParameterTypeError, match="unknown must be"):
        MODEL.generate([], unknown="yes")  # type: ignore[arg-type]
    with pytest.raises(ParameterTypeError, match=r"generate\(\) takes tokens, length, temperature=.*'words'"):
        MODEL.generate(words=3)
    with pytest.raises(CorpusTypeError):
        MODEL.generate("the kiwi")
    only_unknown = np.zeros((len(WORDS), len(WORDS)))
    only_unknown[:, WORDS.index("<unk>")] = 1
    with np.errstate(divide="ignore"), pytest.raises(ParameterError, match="unknown must be True where nothing but"):
        Bigram(only_unknown).generate([])
    around = LogBilinear(TEXT, context="both", **NEURAL).train()
    with pytest.raises(ParameterError, match="context must be 'left' for generate"):
        around.generate([])
    without = NPLM(TEXT, order=2, hidden=4, output_layer="negative", **NEURAL).train()
    with pytest.raises(ParameterError, match="output_layer must be a density model"):
        without.generate([])
    with pytest.raises(AttributeError):
        BayesianSkipGram().generate([])
