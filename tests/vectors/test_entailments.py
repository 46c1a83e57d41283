"""Broader and narrower words, and the graph among some, against ``entails`` asked of every pair."""

import numpy as np
import pytest

from densevec.densities import Gaussian, kl_divergence
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import write_container
from densevec.vectors import DensityVectors, EntailmentGraph
from densevec.vectors.entailment import Closeness, close_pairs, mirror_contrast

from .makers import densities


def test_a_specificity_is_a_number(tmp_path):
    vectors = densities(10, 3)
    message = "'specificity' must have numbers, by which entailment and generality go, got 'high'; choose another name"
    with pytest.raises(ParameterTypeError, match=message):
        vectors.set_vecattr("w1", "specificity", "high")
    with pytest.raises(ParameterTypeError, match=message):
        vectors.add_vectors(["w1"], [Gaussian([0.0] * 3, 1.0)], {"specificity": ["high"]}, replace=True)
    answers = vectors.entails("w1", "w2"), vectors.generality("w1"), vectors.hypernyms("w1")
    vectors.set_vecattr("w1", "telling", "high")  # as is advised
    tensors, metadata = vectors.container_parts()
    tensors = {name.replace("telling", "specificity"): tensor for name, tensor in tensors.items()}
    write_container(tmp_path / "file", tensors, vectors.words, metadata)
    loaded = DensityVectors.load(tmp_path / "file")  # as earlier versions wrote it
    assert loaded.get_vecattr("w1", "specificity") == "high"
    assert answers == (loaded.entails("w1", "w2"), loaded.generality("w1"), loaded.hypernyms("w1"))


@pytest.fixture(params=["spherical", "diagonal"])
def vectors(request):
    made = densities(150, 4, is_spherical=request.param == "spherical", low=0.01, high=3)
    made.entailment_bound = 6.0
    return made


@pytest.mark.parametrize(
    "closeness", [{"bound": 0.0}, {"bound": 2.0}, {"bound": 6.0}, {"bound": 1e9}, {"contrast": 0.3}, {"contrast": -9.0}]
)
def test_hypernyms_and_hyponyms_are_what_entails(vectors, closeness):
    for name, value in closeness.items():
        setattr(vectors, f"entailment_{name}", value)
    for word in ("w3", "w60", "w149"):
        up = {other for other in vectors if vectors.entails(word, other)}
        down = {other for other in vectors if vectors.entails(other, word)}
        found = vectors.hypernyms(word, topn=None)
        assert {other for other, _ in found} == up
        assert [score for _, score in found] == [vectors.entailment_probability(word, other) for other, _ in found]
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        assert vectors.hypernyms(word, topn=2) == found[:2]
        below = vectors.hyponyms(word, topn=None)
        assert {other for other, _ in below} == down
        assert [score for _, score in below] == [vectors.entailment_probability(other, word) for other, _ in below]
        some = [f"w{row}" for row in range(0, 150, 3)]
        assert vectors.hypernyms(word, topn=None, within=some) == [pair for pair in found if pair[0] in some]
        first = [pair for pair in below if vectors.get_index(pair[0]) < 40]
        assert vectors.hyponyms(word, topn=None, restrict_vocab=40) == first


def test_of_a_posterior(vectors):
    posterior = Gaussian(vectors["w5"], 1e-3)
    assert {other for other, _ in vectors.hypernyms(posterior, topn=None)} == {
        other for other in vectors if vectors.entails(posterior, other)
    }
    with pytest.raises(ParameterError, match="needs densities"):
        vectors.hypernyms(np.ones(4))


@pytest.mark.parametrize("contrast", [None, 0.2])
def test_graph_is_the_transitive_reduction_of_entails(vectors, contrast):
    networkx = pytest.importorskip("networkx")
    if contrast is not None:
        vectors.entailment_contrast = contrast
    words = [f"w{row}" for row in range(0, 150, 4)]
    graph = vectors.entailment_graph(words)
    every = {(a, b) for a in words for b in words if vectors.entails(a, b)}
    broader = {edge[:2] for edge in graph.entailments}
    assert broader <= every
    for a, b in every - broader:  # left out for the circle it would close
        assert networkx.has_path(networkx.DiGraph(broader), b, a)
    assert all(
        1 / (1 + np.exp(-score)) == pytest.approx(vectors.entailment_probability(a, b))
        for a, b, score in graph.entailments
    )
    twin = networkx.DiGraph(broader)
    twin.add_nodes_from(words)
    assert {edge[:2] for edge in graph.edges} == set(networkx.transitive_reduction(twin).edges)
    assert len(graph.edges) < len(graph.entailments)
    drawn = networkx.DiGraph()
    drawn.add_weighted_edges_from(graph.edges)
    for word in words:
        assert set(graph.broader(word)) == (set(drawn.successors(word)) if word in drawn else set())
        assert set(graph.narrower(word)) == (set(drawn.predecessors(word)) if word in drawn else set())
    report = graph.as_dict()
    assert report["words"] == words
    assert len(report["edges"]) == len(graph.edges)


