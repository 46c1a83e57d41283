"""The fused engine of the vector log-bilinear model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch

from densevec._cy.window import best_variant, train_window
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Position
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.models._fused import (
    Array,
    FusedTask,
    KernelNoise,
    KernelText,
    Share,
    Turns,
    give_back,
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
        self._noise = KernelNoise.of(output)
        self._output = output.words.weight
        num_places, dim = self.network.position.shape
        position = zeros(num_places, padded(dim))
        position[:, :dim] = self.network.position.detach().numpy()
        self.network.position.data = torch.from_numpy(position)[:, :dim]
        self.arrays = {
            "input": take_rows(self.network.input),
            "output": take_rows(self._output),
            "bias": cast(Array, self._noise.bias),
            "position": position,
            "input_squares": np.full(len(vocabulary), START_SQUARE, np.float32),
            "output_squares": np.full(len(vocabulary), START_SQUARE, np.float32),
            "position_squares": np.full(num_places, START_SQUARE, np.float32),
        }
        self._keep = np.full(len(vocabulary), 2**32 - 1, np.uint32)
        self._boundary = model._boundary(vocabulary)
        self._prepare()

    # HistoryTask comes first for the best weights in its state; how training goes is the kernel's affair

    def batches(self, epoch: int, start: Position) -> Iterator[Turns]:
        return FusedTask.batches(self, epoch, start)

    def fault(self, everywhere: bool = False) -> str | None:
        return super().fault(True) if everywhere else None

    def _kernel_text(self, seed: int) -> KernelText:
        return KernelText(self.reader.ids, self.reader.offsets, self._keep, seed, True, self.model.window, False)

    def _run(self, text: KernelText, share: Share, scale: float) -> tuple[Sequence[float], int, int]:
        arrays, noise, negative = self.arrays, self._noise, self.model.negative
        squares = arrays["input_squares"], arrays["output_squares"], arrays["position_squares"]
        loss, num_tokens, num_read = train_window(
            *text, *share, self._num_own, arrays["input"], arrays["output"], scale * self.learning_rate,
            False, False, self.model.dim, arrays["position"], self._boundary, *squares,
            noise.table, negative, negative, negative, noise.bias, noise.log_noise, None, None, None, best_variant(),
        )  # fmt: skip
        return (loss,), num_tokens, num_read

    def finish(self) -> None:
        super().finish()
        give_back(self.network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self.network.position.data = self.network.position.data.clone()
        self.arrays = {}
