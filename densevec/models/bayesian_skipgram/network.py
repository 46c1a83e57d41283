"""The network of the Bayesian skip-gram, and how a block of text becomes its loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from densevec.corpus.blocks import Block
from densevec.densities import kl_divergence
from densevec.layers.decoders import AffineDecoder, DensityDecoder
from densevec.layers.encoder import ContextEncoder
from densevec.layers.initial import uniform
from densevec.layers.support import SupportSampler
from densevec.layers.table import RowTable
from densevec.layers.window import banded_product, window_mask
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.tables import (
    INITIAL_INFORMATION,
    INITIAL_MEAN,
    JENSEN_FLOOR,
    centre,
    entropy,
    information_scale,
    log_shares,
)
from densevec.objectives.base import Loss
from densevec.objectives.window import WindowObjective, WindowScores


class Batch(NamedTuple):
    """A block on the device, with the rows of the tables it needs.

    types (U,) distinct words of the block; token_type (T,) the type of each token; left, right (T,) window
    rows (R,) types and support words, distinct; type_row (U,), support_row (S,) where they are in rows
    log_weight (S,) of the support
    """

    types: torch.Tensor
    token_type: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    rows: torch.Tensor
    type_row: torch.Tensor
    support_row: torch.Tensor
    log_weight: torch.Tensor


def make_batch(block: Block, sampler: SupportSampler, random: np.random.Generator, device: torch.device) -> Batch:
    types, token_type = np.unique(block.ids, return_inverse=True)
    types = types.astype(np.int64)
    support = sampler.draw(types, random)
    rows, place = np.unique(np.concatenate([types, support.words]), return_inverse=True)
    arrays = (
        types,
        token_type,
        block.left,
        block.right,
        rows,
        place[: len(types)],
        place[len(types) :],
        support.log_weight,
    )
    return Batch(*(torch.from_numpy(np.ascontiguousarray(array)).to(device, non_blocking=True) for array in arrays))


def log_frequency(counts: np.ndarray) -> torch.Tensor:
    """log P(x) of the unigram distribution with these counts, (V,) float32."""
    return torch.from_numpy(log_shares(counts))


def hidden_places(mask: torch.Tensor, draws: torch.Generator) -> torch.Tensor:
    """Places (T, W) that a posterior does not see: one half of them, by chance."""
    return torch.rand(mask.shape, generator=draws, device=mask.device) < 0.5


class Network(torch.nn.Module):
    """Priors, encoder and decoder.

    Parameters
    ----------
    log_frequency : (V,) log P(x), the unigram distribution after subsampling
    seed : draws the initial tables; None leaves them for ``load_state_dict`` to fill
    """

    log_frequency: torch.Tensor

    def __init__(
        self, settings: BayesianSkipGramParameters, log_frequency: torch.Tensor, seed: torch.Generator | None
    ) -> None:
        super().__init__()
        self.settings = settings
        self.variance_dim = settings.dim if settings.covariance == "diag" else 1
        self.floor = JENSEN_FLOOR if settings.objective == "jensen" else None  # it has no lower bound
        self.information_scale = information_scale(settings)
        num_words, dim = len(log_frequency), settings.dim

        def table(bound: float) -> RowTable:
            return RowTable(uniform((num_words, dim), bound, seed))

        def log_variances(start: float) -> RowTable:
            return RowTable(torch.full((num_words, self.variance_dim), start))

        self.prior_mean = table(INITIAL_MEAN / dim**0.5)
        self.prior_log_variance = log_variances(-self.information_scale * INITIAL_INFORMATION)
        if settings.tied:
            self.decoder: AffineDecoder | DensityDecoder = DensityDecoder(self.prior_mean, self.prior_log_variance)
        elif settings.likelihood == "affine":
            self.decoder = AffineDecoder(table(INITIAL_MEAN / dim**0.5), RowTable(log_frequency[:, None].clone()))
        else:
            self.decoder = DensityDecoder(table(INITIAL_MEAN / dim**0.5), log_variances(0.0))
        self.prior_log_variance.minimum = self.floor
        if isinstance(self.decoder, DensityDecoder):
            self.decoder.log_variance.minimum = self.floor
        self.encoder = ContextEncoder(
            table(1 / dim**0.5),
            settings.hidden,
            dim,
            self.variance_dim,
            seed,
            settings.window,
            settings.window_weights,
            settings.layers,
        )
        self.register_buffer("log_frequency", log_frequency, persistent=False)
        self.entropy = entropy(log_frequency.numpy())

    @torch.no_grad()
    def centre(self) -> None:
        """Put the origin of the latent space at the average prior mean of a token of running text."""
        centre(self.state_dict(), self.log_frequency.exp(), self.settings)

    @torch.no_grad()
    def fit(self, words: np.ndarray, context: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Σ_c weight_c log P(c | z ~ p_v) of words v (N,) and context words c (W,), (N,) float64.

        P(x | z ~ p) ∝ exp e(x) over all words, e(x) = E_p log N(z; m_x, s_x) + log P(x): the loss of a token whose
        posterior is the prior, with the exact normaliser.  (Of the affine decoder e is its score.)
        """
        device = self.log_frequency.device
        scores, contexts = self._scores_of_all(words), torch.from_numpy(context).to(device)
        log_probs = scores.index_select(1, contexts) - scores.logsumexp(1, keepdim=True)
        total: np.ndarray = (log_probs.double() @ torch.from_numpy(weight).to(device)).cpu().numpy()
        return total

    @torch.no_grad()
    def output_log_probs(self, context: np.ndarray) -> np.ndarray:
        """log P(w) of all words after context words (W,), each as often as it is there, (V,) float64.

        P ∝ exp mean_c e_c, e_c the scores of ``fit`` for z ~ p_c.
        """
        found: np.ndarray = torch.log_softmax(self._scores_of_all(context).double().mean(0), 0).cpu().numpy()
        return found

    def _scores_of_all(self, words: np.ndarray) -> torch.Tensor:
        """e(x) of all words x for z ~ p_v of words v (N,), (N, V)."""
        device = self.log_frequency.device
        ids = torch.from_numpy(words).to(device)
        queries = self.decoder.query_features(self.prior_mean.weight[ids], self.prior_log_variance.weight[ids])
        scores = queries @ self.decoder.word_features(torch.arange(len(self.log_frequency), device=device)).T
        return scores + self.log_frequency if self.decoder.weighs_by_frequency else scores

    def _posterior(
        self, mean: torch.Tensor, log_variance: torch.Tensor, prior_mean: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean (T, d) and log variance (T, 1) or (T, d) of q from what the encoder gives, of words with this mean."""
        mean = prior_mean + mean if self.settings.residual else mean
        return mean, log_variance if self.floor is None else log_variance.clamp(min=self.floor)

    def forward(self, batch: Batch, objective: WindowObjective, kl_weight: float, draws: torch.Generator) -> Loss:
        window = self.settings.window
        mask = window_mask(batch.left, batch.right, window)
        prior_mean = self.prior_mean(batch.types)[batch.token_type]
        prior_log_variance = self.prior_log_variance(batch.types)[batch.token_type]
        has_context = mask.any(1)
        is_prior = ~has_context  # (T,) tokens whose posterior is the prior: nothing is known of their context
        if self.training and self.settings.context_dropout > 0:
            drawn = torch.rand(len(mask), generator=draws, device=mask.device)
            is_prior = is_prior | (drawn < self.settings.context_dropout)
        is_seen, is_predicted = mask, mask  # (T, W) places of a window that the posterior sees, and that it predicts
        if self.settings.leave_out:
            is_hidden = hidden_places(mask, draws)
            is_seen, is_predicted = mask & ~is_hidden, torch.where(is_prior[:, None], mask, mask & is_hidden)
        mean, log_variance = self.encoder(batch.types, batch.token_type, is_seen.to(self.log_frequency.dtype))
        mean, log_variance = self._posterior(mean, log_variance, prior_mean)
        mean = torch.where(is_prior[:, None], prior_mean, mean)
        log_variance = torch.where(is_prior[:, None], prior_log_variance.detach(), log_variance)
        divergence = kl_divergence(mean, log_variance, prior_mean, prior_log_variance)
        divergence = divergence * is_predicted.sum(1) / mask.sum(1).clamp(min=1)
        if objective.samples_latent:
            noise = torch.randn(mean.shape, generator=draws, device=mean.device, dtype=mean.dtype)
            mean, log_variance = mean + (0.5 * log_variance).exp() * noise, torch.full_like(log_variance, -torch.inf)
        words = self.decoder.word_features(batch.rows)
        if self.decoder.weighs_by_frequency and objective.is_likelihood:
            # the last feature of a query is -1: the word's is what scores lack
            words = words - functional.pad(self.log_frequency[batch.rows, None], (words.shape[1] - 1, 0))
        queries = self.decoder.query_features(mean, log_variance)
        scores = WindowScores(
            context=banded_product(queries, words[batch.type_row][batch.token_type], window),
            support=queries @ words[batch.support_row].T,
            log_weight=batch.log_weight,
            generator=draws,
        )
        losses = objective(scores) * is_predicted  # (T, W)
        terms = {"reconstruction": losses.sum(), "kl": kl_weight * divergence.sum()}
        if self.training and objective.is_likelihood and self.information_scale > 0:
            information = self._information(losses.detach(), mask, batch)
            tells = is_prior & has_context
            terms["information"] = self._information_loss(information, prior_log_variance)[tells].sum()
        return Loss(
            total=torch.stack(list(terms.values())).sum(),
            terms={name: term.detach() for name, term in terms.items()},
            num_tokens=len(batch.token_type),
        )

    def _information(self, losses: torch.Tensor, mask: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean over each token's window of log P(c|v)/P(c) + (λ − 1) (−log P(c) − H), in nats, (T,)."""
        window = self.settings.window
        padded = functional.pad(self.log_frequency[batch.types][batch.token_type], (window, window))
        log_frequency = padded.unfold(0, 2 * window + 1, 1)  # (T, W)
        surplus = (self.settings.information_exponent - 1) * (log_frequency + self.entropy)
        pointwise = (-losses - log_frequency - surplus) * mask
        return pointwise.sum(1) / mask.sum(1).clamp(min=1)

    def _information_loss(self, information: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """KL(N(m, e^(−scale·information))‖N(m, s)) for s of log variance (T, 1) or its mean over dimensions, (T,)."""
        excess = -self.information_scale * information - log_variance.mean(1)
        return 0.5 * self.settings.dim * (torch.expm1(excess) - excess)
