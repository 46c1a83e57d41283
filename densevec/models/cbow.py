"""CBOW: from the words around a place to the word in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import torch

from densevec._validation import Choice, Rule
from densevec.corpus import Vocabulary
from densevec.models._point_embedding import OutputName, PointEmbedding
from densevec.models._point_network import CBOWNetwork, PointNetwork


class CBOW(PointEmbedding):
    """Continuous bag of words: word vectors whose mean or sum predicts the word they surround (Mikolov et al. 2013).

    For every kept token of word v with context words c_k the loss is that of predicting v from h = mean_k x_{c_k} (or
    the sum), by negative sampling −log σ(h·y_v) − Σ_n log σ(−h·y_n), in nats; other output layers are at choice.
    Each x_{c_k} takes the whole step of h, also where h is the mean, as in word2vec.  ``vectors`` are the rows x;
    the file keeps the output layer too.

    Parameters
    ----------
    combine : the mean of the context words' vectors, or their sum

    Examples
    --------
    >>> from densevec import Aviary, CBOW
    >>> model = CBOW(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.vectors.vector_size
    16
    """

    command: ClassVar[str] = "cbow"
    network_class: ClassVar[type[PointNetwork]] = CBOWNetwork
    rules: ClassVar[Mapping[str, Rule]] = {**PointEmbedding.rules, "combine": Choice(("mean", "sum"))}

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        window: int = 5,
        combine: Literal["mean", "sum"] = "mean",
        shrink_windows: bool = True,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        sample: float = 1e-3,
        output_layer: OutputName = "negative",
        negative: int = 5,
        noise_size: int = 256,
        noise_words: int = 10,
        noise_tokens: int = 10,
        ns_exponent: float = 0.75,
        epochs: int = 5,
        batch_size: int = 256,
        learning_rate: float = 0.05,
        min_learning_rate: float = 1e-4,
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
            window=window,
            shrink_windows=shrink_windows,
            min_count=min_count,
            max_vocab_size=max_vocab_size,
            trim_rule=trim_rule,
            sample=sample,
            output_layer=output_layer,
            negative=negative,
            noise_size=noise_size,
            noise_words=noise_words,
            noise_tokens=noise_tokens,
            ns_exponent=ns_exponent,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            min_learning_rate=min_learning_rate,
            workers=workers,
            seed=seed,
            device=device,
            engine=engine,
            lowercase=lowercase,
            tokenizer=tokenizer,
            max_sentence_length=max_sentence_length,
            errors=errors,
            cache_dir=cache_dir,
        )
        self.combine = combine

    def _make_network(self, vocabulary: Vocabulary, seed: torch.Generator | None) -> PointNetwork:
        network = super()._make_network(vocabulary, seed)
        assert isinstance(network, CBOWNetwork)
        network.combine = self.combine
        return network
