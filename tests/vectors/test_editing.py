"""Changing vectors: what is written is what is asked, nobody else's arrays are touched, and no cache stays."""

import copy
import gc
import pickle
import re
import sys
import threading
import tracemalloc

import numpy as np
import pytest

from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import Subwords, WordVectors
from densevec.vectors import DensityVectors, KeyedVectors, SubwordVectors

from .makers import densities

WORDS = ["kiwi", "kakapo", "plum"]
ROWS = np.array([[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]], np.float32)


@pytest.fixture
def vectors():
    return KeyedVectors(WORDS, ROWS, counts=[3, 2, 1])


def ask(vectors):
    """Queries that fill every cache."""
    answers = [vectors.most_similar(word, topn=None).tolist() for word in vectors]
    answers += [vectors.norms.tolist(), vectors.prior_vector().tolist()]
    if isinstance(vectors, DensityVectors):
        answers += [vectors.most_similar(word, topn=3, measure="kl_from_query") for word in vectors]
        answers += [vectors.most_similar(word, topn=3, measure="jeffreys") for word in vectors]
        answers += [vectors.generality(word) for word in vectors]
        answers += [vectors.prior_density().entropy(), vectors.calibrate_entailment()]
    return answers


def rebuilt(vectors):
    """The same made anew, without a cache."""
    if isinstance(vectors, DensityVectors):
        return DensityVectors(list(vectors), vectors.vectors, vectors.variances, vectors.counts)
    return KeyedVectors(list(vectors), vectors.vectors, vectors.counts)


CHANGES = {
    "add": lambda vectors: vectors.add_vectors(["new"], np.ones((1, vectors.vector_size)), **more(vectors, 1)),
    "replace": lambda vectors: vectors.add_vectors(
        ["w1", "new"], np.ones((2, vectors.vector_size)), replace=True, **more(vectors, 2)
    ),
    "set": lambda vectors: vectors.__setitem__("w2", np.full(vectors.vector_size, 3.0)),
    "assign": lambda vectors: setattr(vectors, "vectors", vectors.vectors[::-1].copy()),
    "normalize": lambda vectors: vectors.unit_normalize_all(),
    "sort": lambda vectors: (vectors.set_vecattr("w4", "count", 99), vectors.sort_by_descending_frequency()),
    "count": lambda vectors: vectors.set_vecattr("w3", "count", 1000),
    "resize": lambda vectors: (vectors.index_to_key.append("grown"), vectors.resize_vectors()),
    "shrink": lambda vectors: (vectors.index_to_key.pop(), vectors.resize_vectors()),
}


def more(vectors, num_words):
    return (
        {"variances": np.full((num_words, *vectors.variances.shape[1:]), 0.7)} if hasattr(vectors, "variances") else {}
    )


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["points", "spherical", "diagonal", "half"])
@pytest.mark.parametrize("is_mapped", [True, False])
def test_fault_50_every_change_drops_every_cache(change, kind, is_mapped, tmp_path):
    made = densities(12, 5, is_spherical=kind == "spherical")
    made = made.stored_as("bfloat16") if kind == "half" else made
    vectors = KeyedVectors(list(made), made.vectors, np.arange(12)) if kind == "points" else made
    if is_mapped:
        vectors.save(tmp_path / "file")
        vectors = type(vectors).load(tmp_path / "file")
    before = (tmp_path / "file").read_bytes() if is_mapped else None
    first = ask(vectors)
    CHANGES[change](vectors)
    after = ask(vectors)
    assert after != first
    assert after == ask(rebuilt(vectors))
    assert len(vectors) == len(vectors.vectors) == len(set(vectors.index_to_key)) == len(vectors.counts)
    assert [vectors.get_index(word) for word in vectors] == list(range(len(vectors)))
    if is_mapped:
        assert (tmp_path / "file").read_bytes() == before
        vectors.save(tmp_path / "file")
        assert ask(type(vectors).load(tmp_path / "file", check=True)) == after


