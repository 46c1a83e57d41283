"""How broad the density of a word without a row is, and where its mean may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.vectors._storage import read_only
from densevec.vectors.rows.affine import AffineMap

FloatArray = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
LEVELS = 101  # of ``reach``
_PARTS = "ngrams", "weights", "reach", "scale"


@dataclass(frozen=True, eq=False)
class Unseen:
    """The uncertainty of words that are composed of n-grams; its arrays are read-only.

    A word of k n-grams g has a mean whose error is, in every dimension, of variance

        e = exp(w₀ + w₁ log k + w₂ mean_g log(1 + n_g)),

    n_g being how often n-gram g was learned from, and a density of variance ``scale`` · (exp(mean_g t_g) + e), t_g
    being the highest mean log variance of the words that have g: no such word that has all of the n-grams is broader
    than that, and the error comes on top.

    Attributes
    ----------
    ngrams : (B, 2) log(1 + n_g) and t_g of every bucket
    weights : (3,) w
    reach : (101,) of words left out, at the levels 0, .01, ..., 1 the quantiles of their squared errors divided by e
        and by the number of dimensions
    scale : (1,) for spherical densities, (d,) for diagonal ones
    num_left_out : so many words have taught it
    """

    ngrams: Floats
    weights: FloatArray
    reach: FloatArray
    scale: FloatArray
    num_left_out: int

    def __post_init__(self) -> None:
        for name in _PARTS:
            object.__setattr__(self, name, read_only(np.asarray(getattr(self, name))))

    def error(self, rows: npt.NDArray[np.int64]) -> FloatArray:
        """The variance of the mean of a word that has n-grams in these buckets, (1,) or (d,)."""
        features = np.array([1.0, np.log(len(rows)), self.ngrams[rows, 0].mean(dtype=np.float64)])
        return np.asarray(self.scale * np.exp(features @ self.weights))

    def variance(self, rows: npt.NDArray[np.int64]) -> Floats:
        """The variance of its density, (1,) or (d,)."""
        own = np.exp(self.ngrams[rows, 1].mean(dtype=np.float64))
        return np.asarray(self.scale * own + self.error(rows), dtype=np.float32)

    def reach_at(self, level: float) -> float:
        """Σ_i (x_i − m_i)² / (d e_i) that a share ``level`` of words left out does not exceed."""
        return float(np.interp(level, np.linspace(0, 1, LEVELS), self.reach))

    def mapped(self, map: AffineMap) -> Unseen:
        """The same of the images of all vectors; the variances along the new axes."""
        if map.keeps_spheres and len(self.scale) == 1:
            return self
        return replace(self, scale=np.broadcast_to(self.scale, len(map.matrix)) @ map.matrix**2)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What a file holds of it; the reverse of ``from_tensors``."""
        own = {f"unseen.{name}": np.asarray(getattr(self, name)) for name in _PARTS}
        return {**own, "unseen.left_out": np.array([self.num_left_out], dtype=np.int64)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Any], num_buckets: int, width: int) -> Unseen:
        """ValueError or KeyError for what ``tensors`` never gives; ``width`` is 1, or d of diagonal densities."""
        shapes = {"ngrams": (num_buckets, 2), "weights": (3,), "reach": (LEVELS,), "scale": (width,)}
        parts = {}
        for name, shape in shapes.items():
            found, kind = tensors[f"unseen.{name}"], np.float32 if name == "ngrams" else np.float64
            if found.shape != shape or found.dtype != kind:
                raise ValueError(
                    f"tensor 'unseen.{name}' must be {np.dtype(kind)} {shape}, found {found.dtype} {found.shape}"
                )
            parts[name] = found
        left_out = tensors["unseen.left_out"]
        if left_out.shape != (1,) or left_out.dtype != np.int64 or left_out[0] < 0:
            raise ValueError("tensor 'unseen.left_out' must be one number of words")
        if not all(np.isfinite(parts[name]).all() for name in ("weights", "reach", "scale")):
            raise ValueError("what was learned of unknown words must be finite")
        if not ((parts["scale"] > 0).all() and (np.diff(parts["reach"]) >= 0).all() and parts["reach"][0] >= 0):
            raise ValueError("scales of unknown words must be above 0, and what they reach must not fall")
        return cls(**parts, num_left_out=int(left_out[0]))
