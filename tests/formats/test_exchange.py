"""Round trips through every format, golden files, remote storage, and random damage to every reader's files."""

import gc
import gzip
import importlib.util
import io
import json
import math
import os
import pickle
import tracemalloc
import warnings
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from densevec._cy.vector_text import format_rows, parse_rows
from densevec.errors import (
    CorruptError,
    DensevecError,
    FileError,
    FormatError,
    FormatWarning,
    ParameterError,
    ParameterTypeError,
)
from densevec.formats import (
    FORMATS,
    WordVectors,
    format_of_name,
    guess_format,
    read_container,
    read_npz,
    read_text,
    read_vectors,
    verify_container,
    write_container,
    write_text,
    write_vectors,
)
from densevec.formats import source as sources
from densevec.vectors import DensityVectors, KeyedVectors, load_vectors
from tests.bad_files.makers import fasttext_file, refused

FULL = os.environ.get("DENSEVEC_FULL_SWEEPS") == "1"
STATIC = ["model2vec", "sentence-transformers"]  # folders whose tokenizers the package tokenizers writes
HAS_TOKENIZERS = importlib.util.find_spec("tokenizers") is not None
WRITABLE = [
    each.name
    for each in FORMATS.values()
    if each.write is not None and each.name != "floret" and (HAS_TOKENIZERS or each.name not in STATIC)
]  # floret's text has no words but those that its n-grams make: see test_subwords.py
PACKABLE = ["word2vec", "word2vec-text", "glove"]
GOLDEN = Path(__file__).parent / "golden"
ON_DISK = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]

plain_words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f\0"), min_size=1, max_size=8
)
any_float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw):
    words = draw(st.lists(plain_words, min_size=1, max_size=12, unique=True))
    dim = draw(st.integers(1, 5))
    values = draw(st.lists(any_float32, min_size=len(words) * dim, max_size=len(words) * dim))
    dtype = draw(st.sampled_from(["f4", "f2", "f8"]))
    with np.errstate(over="ignore"):
        rows = np.array(values, dtype=np.float32).astype(dtype).reshape(len(words), dim)
    rows = np.where(np.isfinite(rows), rows, 0).astype(dtype)
    return WordVectors(words, rows)


@pytest.mark.parametrize("name", WRITABLE)
@settings(max_examples=25, suppress_health_check=ON_DISK)
@given(table=tables(), ending=st.sampled_from(["", ".gz", ".bz2", ".xz"]))
def test_fault_16_write_then_read_is_identity(tmp_path, name, table, ending):
    path = tmp_path / (f"file{ending}" if name in PACKABLE else "folder" if name in ("projector", *STATIC) else "file")
    if name in ("glove", "projector") and table.words[0].startswith("\ufeff"):
        with pytest.raises(ParameterError, match=r"byte order mark|U\+FEFF"):
            write_vectors(path, table, name)
        return
    if name == "projector" and any(word.startswith("\ufeff") for word in table.words):
        return
    write_vectors(path, table, name)
    again = read_vectors(path, name)
    assert list(again.words) == list(table.words)
    assert again.vectors.tobytes() == table.vectors.tobytes()


@settings(max_examples=40, suppress_health_check=ON_DISK)
@given(words=st.lists(st.text(max_size=6), min_size=1, max_size=6, unique=True))
@pytest.mark.parametrize("name", WRITABLE)
def test_fault_12_any_words_are_written_rightly_or_refused(tmp_path, name, words):
    table_words = list(words)
    path = tmp_path / "file"
    table = WordVectors(table_words, np.arange(2.0 * len(words)).reshape(-1, 2))
    try:
        write_vectors(path, table, name)
    except ParameterError:
        assert name != "native" or any("\ud800" <= c <= "\udfff" for word in words for c in word)
        return
    assert list(read_vectors(path, name).words) == words


