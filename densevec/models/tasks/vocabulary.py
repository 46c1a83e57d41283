"""What the training of every model with a table of word vectors has in common: starting vectors, health, draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from densevec.corpus import Vocabulary
from densevec.errors import ParameterError
from densevec.layers.table import RowTable
from densevec.models.tasks.model import Job, ModelTask
from densevec.vectors import KeyedVectors

_ROWS_AT_ONCE = 2**13


class VocabularyTask(ModelTask):
    """A task whose tables have a row for each word of a vocabulary; ``settings`` have dim and seed."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.vocabulary: Vocabulary = job.vocabulary
        self._rows = torch.zeros(0, dtype=torch.int64, device=self.device)  # words of the last batch

    def _draws(self, random: np.random.Generator) -> torch.Generator:
        """A generator of torch's on the device of the tables."""
        return torch.Generator(self.device).manual_seed(int(random.integers(2**62)))

    def _known(self, vectors: KeyedVectors, words: Sequence[str]) -> tuple[torch.Tensor, list[int]]:
        """Rows of our tables whose words ``vectors`` know, and their rows there.

        Raises
        ------
        ParameterError : if the dimensions differ
        """
        if vectors.vector_size != self.settings.dim:
            raise ParameterError(f"init_from must have dim {self.settings.dim}, got vectors of {vectors.vector_size}")
        known = [row for row, word in enumerate(words) if word in vectors]
        theirs = [vectors.get_index(words[row]) for row in known]
        return torch.tensor(known, dtype=torch.int64, device=self.device), theirs

    def _runaway(self, table: RowTable, bound: float, everywhere: bool) -> tuple[str, float] | None:
        """A word, of the last step or of all, whose row has a number beyond ±bound or not finite, and that number."""
        words = None if everywhere else self._rows
        num_rows = len(table.weight) if words is None else len(words)
        for begin in range(0, num_rows, _ROWS_AT_ONCE):
            part = slice(begin, begin + _ROWS_AT_ONCE)
            values = table.weight[part] if words is None else table.weight[words[part]]
            bad = ~(values.abs() <= bound)
            if bool(bad.any()):
                row = int(bad.any(1).nonzero()[0, 0])
                place = begin + row if words is None else int(words[begin + row])
                known = self.vocabulary.words
                word = known[place] if place < len(known) else "an n-gram"  # of a table that has rows of those, too
                return word, float(values[row][bad[row]][0])
        return None


def copy_rows(table: RowTable, rows: torch.Tensor, values: np.ndarray) -> None:
    """Put ``values`` (R, F) into ``rows`` (R,) of a table."""
    table.weight[rows] = torch.tensor(values, dtype=table.weight.dtype, device=table.weight.device)
