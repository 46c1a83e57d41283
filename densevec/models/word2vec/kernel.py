"""The kernel of skip-gram and CBOW: negative sampling, noise-contrastive estimation or hierarchical softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from densevec._cy.window import best_variant, train_window
from densevec.layers.output import HierarchicalSoftmax, NegativeSampling, NoiseContrastiveEstimation
from densevec.models.word2vec.network import CBOWNetwork, PointNetwork
from densevec.models.word2vec.parameters import PointParameters
from densevec.training.kernel import OWN_ROWS, Kernel, KernelNoise, KernelText, Share, give_back, take_rows

_NO_HISTORY = None, 0, None, None, None
PART_TOKENS = 2**14  # that a thread takes at a time; after each, threads bring their copies together


class PointKernel(Kernel):
    """The kernel on the tables of a network."""

    terms = ("prediction",)

    def __init__(self, network: PointNetwork, settings: PointParameters) -> None:
        self._network = network
        output = network.output
        noise = KernelNoise()
        paths = nodes = turns = None
        if isinstance(output, HierarchicalSoftmax):
            scores = output.inner
            paths, nodes, turns = output.offsets.numpy(), output.nodes.int().numpy(), output.turns.byte().numpy()
        else:
            output = cast(NegativeSampling | NoiseContrastiveEstimation, output)
            scores, noise = output.words, KernelNoise.of(output)
        self._output = scores.weight
        self.arrays = {"output": take_rows(self._output)}
        self.arrays["input"] = take_rows(network.input)
        if noise.bias is not None:
            self.arrays["bias"] = noise.bias
        self._layer = (
            noise.table, settings.negative, settings.noise_words, settings.noise_tokens, noise.bias, noise.log_noise,
            paths, nodes, turns,
        )  # fmt: skip
        is_cbow = isinstance(network, CBOWNetwork)
        self._kind = (is_cbow, is_cbow and network.combine == "mean", settings.dim)
        self._learning_rate = settings.learning_rate
        self._num_own = OWN_ROWS if settings.workers > 1 else 0

    def run(self, text: KernelText, share: Share, scale: float, done: float) -> tuple[Sequence[float], int, int]:
        rate = scale * self._learning_rate
        tables = self.arrays["input"], self.arrays["output"]
        loss, num_tokens, num_read = train_window(
            *text, *share, self._num_own, *tables, rate, *self._kind, *_NO_HISTORY, *self._layer, best_variant()
        )
        return (loss,), num_tokens, num_read

    def give_back(self) -> None:
        give_back(self._network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
