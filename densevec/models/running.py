"""A training that runs, and vectors that are taken of it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.formats import WordIndex
from densevec.training.state import TrainingState
from densevec.vectors.search import Table
from densevec.vectors.sentences import Place, SentenceReader

Made = TypeVar("Made")


class Running(Generic[Made]):
    """What makes vectors of where a training stands, until it ``is_over``."""

    def __init__(self, make: Callable[[], Made], state: TrainingState) -> None:
        self.make, self._state, self.is_over = make, state, False

    def reader(self, make: Callable[[], SentenceReader]) -> SentenceReader:
        """What reads sentences by tables that are learned, as long as these are what they are now."""
        return _Passing(make, partial(self._stands_at, self._state.step))

    def _stands_at(self, step: int) -> bool:
        return not self.is_over and self._state.step == step


class _Passing(SentenceReader):
    """One of tables that training changes: a copy of them, of all vectors that are taken, would cost too much."""

    def __init__(self, make: Callable[[], SentenceReader], is_now: Callable[[], bool]) -> None:
        self._make, self._is_now = make, is_now

    def _reader(self) -> SentenceReader:
        if not self._is_now():
            raise ParameterError(
                "a word in its sentence must be asked of vectors that were taken during training before the next step "
                "of it, which has been taken; ask model.vectors again, or take copy.copy(model).vectors, which stay"
            )
        return self._make()

    def densities(self, places: Sequence[Place]) -> Sequence[Gaussian]:
        return self._reader().densities(places)

    def directions(self, places: Sequence[Place]) -> npt.NDArray[np.float64] | None:
        return self._reader().directions(places)

    def spelled(self, places: Sequence[Place]) -> Sequence[Place]:
        return self._reader().spelled(places)

    def following(self, before: WordIndex, words: WordIndex, table: Table) -> SentenceReader:
        return _Passing(lambda: self._make().following(before, words, table), self._is_now)

    @property
    def arrays(self) -> Sequence[npt.NDArray[Any]]:
        return ()
