"""The densities of words in their sentences, as a trained Bayesian skip-gram reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.refinement import Refinement
from densevec.models.bayesian_skipgram.tables import Own, log_shares, posteriors
from densevec.models.bayesian_skipgram.unknown import Guess, UnknownWords
from densevec.models.bayesian_skipgram.windows import Window, Windows, window_of
from densevec.models.substitutes import context_of
from densevec.training.tables import Array
from densevec.vectors import DensityVectors
from densevec.vectors._arguments import directions
from densevec.vectors.sentences import Place

_SENTENCE = 0.3  # the share of its sentence in what a word is compared by, chosen on one half of SCWS and part 2
_SENTENCE_REACH = 50  # tokens to either side


@dataclass(frozen=True)
class Reading:
    """What reads a word in its sentence.

    counts : (V,) how often the text has each word
    keep : (V,) probability that subsampling keeps a token
    unknown : what was learned of words that are not known, None where it was too little
    added : words that the model lacks, with the densities that they were given
    """

    tables: Mapping[str, Array]
    settings: BayesianSkipGramParameters
    vectors: DensityVectors
    counts: npt.NDArray[np.int64]
    keep: npt.NDArray[Any]
    unknown: UnknownWords | None
    added: Mapping[str, Guess] = field(default_factory=dict)

    def densities(self, places: Sequence[Place], num_steps: int) -> list[Gaussian]:
        """The posterior of each place's word, known ones' after so many steps of refinement; MissingWordError for an
        unknown one of which nothing tells anything."""
        if not places:
            return []
        rows = np.array([self._row(tokens[position]) for tokens, position in places], np.int64)
        windows = Windows.stacked([self._window(*place) for place in places])
        own = Own.of(self.tables, np.maximum(rows, 0))
        mean, log_variance = posteriors(self.tables, self.settings, own, *windows)
        if num_steps:
            refinement = Refinement(self.tables, log_shares(self.counts * self.keep))
            mean, log_variance = refinement.refined(mean, log_variance, own, windows, num_steps)
        variance, new = np.exp(log_variance), np.flatnonzero(rows < 0)
        if len(new):
            mean[new], own_variance, error = self._unknown([places[row] for row in new.tolist()], windows.at(new))
            variance[new] = own_variance + error
        return [Gaussian(m, v if len(v) > 1 else v[0]) for m, v in zip(mean, variance, strict=True)]

    def directions(self, places: Sequence[Place]) -> npt.NDArray[np.float64]:
        """What words in their sentences are compared by (``similarity``), (n, d): m_v/|m_v| + .3 c/|c|.

        c = Σ_k w_k m_k of the known words up to 50 tokens away, w_k the probability that subsampling keeps a word over
        the root of its distance.  m_v of an unknown word that nobody added is the mean of its posterior.
        """
        contexts = [context_of(self.vectors, self.keep, *place, reach=_SENTENCE_REACH) for place in places]
        means = self.tables["prior_mean.weight"]
        said = np.stack([context.weight @ means[context.rows] for context in contexts]).astype(np.float64)
        rows = np.array([self._row(tokens[position]) for tokens, position in places], np.int64)
        own = means[np.maximum(rows, 0)].astype(np.float64)
        words = [tokens[position] for tokens, position in places]
        new = [row for row in np.flatnonzero(rows < 0).tolist() if words[row] not in self.added]
        if new:
            own[new] = [density.mean for density in self.densities([places[row] for row in new], 0)]
        for row, word in enumerate(words):
            if word in self.added:
                own[row] = self.added[word].mean
        return directions(own) + _SENTENCE * directions(said)

    def mean_region(self, place: Place, level: float) -> Gaussian:
        """The Gaussian whose ellipsoid at a level holds that share of means of words left out."""
        word = place[0][place[1]]
        if self._row(word) >= 0:
            raise ParameterError(f"the word at position must be unknown, got {word!r:.80}, whose mean is certain")
        mean, _, error = (part[0] for part in self._unknown([place], Windows.stacked([self._window(*place)])))
        radius = Gaussian(mean, np.ones(())).squared_radius(level)
        assert self.unknown is not None  # as it has been read
        # where the quantile of words left out is 0, a number that is above it
        variance: Any = np.maximum(error * (len(mean) * self.unknown.reach_at(level) / radius), 1e-30)
        return Gaussian(mean, variance if len(variance) > 1 else variance[0])

    def _row(self, word: str) -> int:
        is_read = self.unknown is not None or word in self.added
        return int(self.vectors.get_index(word, *([-1] if is_read else [])))

    def _window(self, tokens: Sequence[str], position: int) -> Window:
        vectors, sides = self.vectors, (tokens[position + 1 :], tokens[:position][::-1])
        known = [(vectors.get_index(token) for token in side if token in vectors) for side in sides]
        return window_of(known, self.keep, self.settings)

    def _unknown(self, places: Sequence[Place], windows: Windows) -> tuple[Any, Any, Any]:
        unknown, added = self.unknown, self.added
        for (tokens, position), weight in zip(places, windows.weight, strict=True):
            is_told = weight.any() or tokens[position] in added or self.vectors._state.is_composed(tokens[position])
            if unknown is None or not is_told:
                raise self.vectors._state.missing(tokens[position])  # of which nothing is known at all
        assert unknown is not None
        words = [tokens[position] for tokens, position in places]
        guesses = [added[word] if word in added else unknown.guess(self.vectors, word) for word in words]
        return unknown.read(self.tables, self.settings, guesses, windows)
