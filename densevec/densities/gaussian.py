"""One word density: a Gaussian with a spherical or a diagonal covariance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from densevec._containers import is_list_like, listed
from densevec._html import Markup, block
from densevec._packages import import_torch
from densevec._roles import as_numbers
from densevec._validation import Instance, Interval, check_parameter
from densevec.densities.quadratic_forms import quadratic_form_cdf
from densevec.errors import ParameterError

if TYPE_CHECKING:
    from torch.distributions import Independent

_LOG_TWO_PI = math.log(2 * math.pi)
FloatArray = npt.NDArray[np.float64]

_DRAWN = 50  # dimensions that a notebook shows
_FAR = 1e100  # a quotient of variances, or deviations, that are as good as infinitely many


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Gaussian:
    """The density N(mean, variance) over d dimensions, in float64.

    Parameters
    ----------
    mean : (d,) array
    variance : a number (spherical: the same variance in every dimension) or a (d,) array (diagonal).
        Variances, never standard deviations.

    Raises
    ------
    ParameterError
        If the mean is not a finite vector, or a variance is not finite and above zero.

    Examples
    --------
    >>> bird = Gaussian([0.0, 1.0], 2.0)
    >>> bird.dim, bird.is_spherical
    (2, True)
    >>> round(bird.entropy(), 4)
    3.531
    """

    mean: FloatArray
    variance: FloatArray

    def __init__(self, mean: npt.ArrayLike, variance: npt.ArrayLike) -> None:
        mean, variance = _as_float64("mean", mean), _as_float64("variance", variance)
        if mean.ndim != 1 or mean.size == 0:
            raise ParameterError(f"mean must be a vector of at least one number, got an array of shape {mean.shape}")
        if variance.shape == (1,) and mean.size > 1:
            variance = variance.reshape(())
        if variance.shape not in ((), mean.shape):
            raise ParameterError(
                f"variance must be one number or have the mean's shape {mean.shape}, got shape {variance.shape}"
            )
        if not np.isfinite(mean).all():
            raise ParameterError("mean must be finite, got nan or inf")
        if not (np.isfinite(variance).all() and (variance > 0).all()):
            raise ParameterError(f"variance must be finite and above 0, got a smallest value of {variance.min()}")
        mean.flags.writeable = variance.flags.writeable = False
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "variance", variance)

    def __reduce__(self) -> tuple[type[Gaussian], tuple[FloatArray, FloatArray]]:
        return type(self), (self.mean, self.variance)  # made, and checked, anew: its arrays cannot be set

    @property
    def dim(self) -> int:
        """The number of dimensions d."""
        return self.mean.size

    @property
    def is_spherical(self) -> bool:
        """True if one variance stands for every dimension."""
        return self.variance.ndim == 0

    @property
    def log_variance(self) -> FloatArray:
        """Log variances as the divergences take them: shape (1,) if spherical, (d,) if diagonal."""
        log_variance: FloatArray = np.log(np.atleast_1d(self.variance))
        return log_variance

    def entropy(self) -> float:
        """Differential entropy −E log p = ½ Σ_i (1 + log 2π + log s_i), in nats; it may be negative."""
        return 0.5 * self.dim * (1 + _LOG_TWO_PI + float(self.log_variance.mean()))

    def log_prob(self, x: npt.ArrayLike) -> FloatArray:
        """Log density −½ Σ_i [log 2π + log s_i + (x_i − m_i)² / s_i] in nats; x is (..., d), the result (...)."""
        result: FloatArray = -0.5 * (self.squared_distance(x) + self.dim * (_LOG_TWO_PI + self.log_variance.mean()))
        return result

    def sample(
        self, size: int | tuple[int, ...] | None = None, seed: int | np.random.Generator | None = None
    ) -> FloatArray:
        """Draw points: shape (d,) without ``size``, otherwise ``(*size, d)``; ``seed`` is a number or a generator."""
        sizes = () if size is None else tuple(listed(size)) if is_list_like(size) else (size,)
        for each in sizes:
            check_parameter("size", each, Interval(int, 0))
        if not isinstance(seed, np.random.Generator):
            check_parameter("seed", seed, Interval(int, 0, optional=True))
        shape = tuple(map(int, sizes))
        noise = np.random.default_rng(seed).standard_normal((*shape, self.dim))
        result: FloatArray = self.mean + np.sqrt(self.variance) * noise
        return result

    # Level sets: the ellipsoids {z : Σ_i (z_i − m_i)² / s_i ≤ r²}

    def squared_radius(self, level: float = 0.95) -> float:
        """r² of the ellipsoid that holds ``level`` of the mass: the quantile of the chi-square with d degrees.

        >>> round(Gaussian([0.0, 1.0], 2.0).squared_radius(0.95), 4)
        5.9915
        """
        if isinstance(level, bool) or not isinstance(level, Real) or not 0 < level < 1:
            raise ParameterError(f"level must be a number between 0 and 1, both excluded, got {level!r:.80}")
        from scipy.special import gammaincinv

        return 2 * float(gammaincinv(self.dim / 2, float(level)))

    def semi_axes(self, level: float = 0.95) -> FloatArray:
        """Half the lengths of the ellipsoid's axes, (d,), in the unit of the space: r √s_i."""
        axes: FloatArray = np.sqrt(self.squared_radius(level) * np.broadcast_to(self.variance, self.mean.shape))
        return axes

    def squared_distance(self, x: npt.ArrayLike) -> FloatArray:
        """Σ_i (x_i − m_i)² / s_i, the squared Mahalanobis distance of points (..., d), (...)."""
        x = _as_float64("x", x)
        if x.shape[-1:] != self.mean.shape:
            raise ParameterError(f"x must have a last axis of {self.dim}, got shape {x.shape}")
        squares: FloatArray = (((x - self.mean) / np.sqrt(self.variance)) ** 2).sum(-1)
        return squares

    def contains(self, x: npt.ArrayLike, level: float = 0.95) -> npt.NDArray[np.bool_]:
        """Whether points (..., d) lie in the ellipsoid that holds ``level`` of the mass, (...)."""
        return np.asarray(self.squared_distance(x) <= self.squared_radius(level))

    def mass_within(self, other: Gaussian, level: float = 0.95) -> float:
        """How much of this density's mass lies in the ellipsoid that holds ``level`` of the other's, from 0 to 1.

        P(Σ_i (z_i − m_i)² / s_i ≤ r²) for z from this density, m and s of the other: a generalised chi-square with
        weights s_own,i / s_i, for two spherical densities a non-central chi-square.  Computed by
        ``quadratic_form_cdf`` to some twelve digits.

        >>> narrow, broad = Gaussian([0.1, 0.0], 0.1), Gaussian([0.0, 0.0], 1.0)
        >>> narrow.mass_within(broad) > 0.999, round(broad.mass_within(broad), 9)
        (True, 0.95)
        """
        check_parameter("other", other, Instance((Gaussian,), "a Gaussian"))
        if other.dim != self.dim:
            raise ParameterError(f"other must have {self.dim} dimensions, got {other.dim}")
        with np.errstate(over="ignore"):
            variance = np.clip(self.variance, other.variance / _FAR, other.variance * _FAR)
            weights = np.atleast_1d(variance / other.variance)  # (1,) or (d,)
            shifts = np.clip((self.mean - other.mean) / np.sqrt(variance), -_FAR, _FAR) ** 2
        if weights.size == 1 and self.dim > 1:
            return quadratic_form_cdf(other.squared_radius(level), weights, shifts.sum(keepdims=True), self.dim)
        return quadratic_form_cdf(other.squared_radius(level), weights, shifts)

    def to_torch(self, dtype: Any = None, device: Any = None) -> Independent:
        """The same density as a ``torch.distributions`` object over vectors (d,); float64 unless ``dtype`` says else.

        >>> bird = Gaussian([0.0, 1.0], 2.0)
        >>> bird.to_torch().log_prob(bird.to_torch().mean).item() == float(bird.log_prob(bird.mean))
        True
        """
        torch = import_torch("to_torch")
        mean = torch.tensor(self.mean, dtype=dtype or torch.float64, device=device)
        deviation = torch.tensor(np.sqrt(np.broadcast_to(self.variance, self.mean.shape)), dtype=mean.dtype)
        normal = torch.distributions.Normal(mean, deviation.to(mean.device))
        density: Independent = torch.distributions.Independent(normal, 1)
        return density

    def __repr__(self) -> str:
        kind = f"spherical, variance {float(self.variance):.4g}" if self.is_spherical else "diagonal"
        return f"Gaussian(dim={self.dim}, {kind}, entropy={self.entropy():.4g} nats)"

    def _repr_html_(self) -> str:
        """For a notebook: of the first dimensions the mean (a dot) and what is within one √variance of it (a line)."""
        kind = f"spherical, variance {float(self.variance):.4g}" if self.is_spherical else "diagonal"
        about = f"dim {self.dim}, {kind}, entropy {self.entropy():.4g} nats"
        return block("Gaussian", about, _drawn(self.mean[:_DRAWN], np.broadcast_to(self.variance, self.dim)[:_DRAWN]))


def _drawn(mean: FloatArray, variance: FloatArray) -> Markup:
    """Dimensions from left to right in a small picture: dots at the means, lines of ± √variance."""
    reach = np.sqrt(variance)
    lowest, highest = float((mean - reach).min()), float((mean + reach).max())

    def place(value: float) -> float:
        return round(4 + 52 * (highest - value) / max(highest - lowest, 1e-300), 1)

    marks = []
    for number, (centre, radius) in enumerate(zip(mean.tolist(), reach.tolist(), strict=True)):
        x = 6 + 8 * number
        top, bottom = place(centre + radius), place(centre - radius)
        marks.append(f'<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}" stroke="#4c78a8" stroke-width="3"/>')
        marks.append(f'<circle cx="{x}" cy="{place(centre)}" r="2" fill="currentColor"/>')
    width = 12 + 8 * len(mean)
    return Markup(f'<svg width="{width}" height="60" style="display:block" role="img">{"".join(marks)}</svg>')


def _as_float64(name: str, values: npt.ArrayLike) -> FloatArray:
    return np.array(as_numbers(values, name), dtype=np.float64)  # a copy: the object is frozen, its arrays are its own
