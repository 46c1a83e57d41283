"""Sampled layers against the exact ones they stand for, and their samplers against their distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional

from densevec.layers.output import Noise
from densevec.layers.output.negative_sampling import negative_sampling_loss, noise_weights
from densevec.layers.output.noise import distinct_integers
from tests.layers.output.helpers import COUNTS, NUM_WORDS, draws, gradients, make, queries


def exact_gradients(layer, hidden, targets, weight) -> dict[str, torch.Tensor]:
    full = make("full")
    full.load_state_dict(layer.state_dict())
    return gradients(full, hidden, targets, weight)


def distance(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> float:
    return math.sqrt(sum(float((found[name] - wanted[name]).square().sum()) for name in wanted))


# Samplers


@pytest.mark.parametrize("exponent", [0.0, 0.75, 1.0, -0.5])
def test_noise_comes_by_count_to_the_power(exponent: float) -> None:
    words, times = Noise(COUNTS, exponent).draw(100_000, draws())
    assert words.tolist() == sorted(set(words.tolist()))
    observed = np.zeros(NUM_WORDS)
    observed[words] = times
    expected = COUNTS**exponent / (COUNTS**exponent).sum() * 100_000
    assert stats.chisquare(observed, expected).pvalue > 1e-4


@pytest.mark.parametrize(("high", "size"), [(40, 3), (12, 5), (7, 7), (10**12, 4)])
def test_distinct_integers_are_a_uniform_sample_without_replacement(high: int, size: int) -> None:
    random, device = draws(), torch.device("cpu")
    samples = torch.stack([distinct_integers(high, size, random, device) for _ in range(3000)])
    assert all(len(set(sample)) == size for sample in samples.tolist())
    for column in samples.T:  # the first drawn is as uniform as the last
        observed = np.bincount(column.numpy() * min(high, 40) // high, minlength=min(high, 40))
        assert stats.chisquare(observed).pvalue > 1e-4


def test_a_complementary_sample_leaves_the_types_out_and_favours_none() -> None:
    layer, random, seen = make("css", size=4), draws(), np.zeros(NUM_WORDS)
    types = torch.tensor([0, 4, 10])
    for _ in range(3000):
        words, log_weight = layer.complement(types, random)
        assert len(words) == 4
        torch.testing.assert_close(log_weight.exp(), torch.full((4,), 2.0))
        seen[words] += 1
    assert not seen[types].any()
    assert stats.chisquare(np.delete(seen, types)).pvalue > 1e-3


def test_a_proposal_is_renormalised_over_the_complement() -> None:
    noise, random, seen = Noise(COUNTS, 1.0), draws(), np.zeros(NUM_WORDS)
    types = torch.tensor([1, 2, 9])
    outside = np.where(np.isin(np.arange(NUM_WORDS), types), 0, COUNTS) / np.delete(COUNTS, types).sum()
    for _ in range(500):
        words, log_weight = noise.draw_outside(types, 50, random)
        times = log_weight.exp().numpy() * 50 * outside[words]  # weight 1/(|N| q(v)) each time
        np.testing.assert_allclose(times, times.round(), atol=1e-6)
        seen[words] += times
    assert not seen[types].any()
    others = np.delete(seen, types)
    assert stats.chisquare(others, np.delete(outside, types) * others.sum()).pvalue > 1e-4


# Complementary sum sampling


@pytest.mark.parametrize("size", [NUM_WORDS, 1000])
def test_css_with_the_whole_complement_is_exact(size: int) -> None:
    layer, batch = make("css", size=size), queries()
    assert distance(gradients(layer, *batch), exact_gradients(layer, *batch)) < 1e-6  # log-weights are float32


@pytest.mark.parametrize("name", ["css", "css by proposal"])
def test_css_estimates_the_normaliser_without_bias(name: str) -> None:
    layer, (hidden, targets, weight) = make(name, size=3), queries()
    types = torch.unique(targets[weight > 0])
    scores = layer.words.of_all(hidden).detach().exp()
    random, sums = draws(), []
    for _ in range(4000):
        others = layer.complement(types, random)
        sums.append(scores[:, types].sum(1) + scores[:, others.words] @ others.log_weight.double().exp())
    estimates = torch.stack(sums)
    error = (estimates.mean(0) - scores.sum(1)) / (estimates.std(0) / math.sqrt(len(sums)))
    assert error.abs().max() < 4


@pytest.mark.parametrize("name", ["css", "css by proposal"])
def test_css_approaches_the_exact_gradient(name: str) -> None:
    counts = np.arange(400, 0, -1)
    hidden, targets, weight = queries(num_words=400)
    full = make("full", counts=counts)
    wanted = gradients(full, hidden, targets, weight)
    distances = []
    for size in (10, 100, 1000):
        layer = make(name, counts=counts, size=size)
        layer.load_state_dict(full.state_dict())
        distances.append(np.mean([distance(gradients(layer, hidden, targets, weight, s), wanted) for s in range(20)]))
    assert distances[0] > 1.8 * distances[1] > 3 * distances[2]


# Noise-contrastive estimation


def test_nce_approaches_the_gradient_of_the_likelihood() -> None:
    """As k grows: −∂s(c) + Σ_w exp s(w) ∂s(w), the softmax's gradient where the normaliser is one."""
    hidden, targets, weight = queries()
    hidden, targets, weight = hidden[:1], targets[:1], torch.ones(1, 3, dtype=torch.float64)
    base = make("nce")
    base.words.bias.weight -= torch.logsumexp(base.words.of_all(hidden), 1).detach()
    wanted = exact_gradients(base, hidden, targets, weight)
    distances = []
    for k, size in ((1, 30_000), (30, 300_000), (1000, 3_000_000)):
        layer = make("nce", size=size)
        layer.load_state_dict(base.state_dict())
        layer.negative = k
        distances.append(distance(gradients(layer, hidden, targets, weight), wanted))
    assert distances[0] > 5 * distances[1] > 50 * distances[2]


