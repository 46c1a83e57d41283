"""Recurrent neural language models."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.layers.recurrent import Recurrent
from densevec.models.neural.estimator import NeuralLanguageModel
from densevec.models.neural.network import LanguageNetwork, RecurrentNetwork
from densevec.models.neural.parameters import RNNLMParameters
from densevec.models.neural.reading import StreamReading


class RNNLM(RNNLMParameters, NeuralLanguageModel):
    """A recurrent language model over running text (Mikolov et al. 2010).

    The query is z_t of the last layer: z_t = f(U x_t + W z_{t−1} + b) for Elman's cells, GRU and LSTM by option, x_t
    the vector of word t.  Training reads parallel streams of the text, carries their states from batch to batch,
    across the ends of sentences, and lets gradients reach back to the beginning of the batch (truncated
    back-propagation through time).  ``perplexity`` carries the state through its text in the same way; sentences
    scored by themselves begin with a state of zeros and "</s>".

    Examples
    --------
    >>> from densevec import Aviary, RNNLM
    >>> model = RNNLM(Aviary(2_000), dim=16, hidden=16, streams=8, epochs=1).train()
    >>> model.log_prob(["the", "kiwi", "laid", "an", "egg"]) < 0
    True
    """

    command: ClassVar[str] = "rnnlm"

    def _make_layers(self, settings: Any, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        recurrent = Recurrent(
            settings.dim,
            settings.hidden,
            cell=settings.cell,
            activation=settings.activation,
            num_layers=settings.layers,
            seed=seed,
        )
        network = RecurrentNetwork(num_words, settings.dim, recurrent, settings.tied, seed)
        return network, network.query_size

    def _reading(self, settings: Any, network: RecurrentNetwork, vocabulary: Vocabulary) -> StreamReading:
        end = marks_of(vocabulary).end
        return StreamReading(network, boundary=end, streams=settings.streams, steps=settings.steps, seed=settings.seed)
