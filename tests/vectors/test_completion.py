"""Total similarity of a choice with the rest of its sentence."""

from __future__ import annotations

import numpy as np
import pytest

from densevec import DensityVectors, KeyedVectors
from densevec.errors import ParameterError

WORDS = ["the", "kiwi", "egg", "laid", "rock", "-"]
COUNTS = [500_000, 40, 60, 30, 20, 9000]


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    return KeyedVectors(WORDS, random.normal(size=(len(WORDS), 4)), COUNTS)


def cosine(vectors, a, b):
    return vectors.similarity(a, b)


@pytest.mark.parametrize("sample", [0.0, 1e-5, 1e-2])
def test_the_formula(vectors, sample):
    share = np.array(COUNTS) / sum(COUNTS)
    weight = dict(zip(WORDS, np.minimum(1, np.sqrt(sample / share)) if sample else np.ones(len(WORDS)), strict=True))
    found = dict(
        vectors.complete("the kiwi _____ an egg", ["laid", "rock", "egg - rock", "philosophised"], sample=sample)
    )
    context = ["the", "kiwi", "egg"]
    for choice, tokens in (("laid", ["laid"]), ("rock", ["rock"]), ("egg - rock", ["egg", "-", "rock"])):
        each = [
            sum(weight[c] * cosine(vectors, t, c) for c in context) / sum(weight[c] for c in context) for t in tokens
        ]
        assert found[choice] == pytest.approx(np.mean(each), abs=1e-6)
    assert found["philosophised"] == -np.inf


def test_best_first_and_unknown_last(vectors):
    ranking = vectors.complete(["the", None, "egg"], ["unheard-of", "kiwi", "rock"])
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    assert ranking[-1] == ("unheard-of", -np.inf)


def test_without_counts_every_word_counts_alike(vectors):
    bare = KeyedVectors(WORDS, vectors.vectors)
    zeros = KeyedVectors(WORDS, vectors.vectors, [0] * len(WORDS))
    for each in (bare, zeros):
        assert each.complete("the kiwi _____", ["egg"]) == vectors.complete("the kiwi _____", ["egg"], sample=0.0)


def test_without_known_context_all_scores_are_zero(vectors):
    assert vectors.complete("alas _____", ["kiwi", "egg"]) == [("kiwi", 0.0), ("egg", 0.0)]
    assert KeyedVectors(["a", "b"], [[0.0, 0.0], [1.0, 0.0]]).complete("a _____", ["b"]) == [("b", 0.0)]


def test_densities_are_compared_by_their_means(vectors):
    densities = DensityVectors(WORDS, vectors.vectors, np.ones(len(WORDS)), COUNTS)
    assert densities.complete("the kiwi _____", ["egg", "rock"]) == vectors.complete("the kiwi _____", ["egg", "rock"])


def test_what_is_no_question(vectors):
    with pytest.raises(ParameterError, match="one gap"):
        vectors.complete("no gap", ["egg"])
    with pytest.raises(ParameterError, match=r"^sample must be"):
        vectors.complete("the _____", ["egg"], sample=2.0)
