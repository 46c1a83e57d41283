"""Words with vectors, and vectors for any other word, composed of its character n-grams."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from densevec.errors import FormatError, ParameterError
from densevec.formats import Container, Subwords, WordVectors, read_fasttext
from densevec.vectors.keyed_vectors import KeyedVectors

_TENSOR = "subwords"


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

    container_class = "SubwordVectors"

    def __init__(self, table: WordVectors, subwords: Subwords, parameters: Any = None) -> None:
        if subwords.dim != table.dim:
            raise ParameterError(f"subwords must have the table's {table.dim} dimensions, got {subwords.dim}")
        super().__init__(table.words, table.vectors, table.counts, parameters)
        self.subwords = subwords

    @classmethod
    def load_fasttext(cls, path: str | os.PathLike[str], **rules: Any) -> Self:
        """Read a fastText .bin model of words; arguments and errors are those of ``densevec.formats.read_fasttext``."""
        model = read_fasttext(path, **rules)
        return cls(model.table, model.subwords)

    def vector(self, word: str) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, known or not.

        Raises
        ------
        MissingWordError
            For an unknown word that is too short to have an n-gram.
        """
        if word not in self:
            composed = self.subwords.vector(word)
            if composed is not None:
                return composed
        row: npt.NDArray[np.float32] = self.vectors[self.get_index(word)]
        return row

    def get_vector(self, key: str | int, norm: bool = False) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, known or not; with ``norm`` scaled to length 1."""
        vector = self[key]
        length = float(np.linalg.norm(vector.astype(np.float64)))
        return (vector / length).astype(np.float32) if norm and length else vector

    def __getitem__(self, key: str | int | Sequence[str | int] | npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        if isinstance(key, str):
            return self.vector(key)
        if isinstance(key, list | tuple) and any(isinstance(word, str) and word not in self for word in key):
            return np.stack([self[word] for word in key])
        return super().__getitem__(key)

    def _resolve(self, item: Any) -> Any:
        """As of any vectors, and an unknown word is the vector composed for it."""
        if isinstance(item, str) and item not in self:
            item = self.vector(item)
        return super()._resolve(item)

    # Files

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        tensors, metadata = super().container_parts()
        rows = np.frombuffer(self.subwords.buckets.tobytes(), dtype="<f4").reshape(-1, self.subwords.dim)
        lengths = {"min_length": self.subwords.min_length, "max_length": self.subwords.max_length}
        return {**tensors, _TENSOR: rows}, {**metadata, _TENSOR: lengths}

    @classmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        self = super().from_container(container, origin)
        rows, lengths = container.tensors.get(_TENSOR), container.metadata.get(_TENSOR)
        if rows is None or rows.ndim != 2 or rows.dtype != np.float32 or rows.shape[1] != self.vector_size:
            raise FormatError(f"{origin}: the file holds no rows of n-grams (tensor {_TENSOR!r}) that fit its vectors")
        bounds = [lengths.get(name) if isinstance(lengths, dict) else None for name in ("min_length", "max_length")]
        if not all(isinstance(bound, int) and 0 <= bound <= 1000 for bound in bounds):
            raise FormatError(f"{origin}: the lengths of n-grams must be from 0 to 1000, found {lengths!r:.80}")
        self.subwords = Subwords(rows.reshape(-1).view(np.uint8), self.vector_size, bounds[0], bounds[1])  # type: ignore[arg-type]
        return self
