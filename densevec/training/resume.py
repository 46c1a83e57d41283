"""The reading side of checkpoints: whether a training is the one that was cut, and where it stood."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._plain import read_number
from densevec._streams import is_remote
from densevec._validation import as_path
from densevec.errors import CorpusError, DensevecError, FormatError, ParameterError
from densevec.formats import read_container
from densevec.training.checkpoint import CLASS, PREFIX, Learner
from densevec.training.distributed import Group
from densevec.training.history import from_arrays
from densevec.training.state import TrainingState

# Parameters that another part of the same training may have others of.  The engine is compared by what it was.
_FREE = {"corpus", "workers", "device", "cache_dir", "engine"}
_MOST_TOLD = 5  # differences in one sentence
_SIZES = ("sentences", "tokens")


class SavedTraining:
    """A training that was cut, as its checkpoint has it: all values are verified when it is opened.

    With one worker on the same kind of machine it goes on to the very bits that it would have come to.  The four
    checks raise an error where the result could not be that; other workers, another device, another folder for
    temporary files and another place of the same text go on.

    Parameters
    ----------
    path : of the checkpoint

    Raises
    ------
    FormatError : for a file that is no checkpoint
    FileError, CorruptError, VersionError : as ``densevec.formats.read_container`` with ``check=True``
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = as_path(path)
        container = read_container(path, check=True)
        self._metadata, self._tensors = container.metadata, container.tensors
        if self._metadata["class"] != CLASS:
            found = self._metadata["class"]
            raise FormatError(f"{self.path}: holds {found!r}, expected a checkpoint of a training run")
        if container.words is None or "counts" not in self._tensors:
            raise FormatError(f"{self.path}: the checkpoint is not whole: it has no words or no counts")
        self._words: Sequence[str] = container.words
        self._counts = self._tensors["counts"]
        facts = self._metadata.get("facts", {})
        self._facts: Mapping[str, Any] = facts if isinstance(facts, dict) else {}
        contents = self._facts.get("contents")
        self._contents: Mapping[str, str] = contents if isinstance(contents, dict) else {}
        self._is_closed = False

    @property
    def engine(self) -> str:
        """What wrote it: "torch" or "fused"."""
        return "torch" if any(name.startswith(f"{PREFIX}weights.") for name in self._tensors) else "fused"

    @property
    def next_path(self) -> str | None:
        """Where new checkpoints go unless another file is named: to the same one, or nowhere from a URL."""
        return None if is_remote(self.path) else self.path

    @property
    def identity(self) -> str:
        """What tells it from other states, of this training and of others: "step 842 of 3f2a9c0d1e4b5a67"."""
        digests = "".join(sorted(self._metadata["digests"].values()))
        step = self._metadata.get("training_state", {}).get("step")
        return f"step {step} of {hashlib.sha256(digests.encode()).hexdigest()[:16]}"

    def __str__(self) -> str:
        """Where it stands: "SkipGram, epoch 3 of 5, 47 % done, written 12 minutes ago"."""
        state, facts = self._metadata.get("training_state", {}), self._facts
        parts = [str(facts.get("model", "a training"))]
        epochs, work = self._metadata["parameters"].get("epochs"), facts.get("work")
        epoch, num_read = state.get("epoch"), state.get("num_read")
        if isinstance(epochs, int) and isinstance(epoch, int):
            parts.append(f"epoch {min(epoch + 1, epochs)} of {epochs}")
        if isinstance(epochs, int) and isinstance(work, int) and isinstance(num_read, int) and work * epochs > 0:
            parts.append(f"{num_read / (work * epochs):.0%} done".replace("%", " %"))
        try:
            seconds = max(time.time() - os.stat(self.path).st_mtime, 0.0)
        except OSError:  # of a URL
            return ", ".join(parts)
        return ", ".join([*parts, f"written {_ago(seconds)} ago"])

    def is_of_one_training(self, other: SavedTraining) -> bool:
        """Whether another checkpoint is of the same training, from whatever step."""
        return all(
            self._metadata.get(name) == other._metadata.get(name) for name in ("parameters", "corpus_digest", "facts")
        )

    def check_parameters(
        self, model: str, parameters: Mapping[str, Any], update: Mapping[str, Any] | None = None
    ) -> None:
        """ParameterError, which names what differs, where a model's parameters are not those of the training.

        ``update`` has the number of the update that is to go on, and its parameters beside the model's; None for a
        training.
        """
        theirs = self._facts.get("model", model)
        if theirs != model:
            raise ParameterError(f"resume must name a checkpoint of {model}, got {self.path}, which is one of {theirs}")
        other = self._facts.get("update", update)  # checkpoints of earlier versions do not say
        if _numbered(other) != _numbered(update):
            call = "train" if other is None else "update"
            raise ParameterError(
                f"resume must name a checkpoint of {_numbered(update)}, got {self.path}, which is one of "
                f"{_numbered(other)}: {call}(resume=) of the model that began it goes on with it"
            )
        stored, parameters = {**self._metadata["parameters"], **(other or {})}, {**parameters, **(update or {})}
        saved = {name: read_number(value) for name, value in stored.items()}
        free = {*_FREE, *self._contents}
        names = [name for name in parameters if name in saved and name not in free]
        told = [
            f"{name} was {saved[name]!r:.80} and is {parameters[name]!r:.80}"
            for name in names
            if saved[name] != parameters[name]
        ]
        if told:
            more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
            raise ParameterError(
                f"{self.path} is of a training with other parameters: {', '.join(told[:_MOST_TOLD])}{more}; go on with "
                "the same ones, or train anew without resume"
            )

    def check_contents(self, contents: Mapping[str, str]) -> None:
        """ParameterError where one of the digests of ``ModelTask.contents`` is not that of the training.

        Parameters that have one are compared by it alone, wherever the files lie that they name.
        """
        for name, digest in contents.items():
            before = self._contents.get(name, digest)  # checkpoints of earlier versions do not say
            if before != digest:
                raise ParameterError(
                    f"{self.path} is of a training with another {name}: its digest was {before:.16} and is "
                    f"{digest:.16}; go on with the same, or begin anew without resume"
                )

    def check_vocabulary(self, words: Sequence[str], counts: npt.NDArray[np.int64], digest: str) -> None:
        """CorpusError where a text has another vocabulary than the training's had.

        ``digest`` is of all vocabularies of the text, ``words`` and ``counts`` those of the (source) language.
        """
        if self._facts.get("vocabulary") == digest:
            return
        if len(words) != len(self._words):
            raise self._other_text(f"it has {len(words):,} words where there were {len(self._words):,}")
        for row, (word, count) in enumerate(zip(words, counts.tolist(), strict=True)):
            before, times = self._words[row], int(self._counts[row])
            if before != word or times != count:
                raise self._other_text(
                    f"word {row + 1} is {word!r:.80}, seen {count:,} times, where it was {before!r:.80}, seen "
                    f"{times:,} times"
                )
        if "vocabulary" in self._facts:
            raise self._other_text("the words of the other language, or their counts, differ")

    def check_text(self, corpus: Mapping[str, Any], held_out: str | None) -> None:
        """CorpusError where a text or the held-out text is not the training's.

        ``corpus`` is what ``Estimator.trained_on`` says of the one, ``held_out`` the digest of the other, if any.
        """
        if corpus["digest"] != self._metadata["corpus_digest"]:
            before = self._facts.get("corpus", {})
            sizes = [
                f"it has {corpus[name]:,} {name} where there were {before[name]:,}"
                for name in _SIZES
                if isinstance(before.get(name), int) and before[name] != corpus[name]
            ]
            raise self._other_text(" and ".join(sizes) or "the order of its words differs")
        if self._facts.get("held_out", held_out) != held_out:
            was, now = (
                "none" if digest is None else f"one of digest {digest[:16]}"
                for digest in (self._facts["held_out"], held_out)
            )
            raise CorpusError(
                f"{self.path} is of a training with another validation text: there was {was}, here is {now}; give the "
                "same"
            )

    def _other_text(self, what: str) -> CorpusError:
        return CorpusError(
            f"{self.path} is of a training on another text: {what}; go on with the very text that it began with, or "
            "train anew without resume"
        )

    def close(self) -> None:
        """Give memory, and the space of a file that is replaced, back: nothing can be restored any more."""
        self._tensors, self._words, self._counts, self._is_closed = {}, (), np.empty(0, np.int64), True

    def check_open(self) -> None:
        """ParameterError where a training has gone on from it already, and has given its memory back."""
        if self._is_closed:
            raise ParameterError(
                f"resume must be a SavedTraining that nothing has gone on from yet, got that of {self.path}, which "
                "serves once; open the file again, by open_checkpoint, or name it"
            )

    def restore(self, learner: Learner) -> TrainingState:
        """Put weights and optimiser state back in place, and return where training stood.

        Raises
        ------
        FormatError : where there is no whole state, or one of another learner, which then may hold a part of it
        ParameterError : after ``close``
        """
        self.check_open()
        metadata, tensors = self._metadata, self._tensors
        arrays = {n.removeprefix(PREFIX): array for n, array in tensors.items() if n.startswith(PREFIX)}
        try:
            history = from_arrays(tensors, metadata["history"]) if "history" in metadata else []
            state = TrainingState.from_dict(metadata["training_state"], history)
            _check_fit(learner.state(), arrays)
            learner.load_state(_Copies(arrays))
        except KeyError as error:
            raise FormatError(f"{self.path}: the checkpoint is not whole: it has no {error.args[0]!r:.80}") from None
        except (AttributeError, OverflowError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise FormatError(
                f"{self.path}: the checkpoint does not hold the state of this training: {reason}"
            ) from None
        return state


def _numbered(update: Mapping[str, Any] | None) -> str:
    return "a training" if update is None else f"update {update['number']} of a model"


def as_saved(resume: str | os.PathLike[str] | SavedTraining) -> SavedTraining:
    """What ``resume`` names: a checkpoint, opened unless it is already; ParameterError for one that is closed."""
    saved = resume if isinstance(resume, SavedTraining) else SavedTraining(resume)
    saved.check_open()
    return saved


def as_saved_by_all(resume: str | os.PathLike[str] | SavedTraining | None, group: Group | None) -> SavedTraining | None:
    """``as_saved``, or None for None; of several processes all have the same, else ParameterError on each."""
    saved, fault = None, None
    try:
        saved = None if resume is None else as_saved(resume)
    except DensevecError as error:
        fault = error
    if group is not None:
        found = "none that can be read" if fault is not None else "none" if saved is None else saved.identity
        advice = "; let all of them see the same file, or each a copy of it, or begin anew without resume"
        group.agree({"the checkpoint that training goes on from": found}, advice)
    if fault is not None:
        raise fault
    return saved


def restore_checkpoint(path: str | os.PathLike[str], learner: Learner) -> TrainingState:
    """``SavedTraining(path).restore(learner)``: where the training stood that a learner goes on with."""
    return SavedTraining(path).restore(learner)


class _Copies(Mapping[str, npt.NDArray[Any]]):
    """Arrays, each copied when it is asked for: not all of them have to be in memory twice."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return np.array(self._arrays[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __contains__(self, name: object) -> bool:
        return name in self._arrays


def _check_fit(wanted: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Every array that the learner has now is in the checkpoint, of the same shape; KeyError, ValueError."""
    for name, value in wanted.items():
        found = arrays[name].shape
        if found != tuple(value.shape):
            raise ValueError(f"{name!r} is of shape {tuple(value.shape)} here, of {found} there")


def _ago(seconds: float) -> str:
    """A time for people.

    >>> _ago(40), _ago(150), _ago(90_000)
    ('40 seconds', '2 minutes', '25 hours')
    """
    units = (("hour", 3600), ("minute", 60), ("second", 1))
    name, size = next((name, size) for name, size in units if seconds >= 2 * size or size == 1)
    return f"{int(seconds // size)} {name}s"
