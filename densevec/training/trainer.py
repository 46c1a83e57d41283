"""The only training loop."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, Protocol

from densevec._amounts import duration
from densevec._calls import warn
from densevec._processes import is_first
from densevec.errors import DensevecError, TrainingError, TrainingWarning
from densevec.objectives.base import Loss
from densevec.training.callbacks import Callback
from densevec.training.checkpoint import Checkpoint, Learner, Snapshot
from densevec.training.distributed import Group
from densevec.training.progress import Progress
from densevec.training.schedules import Schedule
from densevec.training.signals import Hurried, StopRequest
from densevec.training.state import EpochReport, Position, TermSums, TrainingState

_logger = logging.getLogger(__name__)
_END_SHARE = 0.1  # of the time between checkpoints: the work of more than that is kept at the end of training,
_END_COST = 0.005  # and that of less where keeping it takes no more than this share of the time since the last one,
_END_SECONDS, _END_BYTES = 0.01, 4e8  # by these seconds, and bytes a second, of writing
_END_IN_MEMORY = 2**25  # bytes: so little waits in memory for what may cut short what follows
_REPORT_EVERY = 8  # steps between reads of the loss: each read makes a GPU wait for the CPU


class Batch(Protocol):
    """A piece of an epoch's work; what else it holds is between a task and its engine."""

    @property
    def num_read(self) -> int:
        """Units of work it stands for; asked for once the step is done."""

    @property
    def next(self) -> Position:
        """Where the batch after this one begins."""


class Task(Learner, Protocol):
    """A model as the trainer sees it; ``ModelTask`` is one that an engine runs."""

    schedule: Schedule  # factor on the learning rates as a function of the share of training done
    learning_rate: float  # the rate the schedule scales, for messages
    unit: str  # what work is counted in, and progress shown: "words", "entries"
    work: int  # units of one epoch
    is_hurried: Callable[[], bool]  # whether somebody waits for training to stop; the trainer sets it

    def batches(self, epoch: int, start: Position | None) -> Iterator[Batch]:
        """The batches of an epoch from ``start`` on, a batch's ``next`` or None; the same for the same arguments."""

    def step(self, batch: Any, step: int, done: float) -> Loss:
        """Learn from a batch and return its loss; ``step`` seeds random draws, ``done`` in [0, 1] drives schedules."""

    def forget(self) -> None:
        """Drop what an interrupted step has left behind."""

    def unite(self) -> None:
        """Bring what several processes have learned together; all call it after the same step."""

    def validation_loss(self) -> dict[str, float] | None:
        """Mean terms per token on held-out text with "loss" for their sum, or None without such text.

        It may take long, and raises Hurried soon after ``is_hurried`` says so.
        """

    def fault(self, everywhere: bool = False) -> str | None:
        """What has run away in the rows of the last step, or anywhere ("the variance of 'the' is 3e+07"), or None."""


