"""Opening what a command is given."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from densevec._streams import is_remote, packing
from densevec.cli.output import log
from densevec.cli.wording import as_options
from densevec.errors import (
    FileError,
    FormatError,
    FormatWarning,
    MissingWordError,
    ParameterError,
    TrainingWarning,
)
from densevec.evaluation import find_word
from densevec.formats import Container, guess_format, read_container
from densevec.formats.atomic import is_stream
from densevec.formats.endings import check_ending, is_arpa
from densevec.formats.output import packer
from densevec.vectors import DensityVectors, KeyedVectors
from densevec.vectors.word_store import own_spelling


def format_of(path: str) -> str:
    """The format of a file by its contents; what is none is left to the native reader, whose errors say most, but of
    packed files, into which it does not look."""
    try:
        return guess_format(path)
    except FormatError:
        if packing(path):
            raise
        return "native"


def size_of(path: str) -> int | None:
    """Bytes of a file, or of all files right in a folder; None for a URL."""
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
    return os.path.getsize(path) if os.path.exists(path) else None


@contextlib.contextmanager
def reported_warnings(parser: argparse.ArgumentParser) -> Iterator[list[str]]:
    """Every FormatWarning and TrainingWarning as a line on stderr at once, and in the list, in the command's words."""
    notes: list[str] = []

    def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if not issubclass(category, FormatWarning | TrainingWarning):
            previous(message, category, *place)
            return
        notes.append(as_options(str(message), parser))
        log(f"densevec: note: {notes[-1]}")

    with warnings.catch_warnings():
        for kind in (FormatWarning, TrainingWarning):
            warnings.simplefilter("always", kind)
        previous, warnings.showwarning = warnings.showwarning, show  # type: ignore[assignment]
        yield notes


@contextlib.contextmanager
def told_log(parser: argparse.ArgumentParser, is_verbose: bool) -> Iterator[None]:
    """Warnings of the log as lines on stderr, in the command's words; all lines, with times, if verbose."""
    logger, handler = logging.getLogger("densevec"), _Teller(parser)
    before = logger.level
    handler.setLevel(logging.INFO if is_verbose else logging.WARNING)
    logger.addHandler(handler)
    if is_verbose:
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _Teller(logging.Handler):
    """Writes records to whatever stderr is at the moment."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self._parser = parser

    def emit(self, record: logging.LogRecord) -> None:
        text = as_options(record.getMessage(), self._parser)
        is_note = record.levelno >= logging.WARNING
        log(f"densevec: note: {text}" if is_note else f"{time.strftime('%H:%M:%S')} {text}")


class File:
    """A file that a command was given, a densevec file, n-grams in ARPA's format, or word vectors in any other: opened
    once, when it is first asked for something."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def is_arpa(self) -> bool:
        """Whether its name is an ARPA file's, which is n-grams in text."""
        return is_arpa(self.path)

    @cached_property
    def is_native(self) -> bool:
        """Whether it is a densevec file, or none that is recognised: the native reader's errors say most."""
        return not self.is_arpa and format_of(self.path) == "native"

    @cached_property
    def container(self) -> Container:
        """What our own file holds."""
        return read_container(self.path)

    @property
    def has_model(self) -> bool:
        """Whether it holds a whole model, which can read a word in its context, not only vectors."""
        return self.is_native and any(name.startswith("model.") for name in self.container.tensors)

    @property
    def has_vectors(self) -> bool:
        """Whether it holds word vectors, which a language model may lack."""
        return not self.is_arpa and (not self.is_native or "mean" in self.container.tensors)

    def vectors(self, *, asks_graph: bool = False) -> KeyedVectors:
        """Its vectors, of the class it holds.

        A graph index beside the file, which takes longer to open than some queries take without it, is left aside
        unless ``asks_graph``.
        """
        if self.is_native:
            vectors = KeyedVectors.from_container(self.container, self.path)
            if not asks_graph:
                vectors.graph_index = None
            return vectors
        return KeyedVectors.from_file(self.path, format_of(self.path))

    def vectors_of_words(self, *, asks_graph: bool = False) -> KeyedVectors:
        """Its vectors, for what is looked for among its words; ParameterError where it has n-grams alone."""
        vectors = self.vectors(asks_graph=asks_graph)
        if len(vectors) == 0:
            raise ParameterError(
                f"{self.path}: FILE must have words to look among, and this one has rows of n-grams alone (floret's "
                "text is made of those); in Python it compares words of any spelling"
            )
        return vectors

    def densities(self) -> DensityVectors:
        """Its vectors; FormatError for a file without variances."""
        if self.is_native and "mean" in self.container.tensors and "variance" not in self.container.tensors:
            name = self.container.metadata["class"]
            raise FormatError(
                f"{self.path}: the file holds no word densities but a {name}; densevec train bayesian-skipgram and "
                "density-word2vec learn them"
            )
        if self.is_native:
            return DensityVectors.from_container(self.container, self.path)
        vectors = self.vectors()
        if not isinstance(vectors, DensityVectors):
            raise FormatError(f"{self.path}: the file holds vectors without variances, and this needs word densities")
        return vectors

    def model(self) -> Any:
        """Its model (imports torch); FormatError when it holds vectors only.

        A folder for the encoded text that is not here, as of another machine, gives way to a temporary one.
        """
        name = str(self.container.metadata["class"]) if self.is_native else ""
        if self.has_model:
            import densevec.models

            if name in vars(densevec.models)["__all__"]:
                model = getattr(densevec.models, name).from_container(self.container, self.path)
                if not os.path.isdir(getattr(model, "cache_dir", None) or "."):
                    model.set_params(cache_dir=None)
                return model
        raise FormatError(
            f"{self.path}: the file holds {name or 'vectors'} without a model, and this needs a trained model's file"
        )

    def language_model(self) -> Any:
        """Its language model (imports torch), ours or ARPA; FormatError when it holds something else."""
        from densevec.models import NGram
        from densevec.models.language_model import LanguageModel

        model = NGram.from_arpa(self.path) if self.is_arpa else self.model()
        if not isinstance(model, LanguageModel):
            kind = type(model).__name__
            raise FormatError(f"{self.path}: the file holds a {kind}, and this needs a language model's file")
        return model


