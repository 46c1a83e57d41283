"""The fused engine of skip-gram and CBOW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from densevec._cy.blocks import Share
from densevec._cy.huffman import Paths
from densevec._cy.sampling import Noise
from densevec._cy.window import WindowKernel
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.output import HierarchicalSoftmax, NegativeSampling, NoiseContrastiveEstimation
from densevec.models._fused import FusedTask, give_back, kernel_noise, take_rows
from densevec.models._point_network import CBOWNetwork
from densevec.models._point_task import PointTask

if TYPE_CHECKING:
    from densevec.models._point_embedding import PointEmbedding

FUSED_LAYERS = ("negative", "nce", "hierarchical")


class FusedPointTask(FusedTask, PointTask):
    """Negative sampling, noise-contrastive estimation or hierarchical softmax, by a kernel."""

    terms = ("prediction",)
    part_tokens = 2**14  # after each, threads bring their copies together

    def __init__(
        self,
        model: PointEmbedding,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        output = self.network.output
        layer: Noise | Paths
        bias = None
        if isinstance(output, HierarchicalSoftmax):
            scores = output.inner
            layer = Paths(output.offsets.numpy(), output.nodes.int().numpy(), output.turns.byte().numpy())
        else:
            output = cast(NegativeSampling | NoiseContrastiveEstimation, output)
            scores, bias = output.words, output.words.bias
            layer = kernel_noise(output, model.negative, model.noise_words, model.noise_tokens)
        self._output = scores.weight
        self.arrays = {"output": take_rows(self._output)}
        self.arrays["input"] = take_rows(self.network.input)
        if bias is not None:
            self.arrays["bias"] = bias.weight.numpy()[:, 0]
        combine = self.network.combine if isinstance(self.network, CBOWNetwork) else None
        self.kernel = WindowKernel(
            self.arrays["input"], self.arrays["output"], layer, combine=combine, num_own=self._num_own
        )
        self._prepare()

    def _run(self, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        return self.kernel.train(share, scale * self.learning_rate)

    def finish(self) -> None:
        del self.kernel
        give_back(self.network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self.arrays = {}
