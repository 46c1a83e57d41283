"""The network that gives the odds of entailment, and the evidence it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.evidence.table import Evidence, FloatArray

NUM_MARGINALS = 12  # features that are not about evidence
NUM_FEATURES = NUM_MARGINALS + 10
_PREFIX = "inference."
FARTHEST = 8.0  # standard deviations of a feature
_ROWS_AT_ONCE = 2**11


class Network(NamedTuple):
    """log odds = w₂ · max(0, W₁ᵀ z + b₁) + b₂ for even prior odds, z being the features (x − centre) / scale and the
    products (L a + l)(R b + r) of what the directions a and b of two means, unit vectors, have in common."""

    centre: FloatArray  # (f,)
    scale: FloatArray  # (f,)
    left: FloatArray  # (d, k)
    left_bias: FloatArray  # (k,)
    right: FloatArray  # (d, k)
    right_bias: FloatArray  # (k,)
    weight1: FloatArray  # (f + k, h)
    bias1: FloatArray  # (h,)
    weight2: FloatArray  # (h,)
    bias2: FloatArray  # ()

    def log_odds(self, features: FloatArray, products: FloatArray) -> FloatArray:
        """(n,) of features (n, f) and products (n, k)."""
        result = np.empty(len(features))
        for begin in range(0, len(features), _ROWS_AT_ONCE):
            rows = slice(begin, begin + _ROWS_AT_ONCE)
            scaled = np.clip((features[rows] - self.centre) / self.scale, -FARTHEST, FARTHEST)
            hidden = np.concatenate([scaled, products[rows]], axis=1) @ self.weight1 + self.bias1
            result[rows] = np.maximum(hidden, 0, out=hidden) @ self.weight2 + self.bias2
        return result

    def turned(self, rotation: FloatArray) -> Network:
        """The same log odds of means that were multiplied by an orthogonal matrix (d, d): x R · Rᵀ L = x L."""
        return self._replace(left=rotation.T @ self.left, right=rotation.T @ self.right)

    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """What shapes the arrays must have that fit the first layers'."""
        (dim, products), hidden = self.left.shape, self.bias1.shape[0]
        side, layer = ((dim, products), (products,)), ((NUM_FEATURES + products, hidden), (hidden,), (hidden,), ())
        return (NUM_FEATURES,), (NUM_FEATURES,), *side, *side, *layer


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

    def among(self, words: Sequence[str]) -> Inference:
        """The same with the evidence on these words alone."""
        return replace(self, evidence=self.evidence.among(words))

    def tensors(self, words: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Arrays of a file with these words."""
        arrays = {f"{_PREFIX}{name}": array for name, array in self.evidence.among(words).tensors().items()}
        arrays |= {f"{_PREFIX}network.{name}": np.asarray(array) for name, array in self.network._asdict().items()}
        return arrays | {f"{_PREFIX}reliability": self.reliability}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], words: Sequence[str]) -> Inference | None:
        """The reverse; None where there are none, ValueError or the like where they do not fit together."""
        own = {name.removeprefix(_PREFIX): array for name, array in tensors.items() if name.startswith(_PREFIX)}
        if not own:
            return None
        network = Network(*(own[f"network.{name}"] for name in Network._fields))
        for name, array, shape in zip(Network._fields, network, network.shapes(), strict=True):
            if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
                raise ValueError(f"{name} of the network must be finite float64 of shape {shape}")
        if own["reliability"].shape != (10, 3):
            raise ValueError("reliability must be of ten bins")
        return cls(Evidence.from_tensors(own, words), network, own["reliability"])
