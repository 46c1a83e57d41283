"""The twin of the corpus in plain Python: slow, short, obviously right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from densevec.corpus import tokenizers
from densevec.corpus.tokenizers import character_classes


def raw_lines(text: str) -> list[str]:
    """The lines of a text without their ends; what follows the last line end is one if not empty."""
    found = re.split("\r?\n" if "\n" in text else "\r", text)
    return found if found[-1] else found[:-1]


def lines(text: str, lowercase: bool = False) -> list[list[str]]:
    """The tokens of every line, as "whitespace" cuts it."""
    found = raw_lines(text.lower() if lowercase else text)
    return [[token for token in re.split("[ \t\v\f\r]+", line) if token] for line in found]


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


def marked(given: Iterable[list[str]], words: list[str], mark: int) -> list[list[int]]:
    """The sentences that have a known token, with one mark for each run of unknown ones."""
    index = {word: position for position, word in enumerate(words)}
    found = []
    for sentence in given:
        ids: list[int] = []
        for token in sentence:
            if token in index or ids[-1:] != [mark]:
                ids.append(index.get(token, mark))
        if ids and ids != [mark]:
            found.append(ids)
    return found


def words(line: str) -> list[str]:
    """What "words" gives: UAX 29's rules one by one on classes of characters, extending ones set aside (WB4)."""
    classes = character_classes()
    units: list[tuple[int, str]] = []  # class of a character, it and what extends it
    for character in line:
        kind = int(classes[ord(character)])
        if kind == tokenizers.EXTEND and units:
            units[-1] = (units[-1][0], units[-1][1] + character)
        else:
            units.append((kind, character))
    kinds = [tokenizers.OTHER, *(kind for kind, _ in units), tokenizers.OTHER]
    found = [""]
    for place, (kind, text) in enumerate(units, 1):
        before, after = kinds[place - 1], kinds[place + 1]
        if kind in WORD or (before in WORD and _joins(kind, before, after)):
            found[-1] += text
        else:
            found.append("")
    return [word for word in found if word]


LETTERS = {tokenizers.LETTER, tokenizers.HEBREW}
WORD = {*LETTERS, tokenizers.CHARACTER}


def _joins(kind: int, before: int, after: int) -> bool:
    if kind in (tokenizers.APOSTROPHE, tokenizers.SINGLE_QUOTE) and after in WORD:
        return True  # WB6, WB7, WB11, WB12
    if kind == tokenizers.MIDDLE:
        return before in LETTERS and after in LETTERS  # WB6, WB7
    if before == tokenizers.HEBREW:  # WB7a to WB7c
        is_quoted = kind == tokenizers.DOUBLE_QUOTE and after == tokenizers.HEBREW
        return kind == tokenizers.SINGLE_QUOTE or is_quoted
    return False
