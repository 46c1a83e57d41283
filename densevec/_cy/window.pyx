"""Training of SkipGram, CBOW and the log-bilinear model on a CPU: hand-written gradients, without Python's lock."""

import numpy as np

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from densevec._cy.blocks cimport Pool, Share, result
from densevec._cy.dispatch cimport chosen
from densevec._cy.huffman cimport Paths
from densevec._cy.sampling cimport Noise
from densevec._cy.word_rows cimport WordRows


cdef class History:
    """What makes a kernel that of the log-bilinear model: vectors of places, and the state of row-wise Adagrad.

    position : (window, stride) a row for each place before a token, the nearest first; (2 window, stride) with those after
    boundary : the word at places outside the sentence
    input_squares, output_squares, position_squares : a number for each row of a table
    """

    def __init__(
        self,
        float[:, ::1] position not None,
        int32_t boundary,
        float[::1] input_squares not None,
        float[::1] output_squares not None,
        float[::1] position_squares not None,
    ):
        if position.shape[0] < 1 or <size_t>&position[0, 0] % 64:
            raise ValueError("position must have rows, on 64-byte boundaries")
        if position_squares.shape[0] != position.shape[0]:
            raise ValueError("there must be squares for each row")
        self.position, self.boundary = position, boundary
        self.input_squares, self.output_squares, self.position_squares = input_squares, output_squares, position_squares


