"""The log-bilinear language model: the words of a history predict a word's vector."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.models.neural.estimator import NeuralLanguageModel
from densevec.models.neural.kernel import log_bilinear_engine
from densevec.models.neural.network import LanguageNetwork, LogBilinearNetwork
from densevec.models.neural.parameters import LogBilinearParameters
from densevec.models.neural.reading import HistoryReading


class LogBilinear(LogBilinearParameters, NeuralLanguageModel):
    """A log-bilinear language model (Mnih & Hinton 2007), also in its vector form (Mnih & Kavukcuoglu 2013).

    P(w | history) is the output layer's for the query ẑ = Σ_i C_i x_i, x_i the vector of the i-th last word: with the
    full softmax P(w | history) ∝ exp(ẑ·y_w + b_w).  ``network.position`` (C, d, d) has the C_i transposed, diagonal
    ones as vectors (C, d).

    With ``context="both"`` a word is predicted from those after it too.  That is no model of sentences: ``log_prob``
    is then the pseudo-log-likelihood Σ_i log P(w_i | all others near it), which ranks sentences, as in ``complete``;
    with output layer "nce" log P is here the score itself, its normaliser taken to be 1 as in training: that needs no
    sum over the vocabulary, and fills gaps better.  Perplexity and ``next_words`` are errors.

    The fused engine takes a step after each token, by Adagrad with one sum of squares a row for all that is learned,
    and ``negative`` tokens in a row share a noise word.

    Examples
    --------
    >>> from densevec import Aviary, LogBilinear
    >>> model = LogBilinear(Aviary(2_000), dim=16, window=3, epochs=1).train()
    >>> len(model.complete(["the", None, "laid", "an", "egg"], ["kiwi", "of"]))
    2
    """

    command: ClassVar[str] = "lbl"
    kernel_engine = staticmethod(log_bilinear_engine)

    @staticmethod
    def _places_after(settings: Any) -> int:
        return settings.window if settings.context == "both" else 0

    def _make_layers(self, settings: Any, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        is_diagonal, places = settings.position_matrices == "diagonal", settings.window + self._places_after(settings)
        network = LogBilinearNetwork(num_words, settings.dim, places, is_diagonal, seed)
        return network, network.query_size

    def _reading(self, settings: Any, network: LogBilinearNetwork, vocabulary: Vocabulary) -> HistoryReading:
        return HistoryReading(
            network, settings, marks_of(vocabulary).end, settings.window, self._places_after(settings)
        )
