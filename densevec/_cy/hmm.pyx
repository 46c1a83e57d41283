"""The hidden Markov model of word alignments: likelihood with posteriors, and best paths, of a batch of sentence pairs."""

import numpy as np

from libc.math cimport exp
from libc.stdint cimport int32_t, int64_t

cdef extern from "hmm_kernel.h" nogil:
    ctypedef struct dv_hmm:
        int m
        int n
        double p0
        const double *transition
        const float *emission
        int64_t stride
    double dv_hmm_forward_backward(const dv_hmm *hmm, double *room, float *gamma, double *counts)
    void dv_hmm_viterbi(const dv_hmm *hmm, double *room, int32_t *from_where, int32_t *path)


cdef int64_t _bin(int64_t jump, int64_t reach) noexcept nogil:
    return (-reach if jump < -reach else reach if jump > reach else jump) + reach


cdef void _transitions(const double *log_jump, int64_t reach, int m, double *transition) noexcept nogil:
    """Fill (m + 1, m): from position -1 .. m - 1 to position 0 .. m - 1; every row adds up to 1."""
    cdef int start, i
    cdef double total, largest
    for start in range(m + 1):
        row = transition + <int64_t>start * m
        largest = log_jump[_bin(-(start - 1), reach)]
        for i in range(m):
            largest = max(largest, log_jump[_bin(i - (start - 1), reach)])
        total = 0
        for i in range(m):
            row[i] = exp(log_jump[_bin(i - (start - 1), reach)] - largest)
            total += row[i]
        for i in range(m):
            row[i] /= total


cdef _check(emission, source_lengths, target_lengths, log_jump):
    num_pairs = emission.shape[0]
    if source_lengths.shape[0] != num_pairs or target_lengths.shape[0] != num_pairs:
        raise ValueError("as many lengths as pairs, please")
    if log_jump.shape[0] % 2 == 0:
        raise ValueError("jumps must reach as far back as forth")
    for pair in range(num_pairs):
        if not (1 <= source_lengths[pair] < emission.shape[1] and 1 <= target_lengths[pair] <= emission.shape[2]):
            raise ValueError(f"the lengths of pair {pair} are outside its emissions")


def transitions(const double[::1] log_jump, int m):
    """p(i | i') for real states, (m + 1, m), row i' + 1; the first row is the start."""
    table = np.empty((m + 1, m))
    cdef double[:, ::1] view = table
    _transitions(&log_jump[0], log_jump.shape[0] // 2, m, &view[0, 0])
    return table


def forward_backward(
    const float[:, :, ::1] emission,
    const int64_t[::1] source_lengths,
    const int64_t[::1] target_lengths,
    const double[::1] log_jump,
    double null_probability,
):
    """Log likelihoods and posteriors of a batch.

    emission : (B, M + 1, N) log P(y_j | source word i), i = 0 for NULL
    source_lengths, target_lengths : (B,) M and N of each pair, without NULL
    log_jump : (2K + 1,) unnormalised log probabilities of jumps -K .. K; longer ones count as K
    null_probability : of a step to a NULL state

    Returns (log_likelihood (B,), posterior (B, M + 1, N), gradient (B, 2K + 1) of each by log_jump);
    the posterior is the gradient of the likelihood by the emissions, zero in the padding.
    """
    _check(emission, source_lengths, target_lengths, log_jump)
    cdef int64_t pair, num_pairs = emission.shape[0], reach = log_jump.shape[0] // 2, longest = emission.shape[1] - 1
    cdef int64_t n_longest = emission.shape[2], row, i
    log_likelihood_ = np.zeros(num_pairs)
    posterior_ = np.zeros((num_pairs, longest + 1, n_longest), np.float32)
    gradient_ = np.zeros((num_pairs, log_jump.shape[0]))
    room_ = np.empty(n_longest * (3 * longest + 1) + 3 * longest)
    transition_, counts_ = np.empty((longest + 1) * longest), np.empty((longest + 1) * longest)
    cdef double[::1] log_likelihood = log_likelihood_, room = room_
    cdef double[:, ::1] gradient = gradient_
    cdef double[::1] transition = transition_, counts = counts_
    cdef float[:, :, ::1] posterior = posterior_
    cdef dv_hmm hmm
    cdef double total
    hmm.p0, hmm.transition, hmm.stride, hmm.m = null_probability, &transition[0], n_longest, 0
    with nogil:
        for pair in range(num_pairs):
            if hmm.m != source_lengths[pair]:  # batches have few different lengths
                hmm.m = <int>source_lengths[pair]
                _transitions(&log_jump[0], reach, hmm.m, &transition[0])
            hmm.n, hmm.emission = <int>target_lengths[pair], &emission[pair, 0, 0]
            for i in range(<int64_t>(hmm.m + 1) * hmm.m):
                counts[i] = 0
            log_likelihood[pair] = dv_hmm_forward_backward(&hmm, &room[0], &posterior[pair, 0, 0], &counts[0])
            for row in range(hmm.m + 1):
                total = 0
                for i in range(hmm.m):
                    total += counts[row * hmm.m + i]
                for i in range(hmm.m):
                    gradient[pair, _bin(i - (row - 1), reach)] += (
                        counts[row * hmm.m + i] - total * transition[row * hmm.m + i]
                    )
    return log_likelihood_, posterior_, gradient_


def viterbi(
    const float[:, :, ::1] emission,
    const int64_t[::1] source_lengths,
    const int64_t[::1] target_lengths,
    const double[::1] log_jump,
    double null_probability,
):
    """The most probable path of every pair, (B, N) int32: source position from 1, or 0 for NULL (and in the padding).

    Arguments as of ``forward_backward``.
    """
    _check(emission, source_lengths, target_lengths, log_jump)
    cdef int64_t pair, num_pairs = emission.shape[0], reach = log_jump.shape[0] // 2, longest = emission.shape[1] - 1
    cdef int64_t n_longest = emission.shape[2]
    path_ = np.zeros((num_pairs, n_longest), np.int32)
    from_where_ = np.empty(2 * n_longest * longest, np.int32)
    room_, transition_ = np.empty(n_longest * (longest + 1) + 3 * longest), np.empty((longest + 1) * longest)
    cdef int32_t[:, ::1] path = path_
    cdef int32_t[::1] from_where = from_where_
    cdef double[::1] room = room_, transition = transition_
    cdef dv_hmm hmm
    hmm.p0, hmm.transition, hmm.stride, hmm.m = null_probability, &transition[0], n_longest, 0
    with nogil:
        for pair in range(num_pairs):
            if hmm.m != source_lengths[pair]:
                hmm.m = <int>source_lengths[pair]
                _transitions(&log_jump[0], reach, hmm.m, &transition[0])
            hmm.n, hmm.emission = <int>target_lengths[pair], &emission[pair, 0, 0]
            dv_hmm_viterbi(&hmm, &room[0], &from_where[0], &path[pair, 0])
    return path_
