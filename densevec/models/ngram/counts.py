"""The n-grams of an encoded text, counted by sorting its positions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from densevec._cy.ngram_sort import Level, sort_by_word
from densevec.errors import CorpusError

logger = logging.getLogger(__name__)

MAX_TOKENS = 2**31 - 2


@dataclass
class NGramLevel:
    """All n-grams of one order k, in the order of their words read backwards; N_k of them.

    ``words`` is the first word of each, None for k = 1, where an n-gram's place is its word's id.  ``counts``: how
    often each occurs.  ``types``: the number of distinct words before it, to which occurrences with nothing before
    them are added (n-grams that begin a sentence): what Kneser and Ney count (1995); None at the highest order.
    ``contexts``: the place of w_1 … w_{k−1} among the n-grams of order k − 1, None for k = 1.  ``first`` (N_k + 1,):
    where those of order k + 1 that end in each begin; None at the highest order.  All int32.
    """

    words: np.ndarray | None
    counts: np.ndarray
    contexts: np.ndarray | None
    types: np.ndarray | None = None
    first: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.counts)


def count_ngrams(
    ids: np.ndarray, num_words: int, end_id: int, order: int, *, crosses: bool = False, workers: int = 1
) -> list[NGramLevel]:
    """The n-grams of orders 1 to ``order`` of a text of ids, each sentence of which ends with ``end_id``.

    N-grams reach back to the ``end_id`` before a sentence and no further, with ``crosses`` into earlier sentences;
    one ``end_id`` stands before the text.  ``workers`` threads sort.  Beside ids and result 16 bytes a token of memory
    are in use, and 8 a node.  Errors: CorpusError for a text of 2^31 tokens and more.
    """
    if len(ids) > MAX_TOKENS:
        raise CorpusError(f"n-grams are counted in texts of at most {MAX_TOKENS} tokens, this one has {len(ids)}")
    ids = np.ascontiguousarray(ids, np.int32)
    positions, begin, counts = sort_by_word(ids, num_words)
    keys, nodes, next_nodes = np.empty_like(positions), ids, np.empty_like(positions)
    level = NGramLevel(None, counts, None)
    levels = [level]
    with ThreadPoolExecutor(workers, thread_name_prefix="densevec-ngrams") as pool:
        for depth in range(1, order):
            kernel = Level(ids, positions, keys, begin, level.counts, level.words, depth, num_words, end_id, crosses)
            ranges = _equal_shares(level.counts, workers)
            num_children, num_loose = np.empty_like(level.counts), np.empty_like(level.counts)
            _run(pool, kernel.split, ranges, num_children, num_loose)
            level.types = num_children + num_loose
            level.first = np.zeros(len(level) + 1, np.int32)
            np.cumsum(num_children, out=level.first[1:])
            del num_children, num_loose
            words, begin, counts, contexts = (np.empty(level.first[-1], np.int32) for _ in range(4))
            if len(words) == 0:  # sentences are too short for longer n-grams
                levels.append(NGramLevel(words, counts, contexts))
                break
            _run(pool, kernel.fill, ranges, level.first, nodes, next_nodes, words, begin, counts, contexts)
            nodes, next_nodes = next_nodes, np.empty_like(positions) if nodes is ids else nodes
            level = NGramLevel(words, counts, contexts)
            levels.append(level)
            logger.info("order %d: %d n-grams", depth + 1, len(level))
    return levels


def _equal_shares(counts: np.ndarray, workers: int) -> list[tuple[int, int]]:
    """Ranges of nodes with about equally many positions, one or more for each worker."""
    done = np.cumsum(counts, dtype=np.int64)
    cuts = np.searchsorted(done, done[-1] * np.arange(1, 4 * workers) / (4 * workers)) if workers > 1 else []
    bounds = np.unique([0, *cuts, len(counts)])
    return [(int(start), int(stop)) for start, stop in pairwise(bounds)]


def _run(
    pool: ThreadPoolExecutor, function: Callable[..., None], ranges: list[tuple[int, int]], *arrays: np.ndarray
) -> None:
    """``function`` on every range, by all threads of the pool."""
    for done in [pool.submit(function, start, stop, *arrays) for start, stop in ranges]:
        done.result()
