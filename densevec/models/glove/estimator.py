"""GloVe as an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch

from densevec._parameters import state
from densevec.corpus import Vocabulary
from densevec.corpus.own_text import own_text
from densevec.errors import NotTrainedError
from densevec.models.glove.network import GloVeNetwork
from densevec.models.glove.parameters import GloVeParameters
from densevec.models.glove.task import GloVeTask
from densevec.models.gradient_model import GradientModel
from densevec.models.preparation import WORDS
from densevec.models.tasks.model import Job
from densevec.vectors import KeyedVectors

_TABLES = ("context", "word_bias", "context_bias")  # what a file has beside the vectors


class GloVe(GloVeParameters, GradientModel[KeyedVectors]):
    """Global vectors: word vectors whose products say how often words stand near each other (Pennington et al. 2014).

    X_ij counts how often word j stands near word i (``count_cooccurrences``).  Every word has a vector w_i and a bias
    b_i as a word, c_i and b'_i as a context, and the loss of an entry X_ij > 0 is

        ½ f(X_ij) (w_i·c_j + b_i + b'_j − log X_ij)²,    f(x) = min(1, (x / x_max)^alpha)

    History and progress show its mean over entries.  Biases start at log Σ_j X_ij − ½ log ΣX, where counts by chance
    have them, so that vectors learn pointwise mutual information from the first step on.  ``vectors`` are w + c.

    The loss on held-out text is that of the entries of its own matrix, w_i·c_j + b_i + b'_j lowered by the
    logarithm of how many times the text's ΣX is as large.

    Examples
    --------
    >>> from densevec import Aviary, GloVe
    >>> model = GloVe(Aviary(2_000), dim=16, epochs=5).train()
    >>> model.vectors.vector_size
    16
    >>> model.log_count("the", "kiwi") > model.log_count("kakapo", "kiwi")
    True
    """

    command: ClassVar[str] = "glove"
    preparation = WORDS
    _network: GloVeNetwork | None = state(None)

    def log_count(self, word: str, context: str) -> float:
        """How often ``context`` stands near ``word``, as the model has it: w·c + b + b', about log X.

        Raises
        ------
        MissingWordError : for a word that the model does not know
        """
        i, j = (self._own_vectors.get_index(each) for each in own_text(self).spell([word, context]))
        return self._trained_network().log_count(i, j)

    def _trained_network(self) -> GloVeNetwork:
        self._follow_vectors()
        if self._network is None:
            raise NotTrainedError("GloVe has no contexts yet; call train() first")
        return self._network

    # Hooks of the template

    def _task(self, job: Job, start: int) -> GloVeTask:
        return GloVeTask(job, torch.Generator().manual_seed(start))

    def _adopt(self, task: GloVeTask, vocabulary: Vocabulary) -> None:
        self._network = task.network

    def _vectors_from(self, task: GloVeTask, vocabulary: Vocabulary, is_final: bool) -> KeyedVectors:
        vectors = task.network.vectors(self._own.combine)
        if not is_final:  # training goes on
            vectors = vectors.copy()
        return KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=self._described())

    def _tensors(self) -> Mapping[str, Any]:
        tensors = self._trained_network().state_dict()
        return {name: tensors[f"{name}.weight"].cpu().numpy() for name in _TABLES}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        settings, vectors = self._own, self._own_vectors
        network = GloVeNetwork(
            len(self._vocabulary(vectors, settings.dim)), settings.dim, settings.x_max, settings.alpha, None
        )
        word = vectors.vectors - tensors["context"] if settings.combine == "sum" else vectors.vectors
        state = {"word": word, **{name: tensors[name] for name in _TABLES}}
        network.load_state_dict({f"{name}.weight": torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network = network
