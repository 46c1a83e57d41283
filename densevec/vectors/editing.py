"""Changing vectors: adding, replacing, choosing and sorting words, and what is known of each.

Every edit makes new arrays and another state, and puts it in the place of the old one: what came from a file, from the
caller or is shared with a copy is never written to, and whoever asks meanwhile gets the answers of before.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from densevec._containers import plain
from densevec._roles import as_counts, as_numbers, as_vector, as_words
from densevec._validation import Instance, check_parameter
from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.formats import WordIndex
from densevec.vectors._arguments import as_float32, check_above_zero, check_on_missing
from densevec.vectors._attributes import COUNT, SPECIFICITY, Column, Columns, as_column, empty_column
from densevec.vectors._storage import Stored, check_storage, encode
from densevec.vectors.comparisons import get_normed_vectors
from densevec.vectors.origins import origins_after
from densevec.vectors.search import Table, widen
from densevec.vectors.sharing import handed_out, numbers_handed_out
from densevec.vectors.state import RowArray, State
from densevec.vectors.word_store import WordStore

Store = TypeVar("Store", bound=WordStore)

# Words and vectors


def add_vector(self: WordStore, key: str, vector: Any, variance: npt.ArrayLike | None = None) -> int:
    """Add one word, with a vector (d,), or with a Gaussian or a mean and its variance; its row is returned.

    A word that is there already keeps what it has.  Each call copies the table: many words are better added together,
    by ``add_vectors``.
    """
    (word,) = as_words([key], "key")
    weights = vector if isinstance(vector, Gaussian) else as_vector(vector, "vector")
    add_vectors(self, [word], weights, variances=None if variance is None else as_numbers(variance, "variance")[None])
    return self.get_index(word)


def add_vectors(
    self: WordStore,
    keys: str | Sequence[str],
    weights: Any,
    extras: Mapping[str, npt.ArrayLike] | None = None,
    replace: bool = False,
    *,
    variances: npt.ArrayLike | None = None,
) -> None:
    """Add words with their vectors (k, d) or densities; words that are there already keep theirs unless ``replace``.

    Parameters
    ----------
    keys : k distinct words, or one
    weights : (k, d), or (d,) for one word; for word densities their means, or Gaussians, one a word
    extras : further columns of k values by name, as ``set_vecattr`` keeps them; "count" is the count
    replace : give known words the new vectors and extras
    variances : of word densities, (k,) spherical or (k, d) diagonal; may be left out for Gaussians, and where every
        word is known and keeps its variance

    Raises
    ------
    ParameterError
        For a word that is there twice among the keys, as *new york* and *new_york* are where the vectors have one of
        them, another dimension, numbers that are not finite in float32, variances of points, a diagonal density among
        spherical ones, or mixtures; nothing is changed then.
    """
    keys = plain(keys)
    listed = WordIndex(as_words([keys] if isinstance(keys, str) else keys, "keys")).as_list
    with self._lock:
        state, table = self._state, _editable(self._state)
        rows = np.array([state.index(key, -1) for key in listed], dtype=np.int64)
        _check_distinct(listed, rows)
        if table.variance is None:
            mean, variance = _points(table, len(listed), weights, variances), None
        else:
            mean, variance = _densities(state, listed, rows, weights, variances)
        check_parameter("extras", extras, Instance((Mapping,), "columns by name, as in a dict", optional=True))
        columns = {name: _as_column(name, values, len(listed)) for name, values in (extras or {}).items()}
        new = [key for key, row in zip(listed, rows.tolist(), strict=True) if row < 0]
        chosen = (rows < 0) | replace
        if not chosen.any():
            return
        rows, mean = rows[chosen], mean[chosen]
        columns = {name: values[chosen] for name, values in columns.items()}
        words = state.words.extended(new) if new else state.words
        merged = _merged(table.mean, rows, encode(mean, state.rows.storage, "weights"))
        if table.variance is not None and variance is not None:
            variance = _merged(table.variance, rows, _encoded_variance(state, variance[chosen]))
        known = {"words": words, **_as_parts(_grown(state, rows, columns, len(words)))}
        self._state = _edited(state, Table(merged, variance), rows[rows >= 0], **known)


def set_item(self: WordStore, key: str | Sequence[str], weights: Any) -> None:
    """``add_vectors`` with ``replace=True``; each call copies the table."""
    add_vectors(self, key, weights, replace=True)


def _check_distinct(keys: Sequence[str], rows: RowArray) -> None:
    """ParameterError for two keys with the same row; new words have −1."""
    written: dict[int, str] = {}
    for key, row in zip(keys, rows.tolist(), strict=True):
        if row >= 0 and row in written:
            raise ParameterError(f"keys must be distinct words, got {written[row]!r:.80} and {key!r:.80} for one")
        written[row] = key


def _editable(state: State) -> Table:
    """The table that an edit changes; ParameterError from rows that are more than a table."""
    return state.rows.with_table(state.table).table


def _points(table: Table, num_words: int, weights: Any, variances: npt.ArrayLike | None) -> npt.NDArray[np.float32]:
    if variances is not None:
        raise ParameterError("variances must be left out for points, which have none; make DensityVectors of them")
    mean = as_numbers(weights, "weights")
    return as_float32("weights", mean.reshape(1, -1) if mean.ndim == 1 else mean, (num_words, table.dim))


def _densities(
    state: State, keys: Sequence[str], rows: RowArray, weights: Any, variances: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Means (k, d) and variances, in the shape of the table's, of words at these rows, −1 for new ones."""
    table, kept = state.table, state.table.variance
    assert kept is not None  # what a density has
    densities = _as_gaussians(weights)
    if densities:
        for density in densities:
            state.resolve(density)  # of the right dimension?
            if table.is_spherical and not density.is_spherical:
                raise ParameterError("densities must be spherical like those that are there, got a diagonal one")
        weights = np.array([density.mean for density in densities])
        variances = np.array([np.broadcast_to(density.variance, kept.shape[1:]) for density in densities])
    elif variances is None:
        if (rows < 0).any():
            new = next(key for key, row in zip(keys, rows, strict=True) if row < 0)
            raise ParameterError(f"variances must be given for new words such as {new!r}; or pass Gaussians")
        variances = widen(kept[rows])
    checked = as_float32("variances", variances, (len(keys), *kept.shape[1:]))
    check_above_zero("variances", checked)
    return _points(table, len(keys), weights, None), checked


