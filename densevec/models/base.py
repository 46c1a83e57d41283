"""What all estimators share: parameters, the text they are given, files."""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from densevec._validation import Instance, Interval, Rule, check_parameters
from densevec.corpus import TextCorpus
from densevec.errors import FormatError, ParameterError
from densevec.formats import read_container, write_container
from densevec.formats.native import Container
from densevec.training.callbacks import Callback

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


class Estimator(ABC):
    """A model that learns from a corpus; the constructor stores parameters, ``train()`` does the work.

    A subclass gives its command, rules for its parameters, ``train``, and what a file of it holds.
    """

    command: ClassVar[str]
    rules: ClassVar[Mapping[str, Rule]]
    reads_pairs: ClassVar[bool] = False  # whether its corpus is one of sentences and their translations

    corpus: Any
    lowercase: bool
    tokenizer: Any
    max_sentence_length: int
    errors: str

    @abstractmethod
    def train(self, *, callbacks: Sequence[Callback] = (), progress: bool | None = None) -> Self:
        """Learn from the corpus and return the model; ``progress`` True, False, or None: a bar on a terminal only."""

    @abstractmethod
    def _container_parts(self) -> tuple[dict[str, Any], Sequence[str], dict[str, Any]]:
        """Tensors, words and metadata of a file of the trained model, all but what ``_tensors`` gives."""

    @abstractmethod
    def _open(self, container: Container, path: str) -> None:
        """The reverse of ``_container_parts``."""

    @abstractmethod
    def _tensors(self) -> Mapping[str, Any]:
        """Arrays of the trained model that ``_container_parts`` does not give."""

    @abstractmethod
    def _restore(self, tensors: Mapping[str, Any]) -> None:
        """The reverse of ``_tensors``, once ``_open`` is done."""

    def _check(self) -> None:
        """Raise ParameterError where a parameter breaks its rule, or parameters do not go together."""
        check_parameters(self.get_params(), self.rules)
        if self.corpus is None:
            raise ParameterError(f"corpus must be given to train {type(self).__name__}, got None")

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """``train()`` by scikit-learn's name; ``X`` is a corpus and takes the place of the constructor's."""
        if X is not None:
            self.corpus = X
        return self.train()

    def _text(self, source: Any) -> TextCorpus:
        return TextCorpus(
            source,
            lowercase=self.lowercase,
            tokenizer=self.tokenizer,
            max_sentence_length=self.max_sentence_length,
            errors=self.errors,
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

    # Files

    def _described(self) -> dict[str, Any]:
        """The parameters as plain JSON values, functions and corpora by their names."""
        return {name: _plain(value) for name, value in self.get_params().items()}

    def save(self, path: Path) -> None:
        """Write the trained model to one file, all or nothing; ``load_vectors`` opens it too if it has vectors."""
        tensors, words, metadata = self._container_parts()
        tensors |= {f"{_NETWORK}{name}": array for name, array in self._tensors().items()}
        metadata |= {"class": type(self).__name__, "parameters": self._described()}
        write_container(path, tensors, words, metadata)

    @classmethod
    def load(cls, path: Path, check: bool = False) -> Self:
        """A trained model from its file; ``check`` verifies every digest and value.

        Raises
        ------
        FormatError : if the file holds no model of this class
        """
        return cls.from_container(read_container(path, check=check), os.fspath(path))

    @classmethod
    def from_container(cls, container: Container, path: str) -> Self:
        """``load`` of a file that is open already."""
        if container.metadata["class"] != cls.__name__:
            raise FormatError(f"{path}: holds {container.metadata['class']!r}, expected a {cls.__name__} model")
        known = cls._defaults()
        parameters = container.metadata["parameters"]
        model = cls(**{name: value for name, value in parameters.items() if name in known})
        model._open(container, path)
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
