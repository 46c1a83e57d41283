"""From counts of n-grams to probabilities: modified Kneser-Ney, Kneser-Ney, Katz.

All three give each n-gram a probability and each context a weight, so that a word is looked up in one way (ARPA's):
P(w | h) is that of the longest known n-gram that ends in w, times the weights of the longer contexts on the way.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from densevec._cy.ngram_sort import add_at
from densevec.models.ngram.counts import NGramLevel

logger = logging.getLogger(__name__)

KATZ_LIMIT = 5  # counts above are reliable and not discounted (Katz 1987)
_SLICE = 1 << 20  # nodes that are worked on together


@dataclass
class SmoothedLevel:
    """The n-grams of one order k: their first words (None for k = 1), log P(w_k | w_1 … w_{k−1}) in nats, and what
    leads on to order k + 1 (None at the highest): log weights as contexts, and where the children begin."""

    words: np.ndarray | None
    log_probs: np.ndarray
    log_weights: np.ndarray | None = None
    first: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.log_probs)


def smooth(levels: list[NGramLevel], smoothing: str, min_ngram_count: int = 1) -> list[SmoothedLevel]:
    """Probabilities of counted n-grams; those of order 3 and more that occur less often than said are left out.

    What the n-grams left out had goes to the weights of their contexts, so that probabilities still add up to 1.
    """
    kind = _KINDS[smoothing]
    smoothed: list[SmoothedLevel] = []
    probabilities = np.empty(0)
    for position, level in enumerate(levels):
        method = kind(level, position + 1)
        if position == 0:
            probabilities = method.unigrams()
        else:
            least = min_ngram_count if position >= 2 else 1
            probabilities, weights = _next_order(method, level, levels[position - 1], probabilities, least)
            smoothed[-1].log_weights = np.log(np.maximum(weights, 1e-30)).astype(np.float32)
        smoothed.append(SmoothedLevel(level.words, np.log(probabilities).astype(np.float32), None, level.first))
    if min_ngram_count > 1:
        _leave_out(smoothed, [level.counts for level in levels], min_ngram_count)
    return smoothed


class _Method(ABC):
    """One way to discount the counts of one order."""

    def __init__(self, level: NGramLevel, order: int) -> None:
        self.order = order
        self.counts = self.counts_of(level)

    @abstractmethod
    def counts_of(self, level: NGramLevel) -> np.ndarray:
        """The counts of an order that its probabilities come from."""

    @abstractmethod
    def unigrams(self) -> np.ndarray:
        """Probabilities of all words (V,), all above 0."""

    @abstractmethod
    def discounts(self, counts: np.ndarray) -> np.ndarray:
        """What is taken from each count."""

    def weights(self, totals: np.ndarray, freed: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """The weight of each context: ``freed`` of its ``totals`` goes to the words of the lower order.

        ``seen`` is the lower order's probability of the words found after the context, which have no share of it where
        a method backs off.
        """
        whole = totals if self.is_interpolated else totals * np.maximum(1.0 - seen, 1e-12)
        return np.divide(freed, whole, out=np.ones_like(totals), where=totals > 0)

    is_interpolated: bool  # whether words found after a context have a share of the lower order too


def _counts_of_counts(counts: np.ndarray, most: int) -> list[int]:
    """How many n-grams have each count from 0 to ``most``."""
    found = np.zeros(most + 2, np.int64)
    for start in range(0, len(counts), _SLICE):
        found += np.bincount(np.minimum(counts[start : start + _SLICE], most + 1), minlength=most + 2)
    return [int(number) for number in found[:-1]]


def _one_discount(numbers: list[int]) -> list[float]:
    """Kneser and Ney's D = n_1/(n_1 + 2 n_2), the same for all counts; ``numbers`` of n-grams of each count."""
    one, two = numbers[1], numbers[2]
    return [one / (one + 2 * two) if one and two else 0.5] * 3


