"""What all estimators share: how text is read, files, settings that travel."""

from __future__ import annotations

import logging
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, NamedTuple, Self

from densevec._parameters import Parameters, frozen, param, state
from densevec._plain import read_number, with_plain_numbers
from densevec._validation import AnyOf, Choice, Function, Instance, LanguageCode, as_path
from densevec.corpus import TextCorpus
from densevec.corpus.own_text import RULES, own_text
from densevec.corpus.phrase_fit import check_fit
from densevec.corpus.phrases import PHRASES, Phrases, as_phrases, compared
from densevec.corpus.reading import MAX_SENTENCE_LENGTH
from densevec.corpus.tokenizers import NAMES, LostTokenizer, found_tokenizer, tokenizer_name
from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import read_container, write_container
from densevec.formats.fallback import save_or_keep
from densevec.formats.hub import OnHub
from densevec.formats.native import Container, value_fault
from densevec.models.origin import Origin, described, plain
from densevec.models.preparation import Preparation
from densevec.training.callbacks import Callback
from densevec.training.distributed import do_once
from densevec.training.history import from_arrays, to_arrays
from densevec.training.state import EpochReport

_logger = logging.getLogger(__name__)
Path = str | os.PathLike[str]
_NETWORK = "model."  # prefix of the tensors of a file that only the model needs
READING = ("lowercase", "tokenizer", "max_sentence_length", "errors", "normalize")  # of a corpus


class _Answers(NamedTuple):
    """Settings by which a trained model answers; ``now`` are those of its parameters that are taken as they stand."""

    origin: Origin
    now: Mapping[str, Any]
    settings: Any

    def holds(self, model: Parameters) -> bool:
        return all(getattr(model, name) is value for name, value in self.now.items())


class Packed(ABC):
    """What pickles of earlier versions have in the place of a value."""

    @abstractmethod
    def unpacked(self) -> Any:
        """The value."""


