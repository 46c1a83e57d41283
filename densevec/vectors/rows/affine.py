"""An affine map of vectors, x → (x − centre) · matrix, and what it makes of tables of means and variances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.vectors._arguments import first_bad_row
from densevec.vectors._storage import Stored, encode, storage_of
from densevec.vectors.search import Table, widen

FloatArray = npt.NDArray[np.float64]
_ROWS_AT_ONCE = 2**12


@dataclass(frozen=True, eq=False)
class AffineMap:
    """x → (x − centre) · matrix, from d dimensions to e.

    A Gaussian with the covariance C becomes one with matrixᵀ · C · matrix.  Of that the diagonal is kept: the variances
    along the new axes, which are exact, and which are those of the diagonal Gaussian nearest to it in KL(exact‖kept).

    Attributes
    ----------
    centre : (d,)
    matrix : (d, e)
    keeps_spheres : whether matrixᵀ · matrix is the identity, as it is for rotations, reflections and projections on
        orthogonal axes; spherical densities keep their variance then, and are diagonal otherwise
    """

    centre: FloatArray
    matrix: FloatArray
    keeps_spheres: bool

    @property
    def keeps_lengths(self) -> bool:
        """Whether every vector is as long as its image: the map is a rotation or a reflection about the origin."""
        return self.keeps_spheres and self.matrix.shape[0] == self.matrix.shape[1] and not self.centre.any()

    def table(self, table: Table) -> Table:
        """The images of a table's rows, in its storage."""
        storage = storage_of(table.mean)
        means = encode(self.points(table.mean), storage, "vectors")
        return Table(means, None if table.variance is None else self._variances(table.variance, storage))

    def points(self, stored: Stored) -> npt.NDArray[np.float32]:
        """The images (n, e) of points (n, d), worked out in float64."""
        shift = self.centre @ self.matrix
        return self._in_blocks("vectors", stored, lambda rows: rows @ self.matrix - shift)

    def _variances(self, stored: Stored, storage: str) -> Stored:
        if stored.ndim == 1 and self.keeps_spheres:
            return stored
        squares = self.matrix**2
        if stored.ndim == 1:
            variances = self._in_blocks("variances", stored[:, None], lambda rows: rows * squares.sum(0))
        else:
            variances = self._in_blocks("variances", stored, lambda rows: rows @ squares)
        row = first_bad_row(lambda part: part > 0, variances)
        if row is not None:
            raise ParameterError(f"variances must be above 0 in float32, which that of row {row} is not when mapped")
        return encode(variances, storage, "variances", above_zero=True)

    def _in_blocks(self, name: str, stored: Stored, image: Any) -> npt.NDArray[np.float32]:
        mapped = np.empty((len(stored), self.matrix.shape[1]), dtype=np.float32)
        for begin in range(0, len(stored), _ROWS_AT_ONCE):
            part = slice(begin, begin + _ROWS_AT_ONCE)
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                mapped[part] = image(widen(stored[part]).astype(np.float64))
        row = first_bad_row(np.isfinite, mapped)
        if row is not None:
            raise ParameterError(f"{name} must be finite in float32, which that of row {row} is not when mapped")
        return mapped
