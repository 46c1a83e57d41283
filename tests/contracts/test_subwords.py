"""Every model whose words may be made of their character n-grams."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, KeyedVectors, build_vocabulary
from densevec.models.gradient_model import GradientModel
from densevec.vectors import DensityVectors
from tests.contracts.cases import LEARNERS, assert_alike
from tests.settings import usable

LATER = {"BayesianSkipGram"}  # its n-grams are fitted to words that have been learned
KINDS = {name: kind for name, kind in LEARNERS.items() if "subwords" in kind.declared() and name not in LATER}
SMALL = {"dim": 8, "epochs": 2, "min_count": 1, "subwords": (3, 6), "buckets": 500, "engine": "fused"}
EVERY = pytest.mark.parametrize("name", KINDS)


def make(name: str, corpus: Any = None, **changes: Any) -> GradientModel:
    kind = KINDS[name]
    fewer = {"batch_size": 128, "noise_words": 6, "evidence": None}
    known = {each: value for each, value in fewer.items() if each in kind.declared()}
    settings = usable(kind, **{**SMALL, **known, **changes})
    return kind(Aviary(300) if corpus is None else corpus, **{**settings, **changes})


@EVERY
def test_words_of_one_stem_are_closer_than_without_their_n_grams(name: str) -> None:
    """Around the mean of all words, which hides everything after so short a training."""
    found = []
    for subwords in (None, (3, 6)):
        vectors = make(name, Aviary(2000), subwords=subwords, dim=16).train().vectors
        pairs = [(word, f"{word}s") for word in vectors if f"{word}s" in vectors and len(word) > 3]
        assert len(pairs) > 20
        centred = vectors.vectors - vectors.vectors.mean(0)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        first, second = (centred[[vectors.get_index(pair[side]) for pair in pairs]] for side in (0, 1))
        found.append((first * second).sum(1).mean() - (first * np.roll(second, 7, 0)).sum(1).mean())
    assert found[1] > 2 * found[0]


@EVERY
def test_threads_learn_what_one_thread_does(name: str) -> None:
    alone, together = (make(name, Aviary(1000), workers=workers).train() for workers in (1, 3))
    far = 0.15 if name == "DensityWord2Vec" else 0.02
    assert together.history[-1].loss == pytest.approx(alone.history[-1].loss, rel=far)


@pytest.mark.parametrize("engine", ["fused", "torch"])
@EVERY
def test_a_training_that_was_cut_goes_on_to_the_same_bits(name: str, engine: str, tmp_path: Path) -> None:
    class Cut:
        def on_epoch_end(self, model: Any, report: Any) -> None:
            assert np.isfinite(model.vectors["kiwiish"]).all(), "vectors while training goes on"
            assert not isinstance(model.vectors, DensityVectors) or model.vectors.density("kiwiish").variance > 0
            signal.raise_signal(signal.SIGINT)

    expected = make(name, engine=engine, epochs=3).train()
    with pytest.raises(KeyboardInterrupt):
        make(name, engine=engine, epochs=3).train(callbacks=[Cut()], checkpoint=tmp_path / "cut")
    assert_alike(make(name, engine=engine, epochs=3).train(resume=tmp_path / "cut"), expected)


@EVERY
def test_known_words_start_from_given_vectors(name: str) -> None:
    corpus = Aviary(300)
    words = build_vocabulary(corpus, min_count=1).words[::2]
    given = KeyedVectors(words, np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32))
    model = make(name, corpus, learning_rate=1e-9, min_learning_rate=0.0, epochs=1)
    vectors = model.train(init_from=given).vectors
    np.testing.assert_allclose(vectors[words], given[words], atol=3e-6)
    assert np.abs(vectors[[word for word in vectors if word not in given]]).max() < 1