cdef class WindowKernel:
    """Stochastic gradient descent on tables (V, stride), checked once and held.

    input_table, output_table : rows padded with zeros to a stride that is a multiple of 16, and aligned to 64 bytes
    layer : ``Noise``, or ``Paths`` for an output table of V − 1 rows
    dim : numbers of a row that count, behind which there are zeros; 0 for all
    combine : None for SkipGram; "mean" or "sum" of the vectors of a window for CBOW
    history : for the log-bilinear model, whose layer is noise with biases
    num_own : of so many first rows each thread has copies; where there are ``word_rows``, of the output table alone
    lock : (1,) 0, by which threads, and processes that have the tables in common, bring copies together one at a time
    word_rows : for SkipGram and CBOW, the rows of the input table, then of any number and padded to a multiple of 4 only,
        that words are made of: the vector of a word is their mean, and each of them takes the whole step of the mean

    For a token i, x its vector (SkipGram), the mean or sum of the vectors of its window (CBOW) or, where there is a
    ``history``, the sum of the vectors of its history, each times the row of its place, number by number (log-bilinear
    model); and the words predicted c_k (the words of the window; the token itself), one step of the rate on the loss in
    nats of one layer:

    - negative sampling, on ``pool`` noise words n_j (of which each is seen by ``share`` tokens in a row):
      Σ_k softplus(−x·y_{c_k}) + Σ_j w_j softplus(x·y_{n_j}),  w_j = (negative/pool)·|{k : c_k ≠ n_j}|
    - noise-contrastive estimation, where the noise has biases: the same with x·y_w + bias_w − log_noise_w in place
      of x·y_w, and w_j = (negative/pool)·|{k}|, for noise may equal the word predicted
    - hierarchical softmax, over the inner nodes of the words' ``Paths``:
      Σ_k Σ_node softplus((2 turn − 1) x·y_node), turn 0 being the one of probability σ(x·y)

    SkipGram with noise that 8 tokens or more share takes one step on the summed losses of a tile: up to 32 tokens of
    ``share`` in a row that see the same noise words.  All else takes one for each token, which sees noise words that come and go one by one.

    The log-bilinear model learns by row-wise Adagrad: a row's squares, a number, grow by the mean of its ``dim`` squared
    gradients (an output row's with that of its bias), and its step is the rate divided by their square root.

    Errors: ValueError for arrays that do not fit together.
    """

    def __init__(
        self,
        float[:, ::1] input_table not None,
        float[:, ::1] output_table not None,
        layer not None,
        *,
        int64_t dim=0,
        str combine=None,
        History history=None,
        int64_t num_own=0,
        int64_t[::1] lock=None,
        WordRows word_rows=None,
    ):
        cdef dv_window_job *job = &self.job
        cdef int64_t num_words = input_table.shape[0], stride = output_table.shape[1]
        cdef dv_word_rows made_of
        memset(&made_of, 0, sizeof(dv_word_rows))
        if word_rows is not None:
            if history is not None:
                raise ValueError("words of a log-bilinear model are rows, not made of several")
            made_of, num_words = word_rows.of_table(input_table, stride), word_rows.num_words
        elif input_table.shape[1] != stride:
            raise ValueError("tables need the same stride")
        cdef float *output = &output_table[0, 0] if output_table.shape[0] else NULL
        if num_words < 1:
            raise ValueError("tables need words")
        if stride < 1 or stride % 16 or <size_t>&input_table[0, 0] % 64 or <size_t>output % 64:
            raise ValueError("rows must have a multiple of 16 floats and lie on 64-byte boundaries")
        if output_table.shape[0] != (num_words - 1 if isinstance(layer, Paths) else num_words):
            raise ValueError("the output table must have a row a word, or one less for the inner nodes of a tree")
        if not 0 <= dim <= stride:
            raise ValueError("dim must be that of the tables, or 0 for all numbers of a row")
        if combine not in (None, "mean", "sum") or num_own < 0:
            raise ValueError("combine must be None, mean or sum, and num_own not negative")
        cdef Pool pool = Pool()
        if lock is None:
            lock = np.zeros(1, np.int64)
        if lock.shape[0] != 1:
            raise ValueError("lock must be a number")
        memset(job, 0, sizeof(dv_window_job))
        job.pool, job.lock = &pool.pool, &lock[0]
        self.arrays = (input_table, output_table, layer, history, word_rows, pool, lock)
        job.model, job.mean = DV_SKIPGRAM if combine is None else DV_CBOW, combine == "mean"
        job.num_words, job.dim, job.stride, job.num_own = num_words, dim or stride, stride, min(num_own, output_table.shape[0])
        job.tables[DV_INPUT].rows, job.tables[DV_OUTPUT].rows = &input_table[0, 0], output
        job.word_rows = made_of
        if isinstance(layer, Noise):
            self.use_noise(layer)
        elif isinstance(layer, Paths):
            self.use_paths(layer)
        else:
            raise ValueError("layer must be Noise or Paths")
        if history is not None:
            self.use_history(history)

    cdef int use_noise(self, layer) except -1:
        cdef Noise noise = layer
        if noise.noise.num_words != self.job.num_words:
            raise ValueError("the alias table must have a row a word")
        self.job.noise = noise.noise
        self.job.tables[DV_BIAS].rows, self.job.log_noise = noise.bias, noise.log_noise
        return 0

    cdef int use_paths(self, layer) except -1:
        cdef Paths paths = layer
        if paths.num_words != self.job.num_words:
            raise ValueError("a word needs a path")
        self.job.paths, self.job.nodes, self.job.turns = paths.offsets, paths.nodes, paths.turns
        self.job.longest = max(paths.longest, 1)
        return 0

    cdef int use_history(self, History history) except -1:
        cdef dv_window_job *job = &self.job
        if job.tables[DV_BIAS].rows == NULL or job.model != DV_SKIPGRAM:
            raise ValueError("the log-bilinear model needs noise with biases, and combines in a way of its own")
        if history.position.shape[1] != job.stride:
            raise ValueError("position must have rows like the tables'")
        if not 0 <= history.boundary < job.num_words:
            raise ValueError("boundary must be a word")
        if not history.input_squares.shape[0] == history.output_squares.shape[0] == job.num_words:
            raise ValueError("there must be squares for each row")
        job.model, job.boundary = DV_BILINEAR, history.boundary
        job.tables[DV_POSITION].rows = &history.position[0, 0]
        job.tables[DV_POSITION_SQUARES].rows = &history.position_squares[0]
        job.tables[DV_INPUT_SQUARES].rows = &history.input_squares[0]
        job.tables[DV_OUTPUT_SQUARES].rows = &history.output_squares[0]
        job.before = history.position.shape[0]  # until a text says how many of them come after
        return 0

    def train(self, Share share not None, float rate, int variant=-1):
        """Learn from what no other thread takes of a share; returns ((sum of the loss,), tokens kept, tokens read).

        Threads may share everything: each writes to the tables as they are (Recht et al. 2011, Hogwild), but to copies
        of the first ``num_own`` rows, which are those of the most frequent words or of the nodes near the root: threads
        that write the same memory wait for each other.  What each has learned is added up after every part.  One thread
        gives the same bits every time.

        rate : of the steps
        variant : of the kernel, see ``densevec._cy.dispatch``; -1 for the best for products, which only SkipGram with noise
            has of numbers rounded to bfloat16
        """
        cdef dv_window_job job = self.job
        cdef int64_t window = share.text.text.window
        cdef int done
        variant = chosen(variant, multiplies=True)
        share.check(job.num_words)
        if job.model == DV_BILINEAR:
            if job.before not in (window, 2 * window):
                raise ValueError("position must have one row or two for each place of the window")
            job.before, job.after = window, job.before - window
        job.rate, job.reader = rate, share.reader()
        with nogil:
            done = dv_train_window(&job, variant)
        return result(done, &job.reader.tally, 1)
