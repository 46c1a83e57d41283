"""The words of a corpus: counted, chosen and put in order."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from densevec._cy.text import Tokens, WordTable
from densevec._roles import as_counts, as_words
from densevec._validation import Instance, Interval, Rule, check_parameter, check_parameters
from densevec.corpus.advice import log_advice
from densevec.corpus.passes import Pool, Progress, load, map_in_order, pieces_in_sentences
from densevec.corpus.readers import Piece
from densevec.corpus.roles import as_tokens
from densevec.corpus.text import TextCorpus, as_corpus
from densevec.errors import CorpusError, ParameterError, ParameterTypeError

logger = logging.getLogger(__name__)

TrimRule = Callable[[str, int, int], bool | None]

RULES: dict[str, Rule] = {
    "min_count": Interval(int, 1),
    "max_vocab_size": Interval(int, 1, optional=True),
    "trim_rule": Instance((Callable,), "a function (word, count, min_count) -> bool or None", optional=True),  # type: ignore[arg-type]
    "workers": Interval(int, 1),
    "progress": Instance((Callable,), "a function (num_words) -> None", optional=True),  # type: ignore[arg-type]
}

_NUM_TOKENS = Interval(int, 0, optional=True)


class Vocabulary:
    """Words and how often each occurs; the id of a word is its position.

    A vocabulary that ``build_vocabulary`` made is sorted by falling count, equal counts by the words' UTF-8 bytes
    (which is the order of code points).  ``counts`` is int64 (V,), in tokens; ``num_raw_tokens`` is the number of
    tokens of the corpus, those of words left out included.

    Errors: ParameterError when words and counts differ in number, a count is no integer from 0 to 2^63 - 1, or a word
    occurs twice.

    >>> vocabulary = Vocabulary(["the", "kiwi"], [3, 1])
    >>> vocabulary.index["kiwi"], "emu" in vocabulary, vocabulary.encode(["the", "emu", "kiwi"]).tolist()
    (1, False, [0, 1])
    """

    def __init__(self, words: Sequence[str], counts: Any, num_raw_tokens: int | None = None) -> None:
        self.words: list[str] = as_words(words)
        self.counts: np.ndarray = as_counts(counts)
        if len(self.words) != len(self.counts):
            raise ParameterError(f"words and counts must be equally many, got {len(self.words)} and {len(self.counts)}")
        if len(self.words) > np.iinfo(np.int32).max:
            raise ParameterError(f"a vocabulary has at most 2^31 - 1 words, got {len(self.words)}")
        check_parameter("num_raw_tokens", num_raw_tokens, _NUM_TOKENS)
        total = (
            sum(self.counts.tolist()) if float(self.counts.sum(dtype=np.float64)) > 2**62 else int(self.counts.sum())
        )
        if total >= 2**63:
            raise ParameterError(f"counts must be below 2^63 in all, got {total}")
        self.num_raw_tokens = total if num_raw_tokens is None else int(num_raw_tokens)
        self._index: dict[str, int] | None = None
        self._table: WordTable | None = None

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} words, {int(self.counts.sum())} of {self.num_raw_tokens} tokens)"

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_index": None, "_table": None}

    @property
    def index(self) -> dict[str, int]:
        """From a word to its id (made when first asked for)."""
        if self._index is None:
            index = {word: position for position, word in enumerate(self.words)}
            if len(index) != len(self.words):
                self._refuse_duplicate(next(word for i, word in enumerate(self.words) if index[word] != i))
            self._index = index
        return self._index

    @property
    def table(self) -> WordTable:
        """``make_table()``, kept."""
        if self._table is None:
            self._table = self.make_table()
        return self._table

    def make_table(self) -> WordTable:
        """From a word to its id, for the encoding of text; about as large as the vocabulary itself."""
        table = WordTable(len(self.words))
        duplicate = table.set_ids(self.words)
        if duplicate >= 0:
            self._refuse_duplicate(self.words[duplicate])
        return table

    def _refuse_duplicate(self, word: str) -> None:
        raise ParameterError(f"words must be distinct, got {word!r} more than once")

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """The ids of the known tokens as an int32 array; the others are dropped."""
        words = as_tokens(tokens, "the list of tokens", ParameterTypeError)
        ids = np.empty(len(words), np.int32)
        return ids[: self.table.encode_words(words, ids)]

    def keep_probability(self, sample: float) -> np.ndarray:
        """The probability that subsampling keeps a token of each word, float64 (V,).

        min(1, √(s/f) + s/f) with s = ``sample`` and f the word's share of the vocabulary's tokens, as the code of
        word2vec has it (Mikolov et al. 2013; their paper states 1 - √(s/f) for dropping). ``sample=0`` keeps all.
        Errors: ParameterError unless 0 ≤ sample ≤ 1.

        >>> Vocabulary(["the", "kiwi"], [99, 1]).keep_probability(0.01).round(3).tolist()
        [0.111, 1.0]
        """
        check_parameters({"sample": sample}, {"sample": Interval(float, 0, 1)})
        total = self.counts.sum()
        if sample == 0 or total == 0:
            return np.ones(len(self), np.float64)
        ratio = sample * float(total) / np.maximum(self.counts.astype(np.float64), 1.0)
        return np.minimum(1.0, np.sqrt(ratio) + ratio)

    def kept_counts(self, sample: float) -> np.ndarray:
        """How many tokens of each word subsampling keeps in the mean, float64 (V,): counts by ``keep_probability``.

        >>> Vocabulary(["the", "kiwi"], [99, 1]).kept_counts(0.01).round(3).tolist()
        [10.95, 1.0]
        """
        return np.asarray(self.counts * self.keep_probability(sample), np.float64)

    def digest(self) -> str:
        """SHA-256 of the words, in order, and their counts: equal for equal vocabularies only."""
        digest = hashlib.sha256(f"densevec vocabulary 1 {len(self)} {self.num_raw_tokens}\n".encode())
        lengths = np.fromiter((len(word) for word in self.words), np.int64, len(self.words))
        digest.update(lengths.astype("<i8").tobytes())
        digest.update("".join(self.words).encode("utf-8", "surrogatepass"))
        digest.update(self.counts.astype("<i8").tobytes())
        return digest.hexdigest()


def build_vocabulary(
    corpus: Any,
    *,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    trim_rule: TrimRule | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Vocabulary:
    """Count the words of a corpus in one pass and keep those that occur at least ``min_count`` times.

    ``max_vocab_size`` then keeps that many of the most frequent words (of two equally frequent ones that which comes
    first by its UTF-8 bytes); it does not bound the memory of counting, some 100 bytes a distinct word and thread.
    ``trim_rule(word, count, min_count)`` may say True (keep the word whatever its count), False (drop it) or None
    (let min_count decide); ``max_vocab_size`` holds after it.  ``workers`` threads count; the result does not depend
    on their number.  ``progress`` is called now and then with the number of tokens since its last call (a tqdm bar's
    ``update`` fits).

    Errors: CorpusError when the text cannot be read (see TextCorpus), has no tokens, or no word is kept.

    >>> build_vocabulary([["b", "a", "c"], ["c", "a", "b"], ["c"]], min_count=2).words
    ['c', 'a', 'b']
    """
    values = {"min_count": min_count, "max_vocab_size": max_vocab_size, "trim_rule": trim_rule}
    check_parameters({**values, "workers": workers, "progress": progress}, RULES)
    text = as_corpus(corpus)
    table, _ = count_words(text, workers, progress)
    vocabulary = select_words(table, min_count, max_vocab_size, trim_rule)
    log_advice(vocabulary.words, text)
    return vocabulary


def count_words(
    corpus: Any, workers: int, progress: Progress | None, may_be_empty: bool = False
) -> tuple[WordTable, int]:
    """The counts of all words of a corpus, and how many sentences have a token (see build_vocabulary)."""
    corpus = as_corpus(corpus)
    corpus.start_reading()
    count = _count_text if corpus.is_native else _count_lists
    table, num_sentences = count(corpus, workers, progress)
    num_raw_tokens = table.total()
    corpus.finish_pass(num_raw_tokens)
    if num_raw_tokens == 0 and not may_be_empty:
        raise CorpusError(f"{corpus.name} is empty: it has no tokens")
    return table, num_sentences


def select_words(
    table: WordTable, min_count: int, max_vocab_size: int | None = None, trim_rule: TrimRule | None = None
) -> Vocabulary:
    """The vocabulary of a table of counts (see build_vocabulary)."""
    smallest = 1 if trim_rule is not None else min_count
    counts = np.empty(table.num_at_least(smallest), np.int64)
    words = table.sorted_words(smallest, counts)
    num_raw_tokens = table.total()
    if trim_rule is not None:
        kept = [i for i, word in enumerate(words) if is_kept(word, int(counts[i]), min_count, trim_rule)]
        words, counts = [words[i] for i in kept], counts[kept]
    if not words:
        raise CorpusError(none_kept(table, min_count, trim_rule))
    vocabulary = Vocabulary(words[:max_vocab_size], counts[:max_vocab_size], num_raw_tokens)
    share = 100 * int(vocabulary.counts.sum()) / num_raw_tokens
    logger.info(
        "%d tokens, %d distinct words; kept %d words, %.1f %% of the tokens",
        num_raw_tokens, len(table), len(vocabulary), share,
    )  # fmt: skip
    return vocabulary


def none_kept(table: WordTable, min_count: int, trim_rule: TrimRule | None) -> str:
    """Why no word is in a vocabulary, and what helps."""
    if trim_rule is None:
        return all_rare(len(table), min_count)
    helps = "or None" if table.num_at_least(min_count) else "or None and lower min_count"
    return (
        f"trim_rule and min_count={min_count} drop all {len(table)} distinct words of the corpus; let trim_rule return "
        f"True for some of them, {helps}"
    )


def all_rare(num_words: int, min_count: int) -> str:
    """That ``min_count`` drops all words, and what helps."""
    every = f"all {num_words} distinct words of the corpus occur"
    return f"{every} fewer than min_count={min_count} times; lower min_count or give more text"


def is_kept(word: str, count: int, min_count: int, trim_rule: TrimRule | None) -> bool:
    """Whether a word that comes so often stays, as ``trim_rule`` says or, where it says nothing, ``min_count``."""
    answer = None if trim_rule is None else trim_rule(word, count, min_count)
    if answer is None:
        return count >= min_count
    if not isinstance(answer, bool | np.bool_):
        raise ParameterTypeError(
            f"trim_rule must return True (keep), False (drop) or None (min_count decides), got {answer!r} for {word!r}"
        )
    return bool(answer)


def _count_text(corpus: TextCorpus, workers: int, progress: Progress | None) -> tuple[WordTable, int]:
    counters = [(Tokens(), WordTable()) for _ in range(workers)]
    pool = Pool(counters)

    def count(job: tuple[Piece, int]) -> tuple[int, int]:
        piece, open_tokens = job

        def with_counter(counter: tuple[Tokens, WordTable]) -> tuple[int, int]:
            number = load(corpus, counter[0], piece)
            counter[1].count(counter[0])
            return number, counter[0].count_sentences(open_tokens, corpus.max_sentence_length)[0]

        return pool.lend(with_counter)

    num_sentences = 0
    with closing(map_in_order(count, pieces_in_sentences(corpus), workers)) as numbers:
        for num_tokens, num_ended in numbers:
            num_sentences += num_ended
            if progress is not None:
                progress(num_tokens)
    (_, table), *others = counters
    for _, other in others:
        table.merge(other)
    return table, num_sentences


def _count_lists(corpus: TextCorpus, workers: int, progress: Progress | None) -> tuple[WordTable, int]:
    table, number, num_sentences = WordTable(), 0, 0
    for sentence in corpus:
        table.count_words(sentence)
        number += len(sentence)
        num_sentences += len(sentence) > 0
        if progress is not None and number >= 100_000:
            progress(number)
            number = 0
    if progress is not None and number:
        progress(number)
    return table, num_sentences
