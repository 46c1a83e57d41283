"""Estimators that learn step by step: the template of ``train()``."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from densevec._calls import in_a_sentence
from densevec._cy.pages import give_back_memory
from densevec._memory import enough_memory
from densevec._packages import import_torch, torch_threads
from densevec._parameters import state
from densevec._processes import is_first
from densevec._random import integer_seed
from densevec._validation import Flag, Instance, Interval, Rule, check_parameters
from densevec.errors import ParameterError, TrainingError
from densevec.formats.atomic import remove_leftovers
from densevec.formats.fallback import is_on_one_disk
from densevec.formats.native import check_target
from densevec.models.base import Estimator, Path
from densevec.models.estimate import MemoryEstimate, estimate, state_bytes
from densevec.models.given import as_vectors, tell_start
from densevec.models.inference import check_evidence, learn_inference
from densevec.models.limits import Limit, check_memory, memory_limits
from densevec.models.needs import check_room_for, remedies
from densevec.models.origin import Origin, told_of
from densevec.models.parameters import CountsWords, HasSeed, HasThreads, LearnsBySteps, ReadsEvidence, num_ngrams
from densevec.models.placement import Placement, place
from densevec.models.running import Running
from densevec.models.tasks.model import Job, ModelTask
from densevec.models.together import count_together, encode_for_all, encode_together, files_of, has_parts
from densevec.models.trained_vectors import HasVectors, Vectors
from densevec.training.callbacks import Callback, EarlyStopping, check_callbacks
from densevec.training.checkpoint import Checkpoint
from densevec.training.distributed import Group, find_group
from densevec.training.resume import SavedTraining, as_saved_by_all
from densevec.training.signals import StopRequest
from densevec.training.state import TrainingState
from densevec.training.trainer import Trainer
from densevec.vectors import DensityVectors, KeyedVectors

_logger = logging.getLogger(__name__)
_PATH = Instance((str, os.PathLike), "a path", optional=True)
RULES: dict[str, Rule] = {
    "progress": Flag(optional=True),
    "checkpoint": _PATH,
    "checkpoint_minutes": Interval(float, 0),
    "output": _PATH,
}


@dataclass(frozen=True)
class Prepared:
    """What a training or an update begins with: its text is read, its tables are there."""

    vocabulary: Any
    encoded: Any
    held_out: Any
    origin: Origin
    task: ModelTask

    def keeper(self, path: Path, model: str, reserved: int = 0, update: Mapping[str, Any] | None = None) -> Checkpoint:
        """What writes checkpoints from which it can go on; ``update`` has the number of one and its parameters."""
        facts = {
            "model": model,
            "work": self.task.work,
            "vocabulary": self.vocabulary.digest(),
            "corpus": dict(self.origin.trained_on or {}),
            "held_out": self.held_out and self.held_out.digest(),
            "update": update,
            "contents": dict(self.task.contents),
        }
        return Checkpoint(path, self.origin.described, self.vocabulary, self.encoded.digest(), reserved, facts)


def begin(task: ModelTask, saved: SavedTraining | None, group: Group | None = None) -> TrainingState:
    """The state of a task before its first step, or that of a saved training, which it then goes on with.

    Errors: ParameterError for contents that are not the same in all processes, or not the saved training's; FormatError
    as ``SavedTraining.restore``.
    """
    if group is not None:
        group.agree({f"the digest of the {name}": digest for name, digest in task.contents.items()})
    if saved is None:
        return TrainingState()
    saved.check_contents(task.contents)
    return saved.restore(task)


class GradientModel(HasVectors[Vectors], Estimator, CountsWords, LearnsBySteps, HasThreads, HasSeed):
    """A model that the trainer trains, step by step.

    A subclass gives five hooks: ``_task`` makes what the trainer runs, ``_adopt`` and ``_vectors_from`` read the
    result off it, ``_tensors`` and ``_restore`` save and load what else the model needs.
    """

    trains_together: ClassVar[Sequence[str]] = ()  # engines by which several processes of torchrun can
    share_rows: bool = state(False)  # a parameter of those that can: each of several processes has a part of the rows

    @abstractmethod
    def _task(self, job: Job, start: int) -> ModelTask:
        """What the trainer runs, its tables freshly drawn by a generator with the seed ``start``."""

    @abstractmethod
    def _adopt(self, task: Any, vocabulary: Any) -> None:
        """Keep what queries need of a task beside its vectors."""

    @abstractmethod
    def _vectors_from(self, task: Any, vocabulary: Any, is_final: bool) -> Vectors | None:
        """The vectors a task has come to; unless ``is_final`` training goes on, and they must be a copy.

        None where this process does not have them all.
        """

    @staticmethod
    def open_checkpoint(path: Path) -> SavedTraining:
        """The training that a checkpoint is of: as a string it says where it stands, and ``train(resume=)`` goes on.

        Errors: FormatError for a file that is no checkpoint, FileError, CorruptError, VersionError as for any file.
        """
        return SavedTraining(path)

    @in_a_sentence("corpus and settings are {kind}'s own, as in {kind}(corpus, epochs=5).train()")
    def train(
        self,
        *,
        validation: Any = None,
        init_from: Path | KeyedVectors | None = None,
        callbacks: Sequence[Callback] = (),
        checkpoint: Path | None = None,
        checkpoint_minutes: float = 10.0,
        resume: Path | SavedTraining | None = None,
        output: Path | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Learn from the corpus and return the model.

        Parameters
        ----------
        validation : held-out text, anything a corpus may be; its loss is reported after each epoch
        init_from : vectors, or a file of them in any format that ``KeyedVectors.from_file`` reads, that known words
            start from instead of random numbers; the log says how many words these are, a TrainingWarning that none is
        callbacks : objects with ``on_epoch_end(model, report)``, called between steps; a copy, or a pickle, that one of
            them makes is a model of what has been learned so far, as a file of it would be
        checkpoint : file for a checkpoint, written every ``checkpoint_minutes``, when training is interrupted, and
            after the last step where that costs little; it stays, to be removed once the model is saved.  That of
            ``resume``, unless it is at a URL, if it is None
        checkpoint_minutes : minutes between checkpoints
        resume : checkpoint of a training that was cut, to go on from where it stood, or what ``open_checkpoint`` gives,
            once; text, vocabulary and parameters must be the same, all but workers, device and cache_dir.  With one
            worker on the same kind of machine the result has the same bits as if nothing had happened (see
            docs/resuming.md)
        output : where the model will be saved; that there is room for it is checked before the first step
        progress : True, False, or None for a bar on a terminal only

        Before the first step nothing of the model changes: where one of these errors comes before it, a model that was
        trained already answers and is saved as it was.

        Raises
        ------
        ParameterError, CorpusError : before anything is trained; also for what is not as the checkpoint has it
        FormatError, CorruptError : for a checkpoint that is none, or damaged
        FileError : before the first step, when there is no room for the output, or no folder for it or the checkpoint
        OutOfMemoryError : memory that is not to be had; ``vectors`` has what was learned before, if anything was
        TrainingError : a loss that is not finite, or a variance that runs away; the model is as it was
        KeyboardInterrupt, SystemExit : after SIGINT or SIGTERM (status 143); ``vectors`` has what was learned so far
        """
        check_callbacks(callbacks)
        arguments = {"progress": progress, "checkpoint_minutes": checkpoint_minutes}
        check_parameters({**arguments, "checkpoint": checkpoint, "output": output}, RULES)
        text, origin = self._start(resume is not None)
        progress = progress if is_first() else False
        group = find_group()
        saved = as_saved_by_all(resume, group)
        if saved is not None:
            saved.check_parameters(type(self).__name__, origin.described)
            checkpoint, init_from = saved.next_path if checkpoint is None else checkpoint, None  # its tables have begun
        placement = place(self, saved)
        self._refuse_with_parts(group, validation=validation, init_from=init_from, checkpoint=checkpoint, resume=resume)
        if isinstance(self, ReadsEvidence):
            check_evidence(self)
        callbacks = [*callbacks, *self._own_callbacks(validation is not None)]
        held_out_text = None if validation is None else self.preparation.open(validation, origin.reading)
        given = None if init_from is None else as_vectors(init_from)
        for path in (output, checkpoint):
            if path is not None and is_first():
                check_target(path)
                remove_leftovers(path)
        with ExitStack() as stack:
            stack.enter_context(
                enough_memory(f"the training of {type(self).__name__}", remedies(self, placement.is_fused))
            )
            if not placement.is_fused or held_out_text is not None:
                stack.enter_context(torch_threads(self.workers))
            if group is not None:
                group.agree(self._common(text, origin, placement))
            corpus = self.corpus
            vocabulary, encoded, held_out = self._read(text, held_out_text, saved, placement, stack, progress, group)
            origin = replace(origin, trained_on=told_of(corpus, encoded))
            what = f"the tables of {type(self).__name__}, of {len(vocabulary.words):,} words"
            with enough_memory(what, remedies(self, placement.is_fused)):
                task = self.make_task(
                    vocabulary, encoded, held_out, placement=placement, progress=progress, group=group
                )
            if given is not None:
                tell_start(task.start_from(given, vocabulary.words), vocabulary.words, given)
            self._tell(vocabulary, placement)
            state = begin(task, saved, group)
            prepared = Prepared(vocabulary, encoded, held_out, origin, task)
            keeper, reserved = None, self._check_room(output, checkpoint, prepared)
            if checkpoint is not None and is_first():
                keeper = prepared.keeper(checkpoint, type(self).__name__, reserved)
            if saved is not None:
                saved.close()
            trainer = Trainer(
                task,
                epochs=self.epochs,
                model=self,
                callbacks=callbacks,
                checkpoint=keeper,
                checkpoint_seconds=60 * checkpoint_minutes,
                show_progress=progress,
                group=group,
                also_helps="raise sample (0 keeps all)" if hasattr(self, "sample") else None,
            )
            stop = stack.enter_context(trainer.stopping(state))
            self._run(trainer, state, stop, prepared)
            stop.answer_at_once()  # the training is done: what follows is given up when somebody waits
            if isinstance(self, ReadsEvidence) and isinstance(self._vectors, DensityVectors):
                of_text = {"is_of_files": text.paths is not None, "phrases": self.known_phrases}
                learn_inference(self._vectors, encoded, vocabulary, self._own, **of_text)
        return self

    def estimate_memory(self, corpus: Any = None, progress: bool | None = False) -> MemoryEstimate:
        """What ``train()`` will take: its tables, the encoded text, the peak of memory, the time.

        Counts the words of the text, learns for some three seconds from its first part by tables that are forgotten,
        and does there what follows the last step; the model itself stays as it is.  The peak, of this process, is
        within some 15 % of what happens; of GloVe it lacks the counts of neighbours, which nobody knows before they
        are counted.  The time is that of this machine as busy as it is now, and ``seconds_error`` says how much
        stretches of the trial differed.

        Parameters
        ----------
        corpus : in the place of the constructor's
        progress : as in ``train``

        Errors: as ``train()`` before its first step; ParameterError for ``share_rows``, which one process cannot try.
        """
        twin = type(self)(**{**self.get_params(), **({} if corpus is None else {"corpus": corpus})})
        text, placement = twin._start()[0], place(twin)
        if twin.share_rows:
            raise ParameterError("share_rows must be False for an estimate, whose one process has all rows, got True")
        with nullcontext() if placement.is_fused else torch_threads(twin.workers):
            return estimate(twin, text, placement, progress)

    def _refuse_with_parts(self, group: Group | None, **given: Any) -> None:
        """ParameterError for what needs all rows in one process, where each has its part."""
        if not self.share_rows:
            return
        if group is None:
            raise ParameterError("share_rows must be False for one process alone, got True; start several by torchrun")
        for name, value in given.items():
            if value is not None:
                raise ParameterError(
                    f"{name} must be None with share_rows, whose rows no process has all of, got {value!r:.80}"
                )

    def _common(self, text: Any, origin: Origin, placement: Placement) -> dict[str, Any]:
        """What all processes of a training must have alike before they read."""
        from densevec import __version__

        facts: dict[str, Any] = {"the version of densevec": __version__, "the model": type(self).__name__}
        facts["the text"] = files_of(text)
        facts["the kind of device"] = placement.device.partition(":")[0]
        free = ("corpus", "cache_dir", "workers", "device")
        return {**facts, **{name: value for name, value in origin.described.items() if name not in free}}

    def _check_memory(self, vocabulary: Any, placement: Placement) -> None:
        """OutOfMemoryError where the tables and the optimiser alone are beyond a limit of the system."""
        size = 0
        with suppress(MemoryError, RuntimeError, OSError, TypeError, ValueError):  # which the tables themselves tell
            size = sum(state_bytes(self, vocabulary, placement))
        if self.share_rows:
            size //= int(os.environ["WORLD_SIZE"])
        limits = memory_limits()
        if placement.device.startswith("cuda"):
            limits = [Limit(import_torch("a GPU").cuda.mem_get_info(placement.device)[0], placement.device)]
        what = f"the tables and the optimiser of {type(self).__name__}, of {len(vocabulary.words):,} words"
        check_memory(size, what, remedies(self, placement.is_fused), limits)

    def _read(
        self,
        text: Any,
        held_out_text: Any,
        saved: SavedTraining | None,
        placement: Placement,
        stack: ExitStack,
        progress: bool | None,
        group: Group | None,
    ) -> tuple[Any, ...]:
        """Vocabulary, encoded text and encoded held-out text or None: those of the saved training, if there is one."""
        sharing = group if has_parts(text) else None  # of lists of words, all have all
        vocabulary = self.count(text, progress) if sharing is None else count_together(text, self, sharing, progress)
        if saved is not None:
            saved.check_vocabulary(vocabulary.words, vocabulary.counts, vocabulary.digest())
        self._check_memory(vocabulary, placement)
        if sharing is None:
            encoded = stack.enter_context(self.encode(text, vocabulary, progress))
        elif self.share_rows or not placement.is_fused or isinstance(self, ReadsEvidence):
            encoded = stack.enter_context(encode_for_all(text, vocabulary, self, sharing, progress))
        else:
            encoded = stack.enter_context(encode_together(text, vocabulary, self, sharing, progress))
        held_out = None
        if held_out_text is not None:
            held_out = stack.enter_context(self.encode(held_out_text, vocabulary))
        if group is not None:
            found = {"the vocabulary of the text": vocabulary.digest(), "the text": encoded.digest()}
            group.agree({**found, "the held-out text": held_out and held_out.digest()})
        if saved is not None:
            saved.check_text(told_of(self.corpus, encoded), held_out and held_out.digest())
        give_back_memory()  # that the counting of words has left
        return vocabulary, encoded, held_out

    def _run(self, trainer: Trainer, state: TrainingState, stop: StopRequest, prepared: Prepared) -> None:
        """Train, and keep the vectors that come of it, also when training is interrupted; without any, what was."""
        task, vocabulary = prepared.task, prepared.vocabulary
        before, has_result, is_kept = self._result(), False, False
        running = Running(partial(self._vectors_from, task, vocabulary, False), state)
        try:
            self._adopt(task, vocabulary)
            self._origin, self.history = prepared.origin, state.history
            self._vectors, self._counts = None, np.array(vocabulary.counts)
            self._current = running
            trainer.run(state, stop)
            has_result = True
        except BaseException as error:
            has_result = state.step > 0 and not isinstance(error, TrainingError)  # a ruin is not a result
            task.group, task.is_hurried = None, stop.is_received  # others may be elsewhere
            raise
        finally:
            self._current = None
            running.is_over = True
            try:
                if has_result:
                    task.finish()
                    self._vectors = self._vectors_from(task, vocabulary, True)
                    self._adopt(task, vocabulary)  # what has come to be
                    is_kept = True
            finally:
                if not is_kept:
                    self._put_back(before)

    def _result(self) -> dict[str, Any]:
        """All that a model has beside its parameters, by the names of its attributes."""
        kind = type(self)
        return {n: value for n, value in vars(self).items() if n not in self._parameters and hasattr(kind, n)}

    def _put_back(self, result: Mapping[str, Any]) -> None:
        """Have again what ``_result`` gave, and nothing that came since."""
        for name in self._result():
            delattr(self, name)
        vars(self).update(result)

    def __getstate__(self) -> dict[str, Any]:
        """What a file of the model would hold, while training runs too: the training itself cannot be copied."""
        if self._current is not None:
            return vars(self._so_far())
        if self._vectors is not None:
            self._own_vectors  # noqa: B018  (its other tables follow)
        return vars(self)

    def _so_far(self) -> Self:
        """A model of its own of what a training has come to."""
        assert self._current is not None  # it runs
        copy = type(self)(**self.get_params())
        copy._origin, copy.history = self._origin, list(self.history)
        copy._vectors, copy._counts = self._current.make(), self._counts
        copy._restore({name: np.array(array) for name, array in self._tensors().items()})
        return copy

    def make_task(
        self,
        vocabulary: Any,
        encoded: Any,
        held_out: Any = None,
        *,
        placement: Placement | None = None,
        progress: bool | None = False,
        group: Group | None = None,
    ) -> ModelTask:
        """What the trainer runs, for a text that is counted and encoded; its tables freshly drawn."""
        device, is_fused = placement or place(self)
        job = Job(self.settings(), device, is_fused, vocabulary, encoded, held_out, progress, group)
        return self._task(job, integer_seed(self.seed, "initialisation"))

    def _tell(self, vocabulary: Any, placement: Placement) -> None:
        """A line of the log: what is trained, and by what."""
        if is_first():
            engine = "fused" if placement.is_fused else "torch"
            told = type(self).__name__, len(vocabulary.words), self.get_params()["dim"], engine, placement.device
            _logger.info("%s: %d words, dim %d, %s engine on %s, workers %d", *told, self.workers)

    def _check_room(self, output: Path | None, checkpoint: Path | None, prepared: Prepared) -> int:
        """FileError when the output does not fit its disk; the bytes that a checkpoint there has to leave free."""
        if output is None:
            return 0
        result = type(self)(**self.get_params())  # this model still has what it learned before
        result._origin = prepared.origin
        result._adopt(prepared.task, prepared.vocabulary)
        settings, words = result._own, prepared.vocabulary.words
        dim = int(settings.dim)
        variances = {"spherical": 1, "diag": dim}.get(getattr(self, "covariance", ""), 0)
        numbers = int(getattr(settings, "components", 1)) * (dim + variances)  # of a word
        size = check_room_for(output, words, numbers, result._tensors(), 4 * dim * num_ngrams(settings))
        return size if checkpoint is not None and is_on_one_disk(output, checkpoint) else 0

    def _own_callbacks(self, has_held_out: bool) -> Sequence[Callback]:
        """Callbacks that the parameters ask for; ParameterError where they need held-out text and there is none."""
        patience = self.get_params().get("patience")  # of the models that can end by themselves
        if patience is None:
            return ()
        if not has_held_out:
            raise ParameterError(f"patience must be None without validation text, got {patience!r:.80}")
        return [EarlyStopping(patience)]