@pytest.mark.parametrize("change", ["add", "replace", "set", "normalize", "sort", "count"])
def test_the_callers_arrays_are_not_written_to(change):
    mean, variance, counts = (
        np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32),
        np.ones(5, "f4"),
        np.arange(5),
    )
    kept = mean.copy(), variance.copy(), counts.copy()
    vectors = DensityVectors([f"w{row}" for row in range(5)], mean, variance, counts)
    other = copy.copy(vectors)
    answers = ask(other)
    CHANGES[change](vectors)
    CHANGES["set"](vectors)
    for array, same in zip((mean, variance, counts), kept, strict=True):
        np.testing.assert_array_equal(array, same)
    assert ask(other) == answers


@pytest.mark.parametrize("counts", [None, [1, 2]])
def test_counts_may_be_whole_numbers_of_any_type(counts, tmp_path) -> None:
    vectors = KeyedVectors(["kiwi", "plum"], np.eye(2), counts)
    vectors.add_vectors(["owl"], np.ones((1, 2)), extras={"count": np.array([3.0])})
    vectors.set_vecattr("kiwi", "count", np.float32(7))
    assert vectors.counts.tolist() == [7, 0 if counts is None else 2, 3] and vectors.counts.dtype == np.int64
    vectors.save(tmp_path / "vectors")
    assert KeyedVectors.load(tmp_path / "vectors").counts.tolist() == vectors.counts.tolist()
    for wrong in (3.5, -1, np.nan):
        with pytest.raises(ParameterError):
            vectors.add_vectors(["kea"], np.ones((1, 2)), extras={"count": np.array([wrong])})
        with pytest.raises(ParameterError):
            vectors.set_vecattr("kiwi", "count", wrong)
    assert "kea" not in vectors


def test_add_vectors(vectors):
    vectors.add_vectors(["kea", "kiwi"], [[2.0, 0.0], [9.0, 9.0]])
    assert list(vectors) == [*WORDS, "kea"]
    np.testing.assert_array_equal(vectors["kiwi"], ROWS[0])  # kept
    np.testing.assert_array_equal(vectors["kea"], [2, 0])
    assert vectors.counts.tolist() == [3, 2, 1, 0]
    vectors.add_vectors(["kiwi"], [[9.0, 9.0]], replace=True)
    np.testing.assert_array_equal(vectors["kiwi"], [9, 9])
    assert vectors.add_vector("moa", [0.5, 0.5]) == 4 == vectors.get_index("moa")
    assert vectors.add_vector("moa", [7.0, 7.0]) == 4
    np.testing.assert_array_equal(vectors["moa"], [0.5, 0.5])
    vectors[["moa", "emu"]] = [[1.0, 2.0], [3.0, 4.0]]
    vectors["tui"] = np.array([5.0, 6.0])
    np.testing.assert_array_equal(vectors[["moa", "emu", "tui"]], [[1, 2], [3, 4], [5, 6]])
    vectors.add_vectors(["owl"], [[1.0, 1.0]], extras={"count": [12], "tag": ["noun"]})
    assert (vectors.get_vecattr("owl", "count"), vectors.get_vecattr("owl", "tag")) == (12, "noun")
    assert vectors.get_vecattr("kiwi", "tag") == ""


def test_as_gensim_users_begin():
    for vectors in (KeyedVectors(3), KeyedVectors(vector_size=3)):
        assert len(vectors) == 0
        vectors.add_vectors(["a", "b"], np.eye(2, 3))
        assert vectors.most_similar("a") == [("b", 0.0)]
    with pytest.raises(ParameterError, match="vectors must be given"):
        KeyedVectors(["a"])
    with pytest.raises(ParameterError, match="vector_size"):
        KeyedVectors(vector_size=0)
    grown = DensityVectors(vector_size=2)
    grown.add_vectors(["a"], [[0.0, 1.0]], variances=[0.5])
    assert grown.variance("a") == 0.5