def test_every_format_is_told_by_its_contents_and_name(tmp_path):
    table = WordVectors(["kiwi", "plum"], np.array([[0.1, 2, -3], [1e-30, 5, 6.25]]))
    names = {"native": "a.safetensors", "word2vec": "a.bin", "word2vec-text": "a.vec", "glove": "a.glove"}
    names |= {"npz": "a.npz", "npy": "a.npy", "projector": "folder/", "finalfusion": "a.fifu"}
    for name in WRITABLE:
        path = str(tmp_path / names.get(name, name)) + ("/" if name == "projector" else "")
        if name not in ("glove", "fasttext", *STATIC):
            assert format_of_name(path) == name
        write_vectors(path, table, name)
        assert guess_format(path) == name
        np.testing.assert_array_equal(read_vectors(path).vectors, table.vectors)
    (tmp_path / "model.bin").write_bytes(fasttext_file()[0])
    assert guess_format(tmp_path / "model.bin") == "fasttext"
    write_vectors(tmp_path / "b.vec.gz", table)
    assert gzip.decompress((tmp_path / "b.vec.gz").read_bytes()).startswith(b"2 3\n")
    assert guess_format(tmp_path / "b.vec.gz") == "word2vec-text"
    for contents in (b"", b"<html></html>", b"just some words\n", bytes(99)):
        (tmp_path / "odd").write_bytes(contents)
        refused(guess_format, tmp_path / "odd")
    for name in ("a.unknown", "a", "a.npz.gz"):
        with pytest.raises(ParameterError, match="ending"):
            format_of_name(name)
    with pytest.raises(ParameterError, match="hashed together as floret hashes them"):
        write_vectors(tmp_path / "x", table, "floret")
    with pytest.raises(ParameterError, match="one of native"):
        read_vectors(tmp_path / "a.bin", "excel")


def test_means_only_with_a_loud_note_where_variances_do_not_fit(tmp_path):
    vectors = DensityVectors(["bird", "kiwi"], np.eye(2), [1.0, 0.25], counts=[7, 3], entailment_bound=2.5)
    for name in WRITABLE:
        path = tmp_path / name
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            vectors.to_file(path, name)
        notes = [str(each.message) for each in caught if each.category is FormatWarning]
        assert bool(notes) is not FORMATS[name].holds_variances
        assert all("only the means" in note for note in notes)
        assert all(each.filename == __file__ for each in caught if each.category is FormatWarning)
        again = KeyedVectors.from_file(path, name)
        assert type(again) is (DensityVectors if FORMATS[name].holds_variances else KeyedVectors)
        if FORMATS[name].holds_variances:
            np.testing.assert_array_equal(again.variances, vectors.variances)
        if name in ("native", "npz", "projector"):
            assert again.counts.tolist() == [7, 3]
    assert KeyedVectors.from_file(tmp_path / "native").entailment_bound == 2.5


@pytest.mark.parametrize("name", WRITABLE)
def test_the_first_words_are_read_from_every_format(tmp_path, name):
    table = WordVectors(["kiwi", "plum", "kea"], np.arange(9.0).reshape(3, 3), np.array([7, 5, 1]))
    write_vectors(tmp_path / "file", table, name)
    for limit in (1, 2, 3, 9):
        found = read_vectors(tmp_path / "file", name, limit=limit)
        vectors = KeyedVectors.from_file(tmp_path / "file", name, limit=limit)
        assert list(found.words) == vectors.index_to_key == ["kiwi", "plum", "kea"][:limit]
        np.testing.assert_array_equal(found.vectors, table.vectors[:limit])
        np.testing.assert_array_equal(vectors.vectors, table.vectors[:limit])
        if vectors.counts is not None:
            assert vectors.counts.tolist() == found.counts.tolist() == [7, 5, 1][:limit]
    for wrong in (0, 1.5, True):
        with pytest.raises(ParameterError, match="limit must be an integer at least 1 or None"):
            KeyedVectors.from_file(tmp_path / "file", name, limit=wrong)
    if FORMATS[name].takes_rules:
        return
    KeyedVectors.from_file(tmp_path / "file", name, strict=True, errors="strict")  # as it is anyway
    for read in (KeyedVectors.from_file, read_vectors):
        with pytest.raises(ParameterError, match=r"limit alone .* leave out errors \(--errors\)$"):
            read(tmp_path / "file", name, errors="replace")


