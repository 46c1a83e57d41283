"""What may be handed over as a corpus, a sentence or documents: containers of other libraries too, nothing ambiguous.

One function a role.  Lists, tuples, arrays of NumPy (``StringDType`` too), columns of pandas, polars, Arrow and
``datasets`` are taken, by what they can do and not by their names, so that none of these libraries is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from densevec._containers import columns_of, described, is_list_like, listed, plain, refuse_table
from densevec._validation import check_position
from densevec.errors import CorpusTypeError, ParameterTypeError

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
    refuse_table(source, "a corpus", CorpusTypeError, is_split=True)
    if not isinstance(source, Iterable) or not is_list_like(source):
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
    tokens = list(sentence) if type(sentence) is list else listed_tokens(sentence, place, error)
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
    if not is_list_like(documents):
        raise error(f"{name}s must be a list of strings or of token lists, got {kind}")
    if getattr(documents, "ndim", 1) != 1:  # rows of words, or columns of texts beside each other: nobody can tell
        raise error(
            f"{name}s cannot be an array of shape {tuple(documents.shape)}; give array.tolist() if each row is a list "
            "of words, or one of its columns, array[:, 0]"
        )
    return (_as_document(document, f"{name} {number}", error) for number, document in enumerate(documents))


def _as_document(document: Any, place: str, error: type[Exception]) -> str | list[str]:
    document = plain(document)
    if isinstance(document, str):
        return str(document)
    if not is_list_like(document):
        raise error(f"{place} must be a string or a list of tokens, got one {described(document)}")
    return as_tokens(document, place, error)


def as_sentences(sentences: Any, name: str = "sentence", error: type[Exception] = CorpusTypeError) -> list[list[str]]:
    """Several sentences, each as a list of words; errors call one of them ``name`` with its number, from 1.

    >>> as_sentences([("a", "kiwi"), ["an", "egg"]])
    [['a', 'kiwi'], ['an', 'egg']]
    """
    given = _members(sentences, f"{name}s", "a list of lists of words")
    return [as_tokens(sentence, f"{name} {number}", error) for number, sentence in enumerate(given, 1)]


def as_places(items: Any) -> list[tuple[list[str], int]]:
    """Words in their sentences: (tokens, position) each, the position counted from 0.

    Errors: ParameterTypeError for what is no list of such, ParameterError for a place that no token has.

    >>> as_places([(("a", "kiwi"), -1)])
    [(['a', 'kiwi'], 1)]
    """
    found = []
    for number, (tokens, position) in enumerate(_as_twos(items, "items", "(tokens, position)")):
        words = as_tokens(tokens, f"the sentence of item {number}", ParameterTypeError)
        found.append((words, check_position(position, words)))
    return found


def as_sentence_pairs(pairs: Any) -> list[tuple[list[str], list[str]]]:
    """Sentences with their translations, two lists of words each.

    >>> as_sentence_pairs([[["a", "kiwi"], ("un", "kiwi")]])
    [(['a', 'kiwi'], ['un', 'kiwi'])]
    """
    twos = enumerate(_as_twos(pairs, "pairs", "(source, target)"))
    return [
        (
            as_tokens(source, f"the source of pair {number}", ParameterTypeError),
            as_tokens(target, f"the target of pair {number}", ParameterTypeError),
        )
        for number, (source, target) in twos
    ]


def _as_twos(items: Any, name: str, form: str) -> list[list[Any]]:
    """Pairs of whatever kind, as lists of two."""
    members = [plain(item) for item in _members(items, name, f"a list of {form}")]
    for number, item in enumerate(members):
        if not is_list_like(item) or len(two := listed(item)) != 2:
            raise ParameterTypeError(f"{name} must be a list of {form}, got {item!r:.80} at place {number}")
        members[number] = two
    return members


def _members(given: Any, name: str, what: str) -> list[Any]:
    refuse_table(given, name, ParameterTypeError)
    if not is_list_like(given):
        shown = f": {given!r:.80}" if isinstance(given, str | bytes) else ""
        raise ParameterTypeError(f"{name} must be {what}, got one value {described(given)}{shown}")
    return list(given) if getattr(given, "ndim", 1) > 1 else listed(given)


def listed_tokens(sentence: Any, place: str, error: type[Exception]) -> list[Any]:
    """What a sentence holds, tokens or not; ``error`` for what is no list."""
    sentence = plain(sentence)
    if isinstance(sentence, str):
        raise error(f"{place} is a string, and {_NOT_A_SENTENCE}; split it first, got {sentence[:40]!r:.80}")
    if not is_list_like(sentence) or columns_of(sentence) is not None:
        raise error(f"{place} is {described(sentence)}, and {_NOT_A_SENTENCE}")
    if getattr(sentence, "ndim", 1) != 1:
        raise error(f"{place} has {sentence.ndim} dimensions, and {_NOT_A_SENTENCE}")
    return listed(sentence)


def _is_column_of_strings(source: Any) -> bool:
    return getattr(source, "ndim", 0) == 1 and getattr(getattr(source, "dtype", None), "kind", "") in ("U", "S", "T")
