"""Posteriors of the Bayesian skip-gram, refined on the bound itself when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from densevec.densities.products import kl_first_features, kl_second_features
from densevec.models.bayesian_skipgram.tables import Own
from densevec.models.bayesian_skipgram.windows import Windows
from densevec.training.tables import Array

Floats = npt.NDArray[np.float64]
_STEP = 0.5  # of the way that the curvature of the bound without its normaliser would go
_BATCH = 128  # posteriors at a time, each of which needs a score a word
_MOST = 0.5  # change of a log variance in one step


class Refinement:
    """Steps of gradient ascent on a posterior's bound, from what the encoder gives (Kim et al. 2018).

    With w_k the weights of the context words c_k, all of it in nats,

        bound(q) = Σ_k w_k log [P(c_k) exp(e(c_k))/Σ_x P(x) exp(e(x))] − KL(q‖p_v),    e(x) = E_q log N(z; m_x, s_x),

    with all words x of the vocabulary.  e(x) is minus the product A_q·B_x of features of q and of x
    (``densevec.densities.products``), so that the gradient in A_q is Σ_k w_k (E_P[B] − B_ck), and that in the mean and
    the log variance follows by A = [s + m², m].  A step is half the gradient over the curvature of what is quadratic,
    Σ_k w_k/s_ck + 1/s_v.

    tables : of the model, by their names in its network
    log_frequency : (V,) log P(x) of the unigram distribution after subsampling
    """

    def __init__(self, tables: Mapping[str, Array], log_frequency: npt.NDArray[np.float32]) -> None:
        self._features = kl_second_features(tables["decoder.mean.weight"], tables["decoder.log_variance.weight"])
        self._log_frequency = log_frequency

    def refined(
        self, mean: Floats, log_variance: Floats, own: Own, windows: Windows, num_steps: int
    ) -> tuple[Floats, Floats]:
        """Mean (B, d) and log variance (B, 1) or (B, d) after so many steps from these, of words in their windows."""
        parts = [
            self._some(mean[some], log_variance[some], Own(*(each[some] for each in own)), windows.at(some), num_steps)
            for some in (slice(first, first + _BATCH) for first in range(0, len(mean), _BATCH))
        ]
        means, log_variances = zip(*parts, strict=True)
        return np.concatenate(means), np.concatenate(log_variances)

    def _some(
        self, mean: Floats, log_variance: Floats, own: Own, windows: Windows, num_steps: int
    ) -> tuple[Floats, Floats]:
        features = self._features
        weight = windows.weight[..., None]
        told = (weight * features[windows.context]).sum(1)  # (B, F)
        total = weight.sum(1)  # (B, 1)
        prior_mean = own.mean.astype(np.float64)
        precision = np.exp(-own.log_variance.astype(np.float64))
        kinds = log_variance.shape[1]
        repeats = mean.shape[1] // kinds  # dimensions that share a variance
        quadratic = 2.0 * told[:, :kinds]  # Σ_k w_k/s_ck
        for _ in range(num_steps):
            queries = kl_first_features(mean, log_variance).astype(np.float32)
            shares = self._log_frequency - queries @ features.T
            shares -= shares.max(1, keepdims=True)
            np.exp(shares, out=shares)
            shares /= shares.sum(1, keepdims=True)
            gradient = (total * (shares @ features) - told).astype(np.float64)
            of_square, of_mean = gradient[:, :kinds], gradient[:, kinds : kinds + mean.shape[1]]
            variance = np.exp(log_variance)
            up = 2.0 * mean * of_square + of_mean - (mean - prior_mean) * precision
            widen = repeats * (variance * of_square - 0.5 * (variance * precision - 1.0))
            step = _STEP * widen / (0.5 * repeats * (1.0 + variance * quadratic))
            mean = np.where(total > 0, mean + _STEP * up / (precision + quadratic), mean)
            log_variance = np.where(total > 0, log_variance + np.clip(step, -_MOST, _MOST), log_variance)
        return mean, log_variance
