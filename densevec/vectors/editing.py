"""Changing vectors: adding, replacing, choosing and sorting words, and what is known of each.

A table that came from a file or from the caller's own arrays is copied before it is written to.  After every change
norms and all else that was computed from the old table is computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.formats import WordIndex
from densevec.vectors._arguments import as_counts, as_float32, check_on_missing
from densevec.vectors._attributes import as_column, empty_column
from densevec.vectors._storage import Stored, check_storage, encode
from densevec.vectors._store import Attributes, RowArray, WordStore
from densevec.vectors.search import widen

_COUNT = "count"


class Editing(WordStore):
    """Everything that changes the words or the table, or makes new vectors of some of the words."""

    # Words and vectors

    def add_vector(self, key: str, vector: npt.ArrayLike) -> int:
        """Add one word; its row is returned.  A word that is there already keeps its vector.

        Each call copies the table: many words are better added together, by ``add_vectors``.
        """
        self.add_vectors([key], np.asarray(vector)[None])
        return self.get_index(key)

    def add_vectors(
        self,
        keys: str | Sequence[str],
        weights: npt.ArrayLike,
        extras: Mapping[str, npt.ArrayLike] | None = None,
        replace: bool = False,
    ) -> None:
        """Add words with their vectors (k, d); words that are there already keep theirs unless ``replace``.

        Parameters
        ----------
        keys : k distinct words, or one
        weights : (k, d), or (d,) for one word
        extras : further columns of k values by name, as ``set_vecattr`` keeps them; "count" is the count
        replace : give known words the new vectors and extras

        Raises
        ------
        ParameterError
            For a word that is there twice among the keys, another dimension, or numbers that are not finite in
            float32; nothing is changed then.
        """
        keys, rows = self._places_for(keys)
        vectors = np.asarray(weights)
        self._put(keys, rows, vectors.reshape(1, -1) if vectors.ndim == 1 else vectors, None, extras, replace)

    def __setitem__(self, key: str | Sequence[str], weights: npt.ArrayLike) -> None:
        """``add_vectors`` with ``replace=True``."""
        self.add_vectors(key, weights, replace=True)

    def _places_for(self, keys: str | Sequence[str]) -> tuple[list[str], RowArray]:
        """The keys as a list of distinct strings, and the row of each, −1 for new ones."""
        listed = WordIndex([keys] if isinstance(keys, str) else keys).as_list
        return listed, np.array([self._words.find(key) for key in listed], dtype=np.int64)

    def _put(
        self,
        keys: list[str],
        rows: RowArray,
        mean: npt.ArrayLike,
        variance: npt.ArrayLike | None,
        extras: Mapping[str, npt.ArrayLike] | None,
        replace: bool,
    ) -> None:
        """Check everything, then write: new words at the end, known ones (rows from 0) where they are."""
        means = as_float32("weights", mean, (len(keys), self.vector_size))
        tables = [(self._table.mean, encode(means, self.storage, "weights"))]
        if variance is not None:
            kept = self._variance
            variances = as_float32("variances", variance, (len(keys), *kept.shape[1:]))
            is_compact = kept.ndim == 2
            storage = self.storage if is_compact else "float32"
            tables.append((kept, encode(variances, storage, "variances", above_zero=True)))
        columns = {name: as_column(name, values, len(keys)) for name, values in (extras or {}).items()}
        if _COUNT in columns:
            as_counts(columns[_COUNT], len(keys))
        is_new, known = rows < 0, rows[rows >= 0] if replace else np.empty(0, np.int64)
        if not is_new.any() and not len(known):
            return
        chosen = rows >= 0
        merged = []
        for old, new in tables:
            table = np.concatenate([old, new[is_new]]) if is_new.any() else self._own(old)
            table[known] = new[chosen] if replace else new[:0]
            merged.append(table)
        words = WordIndex([*self._words, *(key for key, new in zip(keys, is_new, strict=True) if new)])
        attributes = self._grown_columns(columns, is_new, known, len(words))
        counts = attributes.pop(_COUNT, None)
        self._adopt(words, merged[0], merged[1] if variance is not None else None, counts, attributes)
        self._changed()

    def _grown_columns(
        self, columns: Attributes, is_new: npt.NDArray[np.bool_], known: RowArray, num_words: int
    ) -> Attributes:
        """All columns at the new length: zeros (empty strings) for new words that were given nothing."""
        grown: Attributes = {}
        old = self._columns()
        for name in {**old, **columns}:
            given = columns.get(name)
            like = old.get(name, given)
            column = empty_column(name, num_words, like, given)
            if name in old:
                column[: len(old[name])] = old[name]
            if given is not None:
                column[len(self) :] = given[is_new]
                if len(known):
                    column[known] = given[~is_new]
            grown[name] = column
        return grown

    @property
    def _variance(self) -> Stored:
        assert self._table.variance is not None  # asked of densities only
        return self._table.variance

    def _own(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The array itself if nobody else has it, else a copy."""
        return array.copy() if self._is_shared or not array.flags.writeable else array

    def _adopt(
        self,
        words: WordIndex,
        mean: Stored,
        variance: Stored | None,
        counts: npt.NDArray[np.int64] | None,
        attributes: Attributes,
    ) -> None:
        """Take changed parts, which nobody else has, in the place of the old ones."""
        self._set(words, mean, variance, counts, self.parameters, attributes)
        self._is_shared = False

    def _changed(self) -> None:
        """Drop what was found out about the old table and is no part of it; densities have such things."""

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """The vectors of all words, (n, d) float32; of 16-bit storage a read-only copy, made each time.

        Whoever writes to it calls ``fill_norms(force=True)`` afterwards.  Assigning a matrix replaces all vectors.
        """
        mean = self._table.mean
        if mean.dtype == np.float32:
            return mean
        decoded = widen(mean)
        decoded.flags.writeable = False
        return decoded

    @vectors.setter
    def vectors(self, vectors: npt.ArrayLike) -> None:
        means = as_float32("vectors", vectors, (len(self), self.vector_size))
        mean = encode(means, self.storage, "vectors")
        self._set(self._words, mean, self._table.variance, self._counts, self.parameters, self._attributes)
        self._changed()

    def unit_normalize_all(self) -> None:
        """Scale every vector to length 1, for good; a density is scaled whole, its variance by the square.

        Zero vectors stay as they are.
        """
        norms = np.where(self._table.norms > 0, self._table.norms, 1.0)
        mean = (widen(self._table.mean) / norms[:, None]).astype(np.float32)
        variance: Stored | None = None
        if self._table.variance is not None:
            scale = (norms**2).reshape(-1, *[1] * (self._variance.ndim - 1))
            with np.errstate(over="ignore", under="ignore"):
                scaled = (widen(self._variance) / scale).astype(np.float32)
            if not (np.isfinite(scaled) & (scaled > 0)).all():
                raise ParameterError("variances must fit float32 when vectors are scaled to length 1, some do not")
            storage = self.storage if scaled.ndim == 2 else "float32"
            variance = encode(scaled, storage, "variance", above_zero=True)
        stored = encode(mean, self.storage, "vectors")
        self._adopt(self._words, stored, variance, self._counts, self._attributes)
        self._is_shared = True  # counts and attributes are still those of before
        self._changed()

    def sort_by_descending_frequency(self) -> None:
        """Put the words in the order of their counts, the most frequent first; equal counts keep their order."""
        if self._counts is None:
            raise ParameterError("counts are needed to sort words by frequency, there are none; see set_vecattr")
        rows = np.argsort(-self._counts, kind="stable")
        sorted_ = self._subset(rows)
        table = sorted_._table
        self._adopt(sorted_._words, table.mean, table.variance, sorted_._counts, sorted_._attributes)

    def resize_vectors(self, seed: int = 0) -> None:
        """Make the table fit ``index_to_key`` after words were appended to or cut from the end of that list.

        Rows of new words are uniform in ±1/d, by ``seed``; for densities the variance is that of the mean word.
        """
        words = WordIndex(list(self.index_to_key))
        old, new = min(len(self), len(words)), max(0, len(words) - len(self))
        if any(self._words.find(word) != row for row, word in enumerate(words[:old])):
            raise ParameterError("index_to_key must keep its first words to be resized, got others; use select()")
        random = np.random.default_rng(seed).uniform(-1, 1, (new, self.vector_size)) / self.vector_size
        mean = encode(random.astype(np.float32), self.storage, "vectors")
        mean = np.concatenate([self._table.mean[:old], mean])
        variance: Stored | None = None
        if self._table.variance is not None:
            kept = self._variance
            typical = np.broadcast_to(self._typical_variance(), (new, *kept.shape[1:])).astype(np.float32)
            storage = self.storage if kept.ndim == 2 else "float32"
            variance = np.concatenate([kept[:old], encode(typical, storage, "variance", above_zero=True)])
        columns: Attributes = {}
        for name, values in self._columns().items():
            columns[name] = empty_column(name, len(words), values, None)
            columns[name][:old] = values[:old]
        counts = columns.pop(_COUNT, None)
        self._adopt(words, mean, variance, counts, columns)
        self._changed()

    def _typical_variance(self) -> Any:
        """exp of the mean log variance, 1 without words."""
        if not len(self):
            return 1.0
        return np.exp(self._weighted_mean(self._table.log_variance_rows))

    # What is known of each word

    @property
    def expandos(self) -> Attributes:
        """Columns of one value a word by name, those of ``set_vecattr``; "count" is ``counts``.  Not to be changed."""
        return self._columns()

    def _columns(self) -> Attributes:
        return {**self._attributes, **({} if self._counts is None else {_COUNT: self._counts})}

    def get_vecattr(self, key: str | int, attr: str) -> Any:
        """A value that was set for a word; 0 or the empty string if only other words were given one."""
        row, columns = self.get_index(key), self._columns()
        if attr not in columns:
            names = ", ".join(map(repr, columns)) or "none"
            raise ParameterError(f"attr must be one of the words' attributes ({names}), got {attr!r}")
        value = columns[attr][row]
        return value.item() if isinstance(value, np.generic) else value

    def set_vecattr(self, key: str | int, attr: str, val: Any) -> None:
        """Keep a number, truth value or string with a word; "count" is its count.  The first value sets the type.

        Attributes are saved with the vectors.
        """
        row, given = self.get_index(key), as_column(attr, [val], 1)
        if attr == _COUNT:
            as_counts(given, 1)
        old = self._columns().get(attr)
        column = empty_column(attr, len(self), given if old is None else old, given)
        if old is not None:
            column[:] = old
        column[row] = given[0]
        if attr == _COUNT:
            self._counts = column.astype(np.int64)
            self._derived = {}
        else:
            self._attributes[attr] = column

    # New vectors from these

    def select(self, words: Iterable[str | int], *, on_missing: str = "error") -> Self:
        """New vectors with these words only, in that order; "skip" passes over unknown ones.

        >>> from densevec import KeyedVectors
        >>> KeyedVectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]]).select(["plum"])
        KeyedVectors(1 words, dim=2)
        """
        check_on_missing(on_missing, ("error", "skip"))
        rows = self._rows(words, on_missing)
        return self._subset(rows[rows >= 0])

    def drop(self, words: Iterable[str | int], *, on_missing: str = "error") -> Self:
        """New vectors without these words; "skip" passes over unknown ones."""
        check_on_missing(on_missing, ("error", "skip"))
        rows = self._rows(words, on_missing)
        return self._subset(np.delete(np.arange(len(self)), rows[rows >= 0]))

    def vectors_for_all(self, keys: Iterable[str], allow_inference: bool = True, copy_vecattrs: bool = False) -> Self:
        """New vectors with those of the keys that are known, each once, in the order they first come.

        ``allow_inference`` is for vectors that make up unknown words, which these do not; with ``copy_vecattrs``
        counts and attributes come along.
        """
        known = [key for key in dict.fromkeys(keys) if key in self._words]
        selected = self.select(known)
        if not copy_vecattrs:
            selected._counts, selected._attributes = None, {}
        return selected

    def stored_as(self, storage: str) -> Self:
        """New vectors that keep their numbers as "float32", "float16" or "bfloat16", in memory and in files.

        Sixteen bits halve the memory.  bfloat16 has float32's range and some two decimal digits, float16 three and
        numbers up to 65,504 only.  Means and diagonal variances are rounded to the nearest; spherical variances, one a
        word, stay float32.  Queries decode rows where they use them and are exact for the rounded numbers.
        """
        check_storage(storage)
        mean = encode(widen(self._table.mean), storage, "vectors")
        variance: Stored | None = self._table.variance
        if variance is not None and variance.ndim == 2:
            variance = encode(widen(variance), storage, "variance", above_zero=True)
        return self._with(self._words, mean, variance, self._counts, self._attributes)

    def __copy__(self) -> Self:
        """A copy that shares the arrays until one of the two is changed."""
        self._is_shared = True
        table = self._table
        other = self._with(self._words, table.mean, table.variance, self._counts, self._attributes)
        other._table = table  # with the norms it may have
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        other = self.__copy__()
        memo[id(self)] = other
        return other
