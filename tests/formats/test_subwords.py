"""floret's and finalfusion's files: words, n-grams, what composes unknown words, and damage."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from densevec.errors import FormatError, FormatWarning, ParameterError
from densevec.formats import Subwords, WordVectors, guess_format, read_vectors, write_vectors
from densevec.formats.finalfusion import read_finalfusion
from densevec.formats.floret import read_floret
from densevec.formats.subwords import Hashing
from densevec.vectors import KeyedVectors, SubwordVectors
from tests.formats.hashes import finalfusion, murmur

DIM = 3
WORDS = ["kiwi", "été", "日本語", "a-long-word-of-more-than-sixteen-bytes"]
ASKED = ["kiwis", "été", "日本", "🥝", "Übermäßig", "x", ""]


def ngrams(word, shortest, longest, *, drops_marks):
    marked = f"<{word}>"
    for begin in range(len(marked)):
        for end in range(begin + shortest, min(begin + longest, len(marked)) + 1):
            if not (drops_marks and end - begin == 1 and (begin == 0 or end == len(marked))):
                yield marked[begin:end]


def fasttext(ngram):
    code = 2166136261
    for byte in ngram.encode():
        code = (code ^ (byte - 256 if byte > 127 else byte) & 0xFFFFFFFF) * 16777619 & 0xFFFFFFFF
    return code


# floret


def floret_text(rows, *, shortest=2, longest=4, num_hashes=2, seed=2166136261, marks="< >"):
    lines = [f"{len(rows)} {rows.shape[1]} {shortest} {longest} {num_hashes} {seed} {marks}"]
    lines += [" ".join([str(number), *map(str, row.tolist())]) + " " for number, row in enumerate(rows)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def rows():
    return np.random.default_rng(1).normal(size=(29, DIM)).astype(np.float32)


@pytest.mark.parametrize("num_hashes", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [2166136261, 7])
def test_floret_s_text_composes_every_word(tmp_path, rows, num_hashes, seed):
    path = tmp_path / "words.floret"
    path.write_text(floret_text(rows, num_hashes=num_hashes, seed=seed))
    assert guess_format(path) == "floret"
    vectors = KeyedVectors.from_file(path)
    assert isinstance(vectors, SubwordVectors)
    assert len(vectors) == 0
    for word in (*WORDS, *ASKED):
        parts = [f"<{word}>", *ngrams(word, 2, 4, drops_marks=True)]
        places = [each % len(rows) for part in parts for each in murmur(part.encode(), seed)[:num_hashes]]
        np.testing.assert_allclose(vectors[word], rows[places].mean(0), rtol=1e-5, atol=1e-6)
    given = vectors.vectors_for_all(WORDS)
    assert list(given) == WORDS
    assert given.most_similar("kiwis", topn=1)
    assert given.similarity("kiwi", "kiwi") == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("29 3", "30 3", 1), "line 1: the header announces 30 rows of 3 numbers, 29 of 3"),
        (lambda text: text.replace("29 3", "29 4", 1), "29 of 3 follow"),
        (lambda text: text.replace("\n7 ", "\n8 ", 1), "there twice"),
        (lambda text: text.replace("\n7 ", "\nseven ", 1), "line 9 must be row 7, found 'seven'"),
        (lambda text: text.replace("< >", "[ ]"), "the marks of a word's ends must be < and >"),
        (lambda text: text.replace(" 2 2166136261", " 5 2166136261"), "must be the header of a .floret file"),
        (lambda text: text.replace("2166136261", "9999999999"), "make no sense"),
        (lambda text: text.split("\n")[1], "must be the header of a .floret file"),
        (lambda text: text.replace("\n3 ", "\n3 x", 1), "line 5"),
        (lambda text: text.split("\n")[0] + "\n", "empty"),
        (lambda text: "", "must be the header"),
    ],
)
def test_damaged_floret_texts_are_refused(tmp_path, rows, change, message):
    path = tmp_path / "words.floret"
    path.write_text(change(floret_text(rows)))
    with pytest.raises(FormatError, match=message):
        read_floret(path)


def test_floret_s_rows_are_no_words_to_be_limited(tmp_path, rows):
    (tmp_path / "words.floret").write_text(floret_text(rows))
    with pytest.raises(FormatError, match="limit must be None"):
        read_floret(tmp_path / "words.floret", limit=3)


# finalfusion

SIMPLE, ARRAY, BUCKETS, QUANTISED, METADATA, NORMS, FASTTEXT, EXPLICIT = range(1, 9)
NGRAMS = ["<k", "ki", "kiw", "é", "日本", "s>"]
HASHES = {
    "bucket": (2, 4, lambda ngram: finalfusion(ngram) % 32),
    "fasttext": (1, 3, lambda ngram: fasttext(ngram) % 37),
    "explicit": (1, 4, lambda ngram: NGRAMS.index(ngram) // 2 if ngram in NGRAMS else None),
}
NUM_ROWS = {"simple": 0, "bucket": 32, "fasttext": 37, "explicit": 3}


def item(text):
    return struct.pack("<I", len(text.encode())) + text.encode()


def chunk(kind, contents, *, stated=None):
    return struct.pack("<IQ", kind, len(contents) if stated is None else stated) + contents


def finalfusion_file(kind, *, words=WORDS, stated=None, dtype=10, extra=0, exponent=5):
    """A file, and its table."""
    table = np.random.default_rng(2).normal(size=(len(WORDS) + NUM_ROWS[kind] + extra, DIM)).astype("<f4")
    listed = b"".join(map(item, words))
    if kind == "simple":
        number, vocabulary = SIMPLE, struct.pack("<Q", len(words)) + listed
    elif kind == "bucket":
        number, vocabulary = BUCKETS, struct.pack("<QIII", len(words), 2, 4, exponent) + listed
    elif kind == "fasttext":
        number, vocabulary = FASTTEXT, struct.pack("<QIII", len(words), 1, 3, 37) + listed
    else:
        rows = b"".join(item(ngram) + struct.pack("<Q", place // 2) for place, ngram in enumerate(NGRAMS))
        number, vocabulary = EXPLICIT, struct.pack("<QQII", len(words), len(NGRAMS), 1, 4) + listed + rows
    head = b"FiFu" + struct.pack("<II4I", 0, 4, METADATA, number, ARRAY, NORMS)
    before = head + chunk(METADATA, b"a = 3\n") + chunk(number, vocabulary, stated=stated)
    padding = b"\0" * (4 - (len(before) + 28) % 4)
    array = struct.pack("<QII", *table.shape, dtype) + padding + table.tobytes()
    return before + chunk(ARRAY, array) + chunk(NORMS, b"\0" * 20), table


@pytest.mark.parametrize("kind", NUM_ROWS)
def test_finalfusion_s_words_and_ngrams_are_read(tmp_path, kind):
    raw, table = finalfusion_file(kind)
    path = tmp_path / "words.fifu"
    path.write_bytes(raw)
    assert guess_format(path) == "finalfusion"
    vectors = KeyedVectors.from_file(path)
    assert list(vectors) == WORDS
    np.testing.assert_array_equal(vectors.vectors, table[: len(WORDS)])
    assert isinstance(vectors, SubwordVectors) == (kind != "simple")
    for word in ASKED if kind != "simple" else ():
        shortest, longest, hashed = HASHES[kind]
        places = [hashed(ngram) for ngram in ngrams(word, shortest, longest, drops_marks=False)]
        places = [place for place in places if place is not None]
        if word in WORDS or not places:
            assert vectors.has_vector_for(word) == (word in WORDS)
            continue
        total = table[len(WORDS) :][places].sum(0, dtype=np.float64)
        np.testing.assert_allclose(vectors[word], total / np.linalg.norm(total), rtol=1e-4, atol=1e-5)
    assert list(read_vectors(path, limit=2).words) == WORDS[:2]


@pytest.mark.parametrize("kind", [kind for kind in NUM_ROWS if kind != "simple"])
def test_every_way_of_hashing_survives_our_own_file(tmp_path, kind):
    (tmp_path / "words.fifu").write_bytes(finalfusion_file(kind)[0])
    vectors = KeyedVectors.from_file(tmp_path / "words.fifu")
    vectors.save(tmp_path / "saved.safetensors")
    write_vectors(tmp_path / "written.safetensors", read_vectors(tmp_path / "words.fifu"))
    write_vectors(tmp_path / "again.safetensors", read_vectors(tmp_path / "written.safetensors"))
    for name in ("saved", "written", "again"):
        other = KeyedVectors.load(tmp_path / f"{name}.safetensors", check=True)
        assert isinstance(other, SubwordVectors)
        for word in ASKED:
            assert other.has_vector_for(word) == vectors.has_vector_for(word)
            if vectors.has_vector_for(word):
                np.testing.assert_array_equal(other[word], vectors[word])
    with pytest.warns(FormatWarning, match="word2vec-text holds no n-grams"):
        write_vectors(tmp_path / "words.vec", read_vectors(tmp_path / "saved.safetensors"), "word2vec-text")
    joined = KeyedVectors.concatenate([vectors, vectors], normalize=False)
    assert type(joined) is KeyedVectors  # composed vectors of length 1 are not linear


def test_lengths_that_leave_out_the_rows_of_listed_ngrams_are_read(tmp_path):
    raw, table = finalfusion_file("explicit")
    size = struct.unpack_from("<Q", raw, 28 + 12 + 6 + 4)[0]
    (tmp_path / "words.fifu").write_bytes(finalfusion_file("explicit", stated=size - 8 * len(NGRAMS))[0])
    np.testing.assert_array_equal(read_finalfusion(tmp_path / "words.fifu").vectors, table[: len(WORDS)])


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("simple", {"dtype": 1}, "must be float32"),
        ("simple", {"extra": 1}, "a row for each word"),
        ("simple", {"words": WORDS[:3]}, "a row for each word"),
        ("simple", {"words": [*WORDS[:3], "kiwi"]}, "there twice"),
        ("bucket", {"extra": 1}, "must have 32 rows of n-grams, found 33"),
        ("bucket", {"exponent": 6}, "must have 64 rows of n-grams, found 32"),
        ("bucket", {"exponent": 2**31}, "rows of n-grams, found 32"),
        ("explicit", {"extra": 1}, "must have 3 rows of n-grams, found 4"),
        ("fasttext", {"stated": 2**60}, "is cut short"),
        ("fasttext", {"stated": 12}, "finalfusion file"),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path, kind, changes, message):
    (tmp_path / "words.fifu").write_bytes(finalfusion_file(kind, **changes)[0])
    with pytest.raises(FormatError, match=message):
        read_finalfusion(tmp_path / "words.fifu")


@pytest.mark.parametrize("kind", NUM_ROWS)
def test_every_prefix_is_refused_and_no_changed_byte_ends_the_process(tmp_path, kind):
    raw, table = finalfusion_file(kind)
    path = tmp_path / "words.fifu"
    last = len(raw) - 32  # the chunk of norms, which is passed over, may be missing whole
    for size in range(last):
        path.write_bytes(raw[:size])
        with pytest.raises(FormatError):
            read_finalfusion(path)
    random = np.random.default_rng(3)
    for place in random.integers(len(raw) - table.nbytes, size=300).tolist():
        damaged = bytearray(raw)
        damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        try:
            found = read_finalfusion(path)
        except FormatError:
            continue
        assert found.dim >= 1


def quantiser(*, turn=True, norms=True, centroids=16, parts=3, codes=None, stated=None):
    """A chunk of quantised rows of words and 32 buckets, and the rows."""
    random = np.random.default_rng(4)
    size, dim = len(WORDS) + 32, 6
    book = random.normal(size=(parts, centroids, dim // parts)).astype("<f4")
    codes = random.integers(centroids, size=(size, parts)).astype(np.uint8) if codes is None else codes
    rows = np.concatenate([book[part][codes[:, part] % centroids] for part in range(parts)], axis=1)
    turned = np.linalg.qr(random.normal(size=(dim, dim)))[0].astype("<f4")
    lengths = random.uniform(1, 2, size=size).astype("<f4")
    contents = struct.pack("<IIIIIQII", turn, norms, stated or parts, dim, centroids, size, 1, 10) + b"\0\0"
    contents += turned.tobytes() * turn + book.tobytes() + lengths.tobytes() * norms + codes.tobytes()
    rows = rows @ turned.T if turn else rows
    return chunk(QUANTISED, contents), rows * lengths[:, None] if norms else rows


@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize("norms", [False, True])
def test_quantised_rows_are_made_of_their_centroids(tmp_path, turn, norms):
    body, rows = quantiser(turn=turn, norms=norms)
    vocabulary = struct.pack("<QIII", len(WORDS), 2, 4, 5) + b"".join(map(item, WORDS))
    (tmp_path / "words.fifu").write_bytes(b"FiFu" + struct.pack("<II", 0, 0) + chunk(BUCKETS, vocabulary) + body)
    vectors = KeyedVectors.from_file(tmp_path / "words.fifu")
    np.testing.assert_allclose(vectors.vectors, rows[: len(WORDS)], rtol=1e-5, atol=1e-6)
    found = [len(WORDS) + finalfusion(ngram) % 32 for ngram in ngrams("kiwis", 2, 4, drops_marks=False)]
    total = rows[found].sum(0)
    np.testing.assert_allclose(vectors["kiwis"], total / np.linalg.norm(total), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stated": 4}, "its quantiser makes no sense: 4 parts of 6 numbers"),
        ({"stated": 2}, "36 rows of 2 centroids take"),
        ({"codes": np.full((36, 3), 16, np.uint8)}, "a row is of centroid 16, there are 16"),
        ({"centroids": 300, "codes": np.ones((36, 3), np.int64)}, "300 centroids"),
    ],
)
def test_quantisers_that_make_no_sense(tmp_path, changes, message):
    vocabulary = struct.pack("<Q", len(WORDS)) + b"".join(map(item, WORDS))
    body = quantiser(**changes)[0]
    (tmp_path / "words.fifu").write_bytes(b"FiFu" + struct.pack("<II", 0, 0) + chunk(SIMPLE, vocabulary) + body)
    with pytest.raises(FormatError, match=message):
        read_finalfusion(tmp_path / "words.fifu")


def test_files_without_words_or_rows_are_refused(tmp_path):
    head = b"FiFu" + struct.pack("<II", 0, 0)
    for body, message in (
        (chunk(SIMPLE, struct.pack("<Q", 0)) + chunk(QUANTISED, b""), "within the quantiser"),
        (chunk(ARRAY, b""), "it is without words"),
        (chunk(SIMPLE, struct.pack("<Q", 0)), "it is without a table"),
    ):
        (tmp_path / "words.fifu").write_bytes(head + body)
        with pytest.raises(FormatError, match=message):
            read_finalfusion(tmp_path / "words.fifu")


# Written


def composed(hashing, size, dim=DIM, *, shortest=2):
    """Vectors whose words are what their rows make of them."""
    rows = np.random.default_rng(6).normal(size=(size, dim)).astype("<f4")
    subwords = Subwords(rows.reshape(-1).view(np.uint8), dim, shortest, 4, hashing)
    vectors = np.array([subwords.vector(word) for word in WORDS])
    return SubwordVectors(WordVectors(WORDS, vectors, np.arange(len(WORDS), 0, -1)), subwords)


def same_everywhere(vectors, other):
    assert isinstance(other, type(vectors))
    for word in (*vectors.index_to_key, *ASKED[:-1]):
        if vectors.has_vector_for(word):
            np.testing.assert_allclose(other[word], vectors[word], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("num_hashes", [1, 4])
def test_floret_s_files_are_written(tmp_path, num_hashes):
    vectors = composed(Hashing("floret", num_hashes, 2166136261), 29)
    vectors.to_file(tmp_path / "words.floret")
    first = (tmp_path / "words.floret").read_text().splitlines()[0]
    assert first == f"29 {DIM} 2 4 {num_hashes} 2166136261 < >"
    text = KeyedVectors.from_file(tmp_path / "words.floret")
    assert len(text) == 0
    for word in (*WORDS, *ASKED):
        np.testing.assert_array_equal(text[word], vectors[word])
    vectors.to_file(tmp_path / "words.bin", "fasttext")
    binary = KeyedVectors.from_file(tmp_path / "words.bin")
    same_everywhere(vectors, binary)
    assert binary.index_to_key == WORDS and binary.counts.tolist() == vectors.counts.tolist()
    assert binary.subwords.hashing == vectors.subwords.hashing


@pytest.mark.parametrize("length", [3e38, 2e38, -1e38])
def test_vectors_that_are_too_long_for_fasttext_s_rows_are_refused(tmp_path, length):
    vectors = composed(Hashing(), 29)
    vectors.add_vectors(["emu", "huge", "x"], np.outer([1, length, 1], np.ones(DIM)))
    path = tmp_path / "words.bin"
    with pytest.raises(ParameterError, match=r"rows .* fit float32, which that of 'huge' is not; leave the word out"):
        vectors.to_file(path, "fasttext")
    assert not path.exists()
    kept = vectors.drop(["huge"])
    kept.to_file(path, "fasttext")
    same_everywhere(kept, KeyedVectors.from_file(path))


def test_n_grams_whose_length_is_beyond_float32_have_a_direction():
    subwords = Subwords(np.full((29, DIM), 3e38, "<f4").view(np.uint8).reshape(-1), DIM, 2, 4, Hashing(is_unit=True))
    np.testing.assert_allclose(subwords.vector("kiwi"), np.full(DIM, DIM**-0.5), rtol=1e-6)


def test_words_with_vectors_of_their_own_are_lost_to_floret(tmp_path):
    vectors = composed(Hashing("floret", 2, 2166136261), 29)
    vectors.add_vectors(["emu"], np.ones((1, DIM)))
    for name, form in (("x.floret", "floret"), ("x.bin", "fasttext")):
        with pytest.warns(FormatWarning, match="1 of 5 have other vectors than it makes of their n-grams"):
            vectors.to_file(tmp_path / name, form)


@pytest.mark.parametrize("words", [["kiwi", "</s>"], ["</s>", "kiwi"]])
@pytest.mark.parametrize("of_mark", ["n-grams", "zeros", "ones"])
def test_the_mark_of_an_end_has_a_vector_where_it_is_floret_s_first_word(tmp_path, words, of_mark, recwarn):
    known = composed(Hashing("floret", 2, 2166136261), 29)
    vectors = np.stack([known[word] for word in words])
    if of_mark != "n-grams":
        vectors[words.index("</s>")] = of_mark == "ones"
    SubwordVectors(WordVectors(words, vectors), known.subwords).to_file(tmp_path / "x.bin", "fasttext")
    is_kept = words[0] == "</s>" or of_mark == "zeros"
    assert [str(each.message) for each in recwarn] == (
        [] if is_kept else ["floret's .bin holds no words: 1 of 2 have other vectors than it makes of their n-grams"]
    )
    found = KeyedVectors.from_file(tmp_path / "x.bin")["</s>"]
    np.testing.assert_allclose(found, vectors[words.index("</s>")] if is_kept else np.zeros(DIM), atol=1e-6)


@pytest.mark.parametrize(("name", "size"), [("finalfusion", 32), ("fasttext", 37)])
def test_finalfusion_s_files_are_written(tmp_path, name, size):
    vectors = composed(Hashing(name, drops_marks=False, is_unit=True), size)
    vectors.to_file(tmp_path / "words.fifu")
    same_everywhere(vectors, KeyedVectors.from_file(tmp_path / "words.fifu"))
    alone = KeyedVectors(WORDS, vectors.vectors)
    alone.to_file(tmp_path / "alone.fifu")
    same_everywhere(alone, KeyedVectors.from_file(tmp_path / "alone.fifu"))


def test_listed_ngrams_are_written(tmp_path):
    (tmp_path / "words.fifu").write_bytes(finalfusion_file("explicit")[0])
    vectors = KeyedVectors.from_file(tmp_path / "words.fifu")
    vectors.to_file(tmp_path / "again.fifu")
    other = KeyedVectors.from_file(tmp_path / "again.fifu")
    same_everywhere(vectors, other)
    assert other.subwords.ngrams == vectors.subwords.ngrams


def test_means_of_ngrams_keep_their_direction_in_finalfusion(tmp_path):
    vectors = composed(Hashing(), 37)
    with pytest.warns(FormatWarning, match="to length 1"):
        vectors.to_file(tmp_path / "words.fifu")
    other = KeyedVectors.from_file(tmp_path / "words.fifu")
    np.testing.assert_array_equal(other.vectors, vectors.vectors)
    np.testing.assert_allclose(other["kiwis"], vectors["kiwis"] / np.linalg.norm(vectors["kiwis"]), rtol=1e-5)


@pytest.mark.parametrize(
    ("form", "hashing", "size", "message"),
    [
        ("floret", Hashing(), 37, "got n-grams hashed by 'fasttext'"),
        ("finalfusion", Hashing("floret", 2, 1), 37, "got those of 'floret'"),
        ("finalfusion", Hashing("finalfusion", drops_marks=False), 37, "in 37 buckets"),
        (
            "fasttext",
            Hashing("floret", 2, 1),
            37,
            r"floret with the seed 2166136261, does .* got those of floret with the seed 1;",
        ),
        ("fasttext", Hashing("finalfusion"), 37, "got those of 'finalfusion'; save in the native format"),
        ("fasttext", Hashing(drops_marks=False, is_unit=True), 37, "fastText's hash whose mean is scaled to length 1"),
        ("fasttext", Hashing(drops_marks=False), 37, "fastText's hash with the marks < and > alone among them"),
    ],
)
def test_what_a_format_cannot_say_is_refused(tmp_path, form, hashing, size, message):
    with pytest.raises(ParameterError, match=message):
        composed(hashing, size).to_file(tmp_path / "x", form)
    with pytest.raises(ParameterError, match="vectors without n-grams"):
        KeyedVectors(["a"], [[1.0]]).to_file(tmp_path / "x", "floret")


@pytest.mark.parametrize("metadata", [None, {}, {"min_length": 3}, {"min_length": 3, "max_length": 9999}])
def test_damaged_settings_of_ngrams_are_an_error_of_ours(tmp_path, metadata):
    from densevec.formats import read_container, write_container

    (tmp_path / "words.fifu").write_bytes(finalfusion_file("bucket")[0])
    KeyedVectors.from_file(tmp_path / "words.fifu").save(tmp_path / "saved")
    container = read_container(tmp_path / "saved")
    changed = {**container.metadata, "subwords": metadata}
    write_container(tmp_path / "changed", container.tensors, container.words, changed)
    with pytest.raises(FormatError, match="changed: "):
        KeyedVectors.load(tmp_path / "changed")


# n-grams that no word has


@pytest.mark.parametrize("num_rows, lengths", [(0, (3, 6)), (0, (0, 0)), (5, (4, 3)), (5, (0, 0))])
def test_ngrams_that_no_word_has_are_none(tmp_path, num_rows, lengths, recwarn):
    buckets = np.ones((num_rows, DIM), dtype="<f4").reshape(-1).view(np.uint8)
    subwords = Subwords(buckets, DIM, *lengths)
    assert subwords.is_empty and subwords.vector("kiwi") is None
    table = WordVectors(WORDS, np.eye(4, DIM), subwords=subwords)
    assert table.subwords is None
    vectors = SubwordVectors(table, subwords)
    for name in ("a.fifu", "a.vec", "a.npz", "a.bin"):
        vectors.to_file(tmp_path / name, "fasttext" if name == "a.bin" else None)
        assert type(KeyedVectors.from_file(tmp_path / name)) is KeyedVectors
    KeyedVectors.from_file(tmp_path / "a.bin").to_file(tmp_path / "b.fifu")
    again = SubwordVectors.load_fasttext(tmp_path / "a.bin")
    again.to_file(tmp_path / "c.fifu")
    np.testing.assert_array_equal(read_vectors(tmp_path / "c.fifu").vectors, table.vectors)
    assert not recwarn.list


def test_a_word_alone_has_rows_of_floret_s() -> None:
    buckets = np.ones((5, DIM), dtype="<f4").reshape(-1).view(np.uint8)
    subwords = Subwords(buckets, DIM, 0, 0, Hashing("floret", 2))
    assert not subwords.is_empty and subwords.vector("kiwi") is not None
