"""What processes have in common: the memory of their machine, and what machines tell each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from densevec._cy.pages import HAS_PAGES
from densevec.training.machine import Together
from densevec.training.tables import on_pages
from tests.training.threads import together

needs_pages = pytest.mark.skipif(not HAS_PAGES, reason="this system cannot put a file's pages in the place of memory")


def own_arrays() -> dict[str, Any]:
    return {
        "table": on_pages(np.zeros((4, 16), np.float32)),
        "large": on_pages(np.zeros((40_000, 16), np.float32)),  # which has huge pages
        "squares": on_pages(np.ones(4, np.float32)),
        "moment": on_pages(np.zeros(2, np.float32)),
        "steps": on_pages(np.zeros(1, np.int64)),
    }


def make(arrays: dict[str, Any], group: Any, lock: Any = None) -> Together:
    return Together(arrays, ["moment"], ["squares"], lock, group, 2**12)


@needs_pages
def test_processes_of_a_machine_change_the_same_numbers_and_part_with_them() -> None:
    def learn(group: Any) -> dict[str, Any]:
        arrays, lock = own_arrays(), on_pages(np.zeros(1, np.int64))
        if not group.is_leader:
            arrays["table"][0] = 99  # what the first one has is what all have
        common = make(arrays, group, lock)
        arrays["table"][group.rank] += group.rank + 1
        arrays["large"][10_000 * group.rank] += group.rank + 1
        lock += group.rank + 5
        assert common.merge(np.array([1.0, group.rank])).tolist() == [3, 3]
        assert arrays["table"][:3, 0].tolist() == [1, 2, 3]
        assert arrays["large"][::10_000, 0].tolist() == [1, 2, 3, 0]
        common.unite()
        assert lock[0] >= 5
        common.part()
        group.wait()
        arrays["table"][3] = group.rank
        group.wait()
        return arrays

    for rank, arrays in enumerate(together(learn, 3, on_machine=3)):
        assert arrays["table"][:, 15].tolist() == [1, 2, 3, rank]
        assert arrays["squares"].tolist() == [1, 1, 1, 1]


@needs_pages
def test_machines_of_several_processes_tell_each_other_of_what_theirs_have_learned() -> None:
    def learn(group: Any) -> dict[str, Any]:
        arrays = own_arrays()
        common = make(arrays, group)
        arrays["table"][group.rank] = group.rank + 1
        arrays["squares"][group.rank] += 1
        arrays["moment"][group.rank % 2] = 2 * group.rank
        if group.is_leader:
            arrays["steps"][0] = 3 + group.rank
        assert common.merge(np.array([1.0])).tolist() == [4]
        common.unite()
        common.part()
        return arrays

    first, *others = together(learn, 4, on_machine=2)
    np.testing.assert_allclose(first["table"][:, 3], [1, 2, 3, 4], rtol=1e-5)
    np.testing.assert_allclose(first["squares"], 2, rtol=1e-5)
    np.testing.assert_allclose(first["moment"], [2, 4])  # the means of (0, 2) and (4, 6)
    assert first["steps"].tolist() == [5]
    for arrays in others:
        assert all(np.array_equal(arrays[name], array) for name, array in first.items())


def test_a_process_for_each_machine_has_memory_of_its_own() -> None:
    def learn(group: Any) -> Any:
        arrays = own_arrays()
        common = make(arrays, group)
        arrays["table"][group.rank] = 1
        common.merge(np.array([0.0]))
        assert arrays["table"][1 - group.rank].max() == 0  # told, and still on its way
        common.unite()
        return arrays["table"]

    one, two = together(learn)
    assert np.array_equal(one, two)
    np.testing.assert_allclose(one[:2], 1, rtol=1e-6)
