"""The trained Bayesian skip-gram as what vectors read words in their sentences by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from densevec.corpus.text import TextCorpus
from densevec.densities import Gaussian
from densevec.formats import WordIndex
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters, check_refinement
from densevec.models.bayesian_skipgram.reading import Reading
from densevec.models.bayesian_skipgram.tables import with_priors
from densevec.models.bayesian_skipgram.unknown import UnknownWords
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
    edits : one after the other, each of some of the words
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
        tables = self.weights.tables
        for words, table in self.edits:
            assert table.variance is not None  # what a density has
            mean, log_variance = widen(table.mean), np.log(widen(table.variance)).reshape(table.num_rows, -1)
            if (size := len(self.vectors)) <= len(words) and words.as_list[:size] == self.vectors.words.as_list:
                priors = mean[:size], log_variance[:size]
            else:
                rows = np.array([self.vectors.words.find(word) for word in words], np.int64)
                own = tables["prior_mean.weight"], tables["prior_log_variance.weight"]
                priors = own[0].copy(), own[1].copy()
                for all_rows, given in zip(priors, (mean, log_variance), strict=True):
                    all_rows[rows[rows >= 0]] = given[rows >= 0]
            tables = with_priors(tables, self.settings, *priors)
        return Reading(tables, self.settings, self.vectors, self.counts, self.keep, self.unknown)

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
        return replace(self, edits=(*(self.edits[:-1] if is_followed else self.edits), Edit(words, table)))

    def under(self, settings: Any) -> Self:
        return self if settings is self.settings else replace(self, settings=settings)

    @property
    def arrays(self) -> list[npt.NDArray[Any]]:
        tables = [self.vectors.rows.table, *(edit.table for edit in self.edits)]
        return [array for table in tables for array in (table.mean, table.variance) if array is not None]
