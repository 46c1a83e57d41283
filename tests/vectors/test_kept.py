"""What the formats keep of densities beside their numbers, and what is said where they do not."""

from __future__ import annotations

import copy
import importlib.util
import io
import pickle
import warnings
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densevec.corpus import Phrases
from densevec.densities import Gaussian
from densevec.errors import CorruptError, FormatError, FormatWarning, ParameterError
from densevec.formats import FORMATS, read_vectors, write_container, write_vectors
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors, origins
from densevec.vectors.entailment import Closeness
from densevec.vectors.inference import generality_scores, specificity_gain

from .makers import chance_inference, densities

NEEDED = {"model2vec": "tokenizers", "sentence-transformers": "tokenizers", "to_frame": "pandas"}
NEEDED |= {"to_gensim": "gensim", "to_spacy": "spacy"}
OBJECTS = ("to_frame", "to_gensim", "to_spacy")
NUM_WORDS, DIM, PRODUCTS = 40, 5, 3
FIRST, SECOND = np.indices((NUM_WORDS, NUM_WORDS)).reshape(2, -1)


def known_densities(is_spherical: bool = True, *, learned: bool = True) -> DensityVectors:
    """Densities with attributes, evidence, and a network over it whose weights are chance's."""
    vectors, random = densities(NUM_WORDS, DIM, is_spherical=is_spherical), np.random.default_rng(3)
    told = {"specificity": random.normal(2, 1, NUM_WORDS), "is_bird": random.random(NUM_WORDS) < 0.5}
    told["name"] = np.array([f"Ü{row}" for row in range(NUM_WORDS)], dtype=object)
    known = {"inference": chance_inference(vectors.index_to_key, DIM, num_products=PRODUCTS)} if learned else {}
    vectors._state = replace(vectors._state, attributes=told, **known)
    return vectors


def answers(vectors: DensityVectors) -> dict[str, Any]:
    words = vectors.index_to_key
    pairs = [words[row] for row in FIRST], [words[row] for row in SECOND]
    return {
        "probabilities": vectors.entailment_probability_batch(*pairs),
        "generality": np.array([vectors.generality(word) for word in words]),
        "hypernyms": vectors.hypernym_scores("w7"),
        "evidence": vectors.evidence(),
        "stated": vectors.stated("w5", "w1"),
    }


def assert_alike(vectors: DensityVectors, other: DensityVectors) -> None:
    mine, theirs = answers(vectors), answers(other)
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


def assert_attributes(vectors: KeyedVectors, other: KeyedVectors, names: set[str] | None = None) -> None:
    assert set(other.expandos) == (set(vectors.expandos) if names is None else names)
    for name, values in other.expandos.items():
        assert values.tolist() == vectors.expandos[name].tolist()
        assert values.dtype == vectors.expandos[name].dtype


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("is_spherical", [True, False])
def test_npz_keeps_all_that_decides(tmp_path, is_spherical, learned, recwarn) -> None:
    vectors = known_densities(is_spherical, learned=learned)
    vectors.calibrate_entailment(seed=7, num_pairs=50)  # no other seed has this contrast
    vectors.to_file(tmp_path / "a.npz")
    again = KeyedVectors.from_file(tmp_path / "a.npz")
    again.save(tmp_path / "b.safetensors")
    write_vectors(tmp_path / "c.safetensors", read_vectors(tmp_path / "b.safetensors"))
    for found in (again, KeyedVectors.load(tmp_path / "b.safetensors"), KeyedVectors.load(tmp_path / "c.safetensors")):
        assert_alike(vectors, found)
        assert_attributes(vectors, found)
        assert found.entailment_contrast == vectors.entailment_contrast
    vectors.entailment_bound = 2.5
    vectors.to_file(tmp_path / "a.npz")
    assert KeyedVectors.from_file(tmp_path / "a.npz").entailment_bound == 2.5
    assert not recwarn.list
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["attribute.specificity"].tolist() == vectors.expandos["specificity"].tolist()


