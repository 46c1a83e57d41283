"""Training of the Bayesian skip-gram on a CPU: hand-written gradients, no Python lock, no memory taken per token."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memset

from densevec._cy.blocks cimport Pool, Share, dv_block, dv_reader, dv_tally, result
from densevec._cy.dispatch cimport chosen
from densevec._cy.random cimport dv_alias


def encoder_layout(int64_t dim, int64_t hidden, int64_t num_places=0):
    """Where the encoder's parameters lie in their one array: {name: (offset, rows, stride, columns)}, and its size.

    num_places : of a window whose places have weights, else 0
    """
    cdef int64_t stride = dv_round(dim), hidden_stride = dv_round(hidden)
    cdef dv_encoder e = dv_lay_out_encoder(dim, hidden_stride, stride, num_places)
    cdef dict layout = {
        "from_word": (e.from_word, dim, hidden_stride, hidden),
        "from_context": (e.from_context, dim, hidden_stride, hidden),
        "bias": (e.bias, 1, hidden_stride, hidden),
        "to_mean.weight": (e.to_mean, dim, hidden_stride, hidden),
        "to_mean.bias": (e.mean_bias, 1, stride, dim),
        "to_log_variance.weight": (e.to_log_variance, 1, hidden_stride, hidden),
        "to_log_variance.bias": (e.log_variance_bias, 1, 16, 1),
    }
    if num_places:
        layout["position_log_weight"] = (e.position_log_weight, 1, dv_round(num_places), num_places)
    return layout, e.size


cdef class Encoder:
    """The encoder's parameters and the state of Adam, checked once: (size,) each, see ``encoder_layout``; steps (1,).

    lock : (1,) 0, by which threads, and processes that have all of it in common, change it one at a time
    num_places : 2·window + 1 where a window's places have weights, 0 where all count alike
    """

    def __init__(
        self,
        int64_t dim,
        int64_t hidden,
        float[::1] dense not None,
        float[::1] first_moment not None,
        float[::1] second_moment not None,
        int64_t[::1] steps not None,
        int64_t[::1] lock=None,
        int64_t num_places=0,
    ):
        self.dim, self.hidden = dim, hidden
        self.layout = dv_lay_out_encoder(dim, dv_round(hidden), dv_round(dim), num_places)
        cdef int64_t size = self.layout.size
        if dim < 1 or num_places < 0 or hidden < 1 or not dense.shape[0] == first_moment.shape[0] == second_moment.shape[0] == size:
            raise ValueError("the encoder's arrays are not of its layout's size")
        if steps.shape[0] != 1 or <size_t>&dense[0] % 64:
            raise ValueError("the encoder must lie on a 64-byte boundary, and steps be a number")
        if lock is None:
            lock = np.zeros(1, np.int64)
        if lock.shape[0] != 1:
            raise ValueError("lock must be a number")
        self.arrays = (dense, first_moment, second_moment, steps, lock)
        self.dense, self.first_moment, self.second_moment = &dense[0], &first_moment[0], &second_moment[0]
        self.steps, self.lock = &steps[0], &lock[0]


cdef class BayesianSkipGramKernel:
    """The arrays of a Bayesian skip-gram, checked once and held; what changes from step to step is given to the calls.

    encoder : with dim and hidden
    window : most context tokens on one side
    tables : embedding, prior_mean and context_mean (V, stride) with ``*_squares``, their Adagrad states, aligned and
        padded with zeros (the states with ones); prior_log_variance and context_log_variance (V,), with their states
    log_frequency : (V,) log P(x);  entropy : of P
    noise : (V, 2) alias table;  log_weight : (V,) −log(num_noise P_noise(x));  num_noise : words drawn for a block
    Errors: ValueError for arrays that do not fit together.
    """

    def __init__(
        self,
        Encoder encoder not None,
        int32_t window,
        dict tables not None,
        const float[::1] log_frequency not None,
        float entropy,
        const uint32_t[:, ::1] noise not None,
        const float[::1] log_weight not None,
        int64_t num_noise,
        *,
        float context_dropout,
        float information_scale,
        float information_exponent,
        bint residual,
        bint leave_out,
    ):
        cdef dv_bsg_model *m = &self.model
        cdef Pool pool = Pool()
        memset(m, 0, sizeof(dv_bsg_model))
        m.pool = &pool.pool
        m.num_words, m.dim, m.hidden, m.window = log_frequency.shape[0], encoder.dim, encoder.hidden, window
        m.stride, m.hidden_stride = dv_round(m.dim), dv_round(m.hidden)
        m.embedding = _vectors(tables, "embedding", m.num_words, m.stride)
        m.prior_mean = _vectors(tables, "prior_mean", m.num_words, m.stride)
        m.context_mean = _vectors(tables, "context_mean", m.num_words, m.stride)
        m.prior_log_variance = _numbers(tables, "prior_log_variance", m.num_words)
        m.context_log_variance = _numbers(tables, "context_log_variance", m.num_words)
        if noise.shape[0] != m.num_words or noise.shape[1] != 2 or log_weight.shape[0] != m.num_words:
            raise ValueError("the noise needs a row a word")
        if m.num_words < 1 or num_noise < 1 or window < 1:
            raise ValueError("a size that is not positive")
        if encoder.layout.num_places not in (0, 2 * window + 1):
            raise ValueError("the encoder's places are not the window's")
        m.is_residual, m.leaves_out = residual, leave_out
        m.log_frequency, m.entropy = &log_frequency[0], entropy
        m.encoder, m.dense, m.first_moment = encoder.layout, encoder.dense, encoder.first_moment
        m.second_moment, m.dense_steps, m.lock = encoder.second_moment, encoder.steps, encoder.lock
        m.noise, m.log_weight, m.num_noise = <const dv_alias *>&noise[0, 0], &log_weight[0], num_noise
        m.context_dropout = context_dropout
        m.information_scale, m.information_exponent = information_scale, information_exponent
        self.arrays = (encoder, dict(tables), log_frequency, noise, log_weight, pool)

    cdef dv_bsg_model at(self, float rate, float variance_rate, float dense_rate, float kl_weight, int variant) noexcept:
        cdef dv_bsg_model m = self.model
        dv_size_features(&m, variant)
        m.embedding.rate = m.prior_mean.rate = m.context_mean.rate = rate
        m.prior_log_variance.rate = m.context_log_variance.rate = variance_rate
        m.dense_rate, m.kl_weight = dense_rate, kl_weight
        return m

    def train(
        self,
        Share share not None,
        float rate,
        float variance_rate,
        float dense_rate,
        float kl_weight,
        int variant=-1,
    ):
        """Learn from what no other thread takes of a share, block by block.

        Threads may share everything; one thread gives the same bits every time.

        rate, variance_rate, dense_rate : of the steps of vectors, of log variances and of the encoder
        kl_weight : of the divergence in the loss
        variant : of the kernel, see ``densevec._cy.dispatch``; -1 for the best for products

        Returns (sums of reconstruction, kl and information in nats, tokens kept, tokens read).
        """
        variant = chosen(variant, multiplies=True)
        cdef dv_bsg_model m = self.at(rate, variance_rate, dense_rate, kl_weight, variant)
        cdef dv_reader reader = share.reader()
        cdef int done
        share.check(m.num_words)
        if share.text.text.window != m.window:
            raise ValueError("the text's window is not the model's")
        with nogil:
            done = dv_train_bsg(&m, &reader, variant)
        return result(done, &reader.tally, 3)

    def step(
        self,
        const int32_t[::1] ids not None,
        const int32_t[::1] left not None,
        const int32_t[::1] right not None,
        const uint8_t[::1] is_prior not None,
        const uint8_t[:, ::1] is_hidden not None,
        const int32_t[::1] noise not None,
        const float[::1] log_weight not None,
        float rate,
        float variance_rate,
        float dense_rate,
        float kl_weight,
        int variant=-1,
    ):
        """One step on a given block, with given draws; what ``train`` does once it has drawn them (for tests).

        is_prior : (T,) tokens whose posterior is the prior
        is_hidden : (T, 2·window + 1) places of a window that the posterior does not see but predicts; for ``leave_out``
        """
        variant = chosen(variant, multiplies=True)
        cdef dv_bsg_model m = self.at(rate, variance_rate, dense_rate, kl_weight, variant)
        cdef dv_block block
        cdef dv_tally tally
        cdef int64_t num_tokens = ids.shape[0]
        cdef int done
        if left.shape[0] != num_tokens or right.shape[0] != num_tokens or is_prior.shape[0] != num_tokens:
            raise ValueError("block arrays differ in length")
        if is_hidden.shape[0] != num_tokens or is_hidden.shape[1] != 2 * m.window + 1:
            raise ValueError("is_hidden needs a row a token and a column a place of the window")
        if noise.shape[0] != log_weight.shape[0] or noise.shape[0] < 1 or num_tokens < 1:
            raise ValueError("noise and weights differ in length, or there are no tokens")
        m.num_noise = noise.shape[0]
        memset(&block, 0, sizeof(dv_block))
        memset(&tally, 0, sizeof(dv_tally))
        block.ids, block.left, block.right = <int32_t *>&ids[0], <int32_t *>&left[0], <int32_t *>&right[0]  # only read
        block.filled = num_tokens
        with nogil:
            done = dv_step_bsg(&m, &block, &is_prior[0], &is_hidden[0, 0], &noise[0], &log_weight[0], variant, &tally)
        return result(done, &tally, 3)


cdef dv_table _vectors(dict tables, str name, int64_t num_words, int64_t stride) except *:
    cdef float[:, ::1] values = tables[name], squares = tables[f"{name}_squares"]
    cdef dv_table table
    if not (values.shape[0] == squares.shape[0] == num_words and values.shape[1] == squares.shape[1] == stride):
        raise ValueError(f"{name} and its state must be of shape ({num_words}, {stride})")
    if <size_t>&values[0, 0] % 64 or <size_t>&squares[0, 0] % 64:
        raise ValueError(f"{name} must lie on a 64-byte boundary")
    table.values, table.squares, table.rate = &values[0, 0], &squares[0, 0], 0
    return table


cdef dv_table _numbers(dict tables, str name, int64_t num_words) except *:
    cdef float[::1] values = tables[name], squares = tables[f"{name}_squares"]
    cdef dv_table table
    if values.shape[0] != num_words or squares.shape[0] != num_words:
        raise ValueError(f"{name} must have {num_words} numbers")
    table.values, table.squares, table.rate = &values[0], &squares[0], 0
    return table
