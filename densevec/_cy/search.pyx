"""Scans of a table for the rows that may score highest, without Python's lock.

A ``Selection`` belongs to one thread; several of them may scan parts of one table at once.  What a scan computes and
how a row is judged is said in search_select.h and search_kernels.h.
"""

from libc.math cimport sqrt
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc

import numpy as np

cdef extern from "search.h" nogil:
    const int DV_CHUNK
    const int DV_CODE_QUERIES
    ctypedef struct dv_coefficients:
        double k
    ctypedef struct dv_row_terms:
        const double *S
        const double *X
        const double *Y
        const double *Z
        const double *E
        const uint8_t *allowed
    ctypedef struct dv_candidate:
        int64_t row
        double lower
        double upper
    ctypedef struct dv_selection:
        double threshold
        dv_candidate *items
        int64_t num_items
        int overflowed
    ctypedef struct dv_scan:
        int kind
        int64_t dim
        int64_t num_queries
        int64_t width
        int64_t variance_width
        int64_t origin
        const float *mean
        const float *variance
        const float *queries
        const uint8_t *codes
        const int8_t *digits
        const int32_t *shifts
        const dv_coefficients *coefficients
        dv_row_terms rows
        dv_selection *selections
        float *scratch
        float *last
        float *values
        double *squares
        double *lengths
        double *inverse
    ctypedef struct dv_instruction_set:
        const char *name
        int lanes
        int tile_rows
        void (*values)(const dv_scan *, int64_t, int64_t) noexcept nogil
        void (*products)(const dv_scan *, int64_t, int64_t) noexcept nogil
        void (*codes)(const dv_scan *, int64_t, int64_t) noexcept nogil
        void (*product_sums)(const float *, const float *, int64_t, int64_t, double *) noexcept nogil
    const dv_instruction_set dv_instruction_sets[]
    int dv_num_instruction_sets()
    int dv_selection_init(dv_selection *selection, int64_t num_best, int64_t limit)
    void dv_prune(dv_selection *selection)
    void dv_selection_free(dv_selection *selection)

VALUES = ("dot", "distance", "from", "to", "roots", "likelihood", "affinity")
COEFFICIENTS = ("k", "b", "c", "g", "e", "f", "relative", "eta", "absolute", "c2", "e2", "f2", "ties")
ROW_TERMS = ("S", "X", "Y", "Z", "E")
INSTRUCTION_SETS = tuple(dv_instruction_sets[i].name.decode() for i in range(dv_num_instruction_sets()))
MAX_CODE_DIM = 1 << 16  # more dimensions might overflow the 32-bit sums of codes


def panel_width(str instruction_set):
    """How many queries lie side by side in a panel of ``Selection.scan_products``."""
    return 2 * dv_instruction_sets[INSTRUCTION_SETS.index(instruction_set)].lanes


