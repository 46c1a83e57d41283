"""The fused engine of skip-gram and CBOW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from densevec._cy.window import best_variant, train_window
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.output import HierarchicalSoftmax, NegativeSampling, NoiseContrastiveEstimation
from densevec.models._fused import FusedTask, KernelNoise, KernelText, Share, give_back, take_rows
from densevec.models._point_network import CBOWNetwork
from densevec.models._point_task import PointTask

if TYPE_CHECKING:
    from densevec.models._point_embedding import PointEmbedding

_NO_HISTORY = None, 0, None, None, None
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
        self.arrays["input"] = take_rows(self.network.input)
        if noise.bias is not None:
            self.arrays["bias"] = noise.bias
        self._layer = (
            noise.table, model.negative, model.noise_words, model.noise_tokens, noise.bias, noise.log_noise,
            paths, nodes, turns,
        )  # fmt: skip
        is_cbow = isinstance(self.network, CBOWNetwork)
        self._kind = (is_cbow, is_cbow and self.network.combine == "mean", model.dim)
        self._prepare()

    def _run(self, text: KernelText, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        rate = scale * self.learning_rate
        tables = self.arrays["input"], self.arrays["output"]
        loss, num_tokens, num_read = train_window(
            *text, *share, self._num_own, *tables, rate, *self._kind, *_NO_HISTORY, *self._layer, best_variant()
        )
        return (loss,), num_tokens, num_read

    def finish(self) -> None:
        give_back(self.network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self.arrays = {}
