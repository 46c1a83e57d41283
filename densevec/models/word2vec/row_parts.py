"""Training of skip-gram where each process has a part of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.blocks import Share, Text
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.window import WindowKernel
from densevec._random import UniformDraws, integer_seed
from densevec.corpus.blocks import keep_thresholds
from densevec.corpus.temporary import TemporaryArray, let_go
from densevec.errors import ParameterError
from densevec.layers.support import log_noise
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import VocabularyTask, vector_astray
from densevec.models.word2vec.kernel import table_shapes
from densevec.models.word2vec.parameters import PointParameters
from densevec.training.distributed import Group
from densevec.training.kernel import Tally, own_rows
from densevec.training.row_parts import RowPart, RowPartEngine
from densevec.training.tables import Weights, padded, uniform_rows, zeros
from densevec.vectors import KeyedVectors

_ROWS_AT_ONCE = 2**12


class PointPart(RowPart):
    """The part of a process of word vectors, and of output vectors; ``start`` is the seed of what all start from."""

    def __init__(self, settings: PointParameters, counts: npt.NDArray[Any], start: int, group: Group) -> None:
        num_rows = -(-len(counts) // group.size)
        draws = UniformDraws(integer_seed(start, "part", group.rank))
        self.input = uniform_rows(num_rows, settings.dim, 0.5 / settings.dim, draws)
        self.output = zeros(num_rows, padded(settings.dim))
        self._settings = settings
        self._weights = np.exp(log_noise(counts, settings.ns_exponent)).astype(np.float32)
        self._size = group.size
        self._kernel: WindowKernel | None = None

    def begin(self, part: int) -> None:
        weights = np.zeros(len(self.output), np.float64)
        weights[: len(self._weights[part :: self._size])] = self._weights[part :: self._size]
        settings = self._settings
        noise = Noise(alias_table(weights), settings.negative, settings.noise_words, settings.noise_tokens)
        num_own = own_rows(settings.workers)
        self._kernel = WindowKernel(self.input, self.output, noise, dim=settings.dim, num_own=num_own)

    def run(self, share: Share, scale: float) -> Tally:
        assert self._kernel is not None  # a round has begun
        return self._kernel.train(share, scale * self._settings.learning_rate)

    def give_back(self) -> None:
        self._kernel = None


class PointPartTask(VocabularyTask):
    """Batches, loss and health of one training run; each process has all of the text, and its part of the rows."""

    settings: PointParameters
    astray = vector_astray
    has_all_rows = False  # until the first process has gathered them

    def __init__(self, job: Job, start: int, group: Group) -> None:
        super().__init__(job)
        if len(self.vocabulary) < group.size:
            raise ParameterError(
                f"share_rows must be False with fewer words than processes, got {len(self.vocabulary)} words for "
                f"{group.size} processes; start fewer, or keep more words by a lower min_count"
            )
        settings = self.settings
        self.own_words = slice(group.rank, None, group.size)
        self.keep = self.vocabulary.keep_probability(settings.sample)
        self.work = job.encoded.num_ids
        self.rows = PointPart(settings, self.vocabulary.counts, start, group)
        self.weights = Weights({"input.weight": self.rows.input[:, : settings.dim]})
        ids, offsets = job.encoded.ids, job.encoded.offsets
        shrink, thresholds = settings.shrink_windows, keep_thresholds(self.keep)
        self.engine = RowPartEngine(
            self.rows,
            Text(ids, offsets, thresholds, settings.window, shrink, True),
            job.encoded.num_sentences,
            self.work,
            epochs=settings.epochs,
            seed=settings.seed,
            workers=settings.workers,
            schedule=self.schedule,
            group=group,
        )

    def validation_loss(self) -> None:
        return None

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        raise ParameterError("init_from must be None with share_rows, whose rows no process has all of")

    def settle(self) -> None:
        """Nothing: the rows are what was learned."""

    def vectors(self, is_final: bool, described: Mapping[str, Any], folder: Any) -> KeyedVectors | None:
        """What was learned, with the parameters that describe it, in a process that has all rows; else None.

        The first process has them from the time when it is asked for the final ones, and keeps them (see ``gather``).
        """
        if is_final and self.group is not None:
            self.gather(folder)
        if not self.has_all_rows:
            return None
        table: npt.NDArray[Any] = self.weights["input.weight"]
        words, counts = self.vocabulary.words, self.vocabulary.counts
        return KeyedVectors(words, table if is_final else table.copy(), counts, parameters=described)

    def gather(self, folder: Any = None) -> None:
        """Let the first process have all rows (V, d) of both tables; the others keep their parts.

        They are mapped from files without names in ``folder``, the system's for such where it is None: memory has few
        of them at a time.
        """
        assert self.group is not None  # as there are parts
        num_words, dim, group = len(self.vocabulary), self.settings.dim, self.group
        tables = {}
        for name, kind in zip(table_shapes(self.settings, num_words), ("input", "output"), strict=True):
            own = getattr(self.rows, kind)
            whole = _mapped(num_words, dim, folder) if group.rank == 0 else None
            for begin in range(0, len(own), _ROWS_AT_ONCE):
                sent = np.ascontiguousarray(own[begin : begin + _ROWS_AT_ONCE, :dim])
                parts = group.collect(sent.reshape(-1).view(np.int32))
                if whole is None:
                    continue
                for rank, part in enumerate(parts):
                    rows = whole[begin * group.size + rank : (begin + len(sent)) * group.size : group.size]
                    rows[...] = part.view(np.float32).reshape(-1, dim)[: len(rows)]
            if whole is not None:
                let_go(whole)
                tables[name] = whole
                setattr(self.rows, kind, whole)  # in memory there is no room for both
        if tables:
            self.weights, self.has_all_rows = Weights(tables), True


def _mapped(num_rows: int, dim: int, folder: Any) -> npt.NDArray[np.float32]:
    """Zeros (num_rows, dim) that lie in a file, not in memory."""
    file = TemporaryArray(np.float32, folder, "vectors", "give cache_dir a folder with more room")
    with closing(file):
        file.reserve(num_rows * dim)
        return np.asarray(file.mapped("r+")).reshape(num_rows, dim)
