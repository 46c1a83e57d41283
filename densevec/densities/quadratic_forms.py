"""The distribution of a weighted sum of squared normals: the mass of one Gaussian in an ellipsoid of another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError

FloatArray = npt.NDArray[np.float64]

_STEP = 1 / 16  # of the integration, in units of the saddle's width: the error is some exp(−2π · 0.4 / step)
_NEGLIGIBLE = 1e-17
_SMALLEST_WEIGHT = 1e-100
_FARTHEST = 40.0  # standard deviations: the mass beyond is below 1e-340
_POINTS_AT_ONCE = 64
_MOST_POINTS = 2**14


def quadratic_form_cdf(x: float, weights: npt.ArrayLike, noncentrality: npt.ArrayLike, repeats: int = 1) -> float:
    """P(Q ≤ x) for Q = Σ_i w_i (z_i + δ_i)², z_i independent standard normals: a generalised chi-square.

    Parameters
    ----------
    x : any number; the probability is 0 below 0
    weights : w (k,), above 0
    noncentrality : δ² (k,), at least 0
    repeats : every weight stands for so many dimensions, δ² being the sum over them

    Method
    ------
    With the Laplace transform L(s) = E e^(−sQ) = Π_i (1 + 2 w_i s)^(−½) exp(−δ_i² w_i s / (1 + 2 w_i s)), the
    probability is (2πi)⁻¹ ∫ e^(sx) L(s)/s ds along a line right of 0, and minus that of Q > x along one left of 0.
    The line goes through the saddle point of e^(sx) L(s), or past the pole at 0 if the saddle is too near to it, and
    is bent into the parabola of steepest descent, along which the integrand falls off fast and without oscillation, so
    that the trapezoidal rule converges exponentially (Rice 1980; Helstrom 1996).  The relative error is about 1e-12, of
    small probabilities too (those below some 1e-40 may be 0).

    >>> round(quadratic_form_cdf(5.991464547107979, [1.0, 1.0], [0.0, 0.0]), 12)
    0.95
    """
    w, shifts = np.atleast_1d(np.asarray(weights, dtype=np.float64)), np.asarray(noncentrality, dtype=np.float64)
    shifts = np.broadcast_to(shifts, w.shape)
    if w.ndim != 1 or not (np.isfinite(w) & (w > 0)).all() or not (np.isfinite(shifts) & (shifts >= 0)).all():
        raise ParameterError("weights must be finite numbers above 0 and noncentrality finite numbers at least 0")
    if not x > 0:
        return 0.0
    if math.isinf(x):
        return 1.0
    certain = _without_integration(w / x, shifts, repeats)
    if certain is not None:
        return certain
    scaled = np.maximum(w / x, _SMALLEST_WEIGHT)  # in units where x = 1; a tiny weight keeps its w δ²
    transform = _Transform(scaled, shifts * (w / x / scaled), repeats)
    saddle = transform.saddle()
    second, third = transform.curvature(saddle)
    width, bend = 1 / math.sqrt(second), third / (6 * second**2)  # of s(t) = saddle + i width t + bend t²
    top = float(transform.exponent(np.array([saddle + 0j]))[0].real)
    total, t = 0.5 / saddle, 0.0  # the point at the saddle counts half, the other half of the path mirrors this one
    for _ in range(_MOST_POINTS // _POINTS_AT_ONCE):
        ts = t + _STEP * np.arange(1, _POINTS_AT_ONCE + 1)
        s = saddle + 1j * width * ts + bend * ts**2
        values = (np.exp(transform.exponent(s) - top) / s * (1 - 2j * bend / width * ts)).real
        total += float(values.sum())
        t = float(ts[-1])
        if np.abs(values[-8:]).max() < _NEGLIGIBLE * abs(total):
            break
    probability = math.exp(top) * total * _STEP * width / math.pi
    return min(1.0, max(0.0, probability if saddle > 0 else 1 + probability))


def _without_integration(weights: FloatArray, shifts: FloatArray, repeats: int) -> float | None:
    """P(Q ≤ 1) where it is 0 or 1 but for some 1e-40, and the numbers too large or too small to go on with."""
    with np.errstate(over="ignore"):
        if (weights * (repeats + shifts)).sum() < 1e-40:  # Markov's inequality
            return 1.0
        distances = np.sqrt(shifts) - 1 / np.sqrt(weights)  # of the nearest point of the region, in deviations
    if weights.max() > 1e80 or distances.max() > _FARTHEST + math.sqrt(repeats):
        return 0.0
    return None


class _Transform:
    """log of e^s L(s), and its derivatives on the real axis right of its first singularity, −1/(2 max w)."""

    def __init__(self, weights: FloatArray, shifts: FloatArray, repeats: int) -> None:
        self.weights, self.shifts, self.repeats = weights, shifts, repeats

    def exponent(self, s: npt.NDArray[Any]) -> npt.NDArray[np.complex128]:
        """At points (n,), (n,)."""
        scaled = 2 * self.weights * s[:, None]  # (n, k)
        logs = 0.5 * self.repeats * np.log1p(scaled) + 0.5 * self.shifts * scaled / (1 + scaled)
        exponent: npt.NDArray[np.complex128] = s - logs.sum(-1)
        return exponent

    def slope(self, s: float) -> float:
        """The first derivative, which grows from −∞ to 1."""
        shrink = 1 / (1 + 2 * self.weights * s)
        return 1 - float((self.weights * shrink * (self.repeats + self.shifts * shrink)).sum())

    def curvature(self, s: float) -> tuple[float, float]:
        """The second derivative, above 0, and the third, below 0."""
        shrink = 1 / (1 + 2 * self.weights * s)
        ratio = self.weights * shrink
        second = (ratio**2 * (2 * self.repeats + 4 * self.shifts * shrink)).sum()
        third = -(ratio**3 * (8 * self.repeats + 24 * self.shifts * shrink)).sum()
        return float(second), float(third)

    def saddle(self) -> float:
        """Where the slope is 0, or one standard deviation of the pole at 0 away from it if that is nearer."""
        right = 1 / math.sqrt(self.curvature(0.0)[0])
        end = 0.5 / float(self.weights.max())  # the singularity is so far to the left of 0
        left = min(right, end / 2)
        if self.slope(right) >= 0 >= self.slope(-left):
            return right
        if self.slope(-left) > 0:
            low, high = left, end * (1 - 1e-9)  # distances from 0 to the left
            for _ in range(100):
                middle = (low + high) / 2
                low, high = (middle, high) if self.slope(-middle) > 0 else (low, middle)
            return -low
        low, high = right, 2 * right
        while self.slope(high) < 0:
            low, high = high, 2 * high
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.slope(middle) < 0 else (low, middle)
        return high
