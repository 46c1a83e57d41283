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
        shape = len(windows), max((len(ids) for ids, _, _ in windows), default=0)
        context, weight, place = np.zeros(shape, np.int64), np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for row, (ids, weights, places) in enumerate(windows):
            context[row, : len(ids)] = ids
            weight[row, : len(ids)] = weights
            place[row, : len(ids)] = places
        return cls(context, weight, place)

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
