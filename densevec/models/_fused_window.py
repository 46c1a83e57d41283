"""The fused engine of SkipGram and CBOW."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from densevec._cy.huffman import huffman_tree
from densevec._cy.sampling import alias_table
from densevec._cy.window import best_variant, train_window
from densevec.corpus import EncodedCorpus
from densevec.errors import ParameterError
from densevec.models._fused import (
    FloatTable,
    FusedTask,
    KernelText,
    Share,
    copy_known,
    padded,
    uniform,
    unpadded,
    zeros,
)
from densevec.vectors import KeyedVectors


class FusedWindowTask(FusedTask):
    """Tables, output layer and kernel of one training run.

    Parameters
    ----------
    counts : (V,) of the words, before subsampling
    combine : None for SkipGram; "mean" or "sum" for CBOW
    output_layer : "negative" or "hierarchical"
    negative, ns_exponent, noise_words, noise_tokens : of negative sampling
    """

    terms = ("reconstruction",)

    def __init__(
        self,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
        keep: npt.NDArray[np.float64],
        counts: npt.NDArray[np.int64],
        *,
        dim: int,
        combine: Literal["mean", "sum"] | None,
        output_layer: Literal["negative", "hierarchical"],
        negative: int,
        ns_exponent: float,
        noise_words: int,
        noise_tokens: int,
        seed: int,
        **settings: Any,
    ) -> None:
        super().__init__(encoded, held_out, keep, seed=seed, **settings)
        self.dim = dim
        self.input = uniform(len(counts), dim, 0.5 / dim, seed, "initialisation")
        self.output = zeros(len(counts), padded(dim))
        noise = paths = nodes = turns = None
        if output_layer == "negative":
            noise = alias_table(np.asarray(counts, np.float64) ** ns_exponent)
        else:
            paths, nodes, turns = huffman_tree(counts * keep)
        self._layer = (noise, negative, noise_words, noise_tokens, paths, nodes, turns)
        self._kind = (combine is not None, combine == "mean")
        self._is_finished = False

    def _run(self, text: KernelText, share: Share, rate: float) -> tuple[Sequence[float], int, int]:
        loss, num_tokens, num_read = train_window(
            *text, *share, self.input, self.output, rate, *self._kind, *self._layer, best_variant()
        )
        return (loss,), num_tokens, num_read

    def _tables(self) -> Mapping[str, FloatTable]:
        return {"input": self.input, "output": self.output}

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        if vectors.vector_size != self.dim:
            raise ParameterError(f"init_from must have dim {self.dim}, got vectors of {vectors.vector_size}")
        copy_known(self.input, vectors.vectors, vectors, words)

    def finish(self) -> None:
        self.input, self.output = unpadded(self.input, self.dim), unpadded(self.output, self.dim)
        self._is_finished = True

    def learned(self) -> tuple[FloatTable, FloatTable]:
        """Input and output table, (V, d); copies while training runs."""
        if self._is_finished:
            return self.input, self.output
        return self.input[:, : self.dim].copy(), self.output[:, : self.dim].copy()
