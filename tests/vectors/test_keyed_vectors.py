"""KeyedVectors: words, vectors, queries by cosine, and bad arguments."""

import copy
import gc
import itertools
import pickle
import re
import threading
import time
import weakref

import numpy as np
import pytest

from densevec.errors import FormatError, MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import WordIndex, write_container
from densevec.vectors import DensityVectors, KeyedVectors, spelling

from .makers import ROWS, WORDS, densities


@pytest.fixture
def vectors():
    return KeyedVectors(WORDS, ROWS, counts=[6, 5, 4, 3, 2, 1])


def test_words_and_rows(vectors):
    assert len(vectors) == 6
    assert vectors.vector_size == 3
    assert vectors.index_to_key == list(vectors) == WORDS
    assert vectors.key_to_index["bird"] == vectors.get_index("bird") == 3
    assert vectors.get_index(4) == 4
    assert vectors.get_index("apple", default=-1) == -1
    assert "kiwi" in vectors
    assert "apple" not in vectors
    assert 3 not in vectors and 3 not in list(vectors), "which has no row numbers"
    assert vectors.has_index_for(3) and not vectors.has_index_for(6)
    assert repr(vectors) == "KeyedVectors(6 words, dim=3)"
    np.testing.assert_array_equal(vectors["kiwi"], np.array(ROWS[0], np.float32))
    np.testing.assert_array_equal(vectors[["plum", "kiwi"]], np.array([ROWS[4], ROWS[0]], np.float32))
    assert vectors[[]].shape == (0, 3)
    np.testing.assert_array_equal(vectors.counts, [6, 5, 4, 3, 2, 1])


@pytest.mark.parametrize("is_mapped", [True, False])
def test_what_is_done_to_lists_of_words_that_were_handed_out_changes_no_answer(vectors, is_mapped, tmp_path):
    rows, given = dict(zip(WORDS, ROWS, strict=True)), list(WORDS)
    vectors = KeyedVectors(given, ROWS, counts=[6, 5, 4, 3, 2, 1])
    if is_mapped:
        vectors.save(tmp_path / "file")
        vectors = KeyedVectors.load(tmp_path / "file")
    expected = vectors.most_similar("kiwi")
    for listed in (given, vectors.index_to_key, vectors.words.as_list):
        listed.sort()
    vectors.key_to_index["bird"] = 0
    vectors.key_to_index.pop("kiwi")
    for same in (vectors, copy.copy(vectors), pickle.loads(pickle.dumps(vectors))):
        assert {word: row.tolist() for word, row in same.items()} == {
            word: np.float32(row).tolist() for word, row in rows.items()
        }
        assert list(same) == WORDS and "kiwi" in same and same.get_index("bird") == 3
        assert same.most_similar("kiwi") == expected
    assert copy.copy(vectors).key_to_index == dict(zip(WORDS, range(6), strict=True))
    assert copy.copy(vectors).index_to_key == WORDS


def test_similarity(vectors):
    assert vectors.similarity("kiwi", "plum") == pytest.approx(np.sqrt(0.5))
    assert vectors.similarity("kiwi", [1.0, 1.0, 0.0]) == pytest.approx(1)
    assert vectors.similarity("kiwi", "nothing") == 0


def test_most_similar(vectors):
    found = vectors.most_similar("kakapo", topn=2)
    assert [word for word, _ in found] == ["parrot", "bird"]
    assert found[0][1] == pytest.approx(vectors.similarity("kakapo", "parrot"))
    assert vectors.most_similar(["kakapo"], topn=2) == found == vectors.similar_by_word("kakapo", topn=2)
    by_vector = vectors.similar_by_vector(vectors["kakapo"], topn=3)
    assert [word for word, _ in by_vector] == ["kakapo", "parrot", "bird"]
    assert vectors.most_similar(vectors["kakapo"], topn=3) == by_vector
    assert vectors.most_similar([1.0, 0.2, 0.0], topn=1)[0][0] == "kakapo"


