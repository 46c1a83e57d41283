"""Rows of Gaussians, and the n-grams that the density of any other word is composed of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from densevec.errors import CorruptError, FormatError
from densevec.formats import Container, Subwords
from densevec.formats.subwords import SUBWORDS
from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import Composed, Parts
from densevec.vectors.rows.subwords import composed_mean, mapped_ngrams
from densevec.vectors.rows.table import GaussianRows, TableRows
from densevec.vectors.rows.unseen import Unseen
from densevec.vectors.search import Table


@dataclass(frozen=True, eq=False)
class SubwordGaussianRows(TableRows):
    """A density each, and one for every other word that has an n-gram.

    Its mean is that of its n-grams' rows, its variance what ``unseen`` says.
    """

    table: Table
    subwords: Subwords
    unseen: Unseen
    tensor = "unseen.ngrams"
    has_ngrams = True

    def compose(self, word: str) -> Composed | None:
        mean = composed_mean(self.subwords, word)
        if mean is None:
            return None
        variance = self.unseen.variance(self.subwords.rows_of(word))
        if not (np.isfinite(variance).all() and (variance > 0).all()):
            raise CorruptError(f"the n-grams of {word[:80]!r} give no variance above 0: their file is damaged")
        return Composed(mean, variance)

    def with_table(self, table: Table) -> SubwordGaussianRows:
        return SubwordGaussianRows(table, self.subwords, self.unseen)

    def mapped(self, map: AffineMap) -> SubwordGaussianRows:
        return SubwordGaussianRows(map.table(self.table), mapped_ngrams(self.subwords, map), self.unseen.mapped(map))

    def parts(self) -> Parts:
        tensors, lengths = self.subwords.tensors(SUBWORDS)
        own, _ = GaussianRows(self.table).parts()
        return {**own, **tensors, **self.unseen.tensors()}, {SUBWORDS: lengths}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> SubwordGaussianRows:
        table = GaussianRows.from_container(container, origin).table
        metadata, tensors = container.metadata.get(SUBWORDS), container.tensors
        try:
            subwords = Subwords.from_tensors(SUBWORDS, tensors, metadata, table.dim)
            unseen = Unseen.from_tensors(tensors, subwords.num_rows, 1 if table.is_spherical else table.dim)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FormatError(f"{origin}: {error}") from None
        return cls(table, subwords, unseen)
