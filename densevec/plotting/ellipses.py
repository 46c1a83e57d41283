"""Ellipses that hold a share of the mass of a Gaussian in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian

FloatArray = npt.NDArray[np.float64]
_UNIT = Gaussian(np.zeros(2), np.array(1.0))
_NUM_POINTS = 96  # of an outline: no corner is seen on a page


@dataclass(frozen=True, eq=False)
class Ellipse:
    """The points z with (z − m)ᵀ S⁻¹ (z − m) ≤ r², which hold a share ``level`` of the mass of N(m, S).

    In the plane r² = −2 log(1 − level), the quantile of the chi-square with two degrees of freedom.

    Parameters
    ----------
    centre : (2,), the mean m
    semi_axes : (2,) half the lengths of the axes, the longer first: r times the roots of the eigenvalues of S
    angle : of the longer axis, in radians from the first coordinate, in [−π/2, π/2]
    """

    centre: FloatArray
    semi_axes: FloatArray
    angle: float

    @classmethod
    def of(cls, mean: FloatArray, covariance: FloatArray, level: float) -> Ellipse:
        """The ellipse of N(mean, covariance), of shapes (2,) and (2, 2).

        >>> ellipse = Ellipse.of(np.zeros(2), np.diag([1.0, 4.0]), 0.5)
        >>> ellipse.semi_axes.round(4).tolist(), round(ellipse.angle, 4)
        ([2.3548, 1.1774], 1.5708)

        Raises
        ------
        ParameterError
            If ``level`` does not lie between 0 and 1.
        """
        radius = np.sqrt(_UNIT.squared_radius(level))
        values, axes = np.linalg.eigh(covariance)  # ascending
        longer = axes[:, 1] if axes[0, 1] > 0 or (axes[0, 1] == 0 and axes[1, 1] > 0) else -axes[:, 1]
        return cls(mean, radius * np.sqrt(values[::-1]), float(np.arctan2(longer[1], longer[0])))

    def outline(self) -> FloatArray:
        """Points on it, (n, 2), once around; the first is repeated at the end."""
        turn = np.linspace(0, 2 * np.pi, _NUM_POINTS + 1)
        along = np.stack([np.cos(turn), np.sin(turn)], axis=1) * self.semi_axes  # (n, 2), in its own axes
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        outline: FloatArray = self.centre + along @ np.array([[cosine, sine], [-sine, cosine]])
        return outline
