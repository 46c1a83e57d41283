"""Training of GloVe on a CPU: entries of a matrix of counts in random order, hand-written gradients, no Python lock."""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

cdef extern from "glove.h" nogil:
    ctypedef struct dv_glove_job:
        const int32_t *rows
        const int32_t *columns
        const float *values
        int64_t num_entries
        int64_t num_words
        int64_t stride
        uint64_t seed
        float *tables[2]
        float *squares[2]
        float *biases[2]
        float *bias_squares[2]
        float rate
        float log_x_max
        float alpha
    ctypedef struct dv_glove_tally:
        double loss
        int64_t num_entries
    int64_t dv_entry(int64_t turn, int64_t num_entries, uint64_t seed)
    void dv_shuffle(int32_t *rows, int32_t *columns, float *values, int64_t size, uint64_t seed)
    int dv_train_glove(const dv_glove_job *job, int64_t *cursor, int64_t last, int64_t part, int variant,
                       dv_glove_tally *tally)


def shuffle_entries(int32_t[::1] rows, int32_t[::1] columns, float[::1] values, uint64_t seed):
    """Bring the entries of a sparse matrix into an order drawn from the seed, in their own memory.

    rows, columns, values : (n,) each, the row, the column and the value of an entry
    """
    cdef int64_t size = rows.shape[0]
    if not size == columns.shape[0] == values.shape[0]:
        raise ValueError("rows, columns and values differ in length")
    if size:
        with nogil:
            dv_shuffle(&rows[0], &columns[0], &values[0], size, seed)


def entry_order(int64_t begin, int64_t end, uint64_t seed, int64_t[::1] places, int64_t num_entries):
    """Fill ``places`` (end − begin,) with where the entries lie whose turns are begin to end of an epoch of this seed.

    The order is a permutation of 0..num_entries − 1 and a function of the seed and the turn: any turn's entry is found
    at once and no memory holds the order.  Whole stretches of 256 entries change places, so that memory is read in
    stretches; entries themselves are to be shuffled once (``shuffle_entries``).  The entries that fill no
    stretch come last.
    """
    cdef int64_t turn
    if not 0 <= begin <= end <= num_entries or places.shape[0] != end - begin:
        raise ValueError("turns outside the entries, or another number of places")
    with nogil:
        for turn in range(begin, end):
            places[turn - begin] = dv_entry(turn, num_entries, seed)


cdef float *_aligned(float[:, ::1] table, int64_t num_words, int64_t stride) except NULL:
    if table.shape[0] != num_words or table.shape[1] != stride:
        raise ValueError("tables and squares differ in their number of words or in stride")
    if stride % 16 or <size_t>&table[0, 0] % 64:
        raise ValueError("rows must have a multiple of 16 floats and lie on 64-byte boundaries")
    return &table[0, 0]


cdef float *_number_a_word(float[::1] numbers, int64_t num_words) except NULL:
    if numbers.shape[0] != num_words:
        raise ValueError("biases and their squares must have a number a word")
    return &numbers[0]


def train_glove(
    # the entries
    const int32_t[::1] rows,
    const int32_t[::1] columns,
    const float[::1] values,
    # which of them
    uint64_t seed,
    int64_t[::1] cursor,
    int64_t last_turn,
    int64_t part,
    # the model: each a pair, of words and of contexts
    tables,
    biases,
    squares,
    bias_squares,
    # its loss
    float rate,
    double x_max,
    float alpha,
    int variant,
):
    """One Adagrad step for each of the entries whose turns are in [cursor[0], last_turn), in the order of ``entry_order``.

    An entry is a word i, its row, a context j, its column, and a value X_ij > 0, how often j stands near i.  Its loss, w
    and c being rows of the tables and b, b' biases, is

        ½ f(X_ij) (w_i·c_j + b_i + b'_j − log X_ij)²,    f(x) = min(1, (x / x_max)^alpha)

    and every number θ with gradient g is stepped by its own Adagrad:  s += g²,  θ −= rate · g / sqrt(s).

    ``tables`` (V, stride) and their ``squares`` have rows padded with zeros to a stride that is a multiple of 16, aligned to
    64 bytes; ``biases`` and ``bias_squares`` are (V,).  Squares must start above zero, but in the padding.  Threads
    may share everything: each takes ``part`` turns at a time from ``cursor``, (turn,), and writes to the tables as
    they are (Recht et al. 2011, Hogwild).  One thread gives the same bits every time.

    Returns (sum of the loss, number of entries).
    Errors: ValueError, where an entry is no word or no positive number too; what was learned before stays.
    """
    cdef dv_glove_job job
    cdef dv_glove_tally tally
    cdef int side, done
    cdef float[:, ::1] first
    tables, biases, squares, bias_squares = map(tuple, (tables, biases, squares, bias_squares))  # held until the end
    if not len(tables) == len(biases) == len(squares) == len(bias_squares) == 2:
        raise ValueError("there must be a table, biases and squares of words, and of contexts")
    first = tables[0]
    memset(&job, 0, sizeof(job))
    memset(&tally, 0, sizeof(tally))
    job.num_entries, job.num_words, job.stride = rows.shape[0], first.shape[0], first.shape[1]
    if not job.num_entries == columns.shape[0] == values.shape[0]:
        raise ValueError("rows, columns and values differ in length")
    if cursor.shape[0] < 1 or not 0 <= cursor[0] or last_turn > job.num_entries or part < 1:
        raise ValueError("turns outside the entries, or a part that is not positive")
    if not (0 < rate < float("inf") and 0 < x_max < float("inf") and 0 <= alpha < float("inf")):
        raise ValueError("rate and x_max must be positive, alpha not negative")
    if job.num_words < 1 or job.stride < 1:
        raise ValueError("there must be words and dimensions")
    for side in range(2):
        job.tables[side] = _aligned(tables[side], job.num_words, job.stride)
        job.squares[side] = _aligned(squares[side], job.num_words, job.stride)
        job.biases[side] = _number_a_word(biases[side], job.num_words)
        job.bias_squares[side] = _number_a_word(bias_squares[side], job.num_words)
    if cursor[0] >= last_turn:
        return 0.0, 0
    job.rows, job.columns, job.values = &rows[0], &columns[0], &values[0]
    job.seed, job.rate, job.log_x_max, job.alpha = seed, rate, log(x_max), alpha
    with nogil:
        done = dv_train_glove(&job, &cursor[0], last_turn, part, variant, &tally)
    if not done:
        raise ValueError("an entry must be a row and a column below the number of words, and a positive finite value")
    return tally.loss, tally.num_entries
