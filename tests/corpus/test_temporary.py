"""Arrays in files without names: the same numbers as in memory, and errors that say where and what."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec.corpus.temporary import GrowingArrays, TemporaryArray, let_go
from densevec.errors import CorpusFileError

ADVICE = "make room"


@pytest.mark.parametrize("memory_limit", [0, 60, 1 << 20])
def test_arrays_grow_in_memory_and_in_files_alike(memory_limit: int, tmp_path: Path) -> None:
    with GrowingArrays((np.int32, np.float64), tmp_path, memory_limit, "numbers") as arrays:
        for number in range(5):
            arrays.append(0, np.arange(number))
            arrays.append(1, np.full(2, number / 2))
        assert arrays.lengths == [10, 10]
        assert bool(arrays.files) == (memory_limit < 1 << 20)
        whole, halves = arrays.finish("r+")
    assert (whole.dtype, halves.dtype) == (np.int32, np.float64)
    assert whole.tolist() == [0, 0, 1, 0, 1, 2, 0, 1, 2, 3]
    assert halves.tolist() == [0, 0, 0.5, 0.5, 1, 1, 1.5, 1.5, 2, 2]
    whole[0] = 7  # they may be written to after the files were let go
    assert whole[0] == 7
    assert not list(tmp_path.iterdir())


def test_an_array_of_files_that_got_nothing_is_empty(tmp_path: Path) -> None:
    with GrowingArrays((np.int32, np.int64), tmp_path, 0, "numbers") as arrays:
        arrays.append(1, np.ones(3))
        nothing, ones = arrays.finish("r")
    assert (nothing.dtype, len(nothing), ones.tolist()) == (np.int32, 0, [1, 1, 1])
    with pytest.raises(ValueError, match="read-only"):
        ones[0] = 2


def test_reserved_room_is_zeros_that_stay_in_the_file(tmp_path: Path) -> None:
    with closing(TemporaryArray(np.float32, tmp_path, "numbers", ADVICE)) as array:
        array.reserve(10_000)
        found = array.mapped("r+")
    assert found.shape == (10_000,)
    assert not found.any()
    found[...] = np.arange(10_000)
    let_go(np.asarray(found).reshape(100, 100)[3:])
    np.testing.assert_array_equal(found, np.arange(10_000))


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the system reserves no room")
def test_no_room_to_reserve_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    array = TemporaryArray(np.float32, tmp_path, "numbers", ADVICE)
    with closing(array), pytest.raises(CorpusFileError) as caught:
        array.reserve(1_000)
    assert str(caught.value) == f"{tmp_path}: cannot write 4,000 bytes of numbers (No space left on device); make room"
