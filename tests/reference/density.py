"""DensityWord2Vec token by token in float64: the plain twin of ``densevec._cy.density``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.reference.window import Text, Token, tokens


@dataclass
class Densities:
    """mean (V, d), log_variance (V, 1) or (V, d), squares (V, 2); float64, changed in place."""

    mean: np.ndarray
    log_variance: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True)
class Settings:
    noise: np.ndarray
    is_kl: bool = False
    margin: float = 1.0
    negative: float = 5.0
    pool: int = 4
    share: int = 1
    rate: float = 0.3
    variance_rate: float = 0.2
    norm_bound: float = 2.0
    min_variance: float = 0.1
    max_variance: float = 5.0


class Slopes(NamedTuple):
    """The energy of a pair, and its gradients: dE/dm_w = −dE/dm_c."""

    energy: float
    context_mean: np.ndarray
    context_log_variance: np.ndarray
    word_log_variance: np.ndarray


def energy(mean: np.ndarray, log_variance: np.ndarray, other: np.ndarray, other_log: np.ndarray, is_kl: bool) -> Slopes:
    """E of a word with a context density, without the constant −d/2 log 2π of the expected likelihood."""
    word, context = (np.broadcast_to(np.exp(part), mean.shape) for part in (log_variance, other_log))
    shift = mean - other
    if is_kl:
        value = -0.5 * (context / word + shift**2 / word - 1 - np.log(context / word)).sum()
        slopes = shift / word, 0.5 * (1 - context / word), 0.5 * (context / word + shift**2 / word - 1)
    else:
        total = word + context
        value = -0.5 * (np.log(total) + shift**2 / total).sum()
        of_variance = 0.5 * (shift**2 / total**2 - 1 / total)
        slopes = shift / total, context * of_variance, word * of_variance
    if len(log_variance) == 1:
        slopes = slopes[0], slopes[1].sum(keepdims=True), slopes[2].sum(keepdims=True)
    return Slopes(value, *slopes)


def bounded(mean: np.ndarray, log_variance: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    mean = mean / max(1.0, np.linalg.norm(mean) / settings.norm_bound)
    return mean, log_variance.clip(np.log(settings.min_variance), np.log(settings.max_variance))


def learn(
    token: Token,
    word: Densities,
    context: Densities,
    settings: Settings,
    made_of: list[list[int]] | None = None,
    apart: Collection[int] = (),
) -> float:
    """One step: every gradient is taken before any row changes; a row that is there twice is moved twice."""
    w, rows = token.word, [*token.noise, *token.context]
    mean = word.mean[w].copy() if made_of is None else word.mean[made_of[w]].mean(0)
    measured = [
        energy(mean, word.log_variance[w], context.mean[r], context.log_variance[r], settings.is_kl) for r in rows
    ]
    loss, wanted = 0.0, np.zeros(len(rows))
    for k in range(len(token.noise), len(rows)):
        for j in range(len(token.noise)):
            violation = settings.margin - measured[k].energy + measured[j].energy
            if violation > 0 and rows[j] != rows[k]:
                weight = settings.negative / settings.pool
                loss += weight * violation
                wanted[k] += weight
                wanted[j] -= weight
    sums = context.squares[rows].copy()  # before the step
    mean_gradient, variance_gradient = np.zeros_like(mean), np.zeros_like(word.log_variance[w])
    for row, before, want, slopes in zip(rows, sums, wanted, measured, strict=True):
        mean_slope, variance_slope = want * slopes.context_mean, want * slopes.context_log_variance
        squares = np.array([mean_slope @ mean_slope, variance_slope @ variance_slope])
        context.squares[row] += squares
        steps = np.array([settings.rate, settings.variance_rate]) / np.sqrt(before + squares)
        if want:
            context.mean[row], context.log_variance[row] = bounded(
                context.mean[row] + steps[0] * mean_slope,
                context.log_variance[row] + steps[1] * variance_slope,
                settings,
            )
        mean_gradient -= mean_slope
        variance_gradient += want * slopes.word_log_variance
    if loss:
        word.squares[w, 1] += variance_gradient @ variance_gradient
        log_variance = word.log_variance[w] + settings.variance_rate / np.sqrt(word.squares[w, 1]) * variance_gradient
        steps, parts = [], [w] if made_of is None else made_of[w]
        if w in apart:
            word.squares[w, 0] += mean_gradient @ mean_gradient
            sums = [word.squares[w, 0], *(word.squares[row, 0] + word.squares[w, 0] for row in parts[1:])]
            steps = (settings.rate / np.sqrt(sums)).tolist()
            word.mean[w] += sum(steps) * mean_gradient
        else:
            for row in parts:
                word.squares[row, 0] += mean_gradient @ mean_gradient
                steps.append(settings.rate / np.sqrt(word.squares[row, 0]))
                word.mean[row] += steps[-1] * mean_gradient
        mean = mean + np.mean(steps) * mean_gradient
        inside, word.log_variance[w] = bounded(mean, log_variance, settings)
        if made_of is None:
            word.mean[w] = inside
        elif w in apart:
            word.mean[w] += len(parts) * (inside - mean)
        else:
            np.add.at(word.mean, parts, inside - mean)
    return loss


def train(
    text: Text,
    word: Densities,
    context: Densities,
    settings: Settings,
    made_of: list[list[int]] | None = None,
    apart: Collection[int] = (),
) -> float:
    """Train the densities in place; the sum of the loss.

    made_of : the rows that each word's mean is that of, its own the first
    apart : words from which only their own row learns, and for all of their rows
    """
    found = tokens(text, settings.noise, settings.pool, settings.share)
    return sum(learn(token, word, context, settings, made_of, apart) for token in found if token.context)
