"""What all transformers of documents do: say to scikit-learn that they read text, and cut it into tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from densevec.corpus import TextCorpus
from densevec.errors import ParameterTypeError

Documents = Iterable[str | Sequence[str]]
Tokenizer = str | Callable[[str], list[str]]


class ReadsDocuments(TransformerMixin, BaseEstimator):
    """A transformer of documents, each of them a string or a list of tokens."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        tags.no_validation = True
        return tags


def read_documents(
    documents: Any, tokenizer: Tokenizer = "whitespace", lowercase: bool = False, name: str = "document"
) -> Iterator[list[str]]:
    """The tokens of each document; strings are cut and lowered as in ``TextCorpus``, token lists are as they are.

    Raises
    ------
    ParameterTypeError
        For what is no list of documents, at once, and for a document that is neither.
    """
    if isinstance(documents, str | bytes) or not isinstance(documents, Iterable):
        kind = type(documents).__name__
        raise ParameterTypeError(f"{name}s must be a list of strings or of token lists, got {kind}")
    text = TextCorpus([], lowercase=lowercase, tokenizer=tokenizer)
    return (
        text.tokenize(document) if isinstance(document, str) else _as_tokens(document, f"{name} {number}")
        for number, document in enumerate(documents)
    )


def _as_tokens(document: Any, name: str) -> list[str]:
    if isinstance(document, bytes) or not isinstance(document, Sequence | np.ndarray):
        kind = type(document).__name__
        raise ParameterTypeError(f"{name} must be a string or a list of tokens, got {kind}: {document!r:.80}")
    for token in document:
        if not isinstance(token, str):
            raise ParameterTypeError(f"the tokens of {name} must be strings, got {token!r:.80}")
    return [str(token) for token in document]