@pytest.mark.parametrize(
    ("keys", "rows", "message"),
    [
        (["x", "x"], np.ones((2, 2)), "distinct"),
        (["x"], [[np.nan, 0.0]], "finite"),
        (["x"], [[1.0, 2.0, 3.0]], "shape"),
        (["x", "y"], [[1.0, 2.0]], "shape"),
    ],
)
def test_fault_48_what_cannot_be_added_changes_nothing(vectors, keys, rows, message):
    with pytest.raises(ParameterError, match=message):
        vectors.add_vectors(keys, rows)
    with pytest.raises(ParameterTypeError):
        vectors.add_vectors([3], [[1.0, 2.0]])
    assert list(vectors) == WORDS
    np.testing.assert_array_equal(vectors.vectors, ROWS)


@pytest.mark.parametrize("replace", [True, False])
def test_two_spellings_of_a_phrase_are_one_key(replace):
    vectors = KeyedVectors(["new_york", "kiwi"], np.eye(2))
    with pytest.raises(ParameterError, match="keys must be distinct words, got 'new york' and 'new_york' for one"):
        vectors.add_vectors(["new york", "kiwi", "new_york"], np.ones((3, 2)), replace=replace)
    assert vectors.vectors.tolist() == np.eye(2).tolist()
    vectors.add_vectors(["new york", "plum", "pear"], np.ones((3, 2)), replace=True)
    assert vectors["new_york"].tolist() == [1, 1]


def test_adding_densities():
    for is_spherical in (True, False):
        vectors = densities(5, 3, is_spherical=is_spherical)
        vectors["new"] = Gaussian([1.0, 2.0, 3.0], 0.25)
        assert vectors.density("new").entropy() == pytest.approx(Gaussian([1.0, 2.0, 3.0], [0.25] * 3).entropy())
        variance = vectors.variance("w1")
        vectors["w1"] = [1.0, 1.0, 1.0]
        np.testing.assert_array_equal(vectors.variance("w1"), variance)
        for arguments in ({}, {"variances": [0.0]}, {"variances": [np.inf]}):
            with pytest.raises(ParameterError, match="variance"):
                vectors.add_vectors(["x"], [[1.0, 2.0, 3.0]], **arguments)
        vectors.entailment_bound = 3.0
        vectors.add_vector("y", [1.0, 2.0, 3.0], 0.5 if is_spherical else [0.5, 0.4, 0.3])
        assert vectors.entailment_bound == 3.0
        vectors.vectors = -vectors.vectors
        assert vectors.entailment_bound is None
    with pytest.raises(ParameterError, match="diagonal"):
        densities(5, 3)["new"] = Gaussian([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])


def test_attributes(vectors, tmp_path):
    vectors.set_vecattr("kiwi", "tag", "noun ✓")
    vectors.set_vecattr("plum", "weight", 0.5)
    vectors.set_vecattr("plum", "weight", 2)
    vectors.set_vecattr("plum", "is_fruit", True)
    vectors.set_vecattr("kiwi", "count", 7)
    vectors.save(tmp_path / "file")
    for same in (vectors, KeyedVectors.load(tmp_path / "file", check=True), pickle.loads(pickle.dumps(vectors))):
        assert [same.get_vecattr(word, "tag") for word in same] == ["noun ✓", "", ""]
        assert [same.get_vecattr(word, "weight") for word in same] == [0, 0, 2.0]
        assert [same.get_vecattr(word, "is_fruit") for word in same] == [False, False, True]
        assert same.get_vecattr("kiwi", "count") == 7 == same.counts[0]
        assert set(same.expandos) == {"tag", "weight", "is_fruit", "count"}
        same.set_vecattr("kakapo", "weight", 1.5)
        assert same.select(["plum", "kakapo"]).expandos["weight"].tolist() == [2.0, 1.5]
    for attr, value in (("tag", 3), ("weight", "x"), ("is_fruit", 1), ("count", 1.5), ("new", None), ("new", [1])):
        with pytest.raises((ParameterTypeError, ParameterError)):
            vectors.set_vecattr("kiwi", attr, value)
    for name in ("", "a.utf8", "a.offsets", 7):
        named = (
            rf"is not empty and ends in neither '\.utf8' nor '\.offsets', got {re.escape(repr(name))}; choose another"
        )
        with pytest.raises(ParameterError, match=named):
            vectors.set_vecattr("kiwi", name, 7)
    with pytest.raises(ParameterError, match="attr must be one of"):
        vectors.get_vecattr("kiwi", "colour")
    with pytest.raises(ParameterError, match="counts"):
        vectors.set_vecattr("kiwi", "count", -1)