def test_most_similar_of_several_is_the_mean_of_unit_vectors(vectors):
    query = sum(sign * vectors[word] / np.linalg.norm(vectors[word]) for word, sign in (("kiwi", 1), ("plum", -1)))
    found = vectors.most_similar("kiwi", "plum", topn=10)
    assert {word for word, _ in found} == {"kakapo", "parrot", "bird", "nothing"}
    for word, score in found:
        norms = np.linalg.norm(query) * (np.linalg.norm(vectors[word]) or 1)
        assert score == pytest.approx(query @ vectors[word] / norms, abs=1e-6)
    assert vectors.most_similar(positive=["kiwi"], negative=["plum"]) == found
    matrix = vectors.most_similar(vectors.get_vectors(["kiwi", "bird"], norm=True), topn=6)
    assert len(matrix) == 6
    words = dict(vectors.most_similar(["kiwi", "bird"]))
    assert words == {word: pytest.approx(score) for word, score in matrix if word not in ("kiwi", "bird")}
    assert vectors.most_similar(negative=["plum"], topn=1)[0][0] in WORDS


def test_restricted_search(vectors):
    assert [word for word, _ in vectors.most_similar("kiwi", restrict_vocab=3)] == ["kakapo", "parrot"]
    assert {word for word, _ in vectors.most_similar("kiwi", clip_start=3)} == {"bird", "plum", "nothing"}
    assert [word for word, _ in vectors.most_similar("kiwi", clip_start=2, clip_end=3)] == ["parrot"]
    assert vectors.most_similar("kiwi", restrict_vocab=0) == []
    assert len(vectors.most_similar("kiwi", restrict_vocab=10**9)) == 5
    for bad in (-1, 2.5, True):
        with pytest.raises(ParameterError, match="restrict_vocab"):
            vectors.most_similar("kiwi", restrict_vocab=bad)


def test_scores_of_given_words(vectors):
    scores = vectors.scores("kiwi", ["plum", "nothing"])
    assert scores == pytest.approx([np.sqrt(0.5), 0])
    np.testing.assert_array_equal(vectors.scores("kiwi"), vectors.most_similar("kiwi", topn=None))


def test_fault_48_a_zero_vector_scores_0_with_everything(vectors):
    assert [score for _, score in vectors.most_similar("nothing")] == [0.0] * 5
    assert vectors.most_similar("kiwi")[-1] == ("nothing", 0.0)
    assert not np.isnan(vectors.most_similar("nothing", topn=None)).any()
    assert [score for _, score in vectors.most_similar(["kiwi"], ["kiwi"])] == [0.0] * 5


def test_fault_49_topn(vectors):
    scores = vectors.most_similar("kiwi", topn=None)
    assert scores.shape == (6,)
    assert scores[0] == pytest.approx(1)
    assert len(vectors.most_similar("kiwi", topn=10**9)) == 5
    assert vectors.most_similar("kiwi", topn=0) == []
    with pytest.raises(ValueError, match="topn must be an integer at least 0 or None, got -1"):
        vectors.most_similar("kiwi", topn=-1)
    for bad in (2.5, "3", True):
        with pytest.raises(TypeError, match="topn"):
            vectors.most_similar("kiwi", topn=bad)


def test_fault_49_an_unknown_word_names_the_nearest_spellings(vectors):
    for ask in (vectors.__getitem__, vectors.get_index, vectors.most_similar):
        with pytest.raises(KeyError) as caught:
            ask("kakapos")
        assert isinstance(caught.value, MissingWordError)
        assert str(caught.value).startswith("'kakapos' is not among the 6 words; the nearest spellings are 'kakapo', ")
    with pytest.raises(KeyError):
        vectors.most_similar(["apple", "pear"])
    with pytest.raises(KeyError):
        vectors[["kiwi", "apple"]]
    with pytest.raises(KeyError, match="rows go from 0 to 5"):
        vectors[6]


def test_fault_49_what_is_no_word(vectors):
    for bad in (None, b"kiwi", 1.5, True, {"kiwi"}):
        with pytest.raises(TypeError):
            vectors.get_index(bad)
        if bad is not None and not isinstance(bad, float):
            with pytest.raises((TypeError, ValueError)):
                vectors.most_similar([bad])
    for nothing in ([], None, np.empty((0, 3))):
        with pytest.raises(ValueError, match="at least one word or vector"):
            vectors.most_similar(nothing)
    with pytest.raises(ParameterError, match="3 dimensions, got shape \\(2,\\)"):
        vectors.most_similar([1.0, 2.0])
    with pytest.raises(ParameterError, match="finite"):
        vectors.similar_by_vector([np.nan, 0, 0])
    with pytest.raises(ParameterError, match="points have 'cosine' only"):
        vectors.most_similar("kiwi", measure="jeffreys")
    with pytest.raises(ParameterError, match="measure must be one of"):
        vectors.most_similar("kiwi", measure="kl")


