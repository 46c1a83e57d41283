"""The networks of skip-gram and CBOW: a table of word vectors, and an output layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import reduce
from typing import Literal

import numpy as np
import torch

from densevec.layers.initial import uniform
from densevec.layers.output import NegativeSampling, OutputLayer
from densevec.layers.table import RowTable
from densevec.layers.window import window_mask, window_total, window_words
from densevec.layers.word_pieces import WordPieces
from densevec.layers.word_rows import WordRows, draw, no_memory_yet
from densevec.objectives.base import Loss
from densevec.training.device_blocks import TokenBlock

_QUERIES_AT_ONCE = 2**5


class PointNetwork(torch.nn.Module, ABC):
    """A vector for every word, and what predicts words from a query made of them.

    Parameters
    ----------
    num_words, dim : V, d
    output : the output layer
    window : most context tokens on one side
    seed : draws the vectors, U(−1/2d, 1/2d) as in word2vec; None leaves them for ``load_state_dict`` to fill
    pieces : what words are made of, where they are made of several rows; ``draw`` fills their table then
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        output: OutputLayer,
        window: int,
        seed: torch.Generator | None,
        pieces: WordPieces | None = None,
    ) -> None:
        super().__init__()
        if pieces is None:
            self.input = RowTable(uniform((num_words, dim), 0.5 / dim, seed))
        else:
            self.input = no_memory_yet(pieces.num_rows, dim)
        self.output = output
        self.window = window
        self.word_rows = None if pieces is None else WordRows(pieces)

    def draw(self, seed: torch.Generator) -> None:
        """Start values of all rows that words are made of, U(−1/d, 1/d) as in fastText."""
        draw(self.input, 1 / self.input.weight.shape[1], seed)

    @torch.no_grad()
    def vectors_of(self, words: torch.Tensor) -> torch.Tensor:
        """The vectors (R, d) of words (R,)."""
        return self.input.weight[words] if self.word_rows is None else self.word_rows.means(self.input, words)

    def forward(self, block: TokenBlock, draws: torch.Generator) -> Loss:
        types, token_type = torch.unique(block.ids, return_inverse=True)
        vectors = self.input(types) if self.word_rows is None else self.word_rows(self.input, types)
        rows = vectors.index_select(0, token_type)  # (T, d)
        mask = window_mask(block.left, block.right, self.window).to(rows.dtype)
        total = self._losses(block.ids, rows, mask, draws).sum()
        return Loss(total, {"prediction": total.detach()}, len(block.ids))

    @abstractmethod
    def _losses(
        self, ids: torch.Tensor, rows: torch.Tensor, mask: torch.Tensor, draws: torch.Generator
    ) -> torch.Tensor:
        """Loss of every token, (T,); mask (T, 2·window + 1) is 1 at the places of its context."""

    @torch.no_grad()
    def fit(self, words: np.ndarray, context: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """How well words (N,) fit among context words (W,) that count ``weight`` (W,) each, (N,) float64."""
        device = self.input.weight.device
        types, place = np.unique(context, return_inverse=True)
        total = torch.from_numpy(np.bincount(place, weight, len(types))).float().to(device)
        scores = self._fit(torch.from_numpy(words).to(device), torch.from_numpy(types).to(device), total)
        return scores.double().cpu().numpy()

    @torch.no_grad()
    def output_log_probs(self, context: np.ndarray) -> np.ndarray:
        """log P of all words after context words (W,), each as often as it is there, (V,) float64.

        Of a density model it is CBOW's log P(w | h), of skip-gram the mean of the context words' log P(w | c), exactly
        normalised; with negative sampling the log of the softmax of scores s(h, w).
        """
        queries = self._queries(self.vectors_of(torch.from_numpy(context).to(self.input.weight.device)))
        if isinstance(self.output, NegativeSampling):
            scores = self.output.words.of_all(queries.mean(0, keepdim=True))[0].double()
        else:  # of a tree and of classes the mean of logarithms is not the logarithm at the mean
            parts = queries.split(_QUERIES_AT_ONCE)
            sums = (self.output.log_probs(some, renormalise=True).sum(0, dtype=torch.double) for some in parts)
            scores = reduce(torch.add, sums) / len(queries)
        found: np.ndarray = torch.log_softmax(scores, 0).cpu().numpy()
        return found

    @abstractmethod
    def _queries(self, rows: torch.Tensor) -> torch.Tensor:
        """What of context words with vectors (W, d) predicts the word among them, each by itself, (Q, d)."""

    @abstractmethod
    def _fit(self, words: torch.Tensor, context: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """``fit`` for distinct context words."""

    def _association(self, hidden: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        """log P(w | h) of distinct words (W,), (N, W); with negative sampling, which gives none, the score s(h, w)."""
        if isinstance(self.output, NegativeSampling):
            return self.output.words(hidden, words)
        return self.output.log_probs(hidden, words.expand(len(hidden), -1))


class SkipGramNetwork(PointNetwork):
    """Every context word of a token is predicted from the token's own vector."""

    def _losses(
        self, ids: torch.Tensor, rows: torch.Tensor, mask: torch.Tensor, draws: torch.Generator
    ) -> torch.Tensor:
        return self.output.loss(rows, window_words(ids, self.window), mask, draws)

    def _queries(self, rows: torch.Tensor) -> torch.Tensor:
        return rows

    def _fit(self, words: torch.Tensor, context: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return self._association(self.vectors_of(words), context) @ weight


class CBOWNetwork(PointNetwork):
    """Every token is predicted from the mean or the sum of the vectors of its context words.

    Each vector of a context gets the whole gradient of the mean, as in word2vec, which makes its steps those of
    skip-gram; the mean's own derivative, a share of 1/(number of context words), learns much more slowly.
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        output: OutputLayer,
        window: int,
        seed: torch.Generator | None,
        pieces: WordPieces | None = None,
        combine: Literal["mean", "sum"] = "mean",
    ) -> None:
        super().__init__(num_words, dim, output, window, seed, pieces)
        self.combine = combine

    def _losses(
        self, ids: torch.Tensor, rows: torch.Tensor, mask: torch.Tensor, draws: torch.Generator
    ) -> torch.Tensor:
        count = mask.sum(1)
        query = window_total(rows, mask)
        if self.combine == "mean":
            query = query + (query / count.clamp(min=1)[:, None] - query).detach()
        return self.output.loss(query, ids, (count > 0).to(rows.dtype), draws)

    def _queries(self, rows: torch.Tensor) -> torch.Tensor:
        return (rows.mean(0) if self.combine == "mean" else rows.sum(0))[None]

    def _fit(self, words: torch.Tensor, context: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        query = weight[None] @ self.vectors_of(context)
        if self.combine == "mean":
            query = query / weight.sum().clamp(min=torch.finfo(query.dtype).tiny)
        return self._association(query, words)[0]
