"""Parallel corpora: pairs of a sentence and its translation, that can be read again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from densevec._containers import refuse_table
from densevec.corpus._pair_sources import (
    Side,
    as_two_texts,
    given_pairs,
    pairs_of_columns,
    pairs_of_texts,
    refuse_unzipped,
)
from densevec.corpus.readers import as_paths
from densevec.corpus.reading import MAX_SENTENCE_LENGTH, check_beside
from densevec.corpus.text import TextCorpus, as_corpus
from densevec.corpus.tokenizers import Tokenizer, tokenizer_name
from densevec.errors import CorpusError, CorpusTypeError

MAX_PAIR_LENGTH = 50  # tokens of a side, unless another number is given

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

    ``source`` is two texts, ``(SOURCE, TARGET)``, each a path or URL (or a list of them; anything TextCorpus reads,
    or a TextCorpus of files, which has its own parameters, so that no others can be given), of which line i of one
    translates line i of the other; or one path of lines SOURCE<TAB>TARGET, where further columns are ignored, or
    SOURCE ||| TARGET, whichever the first line that is not blank is; or an object that gives pairs of token lists each
    time it is iterated (not a generator).

    Policy.  Lines, tokens, normal form, lower case and bad bytes are as in TextCorpus, but nothing is cut or dropped
    on one side only: a pair with a side that has no token, or more than ``max_sentence_length`` of them, is left out
    and counted (``counts`` tells what the last whole pass left out).  None is the limit of a TextCorpus among the
    texts, if it has another one than its default, and else 50.  Texts with different numbers of lines are an error, as
    is a line of one file that is not blank and has no tab (or ``|||``).  Each pass must find what the first one found
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
        max_sentence_length: int | None = None,
        errors: str = "strict",
        normalize: str | None = None,
    ) -> None:
        self.source = source
        self.is_reversed = False
        self._parameters = (lowercase, tokenizer, max_sentence_length, errors, normalize)
        refuse_table(source, "a parallel corpus", CorpusTypeError, num_columns=2)
        refuse_unzipped(source)
        texts = as_two_texts(source)
        if texts is None and isinstance(source, list | tuple) and len(as_paths(source) or ()) > 1:
            raise CorpusTypeError(
                f"a parallel corpus must be two texts, (SOURCE, TARGET), or one of tab-separated pairs, got "
                f"{len(source)} paths; a side of several files is a list of them"
            )
        reading: dict[str, Any] = {
            "lowercase": lowercase, "tokenizer": tokenizer, "errors": errors, "normalize": normalize
        }  # fmt: skip
        for text in texts or (source,):
            if isinstance(text, TextCorpus):
                check_beside(text.reading, reading, "TextCorpus")
        self._texts = [as_corpus(text, **reading) for text in texts or (source,)]
        limit = _limit_of(self._texts) if max_sentence_length is None else max_sentence_length
        self._max_sentence_length = TextCorpus([], max_sentence_length=limit, **reading).max_sentence_length  # checked
        self._has_two_texts = texts is not None
        if len({_without_length(text) for text in self._texts}) > 1:
            raise CorpusTypeError(
                f"both sides must be read alike, got {self._texts[0]!r} and {self._texts[1]!r}; "
                f"give them the same parameters"
            )
        self.counts: PairCounts | None = None

    def __repr__(self) -> str:
        is_pairs = not self._texts[0].is_text
        source = f"<{type(self.source).__name__}>" if is_pairs else repr(self.source)
        first = self._texts[0]
        form = f", normalize={first.normalize!r}" if first.normalize else ""
        tokenizer = tokenizer_name(first.tokenizer)
        text = f"ParallelCorpus({source}, lowercase={first.lowercase}, tokenizer={tokenizer!r}{form})"
        return f"{text}.reversed()" if self.is_reversed else text

    def __iter__(self) -> Iterator[Pair]:
        """The pairs that are not left out, as two lists of words."""
        return self.pairs(PairCounts())

    @property
    def parameters(self) -> dict[str, Any]:
        """How text is read, to be kept with a model: all parameters but the source, the tokenizer by its name."""
        return {**self._with_rules.parameters, "max_sentence_length": self.max_sentence_length}

    @property
    def reading(self) -> dict[str, Any]:
        """``parameters`` with the tokenizer and the phrases themselves."""
        return {**self._with_rules.reading, "max_sentence_length": self.max_sentence_length}

    @property
    def _with_rules(self) -> TextCorpus:
        """A side, which is read as the other one is, but for phrases: one that joins some, if one does."""
        return next((text for text in self._texts if text.phrases is not None), self._texts[0])

    @property
    def sides(self) -> tuple[TextCorpus, TextCorpus]:
        """The texts that source and target come from, the same for columns and for pairs."""
        first, second = self._texts[0], self._texts[-1]
        return (second, first) if self.is_reversed else (first, second)

    @property
    def max_sentence_length(self) -> int:
        """Most tokens of a side."""
        return self._max_sentence_length

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
            first, second = self._texts
            return pairs_of_texts(first, second, self.max_sentence_length)
        (text,) = self._texts
        return pairs_of_columns(text, self.max_sentence_length) if text.is_text else given_pairs(text)


def _limit_of(texts: Sequence[TextCorpus]) -> int:
    """Most tokens of a side by what texts say themselves."""
    given = [text.max_sentence_length for text in texts if text.max_sentence_length != MAX_SENTENCE_LENGTH]
    if len(set(given)) > 1:
        raise CorpusTypeError(
            f"max_sentence_length must be the same in both texts, got {given[0]} and {given[1]}; give both one limit"
        )
    return given[0] if given else MAX_PAIR_LENGTH


def _without_length(text: TextCorpus) -> tuple[Any, ...]:
    return text.lowercase, text.tokenizer, text.errors, text.normalize


def as_parallel_corpus(corpus: Any, **reading: Any) -> ParallelCorpus:
    """The one way from what a user hands over as translations to a ParallelCorpus, which is taken as it is.

    Anything else becomes the source of one that is read with ``reading``: lowercase, tokenizer and the like.
    """
    return corpus if isinstance(corpus, ParallelCorpus) else ParallelCorpus(corpus, **reading)
