"""Words that are kept from the n-grams during training, and what they tell of the densities of unknown words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._cy.subwords import word_rows
from densevec._random import generator
from densevec.vectors.rows import Unseen
from densevec.vectors.rows.unseen import LEVELS

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
_FEWEST, _MOST = 20, 100  # occurrences of words that are left out: what an unknown word would have, were it in the text
LEFT_OUT = 1_000  # of these, at most
SHARE = 10  # at most one word in so many
ENOUGH = 50  # words that more than a mean error can be learned from
_SMALLEST = 1e-12  # of a squared error


class Pieces(NamedTuple):
    """What words are made of: word v has ``rows[offsets[v]:offsets[v + 1]]``, v itself, and V and more for buckets."""

    offsets: RowArray
    rows: RowArray

    @classmethod
    def of(cls, words: Sequence[str], lengths: tuple[int, int], num_buckets: int) -> Pieces:
        """Those of words whose n-grams have these lengths and are hashed to so many buckets."""
        encoded = [word.encode("utf-8", "replace") for word in words]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        bounds = np.ascontiguousarray(np.stack([ends[:-1], ends[1:]], 1))
        offsets, rows = word_rows(np.frombuffer(b"".join(encoded), np.uint8), bounds, *lengths, num_buckets)
        return cls(offsets, rows.astype(np.int64))


def rare_words(counts: npt.NDArray[np.int64]) -> RowArray:
    """The rows of words that are as unknown ones would be, were they in the text: of 20 to 100 occurrences where there
    are enough of these, else all."""
    rare = np.flatnonzero((counts >= _FEWEST) & (counts <= _MOST))
    return rare if len(rare) >= 2 * SHARE * ENOUGH else np.arange(len(counts))


def words_left_out(counts: npt.NDArray[np.int64], seed: int) -> RowArray:
    """The rows of words that n-grams are not to learn from, rare ones, the same for a seed."""
    rare = rare_words(counts)
    number = min(LEFT_OUT, len(rare) // SHARE)
    return np.sort(generator(seed, "left out").permutation(rare)[:number])


def words_still_left_out(counts: npt.NDArray[np.int64], seed: int, before: RowArray, new: RowArray) -> RowArray:
    """The rows of words that n-grams are not to learn from when a text is added.

    They are those left out ``before`` that are rare still, and where these have become fewer than would be left out of
    all texts together, some of the rare ``new`` words, a tenth of these at most: n-grams know nothing of either.
    """
    rare = rare_words(counts)
    kept, others = np.intersect1d(before, rare), np.intersect1d(new, rare)
    number = max(0, min(LEFT_OUT, len(rare) // SHARE) - len(kept))
    fresh = generator(seed, "left out").permutation(others)[: min(number, len(others) // SHARE)]
    return np.sort(np.concatenate([kept, fresh])).astype(np.int64)


def learn_unseen(
    pieces: Pieces,
    kept_counts: FloatArray,
    left_out: RowArray,
    means: npt.NDArray[np.float32],
    log_variances: npt.NDArray[np.float32],
    buckets: npt.NDArray[np.float32],
) -> Unseen:
    """What words left out say of unknown ones: the distance from the mean that their n-grams give them, which know
    nothing of them, to the mean that the text gave them in the same space.

    Parameters
    ----------
    pieces : what words are made of
    kept_counts : (V,) after subsampling
    left_out : rows of the words left out
    means, log_variances : of all words, (V, d), (V, 1) or (V, d)
    buckets : (B, d) the rows of n-grams, each at its number
    """
    offsets, parts = pieces
    ngrams = _ngrams(offsets, parts, kept_counts, left_out, log_variances.mean(1), len(buckets))
    rows = [parts[offsets[word] + 1 : offsets[word + 1]] - len(kept_counts) for word in left_out]
    known = [(word, own) for word, own in zip(left_out.tolist(), rows, strict=True) if len(own)]
    if not known:  # nothing is known but how far words are from each other
        spread = float(means.var(0, dtype=np.float64).mean())
        weights = np.array([np.log(max(spread, _SMALLEST)), 0.0, 0.0])
        reach = np.ones(LEVELS)
        return Unseen(ngrams, weights, reach, _scale(None, log_variances.shape[1]), 0)
    errors = np.array([(means[word] - buckets[own].mean(0, dtype=np.float64)) ** 2 for word, own in known])
    logs = np.log(np.maximum(errors.mean(1), _SMALLEST))
    features = np.array([[1.0, np.log(len(own)), ngrams[own, 0].mean(dtype=np.float64)] for _, own in known])
    weights = np.array([logs.mean(), 0.0, 0.0])
    if len(known) >= ENOUGH:
        weights = np.linalg.lstsq(features, logs, rcond=None)[0]
    ratios = np.exp(logs - features @ weights)
    weights[0] += np.log(ratios.mean())
    scale = _scale(errors / np.exp(features @ weights)[:, None], log_variances.shape[1])
    predicted = np.exp(features @ weights)[:, None] * scale
    return Unseen(ngrams, weights, quantiles((errors / predicted).mean(1)), scale, len(known))


def _ngrams(
    offsets: RowArray,
    parts: RowArray,
    kept_counts: FloatArray,
    left_out: RowArray,
    log_variances: npt.NDArray[np.float32],
    num_buckets: int,
) -> npt.NDArray[np.float32]:
    """(B, 2) log(1 + how often each bucket was learned from), and the highest log variance of words that have it."""
    number = np.diff(offsets)
    owner, buckets = np.repeat(np.arange(len(kept_counts)), number), parts - len(kept_counts)
    counted = np.where(np.isin(np.arange(len(kept_counts)), left_out), 0.0, kept_counts)
    is_bucket = buckets >= 0
    owner, buckets = owner[is_bucket], buckets[is_bucket]
    learned = np.bincount(buckets, counted[owner], num_buckets)
    highest = np.full(num_buckets, -np.inf, dtype=np.float32)
    np.maximum.at(highest, buckets, log_variances[owner])
    highest[np.isinf(highest)] = log_variances.mean()  # of n-grams that no word has
    return np.stack([np.log1p(learned).astype(np.float32), highest], axis=1)


def _scale(relative: FloatArray | None, width: int) -> FloatArray:
    """What variances are multiplied by in each dimension: the mean squared error there, relative to that of all."""
    if relative is None or width == 1:
        return np.ones(width)
    profile = relative.mean(0)
    return np.asarray(profile / profile.mean())


def quantiles(ratios: FloatArray) -> FloatArray:
    """At 101 levels what such a share of further words of the same kind does not exceed (Vovk et al. 2005)."""
    ordered, number = np.sort(ratios), len(ratios)
    places = np.ceil(np.linspace(0, 1, LEVELS) * (number + 1)).astype(np.int64) - 1
    return np.asarray(ordered[np.clip(places, 0, number - 1)])
