"""Words, their rows and what is known of each, at one moment: what every question is put to.

A state never changes.  Whoever edits vectors makes another one and puts it in the place of the first at once, so that
questions asked meanwhile see the old words with the old rows or the new ones with the new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from numbers import Integral
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from densevec._containers import plain
from densevec._roles import as_in_sentence, as_words
from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.evidence.network import Inference
from densevec.evidence.table import Evidence
from densevec.formats import WordIndex
from densevec.vectors._arguments import as_point, check_on_missing, directions
from densevec.vectors._attributes import SPECIFICITY, Column
from densevec.vectors._storage import read_only
from densevec.vectors.entailment import Closeness
from densevec.vectors.origins import Origins, are_mostly_others
from densevec.vectors.rows import Composed, Resolved, Rows
from densevec.vectors.rows.base import FloatArray, RowArray
from densevec.vectors.scale import Scale, scale_of
from densevec.vectors.search import SavedGraph, Table
from densevec.vectors.sentences import Place, SentenceReader
from densevec.vectors.spelling import missing_message

Counts = npt.NDArray[np.int64]
Item = Any  # a word, itself or (tokens, position) in its sentence, its row, a vector (d,), or a Gaussian
T = TypeVar("T")
_ROWS_AT_ONCE = 2**12


class Found(NamedTuple):
    """Where each of k words has its vector: ``places`` (k,) are rows of a table, numbers from ``len(table)`` on for
    ``composed`` words, −1 for words without one."""

    places: RowArray
    composed: Sequence[Composed] = ()

    @property
    def known(self) -> RowArray:
        """The places of the words that have a vector."""
        return self.places[self.places >= 0]

    def vectors(self, table: Table, places: RowArray | None = None) -> npt.NDArray[np.float32]:
        """The vectors of all words, or at some places, (k, d); zero for those without one."""
        places = self.places if places is None else places
        is_row = (places >= 0) & (places < table.num_rows)
        if is_row.all():
            return table.stored_means(places)
        result = np.zeros((len(places), table.dim), dtype=np.float32)
        result[is_row] = table.stored_means(places[is_row])
        for place in np.flatnonzero(places >= table.num_rows).tolist():
            result[place] = self.composed[places[place] - table.num_rows].mean
        return result

    def directions(self, table: Table, places: RowArray) -> FloatArray:
        """The vectors at some places scaled to length 1, (k, d); zero ones stay zero."""
        return directions(self.vectors(table, places).astype(np.float64))

    def log_variances(self, table: Table) -> FloatArray:
        """Those of all words, which are densities and have one each, (k, 1) or (k, d)."""
        rows = np.flatnonzero((self.places >= 0) & (self.places < table.num_rows))
        result = np.empty((len(self.places), 1 if table.is_spherical else table.dim))
        result[rows] = table.log_variance_rows(self.places[rows])
        for place in np.flatnonzero(self.places >= table.num_rows).tolist():
            result[place] = self.composed[self.places[place] - table.num_rows].resolved().log_variance
        return result


@dataclass(frozen=True, eq=False)
class State:
    """n distinct words with a row each.

    Attributes
    ----------
    counts : (n,) how often each word was seen, or None
    attributes : further columns of n values, by name
    closeness : when two of these rows are close enough for entailment, if that is known
    scale : that of specificity in the training text; None where that of these words counts
    inference : evidence of the training text on these and other words, and what was learned from it, or None
    reader : what reads words in their sentences as the result does that the rows come from, or None
    delimiter : of phrases: a word with blanks that is unknown is looked for with this in their place
    fold : what was done to the text, lowered or brought into a normal form, where n-grams make up for unknown words
    phrases : those that were joined in the text, as their file has them, or None
    evidence : the evidence alone, where what was learned is no longer true of the rows
    origins : (n,) which words have other rows than those that this was learned of, see ``origins``; or None for none
    graph : an approximate index of the rows, or None
    derived : what was computed from all this and is kept
    """

    words: WordIndex
    rows: Rows
    counts: Counts | None
    attributes: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    closeness: Closeness | None = None
    scale: Scale | None = None
    inference: Inference | None = None
    evidence: Evidence | None = None
    origins: Origins | None = None
    delimiter: str = "_"
    fold: Callable[[str], str] | None = None
    phrases: npt.NDArray[np.uint8] | None = None
    reader: SentenceReader | None = None
    graph: SavedGraph | None = None
    derived: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The whole rows."""
        return self.rows.table

    @property
    def statements(self) -> Evidence | None:
        """What the training text says of pairs of words, whether or not it decides anything."""
        return self.evidence if self.inference is None else self.inference.evidence

    def unlearned(self, **parts: Any) -> State:
        """Another state of whose rows nothing is true that was learned: what the text says on entailment is kept."""
        learned = dict.fromkeys(("closeness", "inference", "origins", "reader"))
        return self.changed(**{**learned, "evidence": self.statements, **parts})

    @property
    def has_learned(self) -> bool:
        """Whether anything is known that was learned of the rows."""
        return not (self.closeness is None and self.inference is None and self.reader is None)

    def settled(self) -> State:
        """The same, without what was learned where most of the words it was learned of have other rows by now."""
        return self.unlearned() if are_mostly_others(self.origins) else self

    def close_by(self, closeness: Closeness | None, **parts: Any) -> State:
        """Another closeness, which is of the rows as they are; earlier edits count on for what else was learned."""
        state = replace(self, closeness=closeness, **parts)
        return state if state.inference is not None or state.reader is not None else replace(state, origins=None)

    def changed(self, **parts: Any) -> State:
        """Another state with other parts; nothing that was derived is kept, nor an index of the rows.

        Of other words the text says what it says of those, as their file has it.  Where words have other rows they are
        read by these, unless a ``reader`` is given.
        """
        if "words" in parts:
            told = {"inference": self.inference, "evidence": self.evidence}
            parts = {name: part and part.among(parts["words"]) for name, part in told.items()} | parts
        made = replace(self, **{"derived": {}, "graph": None, **parts})
        if "rows" not in parts or "reader" in parts or self.reader is None:
            return made
        return replace(made, reader=self.reader.following(self.words, made.words, made.table))

    @property
    def specificity(self) -> Column | None:
        """The attribute of that name; None where there is none, or strings of a file, which tell nothing."""
        column = self.attributes.get(SPECIFICITY)
        return None if column is None or column.dtype == object else column

    def scaled(self) -> State:
        """The same, with the scale of specificity that counts by now for good, whatever its words will be."""
        column = self.specificity
        is_known = self.scale is not None and self.scale.is_one
        if column is None or is_known or self.table.variance is None:
            return self
        return replace(self, scale=scale_of(column, self.counts))

    def at(self, rows: RowArray) -> State:
        """Some of the words, in that order."""
        chosen = self.scaled().changed(
            words=WordIndex(self.words.at(rows)),
            rows=self.rows.at(rows),
            counts=None if self.counts is None else self.counts[rows],
            attributes={name: values[rows] for name, values in self.attributes.items()},
            origins=None if self.origins is None else self.origins[rows],
            reader=self.reader,
        )
        return chosen.settled()

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What is derived from all this by ``make``, the first time that it is asked for."""
        if name not in self.derived:
            self.derived[name] = make()
        made: T = self.derived[name]
        return made

    # Words

    def index(self, key: str | int, default: int | None = None) -> int:
        """The row of a word, or of a row's number; MissingWordError without a default."""
        if isinstance(key, str):
            row = self.words.find(key)
            if row < 0 and len(parts := key.split()) > 1:  # a phrase, written with blanks
                row = self.words.find(self.delimiter.join(parts))
            if row >= 0:
                return row
        elif isinstance(key, Integral) and not isinstance(key, bool):
            if 0 <= key < len(self.words):
                return int(key)
        elif isinstance(plain(key), str):
            return self.index(plain(key), default)
        else:
            raise ParameterTypeError(f"a word must be a string, got {type(key).__name__}: {key!r:.80}")
        if default is not None:
            return default
        raise self.missing(key)

    def as_read(self, key: Any) -> Any:
        """A word as the text would have it that n-grams were learned from; anything else as it is."""
        return self.fold(key) if self.fold is not None and isinstance(key, str) else key

    def row(self, key: str | int) -> int:
        """The row that answers for a word: its own, else that of the word as it is read; −1 without one."""
        own = self.index(key, -1)
        return own if own >= 0 or self.fold is None else self.index(self.as_read(key), -1)

    def missing(self, key: str | int) -> MissingWordError:
        """The error for a word that is unknown; it offers the nearest spellings."""
        if not isinstance(key, str):
            return MissingWordError(f"row {key} is not there: rows go from 0 to {len(self.words) - 1}")
        return MissingWordError(message=partial(missing_message, key, self.words))

    def places(self, words: Iterable[Any], on_missing: str = "error", *, has_order: bool = True) -> RowArray:
        """The row of each word; −1 for one without a row unless ``on_missing`` is "error", which raises.

        A set is taken unless they ``has_order``.
        """
        default = None if on_missing == "error" else -1
        found = [self.index(word, default) for word in as_words(words, rows=True, has_order=has_order)]
        return np.array(found, dtype=np.int64)

    def find(self, words: Iterable[Any], on_missing: str = "error", name: str = "words") -> Found:
        """Where each word has its vector, one composed for it if need be; unknown words as in ``places``.

        Errors call the words ``name``.
        """
        check_on_missing(on_missing)
        listed = as_words(words, name, rows=True)
        places = [self.row(word) for word in listed]
        numbers: dict[str, int] = {}
        composed: list[Composed] = []
        for number in [number for number, place in enumerate(places) if place < 0]:
            word = self.as_read(listed[number])
            found = None if word in numbers else self.compose(word)
            if found is not None:
                numbers[word] = len(self.words) + len(composed)
                composed.append(found)
            places[number] = numbers.get(word, -1)
            if places[number] < 0 and on_missing == "error":
                raise self.missing(listed[number])
        return Found(np.array(places, dtype=np.int64), composed)

    def compose(self, word: Any) -> Composed | None:
        """What n-grams make of a word, as it is read; None where that is nothing."""
        return self.rows.compose(self.as_read(word)) if isinstance(word, str) else None

    def composed(self, word: str | int) -> Composed:
        """What a word without a row is composed to, or MissingWordError."""
        found = self.compose(word)
        if found is None:
            raise self.missing(word)
        return found

    def is_composed(self, item: Item) -> bool:
        """Whether an item is a word without a row that n-grams make up for."""
        return isinstance(item, str) and self.row(item) < 0 and self.compose(item) is not None

    # Items of a query

    def read(self, item: Item) -> Gaussian | None:
        """The density of a word in its sentence, given as (tokens, position); None for any other item.

        Errors: ParameterError where nothing reads sentences, MissingWordError where that knows nothing of the word.
        """
        place = as_in_sentence(item)
        if place is None:
            return None
        if self.reader is None:
            raise ParameterError(
                f"{item!r:.80} asks for a word in its sentence, which the vectors of a trained or loaded "
                "BayesianSkipGram or EmbedAlign read (model.vectors) unless they were scaled or replaced, and these do "
                "not; ask those, or for a word"
            )
        try:
            return self.reader.densities([place])[0]
        except MissingWordError:
            if (row := self._sentence_row(place)) is None:
                raise
            raise MissingWordError(
                f"{self.words[row]!r:.80} was added to the vectors, and their model knows nothing of it in a sentence; "
                "ask for the word alone"
            ) from None

    def resolve(self, item: Item) -> Resolved:
        """A word, known or composed, one in its sentence, a row, a vector (d,) or a Gaussian."""
        item = plain(item)
        place = as_in_sentence(item)
        if place is not None:
            item = self.read(place)
            return self.resolve(item)._replace(sentence_row=self._sentence_row(place))
        if isinstance(item, (str, Integral)):
            row = self.row(item)  # type: ignore[arg-type]
            if row >= 0:
                return self.rows.item(row)
            return self.composed(item).resolved()  # type: ignore[arg-type]
        is_density = isinstance(item, Gaussian)
        mean = item.mean if is_density else as_point(item)
        if mean.shape != (self.table.dim,):
            raise ParameterError(f"a query must have {self.table.dim} dimensions, got shape {mean.shape}")
        return Resolved(mean, item.log_variance if is_density else None, is_vector=not is_density)

    def _sentence_row(self, place: Place) -> int | None:
        """The row of the word that is read there, which may be a phrase."""
        assert self.reader is not None  # as it was read
        ((tokens, position),) = self.reader.spelled([place])
        row = self.index(tokens[position], -1)
        return None if row < 0 else row

    def resolve_or(self, item: Item, on_missing: str) -> Resolved | None:
        """The same; for an unknown word nothing with "skip", else a zero vector ("zero") or the prior's ("prior")."""
        try:
            return self.resolve(item)
        except MissingWordError:
            if on_missing == "error":
                raise
        if on_missing == "skip":
            return None
        return Resolved(
            self.prior_vector().astype(np.float64) if on_missing == "prior" else np.zeros(self.table.dim), None
        )

    # Means over all words

    def prior_vector(self) -> npt.NDArray[np.float32]:
        """The mean vector of all words, (d,), by count; read-only, for it is asked again."""
        return self.once("prior_vector", lambda: read_only(self.weighted_mean(self.table.mean_rows).astype(np.float32)))

    @property
    def weights(self) -> FloatArray:
        """What each word counts in a mean over all of them, (n,): its count, or 1 where counts are unknown.

        In float64, in which no sum of counts wraps around.
        """
        is_counted = self.counts is not None and self.counts.any()
        return np.asarray(self.counts if is_counted else np.ones(len(self.words)), dtype=np.float64)

    def weighted_covariance(self, mean: FloatArray) -> FloatArray:
        """The covariance over all words, by count, of their mean vectors, (d, d), around their mean (d,)."""

        def squared(rows: slice, weights: FloatArray) -> FloatArray:
            deviations = self.table.mean_rows(rows) - mean
            return (deviations * weights[:, None]).T @ deviations

        return self._averaged(squared)

    def weighted_mean(self, values: Any) -> FloatArray:
        """The mean over all words, by count, of ``values(rows)`` (n, ...) for slices of rows."""
        return self._averaged(lambda rows, weights: weights @ values(rows))

    def _averaged(self, sums: Callable[[slice, FloatArray], FloatArray]) -> FloatArray:
        """What ``sums`` makes of slices of rows and their weights, added up and divided by all weights."""
        if not len(self.words):
            raise ParameterError("the prior is a mean over the words, and there are none")
        weights = self.weights
        slices = self.table.blocks(0, len(weights), _ROWS_AT_ONCE * self.table.dim)
        total: Any = sum(sums(rows, weights[rows]) for rows in slices)
        return np.asarray(total / weights.sum())
