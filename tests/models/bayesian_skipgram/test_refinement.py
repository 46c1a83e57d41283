"""Posteriors refined on their bound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from densevec import Aviary, BayesianSkipGram
from densevec.densities import kl_divergence
from densevec.errors import ParameterError, ParameterTypeError
from densevec.models.bayesian_skipgram.refinement import Refinement
from densevec.models.bayesian_skipgram.tables import Own
from densevec.models.bayesian_skipgram.windows import Windows

SENTENCE = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"]
KINDS = {"spherical": 1, "diag": 6}


class World:
    """Densities of nine words, and three posteriors with their sentences, of which the last has no words."""

    def __init__(self, kinds: int) -> None:
        random = np.random.default_rng(3)
        size, dim = 9, 6
        self.tables = {
            f"{name}.weight": random.normal(size=(size, columns)).astype(np.float32)
            for name, columns in [
                ("prior_mean", dim),
                ("prior_log_variance", kinds),
                ("decoder.mean", dim),
                ("decoder.log_variance", kinds),
            ]
        }
        shares = random.dirichlet(np.ones(size))
        self.log_frequency = np.log(shares).astype(np.float32)
        weight = random.uniform(0.2, 1, size=(3, 4)).astype(np.float32)
        weight[2] = 0
        self.words, context = random.integers(size, size=3), random.integers(size, size=(3, 4))
        self.windows = Windows(context, weight, np.zeros((3, 4), np.float32))
        self.mean, self.log_variance = random.normal(size=(3, dim)), random.normal(size=(3, kinds))

    def refined(self, num_steps: int) -> tuple[np.ndarray, np.ndarray]:
        refinement = Refinement(self.tables, self.log_frequency)
        prior = (self.tables[f"prior_{part}.weight"][self.words] for part in ("mean", "log_variance"))
        own = Own(self.tables["decoder.mean.weight"][self.words], *prior)  # whose embedding plays no part
        return refinement.refined(self.mean, self.log_variance, own, self.windows, num_steps)

    def bound(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Σ_k w_k log P(c_k|q) − KL(q‖p_v), written out word by word, (B,)."""
        table = {name: torch.from_numpy(array).double() for name, array in self.tables.items()}
        words, context = torch.from_numpy(self.words), torch.from_numpy(self.windows.context)
        word_mean, word_log_variance = table["decoder.mean.weight"], table["decoder.log_variance.weight"]
        squares = (mean[:, None] - word_mean) ** 2 + log_variance.exp()[:, None]
        energies = (squares / word_log_variance.exp() + word_log_variance).sum(-1)
        log_shares = torch.log_softmax(torch.from_numpy(self.log_frequency).double() - 0.5 * energies, 1)
        told = (torch.from_numpy(self.windows.weight) * log_shares.gather(1, context)).sum(1)
        prior = table["prior_mean.weight"][words], table["prior_log_variance.weight"][words]
        return told - kl_divergence(mean, log_variance, *prior)


@pytest.mark.parametrize("covariance", KINDS)
def test_a_step_follows_the_gradient_of_the_bound(covariance: str) -> None:
    world = World(KINDS[covariance])
    mean = torch.from_numpy(world.mean).requires_grad_()
    log_variance = torch.from_numpy(world.log_variance).requires_grad_()
    mean_gradient, variance_gradient = torch.autograd.grad(world.bound(mean, log_variance).sum(), (mean, log_variance))
    moved, widened = world.refined(1)
    words, (context, weight, _) = world.words, world.windows
    precision = np.exp(-world.tables["prior_log_variance.weight"].astype(float))[words]
    quadratic = (weight[..., None] * np.exp(-world.tables["decoder.log_variance.weight"].astype(float))[context]).sum(1)
    at_all = weight.sum(1, keepdims=True) > 0
    wanted = 0.5 * mean_gradient.numpy() / (precision + quadratic)
    np.testing.assert_allclose(moved - world.mean, at_all * wanted, rtol=2e-4, atol=2e-5)
    repeats = 6 // KINDS[covariance]
    wanted = variance_gradient.numpy() / (repeats * (1 + np.exp(world.log_variance) * quadratic))
    np.testing.assert_allclose(widened - world.log_variance, at_all * wanted.clip(-0.5, 0.5), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("covariance", KINDS)
def test_every_step_raises_the_bound(covariance: str) -> None:
    world = World(KINDS[covariance])
    bounds = [world.bound(*map(torch.from_numpy, world.refined(steps))).numpy()[:2] for steps in range(1, 9)]
    start = world.bound(torch.from_numpy(world.mean), torch.from_numpy(world.log_variance)).numpy()[:2]
    assert (np.diff([start, *bounds], axis=0) > 0).all()


@pytest.fixture(scope="module")
def trained() -> BayesianSkipGram:
    return BayesianSkipGram(Aviary(2_000), dim=8, epochs=1, refine=2).train(progress=False)


def test_a_posterior_is_refined_as_the_model_or_the_call_says(trained: BayesianSkipGram) -> None:
    asked = [(SENTENCE, 1), (SENTENCE, 4), (["kiwi"], 0)]
    plain, refined = trained.posterior_batch(asked, refine=0), trained.posterior_batch(asked)
    np.testing.assert_array_equal(plain[2].mean, refined[2].mean)  # nothing stands beside it
    assert all(np.abs(a.mean - b.mean).max() > 1e-3 for a, b in zip(plain[:2], refined[:2], strict=True))
    for one in (trained.posterior(*asked[1]), trained.posterior(*asked[1], refine=2)):
        np.testing.assert_allclose(one.mean, refined[1].mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one.variance, refined[1].variance, rtol=1e-4)


def test_queries_in_a_sentence_are_refined_too(trained: BayesianSkipGram, tmp_path: Path) -> None:
    trained.save(tmp_path / "refined.safetensors")
    loaded = BayesianSkipGram.load(tmp_path / "refined.safetensors")
    here = dict(loaded.vectors.most_similar((SENTENCE, 1), topn=3))
    refined, plain = (trained.posterior(SENTENCE, 1, refine=steps) for steps in (2, 0))
    assert here == pytest.approx(dict(trained.vectors.most_similar(refined, topn=3)))
    assert here != pytest.approx(dict(trained.vectors.most_similar(plain, topn=3)), rel=1e-3)


def test_only_a_bound_is_refined(trained: BayesianSkipGram) -> None:
    with pytest.raises(ParameterError, match="refine must be"):
        trained.posterior(SENTENCE, 1, refine=-1)
    with pytest.raises(ParameterTypeError, match="refine"):
        trained.posterior(SENTENCE, 1, refine=1.5)  # type: ignore[arg-type]
    for model in (
        BayesianSkipGram(Aviary(10), refine=1, likelihood="affine", objective="elbo"),
        BayesianSkipGram(Aviary(10), refine=1, objective="max_margin"),
    ):
        with pytest.raises(ParameterError, match="refine must be 0"):
            model.train(progress=False)