def _as_gaussians(weights: Any) -> list[Gaussian]:
    """The densities of one or several Gaussians; none of anything else."""
    if isinstance(weights, Gaussian):
        return [weights]
    listed = list(weights) if isinstance(weights, Sequence | np.ndarray) and not isinstance(weights, str) else []
    return listed if all(isinstance(density, Gaussian) for density in listed) else []


def _merged(old: Stored, rows: RowArray, new: Stored) -> Stored:
    """A copy of an array with new values at some rows, and at its end those of row −1."""
    merged = np.concatenate([old, new[rows < 0]])
    merged[rows[rows >= 0]] = new[rows >= 0]
    return merged


def _encoded_variance(state: State, variance: npt.NDArray[np.float32]) -> Stored:
    """In the storage of the rows; spherical ones, one number a word, stay float32."""
    storage = state.rows.storage if variance.ndim == 2 else "float32"
    return encode(variance, storage, "variances", above_zero=True)


def _edited(state: State, table: Table, rows: RowArray, **parts: Any) -> State:
    """The state with another table, of which some rows may be others, and other words and columns if there are.

    What was learned of its space goes where most of the words it was learned of have other rows by now.
    """
    origins = origins_after(state.origins, state.table, table, rows) if state.has_learned else None
    return state.changed(rows=state.rows.with_table(table), origins=origins, **parts).settled()


def _replaced(state: State, table: Table) -> State:
    """The state with other rows for all words."""
    if np.may_share_memory(table.mean, state.table.mean):  # written to: what was there nobody knows
        return state.unlearned(rows=state.rows.with_table(table))
    return _edited(state, table, np.arange(table.num_rows))


def _grown(state: State, rows: RowArray, given: Columns, num_words: int) -> Columns:
    """All columns at the new length, with what was given; zeros (empty strings) for new words that were given none."""
    grown, old = {}, columns_of(state)
    for name in {**old, **given}:
        column = empty_column(name, num_words, old.get(name, given.get(name)), given.get(name))
        if name in old:
            kept = old[name][:num_words]
            column[: len(kept)] = kept
        if name in given:
            column[len(state.words) :] = given[name][rows < 0]
            column[rows[rows >= 0]] = given[name][rows >= 0]
        grown[name] = column
    return grown


def vectors_of(self: WordStore) -> npt.NDArray[np.float32]:
    """The vectors of all words, (n, d); to be read only if they are decoded, or others have them too."""
    return numbers_handed_out(self, self._state.table.mean)


