"""What is a line, a blank and a token, for text in one string, in a stream, and in pieces of any size."""

from __future__ import annotations

import io
import re
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from densevec import _text_rules
from densevec._text_rules import (
    MixedLineEndsError,
    is_blank,
    line_pieces,
    lines_of,
    strip_blanks,
    tokens_of,
)
from tests.corpus.plain import raw_lines

alphabet = st.sampled_from("ab \t\v\f\n\r\r\n\x1c\x1d\u0085\u00a0\u2028\u2029\u3000\ufeff")
texts = st.text(alphabet, max_size=60)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    found = []
    for size in sizes:
        found.append(data[:size])
        data = data[size:]
    return [piece for piece in [*found, data] if piece]


@given(texts)
@example("\n\r")
@example("a\r")
def test_lines_of_a_string_and_of_a_stream(text: str) -> None:
    data = text.removeprefix("\ufeff").encode()
    assert [line.decode() for line in lines_of(io.BytesIO(b"\xef\xbb\xbf" + data))] == raw_lines(data.decode())


@given(texts, st.lists(st.integers(1, 9)), st.booleans())
def test_pieces_of_any_size(text: str, sizes: list[int], can_ask: bool) -> None:
    blocks = cut(text.encode(), sizes)
    asked = []

    def has_newline() -> bool:
        asked.append(True)
        return "\n" in text

    found = b"".join(line_pieces(blocks, has_newline if can_ask else None)).decode()
    assert found == (text if "\n" in text else text.replace("\r", "\n"))
    assert len(asked) <= 1 and (asked == [] or "\r" in text)


@given(texts)
def test_tokens_have_no_blank_and_lose_nothing_else(text: str) -> None:
    tokens = tokens_of(text)
    assert all(token and not set(token) & set(" \t\v\f\r\n") for token in tokens)
    assert "".join(tokens) == re.sub("[ \t\v\f\r\n]", "", text)
    assert is_blank(text) == (not tokens)
    assert tokens_of(strip_blanks(text)) == tokens
    assert not tokens or (strip_blanks(text).startswith(tokens[0]) and strip_blanks(text).endswith(tokens[-1]))


def test_a_stream_that_cannot_be_read_again_and_shows_its_line_ends_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_text_rules, "LOOK_AHEAD", 8)
    assert list(line_pieces([b"ab c", b"a\rb", b"cdefg\n", b"h\ri"])) == [b"ab c", b"a\rb", b"cdefg\n", b"h\ri"]
    with pytest.raises(MixedLineEndsError, match="carriage return up to byte 15 and in a line feed there") as caught:
        list(line_pieces([b"ab c", b"a\rb", b"cdefg", b"h\ri\n"]))
    assert caught.value.offset == 15
    blocks = [b"ab c", b"a\rb", b"cdefg", b"h\ri\n"]
    assert list(line_pieces(blocks, lambda: True)) == blocks


def test_old_lines_are_read_in_little_memory() -> None:
    def blocks() -> Iterator[bytes]:
        for _ in range(64):
            yield b"some old lines\r" * (1 << 16)

    tracemalloc.start()
    try:
        number = sum(piece.count(b"\n") for piece in line_pieces(blocks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert number == 64 << 16
    assert peak < 8 << 20
