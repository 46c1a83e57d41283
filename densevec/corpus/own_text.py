"""A model's own way to read text, for whatever meets text in its name: documents, gaps, sentences of a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import NAMES
from densevec.errors import ParameterError

RULES = ("lowercase", "tokenizer", "normalize")


def own_rules(reader: Any) -> dict[str, Any]:
    """The ``lowercase``, ``tokenizer``, ``normalize`` and ``phrases`` of a model; of vectors, of their model.

    What is not said is not there.  A tokenizer that is a function is a name, where a file has kept no more of it.
    """
    first = getattr(reader, "models", None)  # of a mixture
    if isinstance(first, Sequence) and len(first):
        return own_rules(first[0])
    if callable(reading := getattr(reader, "reading", None)):  # of a model
        return own_rules(SimpleNamespace(**reading()))
    parameters = getattr(reader, "parameters", None)
    given = dict(parameters) if isinstance(parameters, Mapping) else {}
    rules = {name: given[name] for name in RULES if given.get(name) is not None}
    rules |= {name: getattr(reader, name) for name in RULES if getattr(reader, name, None) is not None}
    phrases = getattr(reader, "phrases", None)  # of a model; vectors keep no more of them than their parameters
    return rules | ({"phrases": phrases} if hasattr(phrases, "join_tokens") else {})


def own_text(reader: Any, **given: Any) -> TextCorpus:
    """A text without sentences that reads as a model does, but for the rules that are ``given`` and not None.

    What says nothing of it cuts at blanks.
    Errors: ParameterError where only the name of a tokenizer is known, as of vectors that were loaded.

    >>> own_text(SimpleNamespace(lowercase=True, tokenizer="words")).tokenize("A kiwi!")
    ['a', 'kiwi']
    """
    rules = own_rules(reader) | {name: value for name, value in given.items() if value is not None}
    tokenizer = rules.get("tokenizer", NAMES[0])
    if isinstance(tokenizer, str) and tokenizer not in NAMES and "." in tokenizer:
        raise ParameterError(
            f"text must be lists of tokens, as from Python, got a string: the model's text was cut by a function, "
            f"{tokenizer!r}, which its file does not hold"
        )
    return TextCorpus([], **rules)


def joined(reader: Any, tokens: list[str], position: int) -> tuple[list[str], int]:
    """A sentence as a model reads it, its phrases joined, and where the word at ``position`` is in it."""
    phrases = getattr(reader, "known_phrases", None)
    if phrases is None:
        return tokens, position
    found = phrases.join(tokens)
    return found.tokens, found.places[position]
