"""Documents as vectors, for scikit-learn: means of the words' densities, plain or weighted by precision."""

from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils.validation import check_is_fitted

from densevec._validation import Choice, Flag, check_parameter
from densevec.documents.reading import Documents, ReadsDocuments, Tokenizer, read_documents
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors import DensityVectors, KeyedVectors, load_vectors

FloatArray = npt.NDArray[np.float64]
_ON_MISSING = ("error", "skip", "zero", "prior")
_LEFT_OUT = -1


class DocumentVectorizer(ClassNamePrefixFeaturesOutMixin, ReadsDocuments):
    """A scikit-learn transformer: each document becomes one vector (d,), a mean over its words.

    Parameters
    ----------
    vectors : KeyedVectors or DensityVectors, or the path of a file of them
    weighting : "mean", Σ_i m_i / n over the n words of a document; or "precision", Σ_i (m_i / s_i) / Σ_i (1 / s_i)
        in every dimension, the mean of the product of the words' densities, in which narrow, telling words count for
        more than broad ones.  It needs densities.
    on_missing : words without a vector, known or composed of sub-words, are left out with "skip", enter as zero vectors
        with "zero" (their precision is that of the prior), as the mean and variance of all words with "prior"
        (``prior_vector``, ``prior_density``), and raise MissingWordError with "error"
    tokenizer : of documents that are strings: "whitespace", "words", or a function from a string to its tokens
    lowercase : make documents lower case
    normalize : bring documents into this Unicode normal form, "NFC" or another

    What of these three is None is as the model read its text that the vectors are from; of other vectors,
    "whitespace", False and no normal form.  Phrases that the model joined are joined.

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
        tokenizer: Tokenizer | None = None,
        lowercase: bool | None = None,
        normalize: str | None = None,
    ) -> None:
        self.vectors = vectors
        self.weighting = weighting
        self.on_missing = on_missing
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.normalize = normalize

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Check parameters and open the vectors; nothing is learned from ``X``."""
        check_parameter("weighting", self.weighting, Choice(("mean", "precision")))
        check_parameter("on_missing", self.on_missing, Choice(_ON_MISSING))
        check_parameter("lowercase", self.lowercase, Flag(optional=True))
        if isinstance(self.vectors, str | os.PathLike):
            self.vectors_ = load_vectors(self.vectors)
        elif isinstance(self.vectors, KeyedVectors):
            self.vectors_ = self.vectors
        else:
            raise ParameterTypeError(
                f"vectors must be KeyedVectors, DensityVectors or a file of them, got {type(self.vectors).__name__}"
            )
        if self.weighting == "precision" and not isinstance(self.vectors_, DensityVectors):
            raise ParameterError("weighting 'precision' needs word densities, got points; use 'mean'")
        self._n_features_out = self.vectors_.vector_size
        return self

    def transform(self, X: Documents) -> FloatArray:
        """The vectors of documents, (n, d) float64."""
        check_is_fitted(self)
        words, counts = self._count(X)
        values, weights = self._terms(words)
        total = counts @ weights
        result: FloatArray = (counts @ (values * weights)) / np.where(total > 0, total, 1)
        if self.on_missing == "prior":
            result[np.asarray(total == 0).any(axis=-1)] = self.vectors_.prior_vector()
        return result

    def _count(self, X: Documents) -> tuple[list[str], csr_array]:
        """The distinct words (U,), one that is unknown for all of these, and how often each document has each (n, U).

        Their order does not depend on the documents, so that a document's vector does not on those beside it.
        """
        number_of: dict[str, int] = {}
        words: list[str] = []
        unknown = _LEFT_OUT if self.on_missing == "skip" else None
        tokens: list[int] = []
        lengths: list[int] = []
        rules: dict[str, Any] = {"tokenizer": self.tokenizer, "lowercase": self.lowercase, "normalize": self.normalize}
        for document in read_documents(X, self.vectors_, **rules):
            before = len(tokens)
            for word in document:
                number = number_of.get(word)
                if number is None:
                    is_known = self.on_missing == "error" or self.vectors_.has_vector_for(word)
                    if is_known or unknown is None:
                        number = len(words)
                        words.append(word)
                        unknown = unknown if is_known else number
                    else:
                        number = unknown
                    number_of[word] = number
                if number != _LEFT_OUT:
                    tokens.append(number)
            lengths.append(len(tokens) - before)
        order = sorted(
            range(len(words)), key=lambda number: (self.vectors_.get_index(words[number], -1), words[number])
        )
        columns = np.empty(len(words), dtype=np.int64)
        columns[order] = np.arange(len(words))
        places = np.repeat(np.arange(len(lengths)), lengths), columns[np.array(tokens, dtype=np.int64)]
        return [words[number] for number in order], csr_array(
            (np.ones(len(tokens)), places), shape=(len(lengths), len(words))
        )

    def _terms(self, words: list[str]) -> tuple[FloatArray, FloatArray]:
        """Means (U, d) of distinct words and their weights, (U, 1) or (U, d)."""
        vectors = self.vectors_
        policy = "error" if self.on_missing in ("skip", "error") else self.on_missing  # skipped ones are out already
        values = vectors.get_vectors(words, on_missing=policy).astype(np.float64)
        if self.weighting == "mean" or not isinstance(vectors, DensityVectors):
            return values, np.ones((len(words), 1))
        table = vectors.rows.table
        rows = np.array([vectors.get_index(word, -1) for word in words], dtype=np.int64)
        weights = np.empty((len(rows), 1 if table.is_spherical else table.dim))
        weights[rows >= 0] = np.exp(-table.log_variance_rows(rows[rows >= 0]))
        for place in np.flatnonzero(rows < 0).tolist():
            word = words[place]
            density = vectors.density(word) if vectors.has_vector_for(word) else vectors.prior_density()
            weights[place] = 1 / np.atleast_1d(density.variance)
        return values, weights
