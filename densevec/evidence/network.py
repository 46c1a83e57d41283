"""A network of one hidden layer that gives the odds of entailment, and the evidence it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.evidence.table import Evidence, FloatArray, IdArray

NUM_MARGINALS = 12  # features that are not about evidence
NUM_FEATURES = NUM_MARGINALS + 10
_PREFIX = "inference."
FARTHEST = 8.0  # standard deviations of a feature


class Network(NamedTuple):
    """log odds = w₂ · max(0, W₁ᵀ (x − centre) / scale + b₁) + b₂, for even prior odds."""

    centre: FloatArray  # (f,)
    scale: FloatArray  # (f,)
    weight1: FloatArray  # (f, h)
    bias1: FloatArray  # (h,)
    weight2: FloatArray  # (h,)
    bias2: FloatArray  # ()

    def log_odds(self, features: FloatArray) -> FloatArray:
        """(n,) of features (n, f)."""
        scaled = np.clip((features - self.centre) / self.scale, -FARTHEST, FARTHEST)
        result: FloatArray = np.maximum(scaled @ self.weight1 + self.bias1, 0) @ self.weight2 + self.bias2
        return result


@dataclass(frozen=True, eq=False)
class Inference:
    """What decides entailment beside the densities: evidence, and a network fitted to it.

    Attributes
    ----------
    reliability : (10, 3) of pairs kept from the fit, by tenths of the probability: their number, their mean
        probability, and the share of them that the text states
    """

    evidence: Evidence
    network: Network
    reliability: FloatArray

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: Σ_b n_b/n |mean probability − share of true pairs| over ten bins b."""
        number, probability, share = self.reliability.T
        return float((number * np.abs(probability - share)).sum() / max(number.sum(), 1))

    def tensors(self, words: Sequence[str], slots: IdArray) -> dict[str, npt.NDArray[Any]]:
        """Arrays of a file with these words, of which ``slots`` are the places in the evidence's."""
        evidence = self.evidence.among(words, slots.astype(np.int32))
        arrays = {f"{_PREFIX}{name}": array for name, array in evidence.tensors().items()}
        arrays |= {f"{_PREFIX}network.{name}": np.asarray(array) for name, array in self.network._asdict().items()}
        return arrays | {f"{_PREFIX}reliability": self.reliability}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], words: Sequence[str]) -> Inference | None:
        """The reverse; None where there are none, ValueError or the like where they do not fit together."""
        own = {name.removeprefix(_PREFIX): array for name, array in tensors.items() if name.startswith(_PREFIX)}
        if not own:
            return None
        network = Network(*(own[f"network.{name}"] for name in Network._fields))
        num_features, hidden = network.weight1.shape
        shapes = (num_features,), (num_features,), (num_features, hidden), (hidden,), (hidden,), ()
        for name, array, shape in zip(Network._fields, network, shapes, strict=True):
            if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
                raise ValueError(f"{name} of the network must be finite float64 of shape {shape}")
        if num_features != NUM_FEATURES or own["reliability"].shape != (10, 3):
            raise ValueError(f"the network must have {NUM_FEATURES} features, found {num_features}")
        return cls(Evidence.from_tensors(own, words), network, own["reliability"])
