"""Windows of words in finished sentences: which context words there are, and how much each counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters


class Windows(NamedTuple):
    """Context words of B places, and how much each of them counts, (B, W); 0 fills the shorter ones."""

    context: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]

    @classmethod
    def stacked(cls, windows: Sequence[tuple[list[int], list[float]]]) -> Windows:
        """Those of places whose ids and weights are given."""
        shape = len(windows), max((len(ids) for ids, _ in windows), default=0)
        context, weight = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
        for row, (ids, weights) in enumerate(windows):
            context[row, : len(ids)] = ids
            weight[row, : len(ids)] = weights
        return cls(context, weight)

    def at(self, rows: Any) -> Windows:
        """Those of some places."""
        return Windows(self.context[rows], self.weight[rows])


def window_of(
    sides: Sequence[Iterable[int]], keep: npt.NDArray[Any], settings: BayesianSkipGramParameters
) -> tuple[list[int], list[float]]:
    """Ids of the context words of a place, and the share of each in training: the probability that subsampling keeps
    it, times that of a window reaching it past the words expected to be kept in between.

    sides : the known words on either side, the nearest first
    keep : (V,) probability that subsampling keeps a token
    """
    ids, weights = [], []
    for side in sides:
        nearer = 0.0  # context words expected to be kept between the word and this one
        for word in side:
            reach = settings.window - nearer
            if reach <= 0:
                break
            kept = float(keep[word])
            ids.append(word)
            weights.append(kept * (min(1.0, reach / settings.window) if settings.shrink_windows else min(1.0, reach)))
            nearer += kept
    return ids, weights