def test_select_and_drop():
    vectors = densities(6, 3)
    vectors.entailment_bound = 2.0
    chosen = vectors.select(["w4", "w1"])
    assert type(chosen) is DensityVectors
    assert (list(chosen), chosen.counts.tolist(), chosen.entailment_bound) == (["w4", "w1"], [1, 4], 2.0)
    assert chosen.density("w4").entropy() == vectors.density("w4").entropy()
    assert list(vectors.drop(["w0", "w5"])) == ["w1", "w2", "w3", "w4"]
    assert list(vectors.select(["w1", "x"], on_missing="skip")) == ["w1"]
    assert len(vectors.drop(["x"], on_missing="skip")) == 6
    assert len(vectors.select([])) == 0
    for refused in (vectors.select, vectors.drop):
        with pytest.raises(MissingWordError):
            refused(["x"])
        with pytest.raises(ParameterTypeError, match="one string"):
            refused("w1")
    with pytest.raises(ParameterError, match="distinct"):
        vectors.select(["w1", "w1"])
    every = vectors.vectors_for_all(["w3", "x", "w3", "w0"])
    assert (list(every), every.counts.tolist()) == (["w3", "w0"], [2, 5])  # which entailment asks for
    points = KeyedVectors(list(vectors), vectors.vectors, vectors.counts)
    assert points.vectors_for_all(["w3", "w0"]).counts is None
    assert vectors.vectors_for_all(["w3"], copy_vecattrs=True).counts.tolist() == [2]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["new york", "new_york"], ["new_york"]),
        (["plum", "new_york", "kiwi", "new york", "kiwi"], ["plum", "new_york", "kiwi"]),
        (["old york", "old_york"], ["old york", "old_york"]),  # neither has a row
    ],
)
def test_vectors_for_all_have_a_phrase_once_however_it_is_written(keys, words):
    rows = np.arange(12, dtype="<f4").reshape(4, 3)
    subwords = Subwords(rows.view(np.uint8).reshape(-1), 3, 2, 4)
    made = SubwordVectors(WordVectors(["new_york", "plum"], np.eye(2, 3)), subwords)
    found = made.vectors_for_all(keys)
    assert list(found) == words
    np.testing.assert_array_equal(found.vectors, made[words])
    points = KeyedVectors(["new_york", "plum"], np.eye(2))
    assert list(points.vectors_for_all(keys)) == [word for word in words if word in points]


def test_to_scale_a_table_needs_one_more_and_none_in_float64():
    rows = np.random.default_rng(0).normal(size=(100_000, 30)).astype(np.float32)
    vectors = KeyedVectors([f"w{row}" for row in range(len(rows))], rows)
    vectors.fill_norms()
    tracemalloc.start()
    try:
        vectors.unit_normalize_all()
        assert tracemalloc.get_traced_memory()[1] < 22 << 20  # of 11.4 MiB, 23 in float64
    finally:
        tracemalloc.stop()


def test_unit_normalize_all_scales_densities_whole():
    vectors = densities(5, 3, is_spherical=False)
    before = vectors.density("w2")
    norm = np.sqrt((before.mean**2).sum())
    vectors.unit_normalize_all()
    np.testing.assert_allclose(vectors["w2"], before.mean / norm, rtol=1e-6)
    np.testing.assert_allclose(vectors.variance("w2"), before.variance / norm**2, rtol=1e-6)
    points = KeyedVectors(["a", "zero"], [[3.0, 4.0], [0.0, 0.0]])
    points.unit_normalize_all()
    np.testing.assert_allclose(points.vectors, [[0.6, 0.8], [0, 0]])


