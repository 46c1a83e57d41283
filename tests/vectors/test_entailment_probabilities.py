"""The probability of entailment from densities alone, on a world whose answers are known and by its formula."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from densevec import BayesianSkipGram, DensityWord2Vec
from densevec.errors import ParameterError
from tests.sweeps import only_in_sweeps

from .makers import densities
from .small_world import SmallWorld

SIZES = [3_000, pytest.param(30_000, marks=pytest.mark.slow), pytest.param(300_000, marks=only_in_sweeps)]


def probabilities(vectors, pairs):
    return vectors.entailment_probability_batch(*zip(*pairs, strict=True))


@cache
def sentences(num_sentences: int) -> list[list[str]]:
    return list(SmallWorld(num_sentences))


@pytest.mark.parametrize("num_sentences", SIZES)
@pytest.mark.parametrize("kind", [BayesianSkipGram, DensityWord2Vec])
def test_species_entail_their_kind_and_nothing_else(kind, num_sentences) -> None:
    world = SmallWorld(num_sentences)
    vectors = kind(sentences(num_sentences)).train().vectors
    assert len(vectors) == 66
    assert (probabilities(vectors, world.entailments) >= 0.5).all()
    assert (probabilities(vectors, [pair[::-1] for pair in world.entailments]) < 0.5).all()
    assert (probabilities(vectors, world.siblings) < 0.5).mean() >= 0.9
    assert (probabilities(vectors, world.other_kinds) < 0.5).mean() >= 0.85


@pytest.mark.parametrize("is_spherical", [True, False])
def test_one_by_one_as_in_a_batch_and_the_prior_shifts_the_odds(is_spherical) -> None:
    vectors = densities(40, 5, is_spherical=is_spherical)
    first, second = ["w1", "w2", "w3", "w4"], ["w5", "w6", "w7", "w4"]
    batch = vectors.entailment_probability_batch(first, second)
    alone = [vectors.entailment_probability(a, b) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(batch, alone, rtol=1e-12)
    assert batch[3] == 0  # a word does not entail itself
    shifted = vectors.entailment_probability_batch(first, second, prior=0.2)
    np.testing.assert_allclose(shifted, batch / (batch + 4 * (1 - batch)), rtol=1e-12)
    quarter = vectors.entailment_probability("w1", "w5", prior=0.25)
    for same in (np.float32(0.25), np.float16(0.25), Fraction(1, 4)):
        assert vectors.entailment_probability("w1", "w5", prior=same) == quarter


@pytest.mark.parametrize("prior", [0, 1, -1, True, "x", float("nan")])
def test_a_prior_is_a_share(prior) -> None:
    with pytest.raises(ParameterError, match="prior must be above 0 and below 1"):
        densities(4, 2).entailment_probability("w1", "w2", prior=prior)


def test_pairs_are_equally_long() -> None:
    with pytest.raises(ParameterError, match="equally long"):
        densities(4, 2).entailment_probability_batch(["w1"], [])
