"""Words, their rows, and how a query is made of them: what all themes of KeyedVectors' methods stand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, Measure
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import WordIndex
from densevec.vectors._arguments import as_items, as_point, as_unit, as_weighted, check_on_missing
from densevec.vectors._storage import Stored, storage_of
from densevec.vectors.search import Queries, Table, widen
from densevec.vectors.spelling import nearest_spellings

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
Attributes = dict[str, npt.NDArray[Any]]
Item = Any  # a word, its row, a vector (d,), or a Gaussian
_ROWS_AT_ONCE = 2**12


@dataclass(frozen=True)
class Resolved:
    """One item of a query: mean (d,), log variance (1,) or (d,) if it has one, and its row if it is a word."""

    mean: FloatArray
    log_variance: FloatArray | None
    row: int | None

    @property
    def is_vector(self) -> bool:
        return self.row is None and self.log_variance is None

    @cached_property
    def direction(self) -> FloatArray:
        """As it enters a mean: words and densities with length 1, a vector as it is given."""
        return self.mean if self.is_vector else as_unit(self.mean)


class WordStore:
    """n distinct words with a row each in a table of vectors, or of densities."""

    container_class: ClassVar[str]

    _words: WordIndex
    _table: Table
    _counts: npt.NDArray[np.int64] | None
    _attributes: Attributes
    _is_shared: bool  # the arrays are also somebody else's (a file's, a caller's): they are copied before a write
    _derived: dict[str, Any]  # what was computed from the table and is kept
    parameters: dict[str, Any]

    def _set(
        self,
        words: WordIndex,
        mean: Stored,
        variance: Stored | None,
        counts: npt.NDArray[np.int64] | None,
        parameters: Mapping[str, Any] | None,
        attributes: Attributes | None = None,
    ) -> None:
        """Take checked parts; the constructors and ``load`` meet here."""
        self._words = words
        self._table = Table(mean, variance)
        self._counts = counts
        self._attributes = dict(attributes or {})
        self._is_shared = True
        self._derived = {}
        self.parameters = dict(parameters or {})

    def _with(
        self,
        words: WordIndex,
        mean: Stored,
        variance: Stored | None,
        counts: npt.NDArray[np.int64] | None,
        attributes: Attributes,
    ) -> Self:
        """Vectors of the same kind and parameters with other contents."""
        other = type(self).__new__(type(self))
        other._set(words, mean, variance, counts, self.parameters, attributes)
        return other

    # Words

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __repr__(self) -> str:
        storage = "" if self.storage == "float32" else f", {self.storage}"
        return f"{type(self).__name__}({len(self)} words, dim={self.vector_size}{storage})"

    @property
    def index_to_key(self) -> list[str]:
        """All words by row."""
        return self._words.as_list

    @property
    def key_to_index(self) -> dict[str, int]:
        """The row of every word."""
        return self._words.as_dict

    @property
    def words(self) -> WordIndex:
        """The words as the file's index has them: a sequence that is not decoded before it is asked."""
        return self._words

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

    def has_index_for(self, key: str | int) -> bool:
        """Whether a word has a row here."""
        return self.get_index(key, -1) >= 0

    def _missing(self, key: str | int) -> MissingWordError:
        if not isinstance(key, str):
            return MissingWordError(f"row {key} is not there: rows go from 0 to {len(self) - 1}")
        close = ", ".join(repr(word) for word in nearest_spellings(key, self._words))
        hint = f"; the nearest spellings are {close}" if close else ""
        return MissingWordError(f"{key[:80]!r} is not among the {len(self)} words{hint}")

    def _rows(self, words: Iterable[Any], on_missing: str = "error") -> RowArray:
        """The row of each word; −1 for an unknown one unless ``on_missing`` is "error", which raises."""
        check_on_missing(on_missing)
        if isinstance(words, str | bytes):
            raise ParameterTypeError(f"words must be a list of words, got one string: {words!r:.80}")
        default = None if on_missing == "error" else -1
        return np.array([self.get_index(word, default) for word in words], dtype=np.int64)

    # Vectors

    @property
    def vector_size(self) -> int:
        """The dimension d."""
        return self._table.dim

    @property
    def storage(self) -> str:
        """How numbers are kept: "float32", "float16" or "bfloat16"."""
        return storage_of(self._table.mean)

    def __getitem__(self, key: str | int | Sequence[str | int] | npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, or the matrix (k, d) of a list of k words."""
        if isinstance(key, str | Integral):
            return self._vector(self.get_index(key))
        if not isinstance(key, list | tuple | np.ndarray):
            raise ParameterTypeError(f"a word must be a string or a list of strings, got {type(key).__name__}")
        return widen(self._table.mean[self._rows(key)])

    def _vector(self, row: int) -> npt.NDArray[np.float32]:
        """A row, not to be written to: norms would not follow."""
        vector = widen(self._table.mean[row])
        vector.flags.writeable = False
        return vector

    def get_vector(self, key: str | int, norm: bool = False) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, read-only; with ``norm`` scaled to length 1 (a zero vector stays zero)."""
        row = self.get_index(key)
        if not norm:
            return self._vector(row)
        return as_unit(self._table.mean_rows(slice(row, row + 1))[0]).astype(np.float32)

    def get_vectors(
        self, keys: Sequence[str | int], norm: bool = False, on_missing: str = "error"
    ) -> npt.NDArray[np.float32]:
        """The vectors of many words, (k, d) float32.

        An unknown word raises MissingWordError with ``on_missing="error"``, is left out with "skip" (there are
        fewer rows then), is a zero vector with "zero", and with "prior" the mean of all words (``prior_vector``).
        """
        rows = self._rows(keys, on_missing)
        if on_missing == "skip":
            rows = rows[rows >= 0]
        result = np.zeros((len(rows), self.vector_size), dtype=np.float32)
        result[rows >= 0] = widen(self._table.mean[rows[rows >= 0]])
        if on_missing == "prior" and (rows < 0).any():
            result[rows < 0] = self.prior_vector()
        if norm:
            lengths = np.sqrt((result.astype(np.float64) ** 2).sum(-1, keepdims=True))
            result = (result / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return result

    def prior_vector(self) -> npt.NDArray[np.float32]:
        """The mean vector of all words, (d,), weighted by their counts if there are any: what is known of none."""
        if "prior_vector" not in self._derived:
            self._derived["prior_vector"] = self._weighted_mean(self._table.mean_rows).astype(np.float32)
        prior: npt.NDArray[np.float32] = self._derived["prior_vector"]
        return prior

    def _weighted_mean(self, values: Any) -> FloatArray:
        """The mean over all words, by count, of ``values(rows)`` (n, ...) for slices of rows."""
        if not len(self):
            raise ParameterError("the prior is a mean over the words, and there are none")
        weights = np.ones(len(self)) if self._counts is None or not self._counts.any() else self._counts
        total: Any = 0.0
        for begin in range(0, len(self), _ROWS_AT_ONCE):
            rows = slice(begin, begin + _ROWS_AT_ONCE)
            total = total + np.asarray(weights[rows], dtype=np.float64) @ values(rows)
        return np.asarray(total / float(weights.sum()))

    def _subset(self, rows: RowArray, words: WordIndex | None = None) -> Self:
        """New vectors of the same kind made of some rows, in that order."""
        table, counts = self._table, self._counts
        mean, variance = table.mean[rows], None if table.variance is None else table.variance[rows]
        if words is None:
            words = WordIndex([self._words[row] for row in rows.tolist()])
        attributes = {name: values[rows] for name, values in self._attributes.items()}
        return self._with(words, mean, variance, None if counts is None else counts[rows], attributes)

    # Queries

    def _resolve(self, item: Item) -> Resolved:
        if isinstance(item, str | Integral):
            row = self.get_index(item)  # type: ignore[arg-type]
            place = slice(row, row + 1)
            log_variance = None if self._table.variance is None else self._table.log_variance_rows(place)[0]
            return Resolved(self._table.mean_rows(place)[0], log_variance, row)
        log_variance = item.log_variance if isinstance(item, Gaussian) else None
        mean = item.mean if isinstance(item, Gaussian) else as_point(item)
        if mean.shape != (self.vector_size,):
            raise ParameterError(f"a query must have {self.vector_size} dimensions, got shape {mean.shape}")
        return Resolved(mean, log_variance, None)

    def _query(self, positive: Any, negative: Any, measure: Measure) -> tuple[Queries, list[int]]:
        """One query from the items given, (1, d), and the rows that stand in it."""
        added = [as_weighted(item, 1.0) for item in as_items(positive)]
        subtracted = [as_weighted(item, -1.0) for item in as_items(negative)]
        if not added and not subtracted:
            raise ParameterError("positive or negative must hold at least one word or vector, got none")
        parts = [self._resolve(item) for item, _ in (*added, *subtracted)]
        weights = [weight for _, weight in (*added, *subtracted)]
        rows = [part.row for part in parts if part.row is not None]
        if measure.name != "cosine":
            if len(parts) != 1 or weights != [1.0]:
                raise ParameterError(f"measure {measure.name!r} takes one word or density and no negatives")
            return self._density_queries(parts, measure), rows
        if weights == [1.0]:
            return Queries(parts[0].mean[None], None), rows
        scaled = [weight * part.direction for weight, part in zip(weights, parts, strict=True)]
        return Queries(np.mean(scaled, axis=0)[None], None), rows

    def _queries(self, parts: Sequence[Resolved], measure: Measure) -> Queries:
        """Many queries of one item each, (Q, d)."""
        if measure.name == "cosine":
            return Queries(np.array([part.mean for part in parts]).reshape(-1, self.vector_size), None)
        return self._density_queries(parts, measure)

    def _density_queries(self, parts: Sequence[Resolved], measure: Measure) -> Queries:
        if self._table.variance is None:
            raise ParameterError(f"measure {measure.name!r} needs word densities; points have 'cosine' only")
        log_variances = []
        for part in parts:
            if part.log_variance is None:
                raise ParameterError(
                    f"measure {measure.name!r} needs a density, got a vector: pass a word or a Gaussian"
                )
            log_variances.append(part.log_variance)
        width = max((log_variance.size for log_variance in log_variances), default=1)
        widened = [np.broadcast_to(log_variance, width) for log_variance in log_variances]
        means = np.array([part.mean for part in parts]).reshape(-1, self.vector_size)
        return Queries(means, np.array(widened).reshape(-1, width))
