"""Vectors side by side: their cosines, words, densities and n-grams."""

import numpy as np
import pytest

from densevec import SkipGram
from densevec.corpus import Phrases
from densevec.errors import ParameterError, ParameterTypeError
from densevec.formats import Subwords, WordVectors
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors, SubwordVectors

WORDS = [f"w{row}" for row in range(30)]


def points(dim, seed=0, words=WORDS):
    return KeyedVectors(words, np.random.default_rng(seed).normal(size=(len(words), dim)))


def gaussians(dim, seed=0, *, is_spherical=True, bound=None):
    random = np.random.default_rng(seed)
    variance = np.exp(random.normal(size=30 if is_spherical else (30, dim)))
    return DensityVectors(WORDS, random.normal(size=(30, dim)), variance, np.arange(30), bound)


def mixtures(dim, size, seed=0):
    random = np.random.default_rng(seed)
    mean, weight = random.normal(size=(30, size, dim)), random.dirichlet(np.ones(size), 30)
    return MixtureVectors(WORDS, mean, np.exp(random.normal(size=(30, size))), weight)


@pytest.mark.parametrize("weights", [None, [1, 3], [0.5, 0.25]])
def test_the_cosine_is_the_mean_of_cosines(weights):
    one, other = points(4), points(7, 1)
    joined = KeyedVectors.concatenate([one, other], weights)
    first, second = np.square(weights or [1, 1]) / np.square(weights or [1, 1]).sum()
    for word in WORDS[1:]:
        expected = first * one.similarity("w0", word) + second * other.similarity("w0", word)
        assert joined.similarity("w0", word) == pytest.approx(expected, abs=1e-6)
    assert joined.vector_size == 11


def test_without_normalisation_the_vectors_are_those_scaled():
    one, other = points(4), points(3, 1)
    joined = KeyedVectors.concatenate([one, other, one], [1, 2, 0.5], normalize=False)
    expected = np.concatenate([one.vectors, 2 * other.vectors, 0.5 * one.vectors], axis=1)
    np.testing.assert_array_equal(joined.vectors, expected)


def test_words_are_those_of_all_in_the_order_of_the_first():
    one, other = points(2, 0, ["a", "b", "c", "d"]), points(2, 1, ["d", "x", "b", "a"])
    joined = KeyedVectors.concatenate([one, other], normalize=False)
    assert list(joined) == ["a", "b", "d"]
    np.testing.assert_array_equal(joined["d"], np.concatenate([one["d"], other["d"]]))


def test_counts_attributes_and_parameters_are_of_the_first_that_has_them():
    one = KeyedVectors(["a", "b"], np.eye(2), None, {"dim": 2, "window": 5})
    other = KeyedVectors(["b", "a"], np.eye(2), [7, 9], {"dim": 3, "epochs": 1})
    one.set_vecattr("a", "tag", "x")
    other.set_vecattr("a", "tag", "y")
    other.set_vecattr("b", "specificity", 0.5)
    joined = KeyedVectors.concatenate([one, other])
    assert joined.counts.tolist() == [9, 7]
    assert (joined.get_vecattr("a", "tag"), joined.get_vecattr("b", "specificity")) == ("x", 0.5)
    assert joined.parameters == {
        "dim": 2,
        "window": 5,
        "epochs": 1,
        "concatenated": [one.parameters, other.parameters],
        "weights": [1.0, 1.0],
        "scaled_to_length_1": True,
    }


@pytest.mark.parametrize("is_spherical", [True, False])
def test_divergences_of_independent_parts_add_up(is_spherical):
    one, other = gaussians(3, bound=2.0), gaussians(4, 1, is_spherical=is_spherical)
    joined = KeyedVectors.concatenate([one, other], [1, 5], normalize=False)
    assert isinstance(joined, DensityVectors)
    assert not joined.is_spherical
    assert joined.entailment_bound is None
    for word in WORDS[1:9]:  # the weight scales a density whole, which no divergence sees
        expected = one.kl_divergence("w0", word) + other.kl_divergence("w0", word)
        assert joined.kl_divergence("w0", word) == pytest.approx(expected, rel=1e-5)


