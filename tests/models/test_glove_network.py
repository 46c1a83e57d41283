"""GloVe's loss against sums written out, its two engines against each other, and its entries."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from densevec._cy.glove import Counts, CountShare, GloVeKernel
from densevec.models.glove.entries import Entries
from densevec.models.glove.network import GloVeNetwork
from densevec.training.optimisers import Optimiser, TableRate

NUM_WORDS, DIM, X_MAX, ALPHA = 9, 16, 10.0, 0.75
ROWS, COLUMNS, VALUES = [0, 3, 0, 8, 3], [1, 3, 2, 0, 3], [0.5, 40.0, 10.0, 1e-3, 2.0]  # one pair twice
NAMES = ("word", "context", "word_bias", "context_bias")


def network() -> GloVeNetwork:
    made = GloVeNetwork(NUM_WORDS, DIM, X_MAX, ALPHA, torch.Generator().manual_seed(1))
    random = torch.Generator().manual_seed(2)
    for bias in (made.word_bias, made.context_bias):
        bias.weight.copy_(torch.randn(bias.weight.shape, generator=random))
    return made


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.tensor(ROWS), torch.tensor(COLUMNS), torch.tensor(VALUES)


def test_the_loss_is_the_weighted_sum_of_squares() -> None:
    net, expected = network(), 0.0
    for i, j, x in zip(ROWS, COLUMNS, VALUES, strict=True):
        product = float(net.word.weight[i].double() @ net.context.weight[j].double())
        residual = product + float(net.word_bias.weight[i, 0]) + float(net.context_bias.weight[j, 0]) - math.log(x)
        expected += min(1, (x / X_MAX) ** ALPHA) * residual**2 / 2
    loss = net(*batch())
    assert loss.total.item() == pytest.approx(expected, rel=1e-5)
    assert loss.terms == {"squares": loss.total}
    assert not loss.terms["squares"].requires_grad
    assert loss.num_tokens == 5


def test_gradients_are_those_of_the_loss() -> None:
    net = network().double()
    for table in Optimiser.tables_of(net).values():
        table.weight = table.weight.double()
    net(*batch()).total.backward()
    for name, table in Optimiser.tables_of(net).items():
        [(rows, looked_up)] = table.pending
        gradient = torch.zeros_like(table.weight).index_copy(0, rows, looked_up.grad)
        for place in [(0, 0), (3, 0), (1, 0), (8, 0), (7, 0)]:
            difference = 0.0
            for sign in (1, -1):
                table.weight[place] += sign * 1e-6
                with torch.no_grad():
                    difference += sign * net(*batch()).total.item() / 2e-6
                table.weight[place] -= sign * 1e-6
            assert gradient[place].item() == pytest.approx(difference, rel=1e-6, abs=1e-8), (name, place)


@pytest.mark.parametrize(("rate", "square"), [(0.05, 1.0), (1.0, 400.0)])
def test_the_kernel_takes_the_steps_of_batches_of_one_entry(rate: float, square: float) -> None:
    net = network()
    arrays = [getattr(net, name).weight.numpy().copy() for name in NAMES]
    memory = [np.zeros(NUM_WORDS * DIM + 16, np.float32) for _ in range(4)]
    aligned = [m[(s := -m.ctypes.data % 64 // 4) : s + NUM_WORDS * DIM].reshape(NUM_WORDS, DIM) for m in memory]
    tables, squares, biases = aligned[:2], aligned[2:], [bias[:, 0].copy() for bias in arrays[2:]]
    for table, start, each in zip(tables, arrays[:2], squares, strict=True):
        table[:], each[:] = start, square
    entries = Entries(np.array(ROWS, np.int32), np.array(COLUMNS, np.int32), np.array(VALUES, np.float32))
    squares_of_biases = [np.full(NUM_WORDS, square, np.float32) for _ in range(2)]
    kernel = GloVeKernel(tables, biases, squares, squares_of_biases, x_max=X_MAX, alpha=ALPHA)
    (loss,), _, _ = kernel.train(CountShare(Counts(*entries, NUM_WORDS), 1, 0, 5, 5), rate)
    optimiser = Optimiser(net, {name: TableRate(rate, square) for name in NAMES}, 0.0)
    total = 0.0
    for each in range(5):
        one = net(*(part[each : each + 1] for part in batch()))
        total += one.total.item()
        one.total.backward()
        optimiser.step(1.0, one.num_tokens)
    assert loss == pytest.approx(total, rel=1e-5)
    for name, array in zip(NAMES, [*tables, *biases], strict=True):
        expected = getattr(net, name).weight.numpy().reshape(array.shape)
        np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6)


def test_vectors_are_sums_or_those_of_words() -> None:
    net = network()
    np.testing.assert_array_equal(net.vectors(), net.word.weight.numpy() + net.context.weight.numpy())
    np.testing.assert_array_equal(net.vectors("word"), net.word.weight.numpy())


def test_entries_are_those_of_the_matrix_in_an_order_of_the_seed() -> None:
    random = np.random.default_rng(0)
    dense = np.where(random.random((40, 40)) < 0.4, random.random((40, 40)), 0).astype(np.float32)
    entries, others = (Entries.of(csr_array(dense), seed) for seed in (1, 2))
    assert [part.dtype for part in entries] == [np.int32, np.int32, np.float32]
    for each in (entries, others, entries.at(0, len(entries.values), 7)):
        found = np.zeros_like(dense)
        found[each.rows, each.columns] = each.values
        np.testing.assert_array_equal(found, dense)
        assert len(each.values) == np.count_nonzero(dense)
    assert (entries.values != others.values).any()
    assert (np.diff(entries.rows) < 0).sum() > 200, "rows come in no order"


def test_biases_start_where_words_that_do_not_depend_on_each_other_have_them() -> None:
    words, contexts = np.array([2.0, 1.0, 0.0, 5.0]), np.array([1.0, 4.0, 3.0, 0.0])
    counts = np.outer(words, contexts) / words.sum()
    totals = Entries.of(csr_array(counts.astype(np.float32)), 1).totals(4)
    np.testing.assert_allclose(totals, (words, contexts), rtol=1e-6)
    net = GloVeNetwork(4, DIM, X_MAX, ALPHA, None, totals)
    found = (net.word_bias.weight + net.context_bias.weight.T).exp().numpy()
    np.testing.assert_allclose(found[counts > 0], counts[counts > 0], rtol=1e-5)
    assert net.word_bias.weight[2].item() == net.context_bias.weight[3].item() == 0
    assert not GloVeNetwork(4, DIM, X_MAX, ALPHA, None).word_bias.weight.any()
    assert not GloVeNetwork(4, DIM, X_MAX, ALPHA, None, (np.zeros(4), np.zeros(4))).word_bias.weight.any()


def test_totals_are_added_up_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = csr_array(np.arange(1, 901, dtype=np.float32).reshape(30, 30))
    whole = Entries.of(matrix.copy(), 1).totals(30)
    monkeypatch.setattr("densevec.models.glove.entries._ENTRIES_AT_ONCE", 7)
    np.testing.assert_allclose(Entries.of(matrix, 1).totals(30), whole)
    np.testing.assert_allclose(whole[0], np.arange(1, 901).reshape(30, 30).sum(1))


def test_turns_can_be_taken_in_parts() -> None:
    entries = Entries.of(csr_array(np.arange(1, 901, dtype=np.float32).reshape(30, 30)), 1)
    whole = entries.at(0, 900, 3).values
    parts = [entries.at(begin, end, 3).values for begin, end in [(0, 300), (300, 301), (301, 900)]]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert (whole != entries.values).any()