class Trainer:
    """Runs a task for a number of epochs: steps, schedule, progress, callbacks, checkpoints, clean stops.

    Parameters
    ----------
    task : the model's side of training
    epochs : passes over the text
    checkpoint : writes checkpoints, or None
    checkpoint_seconds : time between them
    callbacks : called with ``model`` after each epoch
    show_progress : True, False, or None for a bar on a terminal only
    group : the processes that train together: a request to stop, or an end that a callback wants, is that of all
    also_helps : what is advised, beside more text and more words, where nothing is learned
    """

    def __init__(
        self,
        task: Task,
        *,
        epochs: int,
        checkpoint: Checkpoint | None = None,
        checkpoint_seconds: float = 600.0,
        callbacks: Sequence[Callback] = (),
        model: Any = None,
        show_progress: bool | None = None,
        group: Group | None = None,
        also_helps: str | None = None,
    ) -> None:
        self.task = task
        self.epochs = epochs
        self.checkpoint = checkpoint
        self.checkpoint_seconds = checkpoint_seconds
        self.callbacks = callbacks
        self.model = model
        self.show_progress = show_progress
        self.group = group
        self.also_helps = also_helps
        self._last_checkpoint = time.monotonic()
        self._end: Snapshot | None = None  # what the training has come to, until that is saved
        self._has_warned = False  # that checkpoints cannot be written, since the last one that could

    def run(self, state: TrainingState, stop: StopRequest | None = None) -> TrainingState:
        """Train from ``state`` to the end, changing it in place.

        Parameters
        ----------
        stop : that of ``stopping``, where the caller has something to do after the training; None for one of its own

        Raises
        ------
        TrainingError : a loss that is not finite, or a runaway variance
        KeyboardInterrupt, Terminated : SIGINT, SIGTERM; the state is whole and a checkpoint has been written
        """
        for callback in self.callbacks:
            if state.step > 0 and (remember := getattr(callback, "on_resume", None)) is not None:
                remember(self.model, state.history)
        total = self.task.work * self.epochs
        self._tell_begin(state, total)
        progress = Progress(total, state.num_read, self.show_progress, self.task.unit)
        started = time.monotonic()
        try:
            with StopRequest() if stop is None else nullcontext(stop) as request:
                if self.group is None:  # several end between steps, together
                    self.task.is_hurried = request.is_received
                while state.epoch < self.epochs and not state.is_ended:
                    self._epoch(state, total, progress, request)
                    self._end_epoch(state, request)
                    self._stop_if_asked(state, request)
                if self.checkpoint is not None:
                    self._keep_end(state)
            if self.group is None and state.history and not any(report.loss for report in state.history):
                warn(
                    f"nothing was learned, and the vectors are those that training began with: {self._alone()}",
                    TrainingWarning,
                )
            took = duration(time.monotonic() - started)
            _tell("trained: %d epochs, %d steps; %s here", state.epoch, state.step, took)
        finally:
            self.task.forget()
            progress.close()
        return state

    def _tell_begin(self, state: TrainingState, total: int) -> None:
        size = f"{self.task.work:,} {self.task.unit} x {self.epochs} epochs"
        if state.step == 0:
            _tell("training: %s", size)
            return
        where = min(state.epoch + 1, self.epochs), self.epochs, state.step, 100 * state.num_read / max(total, 1)
        _tell("training resumed in epoch %d/%d, after step %d, %.1f %% of %s", *where, size)

    def _epoch(self, state: TrainingState, total: int, progress: Progress, stop: StopRequest) -> None:
        started = time.monotonic()
        earlier_seconds = state.seconds
        waiting: list[Loss] = []
        for batch in self.task.batches(state.epoch, state.position):
            self._say(stop)
            waiting.append(self._step(batch, state, total))
            state.position = batch.next
            state.num_read += batch.num_read
            state.step += 1
            state.seconds = earlier_seconds + time.monotonic() - started
            if len(waiting) == _REPORT_EVERY:
                self._collect(waiting, state)
            progress.update(state.epoch, self.epochs, batch.num_read, state.sums.means())
            received, is_due = self._hear(stop)
            if is_due or received is not None:
                self._collect(waiting, state)
                self.task.unite()
                self._stop_if_asked(state, stop)
                self._write_checkpoint(state)
                if self.group is not None:
                    self.group.wait()  # until it is written, for what is written may be what all learn in
        self._collect(waiting, state)

    def _is_due(self) -> bool:
        """Whether the process that writes checkpoints wants to write one."""
        return self.checkpoint is not None and time.monotonic() - self._last_checkpoint > self.checkpoint_seconds

    def _keep_end(self, state: TrainingState) -> None:
        """Write a checkpoint where that costs little beside what was learned since the last one, or keep a small one.

        What follows, up to the file of the model, may take long, fail, or be interrupted; what is in memory waits until
        ``stopping`` ends.
        """
        size = sum(each.nbytes for each in self.task.state().values())
        enough = min(_END_SHARE * self.checkpoint_seconds, (_END_SECONDS + size / _END_BYTES) / _END_COST)
        is_written = time.monotonic() - self._last_checkpoint > enough
        if is_written:
            self._write_checkpoint(state, is_last=True)
            is_written = not self._has_warned
        if not is_written and size <= _END_IN_MEMORY:
            with suppress(MemoryError):
                self._end = Snapshot(self.task)

    @contextmanager
    def stopping(self, state: TrainingState) -> Iterator[StopRequest]:
        """A request to stop ``run`` and what its caller does next; where that is cut short, or fails, what was kept in
        memory of the last step is written."""
        with StopRequest() as stop:
            try:
                yield stop
            except BaseException:
                if self._end is not None:
                    self._write_checkpoint(state, self._end, is_last=True)
                raise
            finally:
                self._end = None

    def _say(self, stop: StopRequest) -> None:
        """Tell the group, with what it exchanges next, of a signal, and whether a checkpoint is due."""
        if self.group is not None:
            self.group.say(stop.received or 0, self._is_due())

    def _hear(self, stop: StopRequest) -> tuple[int | None, bool]:
        """A signal that was received, by any process of the group, and whether a checkpoint is due: alike in all."""
        if self.group is None:
            return stop.received, self._is_due()
        received, is_due = self.group.heard()
        return received or None, is_due

    def _stop_if_asked(self, state: TrainingState, stop: StopRequest) -> None:
        received, _ = self._hear(stop)
        if received is not None:
            stop.received = received
            self._write_checkpoint(state, is_last=True)
            stop.raise_received()

    def _step(self, batch: Any, state: TrainingState, total: int) -> Loss:
        return self.task.step(batch, state.step, state.num_read / max(total, 1))

    def _collect(self, waiting: list[Loss], state: TrainingState) -> None:
        """Read the losses of the last steps, and refuse to go on when training has gone astray."""
        for loss in waiting:
            terms = {name: float(value) for name, value in loss.terms.items()}
            state.sums.add(terms, loss.num_tokens)
            if not all(math.isfinite(value) for value in terms.values()):
                self._fail(
                    state, "the loss is not finite ({})".format(", ".join(f"{n} {v:g}" for n, v in terms.items()))
                )
        waiting.clear()
        self._check(state)

    def _check(self, state: TrainingState, everywhere: bool = False) -> None:
        fault = self.task.fault(everywhere)
        if fault is not None:
            self._fail(state, fault)

    def _fail(self, state: TrainingState, what: str) -> None:
        rate = self.task.learning_rate * self.task.schedule(state.num_read / max(self.task.work * self.epochs, 1))
        raise TrainingError(
            f"training stopped at step {state.step}: {what} with learning rate {rate:g}; try a tenth of that rate"
        )

    def _end_epoch(self, state: TrainingState, stop: StopRequest) -> None:
        """Report, and move on to the next epoch, or to the end where a callback wants it."""
        self._say(stop)
        self.task.unite()
        self._check(state, everywhere=True)
        try:
            validation = self.task.validation_loss()
        except Hurried:  # training goes on by looking at the held-out text; the report of now does without
            self._write_checkpoint(state, is_last=True)
            state.history.append(self._report(state, None))
            stop.raise_received()
        if state.epoch == 0 and validation is not None and not validation["loss"] and is_first():
            warn(f"the loss of the held-out text is 0 and says nothing: {self._alone()}", TrainingWarning)
        report = self._report(state, validation)
        state.history.append(report)
        _tell("epoch %d/%d ended: %s", state.epoch + 1, self.epochs, report)
        state.epoch += 1
        state.position = None
        state.sums = TermSums()
        state.seconds = 0.0
        answers = [callback.on_epoch_end(self.model, report) for callback in self.callbacks]
        state.is_ended = any(answers)
        if self.group is not None:
            state.is_ended = bool(self.group.most(state.is_ended))

    def _report(self, state: TrainingState, validation: dict[str, float] | None) -> EpochReport:
        terms = state.sums.means()
        return EpochReport(
            epoch=state.epoch,
            loss=math.fsum(terms.values()),
            terms=terms,
            validation=validation,
            num_tokens=state.sums.num_tokens,
            words_per_second=self.task.work / max(state.seconds, 1e-9),
            unit=self.task.unit,
        )

    def _write_checkpoint(self, state: TrainingState, end: Snapshot | None = None, *, is_last: bool = False) -> None:
        if self.checkpoint is not None:
            started = time.monotonic()
            try:
                self.checkpoint.write(end or self.task, state)
                seconds = time.monotonic() - started
                _tell("checkpoint written after step %d, in %.1f s", state.step, seconds)
                self._has_warned = False
            except (DensevecError, MemoryError) as error:  # a full disk must not end what may take hours
                if is_last or not self._has_warned:
                    what = "and training cannot be resumed from here" if is_last else "training goes on"
                    _logger.warning("no checkpoint was written, %s: %s", what, error)
                self._has_warned = True
        self._last_checkpoint = time.monotonic()

    def _alone(self) -> str:
        """Why a loss is nothing but 0, and what helps."""
        thinned = " once frequent words are thinned out" if hasattr(self.model, "sample") else ""
        advice = ", or ".join(filter(None, ["give more text", "lower min_count", self.also_helps]))
        return f"no word of the text has another of the vocabulary beside it{thinned}; {advice}"


def _tell(message: str, *values: object) -> None:
    """A line of the log, of one process where several train together."""
    if is_first():
        _logger.info(message, *values)
