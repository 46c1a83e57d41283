"""The native file: what is written is read, and what is broken is named."""

import gzip
import hashlib
import io
import json
import os
import pickle
import re
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

import densevec.formats
from densevec.errors import (
    CorruptError,
    DensevecError,
    FileError,
    FormatError,
    ParameterError,
    ParameterTypeError,
    VersionError,
)
from densevec.formats import WordIndex, read_container, verify_container, write_container
from densevec.formats.header import HEADER_DIGEST, METADATA, OURS

from .files import WORDS, change_metadata, join, split, tensors, write

DTYPES = ["bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "birds.safetensors", parameters={"dim": 5, "path": "ü", "rates": [0.1, 1e-300]})


def test_everything_comes_back(file):
    for mmap in (True, False):
        container = read_container(file, check=True, mmap=mmap)
        for name, tensor in tensors().items():
            np.testing.assert_array_equal(container.tensors[name], tensor)
            assert container.tensors[name].dtype == tensor.dtype
            assert not container.tensors[name].flags.writeable
        assert set(container.tensors) == {"mean", "variance", "counts"}
        assert list(container.words) == WORDS
        assert container.metadata["parameters"] == {"dim": 5, "path": "ü", "rates": [0.1, 1e-300]}
        assert container.metadata["format_version"] == 1
        assert container.metadata["class"] == "DensityVectors"
        assert set(container.metadata["library_versions"]) >= {"python", "numpy"}


def test_tensors_are_mapped_and_begin_at_multiples_of_64_bytes(file):
    table, data = split(file)
    assert (file.stat().st_size - len(data)) % 64 == 0
    for name, entry in table.items():
        if name != METADATA and not name.startswith("padding."):
            assert entry["data_offsets"][0] % 64 == 0, name
    container = read_container(file)
    assert container.tensors["mean"].ctypes.data % 64 == 0
    tracemalloc.start()
    read_container(file)
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


def test_the_safetensors_library_opens_it(file):
    loaded = pytest.importorskip("safetensors.numpy").load_file(str(file))
    np.testing.assert_array_equal(loaded["mean"], tensors()["mean"])
    assert bytes(loaded["words.utf8"]) == "".join(WORDS).encode()


def test_equal_arguments_give_equal_bytes(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_odd_shapes_without_words(tmp_path, dtype):
    contents = {
        "scalar": np.array(1, dtype=dtype),
        "none": np.zeros((3, 0, 2), dtype=dtype),
        "strided": np.arange(12).reshape(3, 4).astype(dtype).T[::2],
        "big": np.ones(7, dtype=np.dtype(dtype).newbyteorder(">")),
    }
    write_container(tmp_path / "file", contents)
    container = verify_container(tmp_path / "file")
    assert container.words is None
    for name, tensor in contents.items():
        np.testing.assert_array_equal(container.tensors[name], tensor)
        assert container.tensors[name].dtype == np.dtype(dtype)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), unique=True, max_size=30),
    array=st.sampled_from(["f4", "f8", "i8", "u1"]).flatmap(
        lambda dtype: hypothesis_numpy.arrays(
            dtype,
            hypothesis_numpy.array_shapes(min_dims=0, max_dims=3),
            elements={"allow_nan": False, "allow_infinity": False} if dtype[0] == "f" else None,
        )
    ),
)
def test_fault_16_write_then_read_is_identity(tmp_path, words, array):
    write_container(tmp_path / "file", {"any name: ü": array}, words)
    container = verify_container(tmp_path / "file")
    assert list(container.words) == words
    assert [container.words.find(word) for word in words] == list(range(len(words)))
    assert container.tensors["any name: ü"].tobytes() == array.tobytes()


