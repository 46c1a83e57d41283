"""Words with vectors, and vectors for any other word, composed of its character n-grams."""

from __future__ import annotations

import os
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.formats import Subwords, WordVectors, read_fasttext
from densevec.vectors._arguments import as_float32
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.opening import opens
from densevec.vectors.rows import SubwordRows
from densevec.vectors.search import Table


@opens(SubwordRows)
class SubwordVectors(KeyedVectors):
    """KeyedVectors that answer for words they do not have: fastText's.

    The vector of an unknown word is the mean of the rows of its n-grams.  ``in`` and ``key_to_index`` are about the
    words of the table; ``[]``, ``vector``, ``similarity`` and ``most_similar`` take any word that has an n-gram.

    Parameters
    ----------
    table : words and their vectors
    subwords : the rows of n-grams
    parameters : what the vectors were made with, plain JSON values
    """

    def __init__(self, table: WordVectors, subwords: Subwords, parameters: Any = None) -> None:
        if subwords.dim != table.dim:
            raise ParameterError(f"subwords must have the table's {table.dim} dimensions, got {subwords.dim}")
        vectors = as_float32("vectors", table.vectors, (len(table), None))
        self._begin(table.words, SubwordRows(Table(vectors, None), subwords), table.counts, parameters)

    @classmethod
    def load_fasttext(cls, path: str | os.PathLike[str], **rules: Any) -> Self:
        """Read a fastText .bin model of words; arguments and errors are those of ``densevec.formats.read_fasttext``."""
        model = read_fasttext(path, **rules)
        return cls(model.table, model.subwords)

    @property
    def subwords(self) -> Subwords:
        """The rows of n-grams."""
        return cast(SubwordRows, self._state.rows).subwords

    def vector(self, word: str) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, known or not; the same as ``get_vector``."""
        return self.get_vector(word)
