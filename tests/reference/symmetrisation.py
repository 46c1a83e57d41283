"""The published pseudo-code of symmetrisation on a table of truth values: slow, and word for word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

NEIGHBOURS = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]


def symmetrise(forward: np.ndarray, backward: np.ndarray, method: str) -> np.ndarray:
    """Both tables (M, N): whether source word i and target word j are linked."""
    union, table = forward | backward, forward & backward
    if method in ("union", "intersection"):
        return union if method == "union" else table
    grow(table, union)
    if method != "grow-diag":
        final(table, forward, method)
        final(table, backward, method)
    return table


def cells(table: np.ndarray) -> Iterator[tuple[int, int]]:
    yield from ((i, j) for i in range(table.shape[0]) for j in range(table.shape[1]))


def grow(table: np.ndarray, union: np.ndarray) -> None:
    before = -1
    while table.sum() > before:
        before = table.sum()
        for i, j in cells(table):
            for a, b in [(i + down, j + right) for down, right in NEIGHBOURS if table[i, j]]:
                is_inside = 0 <= a < table.shape[0] and 0 <= b < table.shape[1]
                if is_inside and union[a, b] and (not table[a].any() or not table[:, b].any()):
                    table[a, b] = True


def final(table: np.ndarray, direction: np.ndarray, method: str) -> None:
    for i, j in cells(table):
        is_free = [not table[i].any(), not table[:, j].any()]
        if direction[i, j] and (all(is_free) if method == "grow-diag-final-and" else any(is_free)):
            table[i, j] = True
