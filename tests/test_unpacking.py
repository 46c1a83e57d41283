"""Packed files of several streams: every byte or an error, whatever the packer, the padding or the damage."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import threading
import tracemalloc
import types
import zlib
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from densevec import KeyedVectors
from densevec._streams import open_unpacked
from densevec._unpacking import _ZstandardFrame, unpacked
from densevec.corpus import TextCorpus, build_vocabulary
from densevec.errors import CorpusError, CorpusFileError, CorruptError

zstd = pytest.importorskip("backports.zstd") if sys.version_info < (3, 14) else __import__("compression.zstd").zstd


def pack_zstd(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": pack_zstd,
}
SKIPPABLE = bytes((0x5A, 0x2A, 0x4D, 0x18)) + (7).to_bytes(4, "little") + b"skipped"
endings = pytest.mark.parametrize("ending", PACK)


def lines(number: int, seed: int = 0) -> bytes:
    numbers = random.Random(seed)
    return b"".join(b"%d %x\n" % (i, numbers.getrandbits(60)) for i in range(number))


PARTS = [lines(700, 1), b"", lines(300, 2), lines(1, 3)]
WHOLE = b"".join(PARTS)


def read(path: Path) -> bytes:
    with open_unpacked(str(path), CorpusFileError) as stream:
        return stream.read()


def put(folder: Path, ending: str, *streams: bytes) -> Path:
    path = folder / f"text.txt{ending}"
    path.write_bytes(b"".join(streams))
    return path


# -- what is valid is read to its end --


@endings
def test_streams_follow_one_another(tmp_path: Path, ending: str) -> None:
    assert read(put(tmp_path, ending, *map(PACK[ending], PARTS))) == WHOLE


@pytest.mark.parametrize(
    ("ending", "padding"),
    [(".gz", 1), (".gz", 512), (".xz", 4), (".xz", 400_000)],
)
def test_padding_between_streams_and_at_the_end(tmp_path: Path, ending: str, padding: int) -> None:
    zeros = b"\0" * padding
    streams = [PACK[ending](part) + zeros for part in PARTS]
    assert read(put(tmp_path, ending, *streams)) == WHOLE


def test_frames_without_text_are_skipped(tmp_path: Path) -> None:
    frames = [SKIPPABLE, *(pack_zstd(part) + SKIPPABLE for part in PARTS)]
    assert read(put(tmp_path, ".zst", *frames)) == WHOLE


def test_headers_of_gzip(tmp_path: Path) -> None:
    flags = bytes([0x1F, 0x8B, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 255]) + b"\6\0BC\2\0\0\0name\0remark\0"
    raw = zlib.compressobj(wbits=-15)
    body = raw.compress(WHOLE) + raw.flush()
    member = flags + body + zlib.crc32(WHOLE).to_bytes(4, "little") + len(WHOLE).to_bytes(4, "little")
    assert read(put(tmp_path, ".gz", member, member)) == WHOLE * 2


@settings(max_examples=60)
@given(
    ending=st.sampled_from(list(PACK)),
    parts=st.lists(st.binary(max_size=50), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 40), min_size=1),
    reads=st.lists(st.integers(1, 70), min_size=1),
)
def test_any_sizes_of_what_comes_and_what_is_asked_for(
    ending: str, parts: list[bytes], sizes: list[int], reads: list[int]
) -> None:
    class Slow(io.BytesIO):
        number = 0

        def read(self, size: int | None = -1, /) -> bytes:
            Slow.number += 1
            return super().read(sizes[Slow.number % len(sizes)])

    stream = unpacked(Slow(b"".join(map(PACK[ending], parts))), ending)
    found, number = [], 0
    while piece := stream.read(reads[number % len(reads)]):
        found.append(piece)
        number += 1
    assert b"".join(found) == b"".join(parts)


# -- what is not, is an error --


@endings
def test_a_file_cut_short_anywhere(tmp_path: Path, ending: str) -> None:
    streams = [PACK[ending](part) for part in PARTS]
    packed = b"".join(streams)
    whole_at, starts = {}, 0
    for number, stream in enumerate(streams, 1):
        starts += len(stream)
        whole_at[starts] = b"".join(PARTS[:number])
    near = {end + by for end in (0, *whole_at) for by in range(-12, 13)}
    for size in sorted({*range(0, len(packed), 97), *near}):
        if not 0 <= size <= len(packed):
            continue
        path = put(tmp_path, ending, packed[:size])
        if size in whole_at:
            assert read(path) == whole_at[size]  # nothing can tell that there was more
        else:
            with pytest.raises(EOFError, match=r"it ends (within|just after) .* [1-4] after \d+ unpacked bytes"):
                read(path)


@endings
def test_a_damaged_byte_anywhere(tmp_path: Path, ending: str) -> None:
    streams = [PACK[ending](part) for part in PARTS]
    packed = b"".join(streams)
    passed = 0
    for place in [*range(0, len(packed), 61), *range(len(streams[0]) - 20, len(streams[0]) + 30)]:
        damaged = packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :]
        try:
            found = read(put(tmp_path, ending, damaged))
        except (OSError, EOFError):
            continue
        passed += 1
        assert found == WHOLE  # a byte of a header that says nothing of the text, such as gzip's time and system
    assert passed <= (14 if ending == ".gz" else 3)


@endings
@pytest.mark.parametrize("rubbish", [b"rubbish", b"\xff" * 100, b"\0\0\0rubbish"])
def test_rubbish_after_a_stream(tmp_path: Path, ending: str, rubbish: bytes) -> None:
    path = put(tmp_path, ending, PACK[ending](PARTS[0]), rubbish)
    with pytest.raises(
        OSError, match=r"zero bytes follow|follows .* 1 after .* begins with [0-9a-f ]+, which is no other one"
    ):
        read(path)


@pytest.mark.parametrize(("ending", "padding"), [(".bz2", 4), (".zst", 4), (".xz", 3), (".xz", 70_001)])
def test_padding_that_is_none(tmp_path: Path, ending: str, padding: int) -> None:
    path = put(tmp_path, ending, PACK[ending](PARTS[0]), b"\0" * padding)
    with pytest.raises(OSError, match=r"begins with 00 00 00|zero bytes follow xz stream 1 .*, no multiple of 4"):
        read(path)


# -- corpora and vectors --


@endings
@pytest.mark.parametrize("stream", [0, 1])
def test_a_corpus_of_two_streams_of_which_one_is_damaged(tmp_path: Path, ending: str, stream: int) -> None:
    streams = [PACK[ending](lines(5000, seed)) for seed in range(2)]
    assert build_vocabulary(put(tmp_path, ending, *streams), min_count=1).num_raw_tokens == 20_000
    for place in (0, 2, len(streams[stream]) // 2, len(streams[stream]) - 3):
        damaged = bytearray(streams[stream])
        damaged[place] ^= 0x55
        path = put(tmp_path, ending, *(bytes(damaged) if i == stream else s for i, s in enumerate(streams)))
        message = rf"text\.txt\{ending}: .*(damaged|cut short)"
        with pytest.raises(CorpusError, match=message):
            build_vocabulary(path, workers=2)
        with pytest.raises(CorpusError, match=message):
            list(TextCorpus(path))


@endings
def test_vectors_of_two_streams_of_which_one_is_damaged(tmp_path: Path, ending: str) -> None:
    rows = [b"".join(b"%s%d %d 1.5\n" % (name, i, i) for i in range(3000)) for name in (b"a", b"b")]
    rows[0] = b"6000 2\n" + rows[0]
    streams = [PACK[ending](part) for part in rows]
    assert len(KeyedVectors.from_file(put(tmp_path, ending, *streams), format="word2vec-text")) == 6000
    for place in (0, len(streams[1]) // 2, len(streams[1]) - 3):
        damaged = bytearray(streams[1])
        damaged[place] ^= 0x55
        path = put(tmp_path, ending, streams[0], bytes(damaged))
        with pytest.raises(CorruptError, match=rf"text\.txt\{ending}: .*(damaged|cut short)"):
            KeyedVectors.from_file(path, format="word2vec-text")


def test_a_url_of_two_streams(tmp_path: Path) -> None:
    pytest.importorskip("requests")
    put(tmp_path, ".xz", lzma.compress(PARTS[0]), b"\0" * 4, lzma.compress(PARTS[2]))
    (tmp_path / "damaged.bz2").write_bytes(bz2.compress(PARTS[0]) + b"BZh9" + bz2.compress(PARTS[2])[8:])

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            address = f"http://127.0.0.1:{server.server_address[1]}"
            assert build_vocabulary(f"{address}/text.txt.xz", min_count=1).num_raw_tokens == 2000
            with pytest.raises(
                CorpusError, match=rf"damaged\.bz2: .*in bzip2 stream 2 after {len(PARTS[0])} unpacked bytes"
            ):
                build_vocabulary(f"{address}/damaged.bz2", min_count=1)
        finally:
            server.shutdown()


def test_little_memory_for_much_text(tmp_path: Path) -> None:
    path = put(tmp_path, ".gz", *[gzip.compress(b"a b c\n" * (1 << 20))] * 20)
    tracemalloc.start()
    try:
        with open_unpacked(str(path), CorpusFileError) as stream:
            size = sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b""))
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert size == 20 * 6 << 20


def test_a_package_that_gives_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older versions of smart_open bring a package whose decompressors know no greatest length."""

    class Whole:
        def __init__(self) -> None:
            self.inner = zstd.ZstdDecompressor()

        def __getattr__(self, name: str) -> object:
            return getattr(self.inner, name)

        def decompress(self, data: bytes) -> bytes:
            return self.inner.decompress(data)

    package = types.SimpleNamespace(ZstdDecompressor=lambda: types.SimpleNamespace(decompressobj=Whole))
    monkeypatch.setitem(sys.modules, "zstandard", package)
    monkeypatch.setattr("densevec._unpacking._zstd_frame", lambda: _ZstandardFrame)
    frames = [SKIPPABLE, *(pack_zstd(part) + SKIPPABLE for part in PARTS)]
    assert unpacked(io.BytesIO(b"".join(frames)), ".zst").read() == WHOLE
    with pytest.raises(EOFError):
        unpacked(io.BytesIO(b"".join(frames)[:-3]), ".zst").read()