def set_vectors(self: WordStore, vectors: npt.ArrayLike) -> None:
    """Replace the vectors of all words, (n, d).

    Where most of them are others than those that something was learned of, nothing of that is true any more: sentences
    are not read, and what was learned from evidence goes; what the text says (``stated``) stays.
    """
    with self._lock:
        state, table = self._state, _editable(self._state)
        mean = as_float32("vectors", vectors, (table.num_rows, table.dim))
        self._state = _replaced(state, Table(encode(mean, state.rows.storage, "vectors"), table.variance))


def unit_normalize_all(self: WordStore) -> None:
    """Scale every vector to length 1, for good; a density is scaled whole, its variance by the square.

    Zero vectors stay as they are, and so do the n-grams that unknown words are composed of.  Of what was learned that
    goes which goes when ``vectors`` are replaced.
    """
    with self._lock:
        state, table = self._state, _editable(self._state)
        norms = np.where(table.norms > 0, table.norms, 1.0)
        mean = get_normed_vectors(self)
        variance: Stored | None = None
        if table.variance is not None:
            scale = (norms**2).reshape(-1, *[1] * (table.variance.ndim - 1))
            with np.errstate(over="ignore", under="ignore"):
                scaled = widen(table.variance)
                scaled = np.divide(scaled, scale, out=np.empty_like(scaled), casting="same_kind")
            if not (np.isfinite(scaled) & (scaled > 0)).all():
                raise ParameterError("variances must fit float32 when vectors are scaled to length 1, some do not")
            variance = _encoded_variance(state, scaled)
        self._state = _replaced(state, Table(encode(mean, state.rows.storage, "vectors"), variance))


def sort_by_descending_frequency(self: WordStore) -> None:
    """Put the words in the order of their counts, the most frequent first; equal counts keep their order."""
    with self._lock:
        if self._state.counts is None:
            raise ParameterError("counts are needed to sort words by frequency, there are none; see set_vecattr")
        self._state = self._state.at(np.argsort(-self._state.counts, kind="stable"))


def resize_vectors(self: WordStore, seed: int = 0) -> None:
    """Make the table fit ``index_to_key`` after words were appended to or cut from the end of that list.

    Rows of new words are uniform in ±1/d, by ``seed``; for densities the variance is that of the mean word.
    """
    with self._lock:
        state, table = self._state, _editable(self._state)
        words = WordIndex(list(self.index_to_key))
        old, new = min(table.num_rows, len(words)), max(0, len(words) - table.num_rows)
        if any(state.words.find(word) != row for row, word in enumerate(words[:old])):
            raise ParameterError("index_to_key must keep its first words to be resized, got others; use select()")
        random = np.random.default_rng(seed).uniform(-1, 1, (new, table.dim)) / table.dim
        added = encode(random.astype(np.float32), state.rows.storage, "vectors")
        variance: Stored | None = None
        if table.variance is not None:
            typical = np.exp(state.weighted_mean(table.log_variance_rows)) if table.num_rows else 1.0
            filled = np.broadcast_to(typical, (new, *table.variance.shape[1:])).astype(np.float32)
            variance = np.concatenate([table.variance[:old], _encoded_variance(state, filled)])
        resized, nothing = Table(np.concatenate([table.mean[:old], added]), variance), np.arange(0)
        columns = _grown(state, nothing, {}, len(words))
        self._state = _edited(state, resized, nothing, words=words, **_as_parts(columns))


# What is known of each word


def _as_column(name: str, values: Any, num_values: int) -> Column:
    """Values that were given for words; counts are whole numbers of at least 0."""
    column = as_column(name, values, num_values)
    return as_counts(column) if name == COUNT else column


def _as_parts(columns: Columns) -> dict[str, Any]:
    """Columns by name as parts of a state."""
    attributes = dict(columns)
    return {"counts": attributes.pop(COUNT, None), "attributes": attributes}


def columns_of(state: State) -> Columns:
    """All columns by name; "count" is the counts."""
    return {**state.attributes, **({} if state.counts is None else {COUNT: state.counts})}


def columns_handed_out(self: WordStore) -> Columns:
    """The same for the vectors' user: a column that other vectors have too is read-only."""
    return {name: handed_out(self, values) for name, values in columns_of(self._state).items()}


def get_vecattr(self: WordStore, key: str | int, attr: str) -> Any:
    """A value that was set for a word; 0 or the empty string if only other words were given one."""
    state = self._state
    row, columns = state.index(key), columns_of(state)
    if attr not in columns:
        names = ", ".join(map(repr, columns)) or "none"
        raise ParameterError(f"attr must be one of the words' attributes ({names}), got {attr!r:.80}")
    return plain(columns[attr][row])


