"""The alignment HMM by enumeration of every path, in plain Python."""

from __future__ import annotations

import itertools

import numpy as np


def transition(log_jump, m: int) -> np.ndarray:
    """p(i | i') of real states, row i' + 1, row 0 for the start at position -1."""
    reach = len(log_jump) // 2
    table = np.empty((m + 1, m))
    for start in range(-1, m):
        for i in range(m):
            jump = max(-reach, min(reach, i - start))
            table[start + 1, i] = np.exp(log_jump[jump + reach])
    return table / table.sum(1, keepdims=True)


def enumerate_paths(emission, log_jump, null_probability: float):
    """log P(y), posterior (m + 1, n) and the best path of one pair; emission (m + 1, n) of logs, NULL first."""
    m, n = emission.shape[0] - 1, emission.shape[1]
    table = transition(log_jump, m)
    states = [(i, is_null) for i in range(m) for is_null in (False, True)]
    total, posterior, best = 0.0, np.zeros((m + 1, n)), (-1.0, [])
    for path in itertools.product(states, repeat=n):
        probability, before = 1.0, -1
        for j, (i, is_null) in enumerate(path):
            if not is_null:
                probability *= (1 - null_probability) * table[before + 1, i]
            elif j == 0:  # the first NULL state lies where the jump would have gone
                probability *= null_probability * table[0, i]
            else:
                probability *= null_probability * (i == before)
            probability *= np.exp(float(emission[0 if is_null else i + 1, j]))
            before = i
        links = [0 if is_null else i + 1 for i, is_null in path]
        total += probability
        posterior[links, range(n)] += probability
        best = max(best, (probability, links))
    return np.log(total), posterior / total, best[1]
