"""The fused engine of the vector log-bilinear model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch

from densevec._cy.blocks import Share, Text
from densevec._cy.window import History, WindowKernel
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Position
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.layers.table import RowTable
from densevec.models._fused import (
    FusedTask,
    Turns,
    give_back,
    kernel_noise,
    padded,
    take_rows,
    zeros,
)
from densevec.models._language_network import LogBilinearNetwork
from densevec.models._language_task import START_SQUARE, HistoryTask


class FusedLogBilinearTask(HistoryTask, FusedTask):
    """Noise-contrastive estimation with diagonal position matrices, by a kernel; row-wise Adagrad for everything."""

    network: LogBilinearNetwork
    terms = ("prediction",)
    part_tokens = 2**14  # after each, threads bring their copies together

    def __init__(
        self, model: Any, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        output = cast(NoiseContrastiveEstimation, self.network.output)
        self._output = output.words.weight
        num_places, dim = self.network.position.shape
        position = zeros(num_places, padded(dim))
        position[:, :dim] = self.network.position.detach().numpy()
        self.network.position.data = torch.from_numpy(position)[:, :dim]
        self.arrays = {
            "input": take_rows(self.network.input),
            "output": take_rows(self._output),
            "bias": cast(RowTable, output.words.bias).weight.numpy()[:, 0],
            "position": position,
            "input_squares": np.full(len(vocabulary), START_SQUARE, np.float32),
            "output_squares": np.full(len(vocabulary), START_SQUARE, np.float32),
            "position_squares": np.full(num_places, START_SQUARE, np.float32),
        }
        squares = (self.arrays[f"{table}_squares"] for table in ("input", "output", "position"))
        self.kernel = WindowKernel(
            self.arrays["input"],
            self.arrays["output"],
            kernel_noise(output, *[model.negative] * 3),
            history=History(model.dim, position, model._boundary(vocabulary), *squares),
            num_own=self._num_own,
        )
        self._prepare()

    # HistoryTask comes first for the best weights in its state; how training goes is the kernel's affair

    def batches(self, epoch: int, start: Position) -> Iterator[Turns]:
        return FusedTask.batches(self, epoch, start)

    def fault(self, everywhere: bool = False) -> str | None:
        return super().fault(True) if everywhere else None

    def _text(self) -> Text:
        return Text(self.reader.ids, self.reader.offsets, None, self.model.window, False, True)

    def _run(self, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        return self.kernel.train(share, scale * self.learning_rate)

    def finish(self) -> None:
        super().finish()
        del self.kernel
        give_back(self.network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self.network.position.data = self.network.position.data.clone()
        self.arrays = {}
