"""What all estimators share: parameters, the template of ``train()``, saving and loading."""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import torch

from densevec._validation import Choice, Instance, Interval, Rule, check_parameters
from densevec.corpus import EncodedCorpus, TextCorpus, Vocabulary, build_vocabulary, encode_corpus
from densevec.errors import FormatError, NotTrainedError, ParameterError, TrainingError
from densevec.formats import read_container, write_container
from densevec.training.callbacks import Callback
from densevec.training.checkpoint import Checkpoint
from densevec.training.state import EpochReport, TrainingState
from densevec.training.trainer import Task, Trainer
from densevec.vectors import DensityVectors, KeyedVectors, load_vectors, vectors_from_container

Vectors = TypeVar("Vectors", bound=KeyedVectors)
Path = str | os.PathLike[str]
_NETWORK = "model."  # prefix of the tensors of a file that only the model needs

COMMON_RULES: Mapping[str, Rule] = {
    "dim": Interval(int, 1),
    "min_count": Interval(int, 1),
    "max_vocab_size": Interval(int, 1, optional=True),
    "epochs": Interval(int, 1),
    "learning_rate": Interval(float, 0, open_low=True),
    "min_learning_rate": Interval(float, 0),
    "workers": Interval(int, 1),
    "seed": Interval(int, 0),
    "device": Instance((str,), 'a device such as "auto", "cpu" or "cuda"'),
}
ENGINE_RULE = Choice(("auto", "fused", "torch"))


class ModelTask(Task, Protocol):
    """What an estimator needs of its task beyond what the trainer does."""

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        """Take the starting values of the words that ``vectors`` know from there."""

    def finish(self) -> None:
        """Last touches to the tables once no step will follow."""


