"""What all estimators share: how text is read, files, settings that travel."""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from densevec._parameters import Parameters, frozen, param, state
from densevec._validation import AnyOf, Choice, Function, Instance, Interval, as_path
from densevec.corpus.own_text import RULES, own_text
from densevec.corpus.phrases import PHRASES, Phrases, as_phrases
from densevec.corpus.roles import as_places
from densevec.corpus.text import paths_of
from densevec.corpus.tokenizers import NAMES, found_tokenizer, tokenizer_name
from densevec.errors import CorruptError, DensevecError, FormatError, ParameterError
from densevec.formats import read_container, write_container
from densevec.formats.fallback import save_or_keep
from densevec.formats.hub import OnHub
from densevec.formats.native import Container, value_fault
from densevec.models.preparation import Preparation
from densevec.training.callbacks import Callback
from densevec.training.distributed import do_once

_logger = logging.getLogger(__name__)
Path = str | os.PathLike[str]
_NETWORK = "model."  # prefix of the tensors of a file that only the model needs
_MAX_PATHS = 2**18  # characters of all paths that a file's header keeps
_READING = ("lowercase", "tokenizer", "max_sentence_length", "errors", "normalize")  # of a corpus


class Estimator(Parameters, OnHub, ABC, comes_last=True):
    """A model that learns from a corpus; the constructor stores parameters, ``train()`` does the work.

    A subclass gives its command, how its text is prepared, ``train``, and what a file of it holds.  A corpus that
    brings its own rules of reading (a ``TextCorpus``, or a ``ParallelCorpus`` for a model of pairs) is read by them,
    and so is every text that the model is asked about later.
    """

    command: ClassVar[str]
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
        default=10_000, rule=Interval(int, 1, 2**31 - 1), text="longer lines are cut into sentences of so many tokens"
    )
    errors: Literal["strict", "replace", "ignore"] = param(
        default="strict", text='what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"'
    )
    normalize: Literal["NFC", "NFD", "NFKC", "NFKD"] | None = param(
        default=None,
        text='bring the text to this normal form of Unicode first, "NFC", "NFD", "NFKC" or "NFKD", so that one word '
        "has one spelling",
    )
    cache_dir: str | None = param(
        default=None,
        rule=Instance((str, os.PathLike), "a folder", optional=True),
        text="folder for the encoded text when it is large; a temporary one if None",
    )
    _trained_on: Mapping[str, Any] | None = state(None)
    _brought: Mapping[str, Any] | None = state(None)  # rules of reading that the corpus brought along
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
        group: Any = next(base for base in type(self).__mro__ if not issubclass(base, Estimator))
        return frozen(group, {name: value for name, value in self.get_params().items() if name != "corpus"})

    # Text

    def reading(self) -> Mapping[str, Any]:
        """How text is read: the parameters lowercase to normalize, or what the corpus says where it says it itself."""
        if self._brought:
            return self._brought
        rules = {name: getattr(self, name) for name in _READING}
        rules["tokenizer"] = found_tokenizer(self.tokenizer, "; model.set_params(tokenizer=...) gives it to the model")
        return {**rules, "phrases": self.known_phrases} if "phrases" in self.declared() else rules

    @property
    def known_phrases(self) -> Phrases | None:
        """The phrases that are joined in every text, if there are any."""
        given = getattr(self, "phrases", None)
        if self._brought:
            return self._brought.get("phrases")
        if self._opened is None or self._opened[0] is not given:
            self._opened = given, as_phrases(given)
        return self._opened[1]

    def _read_places(self, items: Sequence[Any]) -> list[tuple[list[str], int]]:
        """Words in their sentences, (tokens, position), as the model reads them: folded, their phrases joined."""
        text = own_text(self)
        return [text.prepare_place(*place) for place in as_places(items)]

    def _read_place(self, tokens: Sequence[str], position: int) -> tuple[list[str], int]:
        """One word in its sentence as the model reads it."""
        return self._read_places([(tokens, position)])[0]

    def open_text(self, source: Any) -> Any:
        """A corpus as it is; anything else as the source of one, read as the text that the model learns from."""
        kind = self.preparation.corpus
        return source if isinstance(source, kind) else kind(source, **self.reading())

    def count(self, text: Any, progress: bool | None = False) -> Any:
        """The vocabulary that the parameters want of an open text; ``progress`` as in ``train``."""
        return self.preparation.count(text, self, progress)

    def encode(self, text: Any, vocabulary: Any, progress: bool | None = False) -> Any:
        """The ids of an open text, on disk where they are many; ``progress`` as in ``train``."""
        return self.preparation.encode(text, vocabulary, self, progress)

    def _start(self) -> Any:
        """Check the parameters, and open the corpus."""
        self.check_params()
        if self.corpus is None:
            raise ParameterError(f"corpus must be given to train {type(self).__name__}, got None")
        self._brought = None
        if isinstance(self.corpus, self.preparation.corpus):
            self._brought = self._rules_of(self.corpus)
        return self.open_text(self.corpus)

    @property
    def trained_on(self) -> Mapping[str, Any] | None:
        """What the model learned from, without a word of it; None before training, and of a file that does not say.

        "kind" says what was given ("2 paths", "a list of 20,000 sentences"), "sentences" and "tokens" what was read of
        it (of pairs, in the source language), and "digest" is the SHA-256 of the sentences as ids of the words, in
        hexadecimal (``EncodedCorpus.digest``): the same text, read and counted in the same way, has the same.  After
        an ``update`` they are of its text; "updates" says how many there were, "earlier_tokens" what was read before.
        """
        return self._trained_on

    def _remember(self, encoded: Any, added: Any = None) -> None:
        """Keep what ``trained_on`` says of the encoded corpus: the model's, or one ``added`` to what it knows."""
        source, before = getattr(encoded, "source", encoded), self._trained_on or {}  # of pairs
        self._trained_on = {
            "kind": corpus_kind(self.corpus if added is None else added),
            "sentences": int(encoded.num_sentences),
            "tokens": int(source.num_raw_tokens),
            "digest": encoded.digest(),
        }
        if added is not None:
            earlier = int(before.get("earlier_tokens", 0)) + int(before.get("tokens", 0))
            self._trained_on |= {"updates": int(before.get("updates", 0)) + 1, "earlier_tokens": earlier}

    def _rules_of(self, corpus: Any) -> Mapping[str, Any]:
        """The corpus's rules of reading; ParameterError where the parameters ask for others."""
        rules = dict(corpus.reading)
        if "phrases" not in self.declared() and rules.pop("phrases", None) is not None:
            raise ParameterError(f"phrases must be None in the corpus of a {type(self).__name__}, which joins none")
        for name, value in rules.items():
            wanted, default = getattr(self, name), self.declared()[name].default
            if wanted not in (default, value):
                raise ParameterError(
                    f"{name} must be the corpus's own, {value!r}, where the corpus is a {type(corpus).__name__}, got "
                    f"{wanted!r}; give it to that"
                )
        return rules

    def _open_more(self, corpus: Any) -> Any:
        """``open_text`` of what an update learns from; ParameterError for rules of its own that make other words."""
        text, own = self.open_text(corpus), self.reading()
        for name, value in text.reading.items():
            has_part = name in RULES and (name != "tokenizer" or text.paths is not None)  # lists of words are not cut
            if (has_part or name == "phrases") and _compared(value) != _compared(own.get(name)):
                raise ParameterError(
                    f"{name} must be the model's own, {_shown(own.get(name))}, in a {type(text).__name__} that it is "
                    f"updated with, got {_shown(value)}; give it to that, or give its source alone"
                )
        return text

    # Files

    def _described(self) -> dict[str, Any]:
        """The parameters as plain JSON values: functions by their names, the corpus by what it was."""
        values = {**self.get_params(), **self.reading(), "corpus": None}
        return {**{name: _plain(value) for name, value in values.items()}, "corpus": _corpus_name(self.corpus)}

    def save(self, path: Path, fallback: Path | None = None) -> None:
        """Write the trained model to one file, all or nothing; ``load_vectors`` opens it too if it has vectors.

        Of several processes that have trained it together the first one writes; others wait until it has.

        Of the corpus the file keeps the paths of files, and what ``trained_on`` says, never its words.

        Parameters
        ----------
        path : the file
        fallback : folder that the file goes to where ``path`` cannot be written; without one that happens only when
            the disk is full or fails, and it goes to the user's cache folder

        Raises
        ------
        FileError : if the path cannot be written; the message says where the model is kept
        NotTrainedError : before ``train()``
        """
        where = as_path(path)

        def write() -> None:
            tensors, words, metadata = self._container_parts()
            tensors |= {f"{_NETWORK}{name}": array for name, array in self._tensors().items()}
            if self.known_phrases is not None:
                tensors[PHRASES] = self.known_phrases.to_tensor()
            metadata |= {"class": type(self).__name__, "parameters": self._described()}
            if self._trained_on is not None:
                metadata["corpus"] = dict(self._trained_on)
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
        parameters = {n: v for n, v in stored.items() if n in declared and n != "corpus"}
        if "phrases" in declared:  # the file has their parameters in the place of this one
            tensor = container.tensors.get(PHRASES)
            parameters["phrases"] = None if tensor is None else Phrases.from_tensor(tensor, path)
        model = cls(**parameters)
        model._open(container, path)
        trained_on = container.metadata.get("corpus")
        model._trained_on = trained_on if isinstance(trained_on, dict) else None
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
        except (RuntimeError, TypeError, ValueError, KeyError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise FormatError(f"{path}: parameters and tensors do not make a {cls.__name__} model: {reason}") from None
        return model


def _takes_functions(rule: Any) -> bool:
    return isinstance(rule, Function) or (isinstance(rule, AnyOf) and any(map(_takes_functions, rule.rules)))


def _corpus_name(corpus: Any) -> str | list[str] | None:
    """What a corpus was, without its words: the paths of files, else its kind and size."""
    if corpus is None:
        return None
    source = getattr(corpus, "source", corpus)  # of a TextCorpus
    paths = _paths(source)
    if paths is not None:
        if len(paths) == 1 and not isinstance(source, list | tuple):
            return paths[0]
        is_short = sum(map(len, paths)) <= _MAX_PATHS
        return paths if is_short else f"<{len(paths):,} paths from {paths[0]} to {paths[-1]}>"
    size = f" of {len(source)}" if hasattr(source, "__len__") else ""
    return f"<{type(source).__name__}{size}>"


def corpus_kind(corpus: Any) -> str:
    """What kind of corpus it is, for people.

    >>> corpus_kind(["a.txt", "b.txt"]), corpus_kind([["a", "kiwi"]] * 2000)
    ('2 paths', 'a list of 2,000 sentences')
    """
    source = getattr(corpus, "source", corpus)
    paths = _paths(source)
    if paths is not None:
        return "1 path" if len(paths) == 1 else f"{len(paths):,} paths"
    size = f" of {len(source):,} sentences" if hasattr(source, "__len__") else ""
    name = type(source).__name__
    return f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}{size}"


def _paths(source: Any) -> list[str] | None:
    """All paths of a source that is made of them, those of both sides where they are pairs."""
    try:
        paths = paths_of(source)
        if paths is None and isinstance(source, tuple) and len(source) == 2:
            sides = [paths_of(side) for side in source]
            paths = [path for side in sides for path in side or ()] if all(sides) else None
    except DensevecError:
        return None
    return paths


def _compared(rule: Any) -> Any:
    """Of a rule of reading what is the same after its model was saved and loaded."""
    if isinstance(rule, Phrases):
        return rule.to_tensor().tobytes()
    return tokenizer_name(rule) if callable(rule) else rule


def _shown(rule: Any) -> str:
    return repr(tokenizer_name(rule) if callable(rule) else rule)


def _plain(value: Any) -> Any:
    """A JSON value for a parameter: itself where it is one, else a name that says what it was."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Phrases):
        return value.parameters
    if isinstance(value, os.PathLike):
        return as_path(value)
    if callable(value):
        return tokenizer_name(value)
    return repr(value)[:200]
