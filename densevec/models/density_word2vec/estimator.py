"""Words as Gaussians, or mixtures of them, by max margin."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from densevec._parameters import state
from densevec.corpus import Vocabulary
from densevec.errors import ParameterError
from densevec.models.density_word2vec.network import Densities, Network
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.models.density_word2vec.task import DensityTask
from densevec.models.growing import GrowsDensities, check_same_words
from densevec.models.preparation import WORDS
from densevec.models.tasks.growth import RowSquares, go_on_from
from densevec.models.tasks.model import Job
from densevec.models.trained_vectors import calibrate
from densevec.training.optimisers import Optimiser
from densevec.vectors import DensityVectors, MixtureVectors

_logger = logging.getLogger(__name__)
_TOLERANCE = 1e-4  # what lies so close to a bound lies on it
_CONTEXT = "context."
_LEAST_WEIGHT = 1e-30  # of a component, before its logarithm


class DensityWord2Vec(DensityParameters, GrowsDensities[DensityVectors]):
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
    """

    command: ClassVar[str] = "density-word2vec"
    preparation = WORDS
    trains_together = True
    density_tables = (("word.mean", "word.log_variance"), ("context.mean", "context.log_variance"))
    _context: Densities | None = state(None)  # which further training goes on from, and Adagrad's sums
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
        low, high = self.min_variance * (1 + _TOLERANCE), self.max_variance * (1 - _TOLERANCE)
        norms = np.linalg.norm(mean.astype(np.float64), axis=-1)
        return {
            "norm_bound": float((norms >= self.norm_bound * (1 - _TOLERANCE)).mean()),
            "min_variance": float((variance <= low).mean()),
            "max_variance": float((variance >= high).mean()),
        }

    # Hooks of the template

    def _task(self, job: Job, start: torch.Generator) -> DensityTask:
        return DensityTask(job, Network(job.settings, len(job.vocabulary), start))

    def _adopt(self, task: DensityTask, vocabulary: Vocabulary) -> None:
        self._context, self._squares = task.network.context, task.squares

    def _vectors_from(self, task: DensityTask, vocabulary: Vocabulary, is_final: bool) -> DensityVectors:
        mean, log_variance, log_weight = task.learned()
        variance = np.exp(log_variance) if self.covariance == "diag" else np.exp(log_variance[:, 0])
        described: dict[str, Any] = {"parameters": self._described()}
        vectors: DensityVectors
        if log_weight is None:
            vectors = DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, **described)
        else:
            vectors = MixtureVectors(
                vocabulary.words,
                mean.reshape(len(vocabulary), self.components, self.dim),
                variance.reshape(len(vocabulary), self.components, *variance.shape[1:]),
                np.exp(log_weight),
                vocabulary.counts,
                **described,
            )
        if is_final:
            calibrate(vectors, self.seed, is_hurried=task.is_hurried())
            shares = ", ".join(f"{name} {share:.1%}" for name, share in self._shares_of(vectors).items())
            _logger.info("shares of densities at a bound: %s", shares)
        return vectors

    def _tensors(self) -> Mapping[str, Any]:
        if self._context is None or self._squares is None:
            return {}
        state = self._context.state_dict().items()
        return {**{f"context.{name}": value.cpu().numpy() for name, value in state}, **self._squares.arrays()}

    def _learned(self) -> Mapping[str, Any]:
        vectors, learned = self.vectors, dict(self._tensors())
        if self._context is None:
            raise ParameterError(
                "the file of a DensityWord2Vec must have the densities of contexts to be updated, and this one is of "
                "an older version, which left them out; train the model again"
            )
        check_same_words(vectors, len(self._context.mean.weight) // self.components, type(self).__name__)
        if isinstance(vectors, MixtureVectors):
            mean, variance = vectors.component_means, vectors.component_variances
            learned["word.log_weight.weight"] = np.log(np.maximum(vectors.weights, _LEAST_WEIGHT))
        else:
            mean, variance = vectors.vectors, vectors.variances
        rows = len(vectors) * self.components
        learned["word.mean.weight"] = mean.reshape(rows, self.dim)
        learned["word.log_variance.weight"] = np.log(variance).reshape(rows, -1)
        return learned

    def _go_on(self, task: DensityTask, learned: Mapping[str, Any], rows: np.ndarray) -> None:
        go_on_from(task.network, task.engine, learned, rows)

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        self._context = self._squares = None
        vectors = self.vectors
        components = vectors.num_components if isinstance(vectors, MixtureVectors) else 1
        found = vectors.vector_size, components, "spherical" if vectors.is_spherical else "diag"
        expected = self.dim, self.components, self.covariance
        if found != expected:
            raise ParameterError(f"dim, components and covariance are {expected}, those of the densities {found}")
        context = {name.removeprefix(_CONTEXT): each for name, each in tensors.items() if name.startswith(_CONTEXT)}
        if tensors:  # files of older versions have none
            self._context = Densities(self.settings(), len(vectors), None)
            self._context.load_state_dict({name: torch.tensor(np.asarray(each)) for name, each in context.items()})
            rows = {name: len(table.weight) for name, table in Optimiser.tables_of(self._context).items()}
            of_both = {f"{kind}.{name}": number for kind in ("word", "context") for name, number in rows.items()}
            self._squares = RowSquares.from_tensors(tensors, of_both)
