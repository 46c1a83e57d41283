"""The fused engine of skip-gram and CBOW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from densevec._cy.sampling import alias_table
from densevec._cy.window import best_variant, train_window
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.layers.output import HierarchicalSoftmax
from densevec.models._fused import FusedTask, KernelText, Share, give_back, take_rows
from densevec.models._point_network import CBOWNetwork
from densevec.models._point_task import PointTask
from densevec.training.optimisers import Optimiser

if TYPE_CHECKING:
    from densevec.models._point_embedding import PointEmbedding

FUSED_LAYERS = ("negative", "hierarchical")


class FusedPointTask(FusedTask, PointTask):
    """Negative sampling or hierarchical softmax, by a kernel."""

    terms = ("prediction",)

    def __init__(
        self,
        model: PointEmbedding,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        tables = Optimiser.tables_of(self.network)
        (self._output,) = (table for name, table in tables.items() if name != "input")
        self.arrays = {"input": take_rows(self.network.input), "output": take_rows(self._output)}
        noise = paths = nodes = turns = None
        if model.output_layer == "negative":
            noise = alias_table(vocabulary.counts.astype(np.float64) ** model.ns_exponent)
        else:
            tree = cast(HierarchicalSoftmax, self.network.output)
            paths, nodes, turns = tree.offsets.numpy(), tree.nodes.int().numpy(), tree.turns.byte().numpy()
        self._layer = (noise, model.negative, model.noise_span, model.noise_span, paths, nodes, turns)
        is_cbow = isinstance(self.network, CBOWNetwork)
        self._kind = (is_cbow, is_cbow and self.network.combine == "mean")
        self._prepare()

    def _run(self, text: KernelText, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        rate = scale * self.learning_rate
        tables = self.arrays["input"], self.arrays["output"]
        loss, num_tokens, num_read = train_window(
            *text, *share, *tables, rate, *self._kind, *self._layer, best_variant()
        )
        return (loss,), num_tokens, num_read

    def finish(self) -> None:
        give_back(self.network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self.arrays = {}
