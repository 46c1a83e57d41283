"""Training of the neural language models as the trainer sees it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from densevec._random import generator, integer_seed
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.corpus.blocks import Position
from densevec.corpus.histories import HistoryBatch, HistoryReader, StreamBatch, StreamReader
from densevec.layers.output import NegativeSampling
from densevec.models._language_network import HistoryNetwork, LanguageNetwork, RecurrentNetwork
from densevec.models._vocabulary_task import VocabularyTask, copy_rows
from densevec.objectives.base import Loss
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import KeyedVectors

_BOUND = 1e4  # of a number in a word vector: trained ones stay below 10
START_SQUARE = 1.0  # sum of squared gradients that Adagrad starts from: rare words take small steps at first
_BEST = "best."  # prefix of the weights of the best epoch in the state


class LanguageTask(VocabularyTask):
    """Batches, loss and health of one training run; with held-out text the weights of the best epoch win.

    Tables learn by Adagrad, the rest by Adam.  The loss on held-out text is −log P a token, exactly normalised, whose
    exponential is the perplexity; for negative sampling, which has no P, it is the loss of training.
    """

    network: LanguageNetwork

    def __init__(
        self, model: Any, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None
    ) -> None:
        super().__init__(model, vocabulary)
        start = torch.Generator().manual_seed(integer_seed(model.seed, "initialisation"))
        self.network = model._make_network(vocabulary, start).to(self.device)
        self.reader = self._reader(encoded)
        self.held_out = None if held_out is None else self._reader(held_out)
        self.num_tokens = self.reader.num_tokens
        self._best: dict[str, torch.Tensor] = {}
        self._lowest = float("inf")

    @cached_property
    def optimiser(self) -> Optimiser:  # type: ignore[override]  # made when needed: the fused engine has its own
        rates = dict.fromkeys(Optimiser.tables_of(self.network), TableRate(self.learning_rate, START_SQUARE))
        return Optimiser(self.network, rates, self.model.network_learning_rate)

    @abstractmethod
    def _reader(self, encoded: EncodedCorpus) -> Any:
        """What makes batches of a text."""

    def batches(self, epoch: int, start: Position) -> Iterator[Any]:
        return iter(self.reader.batches(epoch, start))

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> None:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.input, rows, vectors.vectors[theirs])

    def loss(self, batch: Any, step: int, done: float) -> Loss:
        draws = self._draws(generator(self.model.seed, "step", step))
        query, targets = self._predictions(batch, self.model.dropout, draws)
        total = self.network.output.loss(query, targets, draws=draws).sum()
        return Loss(total, {"prediction": total.detach()}, len(targets))

    @abstractmethod
    def _predictions(
        self, batch: Any, rate: float = 0.0, draws: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Queries (T, q) and the words to predict from them (T,)."""

    @torch.no_grad()
    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        total, output = 0.0, self.network.output
        for query, targets in self._held_out_predictions():
            if isinstance(output, NegativeSampling):
                draws = self._draws(generator(self.model.seed, "validation", len(targets)))
                total += float(output.loss(query, targets, draws=draws).sum(dtype=torch.float64))
            else:
                total -= float(self.network.log_probs(query, targets).sum(dtype=torch.float64))
        mean = total / self.held_out.num_tokens
        if mean < self._lowest:
            self._lowest = mean
            self._best = {name: value.clone() for name, value in self.network.state_dict().items()}
        return {"loss": mean, "prediction": mean}

    def _held_out_predictions(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        assert self.held_out is not None
        for batch in self.held_out.batches(0):
            yield self._predictions(batch)

    def finish(self) -> None:
        if self._best:
            self.network.load_state_dict(self._best)

    def fault(self, everywhere: bool = False) -> str | None:
        """The word, of the last step or of all, whose vector has run away or is not finite."""
        runaway = self._runaway(self.network.input, _BOUND, everywhere)
        return None if runaway is None else "a number in the vector of {!r} is {:.3g}".format(*runaway)

    def state(self) -> dict[str, torch.Tensor]:
        best = {_BEST + name: value for name, value in self._best.items()}
        if best:
            best["lowest"] = torch.tensor(self._lowest, dtype=torch.float64)
        return super().state() | best

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().load_state(tensors)
        self._best = {n.removeprefix(_BEST): value for n, value in tensors.items() if n.startswith(_BEST)}
        self._lowest = float(tensors.get("lowest", float("inf")))

    def _words(self, words: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(words.astype(np.int64)).to(self.device)


class HistoryTask(LanguageTask):
    """Every token with the words around it, in random order."""

    network: HistoryNetwork

    def _reader(self, encoded: EncodedCorpus) -> HistoryReader:
        reader: HistoryReader = self.model._history_reader(
            encoded.ids, encoded.offsets, self.model._boundary(self.vocabulary)
        )
        return reader

    def _predictions(
        self, batch: HistoryBatch, rate: float = 0.0, draws: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        targets, history = self._words(batch.targets), self._words(batch.history)
        self._rows = torch.unique(history)
        return self.network.query(history, rate, draws), targets


class StreamTask(LanguageTask):
    """Parallel streams of text whose state is carried from batch to batch; gradients reach back to its beginning."""

    network: RecurrentNetwork

    def __init__(
        self, model: Any, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None
    ) -> None:
        super().__init__(model, vocabulary, encoded, held_out)
        self._carried = self.network.recurrent.first_state(len(self.reader.begin))

    def _reader(self, encoded: EncodedCorpus) -> StreamReader:
        model = self.model
        boundary = model._boundary(self.vocabulary)
        return StreamReader(encoded.ids, streams=model.streams, steps=model.steps, boundary=boundary, seed=model.seed)

    def _predictions(
        self, batch: StreamBatch, rate: float = 0.0, draws: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if batch.is_first:
            self._carried = self.network.recurrent.first_state(batch.inputs.shape[1])
        inputs = self._words(batch.inputs)
        self._rows = torch.unique(inputs)
        queries, state = self.network.queries(inputs, self._carried, rate, draws)
        self._carried = state.detach()
        is_text = torch.from_numpy(batch.is_text).to(self.device)
        return queries[is_text], self._words(batch.targets)[is_text]

    def _held_out_predictions(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        carried = self._carried
        yield from super()._held_out_predictions()
        self._carried = carried

    def state(self) -> dict[str, torch.Tensor]:
        return super().state() | {"carried": self._carried}

    def load_state(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().load_state(tensors)
        self._carried = tensors["carried"].to(self.device)
