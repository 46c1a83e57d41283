"""The kernel of the vector log-bilinear model: noise-contrastive estimation with diagonal position matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from densevec._cy.window import best_variant, train_window
from densevec.corpus import EncodedCorpus
from densevec.layers.output import NoiseContrastiveEstimation
from densevec.models.neural.network import LogBilinearNetwork
from densevec.models.neural.parameters import LogBilinearParameters
from densevec.training.kernel import (
    OWN_ROWS,
    Array,
    Kernel,
    KernelEngine,
    KernelNoise,
    KernelText,
    Share,
    give_back,
    padded,
    take_rows,
    zeros,
)
from densevec.training.schedules import Schedule

START_SQUARE = 1.0  # sum of squared gradients that Adagrad starts from: rare words take small steps at first
_PART_TOKENS = 2**14  # that a thread takes at a time; after each, threads bring their copies together


class LogBilinearKernel(Kernel):
    """The kernel on the tables of a network; row-wise Adagrad for everything."""

    terms = ("prediction",)

    def __init__(self, network: LogBilinearNetwork, settings: LogBilinearParameters, boundary: int) -> None:
        self._network = network
        output = cast(NoiseContrastiveEstimation, network.output)
        noise = KernelNoise.of(output)
        self._output = output.words.weight
        num_words, (num_places, dim) = len(network.input.weight), network.position.shape
        position = zeros(num_places, padded(dim))
        position[:, :dim] = network.position.detach().numpy()
        network.position.data = torch.from_numpy(position)[:, :dim]
        self.arrays = {
            "input": take_rows(network.input),
            "output": take_rows(self._output),
            "bias": cast(Array, noise.bias),
            "position": position,
            "input_squares": np.full(num_words, START_SQUARE, np.float32),
            "output_squares": np.full(num_words, START_SQUARE, np.float32),
            "position_squares": np.full(num_places, START_SQUARE, np.float32),
        }
        negative = settings.negative
        squares = (self.arrays[f"{name}_squares"] for name in ("input", "output", "position"))
        self._history = (False, False, dim, position, boundary, *squares)
        self._layer = (noise.table, negative, negative, negative, noise.bias, noise.log_noise, None, None, None)
        self._learning_rate = settings.learning_rate
        self._num_own = OWN_ROWS if settings.workers > 1 else 0

    def run(self, text: KernelText, share: Share, scale: float, done: float) -> tuple[Sequence[float], int, int]:
        tables = self.arrays["input"], self.arrays["output"]
        rate = scale * self._learning_rate
        loss, num_tokens, num_read = train_window(
            *text, *share, self._num_own, *tables, rate, *self._history, *self._layer, best_variant()
        )
        return (loss,), num_tokens, num_read

    def give_back(self) -> None:
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
    keep = np.full(encoded.vocabulary_size, 2**32 - 1, np.uint32)
    return KernelEngine(
        LogBilinearKernel(network, settings, boundary),
        KernelText(encoded.ids, encoded.offsets, keep, 0, True, settings.window, False),
        schedule,
        epochs=settings.epochs,
        workers=settings.workers,
        seed=settings.seed,
        part_tokens=_PART_TOKENS,
    )
