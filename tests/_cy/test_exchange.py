"""Rows that several processes change: what they tell each other, and what becomes of it."""

from __future__ import annotations

import numpy as np
import pytest

from densevec._cy.dispatch import best_variant
from densevec._cy.exchange import SharedRows


def message_of(shared: SharedRows, exchange: int = -1) -> np.ndarray:
    message = np.empty(shared.find(exchange), np.uint8)
    shared.write(message)
    return message


def rows_of(message: np.ndarray) -> list[int]:
    number = int(message[:8].view(np.int64)[0])
    return message[8 : 8 + 4 * number].view(np.int32).tolist()


def processes(rows: np.ndarray, number: int, adaptive_rows: int = 0, **settings) -> list:
    settings = {"adaptive_rows": adaptive_rows, "first_rows": 1 << 20, "longest": 1, **settings}
    tables = [rows.copy() for _ in range(number)]
    return [(table, SharedRows(table, **settings)) for table in tables]


@pytest.mark.parametrize("width", [1, 2, 16, 112])
@pytest.mark.parametrize("variant", range(best_variant() + 1))
def test_changes_come_to_all_and_what_rounding_leaves_comes_later(width: int, variant: int) -> None:
    random = np.random.default_rng(width)
    start = random.normal(size=(200, width)).astype(np.float32)
    group = processes(start, 3, variant=variant)
    wanted = start.astype(np.float64)
    for _ in range(4):
        for table, _ in group:
            rows = random.choice(200, 60, replace=False)
            change = random.normal(size=(60, width)).astype(np.float32)
            table[rows] += change
            wanted[rows] += change
        messages = [message_of(shared) for _, shared in group]
        for number, (_, shared) in enumerate(group):
            assert shared.take(messages, number) == [len(message) for message in messages]
    commons = [shared.common for _, shared in group]
    assert all(np.array_equal(commons[0], common) for common in commons)
    unsaid = sum((table - shared.common).astype(np.float64) for table, shared in group)
    np.testing.assert_allclose(commons[0] + unsaid, wanted, atol=1e-4)  # nothing is lost
    assert np.abs(commons[0] - wanted).max() < 0.1
    for table, shared in group:
        shared.settle()
        assert np.array_equal(table, commons[0])


def test_alike_changes_are_averaged_and_others_added_up() -> None:
    group = processes(np.zeros((3, 16), np.float32), 2, adaptive_rows=3)
    (one, _), (two, _) = group
    one[0], two[0] = 1, 1  # the same
    one[1], two[1] = 1, [1, -1] * 8  # nothing in common
    one[2] = 1  # of one process
    messages = [message_of(shared) for _, shared in group]
    for number, (_, shared) in enumerate(group):
        shared.take(messages, number)
    for table, _ in group:
        np.testing.assert_allclose(table[[0, 2]], 1, atol=1e-6)
        np.testing.assert_allclose(table[1], [2, 0] * 8, atol=1e-6)


def test_learning_goes_on_while_messages_travel() -> None:
    group = processes(np.zeros((1, 16), np.float32), 2)
    (one, shared), (two, other) = group
    one += 1
    two += 2
    messages = [message_of(shared), message_of(other)]
    one += 10  # before the messages are there
    shared.take(messages, 0)
    other.take(messages, 1)
    np.testing.assert_allclose(one, 13, rtol=1e-6)
    np.testing.assert_allclose(two, 3, rtol=1e-6)
    assert (rows_of(message_of(shared)), rows_of(message_of(other))) == ([0], [])


def test_the_rarer_a_word_the_more_seldom_it_is_told_of() -> None:
    table = np.zeros((1024, 16), np.float32)
    shared = SharedRows(table, adaptive_rows=0, first_rows=128, longest=4)
    times = np.zeros(1024, int)
    for exchange in range(4):
        table += 1
        times[rows_of(message_of(shared, exchange))] += 1
    assert times.tolist() == [4] * 128 + [2] * 128 + [1] * 768
    table += 1
    assert rows_of(message_of(shared)) == list(range(1024))  # all, when all are to be the same


def test_what_is_no_message_is_refused() -> None:
    table = np.zeros((4, 16), np.float32)
    shared = SharedRows(table, adaptive_rows=0, first_rows=1, longest=1)
    table += 1
    message = message_of(shared)
    assert message_of(shared)[:8].view(np.int64)[0] == 0  # nothing new
    with pytest.raises(ValueError, match="cut short"):
        shared.take([message[:-8]], 0)
    other = message.copy()
    other[8:12].view(np.int32)[0] = 7
    with pytest.raises(ValueError, match="other rows"):
        shared.take([other], 0)
    with pytest.raises(ValueError, match="own"):
        shared.take([message], 1)
    with pytest.raises(ValueError, match="as many bytes"):
        shared.write(np.empty(8 * 100, np.uint8))
    for settings in ({"first_rows": 0, "longest": 1}, {"first_rows": 1, "longest": 3}):
        with pytest.raises(ValueError, match="power of 2"):
            SharedRows(table, adaptive_rows=0, **settings)
    with pytest.raises(ValueError, match="rows"):
        SharedRows(np.zeros((0, 4), np.float32), adaptive_rows=0, first_rows=1, longest=1)


def test_what_is_not_finite_is_told_as_nothing() -> None:
    group = processes(np.zeros((2, 16), np.float32), 2)
    (one, shared), (two, other) = group
    one[0], two[1] = np.inf, 1
    messages = [message_of(shared), message_of(other)]
    other.take(messages, 1)
    assert np.isfinite(two).all()
    assert two[1, 0] == pytest.approx(1)
