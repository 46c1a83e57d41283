"""What may be handed over as words, numbers, a vector: whatever has one clear meaning, nothing ambiguous.

One function a role, for every function of ours that takes it.  Texts, sentences and documents are in ``corpus.roles``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from densevec._containers import (
    Bytes,
    can_iterate,
    columns_of,
    described,
    has_no_order,
    is_list_like,
    is_missing,
    listed,
    named_columns,
    nested,
    plain,
    refuse_table,
)
from densevec.errors import ParameterError, ParameterTypeError

T = TypeVar("T")
Numbers = npt.NDArray[Any]  # of integers or floating numbers

# Words


def as_words(
    given: Any, name: str = "words", *, rows: bool = False, has_order: bool = True, place: str = "place"
) -> Any:
    """Words as a list of strings, and with ``rows`` of integers too, which stand for rows.

    Where their order says nothing (``has_order=False``), sets are taken, in alphabetical order.  Errors, of the class
    ParameterTypeError, call the words ``name`` and one of them by its ``place``, counted from 0.

    >>> import numpy as np
    >>> as_words(np.array(["kiwi", "plum"])), as_words({"plum", "kiwi"}, has_order=False)
    (['kiwi', 'plum'], ['kiwi', 'plum'])
    >>> as_words("kiwi")
    Traceback (most recent call last):
    densevec.errors.ParameterTypeError: words must be a list of words, got one string: 'kiwi'; put it in a list
    """
    words = _listed(given, name, "words")
    kinds = set(map(type, words))
    if kinds <= {str}:
        pass
    elif any(not isinstance(word, str) for word in words):
        words = [_as_word(word, name, number, rows, place) for number, word in enumerate(words)]
    else:
        words = [str(word) for word in words]
    if not has_no_order(given):
        return words
    if has_order:
        raise ParameterTypeError(
            f"{name} must be a list of words, got a {type(given).__name__}, which has no order; give sorted({name})"
        )
    return sorted(words, key=str)


def _listed(given: Any, name: str, what: str) -> list[Any]:
    """The members of what should be a list of words or of other items."""
    given = plain(given)
    if isinstance(given, str):
        raise ParameterTypeError(f"{name} must be a list of {what}, got one string: {given!r:.80}; put it in a list")
    if isinstance(given, Mapping):
        raise ParameterTypeError(
            f"{name} must be a list of {what}, got a {type(given).__name__}; for its keys give list({name})"
        )
    if what != "words" and _are_counted(columns_of(given)):
        return list(as_numbers(given, name))
    refuse_table(given, name, ParameterTypeError)
    if isinstance(given, Bytes) or not can_iterate(given):
        raise ParameterTypeError(f"{name} must be a list of {what}, got one value {described(given)}")
    if getattr(given, "ndim", 1) != 1 and what == "words":
        raise ParameterTypeError(f"{name} must be a list of {what}, got an array of shape {tuple(given.shape)}")
    return list(given) if getattr(given, "ndim", 1) > 1 else listed(given)


def _as_word(word: Any, name: str, number: int, rows: bool, place: str) -> str | int:
    word = plain(word)
    if isinstance(word, str):
        return str(word)
    if rows and isinstance(word, Integral) and not isinstance(word, bool):
        return int(word)
    missing = ", a missing value," if is_missing(word) else ""
    raise ParameterTypeError(f"{name} must be strings, got {word!r:.80}{missing} at {place} {number}")


# Items of a query: words, words in their sentences, rows, vectors, densities


def as_in_sentence(given: Any) -> tuple[Any, int] | None:
    """(tokens, position), a word in its sentence, where that is given: a pair of a list of strings and an integer.

    It is no other item, since a list of words is none: where items are weighed, an item and its weight are a pair too.

    >>> as_in_sentence((["a", "kiwi"], 1)), as_in_sentence(("kiwi", 1)), as_in_sentence(([0.5, 1.5], 1))
    ((['a', 'kiwi'], 1), None, None)
    """
    if not isinstance(given, tuple | list) or len(given) != 2:
        return None
    tokens, position = given
    if not isinstance(position, Integral) or isinstance(position, bool) or not is_list_like(tokens):
        return None
    words = listed(tokens)
    return (words, int(position)) if all(isinstance(plain(word), str) for word in words) else None


def as_items(given: Any, name: str = "items") -> list[Any]:
    """A list of items from one or several: a word, by itself or in its sentence, (tokens, position), a row, a vector
    (d,), a density, or a container of these.

    A matrix (k, d) is a list of its rows.  Numbers of which one is no integer are one vector, and so is any array of
    numbers; a list of integers is one of rows.

    >>> as_items("kiwi"), as_items(["kiwi", 3]), as_items([1, 0.5])
    (['kiwi'], ['kiwi', 3], [[1, 0.5]])
    """
    given = plain(given)
    if given is None:
        return []
    if isinstance(given, str | bytes) or not can_iterate(given) or as_in_sentence(given) is not None:
        return [given]
    return [given] if is_vector(given) else _sorted_items(given, _listed(given, name, "words or vectors"))


def as_several(given: Any, name: str) -> list[Any]:
    """Several items, which must stand in a list of theirs, so that one vector or word is none."""
    items = _sorted_items(given, _listed(given, name, "words or vectors"))
    if is_vector(given):
        raise ParameterTypeError(f"{name} must be a list of words or vectors, got one vector; put it in a list")
    return items


def is_vector(given: Any) -> bool:
    """Whether a container is one vector: an array of numbers with one axis, or a list of them, not all integers.

    >>> is_vector([1.0, 2]), is_vector([1, 2]), is_vector(np.array([1, 2])), is_vector([[1.0]])
    (True, False, True, False)
    """
    if hasattr(given, "__next__") or has_no_order(given) or getattr(given, "ndim", 1) != 1:
        return False
    if isinstance(given, np.ndarray) and given.dtype != object:
        return given.dtype.kind in "fiu"
    values = listed(given)
    if not values or not all(isinstance(value, Real) and not isinstance(value, bool) for value in values):
        return False
    return hasattr(given, "__array__") or not all(isinstance(value, Integral) for value in values)


def _sorted_items(given: Any, items: list[Any]) -> list[Any]:
    items = [plain(item) for item in items]
    return sorted(items, key=str) if has_no_order(given) else items


# Objects of ours


def as_objects(given: Any, kind: type[T], name: str, source: str) -> list[T]:
    """Objects of one kind from a container that has an order; errors say what ``source`` gives them.

    >>> as_objects(iter([2, 1]), int, "numbers", "range")
    [2, 1]
    """
    objects = list(given) if is_list_like(given) else None
    if objects is not None and all(isinstance(each, kind) for each in objects):
        return objects
    raise ParameterTypeError(f"{name} must be {kind.__name__} objects, as {source} gives them, got {given!r:.80}")


# Numbers


def as_numbers(given: Any, name: str) -> Numbers:
    """Numbers of any shape as an array; ParameterTypeError for what is none, ParameterError for rows of two lengths.

    Nothing is copied that is an array.  Tables are taken whose columns are only counted, not named.

    >>> as_numbers([[1, 2.5], [3, 4]], "vectors").shape
    (2, 2)
    >>> as_numbers([1.0, None], "a vector")
    Traceback (most recent call last):
    densevec.errors.ParameterTypeError: a vector must be an array of numbers, got None, a missing value, at place 1
    """
    given = plain(given)
    if isinstance(given, str | Bytes | Mapping) or has_no_order(given) or given is None:
        raise ParameterTypeError(f"{name} must be an array of numbers, got {_shown(given)} {described(given)}")
    _refuse_named_columns(given, name)
    if "numpy.ma" in sys.modules and np.ma.is_masked(given):  # who has masked arrays has imported them
        raise ParameterTypeError(f"{name} must be an array of numbers, got a masked array with missing values")
    if callable(getattr(given, "toarray", None)):  # sparse
        given = given.toarray()
    if can_iterate(given) and not hasattr(given, "__len__") and not hasattr(given, "__array__"):
        given = list(given)  # a generator of rows
    try:
        array = np.asarray(given)
    except Exception:  # rows of several lengths, and tensors that NumPy may not or cannot read
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiu":
        array = _from_lists(nested(given), name)
    return array


def as_counts(given: Any, name: str = "counts") -> npt.NDArray[np.int64]:
    """How often things came, as int64 (n,); ParameterError for what is no integer from 0 to 2^63 − 1.

    >>> as_counts([3.0, 0]).tolist()
    [3, 0]
    >>> as_counts([1.5])
    Traceback (most recent call last):
    densevec.errors.ParameterError: counts must be integers from 0 to 2^63 - 1, got 1.5 at place 0
    """
    array = as_numbers(given, name)
    if array.ndim != 1:
        raise ParameterError(f"{name} must be integers in one row, got an array of shape {array.shape}")
    is_odd = np.ones(len(array), bool)
    if array.dtype.kind in "iu":
        is_odd = (array < 0) | (array > np.iinfo(np.int64).max)
    elif array.dtype.kind == "f":  # 3.0 is 3, as tables with gaps in other columns have it
        is_odd = ~((array >= 0) & (array < 2.0**63) & (array == np.floor(array)))
    if is_odd.any():
        place = int(np.argmax(is_odd))
        raise ParameterError(f"{name} must be integers from 0 to 2^63 - 1, got {array[place]} at place {place}")
    return array.astype(np.int64)


def counts_of_words(given: Any, num_words: int) -> npt.NDArray[np.int64] | None:
    """``as_counts``, one a word, where there are any."""
    if given is None:
        return None
    counts = as_counts(given)
    if len(counts) != num_words:
        raise ParameterError(f"counts must be {num_words} integers, one a word, got {len(counts)}")
    return counts


def _from_lists(values: Any, name: str) -> Numbers:
    """From numbers in lists in lists."""
    fault = _first_fault(values, ())
    if fault is not None:
        raise ParameterTypeError(f"{name} must be an array of numbers, got {fault}")
    try:
        array = np.array(values)
        return array if array.dtype.kind in "iu" else np.array(values, dtype=np.float64)
    except OverflowError:
        raise ParameterTypeError(f"{name} must be an array of numbers, got one beyond float64") from None
    except (TypeError, ValueError):
        lengths = sorted({len(row) if isinstance(row, list) else 0 for row in values}) if values else []
        found = f"rows of {lengths[0]} and of {lengths[-1]}" if len(lengths) > 1 else "rows that differ inside"
        raise ParameterError(f"{name} must be an array of numbers with rows of one length, got {found}") from None


def _first_fault(value: Any, where: tuple[int, ...]) -> str | None:
    if isinstance(value, list):
        faults = (_first_fault(each, (*where, number)) for number, each in enumerate(value))
        return next((fault for fault in faults if fault is not None), None)
    is_number = isinstance(value, Real) or type(value).__name__ == "Decimal"
    if is_number and not isinstance(value, bool | np.bool_):
        return None
    missing = ", a missing value," if is_missing(value) else ""
    place = f" at place {', '.join(map(str, where))}" if where else f" of type {type(value).__name__}"
    return f"{_shown(value)}{missing}{place}"


def _refuse_named_columns(given: Any, name: str) -> None:
    names = columns_of(given)
    if names is None or _are_counted(names):
        return
    raise ParameterTypeError(
        f"{name} cannot be a {type(given).__name__} with named columns ({named_columns(names)}), which may mean "
        "anything; give the numbers alone, such as table[columns].to_numpy()"
    )


def _are_counted(names: list[Any] | None) -> bool:
    """Whether the columns of a table have numbers for names, so that it is a matrix."""
    return bool(names) and all(str(name).isdecimal() for name in names or ())


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."


def as_vector(given: Any, name: str) -> npt.NDArray[np.float64]:
    """One finite vector, (d,) in float64; a matrix of one row, (1, d), is that row.

    >>> as_vector([[1, 2.5]], "a query vector").tolist()
    [1.0, 2.5]
    """
    numbers = as_numbers(given, name)
    if numbers.ndim == 2 and len(numbers) == 1:
        numbers = numbers[0]
    if numbers.ndim != 1 or not numbers.size:
        raise ParameterError(f"{name} must be of shape (d,) or (1, d), got {numbers.shape}")
    vector = numbers.astype(np.float64)
    if not np.isfinite(vector).all():
        raise ParameterError(f"{name} must be finite, got nan or inf")
    return vector
