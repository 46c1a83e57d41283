"""Words as Gaussians, or mixtures of them, by max margin."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from densevec._parameters import state
from densevec.corpus import Vocabulary
from densevec.corpus.growth import Growth
from densevec.errors import ParameterError
from densevec.formats import Subwords, WordVectors
from densevec.layers.word_pieces import WordPieces
from densevec.models import growing
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.task import DensityTask
from densevec.models.gradient_model import GradientModel
from densevec.models.growing import Grows
from densevec.models.preparation import WORDS
from densevec.models.tasks.growth import SQUARES, NgramPull, RowSquares, go_on_from, ngrams_of
from densevec.models.tasks.model import Job
from densevec.models.trained_vectors import calibrate
from densevec.models.unseen import Pieces, learn_unseen, words_left_out, words_still_left_out
from densevec.training.callbacks import Callback
from densevec.training.tables import Weights, checked_tables
from densevec.vectors import DensityVectors, MixtureVectors, SubwordDensityVectors

_logger = logging.getLogger(__name__)
_TOLERANCE = 1e-4  # what lies so close to a bound lies on it
_CONTEXT, _MEAN = "context.", "word.mean.weight"
_LEFT_OUT = "left_out"  # of the tensors of a file
_LEAST_WEIGHT = 1e-30  # of a component, before its logarithm


class DensityWord2Vec(DensityParameters, Grows, GradientModel[DensityVectors]):
    """Gaussian word embeddings by max margin (Vilnis & McCallum 2015), or mixtures of Gaussians.

    Every word has a density N(m, S), and another one as a context.  For each token of word w, with context words c_k
    and noise words n_j, training minimises, in nats,

        Σ_k Σ_j weight · max(0, margin − E(w, c_k) + E(w, n_j)),   weight = negative/noise_words where c_k ≠ n_j, else 0

    with the energy E of a pair: the expected likelihood log ∫ N_w N_c = log N(0; m_w − m_c, S_w + S_c), or
    −KL(N_c‖N_w), which asks the word to be the broader one.  After each step the norm of a mean is at most
    ``norm_bound`` and each variance within ``min_variance`` and ``max_variance``; ``bound_shares`` tells how many
    a bound holds.

    With ``components`` K above 1 a word is a mixture of K Gaussians (Athiwaratkun & Wilson 2017): the expected
    likelihood is exact, a log-sum-exp of the K×K pair energies plus log weights; for KL, which has no closed form,
    the nearest pair of components stands in.  ``vectors`` are then ``MixtureVectors``.

    With ``subwords`` the mean of a word is that of its own row and those of its character n-grams, as in ``SkipGram``;
    variances stay the words' own, which n-grams do not tell.  ``vectors`` are then ``SubwordDensityVectors``, with a
    density for every word that has an n-gram.  Up to 1,000 words of 20 to 100 occurrences, a tenth of them at most, are
    kept from the n-grams to teach how far the mean of a word may lie from that of its n-grams (``mean_region``); their
    own rows learn in the place of all.

    Rows step by Adagrad with one sum of squared gradients for the mean and one for the log variances of each
    density, so that learning rates are lengths of steps, not of their coordinates.

    Examples
    --------
    >>> from densevec import Aviary, DensityWord2Vec
    >>> model = DensityWord2Vec(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.vectors.density("kiwi").dim
    16
    >>> sorted(model.bound_shares)
    ['max_variance', 'min_variance', 'norm_bound']
    >>> model = DensityWord2Vec(Aviary(2_000), dim=16, epochs=1, subwords=(3, 6), buckets=2_000).train()
    >>> "kiwiish" in model.vectors, model.vectors.density("kiwiish").dim
    (False, 16)
    """

    command: ClassVar[str] = "density-word2vec"
    preparation = WORDS
    trains_together = ("fused", "torch")
    density_tables = (
        ("word.mean.weight", "word.log_variance.weight"),
        ("context.mean.weight", "context.log_variance.weight"),
    )
    free = growing.FREE_OF_DENSITIES
    update = growing.update
    _weights: Weights | None = state(None)  # those of contexts are what further training goes on from
    _left_out: np.ndarray | None = state(None)  # (A,) rows of words that n-grams know nothing of
    _still_left_out: np.ndarray | None = state(None)  # those that an update is told of; None where they are chosen
    _squares: RowSquares | None = state(None)

    @property
    def bound_shares(self) -> dict[str, float]:
        """Share of the words' means whose norm is at ``norm_bound``, and of variances at ``min_variance`` and at
        ``max_variance``; of components, in mixtures."""
        return self._shares_of(self.vectors)

    def _shares_of(self, vectors: DensityVectors) -> dict[str, float]:
        if isinstance(vectors, MixtureVectors):
            mean, variance = vectors.component_means, vectors.component_variances
        else:
            mean, variance = vectors.vectors, vectors.variances
        settings = self._own
        low, high = settings.min_variance * (1 + _TOLERANCE), settings.max_variance * (1 - _TOLERANCE)
        norms = np.linalg.norm(mean.astype(np.float64), axis=-1)
        return {
            "norm_bound": float((norms >= settings.norm_bound * (1 - _TOLERANCE)).mean()),
            "min_variance": float((variance <= low).mean()),
            "max_variance": float((variance >= high).mean()),
        }

    # Hooks of the template

    def _task(self, job: Job, start: int) -> DensityTask:
        return DensityTask(job, start, self._pieces(job.settings, job.vocabulary))

    def _pieces(self, settings: DensityParameters, vocabulary: Vocabulary) -> WordPieces | None:
        if settings.subwords is None:
            return None
        left_out = self._still_left_out
        if left_out is None:
            left_out = words_left_out(vocabulary.counts, settings.seed)
        shortest, longest = settings.subwords
        kept_counts = vocabulary.kept_counts(settings.sample)
        return WordPieces(vocabulary.words, kept_counts, (shortest, longest), settings.buckets, left_out)

    def _adopt(self, task: DensityTask, vocabulary: Vocabulary) -> None:
        self._weights, self._squares = task.weights, task.squares
        self._left_out = None if task.pieces is None else task.pieces.left_out

    def _vectors_from(self, task: DensityTask, vocabulary: Vocabulary, is_final: bool) -> DensityVectors:
        settings = self._own
        mean, log_variance, log_weight = task.learned()
        variance = np.exp(log_variance) if settings.covariance == "diag" else np.exp(log_variance[:, 0])
        weights = [] if log_weight is None else [np.exp(log_weight)]
        growing.leave_unchanged(self, task, mean, variance, *weights)
        described: dict[str, Any] = {"parameters": self._described()}
        vectors: DensityVectors
        made = task.pieces
        if made is not None:
            assert settings.subwords is not None  # as there are rows
            if is_final:  # the table's own, which are in order
                buckets = np.ascontiguousarray(task.weights[_MEAN][len(vocabulary) :])
            else:
                buckets = task.means.ngrams()
            pieces = Pieces(made.offsets, made.parts_in_order())
            unseen = learn_unseen(
                pieces, vocabulary.kept_counts(settings.sample), made.left_out, mean, log_variance, buckets
            )
            subwords = Subwords(buckets.reshape(-1).view(np.uint8), settings.dim, *settings.subwords)
            table = WordVectors(vocabulary.words, mean, vocabulary.counts, variance)
            vectors = SubwordDensityVectors(table, subwords, unseen, **described)
        elif not weights:
            vectors = DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, **described)
        else:
            vectors = MixtureVectors(
                vocabulary.words,
                mean.reshape(len(vocabulary), settings.components, settings.dim),
                variance.reshape(len(vocabulary), settings.components, *variance.shape[1:]),
                weights[0],
                vocabulary.counts,
                **described,
            )
        if is_final:
            calibrate(vectors, settings.seed, is_hurried=task.is_hurried())
            shares = ", ".join(f"{name} {share:.1%}" for name, share in self._shares_of(vectors).items())
            _logger.info("shares of densities at a bound: %s", shares)
        return vectors

    def _tensors(self) -> Mapping[str, Any]:
        if self._weights is None or self._squares is None:
            return {}
        contexts = {name: table for name, table in self._weights.tables.items() if name.startswith(_CONTEXT)}
        left_out = {} if self._left_out is None else {_LEFT_OUT: self._left_out}
        return {**contexts, **self._squares.arrays(), **left_out}

    def _learned(self) -> Mapping[str, Any]:
        vectors = self._own_vectors
        learned = {name: each for name, each in self._tensors().items() if name != _LEFT_OUT}
        if not learned:
            raise ParameterError(
                "the file of a DensityWord2Vec must have the densities of contexts to be updated, and this one is of "
                "an older version, which left them out; train the model again"
            )
        settings = self._own
        rows = len(vectors) * settings.components
        if isinstance(vectors, MixtureVectors):
            mean, variance = vectors.component_means, vectors.component_variances
            learned["word.log_weight.weight"] = np.log(np.maximum(vectors.weights, _LEAST_WEIGHT))
        else:
            mean, variance = vectors.vectors, vectors.variances
        learned[_MEAN] = mean.reshape(rows, settings.dim)
        learned["word.log_variance.weight"] = np.log(variance).reshape(rows, -1)
        return learned

    def _dense(self) -> Sequence[str]:
        return ()

    def _grow(self, model: Self, growth: Growth) -> None:
        if model._left_out is not None:
            kept, new = np.flatnonzero(np.isin(growth.rows, model._left_out)), np.flatnonzero(growth.rows < 0)
            self._still_left_out = words_still_left_out(growth.vocabulary.counts, self._own.seed, kept, new)

    def _own_pulls(self, task: DensityTask, growth: Growth, weight: float) -> Sequence[Callback]:
        if task.pieces is None:
            return ()
        before, added = (growth.vocabulary.counts - growth.added).astype(np.float64), growth.added.astype(np.float64)
        return [NgramPull(task.means, self._buckets(), weight * before, added)]

    def _go_on(self, task: DensityTask, learned: Mapping[str, Any], rows: np.ndarray) -> None:
        if task.pieces is not None:
            task.go_on_from_ngrams(self._buckets(), learned.get(f"{SQUARES}{ngrams_of('word.mean')}"))
        go_on_from(task.weights, task.squares.views(), learned, rows, composed=task.composed)

    def _buckets(self) -> np.ndarray:
        """The rows of n-grams, (B, d)."""
        vectors = self._own_vectors
        assert isinstance(vectors, SubwordDensityVectors)  # as there are n-grams
        return vectors.subwords.rows

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors, settings = self._own_vectors, self._own
        components = vectors.num_components if isinstance(vectors, MixtureVectors) else 1
        found = vectors.vector_size, components, "spherical" if vectors.is_spherical else "diag"
        expected = settings.dim, settings.components, settings.covariance
        if found != expected:
            raise ParameterError(f"dim, components and covariance are {expected}, those of the densities {found}")
        self._weights = self._squares = self._left_out = None
        if not tensors:  # files of older versions have none
            return
        rows = len(vectors) * components
        shapes: dict[str, tuple[int, ...]] = {"mean": (rows, settings.dim)}
        shapes["log_variance"] = (rows, settings.dim if settings.covariance == "diag" else 1)
        if components > 1:
            shapes["log_weight"] = (len(vectors), components)
        context = {name: each for name, each in tensors.items() if name.startswith(_CONTEXT)}
        wanted = {f"{_CONTEXT}{part}.weight": shape for part, shape in shapes.items()}
        self._weights = Weights(checked_tables(context, wanted))
        of_all = {f"{kind}.{part}": shape[0] for kind in ("word", "context") for part, shape in shapes.items()}
        if settings.subwords is not None:
            of_all[ngrams_of("word.mean")] = settings.buckets
            self._left_out = _checked_rows(tensors[_LEFT_OUT], rows)
        self._squares = RowSquares.from_tensors(tensors, of_all)


def _checked_rows(given: Any, num_words: int) -> np.ndarray:
    """Rows of words from a file, rising; else ValueError."""
    rows = np.asarray(given)
    if rows.dtype != np.int64 or rows.ndim != 1 or not (np.diff(rows, prepend=-1, append=num_words) > 0).all():
        raise ValueError("words left out must have rows of the table, each once")
    return rows
