"""The network of EmbedAlign, and how a batch of sentence pairs becomes its loss."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch

from densevec.corpus.batches import SentenceBatch
from densevec.layers.alignment import Alignment, DiagonalAlignment, JumpAlignment, UniformAlignment, within
from densevec.layers.bidirectional import BidirectionalLstm
from densevec.layers.initial import uniform
from densevec.layers.output.base import Scores
from densevec.layers.support import SupportSampler
from densevec.layers.table import RowTable
from densevec.models.embedalign.parameters import EmbedAlignParameters
from densevec.objectives.base import Loss

# Little noise at first, and embeddings of unit variance: what a context changes must show through the noise, or
# neither encoder nor decoders ever learn of it.
INITIAL_LOG_VARIANCE = -3.0
_ROWS_AT_ONCE = 1024  # of which scores of a whole vocabulary are held

IntArray = npt.NDArray[np.integer]


class Side(NamedTuple):
    """One language of a batch on the device.

    support (S,) words of the softmax, distinct; log_weight (S,) of them; place (B, L) of each word in the support
    """

    support: torch.Tensor
    log_weight: torch.Tensor
    place: torch.Tensor
    lengths: torch.Tensor


class Batch(NamedTuple):
    """Sentence pairs on the device.

    rows (R,) distinct rows of the embedding, NULL the last; row (B, M + 1) of each source position in them
    """

    rows: torch.Tensor
    row: torch.Tensor
    source: Side
    target: Side | None


def make_batch(
    pairs: SentenceBatch,
    samplers: tuple[SupportSampler, SupportSampler | None],
    num_words: int,
    random: np.random.Generator,
    device: torch.device,
) -> Batch:
    """Sentence pairs to a batch; ``num_words`` is the row of NULL."""

    def move(array: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    def side(ids: IntArray, lengths: IntArray, sampler: SupportSampler) -> tuple[npt.NDArray[np.int64], Side]:
        types = np.unique(ids[np.arange(ids.shape[1]) < lengths[:, None]]).astype(np.int64)
        support = sampler.draw(types, random)
        order = np.argsort(support.words, kind="stable")
        place = order[np.searchsorted(support.words, ids, sorter=order).clip(max=len(order) - 1)]
        parts = (support.words, support.log_weight, place, lengths.astype(np.int64))
        return types, Side(*(move(part) for part in parts))

    types, source_side = side(pairs.source, pairs.source_lengths, samplers[0])
    target_side = None
    if pairs.target is not None and pairs.target_lengths is not None and samplers[1] is not None:
        target_side = side(pairs.target, pairs.target_lengths, samplers[1])[1]
    row = np.full((len(pairs.source), pairs.source.shape[1] + 1), len(types))
    row[:, 1:] = np.searchsorted(types, pairs.source)
    return Batch(move(np.append(types, num_words)), move(row), source_side, target_side)


class Network(torch.nn.Module):
    """Encoder, decoders of both languages, and the prior over alignments.

    Parameters
    ----------
    source_bias, target_bias : where the biases of the decoders start, one a word; None for no second language
    seed : draws the initial weights; None leaves them for ``load_state_dict`` to fill
    """

    def __init__(
        self,
        settings: EmbedAlignParameters,
        source_bias: torch.Tensor,
        target_bias: torch.Tensor | None,
        seed: torch.Generator | None,
    ) -> None:
        super().__init__()
        self.null = len(source_bias)
        size = settings.embedding_dim
        self.embedding = RowTable(uniform((self.null + 1, size), 3**0.5, seed))
        self.lstm = None
        if settings.encoder == "birnn":
            self.lstm = BidirectionalLstm(size, settings.hidden, settings.directions, seed)
            size = self.lstm.num_columns
        self.to_mean = _head(size, settings, 0.0, seed)
        self.to_log_variance = _head(size, settings, INITIAL_LOG_VARIANCE, seed)
        self.source = Scores(len(source_bias), settings.dim, source_bias)
        self.target = None if target_bias is None else Scores(len(target_bias), settings.dim, target_bias)
        self.alignment = None if target_bias is None else _alignment(settings)

    def posterior(self, embedding: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings (B, M + 1, e) of sentences with NULL in front to mean and log variance (B, M + 1, d) of q."""
        hidden = embedding if self.lstm is None else self.lstm(embedding, lengths + 1)
        return self.to_mean(hidden), self.to_log_variance(hidden)

    def encode(self, ids: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded ids (B, M) of sentences to mean and log variance (B, M + 1, d) of q, NULL in front; no gradients."""
        device = self.embedding.weight.device
        null = torch.full((len(ids), 1), self.null)
        rows = torch.cat([null, ids.long()], 1).to(device)
        return self.posterior(self.embedding.weight[rows], lengths.to(device))

    def log_normaliser(self, latent: torch.Tensor) -> torch.Tensor:
        """log Σ_w exp(z·c_w + b_w) over the whole second language, (..., d) to (...); no gradients."""
        scores = cast(Scores, self.target)
        flat = latent.reshape(-1, latent.shape[-1])
        parts = [torch.logsumexp(scores.of_all(part), 1) for part in flat.split(_ROWS_AT_ONCE)]
        return torch.cat(parts).view(latent.shape[:-1])

    def emission(self, latent: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """log P(y_j | z_i) by the exact softmax, (B, M + 1, d) and padded ids (B, N) to (B, M + 1, N); no gradients."""
        scores = cast(Scores, self.target)
        words = target.long().to(latent.device)
        bias = cast(RowTable, scores.bias).weight[words][:, None, :, 0]
        products = latent @ scores.weight.weight[words].transpose(1, 2)
        return products + bias - self.log_normaliser(latent)[:, :, None]

    def forward(self, batch: Batch, kl_weight: float, draws: torch.Generator) -> Loss:
        """Minus the evidence lower bound of a batch, with z drawn once for each position."""
        embedding = self.embedding(batch.rows)[batch.row]
        mean, log_variance = self.posterior(embedding, batch.source.lengths)
        noise = torch.randn(mean.shape, generator=draws, device=mean.device, dtype=mean.dtype)
        latent = mean + (0.5 * log_variance).exp() * noise  # (B, M + 1, d)
        divergence = 0.5 * (log_variance.exp() + mean * mean - 1 - log_variance).sum(2)
        inside = within(batch.source.lengths + 1, mean.shape[1])
        surprise = -log_probs(self.source, latent[:, 1:], batch.source).gather(2, batch.source.place[:, :, None])
        terms = {
            "source": torch.where(inside[:, 1:], surprise[:, :, 0], 0.0).sum(),
            "kl": kl_weight * torch.where(inside, divergence, 0.0).sum(),
        }
        if batch.target is not None:
            place = batch.target.place[:, None].expand(-1, latent.shape[1], -1)
            emission = log_probs(cast(Scores, self.target), latent, batch.target).gather(2, place)  # (B, M + 1, N)
            lengths = batch.source.lengths, batch.target.lengths
            terms["target"] = -cast(Alignment, self.alignment).log_likelihood(emission, *lengths, draws).sum()
        return Loss(
            total=torch.stack(list(terms.values())).sum(),
            terms={name: term.detach() for name, term in terms.items()},
            num_tokens=int(batch.source.lengths.sum()),
        )


def log_probs(scores: Scores, latent: torch.Tensor, side: Side) -> torch.Tensor:
    """log P(w | z) of the words of a support, (..., d) to (..., S)."""
    bias = cast(RowTable, scores.bias)(side.support)[:, 0] + side.log_weight
    flat = torch.addmm(bias, latent.reshape(-1, latent.shape[-1]), scores.weight(side.support).T)
    return (torch.log_softmax(flat, 1) - side.log_weight).view(*latent.shape[:-1], -1)


def _head(size: int, settings: EmbedAlignParameters, start: float, seed: torch.Generator | None) -> torch.nn.Sequential:
    """affine(ReLU(affine(h))), about ``start`` at first."""
    layers = torch.nn.Linear(size, settings.dim), torch.nn.ReLU(), torch.nn.Linear(settings.dim, settings.dim)
    with torch.no_grad():
        for layer in (layers[0], layers[2]):
            layer.weight.copy_(uniform(tuple(layer.weight.shape), (3 / layer.in_features) ** 0.5, seed))
            layer.bias.zero_()
        layers[2].bias.fill_(start)
    return torch.nn.Sequential(*layers)


def _alignment(settings: EmbedAlignParameters) -> Alignment:
    if settings.alignment_prior == "hmm":
        return JumpAlignment(settings.null_probability, settings.max_jump)
    if settings.alignment_prior == "diagonal":
        return DiagonalAlignment(settings.null_probability, settings.alignment_bound)
    return UniformAlignment(settings.alignment_bound)
