"""Bad files of word2vec's and GloVe's formats: each fault of the list has its tests."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import zipfile
import zlib

import numpy as np
import pytest

from densevec.errors import CorruptError, FileError, FormatError, FormatWarning, ParameterError
from densevec.formats import Rules, WordVectors, guess_format, read_binary, read_text, write_binary, write_text
from densevec.formats import source as sources
from densevec.vectors import KeyedVectors

from .makers import DIM, ROWS, WORDS, binary_file, refused, text_file, text_lines


def glove(path, **rules):
    return read_text(path, header=False, **rules)


@pytest.fixture
def put(tmp_path):
    def write(contents, name="file"):
        path = tmp_path / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return path

    return write


@pytest.mark.parametrize("newline", [True, False])
def test_fault_01_binary_cut_short(put, newline):
    raw = binary_file(newline=newline)
    header = raw.index(b"\n") + 1
    for size in range(header, len(raw) - newline):
        message = refused(read_binary, put(raw[:size]))
        assert "cut short" in message
    many = binary_file(["w"] * 1 + [f"w{n}" for n in range(1, 50)], np.ones((50, DIM), np.float32), newline)
    message = refused(read_binary, put(many[: len(many) - 4]), "word 50 of 50, offset")
    assert f"offset {many.index(b'w49 ')}:" in message


def test_fault_01_a_missing_last_newline_is_no_fault(put):
    assert len(read_binary(put(binary_file()[:-1]))) == len(WORDS)


def test_fault_02_text_cut_short_in_the_last_row(put):
    raw = text_file()
    last = raw.rindex(b"plum")
    for size in range(last + 1, raw.rindex(b" ") + 1):
        assert "line 5" in refused(read_text, put(raw[:size]))


@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_03_the_header_counts_too_many(put, name):
    if name == "text":
        refused(read_text, put(text_file(header=f"5 {DIM}")), "announces 5 words, 4 lines follow")
    else:
        refused(read_binary, put(binary_file(header=f"5 {DIM}\n")), "word 5 of 5, offset")


@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_04_the_header_counts_too_few(put, name):
    contents = text_file(header=f"2 {DIM}") if name == "text" else binary_file(header=f"2 {DIM}\n")
    read = read_text if name == "text" else read_binary
    refused(read, put(contents), "strict=False")
    with pytest.warns(FormatWarning, match="announces 2 words, 4 follow"):
        table = read(put(contents), strict=False)
    assert list(table.words) == WORDS
    np.testing.assert_array_equal(table.vectors, ROWS)


@pytest.mark.parametrize("newline", [True, False])
@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize("dim", [2, 3, 10, 300])
def test_fault_05_a_wrong_dimension_in_a_binary_header(put, newline, change, dim):
    rows = np.random.default_rng(dim).normal(size=(40, dim)).astype(np.float32)
    words = [f"word{number}" for number in range(40)]
    refused(read_binary, put(binary_file(words, rows, newline, header=f"40 {dim + change}\n")))


@pytest.mark.parametrize("read", [read_text, read_binary])
@pytest.mark.parametrize("header", ["4000000000 300", "1000000000000000 300", "3 100000000000000", f"{10**18 - 1} 2"])
@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_fault_06_a_header_beyond_the_file_is_refused_before_memory_is_taken(put, read, header, name):
    body = header.encode() + b"\n" + b"word 1.0 2.0 " * 16
    refused(read, put(gzip.compress(body) if name.endswith("gz") else body, name))


HEADERS = [
    "-4 3",
    "4 -3",
    "0 3",
    "4 0",
    "four 3",
    "4 3 1",
    "",
    " ",
    "4",
    "4.0 3",
    "4  3",
    "+4 3",
    "4,3",
    "٤ 3",
    "4 3\r\r",
]


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_07_headers(put, header, name):
    contents = text_file(header=header) if name == "text" else binary_file(header=header + "\n")
    refused(read_text if name == "text" else read_binary, put(contents), "line 1")


def test_fault_07_a_byte_order_mark_is_left_out(put):
    for contents, read in ((text_file(), read_text), (binary_file(), read_binary)):
        assert list(read(put(b"\xef\xbb\xbf" + contents)).words) == WORDS
    assert list(glove(put("\ufeff" + "\n".join(text_lines()))).words) == WORDS
    refused(read_text, put("\ufeff" * 2 + text_file().decode()), "line 1")


GOOD_ROWS = {
    "one trailing space": "kiwi 1 2 3 ",
    "trailing spaces and tab": "kiwi 1 2 3  \t",
    "CRLF": "kiwi 1 2 3\r",
    "trailing space and CRLF": "kiwi 1 2 3 \r",
    "tabs": "kiwi\t1\t2\t3",
    "mixed": "kiwi 1\t2 3",
}
BAD_ROWS = {
    "no number": ("kiwi", "found 0 numbers"),
    "one number": ("kiwi 1", "found 1 numbers"),
    "one too few": ("kiwi 1 2", "found 2 numbers"),
    "one too many": ("kiwi 1 2 3 4", "found 4 numbers"),
    "blank": ("", "blank"),
    "spaces only": ("  ", "blank"),
    "carriage return only": ("\r", "blank"),
    "double space": ("kiwi 1  2 3", "two separators in a row"),
    "double space after the word": ("kiwi  1 2 3", "two separators in a row"),
    "leading space": (" kiwi 1 2 3", "begins with a separator"),
    "no word": (" 1 2 3", "begins with a separator"),
    "words": ("kiwi bird 1 2 3", "words_with_spaces"),
}


@pytest.mark.parametrize("name", GOOD_ROWS)
def test_fault_08_rows_that_are_accepted(put, name):
    for read, contents in (
        (read_text, f"2 3\n{GOOD_ROWS[name]}\nplum 4 5 6\n"),
        (glove, f"{GOOD_ROWS[name]}\nplum 4 5 6"),
    ):
        table = read(put(contents))
        assert list(table.words) == ["kiwi", "plum"]
        np.testing.assert_array_equal(table.vectors, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("name", BAD_ROWS)
def test_fault_08_rows_that_are_refused(put, name):
    row, message = BAD_ROWS[name]
    refused(read_text, put(f"3 3\nplum 4 5 6\n{row}\npear 7 8 9\n"), f"line 3, byte .*{message}")
    refused(glove, put(f"plum 4 5 6\n{row}\npear 7 8 9\n"), f"line 2, byte .*{message}")


def test_fault_08_one_number_is_never_spread_over_a_row(put):
    for row in ("kiwi 1", "kiwi 1 ", "kiwi\t1\r"):
        refused(read_text, put(f"1 3\n{row}\n"), "found 1 numbers")


def test_words_with_spaces_are_read_when_asked_for(put):
    path = put(". . . 1 2 3\nat name@domain.com 4 5 6\nplum 7 8 9 \r\n")
    refused(glove, path)
    table = glove(path, words_with_spaces=True)
    assert list(table.words) == [". . .", "at name@domain.com", "plum"]
    np.testing.assert_array_equal(table.vectors, np.arange(1, 10).reshape(3, 3))


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "NaN", "+Infinity", "1e999", "-1e39"])
def test_fault_09_numbers_that_are_not_finite(put, number):
    path = put(f"2 3\nkiwi 1 2 3\nplum 1 {number} {number}\n")
    refused(read_text, path, "line 3.*not finite.*drop_nonfinite=True")
    with pytest.warns(FormatWarning, match="2 values are nan or infinite"):
        table = read_text(path, allow_nonfinite=True)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(table.vectors[1], np.float32([1, float(number), float(number)]))
    with pytest.warns(FormatWarning, match="1 words are left out, whose vectors have nan or infinity"):
        assert list(read_text(path, drop_nonfinite=True).words) == ["kiwi"]
    with pytest.warns(FormatWarning):
        assert KeyedVectors.from_file(path, drop_nonfinite=True).index_to_key == ["kiwi"]  # as the error advises
    refused(lambda path: read_text(path, drop_nonfinite=True), put(f"1 1\nkiwi {number}\n"), "no word is left")


@pytest.mark.parametrize(
    "number", ["0x1p3", "0x10", "1_000", "1,5", "1e", "e5", ".", "-", "+-1", "--1", "1e5.0", "infin", "１"]
)
def test_fault_09_what_is_no_decimal_number(put, number):
    for rules in ({}, {"allow_nonfinite": True}):
        refused(
            lambda path, rules=rules: read_text(path, **rules),
            put(f"2 3\nkiwi 1 2 3\nplum 1 {number} 3\n"),
            "line 3.*where a decimal",
        )


def test_fault_09_values_of_a_binary_file_that_are_not_finite(put):
    rows = ROWS.copy()
    rows[2, 1], rows[3, 0] = np.nan, -np.inf
    path = put(binary_file(rows=rows))
    refused(read_binary, path, "word 3 of 4, offset .*nan or infinite")
    with pytest.warns(FormatWarning, match="2 values"):
        np.testing.assert_array_equal(read_binary(path, allow_nonfinite=True).vectors, rows)
    with pytest.warns(FormatWarning, match="2 words are left out"):
        np.testing.assert_array_equal(read_binary(path, drop_nonfinite=True).vectors, rows[:2])


def test_a_nul_in_a_word_shows_that_a_file_is_read_askew(put):
    refused(read_binary, put(binary_file(["kiwi", "pl\0um"], ROWS[:2])), r"word 2, 'pl\\x00um', has a NUL in it")
    refused(read_text, put("2 1\nkiwi 1\npl\0um 2\n"), "word 2, .* has a NUL in it")


def test_a_vocabulary_is_no_table_of_one_dimension(put):
    path = put("the 1061396\nof 593677\nand 416629\n")
    refused(guess_format, path, "looks like a vocabulary, words and their counts")
    refused(KeyedVectors.from_file, path, "looks like a vocabulary")
    assert read_text(path, header=False).dim == 1  # where it is named
    assert guess_format(put("the 0.5\nof 2\n")) == "glove"


@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_10_a_word_twice(put, name):
    words = ["kiwi", "plum", "kiwi", "pear"]
    path = put(text_file(lines=text_lines(words)) if name == "text" else binary_file(words))
    read = read_text if name == "text" else read_binary
    refused(read, path, "'kiwi' is there twice, as words 1 and 3")
    for choice, rows in (("first", [0, 1, 3]), ("last", [1, 2, 3])):
        with pytest.warns(FormatWarning, match="1 rows of 4 repeat a word"):
            table = read(path, on_duplicate=choice)
        listed = list(table.words)
        assert len(table) == table.vectors.shape[0] == len(set(listed)) == 3
        assert None not in listed
        assert listed == [words[row] for row in rows]
        np.testing.assert_array_equal(table.vectors, ROWS[rows])


@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_11_words_that_are_not_utf8(put, name):
    good = text_file() if name == "text" else binary_file()
    raw = good.replace("kākāpō".encode(), b"k\xe2\x28\xa1")
    read = read_text if name == "text" else read_binary
    message = refused(read, put(raw), "not UTF-8")
    assert f"byte {raw.index(bytes([0xE2])):,}" in message
    assert ("line 3" if name == "text" else "word 2 of 4") in message
    assert list(read(put(raw), errors="replace").words)[1] == "k\ufffd(\ufffd"
    twice = good.replace("kākāpō".encode(), b"k\xff").replace("🥝".encode(), b"k\xfe")
    refused(lambda path: read(path, errors="replace"), put(twice), "is there twice")
    with pytest.warns(FormatWarning, match="repeat a word"):
        assert len(read(put(twice), errors="replace", on_duplicate="first")) == 3


INEXPRESSIBLE = ["two words", "new\nline", "tab\t", "nul\0", "", "carriage\r", "page\f"]
EXPRESSIBLE = ["x" * 2**20, "no\u00a0break", "line\u2028", "ملك", "🥝", "'", '"', "1", "nan", "\ufeffmark"]


@pytest.mark.parametrize("write", [write_text, write_binary])
@pytest.mark.parametrize("word", [*INEXPRESSIBLE, "\ud800"])
def test_fault_12_words_that_the_formats_cannot_express_are_listed(tmp_path, write, word):
    table = WordVectors(["kiwi", word], np.eye(2))
    with pytest.raises(ParameterError) as caught:
        write(tmp_path / "file", table)
    assert repr(word) in str(caught.value)
    assert "native format" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write, read", [(write_text, read_text), (write_binary, read_binary)])
def test_fault_12_words_that_the_formats_express(tmp_path, write, read):
    table = WordVectors(EXPRESSIBLE, np.arange(2.0 * len(EXPRESSIBLE)).reshape(-1, 2))
    write(tmp_path / "file", table)
    assert list(read(tmp_path / "file").words) == EXPRESSIBLE


def zipped():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps([1]))
    return stream.getvalue()


FOREIGN = {
    "pickle": (lambda: pickle.dumps({"vectors": [1.0] * 99}), "a Python pickle"),
    "zip": (zipped, "a zip archive"),
    "gzip": (lambda: gzip.compress(text_file()), "gzip-compressed"),
    "png": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "a PNG picture"),
    "html": (lambda: b"<!DOCTYPE html>\n<html><body>404 not found</body></html>\n", "an HTML page"),
    "fastText": (lambda: (793712314).to_bytes(4, "little") + bytes(99), "fastText"),
    "npy": (lambda: b"\x93NUMPY\x01\0" + bytes(99), "NumPy"),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("read", [read_text, glove, read_binary])
def test_fault_13_what_it_looks_like_is_said(put, name, read):
    contents, message = FOREIGN[name]
    refused(read, put(contents()), f"this looks like .*{message}")


def test_fault_13_text_as_binary_and_the_reverse(put):
    rows = np.random.default_rng(0).normal(size=(4, 50)).astype(np.float32)
    refused(
        read_binary, put(text_file(header="4 50", lines=text_lines(rows=rows))), "looks like word2vec's text format"
    )
    refused(read_text, put(binary_file(rows=rows)), "looks like binary data.*binary=True")
    refused(read_text, put("\n".join(text_lines(rows=rows))), "without a header.*no_header=True")


def test_fault_13_an_empty_file(put):
    for read in (read_text, glove, read_binary):
        refused(read, put(b""), "is empty")


PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("name", ["text", "binary"])
def test_fault_15_damaged_packed_files(put, ending, name):
    words = [f"word{number}" for number in range(300)]
    rows = np.random.default_rng(1).normal(size=(300, DIM)).astype(np.float32)
    contents = text_file(lines=text_lines(words, rows)) if name == "text" else binary_file(words, rows)
    read, packed = (read_text if name == "text" else read_binary), PACKERS[ending](contents)
    assert list(read(put(packed, "file" + ending)).words) == words
    refused(read, put(packed[: len(packed) // 2], "file" + ending))
    refused(read, put(packed[:-4], "file" + ending), kinds=CorruptError)
    damaged = bytearray(packed)
    damaged[len(damaged) // 2] ^= 0x55
    refused(read, put(bytes(damaged), "file" + ending))


def test_fault_15_gzip_check_sum_garbage_and_members(put):
    packed = bytearray(gzip.compress(text_file()))
    packed[-6] ^= 1  # in the check sum
    refused(read_text, put(bytes(packed), "file.gz"), "may be damaged", CorruptError)
    refused(read_text, put(gzip.compress(text_file()) + b"garbage", "file.gz"), "may be damaged", CorruptError)
    raw = text_file()
    members = gzip.compress(raw[:20]) + gzip.compress(raw[20:])
    assert list(read_text(put(members, "file.gz")).words) == WORDS


@pytest.mark.parametrize("read", [read_text, glove, read_binary])
def test_fault_15_a_bomb_of_one_line(put, read, monkeypatch):
    """A line of 256 MB in 250 kB; the limit is 64 MiB and some of it is read at a time."""
    packer = zlib.compressobj(9, 8, 31)
    packed = packer.compress(b"2 3\n") + b"".join(packer.compress(b"a" * 2**20) for _ in range(256)) + packer.flush()
    path = put(packed, "bomb.gz")
    assert path.stat().st_size < 2**19
    sources_limit = sources.MAX_LINE_BYTES
    monkeypatch.setattr(sources, "MAX_LINE_BYTES", 2**23)  # so that the memory that pytest measures is the rule's
    if read is read_binary:
        message = refused(read, path)
    else:
        message = refused(read, path, "longer than the limit of 8 MiB")
    assert "line" in message or "record" in message
    assert sources_limit == 64 * 2**20


@pytest.mark.parametrize("rules", [{"errors": "maybe"}, {"on_duplicate": "both"}, {"limit": 0}, {"limit": 1.5}])
def test_rules_are_checked(rules):
    with pytest.raises(ParameterError, match=next(iter(rules))):
        Rules(**rules)


@pytest.mark.parametrize("limit", [1, 3, 4, 9])
def test_a_limit_reads_the_first_rows_and_looks_no_further(put, limit):
    expected = WORDS[:limit]
    raw = text_file()
    for contents, read in ((raw, read_text), (binary_file(), read_binary), (binary_file(newline=False), read_binary)):
        table = read(put(contents), limit=limit)
        assert list(table.words) == expected
        np.testing.assert_array_equal(table.vectors, ROWS[:limit])
    assert len(read_text(put(raw[: raw.index(b"plum")] + b"plum broken\n"), limit=3)) == 3
    assert len(read_binary(put(binary_file()[:-9]), limit=3)) == 3


@pytest.mark.parametrize("read", [read_text, glove, read_binary])
def test_fault_21_what_is_not_a_file(tmp_path, read):
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        refused(read, path, "this looks like a")
    for name in ("link", "nothing", "nothing.gz"):
        refused(read, tmp_path / name, "cannot be opened", FileError)


def test_errors_are_those_of_the_first_bad_line_of_a_long_file(put, monkeypatch):
    """Pieces are parsed side by side; the message is about the first fault, and its line number is right."""
    monkeypatch.setattr(sources, "PIECE_BYTES", 4096)
    words = [f"word{number}" for number in range(3000)]
    rows = np.random.default_rng(1).normal(size=(3000, DIM)).astype(np.float32)
    lines = text_lines(words, rows)
    np.testing.assert_array_equal(read_text(put(text_file(lines=lines))).vectors, rows)
    np.testing.assert_array_equal(read_binary(put(binary_file(words, rows))).vectors, rows)
    for bad in (1000, 1500, 2999):
        lines[bad] += " 1"
    message = refused(read_text, put(text_file(lines=lines)), "line 1002,")
    offset = int(message.split("byte ")[1].split(":")[0].replace(",", ""))
    assert text_file(lines=lines)[offset:].startswith(b"word1000 ")


def test_the_whole_error_is_a_format_error_that_is_a_value_error(put):
    with pytest.raises(ValueError):
        read_text(put(b"x"))
    with pytest.raises(FormatError):
        read_text(put(b"x"))
