"""Vectors ask the graph index saved beside their file, say how much it misses, and answer exactly on request."""

import copy
import pickle
import sys
import warnings

import numpy as np
import pytest

from densevec import SkipGram
from densevec.errors import FormatWarning, ParameterError, ParameterTypeError
from densevec.formats import write_container
from densevec.vectors import DensityVectors, KeyedVectors
from densevec.vectors.search import GraphIndex

from .test_graph_index import clustered


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Vectors with a graph for KL, and the same without one; one word of the graph is always missed."""
    pytest.importorskip("usearch", reason="a graph index needs usearch: pip install 'densevec[ann]'")
    folder, vectors = tmp_path_factory.mktemp("graph"), clustered()
    vectors.save(folder / "plain")
    vectors.save(folder / "birds")
    index = vectors.build_graph_index("kl_from_query")
    index.recall = 0.75  # what is told of it is what it says of itself
    index.save(folder / "birds")
    return folder


def queries_of(vectors, monkeypatch):
    """A list that grows by one at each query of the vectors' graph."""
    asked, nearest = [], GraphIndex.nearest

    def counted(self, *arguments, **options):
        asked.append(self.measure)
        return nearest(self, *arguments, **options)

    monkeypatch.setattr(GraphIndex, "nearest", counted)
    return asked


def test_the_index_beside_a_file_is_asked_and_exact_reads_all(folder, monkeypatch):
    plain, vectors = DensityVectors.load(folder / "plain"), KeyedVectors.load(folder / "birds")
    asked = queries_of(vectors, monkeypatch)
    options = {"measure": "kl_from_query"}
    right = plain.most_similar("w7", **options)
    near = vectors.most_similar("w7", **options)
    assert asked == ["kl_from_query"]
    assert "w7" not in dict(near)
    exact_scores = dict(plain.most_similar("w7", topn=2999, **options))
    assert near == sorted(((word, exact_scores[word]) for word, _ in near), key=lambda pair: -pair[1])
    assert len(dict(near).keys() & dict(right)) >= 9
    batch = vectors.most_similar_batch(["w7", "w8"], **options)
    assert batch[0] == near
    assert len(asked) == 2
    assert vectors.most_similar("w7", exact=True, **options) == right
    assert vectors.most_similar_batch(["w7"], exact=True, **options) == [right]
    assert len(asked) == 2
    assert vectors.expected_recall("kl_from_query") == 0.75
    assert plain.expected_recall("kl_from_query") == 1


def test_what_the_index_cannot_answer_is_read_from_all_words(folder, monkeypatch):
    plain, vectors = DensityVectors.load(folder / "plain"), DensityVectors.load(folder / "birds")
    asked = queries_of(vectors, monkeypatch)
    for options in (
        {"measure": "cosine"},
        {"measure": "kl_to_query"},
        {"measure": "kl_from_query", "topn": 65},  # beyond half of what it looks at
        {"measure": "kl_from_query", "restrict_vocab": 1000},
        {"measure": "kl_from_query", "within": ["w1", "w2"]},
        {"measure": "kl_from_query", "topn": 0},
    ):
        assert vectors.most_similar("w7", **options) == plain.most_similar("w7", **options)
    assert not asked
    assert vectors.expected_recall() == vectors.expected_recall("kl_from_query", 65) == 1
    assert vectors.most_similar("w7", measure="kl_from_query", topn=64)
    assert len(asked) == 1
    with pytest.raises(ParameterError, match="needs a density"):
        vectors.most_similar(vectors["w7"], measure="kl_from_query")


def test_sums_of_words_ask_a_graph_of_cosines_and_assigned_ones_too(folder, monkeypatch):
    vectors = DensityVectors.load(folder / "plain")
    asked = queries_of(vectors, monkeypatch)
    right = vectors.most_similar(["w7", "w8"], ["w9"])
    vectors.graph_index = vectors.build_graph_index()
    assert vectors.graph_index.measure == "cosine"
    del asked[:]  # those of the measured recall
    near = vectors.most_similar(["w7", "w8"], ["w9"])
    assert asked == ["cosine"]
    assert dict(near).keys().isdisjoint({"w7", "w8", "w9"})
    assert len(dict(near).keys() & dict(right)) >= 9
    assert vectors.relative_cosine_similarity("w7", "w8") == clustered().relative_cosine_similarity("w7", "w8")
    vectors.graph_index = None
    assert vectors.most_similar(["w7", "w8"], ["w9"]) == right
    assert len(asked) == 1