class Estimator(Parameters, OnHub, ABC, comes_last=True):
    """A model that learns from a corpus; the constructor stores parameters, ``train()`` does the work.

    A subclass gives its command, how its text is prepared, ``train``, and what a file of it holds.  A corpus that
    brings its own rules of reading (a ``TextCorpus``, or a ``ParallelCorpus`` for a model of pairs) is read by them,
    and so is every text that the model is asked about later.

    A result keeps the parameters that it was made with: a trained model answers by them, and is saved with them,
    whatever its parameters become for the next training.
    """

    command: ClassVar[str]
    # Parameters of how work is done, questions are answered, or an update reads, that a trained model takes as they are
    free: ClassVar[frozenset[str]] = frozenset({"workers", "device", "engine", "cache_dir"})
    in_older_files: ClassVar[Mapping[str, Any]] = {}  # what parameters were before there were any, for files without
    reads_pairs: ClassVar[bool] = False  # whether its corpus is one of sentences and their translations

    corpus: Any = param(
        default=None,
        kw_only=False,
        rule=Instance((str, os.PathLike, Iterable), "paths, URLs, or something that gives sentences", optional=True),
        text="path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists",
    )
    lowercase: bool = param(default=False, text="lower the text first")
    tokenizer: str | Callable[[str], list[str]] = param(
        default="whitespace",
        rule=AnyOf((Choice(NAMES), Function("a function from a line to its tokens"))),
        text='"whitespace", "words" (runs of letters and digits), or a function from a line to its tokens',
    )
    max_sentence_length: int = param(
        default=MAX_SENTENCE_LENGTH, low=1, high=2**31 - 1, text="longer lines are cut into sentences of so many tokens"
    )
    errors: Literal["strict", "replace", "ignore"] = param(
        default="strict", text="what is done about bytes that are not UTF-8"
    )
    normalize: Literal["NFC", "NFD", "NFKC", "NFKD"] | None = param(
        default=None, text="the text is brought to this normal form of Unicode first, so that a word has one spelling"
    )
    language: str | None = param(
        default=None,
        rule=LanguageCode(),
        text='language of raw text such as books, by its code ("en"): lines are joined to paragraphs, which are cut '
        'into sentences (needs densevec[text]; give the tokenizer "words" too).  None: a line is a sentence',
    )
    cache_dir: str | None = param(
        default=None,
        rule=Instance((str, os.PathLike), "a folder"),
        text="folder for the encoded text when it is large; a temporary one if None",
    )
    history: Sequence[EpochReport] = state(())  # of models that learn in epochs
    _origin: Origin | None = state(None)  # what the result was made with
    _answers: _Answers | None = state(None)  # the settings by which it answers, once it was asked
    _opened: tuple[Any, Phrases | None] | None = state(None)  # what the parameter phrases was, and those in its file

    @property
    @abstractmethod
    def preparation(self) -> Preparation:
        """How text is opened, counted and encoded."""

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

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """``train()`` by scikit-learn's name; ``X`` is a corpus and takes the place of the constructor's."""
        if X is not None:
            self.corpus = X
        return self.train()

    def settings(self) -> Any:
        """A copy of the parameters, but for the corpus, that nobody changes: what tasks and networks are given.

        It is an object of the model's own group of parameters, no estimator.
        """
        return self._fixed(self._values())

    def _values(self) -> dict[str, Any]:
        """The parameters, but for the corpus, their numbers as plain ones."""
        return {name: with_plain_numbers(value) for name, value in self.get_params().items() if name != "corpus"}

    def _fixed(self, values: Mapping[str, Any]) -> Any:
        lines = (
            (base, base.__mro__) for base in type(self).__mro__
        )  # issubclass asks abstract classes, which takes long
        return frozen(next(base for base, line in lines if Parameters in line and Estimator not in line), values)

    @property
    def _own(self) -> Any:
        """The settings by which a model answers: those that it was trained with; before that, those of now."""
        if self._origin is None:
            return self.settings()
        known = self._answers
        if known is None or known.origin is not self._origin or not known.holds(self):
            kept = self._origin.parameters
            now = [name for name, value in kept.items() if name in self.free or self._is_lost(name, value)]
            values = {name: getattr(self, name) for name in now}
            settings = self._fixed({**kept, **{name: with_plain_numbers(value) for name, value in values.items()}})
            self._answers = known = _Answers(self._origin, values, settings)
        return known.settings

    @classmethod
    def _is_lost(cls, name: str, value: Any) -> bool:
        """Whether a parameter was a function, of which a file has kept no more than its name."""
        return isinstance(value, str) and value not in NAMES and _takes_functions(cls.declared()[name].rule)

    @classmethod
    def _check_functions(cls, values: Mapping[str, Any]) -> None:
        """ParameterError where one of the parameters is the name of a function, as a file has it."""
        for name, value in values.items():
            if cls._is_lost(name, value) and "." in value:
                raise ParameterError(
                    f"{name} must be a function, got the name of one, {value!r}, as the file of a model has it; give "
                    f"the function, or {cls.declared()[name].default!r}, in Python by model.set_params({name}=...)"
                )

    # Text

    def reading(self) -> Mapping[str, Any]:
        """How text is read: the parameters lowercase to language, or what the corpus says where it says it itself.

        Of a trained model as the text was that it learned from, but for ``errors`` where it was set to another since.
        """
        if self._origin is None:
            return self._reading_now()
        rules = {**self._origin.reading, **self._errors_now()}
        if isinstance(rules.get("tokenizer"), LostTokenizer):  # by now somebody may have given the function
            return {**rules, "tokenizer": self._reading_now()["tokenizer"]}
        return rules

    def _errors_now(self) -> dict[str, Any]:
        """The ``errors`` of a trained model, if it was set to another since."""
        is_other = self._origin is not None and self.errors != self._origin.parameters.get("errors", self.errors)
        return {"errors": self.errors} if is_other else {}

    def _reading_now(self) -> dict[str, Any]:
        """The rules of reading that the parameters state."""
        rules = {name: getattr(self, name) for name in READING}
        rules["tokenizer"] = found_tokenizer(self.tokenizer, "; model.set_params(tokenizer=...) gives it to the model")
        if self.preparation.corpus is TextCorpus:  # pairs are lines
            rules["language"] = self.language
        if "phrases" not in self.declared():
            return rules
        given = getattr(self, "phrases", None)
        if self._opened is None or self._opened[0] is not given:
            self._opened = given, as_phrases(given)
        return {**rules, "phrases": self._opened[1]}

    @property
    def known_phrases(self) -> Phrases | None:
        """The phrases that are joined in every text, if there are any."""
        phrases: Phrases | None = self.reading().get("phrases")
        return phrases

    def _read_place(self, tokens: Sequence[str], position: int) -> tuple[list[str], int]:
        """A word in its sentence as the model reads it: folded, phrases joined."""
        return own_text(self).prepare_places([(tokens, position)])[0]

    def open_text(self, source: Any, **reading: Any) -> Any:
        """A corpus as it is; anything else as the source of one, read as the text that the model learns from.

        reading : rules in the place of the model's own
        """
        return self.preparation.open(source, {**self.reading(), **reading})

    def count(self, text: Any, progress: bool | None = False) -> Any:
        """The vocabulary that the parameters want of an open text; ``progress`` as in ``train``."""
        return self.preparation.count(text, self, progress)

    def encode(self, text: Any, vocabulary: Any, progress: bool | None = False) -> Any:
        """The ids of an open text, on disk where they are many; ``progress`` as in ``train``."""
        return self.preparation.encode(text, vocabulary, self, progress)

    def _start(self, goes_on: bool = False) -> tuple[Any, Origin]:
        """Check the parameters, open the corpus, and note what comes of it will have been made with.

        goes_on : whether a training goes on, whose parameters are as they are
        """
        self._check_functions(self.get_params())
        self.check_params()
        if not goes_on:
            self.check_uses()
        if self.corpus is None:
            raise ParameterError(f"corpus must be given to train {type(self).__name__}, got None")
        text = self.preparation.open(self.corpus, self._reading_now())
        origin = self._new_origin(self._rules_of(text) if self.preparation.has_own_rules(self.corpus) else None)
        if (phrases := origin.reading.get("phrases")) is not None:
            check_fit(phrases, text)
        return text, origin

    def _new_origin(self, reading: Mapping[str, Any] | None = None) -> Origin:
        """The parameters as they are now, with rules of reading that a corpus brings along."""
        reading = self._reading_now() if reading is None else reading
        return Origin(self._values(), reading, described({**self._values(), **reading}, self.corpus))

    @property
    def trained_on(self) -> Mapping[str, Any] | None:
        """What the model learned from, without a word of it; None before training, and of a file that does not say.

        "kind" says what was given ("2 paths", "a list of 20,000 sentences"), "sentences" and "tokens" what was read of
        it (of pairs, in the source language), and "digest" is the SHA-256 of the sentences as ids of the words, in
        hexadecimal (``EncodedCorpus.digest``): the same text, read and counted in the same way, has the same.  After
        an ``update`` they are of its text; "updates" says how many there were, "earlier_tokens" what was read before.
        """
        return None if self._origin is None else self._origin.trained_on

    def _rules_of(self, corpus: Any) -> Mapping[str, Any]:
        """The corpus's rules of reading; ParameterError where the parameters ask for others."""
        now = self._reading_now()
        rules = corpus.reading_beside(now) if isinstance(corpus, TextCorpus) else dict(corpus.reading)
        if "phrases" not in self.declared() and rules.pop("phrases", None) is not None:
            raise ParameterError(
                f"phrases must be None in the corpus of a {type(self).__name__}, which joins none; give list(corpus), "
                "whose phrases are words"
            )
        for name, value in rules.items():
            if now[name] not in (self.declared()[name].default, value):
                raise ParameterError(
                    f"{name} must be the corpus's own, {value!r}, where the corpus is a {type(corpus).__name__}, got "
                    f"{now[name]!r}; give it where the corpus is made, or give the corpus's own source alone"
                )
        return rules

    def _open_more(self, corpus: Any) -> Any:
        """``open_text`` of what an update learns from; ParameterError for rules of its own that make other words."""
        text, own = self.open_text(corpus), self.reading()
        for name, value in text.reading.items():
            has_part = name in RULES and (name != "tokenizer" or text.paths is not None)  # lists of words are not cut
            if (has_part or name == "phrases") and compared(value) != compared(own.get(name)):
                raise ParameterError(
                    f"{name} must be the model's own, {_shown(own.get(name))}, in a {type(text).__name__} that it is "
                    f"updated with, got {_shown(value)}; give it to that, or give its source alone"
                )
        return text

    # Files

    def _described(self) -> dict[str, Any]:
        """The parameters that the result was made with as plain JSON values."""
        if self._origin is None:
            return dict(self._new_origin().described)
        return {**self._origin.described, **{name: plain(value) for name, value in self._free_values().items()}}

    def _free_values(self) -> dict[str, Any]:
        """Parameters of a trained model that are taken as they are now."""
        return {name: getattr(self, name) for name in self.declared() if name in self.free} | self._errors_now()

    def save(self, path: Path, fallback: Path | None = None) -> None:
        """Write the trained model to one file, all or nothing; ``load_vectors`` opens it too if it has vectors.

        Of several processes that have trained it together the first one writes; others wait until it has.

        Of the corpus the file keeps the paths of files, and what ``trained_on`` says, never its words; of ``history``
        all but the speed, so that the same training gives the same file.

        Parameters
        ----------
        path : the file
        fallback : folder that the file goes to where ``path`` cannot be written; without one that happens only when
            the disk is full or fails, and it goes to the user's cache folder

        Raises
        ------
        FileError : if the path cannot be written; the message says where the model is kept
        NotTrainedError : before ``train()``
        ParameterError : for a value of ``workers`` and the like, set since, with which the file could not be loaded;
            for a ``fallback`` at a URL
        """
        where = as_path(path)
        for name, value in self._free_values().items():
            self.declared()[name].check(value)

        def write() -> None:
            tensors, words, metadata = self._container_parts()
            tensors |= {f"{_NETWORK}{name}": array for name, array in self._tensors().items()}
            if self.known_phrases is not None:
                tensors[PHRASES] = self.known_phrases.to_tensor()
            metadata |= {"class": type(self).__name__, "parameters": self._described()}
            if self.trained_on is not None:
                metadata["corpus"] = dict(self.trained_on)
            if self.history:
                arrays, metadata["history"] = to_arrays([replace(r, words_per_second=math.nan) for r in self.history])
                tensors |= arrays
            save_or_keep(lambda file: write_container(file, tensors, words, metadata), path, fallback)
            _logger.info("%s saved to %s", type(self).__name__, where)

        do_once(f"saving to {where}", write)

    @classmethod
    def load(cls, path: Path, check: bool = False) -> Self:
        """A trained model from its file; ``check`` verifies every digest and value.

        It has no corpus: to train it again, give it one.

        Raises
        ------
        FormatError : if the file holds no model of this class
        """
        return cls.from_container(read_container(path, check=check), as_path(path))

    @classmethod
    def from_container(cls, container: Container, path: str) -> Self:
        """``load`` of a file that is open already."""
        if container.metadata["class"] != cls.__name__:
            raise FormatError(f"{path}: holds {container.metadata['class']!r}, expected a {cls.__name__} model")
        declared = cls.declared()
        stored = {**cls.in_older_files, **container.metadata["parameters"]}
        parameters = {n: read_number(v) for n, v in stored.items() if n in declared and n != "corpus"}
        if "phrases" in declared:  # the file has their parameters in the place of this one
            tensor = container.tensors.get(PHRASES)
            parameters["phrases"] = None if tensor is None else Phrases.from_tensor(tensor, path)
        model = cls(**parameters)
        model._open(container, path)
        tensors = container.tensors.items()
        for name, array in tensors:
            fault = value_fault(name, array) if name.startswith(_NETWORK) else None
            if fault is not None:
                raise CorruptError(f"{path}: tensor {name!r}: {fault}")
        try:
            for name, value in parameters.items():
                if not (isinstance(value, str) and _takes_functions(declared[name].rule)):  # a function by its name
                    declared[name].check(value)
            model._restore({name.removeprefix(_NETWORK): array for name, array in tensors if name.startswith(_NETWORK)})
            if "history" in container.metadata:
                model.history = from_arrays(container.tensors, container.metadata["history"])
        except (RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise FormatError(f"{path}: parameters and tensors do not make a {cls.__name__} model: {reason}") from None
        told = container.metadata.get("corpus")
        origin = model._new_origin().knowing(stored)
        model._origin = replace(origin, trained_on=told if isinstance(told, dict) else None)
        return model

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Pickles of earlier versions have the rules of reading, and what is said of the text, by themselves, and some
        values packed."""
        kept = {name: value for name, value in state.items() if name not in ("_brought", "_trained_on")}
        kept |= {name: value.unpacked() for name, value in kept.items() if isinstance(value, Packed)}
        vars(self).update(kept)
        brought, trained_on = state.get("_brought"), state.get("_trained_on")
        if brought or trained_on:
            self._origin = replace(self._new_origin(brought), trained_on=trained_on)


def _takes_functions(rule: Any) -> bool:
    return isinstance(rule, Function) or (isinstance(rule, AnyOf) and any(map(_takes_functions, rule.rules)))


def _shown(rule: Any) -> str:
    return repr(tokenizer_name(rule) if callable(rule) else rule)
