"""The kernel of skip-gram and CBOW: negative sampling, noise-contrastive estimation or hierarchical softmax."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from densevec._cy.blocks import Share
from densevec._cy.huffman import Paths, huffman_tree
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.window import WindowKernel
from densevec._cy.word_rows import WordRows as CompiledRows
from densevec._random import UniformDraws
from densevec.layers.support import log_noise
from densevec.models.word2vec.parameters import PointParameters
from densevec.training.kernel import Tally, TrainingKernel, own_rows
from densevec.training.tables import Array, close_gaps, on_pages, padded, uniform_rows, zeros

if TYPE_CHECKING:
    from densevec.layers.word_pieces import WordPieces

_INPUT = "input.weight"  # a table by the name that the network has for it
_OUTPUTS = {"hierarchical": "output.inner.weight.weight"}  # and those of layers whose rows are no words
_OUTPUT, _BIAS = "output.words.weight.weight", "output.words.bias.weight"


class PointKernel(TrainingKernel):
    """The kernel on tables of its own: word vectors drawn uniformly, and output vectors of zeros, as in word2vec.

    Parameters
    ----------
    counts, kept_counts : (V,) of the text, and after subsampling
    start : seed of the numbers that word vectors start from
    pieces : what words are made of, where they are made of several rows
    threads : that have the tables in common, of other processes too
    """

    terms = ("prediction",)

    def __init__(
        self,
        settings: PointParameters,
        counts: Array,
        kept_counts: npt.NDArray[np.float64],
        start: int,
        pieces: WordPieces | None,
        threads: int,
    ) -> None:
        num_words, dim = len(counts), settings.dim
        shapes = table_shapes(settings, num_words)
        (self._output,) = (name for name in shapes if name not in (_INPUT, _BIAS))
        self.arrays = {"output": zeros(shapes[self._output][0], padded(dim))}
        num_rows, bound = (num_words, 0.5 / dim) if pieces is None else (pieces.num_rows, 1 / dim)
        self.arrays["input"] = uniform_rows(num_rows, dim, bound, UniformDraws(start), pieces is not None)
        self.tables = {_INPUT: self.arrays["input"][:, :dim], self._output: self.arrays["output"][:, :dim]}
        if _BIAS in shapes:
            self.arrays["bias"] = on_pages(np.log(kept_counts / kept_counts.sum()).astype(np.float32))
            self.tables[_BIAS] = self.arrays["bias"][:, None]
        self.lock = on_pages(np.zeros(1, np.int64))
        self._kernel = WindowKernel(
            self.arrays["input"],
            self.arrays["output"],
            _layer(settings, counts, self.arrays.get("bias")),
            dim=dim,
            combine=getattr(settings, "combine", None),
            num_own=own_rows(threads),
            lock=self.lock,
            word_rows=None if pieces is None else CompiledRows(pieces.offsets, pieces.rows, pieces.num_rows),
        )
        self._learning_rate = settings.learning_rate

    def run(self, share: Share, scale: float, done: float) -> Tally:
        return self._kernel.train(share, scale * self._learning_rate)

    def give_back(self) -> None:
        del self._kernel
        for name, table in (("input", _INPUT), ("output", self._output)):
            dim = self.tables[table].shape[1]
            self.tables[table] = close_gaps(self.arrays[name], dim)


def table_shapes(settings: PointParameters, num_words: int) -> dict[str, tuple[int, int]]:
    """Shapes of the tables that a kernel trains, by the names that a network has for them."""
    num_outputs = num_words - 1 if settings.output_layer == "hierarchical" else num_words
    output = _OUTPUTS.get(settings.output_layer, _OUTPUT)
    shapes = {_INPUT: (num_words, settings.dim), output: (num_outputs, settings.dim)}
    return shapes | ({_BIAS: (num_words, 1)} if settings.output_layer == "nce" else {})


def _layer(settings: PointParameters, counts: Array, bias: Array | None) -> Noise | Paths:
    """What the kernel predicts words by."""
    if settings.output_layer == "hierarchical":
        return Paths(*huffman_tree(counts))
    noise = log_noise(counts, settings.ns_exponent)
    drawn = alias_table(np.exp(noise)), settings.negative, settings.noise_words, settings.noise_tokens
    if bias is None:
        return Noise(*drawn)
    return Noise(*drawn, bias, (noise + math.log(settings.negative)).astype(np.float32))
