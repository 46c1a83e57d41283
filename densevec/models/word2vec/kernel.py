"""The kernel of skip-gram and CBOW: negative sampling, noise-contrastive estimation or hierarchical softmax."""

from __future__ import annotations

from typing import cast

from densevec._cy.blocks import Share
from densevec._cy.huffman import Paths
from densevec._cy.sampling import Noise
from densevec._cy.window import WindowKernel
from densevec._cy.word_rows import WordRows
from densevec.layers.output import HierarchicalSoftmax, NegativeSampling, NoiseContrastiveEstimation
from densevec.models.word2vec.network import CBOWNetwork, PointNetwork
from densevec.models.word2vec.parameters import PointParameters
from densevec.training.kernel import OWN_ROWS, Tally, TrainingKernel, give_back, kernel_noise, take_rows

PART_TOKENS = 2**14  # that a thread takes at a time; after each, threads bring their copies together


class PointKernel(TrainingKernel):
    """The kernel on the tables of a network."""

    terms = ("prediction",)

    def __init__(self, network: PointNetwork, settings: PointParameters) -> None:
        self._network = network
        output = network.output
        layer: Noise | Paths
        bias = None
        if isinstance(output, HierarchicalSoftmax):
            scores = output.inner
            layer = Paths(output.offsets.numpy(), output.nodes.int().numpy(), output.turns.byte().numpy())
        else:
            output = cast(NegativeSampling | NoiseContrastiveEstimation, output)
            scores, bias = output.words, output.words.bias
            layer = kernel_noise(output, settings.negative, settings.noise_words, settings.noise_tokens)
        self._output = scores.weight
        self.arrays = {"output": take_rows(self._output)}
        self.arrays["input"] = take_rows(network.input)
        if bias is not None:
            self.arrays["bias"] = bias.weight.numpy()[:, 0]
        word_rows = None
        if network.word_rows is not None:
            made_of = network.word_rows
            word_rows = WordRows(made_of.offsets.numpy(), made_of.rows.numpy(), made_of.num_rows)
        self._kernel = WindowKernel(
            self.arrays["input"],
            self.arrays["output"],
            layer,
            combine=network.combine if isinstance(network, CBOWNetwork) else None,
            num_own=OWN_ROWS if settings.workers > 1 else 0,
            word_rows=word_rows,
        )
        self._learning_rate = settings.learning_rate

    def run(self, share: Share, scale: float, done: float) -> Tally:
        return self._kernel.train(share, scale * self._learning_rate)

    def give_back(self) -> None:
        del self._kernel
        give_back(self._network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
