"""Words with a vector each, and the questions one asks of them, by the names of gensim's KeyedVectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from densevec.errors import FormatError, ParameterError
from densevec.formats import Container, WordIndex, container_bytes, parse_container, read_container, write_container
from densevec.vectors import _attributes
from densevec.vectors._arguments import as_counts, as_float32, float_tensor
from densevec.vectors._storage import Stored, to_tensor
from densevec.vectors.comparisons import Comparisons
from densevec.vectors.completion import Completion
from densevec.vectors.editing import Editing
from densevec.vectors.exchange import Exchange
from densevec.vectors.indexing import Indexing
from densevec.vectors.search import ScanIndex
from densevec.vectors.word_tests import WordTests


class KeyedVectors(Editing, WordTests, Completion, Comparisons, Indexing, Exchange):
    """Words and their vectors.

    Parameters
    ----------
    words : n distinct strings
    vectors : (n, d) finite numbers, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    parameters : what the vectors were made with, plain JSON values
    vector_size : d, to begin without words; as the only argument it may stand first

    Arrays given are used, not copied, until the vectors are changed by a method of theirs.  Who writes to ``vectors``
    in place calls ``fill_norms(force=True)`` afterwards: searches keep norms of its rows.

    Examples
    --------
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> vectors.most_similar("kiwi", topn=1)[0][0]
    'kakapo'
    >>> grown = KeyedVectors(vector_size=2)
    >>> grown.add_vectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]])
    >>> len(grown)
    2
    """

    container_class = "KeyedVectors"

    def __init__(
        self,
        words: Sequence[str] | int = (),
        vectors: npt.ArrayLike | None = None,
        counts: npt.ArrayLike | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        vector_size: int | None = None,
    ) -> None:
        words, vectors = _beginning(words, vectors, "vectors", vector_size)
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        self._set(
            index, as_float32("vectors", vectors, (len(index), None)), None, as_counts(counts, len(index)), parameters
        )

    # Files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file, all or nothing; see ``densevec.formats.write_container`` for what is checked and raised."""
        tensors, metadata = self.container_parts()
        write_container(path, tensors, self._words, metadata)

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Tensors and metadata of the file; a model adds its own, named "model.*", and its class."""
        tensors: dict[str, npt.NDArray[Any]] = {"mean": to_tensor(self._table.mean)}
        if self._table.variance is not None:
            tensors["variance"] = to_tensor(self._table.variance)
        if self._counts is not None:
            tensors["counts"] = self._counts
        if self._table.scan_index is not None:
            tensors |= self._table.scan_index.tensors()
        tensors |= _attributes.to_tensors(self._attributes)
        return tensors, {"class": self.container_class, "parameters": self.parameters}

    @classmethod
    def load(cls, path: str | os.PathLike[str], check: bool = False, mmap: bool = True) -> Self:
        """Open a densevec file that holds word vectors, of whatever class.

        Structure is checked always; digests and values with ``check=True``.  With ``mmap`` the
        vectors stay in the file until they are used.  Errors are those of ``densevec.formats.read_container``.
        """
        return cls.from_container(read_container(path, check=check, mmap=mmap), os.fspath(path))

    @classmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        """The vectors in an opened file; ``origin`` names it in errors."""
        self = cls.__new__(cls)
        words, mean = container.words, float_tensor(container, "mean", origin)
        if words is None:
            raise FormatError(f"{origin}: the file holds no words")
        if len(words) != len(mean):
            raise FormatError(f"{origin}: tensor 'mean' has {len(mean)} rows for {len(words)} words")
        counts = container.tensors.get("counts")
        if counts is not None and (counts.shape != (len(words),) or counts.dtype != np.int64):
            found = f"{counts.dtype} of shape {counts.shape}"
            raise FormatError(f"{origin}: tensor 'counts' must be one int64 a word, found {found}")
        variance = self._variance_from(container, mean, origin)
        attributes = _attributes.from_tensors(container.tensors, len(words), origin)
        self._set(words, mean, variance, counts, container.metadata["parameters"], attributes)
        self._table.scan_index = ScanIndex.from_tensors(container.tensors, self._table, origin)
        return self

    def _variance_from(self, container: Container, mean: Stored, origin: str) -> Stored | None:
        """Points have none; densities override this."""
        return None

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickles hold the bytes of a file of ours, and opening one is reading that file."""
        tensors, metadata = self.container_parts()
        return _from_bytes, (type(self), container_bytes(tensors, self._words, metadata))


def _from_bytes(kind: type[KeyedVectors], data: bytes) -> KeyedVectors:
    return kind.from_container(parse_container(data), "bytes")


def _beginning(
    words: Sequence[str] | int, values: npt.ArrayLike | None, name: str, vector_size: int | None
) -> tuple[Sequence[str], npt.ArrayLike]:
    """Words and their array; an empty one of the given dimension where only that is given."""
    if isinstance(words, int):
        vector_size, words = words, ()
    if values is not None:
        return words, values
    if vector_size is None or len(words) > 0:
        raise ParameterError(f"{name} must be given for the words; without words, give vector_size")
    if isinstance(vector_size, bool) or not isinstance(vector_size, Integral) or vector_size < 1:
        raise ParameterError(f"vector_size must be an integer at least 1, got {vector_size!r}")
    return (), np.zeros((0, int(vector_size)), dtype=np.float32)
