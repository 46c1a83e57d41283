"""The twin of the corpus in plain Python: slow, short, obviously right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable


def lines(text: str, lowercase: bool = False) -> list[list[str]]:
    """The tokens of every line, as "whitespace" cuts it; what follows the last line end is one if not empty."""
    found = re.split("\r\n|\n|\r", text.lower() if lowercase else text)
    if not found[-1]:
        found.pop()
    return [[token for token in re.split("[ \t\v\f]+", line) if token] for line in found]


def sentences(text: str, length: int, lowercase: bool = False) -> list[list[str]]:
    """What text must give with the tokenizer "whitespace"."""
    return [
        tokens[start : start + length] for tokens in lines(text, lowercase) for start in range(0, len(tokens), length)
    ]


def vocabulary(given: Iterable[list[str]], min_count: int = 1) -> list[tuple[str, int]]:
    """Words and counts, the most frequent first."""
    counts = Counter(token for sentence in given for token in sentence)
    kept = [item for item in counts.items() if item[1] >= min_count]
    return sorted(kept, key=lambda item: (-item[1], item[0].encode()))


def encode(given: Iterable[list[str]], words: list[str]) -> tuple[list[int], list[int]]:
    """Flat ids of the known tokens, and the bounds of the sentences that have any."""
    index = {word: position for position, word in enumerate(words)}
    ids: list[int] = []
    offsets = [0]
    for sentence in given:
        ids += [index[token] for token in sentence if token in index]
        if len(ids) > offsets[-1]:
            offsets.append(len(ids))
    return ids, offsets
