"""Numbers of other libraries as plain Python has them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from densevec._plain import plain_number, read_number

NUMBERS = [
    (np.int64(4), 4),
    (np.uint8(4), 4),
    (np.float32(0.5), 0.5),
    (np.float64(1e-5), 1e-5),
    (np.bool_(True), True),
    (Fraction(1, 4), 0.25),
    (False, False),
]


@pytest.mark.parametrize(("number", "plain"), NUMBERS, ids=[repr(number) for number, _ in NUMBERS])
def test_plain_numbers(number: Any, plain: Any) -> None:
    found = plain_number(number)
    assert found == plain
    assert type(found) is type(plain)


@pytest.mark.parametrize("value", [np.int64(-4), np.float32(0.5), np.float64(1e-30), np.bool_(True), np.bool_(False)])
def test_what_earlier_files_have_of_them(value: Any) -> None:
    written = f"np.{value}_" if isinstance(value, np.bool_) else f"np.{type(value).__name__}({value})"
    assert read_number(written) == plain_number(value)
    assert type(read_number(written)) is type(plain_number(value))


@pytest.mark.parametrize("value", ["4", "cuda:1", "np.int64(x)", "np.load(4", "a/np.True_", None, 4, ["np.int64(x)"]])
def test_all_else_is_as_it_is(value: Any) -> None:
    assert read_number(value) == value