def test_a_normalised_density_is_scaled_whole():
    vectors = gaussians(3)
    joined = KeyedVectors.concatenate([vectors, vectors], [2, 1])
    np.testing.assert_allclose(joined.norms, np.sqrt(5), rtol=1e-6)
    expected = 4 * vectors.variances / vectors.norms**2
    np.testing.assert_allclose(joined.variances[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(joined.variances[:, 5], expected / 4, rtol=1e-5)


def test_mixtures_make_every_combination_of_components():
    one, other, third = mixtures(2, 2), mixtures(3, 3, 1), gaussians(1, 2)
    joined = KeyedVectors.concatenate([one, other, third], normalize=False)
    assert isinstance(joined, MixtureVectors)
    assert joined.num_components == 6
    np.testing.assert_allclose(joined.weights.sum(1), 1, rtol=1e-5)
    combination = joined.component("w4", 5)  # the last of each
    np.testing.assert_allclose(
        combination.mean, [*one.component("w4", 1).mean, *other.component("w4", 2).mean, *third["w4"]], rtol=1e-6
    )
    # the moments of the whole are those of the parts, side by side
    np.testing.assert_allclose(
        joined.vectors, np.concatenate([one.vectors, other.vectors, third.vectors], 1), rtol=1e-4, atol=1e-5
    )
    expected = sum(each.divergence("w1", "w2", "expected_likelihood") for each in (one, other, third))
    assert joined.divergence("w1", "w2", "expected_likelihood") == pytest.approx(expected, rel=1e-4)


def test_points_among_densities_make_points():
    joined = KeyedVectors.concatenate([gaussians(3), points(2)])
    assert type(joined) is KeyedVectors


def with_ngrams(dim, seed, *, num_buckets=100, longest=4, **parameters):
    rows = np.random.default_rng(seed).normal(size=(num_buckets, dim)).astype("<f4")
    subwords = Subwords(rows.reshape(-1).view(np.uint8), dim, 3, longest)
    return SubwordVectors(WordVectors(WORDS, points(dim, seed).vectors), subwords, parameters)


def test_words_composed_of_ngrams_are_composed_side_by_side():
    one, other = with_ngrams(3, 0), with_ngrams(2, 1)
    joined = KeyedVectors.concatenate([one, other], [1, 2], normalize=False)
    assert isinstance(joined, SubwordVectors)
    np.testing.assert_allclose(joined["unseen"], [*one["unseen"], *(2 * other["unseen"])], rtol=1e-5)
    for others in ([one, other], [one, with_ngrams(2, 1, num_buckets=50)], [one, points(2)]):
        made = KeyedVectors.concatenate(others, normalize=others[1] is other)
        assert type(made) is KeyedVectors
        assert not made.has_vector_for("unseen")


LOWERED, BARE = {"lowercase": True, "normalize": "NFC"}, {"lowercase": False, "normalize": None}


@pytest.mark.parametrize("first", [{}, BARE, LOWERED, {"lowercase": True}, {"normalize": "NFC"}])
@pytest.mark.parametrize("second", [{}, BARE, LOWERED, {"lowercase": True, "normalize": None}])
def test_unknown_words_are_composed_as_the_parts_read_them(first, second):
    parts = with_ngrams(3, 0, **first), with_ngrams(2, 1, **second)
    joined = KeyedVectors.concatenate(parts, normalize=False)
    are_read_alike = all(bool(first.get(name)) == bool(second.get(name)) for name in LOWERED)
    assert isinstance(joined, SubwordVectors) is are_read_alike
    if are_read_alike:
        for word in ("Unse\u0301en", "unse\u0301en", "UNSEEN"):
            np.testing.assert_array_equal(joined[word], np.concatenate([each[word] for each in parts]))
    else:
        assert not joined.has_vector_for("unseen")


def test_the_storage_is_that_of_all_or_float32():
    compact = points(3).stored_as("float16")
    assert KeyedVectors.concatenate([compact, compact]).storage == "float16"
    assert KeyedVectors.concatenate([compact, points(3)]).storage == "float32"


def test_phrases_that_all_join_are_joined():
    text = [["new", "york", "is", "old"], ["a", "new", "owl"]] * 20
    phrases, others = (Phrases(text, threshold=threshold, min_count=1).train() for threshold in (0.1, 0.2))
    made = [
        SkipGram(text, dim=2, min_count=1, epochs=1, phrases=each).train().vectors
        for each in (phrases, phrases, others)
    ]
    joined = KeyedVectors.concatenate(made[:2])
    assert joined.known_phrases.export_phrases() == phrases.export_phrases()
    assert KeyedVectors.concatenate(made[1:]).known_phrases is None


def test_zero_vectors_stay_zero():
    zero = KeyedVectors(["a", "b"], [[0.0, 0.0], [0.0, 2.0]])
    assert KeyedVectors.concatenate([zero, zero]).vectors.tolist() == [[0, 0, 0, 0], [0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("vectors", "weights", "error", "message"),
    [
        ([points(2)], None, ParameterError, "two or more to be concatenated, got 1"),
        (points(2), None, ParameterError, "two or more"),
        ([points(2), np.eye(2)], None, ParameterTypeError, "must be a list of vectors, got ndarray"),
        ([points(2), points(2)], [1], ParameterError, "one for each of 2 vectors, got 1"),
        ([points(2), points(2)], [1, 0], ParameterError, "weights must be a number above 0, got 0"),
        ([points(2), points(2)], [1, float("inf")], ParameterError, "weights must be"),
        ([points(2), points(2, 0, ["x"])], None, ParameterError, "there is none"),
    ],
)
def test_what_makes_no_sense_is_refused(vectors, weights, error, message):
    with pytest.raises(error, match=message):
        KeyedVectors.concatenate(vectors, weights)
