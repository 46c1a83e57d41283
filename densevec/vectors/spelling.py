"""The nearest spellings of a word that is missing, for the error that says so."""

from __future__ import annotations

import heapq

from densevec._unicode import explain_difference
from densevec.errors import CorruptError
from densevec.formats import WordIndex

_MOST_WORDS = 10_000  # looked at: a message must not cost seconds in a vocabulary of millions
_SHORTLIST = 40
_REACH = 200
_NAMED = 3


def missing_message(word: str, words: WordIndex) -> str:
    """That a word is not among these, and what is spelled most like it."""
    try:
        spellings = nearest_spellings(word, words)
    except CorruptError:  # of words that nobody asked for
        spellings = []
    hint = f"; the nearest spellings are {', '.join(f'{each!r:.80}' for each in spellings)}" if spellings else ""
    if spellings and (difference := explain_difference(word, spellings[0])):
        hint = f"; {spellings[0]!r} is: {difference}"
    return f"{word[:80]!r} is not among the {len(words)} words{hint}"


def nearest_spellings(word: str, words: WordIndex) -> list[str]:
    """The words spelled most like ``word``, of the most frequent ones and of those that begin alike.

    Shared pairs of letters give a shortlist, of words that share as many the more frequent ones; ``difflib``'s ratio
    gives the order.
    """
    word = word[:100]
    pairs = _letter_pairs(word)
    candidates = dict.fromkeys([*words[:_MOST_WORDS], *words.neighbours(word, _REACH)])
    shortlist = heapq.nlargest(_SHORTLIST, candidates, key=lambda other: _overlap(pairs, other))
    import difflib

    matcher = difflib.SequenceMatcher(b=word.lower(), autojunk=False)
    rated = []
    for other in shortlist:
        matcher.set_seq1(other[:100].lower())
        rated.append((-matcher.ratio(), other))
    return [other for _, other in heapq.nsmallest(_NAMED, rated)]


def _letter_pairs(word: str) -> frozenset[str]:
    framed = f" {word.lower()} "
    return frozenset(framed[place : place + 2] for place in range(len(framed) - 1))


def _overlap(pairs: frozenset[str], other: str) -> float:
    """Dice's coefficient of the letter pairs."""
    others = _letter_pairs(other[:100])
    return 2 * len(pairs & others) / (len(pairs) + len(others))
