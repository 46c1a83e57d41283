"""The neural probabilistic language model: vectors of the last words side by side, a hidden layer, a softmax."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.models.neural.estimator import NeuralLanguageModel
from densevec.models.neural.network import LanguageNetwork, NPLMNetwork
from densevec.models.neural.parameters import NPLMParameters
from densevec.models.neural.reading import HistoryReading


class NPLM(NPLMParameters, NeuralLanguageModel):
    """A language model of n-grams by a neural network (Bengio et al. 2003).

    P(w | history) is the output layer's for the query h = tanh(H [x_1 ; … ; x_{n−1}] + b), x_i the vector of the i-th
    last word; with direct connections the query is [h ; x_1 ; … ; x_{n−1}].

    Examples
    --------
    >>> from densevec import Aviary, NPLM
    >>> model = NPLM(Aviary(2_000), dim=16, hidden=16, order=3, epochs=1).train()
    >>> round(sum(probability for _, probability in model.next_words(["the"], topn=None)), 4)
    1.0
    """

    command: ClassVar[str] = "nplm"

    def _make_layers(self, settings: Any, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        network = NPLMNetwork(
            num_words, settings.dim, settings.order - 1, settings.hidden, settings.direct, settings.tied, seed
        )
        return network, network.query_size

    def _reading(self, settings: Any, network: NPLMNetwork, vocabulary: Vocabulary) -> HistoryReading:
        return HistoryReading(network, settings, marks_of(vocabulary).end, settings.order - 1)
