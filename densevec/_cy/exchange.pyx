"""Rows that several processes change, each its own copy, and tell each other of: few bytes, and little work."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc

from densevec._cy.dispatch cimport chosen


cdef class SharedRows:
    """Rows of a table, of which this process and others change copies.

    What a process has changed it tells in a message, eight bits a number: a multiple of 1/127 of the largest change of
    the row.  What rounding leaves is told with later changes.  All take the messages of all, in the same order, so that
    ``common``, what has been told by anybody, is the same bits everywhere, and the rows are that and what has not been
    told of yet.

    rows : (V, width) the table, the rows of frequent words first
    adaptive_rows : of so many first rows changes by several processes are added up as far as they differ and averaged as
        far as they are alike (adaptive summation, Maleki et al. 2021): many steps towards the same place go beyond it if
        added up.  Changes of other rows are added up, as those of sums of squares must be
    first_rows : so many are told of in every exchange, twice as many in every second one, and so on
    longest : exchanges, a power of 2, after which every row has been told of
    variant : of the loops, see ``densevec._cy.dispatch``; -1 for the best

    Errors: ValueError for sizes that are not positive, or no power of 2.
    """

    def __init__(
        self,
        float[:, ::1] rows not None,
        *,
        int64_t adaptive_rows,
        int64_t first_rows,
        int64_t longest,
        int variant=-1,
    ):
        cdef int64_t num_rows = rows.shape[0], width = rows.shape[1]
        if num_rows < 1 or width < 1 or num_rows > 2**31 - 1:
            raise ValueError("a table needs rows, and rows numbers")
        if first_rows < 1 or longest < 1 or longest & (longest - 1):
            raise ValueError("first_rows must be positive, longest a power of 2")
        cdef float[:, ::1] common = np.array(rows, np.float32)
        cdef float[::1] seen = np.array(common[:, 0], np.float32)
        cdef int32_t[::1] changed = np.empty(num_rows, np.int32)
        self.arrays = (rows, common, seen, changed)
        self.table.rows, self.table.common, self.table.seen = &rows[0, 0], &common[0, 0], &seen[0]
        self.table.changed, self.table.num_changed = &changed[0], 0
        self.table.num_rows, self.table.width = num_rows, width
        self.table.first_rows, self.table.longest = first_rows, longest
        self.table.adaptive_rows = adaptive_rows
        self.variant = chosen(variant)

    @property
    def common(self):
        """(V, width) what all have agreed on; read-only."""
        common = np.asarray(self.arrays[1])
        common.flags.writeable = False
        return common

    def restart(self):
        """Take the rows as they are for what all have in common."""
        rows, common, seen, _ = (np.asarray(array) for array in self.arrays)
        common[...] = rows
        seen[...] = rows[:, 0]

    def settle(self):
        """Make the rows what all have in common: what has not been told of is forgotten."""
        rows, common, seen, _ = (np.asarray(array) for array in self.arrays)
        rows[...] = common
        seen[...] = rows[:, 0]

    def find(self, int64_t exchange):
        """Look for the rows that the message of an exchange tells of, of all rows if it is negative; its bytes."""
        with nogil:
            dv_find_changed(&self.table, exchange)
        return dv_message_bytes(self.table.num_changed, self.table.width)

    def write(self, uint8_t[::1] message not None):
        """Write the message about the rows that were found, and take them for told.

        Errors: ValueError unless it has the bytes that ``find`` has said.
        """
        if message.shape[0] != dv_message_bytes(self.table.num_changed, self.table.width):
            raise ValueError("the message must have as many bytes as find has said")
        if <size_t>&message[0] % 8:
            raise ValueError("a message must begin on an 8-byte boundary")
        with nogil:
            dv_write_message(&self.table, <char *>&message[0], self.variant)

    def take(self, list messages not None, int64_t own):
        """Bring the messages of all processes into the rows, each as it begins, with whatever follows; ``own`` is one's own number.

        Returns the bytes of each.  Errors: ValueError for what is no message about these rows.
        """
        cdef int64_t number = len(messages), p, k, least
        cdef const uint8_t[::1] view
        cdef dv_message *opened = <dv_message *>malloc(max(number, 1) * sizeof(dv_message))
        cdef float *changes = <float *>malloc((number + 1) * self.table.width * sizeof(float))
        try:
            if opened == NULL or changes == NULL:
                raise MemoryError("no memory for the changes of a row")
            if not 0 <= own < number:
                raise ValueError("own must be the number of a message")
            for p in range(number):
                view = messages[p]
                if view.shape[0] < 8 or <size_t>&view[0] % 8:
                    raise ValueError("no message")
                dv_open_message(&opened[p], <const char *>&view[0])
                if (not 0 <= opened[p].number <= self.table.num_rows
                        or view.shape[0] < dv_message_bytes(opened[p].number, self.table.width)):
                    raise ValueError("a message that is cut short")
                least = 0
                for k in range(opened[p].number):
                    if not least <= opened[p].ids[k] < self.table.num_rows:
                        raise ValueError("a message about other rows")
                    least = opened[p].ids[k] + 1
            sizes = [dv_message_bytes(opened[p].number, self.table.width) for p in range(number)]
            with nogil:
                dv_take_messages(&self.table, opened, number, own, changes, self.variant)
            return sizes
        finally:
            free(opened)
            free(changes)
