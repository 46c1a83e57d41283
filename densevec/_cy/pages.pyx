"""Pages of memory: those that processes of one machine have in common, and those that nobody uses any more."""

from libc.stdint cimport int64_t, uint8_t

BYTES_OF_HUGE_PAGE = 2**21  # on whose multiples large arrays have to begin, in memory and in files

cdef extern from "pages.h" nogil:
    bint DV_HAS_PAGES
    int64_t dv_page_size()
    bint dv_map_pages(void *address, size_t size, int file, int64_t offset, bint is_shared)
    bint dv_make_huge(void *address, size_t size)
    void dv_give_back_memory()


cdef size_t HUGE_PAGE = BYTES_OF_HUGE_PAGE
HAS_PAGES = bool(DV_HAS_PAGES)  # whether this system can do that


def bytes_of_pages(int64_t size):
    """The bytes of the whole pages that hold ``size`` bytes."""
    cdef int64_t page = dv_page_size()
    return (size + page - 1) // page * page


def map_file(uint8_t[::1] memory not None, int file, int64_t offset, bint is_shared):
    """Put a file's pages from ``offset`` on where ``memory`` is, which keeps its place and has their bytes.

    memory : an array's bytes, which begin on a page and end in one that nothing else is in
    is_shared : whether what is written goes into the file, and so to all who have it; else a page is this process's own
        from the moment on that it writes to it

    Errors: ValueError for memory that does not begin on a page, OSError where the system does not do it.
    """
    if memory.shape[0] == 0 or <size_t>&memory[0] % <size_t>dv_page_size() or offset % dv_page_size():
        raise ValueError("memory and offset must begin on a page")
    if not dv_map_pages(&memory[0], <size_t>bytes_of_pages(memory.shape[0]), file, offset, is_shared):
        raise OSError("this system cannot put a file's pages in the place of memory")


def make_huge(uint8_t[::1] memory not None):
    """Whether the system has laid memory into huge pages, as far as it covers whole ones: others who map them have them too.

    Linux does so from 6.1 on, where there are such pages to be had, also of files in memory that would never get any by
    themselves (/sys/kernel/mm/transparent_hugepage/shmem_enabled).
    """
    cdef size_t first = (<size_t>&memory[0] + HUGE_PAGE - 1) // HUGE_PAGE * HUGE_PAGE if memory.shape[0] else 0
    cdef size_t last = (<size_t>&memory[0] + <size_t>memory.shape[0]) // HUGE_PAGE * HUGE_PAGE if memory.shape[0] else 0
    cdef bint done = False
    if first < last:
        with nogil:
            done = dv_make_huge(<void *>first, last - first)
    return done


def give_back_memory():
    """Return to the system the pages of freed memory that glibc keeps for what may come; with other C libraries nothing."""
    with nogil:
        dv_give_back_memory()
