"""Recurrent neural language models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.recurrent import ACTIVATIONS, CELLS, Activation, Cell, Recurrent
from densevec.models._language_network import LanguageNetwork, RecurrentNetwork
from densevec.models._language_task import StreamTask
from densevec.models._neural_language_model import NeuralLanguageModel, OutputName
from densevec.vectors import KeyedVectors

_SENTENCES_AT_ONCE = 64
_STEPS_AT_ONCE = 512


class RNNLM(NeuralLanguageModel):
    """A recurrent language model over running text (Mikolov et al. 2010).

    The query is z_t of the last layer: z_t = f(U x_t + W z_{t−1} + b) for Elman's cells, GRU and LSTM by option, x_t
    the vector of word t.  Training reads parallel streams of the text, carries their states from batch to batch,
    across the ends of sentences, and lets gradients reach back to the beginning of the batch (truncated
    back-propagation through time).  ``perplexity`` carries the state through its text in the same way; sentences
    scored by themselves begin with a state of zeros and "</s>".

    Parameters
    ----------
    cell : "elman", "gru" or "lstm"
    activation : of Elman's cells, "sigmoid" or "tanh"
    hidden : units of a layer
    layers : of cells, one upon the other
    streams : parts of the text that are read side by side
    steps : words of each stream in a batch, as far as gradients reach back

    Examples
    --------
    >>> from densevec import Aviary, RNNLM
    >>> model = RNNLM(Aviary(2_000), dim=16, hidden=16, streams=8, epochs=1).train()
    >>> model.log_prob(["the", "kiwi", "laid", "an", "egg"]) < 0
    True
    """

    command: ClassVar[str] = "rnnlm"
    rules: ClassVar[Mapping[str, Rule]] = {
        **NeuralLanguageModel.rules,
        "cell": Choice(CELLS),
        "activation": Choice(ACTIVATIONS),
        "hidden": Interval(int, 1),
        "layers": Interval(int, 1, 16),
        "streams": Interval(int, 1),
        "steps": Interval(int, 1),
    }
    network: RecurrentNetwork

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        cell: Cell = "lstm",
        activation: Activation = "sigmoid",
        hidden: int = 100,
        layers: int = 1,
        streams: int = 32,
        steps: int = 32,
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
        self.cell = cell
        self.activation = activation
        self.hidden = hidden
        self.layers = layers
        self.streams = streams
        self.steps = steps

    def _make_layers(self, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        recurrent = Recurrent(
            self.dim, self.hidden, cell=self.cell, activation=self.activation, num_layers=self.layers, seed=seed
        )
        network = RecurrentNetwork(num_words, self.dim, recurrent, self.tied, seed)
        return network, network.query_size

    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> StreamTask:
        return StreamTask(self, vocabulary, encoded, held_out)

    def _queries(
        self, ids: np.ndarray, offsets: np.ndarray, boundary: int, is_running: bool
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        if is_running:
            yield from self._of_text(ids, boundary)
            return
        for begin in range(0, len(offsets) - 1, _SENTENCES_AT_ONCE):
            bounds = offsets[begin : begin + _SENTENCES_AT_ONCE + 1]
            yield self._of_sentences(ids, bounds, boundary)

    @torch.no_grad()
    def _of_text(self, ids: np.ndarray, boundary: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """One stream from the text's beginning to its end."""
        state = self.network.recurrent.first_state(1)
        last = np.int32(boundary)
        for begin in range(0, len(ids), _STEPS_AT_ONCE):
            targets = ids[begin : begin + _STEPS_AT_ONCE]
            inputs = np.concatenate([[last], targets[:-1]])
            queries, state = self.network.queries(self._on_device(inputs)[:, None], state)
            last = targets[-1]
            yield queries[:, 0], self._on_device(targets)

    @torch.no_grad()
    def _of_sentences(self, ids: np.ndarray, bounds: np.ndarray, boundary: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Some sentences side by side, each from a state of zeros."""
        lengths = np.diff(bounds)
        step = np.arange(lengths.max())
        is_text = step < lengths[:, None]  # (S, L)
        targets = ids[bounds[0] : bounds[-1]]
        words = np.full(is_text.shape, boundary, np.int32)
        words[is_text] = targets
        inputs = np.concatenate([np.full_like(words[:, :1], boundary), words[:, :-1]], 1)
        state = self.network.recurrent.first_state(len(lengths))
        queries, _ = self.network.queries(self._on_device(inputs).T, state)
        return queries.transpose(0, 1)[torch.from_numpy(is_text).to(queries.device)], self._on_device(targets)
