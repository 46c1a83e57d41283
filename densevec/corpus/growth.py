"""A vocabulary that another text adds words to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._validation import check_parameters
from densevec.corpus.passes import Progress
from densevec.corpus.vocabulary import RULES, TrimRule, Vocabulary, all_rare, count_words, is_kept
from densevec.errors import CorpusError

logger = logging.getLogger(__name__)
MORE_ROOM = "give update a larger max_vocab_size"


class Growth(NamedTuple):
    """A vocabulary and what it grew from.

    vocabulary : the words of both, in the order of every vocabulary: by their counts in both texts together
    rows : (V,) int64, the row that each word had before, −1 for words that are new
    added : (V,) int64, how often each comes in the new text
    num_left_out : words that come often enough in it and found no room
    """

    vocabulary: Vocabulary
    rows: npt.NDArray[np.int64]
    added: npt.NDArray[np.int64]
    num_left_out: int


def grow_vocabulary(
    vocabulary: Vocabulary,
    corpus: Any,
    *,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    trim_rule: TrimRule | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Growth:
    """Add the counts of a corpus to a vocabulary, and its new words that occur at least ``min_count`` times in it.

    Words that are known stay, however rare they are, and counts add up.  ``max_vocab_size`` bounds the size that new
    words, the most frequent first, may make it grow to, and the log says how many found no room; ``trim_rule``, as for
    ``build_vocabulary``, is asked about new words alone.

    Errors: CorpusError when the text cannot be read or none of its words is known or kept.

    >>> growth = grow_vocabulary(Vocabulary(["the", "kiwi"], [3, 1]), [["kiwi", "egg", "kiwi", "kiwi"]], min_count=1)
    >>> growth.vocabulary.words, growth.vocabulary.counts.tolist(), growth.rows.tolist(), growth.added.tolist()
    (['kiwi', 'the', 'egg'], [4, 3, 1], [1, 0, -1], [3, 0, 1])
    """
    values = {"min_count": min_count, "max_vocab_size": max_vocab_size, "trim_rule": trim_rule}
    check_parameters({**values, "workers": workers, "progress": progress}, RULES)
    table, _ = count_words(corpus, workers, progress)
    counts = np.empty(table.num_at_least(1), np.int64)
    words = table.sorted_words(1, counts)
    old = vocabulary.index
    added = np.zeros(len(vocabulary), np.int64)
    new: list[str] = []
    new_counts: list[int] = []
    for word, count in zip(words, counts.tolist(), strict=True):
        if word in old:
            added[old[word]] = count
        elif is_kept(word, count, min_count, trim_rule):
            new.append(word)
            new_counts.append(count)
    room = len(new) if max_vocab_size is None else min(len(new), max(0, max_vocab_size - len(vocabulary)))
    num_left_out = len(new) - room
    if not (room or added.any()):
        none = f"none of the {len(words)} distinct words of the corpus is known"
        if num_left_out:
            raise CorpusError(f"{none}, and {len(vocabulary)} words fill max_vocab_size={max_vocab_size}; {MORE_ROOM}")
        raise CorpusError(f"{none}; {_none_enters(words, counts, min_count, trim_rule)}")
    if num_left_out:
        logger.warning(
            "%d new words, such as %r, come often enough in the text and do not enter, as max_vocab_size=%d leaves no "
            "room; %s", num_left_out, new[room], max_vocab_size, MORE_ROOM,
        )  # fmt: skip
    every = [*vocabulary.words, *new[:room]]
    added = np.concatenate([added, np.array(new_counts[:room], np.int64)])
    rows = np.concatenate([np.arange(len(vocabulary)), np.full(room, -1)])
    total = added + np.concatenate([vocabulary.counts, np.zeros(room, np.int64)])
    counts_down = (-total).tolist()
    order = sorted(range(len(every)), key=lambda row: (counts_down[row], every[row]))
    grown = Vocabulary([every[row] for row in order], total[order], vocabulary.num_raw_tokens + table.total())
    return Growth(grown, rows[order], added[order], num_left_out)


def _none_enters(words: Sequence[str], counts: np.ndarray, min_count: int, trim_rule: TrimRule | None) -> str:
    """Why no word of a text enters, and what helps in an update, which goes by the ``trim_rule`` of the training."""
    if trim_rule is None:
        return all_rare(len(words), min_count)
    is_rare = any(is_kept(word, count, 1, trim_rule) for word, count in zip(words, counts.tolist(), strict=True))
    helps = "lower min_count" if is_rare else "train on all of the text together by another trim_rule"
    return f"trim_rule and min_count={min_count} drop them all; {helps}"
