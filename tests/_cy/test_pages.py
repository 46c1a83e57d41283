"""Memory that two have in common."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

import numpy as np
import pytest

from densevec._cy.pages import HAS_PAGES, bytes_of_pages, give_back_memory, map_file
from densevec.training.tables import on_pages

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
