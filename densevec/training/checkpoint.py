"""Everything a training run needs to go on exactly where it was cut."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy.typing as npt
import torch

from densevec._validation import as_path
from densevec.corpus import Vocabulary
from densevec.errors import FormatError
from densevec.formats import read_container, write_container
from densevec.formats.atomic import check_room
from densevec.training.history import from_arrays, to_arrays
from densevec.training.state import TrainingState

_CLASS = "Checkpoint"
_PREFIX = "learner."


class Learner(Protocol):
    """What has weights and an optimiser's state: a task, or an ``Optimiser``."""

    def state(self) -> Mapping[str, torch.Tensor]: ...

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None: ...


@dataclass(frozen=True)
class Checkpoint:
    """A file that training writes to now and then, in the native container format.

    It holds the state of the learner, weights and optimiser (``learner.*``), the words and their counts, and in its
    metadata the parameters of the model, the digest of the encoded corpus and the
    ``TrainingState``: step, epoch, position in the ids, sums of the loss so far; the loss history is in arrays
    (``history.*``), for it has no bound.  Random streams are functions of the seed and of these counters, so that this
    is all of them.

    Parameters
    ----------
    path : the file; replaced as a whole with each checkpoint
    parameters : of the model, plain JSON values
    vocabulary : of the run
    corpus_digest : identity of the encoded corpus
    reserved : bytes that it leaves free on its disk, for the result
    """

    path: str | os.PathLike[str]
    parameters: Mapping[str, Any]
    vocabulary: Vocabulary
    corpus_digest: str
    reserved: int = 0

    def write(self, learner: Learner, state: TrainingState) -> None:
        arrays = {_PREFIX + name: value.detach().cpu().numpy() for name, value in learner.state().items()}
        history, names = to_arrays(state.history)
        metadata = {
            "class": _CLASS,
            "parameters": dict(self.parameters),
            "corpus_digest": self.corpus_digest,
            "training_state": state.as_dict(),
            "history": names,
        }
        arrays |= {**history, "counts": self.vocabulary.counts}
        if self.reserved:
            size = self.reserved + sum(array.nbytes for array in arrays.values())
            check_room(self.path, size, f"{self.reserved:,} of them are kept for the trained model")
        write_container(self.path, arrays, self.vocabulary.words, metadata)


def restore_checkpoint(path: str | os.PathLike[str], learner: Learner) -> TrainingState:
    """Put weights and optimiser state of a checkpoint back in place, and return where training stood.

    Raises
    ------
    FormatError : for a file that is no checkpoint, has no whole state, or is one of another learner, which then may
        hold a part of it
    FileError, CorruptError, VersionError : as ``densevec.formats.read_container`` with ``check=True``
    """
    container, origin = read_container(path, check=True), as_path(path)
    metadata, tensors = container.metadata, container.tensors
    if metadata["class"] != _CLASS:
        raise FormatError(f"{origin}: holds {metadata['class']!r}, expected a checkpoint of a training run")
    arrays = {n.removeprefix(_PREFIX): array for n, array in tensors.items() if n.startswith(_PREFIX)}
    try:
        history = from_arrays(tensors, metadata["history"]) if "history" in metadata else []
        state = TrainingState.from_dict(metadata["training_state"], history)
        _check_fit(learner.state(), arrays)
        learner.load_state({name: torch.tensor(array) for name, array in arrays.items()})
    except KeyError as error:
        raise FormatError(f"{origin}: the checkpoint is not whole: it has no {error.args[0]!r:.80}") from None
    except (AttributeError, OverflowError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{origin}: the checkpoint does not hold the state of this training: {reason}") from None
    return state


def _check_fit(wanted: Mapping[str, torch.Tensor], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Every array that the learner has now is in the checkpoint, of the same shape; KeyError, ValueError."""
    for name, value in wanted.items():
        found = arrays[name].shape
        if found != tuple(value.shape):
            raise ValueError(f"{name!r} is of shape {tuple(value.shape)} here, of {found} there")
