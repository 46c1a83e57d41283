"""A model's own way to read text, for whatever meets text in its name: documents, gaps, sentences of a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from densevec._calls import warn as warn_caller
from densevec.corpus.text import TextCorpus
from densevec.corpus.tokenizers import found_tokenizer
from densevec.errors import FormatWarning

RULES = ("lowercase", "tokenizer", "normalize")
_ADVICE = "; cut the text by it, or give it where there is tokenizer="


def own_rules(reader: Any, names: Sequence[str] = RULES) -> dict[str, Any]:
    """The ``lowercase``, ``tokenizer``, ``normalize`` and ``phrases`` of a model; of vectors, of their model.

    What is not said is not there.  A tokenizer that was a function, of which a file has kept the name, refuses text.
    """
    first = getattr(reader, "models", None)  # of a mixture
    if isinstance(first, Sequence) and len(first):
        return own_rules(first[0], names)
    if callable(reading := getattr(reader, "reading", None)):  # of a model
        return own_rules(SimpleNamespace(**reading()), names)
    parameters = getattr(reader, "parameters", None)
    given = dict(parameters) if isinstance(parameters, Mapping) else {}
    rules = {name: given[name] for name in names if given.get(name) is not None}
    rules |= {name: getattr(reader, name) for name in names if getattr(reader, name, None) is not None}
    if "tokenizer" in rules:
        rules["tokenizer"] = found_tokenizer(rules["tokenizer"], _ADVICE)
    phrases = getattr(reader, "known_phrases", getattr(reader, "phrases", None))
    if phrases is None and isinstance(given.get("phrases"), Mapping):
        warn_caller(
            "sentences are read word by word, as these vectors lack the phrases that their model joined in its text; "
            "take model.vectors or the model's file",
            FormatWarning,
        )
    return rules | ({"phrases": phrases} if hasattr(phrases, "join_tokens") else {})


def own_text(reader: Any, **given: Any) -> TextCorpus:
    """A text without sentences that reads as a model does, but for the rules that are ``given`` and not None.

    It is how every model reads the sentences and words that it is asked about: by ``tokenize`` where they are strings,
    and ``prepare``, ``prepare_place`` and ``spell`` where they are lists.  What says nothing of it cuts at blanks.
    Errors: ParameterError by ``tokenize`` where only the name of a tokenizer is known, as of vectors that were loaded.

    >>> own_text(SimpleNamespace(lowercase=True, tokenizer="words")).tokenize("A kiwi!")
    ['a', 'kiwi']
    """
    rules = own_rules(reader, (*RULES, "errors"))
    return TextCorpus([], **rules | {name: value for name, value in given.items() if value is not None})
