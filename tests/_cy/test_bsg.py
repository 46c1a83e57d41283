"""The fused kernel of the Bayesian skip-gram against one step of the torch engine."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from densevec._cy.blocks import Share, Text
from densevec._cy.dispatch import best_product_variant
from densevec._random import UniformDraws
from densevec.corpus.blocks import Block, BlockReader, TextPosition
from densevec.layers.support import NoiseSupport, Support
from densevec.layers.window import window_mask
from densevec.models.bayesian_skipgram.kernel import make_kernel, start_arrays, tables_of
from densevec.models.bayesian_skipgram.network import Network, hidden_places, log_frequency, make_batch
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.objectives import ExpectedSoftmax
from densevec.training.optimisers import Optimiser, TableRate
from tests.sweeps import all_pairs

VARIANTS = range(best_product_variant() + 1)
NUM_WORDS, NUM_NOISE, RATES = 150, 40, (0.2, 0.03, 1e-3)
KL_WEIGHT = 2.0


class Given:
    """A support that was drawn before."""

    def __init__(self, support: Support) -> None:
        self.support = support

    def draw(self, types: np.ndarray, random: np.random.Generator) -> Support:
        return self.support


def make_network(dim: int, hidden: int, window: int, dropout: float, **changes: Any) -> tuple[Network, NoiseSupport]:
    """A network with something in every parameter."""
    counts = np.arange(NUM_WORDS, 0, -1).astype(float)
    settings = BayesianSkipGramParameters(dim=dim, window=window, hidden=hidden, context_dropout=dropout, **changes)
    seed = torch.Generator().manual_seed(3)
    network = Network(settings, log_frequency(counts), seed)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.add_(torch.randn(tensor.shape, generator=seed), alpha=0.3 / tensor.shape[-1] ** 0.5)
    return network.train(), NoiseSupport(counts, 1.0, NUM_NOISE)


def make_block(num_tokens: int, window: int) -> Block:
    """Sentences of several lengths, one of a single word, words that occur often."""
    ids = (NUM_WORDS * np.random.default_rng(1).random(num_tokens) ** 2).astype(np.int32)
    ends = [end for end in (1, 9, 12, 40) if end < num_tokens]
    reader = BlockReader(
        ids, np.array([0, *ends, num_tokens]), np.ones(NUM_WORDS), block_size=num_tokens, window=window, shrink=True
    )
    (block,) = reader.blocks(0)
    return block


def make_optimiser(network: Network) -> Optimiser:
    mean, variance = TableRate(RATES[0], 1.0), TableRate(RATES[1], float(network.settings.dim))
    tables = {"encoder.embedding": mean, "prior_mean": mean, "decoder.mean": mean}
    return Optimiser(
        network, tables | dict.fromkeys(["prior_log_variance", "decoder.log_variance"], variance), RATES[2]
    )


def values(network: Network) -> dict[str, np.ndarray]:
    return {name: value.double().numpy().copy() for name, value in network.state_dict().items()}


def kernel_arrays(network: Network) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The kernel's arrays and their tables, with the numbers of a network."""
    arrays = start_arrays(network.settings, NUM_WORDS, UniformDraws(1))
    tables = tables_of(arrays, network.settings)
    assert tables.keys() == network.state_dict().keys()
    for name, value in network.state_dict().items():
        tables[name][...] = value.numpy()
    return arrays, tables


