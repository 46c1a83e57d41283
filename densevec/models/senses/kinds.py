"""Words of the same kind, by the words that stand directly beside them (Schütze 1995)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from densevec.models.senses.contexts import FloatArray

NUM_BESIDE = 60  # frequent words that tell kinds apart


def beside(places: Sequence[tuple[Sequence[str], int]], column_of: Mapping[str, int]) -> FloatArray:
    """√ of the shares of some frequent words, and of all others, just before and just after places, (2 · (F + 1),).

    The product of two such rows is the sum of two Bhattacharyya coefficients: how much the words' neighbours overlap.

    column_of : frequent word → its column, from 0 to F − 1
    """
    other = len(column_of)
    counts = np.zeros((2, other + 1))
    for tokens, position in places:
        for side, place in enumerate((position - 1, position + 1)):
            if 0 <= place < len(tokens):
                counts[side, column_of.get(tokens[place], other)] += 1
    found: FloatArray = np.sqrt(counts / np.maximum(counts.sum(1, keepdims=True), 1.0)).ravel()
    return found


def of_like_kind(word: FloatArray, others: FloatArray, number: int) -> list[int]:
    """The rows of ``others`` (n, c), at most ``number``, that overlap most with ``word`` (c,), in their order."""
    return sorted(np.argsort(-(others @ word), kind="stable")[:number].tolist())
