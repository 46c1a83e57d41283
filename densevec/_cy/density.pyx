"""Training of DensityWord2Vec on a CPU: hand-written gradients, no Python lock, no memory taken per token."""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset

from densevec._cy.structures cimport dv_alias, dv_text

cdef extern from "density.h" nogil:
    ctypedef struct dv_densities:
        float *mean
        float *log_variance
        float *squares
    ctypedef struct dv_density_job:
        dv_densities word
        dv_densities context
        int64_t num_words
        int64_t stride
        int64_t dim
        int is_diagonal
        int is_kl
        float rate
        float variance_rate
        float margin
        float norm_bound
        float min_log_variance
        float max_log_variance
        const dv_alias *noise
        float negative
        int64_t pool
        int64_t share
    ctypedef struct dv_density_tally:
        double loss
        int64_t num_tokens
        int64_t num_read
    int dv_train_density(const dv_text *text, dv_density_job *job, int64_t *next, int64_t last, int64_t part,
                         int64_t most, int64_t capacity, int variant, dv_density_tally *tally)


def train_density(
    # the text
    const int32_t[::1] ids,
    const int64_t[::1] offsets,
    const uint32_t[::1] keep_threshold,
    uint64_t seed,
    bint shuffle,
    int32_t window,
    bint shrink,
    # what to read of it
    int64_t[::1] cursor,
    int64_t last_turn,
    int64_t part,
    int64_t capacity,
    # the model: densities of words, and those they have as contexts
    float[:, ::1] word_mean,
    float[:, ::1] word_log_variance,
    float[:, ::1] word_squares,
    float[:, ::1] context_mean,
    float[:, ::1] context_log_variance,
    float[:, ::1] context_squares,
    int64_t dim,
    # the steps
    float rate,
    float variance_rate,
    float norm_bound,
    double min_variance,
    double max_variance,
    # the loss
    bint is_kl,
    float margin,
    const uint32_t[:, ::1] noise,
    float negative,
    int64_t pool,
    int64_t share,
    int variant,
):
    """Adagrad on the max-margin loss over the sentences whose turns are in [cursor[0], last_turn).

    Text, order, subsampling, windows, threads and noise words are those of ``densevec._cy.window.train_window``.  For a token w with
    context words c_k and ``pool`` noise words n_j, E its energy with a context density, the loss is, in nats,

        Σ_k Σ_j weight · max(0, margin − E(w, c_k) + E(w, n_j)),   weight = negative/pool where c_k ≠ n_j, else 0

    with the energy log ∫ N_w N_c or, ``is_kl``, −KL(N_c‖N_w).  Rows step along the gradient g of their mean and of their log variance
    by rate / √(sum of ‖g‖²), the sum kept in ``squares`` (V, 2), which must start above zero; then means are projected to
    norms of at most ``norm_bound`` and variances clipped.  All of a token's gradients are taken before any row changes.  Tables of means
    are (V, stride), of log variances (V, 1) if spherical and (V, stride) if diagonal; columns from ``dim`` on are zero
    and stay so.  A rate of zero changes nothing.

    Returns (sum of the loss, tokens kept, tokens read).
    """
    cdef dv_text text
    cdef dv_density_job job
    cdef dv_density_tally tally
    cdef int64_t num_words = word_mean.shape[0], stride = word_mean.shape[1], columns = word_log_variance.shape[1]
    cdef int done
    cdef float[:, ::1] table
    for table in (context_mean, word_log_variance, context_log_variance, word_squares, context_squares):
        if table.shape[0] != num_words:
            raise ValueError("tables differ in their number of words")
    if keep_threshold.shape[0] != num_words or noise.shape[0] != num_words or noise.shape[1] != 2:
        raise ValueError("thresholds and alias table must have a row a word")
    if context_mean.shape[1] != stride or not 0 < dim <= stride or word_squares.shape[1] != 2 or context_squares.shape[1] != 2:
        raise ValueError("tables must have a stride of at least dim, and two sums of squares a word")
    if columns not in (1, stride) or context_log_variance.shape[1] != columns:
        raise ValueError("log variances must have one column, or the means' stride")
    if stride % 16 or <size_t>&word_mean[0, 0] % 64 or <size_t>&context_mean[0, 0] % 64:
        raise ValueError("rows must have a multiple of 16 floats and lie on 64-byte boundaries")
    if columns > 1 and (<size_t>&word_log_variance[0, 0] % 64 or <size_t>&context_log_variance[0, 0] % 64):
        raise ValueError("rows of log variances must lie on 64-byte boundaries")
    if cursor[0] < 0 or last_turn > offsets.shape[0] - 1 or part < 1 or capacity < 1 or window < 1:
        raise ValueError("turns outside the text, or a size that is not positive")
    if pool < 1 or share < 1 or not norm_bound > 0:
        raise ValueError("pool, share and norm_bound must be positive")
    if not 1e-8 <= min_variance <= max_variance <= 1e8:
        raise ValueError("variances must be bounded within 1e-8 and 1e8, for their products' sake")
    memset(&job, 0, sizeof(job))
    memset(&tally, 0, sizeof(tally))
    text.ids, text.offsets, text.num_sentences = &ids[0], &offsets[0], offsets.shape[0] - 1
    text.keep, text.seed, text.shuffle, text.window, text.shrink = &keep_threshold[0], seed, shuffle, window, shrink
    job.word.mean, job.context.mean = &word_mean[0, 0], &context_mean[0, 0]
    job.word.log_variance, job.context.log_variance = &word_log_variance[0, 0], &context_log_variance[0, 0]
    job.word.squares, job.context.squares = &word_squares[0, 0], &context_squares[0, 0]
    job.num_words, job.stride, job.dim, job.is_diagonal, job.is_kl = num_words, stride, dim, columns > 1, is_kl
    job.rate, job.variance_rate, job.margin, job.norm_bound = rate, variance_rate, margin, norm_bound
    job.min_log_variance, job.max_log_variance = log(min_variance), log(max_variance)
    job.noise, job.negative, job.pool, job.share = <const dv_alias *>&noise[0, 0], negative, pool, share
    with nogil:
        done = dv_train_density(
            &text, &job, &cursor[0], last_turn, part, 2 * window + pool, capacity, variant, &tally
        )
    if not done:
        raise MemoryError("no memory for the blocks of a training thread")
    return tally.loss, tally.num_tokens, tally.num_read
