"""Training of the Bayesian skip-gram on a CPU: hand-written gradients, no Python lock, no memory taken per token."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from densevec._cy.structures cimport dv_alias, dv_text

cdef extern from "bsg.h" nogil:
    ctypedef struct dv_table:
        float *values
        float *squares
        float rate
    ctypedef struct dv_encoder:
        int64_t from_word
        int64_t from_context
        int64_t bias
        int64_t to_mean
        int64_t mean_bias
        int64_t to_log_variance
        int64_t log_variance_bias
        int64_t size
    ctypedef struct dv_bsg_model:
        int64_t num_words
        int64_t dim
        int64_t stride
        int64_t hidden
        int64_t hidden_stride
        int64_t features
        int32_t window
        dv_table embedding
        dv_table prior_mean
        dv_table prior_log_variance
        dv_table context_mean
        dv_table context_log_variance
        const float *log_frequency
        float entropy
        dv_encoder encoder
        float *dense
        float *first_moment
        float *second_moment
        int64_t *dense_steps
        int64_t *lock
        float dense_rate
        float kl_weight
        float context_dropout
        float information_scale
        float information_exponent
        const dv_alias *noise
        const float *log_weight
        int64_t num_noise
    ctypedef struct dv_bsg_tally:
        double reconstruction
        double divergence
        double information
        int64_t num_tokens
        int64_t num_read
    dv_encoder dv_lay_out_encoder(int64_t dim, int64_t hidden_stride, int64_t stride)
    int64_t dv_round(int64_t n)
    int dv_train_bsg(const dv_text *text, const dv_bsg_model *model, int64_t *cursor, int64_t last, int64_t capacity,
                     int variant, dv_bsg_tally *tally)
    int dv_step_bsg(const dv_bsg_model *model, const int32_t *ids, const int32_t *left, const int32_t *right,
                    const uint8_t *is_prior, int64_t num_tokens, const int32_t *noise, const float *log_weight,
                    int variant, dv_bsg_tally *tally)


def encoder_layout(int64_t dim, int64_t hidden):
    """Where the encoder's parameters lie in their one array: {name: (offset, rows, stride, columns)}, and its size."""
    cdef int64_t stride = dv_round(dim), hidden_stride = dv_round(hidden)
    cdef dv_encoder e = dv_lay_out_encoder(dim, hidden_stride, stride)
    return {
        "from_word": (e.from_word, dim, hidden_stride, hidden),
        "from_context": (e.from_context, dim, hidden_stride, hidden),
        "bias": (e.bias, 1, hidden_stride, hidden),
        "to_mean.weight": (e.to_mean, dim, hidden_stride, hidden),
        "to_mean.bias": (e.mean_bias, 1, stride, dim),
        "to_log_variance.weight": (e.to_log_variance, 1, hidden_stride, hidden),
        "to_log_variance.bias": (e.log_variance_bias, 1, 16, 1),
    }, e.size


