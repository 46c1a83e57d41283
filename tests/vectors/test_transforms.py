"""Whitening, reduction and alignment beside the formulas written out, and what densities keep under them."""

import copy

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from densevec.errors import ParameterError, ParameterTypeError
from densevec.formats import Subwords, WordVectors
from densevec.formats.subwords import Hashing
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors, SubwordDensityVectors, SubwordVectors
from tests.vectors.makers import densities, subword_densities

POWERS = (0.0, 0.3, 0.5, 1.0)


def points(num_words=200, dim=7, seed=0, *, has_counts=True):
    random = np.random.default_rng(seed)
    values = random.normal(size=(num_words, dim)) @ random.normal(size=(dim, dim)) + random.normal(size=dim)
    counts = random.integers(1, 1000, num_words) if has_counts else None
    return KeyedVectors([f"w{row}" for row in range(num_words)], values, counts)


def rotation(dim=7, seed=5):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0]


def moments(vectors, counts):
    """Mean and covariance with every word as often as it counts."""
    mean = np.average(vectors, axis=0, weights=counts)
    return mean, np.cov(vectors.astype(np.float64), rowvar=False, bias=True, aweights=counts)


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("has_counts", [True, False])
def test_the_covariance_of_whitened_vectors_has_its_power(power, has_counts):
    vectors = points(has_counts=has_counts)
    _, before = moments(vectors.vectors, vectors.counts)
    mean, after = moments(vectors.whitened(power).vectors, vectors.counts)
    eigenvalues = np.linalg.eigvalsh(before)[::-1]
    np.testing.assert_allclose(mean, 0, atol=1e-5)
    np.testing.assert_allclose(after, np.diag(eigenvalues ** (1 - power)), atol=1e-4 * eigenvalues[0] ** (1 - power))


def test_whitening_without_power_turns_the_centred_vectors_only():
    vectors = points()
    centred = vectors.vectors - moments(vectors.vectors, vectors.counts)[0]
    np.testing.assert_allclose(
        vectors.whitened(0).vectors @ vectors.whitened(0).vectors.T, centred @ centred.T, rtol=1e-3, atol=1e-3
    )


def test_whitening_is_the_same_wherever_the_axes_lie():
    vectors = points()
    turned = KeyedVectors(list(vectors), vectors.vectors @ rotation() + 3, vectors.counts)
    whitened, again = (each.whitened(1.0).vectors for each in (vectors, turned))
    np.testing.assert_allclose(whitened @ whitened.T, again @ again.T, atol=2e-3)


def test_directions_without_variance_are_not_blown_up():
    flat = KeyedVectors(["a", "b", "c"], [[1.0, 2.0, 5.0], [2.0, 1.0, 5.0], [0.0, 0.5, 5.0]])
    for power in POWERS:
        assert np.abs(flat.whitened(power).vectors).max() < 10


@pytest.mark.parametrize("power", POWERS)
def test_spherical_densities_keep_every_divergence_when_whitened(power):
    vectors = densities(60, 5)
    vectors.entailment_bound = 4.0
    other = vectors.whitened(power)
    assert isinstance(other, DensityVectors)
    assert (other.is_spherical, other.entailment_bound) == (power == 0, 4.0)
    for a, b in zip(list(vectors)[:20], list(vectors)[20:40], strict=True):
        assert other.kl_divergence(a, b) == pytest.approx(vectors.kl_divergence(a, b), rel=1e-4)
        assert other.entailment(a, b) == pytest.approx(vectors.entailment(a, b), rel=1e-3, abs=1e-3)


def test_diagonal_densities_keep_the_variances_along_the_new_axes():
    vectors = densities(60, 5, is_spherical=False)
    vectors.entailment_bound = 4.0
    _, covariance = moments(vectors.vectors, vectors.counts)
    eigenvalues, axes = np.linalg.eigh(covariance)
    matrix = axes[:, ::-1] * eigenvalues[::-1] ** -0.25
    expected = np.array([np.diag(matrix.T @ np.diag(row) @ matrix) for row in vectors.variances])
    other = vectors.whitened(0.5)
    np.testing.assert_allclose(other.variances, expected, rtol=1e-4)
    assert other.entailment_bound is None


def test_mixtures_are_whitened_component_by_component():
    random = np.random.default_rng(3)
    mean, weight = random.normal(size=(40, 2, 4)), random.dirichlet(np.ones(2), 40)
    variance = np.exp(random.normal(size=(40, 2)))
    words = [f"w{row}" for row in range(40)]
    vectors = MixtureVectors(words, mean, variance, weight, entailment_bound=3.0)
    other = vectors.whitened(0.7)
    assert other.component_variances.shape == (40, 2, 4)
    assert (other.entailment_bound, other.weights.tolist()) == (3.0, vectors.weights.tolist())
    centre, covariance = moments(vectors.vectors, None)
    eigenvalues, axes = np.linalg.eigh(covariance)
    matrix = axes[:, ::-1] * eigenvalues[::-1] ** -0.35
    image = (vectors.component_means - centre) @ matrix
    signs = np.sign((image * other.component_means).sum((0, 1)))
    np.testing.assert_allclose(other.component_means, image * signs, rtol=1e-3, atol=1e-4)
    for a, b in (("w1", "w2"), ("w7", "w3")):
        assert other.kl_divergence(a, b) == pytest.approx(vectors.kl_divergence(a, b), rel=1e-4)