def test_packed_files_whose_names_do_not_say_so(tmp_path):
    packed = gzip.compress(b"2 2\nkiwi 1 2\nplum 3 4\n")
    for name, message in (
        ("a.vec", "are unpacked where their names say so, by .gz"),
        ("a.vec.gz", "from_file reads it"),
    ):
        (tmp_path / name).write_bytes(packed)
        with pytest.raises(FormatError, match=rf"gzip-compressed; .*{message}"):
            load_vectors(tmp_path / name)
    with pytest.raises(FormatError, match="are unpacked where their names say so"):
        KeyedVectors.from_file(tmp_path / "a.vec")
    assert len(KeyedVectors.from_file(tmp_path / "a.vec.gz")) == 2


@pytest.mark.parametrize("row", ["1 nan", "nan 1", "-Infinity inf"])
@pytest.mark.parametrize(("name", "header"), [("glove", ""), ("word2vec-text", "2 2\n")])
@pytest.mark.parametrize("word", ["kiwi", "kiwi tree"])
def test_values_that_are_not_finite_in_the_first_row(tmp_path, row, name, header, word):
    path = tmp_path / "a.txt"
    path.write_text(f"{header}{word} {row}\nplum 3 4\n")
    rules = {"words_with_spaces": " " in word}
    if " " not in word:
        assert guess_format(path) == name
    with pytest.warns(FormatWarning, match="are left out"):
        assert list(read_vectors(path, name, drop_nonfinite=True, **rules).words) == ["plum"]
    with pytest.warns(FormatWarning, match="values are nan or infinite"):
        assert read_vectors(path, name, allow_nonfinite=True, **rules).vectors.shape == (2, 2)
    if row != "nan 1":  # which in words with spaces is a part of one, for all that can be known
        with pytest.raises(FormatError, match="drop_nonfinite=True"):
            read_vectors(path, name, **rules)


