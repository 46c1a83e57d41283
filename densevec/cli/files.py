"""Opening what a command is given."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import Any

from densevec._streams import PACKED
from densevec.cli.output import log
from densevec.errors import FileError, FormatError, FormatWarning
from densevec.evaluation import find_word
from densevec.formats import guess_format, read_container
from densevec.vectors import load_vectors


def format_of(path: str) -> str:
    """The format of a file by its contents; what is none is left to the native reader, whose errors say most."""
    try:
        return guess_format(path)
    except FormatError:
        return "native"


def size_of(path: str) -> int:
    """Bytes of a file, or of all files right in a folder; 0 for a URL."""
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
    return os.path.getsize(path) if os.path.exists(path) else 0


@contextlib.contextmanager
def reported_warnings() -> Iterator[list[str]]:
    """Every FormatWarning as a line on stderr at once, and in the list."""
    notes: list[str] = []

    def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if not issubclass(category, FormatWarning):
            previous(message, category, *place)
            return
        notes.append(str(message))
        log(f"densevec: note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", FormatWarning)
        previous, warnings.showwarning = warnings.showwarning, show  # type: ignore[assignment]
        yield notes


def load_densities(path: str) -> Any:
    """DensityVectors; FormatError for a file without variances."""
    from densevec.vectors import DensityVectors

    return DensityVectors.load(path)


def is_arpa(path: str) -> bool:
    """Whether a name is an ARPA file's, which is n-grams in text."""
    return path.endswith((".arpa", *(f".arpa{ending}" for ending in PACKED)))


def load_language_model(path: str) -> Any:
    """The language model of a file (imports torch), ours or ARPA; FormatError when it holds something else."""
    from densevec.models import NGram
    from densevec.models.language_model import LanguageModel

    model = NGram.from_arpa(path) if is_arpa(path) else load_model(path)
    if not isinstance(model, LanguageModel):
        raise FormatError(f"{path}: the file holds a {type(model).__name__}, and this needs a language model's file")
    return model


def has_model(path: str) -> bool:
    """Whether a file holds a whole model, which can read a word in its context, not only vectors."""
    return any(name.startswith("model.") for name in read_container(path).tensors)


def has_vectors(path: str) -> bool:
    """Whether a file holds word vectors, which a language model may lack."""
    return not is_arpa(path) and "mean" in read_container(path).tensors


def load_model(path: str) -> Any:
    """The model of a file (imports torch); FormatError when the file holds vectors only."""
    name = str(read_container(path).metadata["class"])
    if has_model(path):
        import densevec.models

        if name in vars(densevec.models)["__all__"]:
            return getattr(densevec.models, name).load(path)
    raise FormatError(
        f"{path}: the file holds {name or 'vectors'} without a model, and this needs a trained model's file"
    )


def check_writable(path: str) -> None:
    """FileError, before hours of training, when the file could not be saved."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise FileError(f"{path!r} is a folder; name a file to write")
    if not os.path.isdir(folder):
        raise FileError(f"the folder {folder!r} of the output file does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise FileError(f"the folder {folder!r} cannot be written to; choose another output file")


def load_completer(path: str) -> Any:
    """What fills gaps: the file's model if it can (imports torch), else its vectors."""
    if is_arpa(path):
        return load_language_model(path)
    model = load_model(path) if has_model(path) else None
    return model if hasattr(model, "complete") else load_vectors(path)


def as_known(vectors: Any, word: str) -> str:
    """The word as given if known, else in lower case if that is; else as given, for the error to name."""
    return find_word(vectors, word) or word
