"""What reads words in their sentences for vectors: the result of a training, whatever becomes of its model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.formats import WordIndex
from densevec.vectors.search import Table

Place = tuple[Sequence[str], int]  # tokens and a position among them


class SentenceReader(ABC):
    """What a model has learned of words in their sentences, (tokens, position).  It never changes.

    Vectors have the one of the result that their rows come from: copies and some of the words the same one, edited
    vectors one that has followed the edit.
    """

    @abstractmethod
    def densities(self, places: Sequence[Place]) -> Sequence[Gaussian]:
        """Those of words in their sentences; MissingWordError for one of which nothing is known."""

    @abstractmethod
    def directions(self, places: Sequence[Place]) -> npt.NDArray[np.float64] | None:
        """Vectors (n, d) by which two of them are compared; None where that is by the means of their densities."""

    @abstractmethod
    def spelled(self, places: Sequence[Place]) -> Sequence[Place]:
        """Their sentences as the text was read: lowered, phrases joined."""

    @abstractmethod
    def following(self, before: WordIndex, words: WordIndex, table: Table) -> SentenceReader:
        """That of vectors after an edit, which gave the words ``before`` this table, of these words."""

    @property
    @abstractmethod
    def arrays(self) -> Sequence[npt.NDArray[Any]]:
        """Arrays of vectors that it reads by, which nobody must write to."""
