"""The network of EmbedAlign against what defines it: enumeration, the exact softmax, finite differences, sampling."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from densevec.corpus.batches import SentenceBatch
from densevec.corpus.blocks import TextPosition
from densevec.layers.support import ComplementarySupport, WholeVocabulary
from densevec.models.embedalign.network import Batch, Network, make_batch
from densevec.models.embedalign.parameters import EmbedAlignParameters

V, W = 7, 9  # words of each language, the unknown one included
CPU = torch.device("cpu")
SOURCE, SOURCE_LENGTHS = np.array([[3, 1, 4], [6, 2, 0]], np.int32), np.array([3, 2], np.int32)
TARGET, TARGET_LENGTHS = np.array([[8, 1], [5, 0]], np.int32), np.array([2, 1], np.int32)


def make_network(**changes) -> Network:
    settings = EmbedAlignParameters(**{"dim": 4, "embedding_dim": 5, "hidden": 3, "max_jump": 2, **changes})
    generator = torch.Generator().manual_seed(4)
    network = Network(settings, torch.zeros(V), torch.zeros(W), generator).double()
    for scores in (network.source, network.target):  # they start at zero
        scores.weight.weight.normal_(generator=generator)
        scores.bias.weight.normal_(generator=generator)
    return network


def pairs_of(source, source_lengths, target, target_lengths) -> SentenceBatch:
    numbers = np.arange(len(source))
    return SentenceBatch(source, source_lengths, target, target_lengths, numbers, source.size, TextPosition(1, 0))


def batch_of(samplers=None, source=SOURCE, target=TARGET) -> Batch:
    samplers = samplers or (WholeVocabulary(V), WholeVocabulary(W))
    random = np.random.default_rng(1)
    pairs = pairs_of(source, SOURCE_LENGTHS, target, TARGET_LENGTHS)
    return make_batch(pairs, samplers, V, random, CPU)


def loss_of(network: Network, batch: Batch, kl_weight: float = 0.7):
    return network(batch, kl_weight, torch.Generator().manual_seed(9))


def by_hand(network: Network, pair: int, kl_weight: float) -> float:
    """Minus the bound of one pair from the definition, the alignments enumerated."""
    m, n = SOURCE_LENGTHS[pair], TARGET_LENGTHS[pair]
    with torch.no_grad():
        mean, log_variance = network.encode(torch.from_numpy(SOURCE), torch.from_numpy(SOURCE_LENGTHS).long())
        draws = torch.Generator().manual_seed(9)
        latent = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=draws, dtype=mean.dtype)
        z, mean, variance = latent[pair], mean[pair].numpy(), log_variance[pair].exp().numpy()

        def log_softmax(scores, at):
            return torch.log_softmax(scores.weight.weight @ at + scores.bias.weight[:, 0], 0)

        source = sum(float(log_softmax(network.source, z[i + 1])[SOURCE[pair, i]]) for i in range(m))
        probability = np.array([log_softmax(network.target, z[i]).exp().numpy() for i in range(m + 1)])
    target = 0.0
    for links in itertools.product(range(m + 1), repeat=n):
        target += np.prod([probability[i, TARGET[pair, j]] / (m + 1) for j, i in enumerate(links)])
    divergence = 0.5 * (variance + mean**2 - 1 - np.log(variance))[: m + 1].sum()
    return -source - np.log(target) + kl_weight * divergence


@pytest.mark.parametrize("encoder", ["bow", "birnn"])
@pytest.mark.parametrize("directions", ["sum", "concat"])
def test_the_loss_is_the_definition_with_every_alignment_enumerated(encoder: str, directions: str) -> None:
    network = make_network(encoder=encoder, directions=directions)
    loss = loss_of(network, batch_of())
    assert float(loss.total.detach()) == pytest.approx(sum(by_hand(network, pair, 0.7) for pair in range(2)), rel=1e-6)
    assert float(loss.total.detach()) == pytest.approx(sum(float(term) for term in loss.terms.values()))
    assert loss.num_tokens == SOURCE_LENGTHS.sum()


@pytest.mark.parametrize("prior", ["uniform", "diagonal", "hmm"])
def test_a_support_of_all_words_is_the_exact_softmax(prior: str) -> None:
    network = make_network(alignment_prior=prior)
    everything = ComplementarySupport(V, V), ComplementarySupport(W, W)
    exact, estimated = (loss_of(network, batch_of(samplers)).total.item() for samplers in (None, everything))
    assert estimated == pytest.approx(exact, rel=1e-6)


def test_the_exact_emission_is_that_of_training() -> None:
    network = make_network()
    latent = torch.randn(2, 4, 4, dtype=torch.float64)
    with torch.no_grad():
        emission = network.emission(latent, torch.from_numpy(TARGET))
        scores = torch.log_softmax(network.target.of_all(latent.view(-1, 4)), 1).view(2, 4, W)
    torch.testing.assert_close(emission, scores.gather(2, torch.from_numpy(TARGET).long()[:, None].expand(-1, 4, -1)))


def test_padding_and_company_change_nothing() -> None:
    network = make_network()
    other = SOURCE.copy(), TARGET.copy()
    other[0][1, 2], other[1][1, 1] = 5, 7
    assert loss_of(network, batch_of(source=other[0], target=other[1])).total.item() == pytest.approx(
        loss_of(network, batch_of()).total.item(), rel=1e-12
    )


@pytest.mark.parametrize(
    "prior", ["uniform", "diagonal"]
)  # the hmm's kernel reads single precision; see the layer's tests
def test_gradients_equal_finite_differences(prior: str) -> None:
    network = make_network(alignment_prior=prior)
    batch = batch_of()
    loss_of(network, batch).total.backward()
    gradients = {
        name: (table.weight, *table.pending[0])
        for name, table in network.named_modules()
        if getattr(table, "pending", None)
    }
    assert set(gradients) >= {"embedding", "source.weight", "target.weight", "target.bias"}
    checks = [(weight, (int(rows[0]), 0), leaf.grad[0, 0]) for weight, rows, leaf in gradients.values()]
    checks += [(value.data, (0,) * value.ndim, value.grad[(0,) * value.ndim]) for value in network.parameters()]
    for values, place, gradient in checks:
        start, found = values[place].item(), []
        for step in (1e-5, -1e-5):
            values[place] = start + step
            with torch.no_grad():
                found.append(loss_of(network, batch).total.item())
        values[place] = start
        assert float(gradient) == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-4, abs=1e-5)


def test_the_bound_is_below_the_importance_sampled_likelihood() -> None:
    """E log w <= log E w, w = P(x, y, z)/q(z|x), and both hold for every pair."""
    network, draws, num_samples = make_network(), torch.Generator().manual_seed(1), 4000
    with torch.no_grad():
        mean, log_variance = network.encode(torch.from_numpy(SOURCE), torch.from_numpy(SOURCE_LENGTHS).long())
        noise = torch.randn(num_samples, *mean.shape, generator=draws, dtype=mean.dtype)
        latent = mean + (0.5 * log_variance).exp() * noise  # (K, B, M + 1, d)
        ratio = (-0.5 * latent.square() + 0.5 * noise.square() + 0.5 * log_variance).sum(3)
        source = torch.log_softmax(network.source.of_all(latent.view(-1, 4)), 1).view(num_samples, 2, 4, V)
        target = torch.log_softmax(network.target.of_all(latent.view(-1, 4)), 1).view(num_samples, 2, 4, W)
    for pair in range(2):
        m, n = int(SOURCE_LENGTHS[pair]), int(TARGET_LENGTHS[pair])
        weight = ratio[:, pair, : m + 1].sum(1)
        for i in range(m):
            weight = weight + source[:, pair, i + 1, SOURCE[pair, i]]
        for j in range(n):
            weight = weight + torch.logsumexp(target[:, pair, : m + 1, TARGET[pair, j]], 1) - np.log(m + 1)
        bound, likelihood = weight.mean().item(), torch.logsumexp(weight, 0).item() - np.log(num_samples)
        analytic = np.mean(_bounds(network, pair, 400))  # over the same posterior
        assert analytic < likelihood
        assert analytic == pytest.approx(bound, abs=4 * weight.std().item() / 400**0.5)


def _bounds(network: Network, pair: int, number: int) -> list[float]:
    """The bound of one pair, by draw after draw."""
    one = slice(pair, pair + 1)
    pairs = pairs_of(SOURCE[one], SOURCE_LENGTHS[one], TARGET[one], TARGET_LENGTHS[one])
    samplers = WholeVocabulary(V), WholeVocabulary(W)
    batch = make_batch(pairs, samplers, V, np.random.default_rng(1), CPU)
    with torch.no_grad():
        return [-network(batch, 1.0, torch.Generator().manual_seed(seed)).total.item() for seed in range(number)]


def test_every_place_has_its_own_noise() -> None:
    """One draw shared by a batch would give equal words in equal places equal latents."""
    network = make_network(encoder="bow")
    source = np.full((2, 3), 1, np.int32)
    lengths = np.array([3, 3], np.int32)
    seen = []
    network.source.register_forward_hook(lambda *_: None)
    original = torch.randn
    try:
        torch.randn = lambda *shape, **options: seen.append(original(*shape, **options)) or seen[-1]
        samplers = WholeVocabulary(V), WholeVocabulary(W)
        pairs = pairs_of(source, lengths, TARGET, TARGET_LENGTHS)
        batch = make_batch(pairs, samplers, V, np.random.default_rng(1), CPU)
        loss_of(network, batch)
    finally:
        torch.randn = original
    (noise,) = seen
    assert noise.shape == (2, 4, 4)
    assert len(torch.unique(noise.flatten())) == noise.numel()
