"""Every estimator of the list, small enough to train in a second or two."""

from __future__ import annotations

from typing import Any

import numpy as np

import densevec.models
from densevec import Aviary
from densevec.corpus.aviary_bitext import AviaryBitext
from densevec.models.base import Estimator
from densevec.models.gradient_model import GradientModel
from densevec.models.trained_vectors import HasVectors
from tests.settings import usable

ESTIMATORS = {name: getattr(densevec.models, name) for name in densevec.models.__all__}
EMBEDDINGS = {name: kind for name, kind in ESTIMATORS.items() if issubclass(kind, HasVectors)}
LEARNERS = {name: kind for name, kind in ESTIMATORS.items() if issubclass(kind, GradientModel)}
NUM_SENTENCES = 200
# what makes any of them small; a parameter that an estimator lacks is left out
SMALL: dict[str, Any] = {
    "dim": 8,
    "embedding_dim": 8,
    "epochs": 2,
    "min_count": 1,
    "batch_size": 128,
    "negative": 5,
    "noise_size": 32,
    "hidden": 8,
    "order": 3,
    "streams": 4,
    "steps": 16,
    "workers": 1,
    "device": "cpu",
}
SENTENCES = [["a", "b", "a"], ["b", "c"]] * 10

_trained: dict[type[Estimator], Estimator] = {}


def make(kind: type[Estimator], corpus: Any = None, **changes: Any) -> Estimator:
    """An estimator over the aviary, or over sentences, which stand for their own translations where pairs are read."""
    small = {name: value for name, value in SMALL.items() if name in kind.declared()}
    if corpus is None:
        corpus = aviary(kind)
    elif kind.reads_pairs:
        corpus = [(sentence, sentence) for sentence in corpus]
    owners = {"engine", *(each.belongs_to[0] for each in kind.declared().values() if each.belongs_to)}
    small |= {name: value for name, value in changes.items() if name in owners}
    return kind(corpus, **{**usable(kind, **small), **changes})


def aviary(kind: type[Estimator], num_sentences: int = NUM_SENTENCES, seed: int = 1) -> Any:
    """What a model of this kind reads."""
    return AviaryBitext(num_sentences, seed) if kind.reads_pairs else Aviary(num_sentences, seed=seed)


def trained(kind: type[Estimator]) -> Any:
    """Trained once; tests only look at it."""
    if kind not in _trained:
        _trained[kind] = make(kind).train()
    return _trained[kind]


def contents(model: Estimator) -> dict[str, np.ndarray]:
    """Copies of all arrays of a trained model, and its words."""
    tensors, words, _ = model._container_parts()
    arrays = {**tensors, **model._tensors(), "words": list(words)}
    return {name: np.array(array) for name, array in arrays.items()}


def assert_alike(model: Estimator, other: Estimator | dict[str, np.ndarray]) -> None:
    """Equal in every number and word to another model, or to the contents that one had."""
    mine, theirs = contents(model), other if isinstance(other, dict) else contents(other)
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        np.testing.assert_array_equal(theirs[name], value, err_msg=name)
