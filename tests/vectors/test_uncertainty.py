"""Generality, inclusion, senses."""

import numpy as np
import pytest

import densevec.models.senses
import densevec.vectors
from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.vectors import DensityVectors

from .makers import densities


@pytest.mark.parametrize("is_spherical", [True, False])
def test_generality_is_the_share_of_narrower_words(is_spherical):
    vectors = densities(80, 4, is_spherical=is_spherical)
    entropies = np.array([vectors.entropy(word) for word in vectors])
    for word in ("w0", "w33"):
        expected = ((entropies < vectors.entropy(word)).sum() + 0.5) / 80
        assert vectors.generality(word) == pytest.approx(expected)
    assert vectors.generality(Gaussian(np.zeros(4), 1e9)) == 1
    assert vectors.generality(Gaussian(np.zeros(4), 1e-9)) == 0
    assert DensityVectors(["a", "b"], [[0.0], [1.0]], [1.0, 1.0]).generality("a") == 0.5


@pytest.mark.parametrize("is_spherical", [True, False])
def test_nearest_by_uncertainty(is_spherical):
    vectors = densities(80, 4, is_spherical=is_spherical)
    differences = {word: -abs(vectors.entropy(word) - vectors.entropy("w7")) for word in vectors if word != "w7"}
    expected = sorted(differences, key=differences.get, reverse=True)
    found = vectors.nearest_by_uncertainty("w7", topn=None)
    assert [word for word, _ in found] == expected
    assert [score for _, score in found] == pytest.approx([differences[word] for word in expected], abs=1e-12)
    assert vectors.nearest_by_uncertainty("w7", 3) == found[:3]
    within = vectors.nearest_by_uncertainty("w7", within=["w9", "w2"])
    assert within == [pair for pair in found if pair[0] in ("w9", "w2")]
    assert vectors.nearest_by_uncertainty(vectors.density("w7"), 1)[0] == ("w7", pytest.approx(0, abs=1e-12))


def test_inclusion():
    vectors = densities(20, 3, is_spherical=False)
    draws = vectors.density("w1").sample(50_000, seed=0)
    share = vectors.density("w2").contains(draws, 0.9).mean()
    assert vectors.inclusion("w1", "w2", 0.9) == pytest.approx(share, abs=0.01)
    assert vectors.inclusion("w1", "w1") == pytest.approx(0.95)
    assert vectors.inclusion(Gaussian(vectors["w2"], 1e-6), "w2") == pytest.approx(1)
    with pytest.raises(MissingWordError):
        vectors.inclusion("w1", "x")
    with pytest.raises(ParameterError, match="level"):
        vectors.inclusion("w1", "w2", 2)
    with pytest.raises(ParameterError, match="dimensions"):
        vectors.inclusion("w1", Gaussian([0.0], 1.0))


def test_senses():
    words = ["kiwi", "kakapo", "kea", "plum", "pear", "thing"]
    mean = [[0.5, 0.5], [1, 0], [1, 0.1], [0, 1], [0.1, 1], [0.5, 0.4]]
    vectors = DensityVectors(words, mean, [0.5, 0.1, 0.1, 0.1, 0.1, 2.0])
    bird, fruit = Gaussian([1.0, 0.05], 0.1), Gaussian([0.05, 1.0], 0.1)
    as_bird, as_fruit = vectors.senses("kiwi", [bird, fruit], topn=2)
    assert {word for word, _ in as_bird.neighbours} == {"kakapo", "kea"}
    assert {word for word, _ in as_fruit.neighbours} == {"plum", "pear"}
    usual = [word for word, _ in vectors.most_similar("kiwi", topn=2, measure="kl_from_query")]
    assert set(as_bird.gained) == {"kakapo", "kea"} - set(usual)
    assert set(as_bird.lost) == set(usual) - {"kakapo", "kea"}
    assert as_bird.information == vectors.kl_divergence(bird, "kiwi")
    assert as_bird.entropy_change == bird.entropy() - vectors.entropy("kiwi") < 0
    assert as_bird.density is bird
    assert set(as_bird.as_dict()) == {"word", "neighbours", "gained", "lost", "information", "entropy_change"}
    assert [sense.word for sense in vectors.senses("kiwi", bird)] == ["kiwi"]
    assert isinstance(as_bird, densevec.WordInContext)
    assert densevec.vectors.Sense is densevec.WordInContext  # as it was called
    assert densevec.Sense is densevec.models.senses.Sense  # a sense of a word in a text
    with pytest.raises(MissingWordError):
        vectors.senses("moa", bird)
    with pytest.raises(ParameterTypeError, match="posteriors must be Gaussians"):
        vectors.senses("kiwi", ["bird"])


@pytest.mark.parametrize("is_spherical", [True, False])
def test_the_prior_density_has_the_moments_of_the_mixture(is_spherical):
    vectors = densities(30, 3, is_spherical=is_spherical)
    random = np.random.default_rng(0)
    weights = vectors.counts / vectors.counts.sum()
    rows = random.choice(30, size=20_000, p=weights)
    deviations = np.sqrt(vectors.variances.reshape(30, -1))[rows]
    draws = vectors.vectors[rows] + deviations * random.normal(size=(len(rows), 3))
    prior = vectors.prior_density()
    np.testing.assert_allclose(prior.mean, draws.mean(0), atol=0.06)
    spread = draws.var(0).mean() if is_spherical else draws.var(0)
    np.testing.assert_allclose(prior.variance, spread, rtol=0.05)


def test_a_word_has_no_sense_in_which_it_is_its_own_neighbour():
    words, mean = ["new_york", "city", "kea"], [[0.5, 0.5], [0.4, 0.5], [1, 0.1]]
    vectors = DensityVectors(words, mean, [0.5, 0.1, 0.1])
    reading = Gaussian([0.5, 0.4], 0.1)
    (expected,) = vectors.senses("new_york", reading)
    assert [word for word, _ in expected.neighbours] == ["city", "kea"]
    for written in ("new york", 0):
        (found,) = vectors.senses(written, reading)
        assert (found.neighbours, found.gained, found.lost) == (expected.neighbours, expected.gained, expected.lost)
