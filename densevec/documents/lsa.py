"""Latent semantic analysis of documents, as a scikit-learn pipeline: counts, weights, truncated decomposition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_array, csr_matrix, diags_array
from sklearn import decomposition
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from densevec._validation import Choice, Flag, Interval, Rule, check_parameters
from densevec.documents.reading import Documents, ReadsDocuments, Tokenizer, read_documents
from densevec.errors import ParameterError, ParameterTypeError
from densevec.models.origin import plain
from densevec.vectors import KeyedVectors

_RULES: dict[str, Rule] = {
    "dim": Interval(int, 1),
    "weighting": Choice(("log_entropy", "tfidf")),
    "num_iterations": Interval(int, 0),
    "seed": Interval(int, 0, 2**32 - 1),  # scikit-learn's
}
_COUNTER_RULES: dict[str, Rule] = {
    "lowercase": Flag(),
    "min_documents": Interval(int, 1),
    "max_vocab_size": Interval(int, 1, optional=True),
}


def document_lsa(
    dim: int = 100,
    *,
    weighting: str = "log_entropy",
    min_documents: int = 2,
    max_vocab_size: int | None = None,
    tokenizer: Tokenizer = "whitespace",
    lowercase: bool = False,
    num_iterations: int = 5,
    seed: int = 1,
) -> Pipeline:
    """An untrained scikit-learn pipeline from documents to vectors (n, d) by LSA (Deerwester et al. 1990).

    A document is a string or a list of tokens.  Its counts are weighted (``LogEntropyTransformer``, or scikit-learn's
    ``TfidfTransformer`` with logarithmic counts) to the rows of M ≈ U S V^T, of which the d greatest singular values
    are found by a randomised decomposition; the vector of a document, a new one too, is its row times V: U S for those
    of the fit.  ``word_vectors`` of the fitted pipeline are the words' side.

    Parameters
    ----------
    dim : dimension of the vectors; at most the number of words, which must be at least two.  Fewer documents than that
        have as many dimensions as they are
    weighting : "log_entropy" or "tfidf"
    min_documents : words found in fewer documents are left out
    max_vocab_size : keep only so many words, the most frequent
    tokenizer, lowercase : of documents that are strings, as in ``TextCorpus``
    num_iterations : of the decomposition; the more, the closer to the exact one
    seed : of its random start

    >>> documents = ["the kiwi laid an egg", "an egg of the kiwi", "the train left the station", "station of the train"]
    >>> pipeline = document_lsa(dim=2)
    >>> pipeline.fit_transform(documents).shape
    (4, 2)
    >>> vectors = word_vectors(pipeline)
    >>> vectors.similarity("kiwi", "egg") > vectors.similarity("kiwi", "train")
    True
    """
    check_parameters({"dim": dim, "weighting": weighting, "num_iterations": num_iterations, "seed": seed}, _RULES)
    counter = DocumentCounter(tokenizer, lowercase, min_documents, max_vocab_size)
    log_entropy, tfidf = (
        ("logentropytransformer", LogEntropyTransformer()),
        ("tfidftransformer", SparseTfidf(sublinear_tf=True)),
    )
    last = TruncatedSVD(dim, n_iter=num_iterations, random_state=seed)
    steps = [("documentcounter", counter), log_entropy if weighting == "log_entropy" else tfidf]
    return DocumentPipeline([*steps, ("truncatedsvd", last)])


def word_vectors(pipeline: Pipeline, eigenvalue_weight: float = 0.5) -> KeyedVectors:
    """The words of a fitted ``document_lsa`` with the rows of V S^eigenvalue_weight, most frequent first.

    They read documents as the pipeline does.  Of a tokenizer that is a function they know the name alone: what reads
    strings by them has to be given the function.
    """
    check_parameters({"eigenvalue_weight": eigenvalue_weight}, {"eigenvalue_weight": Interval(float, 0, 1)})
    steps = [step for _, step in pipeline.steps] if isinstance(pipeline, Pipeline) else [None]
    counter, last = steps[0], steps[-1]
    if not isinstance(counter, DocumentCounter) or not isinstance(last, decomposition.TruncatedSVD):
        raise ParameterTypeError(f"pipeline must be one of document_lsa, got {type(pipeline).__name__}")
    check_is_fitted(last)
    vectors = last.components_.T * last.singular_values_**eigenvalue_weight
    order = np.argsort(-counter.counts_, kind="stable")
    words = counter.get_feature_names_out()[order].tolist()
    parameters = {name: plain(value) for name, value in counter.get_params().items()}
    return KeyedVectors(words, vectors[order].astype(np.float32), counter.counts_[order], parameters)


class DocumentPipeline(Pipeline):
    """A pipeline whose pandas frames have the documents' index, which the matrices between its steps do not know."""

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """scikit-learn's, with the index of the documents."""
        return _with_index_of(X, super().fit_transform(X, y, **params))

    def transform(self, X: Any, **params: Any) -> Any:
        """scikit-learn's, with the index of the documents."""
        return _with_index_of(X, super().transform(X, **params))