def test_nce_finds_a_normalised_distribution() -> None:
    """Minimised exactly over free scores, NCE gives log P of the data and so a normaliser of one, even for k = 1."""
    layer = make("nce", size=20_000)
    layer.negative = 1
    data = torch.tensor(COUNTS / COUNTS.sum())
    hidden = torch.zeros(NUM_WORDS, 3, dtype=torch.float64)
    bias = layer.words.bias
    for step in range(200):
        losses = layer.loss(hidden, torch.arange(NUM_WORDS), data, draws(step))
        losses.sum().backward()
        for rows, looked_up in bias.pending:
            bias.weight.index_add_(0, rows, looked_up.grad / data[rows, None], alpha=-1.0)
        for table in (layer.words.weight, bias):
            table.pending.clear()
    found = layer.log_probs(hidden[:1])
    torch.testing.assert_close(found[0].exp(), data, atol=0.02, rtol=0.02)
    renormalised = layer.log_probs(hidden[:1], renormalise=True)
    assert float(renormalised.exp().sum()) == pytest.approx(1, abs=1e-12)


def test_nce_renormalises_words_by_the_whole_vocabulary() -> None:
    layer, (hidden, targets, _) = make("nce"), queries()
    everything = layer.log_probs(hidden, renormalise=True)
    torch.testing.assert_close(everything, torch.log_softmax(layer.log_probs(hidden), 1))
    torch.testing.assert_close(layer.log_probs(hidden, targets, renormalise=True), everything.gather(1, targets))
    single = layer.log_probs(hidden, targets[:, 0], renormalise=True)
    torch.testing.assert_close(single, everything[range(4), targets[:, 0]])


def test_nce_counts_noise_that_equals_the_target() -> None:
    layer, (hidden, targets, weight) = make("nce", size=4), queries()
    words, times = layer.noise.draw(4, draws())
    scores = layer.words.of_all(hidden).detach() - (layer.noise.log_probability + math.log(5))
    wanted = torch.zeros(4, dtype=torch.float64)
    for i in range(4):
        for k in range(3):
            noise = sum(t * functional.softplus(scores[i, n]) for n, t in zip(words, times, strict=True)) * 5 / 4
            wanted[i] += weight[i, k] * (functional.softplus(-scores[i, targets[i, k]]) + noise)
    torch.testing.assert_close(layer.loss(hidden, targets, weight, draws()), wanted)


# Negative sampling


def test_negative_sampling_is_the_sum_written_out() -> None:
    layer, (hidden, targets, weight) = make("negative", size=8), queries()
    words, times = layer.noise.draw(8, draws())
    assert int(times.sum()) == 8
    assert len(words) < 8, "the case of a word drawn twice is wanted here"
    scores = layer.words.of_all(hidden).detach()
    wanted = torch.zeros(4, dtype=torch.float64)
    for i in range(4):
        for k in range(3):
            wanted[i] += weight[i, k] * functional.softplus(-scores[i, targets[i, k]])
            for n, t in zip(words.tolist(), times.tolist(), strict=True):
                if n != targets[i, k]:
                    wanted[i] += weight[i, k] * 5 / 8 * t * functional.softplus(scores[i, n])
    torch.testing.assert_close(layer.loss(hidden, targets, weight, draws()), wanted)


def test_shared_noise_has_the_expectation_of_drawing_for_every_pair() -> None:
    """Per pair: ``negative`` draws from P_noise, those that equal the target skipped."""
    layer, (hidden, targets, weight) = make("negative", size=3), queries()
    scores = layer.words.of_all(hidden).detach()
    probability = layer.noise.log_probability.exp()
    per_word = 5 * probability * functional.softplus(scores)  # (N, V)
    noise = per_word.sum(1, keepdim=True) - per_word.gather(1, targets)
    wanted = (weight * (functional.softplus(-scores.gather(1, targets)) + noise)).sum(1)
    losses = torch.stack([layer.loss(hidden, targets, weight, draws(seed)).detach() for seed in range(4000)])
    error = (losses.mean(0) - wanted) / (losses.std(0) / math.sqrt(len(losses)))
    assert error.abs().max() < 4


def test_noise_weights_count_the_pairs_whose_target_is_another_word() -> None:
    targets = torch.tensor([[3, 5, 3], [9, 0, 1]])
    weight = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    found = noise_weights(targets, weight, torch.tensor([1, 3, 5]), 0.5)
    assert found.tolist() == [[1.5, 0.5, 1.0], [1.0, 1.0, 1.0]]
    loss = negative_sampling_loss(torch.zeros(2, 3), weight, torch.zeros(2, 3), found)
    torch.testing.assert_close(loss, torch.tensor([6.0, 5.0]) * math.log(2))
