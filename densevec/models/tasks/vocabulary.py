"""What the training of every model with a table of word vectors has in common: starting vectors, health, draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from densevec._packages import import_torch
from densevec.corpus import Vocabulary
from densevec.errors import ParameterError
from densevec.layers.word_pieces import WordMeans, WordPieces
from densevec.models.tasks.model import Job, ModelTask
from densevec.training.tables import Weights
from densevec.vectors import KeyedVectors

if TYPE_CHECKING:
    import torch

_ROWS_AT_ONCE = 2**13
_BOUND = 1e4  # of a number in a word vector: trained ones stay below 10


class VocabularyTask(ModelTask):
    """A task whose tables have a row for each word of a vocabulary; ``settings`` have dim and seed.

    A subclass has ``weights``: the arrays that kernels train, or the network that torch does.
    """

    weights: Weights
    composed: Mapping[str, Any] = MappingProxyType({})  # see ``growth.go_on_from``
    own_words = slice(None)  # whose rows the tables of this process have
    # Words (R,) that an update leaves what they were, and the rows (R,) that they had
    unchanged: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.vocabulary: Vocabulary = job.vocabulary
        self._rows: Any = ()  # words of the last batch, where the engine looks at them

    def _draws(self, random: np.random.Generator) -> torch.Generator:
        """A generator of torch's on the device of the tables."""
        draws: torch.Generator = import_torch("a network").Generator(self.device)
        return draws.manual_seed(int(random.integers(2**62)))

    def _known(self, vectors: KeyedVectors, words: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[int]]:
        """Rows of our tables whose words ``vectors`` know, and their rows there.

        Raises
        ------
        ParameterError : if the dimensions differ
        """
        if vectors.vector_size != self.settings.dim:
            raise ParameterError(f"init_from must have dim {self.settings.dim}, got vectors of {vectors.vector_size}")
        known = [row for row, word in enumerate(words) if word in vectors]
        return np.array(known, np.int64), [vectors.get_index(words[row]) for row in known]

    def table(self, name: str) -> Any:
        """The numbers of a table by the name that the network has for it: an array, or a tensor where torch trains."""
        return self.weights.table(name)

    def _runaway(self, name: str, bound: float, everywhere: bool) -> tuple[str, float] | None:
        """A word, of the last step or of all, whose row has a number beyond ±bound or not finite, and that number."""
        table, words = self.table(name), None if everywhere else self._rows
        num_rows = len(table) if words is None else len(words)
        for begin in range(0, num_rows, _ROWS_AT_ONCE):
            part = slice(begin, begin + _ROWS_AT_ONCE)
            values = table[part] if words is None else table[words[part]]
            bad = ~(abs(values) <= bound)
            if bool(bad.any()):
                row = bad.any(1).tolist().index(True)
                place = begin + row if words is None else int(words[begin + row])
                known = self.vocabulary.words[self.own_words]
                word = known[place] if place < len(known) else "an n-gram"  # of a table that has rows of those, too
                return word, float(values[row][bad[row]][0])
        return None


def vector_astray(self: VocabularyTask, everywhere: bool) -> str | None:
    """``astray`` of points: the word, of the last step or of all, whose vector has run away or is not finite."""
    runaway = self._runaway("input.weight", _BOUND, everywhere)
    return None if runaway is None else "a number in the vector of {!r} is {:.3g}".format(*runaway)


def copy_rows(table: Any, rows: npt.NDArray[np.int64], values: npt.NDArray[Any]) -> None:
    """Put ``values`` (R, F) into ``rows`` (R,) of a table, an array or a tensor, or what is written as one."""
    table[rows] = values if isinstance(table, np.ndarray | WordMeans) else table.new_tensor(values)


def means_of_rows(pieces: WordPieces | None, table: Any, of_network: Callable[[], tuple[Any, Any]]) -> Any:
    """The vectors of words that are made of several rows: ``WordMeans`` of an array, or those of a network's table.

    of_network : gives the network's ``WordRows`` and table
    """
    assert pieces is not None  # as words are made of rows
    if isinstance(table, np.ndarray):
        return WordMeans(pieces, table)
    from densevec.layers.word_rows import TensorWordMeans

    return TensorWordMeans(*of_network())