@pytest.mark.parametrize("name", [each.name for each in FORMATS.values() if each.endings and each.name != "floret"])
@pytest.mark.parametrize("ending", [".gz", ""])
def test_advice_about_packed_files_works_when_it_is_followed(tmp_path, name, ending):
    words, vectors = ["kiwi", "plum"], np.eye(2, 3, dtype=np.float32)
    plain = tmp_path / f"plain{FORMATS[name].endings[0]}"
    KeyedVectors(words, vectors).to_file(plain, name)
    path = tmp_path / f"packed{FORMATS[name].endings[0]}{ending}"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    for read in (KeyedVectors.load, KeyedVectors.from_file, partial(KeyedVectors.from_file, format=name)):
        try:
            found = read(path)
        except FormatError as error:
            said = str(error)
        else:
            assert list(found) == words
            continue
        if "unpack it first" in said:
            assert not FORMATS[name].takes_rules
        elif "from_file reads it" in said:
            assert list(KeyedVectors.from_file(path)) == words
        else:
            assert not ending
            assert "where their names say so" in said
            assert FORMATS[name].takes_rules


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_packed_files_that_are_cut_short(tmp_path, ending):
    path = tmp_path / f"a.vec{ending}"
    KeyedVectors(["kiwi", "plum"], np.eye(2)).to_file(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(CorruptError, match="the packed file is cut short"):
            KeyedVectors.from_file(path)


def test_what_is_opened_elsewhere_is_said_to_be(tmp_path):
    (tmp_path / "a.kv").write_bytes(pickle.dumps({"kiwi": 1}))
    (tmp_path / "a.txt").write_text("\n\\data\\\nngram 1=1\n\n\\1-grams:\n-1\ta\n\n\\end\\\n")
    for name, message in (("a.kv", "loaded by gensim and given to"), ("a.txt", "an ARPA file of a language model")):
        for read in (KeyedVectors.from_file, load_vectors, read_text):
            with pytest.raises(FormatError, match=message):
                read(tmp_path / name)


def test_names_that_are_no_rules(tmp_path):
    KeyedVectors(["kiwi"], [[1.0, 0.5]]).to_file(tmp_path / "a.vec")
    for read in (KeyedVectors.from_file, read_vectors, KeyedVectors.load_word2vec_format, read_text):
        with pytest.raises(
            ParameterTypeError, match=r"^'foo' is not a parameter of densevec.formats.Rules; it takes str"
        ):
            read(tmp_path / "a.vec", foo=5)
        with pytest.raises(ParameterTypeError, match=r"did you mean on_duplicate\?"):
            read(tmp_path / "a.vec", on_duplicates="first")


def test_the_projector_s_faults_can_be_read_over(tmp_path):
    def write(words, *rows):
        (tmp_path / "tensors.tsv").write_text("".join(f"{row}\n" for row in rows))
        (tmp_path / "metadata.tsv").write_bytes(words)

    write(b"kiwi\nkiwi\n", "1\t2", "3\t4")
    with pytest.raises(FormatError, match="on_duplicate='first'"):
        read_vectors(tmp_path)
    with pytest.warns(FormatWarning, match="repeat a word"):
        assert read_vectors(tmp_path, on_duplicate="last").vectors.tolist() == [[3, 4]]
    write(b"word\tcount\nkiwi\t3\nplum\t2\n", "nan\t2", "3\t4")
    with pytest.raises(FormatError, match="drop_nonfinite=True"):
        read_vectors(tmp_path)
    with pytest.warns(FormatWarning, match="are left out"):
        found = read_vectors(tmp_path, drop_nonfinite=True)
    assert (list(found.words), found.counts.tolist()) == (["plum"], [2])
    write(b"kiwi\nplum\n", "2\tnan", "3\t4")  # of the first line the last number too, by which the line is counted
    with pytest.warns(FormatWarning, match="are left out"):
        assert list(read_vectors(tmp_path, drop_nonfinite=True).words) == ["plum"]
    write(b"kiwi\ncaf\xe9\n", "1\t2", "3\t4")
    with pytest.raises(FormatError, match="errors='replace'"):
        read_vectors(tmp_path)
    assert list(read_vectors(tmp_path, errors="ignore").words) == ["kiwi", "caf"]
    write(b"kiwi\n", "1\t2", "3\t4")
    assert list(read_vectors(tmp_path, limit=1).words) == ["kiwi"]
    with pytest.raises(FormatError, match="1 words for the 2 rows"):
        read_vectors(tmp_path, limit=2)


@pytest.mark.parametrize("name", WRITABLE)
def test_what_has_no_words_is_read_back_or_refused(tmp_path, name):
    try:
        KeyedVectors([], np.zeros((0, 3))).to_file(tmp_path / "file", name)
    except ParameterError as error:
        assert "there are no words to write" in str(error)
        assert not any(path.is_file() for path in tmp_path.rglob("*"))
        return
    again = KeyedVectors.from_file(tmp_path / "file", name)
    assert (len(again), again.vector_size) == (0, 3)


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    from densevec.formats import text

    table = WordVectors(["kiwi"], np.ones((1, 2)))
    for name in ("a.vec", "a.vec.gz"):
        write_text(tmp_path / name, table)
        old = (tmp_path / name).read_bytes()

        def failing(*unused):
            yield b"1 2\n"
            raise RuntimeError("midway")

        with monkeypatch.context() as patch:
            patch.setattr(text, "_lines", failing)
            with pytest.raises(RuntimeError, match="midway"):
                write_text(tmp_path / name, table)
        assert (tmp_path / name).read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.vec", "a.vec.gz"]


# Golden files: made once by the first release of the format, never again


def test_fault_23_golden_files_give_the_stored_answers():
    answers = json.loads((GOLDEN / "answers.json").read_text(encoding="utf-8"))
    assert {path.name for path in GOLDEN.glob("*.safetensors")} == set(answers)
    for name, expected in answers.items():
        container = verify_container(GOLDEN / name)
        assert container.metadata["format_version"] == expected["format_version"]
        assert list(container.words) == expected["words"]
        kind = DensityVectors if "variance" in container.tensors else KeyedVectors
        vectors = kind.load(GOLDEN / name, check=True)
        assert vectors.vectors.tolist() == expected["vectors"]
        assert (None if vectors.counts is None else vectors.counts.tolist()) == expected["counts"]
        assert vectors.parameters == expected["parameters"]
        for query, neighbours in expected["most_similar"].items():
            found = vectors.most_similar(query, topn=2)
            assert [word for word, _ in found] == [word for word, _ in neighbours]
            np.testing.assert_allclose([s for _, s in found], [s for _, s in neighbours], rtol=1e-6)
        if kind is DensityVectors:
            assert vectors.variances.tolist() == expected["variances"]
            assert vectors.entailment_bound == expected["entailment_bound"]
            for pair, value in expected["kl_divergence"].items():
                assert vectors.kl_divergence(*pair.split()) == pytest.approx(value, rel=1e-6)


# Remote storage


@pytest.fixture
def bucket(monkeypatch):
    moto = pytest.importorskip("moto")
    boto3 = pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="vectors")
        yield client