def _with_index_of(documents: Any, vectors: Any) -> Any:
    index = getattr(documents, "index", None)  # that of a list is a method
    is_frame = hasattr(vectors, "set_axis") and index is not None and not callable(index)
    return vectors.set_axis(index) if is_frame else vectors


class StaysSparse:
    """A step whose output is sparse, and stays so whatever container ``set_output`` asks for: that of a pipeline asks
    all of its steps, and means the last."""

    def set_output(self, *, transform: Any = None) -> Self:
        """Change nothing."""
        return self


class SparseTfidf(StaysSparse, TfidfTransformer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """scikit-learn's weights, in pipelines that are told what to give, and of no documents too."""

    def transform(self, X: Any, copy: bool = True) -> Any:
        """Weighted counts, sparse."""
        return super().transform(X, copy) if X.shape[0] else X


class TruncatedSVD(decomposition.TruncatedSVD):
    """scikit-learn's, which says in document_lsa's words what cannot be, and takes no documents too."""

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Decompose the matrix, and give the documents' vectors."""
        num_words = X.shape[1]
        if num_words < 2:
            raise ParameterError(f"documents must have at least two words that are kept, got {num_words}")
        if self.n_components > num_words:
            raise ParameterError(
                f"dim must be at most the number of words that are kept, {num_words}, got {self.n_components}; lower "
                "it or give more documents"
            )
        return super().fit_transform(X, y)

    def transform(self, X: Any) -> Any:
        """The documents' vectors, (n, d)."""
        if X.shape[0]:
            return super().transform(X)
        check_is_fitted(self)
        return np.zeros((0, len(self.components_)))


class DocumentCounter(StaysSparse, ReadsDocuments, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Documents to how often each word is in them, sparse (n, V): scikit-learn's counter with our tokenizers.

    Parameters
    ----------
    tokenizer, lowercase : of documents that are strings, as in ``TextCorpus``
    min_documents : words found in fewer documents are left out
    max_vocab_size : keep only so many words, the most frequent

    Attributes
    ----------
    counts_ : (V,) how often each word was seen

    Examples
    --------
    >>> counter = DocumentCounter(min_documents=1)
    >>> counter.fit_transform(["a kiwi", ["a", "a", "plum"]]).toarray()
    array([[1, 1, 0],
           [2, 0, 1]])
    >>> list(counter.get_feature_names_out())
    ['a', 'kiwi', 'plum']
    """

    def __init__(
        self,
        tokenizer: Tokenizer = "whitespace",
        lowercase: bool = False,
        min_documents: int = 2,
        max_vocab_size: int | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.min_documents = min_documents
        self.max_vocab_size = max_vocab_size

    def fit(self, X: Documents, y: Any = None) -> Self:
        """Learn the vocabulary."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Documents, y: Any = None) -> csr_matrix:
        """Learn the vocabulary and count, in one pass over the documents."""
        check_parameters(self.get_params(), _COUNTER_RULES)
        self._counter = CountVectorizer(
            analyzer=_as_they_are, min_df=self.min_documents, max_features=self.max_vocab_size
        )
        documents = _Seen(self._tokens(X))
        try:
            counts = self._counter.fit_transform(documents)
        except ValueError:  # no word is left: scikit-learn says so in names of its own parameters
            if not documents.are_all:
                raise
            raise ParameterError(documents.without_words(self.min_documents)) from None
        self.counts_ = np.asarray(counts.sum(axis=0)).ravel().astype(np.int64)
        return counts

    def transform(self, X: Documents) -> csr_matrix:
        """Count the known words."""
        check_is_fitted(self)
        return self._counter.transform(self._tokens(X))

    def _tokens(self, documents: Documents) -> Iterator[list[str]]:
        return read_documents(documents, tokenizer=self.tokenizer, lowercase=self.lowercase)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The words, in the order of the columns."""
        check_is_fitted(self)
        names: np.ndarray = self._counter.get_feature_names_out()
        return names


class _Seen:
    """Documents that are read once, and what was seen of them."""

    def __init__(self, documents: Iterator[list[str]]) -> None:
        self.documents = documents
        self.number, self.has_words, self.are_all = 0, False, False

    def __iter__(self) -> Iterator[list[str]]:
        for tokens in self.documents:
            self.number += 1
            self.has_words = self.has_words or bool(tokens)
            yield tokens
        self.are_all = True

    def without_words(self, min_documents: int) -> str:
        """What is to be said where no word is left."""
        if not self.has_words:
            return f"documents must have words to count, got {self.number:,} without any"
        return (
            f"min_documents must be at most the number of documents that some word is in, got {min_documents:,}, and "
            f"none is in so many of the {self.number:,}; lower it or give more documents"
        )


def _as_they_are(tokens: list[str]) -> list[str]:
    return tokens


class LogEntropyTransformer(  # type: ignore[call-arg]
    StaysSparse, OneToOneFeatureMixin, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """Counts (n, V) weighted by log and entropy (Dumais 1991).

    M_dw = log(1 + X_dw) · g_w,  g_w = 1 + Σ_d p_dw log p_dw / log n,  p_dw = X_dw / Σ_d X_dw, over the n documents of
    the fit: 0 for a word spread evenly over all, 1 for a word of a single document.

    Attributes
    ----------
    weights_ : (V,) g_w

    Examples
    --------
    >>> LogEntropyTransformer().fit_transform(np.array([[1, 3], [1, 0]])).toarray().round(3)
    array([[0.   , 1.386],
           [0.   , 0.   ]])
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn how evenly each word is spread."""
        counts = self._checked(X, reset=True)
        total = counts.sum(axis=0)
        share = counts @ diags_array(1 / np.where(total > 0, total, 1))
        share.data *= np.log(share.data, where=share.data > 0, out=np.zeros_like(share.data))
        num_documents = counts.shape[0]
        entropy = -share.sum(axis=0)
        self.weights_ = 1 - (entropy / np.log(num_documents) if num_documents > 1 else np.zeros_like(entropy))
        return self

    def transform(self, X: Any) -> csr_array:
        """Weighted counts, sparse."""
        check_is_fitted(self)
        return self._checked(X, reset=False).log1p() @ diags_array(self.weights_)

    def _checked(self, X: Any, reset: bool) -> csr_array:
        rules: dict[str, Any] = {"accept_sparse": "csr", "dtype": np.float64, "ensure_min_samples": int(reset)}
        counts = validate_data(self, X, reset=reset, **rules)
        if counts.shape[0]:  # of no rows scikit-learn finds no least
            check_non_negative(counts, "X in LogEntropyTransformer")
        # a copy of the columns too: the product sorts them in place, and they would be those of X
        return csr_array(counts, copy=True)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags
