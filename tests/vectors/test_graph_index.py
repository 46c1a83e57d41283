"""The approximate index: exact scores, honest recall, nothing loaded that does not fit."""

from types import SimpleNamespace

import numpy as np
import pytest

from densevec.densities import get_measure
from densevec.errors import CorruptError, FileError, FormatError, ParameterError, ParameterTypeError
from densevec.formats import read_container, write_container
from densevec.vectors import DensityVectors, KeyedVectors, search
from densevec.vectors.search import Queries
from densevec.vectors.search.coordinates import GRAPH_MEASURES, Coordinates

from .makers import brute_force, densities


def clustered(num_words=3000, dim=16, *, is_spherical=True):
    """Words in clusters, as trained vectors are: neighbours that a graph can find."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(60, dim))
    mean = centres[random.integers(0, 60, num_words)] + 0.4 * random.normal(size=(num_words, dim))
    variance = 0.3 * np.exp(0.5 * random.normal(size=num_words if is_spherical else (num_words, dim)))
    return DensityVectors([f"w{row}" for row in range(num_words)], mean, variance)


@pytest.mark.parametrize("measure", GRAPH_MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_distances_rank_as_the_measure_does(measure, is_spherical):
    vectors = densities(200, 9, is_spherical=is_spherical, seed=2)
    table = vectors.rows.table
    coordinates = Coordinates.fit(table, measure)
    words = coordinates.of_words(table, slice(0, 200)).astype(np.float64)
    np.testing.assert_allclose(np.sqrt((words**2).sum(-1)), 1, atol=1e-6)  # on one sphere
    random = np.random.default_rng(3)
    log_variance = random.normal(size=(5, 1 if is_spherical else 9))
    queries = Queries(random.normal(size=(5, 9)), log_variance)
    for number, point in enumerate(coordinates.of_queries(queries)):
        distances = ((words - point) ** 2).sum(-1)
        scores = brute_force(vectors, queries.mean[number], log_variance[number], measure)
        fit = np.polyfit(scores, distances, 1)
        assert fit[0] < 0
        np.testing.assert_allclose(np.polyval(fit, scores), distances, atol=1e-5)  # a falling line


@pytest.mark.parametrize("measure", GRAPH_MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_recall_is_high_and_measured_and_scores_are_exact(measure, is_spherical, tmp_path):
    pytest.importorskip("usearch")
    vectors = clustered(is_spherical=is_spherical)
    index = vectors.build_graph_index(measure)
    assert index.recall > 0.95
    assert f"{index.recall:.3f}" in repr(index)
    rows = np.arange(20)
    log_variance = None if measure == "cosine" else vectors.rows.table.log_variance_rows(rows)
    queries = Queries(vectors.rows.table.mean_rows(rows), log_variance)
    right = search.nearest(vectors.rows.table, get_measure(measure), queries, 10, exclude=[[row] for row in rows])
    for number, (found, scores) in enumerate(index.nearest(queries, 10, exclude=[[row] for row in rows])):
        shared = np.isin(found, right[number][0])
        exact = dict(zip(right[number][0].tolist(), right[number][1].tolist(), strict=True))
        assert [exact[row] for row in found[shared].tolist()] == scores[shared].tolist()
        assert number not in found
        assert (np.diff(scores) <= 0).all()
    vectors.save(tmp_path / "file")
    index.save(tmp_path / "file")
    again = DensityVectors.load(tmp_path / "file").load_graph_index(tmp_path / "file")
    assert (again.recall, again.measure) == (index.recall, measure)
    for one, other in zip(index.nearest(queries, 10), again.nearest(queries, 10), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_recall_counts_what_is_missed():
    """A graph that looks at one point only must say that it finds little."""
    pytest.importorskip("usearch")
    vectors = densities(4000, 60, seed=1)
    poor = vectors.build_graph_index(connectivity=2, expansion_add=1, expansion=1)
    assert poor.recall < 0.6
    better = vectors.build_graph_index()
    assert better.recall > poor.recall + 0.2


def test_what_is_asked_of_an_index_is_a_matrix_of_queries():
    vectors = densities(30, 5)
    table = vectors.rows.table
    rows = np.arange(30)
    every = SimpleNamespace(
        search=lambda points, _: SimpleNamespace(keys=np.tile(rows, (len(points), 1)), counts=[30] * len(points))
    )
    index = search.GraphIndex(table, Coordinates.fit(table, "cosine"), every, 128)
    means = vectors.vectors[:3].astype(np.float64)
    expected = index.nearest(Queries(means, None), 4)
    for found, same in zip(index.nearest(Queries(means * 2.0**600, None), 4), expected, strict=True):
        np.testing.assert_array_equal(found, same)  # directions alone matter
    for query in (vectors.density("w1"), "w1", means):
        with pytest.raises(
            ParameterTypeError, match=f"queries must be .*Queries, .* got {type(query).__name__}; .* mo"
        ):
            index.nearest(query, 3)
    with pytest.raises(ParameterError, match=r"queries must be of shape \(Q, 5\), got \(3, 2\)"):
        index.nearest(Queries(means[:, :2], None), 3)
    with pytest.raises(ParameterError, match="queries must have log variances for measure 'jeffreys', got None"):
        search.GraphIndex(table, Coordinates.fit(table, "jeffreys"), every, 128).nearest(Queries(means, None), 3)


def test_the_inner_product_graph_is_refused(tmp_path):
    usearch = pytest.importorskip("usearch.index")
    vectors = densities(50, 4)
    with pytest.raises(ParameterError, match=r"metric must be 'l2sq', got 'ip'.*1 %"):
        vectors.build_graph_index(metric="ip")
    vectors.build_graph_index().save(tmp_path / "file")
    graph = usearch.Index(ndim=5, metric="ip", dtype="f16")
    graph.add(np.arange(50), np.ones((50, 5), np.float32))
    rewrite(tmp_path / "file.usearch", graph=np.frombuffer(graph.save(), np.uint8))
    with pytest.raises(FormatError, match=r"metric must be 'l2sq'.*1 %"):
        vectors.load_graph_index(tmp_path / "file")


def rewrite(path, **changes):
    """The container again with some tensors, or parameters, of other values."""
    container = read_container(path, mmap=False)
    tensors = {name: changes.pop(name, part) for name, part in container.tensors.items() if "padding" not in name}
    parameters = {**container.metadata["parameters"], **changes}
    write_container(path, tensors, None, {"class": container.metadata["class"], "parameters": parameters})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"graph": np.arange(90, dtype=np.uint8)}, "graph"),
        ({"graph": np.ones(4)}, "no graph"),
        ({"centre": np.zeros(3)}, "'centre' must be float64 of shape"),
        ({"scale": np.zeros(4)}, "'scale' must be above 0"),
        ({"measure": "kl_of_something"}, "ranks by 'kl_of_something'"),
        ({"measure": "kl_to_query"}, "'centre' must be float64 of shape"),
        ({"radius": "wide"}, "'radius' must be a number"),
        ({"radius": 10**400}, "'radius' must be a number"),
        ({"recall_topn": 10**30}, "'recall_topn' must be a number"),
        ({"expansion": -1}, "'expansion' must be a number"),
        ({"vectors": "0" * 64}, "built of other vectors"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(tmp_path, changes, message):
    pytest.importorskip("usearch")
    vectors = densities(50, 4)
    vectors.build_graph_index().save(tmp_path / "file")
    vectors.load_graph_index(tmp_path / "file")
    rewrite(tmp_path / "file.usearch", **changes)
    with pytest.raises(FormatError, match=message):
        vectors.load_graph_index(tmp_path / "file")


def test_a_graph_that_is_cut_is_refused(tmp_path):
    """With digests that hold: the file was written so."""
    pytest.importorskip("usearch")
    vectors = densities(50, 4)
    vectors.build_graph_index().save(tmp_path / "file")
    graph = read_container(tmp_path / "file.usearch", mmap=False).tensors["graph"]
    for length in (0, 8, 60, 100, len(graph) // 4, len(graph) // 2, len(graph) - 1):
        rewrite(tmp_path / "file.usearch", graph=graph[:length])
        with pytest.raises(
            FormatError, match=r"file.usearch: usearch cannot read the graph: .*; build the index again"
        ):
            vectors.load_graph_index(tmp_path / "file")


def test_an_index_of_other_vectors_or_none_is_refused(tmp_path):
    usearch = pytest.importorskip("usearch.index")
    vectors = densities(50, 4)
    vectors.build_graph_index().save(tmp_path / "file")
    with pytest.raises(FormatError, match="built of other vectors"):
        densities(50, 4, seed=1).load_graph_index(tmp_path / "file")
    with pytest.raises(FormatError, match="built of other vectors"):
        densities(50, 4, low=0.2).load_graph_index(tmp_path / "file")
    with pytest.raises(FileError):
        vectors.load_graph_index(tmp_path / "nothing")
    small = usearch.Index(ndim=5, metric="l2sq", dtype="f16")
    small.add(np.arange(49), np.ones((49, 5), np.float32))
    rewrite(tmp_path / "file.usearch", graph=np.frombuffer(small.save(), np.uint8))
    with pytest.raises(FormatError, match="must hold 50 points of 5 coordinates, found 49 of 5"):
        vectors.load_graph_index(tmp_path / "file")
    vectors.save(tmp_path / "file.usearch")
    with pytest.raises(FormatError, match="not a GraphIndex"):
        vectors.load_graph_index(tmp_path / "file")


def test_a_damaged_index_never_reaches_usearch(tmp_path):
    pytest.importorskip("usearch")
    vectors = densities(50, 4)
    vectors.build_graph_index().save(tmp_path / "file")
    path = tmp_path / "file.usearch"
    raw = bytearray(path.read_bytes())
    raw[-200] ^= 1
    path.write_bytes(raw)
    with pytest.raises(CorruptError):
        vectors.load_graph_index(tmp_path / "file")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"measure": "hellinger"}, "measure must be one of"),
        ({"connectivity": 1}, "connectivity must be"),
        ({"expansion": 0}, "expansion must be"),
        ({"workers": 0}, "workers must be"),
    ],
)
def test_parameters_are_checked(arguments, message):
    with pytest.raises(ParameterError, match=message):
        densities(9, 3).build_graph_index(**arguments)


def test_points_have_no_divergences_and_no_words_no_graph():
    points = KeyedVectors(["a", "b"], np.eye(2))
    with pytest.raises(ParameterError, match="needs word densities"):
        points.build_graph_index("kl_to_query")
    with pytest.raises(ParameterError, match="at least one word"):
        KeyedVectors([], np.ones((0, 2))).build_graph_index()
    pytest.importorskip("usearch")
    assert points.build_graph_index().recall == 1.0