def test_fault_12_words_of_any_kind_come_back(tmp_path):
    words = [*WORDS, "x" * 2**20, "x" * 2**20 + "y"]
    container = verify_container(write(tmp_path / "file", words))
    assert list(container.words) == words
    assert [container.words.find(word) for word in words] == list(range(len(words)))
    for absent in ("kiw", "kiwis", "a", "\U0010ffff", "\ud800", "x" * (2**20 - 1)):
        assert container.words.find(absent) == -1
        assert absent not in container.words


# Broken files


def test_fault_17_truncated_anywhere(file):
    whole = file.read_bytes()
    places = {*range(0, len(whole), 37), *range(0, len(whole), 4096), *range(16), len(whole) - 1}
    for place in sorted(places):
        file.write_bytes(whole[:place])
        with pytest.raises((FormatError, CorruptError), match=re.escape(str(file))):
            read_container(file)
    file.write_bytes(whole + b"\0")
    with pytest.raises(CorruptError, match="longer than it should be"):
        read_container(file)


def test_fault_17_one_flipped_bit_anywhere_is_found(file):
    """Every byte of the file, one bit of it; in the header every bit."""
    whole = file.read_bytes()
    header_end = len(whole) - len(split(file)[1])
    for place in range(len(whole)):
        for bit in range(8) if place < header_end and place % 5 == 0 else [place % 8]:
            broken = bytearray(whole)
            broken[place] ^= 1 << bit
            with open(file, "r+b") as stream:
                stream.write(broken)
            with pytest.raises((FormatError, CorruptError, VersionError)):
                verify_container(file)


def test_fault_17_the_damaged_tensor_is_named(file):
    table, data = split(file)
    for name, entry in table.items():
        if name == METADATA or name.startswith("padding."):
            continue
        raw = bytearray(file.read_bytes())
        raw[len(raw) - len(data) + entry["data_offsets"][0]] ^= 16
        broken = file.with_name("broken")
        broken.write_bytes(raw)
        with pytest.raises(CorruptError, match=f"damaged tensors.*: {re.escape(name)}$"):
            verify_container(broken)
        if name not in ("words.offsets",):  # whose first number a plain load looks at
            read_container(broken)


