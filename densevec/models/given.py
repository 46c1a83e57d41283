"""Vectors that a training is given to start from: ``train(init_from=)``."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from densevec._calls import warn
from densevec._processes import is_first
from densevec.errors import ParameterTypeError, TrainingWarning
from densevec.vectors import KeyedVectors

_logger = logging.getLogger(__name__)


def as_vectors(init_from: Any) -> KeyedVectors:
    """Vectors as they are, or those of a file."""
    given = KeyedVectors.from_file(init_from) if isinstance(init_from, str | os.PathLike) else init_from
    if not isinstance(given, KeyedVectors):
        raise ParameterTypeError(f"init_from must be vectors or a file of them, got {type(given).__name__}")
    return given


def tell_start(num_known: int, words: Sequence[str], given: KeyedVectors) -> None:
    """A line of the log: how many words start from given vectors; a warning where none does."""
    if not is_first():
        return
    _logger.info("%d of %d words start from the %d vectors of init_from", num_known, len(words), len(given))
    if not num_known and len(words):
        theirs = f"such as {given.words[0]!r}" if len(given) else "which are none"
        warn(
            f"none of the {len(words):,} words of the text, such as {words[0]!r}, is among those of init_from, "
            f"{theirs}, so that all start from random numbers; give vectors whose words are spelled as the text's "
            "are, or read the text as theirs was (lowercase, tokenizer, normalize)",
            TrainingWarning,
        )
