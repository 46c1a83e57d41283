"""Latent semantic analysis: word vectors by factoring a matrix of co-occurrence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from densevec._random import integer_seed
from densevec._validation import Interval, Rule
from densevec.corpus import Vocabulary, build_vocabulary, encode_corpus
from densevec.corpus.association import RULES as ASSOCIATION_RULES
from densevec.corpus.association import weigh_counts
from densevec.corpus.cooccurrence import MEMORY_LIMIT, count_cooccurrences
from densevec.corpus.cooccurrence import RULES as COOCCURRENCE_RULES
from densevec.errors import NotTrainedError
from densevec.models.base import COMMON_RULES
from densevec.models.embedding_model import EmbeddingModel
from densevec.training.callbacks import Callback
from densevec.training.progress import Progress
from densevec.vectors import KeyedVectors

_COMMON = ("dim", "min_count", "max_vocab_size", "workers", "seed")


class LSA(EmbeddingModel[KeyedVectors]):
    """Word vectors from the truncated singular value decomposition of a weighted matrix of co-occurrence.

    X_ij counts how often word j stands near word i (``count_cooccurrences``), M_ij says how telling that is
    (``weigh_counts``), M ≈ U S V^T with the d greatest singular values, and the vector of word i is row i of
    U S^eigenvalue_weight (Deerwester et al. 1990; Levy, Goldberg & Dagan 2015).  The signs of U's columns are set so
    that the entry of greatest size is positive.

    Everything is determined by the seed; another number of ``workers`` changes the order in which the linear algebra
    adds, hence the last digits of the vectors, but not the matrix.

    Parameters
    ----------
    corpus : path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists
    dim : dimension of the vectors
    window : most context words on either side
    context : the side of a word on which its context words stand: "both", "left" or "right"
    distance_weighting : what a context word d places away counts: 1 ("none"), 1/d ("harmonic"), or
        (window + 1 − d)/window ("linear")
    weighting : of the counts: positive pointwise mutual information, log(1 + count), or none
    smoothing : for ppmi: context words are expected in proportion to count to this power
    shift : for ppmi: subtracted from the mutual information, in nats; log k corresponds to k negative samples
    eigenvalue_weight : exponent of the singular values
    num_iterations : of the randomised decomposition (Halko, Martinsson & Tropp 2011); the more, the closer to the exact
    min_count : words seen less often are left out
    max_vocab_size : keep only so many words, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    memory_limit : bytes for counting, see ``count_cooccurrences``; beyond it temporary files are used
    workers : threads
    seed : of the decomposition's random start
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : longer lines are cut into sentences of so many tokens
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for temporary files; the system's if None

    Examples
    --------
    >>> from densevec import Aviary, LSA
    >>> model = LSA(Aviary(2_000), dim=16).train()
    >>> model.vectors.vector_size
    16
    """

    command: ClassVar[str] = "lsa"
    rules: ClassVar[Mapping[str, Rule]] = {
        **{name: COMMON_RULES[name] for name in _COMMON},
        **{name: rule for name, rule in COOCCURRENCE_RULES.items() if name != "dtype"},
        **ASSOCIATION_RULES,
        "eigenvalue_weight": Interval(float, 0, 1),
        "num_iterations": Interval(int, 0),
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        window: int = 5,
        context: Literal["both", "left", "right"] = "both",
        distance_weighting: Literal["none", "harmonic", "linear"] = "none",
        weighting: Literal["ppmi", "log", "raw"] = "ppmi",
        smoothing: float = 0.75,
        shift: float = 0.0,
        eigenvalue_weight: float = 0.5,
        num_iterations: int = 4,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        memory_limit: int = MEMORY_LIMIT,
        workers: int = 1,
        seed: int = 1,
        lowercase: bool = False,
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        max_sentence_length: int = 10_000,
        errors: Literal["strict", "replace", "ignore"] = "strict",
        cache_dir: str | None = None,
    ) -> None:
        self.corpus = corpus
        self.dim = dim
        self.window = window
        self.context = context
        self.distance_weighting = distance_weighting
        self.weighting = weighting
        self.smoothing = smoothing
        self.shift = shift
        self.eigenvalue_weight = eigenvalue_weight
        self.num_iterations = num_iterations
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.trim_rule = trim_rule
        self.memory_limit = memory_limit
        self.workers = workers
        self.seed = seed
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.max_sentence_length = max_sentence_length
        self.errors = errors
        self.cache_dir = cache_dir
        self._singular_values: np.ndarray | None = None

    @property
    def singular_values(self) -> np.ndarray:
        """The d greatest singular values of the weighted matrix, descending, (d,) float32; 0 beyond its rank."""
        if self._singular_values is None:
            raise NotTrainedError("LSA has no singular values yet; call train() first")
        return self._singular_values

    def train(self, *, callbacks: Sequence[Callback] = (), progress: bool | None = None) -> Self:
        """Count, weigh, factor, and return the model.

        Parameters
        ----------
        callbacks : for every model's sake; there are no epochs after which to call them
        progress : True, False, or None for a bar on a terminal only

        Raises
        ------
        ParameterError, CorpusError : before anything is counted
        CorpusFileError : when temporary files cannot be written
        """
        self._check()
        text = self._text(self.corpus)
        vocabulary = build_vocabulary(
            text,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            trim_rule=self.trim_rule,
            workers=self.workers,
        )
        matrix = self._matrix(text, vocabulary, progress)
        left, self._singular_values = self._factors(matrix)
        vectors = left * self._singular_values**self.eigenvalue_weight
        self._vectors = KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=self._described())
        return self

    def _matrix(self, text: Any, vocabulary: Vocabulary, progress: bool | None) -> csr_array:
        """The weighted matrix, (V, V) float32."""
        with encode_corpus(text, vocabulary, cache_dir=self.cache_dir, workers=self.workers) as encoded:
            bar = Progress(len(encoded.ids), enabled=progress)
            try:
                counts = count_cooccurrences(
                    encoded,
                    window=self.window,
                    distance_weighting=self.distance_weighting,
                    context=self.context,
                    memory_limit=self.memory_limit,
                    cache_dir=self.cache_dir,
                    workers=self.workers,
                    progress=bar.add,
                )
            finally:
                bar.close()
        return weigh_counts(counts, self.weighting, smoothing=self.smoothing, shift=self.shift)

    def _factors(self, matrix: csr_array) -> tuple[np.ndarray, np.ndarray]:
        """U (V, d) and the singular values (d,), float32, zero beyond the rank of the matrix."""
        rank = min(self.dim, matrix.shape[0])
        random = np.random.RandomState(integer_seed(self.seed, "decomposition") % 2**32)  # what scikit-learn takes
        with threadpool_limits(self.workers):
            left, values, _ = randomized_svd(matrix, rank, n_iter=self.num_iterations, random_state=random)
        vectors = np.zeros((matrix.shape[0], self.dim), np.float32)
        singular_values = np.zeros(self.dim, np.float32)
        vectors[:, :rank], singular_values[:rank] = left, values
        return vectors, singular_values

    def _tensors(self) -> Mapping[str, Any]:
        return {"singular_values": self.singular_values}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        values = np.asarray(tensors["singular_values"])
        if values.shape != (self.dim,) or self.vectors.vector_size != self.dim:
            raise ValueError(f"dim is {self.dim}, that of the tensors {values.shape} and {self.vectors.vector_size}")
        self._singular_values = values
