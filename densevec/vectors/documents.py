"""Documents as vectors, for scikit-learn: means of the words' densities, plain or weighted by precision."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from densevec._validation import Choice, check_parameter
from densevec.corpus import TextCorpus
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors import load_vectors
from densevec.vectors._arguments import ON_MISSING
from densevec.vectors.keyed_vectors import KeyedVectors

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
_MISSING = -1


class DocumentVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A scikit-learn transformer: each document becomes one vector (d,), a mean over its words.

    Parameters
    ----------
    vectors : KeyedVectors or DensityVectors, or the path of a file of them
    weighting : "mean", Σ_i m_i / n over the n words of a document; or "precision", Σ_i (m_i / s_i) / Σ_i (1 / s_i)
        in every dimension, the mean of the product of the words' densities, in which narrow, telling words count for
        more than broad ones.  It needs densities.
    on_missing : unknown words are left out with "skip", enter as zero vectors with "zero" (their precision is that of
        the prior), as the mean and variance of all words with "prior" (``prior_vector``, ``prior_density``), and raise
        MissingWordError with "error"
    tokenizer : of documents that are strings: "whitespace", "words", or a function from a string to its tokens
    lowercase : make documents that are strings lower case

    A document is a string or a list of tokens.  One without any word that counts becomes the zero vector, with
    ``on_missing="prior"`` the prior's mean.

    Attributes
    ----------
    vectors_ : the vectors, loaded

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(["the", "kiwi"], [[0.0, 0.0], [1.0, 2.0]], [1.0, 0.25])
    >>> DocumentVectorizer(vectors, weighting="precision").fit_transform(["the kiwi", ["kiwi"], "unheard-of"])
    array([[0.8, 1.6],
           [1. , 2. ],
           [0. , 0. ]])
    """

    def __init__(
        self,
        vectors: KeyedVectors | str | os.PathLike[str] | None = None,
        *,
        weighting: str = "mean",
        on_missing: str = "skip",
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        lowercase: bool = False,
    ) -> None:
        self.vectors = vectors
        self.weighting = weighting
        self.on_missing = on_missing
        self.tokenizer = tokenizer
        self.lowercase = lowercase

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Check parameters and open the vectors; nothing is learned from ``X``."""
        check_parameter("weighting", self.weighting, Choice(("mean", "precision")))
        check_parameter("on_missing", self.on_missing, Choice(ON_MISSING))
        if isinstance(self.vectors, str | os.PathLike):
            self.vectors_ = load_vectors(self.vectors)
        elif isinstance(self.vectors, KeyedVectors):
            self.vectors_ = self.vectors
        else:
            raise ParameterTypeError(
                f"vectors must be KeyedVectors, DensityVectors or a file of them, got {type(self.vectors).__name__}"
            )
        if self.weighting == "precision" and not hasattr(self.vectors_, "prior_density"):
            raise ParameterError("weighting 'precision' needs word densities, got points; use 'mean'")
        self._n_features_out = self.vectors_.vector_size
        return self

    def transform(self, X: Iterable[str | Sequence[str]]) -> FloatArray:
        """The vectors of documents, (n, d) float64."""
        check_is_fitted(self)
        rows, counts = self._count(X)
        values, weights = self._terms(rows)
        total = counts @ weights
        result: FloatArray = (counts @ (values * weights)) / np.where(total > 0, total, 1)
        if self.on_missing == "prior":
            result[np.asarray(total == 0).any(axis=-1)] = self.vectors_.prior_vector()
        return result

    def _count(self, X: Any) -> tuple[RowArray, Any]:
        """The distinct rows that occur (U,), −1 for unknown words, and how often each does in each document (n, U)."""
        if isinstance(X, str | bytes) or not isinstance(X, Iterable):
            raise ParameterTypeError(f"documents must be a list of strings or of token lists, got {type(X).__name__}")
        text = TextCorpus([], lowercase=self.lowercase, tokenizer=self.tokenizer)
        known: dict[str, int] = {}
        tokens: list[int] = []
        lengths: list[int] = []
        for number, document in enumerate(X):
            words = text.tokenize(document) if isinstance(document, str) else _as_tokens(document, number)
            before = len(tokens)
            for word in words:
                row = known.get(word)
                if row is None:
                    row = known[word] = self._row(word)
                if row >= 0 or self.on_missing != "skip":
                    tokens.append(row)
            lengths.append(len(tokens) - before)
        rows, columns = np.unique(np.array(tokens, dtype=np.int64), return_inverse=True)
        documents = np.repeat(np.arange(len(lengths)), lengths)
        return rows, csr_array((np.ones(len(columns)), (documents, columns)), shape=(len(lengths), len(rows)))

    def _row(self, word: str) -> int:
        if self.on_missing == "error":
            return self.vectors_.get_index(word)
        return self.vectors_.get_index(word, _MISSING)

    def _terms(self, rows: RowArray) -> tuple[FloatArray, FloatArray]:
        """Means (U, d) of distinct rows and their weights, (U, 1) or (U, d); −1 stands for an unknown word."""
        table, is_known = self.vectors_.rows.table, rows >= 0
        values = np.zeros((len(rows), table.dim))
        values[is_known] = table.mean_rows(rows[is_known])
        if not is_known.all() and self.on_missing == "prior":
            values[~is_known] = self.vectors_.prior_vector()
        if self.weighting == "mean":
            return values, np.ones((len(rows), 1))
        weights = np.empty((len(rows), 1 if table.is_spherical else table.dim))
        weights[is_known] = np.exp(-table.log_variance_rows(rows[is_known]))
        if not is_known.all():
            weights[~is_known] = 1 / np.atleast_1d(self.vectors_.prior_density().variance)  # type: ignore[attr-defined]
        return values, weights

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        tags.no_validation = True
        return tags


def _as_tokens(document: Any, number: int) -> Sequence[str]:
    if isinstance(document, bytes) or not isinstance(document, Sequence | np.ndarray):
        raise ParameterTypeError(
            f"document {number} must be a string or a list of tokens, got {type(document).__name__}: {document!r:.80}"
        )
    for token in document:
        if not isinstance(token, str):
            raise ParameterTypeError(f"the tokens of document {number} must be strings, got {token!r:.80}")
    return [str(token) for token in document]
