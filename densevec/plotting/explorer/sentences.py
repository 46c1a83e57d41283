"""Sentences of a text in which the words of a page stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SHORTEST, _LONGEST = 5, 30  # tokens of a sentence that is shown
_MOST = 50_000  # sentences on a page


def example_sentences(corpus: Iterable[Sequence[str]], places: Mapping[str, int], of_each: int) -> dict[str, Any]:
    """The first sentences of 5 to 30 tokens in which a word stands, ``of_each`` of each word at most.

    Returns ``text``, lists of tokens, and ``of``: row of a word → numbers of its sentences.

    >>> found = example_sentences([["the", "kiwi", "laid", "an", "egg"]] * 3, {"kiwi": 7}, 2)
    >>> found["of"], len(found["text"])
    ({7: [0, 1]}, 2)
    """
    text: list[list[str]] = []
    of: dict[int, list[int]] = {}
    missing = of_each * len(places)
    for sentence in corpus:
        if not _SHORTEST <= len(sentence) <= _LONGEST:
            continue
        rows = {places[token] for token in sentence if token in places}
        wanting = [row for row in rows if len(of.get(row, ())) < of_each]
        if not wanting:
            continue
        for row in wanting:
            of.setdefault(row, []).append(len(text))
        text.append(list(sentence))
        missing -= len(wanting)
        if not missing or len(text) >= _MOST:
            break
    return {"text": text, "of": of}