cdef class Model:
    """The arrays a kernel works on, checked once and held; what changes from step to step is given to the calls.

    dim, hidden, window : sizes
    embedding, prior_mean, context_mean : (V, stride) tables, ``*_squares`` their Adagrad states, aligned and padded with zeros
        (the states with ones)
    prior_log_variance, context_log_variance : (V,), and their states
    log_frequency : (V,) log P(x);  entropy : of P
    dense, first_moment, second_moment : (size,), see ``encoder_layout``;  dense_steps : (1,)
    noise : (V, 2) alias table;  log_weight : (V,) −log(num_noise P_noise(x))
    """

    cdef dv_bsg_model model
    cdef int64_t lock
    cdef object arrays

    def __init__(
        self, int64_t dim, int64_t hidden, int32_t window, dict tables, const float[::1] log_frequency, float entropy,
        float[::1] dense, float[::1] first_moment, float[::1] second_moment, int64_t[::1] dense_steps,
        const uint32_t[:, ::1] noise, const float[::1] log_weight, int64_t num_noise,
        float context_dropout, float information_scale, float information_exponent,
    ):
        cdef dv_bsg_model *m = &self.model
        memset(m, 0, sizeof(dv_bsg_model))
        m.num_words, m.dim, m.hidden, m.window = log_frequency.shape[0], dim, hidden, window
        m.stride, m.hidden_stride, m.features = dv_round(dim), dv_round(hidden), dv_round(dim + 2)
        m.encoder = dv_lay_out_encoder(dim, m.hidden_stride, m.stride)
        m.embedding = _vectors(tables, "embedding", m.num_words, m.stride)
        m.prior_mean = _vectors(tables, "prior_mean", m.num_words, m.stride)
        m.context_mean = _vectors(tables, "context_mean", m.num_words, m.stride)
        m.prior_log_variance = _numbers(tables, "prior_log_variance", m.num_words)
        m.context_log_variance = _numbers(tables, "context_log_variance", m.num_words)
        if not dense.shape[0] == first_moment.shape[0] == second_moment.shape[0] == m.encoder.size:
            raise ValueError("the encoder's arrays are not of its layout's size")
        if noise.shape[0] != m.num_words or noise.shape[1] != 2 or log_weight.shape[0] != m.num_words:
            raise ValueError("the noise needs a row a word")
        if dense_steps.shape[0] != 1 or num_noise < 1 or window < 1 or <size_t>&dense[0] % 64:
            raise ValueError("a size that is not positive, or an array that is not aligned")
        m.log_frequency, m.entropy = &log_frequency[0], entropy
        m.dense, m.first_moment, m.second_moment = &dense[0], &first_moment[0], &second_moment[0]
        m.dense_steps, m.lock = &dense_steps[0], &self.lock
        m.noise, m.log_weight, m.num_noise = <const dv_alias *>&noise[0, 0], &log_weight[0], num_noise
        m.context_dropout = context_dropout
        m.information_scale, m.information_exponent = information_scale, information_exponent
        self.arrays = (dict(tables), log_frequency, dense, first_moment, second_moment, dense_steps, noise, log_weight)

    cdef dv_bsg_model _at(self, float rate, float variance_rate, float dense_rate, float kl_weight) noexcept:
        cdef dv_bsg_model m = self.model
        m.embedding.rate = m.prior_mean.rate = m.context_mean.rate = rate
        m.prior_log_variance.rate = m.context_log_variance.rate = variance_rate
        m.dense_rate, m.kl_weight = dense_rate, kl_weight
        return m

    def train(
        self,
        const int32_t[::1] ids,
        const int64_t[::1] offsets,
        const uint32_t[::1] keep_threshold,
        uint64_t seed,
        bint shuffle,
        int32_t window,
        bint shrink,
        int64_t[::1] cursor,
        int64_t last_turn,
        int64_t capacity,
        float rate,
        float variance_rate,
        float dense_rate,
        float kl_weight,
        int variant,
    ):
        """Train on the blocks from ``cursor``, (turn, skip), to ``last_turn``: see ``densevec._cy.blocks.fill_block``.

        Threads may share model and cursor.  One thread gives the same bits every time.
        Returns (sums of reconstruction, kl and information in nats, tokens kept, tokens read).
        """
        cdef dv_text text
        cdef dv_bsg_tally tally
        cdef dv_bsg_model m = self._at(rate, variance_rate, dense_rate, kl_weight)
        cdef int done
        if keep_threshold.shape[0] != m.num_words or window != m.window or cursor.shape[0] != 2:
            raise ValueError("thresholds, window or cursor do not fit the model")
        if cursor[0] < 0 or last_turn > offsets.shape[0] - 1 or capacity < 1:
            raise ValueError("turns outside the text, or no capacity")
        memset(&tally, 0, sizeof(tally))
        text.ids, text.offsets, text.num_sentences = &ids[0], &offsets[0], offsets.shape[0] - 1
        text.keep, text.seed, text.shuffle, text.window, text.shrink = &keep_threshold[0], seed, shuffle, window, shrink
        with nogil:
            done = dv_train_bsg(&text, &m, &cursor[0], last_turn, capacity, variant, &tally)
        return _sums(done, tally)

    def step(
        self,
        const int32_t[::1] ids,
        const int32_t[::1] left,
        const int32_t[::1] right,
        const uint8_t[::1] is_prior,
        const int32_t[::1] noise,
        const float[::1] log_weight,
        float rate,
        float variance_rate,
        float dense_rate,
        float kl_weight,
        int variant,
    ):
        """One step on a given block, with given draws; what ``train`` does once it has drawn them."""
        cdef dv_bsg_tally tally
        cdef dv_bsg_model m = self._at(rate, variance_rate, dense_rate, kl_weight)
        cdef int64_t num_tokens = ids.shape[0]
        cdef int done
        if left.shape[0] != num_tokens or right.shape[0] != num_tokens or is_prior.shape[0] != num_tokens:
            raise ValueError("block arrays differ in length")
        if noise.shape[0] != log_weight.shape[0] or num_tokens < 1:
            raise ValueError("noise and weights differ in length, or there are no tokens")
        m.num_noise = noise.shape[0]
        memset(&tally, 0, sizeof(tally))
        with nogil:
            done = dv_step_bsg(&m, &ids[0], &left[0], &right[0], &is_prior[0], num_tokens, &noise[0], &log_weight[0],
                               variant, &tally)
        return _sums(done, tally)


cdef tuple _sums(int done, dv_bsg_tally tally):
    if not done:
        raise MemoryError("no memory for the blocks of a training thread")
    return (tally.reconstruction, tally.divergence, tally.information), tally.num_tokens, tally.num_read


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
