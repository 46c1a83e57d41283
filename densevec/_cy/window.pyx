"""Training of SkipGram, CBOW and the log-bilinear model on a CPU: hand-written gradients, no Python lock, no memory taken per token."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from densevec._cy.structures cimport dv_alias, dv_text

cdef extern from "window.h" nogil:
    enum:
        DV_BILINEAR
    enum:
        DV_INPUT
        DV_OUTPUT
        DV_BIAS
        DV_POSITION
        DV_INPUT_SQUARES
        DV_OUTPUT_SQUARES
        DV_POSITION_SQUARES
    ctypedef struct dv_rows:
        float *rows
    ctypedef struct dv_window_job:
        int model
        int mean
        dv_rows *tables
        int64_t num_words
        int64_t dim
        int64_t stride
        int64_t num_own
        float rate
        int64_t before
        int64_t after
        int32_t boundary
        const dv_alias *noise
        float negative
        int64_t pool
        int64_t share
        const float *log_noise
        const int64_t *paths
        const int32_t *nodes
        const uint8_t *turns
    ctypedef struct dv_tally:
        double loss
        int64_t num_tokens
        int64_t num_read
    int dv_best_variant()
    int dv_train_window(const dv_text *text, dv_window_job *job, int64_t *cursor, int64_t last, int64_t part,
                        int64_t most, int64_t capacity, int variant, dv_tally *tally)


def best_variant():
    """The best set of instructions of this processor: 0 any, 1 AVX2, 2 AVX-512."""
    return dv_best_variant()


def train_window(
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
    int64_t num_own,
    # the model
    float[:, ::1] input_table,
    float[:, ::1] output_table,
    float rate,
    bint is_cbow,
    bint mean,
    int64_t dim,
    float[:, ::1] position,
    int32_t boundary,
    float[::1] input_squares,
    float[::1] output_squares,
    float[::1] position_squares,
    # its output layer
    const uint32_t[:, ::1] noise,
    float negative,
    int64_t pool,
    int64_t share,
    float[::1] bias,
    const float[::1] log_noise,
    const int64_t[::1] paths,
    const int32_t[::1] nodes,
    const uint8_t[::1] turns,
    int variant,
):
    """Stochastic gradient descent over the sentences whose turns are in [cursor[0], last_turn).

    Text, order, subsampling and windows are those of ``densevec._cy.blocks.fill_block``; ``capacity`` is the size of
    a block.  Threads may share everything: each takes ``part`` turns at a time from ``cursor``, (turn, 0), and writes
    to the tables (V, stride) as they are (Recht et al. 2011, Hogwild), but to copies of the first ``num_own`` rows, which are those
    of the most frequent words or of the nodes near the root: threads that write the same memory wait for each other.
    What each has learned is added up after every part.  One thread gives the same bits every time.  The tables'
    rows are padded with zeros to a stride that is a multiple of 16, and aligned to 64 bytes.

    For a token i, x its vector (SkipGram), the mean or sum of the vectors of its window (CBOW) or, where ``position`` is given, the
    sum of the vectors of its history, each times the row of its place, number by number (log-bilinear model); and the words
    predicted c_k (the words of the window; the token itself), one step of the rate on the loss in nats of one layer:

    - negative sampling, where ``noise`` (V, 2) is an alias table, on ``pool`` noise words n_j of which each is seen by ``share``
      tokens in a row:  Σ_k softplus(−x·y_{c_k}) + Σ_j w_j softplus(x·y_{n_j}),  w_j = (negative/pool)·|{k : c_k ≠ n_j}|
    - noise-contrastive estimation, where ``bias`` (V,) is given too: the same with x·y_w + bias_w − log_noise_w in place
      of x·y_w, and w_j = (negative/pool)·|{k}|, for noise may equal the word predicted
    - hierarchical softmax, where ``noise`` is None, over the inner nodes of the words' paths (``huffman_tree``):
      Σ_k Σ_node softplus((2 turn − 1) x·y_node), turn 0 being the one of probability σ(x·y)

    ``position`` (window, stride) has a row for each place before a token, the nearest first, with (2 window, stride) then those
    after it; places outside the sentence hold the word ``boundary``, and the layer is noise-contrastive estimation.  This model
    learns by row-wise Adagrad: a row's squares, a number, grow by the mean of its ``dim`` squared gradients (an output row's
    with that of its bias), and its step is the rate divided by their square root.

    Returns (sum of the loss, tokens kept, tokens read).
    """
    cdef dv_text text
    cdef dv_window_job job
    cdef dv_tally tally
    cdef int64_t num_words = input_table.shape[0], stride = input_table.shape[1], longest = 0, v, most
    cdef int done
    cdef float *output = &output_table[0, 0] if output_table.shape[0] else NULL
    if output_table.shape[1] != stride or keep_threshold.shape[0] != num_words:
        raise ValueError("tables and thresholds differ in their number of words or in stride")
    if stride % 16 or <size_t>&input_table[0, 0] % 64 or <size_t>output % 64:
        raise ValueError("rows must have a multiple of 16 floats and lie on 64-byte boundaries")
    if output_table.shape[0] != (num_words if noise is not None else num_words - 1):
        raise ValueError("the output table must have a row a word, or one less for the inner nodes of a tree")
    if cursor[0] < 0 or last_turn > offsets.shape[0] - 1 or part < 1 or capacity < 1 or window < 1:
        raise ValueError("turns outside the text, or a size that is not positive")
    if noise is not None:
        if noise.shape[0] != num_words or noise.shape[1] != 2 or pool < 1 or share < 1:
            raise ValueError("the alias table must have a row a word, and pool and share must be positive")
        if bias is not None and not bias.shape[0] == log_noise.shape[0] == num_words:
            raise ValueError("biases and log_noise must have a number a word")
    elif paths is None or paths.shape[0] != num_words + 1 or nodes.shape[0] != turns.shape[0]:
        raise ValueError("a word needs a path")
    if position is not None:
        if noise is None or bias is None or input_squares is None or output_squares is None or position_squares is None:
            raise ValueError("the log-bilinear model needs noise, biases, log_noise and squares")
        if position.shape[0] not in (window, 2 * window) or position.shape[1] != stride or <size_t>&position[0, 0] % 64:
            raise ValueError("position must have rows like the tables', one or two for each place of the window")
        if not 0 <= boundary < num_words or not 0 < dim <= stride:
            raise ValueError("boundary must be a word, and dim lie in a row")
        if not input_squares.shape[0] == output_squares.shape[0] == num_words or position_squares.shape[0] != position.shape[0]:
            raise ValueError("there must be squares for each row")
    memset(&job, 0, sizeof(job))
    memset(&tally, 0, sizeof(tally))
    text.ids, text.offsets, text.num_sentences = &ids[0], &offsets[0], offsets.shape[0] - 1
    text.keep, text.seed, text.shuffle, text.window, text.shrink = &keep_threshold[0], seed, shuffle, window, shrink
    job.model, job.mean, job.rate = is_cbow, mean, rate
    job.num_words, job.dim, job.stride, job.num_own = num_words, dim, stride, min(num_own, output_table.shape[0])
    job.tables[DV_INPUT].rows, job.tables[DV_OUTPUT].rows = &input_table[0, 0], output
    if noise is not None:
        job.noise = <const dv_alias *>&noise[0, 0]
        job.negative, job.pool, job.share = negative, pool, share
        if bias is not None:
            job.tables[DV_BIAS].rows, job.log_noise = &bias[0], &log_noise[0]
        if position is not None:
            job.model, job.boundary, job.before, job.after = DV_BILINEAR, boundary, window, position.shape[0] - window
            job.tables[DV_POSITION].rows, job.tables[DV_POSITION_SQUARES].rows = &position[0, 0], &position_squares[0]
            job.tables[DV_INPUT_SQUARES].rows, job.tables[DV_OUTPUT_SQUARES].rows = &input_squares[0], &output_squares[0]
        most = 2 * window + pool
    else:
        for v in range(num_words):
            longest = max(longest, paths[v + 1] - paths[v])
        job.paths = &paths[0]
        if nodes.shape[0]:
            job.nodes, job.turns = &nodes[0], &turns[0]
        most = 2 * window * max(longest, 1)
    with nogil:
        done = dv_train_window(&text, &job, &cursor[0], last_turn, part, most, capacity, variant, &tally)
    if not done:
        raise MemoryError("no memory for the blocks of a training thread")
    return tally.loss, tally.num_tokens, tally.num_read
