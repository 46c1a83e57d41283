"""fastText models: what is read is right, and what is broken is named, never a signal."""

import os
import struct

import numpy as np
import pytest

from densevec._cy.subwords import subword_rows
from densevec.errors import FormatError, MissingWordError
from densevec.formats import read_fasttext, read_text
from densevec.vectors import KeyedVectors, SubwordVectors, load_vectors
from tests.formats.hashes import murmur

from .makers import DIM, WORDS, fasttext_file, in_subprocess, refused

FULL = os.environ.get("DENSEVEC_FULL_SWEEPS") == "1"


def ngrams(word, shortest, longest):
    """The n-grams of a word between its marks, as fastText makes them: not a mark alone."""
    text = f"<{word}>"
    for begin in range(len(text)):
        for size in range(shortest, longest + 1):
            if begin + size <= len(text) and not (size == 1 and (begin == 0 or begin + size == len(text))):
                yield text[begin : begin + size]


def bucket_of(ngram, buckets):
    code = 2166136261
    for byte in ngram.encode():
        signed = byte - 256 if byte > 127 else byte
        code = ((code ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return code % buckets


@pytest.fixture
def put(tmp_path):
    def write(raw):
        (tmp_path / "model.bin").write_bytes(raw)
        return tmp_path / "model.bin"

    return write


@pytest.mark.parametrize("word", ["kiwi", "", "a", "kākāpō", "🥝", "ملك", "x" * 50])
@pytest.mark.parametrize("lengths", [(3, 6), (1, 1), (1, 3), (2, 2), (6, 3), (0, 2)])
def test_the_kernel_finds_the_ngrams_of_a_plain_twin(word, lengths):
    expected = [bucket_of(ngram, 997) for ngram in ngrams(word, max(lengths[0], 1), lengths[1])]
    assert subword_rows(word.encode(), *lengths, 997).tolist() == expected


@pytest.mark.parametrize("version", [12, 11, 0])
def test_vectors_are_means_of_a_word_s_rows(put, version):
    words = [*WORDS, "</s>"]
    raw, table, _ = fasttext_file(words, version=version)
    model = read_fasttext(put(raw))
    assert list(model.table.words) == words
    assert model.table.counts.tolist() == [10, 9, 8, 7, 6]
    for row, word in enumerate(words):
        rows = [row, *(len(words) + bucket_of(ngram, 5) for ngram in ngrams(word, 3, 6))]
        if word == "</s>" and version:
            rows = [row]
        np.testing.assert_allclose(model.table.vectors[row], table[rows].mean(axis=0), rtol=1e-6)
    rows = [len(words) + bucket_of(ngram, 5) for ngram in ngrams("kiwis", 3, 6)]
    np.testing.assert_allclose(model.subwords.vector("kiwis"), table[rows].mean(axis=0), rtol=1e-6)
    assert read_fasttext(put(fasttext_file(buckets=0, maxn=0)[0])).subwords.vector("kiwis") is None


def test_unknown_words_are_answered_and_saved(put, tmp_path):
    vectors = SubwordVectors.load_fasttext(put(fasttext_file()[0]))
    assert isinstance(vectors, KeyedVectors)
    assert "kiwis" not in vectors
    assert vectors["kiwis"].shape == (DIM,)
    assert vectors[["kiwi", "kiwis"]].shape == (2, DIM)
    assert vectors.similarity("kiwis", "kiwis") == pytest.approx(1)
    assert len(vectors.most_similar("kiwis", topn=4)) == 4
    assert [word for word, _ in vectors.most_similar("kiwi", topn=9)] == [
        word for word, _ in vectors.most_similar(vectors["kiwi"], topn=9) if word != "kiwi"
    ]
    assert np.linalg.norm(vectors.get_vector("kiwis", norm=True)) == pytest.approx(1)
    vectors.save(tmp_path / "saved")
    for opened in (SubwordVectors.load(tmp_path / "saved", check=True), load_vectors(tmp_path / "saved")):
        np.testing.assert_array_equal(opened["kiwis"], vectors["kiwis"])
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "saved")["kiwis"], vectors["kiwis"])
    plain = KeyedVectors(vectors.words, vectors.vectors)
    without = SubwordVectors.load_fasttext(put(fasttext_file(buckets=0, maxn=0)[0]))
    with pytest.raises(MissingWordError):
        without["kiwis"]
    plain.save(tmp_path / "plain")
    with pytest.raises(FormatError, match="no rows of n-grams"):
        SubwordVectors.load(tmp_path / "plain")


@pytest.mark.parametrize("name", ["crime-and-punishment", "lee_fasttext"])
def test_real_models_give_the_vectors_beside_them(shared_data, name):
    model = read_fasttext(shared_data / "interop" / f"{name}.bin")
    listed = read_text(shared_data / "interop" / f"{name}.vec")
    assert list(model.table.words) == list(listed.words)
    np.testing.assert_allclose(model.table.vectors, listed.vectors, rtol=1e-4, atol=5e-5)  # five digits


@pytest.mark.parametrize("name", ["crime-and-punishment", "lee_fasttext"])
def test_unknown_words_have_gensim_s_vectors(shared_data, name):
    fasttext = pytest.importorskip("gensim.models.fasttext")
    path = str(shared_data / "interop" / f"{name}.bin")
    theirs, ours = fasttext.load_facebook_vectors(path), read_fasttext(path)
    for word in ("nightingales", "преступления", "naïveté", "🥝🥝🥝", "x"):
        np.testing.assert_allclose(ours.subwords.vector(word), theirs[word], rtol=1e-5, atol=1e-6)


