"""Everything a training run needs to go on exactly where it was cut."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from densevec.corpus import Vocabulary
from densevec.formats import write_container
from densevec.formats.atomic import check_room
from densevec.training.history import to_arrays
from densevec.training.state import TrainingState

CLASS = "Checkpoint"
PREFIX = "learner."  # of the names of the learner's tensors


class Learner(Protocol):
    """What has weights and an optimiser's state: a task, or an ``Optimiser``."""

    def state(self) -> Mapping[str, Any]:
        """Arrays or tensors by name."""

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        """Take such arrays, or tensors, back."""


class Snapshot:
    """What a learner has come to, in memory of its own."""

    def __init__(self, learner: Learner) -> None:
        self._arrays = {name: as_array(value).copy() for name, value in learner.state().items()}

    def state(self) -> Mapping[str, npt.NDArray[Any]]:
        """As the learner's."""
        return self._arrays


@dataclass(frozen=True)
class Checkpoint:
    """A file that training writes to now and then, in the native container format.

    It holds the state of the learner, weights and optimiser (``learner.*``), the words and their counts, and in its
    metadata the parameters of the model, the digest of the encoded corpus, ``facts`` and the
    ``TrainingState``: step, epoch, position in the ids, sums of the loss so far; the loss history is in arrays
    (``history.*``), for it has no bound.  Random streams are functions of the seed and of these counters, and what
    early stopping remembers one of the history, so that this is all of them.

    Parameters
    ----------
    path : the file; replaced as a whole with each checkpoint
    parameters : of the model, plain JSON values
    vocabulary : of the run
    corpus_digest : identity of the encoded corpus
    reserved : bytes that it leaves free on its disk, for the result
    facts : what else tells whether a training is this one, and how far it is, plain JSON values: see
        ``densevec.training.resume``
    """

    path: str | os.PathLike[str]
    parameters: Mapping[str, Any]
    vocabulary: Vocabulary
    corpus_digest: str
    reserved: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, learner: Learner | Snapshot, state: TrainingState) -> None:
        arrays = {PREFIX + name: as_array(value) for name, value in learner.state().items()}
        history, names = to_arrays(state.history)
        metadata = {
            "class": CLASS,
            "parameters": dict(self.parameters),
            "corpus_digest": self.corpus_digest,
            "training_state": state.as_dict(),
            "history": names,
            "facts": dict(self.facts),
        }
        arrays |= {**history, "counts": self.vocabulary.counts}
        if self.reserved:
            size = self.reserved + sum(array.nbytes for array in arrays.values())
            check_room(self.path, size, f"{self.reserved:,} of them are kept for the trained model")
        write_container(self.path, arrays, self.vocabulary.words, metadata)


def digest_of(arrays: Mapping[str, Any]) -> str:
    """SHA-256 of arrays, or tensors, and their names, in hexadecimal."""
    digest = hashlib.sha256()
    for name, value in sorted(arrays.items()):
        array = as_array(value)
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def as_array(value: Any) -> npt.NDArray[Any]:
    """An array of what has one's values, which may be a tensor on another device."""
    array: npt.NDArray[Any] = value if isinstance(value, np.ndarray) else value.detach().cpu().numpy()
    return array