def check_savable(path: str) -> None:
    """``check_writable`` of a densevec file; ParameterError for a name by which it would not be read again."""
    check_ending(path)
    check_writable(path)


def check_writable(path: str) -> None:
    """FileError, before hours of training, when the file could not be saved; of URLs nothing is known.

    MissingPackageError when it could not be packed as its name says.
    """
    if ending := packing(path):
        packer(ending)
    if is_remote(path):
        return
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise FileError(f"{path!r} is a folder; name a file to write")
    if is_stream(path):
        if not os.access(path, os.W_OK):
            raise FileError(f"{path!r} cannot be written to; choose another output file")
        return
    if not os.path.isdir(folder):
        raise FileError(f"the folder {folder!r} of the output file does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise FileError(f"the folder {folder!r} cannot be written to; choose another output file")


def known_words(vectors: Any, words: Sequence[str], searched_by: str | None = None) -> tuple[list[str], dict[str, str]]:
    """The words that the vectors know, each once, and what is wrong with the others, each of which is a line on stderr.

    searched_by : the option that names words to search, which must have a row; None where sub-words may compose them

    Errors: MissingWordError where none is known.
    """
    known: list[str] = []
    missing: dict[str, MissingWordError] = {}
    for word in words:
        try:
            found = as_known(vectors, word)
            vectors.get_vector(found) if searched_by is None else vectors.get_index(found)
            known.append(found)
        except MissingWordError as error:
            missing[word] = error
    if missing and not known:
        raise next(iter(missing.values()))
    messages = {word: str(fault) for word, fault in missing.items()}
    for message in messages.values():
        log(f"densevec: note: {message}" if searched_by is None else f"densevec: note: {searched_by}: {message}")
    return list(dict.fromkeys(known)), messages


def as_known(vectors: Any, word: str) -> str:
    """The word of the vectors, as given or in lower case, in their spelling; else as given, for the error to name."""
    found = find_word(vectors, word)
    return word if found is None else own_spelling(vectors, found)
