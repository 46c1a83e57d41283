"""What an evaluation needs to know about vectors: the methods it calls, nothing more.

Anything that answers like this can be measured: ``densevec.DensityVectors``, gensim's KeyedVectors
(where no density is needed), or a few lines of your own in an experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from densevec.formats import WordIndex

FloatArray = npt.NDArray[np.float64]


class Words(Protocol):
    """A vocabulary: ``word in vectors``."""

    def __contains__(self, word: Any, /) -> bool: ...


class Similarities(Words, Protocol):
    """Vectors that compare two words; enough for word similarity."""

    def similarity(self, a: str, b: str, /) -> float: ...


class WordTable(Words, Protocol):
    """Vectors whose whole table can be read; enough for analogies."""

    @property
    def index_to_key(self) -> Sequence[str]: ...

    @property
    def vectors(self) -> npt.NDArray[Any]: ...


def words_of(vectors: Any) -> Sequence[str]:
    """The words of a table by row: of ours those that it has, whatever became of the list that it gave its user."""
    words = getattr(vectors, "words", None)
    return words if isinstance(words, WordIndex) else vectors.index_to_key


class Entailments(Words, Protocol):
    """Word densities that score 'a entails b' for many pairs at once, higher is more.

    Those that decide it have ``entailment_probability_batch`` too, whose probabilities are the score then.
    """

    def entailment_batch(self, a: Sequence[str], b: Sequence[str], /) -> npt.NDArray[Any]: ...