def entry(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


BAD_ENTRIES = {
    "overlap": {"a": entry(), "b": entry(offsets=(4, 12))},
    "hole": {"a": entry(), "b": entry(offsets=(12, 20))},
    "first hole": {"a": entry(offsets=(4, 12))},
    "same place twice": {"a": entry(), "b": entry()},
    "past the end": {"a": entry(shape=(100,), offsets=(0, 400))},
    "not to the end": {"a": entry(shape=(1,), offsets=(0, 4))},
    "overflow of shape": {"a": entry(shape=(2**62, 4), offsets=(0, 0))},
    "overflow to the right size": {"a": entry(shape=(2**62 + 2,), offsets=(0, 8))},
    "size of 2^63": {"a": entry(shape=(2**63,), offsets=(0, 8))},
    "empty of enormous shape": {"a": entry(shape=(2**62, 2**62, 0), offsets=(0, 0)), "b": entry()},
    "40 axes": {"a": entry(shape=(1,) * 40 + (2,))},
    "unknown dtype": {"a": entry(dtype="F7")},
    "object dtype": {"a": entry(dtype="O")},
    "dtype no string": {"a": entry(dtype=["F32"])},
    "negative shape": {"a": entry(shape=(-2, -1))},
    "boolean shape": {"a": entry(shape=(True, 2))},
    "float shape": {"a": entry(shape=(2.0,))},
    "shape no list": {"a": {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]}},
    "nested shape": {"a": entry(shape=([[]] * 3,))},
    "backward offsets": {"a": entry(offsets=(8, 0))},
    "three offsets": {"a": entry(offsets=(0, 8, 16))},
    "no offsets": {"a": {"dtype": "F32", "shape": [2]}},
    "entry no object": {"a": [1, 2]},
    "shape does not fit": {"a": entry(shape=(3,))},
    "scalar that is none": {"a": entry(shape=())},
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_fault_18_entries_that_contradict_the_file(file, name):
    strings = change_metadata(split(file)[0], digests={})[METADATA]
    join(file, {METADATA: strings, **BAD_ENTRIES[name]}, bytes(20) if name in ("hole", "overlap") else bytes(8))
    with pytest.raises(CorruptError, match=re.escape(str(file))):
        read_container(file)


BAD_HEADERS = {
    "length 2^63": (2**63).to_bytes(8, "little") + b"{}",
    "length 2^64 - 1": b"\xff" * 8 + b"{}",
    "no JSON": (8).to_bytes(8, "little") + b"{kiwi:1}",
    "a list": (8).to_bytes(8, "little") + b"[1,2,3] ",
    "empty header": bytes(8) + b"{}",
    "not UTF-8": (9).to_bytes(8, "little") + b'{"\xff\xfe":1}',
    "duplicate keys": (13).to_bytes(8, "little") + b'{"a":1,"a":2}',
    "NaN": (9).to_bytes(8, "little") + b'{"a":NaN}',
    "infinite": (11).to_bytes(8, "little") + b'{"a":1e999}',
    "5000 digits": (5006).to_bytes(8, "little") + b'{"a":' + b"1" * 5000 + b"}",
    "nested": (10**6 + 5).to_bytes(8, "little") + b'{"a":' + b"[" * 10**6,
    "nested objects": (5 * 10**6).to_bytes(8, "little") + b'{"a":' * 10**6,
    "one key of 99 MB": (99 * 10**6).to_bytes(8, "little") + b'{"' + b"k" * (99 * 10**6 - 6) + b'":1}',
    "15 MB of numbers": (15 * 10**6).to_bytes(8, "little") + b'{"k":[' + b"0," * 7_499_990,
    "2 MB of lists": (2 * 10**6).to_bytes(8, "little") + (b'{"k":[' + b"[]," * 600_000 + b"0]}").ljust(2 * 10**6),
    "foreign": (2).to_bytes(8, "little") + b"{}",
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_fault_18_headers(tmp_path, name):
    file = tmp_path / "file"
    file.write_bytes(BAD_HEADERS[name])
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises((FormatError, CorruptError), match=re.escape(str(file))) as caught:
        read_container(file)
    assert time.process_time() - started < 5
    assert tracemalloc.get_traced_memory()[1] < 2 * file.stat().st_size + 64 * 2**20
    tracemalloc.stop()
    assert len(str(caught.value)) < 1000


def test_fault_18_the_inner_metadata_is_parsed_as_strictly(file):
    table, data = split(file)
    for text in ('{"a":1,"a":2}', "[" * 10**6, '{"format_version":NaN}', "3", "", '{"format_version":1}', "\ud800"):
        table[METADATA][OURS] = text
        with pytest.raises((FormatError, CorruptError), match=re.escape(str(file))):
            read_container(join(file, table, data))
    for metadata in (None, 3, {}, {OURS: 3}):
        with pytest.raises(FormatError, match="not written by densevec"):
            read_container(join(file, table | {METADATA: metadata}, data))


def test_fault_19_a_newer_format_version_names_who_can_read_it(file):
    table, data = split(file)
    join(file, change_metadata(table, format_version=7, densevec_version="3.2", digests="?"), data)
    with pytest.raises(VersionError, match=r"format version 7 is newer than 1.*densevec 3\.2"):
        read_container(file)


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None, [1]])
def test_fault_19_a_version_of_the_wrong_type(file, version):
    table, data = split(file)
    with pytest.raises(FormatError, match="format_version must be a positive integer"):
        read_container(join(file, change_metadata(table, format_version=version), data))


@pytest.mark.parametrize("change", [{"class": 3}, {"parameters": []}, {"digests": None}, {"densevec_version": 1}])
def test_fault_19_metadata_of_the_wrong_type(file, change):
    table, data = split(file)
    with pytest.raises(CorruptError, match=f"metadata '{next(iter(change))}' must be"):
        read_container(join(file, change_metadata(table, **change), data))