def test_graph_edges_of_a_taxonomy():
    vectors = DensityVectors(
        ["animal", "bird", "kakapo", "plum"],
        [[0, 0], [0.1, 0.1], [0.1, 0.2], [9, 9]],
        [4.0, 1.0, 0.1, 0.1],
        entailment_bound=9.0,
    )
    graph = vectors.entailment_graph(["kakapo", "bird", "animal", "plum", "kakapo"])
    assert [edge[:2] for edge in graph.edges] == [("kakapo", "bird"), ("bird", "animal")]
    assert graph.words == ("kakapo", "bird", "animal", "plum")
    assert vectors.entailment_graph(["kakapo", "x"], on_missing="skip").words == ("kakapo",)
    assert vectors.entailment_graph([]).edges == ()
    with pytest.raises(MissingWordError):
        vectors.entailment_graph(["kakapo", "x"])
    diamond = EntailmentGraph.of(list("abcd"), [[0, 1], [0, 2], [1, 3], [2, 3], [0, 3]], [5, 4, 3, 2, 1])
    assert {edge[:2] for edge in diamond.edges} == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}
    assert diamond.broader("a") == ["b", "c"]


@pytest.mark.parametrize("is_spherical", [True, False])
def test_no_pair_is_lost_to_rounding(is_spherical):
    """Narrow densities far from the origin: the product's rounding is larger than the divergences."""
    random = np.random.default_rng(0)
    mean = 1e4 + random.normal(size=(60, 5)) * 1e-3
    log_variance = np.log(random.uniform(0.5, 2, (60, 1 if is_spherical else 5)) * 1e-6)
    exact = kl_divergence(mean[:, None], log_variance[:, None], mean, log_variance)
    for bound in (np.median(exact), exact[exact > 0].min()):
        first, second = close_pairs(mean, log_variance, Closeness(bound=bound))
        within = {(i, j) for i, j in np.argwhere(exact <= bound).tolist() if i != j}
        assert within <= set(zip(first.tolist(), second.tolist(), strict=True))
    contrast = mirror_contrast(mean[:, None], log_variance[:, None], mean, log_variance)
    for least in (np.median(contrast), contrast[exact > 0].max()):
        first, second = close_pairs(mean, log_variance, Closeness(contrast=least))
        beyond = {(i, j) for i, j in np.argwhere(contrast >= least).tolist() if i != j}
        assert beyond <= set(zip(first.tolist(), second.tolist(), strict=True))
    assert [len(part) for part in close_pairs(mean[:0], log_variance[:0], Closeness(bound=1.0))] == [0, 0]


def test_a_pair_is_close_by_its_own_measure():
    """Narrow words far out have great divergences, broad ones small: what is near differs, and the contrast tells."""
    vectors = DensityVectors(
        ["herb", "thyme", "axle", "plant", "thing"],
        [[6.0, 6.0], [6.5, 6.0], [6.0, -6.0], [5.0, 5.5], [0.5, 0.0]],
        [0.3, 0.05, 0.05, 1.0, 4.0],
    )
    assert vectors.entailment_contrast is None
    vectors.entailment_contrast = 1.0
    for a, b in (("thyme", "herb"), ("herb", "plant"), ("thyme", "plant")):
        mirrored = Gaussian(-vectors[b], vectors.variance(b))
        limit = (vectors.kl_divergence(a, mirrored) / np.e) ** (2 / 3)
        assert vectors.entailment_limit(a, b) == pytest.approx(limit)
        assert (vectors.kl_divergence(a, b) <= limit) is True
        assert vectors.entails(a, b)
    assert not vectors.entails("axle", "plant")  # on the other side
    assert not vectors.entails("herb", "thyme")  # the broader
    assert not vectors.entails("thyme", "thing")  # which is as near to anything
    vectors.entailment_bound = 13.0  # the same for all
    assert vectors.entailment_contrast is None
    assert vectors.entailment_limit("thyme", "herb") == 13.0
    assert vectors.entails("thyme", "thing")


def test_how_much_words_tell_counts_alike_from_both_sides():
    """The narrower word must tell more by a fifth of a standard deviation, whichever of the two is asked about."""
    vectors = DensityVectors(["a", "b", "c"], [[1.0, 0.0], [1.1, 0.0], [-5.0, 3.0]], [1.0] * 3, entailment_bound=5.0)
    for word, told in (("a", 1.0), ("b", 1.05), ("c", 3.0)):
        vectors.set_vecattr(word, "specificity", told)
    for word in vectors:
        assert vectors.hyponyms(word) == vectors.hypernyms(word) == []
        assert not any(vectors.entails(word, other) for other in vectors)
    vectors.set_vecattr("b", "specificity", 2.0)
    assert [word for word, _ in vectors.hyponyms("a")] == ["b"]
    assert [word for word, _ in vectors.hypernyms("b")] == ["a"]
    assert vectors.hyponyms("b") == vectors.hypernyms("a") == []


def test_a_word_and_its_row_are_one_member_of_a_graph(vectors):
    assert vectors.entailment_graph(["w1", 1, "w2", np.int64(2), "w1"]).words == ("w1", "w2")