@pytest.mark.parametrize(
    ("sizes", "dropout", "residual", "leave_out", "window_weights", "variant"),
    all_pairs(
        [(20, 12, 3, 70), (16, 16, 5, 120), (15, 33, 2, 3)],
        [0.0, 0.6, 1.0],
        [True, False],
        [True, False],
        ["equal", "position"],
        VARIANTS,
    ),
)
def test_steps_equal_steps_of_the_torch_engine(
    sizes: tuple[int, int, int, int],
    dropout: float,
    residual: bool,
    leave_out: bool,
    window_weights: str,
    variant: int,
) -> None:
    """Two steps, so that the optimisers' states take part: every change of a number to 2e-5 of the largest.

    Of products of bfloat16 numbers one step: those of a table to 1 % in all, of the encoder's, where a hidden unit
    whose sum is next to nothing may open or not, to 10 %.
    """
    dim, hidden, window, num_tokens = sizes
    is_rounded = variant >= 3
    changes = {"residual": residual, "leave_out": leave_out, "window_weights": window_weights}
    network, noise = make_network(dim, hidden, window, dropout, **changes)
    twin, block = copy.deepcopy(network).double(), make_block(num_tokens, window)
    optimiser = make_optimiser(twin)
    arrays, tables = kernel_arrays(network)
    kernel = make_kernel(network.settings, arrays, network.log_frequency.numpy(), noise)
    before = values(network)
    for step in range(1 if is_rounded else 2):
        support = noise.draw(np.empty(0), np.random.default_rng(step))
        batch = make_batch(block, Given(support), np.random.default_rng(), torch.device("cpu"))
        loss = twin(batch, ExpectedSoftmax(), KL_WEIGHT, torch.Generator().manual_seed(step))
        loss.total.backward()
        optimiser.step(1.0, loss.num_tokens)
        draws = torch.Generator().manual_seed(step)
        is_prior = torch.zeros(num_tokens, dtype=torch.bool)
        if dropout > 0:
            is_prior = torch.rand(num_tokens, generator=draws) < dropout
        is_hidden = hidden_places(window_mask(batch.left, batch.right, window), draws)
        sums, kept, read = kernel.step(
            block.ids, block.left, block.right, is_prior.numpy().astype(np.uint8), is_hidden.numpy().astype(np.uint8),
            support.words.astype(np.int32), support.log_weight, *RATES, KL_WEIGHT, variant,
        )  # fmt: skip
        expected = [float(loss.terms.get(name, 0.0)) for name in ("reconstruction", "kl", "information")]
        np.testing.assert_allclose(sums, expected, rtol=2e-3 if is_rounded else 1e-5, atol=1e-6)
        assert kept == read == num_tokens
    after, wanted = {name: table.astype(np.float64) for name, table in tables.items()}, values(twin)
    moments = tables_of(arrays | {"dense": arrays["first_moment"]}, network.settings)
    for name in before:
        found, right = after[name] - before[name], wanted[name] - before[name]
        if is_rounded and name in optimiser.dense:  # of a gradient that is next to nothing Adam makes a whole step
            has = optimiser.dense[name] in optimiser.adam.moments
            found, right = moments[name], optimiser.adam.moments[optimiser.dense[name]].mean.numpy() if has else found
        if not is_rounded:
            assert np.abs(found - right).max() <= 2e-5 * np.abs(right).max() + 2e-7, name
        else:
            least = 0.1 if name.startswith("encoder") else 0.01
            assert np.linalg.norm(found - right) <= least * np.linalg.norm(right) + 2e-7, name
    squares = {name: array for name, array in arrays.items() if name.endswith("_squares")}
    for name, table in (
        ("embedding", "encoder.embedding"),
        ("prior_mean", "prior_mean"),
        ("context_mean", "decoder.mean"),
    ):
        found, right = squares[f"{name}_squares"][:, :dim], optimiser.squares[table].numpy()
        if is_rounded:
            assert np.linalg.norm(found - right) <= 0.1 * np.linalg.norm(right), name
        else:
            np.testing.assert_allclose(found, right, rtol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("table", ["decoder.mean", "decoder.log_variance"])
def test_loss_tells_of_numbers_that_are_none_in_words_of_noise_alone(table: str, variant: int) -> None:
    network, noise = make_network(20, 12, 3, 0.5)
    arrays, tables = kernel_arrays(network)
    block, is_prior = make_block(70, 3), np.ones(70, np.uint8)
    words = np.setdiff1d(np.arange(NUM_WORDS), block.ids)
    tables[f"{table}.weight"][words[3]] = np.nan
    kernel = make_kernel(network.settings, arrays, network.log_frequency.numpy(), noise)
    drawn = np.resize(words, NUM_NOISE).astype(np.int32), np.full(NUM_NOISE, -3.0, np.float32)
    sums, *_ = kernel.step(
        block.ids, block.left, block.right, is_prior, np.zeros((70, 7), np.uint8), *drawn, *RATES, KL_WEIGHT, variant
    )
    assert not np.isfinite(sums[0])


def test_one_thread_gives_the_same_bits() -> None:
    ids = (NUM_WORDS * np.random.default_rng(1).random(3000) ** 2).astype(np.int32)
    offsets, keep = np.arange(0, 3001, 30), np.full(NUM_WORDS, 2**31, np.uint32)
    results = []
    for _ in range(2):
        network, noise = make_network(20, 12, 3, 0.5)
        arrays, _ = kernel_arrays(network)
        kernel = make_kernel(network.settings, arrays, network.log_frequency.numpy(), noise)
        share = Share(Text(ids, offsets, keep, 3, True, True), 5, 0, 100, 256)
        sums = kernel.train(share, *RATES, KL_WEIGHT)
        results.append((sums, {name: array.tobytes() for name, array in arrays.items()}))
        assert sums[2] == 3000
        assert share.position == TextPosition(100, 0)
    assert results[0] == results[1]
