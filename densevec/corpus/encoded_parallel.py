"""The words of both sides of a parallel corpus counted, and its pairs as ids that keep every position."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from densevec._cy.text import WordTable
from densevec._validation import Interval, check_parameters
from densevec.corpus.advice import log_advice
from densevec.corpus.encoded import MEMORY_LIMIT, Encoded, EncodedCorpus, Marks, Store, encode_sentences
from densevec.corpus.parallel import Pair, PairCounts, ParallelCorpus, as_parallel_corpus
from densevec.corpus.passes import Progress
from densevec.corpus.vocabulary import RULES, TrimRule, Vocabulary, select_words
from densevec.errors import CorpusError, CorpusFileError

logger = logging.getLogger(__name__)

_BATCH_TOKENS = 1 << 16  # tokens of a side that are gathered before they are stored


@dataclass(frozen=True)
class ParallelVocabulary:
    """The vocabularies of two languages; ``words``, ``counts`` and the length are those of the source.

    >>> both = ParallelVocabulary(Vocabulary(["kiwi"], [2]), Vocabulary(["le", "kiwi"], [3, 2]))
    >>> both.words, len(both.target)
    (['kiwi'], 2)
    """

    source: Vocabulary
    target: Vocabulary

    @property
    def words(self) -> list[str]:
        """The words of the source language."""
        return self.source.words

    @property
    def counts(self) -> np.ndarray:
        """Their counts, int64 (V,)."""
        return self.source.counts

    def __len__(self) -> int:
        return len(self.source)

    def digest(self) -> str:
        """SHA-256 of both vocabularies."""
        return hashlib.sha256(f"{self.source.digest()} {self.target.digest()}".encode()).hexdigest()


def build_parallel_vocabulary(
    corpus: Any,
    *,
    min_count: int = 1,
    max_vocab_size: int | None = None,
    trim_rule: TrimRule | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> ParallelVocabulary:
    """Count the words of both languages in one pass; parameters as those of ``build_vocabulary``, for each language.

    Only pairs that are kept are counted.  Python cuts the lines, so that one thread reads them whatever ``workers``
    is.  ``progress`` is called now and then with the number of source tokens since its last call.

    Errors: CorpusError when a text cannot be read (see ParallelCorpus), no pair or no word is kept.

    >>> vocabulary = build_parallel_vocabulary([(["a", "kiwi"], ["un", "kiwi"]), (["a"], ["un"])])
    >>> vocabulary.source.words, vocabulary.target.words
    (['a', 'kiwi'], ['un', 'kiwi'])
    """
    values = {"min_count": min_count, "max_vocab_size": max_vocab_size, "trim_rule": trim_rule}
    check_parameters({**values, "workers": workers, "progress": progress}, RULES)
    corpus = as_parallel_corpus(corpus)
    corpus.start_reading()
    counts, tables = PairCounts(), (WordTable(), WordTable())
    for pair in _pairs(corpus, counts, progress):
        for table, sentence in zip(tables, pair, strict=True):
            table.count_words(sentence)
    logger.info(
        "%d pairs; %d with an empty side and %d of more than %d tokens left out",
        counts.num_pairs, counts.num_empty, counts.num_long, corpus.max_sentence_length,
    )  # fmt: skip
    source, target = (select_words(table, min_count, max_vocab_size, trim_rule) for table in tables)
    for vocabulary, text in zip((source, target), corpus.sides, strict=True):
        log_advice(vocabulary.words, text)
    return ParallelVocabulary(source, target)


def _pairs(corpus: ParallelCorpus, counts: PairCounts, progress: Progress | None) -> Iterator[Pair]:
    """The pairs of a whole pass, which are counted; CorpusError where there is none."""
    reported = 0
    for pair in corpus.pairs(counts):
        yield pair
        if progress is not None and counts.source_tokens - reported >= _BATCH_TOKENS:
            progress(counts.source_tokens - reported)
            reported = counts.source_tokens
    if progress is not None and counts.source_tokens > reported:
        progress(counts.source_tokens - reported)
    corpus.finish_pass(counts)
    if counts.num_pairs == 0:
        raise CorpusError(
            f"{corpus!r} has no pair to learn from: {counts.num_empty} pairs have an empty side, {counts.num_long} "
            f"one of more than max_sentence_length={corpus.max_sentence_length} tokens"
        )


class EncodedParallel:
    """Sentences as ids beside their translations: two EncodedCorpus objects, ``source`` and ``target``.

    Sentence s of one translates sentence s of the other; ids are int32, offsets int64.  Unknown words are kept, since
    positions matter: their id is the number of words of the language's vocabulary, one beyond its last row.
    ``target`` is None when there is no second language.  ``counts`` tells what was left out (None without one).
    """

    def __init__(self, source: EncodedCorpus, target: EncodedCorpus | None, counts: PairCounts | None = None) -> None:
        self.source = source
        self.target = target
        self.counts = counts
        self.num_sentences = source.num_sentences

    def __repr__(self) -> str:
        return f"EncodedParallel({self.source!r}, {self.target!r})"

    def digest(self) -> str:
        """SHA-256 of both sides: the corpus's identity for checkpoints."""
        sides = [self.source.digest(), "" if self.target is None else self.target.digest()]
        return hashlib.sha256(" ".join(sides).encode()).hexdigest()

    def close(self) -> None:
        """Give memory and files back; arrays taken before stay valid as long as they are held."""
        self.source.close()
        if self.target is not None:
            self.target.close()

    def __enter__(self) -> EncodedParallel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def encode_parallel(
    corpus: Any,
    vocabulary: ParallelVocabulary | Vocabulary,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    memory_limit: int = MEMORY_LIMIT,
    workers: int = 1,
    progress: Progress | None = None,
) -> EncodedParallel:
    """Read a parallel corpus once and write the ids of its words, unknown words as ids of their own.

    With a plain Vocabulary the corpus is one of a single language (see TextCorpus), and there is no target.
    Files, memory, ``workers`` and ``progress`` (source tokens) as in ``encode_corpus``; one thread encodes pairs.

    Errors: CorpusError when the text cannot be read, has no pair, or differs from what was counted; CorpusFileError
    when the temporary files cannot be written.

    >>> vocabulary = ParallelVocabulary(Vocabulary(["kiwi"], [1]), Vocabulary(["un", "kiwi"], [1, 1]))
    >>> encoded = encode_parallel([(["a", "kiwi"], ["un", "kiwi"])], vocabulary)
    >>> encoded.source.ids.tolist(), encoded.target.ids.tolist()
    ([1, 0], [0, 1])
    """
    if isinstance(vocabulary, Vocabulary):
        text = encode_sentences(
            corpus,
            vocabulary,
            Marks(unknown=len(vocabulary)),
            cache_dir=cache_dir,
            memory_limit=memory_limit,
            workers=workers,
            progress=progress,
        )
        return EncodedParallel(EncodedCorpus(text.ids, text.offsets, text.num_raw_tokens, len(vocabulary), 0), None)
    rules = {**RULES, "memory_limit": Interval(int, 0)}
    check_parameters({"workers": workers, "progress": progress, "memory_limit": memory_limit}, rules)
    if cache_dir is not None and not os.path.isdir(cache_dir):
        raise CorpusFileError(f"cache_dir must be an existing folder, got {os.fspath(cache_dir)!r}")
    corpus = as_parallel_corpus(corpus)
    counts = PairCounts()
    with ExitStack() as stack:
        stores = [stack.enter_context(Store(cache_dir, memory_limit // 2, False)) for _ in range(2)]
        writers = [_Writer(*each) for each in zip(stores, (vocabulary.source, vocabulary.target), strict=True)]
        for pair in _pairs(corpus, counts, progress):
            for writer, sentence in zip(writers, pair, strict=True):
                writer.write(sentence)
        source, target = (writer.finish() for writer in writers)
    return EncodedParallel(source, target, counts)


class _Writer:
    """Encodes the sentences of one side into a store."""

    def __init__(self, store: Store, vocabulary: Vocabulary) -> None:
        self.store = store
        self.vocabulary = vocabulary
        self.ids = np.empty(_BATCH_TOKENS, np.int32)
        self.lengths: list[int] = []
        self.filled = 0

    def write(self, sentence: list[str]) -> None:
        if self.filled + len(sentence) > len(self.ids):
            self._flush()
            if len(sentence) > len(self.ids):
                self.ids = np.empty(len(sentence), np.int32)
        table, unknown = self.vocabulary.table, len(self.vocabulary)
        self.filled = table.encode_words(sentence, self.ids, self.filled, unknown)
        self.lengths.append(len(sentence))

    def _flush(self) -> None:
        ids = self.ids[: self.filled]
        self.store.append(Encoded(ids, np.array(self.lengths, np.int64), 0, self.filled))
        self.lengths, self.filled = [], 0

    def finish(self) -> EncodedCorpus:
        self._flush()
        ids, offsets, _ = self.store.finish()
        return EncodedCorpus(ids, offsets, len(ids), len(self.vocabulary))
