"""Perplexity: how well a language model predicts a text; and the weights that mix several models best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._containers import is_list_like, listed
from densevec._roles import as_numbers
from densevec.errors import ParameterError

FloatArray = npt.NDArray[np.float64]


def _exp(nats: float) -> float:
    """e^nats; inf where that is too large for a number."""
    return math.exp(nats) if nats < 709 else math.inf


@dataclass(frozen=True)
class Perplexity:
    """What a language model gives a text, per token; the ends of sentences and unknown words are tokens too.

    With L = Σ_t −log P(w_t | history) in nats over the T tokens, ``nats_per_token`` = L/T, ``bits_per_token`` =
    L/(T log 2), and ``perplexity`` = e^(nats per token) = 2^(bits per token).  ``perplexity_without_unknown`` is over
    the tokens that are not "<unk>", ``perplexity_without_ends`` over those that are not "</s>"; all have the same
    histories.  Perplexities can be compared only between models of the same vocabulary on the same tokens.

    >>> import numpy as np
    >>> round(Perplexity.of(num_tokens=4, num_sentences=1, nats=4 * np.log(8)).perplexity, 6)
    8.0
    """

    num_tokens: int
    num_sentences: int
    num_unknown: int
    nats: float = field(repr=False)
    nats_of_unknown: float = field(repr=False)
    nats_of_ends: float = field(repr=False)
    weights: tuple[float, ...] = ()  # of the models of a mixture

    @classmethod
    def of(
        cls,
        num_tokens: int,
        num_sentences: int,
        nats: float,
        num_unknown: int = 0,
        nats_of_unknown: float = 0.0,
        nats_of_ends: float = 0.0,
    ) -> Perplexity:
        """From sums over a text; those of unknown words and of sentence ends are parts of ``nats``."""
        if num_tokens < 1:
            raise ParameterError(f"num_tokens must be at least 1 for a perplexity, got {num_tokens}")
        return cls(num_tokens, num_sentences, num_unknown, nats, nats_of_unknown, nats_of_ends)

    @property
    def nats_per_token(self) -> float:
        """Mean −log P of a token, in nats: the cross-entropy."""
        return self.nats / self.num_tokens

    @property
    def bits_per_token(self) -> float:
        """The same in bits."""
        return self.nats_per_token / math.log(2)

    @property
    def perplexity(self) -> float:
        """e^(nats per token)."""
        return _exp(self.nats_per_token)

    @property
    def perplexity_without_unknown(self) -> float:
        """Of the tokens that are not "<unk>"; nan when all are."""
        known = self.num_tokens - self.num_unknown
        return _exp((self.nats - self.nats_of_unknown) / known) if known else math.nan

    @property
    def perplexity_without_ends(self) -> float:
        """Of the tokens that are not "</s>"; nan when all are."""
        words = self.num_tokens - self.num_sentences
        return _exp((self.nats - self.nats_of_ends) / words) if words else math.nan

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; None for what is not a finite number."""
        names = ("perplexity", "nats_per_token", "bits_per_token", "perplexity_without_unknown")
        values = {name: getattr(self, name) for name in (*names, "perplexity_without_ends")}
        counts = {name: getattr(self, name) for name in ("num_tokens", "num_sentences", "num_unknown")}
        report = {name: value if math.isfinite(value) else None for name, value in values.items()} | counts
        return report | ({"weights": list(self.weights)} if self.weights else {})


@dataclass
class PerplexitySum:
    """Adds up log probabilities of a text that come in pieces; double precision."""

    unknown_id: int
    end_id: int
    num_tokens: int = 0
    num_sentences: int = 0
    num_unknown: int = 0
    nats: float = 0.0
    nats_of_unknown: float = 0.0
    nats_of_ends: float = 0.0

    def add(self, ids: np.ndarray, log_probs: FloatArray) -> None:
        """Tokens (T,) and the log probability of each, in nats (T,)."""
        values = np.asarray(log_probs, np.float64)
        is_unknown, is_end = ids == self.unknown_id, ids == self.end_id
        self.num_tokens += len(ids)
        self.num_sentences += int(is_end.sum())
        self.num_unknown += int(is_unknown.sum())
        self.nats -= float(values.sum())
        self.nats_of_unknown -= float(values[is_unknown].sum())
        self.nats_of_ends -= float(values[is_end].sum())

    def result(self) -> Perplexity:
        """The perplexity of all tokens so far."""
        return Perplexity.of(
            self.num_tokens,
            self.num_sentences,
            self.nats,
            self.num_unknown,
            self.nats_of_unknown,
            self.nats_of_ends,
        )


def fit_mixture_weights(log_probs: Sequence[FloatArray], *, tolerance: float = 1e-6, rounds: int = 500) -> FloatArray:
    """The weights λ (M,) of a linear mixture Σ_m λ_m P_m that make a text most probable.

    ``log_probs`` holds for each model the log probabilities of the same tokens, in nats (T,).  Expectation
    maximisation (Jelinek and Mercer 1980): λ_m ← mean over tokens of λ_m P_m / Σ_j λ_j P_j, from equal weights, until
    the mean log probability rises by less than ``tolerance`` nats; it has one maximum.  Tokens that all models take to
    be impossible (−∞) say nothing of the weights.

    Errors: ParameterError without a model or a token that one takes to be possible, when models differ in their number
    of tokens, and for what is no log probability.

    >>> import numpy as np
    >>> fit_mixture_weights([np.log([0.5, 0.5]), np.log([0.9, 0.8])]).round(2).tolist()
    [0.0, 1.0]
    """
    given = listed(log_probs) if is_list_like(log_probs) else []
    table = [as_numbers(column, "log_probs").astype(np.float64) for column in given]
    if not table or len({column.shape for column in table}) > 1 or table[0].size == 0:
        shapes = [column.shape for column in table]
        raise ParameterError(f"log_probs must hold one number for each token for every model, got shapes {shapes}")
    stacked = np.stack(table)
    highest = stacked.max(axis=0)  # (T,); P relative to the best model's: no underflow
    if not (highest < math.inf).all():  # nan is its column's maximum
        raise ParameterError("log_probs must be numbers below infinity, got nan or inf")
    is_possible = highest > -math.inf
    if not is_possible.any():
        raise ParameterError("log_probs must be above -inf for some token and model to fit weights, got none that is")
    stacked, highest = stacked[:, is_possible], highest[is_possible]
    relative = np.exp(stacked - highest)  # (M, T)
    weights = np.full(len(table), 1.0 / len(table))
    before = -math.inf
    for _ in range(rounds):
        mixed = np.maximum(weights @ relative, np.finfo(np.float64).tiny)  # (T,)
        now = float(np.log(mixed).mean())
        if now - before < tolerance:
            break
        before = now
        weights = weights * (relative / mixed).mean(axis=1)
        weights /= weights.sum()
    return weights
