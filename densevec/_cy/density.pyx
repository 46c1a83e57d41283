"""Training of DensityWord2Vec on a CPU: hand-written gradients, no Python lock, no memory taken per token."""

from libc.math cimport log
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset

from densevec._cy.blocks cimport Pool, Share, result
from densevec._cy.dispatch cimport chosen
from densevec._cy.sampling cimport Noise
from densevec._cy.word_rows cimport WordRows


cdef class Densities:
    """One density a word: tables checked once and held.

    mean : (V, stride), on a 64-byte boundary, stride a multiple of 16
    log_variance : (V, 1) of spherical densities; (V, stride) of diagonal ones, aligned too
    squares : (V, 2) sums of squared gradients of mean and log variance, above zero
    word_rows : the rows that means are composed of, which mean and squares have in the place of V, those of mean padded to
        a multiple of 4 only: a word's mean is that of its rows, and each of them takes the whole gradient of the mean;
        None where each word is a row
    """

    def __init__(
        self,
        float[:, ::1] mean not None,
        float[:, ::1] log_variance not None,
        float[:, ::1] squares not None,
        WordRows word_rows=None,
    ):
        cdef int64_t num_words = log_variance.shape[0], num_rows = num_words
        cdef int64_t stride = mean.shape[1], columns = log_variance.shape[1]
        if word_rows is not None:
            if word_rows.num_words != num_words:
                raise ValueError("word_rows must have the tables' number of words")
            stride = (stride + 15) // 16 * 16
            self.word_rows, num_rows = word_rows.of_table(mean, stride), word_rows.word_rows.num_rows
        if num_words < 1 or mean.shape[0] != num_rows or squares.shape[0] != num_rows:
            raise ValueError("tables differ in their number of words")
        if stride < 1 or stride % 16 or <size_t>&mean[0, 0] % 64:
            raise ValueError("rows must have a multiple of 16 floats and lie on 64-byte boundaries")
        if columns not in (1, stride) or squares.shape[1] != 2:
            raise ValueError("log variances must have one column, or the means' stride, and squares two")
        if columns > 1 and <size_t>&log_variance[0, 0] % 64:
            raise ValueError("rows of log variances must lie on 64-byte boundaries")
        self.arrays = (mean, log_variance, squares, word_rows)
        self.num_words, self.stride, self.columns = num_words, stride, columns
        self.densities.mean, self.densities.log_variance = &mean[0, 0], &log_variance[0, 0]
        self.densities.squares = &squares[0, 0]


cdef class DensityKernel:
    """Adagrad on the max-margin loss of densities, checked once and held.

    word, context : densities of words, and those they have as contexts; their columns from ``dim`` on are zero and stay so
    noise : without biases
    apart : (V,) 1 for words whose own row alone, their first, learns from them: it goes all the way that their rows would
        have gone, and the other rows know nothing of the word; where means are composed of rows
    norm_bound, min_variance, max_variance : of every density; variances within 1e-8 and 1e8

    For a token w with context words c_k and ``pool`` noise words n_j, E its energy with a context density, the loss is,
    in nats,

        Σ_k Σ_j weight · max(0, margin − E(w, c_k) + E(w, n_j)),   weight = negative/pool where c_k ≠ n_j, else 0

    with the energy log ∫ N_w N_c or, ``is_kl``, −KL(N_c‖N_w).  Rows step along the gradient g of their mean and of their
    log variance by rate / √(sum of ‖g‖²), the sum kept in their squares; then means are projected to norms of at most
    ``norm_bound`` and variances clipped.  All of a token's gradients are taken before any row changes.

    Errors: ValueError for arrays that do not fit together, and for bounds that are not as said.
    """

    def __init__(
        self,
        Densities word not None,
        Densities context not None,
        Noise noise not None,
        int64_t dim,
        *,
        bint is_kl,
        float margin,
        float norm_bound,
        double min_variance,
        double max_variance,
        const uint8_t[::1] apart=None,
    ):
        cdef dv_density_job *job = &self.job
        if context.num_words != word.num_words:
            raise ValueError("tables differ in their number of words")
        if context.stride != word.stride or context.columns != word.columns or not 0 < dim <= word.stride:
            raise ValueError("tables must have the same columns, and a stride of at least dim")
        if context.word_rows.offsets != NULL:
            raise ValueError("context densities must have a row each")
        if noise.noise.num_words != word.num_words or noise.bias != NULL:
            raise ValueError("the alias table must have a row a word, without biases")
        if not norm_bound > 0:
            raise ValueError("norm_bound must be positive")
        if not 1e-8 <= min_variance <= max_variance <= 1e8:
            raise ValueError("variances must be bounded within 1e-8 and 1e8, for their products' sake")
        cdef Pool pool = Pool()
        memset(job, 0, sizeof(dv_density_job))
        job.pool = &pool.pool
        if apart is not None and (word.word_rows.offsets == NULL or apart.shape[0] != word.num_words):
            raise ValueError("apart must have a number for each word, whose mean is composed of rows")
        self.arrays = (word, context, noise, apart, pool)
        job.word, job.context, job.noise = word.densities, context.densities, noise.noise
        job.word_rows = word.word_rows
        if apart is not None:
            job.apart = &apart[0]
        job.num_words, job.stride, job.dim = word.num_words, word.stride, dim
        job.is_diagonal, job.is_kl, job.margin, job.norm_bound = word.columns > 1, is_kl, margin, norm_bound
        job.min_log_variance, job.max_log_variance = log(min_variance), log(max_variance)

    def train(self, Share share not None, float rate, float variance_rate, int variant=-1):
        """Learn from what no other thread takes of a share; returns ((sum of the loss,), tokens kept, tokens read).

        Threads may share everything; one thread gives the same bits every time.

        rate, variance_rate : of the steps of means and of log variances; rates of zero change nothing
        variant : of the kernel, see ``densevec._cy.dispatch``; -1 for the best
        """
        cdef dv_density_job job = self.job
        cdef int done
        variant = chosen(variant)
        share.check(job.num_words)
        job.rate, job.variance_rate, job.reader = rate, variance_rate, share.reader()
        with nogil:
            done = dv_train_density(&job, variant)
        return result(done, &job.reader.tally, 1)
