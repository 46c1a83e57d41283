"""Everything a training run needs to go on exactly where it was cut."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from densevec.corpus import Vocabulary
from densevec.errors import FormatError
from densevec.formats import read_container, write_container
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
    ``TrainingState``: step, epoch, position in the ids, sums of the loss so far, loss history.  Random streams are
    functions of the seed and of these counters, so that this is all of them.

    Parameters
    ----------
    path : the file; replaced as a whole with each checkpoint
    parameters : of the model, plain JSON values
    vocabulary : of the run
    corpus_digest : identity of the encoded corpus
    """

    path: str | os.PathLike[str]
    parameters: Mapping[str, Any]
    vocabulary: Vocabulary
    corpus_digest: str

    def write(self, learner: Learner, state: TrainingState) -> None:
        arrays = {_PREFIX + name: value.detach().cpu().numpy() for name, value in learner.state().items()}
        metadata = {
            "class": _CLASS,
            "parameters": dict(self.parameters),
            "corpus_digest": self.corpus_digest,
            "training_state": state.as_dict(),
        }
        write_container(self.path, {**arrays, "counts": self.vocabulary.counts}, self.vocabulary.words, metadata)


def restore_checkpoint(path: str | os.PathLike[str], learner: Learner) -> TrainingState:
    """Put weights and optimiser state of a checkpoint back in place, and return where training stood."""
    container = read_container(path, check=True)
    if container.metadata["class"] != _CLASS:
        raise FormatError(f"{path}: holds {container.metadata['class']!r}, expected a checkpoint of a training run")
    arrays = {name: array for name, array in container.tensors.items() if name.startswith(_PREFIX)}
    learner.load_state({name.removeprefix(_PREFIX): torch.tensor(array) for name, array in arrays.items()})
    return TrainingState.from_dict(container.metadata["training_state"])
