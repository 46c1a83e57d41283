"""Batches of sentences in plain NumPy: the twin of ``densevec._cy.pairs``."""

from __future__ import annotations

import numpy as np

from densevec._cy.blocks import permutation
from tests.reference.window import hashed


def sorted_window(
    source_lengths: list[int], target_lengths: list[int] | None, turn: int, number: int, seed: int, shuffle: bool
) -> list[int]:
    """The sentences of ``number`` turns by source length, target length, and chance or place."""
    num_sentences = len(source_lengths)
    turns = permutation(num_sentences, seed) if shuffle else list(range(num_sentences))

    def key(sentence: int) -> tuple[int, int, int, int]:
        target = 0 if target_lengths is None else target_lengths[sentence]
        tie = hashed(~seed & (2**64 - 1), sentence) if shuffle else 0
        return source_lengths[sentence], target, tie, sentence

    return sorted(turns[turn : turn + number], key=key)


def padded(sentences: list[list[int]]) -> np.ndarray:
    """Rows of ids, filled with zeros to the length of the longest."""
    rows = np.zeros((len(sentences), max(map(len, sentences))), np.int32)
    for row, sentence in zip(rows, sentences, strict=True):
        row[: len(sentence)] = sentence
    return rows
