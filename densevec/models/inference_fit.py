"""Fitting the network that decides entailment to examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from densevec.evidence.network import FARTHEST, NUM_FEATURES, Network
from densevec.models.examples import Examples
from densevec.vectors.geometry import project

Array = npt.NDArray[np.float32]

_HIDDEN, _PRODUCTS = 64, 32
_EPOCHS = 4
_RATE, _DECAY = 6e-3, 1e-3
_MEMORY, _SQUARE_MEMORY, _LEAST = 0.9, 0.999, 1e-8
_DROPPED = 0.15  # share of the inputs that a step does without
_ROWS_AT_ONCE = 4096


def fit(state: Any, examples: Examples, seed: int) -> tuple[Network, npt.NDArray[np.float64]]:
    """The network, fitted to nine tenths of the narrow words, and its reliability on the others.

    Of these one half gives the two numbers (a, b) of log odds' = a · log odds + b that make probabilities right for
    even prior odds (Platt 2000), the other half the reliability.
    """
    group = np.random.default_rng(seed).integers(20, size=int(examples.narrow.max()) + 1)[examples.narrow]
    network = _fitted(state, examples, np.flatnonzero(group >= 2), seed)
    rest = np.flatnonzero(group < 2)
    products = (project(state, examples.narrow[rest], network.left) + network.left_bias) * (
        project(state, examples.broad[rest], network.right) + network.right_bias
    )
    odds, label, weight = (
        network.log_odds(examples.features[rest], products),
        examples.label[rest],
        examples.weight[rest],
    )
    is_kept = group[rest] == 1
    weights = _balanced(label[~is_kept], weight[~is_kept])
    slope, shift = _platt(odds[~is_kept], label[~is_kept], weights)
    network = network._replace(weight2=network.weight2 * slope, bias2=np.asarray(network.bias2 * slope + shift))
    weights = _balanced(label[is_kept], weight[is_kept])
    return network, _reliability(slope * odds[is_kept] + shift, label[is_kept], weights)


def _fitted(state: Any, examples: Examples, fitted: npt.NDArray[np.int64], seed: int) -> Network:
    """The network after a few steps that get shorter along a line: what a text states is often wrong, and a network
    that learns it by heart is too."""
    centre = examples.features[fitted].mean(axis=0)
    scale = examples.features[fitted].std(axis=0) + 1e-6
    inputs = np.clip((examples.features - centre) / scale, -FARTHEST, FARTHEST).astype(np.float32)
    label = examples.label.astype(np.float32)
    weight = _balanced(examples.label, examples.weight).astype(np.float32)
    words, place = np.unique(np.concatenate([examples.narrow, examples.broad]), return_inverse=True)
    units = project(state, words, np.eye(state.table.dim)).astype(np.float32)
    narrow, broad = place.reshape(2, -1)
    random = np.random.default_rng(seed)
    layers = _drawn(state.table.dim, random)
    optimiser = _Adam(layers)
    steps = _EPOCHS * -(-len(fitted) // _ROWS_AT_ONCE)
    for _ in range(_EPOCHS):
        some, others = _dropped(units, random), _dropped(units, random)
        order = random.permutation(fitted)
        for begin in range(0, len(order), _ROWS_AT_ONCE):
            rows = order[begin : begin + _ROWS_AT_ONCE]
            ends = some[narrow[rows]], others[broad[rows]]
            gradients = cross_entropy_gradients(layers, _dropped(inputs[rows], random), ends, label[rows], weight[rows])
            optimiser.step(gradients, _RATE * (1 - optimiser.steps / steps))
    return Network(centre, scale, *(layer.astype(np.float64) for layer in layers))


def _drawn(dim: int, random: np.random.Generator) -> list[Array]:
    """What a network starts from, in the order of ``Network``: numbers of variance 1/(3 n) for n inputs."""
    layers: list[Array] = []
    for inputs, outputs in (
        (dim, (_PRODUCTS,)),
        (dim, (_PRODUCTS,)),
        (NUM_FEATURES + _PRODUCTS, (_HIDDEN,)),
        (_HIDDEN, ()),
    ):
        bound = inputs**-0.5
        for shape in ((inputs, *outputs), outputs):
            layers.append(np.asarray(random.uniform(-bound, bound, shape), np.float32))
    return layers


def _dropped(values: Array, random: np.random.Generator) -> Array:
    kept: Array = values * (random.random(values.shape, np.float32) >= _DROPPED) / np.float32(1 - _DROPPED)
    return kept


def cross_entropy_gradients(
    layers: Sequence[Array], inputs: Array, ends: tuple[Array, Array], label: Array, weight: Array
) -> list[Array]:
    """Gradients of the mean of weight · −log P(label), P the logistic function of the network's log odds.

    Parameters
    ----------
    layers : left, left_bias, right, right_bias, weight1, bias1, weight2, bias2 as ``Network`` has them
    inputs : (n, f) scaled features
    ends : (n, d) directions of the narrow words, and of the broad ones
    label, weight : (n,)
    """
    left, left_bias, right, right_bias, weight1, bias1, weight2, bias2 = layers
    narrow, broad = ends
    first, second = narrow @ left + left_bias, broad @ right + right_bias
    joined = np.concatenate([inputs, first * second], axis=1)
    hidden = np.maximum(joined @ weight1 + bias1, 0)
    of_odds = weight * (expit(hidden @ weight2 + bias2) - label) / np.float32(len(label))
    of_hidden = np.outer(of_odds, weight2) * (hidden > 0)
    of_products = of_hidden @ weight1[NUM_FEATURES:].T
    of_first, of_second = of_products * second, of_products * first
    gradients = [narrow.T @ of_first, of_first.sum(axis=0), broad.T @ of_second, of_second.sum(axis=0)]
    return [*gradients, joined.T @ of_hidden, of_hidden.sum(axis=0), hidden.T @ of_odds, of_odds.sum()]


class _Adam:
    """Adam (Kingma & Ba 2015) with decay apart from the gradient (Loshchilov & Hutter 2019), in place."""

    def __init__(self, layers: Sequence[Array]) -> None:
        self.layers = layers
        self.means, self.squares = ([np.zeros_like(layer) for layer in layers] for _ in range(2))
        self.steps = 0

    def step(self, gradients: Sequence[Array], rate: float) -> None:
        self.steps += 1
        scale = (1 - _SQUARE_MEMORY**self.steps) ** 0.5
        for layer, gradient, mean, square in zip(self.layers, gradients, self.means, self.squares, strict=True):
            mean[...] += (1 - _MEMORY) * (gradient - mean)
            square[...] += (1 - _SQUARE_MEMORY) * (gradient * gradient - square)
            layer[...] *= 1 - rate * _DECAY
            layer[...] -= rate / (1 - _MEMORY**self.steps) * mean / (np.sqrt(square) / scale + _LEAST)


def _balanced(label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights by which true and false pairs count the same."""
    sums = [max(float(weight[label == side].sum()), 1e-9) for side in (True, False)]
    scaled: npt.NDArray[np.float64] = weight * np.where(label, 0.5 / sums[0], 0.5 / sums[1]) * len(label)
    return scaled


def _platt(
    odds: npt.NDArray[np.float64], label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and shift of the likeliest probabilities 1/(1 + exp(−slope · odds − shift)); (1, 0) where none rise."""
    if len(set(label.tolist())) < 2:
        return 1.0, 0.0
    side = np.where(label, 1.0, -1.0)

    def loss(line: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margin = side * (line[0] * odds + line[1])
        pull = -weight * side * expit(-margin)
        return float(weight @ np.logaddexp(0, -margin)), np.array([pull @ odds, pull.sum()])

    slope, shift = minimize(loss, (1.0, 0.0), jac=True, method="L-BFGS-B").x.tolist()
    return (slope, shift) if slope > 0 else (1.0, 0.0)


def _reliability(
    odds: npt.NDArray[np.float64], label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(10, 3): weight, mean probability and share of true pairs, by tenths of the probability."""
    probability = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    bins = np.minimum((10 * probability).astype(np.int64), 9)
    number = np.bincount(bins, weight, 10)
    means = [np.bincount(bins, weight * values, 10) / np.maximum(number, 1e-9) for values in (probability, label)]
    return np.stack([number, *means], axis=-1)
