"""gensim's objects: by the layout of their attributes, and as gensim itself makes them where it is installed."""

from __future__ import annotations

import pickle
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from densevec._cy.subwords import subword_rows
from densevec.errors import FormatWarning, MissingWordError, ParameterError
from densevec.formats import Subwords, WordVectors
from densevec.formats.subwords import Hashing
from densevec.vectors import KeyedVectors, SubwordVectors

KNOWN = ["kiwi", "plum", "新西兰鸟", "птица", "नमस्ते", "ถนน", "e\u0301", "طائر", "😀", "a"]
UNKNOWN = [
    "kiwis",
    "新西兰的鸟",
    "птицы",
    "नमस्कार",
    "ถน",
    "é",
    "طيور",
    "😀😀",
    "x",
    "kākāpō",
    "10\u00a0km",
    "</s>",
    "<",
]


def layout(words: list[str], dim: int = 3, **more: object) -> SimpleNamespace:
    rows = np.random.default_rng(0).normal(size=(len(words), dim)).astype(np.float32)
    return SimpleNamespace(**{"index_to_key": words, "vectors": rows, "expandos": {}, **more})


def fasttext_layout(**more: object) -> SimpleNamespace:
    grams = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    return layout(KNOWN, **{"vectors_ngrams": grams, "min_n": 2, "max_n": 4, "bucket": 50, **more})


# -- stand-ins with gensim's attributes --


def test_words_that_the_counts_do_not_reach_have_none() -> None:
    other = layout(["kiwi", "plum", "kea"], expandos={"count": np.array([9, 4])})
    vectors = KeyedVectors.from_gensim(other)
    assert vectors.counts.tolist() == [9, 4, 0]
    np.testing.assert_array_equal(vectors["kea"], other.vectors[2])
    other.expandos["count"] = np.array([9, 4, 2, 1])  # longer than the words
    assert KeyedVectors.from_gensim(other).counts.tolist() == [9, 4, 2]


def test_lengths_that_gensim_keeps_of_vectors_it_had_before_are_not_asked() -> None:
    other = layout(["a", "b", "c"], norms=np.ones(3, np.float32))
    other.vectors = np.array([[1, 0], [1.6, 1.2], [0.96, 0.28]], np.float32)
    assert KeyedVectors.from_gensim(other).most_similar("a") == [("c", pytest.approx(0.96)), ("b", pytest.approx(0.8))]


def test_places_without_a_word_are_left_out() -> None:
    other = layout(["kiwi", None, "kea", None], expandos={"count": np.array([9, 0, 4])})
    vectors = KeyedVectors.from_gensim(SimpleNamespace(wv=other))
    assert vectors.index_to_key == ["kiwi", "kea"]
    assert vectors.counts.tolist() == [9, 4]
    np.testing.assert_array_equal(vectors.vectors, other.vectors[[0, 2]])


def test_ngrams_come_along() -> None:
    other = fasttext_layout()
    vectors = KeyedVectors.from_gensim(other)
    assert type(vectors) is SubwordVectors
    assert vectors.index_to_key == KNOWN
    for word in UNKNOWN:
        rows = other.vectors_ngrams[subword_rows(word.encode(), 2, 4, 50)].astype(np.float64)
        np.testing.assert_allclose(vectors[word], rows.mean(0), rtol=0, atol=1e-6)
    kept = vectors["kiwis"].copy()
    other.vectors_ngrams[:] = 0  # what was given is not shared
    np.testing.assert_array_equal(vectors["kiwis"], kept)


@pytest.mark.parametrize(
    "more", [{"vectors_ngrams": np.empty((0, 3), np.float32)}, {"min_n": 4, "max_n": 3}, {"max_n": 0}]
)
def test_fasttext_without_ngrams_is_a_table(more: dict[str, object]) -> None:
    vectors = KeyedVectors.from_gensim(fasttext_layout(**more))
    assert type(vectors) is KeyedVectors
    with pytest.raises(MissingWordError):
        vectors["kiwis"]


