"""The tables of the Bayesian skip-gram as arrays, by the names that its network has for them, and what reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.models.bayesian_skipgram.parameters import LIKELIHOODS, BayesianSkipGramParameters
from densevec.training.tables import Array

JENSEN_FLOOR = math.log(1e-3)  # of log variances
POSITION_LOG_WEIGHT = "position_log_weight"  # t of the encoder's places
INITIAL_MEAN = 0.1  # bound of the means, times √d
INITIAL_INFORMATION = 3.0  # nats a word is taken to tell about its contexts until they show: new words are specific


def log_shares(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """log P(x) of the unigram distribution with these counts, (V,)."""
    return np.log(counts / counts.sum()).astype(np.float32)


def entropy(log_shares: npt.NDArray[np.float32]) -> float:
    """−Σ_x P(x) log P(x), in nats."""
    exact = log_shares.astype(np.float64)
    return -float(np.exp(exact) @ exact)


def information_scale(settings: BayesianSkipGramParameters) -> float:
    """``information_scale`` where variances are learned from what words tell, else 0."""
    learns = settings.objective in LIKELIHOODS and settings.context_dropout > 0
    return settings.information_scale if learns else 0.0


def table_shapes(settings: BayesianSkipGramParameters, num_words: int) -> dict[str, tuple[int, ...]]:
    """Shapes of everything that is learned."""
    dim, hidden = settings.dim, settings.hidden
    variance_dim = dim if settings.covariance == "diag" else 1
    densities, numbers = (num_words, dim), (num_words, variance_dim)
    if settings.likelihood == "affine" and not settings.tied:
        decoder: dict[str, tuple[int, ...]] = {"weight": densities, "bias": (num_words, 1)}
    else:
        decoder = {"mean": densities, "log_variance": numbers}
    encoder: dict[str, tuple[int, ...]] = {}
    if settings.window_weights != "equal":
        encoder[POSITION_LOG_WEIGHT] = (2 * settings.window + 1,)
    if settings.window_weights == "attention":
        encoder["to_attention"] = (hidden,)
    if settings.layers == 2:
        encoder |= {"second.weight": (hidden, hidden), "second.bias": (hidden,)}
    return {
        "prior_mean.weight": densities,
        "prior_log_variance.weight": numbers,
        **{f"decoder.{name}.weight": shape for name, shape in decoder.items()},
        "encoder.embedding.weight": densities,
        "encoder.from_word": (dim, hidden),
        "encoder.from_context": (dim, hidden),
        "encoder.bias": (hidden,),
        "encoder.to_mean.weight": (dim, hidden),
        "encoder.to_mean.bias": (dim,),
        "encoder.to_log_variance.weight": (variance_dim, hidden),
        "encoder.to_log_variance.bias": (variance_dim,),
        **{f"encoder.{name}": shape for name, shape in encoder.items()},
    }


def with_priors(
    tables: Mapping[str, Any], settings: BayesianSkipGramParameters, mean: Any, log_variance: Any
) -> dict[str, Any]:
    """The tables with other priors, (V, d) and (V, 1) or (V, d), which a tied decoder has too."""
    priors = {"mean": mean, "log_variance": log_variance}
    places = ("prior_{}.weight", "decoder.{}.weight") if settings.tied else ("prior_{}.weight",)
    return {**tables, **{place.format(name): table for place in places for name, table in priors.items()}}


def centre(tables: Mapping[str, Any], shares: Any, settings: BayesianSkipGramParameters) -> None:
    """Put the origin of the latent space at the average prior mean of a token of running text.

    Moving all densities together changes no likelihood and no divergence; it makes the cosine of two means speak of
    what sets words apart, not of what they share.

    tables : arrays or tensors, which are changed
    shares : (V,) P(x) of the unigram distribution
    """
    origin = shares @ tables["prior_mean.weight"]
    moved = ["prior_mean.weight"] + ([] if settings.residual else ["encoder.to_mean.bias"])
    if "decoder.weight.weight" in tables:
        bias = tables["decoder.bias.weight"]
        bias += (tables["decoder.weight.weight"] @ origin)[:, None]
    elif not settings.tied:
        moved.append("decoder.mean.weight")
    for name in moved:
        table = tables[name]
        table -= origin


class Own(NamedTuple):
    """What B words are without their sentences: embedding and mean (B, d), log variance (B, 1) or (B, d)."""

    embedding: Array
    mean: Array
    log_variance: Array

    @classmethod
    def of(cls, tables: Mapping[str, Array], words: Any) -> Own:
        """Those of words (B,)."""
        names = "encoder.embedding.weight", "prior_mean.weight", "prior_log_variance.weight"
        return cls(*(tables[name][words] for name in names))


def posteriors(
    tables: Mapping[str, Array],
    settings: BayesianSkipGramParameters,
    own: Own,
    context: npt.NDArray[np.int64],
    weight: npt.NDArray[np.float32],
    place: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean (B, d) and log variance (B, 1) or (B, d) of words with weighted context words (B, W) at places (B, W).

    The encoder's a_k = ReLU([e_w ; e_ck] C + b), h = Σ_k ω_k weight_k a_k, mean = h W + b_m, log variance = h w_s + b_s
    (``densevec.layers.encoder``); ω of a place between two is between theirs.
    """
    embedding = tables["encoder.embedding.weight"]
    # of rows with gaps, as kernels have them, products have other last bits than of the same rows from a file
    encoder = {
        name.removeprefix("encoder."): np.ascontiguousarray(table)
        for name, table in tables.items()
        if name.startswith("encoder.") and name != "encoder.embedding.weight"
    }
    from_word = own.embedding @ encoder["from_word"] + encoder["bias"]
    activation = np.maximum(from_word[:, None] + embedding[context] @ encoder["from_context"], 0)
    hidden = (_weights(encoder, settings, activation, weight, place)[..., None] * activation).sum(1)
    if settings.layers == 2:
        hidden = hidden + np.maximum(hidden @ encoder["second.weight"].T + encoder["second.bias"], 0)
    mean, log_variance = (
        hidden @ encoder[f"{name}.weight"].T + encoder[f"{name}.bias"] for name in ("to_mean", "to_log_variance")
    )
    if settings.residual:
        mean = own.mean + mean
    if settings.objective == "jensen":
        log_variance = np.maximum(log_variance, np.float32(JENSEN_FLOOR))
    alone = weight.sum(1, keepdims=True) == 0  # without context the posterior is the prior
    mean = np.where(alone, own.mean, mean)
    log_variance = np.where(alone, own.log_variance, log_variance)
    return mean.astype(np.float64), log_variance.astype(np.float64)


def _weights(
    encoder: Mapping[str, Array],
    settings: BayesianSkipGramParameters,
    activation: Array,
    weight: npt.NDArray[np.float32],
    place: npt.NDArray[np.float32],
) -> Array:
    """How much context words with activations (B, W, hidden) count in the encoder's sum, (B, W)."""
    if settings.window_weights == "equal":
        return weight
    num_places = 2 * settings.window + 1
    column = np.clip(place + settings.window, 0, num_places - 1)
    position = np.interp(column, np.arange(num_places), encoder[POSITION_LOG_WEIGHT]).astype(np.float32)
    if settings.window_weights == "position":
        return weight * np.exp(position)
    scores = activation @ encoder["to_attention"] / np.float32(math.sqrt(settings.hidden)) + position
    scores = np.exp(scores - scores.max(1, keepdims=True, initial=-np.inf)) * weight
    total = scores.sum(1, keepdims=True)
    return np.asarray(scores * (weight.sum(1, keepdims=True) / np.where(total > 0, total, 1)))
