"""What holds for every output layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec.errors import ParameterError
from tests.layers.output.helpers import COUNTS, DIM, NUM_WORDS, draws, gradients, make, queries, tables

NORMALISED = ["full", "class", "hierarchical", "css"]
SAMPLED = ["css", "css by proposal", "negative", "nce"]
ALL = [*dict.fromkeys([*NORMALISED, *SAMPLED])]


@pytest.mark.parametrize("name", NORMALISED)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("num_words", [1, 2, 3, 5, NUM_WORDS, 200])
def test_probabilities_sum_to_one(name: str, bias: bool, num_words: int) -> None:
    layer = make(name, bias=bias, counts=np.random.default_rng(1).zipf(1.5, num_words))
    assert layer.is_normalised
    total = layer.log_probs(queries()[0]).exp().sum(1)
    torch.testing.assert_close(total, torch.ones_like(total), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [*NORMALISED, "nce"])
@pytest.mark.parametrize("bias", [False, True])
def test_log_probabilities_of_words_are_those_among_all(name: str, bias: bool) -> None:
    layer, (hidden, targets, _) = make(name, bias=bias), queries()
    everything = layer.log_probs(hidden)
    assert everything.shape == (4, NUM_WORDS)
    torch.testing.assert_close(layer.log_probs(hidden, targets), everything.gather(1, targets))
    torch.testing.assert_close(layer.log_probs(hidden, targets[:, 0]), everything[range(4), targets[:, 0]])
    assert not any(table.pending for table in tables(layer).values()), "looking is not learning"


@pytest.mark.parametrize("name", ["full", "class", "hierarchical"])
@pytest.mark.parametrize("bias", [False, True])
def test_the_loss_is_the_surprise_of_the_targets(name: str, bias: bool) -> None:
    layer, (hidden, targets, weight) = make(name, bias=bias), queries()
    wanted = -(weight * layer.log_probs(hidden, targets)).sum(1)
    torch.testing.assert_close(layer.loss(hidden, targets, weight), wanted)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("bias", [False, True])
def test_gradients_are_finite_differences(name: str, bias: bool) -> None:
    layer, (hidden, targets, weight) = make(name, bias=bias), queries()
    found = gradients(layer, hidden, targets, weight)
    assert found.keys() - {"hidden"} == tables(layer).keys()

    def difference(values: torch.Tensor, place: tuple[int, ...], step: float = 1e-5) -> float:
        before, losses = values[place].item(), []
        for sign in (1, -1):
            values[place] = before + sign * step
            with torch.no_grad():
                losses.append(layer.loss(hidden, targets, weight, draws()).sum().item())
        values[place] = before
        return (losses[0] - losses[1]) / (2 * step)

    for part, gradient in found.items():
        values = hidden if part == "hidden" else tables(layer)[part].weight
        wanted = [difference(values, place) for place in np.ndindex(*values.shape)]
        np.testing.assert_allclose(gradient.flatten(), wanted, atol=1e-7, err_msg=part)
        assert gradient.abs().sum() > 0, part


@pytest.mark.parametrize("name", ALL)
def test_what_weighs_nothing_counts_nothing(name: str) -> None:
    layer, (hidden, targets, weight) = make(name), queries()
    others = torch.where(weight == 0, (targets + 1) % NUM_WORDS, targets)
    assert (others != targets).any()
    first, second = (layer.loss(hidden, words, weight, draws()) for words in (targets, others))
    torch.testing.assert_close(first, second)
    silent = layer.loss(hidden.requires_grad_(True), targets, torch.zeros_like(weight), draws())
    assert silent.tolist() == [0.0] * 4
    silent.sum().backward()
    assert hidden.grad is None or not hidden.grad.any()


@pytest.mark.parametrize("name", ALL)
def test_weights_multiply_and_queries_stand_alone(name: str) -> None:
    """Given the noise, the loss is a sum over targets, and a list of single targets needs no second axis."""
    layer, (hidden, targets, weight) = make(name, size=NUM_WORDS), queries()
    if name in ("css", "css by proposal"):  # its support depends on all targets: take one that has them all
        layer.size, layer.proposal = NUM_WORDS, None
    together = layer.loss(hidden, targets, weight, draws())
    one_by_one = sum(layer.loss(hidden, targets[:, k], weight[:, k], draws()) for k in range(targets.shape[1]))
    torch.testing.assert_close(together, one_by_one)
    unweighted = layer.loss(hidden, targets[:, 0], None, draws())
    torch.testing.assert_close(layer.loss(hidden, targets[:, 0], 2 * torch.ones(4), draws()), 2 * unweighted)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("num_queries", "width"), [(0, 3), (4, 0)])
def test_where_nothing_is_asked_nothing_is_lost(name: str, num_queries: int, width: int) -> None:
    layer, (hidden, targets, weight) = make(name), queries(num_queries, width)
    with torch.no_grad():
        assert layer.loss(hidden, targets, weight, draws()).tolist() == [0] * num_queries
    assert all((gradient == 0).all() for gradient in gradients(layer, hidden, targets, weight).values())
    if name != "negative":
        assert layer.log_probs(hidden, targets, renormalise=True).shape == (num_queries, width)
        assert layer.log_probs(hidden).shape == (num_queries, NUM_WORDS)


@pytest.mark.parametrize("name", SAMPLED)
def test_noise_is_a_function_of_the_seed(name: str) -> None:
    layer, (hidden, targets, weight) = make(name), queries()
    one, same, other = (layer.loss(hidden, targets, weight, draws(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("name", ["class", "hierarchical", "css", "negative", "nce"])
def test_a_step_touches_the_rows_it_needs_and_no_others(name: str) -> None:
    layer = make(name, counts=np.arange(2000, 0, -1), size=8)
    hidden = torch.randn(1, DIM, dtype=torch.float64)
    layer.loss(hidden, torch.tensor([3]), None, draws())
    touched = max(len(rows) for table in tables(layer).values() for rows, _ in table.pending)
    assert touched < 100


@pytest.mark.parametrize("name", ALL)
def test_a_vocabulary_of_one_word(name: str) -> None:
    layer, (hidden, _, _) = make(name, counts=COUNTS[:1]), queries()
    loss = layer.loss(hidden, torch.zeros(4, dtype=torch.int64), None, draws())
    assert loss.isfinite().all()
    if layer.is_normalised:
        assert loss.abs().max() < 1e-12
        assert layer.log_probs(hidden).abs().max() < 1e-12


def test_negative_sampling_says_why_it_gives_no_probabilities() -> None:
    layer, (hidden, targets, _) = make("negative"), queries()
    assert not layer.is_normalised
    for words in (None, targets, targets[:, 0]):
        with pytest.raises(ParameterError, match=r"must be a density model .* not normalised; train with"):
            layer.log_probs(hidden, words)