def objects(client):
    return [each["Key"] for each in client.list_objects_v2(Bucket="vectors").get("Contents", [])]


def test_remote_files_are_written_and_read(bucket):
    table = WordVectors(["kiwi", "plum"], np.eye(2))
    for name in ("a.safetensors", "a.bin", "a.vec", "a.vec.gz"):
        write_vectors(f"s3://vectors/{name}", table)
        assert list(read_vectors(f"s3://vectors/{name}").words) == ["kiwi", "plum"]
    container = read_container("s3://vectors/a.safetensors", check=True)
    np.testing.assert_array_equal(container.tensors["mean"], table.vectors)
    with pytest.raises(FileError, match="s3://vectors/none"):
        read_container("s3://vectors/none.safetensors")


def test_every_format_is_read_from_the_url_that_it_was_written_to(tmp_path):
    table = WordVectors(["kiwi", "plum"], np.eye(2))
    for name in set(WRITABLE) - {*STATIC}:
        (tmp_path / name).mkdir()
        url = f"{tmp_path.as_uri()}/{name}/" + ("" if name == "projector" else f"a.{name}")
        write_vectors(url, table, name)
        for read in (read_vectors(url), read_vectors(url, name)):
            assert list(read.words) == ["kiwi", "plum"]
            np.testing.assert_array_equal(read.vectors, table.vectors)
    for place in ("projector/tensors.tsv", "projector/"):
        assert guess_format(f"{tmp_path.as_uri()}/{place}") == "projector"