def test_a_message_does_not_cost_seconds(tmp_path):
    words = [f"{stem}{number}" for number in range(60_000) for stem in ("word", "bird")]
    write_container(tmp_path / "file", {"mean": np.ones((len(words), 1), np.float32)}, words)
    vectors = KeyedVectors.load(tmp_path / "file")
    started = time.process_time()
    with pytest.raises(KeyError, match="'word59999'"):  # far down the table: found through the sorted words
        vectors["word59999x"]
    with pytest.raises(KeyError):
        vectors["x" * 10**6]
    assert time.process_time() - started < 1


@pytest.mark.parametrize("step", [7, 1])  # all words are looked at, or 10,000 of 14,641 and those that begin alike
def test_the_spellings_are_the_same_after_save_and_load(tmp_path, step):
    words = ["".join(letters) for letters in itertools.product("abcdefghijk", repeat=4)][::step]
    KeyedVectors(words, np.ones((len(words), 1))).save(tmp_path / "file")
    loaded = KeyedVectors.load(tmp_path / "file")
    for word in ("kingly", "ajar", "kick", "aa", "x", "", "jjjjj"):
        found = spelling.nearest_spellings(word, WordIndex(words))
        assert len(found) == 3 and spelling.nearest_spellings(word, loaded.words) == found