def test_what_is_not_gensims() -> None:
    with pytest.raises(ParameterError, match="gensim's KeyedVectors or a model with them, got dict"):
        KeyedVectors.from_gensim({"kiwi": [1.0]})


def test_hyperbolic_vectors_are_refused() -> None:
    problem = r"^vectors must be compared by cosine, got SimpleNamespace, whose distance is hyperbolic; ask gensim .*"
    with pytest.raises(ParameterError, match=problem):
        KeyedVectors.from_gensim(layout(["kiwi", "plum"], vector_distance=lambda one, other: 0.0))


def test_attributes_come_along() -> None:
    lists = np.empty(3, object)
    lists[:] = [[1], [2, 3], []]
    expandos = {
        "count": np.array([9, 4, 2]),
        "sample_int": np.array([1, 2, 3], np.uint32),  # gensim's own, of its training
        "share": np.array([0.5, 0.25]),  # which does not reach the third
        "is_bird": np.array([True, False]),
        "name": np.array(["Kiwi", 0, "Kea"], object),
        "list": lists,
        7: np.array([1, 2, 3]),
    }
    with pytest.warns(FormatWarning, match="'list', 7 of gensim's are left out"):
        vectors = KeyedVectors.from_gensim(layout(["kiwi", "plum", "kea"], expandos=expandos))
    assert {name: values.tolist() for name, values in vectors.expandos.items()} == {
        "count": [9, 4, 2],
        "share": [0.5, 0.25, 0],
        "is_bird": [True, False, False],
        "name": ["Kiwi", "", "Kea"],
    }
    places = layout([None, "kiwi", "kea"], expandos={"name": np.array([0, "Kiwi", "Kea"], object)})
    assert KeyedVectors.from_gensim(places).get_vecattr("kea", "name") == "Kea"


def test_attributes_go_along(monkeypatch) -> None:
    class Theirs:
        def __init__(self, dim: int) -> None:
            self.dim, self.expandos = dim, {}

        def add_vectors(self, words: list[str], rows: np.ndarray) -> None:
            self.index_to_key, self.vectors = words, rows

    monkeypatch.setitem(sys.modules, "gensim", ModuleType("gensim"))
    monkeypatch.setitem(sys.modules, "gensim.models", SimpleNamespace(KeyedVectors=Theirs))
    vectors = KeyedVectors(["kiwi", "plum"], np.eye(2), [3, 2])
    vectors.set_vecattr("plum", "name", "Plum")
    vectors.set_vecattr("kiwi", "is_bird", True)
    made = vectors.to_gensim()
    assert {name: values.tolist() for name, values in made.expandos.items()} == {
        "count": [3, 2],
        "name": ["", "Plum"],
        "is_bird": [True, False],
    }
    again = KeyedVectors.from_gensim(made)
    assert {name: values.tolist() for name, values in again.expandos.items()} == {
        name: values.tolist() for name, values in vectors.expandos.items()
    }


# -- gensim itself --


@pytest.mark.parametrize("lengths", [(1, 3), (2, 4), (3, 6)])
def test_ngrams_and_attributes_go_to_gensim_and_come_back(gensim, lengths: tuple[int, int], recwarn) -> None:
    grams = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    other = fasttext_layout(vectors_ngrams=grams, min_n=lengths[0], max_n=lengths[1])
    other.expandos["count"] = np.arange(len(KNOWN))[::-1]
    vectors = KeyedVectors.from_gensim(other)
    vectors.set_vecattr("plum", "name", "Plum")
    vectors.set_vecattr("kiwi", "share", 0.5)
    made = vectors.to_gensim()
    for word in [*KNOWN, *UNKNOWN]:
        np.testing.assert_allclose(made.get_vector(word), vectors[word], rtol=0, atol=1e-6, err_msg=ascii(word))
    assert made.get_vecattr("plum", "name") == "Plum" and made.get_vecattr("kiwi", "share") == 0.5
    made.set_vecattr("plum", "name", "Plums")
    made.set_vecattr("plum", "count", 3)
    again = KeyedVectors.from_gensim(made)
    assert type(again) is SubwordVectors
    for word in [*KNOWN, *UNKNOWN]:
        np.testing.assert_allclose(again[word], vectors[word], rtol=0, atol=1e-6)
    assert again.get_vecattr("plum", "name") == "Plums" and again.get_vecattr("plum", "count") == 3
    made.adjust_vectors()  # as gensim composes them
    np.testing.assert_allclose(made.vectors, vectors.vectors, rtol=0, atol=1e-6)
    assert not recwarn.list


