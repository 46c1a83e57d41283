"""Which class of vectors a file holds: one registry, in which the classes enter themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from densevec.formats import Container
from densevec.vectors.rows import Rows

Class = TypeVar("Class", bound=type)


class _Entry(NamedTuple):
    vectors: Any
    rows: type[Rows]


_classes: dict[str, _Entry] = {}


def opens(rows: type[Rows]) -> Callable[[Class], Class]:
    """Enter a class of vectors under its name, which its files bear, with the kind of its rows."""

    def register(vectors: Class) -> Class:
        _classes[vectors.__name__] = _Entry(vectors, rows)
        return vectors

    return register


def class_named(name: str) -> Any:
    """The class of vectors that was entered under a name."""
    return _classes[name].vectors


def name_of(vectors: type) -> str:
    """The name that files of a class bear; a class of the user's own has that of the one it is made from."""
    return next(base.__name__ for base in vectors.__mro__ if base.__name__ in _classes)


def rows_of(vectors: type) -> type[Rows]:
    """The kind of rows of a class."""
    return _classes[name_of(vectors)].rows


def class_in(container: Container) -> Any:
    """The class of an opened file: the one it names, or else, as in a model's file, the one whose tensors it has.

    Of several it is the latest that was entered, which asks for more than those before it.
    """
    named = _classes.get(str(container.metadata["class"]))
    if named is not None:
        return named.vectors
    entries = list(_classes.values())
    return next((entry for entry in reversed(entries) if entry.rows.tensor in container.tensors), entries[0]).vectors