def _modified_discounts(numbers: list[int]) -> list[float]:
    """The discounts of counts 1, 2 and 3 or more (Chen and Goodman 1999, equation 26): D_j = j − (j + 1) Y n_{j+1}/n_j
    with Y = n_1/(n_1 + 2 n_2) and n_j the number of n-grams of count j.

    Where the text is too small or too odd for that (an n_j of 0, a D_j below 0 or above j), they are 0.5, 1 and 1.5.
    """
    fallback = [0.5, 1.0, 1.5]
    if not all(numbers[1:4]):
        return fallback
    ratio = numbers[1] / (numbers[1] + 2 * numbers[2])
    found = [j - (j + 1) * ratio * numbers[j + 1] / numbers[j] for j in (1, 2, 3)]
    return found if all(0 <= value <= j for j, value in enumerate(found, 1)) else fallback


class _KneserNey(_Method):
    """Absolute discounting, interpolated, the lower orders by types (Kneser and Ney 1995; interpolated by Chen and
    Goodman 1999): P(w | h) = max(a(h w) − D, 0)/a(h •) + γ(h) P(w | h'), D by ``three_discounts``.

    a are the counts at the highest order and for n-grams that begin a sentence, elsewhere the number of distinct words
    before; the words themselves are interpolated with the uniform distribution.
    """

    is_interpolated = True

    def __init__(self, level: NGramLevel, order: int, three_discounts: Callable[[list[int]], list[float]]) -> None:
        super().__init__(level, order)
        numbers = _counts_of_counts(self.counts, 4)
        self.by_count = np.array([0.0, *three_discounts(numbers)])
        logger.info("order %d: discounts %s", order, self.by_count[1:].round(4).tolist())

    def counts_of(self, level: NGramLevel) -> np.ndarray:
        return level.counts if level.types is None else level.types

    def discounts(self, counts: np.ndarray) -> np.ndarray:
        return self.by_count[np.minimum(counts, 3)]

    def unigrams(self) -> np.ndarray:
        total = float(self.counts.sum(dtype=np.int64))
        discounts = self.discounts(self.counts)
        return (self.counts - discounts + discounts.sum() / len(self.counts)) / total


class _Katz(_Method):
    """Back-off with Good and Turing's discounts (Katz 1987): P(w | h) = d_r r/c(h •) for an n-gram seen r times, else
    α(h) P(w | h'), where α(h) makes the sum 1.

    d_r = (r*/r − q)/(1 − q) with r* = (r + 1) n_{r+1}/n_r and q = (k + 1) n_{k+1}/n_1 for r ≤ k = 5, 1 above, and 1
    where the counts of counts do not allow it.  Words are not discounted; those never seen share what one more token
    would have.
    """

    is_interpolated = False

    def __init__(self, level: NGramLevel, order: int) -> None:
        super().__init__(level, order)
        self.by_count = np.zeros(KATZ_LIMIT + 2)  # what is taken from counts 0 to 5 and more
        numbers = _counts_of_counts(self.counts, KATZ_LIMIT + 1)
        if order > 1 and numbers[1]:
            common = (KATZ_LIMIT + 1) * numbers[KATZ_LIMIT + 1] / numbers[1]
            for r in range(1, KATZ_LIMIT + 1):
                if numbers[r] and common < 1:
                    ratio = ((r + 1) * numbers[r + 1] / (numbers[r] * r) - common) / (1 - common)
                    self.by_count[r] = r * (1 - ratio) if 0 < ratio <= 1 else 0.0
        logger.info("order %d: discounts %s", order, self.by_count[1:-1].round(4).tolist())

    def counts_of(self, level: NGramLevel) -> np.ndarray:
        return level.counts

    def discounts(self, counts: np.ndarray) -> np.ndarray:
        return self.by_count[np.minimum(counts, KATZ_LIMIT + 1)]

    def unigrams(self) -> np.ndarray:
        unseen = self.counts == 0
        total = float(self.counts.sum(dtype=np.int64)) + bool(unseen.any())
        return np.where(unseen, 1.0 / max(int(unseen.sum()), 1), self.counts) / total


