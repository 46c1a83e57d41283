"""Losses of skip-gram and CBOW against sums written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from densevec.corpus.blocks import TextPosition
from densevec.layers.output import NegativeSampling
from densevec.layers.output.choice import make_output
from densevec.models.word2vec.network import CBOWNetwork, PointNetwork, SkipGramNetwork
from densevec.training.device_blocks import TokenBlock
from densevec.training.optimisers import Optimiser, TableRate

COUNTS = np.array([30, 20, 10, 6, 5, 4, 2, 1])
IDS = [0, 3, 1, 0, 5, 2, 2]
LEFT, RIGHT = [0, 1, 2, 2, 0, 1, 1], [2, 2, 1, 0, 2, 1, 0]  # two sentences; windows of one or two words
DIM, NEGATIVE, SIZE = 4, 5, 3


def block() -> TokenBlock:
    left, right = torch.tensor(LEFT, dtype=torch.int32), torch.tensor(RIGHT, dtype=torch.int32)
    return TokenBlock(torch.tensor(IDS), left, right, len(IDS), TextPosition(2, 0))


def network(kind: type[PointNetwork], name: str = "negative") -> PointNetwork:
    output = make_output(name, COUNTS, COUNTS, DIM, negative=NEGATIVE, size=SIZE, exponent=0.75)
    made = kind(len(COUNTS), DIM, output, 2, torch.Generator().manual_seed(1)).double()
    random = torch.Generator().manual_seed(2)
    for table in Optimiser.tables_of(made).values():
        table.weight.copy_(torch.randn(table.weight.shape, generator=random, dtype=torch.float64))
    return made


def contexts() -> list[list[int]]:
    return [
        [IDS[j] for j in range(i - left, i + right + 1) if j != i]
        for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
    ]


def draws() -> torch.Generator:
    return torch.Generator().manual_seed(9)


def noise(net: PointNetwork) -> list[int]:
    assert isinstance(net.output, NegativeSampling)
    words, times = net.output.noise.draw(SIZE, draws())
    return [word for word, number in zip(words.tolist(), times.tolist(), strict=True) for _ in range(number)]


def pair_loss(net: PointNetwork, query: torch.Tensor, target: int) -> float:
    """softplus(−x·y_c) + negative/K Σ_j [n_j ≠ c] softplus(x·y_n)."""
    scores = net.output.words.weight.weight @ query
    others = sum(float(functional.softplus(scores[n])) for n in noise(net) if n != target)
    return float(functional.softplus(-scores[target])) + NEGATIVE / SIZE * others


def test_skipgram_predicts_the_context_from_the_word() -> None:
    net = network(SkipGramNetwork)
    wanted = sum(
        pair_loss(net, net.input.weight[word], c) for word, cs in zip(IDS, contexts(), strict=True) for c in cs
    )
    loss = net(block(), draws())
    assert loss.total.item() == pytest.approx(wanted, rel=1e-12)
    assert torch.equal(loss.terms["prediction"], loss.total)
    assert loss.num_tokens == len(IDS)


@pytest.mark.parametrize("combine", ["mean", "sum"])
def test_cbow_predicts_the_word_from_its_context(combine: str) -> None:
    net = network(CBOWNetwork)
    net.combine = combine
    wanted = 0.0
    for word, context in zip(IDS, contexts(), strict=True):
        rows = net.input.weight[context]
        wanted += pair_loss(net, rows.mean(0) if combine == "mean" else rows.sum(0), word)
    assert net(block(), draws()).total.item() == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("kind", [SkipGramNetwork, CBOWNetwork])
@pytest.mark.parametrize("name", ["negative", "hierarchical", "full", "class", "nce", "css"])
def test_a_step_of_plain_descent_is_the_rate_times_the_gradient(kind: type[PointNetwork], name: str) -> None:
    """Word vectors by finite differences; every table moves."""
    net = network(kind, name)
    if isinstance(net, CBOWNetwork):
        net.combine = "sum"  # a mean takes the steps of a sum: see below
    tables = Optimiser.tables_of(net)
    before = {key: table.weight.clone() for key, table in tables.items()}

    def value() -> float:
        with torch.no_grad():
            return float(net(block(), draws()).total)

    gradient = torch.zeros_like(net.input.weight)
    for place in np.ndindex(*gradient.shape):
        kept, step = net.input.weight[place].item(), 1e-5
        values = []
        for sign in (1, -1):
            net.input.weight[place] = kept + sign * step
            values.append(value())
        net.input.weight[place] = kept
        gradient[place] = (values[0] - values[1]) / (2 * step)
    optimiser = Optimiser(net, dict.fromkeys(tables, TableRate(0.5, None)), 0.0)
    net(block(), draws()).total.backward()
    optimiser.step(0.1, len(IDS))
    torch.testing.assert_close(before["input"] - net.input.weight, 0.05 * gradient, rtol=1e-6, atol=1e-8)
    assert all(not torch.equal(before[key], table.weight) for key, table in tables.items())
    assert not optimiser.squares, "plain descent keeps no state"


def test_every_word_of_a_mean_takes_its_whole_gradient() -> None:
    """With one token predicted from two words: twice what the derivative of the mean says."""
    net = network(CBOWNetwork)
    ids, window = torch.tensor([3, 1, 4]), torch.tensor([0, 1, 0], dtype=torch.int32)
    net(TokenBlock(ids, window, window, 3, TextPosition(1, 0)), draws()).total.backward()
    rows, looked_up = net.input.pending[-1]
    query = net.input.weight[[3, 4]].mean(0).requires_grad_(True)
    net.output.loss(query[None], torch.tensor([1]), None, draws()).sum().backward()
    wanted = torch.stack([torch.zeros_like(query.grad), query.grad, query.grad])
    assert rows.tolist() == [1, 3, 4]
    torch.testing.assert_close(looked_up.grad, wanted)


@pytest.mark.parametrize("kind", [SkipGramNetwork, CBOWNetwork])
@pytest.mark.parametrize("name", ["negative", "hierarchical", "full", "class", "nce", "css"])
def test_tokens_without_context_cost_nothing(kind: type[PointNetwork], name: str) -> None:
    nothing = torch.zeros(3, dtype=torch.int32)
    loss = network(kind, name)(TokenBlock(torch.tensor([1, 2, 1]), nothing, nothing, 3, TextPosition(1, 0)), draws())
    assert loss.total.item() == 0
    loss.total.backward()
