"""One word density: a Gaussian with a spherical or a diagonal covariance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError, ParameterTypeError

_LOG_TWO_PI = math.log(2 * math.pi)
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
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

    def __post_init__(self) -> None:
        mean, variance = _as_float64("mean", self.mean), _as_float64("variance", self.variance)
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
        x = _as_float64("x", x)
        if x.shape[-1:] != self.mean.shape:
            raise ParameterError(f"x must have a last axis of {self.dim}, got shape {x.shape}")
        squares = ((x - self.mean) ** 2 / self.variance).sum(-1)
        result: FloatArray = -0.5 * (squares + self.dim * (_LOG_TWO_PI + self.log_variance.mean()))
        return result

    def sample(
        self, size: int | tuple[int, ...] | None = None, seed: int | np.random.Generator | None = None
    ) -> FloatArray:
        """Draw points: shape (d,) without ``size``, otherwise (*size, d); ``seed`` is a number or a generator."""
        shape = () if size is None else (size,) if isinstance(size, int) else tuple(size)
        noise = np.random.default_rng(seed).standard_normal((*shape, self.dim))
        result: FloatArray = self.mean + np.sqrt(self.variance) * noise
        return result

    def __repr__(self) -> str:
        kind = f"spherical, variance {float(self.variance):.4g}" if self.is_spherical else "diagonal"
        return f"Gaussian(dim={self.dim}, {kind}, entropy={self.entropy():.4g} nats)"


def _as_float64(name: str, values: npt.ArrayLike) -> FloatArray:
    try:
        return np.array(values, dtype=np.float64)  # a copy: the object is frozen, its arrays are its own
    except (TypeError, ValueError) as error:
        raise ParameterTypeError(f"{name} must be numbers, got {type(values).__name__}: {error}") from None
