"""Ids in memory and in files: the same arrays, nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from densevec.corpus import EncodedCorpus, TextCorpus, Vocabulary, build_vocabulary, encode_corpus, encoded
from densevec.errors import CorpusError, CorpusFileError, ParameterError

SENTENCES = [["a", "b"], ["x"], [], ["b", "x", "a", "a"]]
VOCABULARY = Vocabulary(["a", "b"], [3, 2])


@pytest.mark.parametrize("memory_limit", [0, 16, 1 << 20])
def test_arrays(tmp_path: Path, memory_limit: int) -> None:
    with encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path, memory_limit=memory_limit) as ids:
        assert (ids.ids.dtype, ids.offsets.dtype) == (np.int32, np.int64)
        assert ids.ids.tolist() == [0, 1, 1, 0, 0]
        assert ids.offsets.tolist() == [0, 2, 5]
        assert (ids.num_raw_tokens, ids.num_unknown, ids.num_sentences) == (7, 2, 2)
        assert ids.is_mapped == (memory_limit < 1 << 20)
        assert not ids.ids.flags.writeable and not ids.offsets.flags.writeable
        assert repr(ids) == "EncodedCorpus(2 sentences, 7 tokens)"
    with pytest.raises(CorpusError, match="has been closed"):
        _ = ids.ids


def test_digest_is_of_the_ids_not_of_where_they_lie() -> None:
    in_memory = encode_corpus(SENTENCES, VOCABULARY)
    mapped = encode_corpus(SENTENCES, VOCABULARY, memory_limit=0)
    assert in_memory.digest() == mapped.digest()
    others = [
        encode_corpus([["a", "b", "b"], ["a", "a"]], VOCABULARY),  # the same ids in other sentences
        encode_corpus(SENTENCES, Vocabulary(["b", "a"], [1, 1])),
        encode_corpus(SENTENCES, Vocabulary(["a", "b", "c"], [3, 2, 1])),
    ]
    assert in_memory.digest() not in [other.digest() for other in others]


def open_files(folder: Path) -> int:
    """How many files in `folder`, with a name or without, this process has open."""
    number = 0
    for descriptor in os.scandir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            number += os.readlink(descriptor.path).startswith(f"{folder}{os.sep}")
    return number


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_files_have_no_name_and_are_given_back(tmp_path: Path) -> None:
    ids = encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path, memory_limit=0)
    assert list(tmp_path.iterdir()) == [] and open_files(tmp_path) > 0
    kept = ids.ids
    ids.close()
    assert kept.tolist() == [0, 1, 1, 0, 0]  # what is held stays valid
    del kept
    gc.collect()
    assert open_files(tmp_path) == 0


class Interrupted:
    """Sentences that end in an interruption in the second pass."""

    def __init__(self) -> None:
        self.passes = 0

    def __iter__(self):
        self.passes += 1
        yield from SENTENCES * 50_000
        if self.passes == 2:
            raise KeyboardInterrupt


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files in /proc")
def test_nothing_is_left_after_an_interruption(tmp_path: Path) -> None:
    corpus = TextCorpus(Interrupted())
    vocabulary = build_vocabulary(corpus)
    with pytest.raises(KeyboardInterrupt):
        encode_corpus(corpus, vocabulary, cache_dir=tmp_path, memory_limit=0)
    gc.collect()
    assert list(tmp_path.iterdir()) == [] and open_files(tmp_path) == 0


def test_nothing_is_left_after_a_kill(tmp_path: Path) -> None:
    code = f"""
import os, signal
from densevec.corpus import *
ids = encode_corpus([["a"]] * 1000, Vocabulary(["a"], [1]), cache_dir={str(tmp_path)!r}, memory_limit=0)
assert ids.is_mapped
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == -9
    assert list(tmp_path.iterdir()) == []


def test_fault_25_no_room_for_the_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    class Full:
        write = full

        def close(self) -> None:
            pass

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: Full())
    with pytest.raises(CorpusFileError, match=r"cannot write .* bytes of encoded text .No space left.*cache_dir"):
        encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path, memory_limit=0)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(CorpusFileError, match="cannot make a temporary file"):
        encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path, memory_limit=0)


def test_fault_40_a_cache_of_the_wrong_size_is_never_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = encoded.Store.finish

    def truncate_first(store: encoded.Store) -> tuple[np.ndarray, np.ndarray]:
        store.arrays.files[0].file.flush()
        os.ftruncate(store.arrays.files[0].file.fileno(), 4)
        return finish(store)

    monkeypatch.setattr(encoded.Store, "finish", truncate_first)
    with pytest.raises(CorpusError, match="has 4 bytes instead of 20"):
        encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path, memory_limit=0)


def test_cache_dir_must_exist(tmp_path: Path) -> None:
    with pytest.raises(CorpusFileError, match="cache_dir must be an existing folder"):
        encode_corpus(SENTENCES, VOCABULARY, cache_dir=tmp_path / "none")
    with pytest.raises(ParameterError, match="memory_limit must be an integer at least 0"):
        encode_corpus(SENTENCES, VOCABULARY, memory_limit=-1)


def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    path = tmp_path / "text"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(b"the kiwi laid an egg and the kakapo ate it\n" * 25_000)
    size = path.stat().st_size  # 43 MB, 40 MB of ids
    corpus = TextCorpus(path)
    tracemalloc.start()
    try:
        vocabulary = build_vocabulary(corpus)
        ids = encode_corpus(corpus, vocabulary, memory_limit=1 << 20, cache_dir=tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ids.num_raw_tokens == 10_000_000
    assert peak < size / 3


def test_it_is_made_of_plain_arrays() -> None:
    ids = EncodedCorpus(np.array([0, 1], np.int32), np.array([0, 2], np.int64), 5, 2)
    assert (ids.num_unknown, ids.num_sentences, ids.is_mapped) == (3, 1, False)


def test_its_beginning_says_the_same_of_fewer_sentences() -> None:
    sentences = [["the", "old", "kiwi"], ["an", "egg"], ["a", "kiwi", "of", "the", "egg"], ["the", "egg"]]
    encoded = encode_corpus(sentences, Vocabulary(["the", "kiwi", "egg"], [3, 2, 3]))
    half = encoded.beginning(0.5)
    assert (half.num_sentences, half.num_ids) == (2, 3)
    for one, other in zip(half.with_marks(0, 2, 3), encoded.with_marks(0, 2, 3), strict=True):
        assert one.tolist() == other.tolist()
    assert encoded.beginning(1.0).digest() == encoded.digest()
    assert encoded.beginning(0.0).num_sentences == 1
