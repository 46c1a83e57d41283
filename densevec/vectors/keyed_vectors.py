"""Words with a vector each, and the questions one asks of them, by the names of gensim's KeyedVectors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, Measure, get_measure
from densevec.errors import FormatError, MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import Container, WordIndex, read_container, write_container
from densevec.vectors import search
from densevec.vectors._arguments import as_counts, as_float32, as_items, as_point, as_unit, check_topn, float_tensor
from densevec.vectors.exchange import Exchange
from densevec.vectors.indexing import Indexing
from densevec.vectors.search import Queries, ScanIndex, Table
from densevec.vectors.spelling import nearest_spellings

FloatArray = npt.NDArray[np.float64]
Item = Any  # a word, its row, a vector (d,), or a Gaussian
Neighbours = list[tuple[str, float]]


class KeyedVectors(Indexing, Exchange):
    """Words and their vectors.

    Parameters
    ----------
    words : n distinct strings
    vectors : (n, d) finite numbers, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    parameters : what the vectors were made with, plain JSON values

    The table is not to be changed in place: searches keep norms of its rows.

    Examples
    --------
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> vectors.most_similar("kiwi", topn=1)[0][0]
    'kakapo'
    """

    container_class = "KeyedVectors"

    def __init__(
        self,
        words: Sequence[str],
        vectors: npt.ArrayLike,
        counts: npt.ArrayLike | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        self._set(
            index, as_float32("vectors", vectors, (len(index), None)), None, as_counts(counts, len(index)), parameters
        )

    def _set(
        self,
        words: WordIndex,
        mean: npt.NDArray[np.float32],
        variance: npt.NDArray[np.float32] | None,
        counts: npt.NDArray[np.int64] | None,
        parameters: Mapping[str, Any] | None,
    ) -> None:
        """Take checked parts; the constructors and ``load`` meet here."""
        self._words = words
        self._table = Table(mean, variance)
        self._counts = counts
        self.parameters: dict[str, Any] = dict(parameters or {})

    # Words

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} words, dim={self.vector_size})"

    @property
    def index_to_key(self) -> list[str]:
        """All words by row."""
        return self._words.as_list

    @property
    def key_to_index(self) -> dict[str, int]:
        """The row of every word."""
        return self._words.as_dict

    @property
    def counts(self) -> npt.NDArray[np.int64] | None:
        """How often each word was seen in the training text, (n,), or None if unknown."""
        return self._counts

    def get_index(self, key: str | int, default: int | None = None) -> int:
        """The row of a word (a row number stands for itself).

        Raises
        ------
        MissingWordError
            (a KeyError) if the word is unknown and there is no default; the message offers the nearest spellings.
        """
        if isinstance(key, str):
            row = self._words.find(key)
            if row >= 0:
                return row
        elif isinstance(key, Integral) and not isinstance(key, bool):
            if 0 <= key < len(self):
                return int(key)
        else:
            raise ParameterTypeError(f"a word must be a string, got {type(key).__name__}: {key!r:.80}")
        if default is not None:
            return default
        raise self._missing(key)

    def _missing(self, key: str | int) -> MissingWordError:
        if not isinstance(key, str):
            return MissingWordError(f"row {key} is not there: rows go from 0 to {len(self) - 1}")
        close = ", ".join(repr(word) for word in nearest_spellings(key, self._words))
        hint = f"; the nearest spellings are {close}" if close else ""
        return MissingWordError(f"{key[:80]!r} is not among the {len(self)} words{hint}")

    # Vectors

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """The vectors of all words, (n, d) float32."""
        return self._table.mean

    @property
    def vector_size(self) -> int:
        """The dimension d."""
        return self._table.dim

    def __getitem__(self, key: str | int | Sequence[str | int] | npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, or the matrix (k, d) of a list of k words."""
        if isinstance(key, str | Integral):
            return self.vectors[self.get_index(key)]
        if not isinstance(key, list | tuple | np.ndarray):
            raise ParameterTypeError(f"a word must be a string or a list of strings, got {type(key).__name__}")
        return self.vectors[self._rows(key)]

    def _rows(self, words: Iterable[Any]) -> npt.NDArray[np.int64]:
        return np.array([self.get_index(word) for word in words], dtype=np.int64)

    # Queries

    def similarity(self, a: Item, b: Item) -> float:
        """Cosine of the angle between the vectors of two words, from −1 to 1; 0 if either is a zero vector."""
        return self._compare(a, b, get_measure("cosine"))

    def most_similar(
        self,
        positive: Item | list[Item] | None = None,
        negative: Item | list[Item] | None = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        *,
        measure: str = "cosine",
    ) -> Any:
        """The words closest to a query, best first: a list of (word, score), higher is closer.

        Parameters
        ----------
        positive, negative : a word, a vector (d,), a Gaussian such as a posterior in context, or a list of these.
            Several are for the cosine only: the query is the mean of the unit vectors, negatives subtracted.
        topn : how many; None for the scores of all words as an array (n,), in row order.
        clip_start, clip_end, restrict_vocab : search rows ``clip_start:clip_end``, or the first ``restrict_vocab``.
        measure : one of ``densevec.densities.MEASURES``; all but "cosine" need densities on both sides.

        The words of the query are left out of the list.  Equal scores are in row order.  A zero vector has
        cosine 0 with everything.  The ranking is that of exact float64 scores.

        Raises
        ------
        MissingWordError
            For an unknown word.
        ParameterError, ParameterTypeError
            For an empty query, a vector of another dimension, a negative ``topn``, or several items
            (or a bare vector) with a measure of densities.
        """
        chosen = get_measure(measure)
        start, stop = self._row_range(clip_start, clip_end, restrict_vocab)
        wanted = check_topn(topn)
        query, rows = self._query(positive, negative, chosen)
        if wanted is None:
            return search.exact_scores(self._table, chosen, query, np.arange(start, stop))
        if wanted == 0:
            return []
        excluded = {row for row in rows if start <= row < stop}
        wanted = min(wanted, stop - start)
        found, scores = search.nearest(self._table, chosen, query, wanted + len(excluded), start, stop)[0]
        pairs = [(row, float(score)) for row, score in zip(found.tolist(), scores, strict=True) if row not in excluded]
        return [(self._words[row], score) for row, score in pairs[:wanted]]

    def similar_by_word(self, word: str, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """``most_similar`` of one word, by cosine."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_vector(self, vector: npt.ArrayLike, topn: int | None = 10, restrict_vocab: int | None = None) -> Any:
        """``most_similar`` of one vector (d,), by cosine."""
        return self.most_similar([np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab)

    def scores(self, query: Item, words: Sequence[str] | None = None, *, measure: str = "cosine") -> FloatArray:
        """Scores of given words (of all, in row order, when None) for one query, (k,) float64; higher is closer."""
        chosen = get_measure(measure)
        rows = np.arange(len(self)) if words is None else self._rows(words)
        return search.exact_scores(self._table, chosen, self._query(query, None, chosen)[0], rows)

    def _compare(self, a: Item, b: Item, measure: Measure) -> float:
        """The measure's own value for a as the query and b as the word."""
        first, second = self._query(a, None, measure)[0], self._query(b, None, measure)[0]
        return float(measure.value(first.mean, first.log_variance, second.mean, second.log_variance)[0])

    def _query(self, positive: Any, negative: Any, measure: Measure) -> tuple[Queries, list[int]]:
        """One query from the items given, (1, d), and the rows that stand in it."""
        added, subtracted = as_items(positive), as_items(negative)
        if not added and not subtracted:
            raise ParameterError("positive or negative must hold at least one word or vector, got none")
        parts = [self._resolve(item) for item in (*added, *subtracted)]
        rows = [row for _, _, row in parts if row is not None]
        if measure.name != "cosine":
            return self._density_query(parts, subtracted, measure), rows
        if len(parts) == 1 and added:
            return Queries(parts[0][0][None], None), rows
        signs = [1.0] * len(added) + [-1.0] * len(subtracted)
        units = [sign * as_unit(mean) for sign, (mean, _, _) in zip(signs, parts, strict=True)]
        return Queries(np.mean(units, axis=0)[None], None), rows

    def _density_query(self, parts: list[Any], subtracted: list[Any], measure: Measure) -> Queries:
        if self._table.variance is None:
            raise ParameterError(f"measure {measure.name!r} needs word densities; points have 'cosine' only")
        if len(parts) != 1 or subtracted:
            raise ParameterError(f"measure {measure.name!r} takes one word or density and no negatives")
        mean, log_variance, _ = parts[0]
        if log_variance is None:
            raise ParameterError(f"measure {measure.name!r} needs a density, got a vector: pass a word or a Gaussian")
        return Queries(mean[None], log_variance[None])

    def _resolve(self, item: Item) -> tuple[FloatArray, FloatArray | None, int | None]:
        """Mean (d,), log variance (1,) or (d,) if there is one, and the row if it is a word's."""
        if isinstance(item, str | Integral):
            row = self.get_index(item)  # type: ignore[arg-type]
            place = slice(row, row + 1)
            log_variance = None if self._table.variance is None else self._table.log_variance_rows(place)[0]
            return self._table.mean_rows(place)[0], log_variance, row
        log_variance = item.log_variance if isinstance(item, Gaussian) else None
        mean = item.mean if isinstance(item, Gaussian) else as_point(item)
        if mean.shape != (self.vector_size,):
            raise ParameterError(f"a query must have {self.vector_size} dimensions, got shape {mean.shape}")
        return mean, log_variance, None

    def _row_range(self, clip_start: int, clip_end: int | None, restrict_vocab: int | None) -> tuple[int, int]:
        if restrict_vocab is not None:
            clip_start, clip_end = 0, restrict_vocab
        for name, value in (("clip_start", clip_start), ("clip_end or restrict_vocab", clip_end)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, Integral) or value < 0):
                raise ParameterError(f"{name} must be an integer at least 0, got {value!r}")
        stop = len(self) if clip_end is None else min(int(clip_end), len(self))
        return min(int(clip_start), stop), stop

    # Files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file, all or nothing; see ``densevec.formats.write_container`` for what is checked and raised."""
        tensors, metadata = self.container_parts()
        write_container(path, tensors, self._words, metadata)

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Tensors and metadata of the file; a model adds its own, named "model.*", and its class."""
        tensors: dict[str, npt.NDArray[Any]] = {"mean": self._table.mean}
        if self._table.variance is not None:
            tensors["variance"] = self._table.variance
        if self._counts is not None:
            tensors["counts"] = self._counts
        if self._table.scan_index is not None:
            tensors |= self._table.scan_index.tensors()
        return tensors, {"class": self.container_class, "parameters": self.parameters}

    @property
    def words(self) -> WordIndex:
        """The words as the file's index has them: a sequence that is not decoded before it is asked."""
        return self._words

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
        self._set(words, mean, self._variance_from(container, mean, origin), counts, container.metadata["parameters"])
        self._table.scan_index = ScanIndex.from_tensors(container.tensors, self._table, origin)
        return self

    def _variance_from(
        self, container: Container, mean: npt.NDArray[np.float32], origin: str
    ) -> npt.NDArray[np.float32] | None:
        """Points have none; densities override this."""
        return None