def test_sorting_and_resizing(vectors):
    vectors.set_vecattr("plum", "count", 9)
    vectors.sort_by_descending_frequency()
    assert list(vectors) == ["plum", "kiwi", "kakapo"]
    np.testing.assert_array_equal(vectors["plum"], ROWS[2])
    with pytest.raises(ParameterError, match="counts are needed"):
        KeyedVectors(["a"], [[1.0]]).sort_by_descending_frequency()
    vectors.index_to_key.extend(["x", "y"])
    vectors.resize_vectors(seed=4)
    assert len(vectors) == 5
    assert 0 < np.abs(vectors[["x", "y"]]).max() <= 0.5
    vectors.index_to_key[:2] = ["q", "r"]
    with pytest.raises(ParameterError, match="keep its first words"):
        vectors.resize_vectors()


@pytest.mark.parametrize("storage", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_copies_and_pickles_are_equal_and_apart(storage, is_spherical):
    vectors = densities(20, 4, is_spherical=is_spherical).stored_as(storage)
    expected = ask(vectors)
    for other in (copy.copy(vectors), copy.deepcopy(vectors), pickle.loads(pickle.dumps(vectors))):
        assert type(other) is DensityVectors
        assert (other.storage, ask(other)) == (storage, expected)
        other["w3"] = np.ones(4)
        assert ask(vectors) == expected != ask(other)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda vectors: vectors.stored_as("float32")])
def test_nobody_writes_into_vectors_that_a_copy_has_too(copied):
    vectors = densities(20, 4)
    vectors.vectors[3], vectors.variances[3] = 1, 2  # its own
    vectors.fill_norms(force=True)
    expected, other = ask(vectors), copied(vectors)
    third = copied(other)
    for shared in (vectors, other, third):
        for array in (shared.vectors, shared.variances):
            with pytest.raises(ValueError, match="read-only"):
                array[7] = 5
    other.vectors = other.vectors.copy()
    other.vectors[7] = 5
    other.fill_norms(force=True)
    assert other["w7"].tolist() == [5] * 4
    assert ask(vectors) == ask(third) == expected
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors[7] = 5  # which the third has
    del third, shared
    gc.collect()
    vectors.vectors[7] = 6
    assert vectors["w7"].tolist() == [6] * 4
    assert other["w7"].tolist() == [5] * 4


MADE = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "aligned_to": lambda vectors: vectors.aligned_to(densities(20, 4, seed=5)),
    "reduced": lambda vectors: vectors.reduced(3),
    "whitened": lambda vectors: vectors.whitened(0),
    "scaled": lambda vectors: vectors.whitened(1),
    "float16": lambda vectors: vectors.stored_as("float16"),
    "select": lambda vectors: vectors.select(vectors.index_to_key),
    "concatenate": lambda vectors: DensityVectors.concatenate([vectors, vectors]),
    "vectors_for_all": lambda vectors: vectors.vectors_for_all(list(vectors), copy_vecattrs=True),
    "vectors replaced": lambda vectors: replaced(copy.copy(vectors), "vectors"),
    "vectors put back": lambda vectors: replaced(copy.copy(vectors), "vectors", lambda array: array),
    "counts replaced": lambda vectors: replaced(copy.copy(vectors), "count"),
    "copy of a copy": lambda vectors: replaced(copy.copy(copy.copy(vectors)), "weight"),
}


def replaced(vectors, name, change=np.copy):
    """The vectors with another array of that name, and all others as they were."""
    if name == "vectors":
        vectors.vectors = change(vectors.vectors)
    else:
        vectors.set_vecattr("w0", name, 7)
    return vectors


def arrays(vectors):
    """All arrays that vectors hand out, by name."""
    return {"vectors": vectors.vectors, "variances": vectors.variances, "counts": vectors.counts, **vectors.expandos}