def test_the_first_words_are_those_of_select(tmp_path) -> None:
    vectors = known_densities()
    for name in ("a.npz", "a.safetensors"):
        vectors.to_file(tmp_path / name)
        found = KeyedVectors.from_file(tmp_path / name, limit=NUM_WORDS // 2)
        expected = vectors.select(vectors.index_to_key[: NUM_WORDS // 2])
        assert_attributes(expected, found)
        pair = ["w5", "w6"], ["w1", "w2"]
        assert (
            found.entailment_probability_batch(*pair).tolist() == expected.entailment_probability_batch(*pair).tolist()
        )
        assert found.evidence() == expected.evidence()
        with pytest.warns(FormatWarning, match=r"are left out of the first words .* KeyedVectors.from_file keeps them"):
            assert not read_vectors(tmp_path / name, limit=3).extras


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_keep_attributes_and_say_what_they_lack(library) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed")
    vectors = known_densities()
    with pytest.warns(FormatWarning, match="a data frame holds no evidence"):
        frame = vectors.to_frame(library)
    again = KeyedVectors.from_frame(frame)
    assert_attributes(vectors, again)
    assert_alike(known_densities(learned=False), again)
    vectors = known_densities(learned=False)
    for name, value in (("entailment_bound", 2.0 / 3), ("entailment_contrast", -5.0 / 3)):
        setattr(vectors, name, value)
        with pytest.warns(FormatWarning, match=f"holds no {name}: set {value} on what is made of it") as caught:
            again = KeyedVectors.from_frame(vectors.to_frame(library))
        assert len(caught) == 1
        setattr(again, name, value)
        assert again.hypernyms("w1", None) == vectors.hypernyms("w1", None)


@pytest.mark.parametrize("name", ["word2vec", "word2vec-text", "glove", "projector", "npy", "fasttext", "finalfusion"])
def test_attributes_that_a_format_lacks_are_named(tmp_path, name) -> None:
    vectors = known_densities()
    points = KeyedVectors(vectors.index_to_key, vectors.vectors)
    points.set_vecattr("w3", "colour", "red")
    points.set_vecattr("w3", "specificity", 2.0)
    for each, message in ((vectors, ": 'is_bird', 'name' are"), (points, ": 'colour', 'specificity' are")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            each.to_file(tmp_path / name, name)
        notes = [str(note.message) for note in caught if "no attributes" in str(note.message)]
        assert len(notes) == 1 and message in notes[0]
        assert any("only the means" in str(note.message) for note in caught) is (each is vectors)
    assert not KeyedVectors.from_file(tmp_path / name).expandos.keys() - {"count"}


@pytest.mark.parametrize("name", [*sorted(set(FORMATS) - {"native", "floret"}), *OBJECTS, "save_word2vec_format"])
def test_phrases_that_a_format_lacks_are_told(tmp_path, name) -> None:
    if importlib.util.find_spec(NEEDED.get(name, "numpy")) is None:
        pytest.skip(f"{NEEDED[name]} is not installed")
    vectors = KeyedVectors(["new_york", "owl"], np.eye(2), parameters={"phrases": {"delimiter": "_"}})
    tensor = Phrases([["new", "york"]] * 9, threshold=0.1, min_count=1).train().to_tensor()
    vectors._state = vectors._state.changed(phrases=tensor)
    vectors.to_file(tmp_path / "own.safetensors")
    write = {each: getattr(vectors, each) for each in OBJECTS}
    write |= {"save_word2vec_format": lambda: vectors.save_word2vec_format(tmp_path / "file")}
    with pytest.warns(FormatWarning, match="holds no phrases: .* a densevec file keeps them") as caught:
        write.get(name, lambda: vectors.to_file(tmp_path / "file", name))()
    assert len(caught) == 1
    assert (
        KeyedVectors.from_file(tmp_path / "own.safetensors").known_phrases.join(["new", "york"]).tokens[0] == "new_york"
    )


@pytest.mark.filterwarnings("ignore::densevec.errors.FormatWarning")
def test_an_attribute_that_utf_8_cannot_express_hinders_only_who_writes_it(tmp_path) -> None:
    vectors = KeyedVectors(["a", "b"], np.eye(2))
    vectors.set_vecattr("a", "x", "\ud800")
    vectors.save_word2vec_format(tmp_path / "a")
    for name in ("word2vec", "word2vec-text", "glove", "projector", "npy"):
        vectors.to_file(tmp_path / name, name)
        assert KeyedVectors.from_file(tmp_path / name).index_to_key == ["a", "b"]
    for write in (vectors.save, vectors.to_file, pickle.dumps):
        path = (tmp_path / "a.npz",) if write == vectors.to_file else (tmp_path / "a.safetensors",)
        with pytest.raises(ParameterError, match=r"attribute 'x' must be expressible in UTF-8, got '\\ud800'"):
            write(*(path if write is not pickle.dumps else (vectors,)))
    other = SimpleNamespace(index_to_key=["a"], vectors=np.eye(1), expandos={"x": np.array(["\ud800"], object)})
    assert KeyedVectors.from_gensim(other).get_vecattr("a", "x") == "\ud800"
    if importlib.util.find_spec("gensim"):
        assert vectors.to_gensim().get_vecattr("a", "x") == "\ud800"
    if importlib.util.find_spec("pandas"):
        frame = vectors.to_frame()
        assert frame["attribute.x"].tolist() == ["\ud800", ""]
        assert KeyedVectors.from_frame(frame).get_vecattr("a", "x") == "\ud800"
    if importlib.util.find_spec("polars"):
        for odd in (vectors, KeyedVectors(["\ud800"], [[1.0]])):
            with pytest.raises(ParameterError, match=r"expressible in UTF-8 to be in a frame of polars, got '\\ud800'"):
                odd.to_frame("polars")


def test_word2vec_by_gensim_s_name_says_so_too(tmp_path) -> None:
    with pytest.warns(FormatWarning, match="no attributes of words|only the means"):
        known_densities().save_word2vec_format(tmp_path / "file")


def test_mixtures_become_gaussians_with_a_note(tmp_path) -> None:
    mixtures = MixtureVectors(["a", "b"], np.ones((2, 2, 3)), np.ones((2, 2)), np.full((2, 2), 0.5))
    with pytest.warns(FormatWarning, match="npz holds no mixtures"):
        mixtures.to_file(tmp_path / "a.npz")
    assert type(KeyedVectors.from_file(tmp_path / "a.npz")) is DensityVectors
    pytest.importorskip("pandas")
    with pytest.warns(FormatWarning, match="a data frame holds no mixtures"):
        mixtures.to_frame()


# Words by another list


def test_the_same_words_by_another_list_answer_alike() -> None:
    for learned in (True, False):
        vectors = known_densities(learned=learned)
        found = vectors.vectors_for_all(vectors.index_to_key)
        assert_alike(vectors, found)
        assert_attributes(vectors, found, {"specificity", "count"})
        assert_attributes(vectors, vectors.vectors_for_all(vectors.index_to_key, copy_vecattrs=True))
    points = KeyedVectors(vectors.index_to_key, vectors.vectors, vectors.counts)
    points.set_vecattr("w3", "colour", "red")
    assert not points.vectors_for_all(points.index_to_key).expandos


def test_of_a_word_that_was_not_counted_the_density_says_how_general_it_is() -> None:
    vectors = known_densities(learned=False)
    counted = [vectors.generality(word) for word in vectors]
    bare = densities(NUM_WORDS, DIM)
    for each in (vectors, bare):
        each.add_vectors(["new"], np.zeros((1, DIM)), variances=[0.5])
        each.entailment_bound = 2.0
    words = vectors.index_to_key[:NUM_WORDS]
    for pair in (["new"] * NUM_WORDS, words), (words, ["new"] * NUM_WORDS):  # the densities alone say which is broader
        np.testing.assert_array_equal(
            vectors.entailment_probability_batch(*pair), bare.entailment_probability_batch(*pair)
        )
    for variance in (1e-6, 0.5, 1e6):
        for each in (vectors, bare):
            each.add_vectors(["new"], np.zeros((1, DIM)), variances=[variance], replace=True)
        assert vectors.generality("new") == bare.generality("new") == vectors.generality(vectors.density("new"))
    assert [vectors.generality(word) for word in words] == pytest.approx(counted, abs=1 / NUM_WORDS)
    assert vectors.entails("w1", "w2") == known_densities(learned=False).entails("w1", "w2")


@pytest.mark.parametrize("counts", [None, [0, 0, 0, 0], [9, 4, 2, 7]])
def test_what_was_asked_before_changes_no_probability(counts) -> None:
    means = np.random.default_rng(0).normal(size=(4, 4)) * 0.05

    def made() -> DensityVectors:
        vectors = DensityVectors(list("abcd"), means, np.full(4, 0.1), counts, entailment_bound=1.0)
        for word, told in zip("abcd", (4.0, 4.6, 5.2, 0.0), strict=True):  # of d it was not counted
            vectors.set_vecattr(word, "specificity", told)
        return vectors

    first, second = made(), made()
    of_second = [second.generality(word) for word in "abcd"]
    assert first.entailment_probability("c", "b") == second.entailment_probability("c", "b")
    assert [first.generality(word) for word in "abcd"] == of_second
    weights = None if counts is None or not any(counts) else counts[:3]
    middle = np.average([4.0, 4.6, 5.2], weights=weights)
    spread = np.sqrt(np.average((np.array([4.0, 4.6, 5.2]) - middle) ** 2, weights=weights))
    assert specificity_gain(first._state, 2, 1) == pytest.approx(0.6 / spread - 0.2)
    np.testing.assert_allclose(generality_scores(first._state), -np.array([4.0, 4.6, 5.2, middle]) / spread)


@pytest.mark.parametrize("is_spherical", [True, False])
def test_a_bound_decides_once_it_is_set(tmp_path, is_spherical) -> None:
    vectors = known_densities(is_spherical)
    vectors.entailment_bound = None
    assert_alike(vectors, known_densities(is_spherical))
    before, words = answers(vectors), vectors.index_to_key
    vectors.entailment_bound = 2.0
    vectors.save(tmp_path / "a.safetensors")
    vectors.to_file(tmp_path / "a.npz")
    bare = known_densities(is_spherical, learned=False)
    bare.entailment_bound = 2.0
    for each in (vectors, KeyedVectors.load(tmp_path / "a.safetensors"), KeyedVectors.from_file(tmp_path / "a.npz")):
        found = answers(each)
        np.testing.assert_array_equal(found["probabilities"], answers(bare)["probabilities"])
        np.testing.assert_array_equal(found["generality"], before["generality"])
        assert found["stated"] == before["stated"]
        assert found["evidence"] == replace(before["evidence"], calibration_error=None)
        entailing = {(a, b) for a in words for b in words if each.entails(a, b)}
        assert entailing == {(a, b) for a in words for b, _ in each.hypernyms(a, None)}
        assert entailing == {(a, b) for b in words for a, _ in each.hyponyms(b, None)}
        assert all(each.kl_divergence(*pair) <= each.entailment_limit(*pair) == 2.0 for pair in entailing)
        assert 0 < len(entailing) != (before["probabilities"] >= 0.5).sum()


def test_generality_goes_by_the_text_in_any_space() -> None:
    vectors = known_densities()
    for other in (vectors.whitened(), vectors.reduced(DIM - 1)):
        assert [other.generality(word) for word in other] == [vectors.generality(word) for word in vectors]


def test_of_a_bound_in_a_file_of_what_was_learned_nobody_knows_who_set_it(tmp_path) -> None:
    vectors = known_densities()
    vectors._state = replace(vectors._state, closeness=Closeness(bound=2.0))  # as earlier versions wrote them
    vectors.save(tmp_path / "a.safetensors")
    assert_alike(KeyedVectors.load(tmp_path / "a.safetensors"), known_densities())


WAYS = {
    "copy": lambda vectors, _: copy.copy(vectors),
    "deepcopy": lambda vectors, _: copy.deepcopy(vectors),
    "pickle": lambda vectors, _: pickle.loads(pickle.dumps(vectors)),
    "stored_as": lambda vectors, _: vectors.stored_as("float16"),
    "sorted": lambda vectors, _: vectors.sort_by_descending_frequency(),
    "whitened": lambda vectors, _: vectors.whitened(),
    "normalized": lambda vectors, _: vectors.unit_normalize_all(),
    "concatenated": lambda vectors, _: KeyedVectors.concatenate([vectors, densities(NUM_WORDS, DIM)]),
    "native": lambda vectors, folder: through(vectors, folder / "a.safetensors"),
    "npz": lambda vectors, folder: through(vectors, folder / "a.npz"),
}


def through(vectors: DensityVectors, path: Any) -> KeyedVectors:
    vectors.to_file(path)
    write_vectors(path.with_stem("b"), read_vectors(path))
    return KeyedVectors.from_file(path.with_stem("b"))


@pytest.mark.parametrize("way", WAYS)
def test_words_are_told_apart_on_the_scale_of_their_text(way, tmp_path) -> None:
    vectors = known_densities(learned=False)
    expected = specificity_gain(vectors._state, 2, 1)
    some = vectors.select(vectors.index_to_key[:4])
    some = WAYS[way](some, tmp_path) or some
    some.set_vecattr("w3", "specificity", 90.0)
    some.set_vecattr("w3", "count", 10**7)
    assert specificity_gain(some._state, some.get_index("w2"), some.get_index("w1")) == expected
    assert specificity_gain(some.select(["w1", "w2"])._state, 1, 0) == expected


def test_files_without_a_scale_have_that_of_their_words(tmp_path) -> None:
    vectors = known_densities()
    tensors, metadata = vectors.container_parts()
    assert tensors.pop("specificity.scale").shape == (2,) == (2, *tensors.pop("inference.total").shape)
    write_container(tmp_path / "old", tensors, vectors.words, metadata)
    found = KeyedVectors.load(tmp_path / "old")
    assert_alike(vectors, found)
    expected = specificity_gain(vectors._state, 2, 1)
    found.set_vecattr("w3", "count", 10**7)
    assert specificity_gain(found._state, 2, 1) == expected
    points = KeyedVectors(vectors.index_to_key, vectors.vectors)
    points.set_vecattr("w1", "specificity", 2.0)
    assert "specificity.scale" not in points.select(["w1"]).container_parts()[0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("told", [(1e300, -1e300, 1.0), (2.0, 0.0, 2.0), (0.0, 0.0, 0.0)])
def test_a_scale_that_says_nothing_is_not_kept(tmp_path, told) -> None:
    vectors = DensityVectors(list("abc"), np.eye(3), np.ones(3), entailment_bound=5.0)
    for word, value in zip("abc", told, strict=True):
        vectors.set_vecattr(word, "specificity", value)
    vectors = vectors.select(list("abc"))
    vectors.save(tmp_path / "a")
    assert "specificity.scale" not in vectors.container_parts()[0]
    again = KeyedVectors.load(tmp_path / "a")
    for word, value in zip("abc", (1.0, 2.0, 3.0), strict=True):
        again.set_vecattr(word, "specificity", value)
    assert specificity_gain(again._state, 2, 1) == pytest.approx(np.sqrt(1.5) - 0.2)


def test_a_frame_of_some_words_says_that_it_lacks_their_scale() -> None:
    pytest.importorskip("pandas")
    some = known_densities(learned=False).select(["w1", "w2", "w3"])
    with pytest.warns(FormatWarning, match=r"no scale of specificity but that of its own words.*to_file\('NAME.npz'\)"):
        some.to_frame()


def test_no_answer_depends_on_what_else_is_asked() -> None:
    """Where no word has evidence, a density is taken for a typical word, whichever words it is asked about."""
    vectors = known_densities().select(["w1", "w2", "w3", "w0"])  # the broad ones
    query = Gaussian(np.linspace(-1, 1, DIM), 0.4)
    alone = [vectors.entailment_probability(query, word) for word in vectors]
    np.testing.assert_allclose(1 / (1 + np.exp(-vectors.hypernym_scores(query))), alone, rtol=1e-9)
    for scope in ({"within": ["w1", "w3"]}, {"restrict_vocab": 3}):
        for word, probability in vectors.hypernyms(query, None, **scope):
            assert probability == pytest.approx(vectors.entailment_probability(query, word), rel=1e-9)


# Hostile archives


def rewritten(path, **arrays: Any) -> None:
    """An archive with some arrays in the place of its own."""
    with np.load(path) as archive:
        whole = {**archive, **{name.replace("__", "."): array for name, array in arrays.items()}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in whole.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)
    path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"attribute__specificity": np.ones(3)}, "one bool, int64 or float64 a word"),
        ({"attribute__specificity": np.full(NUM_WORDS, np.nan)}, "must be finite"),
        ({"attribute__specificity": np.array(["a"] * NUM_WORDS)}, "must be numbers"),
        ({"attribute__count": np.ones(NUM_WORDS, np.int64)}, "counts must be named 'counts'"),
        ({"attribute__name__offsets": np.zeros(NUM_WORDS + 1, np.int64)}, "the offsets must go"),
        ({"inference__narrow": np.full(36, NUM_WORDS, np.int32)}, "must name words of the file"),
        ({"inference__network.left": np.ones((DIM + 1, PRODUCTS))}, "on 6 dimensions|must be finite float64 of shape"),
        ({"inference__examples": np.frombuffer(b"[" * 100_000, np.uint8)}, "is damaged|packed so well"),
        ({"inference__network.bias2": np.ones(2)}, "must be finite float64 of shape"),
        ({"inference__more": np.zeros(5 * 2**24, np.uint8)}, "packed so well"),
        ({"inference__total": np.array(0.0)}, "must be one float64 above 0"),
        ({"specificity__scale": np.ones(3)}, "a finite mean and a deviation above 0"),
        ({"specificity__scale": np.array([2.0, 0.0])}, "a finite mean and a deviation above 0"),
        ({"specificity__scale": np.ones(2, np.float32)}, "a finite mean and a deviation above 0"),
        ({"learned_of": np.zeros(3, np.uint64)}, "must be one uint64 a word"),
        ({"learned_of": np.zeros(NUM_WORDS, np.int64)}, "must be one uint64 a word"),
        ({"entailment_bound": np.ones(2)}, "must be one float"),
        ({"entailment_bound": np.array(1)}, "must be one float"),
        ({"entailment_contrast": np.array(np.inf)}, "must be finite"),
    ],
)
def test_archives_with_odd_extras_are_refused(tmp_path, arrays, message) -> None:
    path = tmp_path / "a.npz"
    known_densities().to_file(path)
    rewritten(path, **arrays)
    with pytest.raises((FormatError, CorruptError), match=message):
        KeyedVectors.from_file(path)


def test_an_archive_that_was_packed_anew_is_read(tmp_path) -> None:
    vectors = known_densities()
    vectors.to_file(tmp_path / "a.npz")
    rewritten(tmp_path / "a.npz")
    assert_alike(vectors, KeyedVectors.from_file(tmp_path / "a.npz"))


def test_attributes_whose_names_no_archive_has(tmp_path) -> None:
    vectors = KeyedVectors(["kiwi"], [[1.0]])
    vectors.set_vecattr("kiwi", "a\0b", 1)
    with pytest.raises(ParameterError, match="without NUL"):
        vectors.to_file(tmp_path / "a.npz")


def move(vectors: Any, *parts: list[str]) -> None:
    for part in parts:
        vectors[part] = -vectors[part]


def widen(vectors: Any, words: list[str]) -> None:
    vectors.add_vectors(words, vectors[words], variances=2 * vectors.variances[: len(words)], replace=True)


def add(vectors: Any, number: int) -> list[str]:
    words = [f"x{row}" for row in range(number)]
    vectors.add_vectors(words, np.ones((number, DIM)), variances=np.ones(number))
    return words


MOVED = {
    "normalized": lambda vectors: vectors.unit_normalize_all(),
    "replaced": lambda vectors: setattr(vectors, "vectors", vectors.vectors[:, ::-1]),
    "scaled in place": lambda vectors: setattr(vectors, "vectors", np.multiply(vectors.vectors, 2, vectors.vectors)),
    "word by word": lambda vectors: vectors.add_vectors(list(vectors), -vectors.vectors, replace=True),
    "most words": lambda vectors: vectors.__setitem__(list(vectors)[:21], -vectors.vectors[:21]),
    "most words, one after the other": lambda vectors: move(vectors, *([word] for word in list(vectors)[:21])),
    "most words, sorted meanwhile": lambda vectors: (
        move(vectors, list(vectors)[:11]),
        vectors.sort_by_descending_frequency(),
        vectors.add_vectors(["x"], np.ones((1, DIM)), variances=[1.0]),
        move(vectors, [word for word in list(vectors)[:-1] if word not in {f"w{n}" for n in range(11)}][:15]),
    ),
    "variances": lambda vectors: widen(vectors, list(vectors)),
    "means of some, variances of others": lambda vectors: (
        move(vectors, list(vectors)[:11]),
        widen(vectors, list(vectors)[:21]),
    ),
    "most words that were there, beside new ones": lambda vectors: (
        add(vectors, 60),
        move(vectors, list(vectors)[:21]),
    ),
}
STAYED = {
    "one word": lambda vectors: vectors.__setitem__("w3", np.ones(DIM)),
    "some words": lambda vectors: vectors.__setitem__(list(vectors)[:20], -vectors.vectors[:20]),
    "new words": lambda vectors: vectors.add_vectors(["x", "y"], np.ones((2, DIM)), variances=[1.0, 2.0]),
    "one word, often": lambda vectors: move(vectors, *[["w3"]] * 30),
    "the same numbers, word by word": lambda vectors: vectors.__setitem__(list(vectors), vectors.vectors.copy()),
    "the same densities": lambda vectors: vectors.__setitem__(
        list(vectors), [vectors.density(word) for word in vectors]
    ),
    "the same numbers": lambda vectors: setattr(vectors, "vectors", vectors.vectors.copy()),
    "no number": lambda vectors: vectors.set_vecattr("w3", "count", 3),
    "some variances": lambda vectors: widen(vectors, list(vectors)[:20]),
    "some words, put back, and others": lambda vectors: move(
        vectors, list(vectors)[:15], list(vectors)[:15], list(vectors)[15:30]
    ),
    "new words, again": lambda vectors: move(vectors, add(vectors, 60)),
}


@pytest.mark.parametrize("edit", [*MOVED, *STAYED])
def test_what_was_learned_goes_where_most_words_move(edit, tmp_path) -> None:
    vectors = known_densities()
    stated, learned = vectors.stated("w5", "w1"), vectors.evidence()
    assert learned.calibration_error is not None
    {**MOVED, **STAYED}[edit](vectors)
    vectors.save(tmp_path / "edited")
    for found in (vectors, KeyedVectors.load(tmp_path / "edited")):
        assert found.stated("w5", "w1") == stated
        assert found.evidence() == (replace(learned, calibration_error=None) if edit in MOVED else learned)
    if edit in MOVED:
        bare = DensityVectors(list(vectors), vectors.vectors, vectors.variances, vectors.counts)
        bare._state = bare._state.changed(attributes=vectors._state.attributes)
        pairs = list(vectors)[:20], list(vectors)[20:40]
        np.testing.assert_array_equal(
            vectors.entailment_probability_batch(*pairs), bare.entailment_probability_batch(*pairs)
        )


AGAIN = {
    "native": WAYS["native"],
    "npz": WAYS["npz"],
    "pickle": lambda vectors, _: pickle.loads(pickle.dumps(vectors)),
    "copy": lambda vectors, _: copy.copy(vectors),
}


@pytest.mark.parametrize("way", AGAIN)
@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("storage", ["float32", "bfloat16"])
def test_words_that_were_moved_are_known_everywhere(way, is_spherical, storage, tmp_path) -> None:
    if (way, storage) == ("npz", "bfloat16"):
        pytest.skip("has float32 alone")
    vectors = known_densities(is_spherical).stored_as(storage)
    words, learned = list(vectors), vectors.evidence()
    first = vectors[words[:15]]
    move(vectors, words[:15])
    for others, is_known in ((words[:15], True), (words[15:30], False)):
        found = AGAIN[way](vectors, tmp_path)
        move(found, others)
        assert (found.evidence() == learned) is is_known
    back = AGAIN[way](vectors, tmp_path)
    back[words[:15]] = first
    assert "learned_of" not in back.container_parts()[0]
    move(back, words[15:30])
    assert back.evidence() == learned


def test_words_that_all_move_are_not_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, made = known_densities(), origins._digests
    of_rows: list[int] = []
    monkeypatch.setattr(origins, "_digests", lambda table, rows: [of_rows.append(len(rows)), made(table, rows)][1])
    move(vectors, list(vectors)[:5])
    assert sum(of_rows) == 5
    move(vectors, list(vectors)[5:])
    assert sum(of_rows) == 5
    assert vectors.entailment_contrast is None


def resized(vectors: Any) -> Any:
    del vectors.index_to_key[10:]
    vectors.resize_vectors()
    return vectors


CHOICES = {
    "select": lambda vectors: vectors.select(list(vectors)[:10]),
    "drop": lambda vectors: vectors.drop(list(vectors)[10:]),
    "vectors_for_all": lambda vectors: vectors.vectors_for_all(list(vectors)[:10]),
    "resize_vectors": resized,
}


@pytest.mark.parametrize("num_moved", [5, 6])
@pytest.mark.parametrize("choose", CHOICES)
def test_words_are_chosen_and_changed_in_any_order(num_moved, choose) -> None:
    vectors = known_densities()
    vectors.calibrate_entailment()
    words, answered = list(vectors), []
    for edits in ((lambda made: move(made, words[:num_moved]), CHOICES[choose])[::order] for order in (1, -1)):
        made = copy.copy(vectors)
        for edit in edits:
            made = edit(made) or made
        assert (made.entailment_contrast is None) is (num_moved > 5)
        answered.append([made.evidence(), *made.entailment_probability_batch(words[:10], words[9::-1])])
    assert answered[0] == answered[1]


def test_what_was_moved_counts_since_something_was_learned() -> None:
    vectors = known_densities(learned=False)
    words = list(vectors)
    for others in (words[:15], words[15:30], words[:15]):
        move(vectors, others)
        contrast = vectors.calibrate_entailment()
        assert "learned_of" not in vectors.container_parts()[0]
    move(vectors, words[15:30])
    assert vectors.entailment_contrast == contrast
    move(vectors, words[30:])
    assert vectors.entailment_contrast is None
    move(vectors, words[:15])
    vectors.entailment_bound = 3.0
    move(vectors, words[15:30])
    assert vectors.entailment_bound == 3.0


def test_densities_that_are_turned_answer_as_before() -> None:
    vectors, random = known_densities(), np.random.default_rng(5)
    other = KeyedVectors(vectors.index_to_key, random.normal(size=(NUM_WORDS, DIM)))
    turned = vectors.aligned_to(other)
    assert abs(turned.vectors - vectors.vectors).max() > 0.1
    before, after = answers(vectors), answers(turned)
    for name in ("probabilities", "generality", "hypernyms"):
        np.testing.assert_allclose(after[name], before[name], rtol=1e-4, atol=1e-6, err_msg=name)
    assert after["stated"] == before["stated"]
