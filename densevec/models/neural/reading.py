"""How neural language models read: every token with the words around it, or streams of running text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from densevec.corpus.blocks import TextPosition
from densevec.corpus.histories import HistoryBatch, HistoryReader, StreamBatch, StreamReader, stream_part
from densevec.models.neural.network import HistoryNetwork, RecurrentNetwork
from densevec.models.neural.parameters import LogBilinearParameters, NPLMParameters
from densevec.training.distributed import Group
from densevec.training.state import Position

_SENTENCES_AT_ONCE = 64
_STEPS_AT_ONCE = 512

Prediction = tuple[torch.Tensor, torch.Tensor]  # queries (T, q) and the words to predict from them (T,)


class Reading(ABC):
    """What stands between a text and the queries that a network makes of it.

    is_one_sided : whether a word is predicted from words before it alone
    crosses_sentences : whether it is predicted in sight of the sentences before, where a text has them
    rows : distinct words that the last batch looked up
    """

    is_one_sided: bool
    crosses_sentences: bool
    rows: torch.Tensor

    @abstractmethod
    def open(self, ids: np.ndarray, offsets: np.ndarray) -> Any:
        """What makes batches of a text for training."""

    @abstractmethod
    def predictions(self, batch: Any, rate: float = 0.0, draws: torch.Generator | None = None) -> Prediction:
        """What a batch predicts, with dropout of this rate if there are ``draws``."""

    @abstractmethod
    def queries(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[Prediction]:
        """Predictions of all tokens of a text in order, without gradients; see ``LanguageModel._log_probs``."""

    @abstractmethod
    def unite(self, group: Group) -> None:
        """Bring together what is carried, where each process has carried its part."""

    @abstractmethod
    def state(self) -> dict[str, torch.Tensor]:
        """What is carried from one batch to the next."""

    @abstractmethod
    def load_state(self, tensors: Mapping[str, Any]) -> None:
        """Put back what ``state`` gave."""


def batches(reader: Any, epoch: int, start: Position | None) -> Iterator[Any]:
    """The batches of an epoch from a position on."""
    found: Iterator[Any] = reader.batches(epoch, TextPosition(*start or ()))
    return found


class HistoryReading(Reading):
    """Every token with a fixed number of words around it, in random order.

    Parameters
    ----------
    network : makes queries of histories
    settings : of which cross_sentences, batch_size and seed are those of ``HistoryReader``
    boundary : id of the word that stands for what lies outside a sentence
    before, after : words of a history on either side
    """

    def __init__(
        self,
        network: HistoryNetwork,
        settings: NPLMParameters | LogBilinearParameters,
        boundary: int,
        before: int,
        after: int = 0,
    ) -> None:
        self.network = network
        self.is_one_sided = after == 0
        self.rows = torch.zeros(0, dtype=torch.int64)
        self.crosses_sentences = bool(settings.cross_sentences)
        self._reads = {"before": before, "after": after, "boundary": boundary}
        self._reads |= {"batch_size": settings.batch_size, "seed": settings.seed}

    def open(self, ids: np.ndarray, offsets: np.ndarray) -> HistoryReader:
        return HistoryReader(ids, offsets, cross_sentences=self.crosses_sentences, **self._reads)

    def predictions(self, batch: HistoryBatch, rate: float = 0.0, draws: torch.Generator | None = None) -> Prediction:
        targets, history = _on_device(batch.targets, self.network), _on_device(batch.history, self.network)
        self.rows = torch.unique(history)
        return self.network.query(history, rate, draws), targets

    @torch.no_grad()
    def queries(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[Prediction]:
        crosses = self.crosses_sentences and is_running
        for batch in HistoryReader(ids, offsets, cross_sentences=crosses, **self._reads).in_order():
            query = self.network.query(_on_device(batch.history, self.network))
            yield query, _on_device(batch.targets, self.network)

    def unite(self, group: Group) -> None:
        """Nothing is carried."""

    def state(self) -> dict[str, torch.Tensor]:
        return {}

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        """Nothing is carried."""


class StreamReading(Reading):
    """Parallel streams of text whose state is carried from batch to batch; gradients reach back to its beginning.

    Parameters
    ----------
    network : reads streams
    boundary : id of the word that streams and sentences begin with
    streams, steps, seed : as in ``StreamReader``
    """

    is_one_sided = True
    crosses_sentences = True

    def __init__(self, network: RecurrentNetwork, *, boundary: int, streams: int, steps: int, seed: int) -> None:
        self.network = network
        self.rows = torch.zeros(0, dtype=torch.int64)
        self._boundary = boundary
        self._reads = {"streams": streams, "steps": steps, "seed": seed}
        self._carried: torch.Tensor | None = None  # of all streams of the text

    def open(self, ids: np.ndarray, offsets: np.ndarray) -> StreamReader:
        reader = StreamReader(ids, boundary=self._boundary, **self._reads)
        if self._carried is None:
            self._carried = self.network.recurrent.first_state(len(reader.begin))
        return reader

    def predictions(self, batch: StreamBatch, rate: float = 0.0, draws: torch.Generator | None = None) -> Prediction:
        if batch.is_first or self._carried is None:
            self._carried = self.network.recurrent.first_state(batch.num_streams)
        inputs = _on_device(batch.inputs, self.network)
        self.rows = torch.unique(inputs)
        carried = self._carried[:, :, batch.columns].contiguous()
        queries, state = self.network.queries(inputs, carried, rate, draws)
        self._carried = self._carried.clone()  # the gradient needs what was there
        self._carried[:, :, batch.columns] = state.detach()
        is_text = torch.from_numpy(batch.is_text).to(queries.device)
        return queries[is_text], _on_device(batch.targets, self.network)[is_text]

    def queries(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[Prediction]:
        if is_running:
            yield from self._of_text(ids)
            return
        for begin in range(0, len(offsets) - 1, _SENTENCES_AT_ONCE):
            yield self._of_sentences(ids, offsets[begin : begin + _SENTENCES_AT_ONCE + 1])

    @torch.no_grad()
    def _of_text(self, ids: np.ndarray) -> Iterator[Prediction]:
        """One stream from the text's beginning to its end."""
        state = self.network.recurrent.first_state(1)
        last = np.int32(self._boundary)
        for begin in range(0, len(ids), _STEPS_AT_ONCE):
            targets = ids[begin : begin + _STEPS_AT_ONCE]
            inputs = np.concatenate([[last], targets[:-1]])
            queries, state = self.network.queries(_on_device(inputs, self.network)[:, None], state)
            last = targets[-1]
            yield queries[:, 0], _on_device(targets, self.network)

    @torch.no_grad()
    def _of_sentences(self, ids: np.ndarray, bounds: np.ndarray) -> Prediction:
        """Some sentences side by side, each from a state of zeros."""
        lengths = np.diff(bounds)
        step = np.arange(lengths.max())
        is_text = step < lengths[:, None]  # (S, L)
        targets = ids[bounds[0] : bounds[-1]]
        words = np.full(is_text.shape, self._boundary, np.int32)
        words[is_text] = targets
        inputs = np.concatenate([np.full_like(words[:, :1], self._boundary), words[:, :-1]], 1)
        state = self.network.recurrent.first_state(len(lengths))
        queries, _ = self.network.queries(_on_device(inputs, self.network).T, state)
        is_text_there = torch.from_numpy(is_text).to(queries.device)
        return queries.transpose(0, 1)[is_text_there], _on_device(targets, self.network)

    def unite(self, group: Group) -> None:
        if self._carried is not None:
            streams = stream_part(self._carried.shape[2], group.rank, group.size)
            own = torch.zeros_like(self._carried)
            own[:, :, streams] = self._carried[:, :, streams]
            self._carried = group.sum_tensor(own)

    def state(self) -> dict[str, torch.Tensor]:
        return {} if self._carried is None else {"carried": self._carried}

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        self._carried = torch.as_tensor(tensors["carried"]).to(self.network.input.weight.device)


def _on_device(words: np.ndarray, network: HistoryNetwork | RecurrentNetwork) -> torch.Tensor:
    return torch.from_numpy(words.astype(np.int64)).to(network.input.weight.device)
