"""Training of skip-gram and CBOW as the trainer sees it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from densevec._random import integer_seed
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Block, BlockReader
from densevec.models._point_network import PointNetwork
from densevec.models._vocabulary_task import copy_rows
from densevec.models._window_task import WindowTask
from densevec.objectives.base import Loss
from densevec.training.device_blocks import DeviceBlockReader, TokenBlock
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import KeyedVectors

if TYPE_CHECKING:
    from densevec.models._point_embedding import PointEmbedding

_BOUND = 1e4  # of a number in a word vector: trained ones stay below 10


class PointTask(WindowTask):
    """Batches, loss and health of one training run.

    Tables learn by plain gradient descent, the gradient of a block summed over its pairs: ``learning_rate`` is what
    a pair moves its rows by, as in word2vec, whatever the size of the block.
    """

    network: PointNetwork

    def __init__(
        self,
        model: PointEmbedding,
        vocabulary: Vocabulary,
        encoded: EncodedCorpus,
        held_out: EncodedCorpus | None,
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        start = torch.Generator().manual_seed(integer_seed(model.seed, "initialisation"))
        self.network = model._make_network(vocabulary, start).to(self.device)

    @cached_property
    def optimiser(self) -> Optimiser:  # type: ignore[override]  # made when needed: the fused engine has its own
        rate = TableRate(self.learning_rate, None)
        return Optimiser(self.network, dict.fromkeys(Optimiser.tables_of(self.network), rate), 0.0)

    def _reader(self, encoded: EncodedCorpus) -> BlockReader | DeviceBlockReader:
        if self.device.type == "cpu":
            return BlockReader(encoded.ids, encoded.offsets, self.keep, **self._reading())
        return DeviceBlockReader(encoded.ids, encoded.offsets, self.keep, **self._reading(), device=self.device)

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.input, rows, vectors.vectors[theirs])

    def _block_loss(self, block: Any, random: np.random.Generator, done: float) -> Loss:
        tokens = block if isinstance(block, TokenBlock) else self._on_device(block)
        self._rows = torch.unique(tokens.ids)
        return self.network(tokens, self._draws(random))

    def _on_device(self, block: Block) -> TokenBlock:
        ids, left, right = (
            torch.from_numpy(array).to(self.device, non_blocking=True) for array in (block.ids, block.left, block.right)
        )
        return TokenBlock(ids.long(), left, right, block.num_read, block.next)

    def fault(self, everywhere: bool = False) -> str | None:
        """The word, of the last step or of all, whose vector has run away or is not finite."""
        runaway = self._runaway(self.network.input, _BOUND, everywhere)
        return None if runaway is None else "a number in the vector of {!r} is {:.3g}".format(*runaway)
