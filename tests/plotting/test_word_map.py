"""Geometry: ellipses, planes, what is on a map, its colours."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from densevec import BayesianSkipGram, Sense
from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.plotting import Ellipse, Reading, map_words, read_senses, read_words
from densevec.plotting.colours import PALETTE, colour_groups, text_colour
from densevec.plotting.projection import PrincipalPlane, embed_neighbours
from densevec.vectors import DensityVectors, KeyedVectors
from tests.plotting.makers import a_map, some_vectors


def covariance(seed=0):
    factor = np.random.default_rng(seed).normal(size=(2, 2))
    return factor @ factor.T + 0.1 * np.eye(2)


def inside(ellipse, points):
    cosine, sine = np.cos(ellipse.angle), np.sin(ellipse.angle)
    along = (points - ellipse.centre) @ np.array([[cosine, -sine], [sine, cosine]])
    return ((along / ellipse.semi_axes) ** 2).sum(1) <= 1


@pytest.mark.parametrize("level", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_ellipse_holds_its_share_of_the_mass(level, seed):
    mean, matrix = np.array([3.0, -1.0]), covariance(seed)
    points = np.random.default_rng(9).multivariate_normal(mean, matrix, 40_000)
    count = inside(Ellipse.of(mean, matrix, level), points).sum()
    assert stats.binomtest(int(count), len(points), level).pvalue > 1e-4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_outline_has_the_radius_of_the_chi_square(seed):
    mean, matrix = np.array([1.0, 2.0]), covariance(seed)
    outline = Ellipse.of(mean, matrix, 0.7).outline() - mean
    squares = np.einsum("na,ab,nb->n", outline, np.linalg.inv(matrix), outline)
    np.testing.assert_allclose(squares, stats.chi2(2).ppf(0.7))
    np.testing.assert_allclose(outline[0], outline[-1], atol=1e-12)


@pytest.mark.parametrize("level", [0, 1, -0.1, "half", True])
def test_a_level_is_between_0_and_1(level):
    with pytest.raises(ParameterError, match="level"):
        a_map().ellipses(level)


@pytest.mark.parametrize("is_spherical", [True, False])
def test_a_projected_density_is_that_of_projected_samples(is_spherical):
    vectors = some_vectors(is_spherical=is_spherical)
    word_map = map_words(vectors, vectors.index_to_key)
    plane = PrincipalPlane.fit(vectors.vectors.astype(float))
    samples = plane.project(vectors.density("word3").sample(60_000, seed=1))
    np.testing.assert_allclose(samples.mean(0), word_map.points[3], atol=0.02)
    np.testing.assert_allclose(np.cov(samples.T), word_map.covariances[3], atol=0.02)
    variance = np.broadcast_to(vectors.variance("word3"), 5)
    np.testing.assert_allclose(word_map.covariances[3], plane.axes.T @ np.diag(variance) @ plane.axes, atol=1e-12)
    count = inside(word_map.ellipses(0.5)[3], samples).sum()
    assert stats.binomtest(int(count), len(samples), 0.5).pvalue > 1e-4


def test_the_plane_is_that_of_scikit_learn():
    from sklearn.decomposition import PCA

    points = np.random.default_rng(3).normal(size=(20, 7)) * np.arange(1, 8)
    plane, reference = PrincipalPlane.fit(points), PCA(2, svd_solver="full").fit(points)
    np.testing.assert_allclose(np.abs(plane.project(points)), np.abs(reference.transform(points)), atol=1e-9)
    np.testing.assert_allclose(plane.shares, reference.explained_variance_ratio_)
    np.testing.assert_allclose(PrincipalPlane.fit(points[::-1]).axes, plane.axes)  # signs too


def test_words_in_one_place_are_a_map():
    vectors = KeyedVectors(["a", "b", "c"], np.ones((3, 4)))
    assert np.abs(map_words(vectors, ["a", "b", "c"]).points).max() < 1e-9


def test_what_is_on_a_map():
    vectors = some_vectors()
    reading = Reading(("the", "word5"), 1, vectors.density("word5"))
    word_map = map_words(vectors, ["word1", "word2", "word1"], readings=[reading])
    assert word_map.words == ["word5", "word1", "word2"]  # what is read comes first, and nothing twice
    np.testing.assert_allclose(word_map.reading_points[0], word_map.points[0])
    np.testing.assert_allclose(word_map.reading_covariances[0], word_map.covariances[0])
    assert (word_map.reading_rows, word_map.reading_groups) == ([0], [0])


def test_a_phrase_is_one_dot_however_it_is_written():
    words = ["it_was", "city", "war", "it_was_so"]
    vectors = DensityVectors(words, np.eye(4), [1.0, 2.0, 3.0, 4.0])
    assert map_words(vectors, ["city", "it was", "it_was", "it was so"]).words == ["city", "it_was", "it_was_so"]
    readings = [Reading(("so", word), 1, vectors.density("it_was")) for word in ("it was", "it_was")]
    word_map = map_words(vectors, ["it was so", "it was", "war"], readings=readings)
    assert word_map.words == ["it_was", "it_was_so", "war"]
    assert word_map.reading_rows == [0, 0]
    assert [reading.tokens for reading in word_map.readings] == [("so", "it_was")] * 2


@pytest.mark.parametrize("method", ["pca", "tsne", "breadth"])
def test_one_dimension_is_no_map(method):
    vectors = DensityVectors([f"w{row}" for row in range(9)], np.arange(9.0)[:, None], np.ones(9))
    with pytest.raises(ParameterError, match="at least 2 dimensions, got 1; train them with a greater dim"):
        map_words(vectors, vectors.words, method=method)


def test_points_have_no_ellipses_and_no_readings():
    points = KeyedVectors(["a", "b", "c"], np.eye(3))
    assert map_words(points, ["a", "b", "c"]).ellipses(0.5) == []
    with pytest.raises(ParameterError, match="densities"):
        map_words(points, ["b", "c"], readings=[Reading(("a",), 0, Gaussian(np.zeros(3), 1.0))])


def test_neighbours_stay_together_by_tsne():
    random = np.random.default_rng(0)
    centres = np.eye(3)[np.repeat([0, 1, 2], 10)]
    points = (centres + 0.05 * random.normal(size=(30, 3))) * random.uniform(0.5, 3, (30, 1))  # lengths say nothing
    places = embed_neighbours(points, perplexity=5)
    distances = np.linalg.norm(places[:, None] - places, axis=2) + np.diag(np.full(30, np.inf))
    assert (distances.argmin(1) // 10 == np.arange(30) // 10).all()
    np.testing.assert_array_equal(places, embed_neighbours(points, perplexity=5))


def test_words_of_one_direction_lie_in_one_place_by_tsne():
    points = np.random.default_rng(0).normal(size=(6, 4))
    alone = embed_neighbours(points)
    copies = np.concatenate([points, 2 * points[::-1], points])
    places = embed_neighbours(copies)
    np.testing.assert_array_equal(places, np.concatenate([alone, alone[::-1], alone]))
    assert len(np.unique(alone, axis=0)) == 6
    words = [f"w{row}" for row in range(8)]
    for rows in (np.ones((8, 3)), np.zeros((8, 3)), np.outer(np.arange(1, 9), [1.0, 1, 1])):
        with pytest.raises(ParameterError, match="at least 4 words that differ in direction, got 1 among 8"):
            map_words(KeyedVectors(words, rows), words, method="tsne")
    with pytest.raises(ParameterError, match="below the number of words that differ in direction, 6, got 7"):
        embed_neighbours(copies, perplexity=7)


def test_tsne_draws_no_ellipses():
    word_map = a_map(method="tsne")
    assert word_map.covariances is None
    assert word_map.ellipses(0.5) == word_map.reading_ellipses(0.5) == []
    assert "mean nothing" in word_map.describe(0.5)


def test_errors():
    vectors = some_vectors()
    with pytest.raises(MissingWordError, match="'word1'"):
        map_words(vectors, ["word", "word2", "word3"])
    with pytest.raises(ParameterTypeError, match="one string"):
        map_words(vectors, "word1")
    with pytest.raises(ParameterError, match="at least 3 words"):
        map_words(vectors, ["word1", "word2"])
    with pytest.raises(ParameterError, match="at least 4 words"):
        map_words(vectors, ["word1", "word2", "word3"], method="tsne")
    with pytest.raises(ParameterError, match="perplexity must be below the number of words, 4"):
        map_words(vectors, vectors.index_to_key[:4], method="tsne", perplexity=4)
    with pytest.raises(ParameterError, match="method must be one of"):
        map_words(vectors, vectors.index_to_key, method="umap")
    with pytest.raises(ParameterError, match="5 dimensions"):
        map_words(vectors, ["word1", "word2"], readings=[Reading(("word1",), 0, Gaussian([0.0, 1.0], 1.0))])
    with pytest.raises(ParameterError, match="level must be"):
        a_map().figure("all")
    with pytest.raises(ParameterError, match="perplexity must be a number at least 1 or None, got 0"):
        map_words(vectors, vectors.index_to_key, perplexity=0)
    for method in ("pca", "breadth"):
        with pytest.raises(
            ParameterError, match=f"perplexity needs method 'tsne', got method '{method}'; leave it out"
        ):
            map_words(vectors, vectors.index_to_key, method=method, perplexity=5)
    for readings in (None, ["word1"], Reading(("word1",), 0, Gaussian(np.zeros(5), 1.0))):
        with pytest.raises(ParameterTypeError, match="readings must be Reading objects, as read_words or read_senses"):
            map_words(vectors, vectors.index_to_key, readings=readings)


def test_ellipses_are_drawn_where_they_can_be_seen():
    assert a_map(12).level_of("auto") == 0.5
    assert a_map(13).level_of("auto") is None
    assert a_map(13).level_of(0.2) == 0.2


@pytest.mark.slow
def test_readings_of_a_model(aviary_model):
    tokens = ["she", "ate", "a", "ripe", "kiwi", "with", "yoghurt"]
    (reading,) = read_words(aviary_model, [(tokens, -3)])
    assert (reading.word, reading.position) == ("kiwi", 4)
    np.testing.assert_array_equal(reading.density.mean, aviary_model.posterior(tokens, 4).mean)
    word_map = map_words(aviary_model.vectors, ["bird", "fruit", "person", "plum", "owl"], readings=[reading])
    start, end = word_map.points[0], word_map.reading_points[0]
    fruit, bird = (word_map.points[word_map.words.index(word)] for word in ("fruit", "bird"))
    nearer = [np.linalg.norm(place - bird) - np.linalg.norm(place - fruit) for place in (start, end)]  # to fruit
    assert max(0.0, nearer[0]) < nearer[1]


def test_readings_are_of_the_words_that_the_model_reads():
    text = [["he", "went", "to", "church"], ["she", "saw", "the", "city"]] * 10
    model = BayesianSkipGram(text, dim=4, epochs=1, min_count=1, negative=2, sample=0, lowercase=True, evidence=None)
    vectors = model.train(progress=False).vectors
    (reading,) = read_words(model, ((words, -1) for words in [["He", "went", "to", "CHURCH"]]))
    assert (reading.tokens, reading.position, reading.word) == (("he", "went", "to", "church"), 3, "church")
    assert map_words(vectors, ["city", "she"], readings=[reading]).words == ["church", "city", "she"]


def test_excerpts_of_long_sentences():
    reading = Reading(tuple(f"token{n}" for n in range(40)), 20, Gaussian([0.0], 1.0))
    text = " ".join(reading.excerpt())
    assert text.startswith("… token14 ")
    assert text.endswith(" token26 …")
    assert len(Reading(("x" * 500,), 0, Gaussian([0.0], 1.0)).excerpt()[0]) < 50


def test_colours():
    few = np.random.default_rng(0).normal(size=(len(PALETTE), 3))
    assert colour_groups(few, 2).tolist() == list(range(len(PALETTE)))
    clusters = np.repeat(np.eye(3) * 9, 8, axis=0) + np.random.default_rng(0).normal(size=(24, 3))
    assert colour_groups(clusters, 3).tolist() == [0] * 8 + [1] * 8 + [2] * 8
    for colour in PALETTE:
        channels = [int(text_colour(colour)[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) > 4.45  # as the Web Content Accessibility Guidelines have it


def test_breadth_is_how_words_lie_to_the_first_one():
    vectors = some_vectors(9, dim=40, is_spherical=True, seed=4)
    means = vectors.vectors * 0.4  # near each other, so that some lie in the first
    vectors = DensityVectors(vectors.index_to_key, means, vectors.variances)
    word_map = map_words(vectors, vectors.index_to_key, method="breadth")
    squared = (word_map.points**2).sum(1)
    own = ((means - means[0]) ** 2 + vectors.variances[:, None]).sum(1) / vectors.variances[0]
    np.testing.assert_allclose(squared, own, rtol=1e-5)
    np.testing.assert_allclose(word_map.points[0], [0, np.sqrt(40)])
    assert word_map.covariances is None
    level = 0.7
    horizon = word_map.horizon(level)
    inside = squared < (horizon[60] ** 2).sum()
    included = np.array([vectors.inclusion(word, "word0", level) for word in vectors.index_to_key])
    assert 0 < inside.sum() < 9
    assert (included[inside] > 0.5).all()
    np.testing.assert_allclose((horizon**2).sum(1), (horizon[60] ** 2).sum())
    assert "70% of word0" in word_map.describe(level)
    assert word_map.level_of("auto") == 0.5
    with pytest.raises(ParameterError, match="densities, got points"):
        map_words(KeyedVectors(vectors.index_to_key, means), vectors.index_to_key, method="breadth")


def test_clusters_are_named_by_a_word_of_theirs():
    word_map = a_map(30)
    assert len(word_map.group_names) == len(set(word_map.groups.tolist()))
    for group, name in enumerate(word_map.group_names):
        assert word_map.groups[word_map.words.index(name)] == group
    assert a_map(4).group_names == ()


def test_senses_lie_where_their_densities_do_and_are_called_by_their_neighbours():
    vectors = some_vectors()
    densities = [vectors.density("word1"), vectors.density("word2")]
    near = (("word1", 0.9), ("word2", 0.8), ("word3", 0.7), ("word4", 0.6))
    senses = [Sense("word0", density, share, near, ()) for density, share in zip(densities, (0.75, 0.25), strict=True)]
    word_map = map_words(vectors, vectors.index_to_key, readings=read_senses(senses))
    assert [" ".join(reading.excerpt()) for reading in word_map.readings] == [
        "word1, word2, word3 (75%)",
        "word1, word2, word3 (25%)",
    ]
    np.testing.assert_allclose(word_map.reading_points, word_map.points[[1, 2]])
    np.testing.assert_allclose(word_map.reading_covariances, word_map.covariances[[1, 2]])
    assert word_map.words[0] == "word0"
    assert "its senses, each with its share" in word_map.describe(None)
    assert "in a sentence" in a_map().describe(None)