def subword_vectors(dim=6, num_buckets=500):
    """Words that are composed of their n-grams, as a table of words and buckets."""
    random = np.random.default_rng(4)
    rows = random.normal(size=(num_buckets, dim)).astype("<f4")
    subwords = Subwords(rows.reshape(-1).view(np.uint8), dim, 3, 5)
    words = [f"{first}{last}" for first in ("bird", "plum", "kiwi", "owl", "robin") for last in ("s", "ish", "less")]
    table = np.array([subwords.vector(word) for word in words])
    return SubwordVectors(WordVectors(words, table, np.arange(len(words)) + 1), subwords)


@pytest.mark.parametrize("change", ["whitened", "reduced", "aligned_to"])
def test_composed_words_are_mapped_as_those_of_the_table(change):
    vectors = subword_vectors()
    other = {
        "whitened": lambda: vectors.whitened(0.6),
        "reduced": lambda: vectors.reduced(4),
        "aligned_to": lambda: vectors.aligned_to(KeyedVectors(list(vectors), vectors.vectors[::-1].copy())),
    }[change]()
    for word in vectors:  # the n-grams alone make the vectors of these
        np.testing.assert_allclose(other.subwords.vector(word), other[word], rtol=1e-4, atol=1e-5)
    assert other.has_vector_for("birdlike")
    assert other["birdlike"].shape == (other.vector_size,)


def test_reduction_is_that_of_principal_components():
    vectors = points()
    mean, covariance = moments(vectors.vectors, vectors.counts)
    eigenvalues = np.linalg.eigvalsh(covariance)[::-1]
    reduced = vectors.reduced(3).vectors
    np.testing.assert_allclose(moments(reduced, vectors.counts)[1], np.diag(eigenvalues[:3]), rtol=1e-4, atol=1e-3)
    axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :3]
    expected = (vectors.vectors - mean) @ axes
    np.testing.assert_allclose(np.abs(reduced), np.abs(expected), rtol=1e-3, atol=1e-3)


def test_reduction_to_all_dimensions_keeps_distances():
    vectors = points()
    reduced = vectors.reduced(7).vectors
    distances, expected = (
        np.linalg.norm(each[:20, None] - each[None, 20:40], axis=-1) for each in (reduced, vectors.vectors)
    )
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


def test_reduced_spherical_densities_stay_spherical_and_diagonal_ones_are_marginals():
    spherical = densities(50, 5)
    assert spherical.reduced(2).variances.tolist() == spherical.variances.tolist()
    diagonal = densities(50, 5, is_spherical=False)
    axes = np.linalg.eigh(moments(diagonal.vectors, diagonal.counts)[1])[1][:, ::-1][:, :2]
    np.testing.assert_allclose(diagonal.reduced(2).variances, diagonal.variances @ axes**2, rtol=1e-4)


def test_alignment_finds_the_rotation_between_two_spaces():
    vectors, turn = points(), rotation()
    other = KeyedVectors([word.upper() for word in vectors], vectors.vectors @ turn)
    aligned = vectors.aligned_to(other, {word: word.upper() for word in list(vectors)[:30]})
    np.testing.assert_allclose(aligned.vectors, other.vectors, rtol=1e-3, atol=1e-3)


def test_alignment_is_scipys_on_vectors_of_length_one():
    vectors, other = points(seed=1), points(seed=2)
    anchors = list(vectors)[:80]
    matrix, _ = orthogonal_procrustes(vectors.get_vectors(anchors, norm=True), other.get_vectors(anchors, norm=True))
    aligned = vectors.aligned_to(other, [*anchors, "nowhere", ("w0", "nowhere")])
    np.testing.assert_allclose(aligned.vectors, vectors.vectors @ matrix, rtol=1e-3, atol=1e-3)
    assert aligned.parameters["transformed"] == ["aligned_to(80 anchors)"]
    assert vectors.aligned_to(other).parameters["transformed"] == ["aligned_to(200 anchors)"]


def test_anchors_come_in_every_container():
    vectors, other = points(seed=1), points(seed=2)
    pairs = [(f"w{row}", f"w{row + 1}") for row in range(40)]
    expected = vectors.aligned_to(other, dict(pairs)).vectors.tolist()
    for anchors in (pairs, np.array(pairs), np.array(pairs, object), iter(pairs), tuple(map(np.array, pairs))):
        assert vectors.aligned_to(other, anchors).vectors.tolist() == expected
    words = [f"w{row}" for row in range(40)]
    assert (
        vectors.aligned_to(other, np.array(words)).vectors.tolist() == vectors.aligned_to(other, words).vectors.tolist()
    )


