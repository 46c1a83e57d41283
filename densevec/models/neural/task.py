"""Training of the neural language models as the trainer sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from densevec.layers.output import HierarchicalSoftmax, NegativeSampling
from densevec.models.neural.network import LanguageNetwork
from densevec.models.neural.parameters import NeuralParameters
from densevec.models.neural.reading import Reading, batches
from densevec.models.tasks.model import Job
from densevec.models.tasks.vocabulary import VocabularyTask, copy_rows, vector_astray
from densevec.objectives.base import Loss
from densevec.training.checkpoint import digest_of
from densevec.training.engine import Engine, TorchEngine
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import Schedule
from densevec.training.signals import until_hurried
from densevec.training.tables import INITIAL_SQUARE, Weights
from densevec.vectors import KeyedVectors

_BEST = "best."  # prefix of the weights of the best epoch in the state


class BestWeights:
    """A network's weights in the epoch of lowest loss on held-out text."""

    def __init__(self, network: torch.nn.Module) -> None:
        self._network = network
        self._lowest = float("inf")
        self._best: dict[str, torch.Tensor] = {}

    def note(self, loss: float) -> None:
        """Keep the weights as they are if this loss is the lowest."""
        if loss < self._lowest:
            self._lowest = loss
            self._best = {name: value.clone() for name, value in self._network.state_dict().items()}

    def restore(self) -> None:
        """Give the network the best weights, if any were noted."""
        if self._best:
            self._network.load_state_dict(self._best)

    def state(self) -> dict[str, torch.Tensor]:
        best = {_BEST + name: value for name, value in self._best.items()}
        if best:
            best["lowest"] = torch.tensor(self._lowest, dtype=torch.float64)
        return best

    def load_state(self, tensors: Mapping[str, Any]) -> None:
        self._best = {n.removeprefix(_BEST): torch.as_tensor(tensors[n]) for n in tensors if n.startswith(_BEST)}
        self._lowest = float(tensors.get("lowest", float("inf")))


class LanguageTask(VocabularyTask):
    """Batches, loss and health of one training run; with held-out text the weights of the best epoch win.

    Tables learn by Adagrad, the rest by Adam.  The loss on held-out text is −log P a token, exactly normalised, whose
    exponential is the perplexity; for negative sampling, which has no P, it is the loss of training.

    Parameters
    ----------
    network : with its output layer, on the device of the job
    reading : makes batches of a text, and queries of a batch
    make_engine : gives an engine in place of torch's, for a schedule
    """

    settings: NeuralParameters
    astray = vector_astray

    def __init__(
        self,
        job: Job,
        network: LanguageNetwork,
        reading: Reading,
        make_engine: Callable[[Schedule], Engine] | None = None,
    ) -> None:
        super().__init__(job)
        self.network = network
        self.weights = Weights({}, network)
        self.reading = reading
        self.reader = reading.open(job.encoded.ids, job.encoded.offsets)
        self.held_out = job.held_out
        self.work: int = self.reader.num_tokens
        self.best = BestWeights(network)
        self.keepers = (self.best, reading)
        if isinstance(network.output, HierarchicalSoftmax):
            self.contents = {"tree": digest_of(network.output.paths())}
        self.engine = self._by_torch() if make_engine is None else make_engine(self.schedule)

    def _by_torch(self) -> TorchEngine:
        rates = dict.fromkeys(Optimiser.tables_of(self.network), TableRate(self.learning_rate, INITIAL_SQUARE))
        optimiser = Optimiser(self.network, rates, self.settings.network_learning_rate)
        return TorchEngine(
            optimiser, self.schedule, partial(batches, self.reader), self._step_loss, self.group, self.reading
        )

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        rows, theirs = self._known(vectors, words)
        copy_rows(self.network.input.weight, rows, vectors.vectors[theirs])
        return len(rows)

    def _step_loss(self, batch: Any, step: int, done: float) -> Loss:
        draws = self._draws(self._random("step", step))
        query, targets = self.reading.predictions(batch, self.settings.dropout, draws)
        self._rows = self.reading.rows
        total = self.network.output.loss(query, targets, draws=draws).sum()
        return Loss(total, {"prediction": total.detach()}, len(targets))

    @torch.no_grad()
    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        total = sum(until_hurried(self._held_out_losses(self.held_out), self.is_hurried))
        if self.group is not None:
            total = float(self.group.sum(np.array([total], float))[0])
        mean = total / self.held_out.num_ids
        self.best.note(mean)
        return {"loss": mean, "prediction": mean}

    def _held_out_losses(self, text: Any) -> Iterator[float]:
        """Of the tokens of running text, of which each of several processes scores its share."""
        output = self.network.output
        own = slice(None) if self.group is None else slice(self.group.rank, None, self.group.size)
        for queries, words in self.reading.queries(text.ids, text.offsets, True):
            query, targets = queries[own], words[own]
            if len(targets) == 0:
                continue
            if isinstance(output, NegativeSampling):
                draws = self._draws(self._random("validation", len(targets)))
                yield float(output.loss(query, targets, draws=draws).sum(dtype=torch.float64))
            else:
                yield -float(self.network.log_probs(query, targets).sum(dtype=torch.float64))

    def settle(self) -> None:
        """The weights of the best epoch, where held-out text says which it is."""
        self.best.restore()
