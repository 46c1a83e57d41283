"""What all transformers of documents do: say to scikit-learn that they read text, and cut it into tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sklearn.base import BaseEstimator, TransformerMixin

from densevec.corpus.own_text import own_text
from densevec.corpus.roles import each_document
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


def read_documents(documents: Any, reader: Any = None, name: str = "document", **rules: Any) -> Iterator[list[str]]:
    """The tokens of each document, strings cut and tokens brought into case and form as by a model.

    ``reader`` is the model, or vectors of one; ``rules`` that are not None (lowercase, tokenizer, normalize) go before
    its own.  Token lists are not cut, but brought into case and form too.

    Raises
    ------
    ParameterTypeError
        For what is no list of documents, at once, and for a document that is neither.
    ParameterError
        For a string, where the text of the model was cut by a function that its file does not hold.
    """
    return _read(each_document(documents, ParameterTypeError, name), reader, rules)


def _read(each: Iterator[str | list[str]], reader: Any, rules: dict[str, Any]) -> Iterator[list[str]]:
    text = own_text(reader, **rules)
    for document in each:
        yield text.tokenize(document) if isinstance(document, str) else text.prepare(document)
