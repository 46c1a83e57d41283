"""What may be handed over as a corpus, a sentence or documents: containers of other libraries too, nothing ambiguous.

One function a role.  Lists, tuples, arrays of NumPy (``StringDType`` too), columns of pandas, polars, Arrow and
``datasets`` are taken, by what they can do and not by their names, so that none of these libraries is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from densevec._containers import WITHOUT_ORDER, can_iterate, columns_of, described, listed, plain, refuse_table
from densevec.errors import CorpusTypeError

ONCE = (
    "a corpus is read more than once, and {} objects can be read only once; "
    "give a list, or an object whose __iter__ begins anew each time"
)
_NOT_A_SENTENCE = "a sentence must be a list of words (str)"


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
    refuse_table(source, "a corpus", CorpusTypeError)
    if not isinstance(source, Iterable) or isinstance(source, WITHOUT_ORDER):
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
        tokens = [plain(token) for token in tokens]
    for position, token in enumerate(tokens, 1):
        if not isinstance(token, str):
            raise error(f"{place}, token {position} is {described(token)}, and {_NOT_A_SENTENCE}")
    return tokens


def each_document(
    documents: Any, error: type[Exception] = CorpusTypeError, name: str = "document"
) -> Iterator[str | list[str]]:
    """The documents of a collection, each a string or a list of words; ``error`` is the class of errors.

    >>> list(each_document(["a kiwi", ["an", "egg"]]))
    ['a kiwi', ['an', 'egg']]
    """
    kind = type(documents).__name__
    refuse_table(documents, f"{name}s", error)
    if isinstance(documents, str | WITHOUT_ORDER) or not can_iterate(documents):
        raise error(f"{name}s must be a list of strings or of token lists, got {kind}")
    return (_as_document(document, f"{name} {number}", error) for number, document in enumerate(documents))


def _as_document(document: Any, place: str, error: type[Exception]) -> str | list[str]:
    document = plain(document)
    if isinstance(document, str):
        return str(document)
    if isinstance(document, WITHOUT_ORDER) or not can_iterate(document):
        raise error(f"{place} must be a string or a list of tokens, got one {described(document)}")
    return as_tokens(document, place, error)


def _listed(sentence: Any, place: str, error: type[Exception]) -> list[Any]:
    sentence = plain(sentence)
    if isinstance(sentence, str):
        raise error(f"{place} is a string, and {_NOT_A_SENTENCE}; split it first, got {sentence[:40]!r}")
    if isinstance(sentence, WITHOUT_ORDER) or not can_iterate(sentence) or columns_of(sentence) is not None:
        raise error(f"{place} is {described(sentence)}, and {_NOT_A_SENTENCE}")
    if getattr(sentence, "ndim", 1) != 1:
        raise error(f"{place} has {sentence.ndim} dimensions, and {_NOT_A_SENTENCE}")
    return listed(sentence)


def _is_column_of_strings(source: Any) -> bool:
    return getattr(source, "ndim", 0) == 1 and getattr(getattr(source, "dtype", None), "kind", "") in ("U", "S", "T")
