"""The networks of the neural language models: a table of word vectors, a query made of a history, an output layer."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch.nn import functional

from densevec.layers.dropout import dropout
from densevec.layers.initial import uniform
from densevec.layers.output import NoiseContrastiveEstimation, OutputLayer
from densevec.layers.output.base import Scores
from densevec.layers.recurrent import Recurrent
from densevec.layers.table import RowTable

_SCORES_AT_ONCE = 2**22  # numbers of (T, V) when all words are scored: 16 MiB, which the allocator keeps


class LanguageNetwork(torch.nn.Module, ABC):
    """Word vectors, and an output layer that predicts a word from a query.

    Parameters
    ----------
    num_words, dim : V, d
    seed : draws the vectors, U(±0.1); None leaves them for ``load_state_dict`` to fill
    """

    output: OutputLayer

    def __init__(self, num_words: int, dim: int, seed: torch.Generator | None) -> None:
        super().__init__()
        self.input = RowTable(uniform((num_words, dim), 0.1, seed))

    def set_output(self, output: OutputLayer, is_tied: bool = False) -> None:
        """Give the network its output layer; tied, whose rows are the word vectors themselves."""
        self.output = output
        if is_tied:
            scores = output.words
            assert isinstance(scores, Scores)
            scores.weight = self.input

    def embed(self, words: torch.Tensor) -> torch.Tensor:
        """The vectors of words (...), as (..., d)."""
        types, place = torch.unique(words, return_inverse=True)
        return functional.embedding(place, self.input(types))  # whose gradient is a sum over places, done in parallel

    @torch.no_grad()
    def log_probs(self, query: torch.Tensor, targets: torch.Tensor | None = None) -> torch.Tensor:
        """log P(w | query) in nats, of targets (T,) or of all words, (T, V); normalised whatever the output layer."""
        size = max(_SCORES_AT_ONCE // len(self.input.weight), 1)
        queries = query.split(size)
        words = [None] * len(queries) if targets is None else targets.split(size)
        parts = []
        for some, wanted in zip(queries, words, strict=True):
            if isinstance(self.output, NoiseContrastiveEstimation):
                parts.append(self.output.log_probs(some, wanted, renormalise=True))
            else:
                parts.append(self.output.log_probs(some, wanted))
        return torch.cat(parts)


class HistoryNetwork(LanguageNetwork):
    """A query made of a fixed number of words around the target."""

    @abstractmethod
    def query(self, history: torch.Tensor, rate: float = 0.0, draws: torch.Generator | None = None) -> torch.Tensor:
        """Histories (T, C) to queries (T, q), with dropout of this rate if there are ``draws``."""


class NPLMNetwork(HistoryNetwork):
    """h = tanh(H x + b), x the vectors of the history side by side (Bengio et al. 2003).

    The query is h; with direct connections [h ; x]; with ``to_dim`` h is brought to the dimension of the word
    vectors first, so that the output layer's rows can be those.

    Parameters
    ----------
    num_places : C, words of the history
    hidden : rows of H
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        num_places: int,
        hidden: int,
        has_direct: bool,
        to_dim: bool,
        seed: torch.Generator | None,
    ) -> None:
        super().__init__(num_words, dim, seed)
        size = num_places * dim
        self.from_history = torch.nn.Parameter(uniform((hidden, size), math.sqrt(3 / size), seed))
        self.bias = torch.nn.Parameter(torch.zeros(hidden))
        bound = math.sqrt(3 / hidden)
        self.to_dim = torch.nn.Parameter(uniform((dim, hidden), bound, seed)) if to_dim else None
        self.has_direct = has_direct
        self.query_size = (dim if to_dim else hidden) + (size if has_direct else 0)

    def query(self, history: torch.Tensor, rate: float = 0.0, draws: torch.Generator | None = None) -> torch.Tensor:
        vectors = dropout(self.embed(history).flatten(1), rate, draws)  # (T, C·d)
        hidden = dropout(torch.tanh(functional.linear(vectors, self.from_history, self.bias)), rate, draws)
        if self.to_dim is not None:
            hidden = functional.linear(hidden, self.to_dim)
        return torch.cat([hidden, vectors], 1) if self.has_direct else hidden


class LogBilinearNetwork(HistoryNetwork):
    """ẑ = Σ_i C_i x_i, the vector that the target should have (Mnih & Hinton 2007).

    Position matrices start at 1/√C times the identity, so that a step moves the query as far whatever C is; diagonal,
    they are vectors and C_i x_i a product number by number (Mnih & Kavukcuoglu 2013).

    ``position[i]`` holds C_i transposed, so that a row x_iᵀ times it is (C_i x_i)ᵀ; the vector itself where diagonal.

    Parameters
    ----------
    num_places : C, words of the history
    is_diagonal : position matrices
    """

    def __init__(
        self, num_words: int, dim: int, num_places: int, is_diagonal: bool, seed: torch.Generator | None
    ) -> None:
        super().__init__(num_words, dim, seed)
        each = torch.ones(dim) if is_diagonal else torch.eye(dim)
        self.position = torch.nn.Parameter((each / num_places**0.5).repeat(num_places, *[1] * each.ndim))
        self.query_size = dim

    def query(self, history: torch.Tensor, rate: float = 0.0, draws: torch.Generator | None = None) -> torch.Tensor:
        vectors = dropout(self.embed(history), rate, draws)  # (T, C, d)
        if self.position.ndim == 2:
            return (vectors * self.position).sum(1)
        return vectors.flatten(1) @ self.position.flatten(0, 1)  # the same as Σ_i x_iᵀ C_iᵀ


class RecurrentNetwork(LanguageNetwork):
    """z_t from z_{t−1} and the vector of word t; the query is that of the last layer (Mikolov et al. 2010).

    Parameters
    ----------
    recurrent : the layers
    to_dim : bring the query to the dimension of the word vectors, so that the output layer's rows can be those
    """

    def __init__(
        self, num_words: int, dim: int, recurrent: Recurrent, to_dim: bool, seed: torch.Generator | None
    ) -> None:
        super().__init__(num_words, dim, seed)
        self.recurrent = recurrent
        hidden = recurrent.state_shape[-1]
        bound = math.sqrt(3 / hidden)
        self.to_dim = torch.nn.Parameter(uniform((dim, hidden), bound, seed)) if to_dim else None
        self.query_size = dim if to_dim else hidden

    def queries(
        self, words: torch.Tensor, state: torch.Tensor, rate: float = 0.0, draws: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Words read (L, B), and the state before them, to queries (L, B, q) and the state after them."""
        vectors = dropout(self.embed(words), rate, draws)
        hidden, state = self.recurrent(vectors, state, rate, draws)
        hidden = dropout(hidden, rate, draws)
        return hidden if self.to_dim is None else functional.linear(hidden, self.to_dim), state
