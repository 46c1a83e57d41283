"""EmbedAlign: words in context as densities, learned from translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from densevec._parameters import Constraints, param
from densevec.corpus import ParallelVocabulary, Vocabulary
from densevec.corpus.parallel import MAX_PAIR_LENGTH
from densevec.errors import FormatError, ParameterError
from densevec.formats import WordIndex
from densevec.formats.words import check_tensors
from densevec.models.embedalign.network import Network
from densevec.models.embedalign.reading import EmbedAlignReading
from densevec.models.embedalign.task import EmbedAlignTask, as_parallel, log_frequency
from densevec.models.preparation import PAIRS, SENTENCES, Preparation
from densevec.models.tasks.model import Job
from densevec.models.trained_vectors import calibrate
from densevec.vectors import DensityVectors

_TARGET = "target."  # prefix of the tensors with the words of the second language


def _pairs_are_lines(model: EmbedAlign) -> None:
    if model.language is not None and not model.monolingual:
        raise ParameterError(
            f"language must be None for sentences and their translations, which are lines, got {model.language!r}"
        )


class EmbedAlign(EmbedAlignReading):
    """EmbedAlign: words in context as densities that explain translations (Rios, Aziz & Sima'an 2018).

    Every word x_i of a sentence, and a NULL word in front of it, has a latent z_i ~ N(0, I).  It explains the word
    itself, P(x_i|z_i) = softmax(z_i·c + b), and the words y_j of the translation that are aligned with it.  Alignments
    a_j are summed out.  An encoder gives q(z_i|x) = N(mean, s) with diagonal s, and training minimises, per pair,

        −Σ_i log P(x_i|z_i) − log Σ_a P(a) Π_j P(y_j|z_{a_j}) + kl_weight · Σ_i KL(q_i‖N(0, I)),

    in nats, z_i drawn once for each place and step; NULL has a posterior and its KL, and nothing to say about x.
    What is read off the trained model is the posterior mean.

    Examples
    --------
    >>> from densevec import EmbedAlign
    >>> pairs = [("a red bird".split(), "rudo avi".split()), ("a bird".split(), "avi".split())] * 50
    >>> model = EmbedAlign(pairs, dim=8, epochs=2, min_count=1).train()
    >>> model.posterior("a red bird".split(), 2).dim
    8
    """

    command: ClassVar[str] = "embedalign"
    reads_pairs: ClassVar[bool] = True
    trains_together = ("torch",)
    covariance: ClassVar[str] = "diag"
    constraints: ClassVar[Constraints] = (_pairs_are_lines,)
    free = EmbedAlignReading.free | {"decoding"}

    corpus: Any = param(
        default=None,
        kw_only=False,
        text="a pair of texts (paths or URLs) whose lines translate each other, one path of tab-separated pairs, or a "
        "re-iterable of pairs of token lists; with monolingual=True whatever other models take",
    )
    max_sentence_length: int = param(
        default=MAX_PAIR_LENGTH, text="pairs with a longer side are left out; with one language longer lines are cut"
    )

    @property
    def preparation(self) -> Preparation:
        """That of pairs, or of sentences where there is one language only."""
        return SENTENCES if self.monolingual else PAIRS

    # Hooks of the template

    def _task(self, job: Job, start: int) -> EmbedAlignTask:
        return EmbedAlignTask(job, torch.Generator().manual_seed(start))

    def _adopt(self, task: EmbedAlignTask, vocabulary: ParallelVocabulary | Vocabulary) -> None:
        self._network = task.network
        self._source, self._target = as_parallel(vocabulary)

    def _vectors_from(
        self, task: EmbedAlignTask, vocabulary: ParallelVocabulary | Vocabulary, is_final: bool
    ) -> DensityVectors:
        mean, variance = task.aggregate(task.group if is_final else None)
        described = self._described()
        vectors = DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, parameters=described)
        if is_final:
            calibrate(vectors, self._own.seed, is_hurried=task.is_hurried())
        return vectors

    def _tensors(self) -> Mapping[str, Any]:
        state = self._trained_network().state_dict()
        tensors = {name: value.cpu().numpy() for name, value in state.items()}
        if self._target is not None:
            tensors |= {_TARGET + name: each for name, each in WordIndex(self._target.words).to_tensors().items()}
            tensors[_TARGET + "counts"] = self._target.counts
        return tensors

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        settings = self._own
        self._source = self._vocabulary(self._restored_vectors, settings.dim)
        names = [name for name in tensors if name.startswith(f"{_TARGET}words.")]
        words = {name.removeprefix(_TARGET): tensors[name] for name in names}
        self._target = None
        if words:
            check_tensors(words, "the second language")
            index = WordIndex.from_tensors(words, "the second language")
            self._target = Vocabulary(list(index), np.array(tensors[_TARGET + "counts"]))
        if (self._target is None) != settings.monolingual:
            raise FormatError("a model of two languages has the words of both, one with monolingual=True of one")
        network = Network(
            settings, log_frequency(self._source), None if self._target is None else log_frequency(self._target), None
        )
        state = {name: each for name, each in tensors.items() if name not in (*names, f"{_TARGET}counts")}
        network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network = network.eval()
