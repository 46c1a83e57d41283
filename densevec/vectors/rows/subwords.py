"""Rows of points, and the n-grams that any other word is composed of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec.errors import CorruptError, FormatError
from densevec.formats import Container, Subwords
from densevec.vectors._arguments import float_tensor
from densevec.vectors._storage import to_tensor
from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import Parts
from densevec.vectors.rows.table import TableRows
from densevec.vectors.search import Table


@dataclass(frozen=True, eq=False)
class SubwordRows(TableRows):
    """A vector (d,) each, and one for every other word that has an n-gram: the mean of its n-grams' rows."""

    table: Table
    subwords: Subwords
    tensor = "subwords"

    def compose(self, word: str) -> npt.NDArray[np.float32] | None:
        vector = self.subwords.vector(word)
        if vector is not None and not np.isfinite(vector).all():
            raise CorruptError(f"the n-grams of {word[:80]!r} have numbers that are not finite: their file is damaged")
        return vector

    def with_table(self, table: Table) -> SubwordRows:
        return SubwordRows(table, self.subwords)

    def mapped(self, map: AffineMap) -> SubwordRows:
        """The image of a mean is the mean of the images: words composed of mapped n-grams are mapped words."""
        return SubwordRows(map.table(self.table), as_subwords(map.points(rows_of(self.subwords)), self.subwords))

    def parts(self) -> Parts:
        kept = self.subwords
        rows = rows_of(kept)
        lengths = {"min_length": kept.min_length, "max_length": kept.max_length}
        return {"mean": to_tensor(self.table.mean), self.tensor: rows}, {self.tensor: lengths}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> SubwordRows:
        mean = float_tensor(container, "mean", origin)
        rows, lengths = container.tensors.get(cls.tensor), container.metadata.get(cls.tensor)
        if rows is None or rows.ndim != 2 or rows.dtype != np.float32 or rows.shape[1] != mean.shape[1]:
            raise FormatError(
                f"{origin}: the file holds no rows of n-grams (tensor {cls.tensor!r}) that fit its vectors"
            )
        bounds = lengths if isinstance(lengths, dict) else {}
        shortest, longest = bounds.get("min_length"), bounds.get("max_length")
        if not (isinstance(shortest, int) and isinstance(longest, int)) or not (
            0 <= shortest <= 1000 and 0 <= longest <= 1000
        ):
            raise FormatError(f"{origin}: the lengths of n-grams must be from 0 to 1000, found {lengths!r:.80}")
        return cls(Table(mean, None), Subwords(rows.reshape(-1).view(np.uint8), mean.shape[1], shortest, longest))


def rows_of(subwords: Subwords) -> npt.NDArray[np.float32]:
    """The rows of n-grams, (B, d)."""
    return np.frombuffer(subwords.buckets.tobytes(), dtype="<f4").reshape(-1, subwords.dim)


def as_subwords(rows: npt.NDArray[np.float32], like: Subwords) -> Subwords:
    """Other rows (B, e) for the same n-grams."""
    buckets = np.ascontiguousarray(rows, dtype="<f4").reshape(-1).view(np.uint8)
    return Subwords(buckets, rows.shape[1], like.min_length, like.max_length)
