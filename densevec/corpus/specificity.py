"""How much a word tells about the words around it, as counted, and cleaned of how often it was seen."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.corpus.encoded import EncodedCorpus

_SHARE = 0.9  # of what frequency alone gives that is taken off
_PERCENTILE = 3.0
_BINS, _LEAST = 200, 50
_ALL_PLACES = 4_000_000  # of a text: so many are looked at
_LEAST_PLACES = 500  # of each word, as good as all where there are many words
_ENTRIES_AT_ONCE = 2**19

FloatArray = npt.NDArray[np.float64]


def specificity(encoded: EncodedCorpus, counts: npt.ArrayLike, *, window: int = 10, workers: int = 1) -> FloatArray:
    """KL(contexts of w ‖ contexts of all words) in nats, less .9 of what words as frequent as w have at least, (V,).

    A specific word stands among few others, a general one among all that its special ones stand among.  Rare words
    seem specific because they were seen in few places: so what the lowest three in a hundred words of like frequency
    have (200 logarithmic bins, merged to 50 words or more; Oyama, Yokoi & Shimodaira 2023) is taken off, in parts
    found by line between the bins.  The lower, the more general.

    counts : (V,) how often each word comes in this very text; of those that it lacks nothing is told, 0

    Examples
    --------
    >>> from densevec.corpus import TextCorpus, build_vocabulary, encode_corpus
    >>> text = TextCorpus([["bird", "sings"], ["bird", "flies"], ["wren", "sings"], ["wren", "sings"]] * 9)
    >>> vocabulary = build_vocabulary(text)
    >>> values = specificity(encode_corpus(text, vocabulary), vocabulary.counts)
    >>> bool(values[vocabulary.index["bird"]] < values[vocabulary.index["wren"]])
    True
    """
    counts = np.asarray(counts)
    most = _most_places(counts)
    matrix = count_cooccurrences(encoded, window=window, distance_weighting="none", most_places=most, workers=workers)
    told, seen = _divergences(matrix, counts.astype(np.float64), workers), counts > 0
    told[seen] -= _SHARE * _least_by_frequency(told[seen], np.log(counts[seen]))
    return told


def _most_places(counts: npt.NDArray[np.int64]) -> int:
    """The most places of a word with which those of all words, Σ_w min(c_w, most), are within ``_ALL_PLACES``."""
    ordered = np.sort(counts).astype(np.float64)  # in which no sum wraps around
    rest = np.arange(len(ordered))[::-1]  # words that are more frequent, each with as many places
    totals = np.cumsum(ordered) + rest * ordered
    fits = ordered[totals <= _ALL_PLACES]
    return max(int(fits[-1]) if len(fits) else 0, _LEAST_PLACES)


def _divergences(matrix: Any, counts: FloatArray, workers: int) -> FloatArray:
    """KL(row ‖ counts) = Σ_c x_c (log x_c − log q_c) / X − log X of rows that sum to X, 0 for empty ones, (V,)."""
    log_share = np.log(np.maximum(counts, 1e-300) / max(counts.sum(), 1e-300)).astype(np.float32)
    starts = matrix.indptr.astype(np.int64)
    told = np.zeros(len(starts) - 1)

    def fill(rows: slice) -> None:
        begin, end = starts[rows.start], starts[rows.stop]
        values, own = matrix.data[begin:end], starts[rows.start : rows.stop] - begin
        terms = (np.log(values) - log_share[matrix.indices[begin:end]]) * values
        filled = np.flatnonzero(np.diff(starts[rows.start : rows.stop + 1]))
        if len(filled):
            total = np.add.reduceat(values.astype(np.float64), own[filled])
            told[rows][filled] = np.add.reduceat(terms.astype(np.float64), own[filled]) / total - np.log(total)

    edges = np.unique(np.searchsorted(starts, np.arange(0, starts[-1] + _ENTRIES_AT_ONCE, _ENTRIES_AT_ONCE)))
    edges = np.unique(np.clip(np.append(edges, [0, len(told)]), 0, len(told)))
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, [slice(first, last) for first, last in itertools.pairwise(edges.tolist())]))
    return told


def _least_by_frequency(told: FloatArray, log_counts: FloatArray) -> FloatArray:
    """What words of each word's frequency have at least, (V,)."""
    if not len(told):
        return told
    edges = np.linspace(log_counts.min(), log_counts.max(), _BINS + 1)
    bins = np.digitize(log_counts, edges[1:-1])
    order = np.argsort(-bins, kind="stable")
    ends = np.flatnonzero(np.diff(bins[order], append=-1)) + 1  # of each bin, from frequent to rare words
    groups, begin = [], 0
    for end in ends.tolist():
        if end - begin >= _LEAST or end == len(told):
            groups.append(order[begin:end])
            begin = end
    centres = np.array([log_counts[group].mean() for group in groups])[::-1]
    lowest = np.array([np.percentile(told[group], _PERCENTILE) for group in groups])[::-1]
    return np.interp(log_counts, centres, lowest)
