"""A copy of the means in 8 bits, so that a scan reads a quarter of the memory; built on request.

One query against a float32 table takes as long as reading the table.  A ``ScanIndex`` keeps each mean as
m ≈ s q with q_i in −127..127 and one s a row, and how far that is off, r = ‖m − s q‖: then for any vector v

    |v·m − v·(s q)| ≤ ‖v‖ r        (Cauchy and Schwarz)

which is some 0.7 % of ‖v‖ ‖m‖, and rules out all but a few dozen rows for an exact look.  The query is taken to
15 bits, as two digits in 8; products of codes are exact in 32-bit integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from densevec._cy.search import MAX_CODE_DIM
from densevec.errors import FormatError, ParameterError

FloatArray = npt.NDArray[np.float64]
_GROUP, _QUAD = 16, 4  # rows side by side, and dimensions of a row side by side, as the kernel reads them
_LARGEST_CODE = 127
_LARGEST_QUERY = 128 * _LARGEST_CODE  # of a query's number, 128 high + low
_QUERY_ERROR = 0.5 / _LARGEST_QUERY  # of one number of a query, relative to its largest
_ELEMENTS_AT_ONCE = 2**17
_ROUNDING = 2.0**-21  # of adding the two digits' products in float32, relative to ‖v‖ ‖s q‖


class Coded(Protocol):
    """The table that is coded, as far as its index asks."""

    num_rows: int
    dim: int

    def mean_rows(self, rows: slice, /) -> FloatArray:
        """Means in float64, (n, d)."""


class ScanIndex:
    """8-bit codes of a table's means, V·d bytes and 16 more a row.

    ``codes`` is (⌈V/16⌉, ⌈d/4⌉, 64) uint8, 128 + q, four dimensions of each of 16 rows side by side;
    ``scales`` (V,) is s, and ``errors`` (V,) bounds |v·m − its product of codes| / ‖v‖, both float64 of float32 values.

    Examples
    --------
    >>> import numpy as np
    >>> from densevec.vectors.search import Table
    >>> table = Table(np.eye(20, 300, dtype=np.float32), None)
    >>> table.build_scan_index().codes.shape
    (2, 75, 64)
    """

    def __init__(self, codes: npt.NDArray[np.uint8], scales: FloatArray, errors: FloatArray) -> None:
        self.codes = codes
        self.scales = scales
        self.errors = errors

    @classmethod
    def build(cls, table: Coded) -> ScanIndex:
        """The index of a table; memory beside the result is a few blocks.

        Raises
        ------
        ParameterError
            If the table has more dimensions than sums of products of codes can hold.
        """
        if table.dim > MAX_CODE_DIM:
            raise ParameterError(f"a scan index needs vectors of at most {MAX_CODE_DIM} dimensions, got {table.dim}")
        num_groups, quads = -(-table.num_rows // _GROUP), -(-table.dim // _QUAD)
        codes = np.empty((num_groups, quads, _GROUP * _QUAD), dtype=np.uint8)
        scales, errors = np.empty(table.num_rows), np.empty(table.num_rows)
        step = max(1, _ELEMENTS_AT_ONCE // (_GROUP * table.dim))
        for first in range(0, num_groups, step):
            rows = slice(first * _GROUP, min((first + step) * _GROUP, table.num_rows))
            mean = table.mean_rows(rows)
            scale = (np.abs(mean).max(-1) / _LARGEST_CODE).astype(np.float32).astype(np.float64)
            code = np.rint(np.divide(mean, scale[:, None], out=np.zeros_like(mean), where=scale[:, None] > 0))
            np.clip(code, -_LARGEST_CODE, _LARGEST_CODE, out=code)
            codes[first : first + step] = _packed(code, quads)
            scales[rows], errors[rows] = scale, _bound(mean, scale[:, None] * code)
        return cls(codes, scales, errors)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What to save with the vectors."""
        numbers = {"scan.scales": self.scales, "scan.errors": self.errors}
        return {"scan.codes": self.codes, **{name: part.astype(np.float32) for name, part in numbers.items()}}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], table: Coded, origin: str) -> ScanIndex | None:
        """The index saved with a table's vectors, None if there is none; ``origin`` names the file in errors.

        Raises
        ------
        FormatError
            If the tensors do not fit the table.
        """
        parts = [tensors.get(f"scan.{name}") for name in ("codes", "scales", "errors")]
        if all(part is None for part in parts):
            return None
        packed = (-(-table.num_rows // _GROUP), -(-table.dim // _QUAD), _GROUP * _QUAD)
        wanted = [
            ("codes", np.uint8, packed),
            *((name, np.float32, (table.num_rows,)) for name in ("scales", "errors")),
        ]
        for part, (name, dtype, shape) in zip(parts, wanted, strict=True):
            if part is None or part.dtype != dtype or part.shape != shape:
                found = "nothing" if part is None else f"{part.dtype} of shape {part.shape}"
                raise FormatError(
                    f"{origin}: tensor 'scan.{name}' must be {np.dtype(dtype)} of shape {shape}, found {found}"
                )
            if part.dtype == np.float32 and not (np.isfinite(part).all() and (part >= 0).all()):
                raise FormatError(f"{origin}: tensor 'scan.{name}' must be finite and at least 0")
        codes, scales, errors = (part for part in parts if part is not None)
        if table.dim > MAX_CODE_DIM:
            raise FormatError(f"{origin}: a scan index needs at most {MAX_CODE_DIM} dimensions, found {table.dim}")
        return cls(np.ascontiguousarray(codes), scales.astype(np.float64), errors.astype(np.float64))


def _packed(code: FloatArray, quads: int) -> npt.NDArray[np.uint8]:
    """Codes (n, d) in the kernel's order, (⌈n/16⌉, quads, 64)."""
    num_groups = -(-len(code) // _GROUP)
    padded = np.full((num_groups * _GROUP, quads * _QUAD), 128, dtype=np.uint8)
    padded[: len(code), : code.shape[1]] = code + 128
    return padded.reshape(num_groups, _GROUP, quads, _QUAD).transpose(0, 2, 1, 3).reshape(num_groups, quads, -1)


def _bound(mean: FloatArray, coded: FloatArray) -> FloatArray:
    """(n,) bounds on |v·m − the product of codes| / ‖v‖, rounded up to a float32.

    The distance of m from s q; how far the query's numbers are from v, at most √d times one's error; rounding.
    """
    distance, length = np.sqrt(((mean - coded) ** 2).sum(-1)), np.sqrt((coded**2).sum(-1))
    bound = 1.000001 * (distance + length * (np.sqrt(mean.shape[-1]) * _QUERY_ERROR + _ROUNDING))
    largest = np.finfo(np.float32).max
    with np.errstate(over="ignore"):
        rounded = np.nextafter(bound.astype(np.float32), np.float32(np.inf))
    return np.minimum(rounded, largest).astype(np.float64)


def query_digits(vectors: FloatArray) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int32], FloatArray]:
    """Vectors (Q, d) as ``scale`` times integers: digits (Q, 2, 4 quads), shifts (Q, 2), scales (Q,)."""
    num_queries, dim = vectors.shape
    scales = np.abs(vectors).max(-1) / _LARGEST_QUERY
    numbers = np.rint(np.divide(vectors, scales[:, None], out=np.zeros_like(vectors), where=scales[:, None] > 0))
    high = np.rint(numbers / 128)
    digits = np.zeros((num_queries, 2, -(-dim // _QUAD) * _QUAD), dtype=np.int8)
    digits[:, 0, :dim], digits[:, 1, :dim] = high, numbers - 128 * high
    return digits, (128 * digits.sum(-1, dtype=np.int64)).astype(np.int32), scales
