"""IBM model 1 (Brown et al. 1993): word translation probabilities by expectation maximisation, positions ignored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Pair = tuple[list[str], list[str]]


def align(pairs: Sequence[Pair], iterations: int = 6) -> list[set[tuple[int, int]]]:
    """The best source position of every target word, those best explained by NULL left out."""
    ids: tuple[dict[str, int], dict[str, int]] = ({"": 0}, {})  # "" stands for NULL
    encoded = [[[ids[k].setdefault(w, len(ids[k])) for w in pair[k]] for k in (0, 1)] for pair in pairs]
    shapes = [(1 + len(source), len(target)) for source, target in encoded]
    sources = np.concatenate([np.tile([0, *source], len(target)) for source, target in encoded])
    targets = np.concatenate([np.repeat(target, 1 + len(source)) for source, target in encoded]).astype(np.int64)
    widths = np.concatenate([np.full(n, m) for m, n in shapes])
    group = np.repeat(np.arange(len(widths)), widths)  # which target word a cell belongs to
    cells, place = np.unique(sources * len(ids[1]) + targets, return_inverse=True)
    probability = np.ones(len(cells))
    for _ in range(iterations):
        posterior = probability[place] / np.bincount(group, probability[place])[group]
        counts = np.bincount(place, posterior)
        probability = counts / np.bincount(cells // len(ids[1]), counts)[cells // len(ids[1])]
    found, start = [], 0
    for m, n in shapes:
        best = probability[place[start : start + m * n]].reshape(n, m).argmax(1).tolist()
        start += m * n
        found.append({(i - 1, j) for j, i in enumerate(best) if i > 0})
    return found
