"""Training of GloVe on a CPU: entries of a matrix of counts in random order, hand-written gradients, no Python lock."""

from libc.math cimport isfinite, log
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from densevec._cy.blocks cimport dv_stop, put_begun, reading, result
from densevec._cy.dispatch cimport chosen


def shuffle_entries(int32_t[::1] rows not None, int32_t[::1] columns not None, float[::1] values not None, uint64_t seed):
    """Bring the entries of a sparse matrix into an order drawn from the seed, in their own memory.

    rows, columns, values : (n,) each, the row, the column and the value of an entry
    """
    cdef int64_t size = rows.shape[0]
    if not size == columns.shape[0] == values.shape[0]:
        raise ValueError("rows, columns and values differ in length")
    if size:
        with nogil:
            dv_shuffle(&rows[0], &columns[0], &values[0], size, seed)


def entry_order(int64_t begin, int64_t end, uint64_t seed, int64_t[::1] places not None, int64_t num_entries):
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


cdef class Counts:
    """The entries of a matrix of counts, checked once; threads may share them.

    rows, columns, values : (n,) each: a word i, a context j, and X_ij > 0, how often j stands near i
    num_words : V

    Errors: ValueError for arrays of different lengths, and where an entry is no word or no positive finite number.
    """

    def __init__(
        self,
        const int32_t[::1] rows not None,
        const int32_t[::1] columns not None,
        const float[::1] values not None,
        int64_t num_words,
    ):
        cdef int64_t place, number = rows.shape[0]
        cdef bint are_entries = True
        if not number == columns.shape[0] == values.shape[0]:
            raise ValueError("rows, columns and values differ in length")
        with nogil:
            for place in range(number):
                are_entries &= (0 <= rows[place] < num_words) & (0 <= columns[place] < num_words)
                are_entries &= (values[place] > 0) & (isfinite(values[place]) != 0)
        if not are_entries:
            raise ValueError("an entry must be a row and a column below the number of words, and a positive finite value")
        memset(&self.entries, 0, sizeof(dv_entries))
        self.arrays, self.num_words, self.entries.number = (rows, columns, values), num_words, number
        if number:
            self.entries.rows, self.entries.columns, self.entries.values = &rows[0], &columns[0], &values[0]


cdef class CountShare:
    """Turns of a pass through the entries of a matrix, for threads that share them: each takes what no other has taken.

    seed : of the pass: its order, see ``entry_order``
    begin, end : the entries whose turns are begin, ..., end − 1
    part : most turns that a thread takes at a time
    begun : sum of the loss that threads add to: of what an earlier share of this one's work has read
    Errors: ValueError for turns that are not of the entries, and for a part that is not positive.
    """

    def __init__(self, Counts counts not None, uint64_t seed, int64_t begin, int64_t end, int64_t part, *, begun=()):
        if not 0 <= begin <= end <= counts.entries.number or part < 1:
            raise ValueError("turns outside the entries, or a part that is not positive")
        memset(&self.share, 0, sizeof(dv_share))
        self.counts, self.share.text.seed = counts, seed
        self.share.turn, self.share.last, self.share.part = begin, end, part
        put_begun(&self.share, begun)

    @property
    def position(self):
        """The turn where what nobody has taken begins."""
        return self.share.turn

    def stop(self):
        """Let threads finish what they have taken and take no more; where they end: (``position``, 0)."""
        dv_stop(&self.share)
        return self.share.turn, 0

    cdef dv_reader reader(self) noexcept:
        """A thread's reading of the share."""
        return reading(&self.share)


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


cdef class GloVeKernel:
    """Adagrad on GloVe's weighted squares, the arrays checked once and held; each is given twice, of words and of contexts.

    tables, squares : (V, stride) rows padded with zeros to a stride that is a multiple of 16, and aligned to 64 bytes
    biases, bias_squares : (V,)
    x_max, alpha : of the weight of an entry

    The loss of an entry X_ij is, w and c being rows of the tables and b, b' biases,

        ½ f(X_ij) (w_i·c_j + b_i + b'_j − log X_ij)²,    f(x) = min(1, (x / x_max)^alpha)

    and every number θ with gradient g is stepped by its own Adagrad:  s += g²,  θ −= rate · g / sqrt(s).  The squares s
    must start above zero, but in the padding.

    Errors: ValueError for arrays that do not fit together, and for an x_max or alpha that make no weights.
    """

    def __init__(self, tables, biases, squares, bias_squares, *, double x_max, float alpha):
        cdef dv_glove_job *job = &self.job
        cdef int side
        cdef float[:, ::1] first
        tables, biases, squares, bias_squares = map(tuple, (tables, biases, squares, bias_squares))
        if not len(tables) == len(biases) == len(squares) == len(bias_squares) == 2:
            raise ValueError("there must be a table, biases and squares of words, and of contexts")
        if not (0 < x_max < float("inf") and 0 <= alpha < float("inf")):
            raise ValueError("x_max must be positive, alpha not negative")
        first = tables[0]
        memset(job, 0, sizeof(dv_glove_job))
        self.arrays = (tables, biases, squares, bias_squares)
        job.num_words, job.stride = first.shape[0], first.shape[1]
        if job.num_words < 1 or job.stride < 1:
            raise ValueError("there must be words and dimensions")
        for side in range(2):
            job.tables[side] = _aligned(tables[side], job.num_words, job.stride)
            job.squares[side] = _aligned(squares[side], job.num_words, job.stride)
            job.biases[side] = _number_a_word(biases[side], job.num_words)
            job.bias_squares[side] = _number_a_word(bias_squares[side], job.num_words)
        job.log_x_max, job.alpha = log(x_max), alpha

    def train(self, CountShare share not None, float rate, int variant=-1):
        """Learn from what no other thread takes of a share; returns ((sum of the loss,), number of entries twice).

        Threads may share everything: each writes to the tables as they are (Recht et al. 2011, Hogwild).  One thread
        gives the same bits every time.

        rate : of the steps; zero changes nothing but squares
        variant : of the kernel, see ``densevec._cy.dispatch``; -1 for the best
        """
        cdef dv_glove_job job = self.job
        variant = chosen(variant)
        if share.counts.num_words != job.num_words:
            raise ValueError(f"tables of {job.num_words} words, and entries of {share.counts.num_words}")
        if not 0 <= rate < float("inf"):
            raise ValueError("rate must not be negative")
        job.entries, job.rate, job.reader = share.counts.entries, rate, share.reader()
        with nogil:
            dv_train_glove(&job, variant)
        return result(True, &job.reader.tally, 1)
