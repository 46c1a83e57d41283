"""The numbers of an explorer's page: vectors as two bytes a coordinate, variances, and what was asked beforehand."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.vectors import DensityVectors, KeyedVectors

_GREATEST = 32_000  # of a code, so that rounding a scale to float32 cannot push one out of 16 bits
_CODES = 65_535


class Codes(NamedTuple):
    """Rows as scale · (256 high + low): ``high`` (n, d) int8, ``low`` (n, d) uint8, ``scale`` (n,) float32."""

    high: npt.NDArray[np.int8]
    low: npt.NDArray[np.uint8]
    scale: npt.NDArray[np.float32]

    @classmethod
    def of(cls, rows: npt.NDArray[np.float32]) -> Codes:
        """The nearest codes of rows (n, d): off by at most max|row| / 64,000.

        >>> codes = Codes.of(np.array([[1.0, -0.5]], np.float32))
        >>> codes.values().round(4).tolist()
        [[1.0, -0.5]]
        """
        scale = (np.abs(rows).max(axis=1, initial=0) / _GREATEST).astype(np.float32)
        divisor = np.where(scale > 0, scale, 1).astype(np.float64)
        codes = np.rint(rows / divisor[:, None]).astype(np.int16)
        return cls((codes >> 8).astype(np.int8), (codes & 255).astype(np.uint8), scale)

    def values(self) -> npt.NDArray[np.float64]:
        """The rows, (n, d)."""
        return self.scale[:, None].astype(np.float64) * (256.0 * self.high + self.low)


def blocks_of(vectors: KeyedVectors, size: int) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What the script must know of the first ``size`` words' numbers, and the arrays, one row a component."""
    means, variances, weights = _components(vectors, size)
    codes = Codes.of(means)
    facts: dict[str, Any] = {"dim": means.shape[1], "components": len(means) // max(size, 1), "variances": "none"}
    blocks: dict[str, npt.NDArray[Any]] = dict(codes._asdict())
    if variances is not None and variances.ndim == 1:
        facts["variances"], blocks["variance"] = "spherical", variances
    elif variances is not None:
        logs = np.log(variances.astype(np.float64))
        lowest, step = float(logs.min()), float(np.ptp(logs)) / _CODES
        facts |= {"variances": "diagonal", "lowest": lowest, "step": step}
        blocks["log_variance"] = np.rint((logs - lowest) / (step or 1.0)).astype("<u2")
    if facts["components"] > 1:
        blocks["weight"] = weights
    return facts, blocks


def _components(
    vectors: KeyedVectors, size: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None, npt.NDArray[np.float32]]:
    """Means (n K, d), variances (n K,) or (n K, d) or None, weights (n K,) of the components of words."""
    mixtures = vectors.rows.at(np.arange(size)).as_mixtures()
    means = mixtures.mean.reshape(-1, mixtures.mean.shape[-1])
    variances = mixtures.variance
    if variances is not None:
        variances = variances.reshape(len(means), -1)
        is_spherical = isinstance(vectors, DensityVectors) and vectors.is_spherical
        variances = variances[:, 0] if is_spherical else variances
    return means, variances, mixtures.weight.reshape(-1)


def encoded(array: npt.NDArray[Any]) -> str:
    """Little-endian bytes in base 64."""
    order = array.dtype.newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(array, dtype=order).tobytes()).decode("ascii")
