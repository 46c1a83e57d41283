"""Rows of character n-grams whose means are as near as may be to vectors that words have already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.formats import Subwords, WordVectors
from densevec.models.unseen import Pieces, learn_unseen, rare_words
from densevec.training.signals import never
from densevec.vectors import DensityVectors, SubwordDensityVectors

Floats = npt.NDArray[np.float32]
_PENALTY = 0.05  # λ
_STEPS = 15
_COLUMNS = 10  # that are worked out at once
_TINY = np.float32(1e-30)


def with_ngrams(
    vectors: DensityVectors,
    left_out: npt.NDArray[np.int64],
    lengths: tuple[int, int],
    num_buckets: int,
    kept_counts: npt.NDArray[np.float64],
    parameters: Any,
    workers: int = 1,
    is_hurried: Callable[[], bool] = never,
) -> SubwordDensityVectors:
    """Densities with n-grams that are fitted to them (``fit_ngrams``), but for those of words left out, and what these
    say of unknown words.

    lengths, num_buckets : of n-grams, and of the rows that they are hashed to
    kept_counts : (V,) after subsampling
    parameters : what the densities were made with
    """
    counts, means = np.asarray(vectors.counts), np.asarray(vectors.vectors)
    fitted = np.ones(len(vectors), bool)
    fitted[left_out] = False
    rare = np.setdiff1d(rare_words(counts), left_out)
    centre = np.average(means[rare], axis=0, weights=counts[rare]) if len(rare) else means.mean(0)
    pieces = Pieces.of(vectors.words, lengths, num_buckets)
    buckets = fit_ngrams(pieces, num_buckets, means, np.asarray(centre, np.float64), fitted, workers, is_hurried)
    log_variances = np.log(vectors.variances).reshape(len(vectors), -1)
    unseen = learn_unseen(pieces, kept_counts, left_out, means, log_variances, buckets)
    subwords = Subwords(buckets.reshape(-1).view(np.uint8), means.shape[1], *lengths)
    table = WordVectors(vectors.words, means, counts, vectors.variances)
    return SubwordDensityVectors(table, subwords, unseen, parameters=parameters)


def fit_ngrams(
    pieces: Pieces,
    num_buckets: int,
    vectors: Floats,
    centre: npt.NDArray[np.float64],
    fitted: npt.NDArray[np.bool_],
    workers: int = 1,
    is_hurried: Callable[[], bool] = never,
) -> Floats:
    """The rows (B, d) of n-grams, each at its number, that minimise

        Σ_v |m_v − mean_g r_g|² + λ Σ_g |r_g − centre|²,   λ = .05,

    over the fitted words v, g being the n-grams of v (Zhao, Mudgal & Liang 2018): by 15 steps of conjugate gradients,
    which end where what is learned of words that are not fitted no longer grows.  N-grams of no fitted word are at the
    centre.  The result does not depend on ``workers``.  When somebody waits, the fit ends where it stands.

    Parameters
    ----------
    pieces : what words are made of; their own rows are left aside
    vectors : (V, d) m
    centre : (d,) where a word would be of which nothing is known
    fitted : (V,) whether a word counts
    """
    num_words, dim = vectors.shape
    owner = np.repeat(np.arange(num_words), np.diff(pieces.offsets))
    counts = (pieces.rows >= num_words) & fitted[owner]
    owner, buckets = owner[counts], pieces.rows[counts] - num_words
    number = np.bincount(owner, minlength=num_words)
    used, place = np.unique(buckets, return_inverse=True)
    rows = np.broadcast_to(centre.astype(np.float32), (num_buckets, dim)).copy()
    if not len(used):
        return rows
    from scipy.sparse import csr_array  # a tenth of a second that most trainings do without

    shares = (1 / number[owner]).astype(np.float32)
    means = csr_array((shares, (owner, place)), shape=(num_words, len(used)))
    back, targets = means.T.tocsr(), (vectors - centre).astype(np.float32)

    def fit(begin: int) -> None:
        part = slice(begin, begin + _COLUMNS)
        rows[used, part] += _conjugate_gradients(means, back, np.ascontiguousarray(targets[:, part]), is_hurried)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fit, range(0, dim, _COLUMNS)))
    return rows


def _conjugate_gradients(means: Any, back: Any, targets: Floats, is_hurried: Callable[[], bool]) -> Floats:
    """(A'A + λ)⁻¹ A'Y of some columns Y (V, k), each by itself; A has the means of n-grams, and its transpose."""
    found = np.zeros((means.shape[1], targets.shape[1]), np.float32)
    rest = back @ targets
    direction, square = rest.copy(), (rest**2).sum(0)
    for _ in range(_STEPS):
        if is_hurried():
            break
        turned = back @ (means @ direction) + np.float32(_PENALTY) * direction
        length = square / np.maximum((direction * turned).sum(0), _TINY)
        found += length * direction
        rest -= length * turned
        before, square = square, (rest**2).sum(0)
        direction = rest + square / np.maximum(before, _TINY) * direction
    return found
