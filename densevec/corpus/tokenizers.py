"""From a line of text to its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import numpy as np

Tokenizer = str | Callable[[str], list[str]]

NAMES = ("whitespace", "words")
LINE_END = re.compile("\r\n|\n|\r")
_SEPARATORS = re.compile("[ \t\v\f\n\r]+")


def tokenizer_name(tokenizer: Tokenizer) -> str:
    """The name to keep with a model: of a function, its module and qualified name."""
    if isinstance(tokenizer, str):
        return tokenizer
    name = getattr(tokenizer, "__qualname__", None) or type(tokenizer).__qualname__
    return f"{getattr(tokenizer, '__module__', None) or type(tokenizer).__module__}.{name}"


@lru_cache(maxsize=1)
def word_characters() -> np.ndarray:
    """One byte for each code point: 1 for letters, marks and numbers (Unicode categories L, M, N).

    Marks belong to words: without them the vowels of Hindi or the accents of decomposed text would cut words.
    """
    category = unicodedata.category
    return np.fromiter((category(chr(code))[0] in "LMN" for code in range(0x110000)), np.uint8, 0x110000)


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    edges = np.flatnonzero(np.diff(word_characters(), prepend=0, append=0).astype(np.int8))
    ranges = "".join(f"\\U{first:08x}-\\U{last - 1:08x}" for first, last in edges.reshape(-1, 2))
    return re.compile(f"[{ranges}]+(?:['\u2019][{ranges}]+)*")


def split_whitespace(line: str) -> list[str]:
    """Split at space, tab, vertical tab, form feed and line ends; other Unicode spaces belong to words.

    >>> split_whitespace("a no-break\\u00a0space\\t!")
    ['a', 'no-break\\xa0space', '!']
    """
    return [token for token in _SEPARATORS.split(line) if token]


def split_words(line: str) -> list[str]:
    """Runs of letters, marks and numbers, with apostrophes (' or U+2019) between two of them.

    >>> split_words("Don't panic: it's 3.14, 'tis naïve")
    ["Don't", 'panic', "it's", '3', '14', 'tis', 'naïve']
    """
    return _word_pattern().findall(line)


def resolve_tokenizer(tokenizer: Tokenizer) -> Callable[[str], list[str]]:
    """The function behind a tokenizer's name, or the function itself."""
    if tokenizer == "whitespace":
        return split_whitespace
    if tokenizer == "words":
        return split_words
    assert callable(tokenizer)
    return tokenizer
