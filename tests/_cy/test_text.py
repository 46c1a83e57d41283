"""The kernels of text against plain Python."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from densevec._cy.text import Tokens, WordTable, check_text, count_line_ends, map_non_ascii
from densevec._unicode import NORMAL_FORMS, folding

SEPARATORS = re.compile(rb"[ \t\v\f\r]+")

characters = st.sampled_from("abcXYZ019 \t\v\f\n\r'’\"éßİΣσ\u0301नम\u00a0\u3000\u2028\u0085中😀\u200d\u200b\u00adצה״·")
text_like = st.text(characters, max_size=300)
any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=200)
texts = st.one_of(text_like, any_text)


def plain_lines(data: bytes) -> list[list[bytes]]:
    return [[token for token in SEPARATORS.split(line) if token] for line in data.split(b"\n")]


def encode(table: WordTable, tokens: Tokens, length: int, begun: int = 0) -> tuple[list[int], list[int], int, int]:
    ids = np.empty(tokens.num_tokens, np.int32)
    lengths = np.empty(tokens.num_line_ends + (begun + tokens.num_tokens) // length, np.int64)
    num_ids, num_lengths, open_ids, open_tokens, _ = table.encode(tokens, begun, length, ids, lengths)
    return ids[:num_ids].tolist(), lengths[:num_lengths].tolist(), open_ids, open_tokens


# -- check_text --


@given(st.binary(max_size=60))
@example(b"a" * 7 + b"\x81")
@example(b"\xed\xa0\x80")  # a surrogate
@example(b"\xf4\x90\x80\x80")  # above U+10FFFF
@example(b"\xc0\x80")  # overlong
@example("é中😀".encode() * 5)
@example(b"\xe2\x82")
def test_check_text_finds_what_python_finds(data: bytes) -> None:
    try:
        data.decode()
        bad = -1
    except UnicodeDecodeError as error:
        bad = error.start
    nul = data.find(b"\0")
    expected = min((place for place in (bad, nul) if place >= 0), default=-1)
    position, non_ascii = check_text(data)
    assert position == expected
    before = data if expected < 0 else data[:expected]
    assert non_ascii == (not before.isascii())


@given(st.binary(max_size=20), st.integers(0, 70))
def test_check_text_at_every_alignment(data: bytes, shift: int) -> None:
    position = check_text(data)[0]
    assert check_text(b"x" * shift + data)[0] == (position + shift if position >= 0 else -1)


@given(st.text(st.sampled_from("ab\n\r"), max_size=600))
@example("\n" * 2000)
def test_count_line_ends(text: str) -> None:
    assert count_line_ends(text.encode()) == text.count("\n")


# -- Tokens --


@given(texts)
@example("a" * 64)
@example("a" * 63 + " b")
@example(" " * 64 + "a" * 128 + "\n")
@example("")
def test_cutting_equals_splitting(text: str) -> None:
    data = text.encode()
    tokens = Tokens()
    number = tokens.load(data)
    expected = plain_lines(data)
    assert tokens.words() == expected
    assert number == sum(map(len, expected))
    assert tokens.num_line_ends == len(expected) - 1


@given(st.text(st.characters(max_codepoint=127, exclude_characters="\0")))
def test_ascii_is_lowered(text: str) -> None:
    tokens = Tokens()
    tokens.load(text.encode(), True)
    assert tokens.words() == plain_lines(text.lower().encode())


@given(st.lists(texts, max_size=4), st.sampled_from([" ", "\n", " " * 63, " " * 64, "x" * 70, "X" * 70 + " "]))
@example(["ΑΣ'", "Α"], " ")
@example(["", "É"], "x" * 70)
@example(["ΑΣ", "Α"], "\u00a0")
def test_lowering_equals_that_of_python(pieces: list[str], between: str) -> None:
    text = between.join(pieces)
    tokens = Tokens()
    tokens.load(map_non_ascii(text.encode(), str.lower), True)
    assert tokens.words() == plain_lines(text.lower().encode())


def test_lowering_leaves_ascii_text_alone() -> None:
    text = b"All ASCII, all THE same " * 9
    assert map_non_ascii(text, str.lower) is text


@given(texts, st.sampled_from(NORMAL_FORMS), st.booleans())
def test_folding_stretches_equals_folding_the_whole(text: str, form: str, lowercase: bool) -> None:
    fold = folding(form, lowercase)
    assert fold is not None
    found = map_non_ascii(text.encode(), fold).decode()
    assert (found.lower() if lowercase else found) == fold(text)


def test_buffers_are_used_again_for_shorter_text() -> None:
    tokens = Tokens()
    tokens.load(b"x" * 1000)
    tokens.load(b"y z")
    assert tokens.words() == [[b"y", b"z"]]


def test_cutting_refuses_a_table_of_the_wrong_length() -> None:
    with pytest.raises(ValueError, match="code point"):
        Tokens().load(b"a", False, np.zeros(10, np.uint8))


# -- WordTable --


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(st.lists(st.one_of(words, st.sampled_from(["a", "b", "", "a" * 16, "a" * 17, "a\0", "a\0\0", "b" * 500]))))
def test_counting_strings_equals_counter(items: list[str]) -> None:
    table = WordTable()
    table.count_words(items)
    check_counts(table, Counter(items))


def check_counts(table: WordTable, expected: Counter[str]) -> None:
    order = sorted(expected.items(), key=lambda item: (-item[1], item[0].encode()))
    for smallest in (1, 2, 3):
        counts = np.empty(table.num_at_least(smallest), np.int64)
        found = table.sorted_words(smallest, counts)
        assert list(zip(found, counts.tolist(), strict=True)) == [item for item in order if item[1] >= smallest]
    assert len(table) == len(expected)
    assert table.total() == sum(expected.values())
    for word, count in expected.items():
        assert table.get(word) == count


@given(texts, texts)
def test_counting_text_and_merging_equals_counter(first: str, second: str) -> None:
    tables = []
    for text in (first, second):
        tokens, table = Tokens(), WordTable()
        tokens.load(text.encode())
        table.count(tokens)
        tables.append(table)
    tables[0].merge(tables[1])
    lines = plain_lines(first.encode()) + plain_lines(second.encode())
    check_counts(tables[0], Counter(word.decode() for line in lines for word in line))


def test_a_table_grows_past_many_sizes_without_losing_a_word() -> None:
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 50_000, 200_000)
    items = [f"{'word' * (n % 7)}{n}" for n in numbers.tolist()]
    tokens, table = Tokens(), WordTable()
    tokens.load(" ".join(items).encode())
    table.count(tokens)
    check_counts(table, Counter(items))
    other = WordTable()
    other.merge(table)
    check_counts(other, Counter(items))


def test_fault_41_counts_beyond_32_bits() -> None:
    table = WordTable()
    table.add("the", 2**31 - 1)
    table.add("of", 2**40)
    table.count_words(["the", "the", "of"])
    counts = np.empty(2, np.int64)
    assert table.sorted_words(1, counts) == ["of", "the"]
    assert counts.tolist() == [2**40 + 1, 2**31 + 1]
    assert table.total() == 2**40 + 2**31 + 2


def test_ids_are_positions_and_duplicates_are_told() -> None:
    table = WordTable(3)
    assert table.set_ids(["b", "a", "a long word of more than sixteen bytes"]) == -1
    assert [table.get(w) for w in ("b", "a", "a long word of more than sixteen bytes", "c")] == [0, 1, 2, -1]
    assert WordTable().set_ids(["x", "y", "x"]) == 2


def plain_encode(lines: list[list[bytes]], ids: dict[bytes, int], length: int) -> tuple[list[int], list[int]]:
    flat, lengths = [], []
    for line in lines:
        for start in range(0, len(line), length):
            known = [ids[word] for word in line[start : start + length] if word in ids]
            flat += known
            lengths.append(len(known))
    return flat, [number for number in lengths if number]


@given(texts, st.integers(1, 5), st.data())
def test_encoding_equals_plain_python(text: str, length: int, data: st.DataObject) -> None:
    lines = plain_lines(text.encode())
    known = sorted({word for line in lines for word in line if data.draw(st.booleans())})
    table, tokens = WordTable(), Tokens()
    table.set_ids([word.decode() for word in known])
    tokens.load(text.encode() + b"\n")
    ids, lengths, open_ids, open_tokens = encode(table, tokens, length)
    expected = plain_encode(lines, {word: i for i, word in enumerate(known)}, length)
    assert (ids, [number for number in lengths if number]) == expected
    assert (open_ids, open_tokens) == (0, 0)


def test_a_sentence_goes_on_in_the_next_text() -> None:
    table, tokens = WordTable(), Tokens()
    table.set_ids(["a", "b"])
    tokens.load(b"a x b a ")
    assert encode(table, tokens, 3) == ([0, 1, 0], [2], 1, 1)
    tokens.load(b"b b b b")
    assert encode(table, tokens, 3, begun=1) == ([1, 1, 1, 1], [2], 2, 2)
    tokens.load(b"\n")
    assert encode(table, tokens, 3, begun=2) == ([], [0], 0, 0)


def test_where_words_are_left_out() -> None:
    table, tokens = WordTable(), Tokens()
    table.set_ids(["a", "b"])
    ids, lengths = np.empty(9, np.int32), np.empty(9, np.int64)
    before, after = np.full(9, 7, np.uint8), np.full(9, 7, np.uint8)
    tokens.load(b"x y a b z\na\nz\nb x")
    assert table.encode(tokens, 0, 10, ids, lengths, -1, -1, before, after) == (4, 3, 1, 2, True)
    assert before[:4].tolist() == [1, 0, 0, 0]
    assert after[:3].tolist() == [1, 0, 1]
    assert table.encode_words(["x", "a", "y", "z", "b"], ids, 1, -1, before) == 3
    assert before[1:4].tolist() == [1, 1, 0]
    table.encode_words(["a", "x"], ids, 0, -1, before)
    assert before[:2].tolist() == [0, 1]
    with pytest.raises(ValueError, match="as long as"):
        table.encode(tokens, 0, 10, ids, lengths, -1, -1, before[:8], after)
    with pytest.raises(ValueError, match="go together"):
        table.encode(tokens, 0, 10, ids, lengths, -1, -1, before)
    with pytest.raises(ValueError, match="before is too short"):
        table.encode_words(["a", "x"], ids, 0, -1, before[:2])


def test_arrays_that_are_too_short_are_refused_before_anything_is_written() -> None:
    table, tokens = WordTable(), Tokens()
    table.set_ids(["a"])
    tokens.load(b"a a\na\n")
    ids, lengths = np.empty(3, np.int32), np.empty(2, np.int64)
    with pytest.raises(ValueError, match="ids"):
        table.encode(tokens, 0, 10, ids[:2], lengths)
    with pytest.raises(ValueError, match="lengths"):
        table.encode(tokens, 0, 10, ids, lengths[:1])
    with pytest.raises(ValueError, match="max_length"):
        table.encode(tokens, 0, 0, ids, lengths)
    with pytest.raises(ValueError, match="ids"):
        table.encode_words(["a", "a"], ids, 2)
    with pytest.raises(ValueError, match="values"):
        table.sorted_words(0, lengths[:0])
    with pytest.raises(ValueError, match="itself"):
        table.merge(table)


def test_strings_only() -> None:
    table = WordTable()
    for bad in (b"a", None, 1):
        with pytest.raises(TypeError):
            table.count_words(["a", bad])
        with pytest.raises(TypeError):
            table.encode_words([bad], np.empty(1, np.int32))
    with pytest.raises(UnicodeEncodeError):
        table.count_words(["\ud800"])