def test_fault_19_unknown_keys_are_ignored(file):
    table, data = split(file)
    table["mean"]["colour"] = "green"
    table[METADATA]["someone"] = "else"
    assert read_container(join(file, change_metadata(table, mood="fine"), data)).metadata["mood"] == "fine"


def test_fault_19_digests_must_be_there_for_every_tensor(file):
    table, data = split(file)
    digests = json.loads(table[METADATA][OURS])["digests"]
    for changed in ({}, digests | {"more": "0" * 64}, digests | {"mean": "kiwi"}, digests | {"mean": 1}):
        with pytest.raises(CorruptError, match="digest"):
            read_container(join(file, change_metadata(table, digests=changed), data))
    table[METADATA][HEADER_DIGEST] = "kiwi"
    with pytest.raises(CorruptError, match="64 hexadecimal digits"):
        read_container(join(file, table, data))


def with_digests(file, contents):
    """A file whose digests are right and whose values break a rule: what a faulty writer might make."""
    write(file, ["a", "b"])
    table, data = split(file)
    data, digests = bytearray(data), json.loads(table[METADATA][OURS])["digests"]
    for name, tensor in contents.items():
        begin, end = table[name]["data_offsets"]
        assert end - begin == tensor.nbytes
        data[begin:end] = tensor.tobytes()
        digests[name] = hashlib.sha256(tensor.tobytes()).hexdigest()
    table = change_metadata(table, digests=digests)
    table[METADATA][HEADER_DIGEST] = "0" * 64
    raw = json.dumps(table).encode()
    raw = raw.ljust(len(raw) + (-8 - len(raw)) % 64)
    stated = hashlib.sha256(len(raw).to_bytes(8, "little") + raw).hexdigest()
    return join(file, raw.replace(b"0" * 64, stated.encode(), 1), bytes(data))


