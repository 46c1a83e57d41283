"""A look before the leap: what a training will take of memory, disk and time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from threading import Event, Thread
from typing import Any, Self

import numpy as np

from densevec._packages import import_torch
from densevec.corpus import ParallelVocabulary, Vocabulary
from densevec.corpus.encoded import MEMORY_LIMIT, EncodedCorpus
from densevec.corpus.language import SENTENCE_END, UNKNOWN
from densevec.models.cooccurrence import CountsNeighbours, count_neighbours
from densevec.models.inference import learn_inference
from densevec.models.limits import memory_limits, peak_memory, used_memory
from densevec.models.parameters import ReadsEvidence, num_ngrams
from densevec.models.placement import Placement
from densevec.training.engine import TorchEngine
from densevec.vectors import DensityVectors

_PROBES = 16, 32  # words of the small tables whose sizes tell those of all
_OPTIMISER = ("squares", "moment", "adam")  # parts of the names of what is no weight
_SAMPLE_TOKENS = 2**17  # of the text, for the calibration
_EVIDENCE_TOKENS = 2**22  # of the text, where what follows the last step reads it too
_NEIGHBOUR_TOKENS = 2**20  # of the text, where counts of neighbours are learned: those of fewer lie in caches
_QUARTER = 0.25
# Of the powers by which memory and time of evidence grow within it: what is looked at of a longer text is bounded
_LEVELLING = np.array([0.3, 0.6])
_ALIKE = 1.1  # times a part of the text, that still takes what the part does
_SAMPLE_BYTES = 2**28  # of tables, above which it has fewer words
_MOST_EPOCHS = 100.0
_SECONDS = 3.0  # that it takes
_LOOKS = 0.002  # seconds between two at the memory held
_LEAST_ERROR = 0.15  # of the time: what the next minutes of a quiet machine differ by
_COUNTED, _GATHERED = 10, 12  # bytes of a pair of neighbours: in a matrix, and as an entry too


@dataclass(frozen=True)
class MemoryEstimate:
    """What a training will take; all sizes in bytes, times in seconds.

    words, tokens : of the vocabulary (of pairs, of both languages together), and of the text
    vocabulary : words, counts, and what finds a word's row
    tables : weights of the network, all of them
    optimiser : sums and averages beside them
    ids_in_memory, ids_on_disk : the encoded text, which is in one or the other
    scratch : what steps work on
    peak : the most memory that the process is expected to hold
    seconds, seconds_error : from the beginning to the trained model, and the share of it by which that may be off
    limit, limit_name : the tightest bound that the system sets on the whole process, or None
    """

    words: int
    tokens: int
    vocabulary: int
    tables: int
    optimiser: int
    ids_in_memory: int
    ids_on_disk: int
    scratch: int
    peak: int
    seconds: float
    seconds_error: float
    limit: int | None
    limit_name: str | None

    @property
    def fits(self) -> bool:
        """Whether the peak is within the limit."""
        return self.limit is None or self.peak <= self.limit

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "fits": self.fits}


def state_bytes(model: Any, vocabulary: Any, placement: Placement) -> tuple[int, int]:
    """Bytes of a model's tables and of its optimiser for a vocabulary, without making them.

    Both grow in a straight line with the numbers of words (of each language) and of rows of n-grams: small ones tell
    how.
    """
    settings = model.get_params()
    small, large = _PROBES
    if num_ngrams(model) <= large:
        return _bytes_by_words(model, vocabulary, placement)
    twins = (type(model)(**{**settings, "buckets": number}) for number in _PROBES)
    origin, grown = (np.array(_bytes_by_words(twin, vocabulary, placement), np.int64) for twin in twins)
    total = origin + (grown - origin) * (settings["buckets"] - small) // (large - small)
    return int(total[0]), int(total[1])


def _bytes_by_words(model: Any, vocabulary: Any, placement: Placement) -> tuple[int, int]:
    """``state_bytes`` of a model as it is set, by small vocabularies."""
    sides = [len(side) for side in _sides(vocabulary)]
    if min(sides) <= max(_PROBES):
        return _state_bytes(model, vocabulary, placement)
    small, large = _PROBES
    base = [small] * len(sides)
    origin = np.array(_state_bytes(model, _truncated(vocabulary, base), placement), np.int64)
    total = origin.copy()
    for side, size in enumerate(sides):
        wider = [large if each == side else small for each in range(len(sides))]
        grown = np.array(_state_bytes(model, _truncated(vocabulary, wider), placement), np.int64) - origin
        total += grown * (size - small) // (large - small)
    return int(total[0]), int(total[1])


def _state_bytes(model: Any, vocabulary: Any, placement: Placement) -> tuple[int, int]:
    with _own_stream(placement):
        task = model.make_task(vocabulary, _few_ids(model, vocabulary), placement=Placement("cpu", placement.is_fused))
    return _sizes(task)


def _own_stream(placement: Placement) -> AbstractContextManager[Any]:
    """Networks of torch may draw from the stream that all share: it stays as it is."""
    if placement.is_fused and sys.modules.get("torch") is None:
        return nullcontext()
    stream: AbstractContextManager[Any] = import_torch("a network").random.fork_rng(devices=[])
    return stream


def _sizes(task: Any) -> tuple[int, int]:
    """Bytes of tables and optimiser of a task."""
    optimiser = 0
    tensors: Mapping[str, Any] = task.state()
    for name, tensor in tensors.items():
        optimiser += tensor.nbytes if any(part in name for part in _OPTIMISER) else 0
    total = sum(tensor.nbytes for tensor in tensors.values())
    if isinstance(task.engine, TorchEngine) and not any("adam" in name for name in tensors):
        more = 2 * sum(parameter.nbytes for parameter in task.engine.optimiser.dense.values())
        optimiser, total = optimiser + more, total + more
    return total - optimiser, optimiser


def _few_ids(model: Any, vocabulary: Any) -> Any:
    """An encoded text that is as good as none."""
    sides = [[word for word in side.words[:20] if word not in (UNKNOWN, SENTENCE_END)] for side in _sides(vocabulary)]
    sentences: list[Any] = [sides[0] * 20]
    if len(sides) > 1:
        sentences = [tuple(sides)]
    kind = model.preparation.corpus
    return model.preparation.encode(kind(sentences), vocabulary, model)


def _sides(vocabulary: Any) -> list[Vocabulary]:
    return [vocabulary.source, vocabulary.target] if isinstance(vocabulary, ParallelVocabulary) else [vocabulary]


def _truncated(vocabulary: Any, sizes: list[int]) -> Any:
    """The most frequent words of each language, and what marks the ends of sentences and unknown words."""
    sides = []
    for side, size in zip(_sides(vocabulary), sizes, strict=True):
        rows = list(range(min(size, len(side))))
        marks = [row for row in range(len(rows), len(side)) if side.words[row] in (UNKNOWN, SENTENCE_END)]
        rows[len(rows) - len(marks) :] = marks
        sides.append(Vocabulary([side.words[row] for row in rows], side.counts[rows]))
    return ParallelVocabulary(*sides) if len(sides) > 1 else sides[0]


def _vocabulary_bytes(vocabulary: Any) -> int:
    """Words as strings, their counts, and the index from a word to its row."""
    return sum(
        57 * len(side) + sum(map(len, side.words)) + 8 * len(side) + 120 * len(side) for side in _sides(vocabulary)
    )


def id_bytes(tokens: int, sentences: int) -> tuple[int, int]:
    """Bytes of the encoded text in memory, and in files: 4 and a bit a token, 8 and a bit a sentence."""
    size = 4 * tokens + 8 * sentences + (tokens + sentences) // 8
    return (size, 0) if size <= MEMORY_LIMIT else (0, size)


def estimate(model: Any, text: Any, placement: Placement, progress: bool | None) -> MemoryEstimate:
    """Count the words of an open text, learn from its first part for seconds, and say what the whole will take."""
    begun = time.monotonic()
    vocabulary = model.count(text, progress)
    counting = time.monotonic() - begun
    tables, optimiser = state_bytes(model, vocabulary, placement)
    sample = _Calibration(model, text, vocabulary, tables + optimiser, placement)
    in_memory, on_disk = id_bytes(sample.kept, round(sample.num_sentences * sample.times))
    # what the calibration has seen is with it; files of ids count as memory once they are read, where there is room
    ids = max(0, in_memory + on_disk - sample.id_bytes)
    peak = max(
        sample.counted_peak,
        sample.peak + max(0, tables + optimiser - sum(sample.state_bytes)) + ids + _GATHERED * sample.entries,
        sample.end + max(0, tables - sample.state_bytes[0]) + ids + _COUNTED * sample.entries,
    )
    limits = memory_limits()
    used = used_memory()
    return MemoryEstimate(
        words=sum(len(side) for side in _sides(vocabulary)),
        tokens=sum(side.num_raw_tokens for side in _sides(vocabulary)),
        vocabulary=_vocabulary_bytes(vocabulary),
        tables=tables,
        optimiser=optimiser,
        ids_in_memory=in_memory,
        ids_on_disk=on_disk,
        scratch=sample.scratch,
        peak=peak,
        seconds=2 * counting + sample.seconds + model.epochs * sample.seconds_of_epoch,
        seconds_error=sample.error,
        limit=limits[0].left + used if limits else None,
        limit_name=limits[0].name if limits else None,
    )


class _Calibration:
    """Some seconds of training on the first part of a text, by tables that are made for it and forgotten.

    state_bytes : of its tables, and of its optimiser; those of fewer words where the whole would be large
    counted_peak, peak, end : the most memory before it began, while it learned, and in what follows the last step of
        the whole, but for tables and ids that are larger then
    kept, times : tokens of the whole that stand for words, and how many times as many as it has itself that is
    num_sentences, id_bytes : of its part of the text
    entries : counts of neighbours of the whole, where these are what is learned
    scratch : what steps took beside tables and ids, and the code that they load
    seconds, seconds_of_epoch : of the whole, before the first step and after the last one, and of one epoch
    error : how far that may be off, as a share
    """

    def __init__(self, model: Any, text: Any, vocabulary: Any, state: int, placement: Placement) -> None:
        self.counted_peak, before = peak_memory(), used_memory()
        sides = _sides(vocabulary)
        self.kept = sum(int(side.counts.sum()) for side in sides)
        share = min(1.0, _SAMPLE_BYTES / max(state, 1))
        known = vocabulary if share == 1.0 else _truncated(vocabulary, [max(1, int(share * len(s))) for s in sides])
        encoded = _encoded_beginning(model, text, known, self.kept)
        parts = [encoded] if isinstance(encoded, EncodedCorpus) else [encoded.source, encoded.target]
        num_ids, self.num_sentences = (
            sum(getattr(part, name) for part in parts if part is not None) for name in ("num_ids", "num_sentences")
        )
        self.times = self.kept / max(num_ids, 1)
        self.id_bytes = sum(id_bytes(num_ids, self.num_sentences))
        twin = type(model)(**{**model.get_params(), "corpus": None})
        if any(state > limit.left for limit in memory_limits()) and num_ngrams(twin):
            twin.buckets = max(1, int(share * twin.buckets))  # all of them cannot be had
        twin.epochs = max(1, round(min(self.times * model.epochs, _MOST_EPOCHS)))  # steps as long as in the training
        begun = time.monotonic()
        with _own_stream(placement):
            task = twin.make_task(known, encoded, placement=placement)
        self.seconds = (time.monotonic() - begun) / share
        for tensor in task.state().values():
            tensor[...] += 0  # memory that is only promised is not there yet
        self.state_bytes = _sizes(task)
        with _Watch() as watch:
            rates = self._learn(task)
        self.peak = max(watch.peak, peak_memory() if peak_memory() > self.counted_peak else 0)
        self.scratch = max(0, self.peak - before - sum(self.state_bytes) - self.id_bytes)
        usual = sorted(rates)[len(rates) // 2]
        self.entries = 0
        if isinstance(model, CountsNeighbours):
            begun = time.monotonic()
            self.entries = _entries(model, encoded, self.kept)
            counting = (time.monotonic() - begun) / 1.5  # of the part and half of it
            self.seconds += counting * (self.times - 1)
        self.seconds_of_epoch = (self.entries or task.work * self.times) / usual
        self._end(twin, task, known, encoded, share, getattr(text, "paths", None) is not None)
        spread = (max(rates) - min(rates)) / (2 * usual)
        self.error = min(1.0, max(_LEAST_ERROR, spread) + (1 - share) / 2)  # small tables lie in caches

    def _end(self, model: Any, task: Any, vocabulary: Any, encoded: Any, share: float, is_of_files: bool) -> None:
        """Do what follows the last step, for a share of the words."""
        begun, before = time.monotonic(), used_memory()
        with _Watch() as watch:
            model._adopt(task, vocabulary)
            task.finish()
            vectors = model._vectors_from(task, vocabulary, True)
        self.seconds += (time.monotonic() - begun) * (self.times if model.reads_pairs else 1 / share)
        held = before + int((used_memory() - before) / share)
        self.end = max(held, before + int((watch.peak - before) / share))
        if isinstance(model, ReadsEvidence) and isinstance(vectors, DensityVectors):
            more, seconds = self._of_evidence(vectors, encoded, vocabulary, model, is_of_files)
            self.end = max(self.end, held + more)
            self.seconds += seconds

    def _of_evidence(
        self, vectors: DensityVectors, encoded: Any, vocabulary: Any, model: Any, is_of_files: bool
    ) -> tuple[int, float]:
        """Memory and seconds that the evidence of the whole takes, by that of the part and of its first quarter."""
        sizes = [1.0] if self.times < _ALIKE else [_QUARTER, 1.0]
        found, held = [], used_memory()
        for size in sizes:
            part, begun = encoded.beginning(size), time.monotonic()
            with _Watch() as watch:
                learn_inference(vectors, part, vocabulary, model, is_of_files=is_of_files, phrases=model.known_phrases)
            found.append((max(watch.peak - held, 1), max(time.monotonic() - begun, 1e-9)))
        costs = np.array(found)
        powers = np.clip(np.log(costs[-1] / costs[0]) / -math.log(_QUARTER), 0, 1)  # 0 of a single part
        memory, seconds = (costs[-1] * self.times ** (_LEVELLING * powers)).tolist()
        return int(memory), seconds

    @staticmethod
    def _learn(task: Any) -> list[float]:
        """Units of work a second of stretches that follow each other; one where there is nothing to learn."""
        rates: list[float] = []
        begun, done, step = time.monotonic(), 0, 0
        end = begun + _SECONDS
        try:
            for epoch in range(2**30):
                for batch in task.batches(epoch, None):
                    task.step(batch, step, 0.0)
                    step, done = step + 1, done + batch.num_read
                    now = time.monotonic()
                    if now - begun > _SECONDS / 10 or (now > end and len(rates) == 0):
                        rates.append(done / (now - begun))
                        begun, done = now, 0
                    if now > end and rates:
                        return rates[1:] or rates  # the first loads code
                if step == 0:
                    return [1.0]
        finally:
            task.forget()
        raise AssertionError


class _Watch:
    """The most memory held meanwhile, by looks every few milliseconds."""

    def __enter__(self) -> Self:
        self.peak, self._is_over = used_memory(), Event()
        self._before = peak_memory()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._is_over.wait(_LOOKS):
            self.peak = max(self.peak, used_memory())

    def __exit__(self, *exception: object) -> None:
        self._is_over.set()
        self._thread.join()
        most = peak_memory()
        self.peak = max(self.peak, used_memory(), most if most > self._before else 0)


def _entries(model: Any, encoded: Any, num_tokens: int) -> int:
    """Different pairs of neighbours that so many tokens of a text have: as t to a power, by its beginning's."""
    sizes = []
    for size in (0.5, 1.0):
        part = encoded.beginning(size)
        sizes.append((part.num_ids, int(count_neighbours(part, model, False).nnz)))
    (few, fewer), (many, more) = sizes
    power = math.log(more / fewer) / math.log(many / few) if more > fewer > 0 and many > few else 1.0
    return int(more * (max(num_tokens, many) / max(many, 1)) ** min(power, 1.0))


