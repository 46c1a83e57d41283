"""Parallel corpora: sentences and their translations, counted and encoded without losing a position."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np

from densevec._cy.text import WordTable
from densevec._validation import Interval, check_parameters
from densevec.corpus._pair_sources import Side, as_two_texts, given_pairs, pairs_of_columns, pairs_of_texts
from densevec.corpus.encoded import MEMORY_LIMIT, Encoded, EncodedCorpus, Marks, Store, encode_sentences
from densevec.corpus.passes import Progress
from densevec.corpus.text import TextCorpus, as_paths
from densevec.corpus.tokenizers import Tokenizer, tokenizer_name
from densevec.corpus.vocabulary import RULES, TrimRule, Vocabulary, select_words
from densevec.errors import CorpusError, CorpusFileError, CorpusTypeError

logger = logging.getLogger(__name__)

_BATCH_TOKENS = 1 << 16  # tokens of a side that are gathered before they are stored

Pair = tuple[list[str], list[str]]
Link = tuple[int, int]  # positions of a source and of a target word, from 0


class GoldAlignment(NamedTuple):
    """The right links of a pair: those that are sure, and those that are possible, which the sure ones are too."""

    sure: set[Link]
    possible: set[Link]


@dataclass
class PairCounts:
    """What one pass over a parallel corpus gave: pairs kept and left out, and the tokens of each side of them.

    ``num_empty`` pairs had a side without a token, ``num_long`` a side of more than ``max_sentence_length`` tokens;
    every token that was read is in one of the four sums.
    """

    num_pairs: int = 0
    num_empty: int = 0
    num_long: int = 0
    source_tokens: int = 0
    target_tokens: int = 0
    skipped_source_tokens: int = 0
    skipped_target_tokens: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


class ParallelCorpus:
    """Pairs of a sentence and its translation, that can be read again and again, never whole in memory.

    ``source`` is two texts, ``(SOURCE, TARGET)``, each a path or URL (or a list of them; anything TextCorpus reads),
    of which line i of one translates line i of the other; or one path of lines SOURCE<TAB>TARGET, or SOURCE ||| TARGET,
    where further columns are ignored; or an object that gives pairs of token lists each time it is iterated (not a
    generator).

    Policy.  Lines, tokens, lower case and bad bytes are as in TextCorpus, but nothing is cut or dropped on one side
    only: a pair with a side that has no token, or more than ``max_sentence_length`` of them, is left out and counted
    (``counts`` tells what the last whole pass left out).  Texts with different numbers of lines are an error, as is
    a line of one file that is not empty and has no tab (or ``|||``).  Each pass must find what the first one found
    (see TextCorpus).

    Errors: CorpusTypeError for a source or pair of the wrong kind, CorpusFileError for a file that cannot be
    opened, CorpusError for text that cannot be read; each names file and line, or the number of the pair (from 1).

    >>> pairs = [(["a", "kiwi"], ["un", "kiwi"]), ([], ["rien"]), (["birds"], ["les", "oiseaux"])]
    >>> corpus = ParallelCorpus(pairs)
    >>> list(corpus.reversed())
    [(['un', 'kiwi'], ['a', 'kiwi']), (['les', 'oiseaux'], ['birds'])]
    """

    def __init__(
        self,
        source: Any,
        lowercase: bool = False,
        tokenizer: Tokenizer = "whitespace",
        max_sentence_length: int = 50,
        errors: str = "strict",
    ) -> None:
        self.source = source
        self.is_reversed = False
        self._parameters = (lowercase, tokenizer, max_sentence_length, errors)
        texts = as_two_texts(source)
        if texts is None and isinstance(source, list | tuple) and len(as_paths(source) or ()) > 1:
            raise CorpusTypeError(
                f"a parallel corpus must be two texts, (SOURCE, TARGET), or one of tab-separated pairs, got "
                f"{len(source)} paths; a side of several files is a list of them"
            )
        self._texts = [TextCorpus(text, *self._parameters) for text in texts or (source,)]
        self._has_two_texts = texts is not None
        self.counts: PairCounts | None = None

    def __repr__(self) -> str:
        is_pairs = not self._has_two_texts and as_paths(self.source) is None
        source = f"<{type(self.source).__name__}>" if is_pairs else repr(self.source)
        lowercase, tokenizer = self._parameters[0], tokenizer_name(self._parameters[1])
        text = f"ParallelCorpus({source}, lowercase={lowercase}, tokenizer={tokenizer!r})"
        return f"{text}.reversed()" if self.is_reversed else text

    def __iter__(self) -> Iterator[Pair]:
        """The pairs that are not left out, as two lists of words."""
        return self.pairs(PairCounts())

    @property
    def parameters(self) -> dict[str, Any]:
        """How text is read, to be kept with a model: lowercase, tokenizer's name, max_sentence_length, errors."""
        return self._texts[0].parameters

    @property
    def max_sentence_length(self) -> int:
        """Most tokens of a side."""
        return self._texts[0].max_sentence_length

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a line of text, lowered and cut as those of the corpus."""
        return self._texts[0].tokenize(text)

    def reversed(self) -> ParallelCorpus:
        """The same pairs, target first."""
        other = ParallelCorpus(self.source, *self._parameters)
        other.is_reversed = not self.is_reversed
        return other

    # -- for the counting and encoding passes --

    def start_reading(self) -> None:
        """Begin anew: what earlier passes have seen no longer binds."""
        self.counts = None
        for text in self._texts:
            text.start_reading()

    def finish_pass(self, counts: PairCounts) -> None:
        """Note what a whole pass gave; CorpusError when the pass before gave something else."""
        if self.counts is not None and counts != self.counts:
            raise CorpusError(
                f"the parallel corpus gave {self.counts.as_dict()} when it was counted and {counts.as_dict()} when it "
                f"was read again; it must give the same pairs each time"
            )
        self.counts = counts

    def pairs(self, counts: PairCounts) -> Iterator[Pair]:
        """The pairs that are not left out; ``counts`` is brought up to date on the way."""
        limit = self.max_sentence_length
        for first, second in self._all_pairs():
            source, target = (second, first) if self.is_reversed else (first, second)
            if source.num_tokens == 0 or target.num_tokens == 0:
                counts.num_empty += 1
            elif max(source.num_tokens, target.num_tokens) > limit:
                counts.num_long += 1
            else:
                counts.num_pairs += 1
                counts.source_tokens += source.num_tokens
                counts.target_tokens += target.num_tokens
                yield source.tokens, target.tokens
                continue
            counts.skipped_source_tokens += source.num_tokens
            counts.skipped_target_tokens += target.num_tokens

    def every_pair(self) -> Iterator[Pair]:
        """All pairs, also those with an empty or a long side, for results that are wanted line by line."""
        for first, second in self._all_pairs():
            yield (second.tokens, first.tokens) if self.is_reversed else (first.tokens, second.tokens)

    def _all_pairs(self) -> Iterator[tuple[Side, Side]]:
        if self._has_two_texts:
            return pairs_of_texts(*self._texts)
        (text,) = self._texts
        if as_paths(self.source) is not None:
            return pairs_of_columns(text)
        return given_pairs(text)


def as_parallel_corpus(corpus: Any) -> ParallelCorpus:
    """A ParallelCorpus as it is, anything else as the source of one."""
    return corpus if isinstance(corpus, ParallelCorpus) else ParallelCorpus(corpus)


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
    counts, tables, reported = PairCounts(), (WordTable(), WordTable()), 0
    for source, target in corpus.pairs(counts):
        tables[0].count_words(source)
        tables[1].count_words(target)
        if progress is not None and counts.source_tokens - reported >= _BATCH_TOKENS:
            progress(counts.source_tokens - reported)
            reported = counts.source_tokens
    if progress is not None and counts.source_tokens > reported:
        progress(counts.source_tokens - reported)
    corpus.finish_pass(counts)
    _refuse_nothing(corpus, counts)
    logger.info(
        "%d pairs; %d with an empty side and %d of more than %d tokens left out",
        counts.num_pairs, counts.num_empty, counts.num_long, corpus.max_sentence_length,
    )  # fmt: skip
    source, target = (select_words(table, min_count, max_vocab_size, trim_rule) for table in tables)
    return ParallelVocabulary(source, target)


def _refuse_nothing(corpus: ParallelCorpus, counts: PairCounts) -> None:
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
        ids, offsets, num_tokens = encode_sentences(
            corpus,
            vocabulary,
            Marks(unknown=len(vocabulary)),
            cache_dir=cache_dir,
            memory_limit=memory_limit,
            workers=workers,
            progress=progress,
        )
        return EncodedParallel(EncodedCorpus(ids, offsets, num_tokens, len(vocabulary), 0), None)
    rules = {**RULES, "memory_limit": Interval(int, 0)}
    check_parameters({"workers": workers, "progress": progress, "memory_limit": memory_limit}, rules)
    if cache_dir is not None and not os.path.isdir(cache_dir):
        raise CorpusFileError(f"cache_dir must be an existing folder, got {os.fspath(cache_dir)!r}")
    corpus = as_parallel_corpus(corpus)
    counts = PairCounts()
    with ExitStack() as stack:
        stores = [stack.enter_context(Store(cache_dir, memory_limit // 2)) for _ in range(2)]
        writers = [_Writer(*each) for each in zip(stores, (vocabulary.source, vocabulary.target), strict=True)]
        reported = 0
        for pair in corpus.pairs(counts):
            for writer, sentence in zip(writers, pair, strict=True):
                writer.write(sentence)
            if progress is not None and counts.source_tokens - reported >= _BATCH_TOKENS:
                progress(counts.source_tokens - reported)
                reported = counts.source_tokens
        if progress is not None and counts.source_tokens > reported:
            progress(counts.source_tokens - reported)
        corpus.finish_pass(counts)
        _refuse_nothing(corpus, counts)
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
        ids, offsets = self.store.finish()
        return EncodedCorpus(ids, offsets, len(ids), len(self.vocabulary))
