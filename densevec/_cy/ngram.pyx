"""Log probabilities from an n-gram model with back-off weights (see ngram.h)."""

from libc.stdint cimport int32_t, int64_t

import numpy as np

cdef extern from "ngram.h" nogil:
    const int DV_MAX_ORDER
    ctypedef struct dv_ngrams:
        const int32_t *words
        const float *log_probs
        const float *log_weights
        const int32_t *first
    ctypedef struct dv_backoff_model:
        dv_ngrams *levels
        int order
        int32_t end_id
    void dv_score(const dv_backoff_model *model, const int32_t *ids, int64_t start, int64_t stop, int crosses,
                  double *log_probs)
    void dv_score_all(const dv_backoff_model *model, const int32_t *ids, int64_t size, int crosses, int64_t num_words,
                      double *log_probs)

MAX_ORDER = DV_MAX_ORDER


def _check_first(const int32_t[::1] first not None, int64_t num_nodes, int64_t num_children, int64_t depth):
    """The children of a level must be all nodes of the next, in order: else a walk would leave the arrays."""
    cdef int64_t i
    cdef bint is_rising = first.shape[0] == num_nodes + 1 and first[0] == 0 and first[num_nodes] == num_children
    if is_rising:
        with nogil:
            for i in range(num_nodes):
                is_rising &= first[i] <= first[i + 1]
    if not is_rising:
        raise ValueError(f"the n-grams of order {depth} do not lead to those of order {depth + 1}")


cdef class BackoffModel:
    """N-grams of all orders with log P(w_k | w_1 … w_{k−1}) and, for those that may be a history, a log weight.

    ``levels``: for each order k a tuple (words int32 (N_k,), log_probs float32 (N_k,), log_weights float32 (N_k,),
    first int32 (N_k + 1,)); ``words`` is None for k = 1, where a node is a word's id, and ``log_weights`` and
    ``first`` are None at the last.  The arrays are kept, not copied.
    Errors: ValueError for arrays that do not fit together, so that no question can read beyond them.
    """

    cdef dv_backoff_model model
    cdef readonly int64_t num_words
    cdef object arrays

    def __init__(self, list levels not None, int32_t end_id):
        cdef const int32_t[::1] words, first
        cdef const float[::1] log_probs, log_weights
        cdef int64_t depth, num_nodes
        if not 1 <= len(levels) <= DV_MAX_ORDER:
            raise ValueError(f"an n-gram model has from 1 to {DV_MAX_ORDER} orders, got {len(levels)}")
        self.arrays = levels
        self.num_words = len(levels[0][1])
        self.model.order = len(levels)
        self.model.end_id = end_id
        if not 0 <= end_id < self.num_words:
            raise ValueError("end_id is none of the words")
        for depth, (words, log_probs, log_weights, first) in enumerate(levels, 1):
            num_nodes = log_probs.shape[0]
            if (words is None) != (depth == 1) or (words is not None and words.shape[0] != num_nodes):
                raise ValueError(f"the n-grams of order {depth} must have a word each")
            self.model.levels[depth - 1].words = &words[0] if words is not None and num_nodes else NULL
            self.model.levels[depth - 1].log_probs = &log_probs[0] if num_nodes else NULL
            self.model.levels[depth - 1].log_weights = NULL
            self.model.levels[depth - 1].first = NULL
            if depth == len(levels):
                break
            if log_weights.shape[0] != num_nodes:
                raise ValueError(f"the n-grams of order {depth} must have a weight each")
            _check_first(first, num_nodes, len(levels[depth][1]), depth)
            self.model.levels[depth - 1].log_weights = &log_weights[0] if num_nodes else NULL
            self.model.levels[depth - 1].first = &first[0]

    def _check_ids(self, const int32_t[::1] ids not None):
        cdef int64_t i
        cdef bint is_right = True
        with nogil:
            for i in range(ids.shape[0]):
                is_right &= 0 <= ids[i] < self.num_words
        if not is_right:
            raise ValueError("an id is not that of a word")

    def score(self, const int32_t[::1] ids not None, bint crosses=False, int64_t start=0):
        """log P of every word of a text from ``start`` on, in nats: float64 (T − start,).

        The history of a word is the text before it as far as the last "</s>", or all of it with ``crosses``; before
        the text is an "</s>".
        """
        cdef int64_t size = ids.shape[0]
        if not 0 <= start <= size:
            raise ValueError("start lies outside the text")
        self._check_ids(ids)
        result = np.empty(size - start, np.float64)
        cdef double[::1] log_probs = result
        if size > start:
            with nogil:
                dv_score(&self.model, &ids[0], start, size, crosses, &log_probs[0])
        return result

    def score_all(self, const int32_t[::1] history not None, bint crosses=False):
        """log P of every word of the vocabulary after ``history``, in nats: float64 (V,)."""
        self._check_ids(history)
        result = np.empty(self.num_words, np.float64)
        cdef double[::1] log_probs = result
        cdef int32_t nothing = 0
        cdef int64_t size = history.shape[0]
        cdef const int32_t *ids = &history[0] if size else &nothing
        with nogil:
            dv_score_all(&self.model, ids, size, crosses, self.num_words, &log_probs[0])
        return result
