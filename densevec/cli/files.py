"""Opening what a command is given."""

from __future__ import annotations

from typing import Any

from densevec.errors import FormatError
from densevec.evaluation import find_word
from densevec.formats import read_container


def load_densities(path: str) -> Any:
    """DensityVectors; FormatError for a file without variances."""
    from densevec.vectors import DensityVectors

    return DensityVectors.load(path)


def has_model(path: str) -> bool:
    """Whether a file holds a whole model, which can read a word in its context, not only vectors."""
    return any(name.startswith("model.") for name in read_container(path).tensors)


def load_model(path: str) -> Any:
    """The model of a file (imports torch); FormatError when the file holds vectors only."""
    name = str(read_container(path).metadata["class"])
    if has_model(path):
        import densevec.models

        if name in densevec.models.__all__:
            return getattr(densevec.models, name).load(path)
    raise FormatError(
        f"{path}: the file holds {name or 'vectors'} without a model, and this needs a trained model's file"
    )


def as_known(vectors: Any, word: str) -> str:
    """The word as given if known, else in lower case if that is; else as given, for the error to name."""
    return find_word(vectors, word) or word