def test_threads_that_read_one_error_at_once_all_have_its_message():
    has_begun, read = threading.Barrier(3), []

    def message():
        has_begun.wait(timeout=10)  # each makes it while the others do
        return "no such word"

    error = MissingWordError(message=message)
    threads = [threading.Thread(target=lambda: read.append((str(error), error.args))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [("no such word", ("no such word",))] * 3


def test_spellings_are_looked_for_when_the_message_is_read(monkeypatch):
    looked = []
    monkeypatch.setattr(spelling, "nearest_spellings", lambda word, words: looked.append(word) or ["kiwi"])
    vectors = KeyedVectors(["kiwi"], [[1.0]])
    words = weakref.ref(vectors.words)
    caught = []
    for ask in (vectors.__getitem__, vectors.get_index, vectors.most_similar, vectors.similar_by_word):
        with pytest.raises(KeyError) as error:
            ask("kiwis")
        caught.append(error.value.with_traceback(None))
    assert vectors.get_vectors(["kiwis"], on_missing="skip").shape == (0, 1)
    assert not looked
    del vectors, ask, error
    message = "'kiwis' is not among the 1 words; the nearest spellings are 'kiwi'"
    pickled = pickle.dumps(caught[0])  # and so is the error itself
    for read in (pickle.loads(pickled), caught[0], copy.copy(caught[1])):
        assert (str(read), read.args, repr(read)) == (message, (message,), f'MissingWordError("{message}")')
    assert str(caught[2]) == caught[3].args[0] == message
    assert len(looked) == 4  # once each
    gc.collect()
    assert words() is None  # no message holds them


@pytest.mark.parametrize(
    ("words", "rows", "counts", "error", "message"),
    [
        (["a", "a"], [[1.0], [2.0]], None, ParameterError, "distinct, got 'a' twice"),
        (["a", "b"], [[1.0]], None, ParameterError, "vectors must be of shape \\(2, d\\), got \\(1, 1\\)"),
        (["a"], [1.0], None, ParameterError, "vectors must be of shape"),
        (["a"], [[]], None, ParameterError, "vectors must be of shape"),
        (["a", "b"], [[1.0], [np.nan]], None, ParameterError, "nan or inf in row 1"),
        (["a"], [[1e300]], None, ParameterError, "finite in float32"),
        (["a"], [["x"]], None, ParameterTypeError, "vectors must be an array of numbers"),
        (["a"], [[1.0]], [-1], ParameterError, "counts"),
        (["a"], [[1.0]], [1.5], ParameterError, "counts"),
        (["a"], [[1.0]], [1, 2], ParameterError, "counts"),
        ("a", [[1.0]], None, ParameterTypeError, "list of words, got one string"),
        ([3], [[1.0]], None, ParameterTypeError, "words must be strings, got 3 at row 0"),
        ({"a": 1}, [[1.0]], None, ParameterTypeError, "list of words, got a dict"),
    ],
)
def test_fault_48_bad_tables_are_refused(words, rows, counts, error, message):
    with pytest.raises(error, match=message):
        KeyedVectors(words, rows, counts)


def test_no_words_at_all(tmp_path):
    vectors = KeyedVectors([], np.empty((0, 3)), counts=[])
    vectors.save(tmp_path / "file")
    loaded = KeyedVectors.load(tmp_path / "file", check=True)
    assert len(loaded) == 0
    assert loaded.most_similar([1.0, 0.0, 0.0]) == []
    with pytest.raises(KeyError, match=r"'kiwi' is not among the 0 words$"):
        loaded["kiwi"]


def test_words_may_come_in_any_sequence():
    for words in (("a", "b"), np.array(["a", "b"]), WordIndex(["a", "b"])):
        assert KeyedVectors(words, [[1.0], [2.0]]).index_to_key == ["a", "b"]


def test_save_and_load(vectors, tmp_path):
    vectors.parameters["window"] = 5
    vectors.save(tmp_path / "file")
    for mmap in (True, False):
        loaded = KeyedVectors.load(tmp_path / "file", check=True, mmap=mmap)
        assert loaded.index_to_key == WORDS
        np.testing.assert_array_equal(loaded.vectors, vectors.vectors)
        np.testing.assert_array_equal(loaded.counts, vectors.counts)
        assert loaded.parameters == {"window": 5}
        assert loaded.most_similar("kiwi") == vectors.most_similar("kiwi")
    with pytest.raises(FormatError, match=r"no word densities.*KeyedVectors\.load"):
        DensityVectors.load(tmp_path / "file")


def test_a_file_of_densities_is_opened_whole(tmp_path):
    made = densities(20)
    made.save(tmp_path / "file")
    opened = KeyedVectors.load(tmp_path / "file")
    assert type(opened) is DensityVectors
    assert opened.most_similar("w3") == made.most_similar("w3")
    assert opened.entropy("w3") == made.entropy("w3")


@pytest.mark.parametrize(
    ("tensors", "words", "message"),
    [
        ({}, ["a"], "no word vectors"),
        ({"mean": np.ones((1, 2), np.float32)}, None, "holds no words"),
        ({"mean": np.ones((2, 2), np.float32)}, ["a"], "2 rows for 1 words"),
        ({"mean": np.ones(1, np.float32)}, ["a"], "'mean' must be float32"),
        ({"mean": np.ones((1, 2))}, ["a"], "'mean' must be float32"),
        ({"mean": np.ones((1, 0), np.float32)}, ["a"], "'mean' must be float32"),
        ({"mean": np.ones((1, 2), np.float32), "counts": np.ones(2, np.int64)}, ["a"], "'counts'"),
        ({"mean": np.ones((1, 2), np.float32), "counts": np.ones(1, np.int32)}, ["a"], "'counts'"),
    ],
)
def test_fault_20_files_without_proper_vectors(tmp_path, tensors, words, message):
    write_container(tmp_path / "file", tensors, words)
    with pytest.raises(FormatError, match=message):
        KeyedVectors.load(tmp_path / "file")


def test_an_unknown_word_that_looks_like_a_known_one_is_told_apart() -> None:
    vectors = KeyedVectors(["caf\u00e9", "10 km", "Kiwi"], np.eye(3))
    for word, said in (
        ("cafe\u0301", "the first is decomposed and the second composed; ask for 'caf\\xe9'"),
        ("10\u00a0km", "NO-BREAK SPACE"),
        ("kiwi", "they differ in capitals; ask for 'Kiwi'"),
    ):
        with pytest.raises(KeyError, match=re.escape(said)):
            vectors[word]