@pytest.mark.skipif(not HAS_TOKENIZERS, reason="the package tokenizers is not installed")
@pytest.mark.parametrize("name", STATIC)
def test_folders_that_are_looked_into_are_on_a_disk(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    table = WordVectors(["kiwi", "plum"], np.eye(2))
    with pytest.raises(FileError, match=r"on a disk of this machine; write it there, and copy it to the URL$"):
        write_vectors(f"{tmp_path.as_uri()}/x", table, name)
    assert os.listdir(tmp_path) == []
    write_vectors(tmp_path / "x", table, name)
    with pytest.raises(FileError, match=r"on a disk of this machine; copy it from the URL, and read that$"):
        read_vectors(f"{tmp_path.as_uri()}/x", name)


@pytest.mark.parametrize("name", ["a.bin", "a.vec.gz"])
def test_fault_29_an_exception_while_making_the_bytes_leaves_no_object(bucket, name):
    from densevec.formats.output import write_file

    def chunks():
        yield b"x" * 2**20
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        write_file(f"s3://vectors/{name}", chunks(), 2**21)
    assert objects(bucket) == []


@pytest.mark.parametrize("error", [OSError("the line is cut"), KeyboardInterrupt()])
def test_fault_29_a_transfer_that_fails_midway_leaves_no_object(bucket, monkeypatch, error):
    from smart_open import s3

    calls = []
    real = s3.MultipartWriter.write

    def write(self, data):
        calls.append(len(data))
        if len(calls) == 3:
            raise error
        return real(self, data)

    monkeypatch.setattr(s3.MultipartWriter, "write", write)
    big = {"mean": np.ones((2**20, 4), dtype=np.float32)}
    with pytest.raises((FileError, KeyboardInterrupt)):
        write_container("s3://vectors/big.safetensors", big)
    assert len(calls) == 3
    monkeypatch.undo()
    gc.collect()  # what closes a stream that was forgotten would finish the object
    assert objects(bucket) == []
    assert not bucket.list_multipart_uploads(Bucket="vectors").get("Uploads")


# Random damage


def damaged(raw, data, times):
    raw = bytearray(raw)
    for _ in range(data.draw(st.integers(1, times))):
        begin = data.draw(st.integers(0, len(raw)))
        raw[begin : begin + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    return bytes(raw)


@pytest.mark.parametrize("name", [name for name in WRITABLE if name not in ("projector", "native", *STATIC)])
@settings(max_examples=20_000 if FULL else 150, suppress_health_check=ON_DISK)
@given(data=st.data())
def test_fault_53_mutated_files_raise_ours_or_load_whole(tmp_path, name, data):
    source, path = tmp_path / "source", tmp_path / "file"
    if not source.exists():
        if name == "fasttext":
            source.write_bytes(fasttext_file()[0])
        else:
            random = np.random.default_rng(0).normal(size=(5, 3))
            write_vectors(source, WordVectors(["a", "kiwi", "kākāpō", "🥝", "plum"], random), name)
    path.unlink(missing_ok=True)
    path.write_bytes(damaged(source.read_bytes(), data, 3))
    if name == "npy":
        (tmp_path / "file.words").write_bytes((tmp_path / "source.words").read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = read_vectors(path, name)
        except DensevecError as error:
            assert str(tmp_path) in str(error)
        else:
            assert len(table) == len(table.vectors) == len(set(table.words))
            assert np.isfinite(table.vectors).all()


@pytest.mark.parametrize(
    "name", ["word2vec", "word2vec-text", "glove", "fasttext", "npz", "npy", "native", "projector"]
)
@settings(max_examples=20_000 if FULL else 50, suppress_health_check=ON_DISK)
@given(raw=st.binary(max_size=300) | st.text(st.sampled_from("ab 10.e-\n\t\r3"), max_size=80).map(str.encode))
def test_fault_53_any_bytes_raise_ours_or_load(tmp_path, name, raw):
    path = tmp_path / "file"
    path.unlink(missing_ok=True)
    path.write_bytes(raw)
    (tmp_path / "file.words").write_bytes(b"kiwi\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for read in (lambda: read_vectors(path, name), lambda: read_vectors(path)):
            try:
                table = read()
                assert len(table) == len(table.vectors)
            except DensevecError:
                pass


def test_a_npz_is_numpy_s_and_bad_ones_are_refused(tmp_path):
    table = WordVectors(["kiwi", "kākāpō"], np.eye(2), np.array([3, 1]), np.array([1.0, 0.5], np.float32))
    write_vectors(tmp_path / "a.npz", table)
    with np.load(tmp_path / "a.npz") as loaded:
        assert loaded["words"].tolist() == ["kiwi", "kākāpō"]
        np.testing.assert_array_equal(loaded["variances"], table.variances)
    np.savez_compressed(tmp_path / "b.npz", vectors=np.asfortranarray(np.eye(2)), words=np.array(["a", "b"]), other=1)
    np.testing.assert_array_equal(read_npz(tmp_path / "b.npz").vectors, np.eye(2))
    bad = {
        "objects": {"vectors": np.eye(2), "words": np.array(["a", "b"], dtype=object)},
        "none": {"other": np.eye(2)},
        "shape": {"vectors": np.eye(3), "words": np.array(["a", "b"])},
        "nan": {"vectors": np.full((2, 2), np.nan), "words": np.array(["a", "b"])},
        "twice": {"vectors": np.eye(2), "words": np.array(["a", "a"])},
        "counts": {"vectors": np.eye(2), "words": np.array(["a", "b"]), "counts": np.array([1, -1])},
        "variances": {"vectors": np.eye(2), "words": np.array(["a", "b"]), "variances": np.zeros(2)},
    }
    for name, arrays in bad.items():
        path = tmp_path / f"{name}.npz"
        np.savez(path, **arrays)
        refused(read_npz, path)
    raw = (tmp_path / "a.npz").read_bytes()
    path = tmp_path / "claim.npz"
    path.write_bytes(raw.replace(b"(2, 2)", b"(9, 9)"))
    refused(read_npz, path)
    for size in range(0, len(raw), 1 if FULL else 37):
        path.write_bytes(raw[:size])
        refused(read_npz, path)


# The kernel


def twin(text):
    with np.errstate(over="ignore"):
        return np.float32(float(text))


numbers = (
    st.from_regex(r"[+-]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})([eE][+-]?[0-9]{1,3})?", fullmatch=True)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda x: f"{x:.30g}")
)


@settings(max_examples=200_000 if FULL else 300)
@given(texts=st.lists(numbers, min_size=1, max_size=20))
def test_numbers_are_python_s_floats_rounded_to_float32(texts):
    data = np.frombuffer(("\n".join(texts) + "\n").encode(), np.uint8)
    rows = np.empty((len(texts), 1), dtype=np.float32)
    assert parse_rows(data, rows, None, False, True)[0] == len(texts)
    assert rows[:, 0].tobytes() == np.array([twin(text) for text in texts], dtype=np.float32).tobytes()


@pytest.mark.parametrize("seed", range(20 if FULL else 1))
def test_numbers_by_the_hundred_thousand(seed):
    """Midpoints between floats and doubles, which no approximation decides; all digits of doubles; extremes."""
    random = np.random.default_rng(seed)
    floats = random.integers(0, 2**31, 40_000, dtype=np.uint32).view(np.float32)
    floats = floats[np.isfinite(floats)].astype(np.float64)
    doubles = random.integers(0, 2**63, 40_000, dtype=np.uint64).view(np.float64)
    between = (floats + np.nextafter(floats.astype(np.float32), np.float32(np.inf))) / 2
    between = between[np.isfinite(between)]
    texts = [repr(x) for x in doubles[np.isfinite(doubles)].tolist()]
    texts += [f"{x:.{digits}e}" for digits, part in enumerate(np.array_split(between, 30)) for x in part.tolist()]
    texts += ["0." + "0" * n + "1" * m + e for n in (0, 30, 20_000) for m in (1, 19, 40) for e in ("", "e50", "e20010")]
    texts += [
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999",
        "-0",
        "-0.0e5",
        "00000000000000000000001",
    ]
    data = np.frombuffer(("\n".join(texts) + "\n").encode(), np.uint8)
    rows = np.empty((len(texts), 1), dtype=np.float32)
    assert parse_rows(data, rows, None, False, True)[0] == len(texts)
    expected = np.array([twin(text) for text in texts], dtype=np.float32)
    wrong = np.flatnonzero(expected.view(np.uint32) != rows[:, 0].view(np.uint32))
    assert not len(wrong), texts[wrong[0]]


@pytest.mark.parametrize("seed", range(20 if FULL else 1))
def test_written_numbers_read_back_and_none_is_shorter(seed):
    random = np.random.default_rng(seed)
    rows = random.integers(0, 2**32, 60_000, dtype=np.uint32).view(np.float32)
    special = [0, -0.0, 1e-45, 3.4028235e38, 1, 123456790, 1e9, 1e-4, 9.999999e-5, 16777216]
    rows = np.concatenate([rows[np.isfinite(rows)], random.normal(size=60_000), special]).astype(np.float32)
    texts = format_rows(rows.reshape(-1, 1), None, ord(" ")).decode().split()
    assert np.array([twin(text) for text in texts]).tobytes() == rows.tobytes()
    normal = [(text, str(row)) for text, row in zip(texts, rows, strict=True) if 1e-15 < abs(row) < 1e15]

    def digits(text):
        return len(text.lstrip("-").split("e")[0].replace(".", "").strip("0"))

    assert not [pair for pair in normal if digits(pair[0]) > digits(pair[1])]


@pytest.mark.slow
def test_memory_of_a_read_is_bounded(tmp_path):
    """Extra memory is at most twice the file's size and 64 MiB, the table itself among it; in a process of its own."""
    from tests.bad_files.makers import in_subprocess

    random = np.random.default_rng(0).normal(size=(120_000, 100))
    table = WordVectors([f"w{number}" for number in range(len(random))], random)
    program = """
import resource, sys
from densevec.formats import read_vectors
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
read_vectors(sys.argv[2])
before = peak()
table = read_vectors(sys.argv[1])
print(peak() - before)
"""
    write_vectors(tmp_path / "small.bin", WordVectors(["a"], np.ones((1, 2))))
    for name in ("a.bin", "a.vec", "a.npz"):
        write_vectors(tmp_path / name, table)
        extra = int(in_subprocess(program, tmp_path / name, tmp_path / "small.bin"))
        assert extra <= 2 * (tmp_path / name).stat().st_size + sources.MAX_LINE_BYTES, name


def test_projector_files_are_tensorboard_s(tmp_path):
    table = WordVectors(["two words", "kiwi"], np.array([[1, 0.5], [2, 3]]), np.array([5, 2]))
    write_vectors(tmp_path / "p", table, "projector")
    assert (tmp_path / "p" / "tensors.tsv").read_text() == "1\t0.5\n2\t3\n"
    assert (tmp_path / "p" / "metadata.tsv").read_text() == "word\tcount\ntwo words\t5\nkiwi\t2\n"
    again = read_vectors(tmp_path / "p" / "tensors.tsv")
    assert (list(again.words), again.counts.tolist()) == (["two words", "kiwi"], [5, 2])
    (tmp_path / "p" / "metadata.tsv").write_text("id\tlabel\n1\ta\n2\tb\n")
    assert list(read_vectors(tmp_path / "p").words) == ["a", "b"]
    for contents, message in (
        ("a\n", "1 words for the 2 rows"),
        ("a\tb\n1\n", "columns"),
        ("a\tcount\n1\tx\n2\t3\n", "count"),
    ):
        (tmp_path / "p" / "metadata.tsv").write_text(contents)
        with pytest.raises(FormatError, match=message):
            read_vectors(tmp_path / "p")


def zeros(shape, dtype):
    """An .npy of zeros, deflated: a thousandth of its size."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": dtype, "fortran_order": False, "shape": shape})
    return head.getvalue(), math.prod(shape) * np.dtype(dtype).itemsize


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"words": ((2,), "<U3"), "vectors": ((2, 2**26), "<f4")}, "one may take"),
        ({"words": ((2,), "<U3"), "vectors": ((10**6, 64), "<f4")}, "a row for each of 2 words"),
        ({"words": ((2**24,), "<U1"), "vectors": ((2**24, 1), "<f4")}, "word '' is there twice"),
        ({"words": ((60,), f"<U{2**20}"), "vectors": ((60, 1), "<f4")}, "is there twice|is no list of words"),
        ({"words": ((2,), "<U1"), "vectors": ((2, 1), "<f4"), "counts": ((2**25,), "<i8")}, "'counts' must be"),
        ({"words": ((2,), "<U1"), "vectors": ((2, 1), "<f4"), "variances": ((2**25,), "<f8")}, "'variances' must be"),
    ],
)
def test_an_archive_of_zeros_is_refused_by_its_headers_and_words(tmp_path, arrays, message):
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (shape, dtype) in arrays.items():
            head, size = zeros(shape, dtype)
            with archive.open(f"{name}.npy", "w") as stream:
                stream.write(head)
                for begin in range(0, size, 2**24):
                    stream.write(bytes(min(2**24, size - begin)))
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=message):
            read_npz(path)
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


def test_fault_lines_of_words_as_other_systems_end_them(tmp_path):
    table = WordVectors(["kiwi", "a plum", "kākāpō"], np.array([[0.5, 2], [4, 5], [6, 7]]))
    write_vectors(tmp_path / "a.npy", table)
    words = tmp_path / "a.words"
    assert words.read_bytes() == "kiwi\na plum\nkākāpō\n".encode()
    for text in ("\ufeffkiwi\r\na plum\r\nkākāpō\r\n", "kiwi\r\na plum\nkākāpō", "\ufeffkiwi\na plum\nkākāpō\n"):
        words.write_bytes(text.encode())
        assert list(read_vectors(tmp_path / "a.npy").words) == list(table.words)
    for word in ("kiwi\r", "\ufeffkiwi", "ki\nwi"):
        with pytest.raises(ParameterError, match=r"carriage return|byte order mark|line end"):
            write_vectors(tmp_path / "b.npy", WordVectors([word], np.ones((1, 2))))
        assert not (tmp_path / "b.npy").exists() and not (tmp_path / "b.words").exists()


@pytest.mark.parametrize("name", ["npy", "projector"])
def test_files_that_belong_together_are_written_both_or_neither(tmp_path, name):
    path, beside = (tmp_path / "a.npy", "a.words") if name == "npy" else (tmp_path, "tensors.tsv")
    write_vectors(path, WordVectors(["kiwi"], np.ones((1, 2))), name)
    second = tmp_path / ("a.npy" if name == "npy" else "metadata.tsv")
    second.unlink()
    second.mkdir()  # which cannot be written over
    before = (tmp_path / beside).read_bytes()
    with pytest.raises(FileError, match="cannot be written"):
        write_vectors(path, WordVectors(["plum", "kea"], np.zeros((2, 2))), name)
    assert (tmp_path / beside).read_bytes() == before
