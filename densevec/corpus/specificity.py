"""How much a word tells about the words around it, as counted, and cleaned of how often it was seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.corpus.encoded import EncodedCorpus

_SHARE = 0.9  # of what frequency alone gives that is taken off
_PERCENTILE = 3.0
_BINS, _LEAST = 200, 50

FloatArray = npt.NDArray[np.float64]


def specificity(encoded: EncodedCorpus, counts: npt.ArrayLike, *, window: int = 10, workers: int = 1) -> FloatArray:
    """KL(contexts of w ‖ contexts of all words) in nats, less .9 of what words as frequent as w have at least, (V,).

    A specific word stands among few others, a general one among all that its special ones stand among.  Rare words
    seem specific because they were seen in few places: so what the lowest three in a hundred words of like frequency
    have (200 logarithmic bins, merged to 50 words or more; Oyama, Yokoi & Shimodaira 2023) is taken off, in parts
    found by line between the bins.  The lower, the more general.

    Examples
    --------
    >>> from densevec.corpus import TextCorpus, build_vocabulary, encode_corpus
    >>> text = TextCorpus([["bird", "sings"], ["bird", "flies"], ["wren", "sings"], ["wren", "sings"]] * 9)
    >>> vocabulary = build_vocabulary(text)
    >>> values = specificity(encode_corpus(text, vocabulary), vocabulary.counts)
    >>> bool(values[vocabulary.index["bird"]] < values[vocabulary.index["wren"]])
    True
    """
    matrix = count_cooccurrences(encoded, window=window, distance_weighting="none", workers=workers)
    size = matrix.shape[0]
    row_of = np.repeat(np.arange(size), np.diff(matrix.indptr))
    totals = np.bincount(row_of, matrix.data, size)
    overall = totals / max(totals.sum(), 1e-300)  # the matrix is symmetric
    share = matrix.data / totals[row_of]
    told = np.bincount(row_of, share * np.log(share / overall[matrix.indices]), size).astype(np.float64)
    result: FloatArray = told - _SHARE * _least_by_frequency(told, np.log(np.maximum(counts, 1)))
    return result


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
