"""Which set of instructions a kernel is to use."""

cdef int chosen(int variant, bint multiplies=*) except -1
