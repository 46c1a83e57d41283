"""Bad text and bad sources: one clear sentence each, no thread and no file left open."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from densevec.corpus import TextCorpus, Vocabulary, build_vocabulary, encode_corpus, readers
from densevec.errors import CorpusError, CorpusFileError, CorpusTypeError

BIG = b"".join(b"line %d of some text with enough words to matter\n" % i for i in range(40_000))  # 2 MB


def file(folder: Path, data: bytes, name: str = "text") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def readings(source: object, **options: object) -> list[Callable[[], object]]:
    """Every way a corpus is read: each must meet the same fault."""
    vocabulary = Vocabulary(["line"], [1])
    return [
        lambda: list(TextCorpus(source, **options)),
        lambda: build_vocabulary(TextCorpus(source, **options)),
        lambda: build_vocabulary(TextCorpus(source, **options), workers=3),
        lambda: encode_corpus(TextCorpus(source, **options), vocabulary),
        lambda: encode_corpus(TextCorpus(source, **options), vocabulary, workers=3),
    ]


# -- 15: packed files --


def zstd(data: bytes) -> bytes:
    return pytest.importorskip("backports.zstd").compress(data, options={201: 1})  # with a check sum


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)]
)
@pytest.mark.parametrize("damage", ["half", "last byte", "flipped", "other"])
def test_fault_15_damaged_packed_files(tmp_path: Path, ending: str, pack: Callable, damage: str) -> None:
    data = pack(BIG)
    middle = len(data) // 2
    data = {
        "half": data[:middle],
        "last byte": data[:-1],
        "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
        "other": b"this is no packed file\n" * 100,
    }[damage]
    path = file(tmp_path, data, f"text{ending}")
    for read in readings(path):
        with pytest.raises(CorpusError, match=rf"text\{ending}: .*(may be damaged|cut short)"):
            read()


def test_fault_15_garbage_after_a_gzip_file(tmp_path: Path) -> None:
    path = file(tmp_path, gzip.compress(BIG) + b"garbage", "text.gz")
    for read in readings(path):
        with pytest.raises(CorpusError, match="may be damaged"):
            read()


def test_fault_15_a_bomb_without_white_space_is_refused_in_little_memory(tmp_path: Path) -> None:
    path = file(tmp_path, gzip.compress(b"x" * (200 << 20)), "bomb.gz")
    start = time.monotonic()
    tracemalloc.start()
    try:
        with pytest.raises(CorpusError, match=r"line 1 has .* bytes without white space at byte 0"):
            build_vocabulary(path)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - start < 5


# -- 31: iterators that raise --


class Raises:
    """Sentences until one raises, in a given pass."""

    def __init__(self, in_pass: int, error: Exception) -> None:
        self.in_pass, self.error, self.passes = in_pass, error, 0

    def __iter__(self) -> Iterator[list[str]]:
        self.passes += 1
        for number in range(1000):
            if number == 700 and self.passes == self.in_pass:
                raise self.error
            yield ["a", "b"]


@pytest.mark.parametrize("in_pass", [1, 2])
@pytest.mark.parametrize("kind", [ZeroDivisionError, ValueError, OSError])
def test_fault_31_the_user_s_exception_comes_through(in_pass: int, kind: type[Exception]) -> None:
    error = kind("mine")
    corpus = TextCorpus(Raises(in_pass, error))
    with pytest.raises(kind, match="mine") as caught:
        encode_corpus(corpus, build_vocabulary(corpus, workers=2), workers=2)
    assert caught.value is error
    assert caught.value.__notes__ == ["while reading sentence 701 of the corpus"]


def test_fault_31_a_tokenizer_that_raises(tmp_path: Path) -> None:
    def tokenizer(line: str) -> list[str]:
        return [str(1 // int(word)) for word in line.split()]

    with pytest.raises(ZeroDivisionError) as caught:
        build_vocabulary(TextCorpus(file(tmp_path, b"1 2\r\n3\n\n4 0\n"), tokenizer=tokenizer))
    assert caught.value.__notes__ == [f"while the tokenizer was reading {tmp_path / 'text'}: line 4"]


@pytest.mark.parametrize("answer", [None, "a b", [b"a"], [1], {"a": 1}])
def test_fault_31_a_tokenizer_that_answers_wrongly(tmp_path: Path, answer: object) -> None:
    with pytest.raises(CorpusTypeError, match="text: line 1: the tokenizer must return a list of str"):
        build_vocabulary(TextCorpus(file(tmp_path, b"x\n"), tokenizer=lambda line: answer))


def test_fault_31_threads_are_joined_after_an_error(tmp_path: Path) -> None:
    path = file(tmp_path, BIG + b"\xff\n" + BIG)
    for read in readings(path):
        before = threading.enumerate()
        with pytest.raises(CorpusError):
            read()
        assert not set(threading.enumerate()) - set(before)


def test_fault_31_progress_that_raises(tmp_path: Path) -> None:
    def progress(number: int) -> None:
        raise RuntimeError("stop")

    before = threading.enumerate()
    with pytest.raises(RuntimeError, match="stop"):
        build_vocabulary(file(tmp_path, BIG * 4), workers=3, progress=progress)
    assert not set(threading.enumerate()) - set(before)


# -- 37: nothing is dropped silently --


def test_fault_37_a_line_of_ten_million_tokens_streams(tmp_path: Path) -> None:
    path = tmp_path / "text"
    with path.open("wb") as stream:
        for _ in range(100):
            stream.write(b"a bc def ghij " * 25_000)
    corpus = TextCorpus(path)
    tracemalloc.start()
    try:
        vocabulary = build_vocabulary(corpus, workers=2)
        ids = encode_corpus(corpus, vocabulary, workers=2, memory_limit=1 << 20, cache_dir=tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()
    assert ids.num_raw_tokens == len(ids.ids) == 10_000_000
    assert ids.num_sentences == 1000 and set((ids.offsets[1:] - ids.offsets[:-1]).tolist()) == {10_000}
    first = next(iter(corpus))
    assert len(first) == 10_000


def test_fault_37_unknown_tokens_are_counted(tmp_path: Path) -> None:
    path = file(tmp_path, BIG)
    vocabulary = build_vocabulary(path, min_count=2)
    ids = encode_corpus(path, vocabulary, workers=2)
    assert ids.num_raw_tokens == vocabulary.num_raw_tokens == len(BIG.split())
    assert len(ids.ids) == vocabulary.counts.sum() == ids.num_raw_tokens - ids.num_unknown


# -- 38: the wrong kinds of things --


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((s for s in [["a"]]), "generator objects can be read only once"),
        (iter([["a"]]), "list_iterator objects can be read only once"),
        (map(str.split, ["a"]), "map objects can be read only once"),
        (b"text", "got bytes"),
        (None, "got NoneType"),
        (3, "got int"),
        ({"a": 1}, "got dict"),
        ({("a", "b")}, "in order each time it is iterated, got set"),
    ],
)
def test_fault_38_sources(source: object, message: str) -> None:
    with pytest.raises(CorpusTypeError, match=re.escape(message)):
        TextCorpus(source)
    with pytest.raises(TypeError):
        build_vocabulary(source)


def test_fault_38_an_open_file_is_refused(tmp_path: Path) -> None:
    with file(tmp_path, b"a").open() as stream, pytest.raises(CorpusTypeError, match="only once"):
        TextCorpus(stream)


class IsItsOwnIterator:
    """Hides until it is iterated that it can be read only once."""

    def __init__(self) -> None:
        self.inner = iter([["a"]])

    def __iter__(self) -> Iterator[list[str]]:
        return self.inner


class Once(IsItsOwnIterator):
    def __iter__(self) -> Once:
        return self

    def __next__(self) -> list[str]:
        return next(self.inner)


def test_fault_38_objects_that_can_be_read_only_once() -> None:
    with pytest.raises(CorpusTypeError, match="Once objects can be read only once"):
        TextCorpus(Once())
    corpus = TextCorpus(IsItsOwnIterator())
    vocabulary = build_vocabulary(corpus, min_count=1)
    with pytest.raises(CorpusError, match="gave 1 tokens when it was counted and 0 when it was read again"):
        encode_corpus(corpus, vocabulary)


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("the kiwi", "sentence 2 is a string, and a sentence must be a list of words (str); split it first"),
        (b"the kiwi", "sentence 2 is of type bytes"),
        (None, "sentence 2 is of type NoneType"),
        (7, "sentence 2 is of type int"),
        ({"a": 1}, "sentence 2 is of type dict"),
        ({"a"}, "sentence 2 is of type set"),
        (["a", b"b"], "sentence 2, token 2 is of type bytes"),
        ([None], "sentence 2, token 1 is of type NoneType"),
        ([1, 2], "sentence 2, token 1 is of type int"),
        ([["a"]], "sentence 2, token 1 is of type list"),
    ],
)
def test_fault_38_sentences(sentence: object, message: str) -> None:
    for read in readings([["a"], sentence]):
        with pytest.raises(CorpusTypeError, match=re.escape(message)):
            read()


def test_fault_38_a_list_of_strings_is_a_list_of_paths() -> None:
    with pytest.raises(CorpusFileError, match="the kiwi: no such file; if it is a sentence, split it first: "):
        build_vocabulary(["the kiwi", "laid an egg"])


@pytest.mark.parametrize(
    "given", [["the kiwi laid an egg"] * 2, "did it fall? " * 30_000, ["x " * 200_000], "a b\0" * 999]
)
def test_a_text_in_place_of_a_path_is_quoted_once_and_briefly(given: str | list[str]) -> None:
    with pytest.raises((CorpusFileError, CorpusTypeError), match="; if it is a sentence, split it first: ") as caught:
        build_vocabulary(given)
    assert len(str(caught.value)) < 250


def test_fault_38_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "fifo")
    for source, message in (
        (tmp_path / "none", "none: no such file"),
        (tmp_path / "empty", "the folder has no files"),
        (tmp_path / "*.txt", "no file matches this pattern"),
        (tmp_path / "fifo", "not a regular file"),
        ("/dev/null", "not a regular file"),
        ("x" * 5000, "cannot be read"),
    ):
        for read in readings(source):
            with pytest.raises(CorpusFileError, match=message):
                read()
    for source in ("", "a\0b", [b"x", "y"]):
        with pytest.raises((CorpusTypeError, TypeError)):
            build_vocabulary(source)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_fault_38_a_file_without_permission(tmp_path: Path) -> None:
    path = file(tmp_path, b"a")
    path.chmod(0)
    for read in readings(path):
        with pytest.raises(CorpusFileError, match="cannot be opened"):
            read()


# -- 39: bad text --


@pytest.mark.parametrize("prefix", [b"", b"good\r\nlines\rhere\n", BIG, b"\xef\xbb\xbf"])
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b"\xe2\x82"])
def test_fault_39_strict_names_file_line_and_byte(tmp_path: Path, prefix: bytes, bad: bytes) -> None:
    path = file(tmp_path, prefix + b"x " + bad + b" y\n")
    line = prefix.count(b"\n") + 1
    what = "a NUL byte" if bad == b"\0" else f"byte 0x{bad[0]:02x}, which is not UTF-8"
    for read in readings(path):
        with pytest.raises(CorpusError) as caught:
            read()
        assert str(caught.value).startswith(f"{path}: line {line}, byte {len(prefix) + 2}: found {what}; ")


def test_fault_39_line_numbers_hold_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file(tmp_path, b"a\r\nb\r\n\r\nc\rd\n\re\xff")
    for size in range(1, 20):
        monkeypatch.setattr(readers, "PIECE_SIZE", size)
        with pytest.raises(CorpusError, match="line 5, byte 14"):
            list(TextCorpus(path))
    file(tmp_path, b"a\rb\r\rc\r\re\xff")  # an old Macintosh's
    for size in range(1, 20):
        monkeypatch.setattr(readers, "PIECE_SIZE", size)
        with pytest.raises(CorpusError, match="line 6, byte 9"):
            list(TextCorpus(path))


@pytest.mark.parametrize("tokenizer", ["whitespace", str.split])
def test_fault_39_replace_and_ignore(tmp_path: Path, tokenizer: object) -> None:
    path = file(tmp_path, b"\xef\xbb\xbfk\xffiwi \xff \0 a\0b\r\n\xed\xa0\x80 \xc3\xa9\nC\n")
    replaced = [["k\ufffdiwi", "\ufffd", "\ufffd", "a\ufffdb"], ["\ufffd\ufffd\ufffd", "é"], ["C"]]
    ignored = [["kiwi", "ab"], ["é"], ["C"]]
    for errors, expected in (("replace", replaced), ("ignore", ignored)):
        corpus = TextCorpus(path, tokenizer=tokenizer, errors=errors)
        assert list(corpus) == expected
        vocabulary = build_vocabulary(corpus, min_count=1)
        assert sorted(vocabulary.words) == sorted({word for sentence in expected for word in sentence})
        assert encode_corpus(corpus, vocabulary).num_raw_tokens == sum(map(len, expected))


def test_fault_39_only_the_first_byte_order_mark_of_a_file_is_left_out(tmp_path: Path) -> None:
    path = file(tmp_path, b"\xef\xbb\xbfa \xef\xbb\xbfb\n")
    assert list(TextCorpus(path)) == [["a", "\ufeffb"]]


NO_TEXTS = {
    "UTF-16": ("kiwi".encode("utf-16"), "is UTF-16; iconv -f UTF-16 -t UTF-8"),
    "UTF-16 without a mark": (("the kiwi is a bird " * 9).encode("utf-16-be"), "looks like UTF-16; iconv -f UTF-16BE"),
    "gzip": (gzip.compress(b"a"), "is no text but gzip-compressed; unpack it, or let its name end in .gz"),
    "xz": (lzma.compress(b"a"), "is no text but xz-compressed"),
    "zip": (b"PK\x03\x04\0\0\xff", "is no text but a zip archive"),
    "tar": (b"birds.txt".ljust(257, b"\0") + b"ustar\0", "is no text but a tar archive"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no text but a PNG picture; .* leave it out"),
    "model": (b"\x20\0\0\0\0\0\0\0" + b'{"mean":', "is no text but a safetensors file"),
    "PDF": (b"%PDF-1.4\n1 0 obj", "is no text but a PDF document"),
    "numbers": (np.random.default_rng(1).normal(size=99).astype("<f4").tobytes(), "is no text but binary data"),
}


@pytest.mark.parametrize("errors", ["strict", "replace", "ignore"])
@pytest.mark.parametrize("kind", NO_TEXTS)
def test_fault_39_what_is_no_text_is_refused_whatever_is_done_about_bytes(
    tmp_path: Path, kind: str, errors: str
) -> None:
    data, message = NO_TEXTS[kind]
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "birds.txt").write_text("the kiwi is a bird\n")
    (folder / "other").write_bytes(data)
    with pytest.raises(CorpusError, match=f"{folder}/other: the file {message}"):
        build_vocabulary(TextCorpus(folder, errors=errors), min_count=1)


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 is how a zip archive begins", b"GGUF is a format", b"BZh?", b"\x01a\x01b" * 99],
    ids=["zip", "gguf", "bzip2", "control"],
)
def test_fault_39_text_that_begins_as_other_files_do_is_text(tmp_path: Path, data: bytes) -> None:
    assert list(TextCorpus(file(tmp_path, data))) == [data.decode().split(" ")]


def test_fault_39_text_with_some_wrong_bytes_is_text(tmp_path: Path) -> None:
    fields = "\x01\x02die\x01Größe\x02des\x03Vogels\n".encode("latin-1") * 99
    for data in (b"the kiwi\0is a bird\0\n" * 99, "die Größe des Vogels\n".encode("latin-1") * 99, fields, bytes(50)):
        assert len(list(TextCorpus(file(tmp_path, data), errors="replace"))) in (1, 99)


def test_fault_39_lone_surrogates_in_token_lists() -> None:
    sentences = [["fine"], ["k\ud800iwi", "egg"]]
    for read in readings(sentences):
        with pytest.raises(CorpusError, match="sentence 2 has a token with a lone surrogate"):
            read()
    assert list(TextCorpus(sentences, errors="replace"))[1] == ["k\ufffdiwi", "egg"]
    assert list(TextCorpus(sentences, errors="ignore"))[1] == ["kiwi", "egg"]
    lost = TextCorpus([["an", "\udcff", "", "egg"], ["\ud800"]], errors="ignore")
    assert list(lost) == [["an", "", "egg"]]
    assert lost.prepare_place(["an", "\udcff", "egg"], 2) == (["an", "egg"], 1)
    with pytest.raises(CorpusError, match="at place 1 no word"):
        lost.prepare_place(["an", "\udcff", "egg"], 1)


# -- 40: text that changes --


def change(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "truncated":
        os.truncate(path, len(data) // 2)
    elif how == "grown":
        path.write_bytes(data + b"more\n")
    elif how == "touched":
        os.utime(path, ns=(1, 1))
    elif how == "replaced":
        file(path.parent, data, "other").replace(path)
    else:
        path.unlink()


CHANGES = ["truncated", "grown", "touched", "replaced", "removed"]


@pytest.mark.parametrize("how", CHANGES)
def test_fault_40_a_file_that_changes_between_the_passes(tmp_path: Path, how: str) -> None:
    corpus = TextCorpus(file(tmp_path, BIG))
    vocabulary = build_vocabulary(corpus)
    encode_corpus(corpus, vocabulary)
    change(tmp_path / "text", how)
    with pytest.raises((CorpusError, CorpusFileError), match=r"text: (the file was changed|no such file)"):
        encode_corpus(corpus, vocabulary)
    if how != "removed":
        build_vocabulary(corpus)  # counting begins anew


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("workers", [1, 2])
def test_fault_40_a_file_that_changes_within_a_pass(tmp_path: Path, how: str, workers: int) -> None:
    path = file(tmp_path, BIG * 8)
    done = []

    def progress(number: int) -> None:
        if not done:
            done.append(change(path, how))

    with pytest.raises((CorpusError, CorpusFileError), match=r"text: (the file was changed|no such file)"):
        build_vocabulary(path, workers=workers, progress=progress)


def test_fault_40_files_that_come_and_go(tmp_path: Path) -> None:
    file(tmp_path, b"a b\n", "1")
    corpus = TextCorpus(tmp_path)
    vocabulary = build_vocabulary(corpus, min_count=1)
    file(tmp_path, b"a b\n", "2")
    with pytest.raises(CorpusError, match="2: the file was changed, added or removed since the corpus was first read"):
        encode_corpus(corpus, vocabulary)


def test_fault_40_token_lists_that_change() -> None:
    sentences = [["a", "b"]]
    corpus = TextCorpus(sentences)
    vocabulary = build_vocabulary(corpus, min_count=1)
    sentences.append(["a"])
    with pytest.raises(CorpusError, match="gave 2 tokens when it was counted and 3"):
        encode_corpus(corpus, vocabulary)
