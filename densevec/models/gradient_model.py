"""Estimators that learn step by step: the template of ``train()``."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol, Self

import torch

from densevec._validation import Choice
from densevec.corpus import EncodedCorpus, TextCorpus, Vocabulary, build_vocabulary, encode_corpus
from densevec.errors import ParameterError, TrainingError
from densevec.models.base import Path
from densevec.models.embedding_model import EmbeddingModel, Vectors
from densevec.training.callbacks import Callback
from densevec.training.checkpoint import Checkpoint
from densevec.training.state import EpochReport, TrainingState
from densevec.training.trainer import Task, Trainer
from densevec.vectors import DensityVectors, KeyedVectors, load_vectors

ENGINE_RULE = Choice(("auto", "fused", "torch"))


class ModelTask(Task, Protocol):
    """What an estimator needs of its task beyond what the trainer does."""

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        """Take the starting values of the words that ``vectors`` know from there."""

    def finish(self) -> None:
        """Last touches to the tables once no step will follow."""


class GradientModel(EmbeddingModel[Vectors]):
    """A model that the trainer trains, step by step.

    A subclass gives four hooks: ``_task`` makes what the trainer runs, ``_vectors_from`` reads the result off it,
    ``_tensors`` and ``_restore`` save and load what else the model needs.
    """

    epochs: int
    min_count: int
    max_vocab_size: int | None
    trim_rule: Any
    cache_dir: str | None
    learning_rate: float
    min_learning_rate: float
    workers: int
    seed: int
    device: str

    history: Sequence[EpochReport] = ()

    @abstractmethod
    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> ModelTask:
        """What the trainer runs, its tables freshly initialised."""

    @abstractmethod
    def _vectors_from(self, task: Any, vocabulary: Vocabulary) -> Vectors:
        """The vectors a task has come to."""

    def _adopt(self, task: Any, vocabulary: Vocabulary) -> None:
        """Keep what queries need of a task beside its vectors."""

    def _own_callbacks(self, has_held_out: bool) -> Sequence[Callback]:
        """Callbacks that the parameters ask for; ParameterError where they need held-out text and there is none."""
        return ()

    def _check(self) -> None:
        super()._check()
        if self.min_learning_rate > self.learning_rate:
            raise ParameterError(
                f"min_learning_rate must be at most learning_rate {self.learning_rate}, got {self.min_learning_rate}"
            )

    def train(
        self,
        *,
        validation: Any = None,
        init_from: Path | KeyedVectors | None = None,
        callbacks: Sequence[Callback] = (),
        checkpoint: Path | None = None,
        checkpoint_minutes: float = 10.0,
        progress: bool | None = None,
    ) -> Self:
        """Learn from the corpus and return the model.

        Parameters
        ----------
        validation : held-out text, anything a corpus may be; its loss is reported after each epoch
        init_from : vectors, or a file of them, that known words start from instead of random numbers
        callbacks : objects with ``on_epoch_end(model, report)``, called between steps
        checkpoint : file for a checkpoint, written every ``checkpoint_minutes`` and when training is interrupted
        checkpoint_minutes : minutes between checkpoints
        progress : True, False, or None for a bar on a terminal only

        Raises
        ------
        ParameterError, CorpusError : before anything is trained
        TrainingError : a loss that is not finite, or a variance that runs away; the model has no vectors then
        KeyboardInterrupt, SystemExit : after SIGINT or SIGTERM (status 143); ``vectors`` has what was learned so far
        """
        self._check()
        self._device()
        own_callbacks = self._own_callbacks(validation is not None)
        text = self._text(self.corpus)
        held_out_text = None if validation is None else self._text(validation)
        given = load_vectors(init_from) if isinstance(init_from, str | os.PathLike) else init_from
        with ExitStack() as stack:
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(self.workers)
            vocabulary = self._count(text)
            encoded = stack.enter_context(self._encode(text, vocabulary))
            held_out = None
            if held_out_text is not None:
                held_out = stack.enter_context(self._encode(held_out_text, vocabulary))
            task = self._task(vocabulary, encoded, held_out)
            if given is not None:
                task.start_from(given, vocabulary.words)
            state = TrainingState()
            keeper = None
            if checkpoint is not None:
                keeper = Checkpoint(checkpoint, self._described(), vocabulary, encoded.digest())
            trainer = Trainer(
                task,
                epochs=self.epochs,
                model=self,
                callbacks=[*callbacks, *own_callbacks],
                checkpoint=keeper,
                checkpoint_seconds=60 * checkpoint_minutes,
                show_progress=progress,
            )
            self._adopt(task, vocabulary)
            self.history = state.history
            self._vectors, self._current = None, partial(self._vectors_from, task, vocabulary)
            has_result = False
            try:
                trainer.run(state)
                has_result = True
            except BaseException as error:
                has_result = state.step > 0 and not isinstance(error, TrainingError)  # a ruin is not a result
                raise
            finally:
                self._current = None
                if has_result:
                    task.finish()
                    self._vectors = self._vectors_from(task, vocabulary)
                    if isinstance(self._vectors, DensityVectors) and len(vocabulary) > 1:
                        self._vectors.calibrate_entailment(seed=self.seed)
        return self

    def _device(self) -> torch.device:
        if self.device == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            device = torch.device(self.device)
        except RuntimeError:
            raise ParameterError(f'device must be "auto", "cpu" or "cuda", got {self.device!r}') from None
        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError, NotImplementedError):
            raise ParameterError(
                f"device must be there, got {self.device!r}, which torch cannot use; try 'cpu'"
            ) from None
        return device

    def _is_fused(self, engine: str, obstacle: str | None) -> bool:
        """Whether the fused engine trains: on a CPU, unless something stands against it, which ``obstacle`` names."""
        if obstacle is None and self._device().type != "cpu":
            obstacle = f"device={self.device!r}"
        if engine == "fused" and obstacle is not None:
            raise ParameterError(f"engine must be 'auto' or 'torch' with {obstacle}, got 'fused'")
        return engine != "torch" and obstacle is None

    def _count(self, text: TextCorpus) -> Vocabulary:
        return build_vocabulary(
            text,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            trim_rule=self.trim_rule,
            workers=self.workers,
        )

    def _encode(self, text: TextCorpus, vocabulary: Vocabulary) -> EncodedCorpus:
        return encode_corpus(text, vocabulary, cache_dir=self.cache_dir, workers=self.workers)
