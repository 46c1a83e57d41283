"""Everything densevec raises on purpose.

Each error is also the built-in kind it is, so ``except KeyError`` and
``except ValueError`` work as a Python user expects.  Every message is one
sentence: what is wrong, where, what was found, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LONGEST = 1000  # characters of a message; what is longer quotes a text that was given for a path or a word


class DensevecError(Exception):
    """Base of every error densevec raises on purpose; of a message that is very long the middle is left out."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*(_shortened(each) if isinstance(each, str) else each for each in args))


def _shortened(message: str) -> str:
    half = _LONGEST // 2
    return message if len(message) <= _LONGEST else f"{message[:half]} ... {message[-half:]}"


class ParameterError(DensevecError, ValueError):
    """A parameter breaks its rule; the message gives name, rule and value."""


class ParameterTypeError(DensevecError, TypeError):
    """A parameter is of the wrong type; the message gives name, rule and value."""


class CorpusError(DensevecError, ValueError):
    """Text cannot be read as asked; the message names file and line or sentence."""


class CorpusTypeError(DensevecError, TypeError):
    """A corpus or one of its sentences is not of a kind that can be streamed."""


class CorpusFileError(DensevecError, OSError):
    """A file of a corpus is missing or cannot be opened."""


class FormatError(DensevecError, ValueError):
    """A file is not what its reader expects."""


class CorruptError(DensevecError, ValueError):
    """A file of ours is damaged: a digest or a structural rule does not hold."""


class VersionError(DensevecError, ValueError):
    """A file was written by a newer format version than this one reads."""


class FileError(DensevecError, OSError):
    """A file cannot be opened, read or written; the message names the path."""


class OutOfMemoryError(DensevecError, MemoryError):
    """Memory cannot be had; the message gives the bytes, what they are for, and what helps."""


class MissingPackageError(DensevecError, ImportError):
    """A package that this needs is not installed; the message says how to install it."""


class TrainingError(DensevecError, RuntimeError):
    """Training cannot go on; the message names step and learning rate."""


class NotTrainedError(DensevecError, AttributeError):
    """A model was asked for results before ``train()`` has run."""


class MissingWordError(DensevecError, KeyError):
    """A word is not in the vocabulary; the message offers the nearest spellings.

    ``message`` makes the message when it is first read: who catches the error and goes on does not wait for spellings.
    """

    _message: Callable[[], str] | None = None  # until it was made, and with it what it is made of

    def __init__(self, *args: Any, message: Callable[[], str] | None = None) -> None:
        super().__init__(*args)
        self._message = message

    @property
    def args(self) -> tuple[Any, ...]:
        """The message alone."""
        message = self._message
        if message is not None:
            self.args = (message(),)  # another thread may make it too, and none sees an error without one
        return super().args

    @args.setter
    def args(self, args: tuple[Any, ...]) -> None:
        BaseException.args.__set__(self, args)  # type: ignore[attr-defined]
        self._message = None

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.args))})"

    def __reduce__(self) -> Any:
        self.args  # noqa: B018  (made now: a pickle holds the message, not the words)
        return super().__reduce__()


class FormatWarning(UserWarning):
    """A file could not hold everything, or a reader let something pass that it was allowed to."""


class TrainingWarning(UserWarning):
    """Training did what was asked, and that is less than it seems; the message gives the numbers, and what to do."""