cdef class Selection:
    """For each query the rows that may be among its best ``num_best``.

    Parameters
    ----------
    coefficients : (Q, 13) float64, columns ``COEFFICIENTS``
    terms : for each of ``ROW_TERMS`` its (V,) float64, or None
    allowed : (V,) uint8, zero for rows to pass over, or None
    num_best, limit : at least 1; a query with more than ``limit`` candidates gives up and says so
    """

    cdef dv_selection *selections
    cdef dv_scan scan
    cdef int64_t num_queries, num_rows
    cdef int instruction_set
    cdef tuple kept, filled  # what the pointers of the scan point into

    def __cinit__(self, const double[:, ::1] coefficients not None, tuple terms not None,
                  const uint8_t[::1] allowed, int64_t num_rows, int64_t num_best, int64_t limit,
                  str instruction_set not None):
        cdef int64_t q
        cdef const double[::1] term
        cdef const double *pointers[5]
        self.num_queries = coefficients.shape[0]
        self.num_rows = num_rows
        self.instruction_set = INSTRUCTION_SETS.index(instruction_set)
        if self.num_queries < 1 or coefficients.shape[1] != len(COEFFICIENTS) or len(terms) != len(ROW_TERMS):
            raise ValueError("coefficients must be (Q, 13) with Q at least 1, and terms five")
        if num_best < 1 or limit < 1 or num_rows < 0 or (allowed is not None and allowed.shape[0] != num_rows):
            raise ValueError("num_best and limit must be at least 1, and allowed one a row")
        for q in range(5):
            pointers[q] = NULL
            if terms[q] is not None and num_rows > 0:
                term = terms[q]
                if term.shape[0] != num_rows:
                    raise ValueError(f"term {ROW_TERMS[q]} must be one a row")
                pointers[q] = &term[0]
        self.scan.rows.S, self.scan.rows.X, self.scan.rows.Y = pointers[0], pointers[1], pointers[2]
        self.scan.rows.Z, self.scan.rows.E = pointers[3], pointers[4]
        self.scan.rows.allowed = &allowed[0] if allowed is not None and num_rows > 0 else NULL
        self.scan.coefficients = <const dv_coefficients *>&coefficients[0, 0]
        self.scan.num_queries = self.num_queries
        self.kept = (coefficients, terms, allowed)
        self.selections = <dv_selection *>calloc(self.num_queries, sizeof(dv_selection))
        if self.selections == NULL:
            raise MemoryError
        self.scan.selections = self.selections
        for q in range(self.num_queries):
            if not dv_selection_init(&self.selections[q], num_best, limit):
                raise MemoryError

    def __dealloc__(self):
        cdef int64_t q
        if self.selections != NULL:
            for q in range(self.num_queries):
                dv_selection_free(&self.selections[q])
            free(self.selections)

    def fill_norms(self, double[::1] squares not None, double[::1] lengths not None, double[::1] inverse not None):
        """Have ``scan_values`` write what it finds of each row m, before it is scored: ‖m‖², ‖m‖ and 1/‖m‖ (0 for 0).

        The arrays, (V,), may be terms of this selection.  ‖m‖² is as ``squared_norms`` has it.
        """
        if not squares.shape[0] == lengths.shape[0] == inverse.shape[0] == self.num_rows:
            raise ValueError("squares, lengths and inverse must be one a row")
        if self.num_rows:
            self.filled = (squares, lengths, inverse)
            self.scan.squares, self.scan.lengths, self.scan.inverse = &squares[0], &lengths[0], &inverse[0]

    def scan_values(self, str kind not None, const float[:, ::1] mean not None, const float[:, ::1] variance,
                    const float[:, :, ::1] queries not None, int64_t origin, int64_t begin, int64_t end):
        """Rows begin..end, one query after the other, by the value named ``kind`` (one of ``VALUES``).

        ``mean`` (and ``variance`` for those after "distance") hold rows from ``origin`` on; ``queries`` is (Q, 3, d):
        the query's mean rounded, what rounding it left, and its variances ("from"), their roots ("roots"), or its
        precisions ("to", "likelihood", "affinity").  For the last three of ``VALUES`` ``variance`` may be (n, 1).
        """
        cdef int64_t dim = mean.shape[1]
        cdef dv_scan scan = self.scan
        scan.kind = VALUES.index(kind)
        self.check_rows(mean.shape[0], origin, begin, end)
        if queries.shape[0] != self.num_queries or queries.shape[1] != 3 or queries.shape[2] != dim or dim < 1:
            raise ValueError("queries must be (Q, 3, d)")
        if scan.kind >= 2:
            self.check_variance(mean, variance, scan.kind >= 4)
            scan.variance = &variance[0, 0] if begin < end else NULL
        if begin == end:
            return
        scan.dim, scan.origin, scan.mean, scan.queries = dim, origin, &mean[0, 0], &queries[0, 0, 0]
        scratch = np.empty(dim, dtype=np.float32)
        cdef float[::1] scratch_view = scratch
        scan.scratch = NULL
        if scan.kind >= 2:
            scan.variance_width = variance.shape[1]
            if scan.kind == 4 or scan.variance_width != dim:
                scan.scratch = &scratch_view[0]
        with nogil:
            dv_instruction_sets[self.instruction_set].values(&scan, begin, end)

    def scan_products(self, str kind not None, const float[:, ::1] mean not None, const float[:, ::1] variance,
                      const float[:, :, ::1] panels not None, int64_t origin, int64_t begin, int64_t end):
        """Rows begin..end, all queries together, by dot products of features.

        The features of a row are m ("dot"), or (1/s, m/s) ("from"), or (m² + s, m) ("to"); ``panels`` is
        (P, d or 2 d, panel_width): queries side by side, zeros after the last.
        """
        cdef int64_t dim = mean.shape[1], width = panels.shape[1], side = panels.shape[2]
        cdef const dv_instruction_set *functions = &dv_instruction_sets[self.instruction_set]
        cdef dv_scan scan = self.scan
        scan.kind = VALUES.index(kind)
        self.check_rows(mean.shape[0], origin, begin, end)
        if scan.kind not in (0, 2, 3) or width != (dim if scan.kind == 0 else 2 * dim) or dim < 1:
            raise ValueError("kind must be dot, from or to, and panels (P, d or 2 d, panel_width)")
        if side != 2 * functions.lanes or panels.shape[0] * side < self.num_queries:
            raise ValueError("panels must hold all queries")
        if scan.kind >= 2:
            self.check_variance(mean, variance, False)
            scan.variance = &variance[0, 0] if begin < end else NULL
        if begin == end:
            return
        scan.dim, scan.width, scan.origin = dim, width, origin
        scan.mean, scan.queries = &mean[0, 0], &panels[0, 0, 0]
        scratch = np.empty(DV_CHUNK * width if scan.kind else 1, dtype=np.float32)
        last = np.empty(functions.tile_rows * width, dtype=np.float32)
        values = np.empty(side * DV_CHUNK, dtype=np.float32)
        cdef float[::1] scratch_view = scratch, last_view = last, values_view = values
        scan.scratch, scan.last, scan.values = &scratch_view[0], &last_view[0], &values_view[0]
        with nogil:
            functions.products(&scan, begin, end)

    def scan_codes(self, const uint8_t[:, :, ::1] codes not None, const int8_t[:, :, ::1] digits not None,
                   const int32_t[:, ::1] shifts not None, int64_t begin, int64_t end):
        """Rows begin..end by dot products of 8-bit codes with two digits a number of the query.

        ``codes`` is (groups of 16 rows, quads of dimensions, 64): 128 more than the signed code, four dimensions of
        a row side by side; ``digits`` (Q, 2, 4 quads) in -127..127, high and low; ``shifts`` (Q, 2) is 128 times
        their sums.  The value is 128 times the product with the high digits plus that with the low ones.
        """
        cdef int64_t quads = codes.shape[1]
        cdef dv_scan scan = self.scan
        if not 0 <= begin <= end <= self.num_rows or codes.shape[0] * 16 < self.num_rows or codes.shape[2] != 64:
            raise ValueError("codes must be (groups, quads, 64) with all rows, and begin..end among them")
        if not 1 <= 4 * quads <= MAX_CODE_DIM or digits.shape[2] != 4 * quads or digits.shape[1] != 2:
            raise ValueError("digits must be (Q, 2, 4 quads)")
        if digits.shape[0] != self.num_queries or shifts.shape[0] != self.num_queries or shifts.shape[1] != 2:
            raise ValueError("digits and shifts must be one a query")
        if begin == end:
            return
        values = np.empty(DV_CODE_QUERIES * DV_CHUNK, dtype=np.float32)
        cdef float[::1] values_view = values
        scan.width, scan.codes, scan.digits = quads, &codes[0, 0, 0], &digits[0, 0, 0]
        scan.shifts, scan.values = &shifts[0, 0], &values_view[0]
        with nogil:
            dv_instruction_sets[self.instruction_set].codes(&scan, begin, end)

    cdef int check_rows(self, int64_t num_given, int64_t origin, int64_t begin, int64_t end) except -1:
        if not 0 <= origin <= begin <= end <= self.num_rows or end - origin > num_given:
            raise ValueError("begin..end must be among the rows given")
        return 0

    cdef int check_variance(self, const float[:, ::1] mean, const float[:, ::1] variance, bint may_be_one) except -1:
        if variance is None or variance.shape[0] != mean.shape[0] or not (
                variance.shape[1] == mean.shape[1] or may_be_one and variance.shape[1] == 1):
            raise ValueError("variance must be of the shape of mean")
        return 0

    def candidates(self, int64_t query):
        """(rows, lower bounds, upper bounds) of one query, or None if there were too many.

        They are those whose upper bound reaches the ``num_best`` best lower bounds of all that was scanned.
        """
        if not 0 <= query < self.num_queries:
            raise IndexError("no such query")
        cdef dv_selection *selection = &self.selections[query]
        cdef int64_t i
        if selection.overflowed:
            return None
        dv_prune(selection)
        rows = np.empty(selection.num_items, dtype=np.int64)
        lower, upper = np.empty(selection.num_items), np.empty(selection.num_items)
        cdef int64_t[::1] rows_view = rows
        cdef double[::1] lower_view = lower, upper_view = upper
        for i in range(selection.num_items):
            rows_view[i] = selection.items[i].row
            lower_view[i] = selection.items[i].lower
            upper_view[i] = selection.items[i].upper
        return rows, lower, upper