@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("name", MADE)
def test_no_array_is_written_to_through_other_vectors(name, is_spherical):
    vectors = densities(20, 4, is_spherical=is_spherical)
    vectors.set_vecattr("w0", "weight", 1.5)
    vectors.set_vecattr("w0", "tag", "noun")
    assert all(array.flags.writeable for array in arrays(vectors).values())  # its own
    other = MADE[name](vectors)
    for written, kept in ((vectors, other), (other, vectors)):
        before = {each: array.tolist() for each, array in arrays(kept).items()}
        for array in arrays(written).values():
            if array.flags.writeable:
                array[3] = array[4]
                array[5:7] = array[7]
        assert {each: array.tolist() for each, array in arrays(kept).items()} == before
    if "copy" in name:
        assert not any(array.flags.writeable for each, array in arrays(vectors).items() if each != "weight")
    del written, kept, other
    gc.collect()
    assert all(array.flags.writeable for array in arrays(vectors).values())
    vectors.counts[3] = 1234
    assert vectors.get_vecattr("w3", "count") == 1234


def test_parameters_of_a_deep_copy_are_its_own_all_through():
    vectors = DensityVectors(["a"], [[1.0]], [1.0], parameters={"phrases": {"delimiter": "_"}})
    copy.deepcopy(vectors).parameters["phrases"]["delimiter"] = "+"
    assert vectors.parameters == {"phrases": {"delimiter": "_"}}


def test_vectors_are_asked_while_others_are_copied():
    vectors, copies, failed = densities(20, 4), [], []
    interval = sys.getswitchinterval()

    def ask_often():
        try:
            while len(copies) < 1000:
                vectors.vectors  # noqa: B018
        except RuntimeError as error:
            failed.append(error)

    thread = threading.Thread(target=ask_often)
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        copies += (copy.copy(vectors) for _ in range(1000))
    finally:
        sys.setswitchinterval(interval)
        copies += [None] * 1000
        thread.join()
    assert not failed


def test_a_pickle_names_nothing_but_the_loader():
    import pickletools

    data = pickle.dumps(densities(3))
    names = [argument for code, argument, _ in pickletools.genops(data) if isinstance(argument, str)]
    assert names == [
        "densevec.vectors.keyed_vectors",
        "_from_bytes",
        "densevec.vectors.density_vectors",
        "DensityVectors",
    ]


@pytest.mark.parametrize("storage", ["float16", "bfloat16"])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_compact_storage(storage, is_spherical, tmp_path):
    full = densities(300, 10, is_spherical=is_spherical)
    vectors = full.stored_as(storage)
    assert vectors.storage == storage
    assert storage in repr(vectors)
    np.testing.assert_allclose(vectors.vectors, full.vectors, rtol=2.0**-8)
    np.testing.assert_allclose(vectors.variances, full.variances, rtol=0 if is_spherical else 2.0**-8)
    vectors.save(tmp_path / "half")
    full.save(tmp_path / "full")
    saved = (tmp_path / "full").stat().st_size - (tmp_path / "half").stat().st_size
    assert saved == pytest.approx(full.vectors.nbytes * (0.5 if is_spherical else 1), abs=200)
    decoded = rebuilt(vectors)
    for same in (vectors, DensityVectors.load(tmp_path / "half", check=True), KeyedVectors.load(tmp_path / "half")):
        assert same.storage == storage
        for word in ("w3", "w77"):
            assert same.most_similar(word) == decoded.most_similar(word)
            np.testing.assert_array_equal(same[word], decoded[word])
            if isinstance(same, DensityVectors):
                for measure in ("kl_from_query", "kl_to_query", "jeffreys", "wasserstein2"):
                    assert same.most_similar(word, measure=measure) == decoded.most_similar(word, measure=measure)
        assert same.most_similar_cosmul(["w3", "w4"], ["w5"]) == decoded.most_similar_cosmul(["w3", "w4"], ["w5"])
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors[0, 0] = 1
    np.testing.assert_array_equal(vectors.stored_as("float32").vectors, decoded.vectors)


def test_what_does_not_fit_a_storage():
    vectors = DensityVectors(["a", "b"], [[0.0], [1e5]], [[1.0], [1e-12]])
    assert vectors.stored_as("bfloat16").variance("b") == pytest.approx(1e-12, rel=0.01)
    with pytest.raises(ParameterError, match=r"range of float16, row 1 does not; try 'bfloat16'"):
        vectors.stored_as("float16")
    for bad in ("int8", np.float16, None):
        with pytest.raises(ParameterError, match="storage must be one of"):
            vectors.stored_as(bad)