def set_vecattr(self: WordStore, key: str | int, attr: str, val: Any) -> None:
    """Keep a number, truth value or string with a word; "count" is its count.  The first value sets the type.

    Attributes are saved with the vectors.  "specificity" is a number, by which entailment and generality go, on the
    scale of the training text where there was one; else on that of all words that have one.
    """
    with self._lock:
        state = self._state
        row, given = state.index(key), _as_column(attr, [val], 1)
        grown = _grown(state, np.array([row]), {attr: given}, len(state.words))
        self._state = state.changed(**_as_parts({**columns_of(state), attr: grown[attr]}))


# New vectors from these


def select(self: Store, words: Iterable[str | int], *, on_missing: str = "error") -> Store:
    """New vectors with these words only, in that order; "skip" passes over unknown ones.

    >>> from densevec import KeyedVectors
    >>> KeyedVectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]]).select(["plum"])
    KeyedVectors(1 words, dim=2)
    """
    check_on_missing(on_missing, ("error", "skip"))
    state = self._state
    rows = state.places(words, on_missing, has_order=False)
    return self._with(state.at(rows[rows >= 0]))


def drop(self: Store, words: Iterable[str | int], *, on_missing: str = "error") -> Store:
    """New vectors without these words; "skip" passes over unknown ones."""
    check_on_missing(on_missing, ("error", "skip"))
    state = self._state
    rows = state.places(words, on_missing, has_order=False)
    return self._with(state.at(np.delete(np.arange(len(state.words)), rows[rows >= 0])))


def vectors_for_all(
    self: Store, keys: Iterable[str], allow_inference: bool = True, copy_vecattrs: bool = False
) -> Store:
    """New vectors with those of the keys that have one, each once, in the order they first come.

    A known phrase is one word however it is written (*new york*, *new_york*), a word of a lowercase model with n-grams
    however it is capitalised.  With ``allow_inference`` words that sub-words compose get a row of their own; with
    ``copy_vecattrs`` counts and attributes come along.  With densities the counts and the specificity of words, which
    entailment asks for, do so always.
    """
    state, distinct = self._state, list(dict.fromkeys(as_words(keys, "keys", has_order=False)))
    found, size = state.find(distinct, "skip"), len(state.words)
    made = self._with(state.at(_each_once(found.places[found.places < size])))
    if allow_inference and found.composed:
        beyond = [key for key, place in zip(distinct, found.places.tolist(), strict=True) if place >= size]
        new = list(dict.fromkeys(map(state.as_read, beyond)))
        variances = None
        if state.table.variance is not None:
            of_each = np.array([each.variance for each in found.composed])
            variances = of_each[:, 0] if state.table.is_spherical else of_each
        add_vectors(made, new, np.array([each.mean for each in found.composed]), variances=variances)
        made._state = made._state.at(_each_once(made._state.find(distinct, "skip").places))
    if not copy_vecattrs and state.table.variance is None:
        made._state = made._state.changed(counts=None, attributes={})
    elif not copy_vecattrs:
        own = {name: values for name, values in made._state.attributes.items() if name == SPECIFICITY}
        made._state = made._state.changed(attributes=own)
    return made


def _each_once(rows: RowArray) -> RowArray:
    """The rows in the order they first come, without the −1 of words that have none."""
    return np.array(list(dict.fromkeys(rows[rows >= 0].tolist())), dtype=np.int64)


def stored_as(self: Store, storage: str) -> Store:
    """New vectors that keep their numbers as "float32", "float16" or "bfloat16", in memory and in files.

    Sixteen bits halve the memory.  bfloat16 has float32's range and some two decimal digits, float16 three and
    numbers up to 65,504 only.  Means and diagonal variances are rounded to the nearest; spherical variances, one a
    word, stay float32.  Queries decode rows where they use them and are exact for the rounded numbers.
    """
    check_storage(storage)
    state = self._state
    if storage == state.rows.storage:
        return copied(self)
    return self._with(state.changed(rows=state.rows.stored_as(storage), reader=state.reader))


def copied(self: Store) -> Store:
    """A copy, which shares all arrays: each that both have is handed out read-only, until one has another.

    An array that was asked for before is the vectors' own still: to write to it changes the copy too.
    """
    state = self._state
    derived = dict(state.derived)  # at once: another thread's query may add to it
    for name in ("index_to_key", "key_to_index"):  # their user's own
        derived.pop(name, None)
    return self._with(dataclasses.replace(state, derived=derived))


def deep_copied(self: Store, memo: dict[int, Any]) -> Store:
    """The same, with parameters of its own all through."""
    memo[id(self)] = other = copied(self)
    other.parameters = copy.deepcopy(self.parameters, memo)
    return other
