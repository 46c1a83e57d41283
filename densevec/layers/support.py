"""The words a softmax is normalised over in one batch: noise, a complementary sum sample, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.generic] | Sequence[float]  # of words, (V,)


def log_noise(counts: npt.ArrayLike, exponent: float) -> npt.NDArray[np.float64]:
    """log P(n) of noise P(n) ∝ count^exponent, (V,)."""
    logarithm: npt.NDArray[np.float64] = exponent * np.log(np.asarray(counts, np.float64))
    logarithm -= np.logaddexp.reduce(logarithm)
    return logarithm


class Support(NamedTuple):
    """words (S,) int64, and log_weight (S,): what to add to a word's logit so that the sum estimates the whole."""

    words: npt.NDArray[np.int64]
    log_weight: npt.NDArray[np.float32]


class SupportSampler(Protocol):
    """Draws the support of a batch; ``types`` are its distinct words, sorted."""

    def draw(self, types: npt.NDArray[np.int64], random: np.random.Generator) -> Support: ...


class NoiseSupport:
    """``size`` words drawn with replacement from noise ∝ count^exponent; the weight of n is 1/(size·P_noise(n)).

    Parameters
    ----------
    counts : (V,) counts, after subsampling
    exponent : 0.75 in word2vec (Mikolov et al. 2013), 1 for the unigram distribution
    size : draws per batch
    """

    def __init__(self, counts: npt.NDArray[np.float64], exponent: float, size: int) -> None:
        weight = np.asarray(counts, np.float64) ** exponent
        self.probability = weight / weight.sum()
        self.cumulative = np.cumsum(self.probability)
        self.size = size

    def draw(self, types: npt.NDArray[np.int64], random: np.random.Generator) -> Support:
        words = np.searchsorted(self.cumulative, random.random(self.size) * self.cumulative[-1], side="right")
        return Support(words, (-np.log(self.size * self.probability[words])).astype(np.float32))


class ComplementarySupport:
    """Complementary sum sampling (Botev, Zheng & Barber 2017): the batch's types, each with weight 1, and
    ``size`` other words drawn uniformly without replacement, each with weight |V∖C|/size.

    The sum is unbiased, its logarithm slightly low; with the whole complement it is exact.  With a proposal q the
    others are drawn from it, renormalised over V∖C, with replacement; each time v comes it has weight 1/(size·q(v)).

    Parameters
    ----------
    num_words : V
    size : draws per batch
    proposal : (V,) positive numbers that q is proportional to, or None for uniform
    """

    def __init__(self, num_words: int, size: int, proposal: npt.NDArray[np.float64] | None = None) -> None:
        self.num_words = num_words
        self.size = size
        self.proposal = proposal

    def draw(self, types: npt.NDArray[np.int64], random: np.random.Generator) -> Support:
        num_others = self.num_words - len(types)
        size = min(self.size, num_others)
        if size == 0:
            return Support(types, np.zeros(len(types), np.float32))
        if self.proposal is not None:
            return self._propose(types, self.proposal, random)
        rank = random.choice(num_others, size, replace=False, shuffle=False)
        # the r-th word that is not a type is r plus the number of types before it
        others = rank + np.searchsorted(types - np.arange(len(types)), rank, side="right")
        log_weight = np.zeros(len(types) + size, np.float32)
        log_weight[len(types) :] = np.log(num_others / size)
        return Support(np.concatenate([types, others]), log_weight)

    def _propose(
        self, types: npt.NDArray[np.int64], proposal: npt.NDArray[np.float64], random: np.random.Generator
    ) -> Support:
        outside = np.array(proposal, np.float64)
        outside[types] = 0
        outside /= outside.sum()
        others, times = np.unique(random.choice(self.num_words, self.size, p=outside), return_counts=True)
        log_weight = np.zeros(len(types) + len(others), np.float32)
        log_weight[len(types) :] = np.log(times / (self.size * outside[others]))
        return Support(np.concatenate([types, others]), log_weight)


class WholeVocabulary:
    """Every word with weight 1: the exact normaliser, for vocabularies of some thousands."""

    def __init__(self, num_words: int) -> None:
        self.support = Support(np.arange(num_words), np.zeros(num_words, np.float32))

    def draw(self, types: npt.NDArray[np.int64], random: np.random.Generator) -> Support:
        return self.support
