"""The formats and objects of other tools, as methods of KeyedVectors; gensim is the measure where it is installed."""

import io
import re
import sys
from functools import partial

import numpy as np
import pytest

from densevec.errors import FileError, FormatError, FormatWarning, MissingPackageError, MissingWordError, ParameterError
from densevec.vectors import DensityVectors, KeyedVectors

WORDS = ["plum", "kiwi", "kākāpō"]
ROWS = np.random.default_rng(9).normal(size=(3, 4)).astype(np.float32)


@pytest.fixture
def vectors():
    return KeyedVectors(WORDS, ROWS, [3, 9, 5])


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_what_we_write_and_the_reverse(tmp_path, vectors, binary):
    gensim = pytest.importorskip("gensim.models")
    ours, theirs = str(tmp_path / "ours"), str(tmp_path / "theirs")
    vectors.save_word2vec_format(ours, str(tmp_path / "vocab"), binary)
    other = gensim.KeyedVectors.load_word2vec_format(ours, str(tmp_path / "vocab"), binary)
    assert other.index_to_key == ["kiwi", "kākāpō", "plum"]  # most frequent first
    assert [other.get_vecattr(word, "count") for word in WORDS] == [3, 9, 5]
    np.testing.assert_array_equal(other[WORDS], ROWS)
    other.save_word2vec_format(theirs, str(tmp_path / "vocab2"), binary)
    again = KeyedVectors.load_word2vec_format(theirs, str(tmp_path / "vocab2"), binary)
    assert again.index_to_key == other.index_to_key
    assert again.counts.tolist() == [9, 5, 3]
    np.testing.assert_array_equal(again[WORDS], ROWS)


def test_gensim_objects_both_ways(vectors):
    pytest.importorskip("gensim")
    other = vectors.to_gensim()
    assert other.index_to_key == WORDS
    assert other.get_vecattr("kiwi", "count") == 9
    again = KeyedVectors.from_gensim(other)
    np.testing.assert_array_equal(again.vectors, ROWS)
    assert again.counts.tolist() == [3, 9, 5]
    densities = DensityVectors(WORDS, ROWS, np.ones(3))
    with pytest.warns(FormatWarning, match="only the means"):
        np.testing.assert_array_equal(densities.to_gensim().vectors, ROWS)
    from gensim.models import Word2Vec

    model = Word2Vec([["a", "b", "c"]] * 3, vector_size=5, min_count=1)
    assert KeyedVectors.from_gensim(model).vector_size == 5
    with pytest.raises(ParameterError, match="gensim's KeyedVectors"):
        KeyedVectors.from_gensim({"a": 1})


@pytest.mark.parametrize(
    "name, options",
    [
        ("euclidean_vectors.bin", {"binary": True}),
        ("word2vec_pre_kv_c", {}),
        ("crime-and-punishment.vec", {}),
        ("EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt", {}),
        ("pang_lee_polarity_fasttext.vec", {"unicode_errors": "ignore"}),
        ("glove.6B.50d.top50k.txt.gz", {"no_header": True}),
        ("test_glove.txt", {"no_header": True}),
    ],
)
def test_real_files_are_read_as_gensim_reads_them(shared_data, name, options):
    gensim = pytest.importorskip("gensim.models")
    path = str(shared_data / "interop" / name)
    ours = KeyedVectors.load_word2vec_format(path, **options)
    theirs = gensim.KeyedVectors.load_word2vec_format(path, **options)
    assert ours.index_to_key == theirs.index_to_key
    np.testing.assert_array_equal(ours.vectors, theirs.vectors)


def test_options_of_gensim(tmp_path, vectors):
    path = tmp_path / "file"
    vectors.save_word2vec_format(path, sort_attr="none")
    assert path.read_text().splitlines()[0] == "3 4"
    assert KeyedVectors.load_word2vec_format(path).index_to_key == WORDS
    assert KeyedVectors.load_word2vec_format(path, limit=2).index_to_key == WORDS[:2]
    half = KeyedVectors.load_word2vec_format(path, datatype=np.float16)
    np.testing.assert_array_equal(half.vectors, ROWS.astype(np.float16))
    KeyedVectors(["kiwi", "far"], [[1.0, 2.0], [0.0, 70_000.0]]).save_word2vec_format(tmp_path / "far")
    with pytest.raises(FormatError, match=r"'far' has numbers beyond float16's 65,504; leave datatype at float32"):
        KeyedVectors.load_word2vec_format(tmp_path / "far", datatype=np.float16)
    vectors.save_word2vec_format(path, write_header=False)
    assert len(KeyedVectors.load_word2vec_format(path, no_header=True)) == 3
    for binary in (False, True):
        vectors.save_word2vec_format(path, binary=binary, total_vec=6, prefix="*a_")
        vectors.save_word2vec_format(path, binary=binary, write_header=False, prefix="*b_", append=True)
        both = KeyedVectors.load_word2vec_format(path, binary=binary)
        assert len(both) == 6 and both["*b_kiwi"].tolist() == ROWS[1].tolist()
    for wrong in (
        {"encoding": "latin-1"},
        {"datatype": int},
        {"binary": True, "no_header": True},
        {"unicode_errors": "x"},
    ):
        with pytest.raises(ParameterError):
            KeyedVectors.load_word2vec_format(path, **wrong)
    with pytest.raises(ParameterError, match="fvocab"):
        KeyedVectors(WORDS, ROWS).save_word2vec_format(path, path)
    (tmp_path / "vocab").write_text("kiwi 3\n")
    vectors.save_word2vec_format(path)
    with pytest.raises(FormatError, match="2 words have no count"):
        KeyedVectors.load_word2vec_format(path, tmp_path / "vocab")
    (tmp_path / "vocab").write_text("kiwi 3\nplum x\n")
    with pytest.raises(FormatError, match="line 2"):
        KeyedVectors.load_word2vec_format(path, tmp_path / "vocab")
    with pytest.raises(FileError):
        KeyedVectors.load_word2vec_format(tmp_path / "nothing")


