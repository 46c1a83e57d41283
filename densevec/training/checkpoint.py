"""Everything a training run needs to go on exactly where it was cut."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from densevec.corpus import Vocabulary
from densevec.errors import FormatError
from densevec.formats import read_container, write_container
from densevec.training.optimisers import Optimiser
from densevec.training.state import TrainingState

_CLASS = "Checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """A file that training writes to now and then, in the native container format.

    It holds the tables and dense parameters (``weights.*``), the optimiser's state (``optimiser.*``), the words and
    their counts, and in its metadata the parameters of the model, the digest of the encoded corpus and the
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

    def write(self, optimiser: Optimiser, state: TrainingState) -> None:
        tensors = {f"weights.{name}": value for name, value in optimiser.module.state_dict().items()}
        tensors |= {f"optimiser.{name}": value for name, value in optimiser.state().items()}
        arrays = {name: value.detach().cpu().numpy() for name, value in tensors.items()}
        metadata = {
            "class": _CLASS,
            "parameters": dict(self.parameters),
            "corpus_digest": self.corpus_digest,
            "training_state": state.as_dict(),
        }
        write_container(self.path, {**arrays, "counts": self.vocabulary.counts}, self.vocabulary.words, metadata)


def restore_checkpoint(path: str | os.PathLike[str], optimiser: Optimiser) -> TrainingState:
    """Put weights and optimiser state of a checkpoint back in place, and return where training stood."""
    container = read_container(path, check=True)
    if container.metadata["class"] != _CLASS:
        raise FormatError(f"{path}: holds {container.metadata['class']!r}, expected a checkpoint of a training run")

    def part(prefix: str) -> dict[str, torch.Tensor]:
        named = container.tensors.items()
        return {n.removeprefix(prefix): torch.tensor(array) for n, array in named if n.startswith(prefix)}

    optimiser.module.load_state_dict(part("weights."))
    optimiser.load_state(part("optimiser."))
    return TrainingState.from_dict(container.metadata["training_state"])
