"""Text as language models see it: every token is predicted, unknown words and the ends of sentences too.

One convention for all language models, so that their perplexities can be compared:

- Words below ``min_count`` or beyond ``max_vocab_size`` are merged into one word ``"<unk>"`` that is a word like any
  other: counted, predicted, and part of histories.
- Every sentence (a line of a text, see TextCorpus) ends with ``"</s>"``, which is predicted like a word.
- The history of the first word of a sentence is ``"</s>"`` as well: in a history the end of one sentence and the
  beginning of the next are one symbol.  Files of other tools that call it ``"<s>"`` there are read and written so.

A sentence of n words is thus n + 1 predictions, and the probabilities of all words of a vocabulary, ``"</s>"`` and
``"<unk>"`` among them, add up to 1 after any history.  If a text has ``"<unk>"`` already, it is that word.

A text that has ``"<s>"`` or ``"</s>"`` already would have every end twice, and a word that no sentence begins with but
those of this text: it is an error, unless ``skip_symbols`` leaves the two out as if they were blanks.  So does lmplz,
which counts a line without words as a sentence of its own, as we do not: such lines are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from densevec._cy.text import WordTable
from densevec._validation import check_parameters
from densevec.corpus._symbols import Symbols
from densevec.corpus.advice import log_advice
from densevec.corpus.encoded import MEMORY_LIMIT, EncodedCorpus, Marks, encode_sentences
from densevec.corpus.passes import Progress
from densevec.corpus.text import TextCorpus, as_corpus
from densevec.corpus.vocabulary import RULES, TrimRule, Vocabulary, count_words, select_words
from densevec.errors import CorpusError, ParameterError

UNKNOWN = "<unk>"
SENTENCE_END = "</s>"
SENTENCE_START = "<s>"

_ADVICE = (
    "with which a language model itself marks where sentences begin and end; take it out of the text, "
    "or make the model with skip_symbols=True, which leaves out all such marks (of an ARPA file NGram.from_arpa takes "
    "it; on the command line densevec train and, of an ARPA file, densevec convert have --skip-symbols)"
)


def without_marks(corpus: Any, skip_symbols: bool) -> TextCorpus:
    """The corpus for training a language model: one with "<s>" or "</s>" raises, or they are blanks.

    Errors: CorpusError, while it is read, with the file and line or the sentence that has one of them.

    >>> list(without_marks([["<s>", "a", "kiwi", "</s>"]], skip_symbols=True))
    [['a', 'kiwi']]
    """
    text = as_corpus(corpus)
    return text.with_symbols(Symbols((SENTENCE_START, SENTENCE_END), skip_symbols, text.lowercase, _ADVICE))


def build_language_vocabulary(
    corpus: Any,
    *,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    trim_rule: TrimRule | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    skip_symbols: bool = False,
) -> Vocabulary:
    """The words that a language model predicts: those that ``build_vocabulary`` would keep, "</s>" and "<unk>".

    The count of "</s>" is the number of sentences, that of "<unk>" the number of tokens of all words that are not
    kept; it is there with a count of 0 when all are.  Both have the place their counts give them.
    ``max_vocab_size`` is for the others: the vocabulary has at most two words more.  ``num_raw_tokens`` is the sum of
    all counts: the tokens of the text and the ends of its sentences.  ``skip_symbols`` see ``without_marks``.  Other
    parameters and errors as in build_vocabulary.

    >>> vocabulary = build_language_vocabulary([["a", "b", "a"], ["b", "c"], ["a", "d"]], min_count=2)
    >>> dict(zip(vocabulary.words, vocabulary.counts.tolist()))
    {'</s>': 3, 'a': 3, '<unk>': 2, 'b': 2}
    """
    values = {"min_count": min_count, "max_vocab_size": max_vocab_size, "trim_rule": trim_rule}
    check_parameters({**values, "workers": workers, "progress": progress}, RULES)
    text = without_marks(corpus, skip_symbols)
    table, num_sentences = count_words(text, workers, progress)
    vocabulary = select_language_words(table, num_sentences, min_count, max_vocab_size, trim_rule)
    log_advice([word for word in vocabulary.words if word not in (SENTENCE_END, UNKNOWN)], text)
    return vocabulary


def select_language_words(
    table: WordTable,
    num_sentences: int,
    min_count: int,
    max_vocab_size: int | None = None,
    trim_rule: TrimRule | None = None,
) -> Vocabulary:
    """The vocabulary of a table of counts of so many sentences (see build_language_vocabulary)."""
    kept = select_words(table, min_count, None, trim_rule)
    chosen = [i for i, word in enumerate(kept.words) if word != UNKNOWN][:max_vocab_size]
    words, counts = [kept.words[i] for i in chosen], kept.counts[chosen]
    num_unknown = table.total() - int(counts.sum())
    for word, count in ((SENTENCE_END, num_sentences), (UNKNOWN, num_unknown)):
        place = int(np.searchsorted(-counts, -count))
        while place < len(words) and counts[place] == count and words[place].encode() < word.encode():
            place += 1
        words.insert(place, word)
        counts = np.insert(counts, place, count)
    return Vocabulary(words, counts)


def marks_of(vocabulary: Vocabulary) -> Marks:
    """The ids of "<unk>" and "</s>"; ParameterError for a vocabulary that lacks one of them."""
    for word in (UNKNOWN, SENTENCE_END):
        if word not in vocabulary:
            raise ParameterError(
                f"vocabulary must have the word {word!r} to be a language model's; make it by build_language_vocabulary"
            )
    return Marks(vocabulary.index[UNKNOWN], vocabulary.index[SENTENCE_END])


def encode_running_text(
    corpus: Any,
    vocabulary: Vocabulary,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    memory_limit: int = MEMORY_LIMIT,
    workers: int = 1,
    progress: Progress | None = None,
    skip_symbols: bool = False,
) -> EncodedCorpus:
    """Read a corpus once and write the ids of all tokens, "<unk>" for unknown ones, "</s>" after every sentence.

    In the result ``offsets`` are the bounds of the sentences, each with its "</s>"; ``num_raw_tokens`` counts the
    tokens of the text, without the ends, so that ``num_raw_tokens + num_sentences == len(ids)``; ``num_unknown`` is
    the number of ids that are "<unk>".  ``skip_symbols`` must be what it was when the words were counted.  Other
    parameters and errors as in encode_corpus; a text without tokens is an error.

    >>> vocabulary = Vocabulary(["</s>", "kiwi", "<unk>"], [2, 2, 1])
    >>> text = encode_running_text([["kiwi", "kakapo"], ["kiwi"]], vocabulary)
    >>> text.ids.tolist(), text.offsets.tolist(), text.num_unknown
    ([1, 2, 0, 1, 0], [0, 3, 5], 1)
    """
    marks = marks_of(vocabulary)
    corpus = without_marks(corpus, skip_symbols)
    text = encode_sentences(
        corpus, vocabulary, marks, cache_dir=cache_dir, memory_limit=memory_limit, workers=workers, progress=progress
    )
    if len(text.ids) == 0:
        raise CorpusError(f"{as_corpus(corpus).name} is empty: it has no tokens")
    return as_running_text(text.ids, text.offsets, text.num_raw_tokens, vocabulary)


def as_running_text(ids: np.ndarray, offsets: np.ndarray, num_raw_tokens: int, vocabulary: Vocabulary) -> EncodedCorpus:
    """A text whose ids, bounds of sentences and number of tokens are known (see encode_running_text)."""
    marks = marks_of(vocabulary)
    num_unknown = sum(
        int((ids[start : start + (1 << 22)] == marks.unknown).sum()) for start in range(0, len(ids), 1 << 22)
    )
    return EncodedCorpus(ids, offsets, num_raw_tokens, len(vocabulary), num_unknown)


def encode_separately(
    sentences: Iterable[Sequence[str]], vocabulary: Vocabulary, skip_symbols: bool = False, has_ends: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and bounds of a few sentences (lists of words) in memory, marked as in ``encode_running_text``.

    Every sentence has its "</s>", an empty one consists of it: int32 (T,) and int64 (S + 1,).  ``skip_symbols`` and
    errors as ``without_marks``; with ``has_ends`` a "</s>" is a word like any other, as in the history of a word.
    """
    marks = marks_of(vocabulary)
    forbidden = (SENTENCE_START,) if has_ends else (SENTENCE_START, SENTENCE_END)
    symbols = Symbols(forbidden, skip_symbols, False, _ADVICE)
    listed = [symbols.in_tokens(list(words), f"sentence {number}") for number, words in enumerate(sentences, 1)]
    offsets = np.zeros(len(listed) + 1, np.int64)
    np.cumsum([len(words) + 1 for words in listed], out=offsets[1:])
    ids = np.full(offsets[-1], marks.end, np.int32)
    for words, start in zip(listed, offsets[:-1], strict=True):
        vocabulary.table.encode_words(words, ids, int(start), marks.unknown)
    return ids, offsets