BAD_VALUES = {
    "nan": ({"mean": np.full((2, 5), np.nan, np.float32)}, "'mean'.*finite, found nan in row 0"),
    "zero variance": ({"variance": np.array([1, 0], np.float32)}, "'variance'.*above 0, found 0.0 in row 1"),
    "infinite variance": ({"variance": np.array([1, np.inf], np.float32)}, "'variance'.*found inf in row 1"),
    "negative count": ({"counts": np.array([1, -1])}, "'counts'.*at least 0, found -1 in row 1"),
    "duplicate": ({"words.utf8": np.frombuffer(b"aa", np.uint8)}, "'a' twice"),
    "no UTF-8": ({"words.utf8": np.frombuffer(b"a\xff", np.uint8)}, "not UTF-8"),
    "unsorted": ({"words.sorted": np.array([1, 0], np.int32)}, "out of order"),
    "no permutation": ({"words.sorted": np.array([1, 1], np.int32)}, "every row once"),
    "row out of range": ({"words.sorted": np.array([0, 7], np.int32)}, "every row once"),
    "offsets backwards": ({"words.offsets": np.array([0, 9, 2])}, "backwards"),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_fault_20_bad_values_are_found_by_verify_and_not_by_a_plain_load(tmp_path, name):
    contents, message = BAD_VALUES[name]
    file = with_digests(tmp_path / "file", contents)
    with pytest.raises(CorruptError, match=message):
        verify_container(file)
    words = read_container(file).words
    for word in ("a", "b", "c"):  # look-ups in a bad index answer or say so; they never hang or crash
        try:
            words.find(word)
            list(words)
        except CorruptError as error:
            assert str(file) in str(error)


def test_fault_20_words_need_all_three_tensors_of_the_right_kind(tmp_path):
    file = with_digests(tmp_path / "file", {"words.offsets": np.array([0, 1, 3])})
    with pytest.raises(CorruptError, match=r"words\.offsets"):
        read_container(file)
    table, data = split(write(tmp_path / "file"))
    table["other"] = table.pop("words.sorted")
    digests = json.loads(table[METADATA][OURS])["digests"]
    digests["other"] = digests.pop("words.sorted")
    with pytest.raises(CorruptError, match="words need the tensors"):
        read_container(join(file, change_metadata(table, digests=digests), data))
    table["words.sorted"] = table.pop("other") | {"dtype": "F32"}
    digests["words.sorted"] = digests.pop("other")
    with pytest.raises(CorruptError, match="one-dimensional int32, found float32"):
        read_container(join(file, change_metadata(table, digests=digests), data))


@pytest.mark.parametrize(
    ("contents", "words", "message"),
    [
        ({"mean": np.array([[1.0], [np.nan]])}, None, "'mean' cannot be saved: every value must be finite.*row 1"),
        ({"anything": np.array([np.inf])}, None, "'anything' cannot be saved"),
        ({"variance": np.array([1.0, 0.0])}, None, "above 0, found 0.0 in row 1"),
        ({"variance": np.array([1.0, np.nan])}, None, "above 0, found nan in row 1"),
        ({"counts": np.array([-1])}, None, "at least 0"),
        ({}, ["kiwi", "kiwi"], "words must be distinct, got 'kiwi' twice"),
        ({}, ["kiwi", "\ud800"], "expressible in UTF-8.*row 1"),
        ({"padding.1": np.zeros(1)}, None, "name"),
        ({"words.utf8": np.zeros(1)}, None, "name"),
        ({METADATA: np.zeros(1)}, None, "name"),
    ],
)
def test_fault_20_refused_when_saving(tmp_path, contents, words, message):
    with pytest.raises(ParameterError, match=message):
        write_container(tmp_path / "file", contents, words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("contents", "words", "metadata"),
    [
        ({"a": np.array([None])}, None, {}),
        ({"a": np.array(["text"])}, None, {}),
        ({"a": [1.0]}, None, {}),
        ({}, "kiwi", {}),
        ({}, ["kiwi", 3], {}),
        ({}, [b"kiwi"], {}),
        ({}, None, {"parameters": {"function": len}}),
    ],
)
def test_wrong_types_are_refused_when_saving(tmp_path, contents, words, metadata):
    with pytest.raises(ParameterTypeError):
        write_container(tmp_path / "file", contents, words, metadata)


def test_metadata_that_json_cannot_hold_is_refused_and_numpy_numbers_are_kept(tmp_path):
    for value in (float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="plain finite JSON"):
            write_container(tmp_path / "file", {}, None, {"rate": value})
    metadata = {"parameters": {"a": np.int64(3), "b": np.float32(0.5), "c": np.arange(2), "d": True, "0" * 64: 1}}
    write_container(tmp_path / "file", {}, None, metadata)
    parameters = verify_container(tmp_path / "file").metadata["parameters"]
    assert parameters == {"a": 3, "b": 0.5, "c": [0, 1], "d": True, "0" * 64: 1}


def test_fault_21_what_is_not_a_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, message in ((tmp_path, "a directory"), (tmp_path / "fifo", "a FIFO"), ("/dev/null", "a device")):
        with pytest.raises(FormatError, match=message):
            read_container(path)
    for name in ("link", "loop", "nothing", "no/thing"):
        with pytest.raises(FileError, match=f"{name} cannot be opened") as caught:
            read_container(tmp_path / name)
        assert isinstance(caught.value, OSError)
        assert caught.value.errno
    with pytest.raises(FileError):
        read_container("nul\0")


def test_fault_21_names_inside_the_file_are_not_paths(tmp_path):
    write_container(tmp_path / "file", {"../../escape": np.zeros(3), "/etc/passwd": np.zeros(2)}, ["../word"])
    assert set(read_container(tmp_path / "file").tensors) == {"../../escape", "/etc/passwd"}
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def zip_bytes():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps({"a": 1}))
    return stream.getvalue()