def _encoded_beginning(model: Any, text: Any, vocabulary: Any, num_tokens: int) -> Any:
    """A text as ids; of one that is longer than a trial needs the beginning, from its first known words on."""
    most = _NEIGHBOUR_TOKENS if isinstance(model, CountsNeighbours) else _SAMPLE_TOKENS
    if isinstance(model, ReadsEvidence):
        most = _EVIDENCE_TOKENS
    if num_tokens > most:
        known = _Known(text, _sides(vocabulary), most)
        text = model.preparation.corpus(known, max_sentence_length=text.max_sentence_length)
    return model.encode(text, vocabulary)


class _Known:
    """The first sentences of a text, or pairs of them, that have known words: as many as have so many of these."""

    def __init__(self, text: Any, sides: Sequence[Vocabulary], num_tokens: int) -> None:
        self._text, self._num_tokens = text, num_tokens
        self._known = [frozenset(side.words) for side in sides]

    def __iter__(self) -> Iterator[Any]:
        left = self._num_tokens
        for sentence in self._text:
            parts = sentence if isinstance(sentence, tuple) else [sentence]
            numbers = [sum(map(words.__contains__, part)) for words, part in zip(self._known, parts, strict=True)]
            if all(numbers):
                yield sentence
                left -= sum(numbers)
            if left <= 0:
                return
