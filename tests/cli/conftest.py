"""A small file of word densities, a stand-in for a model, and a way to run the command line in this process."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from densevec._parameters import Parameters, param
from densevec._validation import Choice, Interval
from densevec.cli import main
from densevec.densities import Gaussian
from densevec.training.state import EpochReport
from densevec.vectors import DensityVectors, KeyedVectors


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def densevec(capsys):
    """Run ``densevec ARGUMENTS``; the exit status and what was printed."""

    def run(*arguments: object) -> Outcome:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        printed = capsys.readouterr()
        return Outcome(status, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def vectors():
    """Birds on one side, fruit on the other; the general words broad and frequent."""
    words = ["bird", "fruit", "kiwi", "kakapo", "plum", "café"]
    mean = np.array([[1, 0, 0], [0, 1, 0], [0.9, 0.4, 0.2], [1.1, 0.1, 0.1], [0.1, 1.2, 0.1], [0, 0, 1]])
    variance = np.array([1.0, 1.0, 0.2, 0.05, 0.05, 0.3])
    parameters = {"dim": 3, "lowercase": True}
    return DensityVectors(words, mean, variance, [100, 90, 50, 8, 9, 30], entailment_bound=9.0, parameters=parameters)


@pytest.fixture(scope="session")
def density_file(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "birds.safetensors"
    vectors.save(path)
    return path


@pytest.fixture(scope="session")
def point_file(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "points.safetensors"
    KeyedVectors(vectors.index_to_key, vectors.vectors, vectors.counts).save(path)
    return path


class StandIn(Parameters):
    """Stands in for a model, 100 % of the way."""

    command = "stand-in"
    made: ClassVar[dict[str, Any]]
    interruption = None

    corpus: Any = param(default=None, kw_only=False, text="what to read")
    dim: int = param(default=100, rule=Interval(int, 1), text="dimension of the densities; more takes longer")
    learning_rate: float = param(default=0.05, text="size of a step")
    min_learning_rate: float | None = param(default=None, text="size of the last step")
    covariance: Literal["spherical", "diag"] = param(default="spherical", text="shape of the densities")
    max_vocab_size: int | None = param(default=None, text="keep that many words")
    lowercase: bool = param(default=False, text="lower the text")
    tokenizer: str | Any = param(default="whitespace", text="how lines are cut")
    batch_size: int | str = param(default="auto", text="how much at once")
    layers: int = param(default=1, text="one upon the other")
    objective: str | None = param(
        default=None, rule=Choice(("hinge", "bound"), optional=True), text="what is learned from"
    )
    trim_rule: Any = param(default=None, text="a function")
    seed: int = param(default=1, text="of all that is random")
    epochs, min_count = 2, 1

    def train(self, *, callbacks=(), validation=None, checkpoint=None, checkpoint_minutes=10.0):
        type(self).made = self.get_params() | {
            "validation": validation,
            "checkpoint": checkpoint,
            "minutes": checkpoint_minutes,
        }
        counts = (
            Counter(word for sentence in self.corpus for word in sentence) if not isinstance(self.corpus, str) else {}
        )
        words = sorted(counts) or ["bird", "kiwi", "plum"]
        rng = np.random.default_rng(0)
        self.vectors = DensityVectors(words, rng.normal(size=(len(words), self.dim)), np.ones(len(words)))
        for epoch in range(self.epochs):
            for callback in callbacks:
                held_out = {"loss": 4.0} if validation else None
                callback.on_epoch_end(self, EpochReport(epoch, 3.5, {"match": 3.0, "kl": 0.5}, held_out, 10, 1.25e5))
            if self.interruption is not None:
                raise self.interruption
        return self

    def posterior(self, tokens, position):
        """Half way between the word and its neighbour."""
        density = self.vectors.density(tokens[position])
        other = self.vectors.density(tokens[position - 1])
        return Gaussian((density.mean + other.mean) / 2, density.variance / 2)

    def posterior_batch(self, contexts):
        return [self.posterior(*context) for context in contexts]

    def save(self, path, fallback=None):
        from densevec.formats import write_container
        from densevec.formats.fallback import save_or_keep

        tensors, metadata = self.vectors.container_parts()
        tensors["model.weight"] = np.zeros(3, dtype=np.float32)
        metadata |= {"class": "StandIn"}
        save_or_keep(lambda file: write_container(file, tensors, self.vectors.words, metadata), path, fallback)

    @classmethod
    def from_container(cls, container, path):
        model = cls([])
        model.vectors = DensityVectors.from_container(container, path)
        return model


@pytest.fixture
def stand_in(monkeypatch):
    """Put the stand-in where the command line looks for models."""
    import densevec.models

    module = ModuleType("densevec.models")
    module.__path__ = densevec.models.__path__
    module.__all__ = ["StandIn"]  # type: ignore[attr-defined]
    module.StandIn = module.BayesianSkipGram = StandIn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "densevec.models", module)
    monkeypatch.setattr(densevec, "models", module, raising=False)
    return StandIn
