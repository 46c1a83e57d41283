"""The kernel of GloVe, and how the entries of a matrix are cut for its threads."""

from __future__ import annotations

import numpy as np

from densevec._cy.glove import Counts, CountShare
from densevec._cy.glove import GloVeKernel as CompiledKernel
from densevec.models.glove.entries import Entries, order_seed
from densevec.models.glove.network import GloVeNetwork
from densevec.models.glove.parameters import GloVeParameters
from densevec.training.kernel import Tally, TrainingKernel
from densevec.training.optimisers import TableRate
from densevec.training.row_tables import give_back, take_rows
from densevec.training.tables import zeros
from densevec.training.work import Turns, Work, part_units, step_units

_PART = 2**14  # entries that a thread takes at a time


class EntryWork(Work):
    """Entries of a matrix have turns."""

    def __init__(self, entries: Entries, num_words: int, settings: GloVeParameters) -> None:
        self._counts = Counts(*entries, num_words)
        self._seed = settings.seed
        self.num_turns = len(entries.values)
        self.step = step_units(self.num_turns, settings.epochs)
        self._part = max(1, int(part_units(_PART, self.step, settings.workers)))

    def share(self, turns: Turns) -> CountShare:
        seed, (begin, _), (end, _) = order_seed(self._seed, turns.epoch), turns.first, turns.next
        return CountShare(self._counts, seed, begin, end, self._part, begun=turns.begun)


class GloVeKernel(TrainingKernel):
    """The kernel on the tables of a network."""

    terms = ("squares",)

    def __init__(self, network: GloVeNetwork, settings: GloVeParameters, rate: TableRate) -> None:
        self._network = network
        num_words, dim = network.word.weight.shape
        self.arrays = {}
        for side, table in (("word", network.word), ("context", network.context)):
            self.arrays[side] = rows = take_rows(table)
            self.arrays[f"{side}_squares"] = squares = zeros(*rows.shape)
            squares[:, :dim] = rate.initial_square
        for side, bias in (("word_bias", network.word_bias), ("context_bias", network.context_bias)):
            self.arrays[side] = bias.weight.numpy()[:, 0]
            self.arrays[f"{side}_squares"] = np.full(num_words, rate.initial_square, np.float32)
        names = (("word", "context"), ("word_bias", "context_bias"))
        tables, biases = ([self.arrays[name] for name in pair] for pair in names)
        squares_of, squares_of_biases = ([self.arrays[f"{name}_squares"] for name in pair] for pair in names)
        self._kernel = CompiledKernel(
            tables, biases, squares_of, squares_of_biases, x_max=settings.x_max, alpha=settings.alpha
        )
        self._rate = rate.rate

    def run(self, share: CountShare, scale: float, done: float) -> Tally:
        return self._kernel.train(share, scale * self._rate)

    def give_back(self) -> None:
        del self._kernel
        give_back(self._network.word, self.arrays["word"])
        give_back(self._network.context, self.arrays["context"])