FOREIGN = {
    "pickle": (lambda: pickle.dumps({"mean": [1.0] * 50}), "a Python pickle"),
    "zip": (zip_bytes, "a zip archive, such as torch.save writes"),
    "gzip": (lambda: gzip.compress(b"kiwi" * 100), "gzip-compressed"),
    "npy": (lambda: b"\x93NUMPY\x01\x00" + b" " * 100, r"a NumPy \.npy array"),
    "png": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "a PNG picture"),
    "html": (lambda: b"\n<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    "text": (lambda: "the kākāpō is a parrot\n".encode() * 100, "a text file"),
    "word2vec text": (lambda: b"2 3\nkiwi 1 2 3\nplum 3 4 5\n", "word2vec format"),
    "fastText": (lambda: (793712314).to_bytes(4, "little") + b"\x0c" + b"\0" * 90, r"a fastText \.bin model"),
    "json": (lambda: b'{"mean": [1, 2, 3], "variance": 3}', "JSON text"),
    "noise": (lambda: bytes(range(128, 256)), "begins with the bytes 80 81 82"),
    "short": (lambda: b"ki", "a text file"),
    "nothing": (lambda: b"", "the file is empty"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_fault_22_what_it_looks_like_is_said_and_nothing_is_unpickled(tmp_path, name, monkeypatch):
    def reached(*unused, **also_unused):
        raise AssertionError("a file was executed")

    contents, message = FOREIGN[name]
    file = tmp_path / "birds.safetensors"
    file.write_bytes(contents())
    for module, function in ((pickle, "load"), (pickle, "loads"), (np, "load")):
        monkeypatch.setattr(module, function, reached)
    monkeypatch.setattr("builtins.eval", reached)
    with pytest.raises(FormatError, match=message):
        read_container(file)
    assert file.read_bytes() == contents()


def test_fault_22_nothing_that_runs_code_is_in_the_source():
    source = "".join(path.read_text() for path in Path(densevec.formats.__file__).parent.glob("*.py"))
    ours = r"(?<!cast\(Any, cls\))"
    executing = ours + r"\.load\(|import pickle|\bnp\.load\b|\beval\(|\bexec\(|allow_pickle(?!=False)|marshal|shelve"
    assert not re.search(executing, source)


def test_opening_needs_neither_torch_nor_safetensors(file):
    code = (
        "import sys; from densevec.formats import read_container; read_container(sys.argv[1], check=True);"
        "print([name for name in ('torch', 'safetensors', 'scipy', 'sklearn') if name in sys.modules])"
    )
    root = Path(densevec.formats.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", code, str(file)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout == "[]\n"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fault_53_mutated_files_raise_ours_or_load_whole(tmp_path, data):
    source = tmp_path / "source"
    if not source.exists():
        write(source)
    raw = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(raw)))
        end = begin + data.draw(st.integers(0, 8))
        raw[begin:end] = data.draw(st.binary(max_size=8))
    (tmp_path / "file").write_bytes(raw)
    for check in (True, False):
        try:
            container = read_container(tmp_path / "file", check=check)
            list(container.words or [])
            assert container.words is None or container.words.find("kiwi") in range(-1, len(WORDS))
        except DensevecError as error:
            assert str(tmp_path / "file") in str(error)


def test_three_million_words_would_open_at_once(tmp_path):
    """Opening does not touch the words: the time does not grow with their number."""
    words = [f"word{number}" for number in range(100_000)]
    write_container(tmp_path / "many", {}, words)
    started = time.perf_counter()
    container = read_container(tmp_path / "many")
    assert container.words.find("word77777") == 77777
    assert time.perf_counter() - started < 0.05
    assert isinstance(container.words, WordIndex)
    assert "as_dict" not in container.words.__dict__
