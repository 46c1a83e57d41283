"""Priors over alignments: the sum over all alignments, its bounds, posteriors and gradients."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from densevec.layers.alignment import Alignment, DiagonalAlignment, JumpAlignment, UniformAlignment
from tests.reference.hmm import enumerate_paths

SOURCE, TARGET = torch.tensor([2, 3, 1]), torch.tensor([3, 2, 1])
PRIORS = {
    "uniform": UniformAlignment,
    "diagonal": lambda: DiagonalAlignment(0.1),
    "hmm": lambda: JumpAlignment(0.1, reach=2),
}
by_prior = pytest.mark.parametrize("prior", PRIORS)


@pytest.fixture
def emission() -> torch.Tensor:
    return torch.randn(3, 4, 3, generator=torch.Generator().manual_seed(2)) * 2 - 3


def word_prior(name: str, alignment, i: int, j: int, m: int, n: int) -> float:
    """p(a_j = i) of the factorised priors, i = 0 for NULL, j from 0."""
    if name == "uniform":
        return 1 / (m + 1)
    if i == 0:
        return 0.1
    tension = float(alignment.log_tension.weight.exp())
    weights = [np.exp(-tension * abs(k / m - (j + 1) / n)) for k in range(1, m + 1)]
    return 0.9 * weights[i - 1] / sum(weights)


def enumerated(name: str, alignment, emission: np.ndarray) -> tuple[float, np.ndarray]:
    m, n = emission.shape[0] - 1, emission.shape[1]
    if name == "hmm":
        return enumerate_paths(emission, alignment.log_jump.weight[:, 0].numpy(), 0.1)[:2]
    total, posterior = 0.0, np.zeros((m + 1, n))
    for links in itertools.product(range(m + 1), repeat=n):
        each = [word_prior(name, alignment, i, j, m, n) * np.exp(emission[i, j]) for j, i in enumerate(links)]
        total += np.prod(each)
        posterior[links, range(n)] += np.prod(each)
    return np.log(total), posterior / total


@by_prior
def test_the_marginal_and_its_posterior_equal_enumeration(prior: str, emission) -> None:
    alignment: Alignment = PRIORS[prior]()
    likelihood = alignment.log_likelihood(emission, SOURCE, TARGET)
    posterior = alignment.posterior(emission, SOURCE, TARGET)
    best = alignment.best(emission, SOURCE, TARGET)
    for pair, (m, n) in enumerate(zip(SOURCE, TARGET, strict=True)):
        wanted, states = enumerated(prior, alignment, emission[pair, : m + 1, :n].double().numpy())
        assert likelihood[pair].item() == pytest.approx(wanted, abs=1e-5)
        np.testing.assert_allclose(posterior[pair, : m + 1, :n], states, atol=1e-5)
        assert not posterior[pair, m + 1 :].any()
        assert not posterior[pair, :, n:].any()
        if prior != "hmm":
            assert best[pair, :n].tolist() == states.argmax(0).tolist()
        else:
            arguments = emission[pair, : m + 1, :n].numpy(), alignment.log_jump.weight[:, 0].numpy(), 0.1
            assert best[pair, :n].tolist() == enumerate_paths(*arguments)[2]


@by_prior
def test_the_gradient_of_the_marginal_is_the_posterior(prior: str, emission) -> None:
    alignment: Alignment = PRIORS[prior]()
    emission.requires_grad_(True)
    weight = torch.tensor([1.0, 2.0, -1.0])
    (alignment.log_likelihood(emission, SOURCE, TARGET) * weight).sum().backward()
    wanted = alignment.posterior(emission.detach(), SOURCE, TARGET) * weight[:, None, None]
    torch.testing.assert_close(emission.grad, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("prior", "name"), [("diagonal", "log_tension"), ("hmm", "log_jump")])
def test_the_priors_own_gradient_equals_finite_differences(prior: str, name: str, emission) -> None:
    alignment: Alignment = PRIORS[prior]()
    table = getattr(alignment, name)
    weight = torch.tensor([1.0, 2.0, -1.0])  # pairs count differently

    def total() -> float:
        with torch.no_grad():
            return float((alignment.log_likelihood(emission, SOURCE, TARGET).double() * weight).sum())

    (alignment.log_likelihood(emission, SOURCE, TARGET) * weight).sum().backward()
    ((_, looked_up),) = table.pending
    for row in range(len(table.weight)):
        start = table.weight[row].clone()
        values = []
        for step in (1e-2, -1e-2):
            table.weight[row] = start + step
            values.append(total())
        table.weight[row] = start
        assert looked_up.grad[row].item() == pytest.approx((values[0] - values[1]) / 2e-2, abs=1e-3)


@by_prior
def test_without_words_on_one_side_all_is_null(prior: str) -> None:
    alignment: Alignment = PRIORS[prior]()
    emission = torch.randn(4, 4, 3, generator=torch.Generator().manual_seed(5)).requires_grad_(True)
    source, target = torch.tensor([0, 3, 0, 2]), torch.tensor([2, 0, 0, 3])
    likelihood = alignment.log_likelihood(emission, source, target)
    assert likelihood[:3].tolist() == [pytest.approx(emission[0, 0, :2].sum().item()), 0, 0]
    with torch.no_grad():
        assert likelihood[3] == alignment.log_likelihood(emission[3:], source[3:], target[3:])[0]
        assert alignment.best(emission, source, target)[0, :2].tolist() == [0, 0]
    likelihood.sum().backward()
    posterior = alignment.posterior(emission.detach(), source, target)
    np.testing.assert_allclose(emission.grad, posterior, atol=1e-6)
    assert posterior[:3].sum((1, 2)).tolist() == [2, 0, 0]
    for child in alignment.modules():
        assert all(looked_up.grad.isfinite().all() for _, looked_up in getattr(child, "pending", ()))


@by_prior
@pytest.mark.parametrize(("shape", "lengths"), [((0, 4, 3), []), ((2, 1, 3), [0, 0]), ((2, 4, 0), [3, 1])])
def test_emissions_without_pairs_or_places(prior: str, shape: tuple[int, int, int], lengths: list[int]) -> None:
    alignment, emission = PRIORS[prior](), -torch.ones(shape)
    num_pairs, num_target = shape[0], shape[2]
    given = emission, torch.tensor(lengths, dtype=torch.int64), torch.full((num_pairs,), num_target)
    assert alignment.log_likelihood(*given).tolist() == [-num_target] * num_pairs
    assert alignment.posterior(*given).shape == shape
    assert alignment.best(*given).shape == (num_pairs, num_target)


@pytest.mark.parametrize("prior", [UniformAlignment, lambda bound: DiagonalAlignment(0.2, bound)])
def test_jensen_is_a_lower_bound_and_samples_have_its_expectation(prior, emission) -> None:
    exact = prior("exact").log_likelihood(emission, SOURCE, TARGET)
    jensen = prior("jensen").log_likelihood(emission, SOURCE, TARGET)
    assert (jensen < exact).all()
    sampled, draws = prior("sampled"), torch.Generator().manual_seed(5)
    many = torch.stack([sampled.log_likelihood(emission, SOURCE, TARGET, draws) for _ in range(4000)])
    error = many.std(0) / 4000**0.5
    assert ((many.mean(0) - jensen).abs() < 4 * error).all()
    assert (sampled.eval().log_likelihood(emission, SOURCE, TARGET) == exact).all()  # a bound is for training