def test_ngrams_that_gensim_does_not_know_are_left_out_loudly(gensim) -> None:
    buckets = np.ones((5, 3), dtype="<f4").reshape(-1).view(np.uint8)
    subwords = Subwords(buckets, 3, 2, 4, Hashing("floret", 2))
    vectors = SubwordVectors(WordVectors(["kiwi"], np.eye(1, 3)), subwords)
    with pytest.warns(FormatWarning, match="gensim's KeyedVectors holds no n-grams"):
        assert type(vectors.to_gensim()) is gensim.KeyedVectors


@pytest.fixture(scope="module")
def gensim():
    return pytest.importorskip("gensim.models")


def test_words_added_to_gensims(gensim) -> None:
    other = gensim.Word2Vec([["kiwi", "plum"]] * 20, vector_size=4, min_count=1, epochs=1).wv
    other.add_vectors(["kea", "emu"], np.array([[1, 1, 1, 1], [1, 2, 3, 4]], np.float32))
    vectors = KeyedVectors.from_gensim(other)
    assert vectors.counts.tolist() == [20, 20, 0, 0]
    for word in other.index_to_key:
        np.testing.assert_array_equal(vectors[word], other[word])
    other = gensim.KeyedVectors(4, count=5)
    other.add_vector("emu", np.ones(4, np.float32))
    assert KeyedVectors.from_gensim(other).index_to_key == ["emu"]


def test_gensims_poincare_embeddings_are_refused() -> None:
    poincare = pytest.importorskip("gensim.models.poincare")
    model = poincare.PoincareModel([("kiwi", "bird"), ("kea", "bird")], size=2, negative=1)
    with pytest.raises(ParameterError, match=r"^vectors must be compared by cosine, got PoincareKeyedVectors, whose"):
        KeyedVectors.from_gensim(model.kv)
    assert KeyedVectors(model.kv.index_to_key, model.kv.vectors).index_to_key == model.kv.index_to_key


@pytest.mark.parametrize("lengths", [(1, 3), (0, 2), (2, 4), (3, 6), (1, 1)])
@pytest.mark.parametrize("bucket", [1, 77, 2000])
def test_unknown_words_have_gensims_vectors(gensim, lengths: tuple[int, int], bucket: int) -> None:
    shortest, longest = lengths
    model = gensim.FastText(
        [KNOWN] * 20, vector_size=6, min_count=1, epochs=1, bucket=bucket, min_n=shortest, max_n=longest, workers=1
    )
    model.wv.add_vectors(["kea"], np.ones((1, 6), np.float32))
    vectors = KeyedVectors.from_gensim(model)
    again = pickle.loads(pickle.dumps(vectors))
    for word in [*KNOWN, *UNKNOWN, "kea"]:
        np.testing.assert_allclose(vectors[word], model.wv[word], rtol=0, atol=1e-6, err_msg=ascii(word))
        np.testing.assert_array_equal(again[word], vectors[word])
    assert vectors.similarity("kiwis", "птицы") == pytest.approx(model.wv.similarity("kiwis", "птицы"), abs=1e-5)