def test_aligned_spherical_densities_answer_as_before():
    vectors = densities(60, 5)
    vectors.entailment_bound = 4.0
    aligned = vectors.aligned_to(densities(60, 5, seed=3))
    assert (aligned.entailment_bound, aligned.is_spherical) == (4.0, True)
    assert aligned.variances.tolist() == vectors.variances.tolist()
    for word in list(vectors)[:10]:
        found, expected = dict(aligned.hypernyms(word, None)), dict(vectors.hypernyms(word, None))
        assert found == pytest.approx(expected, rel=1e-3)
    diagonal = densities(60, 5, is_spherical=False)
    diagonal.entailment_bound = 4.0
    assert diagonal.aligned_to(vectors).entailment_bound is None


@pytest.mark.parametrize("change", [lambda v: v.whitened(0), lambda v: v.whitened(1), lambda v: v.reduced(2)])
@pytest.mark.parametrize("is_density", [True, False])
def test_words_composed_at_length_one_are_refused_where_the_map_does_not_keep_lengths(change, is_density):
    vectors = of_unit_ngrams(is_density)
    with pytest.raises(ParameterError, match=r"scaled to length 1 afterwards.*KeyedVectors\(list\(v\), v.vectors"):
        change(vectors)
    alone = change(KeyedVectors(list(vectors), vectors.vectors, vectors.counts))  # as the error advises
    np.testing.assert_allclose(alone.vectors, change(points(30, 4)).vectors)


@pytest.mark.parametrize("is_density", [True, False])
def test_words_composed_at_length_one_turn_with_the_others(is_density):
    vectors, turn = of_unit_ngrams(is_density), rotation(4)
    aligned = vectors.aligned_to(KeyedVectors(list(vectors), vectors.vectors @ turn))
    np.testing.assert_allclose(aligned["birdlike"], vectors["birdlike"] @ turn, atol=1e-5)


def of_unit_ngrams(is_density):
    """Vectors whose unknown words are scaled to length 1, as finalfusion's are."""
    vectors, random = points(30, 4), np.random.default_rng(2)
    hashing = Hashing("finalfusion", drops_marks=False, is_unit=True)
    subwords = Subwords(random.normal(size=(50, 4)).astype("<f4").reshape(-1).view(np.uint8), 4, 3, 4, hashing)
    if not is_density:
        return SubwordVectors(WordVectors(list(vectors), vectors.vectors, vectors.counts), subwords)
    unseen = subword_densities(list(vectors)).unseen
    table = WordVectors(list(vectors), vectors.vectors, vectors.counts, np.ones(30, np.float32))
    return SubwordDensityVectors(table, subwords, unseen)


def test_what_was_done_is_listed():
    vectors = KeyedVectors(list("abcd"), np.eye(4, 3), parameters={"dim": 3})
    other = vectors.whitened().reduced(2)
    assert other.parameters == {"dim": 3, "transformed": ["whitened(power=0.5)", "reduced(2)"]}
    assert vectors.parameters == {"dim": 3}
    assert copy.copy(other).parameters == other.parameters


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda v: v.whitened(1.5), ParameterError, "power must be a number at least 0 and at most 1, got 1.5"),
        (lambda v: v.whitened("half"), ParameterTypeError, "power must be a number"),
        (lambda v: v.reduced(0), ParameterError, "dim must be an integer at least 1, got 0"),
        (lambda v: v.reduced(8), ParameterError, "dim must be at most 7, the dimension of the vectors, got 8"),
        (lambda v: v.aligned_to(densities(9, 3)), ParameterError, "other must have 7 dimensions"),
        (lambda v: v.aligned_to(v, ["x", "y"]), ParameterError, "known on both sides, none of 2 is"),
        (lambda v: v.aligned_to(v, []), ParameterError, "known on both sides, none of 0 is"),
        (lambda v: v.aligned_to(v, "w1"), ParameterTypeError, "got one string: 'w1'"),
        (lambda v: v.aligned_to(v, [("w1",)]), ParameterTypeError, "words or pairs of words"),
        (lambda v: v.aligned_to(v, np.array([["w1", "w2", "w3"]])), ParameterTypeError, "words or pairs of words"),
        (lambda v: v.aligned_to(v, 5), ParameterTypeError, "anchors must be a list of words or pairs .* of type int"),
        (lambda v: v.aligned_to(np.eye(7)), ParameterTypeError, "other must be vectors, got ndarray"),
        (lambda v: v.select(["w1"]).whitened(), ParameterError, "all of them are alike"),
        (lambda v: v.select([]).reduced(2), ParameterError, "there are none"),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        change(points())


def test_numbers_that_do_not_fit_are_refused():
    tiny = DensityVectors(["a", "b"], [[1e19, 0.0], [0.0, 1e19]], [1e-38, 1e-38])
    with pytest.raises(ParameterError, match=r"variances must be above 0 in float32"):
        tiny.whitened(1.0)
    compact = KeyedVectors(["a", "b"], [[6e4, 6e4], [-6e4, -6e4]]).stored_as("float16")
    with pytest.raises(ParameterError, match=r"vectors must fit the range of float16"):
        compact.reduced(1)