def test_labels_in_the_dictionary_of_a_model_of_words_have_no_vectors(put):
    plain, raw = fasttext_file()[0], fasttext_file(labelled=("__label__bird", "__label__fruit"))[0]
    wanted, model = read_fasttext(put(plain)), read_fasttext(put(raw))
    assert list(model.table.words) == WORDS == list(wanted.table.words)
    np.testing.assert_array_equal(model.table.vectors, wanted.table.vectors)
    assert model.table.counts.tolist() == wanted.table.counts.tolist()


@pytest.mark.parametrize("changes", [{}, {"labelled": ("__label__bird",)}, {"lr": 1}, {"lr": 2}])
def test_floret_s_files_of_fasttext_s_mode(put, tmp_path, changes):
    wanted = read_fasttext(put(fasttext_file(**changes)[0]))  # also one whose last setting could be floret's mode
    (tmp_path / "floret.bin").write_bytes(fasttext_file(floret=(1, 1), **changes)[0])
    model = read_fasttext(tmp_path / "floret.bin")
    assert list(model.table.words) == list(wanted.table.words)
    np.testing.assert_array_equal(model.table.vectors, wanted.table.vectors)
    np.testing.assert_array_equal(model.subwords.vector("kiwis"), wanted.subwords.vector("kiwis"))


@pytest.mark.parametrize("num_hashes", [1, 2, 4])
def test_floret_s_hashed_words_are_means_of_their_rows(put, num_hashes):
    for words in ([*WORDS, "</s>"], ["</s>", *WORDS]):
        raw, table, _ = fasttext_file(words, floret=(2, num_hashes), buckets=11, minn=1, maxn=4)
        vectors = KeyedVectors.from_file(put(raw))
        for word in (*WORDS, "kiwis", "x", "🥝"):
            parts = [f"<{word}>", *ngrams(word, 1, 4)]
            rows = [len(words) + each % 11 for part in parts for each in murmur(part.encode(), 2166136261)[:num_hashes]]
            rows += [0] if word == words[0] else []  # floret gives the first word its own row, too
            np.testing.assert_allclose(vectors[word], table[rows].mean(axis=0), rtol=1e-5, atol=1e-7)
        own = table[0] if words[0] == "</s>" else np.zeros(table.shape[1])  # and the mark no other
        np.testing.assert_array_equal(vectors["</s>"], own)


REFUSED = {
    "supervised": ({"model": 3}, "supervised classifier"),
    "labels": ({"labels": 1}, r"word 4 of 4 must be of kind 1 \(a label\), found 0"),
    "quantised": ({"quantised": 1}, r"quantised \(\.ftz\)"),
    "pruned": ({"pruned": 3}, "pruned"),
    "version": ({"version": 13}, "version 13"),
    "dimension": ({"dim": -1}, "'dim' must be"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_fault_14_models_of_other_kinds(put, name):
    changes, message = REFUSED[name]
    raw, _, _ = fasttext_file(**{key: value for key, value in changes.items() if key != "dim"})
    if name == "dimension":
        raw = raw[:8] + struct.pack("<i", changes["dim"]) + raw[12:]
    refused(read_fasttext, put(raw), message)


def test_fault_14_what_is_no_model(put):
    for contents in (b"", b"4 3\nkiwi 1 2 3\n", b"<html>", bytes(200), b"\xff" * 200):
        refused(read_fasttext, put(contents))


def test_fault_14_bytes_after_the_end(put):
    raw = fasttext_file()[0]
    refused(read_fasttext, put(raw + b"\0"), f"account for {len(raw)} bytes, the file has {len(raw) + 1}")


SWEEP = """
import resource, sys
from pathlib import Path
from densevec.errors import DensevecError
from densevec.formats import read_fasttext
source, folder, header, every = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
path = folder / "broken.bin"
loaded = refused = 0
def attempt(raw):
    path.unlink(missing_ok=True)  # the last one may still be mapped
    path.write_bytes(raw)
    try:
        model = read_fasttext(path)
    except DensevecError as error:
        assert str(path) in str(error), error
        return None
    model.subwords.vector("unknown")
    return model
for size in range(0, len(source), every):
    assert attempt(source[:size]) is None, size
assert attempt(source) is not None
for place in range(header):
    for bit in range(8):
        raw = bytearray(source)
        raw[place] ^= 1 << bit
        model = attempt(bytes(raw))
        loaded, refused = loaded + (model is not None), refused + (model is None)
        if model is not None:
            used = len(model.table) * model.table.dim * 4 + len(model.subwords.buckets)
            assert used < len(source)
print(loaded, refused)
"""


@pytest.mark.parametrize("version", [12, 0])
def test_fault_14_every_prefix_and_every_flip_of_the_header(put, tmp_path, version):
    raw, _, header = fasttext_file(version=version)
    folder = tmp_path / "folder"
    folder.mkdir()
    loaded, refused_ones = map(int, in_subprocess(SWEEP, put(raw), folder, header, 1).split())
    assert loaded + refused_ones == 8 * header
    assert refused_ones > header  # sizes; what loads are the settings of training


@pytest.mark.skipif(not FULL, reason="the full sweep: make sweeps, or DENSEVEC_FULL_SWEEPS=1")
@pytest.mark.parametrize("name", ["crime-and-punishment", "lee_fasttext"])
def test_fault_14_every_prefix_of_real_models(shared_data, tmp_path, name):
    path = shared_data / "interop" / f"{name}.bin"
    in_subprocess(SWEEP, path, tmp_path, 100, 1, timeout=3000)
