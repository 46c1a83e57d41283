"""Language models that predict a word from a fixed number of words around it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np
import torch

from densevec._validation import Instance, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.histories import HistoryReader
from densevec.models._language_network import HistoryNetwork
from densevec.models._language_task import HistoryTask
from densevec.models._neural_language_model import NeuralLanguageModel


class HistoryModel(NeuralLanguageModel):
    """What NPLM and LogBilinear have in common.

    Parameters
    ----------
    cross_sentences : histories go on across the ends of sentences, in training and in the perplexity of a text; else
        what lies outside a sentence is "</s>"
    batch_size : tokens of a step
    """

    rules: ClassVar[Mapping[str, Rule]] = {
        **NeuralLanguageModel.rules,
        "cross_sentences": Instance((bool,), "True or False"),
        "batch_size": Interval(int, 2),
    }
    cross_sentences: bool
    batch_size: int
    network: HistoryNetwork

    @abstractmethod
    def _places(self) -> tuple[int, int]:
        """Words of a history before the target and after it."""

    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> HistoryTask:
        return HistoryTask(self, vocabulary, encoded, held_out)

    def _history_reader(
        self, ids: np.ndarray, offsets: np.ndarray, boundary: int, is_running: bool = True
    ) -> HistoryReader:
        before, after = self._places()
        return HistoryReader(
            ids,
            offsets,
            before=before,
            after=after,
            boundary=boundary,
            cross_sentences=self.cross_sentences and is_running,
            batch_size=self.batch_size,
            seed=self.seed,
        )

    @torch.no_grad()
    def _queries(
        self, ids: np.ndarray, offsets: np.ndarray, boundary: int, is_running: bool
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for batch in self._history_reader(ids, offsets, boundary, is_running).in_order():
            yield self.network.query(self._on_device(batch.history)), self._on_device(batch.targets)