class Estimator(ABC, Generic[Vectors]):
    """A model that learns words from a corpus; the constructor stores parameters, ``train()`` does the work.

    A subclass gives its command, rules for its parameters, and four hooks: ``_task`` makes what the trainer runs,
    ``_vectors_from`` reads the result off it, ``_tensors`` and ``_restore`` save and load what else the model needs.
    """

    command: ClassVar[str]
    rules: ClassVar[Mapping[str, Rule]]

    corpus: Any
    epochs: int
    min_count: int
    max_vocab_size: int | None
    trim_rule: Any
    lowercase: bool
    tokenizer: Any
    max_sentence_length: int
    errors: str
    cache_dir: str | None
    learning_rate: float
    min_learning_rate: float
    workers: int
    seed: int
    device: str

    history: Sequence[EpochReport] = ()
    _vectors: Vectors | None = None
    _current: Callable[[], Vectors] | None = None  # makes vectors while training runs

    @abstractmethod
    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> ModelTask:
        """What the trainer runs, its tables freshly initialised."""

    @abstractmethod
    def _vectors_from(self, task: Any, vocabulary: Vocabulary) -> Vectors:
        """The vectors a task has come to."""

    def _adopt(self, task: Any, vocabulary: Vocabulary) -> None:
        """Keep what queries need of a task beside its vectors."""

    @abstractmethod
    def _tensors(self) -> Mapping[str, Any]:
        """Arrays of the trained model that its vectors do not hold."""

    @abstractmethod
    def _restore(self, tensors: Mapping[str, Any]) -> None:
        """The reverse of ``_tensors``; ``_vectors`` is there already."""

    def _check(self) -> None:
        """Raise ParameterError where a rule that ties parameters together is broken."""
        if self.min_learning_rate > self.learning_rate:
            raise ParameterError(
                f"min_learning_rate must be at most learning_rate {self.learning_rate}, got {self.min_learning_rate}"
            )

    # Parameters, in scikit-learn's manner

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        parameters = inspect.signature(cls).parameters.values()
        return {parameter.name: parameter.default for parameter in parameters}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Constructor parameters by name."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **parameters: Any) -> Self:
        """Change constructor parameters by name."""
        for name, value in parameters.items():
            if name not in self._defaults():
                raise ParameterError(f"{name!r} is not a parameter of {type(self).__name__}; see get_params()")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = self._defaults()
        changed = [f"{n}={v!r}" for n, v in self.get_params().items() if n != "corpus" and v != defaults[n]]
        return f"{type(self).__name__}({', '.join([f'corpus={self.corpus!r}', *changed])})"

    # Training

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
        check_parameters(self.get_params(), self.rules)
        self._check()
        if self.corpus is None:
            raise ParameterError(f"corpus must be given to train {type(self).__name__}, got None")
        self._device()
        text = self._text(self.corpus)
        held_out_text = None if validation is None else self._text(validation)
        given = load_vectors(init_from) if isinstance(init_from, str | os.PathLike) else init_from
        with ExitStack() as stack:
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(self.workers)
            vocabulary = build_vocabulary(
                text,
                min_count=self.min_count,
                max_vocab_size=self.max_vocab_size,
                trim_rule=self.trim_rule,
                workers=self.workers,
            )
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
                callbacks=callbacks,
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

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """``train()`` by scikit-learn's name; ``X`` is a corpus and takes the place of the constructor's."""
        if X is not None:
            self.corpus = X
        return self.train()

    @property
    def vectors(self) -> Vectors:
        """What was learned; during training as it stands at the moment, a latent space not yet centred."""
        if self._vectors is not None:
            return self._vectors
        if self._current is not None:
            return self._current()
        raise NotTrainedError(f"{type(self).__name__} has no vectors yet; call train() first")

    @property
    def wv(self) -> Vectors:
        """``vectors`` by gensim's name."""
        return self.vectors

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

    def _text(self, source: Any) -> TextCorpus:
        return TextCorpus(
            source,
            lowercase=self.lowercase,
            tokenizer=self.tokenizer,
            max_sentence_length=self.max_sentence_length,
            errors=self.errors,
        )

    def _encode(self, text: TextCorpus, vocabulary: Vocabulary) -> EncodedCorpus:
        return encode_corpus(text, vocabulary, cache_dir=self.cache_dir, workers=self.workers)

    # Files

    def _described(self) -> dict[str, Any]:
        """The parameters as plain JSON values, functions and corpora by their names."""
        return {name: _plain(value) for name, value in self.get_params().items()}

    def save(self, path: Path) -> None:
        """Write model and vectors to one file, all or nothing; ``DensityVectors.load`` opens word densities too."""
        vectors = self.vectors
        tensors, metadata = vectors.container_parts()
        tensors |= {f"{_NETWORK}{name}": array for name, array in self._tensors().items()}
        metadata |= {"class": type(self).__name__, "parameters": self._described()}
        write_container(path, tensors, vectors.words, metadata)

    @classmethod
    def load(cls, path: Path, check: bool = False) -> Self:
        """A trained model from its file; ``check`` verifies every digest and value.

        Raises
        ------
        FormatError : if the file holds no model of this class
        """
        container = read_container(path, check=check)
        if container.metadata["class"] != cls.__name__:
            raise FormatError(f"{path}: holds {container.metadata['class']!r}, expected a {cls.__name__} model")
        known = cls._defaults()
        parameters = container.metadata["parameters"]
        model = cls(**{name: value for name, value in parameters.items() if name in known})
        model._vectors = cast(Vectors, vectors_from_container(container, os.fspath(path)))
        tensors = container.tensors.items()
        try:
            check_parameters(model.get_params(), cls.rules)
            model._restore({name.removeprefix(_NETWORK): array for name, array in tensors if name.startswith(_NETWORK)})
        except (RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise FormatError(f"{path}: parameters and tensors do not make a {cls.__name__} model: {reason}") from None
        return model


def _plain(value: Any) -> Any:
    """A JSON value for a parameter: itself where it is one, else a name that says what it was."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:100]]
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}" if hasattr(value, "__qualname__") else repr(type(value))
    return repr(value)[:200]
