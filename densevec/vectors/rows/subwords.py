"""Rows of points, and the n-grams that any other word is composed of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import Container, Subwords
from densevec.formats.subwords import SUBWORDS
from densevec.vectors._arguments import float_tensor
from densevec.vectors._storage import to_tensor
from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import Composed, Parts
from densevec.vectors.rows.table import TableRows
from densevec.vectors.search import Table


def composed_mean(subwords: Subwords, word: str) -> npt.NDArray[np.float32] | None:
    """The mean (d,) of the rows of a word's n-grams, None where it has none."""
    vector = subwords.vector(word)
    if vector is not None and not np.isfinite(vector).all():
        raise CorruptError(f"the n-grams of {word[:80]!r} have numbers that are not finite: their file is damaged")
    return vector


def mapped_ngrams(subwords: Subwords, map: AffineMap) -> Subwords:
    """N-grams that compose the images of the words that these compose: the image of a mean is the mean of the images.

    Errors: ParameterError where the mean is scaled to length 1 (finalfusion's), and the map changes lengths.
    """
    if subwords.hashing.is_unit and not map.keeps_lengths:
        raise ParameterError(
            "vectors must compose unknown words by the mean of their n-grams to be centred, whitened or reduced, got "
            "means that are scaled to length 1 afterwards, as finalfusion's are; take the words alone, by "
            "KeyedVectors(list(v), v.vectors, v.counts) or a file without n-grams (densevec convert)"
        )
    return subwords.with_rows(map.points(subwords.rows))


@dataclass(frozen=True, eq=False)
class SubwordRows(TableRows):
    """A vector (d,) each, and one for every other word that has an n-gram: the mean of its n-grams' rows."""

    table: Table
    subwords: Subwords
    tensor = SUBWORDS
    has_ngrams = True

    def compose(self, word: str) -> Composed | None:
        mean = composed_mean(self.subwords, word)
        return None if mean is None else Composed(mean)

    def with_table(self, table: Table) -> SubwordRows:
        return SubwordRows(table, self.subwords)

    def mapped(self, map: AffineMap) -> SubwordRows:
        return SubwordRows(map.table(self.table), mapped_ngrams(self.subwords, map))

    def parts(self) -> Parts:
        tensors, lengths = self.subwords.tensors(self.tensor)
        return {"mean": to_tensor(self.table.mean), **tensors}, {self.tensor: lengths}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> SubwordRows:
        mean = float_tensor(container, "mean", origin)
        metadata = container.metadata.get(cls.tensor)
        try:
            subwords = Subwords.from_tensors(cls.tensor, container.tensors, metadata, mean.shape[1])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FormatError(f"{origin}: {error}") from None
        return cls(Table(mean, None), subwords)