@pytest.mark.parametrize(("errors", "word"), [("ignore", "kiwi"), ("replace", "ki\ufffdwi")])
def test_words_that_are_not_utf_8_are_so_in_both_files(tmp_path, errors, word):
    (tmp_path / "rows").write_bytes(b"2 2\nki\xffwi 1 0\nplum 0 1\n")
    (tmp_path / "vocab").write_bytes(b"ki\xffwi 5\nplum 3\n")
    found = KeyedVectors.load_word2vec_format(tmp_path / "rows", tmp_path / "vocab", unicode_errors=errors)
    assert (found.index_to_key, found.counts.tolist()) == ([word, "plum"], [5, 3])
    found.save_word2vec_format(tmp_path / "rows")
    with pytest.raises(FormatError, match=r"vocab: line 1: the word is not UTF-8 .*; choose errors='replace' or"):
        KeyedVectors.load_word2vec_format(tmp_path / "rows", tmp_path / "vocab")
    again = KeyedVectors.load_word2vec_format(tmp_path / "rows", tmp_path / "vocab", errors=errors)
    assert again.counts.tolist() == [5, 3]


@pytest.mark.parametrize("datatype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("binary", [False, True])
def test_numbers_that_are_none_are_said_of_every_datatype(tmp_path, binary, datatype):
    rows = np.array([[1, 2], [np.nan, 1]], np.float32)
    packed = b"2 2\nkiwi " + rows[0].tobytes() + b"\nodd " + rows[1].tobytes() + b"\n"
    (tmp_path / "file").write_bytes(packed if binary else b"2 2\nkiwi 1 2\nodd nan 1\n")
    ask = partial(KeyedVectors.load_word2vec_format, tmp_path / "file", binary=binary, datatype=datatype)
    message = "the vector of 'odd' has nan or infinity in it.*; drop_nonfinite=True leaves such words out"
    with pytest.raises(FormatError, match=message), pytest.warns(FormatWarning, match="1 values are nan or"):
        ask(allow_nonfinite=True)
    with pytest.warns(FormatWarning, match="1 words are left out"):
        assert ask(drop_nonfinite=True).index_to_key == ["kiwi"]
    with pytest.raises(FormatError, match=message), pytest.warns(FormatWarning):
        KeyedVectors.from_file(tmp_path / "file", allow_nonfinite=True)


@pytest.mark.skipif(not hasattr(KeyedVectors, "__setitem__"), reason="needs vectors that can be changed")
def test_intersect_takes_the_vectors_of_shared_words(tmp_path, vectors):
    KeyedVectors(["kiwi", "pear"], np.ones((2, 4))).save_word2vec_format(tmp_path / "file")
    assert vectors.intersect_word2vec_format(tmp_path / "file") == 1
    assert vectors["kiwi"].tolist() == [1, 1, 1, 1]
    np.testing.assert_array_equal(vectors["plum"], ROWS[0])
    assert "pear" not in vectors


def test_intersect_refuses_another_dimension(tmp_path, vectors):
    KeyedVectors(["kiwi"], np.ones((1, 3))).save_word2vec_format(tmp_path / "file")
    with pytest.raises(FormatError, match="3 dimensions, these have 4"):
        vectors.intersect_word2vec_format(tmp_path / "file")


def test_a_torch_embedding_has_the_rows(vectors):
    torch = pytest.importorskip("torch")
    layer = vectors.to_torch_embedding(padding_word="kiwi")
    assert layer(torch.tensor([vectors.get_index("plum")]))[0].tolist() == ROWS[0].tolist()
    assert not layer.weight.requires_grad
    assert layer.padding_idx == 1
    trained = vectors.to_torch_embedding(freeze=False)
    with torch.no_grad():
        trained.weight += 1
    np.testing.assert_array_equal(vectors.vectors, ROWS)  # a copy
    with pytest.raises(MissingWordError):
        vectors.to_torch_embedding(padding_word="pear")


def test_pandas(vectors):
    pandas = pytest.importorskip("pandas")
    frame = vectors.to_frame()
    assert list(frame.index) == WORDS
    assert list(frame.columns) == ["count", 0, 1, 2, 3]
    np.testing.assert_array_equal(frame[[0, 1, 2, 3]].to_numpy(), ROWS)
    assert pandas.DataFrame(dict(vectors.items())).shape == (4, 3)
    spherical = DensityVectors(WORDS, ROWS, [1, 2, 3]).to_frame()
    assert spherical.loc["kiwi", "variance"] == 2
    diagonal = DensityVectors(WORDS, ROWS, np.full((3, 4), 0.5)).to_frame()
    assert (diagonal["variance_3"] == 0.5).all()
    assert io.StringIO(frame.to_csv()).readline() == "word,count,0,1,2,3\n"


@pytest.mark.parametrize(
    ("package", "install", "ask"),
    [
        ("gensim", "gensim", lambda vectors: vectors.to_gensim()),
        ("spacy", "'densevec[spacy]'", lambda vectors: vectors.to_spacy("en")),
        ("pandas", "'densevec[pandas]'", lambda vectors: vectors.to_frame()),
        ("polars", "'densevec[polars]'", lambda vectors: vectors.to_frame("polars")),
    ],
)
def test_a_package_that_is_missing_is_said_before_anything_else(package, install, ask, monkeypatch, recwarn):
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    vectors = DensityVectors(["kiwi", "plum"], [[1.0, 0.5], [0.5, 1.0]], [1.0, 2.0], entailment_bound=3.0)
    vectors.set_vecattr("kiwi", "kind", "bird")
    with pytest.raises(MissingPackageError, match=re.escape(f"needs the package {package}: pip install {install}")):
        ask(vectors)
    assert not recwarn.list


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("binary", [False, True])
def test_counts_are_appended_with_the_vectors(tmp_path, vectors, binary, ending, scheme):
    path, vocab = f"{scheme}{tmp_path}/rows{ending}", f"{scheme}{tmp_path}/vocab{ending}"
    vectors.save_word2vec_format(path, vocab, binary, total_vec=6, prefix="*a_")
    vectors.save_word2vec_format(path, vocab, binary, write_header=False, prefix="*b_", append=True)
    both = KeyedVectors.load_word2vec_format(path, vocab, binary)
    order = ["kiwi", "kākāpō", "plum"]
    assert both.index_to_key == [*(f"*a_{word}" for word in order), *(f"*b_{word}" for word in order)]
    assert both.counts.tolist() == [9, 5, 3, 9, 5, 3]


@pytest.mark.parametrize("name", ["native", "npz", "fasttext", "projector", "fvocab"])
def test_counts_of_any_size_there_and_back(tmp_path, name):
    vectors, path, vocab = KeyedVectors(WORDS, ROWS, [2**63 - 1, 2**62 + 1, 0]), tmp_path / "rows", tmp_path / "vocab"
    if name == "fvocab":
        vectors.save_word2vec_format(path, vocab)
        again = KeyedVectors.load_word2vec_format(path, vocab)
        vocab.write_text("".join(f"{word} {2**63}\n" for word in WORDS))
        with pytest.raises(FormatError, match="line 1 must be a word and its count, found"):
            KeyedVectors.load_word2vec_format(path, vocab)
    else:
        vectors.to_file(path, name)
        again = KeyedVectors.from_file(path)
    least = 1 if name == "fasttext" else 0  # gensim opens no .bin with a word that never came
    assert (again.index_to_key, again.counts.tolist()) == (WORDS, [2**63 - 1, 2**62 + 1, least])


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("binary", [False, True])
def test_vectors_and_their_counts_are_written_both_or_neither(tmp_path, vectors, binary, append):
    path, vocab = tmp_path / "rows", tmp_path / "vocab"
    vectors.save_word2vec_format(path, vocab, binary)
    before = path.read_bytes(), vocab.read_bytes()

    def fails(error, which, rows, counts, match):
        with pytest.raises(error, match=match):
            which.save_word2vec_format(rows, counts, binary, append=append)
        assert (path.read_bytes(), vocab.read_bytes()) == before and len(list(tmp_path.iterdir())) == 2

    fails(ParameterError, KeyedVectors(WORDS, ROWS), path, vocab, "fvocab must be None for vectors without counts")
    fails(ParameterError, vectors, path, path, "fvocab must be another file")
    fails(ParameterError, vectors, path, path.as_uri(), "fvocab must be another file")
    fails(FileError, vectors, path, tmp_path / "none" / "vocab", "cannot be written")
    fails(FileError, vectors, path, tmp_path, "cannot be written")
    fails(FileError, vectors, tmp_path / "none" / "rows", vocab, "cannot be written")
    if not append:
        fails(ParameterError, KeyedVectors(["\ufeffkiwi"], ROWS[:1], [1]), path, vocab, "cannot begin with U")
