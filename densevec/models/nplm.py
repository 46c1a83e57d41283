"""The neural probabilistic language model: vectors of the last words side by side, a hidden layer, a softmax."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import torch

from densevec._validation import Instance, Interval, Rule
from densevec.errors import ParameterError
from densevec.models._history_model import HistoryModel
from densevec.models._language_network import LanguageNetwork, NPLMNetwork
from densevec.models._neural_language_model import OutputName
from densevec.vectors import KeyedVectors


class NPLM(HistoryModel):
    """A language model of n-grams by a neural network (Bengio et al. 2003).

    P(w | history) is the output layer's for the query h = tanh(H [x_1 ; … ; x_{n−1}] + b), x_i the vector of the i-th
    last word; with direct connections the query is [h ; x_1 ; … ; x_{n−1}].

    Parameters
    ----------
    order : n, a word and the n − 1 before it
    hidden : units of the hidden layer
    direct : connect the word vectors to the output layer directly too

    Examples
    --------
    >>> from densevec import Aviary, NPLM
    >>> model = NPLM(Aviary(2_000), dim=16, hidden=16, order=3, epochs=1).train()
    >>> round(sum(probability for _, probability in model.next_words(["the"], topn=None)), 4)
    1.0
    """

    command: ClassVar[str] = "nplm"
    rules: ClassVar[Mapping[str, Rule]] = {
        **HistoryModel.rules,
        "order": Interval(int, 2, 100),
        "hidden": Interval(int, 1),
        "direct": Instance((bool,), "True or False"),
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        order: int = 5,
        hidden: int = 100,
        direct: bool = False,
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
        self.order = order
        self.hidden = hidden
        self.direct = direct
        self.cross_sentences = cross_sentences
        self.batch_size = batch_size

    def _check(self) -> None:
        super()._check()
        if self.tied and self.direct:
            raise ParameterError(
                "direct must be False with tied=True, whose queries have the size of a vector, got True"
            )

    def _places(self) -> tuple[int, int]:
        return self.order - 1, 0

    def _make_layers(self, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        network = NPLMNetwork(num_words, self.dim, self.order - 1, self.hidden, self.direct, self.tied, seed)
        return network, network.query_size
