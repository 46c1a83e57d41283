"""Mixtures of Gaussians as word vectors, against brute force over all pairs of components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from densevec.densities import MEASURES, Gaussian, get_measure, kl_divergence
from densevec.errors import FormatError, MissingWordError, ParameterError
from densevec.formats import read_container, write_container
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors, load_vectors
from densevec.vectors.entailment import entailment_scores, mirror_contrast

NUM_WORDS, SIZE, DIM = 60, 3, 5


def mixtures(is_spherical: bool = True) -> MixtureVectors:
    random = np.random.default_rng(3)
    shape = (NUM_WORDS, SIZE) if is_spherical else (NUM_WORDS, SIZE, DIM)
    weight = random.dirichlet(np.ones(SIZE), NUM_WORDS)
    return MixtureVectors(
        [f"w{row}" for row in range(NUM_WORDS)],
        random.normal(size=(NUM_WORDS, SIZE, DIM)),
        random.uniform(0.2, 2, shape),
        weight,
        np.arange(NUM_WORDS)[::-1],
    )


def pairs(vectors: MixtureVectors, a: str, b: str, function) -> np.ndarray:
    """A function of all pairs of components, (K, K)."""
    table = np.empty((SIZE, SIZE))
    for k in range(SIZE):
        for other in range(SIZE):
            p, q = vectors.component(a, k), vectors.component(b, other)
            table[k, other] = function(p.mean, p.log_variance, q.mean, q.log_variance)
    return table


def brute_force(vectors: MixtureVectors, a: str, b: str, measure: str) -> float:
    scores = pairs(vectors, a, b, get_measure(measure).score)
    if measure != "expected_likelihood":
        return scores.max()
    weight = np.log(vectors.weights.astype(np.float64))
    return logsumexp(scores + weight[vectors.get_index(a)][:, None] + weight[vectors.get_index(b)])


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_queries_equal_brute_force(is_spherical: bool, measure: str) -> None:
    vectors = mixtures(is_spherical)
    scores = np.array([brute_force(vectors, "w7", word, measure) for word in vectors])
    np.testing.assert_allclose(vectors.scores("w7", measure=measure), scores, rtol=1e-9)
    np.testing.assert_allclose(vectors.most_similar("w7", topn=None, measure=measure), scores, rtol=1e-9)
    scores[7] = -np.inf
    best = np.argsort(-scores)[:5]
    found = vectors.most_similar("w7", topn=5, measure=measure)
    assert [word for word, _ in found] == [f"w{row}" for row in best]
    np.testing.assert_allclose([score for _, score in found], scores[best], rtol=1e-9)
    sign = 1 if get_measure(measure).is_similarity else -1
    assert vectors.divergence("w7", "w3", measure) == pytest.approx(sign * scores[3])


def test_expected_likelihood_is_the_integral_of_the_product() -> None:
    """In one dimension, by the trapezium rule."""
    random = np.random.default_rng(0)
    vectors = MixtureVectors(
        ["a", "b"], random.normal(size=(2, 2, 1)), [[0.3, 1.0], [0.6, 0.2]], [[0.3, 0.7], [0.9, 0.1]]
    )
    grid = np.linspace(-12, 12, 20_001)[:, None]

    def density(word: str) -> np.ndarray:
        row = vectors.get_index(word)
        return sum(vectors.weights[row, k] * np.exp(vectors.component(word, k).log_prob(grid)) for k in range(2))

    integral = np.trapezoid(density("a") * density("b"), grid[:, 0])
    assert vectors.divergence("a", "b", "expected_likelihood") == pytest.approx(np.log(integral), rel=1e-6)


def test_whole_mixtures_have_the_moments_of_their_draws() -> None:
    for is_spherical in (True, False):
        vectors = mixtures(is_spherical)
        random = np.random.default_rng(1)
        which = random.choice(
            SIZE, 200_000, p=vectors.weights[4].astype(np.float64) / vectors.weights[4].sum(dtype=float)
        )
        parts = [vectors.component("w4", k) for k in range(SIZE)]
        draws = np.concatenate([part.sample(int((which == k).sum()), seed=k) for k, part in enumerate(parts)])
        np.testing.assert_allclose(vectors["w4"], draws.mean(0), atol=0.02)
        expected = draws.var(0).mean() if is_spherical else draws.var(0)
        np.testing.assert_allclose(vectors.variances[4], expected, rtol=0.02)


def test_entailment_and_similarity_take_the_nearest_pair() -> None:
    vectors = mixtures()
    assert vectors.similarity("w1", "w2") == pytest.approx(brute_force(vectors, "w1", "w2", "cosine"))
    assert vectors.kl_divergence("w1", "w2") == pytest.approx(pairs(vectors, "w1", "w2", kl_divergence).min())
    assert vectors.kl_divergence("w1", "w1") == 0
    best = pairs(vectors, "w1", "w2", entailment_scores).max()
    assert vectors.entailment("w1", "w2") == pytest.approx(best)
    assert vectors.entailment_batch(["w5", "w1"], ["w6", "w2"])[1] == pytest.approx(best)
    contrast = vectors.calibrate_entailment()
    every = [pairs(vectors, a, b, mirror_contrast).max() for a in vectors for b in vectors if a != b]
    spread = 1.4826 * np.median(np.abs(every - np.median(every)))
    assert contrast == pytest.approx(np.median(every) + spread, abs=0.05)


def test_a_density_is_a_query() -> None:
    vectors = mixtures()
    query = vectors.component("w9", 1)
    assert vectors.most_similar(query, topn=1)[0] == ("w9", pytest.approx(1.0))
    assert vectors.divergence(query, "w9", "kl_from_query") == 0
    assert vectors.most_similar(query.mean, topn=1)[0][0] == "w9"
    other = Gaussian(query.mean, np.full(DIM, 0.5))
    assert np.isfinite(vectors.entailment(other, "w9"))


def test_senses_are_the_neighbours_of_components() -> None:
    vectors = mixtures()
    senses = vectors.component_neighbours("w2", topn=4)
    assert [len(sense) for sense in senses] == [4] * SIZE
    for k, sense in enumerate(senses):
        expected = vectors.most_similar(vectors.component("w2", k), topn=5)
        assert sense == [pair for pair in expected if pair[0] != "w2"][:4]
    assert vectors.component_neighbours("w2", topn=0) == [[]] * SIZE
    with pytest.raises(MissingWordError):
        vectors.component_neighbours("nowhere")
    with pytest.raises(ParameterError, match="k must be an integer from 0 to 2, got 3"):
        vectors.component("w2", 3)


def test_senses_of_all_words() -> None:
    vectors = mixtures()
    for found in (vectors.component_neighbours("w3", None), vectors.component_neighbours("w3", 999)):
        assert [sorted(word for word, _ in near) for near in found] == [sorted(set(vectors) - {"w3"})] * SIZE
    assert vectors.component_neighbours("w3", None)[1][:4] == vectors.component_neighbours("w3", 4)[1]
    assert vectors.component_neighbours("w3", 0) == [[]] * SIZE


@pytest.mark.parametrize("measure", MEASURES)
def test_components_of_weight_0_are_none(measure: str) -> None:
    """Half of the words lose a component: they are what others of two components are, which nothing can tell apart."""
    given = mixtures()
    weights = given.weights.copy()
    weights[::2, 1] = 0
    weights /= weights.sum(1, keepdims=True)
    parts = given.component_means.copy(), given.component_variances.copy()
    without = MixtureVectors(list(given), *parts, weights)
    for part in parts:  # where it is, and how broad, does not matter
        part[::2, 1] = part[::2, 0]
    twice = MixtureVectors(list(given), *parts, weights)
    for word in ("w6", "w7"):
        np.testing.assert_array_equal(without.scores(word, measure=measure), twice.scores(word, measure=measure))
        for topn in (3, NUM_WORDS):
            found = without.most_similar(word, topn=topn, measure=measure)
            assert found == twice.most_similar(word, topn=topn, measure=measure)
        assert (
            without.component_neighbours(word, 5, measure=measure)[0]
            == twice.component_neighbours(word, 5, measure=measure)[0]
        )
        for other in ("w8", "w9"):
            assert without.entailment(word, other) == twice.entailment(word, other)
            assert without.entails(word, other) == twice.entails(word, other)
            assert without.divergence(word, other, measure) == twice.divergence(word, other, measure)
    assert without.entailment_graph(list(given)).entailments == twice.entailment_graph(list(given)).entailments


def test_a_weightless_component_is_no_neighbour() -> None:
    means = [[[1, 0], [0, 1]], [[0.9, 0.1], [1, 0]], [[0, 1], [0, 1]]]
    vectors = MixtureVectors(["a", "b", "c"], means, np.full((3, 2), 0.1), [[1, 0], [0.5, 0.5], [0.5, 0.5]])
    assert vectors.similarity("a", "c") == 0
    assert vectors.kl_divergence("a", "c") == pytest.approx(10)
    assert [word for word, _ in vectors.most_similar("c")] == ["b", "a"]


@pytest.mark.parametrize("is_spherical", [True, False])
def test_files_give_back_the_mixtures(tmp_path, is_spherical: bool) -> None:
    vectors, path = mixtures(is_spherical), tmp_path / "m.safetensors"
    vectors.calibrate_entailment()
    vectors.save(path)
    for loaded in (load_vectors(path), DensityVectors.load(path), MixtureVectors.load(path, check=True)):
        assert type(loaded) is MixtureVectors
        assert loaded.is_spherical == is_spherical
        assert loaded.entailment_contrast == vectors.entailment_contrast is not None
        assert loaded.counts is not None
        assert loaded.most_similar("w3", measure="expected_likelihood") == vectors.most_similar(
            "w3", measure="expected_likelihood"
        )
        again = tmp_path / "again.safetensors"
        loaded.save(again)
        assert again.read_bytes() == path.read_bytes()


def test_files_that_hold_no_mixtures_are_refused(tmp_path) -> None:
    vectors, path = mixtures(), tmp_path / "bad.safetensors"
    tensors, metadata = vectors.container_parts()
    for change in (
        {"weight": tensors["weight"] * 2},
        {"weight": tensors["weight"][:, :2]},
        {"weight": tensors["weight"].astype(np.float64)},
        {"mean": tensors["mean"][:, 0]},
        {"variance": tensors["variance"][:, :2]},
    ):
        write_container(path, tensors | change, vectors.words, metadata)
        with pytest.raises(FormatError, match=r"bad\.safetensors"):
            load_vectors(path)
    write_container(path, {name: tensors[name] for name in ("mean", "variance")}, vectors.words, metadata)
    with pytest.raises(FormatError, match="no mixtures"):
        MixtureVectors.load(path)
    write_container(path, tensors, vectors.words, metadata)
    assert read_container(path).tensors["mean"].shape == (NUM_WORDS, SIZE, DIM)
    assert type(KeyedVectors.load(path)) is MixtureVectors


@pytest.mark.parametrize("is_spherical", [True, False])
def test_whole_mixtures_that_do_not_fit_float32_are_refused(tmp_path, is_spherical: bool, recwarn) -> None:
    variance = np.ones((2, 2) if is_spherical else (2, 2, 2))
    apart = np.array([[[1, 0], [1, 0]], [[1, 0], [-1, 0]]], np.float32)
    message = "the variance of a whole mixture must be finite in float32, which that of row 1 is not; scale the comp"
    with pytest.raises(ParameterError, match=f"^{message}"):
        MixtureVectors(["a", "b"], apart * 1e20, variance, np.full((2, 2), 0.5))
    with pytest.raises(ParameterError, match="the mean of a whole mixture must be finite in float32"):
        MixtureVectors(["a"], np.full((1, 2, 2), 3.4e38), variance[:1], [[0.5009, 0.5]])
    kept = MixtureVectors(["a", "b"], apart * 1e18, variance, np.full((2, 2), 0.5))  # as is advised
    assert kept.most_similar("a")[0][0] == "b"
    tensors, metadata = kept.container_parts()
    write_container(tmp_path / "far", tensors | {"mean": apart * np.float32(1e20)}, kept.words, metadata)
    with pytest.raises(FormatError, match=f"far: {message}"):
        load_vectors(tmp_path / "far")
    with pytest.raises(ParameterError, match=message):
        KeyedVectors.concatenate([kept, kept], weights=[1.0, 100.0], normalize=False)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros((2, 3))}, "mean must be of shape"),
        ({"variance": [[1.0, 1.0], [1.0, 0.0]]}, "variance must be above 0"),
        ({"weight": [[0.5, 0.5], [0.5, 0.6]]}, "weight must be at least 0 with sum 1"),
        ({"weight": [[0.5, 0.5], [1.5, -0.5]]}, "weight must be at least 0 with sum 1"),
        ({"weight": [0.5, 0.5]}, "weight must be of shape"),
    ],
)
def test_arguments_are_checked(change: dict, message: str) -> None:
    arguments = {"mean": np.zeros((2, 2, 3)), "variance": np.ones((2, 2)), "weight": np.full((2, 2), 0.5)}
    with pytest.raises(ParameterError, match=message):
        MixtureVectors(["a", "b"], **(arguments | change))
