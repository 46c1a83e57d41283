"""Between the n-grams of an ARPA file and the trie of a model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from densevec.corpus.language import SENTENCE_END, UNKNOWN
from densevec.errors import FormatError
from densevec.formats.arpa import NEVER, SENTENCE_START, Arpa, ArpaOrder
from densevec.models.ngram.smoothing import SmoothedLevel

_ROWS = 1 << 20  # n-grams of the order below whose children are written together


def arpa_orders(levels: Sequence[SmoothedLevel]) -> Iterator[tuple[int, Iterator[ArpaOrder]]]:
    """The n-grams of a model, order by order, in parts."""
    return ((len(level), _parts(levels, position)) for position, level in enumerate(levels))


def _parts(levels: Sequence[SmoothedLevel], position: int) -> Iterator[ArpaOrder]:
    level = levels[position]
    if position == 0:
        yield _part(level, slice(None), np.arange(len(level), dtype=np.int32)[:, None])
        return
    below, first = _spelled(levels, position - 1), levels[position - 1].first
    assert first is not None and level.words is not None
    for start in range(0, len(below), _ROWS):
        ends = first[start : start + _ROWS + 1]
        rows = slice(int(ends[0]), int(ends[-1]))
        rest = np.repeat(below[start : start + _ROWS], np.diff(ends), axis=0)
        yield _part(level, rows, np.column_stack([level.words[rows], rest]))


def _spelled(levels: Sequence[SmoothedLevel], position: int) -> np.ndarray:
    """The words of all n-grams of an order, int32 (N, k)."""
    none = np.empty((0, position + 1), np.int32)
    return np.concatenate([none, *(part.ids for part in _parts(levels, position))])


def _part(level: SmoothedLevel, rows: slice, ids: np.ndarray) -> ArpaOrder:
    to_base_10 = 1 / math.log(10)
    log_probs = level.log_probs[rows].astype(np.float64) * to_base_10
    if level.log_weights is None:
        return ArpaOrder(ids, log_probs, np.zeros(len(ids)))
    return ArpaOrder(ids, log_probs, level.log_weights[rows].astype(np.float64) * to_base_10)


def levels_from_arpa(arpa: Arpa) -> tuple[list[str], list[SmoothedLevel]]:
    """The words of a model and its trie.

    "<s>" and "</s>" become one word.  An n-gram that a file (of a pruned model) leaves out though it ends a longer one
    is put in with the probability that backing off gives it, which changes no answer.
    Errors: FormatError for an n-gram that is there twice.
    """
    words, row_of = _merged_words(arpa.words)
    num_words = len(words)
    columns = [row_of[order.ids] for order in arpa.orders]  # (N_k, k)
    at = [ids[:, -1].astype(np.int64) for ids in columns]  # the node where the walk back through each n-gram stands
    levels = [_unigrams(arpa, at[0], num_words)]
    keys: list[np.ndarray] = []  # of each order from 2 on: parent · V + word, sorted
    for depth in range(2, len(arpa.orders) + 1):
        wanted = [at[k] * num_words + columns[k][:, -depth] for k in range(depth - 1, len(columns))]
        found = np.unique(np.concatenate(wanted))
        for k, key in zip(range(depth - 1, len(columns)), wanted, strict=True):
            at[k] = np.searchsorted(found, key)
        levels.append(_level(arpa, depth, found, at[depth - 1], levels[-1], num_words))
        keys.append(found)
        _fill_gaps(levels, keys, num_words)
    levels[-1].log_weights = None
    for level in levels:
        level.log_probs = level.log_probs.astype(np.float32)
        level.log_weights = None if level.log_weights is None else level.log_weights.astype(np.float32)
    return words, levels


def _merged_words(given: list[str]) -> tuple[list[str], np.ndarray]:
    """The words without "<s>" and with "<unk>", and the id that each of the given ones has among them."""
    words = [word for word in given if word != SENTENCE_START]
    if UNKNOWN not in words:
        words.append(UNKNOWN)
    index = {word: row for row, word in enumerate(words)}
    index[SENTENCE_START] = index[SENTENCE_END]
    return words, np.array([index[word] for word in given], np.int32)


def _unigrams(arpa: Arpa, rows: np.ndarray, num_words: int) -> SmoothedLevel:
    """Of "<s>" the weight counts, of "</s>" the probability."""
    unigrams = arpa.orders[0]
    log_probs, log_weights = np.full(num_words, NEVER), np.zeros(num_words)
    is_start = np.array([word == SENTENCE_START for word in arpa.words])
    is_end = np.array([word == SENTENCE_END for word in arpa.words])
    log_probs[rows[~is_start]] = unigrams.log10_probs[~is_start]
    log_weights[rows[~is_end]] = unigrams.log10_weights[~is_end]
    return SmoothedLevel(None, log_probs * math.log(10), log_weights * math.log(10))


def _level(
    arpa: Arpa, depth: int, keys: np.ndarray, rows: np.ndarray, lower: SmoothedLevel, num_words: int
) -> SmoothedLevel:
    order = arpa.orders[depth - 1]
    if len(rows) and np.bincount(rows).max() > 1:
        again = int(np.argmax(np.bincount(rows)))
        text = " ".join(arpa.words[i] for i in order.ids[np.flatnonzero(rows == again)[1]])
        raise FormatError(f"{arpa.path}: the n-gram {text[:80]!r} is there twice; each may be there once")
    log_probs, log_weights = np.full(len(keys), np.nan), np.zeros(len(keys))
    log_probs[rows] = order.log10_probs * math.log(10)
    log_weights[rows] = order.log10_weights * math.log(10)
    lower.first = np.searchsorted(keys // num_words, np.arange(len(lower) + 1)).astype(np.int32)
    return SmoothedLevel((keys % num_words).astype(np.int32), log_probs, log_weights)


def _fill_gaps(levels: list[SmoothedLevel], keys: list[np.ndarray], num_words: int) -> None:
    """Probabilities of the n-grams of the last level that the file does not have."""
    level = levels[-1]
    gaps = np.flatnonzero(np.isnan(level.log_probs))
    if len(gaps) == 0:
        return
    words, node = [], gaps  # w_1, …, w_k of each
    for key in reversed(keys):
        words.append(key[node] % num_words)
        node = key[node] // num_words
    parents = keys[-1][gaps] // num_words
    context, is_known = words[-1] if len(words) > 1 else words[0], np.ones(len(gaps), bool)
    for depth, word in enumerate(reversed(words[:-1])):  # the node of w_1 … w_{k−1}, read backwards
        wanted = context * num_words + word
        context = np.minimum(np.searchsorted(keys[depth], wanted), len(keys[depth]) - 1)
        is_known &= keys[depth][context] == wanted
    log_weights = levels[-2].log_weights
    assert log_weights is not None
    level.log_probs[gaps] = levels[-2].log_probs[parents] + np.where(is_known, log_weights[context], 0.0)
