"""What phrases are made of: words, connector words, and what joins them, checked."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from densevec._containers import is_list_like
from densevec.errors import ParameterError, ParameterTypeError

Phrase = tuple[str, ...]  # its words, of which the inner ones are connectors
ENGLISH_CONNECTOR_WORDS = frozenset(
    ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"]
)


def as_phrase(words: Sequence[Any]) -> Phrase:
    """The words of a phrase in a file; ValueError for anything else."""
    if len(words) < 2 or not all(isinstance(word, str) for word in words):  # earlier versions have empty ones
        raise ValueError(f"a phrase must be two words or more, found {words!r:.80}")
    return tuple(words)


def as_delimiter(delimiter: Any) -> str:
    """What joins words: a character that a text has room for between two of them."""
    if not isinstance(delimiter, str):
        raise ParameterTypeError(f"delimiter must be one ASCII character, got {delimiter!r:.80}")
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isspace() or not delimiter.isprintable():
        raise ParameterError(f"delimiter must be one printable ASCII character that is no blank, got {delimiter!r:.80}")
    return str(delimiter)  # of a subclass, as NumPy's is


def as_connectors(words: Any) -> Set[str]:
    """Connector words, from a list, a set or the name of one."""
    if isinstance(words, str):
        if words != "english":
            raise ParameterError(f"connector_words must be a list or set of words or 'english', got {words!r:.80}")
        return ENGLISH_CONNECTOR_WORDS
    if not isinstance(words, Set) and not is_list_like(words):
        raise ParameterTypeError(f"connector_words must be a list or set of words or 'english', got {words!r:.80}")
    listed = list(words)
    if not all(isinstance(word, str) and word for word in listed):
        raise ParameterTypeError(f"connector_words must be words (str), got {listed!r:.80}")
    return frozenset(listed)