_KINDS: dict[str, Callable[[NGramLevel, int], _Method]] = {
    "modified_kneser_ney": partial(_KneserNey, three_discounts=_modified_discounts),
    "kneser_ney": partial(_KneserNey, three_discounts=_one_discount),
    "katz": _Katz,
}


def _next_order(
    method: _Method, level: NGramLevel, lower: NGramLevel, probabilities: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of the n-grams of one order (N_k,) and weights of their contexts (N_{k−1},)."""
    contexts, counts = level.contexts, method.counts
    assert contexts is not None
    totals, freed, seen = (np.zeros(len(lower)) for _ in range(3))
    for children, parents in _slices(lower):
        places, number = contexts[children], counts[children].astype(np.float64)
        is_left_out = level.counts[children] < least
        add_at(places, number, totals)
        add_at(places, np.where(is_left_out, number, method.discounts(counts[children])), freed)
        if not method.is_interpolated:
            add_at(places, np.where(is_left_out, 0.0, probabilities[parents]), seen)
    if not method.is_interpolated:
        # where nothing is discounted, or every word has been seen, one more token is imagined (as SRILM does)
        totals += (totals > 0) & (freed <= 0)
        freed = np.where((totals > 0) & (freed <= 0), 1.0, freed)
    weights = method.weights(totals, freed, seen)
    result = np.empty(len(level))
    for children, parents in _slices(lower):
        places, number = contexts[children], counts[children]
        result[children] = (number - method.discounts(number)) / totals[places]
        if method.is_interpolated:
            result[children] += weights[places] * probabilities[parents]
    if not method.is_interpolated:
        _close(result, contexts, totals, weights, seen)
    return result, weights


def _close(
    probabilities: np.ndarray, contexts: np.ndarray, totals: np.ndarray, weights: np.ndarray, seen: np.ndarray
) -> None:
    """Where a context was followed by every word there is nothing to back off to: its probabilities are scaled."""
    is_full = (totals > 0) & (seen > 1 - 1e-9)
    if not is_full.any():
        return
    sums = np.zeros(len(totals))
    add_at(contexts, probabilities, sums)
    rows = np.flatnonzero(is_full[contexts])
    probabilities[rows] /= sums[contexts[rows]]
    weights[is_full] = 1.0


def _slices(lower: NGramLevel) -> Iterator[tuple[slice, np.ndarray]]:
    """The n-grams of an order in slices, with the places of their parents in the order below."""
    first = lower.first
    assert first is not None
    bounds = np.unique(np.searchsorted(first, np.arange(0, int(first[-1]) + _SLICE, _SLICE), side="right") - 1)
    bounds = np.unique([0, *bounds, len(lower)])
    for start, stop in pairwise(bounds):
        children = slice(int(first[start]), int(first[stop]))
        if children.start < children.stop:
            yield children, np.repeat(np.arange(start, stop), np.diff(first[start : stop + 1]))


def _leave_out(levels: list[SmoothedLevel], counts: list[np.ndarray], least: int) -> None:
    """Drop the n-grams of order 3 and more with smaller counts; with one go all longer ones that have it in them."""
    for position in range(2, len(levels)):
        level, lower = levels[position], levels[position - 1]
        assert level.words is not None and lower.first is not None
        is_kept = counts[position] >= least
        numbers = np.zeros(len(is_kept) + 1, np.int32)
        np.cumsum(is_kept, out=numbers[1:])
        lower.first = numbers[lower.first]
        level.words, level.log_probs = level.words[is_kept], level.log_probs[is_kept]
        if level.first is not None and level.log_weights is not None:
            level.log_weights = level.log_weights[is_kept]
            # those left out have no kept children: where the next kept one's begin is where theirs end
            level.first = np.append(level.first[:-1][is_kept], level.first[-1]).astype(np.int32)