def squared_norms(const float[:, ::1] rows not None, double[::1] squares not None, int64_t begin, int64_t end,
                  str instruction_set=INSTRUCTION_SETS[len(INSTRUCTION_SETS) - 1]):
    """squares[r] = Σ_j rows[r, j]², of rows begin..end: the bits of ``(rows.astype(float) ** 2).sum(1)``.

    As float64 holds the squares of all finite float32 numbers, and sums of them, a sum is finite if its row is.
    Errors: ValueError for arrays and bounds that do not fit.
    """
    add_products(rows, None, squares, begin, end, instruction_set)


def products(const float[::1] query not None, const float[:, ::1] rows not None, double[::1] sums not None,
             int64_t begin, int64_t end, str instruction_set=INSTRUCTION_SETS[len(INSTRUCTION_SETS) - 1]):
    """sums[r] = Σ_j rows[r, j] query[j], of rows begin..end: the bits of ``(rows.astype(float) * query).sum(1)``.

    Errors: ValueError for arrays and bounds that do not fit.
    """
    if query.shape[0] != rows.shape[1]:
        raise ValueError("query must be as wide as rows")
    add_products(rows, query, sums, begin, end, instruction_set)


def cosine(const float[:, ::1] rows not None, int64_t a, int64_t b,
           str instruction_set=INSTRUCTION_SETS[len(INSTRUCTION_SETS) - 1]):
    """Cosine of two of the rows, −1 to 1, 0 if either is zero; its sums are as those of ``products``.

    Errors: IndexError for a row that is not there.
    """
    cdef const dv_instruction_set *functions = &dv_instruction_sets[INSTRUCTION_SETS.index(instruction_set)]
    cdef int64_t dim = rows.shape[1]
    cdef double sums[3]
    if not (0 <= a < rows.shape[0] and 0 <= b < rows.shape[0]):
        raise IndexError("no such row")
    if dim == 0:
        return 0.0
    with nogil:
        functions.product_sums(&rows[a, 0], NULL, dim, 1, &sums[0])
        functions.product_sums(&rows[b, 0], NULL, dim, 1, &sums[1])
        functions.product_sums(&rows[a, 0], &rows[b, 0], dim, 1, &sums[2])
    if sums[0] == 0 or sums[1] == 0:
        return 0.0
    return max(min(sums[2] / (sqrt(sums[0]) * sqrt(sums[1])), 1.0), -1.0)


cdef add_products(const float[:, ::1] rows, const float[::1] query, double[::1] sums, int64_t begin, int64_t end,
                  str instruction_set):
    cdef int64_t dim = rows.shape[1]
    cdef const dv_instruction_set *functions = &dv_instruction_sets[INSTRUCTION_SETS.index(instruction_set)]
    cdef const float *given = NULL
    if sums.shape[0] != rows.shape[0] or not 0 <= begin <= end <= rows.shape[0]:
        raise ValueError("results must be one a row, and begin and end within them")
    if begin == end:
        return
    if dim == 0:
        sums[begin:end] = 0
        return
    if query is not None:
        given = &query[0]
    with nogil:
        functions.product_sums(&rows[begin, 0], given, dim, end - begin, &sums[begin])