def test_a_change_leaves_the_index_behind_and_a_copy_keeps_it(folder):
    vectors = DensityVectors.load(folder / "birds")
    assert copy.copy(vectors).graph_index is not None
    assert pickle.loads(pickle.dumps(vectors)).graph_index is None  # bytes have nothing beside them
    assert vectors.select(["w1", "w2"]).graph_index is None
    vectors["w7"] = vectors["w8"]
    assert vectors.graph_index is None
    assert vectors.expected_recall("kl_from_query") == 1
    assert vectors.most_similar("w7", topn=1, measure="cosine")[0][0] == "w8"


def test_an_assigned_index_must_be_of_these_vectors(folder):
    vectors, other = DensityVectors.load(folder / "birds"), DensityVectors.load(folder / "plain")
    with pytest.raises(ParameterError, match="these very vectors"):
        other.graph_index = vectors.graph_index
    with pytest.raises(ParameterTypeError, match="must be a GraphIndex or None, got str"):
        other.graph_index = "birds"


def test_the_vectors_of_a_model_ask_it(tmp_path, monkeypatch):
    pytest.importorskip("usearch", reason="a graph index needs usearch: pip install 'densevec[ann]'")
    model = SkipGram([["kiwi", "bird", "kea"]] * 30, dim=4, min_count=1, epochs=1, workers=1, seed=1).train(
        progress=False
    )
    model.save(tmp_path / "model")
    model.vectors.build_graph_index().save(tmp_path / "model")
    asked = queries_of(model.vectors, monkeypatch)
    near = SkipGram.load(tmp_path / "model").vectors.most_similar("kiwi")
    assert asked == ["cosine"]
    assert near == model.vectors.most_similar("kiwi")


@pytest.mark.parametrize(
    ("fault", "message"),
    [("of other vectors", "built of other vectors"), ("damaged", "digest"), ("no usearch", "needs the package usearch"),
     ("no index", "not a densevec file")],
)  # fmt: skip
def test_an_index_that_cannot_be_used_is_said_once_and_all_words_are_read(tmp_path, monkeypatch, fault, message):
    vectors = clustered(num_words=60, dim=4)
    path = tmp_path / "birds.usearch"
    vectors.save(tmp_path / "birds")
    write_index(path, vectors, is_of_these=fault != "of other vectors")
    if fault == "no usearch":
        monkeypatch.setitem(sys.modules, "usearch", None)
    if fault == "damaged":
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)
    if fault == "no index":
        path.write_bytes(b"nothing")
    loaded = DensityVectors.load(tmp_path / "birds")
    with pytest.warns(FormatWarning, match=rf"{message}.*searches read all words"):
        assert loaded.most_similar("w7") == vectors.most_similar("w7")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loaded.most_similar("w7") == vectors.most_similar("w7")
        assert loaded.expected_recall() == 1


def write_index(path, vectors, *, is_of_these):
    """A file as ``GraphIndex.save`` writes it, but for the graph, which only usearch makes."""
    table = vectors.rows.table if is_of_these else clustered(num_words=60, dim=4, is_spherical=False).rows.table
    from densevec.vectors.search.graph import _digest_of, _digests_of

    parameters = {"measure": "cosine", "radius": 1.0, "vectors": _digest_of(table), "digests": _digests_of(table)}
    parameters |= {"expansion": 128, "recall": 1.0, "recall_topn": 10, "recall_queries": 100}
    tensors = {"graph": np.arange(90, dtype=np.uint8), "centre": np.zeros(4), "scale": np.ones(4)}
    write_container(path, tensors, None, {"class": "GraphIndex", "parameters": parameters})
