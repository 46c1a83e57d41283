"""The kernel of the vector log-bilinear model: noise-contrastive estimation with diagonal position matrices."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch

from densevec._cy.blocks import Share, Text
from densevec._cy.window import History, WindowKernel
from densevec.corpus import EncodedCorpus
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.layers.table import RowTable
from densevec.models.neural.network import LogBilinearNetwork
from densevec.models.neural.parameters import LogBilinearParameters
from densevec.training.kernel import KernelEngine, Tally, TrainingKernel, own_rows, part_tokens
from densevec.training.row_tables import give_back, kernel_noise, take_rows
from densevec.training.schedules import Schedule
from densevec.training.tables import INITIAL_SQUARE, padded, zeros
from densevec.training.work import TextWork


class LogBilinearKernel(TrainingKernel):
    """The kernel on the tables of a network; row-wise Adagrad for everything."""

    terms = ("prediction",)

    def __init__(self, network: LogBilinearNetwork, settings: LogBilinearParameters, boundary: int) -> None:
        self._network = network
        output = cast(NoiseContrastiveEstimation, network.output)
        self._output = output.words.weight
        num_words, (num_places, dim) = len(network.input.weight), network.position.shape
        position = zeros(num_places, padded(dim))
        position[:, :dim] = network.position.detach().numpy()
        network.position.data = torch.from_numpy(position)[:, :dim]
        self.arrays = {
            "input": take_rows(network.input),
            "output": take_rows(self._output),
            "bias": cast(RowTable, output.words.bias).weight.numpy()[:, 0],
            "position": position,
            "input_squares": np.full(num_words, INITIAL_SQUARE, np.float32),
            "output_squares": np.full(num_words, INITIAL_SQUARE, np.float32),
            "position_squares": np.full(num_places, INITIAL_SQUARE, np.float32),
        }
        squares = (self.arrays[f"{table}_squares"] for table in ("input", "output", "position"))
        self._kernel = WindowKernel(
            self.arrays["input"],
            self.arrays["output"],
            kernel_noise(output, *[settings.negative] * 3),
            dim=dim,
            history=History(position, boundary, *squares),
            num_own=own_rows(settings.workers),
        )
        self._learning_rate = settings.learning_rate

    def run(self, share: Share, scale: float, done: float) -> Tally:
        return self._kernel.train(share, scale * self._learning_rate)

    def give_back(self) -> None:
        del self._kernel
        give_back(self._network.input, self.arrays["input"])
        give_back(self._output, self.arrays["output"])
        self._network.position.data = self._network.position.data.clone()


def log_bilinear_engine(
    network: LogBilinearNetwork,
    settings: LogBilinearParameters,
    encoded: EncodedCorpus,
    boundary: int,
    schedule: Schedule,
) -> KernelEngine:
    """The engine that trains by this kernel."""
    work = TextWork(
        Text(encoded.ids, encoded.offsets, None, settings.window, False, True),
        encoded.offsets,
        epochs=settings.epochs,
        workers=settings.workers,
        seed=settings.seed,
        part_tokens=part_tokens(settings.workers),
        capacity=None,
    )
    return KernelEngine(LogBilinearKernel(network, settings, boundary), work, schedule, settings.workers)
