"""Latent semantic analysis: word vectors by factoring a matrix of co-occurrence."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from densevec._calls import in_a_sentence, warn
from densevec._memory import enough_memory
from densevec._parameters import param, state
from densevec._random import integer_seed
from densevec.corpus.association import RULES, weigh_counts
from densevec.errors import NotTrainedError, TrainingWarning
from densevec.formats.native import check_target
from densevec.models.base import Estimator, Path
from densevec.models.cooccurrence import CountsNeighbours, count_neighbours
from densevec.models.needs import check_room_for, remedies
from densevec.models.origin import told_of
from densevec.models.parameters import CountsWords, HasDimension, HasSeed, HasThreads, JoinsPhrases
from densevec.models.preparation import WORDS
from densevec.models.trained_vectors import HasVectors
from densevec.training.callbacks import Callback, check_callbacks
from densevec.vectors import KeyedVectors

_logger = logging.getLogger(__name__)
_OF_PPMI = ("weighting", "ppmi")
_NOTHING = 1e-6  # of the greatest singular value: what float32 leaves of a zero


class LSA(
    HasDimension,
    CountsNeighbours,
    HasVectors[KeyedVectors],
    Estimator,
    CountsWords,
    HasThreads,
    HasSeed,
    JoinsPhrases,
):
    """Word vectors from the truncated singular value decomposition of a weighted matrix of co-occurrence.

    X_ij counts how often word j stands near word i (``count_cooccurrences``), M_ij says how telling that is
    (``weigh_counts``), M ≈ U S V^T with the d greatest singular values, and the vector of word i is row i of
    U S^eigenvalue_weight (Deerwester et al. 1990; Levy, Goldberg & Dagan 2015).  The signs of U's columns are set so
    that the entry of greatest size is positive.

    Everything is determined by the seed; another number of ``workers`` changes the order in which the linear algebra
    adds, hence the last digits of the vectors, but not the matrix.

    Examples
    --------
    >>> from densevec import Aviary, LSA
    >>> model = LSA(Aviary(2_000), dim=16).train()
    >>> model.vectors.vector_size
    16
    """

    command: ClassVar[str] = "lsa"
    preparation = WORDS

    weighting: Literal["ppmi", "log", "raw"] = param(
        default="ppmi",
        text='of counts: positive pointwise mutual information ("ppmi"), log(1 + count) ("log"), none ("raw")',
    )
    smoothing: float = param(
        default=1.0,
        rule=RULES["smoothing"],
        belongs_to=_OF_PPMI,
        text="context words are expected by count to this power",
    )
    shift: float = param(
        default=0.0,
        rule=RULES["shift"],
        belongs_to=_OF_PPMI,
        text="subtracted, in nats; log k corresponds to k negative samples",
    )
    eigenvalue_weight: float = param(default=0.5, low=0, high=1, text="exponent of the singular values")
    num_iterations: int = param(
        default=4, low=0, text="of the decomposition (Halko, Martinsson & Tropp 2011); more come closer to the exact"
    )
    seed: int = param(default=1, text="of the decomposition's random start")
    _singular_values: np.ndarray | None = state(None)

    @property
    def singular_values(self) -> np.ndarray:
        """The d greatest singular values of the weighted matrix, descending, (d,) float32; 0 beyond its rank."""
        if self._singular_values is None:
            raise NotTrainedError("LSA has no singular values yet; call train() first")
        return self._singular_values

    @in_a_sentence("corpus and settings are {kind}'s own, as in {kind}(corpus, dim=50).train()")
    def train(
        self, *, callbacks: Sequence[Callback] = (), output: Path | None = None, progress: bool | None = None
    ) -> Self:
        """Count, weigh, factor, and return the model.

        Parameters
        ----------
        callbacks : for every model's sake; there are no epochs after which to call them
        output : where the model will be saved; that there is room for it is checked once the words are counted
        progress : True, False, or None for a bar on a terminal only

        Raises
        ------
        ParameterError, CorpusError : before anything is counted
        FileError : when there is no room for the output
        OutOfMemoryError : memory that is not to be had
        CorpusFileError : when temporary files cannot be written
        """
        check_callbacks(callbacks)
        if output is not None:
            check_target(output)
        text, origin = self._start()
        settings = self.settings()
        with enough_memory("the matrix of LSA and its factors", remedies(self)):
            vocabulary = self.count(text, progress)
            if output is not None:
                check_room_for(output, vocabulary.words, settings.dim, {})
            with self.encode(text, vocabulary, progress) as encoded:
                origin = replace(origin, trained_on=told_of(self.corpus, encoded))
                counts = count_neighbours(encoded, settings, progress)
            matrix = weigh_counts(counts, settings.weighting, smoothing=settings.smoothing, shift=settings.shift)
            del counts
            told = len(vocabulary), matrix.nnz, settings.dim
            _logger.info("LSA: %d words, %d entries of the matrix, %d factors", *told)
            left, values = _factors(settings, matrix)
            vectors = left * values**settings.eigenvalue_weight
            self._vectors = KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=origin.described)
            self._counts, self._singular_values, self._origin = None, values, origin
            _tell_of_rank(values, len(vocabulary))
        return self

    def _tensors(self) -> Mapping[str, Any]:
        return {"singular_values": self.singular_values}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        values = np.asarray(tensors["singular_values"])
        dim, size = self._own.dim, self.vectors.vector_size
        if values.shape != (dim,) or size != dim:
            raise ValueError(f"dim is {dim}, that of the tensors {values.shape} and {size}")
        self._singular_values = values


def _tell_of_rank(values: np.ndarray, num_words: int) -> None:
    """TrainingWarning where the matrix has fewer dimensions than are wanted: the others are zero."""
    dim, rank = len(values), int(np.count_nonzero(values > _NOTHING * values.max(initial=0.0)))
    if rank < dim:
        advice = f"; dim={rank} gives the same without them" if rank else ""
        warn(
            f"dim is {dim}, and the matrix of {num_words} words has rank {rank}: {dim - rank} dimensions are 0 in "
            f"every word{advice}",
            TrainingWarning,
        )


def _factors(settings: Any, matrix: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """U (V, d) and the singular values (d,), float32, zero beyond the rank of the matrix."""
    rank = min(settings.dim, matrix.shape[0])
    random = np.random.RandomState(integer_seed(settings.seed, "decomposition") % 2**32)  # what scikit-learn takes
    with threadpool_limits(settings.workers):
        left, values, _ = randomized_svd(matrix, rank, n_iter=settings.num_iterations, random_state=random)
    vectors = np.zeros((matrix.shape[0], settings.dim), np.float32)
    singular_values = np.zeros(settings.dim, np.float32)
    vectors[:, :rank], singular_values[:rank] = left, values
    return vectors, singular_values
