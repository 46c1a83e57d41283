"""What is searched and what is searched for: rows of means and variances, and queries in float64."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from densevec._cy import search as kernels
from densevec.densities.lengths import are_fit, fitting
from densevec.errors import CorruptError
from densevec.formats import decode_bfloat16
from densevec.vectors.search.codes import ScanIndex

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]

_NAMED = 5  # rows, in a message
EXACT_ELEMENTS = 2**17  # of a float64 block, whose formulas make temporaries that should stay in the cache
_SUMMED_ELEMENTS = 2**22  # that a thread adds up at a time
_SUMMED_BY_NUMPY = 8192  # numbers side by side; more it adds buffer by buffer


def num_processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Queries:
    """Q densities, or points: ``mean`` (Q, d), ``log_variance`` (Q, 1) or (Q, d), None for points; float64."""

    mean: FloatArray
    log_variance: FloatArray | None

    def __len__(self) -> int:
        return len(self.mean)

    def by_direction(self) -> Queries:
        """For the cosine, to which directions alone matter: with means whose squares fit in a float."""
        mean = self.mean  # neither product warns of overflow
        squares = np.vdot(mean, mean) if len(self) == 1 else np.einsum("qd,qd->q", mean, mean)
        return self if are_fit(squares) else Queries(fitting(mean), None)

    def only(self, numbers: list[int]) -> Queries:
        """Some of the queries."""
        if len(numbers) == len(self) == 1:
            return self
        return Queries(self.mean[numbers], None if self.log_variance is None else self.log_variance[numbers])


@dataclass(frozen=True)
class Norms:
    """Of all rows m of a table ‖m‖², ‖m‖ and 1/‖m‖ (0 for a zero row), (V,) float64 each."""

    squares: FloatArray
    lengths: FloatArray
    inverse: FloatArray

    @classmethod
    def unfilled(cls, num_rows: int) -> Norms:
        """Arrays for them, which a scan fills."""
        return cls(np.empty(num_rows), np.empty(num_rows), np.empty(num_rows))


def widen(values: npt.NDArray[Any]) -> Float32Array:
    """Stored numbers as float32: float32 as they are, float16, and bfloat16 kept as its bits in uint16.

    Examples
    --------
    >>> import numpy as np
    >>> widen(np.array([0x3F80, 0xC000], dtype=np.uint16)).tolist()
    [1.0, -2.0]
    """
    if values.dtype == np.uint16:
        return decode_bfloat16(values)
    return np.asarray(values, dtype=np.float32)


def _is_plain(values: npt.NDArray[Any]) -> bool:
    return bool(values.dtype == np.float32 and values.flags.c_contiguous)


class Table:
    """The rows to search, and what a scan of them uses again.

    Parameters
    ----------
    mean : (V, d) float32, float16, or bfloat16 as uint16 bits (see ``widen``)
    variance : (V,) or (V, d) of these types, or None for points

    The arrays must not change: whoever edits vectors makes a new table, or has this one ``forget``.  What is kept of a
    row is a few numbers, never d; only ``build_scan_index`` makes an array of the table's shape, of single bytes.

    A table mapped from a file may hold anything.  Rows that are asked for are looked at until all have been, which the
    first search sees to: numbers that are no density's raise CorruptError, and never score.

    Attributes
    ----------
    words : of the rows, for messages, where the table is a file's
    """

    def __init__(self, mean: npt.NDArray[Any], variance: npt.NDArray[Any] | None) -> None:
        self.mean = mean
        self.variance = variance
        self.num_rows, self.dim = mean.shape
        self.scan_index: ScanIndex | None = None
        self.words: Sequence[str] | None = None
        self._are_means_sound = self._are_variances_sound = False  # as far as is known

    @property
    def is_spherical(self) -> bool:
        return self.variance is not None and self.variance.ndim == 1

    @property
    def is_float32(self) -> bool:
        """True if scans can use the arrays where they lie."""
        return self.has_plain_means and (self.variance is None or _is_plain(self.variance))

    @property
    def has_plain_means(self) -> bool:
        """True if kernels can use the means where they lie."""
        return _is_plain(self.mean)

    @property
    def has_summable_means(self) -> bool:
        """True if kernels can add up products of means where they lie, to NumPy's bits."""
        return self.has_plain_means and self.dim <= _SUMMED_BY_NUMPY

    def at(self, rows: RowArray) -> Self:
        """Some of the rows, in that order."""
        return type(self)(self.mean[rows], None if self.variance is None else self.variance[rows])

    def stored_means(self, rows: RowArray | slice) -> Float32Array:
        """Means of some rows in float32, (n, d)."""
        means = widen(self.mean[rows])
        if not (self._are_means_sound or np.isfinite(means).all()):
            self._fail()
        return means

    def stored_mean(self, row: int) -> Float32Array:
        """The mean of one row in float32, (d,)."""
        mean = self.mean[row] if self.has_plain_means else widen(self.mean[row])
        if not (self._are_means_sound or math.isfinite(mean.dot(self._tiny))):
            self._fail()
        return mean

    def stored_variances(self, rows: RowArray | slice) -> Float32Array:
        """Variances of some rows in float32, (n,) or (n, d)."""
        assert self.variance is not None  # points are never asked by a measure of densities
        variances = widen(self.variance[rows])
        if not (self._are_variances_sound or (np.isfinite(variances) & (variances > 0)).all()):
            self._fail()
        return variances

    def mean_rows(self, rows: RowArray | slice) -> FloatArray:
        """Means of some rows in float64, (n, d)."""
        return self.stored_means(rows).astype(np.float64)

    def variance_rows(self, rows: RowArray | slice) -> FloatArray:
        """Variances of some rows in float64, (n,) or (n, d)."""
        return self.stored_variances(rows).astype(np.float64)

    def check(self, *, has_densities: bool) -> None:
        """CorruptError unless all means are finite and, if asked for, variances above zero; looked at once.

        The numbers that this takes are those that a search uses anyway.
        """
        if not self._are_means_sound:
            self.squared_norms  # noqa: B018  (of all rows, each looked at)
            self._are_means_sound = True
        if has_densities and not self._are_variances_sound:
            self.log_determinants  # noqa: B018
            self._are_variances_sound = True

    @property
    def lacks_norms(self) -> bool:
        """Whether a scan of all rows where they lie may fill their norms, which are not known yet."""
        return self.is_float32 and "squared_norms" not in vars(self)

    def take_norms(self, norms: Norms) -> None:
        """Keep what a scan of all rows filled; CorruptError if not all means are finite."""
        if not np.isfinite(norms.squares).all():
            self._fail()
        vars(self).update(squared_norms=norms.squares, norms=norms.lengths, inverse_norms=norms.inverse)
        self._are_means_sound = True

    def _fail(self) -> NoReturn:
        """CorruptError with the rows whose numbers are none of a density."""
        bad: list[int] = []
        for rows in self.blocks(0, self.num_rows, EXACT_ELEMENTS):
            holds = np.asarray(np.isfinite(widen(self.mean[rows])).all(-1))
            if self.variance is not None:
                variances = widen(self.variance[rows]).reshape(len(holds), -1)
                holds &= np.asarray((np.isfinite(variances) & (variances > 0)).all(-1))
            bad += (np.flatnonzero(~holds) + rows.start).tolist()
        named = [f"row {row}" + (f" ({self.words[row]!r:.80})" if self.words else "") for row in bad[:_NAMED]]
        more = f" and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
        raise CorruptError(
            f"vectors must be finite and variances above 0, which those of {', '.join(named)}{more} are not: the file "
            f"that they are from is damaged; take a sound copy, or leave these words out with drop()"
        )

    def log_variance_rows(self, rows: RowArray | slice) -> FloatArray:
        """Log variances of some rows in float64, (n, 1) or (n, d)."""
        log_variance: FloatArray = np.log(self.variance_rows(rows))
        return log_variance[:, None] if self.is_spherical else log_variance

    def blocks(self, start: int, stop: int, elements: int) -> Iterator[slice]:
        """Consecutive slices of rows of about that many elements."""
        step = max(1, elements // max(1, self.dim))
        for begin in range(start, stop, step):
            yield slice(begin, min(begin + step, stop))

    def build_scan_index(self) -> ScanIndex:
        """Make (once) and use from now on a copy of the means in 8 bits; see ``ScanIndex``."""
        if self.scan_index is None:
            self.scan_index = ScanIndex.build(self)
        return self.scan_index

    def forget(self) -> None:
        """Drop all that was computed from the arrays, which somebody changed."""
        self.scan_index = None
        self._are_means_sound = self._are_variances_sound = False
        for name, part in vars(type(self)).items():
            if isinstance(part, cached_property):
                vars(self).pop(name, None)

    # Numbers of a row, computed at the first search that needs them

    def _per_row(self, function: Callable[[slice], FloatArray]) -> FloatArray:
        result = np.empty(self.num_rows)
        for rows in self.blocks(0, self.num_rows, EXACT_ELEMENTS):
            result[rows] = function(rows)
        return result

    def _summed(self, add: Callable[[Any, FloatArray, int, int], None], means: npt.NDArray[Any]) -> FloatArray:
        """What ``add`` finds of each of these means, in threads where there are many."""
        result = np.empty(len(means))
        blocks = list(self.blocks(0, len(means), _SUMMED_ELEMENTS))
        if len(blocks) <= 1:
            add(means, result, 0, len(means))
        else:
            with ThreadPoolExecutor(num_processors()) as pool:
                for _ in pool.map(lambda block: add(means, result, block.start, block.stop), blocks):
                    pass
        return result

    def cosines(self, query: FloatArray, rows: range) -> FloatArray | None:
        """Of rows in a row and a query (d,), float64, (n,), to the bits of the measure's own formula; None where these
        are not to be had at once: the query or the rows are no float32, or too long for one sum of NumPy's."""
        with np.errstate(over="ignore"):
            narrow = query.astype(np.float32)
        if not self.has_summable_means or (narrow != query).any():
            return None
        scale = np.sqrt((query**2).sum()) * self.norms[rows.start : rows.stop]
        add = partial(kernels.products, narrow)
        products = self._summed(add, self.mean[rows.start : rows.stop])
        np.divide(products, scale, out=products, where=scale > 0)
        return np.clip(products, -1, 1, out=products)

    def cosine(self, a: int, b: int) -> float | None:
        """Of two rows, likewise; None where it is not to be had at once."""
        return kernels.cosine(self.mean, a, b) if self.has_summable_means else None

    @cached_property
    def _tiny(self) -> Float32Array:
        """(d,): its product with finite numbers is one, and with others none, which makes a look at one row cheap."""
        return np.full(self.dim, 1e-30, dtype=np.float32)

    @cached_property
    def squared_norms(self) -> FloatArray:
        """‖m‖², (V,) float64."""
        if not self.has_plain_means:
            return self._per_row(lambda rows: (self.mean_rows(rows) ** 2).sum(-1))
        squares = self._summed(kernels.squared_norms, self.mean)
        if not np.isfinite(squares).all():
            self._fail()
        return squares

    @cached_property
    def norms(self) -> FloatArray:
        """‖m‖, (V,) float64."""
        return np.sqrt(self.squared_norms)

    @cached_property
    def inverse_norms(self) -> FloatArray:
        """1/‖m‖, 0 for a zero row, (V,) float64."""
        return np.divide(1.0, self.norms, out=np.zeros(self.num_rows), where=self.norms > 0)

    @cached_property
    def variances(self) -> FloatArray:
        """s of a spherical table, (V,) float64."""
        return self.variance_rows(slice(None))

    @cached_property
    def precisions(self) -> FloatArray:
        """1/s of a spherical table, (V,) float64."""
        return 1 / self.variances

    @cached_property
    def second_moments(self) -> FloatArray:
        """d·s + ‖m‖² of a spherical table, (V,) float64."""
        return self.dim * self.variances + self.squared_norms

    @cached_property
    def log_determinants(self) -> FloatArray:
        """Σ_i log s_i, (V,) float64."""

        def block(rows: slice) -> FloatArray:
            log_variance = self.log_variance_rows(rows)
            return log_variance.sum(-1) * (self.dim // log_variance.shape[-1])

        return self._per_row(block)

    @cached_property
    def scaled_norms(self) -> FloatArray:
        """Σ_i m_i²/s_i of a diagonal table, (V,) float64."""
        return self._per_row(lambda rows: (self.mean_rows(rows) ** 2 / self.variance_rows(rows)).sum(-1))
