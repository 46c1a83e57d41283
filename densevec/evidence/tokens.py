"""What a token of a text is without the punctuation that is written onto it."""

from __future__ import annotations

import unicodedata

from densevec._cy.patterns import COMMA_AFTER, END_AFTER, OPENS, SEPARATOR, STOP

APOSTROPHES = ("'", "’")
_ENDS = frozenset(".!?…;:|。！？")
_CLOSING = frozenset(")]}")  # what they end is said of what stands before them alone


def stripped(word: str) -> tuple[str, int]:
    """A token without the punctuation at its ends, and marks for it; of punctuation alone, "" and its class."""
    begin, end = 0, len(word)
    while begin < end and not word[begin].isalnum() and not unicodedata.category(word[begin]).startswith("M"):
        begin += 1
    while end > begin and not word[end - 1].isalnum() and not unicodedata.category(word[end - 1]).startswith("M"):
        end -= 1
    if begin == end:
        return "", STOP if _ENDS & set(word) else SEPARATOR
    after = 0
    if end < len(word):
        after = END_AFTER if (_ENDS | _CLOSING) & set(word[end:]) else COMMA_AFTER
    return word[begin:end], after | (OPENS if begin else 0)


def folded(word: str) -> str:
    """As a token is looked up among a language's words: in small letters, without punctuation but where it is all.

    >>> folded("Tels"), folded("(qu’"), folded("Isn’t"), folded(",")
    ('tels', 'qu', "isn't", ',')
    """
    if word.isalpha():
        return word.lower()
    return (stripped(word)[0] or word).lower().replace("’", "'")


def is_word(core: str) -> bool:
    """Not a number and not a single letter of an alphabet."""
    return not any(map(str.isdigit, core)) and (len(core) > 1 or unicodedata.category(core) == "Lo")
