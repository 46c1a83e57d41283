"""On what scale it counts how much words tell of their contexts: that of the training text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.vectors._attributes import Column

_TENSOR = "specificity.scale"


class Scale(NamedTuple):
    """Mean and standard deviation of the specificity of words over the tokens of a text."""

    mean: float
    deviation: float

    @property
    def is_one(self) -> bool:
        """Whether words differ on it, as those of a text do and a single one does not."""
        return bool(np.isfinite(self).all() and self.deviation > 0)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """As a tensor of a file."""
        return {_TENSOR: np.array(self)} if self.is_one else {}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> Scale | None:
        """The reverse; None where there is none, ValueError for what it never gives."""
        found = tensors.get(_TENSOR)
        if found is None:
            return None
        if found.shape != (2,) or found.dtype != np.float64 or not (scale := cls(*found.tolist())).is_one:
            raise ValueError("the scale of specificity must be a finite mean and a deviation above 0, in float64")
        return scale


def scale_of(column: Column, counts: npt.NDArray[np.int64] | None) -> Scale | None:
    """That of some words, over their tokens or, where no counts are known, over the words; None where it was counted
    (is not 0) of none."""
    is_counted = column != 0
    if not is_counted.any():
        return None
    told = column[is_counted].astype(np.float64)
    weights = None if counts is None or not counts[is_counted].any() else counts[is_counted]
    with np.errstate(all="ignore"):  # of numbers beyond squaring it says nothing
        mean = np.average(told, weights=weights)
        return Scale(float(mean), float(np.sqrt(np.average((told - mean) ** 2, weights=weights))))
