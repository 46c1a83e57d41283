"""What the words of a vocabulary tell about how their text was read."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from densevec.corpus.tokenizers import Tokenizer

if TYPE_CHECKING:
    from densevec.corpus.text import TextCorpus

logger = logging.getLogger(__name__)

_MOST = 10_000  # words that are looked at, the most frequent ones: some milliseconds
_EDGED = 1 / 4  # in running text some third of the words has punctuation at an end, in tokenised text one in a hundred
_CAPITAL = 1 / 2  # in running English text, names and beginnings of sentences, some fifth of the words has capitals


def vocabulary_advice(words: Sequence[str], lowercase: bool, tokenizer: Tokenizer) -> str | None:
    """A sentence about words that are many for one reason, and the parameters that would make them few; else None.

    Reasons are punctuation at a word's ends where text was cut at white space, for a quarter of the words or more, and
    capitals, for half of them.  Words without a letter do not count.

    >>> vocabulary_advice(["the", "kiwi,", "egg.", "An"], False, "whitespace")
    "50 % of the words begin or end in punctuation, such as 'kiwi,', and 25 % have capitals, such as 'An'; \
tokenizer='words' and lowercase=True would make one word of each word's forms"
    >>> vocabulary_advice(["the", "kiwi", "egg", "An"], False, "words") is None
    True
    """
    words = [word for word in words[:_MOST] if any(map(str.isalpha, word))]
    is_cut_at_blanks = tokenizer == "whitespace"
    edged = [word for word in words if _is_edged(word)] if is_cut_at_blanks else []
    capital = [] if lowercase else [word for word in words if word != word.lower()]
    if len(edged) < max(1, _EDGED * len(words)) and len(capital) < max(1, _CAPITAL * len(words)):
        return None
    found = []
    if edged:
        found.append(f"{_percent(edged, words)} of the words begin or end in punctuation, such as {edged[0]!r}")
    if capital:
        of_what = "" if edged else " of the words"
        found.append(f"{_percent(capital, words)}{of_what} have capitals, such as {_plainest(capital)!r}")
    options = ["tokenizer='words'"] * is_cut_at_blanks + ["lowercase=True"] * (not lowercase)
    text = f"{', and '.join(found)}; {' and '.join(options)} would make one word of each word's forms"
    return text


def log_advice(words: Sequence[str], text: TextCorpus) -> None:
    """Say it in the log, at the end of counting text files."""
    if text.paths is not None and (advice := vocabulary_advice(words, text.lowercase, text.tokenizer)):
        logger.warning("%r: %s", text, advice)


def _is_edged(word: str) -> bool:
    return any(not end.isalnum() and unicodedata.category(end)[0] in "PS" for end in (word[0], word[-1]))


def _plainest(words: list[str]) -> str:
    return next((word for word in words if not _is_edged(word)), words[0])


def _percent(part: list[str], whole: list[str]) -> str:
    return f"{100 * len(part) / len(whole):.0f} %"
