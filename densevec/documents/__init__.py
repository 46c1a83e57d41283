"""Documents and sentences as vectors, for scikit-learn: means of words, latent semantic analysis, posterior means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from densevec._packages import without_torch
from densevec.documents.lsa import DocumentCounter, LogEntropyTransformer, document_lsa, word_vectors
from densevec.documents.word_means import DocumentVectorizer

if TYPE_CHECKING:
    from densevec.documents.sentences import SentenceVectorizer

__all__ = [
    "DocumentCounter",
    "DocumentVectorizer",
    "LogEntropyTransformer",
    "SentenceVectorizer",
    "document_lsa",
    "word_vectors",
]


def __getattr__(name: str) -> Any:
    if name == "SentenceVectorizer":  # it imports torch
        try:
            from densevec.documents.sentences import SentenceVectorizer
        except ModuleNotFoundError as error:
            raise without_torch(name, error) from None
        return SentenceVectorizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
