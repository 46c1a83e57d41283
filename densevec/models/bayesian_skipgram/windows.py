"""Windows of words in finished sentences: which context words there are, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters

Window = tuple[list[int], list[float], list[float]]  # ids of context words, how much each counts, where it stands


class Windows(NamedTuple):
    """Context words of B places, how much each of them counts, and where it stands, (B, W); 0 fills the shorter ones.

    place : expected distance in training, when frequent words between are left out: negative on the left
    """

    context: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    place: npt.NDArray[np.float32]

    @classmethod
    def stacked(cls, windows: Sequence[Window]) -> Windows:
        """Those of places whose ids, weights and distances are given."""
        found = cls.empty((len(windows), max((len(ids) for ids, _, _ in windows), default=0)))
        for row, (ids, weights, places) in enumerate(windows):
            found.context[row, : len(ids)] = ids
            found.weight[row, : len(ids)] = weights
            found.place[row, : len(ids)] = places
        return found

    @classmethod
    def in_text(
        cls,
        text: tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]],
        places: npt.NDArray[np.int64],
        keep: npt.NDArray[Any],
        settings: BayesianSkipGramParameters,
    ) -> Windows:
        """Those of places in a text of ids and offsets of sentences: all their ``window_of``, a step away at a time."""
        ids, offsets = text
        sentences = np.searchsorted(offsets, places, side="right") - 1
        begins, ends = offsets[sentences], offsets[sentences + 1]
        number, found = np.zeros(len(places), np.int64), []
        for sign in (1, -1):
            nearer, rows, there = np.zeros(len(places)), np.arange(len(places)), places + sign
            while len(rows):
                reach = settings.window - nearer[rows]
                goes_on = (there >= begins[rows]) & (there < ends[rows]) & (reach > 0)
                rows, there, reach = rows[goes_on], there[goes_on], reach[goes_on]
                words = ids[there]
                kept = keep[words].astype(np.float64)
                weight = kept * np.minimum(1.0, reach / settings.window if settings.shrink_windows else reach)
                found.append((rows, number[rows], words, weight, sign * (1 + nearer[rows])))
                number[rows] += 1
                nearer[rows] += kept
                there = there + sign
        windows = cls.empty((len(places), int(number.max(initial=0))))
        for rows, columns, words, weight, place in found:
            windows.context[rows, columns] = words
            windows.weight[rows, columns] = weight
            windows.place[rows, columns] = place
        return windows

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Windows:
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def at(self, rows: Any) -> Windows:
        """Those of some places."""
        return Windows(*(each[rows] for each in self))


def window_of(sides: Sequence[Iterable[int]], keep: npt.NDArray[Any], settings: BayesianSkipGramParameters) -> Window:
    """Ids of the context words of a place, and the share of each in training: the probability that subsampling keeps
    it, times that of a window reaching it past the words expected to be kept in between; and its expected distance.

    sides : the known words on the right and on the left, the nearest first
    keep : (V,) probability that subsampling keeps a token
    """
    ids, weights, places = [], [], []
    for side, sign in zip(sides, (1, -1), strict=True):
        nearer = 0.0  # context words expected to be kept between the word and this one
        for word in side:
            reach = settings.window - nearer
            if reach <= 0:
                break
            kept = float(keep[word])
            ids.append(word)
            weights.append(kept * (min(1.0, reach / settings.window) if settings.shrink_windows else min(1.0, reach)))
            places.append(sign * (1 + nearer))
            nearer += kept
    return ids, weights, places
