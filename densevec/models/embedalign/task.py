"""Training of EmbedAlign as the trainer sees it, and the pass over the text that gives every word its density."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from densevec.corpus import EncodedParallel, ParallelVocabulary, Vocabulary
from densevec.corpus.batches import SentenceBatch, SentenceBatchReader
from densevec.corpus.blocks import TextPosition
from densevec.errors import ParameterError
from densevec.layers.support import ComplementarySupport, SupportSampler, WholeVocabulary
from densevec.models.embedalign.network import Network, make_batch
from densevec.models.embedalign.parameters import EmbedAlignParameters
from densevec.models.tasks.model import Job, ModelTask, mean_terms, own_parts
from densevec.objectives.base import Loss
from densevec.training.distributed import Group
from densevec.training.engine import TorchEngine
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import warm_up
from densevec.training.signals import Hurry
from densevec.training.state import Position
from densevec.training.tables import INITIAL_SQUARE
from densevec.vectors import KeyedVectors

_logger = logging.getLogger(__name__)
_HURRIED_SECONDS = 0.3  # for reading text, and as many for single words
_WORDS_AT_ONCE = 512


def as_parallel(vocabulary: ParallelVocabulary | Vocabulary) -> tuple[Vocabulary, Vocabulary | None]:
    """The vocabularies of both languages; None for the second where there is one language only."""
    if isinstance(vocabulary, ParallelVocabulary):
        return vocabulary.source, vocabulary.target
    return vocabulary, None


def log_frequency(vocabulary: Vocabulary) -> torch.Tensor:
    """Where the biases of a decoder start: log of the smoothed frequencies of words and, last, of unknown words."""
    counts = np.append(vocabulary.counts, 0) + 1.0
    return torch.from_numpy(np.log(counts / counts.sum()).astype(np.float32))


class EmbedAlignTask(ModelTask):
    """Batches, loss and health of one training run."""

    settings: EmbedAlignParameters

    def __init__(self, job: Job, start: torch.Generator) -> None:
        super().__init__(job)
        settings = job.settings
        self.vocabulary, self.target_vocabulary = as_parallel(job.vocabulary)
        self.encoded: EncodedParallel = job.encoded
        self.reader = SentenceBatchReader(job.encoded, settings.batch_size, settings.seed)
        self.held_out = None
        if job.held_out is not None:
            self.held_out = SentenceBatchReader(job.held_out, settings.batch_size, settings.seed, shuffle=False)
        self.work = self.reader.num_tokens
        target = None if self.target_vocabulary is None else log_frequency(self.target_vocabulary)
        self.network = Network(settings, log_frequency(self.vocabulary), target, start)
        self.network.to(self.device)
        rates = dict.fromkeys(Optimiser.tables_of(self.network), TableRate(settings.learning_rate, INITIAL_SQUARE))
        optimiser = Optimiser(self.network, rates, settings.encoder_learning_rate)
        self.engine = TorchEngine(optimiser, self.schedule, self._batches, self._step_loss, job.group)
        self.kl_weight = warm_up(settings.kl_weight, settings.kl_annealing)
        self.samplers = (
            self._sampler(len(self.vocabulary) + 1),
            None if self.target_vocabulary is None else self._sampler(len(self.target_vocabulary) + 1),
        )

    def _sampler(self, num_words: int) -> SupportSampler:
        if self.settings.softmax == "exact":
            return WholeVocabulary(num_words)
        return ComplementarySupport(num_words, self.settings.support_size)

    def _batches(self, epoch: int, start: Position | None) -> Iterator[SentenceBatch]:
        return self.reader.batches(epoch, TextPosition(*start or ()))

    def _step_loss(self, batch: SentenceBatch, step: int, done: float) -> Loss:
        self.network.train()
        return self._loss(batch, self._random("step", step), self.kl_weight(done))

    def _loss(self, batch: SentenceBatch, random: np.random.Generator, kl_weight: float) -> Loss:
        draws = torch.Generator(self.device).manual_seed(int(random.integers(2**62)))
        on_device = make_batch(batch, self.samplers, self.network.null, random, torch.device(self.device))
        return self.network(on_device, kl_weight, draws)

    def validation_loss(self) -> dict[str, float] | None:
        if self.held_out is None:
            return None
        self.network.eval()
        return mean_terms(self._held_out_losses(self.held_out), self.is_hurried, self.group)

    def _held_out_losses(self, reader: SentenceBatchReader) -> Iterator[Loss]:
        for step, batch in enumerate(own_parts(reader.batches(0), self.group)):
            yield self._loss(batch, self._random("validation", step), self.settings.kl_weight)

    def astray(self, everywhere: bool) -> str | None:
        """A word whose embedding or decoder is not finite; looked for at the end of an epoch."""
        if not everywhere:  # what is not finite shows in the next loss
            return None
        network = self.network
        sides = [(network.embedding, self.vocabulary), (network.source.weight, self.vocabulary)]
        if network.target is not None and self.target_vocabulary is not None:
            sides.append((network.target.weight, self.target_vocabulary))
        for table, vocabulary in sides:
            bad = ~table.weight.isfinite().all(1)
            if bool(bad.any()):
                row = int(bad.nonzero()[0, 0])
                word = repr(vocabulary.words[row]) if row < len(vocabulary) else "a word that is unknown or NULL"
                return f"the vector of {word} is not finite"
        return None

    def start_from(self, vectors: KeyedVectors, words: Sequence[str]) -> int:
        table = self.network.embedding.weight
        if vectors.vector_size != table.shape[1]:
            raise ParameterError(
                f"init_from must have embedding_dim {table.shape[1]} (known words start their embeddings from it), got "
                f"vectors of {vectors.vector_size}"
            )
        rows = [row for row, word in enumerate(words) if word in vectors]
        values = vectors.vectors[[vectors.get_index(words[row]) for row in rows]]
        table[rows] = torch.tensor(values, dtype=table.dtype, device=table.device)
        return len(rows)

    def settle(self) -> None:
        """The network as it is read."""
        self.network.eval()

    @torch.no_grad()
    def aggregate(self, group: Group | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (V, d), float64, of every word: those of the mixture of its posteriors in the text.

        A word that the text does not have keeps the prior, N(0, I).  Each process of a group, where
        all have come to their end, reads its part.  In a hurry no more of the text is read than a
        second allows; words that were not met have the density of the word by itself, or else the prior.
        """
        num_words, dim = len(self.vocabulary), self.settings.dim
        first, second = (torch.zeros(num_words + 1, dim, dtype=torch.float64) for _ in range(2))
        counts = torch.zeros(num_words + 1, dtype=torch.float64)
        hurry = Hurry(self.is_hurried, _HURRIED_SECONDS)
        for source, source_lengths in self._sentences(counts, hurry, group):
            lengths = torch.from_numpy(source_lengths.astype(np.int64))
            mean, log_variance = self.network.encode(torch.from_numpy(source), lengths)
            inside = torch.arange(source.shape[1]) < lengths[:, None]
            words = torch.from_numpy(source).long()[inside]
            mean, variance = mean[:, 1:].cpu()[inside].double(), log_variance[:, 1:].cpu()[inside].double().exp()
            first.index_add_(0, words, mean)
            second.index_add_(0, words, variance + mean * mean)
            counts.index_add_(0, words, torch.ones(len(words), dtype=torch.float64))
        if group is not None:
            for sums in (first, second, counts):
                group.sum_tensor(sums)
        seen = counts[:num_words, None].clamp(min=1)
        mean = first[:num_words] / seen
        variance = second[:num_words] / seen - mean * mean
        variance = torch.where(counts[:num_words, None] > 0, variance.clamp(min=1e-12), 1.0)
        return mean.numpy(), variance.numpy()

    def _sentences(
        self, counts: torch.Tensor, hurry: Hurry, group: Group | None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches of padded ids (B, M) and lengths (B,) of the text.

        In a hurry they are from all over the text, and words that were not met, by ``counts``, follow one by one.
        """
        settings = self.settings
        reader = SentenceBatchReader(self.encoded, settings.batch_size, settings.seed, shuffle=self.is_hurried())
        for batch in own_parts(reader.batches(0), group):
            yield batch.source, batch.source_lengths
            if hurry.is_over():
                break
        else:
            return
        unseen = np.flatnonzero(counts[:-1].numpy() == 0).astype(np.int32)
        alone = Hurry(self.is_hurried, _HURRIED_SECONDS)
        for begin in range(0, len(unseen), _WORDS_AT_ONCE):
            part = unseen[begin : begin + _WORDS_AT_ONCE]
            yield part[:, None], np.ones(len(part), np.int32)
            if alone.is_over():
                break
        left = int((counts[:-1] == 0).sum())
        _logger.warning(
            "training was interrupted: %d of %d words have the density of the word by itself and %d that of the prior, "
            "for want of the time to read the whole text",
            len(unseen) - left, len(counts) - 1, left,
        )  # fmt: skip
