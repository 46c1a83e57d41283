"""What all transformers of documents do: say to scikit-learn that they read text, and cut it into tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sklearn.base import BaseEstimator, TransformerMixin

from densevec.corpus import TextCorpus
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


def read_documents(
    documents: Any, tokenizer: Tokenizer = "whitespace", lowercase: bool = False, name: str = "document"
) -> Iterator[list[str]]:
    """The tokens of each document; strings are cut and lowered as in ``TextCorpus``, token lists are as they are.

    Raises
    ------
    ParameterTypeError
        For what is no list of documents, at once, and for a document that is neither.
    """
    each = each_document(documents, ParameterTypeError, name)
    text = TextCorpus([], lowercase=lowercase, tokenizer=tokenizer)
    return (text.tokenize(document) if isinstance(document, str) else document for document in each)
