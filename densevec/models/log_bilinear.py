"""The log-bilinear language model: the words of a history predict a word's vector."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.perplexity import Perplexity
from densevec.errors import ParameterError
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.models._history_model import HistoryModel
from densevec.models._language_network import LanguageNetwork, LogBilinearNetwork
from densevec.models._language_task import HistoryTask
from densevec.models._log_bilinear_fused import FusedLogBilinearTask
from densevec.models._neural_language_model import OutputName
from densevec.models.gradient_model import ENGINE_RULE
from densevec.vectors import KeyedVectors

_FUSED = {  # what the fused engine takes for granted
    "position_matrices": "diagonal",
    "output_layer": "nce",
    "tied": False,
    "dropout": 0.0,
    "cross_sentences": False,
}


class LogBilinear(HistoryModel):
    """A log-bilinear language model (Mnih & Hinton 2007), also in its vector form (Mnih & Kavukcuoglu 2013).

    P(w | history) is the output layer's for the query ẑ = Σ_i C_i x_i, x_i the vector of the i-th word of the history:
    with the full softmax P(w | history) ∝ exp(ẑ·y_w + b_w).

    With ``context="both"`` a word is predicted from those after it too.  That is no model of sentences: ``log_prob``
    is then the pseudo-log-likelihood Σ_i log P(w_i | all others near it), which ranks sentences, as in ``complete``;
    with output layer "nce" log P is here the score itself, its normaliser taken to be 1 as in training: that needs no
    sum over the vocabulary, and fills gaps better.  Perplexity and ``next_words`` are errors.

    Parameters
    ----------
    window : words of the history, on each side
    context : "left", words before, or "both" sides
    position_matrices : "full", or "diagonal" as in the vector form, many times faster
    engine : "fused" trains by compiled kernels on a CPU: diagonal position matrices and output layer "nce" only,
        without tying, dropout or histories across sentences; "torch" by automatic differentiation, on any device;
        "auto" is fused where it can be.  The fused engine takes a step after each token, by Adagrad with one sum of
        squares a row for all that is learned, and ``negative`` tokens in a row share a noise word; batch_size,
        noise_size and network_learning_rate are the torch engine's.  With more than one worker its result is not the
        same every time

    Examples
    --------
    >>> from densevec import Aviary, LogBilinear
    >>> model = LogBilinear(Aviary(2_000), dim=16, window=3, epochs=1).train()
    >>> len(model.complete(["the", None, "laid", "an", "egg"], ["kiwi", "of"]))
    2
    """

    command: ClassVar[str] = "lbl"
    rules: ClassVar[Mapping[str, Rule]] = {
        **HistoryModel.rules,
        "window": Interval(int, 1, 100),
        "context": Choice(("left", "both")),
        "position_matrices": Choice(("full", "diagonal")),
        "engine": ENGINE_RULE,
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        window: int = 5,
        context: Literal["left", "both"] = "left",
        position_matrices: Literal["full", "diagonal"] = "full",
        cross_sentences: bool = False,
        batch_size: int = 1024,
        output_layer: OutputName = "nce",
        negative: int = 25,
        noise_size: int = 1000,
        ns_exponent: float = 1.0,
        tree: str | os.PathLike[str] | KeyedVectors = "huffman",
        tied: bool = False,
        dropout: float = 0.0,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        epochs: int = 5,
        patience: int | None = None,
        learning_rate: float = 0.1,
        min_learning_rate: float = 1e-3,
        network_learning_rate: float = 1e-3,
        workers: int = 1,
        seed: int = 1,
        device: str = "auto",
        engine: Literal["auto", "fused", "torch"] = "auto",
        lowercase: bool = False,
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        max_sentence_length: int = 10_000,
        errors: Literal["strict", "replace", "ignore"] = "strict",
        cache_dir: str | None = None,
    ) -> None:
        super().__init__(
            corpus,
            dim,
            output_layer=output_layer,
            negative=negative,
            noise_size=noise_size,
            ns_exponent=ns_exponent,
            tree=tree,
            tied=tied,
            dropout=dropout,
            min_count=min_count,
            max_vocab_size=max_vocab_size,
            trim_rule=trim_rule,
            epochs=epochs,
            patience=patience,
            learning_rate=learning_rate,
            min_learning_rate=min_learning_rate,
            network_learning_rate=network_learning_rate,
            workers=workers,
            seed=seed,
            device=device,
            lowercase=lowercase,
            tokenizer=tokenizer,
            max_sentence_length=max_sentence_length,
            errors=errors,
            cache_dir=cache_dir,
        )
        self.window = window
        self.context = context
        self.position_matrices = position_matrices
        self.cross_sentences = cross_sentences
        self.batch_size = batch_size
        self.engine = engine

    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> HistoryTask:
        kind = FusedLogBilinearTask if self._is_fused(self.engine, self._obstacle()) else HistoryTask
        return kind(self, vocabulary, encoded, held_out)

    def _obstacle(self) -> str | None:
        """What the fused engine cannot train, None if it can."""
        for name, wanted in _FUSED.items():
            if (given := getattr(self, name)) != wanted:
                return f"{name}={given!r}"
        return None

    def _check(self) -> None:
        super()._check()
        self._is_fused(self.engine, self._obstacle())

    def _places(self) -> tuple[int, int]:
        return self.window, self.window if self.context == "both" else 0

    def _make_layers(self, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        is_diagonal = self.position_matrices == "diagonal"
        network = LogBilinearNetwork(num_words, self.dim, sum(self._places()), is_diagonal, seed)
        return network, network.query_size

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        if self.context == "left" or not isinstance(self.output, NoiseContrastiveEstimation):
            yield from super()._log_probs(ids, offsets, is_running)
            return
        for query, targets in self._queries(ids, offsets, self._boundary(self.vocabulary), is_running):
            yield self.output.log_probs(query, targets).cpu().numpy()

    def perplexity(self, corpus: Any) -> Perplexity:
        self._refuse_both_sides("perplexity")
        return super().perplexity(corpus)

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        self._refuse_both_sides("next_words")
        return super()._next_log_probs(history)

    def _refuse_both_sides(self, what: str) -> None:
        if self.context == "both":
            raise ParameterError(
                f"context must be 'left' for {what}, got 'both', whose probabilities of words given the words around "
                "them are no model of text; train with context='left'"
            )
