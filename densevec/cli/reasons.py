"""What the training text itself says of a pair of words, for those who ask why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from densevec.vectors.inference import is_counted, locate

_WIDTH = 110  # characters of a sentence that are shown
_ENDING = 3  # letters by which forms of a word may differ: *city*, *cities*
_LEAST = 0.5  # of a count that is shown as one


@dataclass(frozen=True)
class Reason:
    """How often the text says that the one word is a kind of the other, and a sentence that does, if one is kept.

    is_read : whether a text is known that may say so
    is_learned : whether what it says decides, and not the densities alone
    narrow_forms, broad_forms : tokens of the sentence that the text takes for the one word and for the other
    """

    narrow: str
    broad: str
    count: float
    sentence: str | None
    is_read: bool
    is_learned: bool
    narrow_forms: frozenset[str] = frozenset()
    broad_forms: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        return {"count": self.count, "sentence": self.sentence}

    def summary(self, *, entails: bool = True) -> str:
        """In a few words; where the text says nothing, a yes comes from near words or the densities."""
        if not self.is_read:
            return "by the densities alone"
        if self.count <= 0 and not entails:
            return "the text does not say so"
        if self.count <= 0:
            return (
                f"the text does not say it itself: by the {'words near it' if self.is_learned else 'densities alone'}"
            )
        if self.count < _LEAST:
            return "the text hints at it"
        times = math.floor(self.count + 0.5)  # 0.5 is once, where round() makes it 0
        return f"the text says so {'once' if times == 1 else f'{times:,} times'}"

    def excerpt(self) -> str:
        """The sentence, or what of it is around the two words."""
        tokens = (self.sentence or "").split()
        narrow = _places(tokens, self.narrow, self.narrow_forms)
        broad = _places(tokens, self.broad, self.broad_forms)
        first, last = min(
            ((min(a, b), max(a, b)) for a in narrow for b in broad if a != b),
            key=lambda places: places[1] - places[0],
            default=(0, 0),
        )
        return _around(tokens, first, last)


def _places(tokens: list[str], word: str, forms: frozenset[str]) -> list[int]:
    """Where a word stands in one of its forms; where none is known, in what looks like one."""
    stem = word.lower()[: max(_ENDING, len(word) - _ENDING)]
    return [place for place, token in enumerate(tokens) if token in forms] or [
        place
        for place, token in enumerate(tokens)
        if token.lower().startswith(stem) and len(token) <= len(word) + _ENDING
    ]


def _around(tokens: list[str], first: int, last: int) -> str:
    """The tokens from ``first`` to ``last``, as far as there is room, and some on both sides."""
    begin = end = first
    size = 0
    while True:
        grown = False
        # Towards the other word, then to either side in turn.
        for place in [end] if end <= last else [end, begin - 1]:
            if 0 <= place < len(tokens) and size + len(tokens[place]) + 1 <= _WIDTH:
                size += len(tokens[place]) + 1
                begin, end = min(begin, place), max(end, place + 1)
                grown = True
        if not grown:
            break
    text = " ".join(tokens[begin:end]) or " ".join(tokens)[:_WIDTH]
    return f"{'… ' if begin else ''}{text}{' …' if end < len(tokens) else ''}"


def reason_for(vectors: Any, narrow: str, broad: str) -> Reason:
    """Why the narrow word may be called by the broad one."""
    statement, state = vectors.stated(narrow, broad), vectors._state
    row, is_read = state.index(broad, -1), state.statements is not None
    is_learned = state.inference is not None and row >= 0 and is_counted(state, row)
    forms = [_forms(state, word, statement.sentence) for word in (narrow, broad)] if statement.sentence else []
    return Reason(narrow, broad, statement.count, statement.sentence, is_read, is_learned, *forms)


def _forms(state: Any, word: str, sentence: str) -> frozenset[str]:
    """The tokens of a sentence that stand for the same word as this one does."""
    folded = locate(state, state.statements).folded
    rows = {token: state.index(token, -1) for token in sentence.split()}
    return frozenset(token for token, row in rows.items() if row >= 0 and folded[row] == folded[state.row(word)])
