"""A vocabulary that another text adds words to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._validation import check_parameters
from densevec.corpus.passes import Progress
from densevec.corpus.vocabulary import RULES, TrimRule, Vocabulary, count_words, is_kept, none_kept
from densevec.errors import CorpusError


class Growth(NamedTuple):
    """A vocabulary and what it grew from.

    vocabulary : the words of both, in the order of every vocabulary: by their counts in both texts together
    rows : (V,) int64, the row that each word had before, −1 for words that are new
    added : (V,) int64, how often each comes in the new text
    """

    vocabulary: Vocabulary
    rows: npt.NDArray[np.int64]
    added: npt.NDArray[np.int64]


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
    words may make it grow to; ``trim_rule``, as for ``build_vocabulary``, is asked about new words alone.

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
    old, most = vocabulary.index, max_vocab_size or len(words) + len(vocabulary)
    added = np.zeros(len(vocabulary), np.int64)
    new: list[str] = []
    new_counts: list[int] = []
    for word, count in zip(words, counts.tolist(), strict=True):
        if word in old:
            added[old[word]] = count
        elif len(vocabulary) + len(new) < most and is_kept(word, count, min_count, trim_rule):
            new.append(word)
            new_counts.append(count)
    if not (new or added.any()):
        counted = zip(words, counts.tolist(), strict=True)
        none = f"none of the {len(words)} distinct words of the corpus is known"
        if any(is_kept(word, count, min_count, trim_rule) for word, count in counted):
            taken = f"{len(vocabulary)} words fill max_vocab_size={max_vocab_size}"
            raise CorpusError(f"{none}, and {taken}; raise max_vocab_size")
        raise CorpusError(f"{none}; {none_kept(table, min_count, trim_rule)}")
    every = [*vocabulary.words, *new]
    added = np.concatenate([added, np.array(new_counts, np.int64)])
    rows = np.concatenate([np.arange(len(vocabulary)), np.full(len(new), -1)])
    total = added + np.concatenate([vocabulary.counts, np.zeros(len(new), np.int64)])
    counts_down = (-total).tolist()
    order = sorted(range(len(every)), key=lambda row: (counts_down[row], every[row]))
    grown = Vocabulary([every[row] for row in order], total[order], vocabulary.num_raw_tokens + table.total())
    return Growth(grown, rows[order], added[order])
