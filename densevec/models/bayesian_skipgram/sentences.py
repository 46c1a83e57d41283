"""The trained Bayesian skip-gram as what vectors read words in their sentences by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.corpus.text import TextCorpus
from densevec.densities import Gaussian
from densevec.formats import WordIndex
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters, check_refinement
from densevec.models.bayesian_skipgram.reading import Reading
from densevec.models.bayesian_skipgram.tables import with_priors
from densevec.models.bayesian_skipgram.unknown import Guess, UnknownWords
from densevec.training.tables import Weights
from densevec.vectors import DensityVectors
from densevec.vectors.search import Table, widen
from densevec.vectors.sentences import Place, SentenceReader


class Edit(NamedTuple):
    """Words that were given other densities, and those of all words then."""

    words: WordIndex
    table: Table


@dataclass(frozen=True, eq=False)
class Sentences(SentenceReader):
    """Tables as they were learned, and the densities that words were given since.

    text : reads sentences as the model's text was
    vectors : all words of the model, as nobody edits them
    counts, keep, unknown : as for ``Reading``
    edits : the last one, and before it what earlier ones gave words that it lacks
    """

    weights: Weights
    settings: BayesianSkipGramParameters
    text: TextCorpus
    vectors: DensityVectors
    counts: npt.NDArray[np.int64]
    keep: npt.NDArray[Any]
    unknown: UnknownWords | None
    edits: tuple[Edit, ...] = ()

    @cached_property
    def reading(self) -> Reading:
        """What reads sentences that are ``spelled``."""
        tables, added = self.weights.tables, {}
        for words, table in self.edits:
            assert table.variance is not None  # what a density has
            mean, log_variance = widen(table.mean), np.log(widen(table.variance)).reshape(table.num_rows, -1)
            rows = self._rows_of(words)
            own = tables["prior_mean.weight"].copy(), tables["prior_log_variance.weight"].copy()
            for all_rows, given in zip(own, (mean, log_variance), strict=True):
                all_rows[rows[rows >= 0]] = given[rows >= 0]
            tables = with_priors(tables, self.settings, *own)
            for row in np.flatnonzero(rows < 0).tolist():
                added[words[row]] = Guess.certain(mean[row], log_variance[row])
        return Reading(tables, self.settings, self.vectors, self.counts, self.keep, self.unknown, added)

    def _rows_of(self, words: WordIndex) -> npt.NDArray[np.int64]:
        """Those of the model, −1 of words that it lacks."""
        own = self.vectors.words
        if words.as_list[: len(own)] == own.as_list:
            return np.where(np.arange(len(words)) < len(own), np.arange(len(words)), -1)
        return np.array([own.find(word) for word in words], np.int64)

    def densities(self, places: Sequence[Place], refine: int | None = None) -> list[Gaussian]:
        """``refine`` : steps of refinement, those of the settings if None."""
        num_steps = self.settings.refine if refine is None else refine
        check_refinement(self.settings, num_steps)
        return self.reading.densities(self.spelled(places), num_steps)

    def directions(self, places: Sequence[Place]) -> npt.NDArray[np.float64]:
        return self.reading.directions(self.spelled(places))

    def spelled(self, places: Sequence[Place]) -> list[tuple[list[str], int]]:
        return self.text.prepare_places(places)

    def following(self, before: WordIndex, words: WordIndex, table: Table) -> Sentences:
        is_followed = len(self.edits) > 0 and self.edits[-1].words is before and len(words) >= len(before)
        earlier = self.edits[:-1] if is_followed else _without(self.edits, words)
        return replace(self, edits=(*earlier, Edit(words, table)))

    @property
    def arrays(self) -> list[npt.NDArray[Any]]:
        tables = [self.vectors.rows.table, *(edit.table for edit in self.edits)]
        return [array for table in tables for array in (table.mean, table.variance) if array is not None]


def _without(edits: Sequence[Edit], words: WordIndex) -> tuple[Edit, ...]:
    """What edits gave all words but these, as one."""
    found = {}
    for each, table in edits:
        assert table.variance is not None  # what a density has
        for row in [row for row, word in enumerate(each) if words.find(word) < 0]:
            found[each[row]] = table.mean[row], table.variance[row]
    if not found:
        return ()
    mean, variance = (np.stack([widen(part) for part in parts]) for parts in zip(*found.values(), strict=True))
    return (Edit(WordIndex(list(found)), Table(mean, variance)),)
