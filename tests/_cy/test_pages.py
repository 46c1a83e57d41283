"""Memory that two have in common."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator

import numpy as np
import pytest

from densevec._cy.pages import (
    BYTES_OF_HUGE_PAGE,
    HAS_PAGES,
    bytes_of_pages,
    give_back_memory,
    make_huge,
    map_file,
)
from densevec.training.tables import on_pages, zeros

pytestmark = pytest.mark.skipif(not HAS_PAGES, reason="this system cannot put a file's pages in the place of memory")


@pytest.fixture
def file() -> Iterator[int]:
    number = os.memfd_create("test")
    os.truncate(number, 4 * bytes_of_pages(1))
    yield number
    os.close(number)


def as_bytes(array: np.ndarray) -> np.ndarray:
    return array.view(np.uint8)


def test_two_arrays_of_the_same_pages_are_one_until_they_part(file) -> None:
    values = np.arange(1500, dtype=np.float32)  # a page and a half
    one, two = on_pages(values), on_pages(np.zeros_like(values))
    os.pwrite(file, one.tobytes(), 0)
    view = two[3:5]
    for array in (one, two):
        map_file(as_bytes(array), file, 0, True)
    assert np.array_equal(two, values)
    one[4] = -1
    assert view.tolist() == [3, -1]
    two[1499] = -2
    assert one[1499] == -2
    map_file(as_bytes(two), file, 0, False)
    assert view.tolist() == [3, -1]
    two[4] = 7
    assert one[4] == -1
    one[3] = 9  # of a page that the other one has written to
    assert view.tolist() == [3, 7]


def test_offsets_are_those_of_the_file(file) -> None:
    page = bytes_of_pages(1)
    array = on_pages(np.zeros(3, np.int64))
    map_file(as_bytes(array), file, 2 * page, True)
    array[1] = 5
    assert os.pread(file, 24, 2 * page) == array.tobytes()
    assert os.pread(file, page, 0) == bytes(page)


def test_sizes_are_whole_pages() -> None:
    page = bytes_of_pages(1)
    assert [bytes_of_pages(size) // page for size in (1, page, page + 1)] == [1, 1, 2]


def test_memory_that_has_no_pages_of_its_own_is_refused(file) -> None:
    array = on_pages(np.zeros(4096, np.uint8))
    for memory, offset in ((array[64:], 0), (array[:0], 0), (array, 64)):
        with pytest.raises(ValueError, match="begin on a page"):
            map_file(memory, file, offset, True)
    with pytest.raises(OSError, match="cannot put a file's pages"):
        map_file(array, -1, 0, True)
    assert not array.any()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library is not glibc")
def test_freed_memory_goes_back() -> None:
    blocks = [b"x" * (3000 + i % 2) for i in range(10_000)]  # 30 MB, none so large that it is mapped by itself
    filled = own_memory()
    blocks = blocks[::100]  # none of which lets the heap shrink
    give_back_memory()
    assert own_memory() < filled - 15_000_000, len(blocks)


def own_memory() -> int:
    """Bytes of this process's own pages that are in memory."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


@pytest.mark.parametrize("size", [1, BYTES_OF_HUGE_PAGE - 4, BYTES_OF_HUGE_PAGE, 3 * BYTES_OF_HUGE_PAGE + 64])
def test_large_arrays_begin_where_a_huge_page_may(size) -> None:
    page = BYTES_OF_HUGE_PAGE if size >= BYTES_OF_HUGE_PAGE else bytes_of_pages(1)
    for array, total in ((zeros(1, -(-size // 4)), 0), (on_pages(np.ones(size, np.uint8)), size)):
        assert array.ctypes.data % page == 0
        assert array.sum() == total


def test_files_in_memory_are_laid_into_huge_pages_for_all_who_have_them() -> None:
    size = 3 * BYTES_OF_HUGE_PAGE + 4096
    values = np.arange(size, dtype=np.uint32).astype(np.uint8)
    one, two = on_pages(np.zeros_like(values)), on_pages(np.zeros_like(values))
    number = os.memfd_create("huge")
    try:
        os.write(number, values.tobytes())
        map_file(one, number, 0, True)
        is_huge = make_huge(one)
        map_file(two, number, 0, True)
    finally:
        os.close(number)
    assert np.array_equal(two, values)
    two[5] = 77
    assert one[5] == 77
    if not is_huge:
        pytest.skip("this system has no huge pages to give")
    assert huge_memory("memfd:huge") == 2 * 3 * BYTES_OF_HUGE_PAGE


def test_what_fills_no_huge_page_is_left_as_it_is() -> None:
    assert not make_huge(on_pages(np.zeros(BYTES_OF_HUGE_PAGE - 1, np.uint8)))
    assert not make_huge(np.zeros(0, np.uint8))


def huge_memory(name: str) -> int:
    """Bytes that this process has of a file in huge pages."""
    total, is_file = 0, False
    with open("/proc/self/smaps") as file:
        for line in file:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                is_file = name in line
            elif is_file and line.startswith("ShmemPmdMapped:"):
                total += int(line.split()[1]) * 1024
    return total
