"""What may be handed over as a corpus, a sentence or documents: containers of other libraries too, nothing ambiguous.

One function a role.  Lists, tuples, arrays of NumPy (``StringDType`` too), columns of pandas, polars, Arrow and
``datasets`` are taken, by what they can do and not by their names, so that none of these libraries is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from densevec.errors import CorpusTypeError

ONCE = (
    "a corpus is read more than once, and {} objects can be read only once; "
    "give a list, or an object whose __iter__ begins anew each time"
)
_NOT_A_SENTENCE = "a sentence must be a list of words (str)"
_WITHOUT_ORDER = bytes | bytearray | memoryview | Mapping | Set


def check_corpus(source: Any) -> None:
    """CorpusTypeError for what does not give sentences in order each time it is iterated.

    >>> check_corpus([["a", "kiwi"]])
    >>> check_corpus({"a": "kiwi"}.items())
    Traceback (most recent call last):
    densevec.errors.CorpusTypeError: a corpus must be a path, a URL, a folder, a glob pattern, a list of them, or
    something that gives lists of words in order each time it is iterated, got dict_items
    """
    kind = type(source).__name__
    if hasattr(source, "__next__"):
        raise CorpusTypeError(ONCE.format(kind))
    refuse_table(source, "a corpus")
    if not isinstance(source, Iterable) or isinstance(source, _WITHOUT_ORDER):
        raise CorpusTypeError(
            f"a corpus must be a path, a URL, a folder, a glob pattern, a list of them, "
            f"or something that gives lists of words in order each time it is iterated, got {kind}"
        )
    if _is_column_of_strings(source):
        raise CorpusTypeError(
            f"a corpus must give lists of words, got a {kind} of strings; split them, "
            f"[text.split() for text in column], or give paths as a list"
        )


def as_tokens(sentence: Any, place: str = "the sentence", error: type[Exception] = CorpusTypeError) -> list[str]:
    """A sentence as a list of words; ``place`` names it in errors, which are of the class ``error``.

    >>> import numpy as np
    >>> as_tokens(np.array(["a", "kiwi"]))
    ['a', 'kiwi']
    >>> as_tokens("a kiwi")
    Traceback (most recent call last):
    densevec.errors.CorpusTypeError: the sentence is a string, and a sentence must be a list of words (str); split it
    first, got 'a kiwi'
    """
    tokens = list(sentence) if type(sentence) is list else _listed(sentence, place, error)
    try:
        "".join(tokens)  # the fastest way to ask whether all are strings
        return tokens
    except TypeError:
        tokens = [_plain(token) for token in tokens]
    for position, token in enumerate(tokens, 1):
        if not isinstance(token, str):
            raise error(f"{place}, token {position} is {_described(token)}, and {_NOT_A_SENTENCE}")
    return tokens


def each_document(documents: Any, error: type[Exception] = CorpusTypeError) -> Iterator[str | list[str]]:
    """The documents of a collection, each a string or a list of words; ``error`` is the class of errors.

    >>> list(each_document(["a kiwi", ["an", "egg"]]))
    ['a kiwi', ['an', 'egg']]
    """
    kind = type(documents).__name__
    refuse_table(documents, "documents", error)
    if isinstance(documents, str | _WITHOUT_ORDER) or not _can_iterate(documents):
        raise error(f"documents must be a list of strings or of token lists, got {kind}")
    return (_as_document(document, number, error) for number, document in enumerate(documents))


def _as_document(document: Any, number: int, error: type[Exception]) -> str | list[str]:
    document = _plain(document)
    if isinstance(document, str):
        return str(document)
    if isinstance(document, _WITHOUT_ORDER) or not _can_iterate(document):
        raise error(f"document {number} must be a string or a list of tokens, got one {_described(document)}")
    return as_tokens(document, f"document {number}", error)


def columns_of(table: Any) -> list[str] | None:
    """The names of a table's columns (pandas, polars, Arrow, ``datasets``, NumPy records), None for no table.

    >>> columns_of([["a"]]) is None
    True
    """
    if isinstance(table, str | bytes | list | tuple | Mapping | type):
        return None
    names = getattr(getattr(table, "dtype", None), "names", None)
    for attribute in ("column_names", "columns"):
        if names is None and hasattr(table, attribute):
            names = getattr(table, attribute)
            names = [] if names is None else names  # a data set that streams may not know
    if names is None or callable(names) or not isinstance(names, Iterable):
        return None
    return [str(name) for name in names]


def refuse_table(given: Any, role: str, error: type[Exception] = CorpusTypeError, num_columns: int = 1) -> None:
    """Raise ``error`` where a whole table is given as ``role``, for which ``num_columns`` of it would serve."""
    names = columns_of(given)
    if names is None:
        return
    kind = type(given).__name__
    shown = f" ({', '.join(names[:8])}{', ...' if len(names) > 8 else ''})" if names else ""
    if num_columns == 2:
        first, second = names[:2] if len(names) > 1 else ("source", "target")
        advice = f"give two of them as pairs, list(zip(table[{first!r}], table[{second!r}]))"
    else:
        advice = f"give one of them, such as table[{names[0] if names else 'text'!r}]"
    raise error(f"{role} cannot be a whole {kind}, which has columns{shown}; {advice}")


def _listed(sentence: Any, place: str, error: type[Exception]) -> list[Any]:
    sentence = _plain(sentence)
    if isinstance(sentence, str):
        raise error(f"{place} is a string, and {_NOT_A_SENTENCE}; split it first, got {sentence[:40]!r}")
    if isinstance(sentence, _WITHOUT_ORDER) or not _can_iterate(sentence) or columns_of(sentence) is not None:
        raise error(f"{place} is {_described(sentence)}, and {_NOT_A_SENTENCE}")
    if getattr(sentence, "ndim", 1) != 1:
        raise error(f"{place} has {sentence.ndim} dimensions, and {_NOT_A_SENTENCE}")
    for name in ("to_pylist", "to_list", "tolist"):
        if callable(convert := getattr(sentence, name, None)):
            listed: list[Any] = convert()
            return listed
    return list(sentence)


def _plain(value: Any) -> Any:
    """A Python object for a scalar of Arrow, anything else as it is."""
    return value.as_py() if hasattr(value, "as_py") else value


def _can_iterate(value: Any) -> bool:
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0


def _is_column_of_strings(source: Any) -> bool:
    return getattr(source, "ndim", 0) == 1 and getattr(getattr(source, "dtype", None), "kind", "") in ("U", "S", "T")


def _described(value: Any) -> str:
    kind = type(value).__name__
    is_missing = value is None or kind in ("NAType", "NaTType") or (isinstance(value, float) and math.isnan(value))
    return f"of type {kind}, a missing value" if is_missing else f"of type {kind}"
