"""A look before the leap: what a training will take of memory, disk and time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from densevec._packages import import_torch
from densevec.corpus import ParallelVocabulary, Vocabulary
from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.corpus.encoded import MEMORY_LIMIT, EncodedCorpus
from densevec.corpus.language import SENTENCE_END, UNKNOWN
from densevec.models.cooccurrence import CountsNeighbours
from densevec.models.inference import learn_inference
from densevec.models.limits import memory_limits, peak_memory, used_memory
from densevec.models.parameters import ReadsEvidence, num_ngrams
from densevec.models.placement import Placement, place
from densevec.training.engine import TorchEngine
from densevec.vectors import DensityVectors

_PROBES = 16, 32  # words of the small tables whose sizes tell those of all
_OPTIMISER = ("squares", "moment", "adam")  # parts of the names of what is no weight
_SAMPLE_TOKENS = 2**17  # of the text, for the calibration
_SAMPLE_BYTES = 2**28  # of tables, above which it has fewer words
_MOST_EPOCHS = 100.0
_SECONDS = 3.0  # that it takes
_LEAST_ERROR = 0.15  # of the time: what the next minutes of a quiet machine differ by


_COUNTED, _GATHERED = 10, 12  # bytes of a pair of neighbours: in a matrix, and as an entry too
_EVIDENCE_WINDOW = 10  # of ``specificity``


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


def estimate(model: Any, text: Any, progress: bool | None) -> MemoryEstimate:
    """Count the words of an open text, learn from its first part for seconds, and say what the whole will take."""
    begun = time.monotonic()
    placement = place(model)
    vocabulary = model.count(text, progress)
    counting = time.monotonic() - begun
    tables, optimiser = state_bytes(model, vocabulary, placement)
    sample = _Calibration(model, text, vocabulary, tables + optimiser, placement)
    tokens = sum(side.num_raw_tokens for side in _sides(vocabulary))
    kept = sum(int(side.counts.sum()) for side in _sides(vocabulary))
    in_memory, on_disk = id_bytes(kept, round(sample.sentences_per_token * tokens))
    # what the calibration has seen is with it; files of ids count as memory once they are read, where there is room
    ids, entries = in_memory + on_disk, sample.entries(tokens)
    peak = max(
        sample.counted_peak,
        sample.peak
        + max(0, tables + optimiser - sum(sample.state_bytes))
        + ids
        + _GATHERED * entries * sample.is_of_entries,
        sample.end + max(0, tables - sample.state_bytes[0]) + ids + _COUNTED * entries,
    )
    work = entries if sample.is_of_entries else tokens
    limits = memory_limits()
    used = used_memory()
    return MemoryEstimate(
        words=sum(len(side) for side in _sides(vocabulary)),
        tokens=tokens,
        vocabulary=_vocabulary_bytes(vocabulary),
        tables=tables,
        optimiser=optimiser,
        ids_in_memory=in_memory,
        ids_on_disk=on_disk,
        scratch=sample.scratch,
        peak=peak,
        seconds=2 * counting + sample.seconds + model.epochs * work / sample.per_second,
        seconds_error=sample.error,
        limit=limits[0].left + used if limits else None,
        limit_name=limits[0].name if limits else None,
    )


class _Calibration:
    """Some seconds of training on the first part of a text, by tables that are made for it and forgotten.

    state_bytes : of its tables, and of its optimiser; those of fewer words where the whole would be large
    counted_peak, peak, end : the most memory before it began, and with it, and what is held once the vectors are there
    is_of_entries : whether what is learned are counts of neighbours
    scratch : what steps took beside tables and ids, and the code that they load
    seconds : before the first step and after the last one, of all words
    per_second : words, or entries of neighbours, that are learned
    error : how far that may be off, as a share
    sentences_per_token : of the text
    """

    def __init__(self, model: Any, text: Any, vocabulary: Any, state: int, placement: Placement) -> None:
        self.is_of_entries = isinstance(model, CountsNeighbours)
        self.counted_peak, before = peak_memory(), used_memory()
        sentences, num_tokens = _first_part(text)
        self.sentences_per_token = len(sentences) * len(_sides(vocabulary)) / max(num_tokens, 1)
        sides = _sides(vocabulary)
        share = min(1.0, _SAMPLE_BYTES / max(state, 1))
        known = vocabulary if share == 1.0 else _truncated(vocabulary, [max(1, int(share * len(s))) for s in sides])
        total = sum(side.num_raw_tokens for side in sides) * model.epochs
        twin = type(model)(**{**model.get_params(), "corpus": None})
        if any(state > limit.left for limit in memory_limits()) and num_ngrams(twin):
            twin.buckets = max(1, int(share * twin.buckets))  # all of them cannot be had
        twin.epochs = max(1, round(min(total / num_tokens, _MOST_EPOCHS)))  # steps as long as those of the training
        encoded = model.preparation.encode(model.preparation.corpus(sentences), known, model)
        del sentences
        begun = time.monotonic()
        with _own_stream(placement):
            task = twin.make_task(known, encoded, placement=placement)
        self.seconds = (time.monotonic() - begun) / share
        for tensor in task.state().values():
            tensor[...] += 0  # memory that is only promised is not there yet
        self.state_bytes = _sizes(task)
        peak, rates = self._learn(task)
        begun, work = time.monotonic(), task.work
        self.end = self._end(twin, task, known, encoded)
        passes = (
            total / model.epochs / num_tokens if model.reads_pairs else 1 / share
        )  # one more over the text, or words
        self.seconds += (time.monotonic() - begun) * passes
        self._grow = _growth(model, encoded)
        self.peak = max(peak, peak_memory() if peak_memory() > self.counted_peak else 0)
        self.scratch = max(0, self.peak - before - sum(self.state_bytes) - 4 * num_tokens)
        usual = sorted(rates)[len(rates) // 2]
        self.per_second = usual if self.is_of_entries else usual * num_tokens / work
        spread = (max(rates) - min(rates)) / (2 * usual)
        self.error = min(1.0, max(_LEAST_ERROR, spread) + (1 - share) / 2)  # small tables lie in caches

    def entries(self, tokens: int) -> int:
        """Different pairs of neighbours that a text of so many tokens has, where the model counts them."""
        sample, number, power = self._grow
        return int(number * (max(tokens, sample) / sample) ** power) if number else 0

    @staticmethod
    def _end(model: Any, task: Any, vocabulary: Any, encoded: Any) -> int:
        """Do what follows the last step; the memory held before neighbours are counted for evidence."""
        model._adopt(task, vocabulary)
        task.finish()
        vectors = model._vectors_from(task, vocabulary, True)
        held = used_memory()
        if isinstance(model, ReadsEvidence) and isinstance(vectors, DensityVectors):
            learn_inference(vectors, encoded, vocabulary, model, is_of_files=False)
        return held

    @staticmethod
    def _learn(task: Any) -> tuple[int, list[float]]:
        """The most memory held, and units of work a second of stretches that follow each other."""
        rates: list[float] = []
        peak, step, end = 0, 0, time.monotonic() + _SECONDS
        try:
            for epoch in range(2**30):
                begun, done = time.monotonic(), 0
                for batch in task.batches(epoch, None):
                    task.step(batch, step, 0.0)
                    step, done, peak = step + 1, done + batch.num_read, max(peak, used_memory())
                    now = time.monotonic()
                    if now - begun > _SECONDS / 10 or (now > end and len(rates) == 0):
                        rates.append(done / (now - begun))
                        begun, done = now, 0
                    if now > end and rates:
                        return peak, rates[1:] or rates  # the first loads code
        finally:
            task.forget()
        raise AssertionError


def _growth(model: Any, encoded: Any) -> tuple[int, int, float]:
    """How different pairs of neighbours grow with the tokens of a text: n of them in t tokens, and as t to a power."""
    is_evidence = isinstance(model, ReadsEvidence) and model.evidence is not None
    if not (is_evidence or isinstance(model, CountsNeighbours)):
        return 1, 0, 1.0
    window = _EVIDENCE_WINDOW if is_evidence else model.window
    half = max(1, encoded.num_sentences // 2)
    sizes = []
    for end in (half, encoded.num_sentences):
        bound = int(encoded.offsets[end])
        part = EncodedCorpus(encoded.ids[:bound], encoded.offsets[: end + 1], bound, encoded.vocabulary_size)
        sizes.append((bound, int(count_cooccurrences(part, window=window).nnz)))
    (few, fewer), (many, more) = sizes
    power = math.log(more / fewer) / math.log(many / few) if more > fewer > 0 and many > few else 1.0
    return many, more, min(power, 1.0)


def _first_part(text: Any) -> tuple[list[Any], int]:
    """Sentences, or pairs of them, from the beginning, and their tokens."""
    sentences, number = [], 0
    for sentence in text:
        sentences.append(sentence)
        number += sum(map(len, sentence)) if isinstance(sentence, tuple) else len(sentence)
        if number >= _SAMPLE_TOKENS:
            break
    return sentences, number
