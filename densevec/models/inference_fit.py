"""Fitting the network that decides entailment to examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from densevec.evidence.network import FARTHEST, NUM_FEATURES, Network
from densevec.models.examples import Examples
from densevec.training.adam import Adam
from densevec.vectors.geometry import project

_HIDDEN, _PRODUCTS = 64, 32
_EPOCHS = 4
_RATE = 6e-3
_DROPPED = 0.15  # share of the inputs that a step does without
_ROWS_AT_ONCE = 4096


class _Model(torch.nn.Module):
    """The network while it is fitted."""

    def __init__(self, dim: int, draws: torch.Generator) -> None:
        super().__init__()
        self.left, self.right = torch.nn.Linear(dim, _PRODUCTS), torch.nn.Linear(dim, _PRODUCTS)
        self.first, self.second = torch.nn.Linear(NUM_FEATURES + _PRODUCTS, _HIDDEN), torch.nn.Linear(_HIDDEN, 1)
        for layer in self.layers():
            bound = layer.in_features**-0.5
            for tensor in (layer.weight, layer.bias):
                torch.nn.init.uniform_(tensor, -bound, bound, generator=draws)

    def layers(self) -> tuple[torch.nn.Linear, ...]:
        return self.left, self.right, self.first, self.second

    def forward(self, inputs: torch.Tensor, narrow: torch.Tensor, broad: torch.Tensor) -> torch.Tensor:
        """Log odds (n,) of scaled features and two directions."""
        hidden = torch.relu(self.first(torch.cat([inputs, self.left(narrow) * self.right(broad)], dim=1)))
        odds: torch.Tensor = self.second(hidden).squeeze(1)
        return odds

    def arrays(self) -> list[npt.NDArray[np.float64]]:
        """What ``Network`` has of it."""
        found = [array for layer in self.layers() for array in (layer.weight.T, layer.bias)]
        *others, weight2, bias2 = [array.detach().numpy().astype(np.float64) for array in found]
        return [*others, weight2[:, 0], bias2.reshape(())]


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
    inputs = torch.tensor(np.clip((examples.features - centre) / scale, -FARTHEST, FARTHEST), dtype=torch.float32)
    label = torch.tensor(examples.label, dtype=torch.float32)
    weight = torch.tensor(_balanced(examples.label, examples.weight), dtype=torch.float32)
    words, place = np.unique(np.concatenate([examples.narrow, examples.broad]), return_inverse=True)
    units = torch.tensor(project(state, words, np.eye(state.table.dim)), dtype=torch.float32)
    narrow, broad = torch.tensor(place).reshape(2, -1)
    draws = torch.Generator().manual_seed(seed)

    def dropped(values: torch.Tensor) -> torch.Tensor:
        return values * (torch.rand(values.shape, generator=draws) >= _DROPPED) / (1 - _DROPPED)

    model = _Model(state.table.dim, draws)
    optimiser = Adam(model.parameters(), _RATE, decay=1e-3)
    steps = _EPOCHS * -(-len(fitted) // _ROWS_AT_ONCE)
    for _ in range(_EPOCHS):
        some, others = dropped(units), dropped(units)
        order = torch.tensor(fitted)[torch.randperm(len(fitted), generator=draws)]
        for rows in order.split(_ROWS_AT_ONCE):
            odds = model(dropped(inputs[rows]), some[narrow[rows]], others[broad[rows]])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, label[rows], weight[rows])
            loss.backward()
            optimiser.step(1 - optimiser.steps / steps)
    return Network(centre, scale, *model.arrays())


def _balanced(label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights by which true and false pairs count the same."""
    sums = [max(float(weight[label == side].sum()), 1e-9) for side in (True, False)]
    scaled: npt.NDArray[np.float64] = weight * np.where(label, 0.5 / sums[0], 0.5 / sums[1]) * len(label)
    return scaled


def _platt(odds: npt.NDArray[np.float64], label: npt.NDArray[np.bool_], weight: Any) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if len(set(label.tolist())) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=1e6).fit(odds[:, None], label, sample_weight=weight)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
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
