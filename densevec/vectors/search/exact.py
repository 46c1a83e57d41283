"""Exact search: the ranking is that of a float64 scan, whatever the variances.

Scans bound each score; every row whose score might be among the best is kept, and those few are scored again in float64
by the measure's own formula.  Where the bounds are too wide to rule rows out (tiny variances beside large means), a
scan with tighter ones follows, then a float64 scan of all: slower, never wrong.  No array of the table's size is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from densevec._cy.search import INSTRUCTION_SETS, Selection
from densevec.densities import Measure
from densevec.vectors.search.forms import FORMS, Form
from densevec.vectors.search.plans import FEW_QUERIES, Part, Plan, make_plan
from densevec.vectors.search.table import (
    FloatArray,
    Norms,
    Queries,
    RowArray,
    Table,
    num_processors,
    widen,
)

Allowed = npt.NDArray[np.uint8] | None  # (V,), zero for rows that are not searched

_SCORED_ELEMENTS = 2**15  # of a float64 block: temporaries of this size are memory that is there, larger ones new pages
_SCAN_ELEMENTS = 2**20  # of a float32 block: it and what is made of it should stay in the cache
_THREAD_ELEMENTS = 2**21  # numbers that are worth a thread
_SHARES_PER_THREAD = 8  # a thread that starts late, or has less of a processor, takes fewer
_FEW_ROWS = 32  # one in so many or fewer is scored at once in float64
_GATHERED = 4096  # rows, besides twice the wanted ones, of which the best are picked at a time
_MANY_CANDIDATES = 4096  # besides 8 a wanted row: rather than score so many in float64, scan again with tight bounds


def exact_scores(table: Table, measure: Measure, query: Queries, rows: range | RowArray) -> FloatArray:
    """Float64 scores of some rows for one query by the measure's own formula, (n,)."""
    if measure.name == "cosine" and isinstance(rows, range):
        found = table.cosines(query.mean.reshape(-1), rows)
        if found is not None:
            return found
    scores = np.empty(len(rows))
    step = max(1, _SCORED_ELEMENTS // max(1, table.dim))
    for begin in range(0, len(rows), step):
        some = rows[begin : begin + step]
        part = slice(some.start, some.stop) if isinstance(some, range) else some  # no copy of rows in a row
        log_variance = None if query.log_variance is None else table.log_variance_rows(part)
        part_scores = measure.score(query.mean, query.log_variance, table.mean_rows(part), log_variance)
        scores[begin : begin + step] = part_scores
    return scores


def nearest(
    table: Table,
    measure: Measure,
    queries: Queries,
    topn: int,
    start: int = 0,
    stop: int | None = None,
    *,
    rows: RowArray | None = None,
    exclude: Sequence[Sequence[int]] | None = None,
    num_threads: int | None = None,
) -> list[tuple[RowArray, FloatArray]]:
    """For each query the ``topn`` rows of ``start:stop`` with the highest scores, best first; ties by row.

    Parameters
    ----------
    rows : search only these rows of ``start:stop``
    exclude : for each query, rows that are not wanted in its answer
    num_threads : at most; None for one a processor.  The answer does not depend on it

    Returns
    -------
    One pair per query: rows (n,) and float64 scores (n,), n = min(topn, rows that may be answers).
    """
    stop = table.num_rows if stop is None else stop
    queries = queries.by_direction() if measure.name == "cosine" else queries
    excluded: list[set[int]] = [set()] * len(queries) if exclude is None else [set(map(int, each)) for each in exclude]
    wanted = topn + max((len(unwanted) for unwanted in excluded), default=0) if topn else 0
    search = _Search(table, measure, wanted, start, stop, rows, num_threads or num_processors())
    if not search.fills_norms(queries):
        table.check(has_densities=queries.log_variance is not None)
    found = search.candidates(queries)
    for number, unwanted in enumerate(excluded):
        for row in unwanted:
            found[number] = found[number][found[number] != row]
    results = []
    for places, scores in zip(found, _scores_of_each(table, measure, queries, found), strict=True):
        order = np.lexsort((places, -scores))[:topn]
        results.append((places[order], scores[order]))
    return results


def _scores_of_each(
    table: Table, measure: Measure, queries: Queries, found: Sequence[RowArray]
) -> Iterator[FloatArray]:
    """``exact_scores`` of each query's rows; queries that have few are scored together."""
    most = max(1, _SCORED_ELEMENTS // max(1, table.dim))
    ends = np.cumsum([len(rows) for rows in found])
    number = 0
    while number < len(found):
        begin = ends[number] - len(found[number])
        end = max(int(np.searchsorted(ends, begin + most, side="right")), number + 1)
        if end == number + 1:
            yield exact_scores(table, measure, queries.only([number]), found[number])
        else:
            rows, query = (
                np.concatenate(found[number:end]),
                np.repeat(np.arange(number, end), np.diff(ends[number:end], prepend=begin)),
            )
            given = queries.log_variance
            log_variance = None if given is None else table.log_variance_rows(rows)
            asked = None if given is None else given[query]
            scores = measure.score(queries.mean[query], asked, table.mean_rows(rows), log_variance)
            yield from np.split(scores, ends[number : end - 1] - begin)
        number = end


class _Search:
    """One call of ``nearest``: which rows, how many, how many threads."""

    def __init__(
        self,
        table: Table,
        measure: Measure,
        topn: int,
        start: int,
        stop: int,
        rows: RowArray | None,
        num_threads: int,
    ) -> None:
        self.table, self.measure, self.topn = table, measure, topn
        self.start, self.stop = start, stop
        self.num_threads = num_threads
        self.allowed: Allowed = None
        self.num_rows = stop - start
        if rows is not None:
            self.allowed = np.zeros(table.num_rows, dtype=np.uint8)
            self.allowed[rows[(rows >= start) & (rows < stop)]] = 1
            self.num_rows = int(self.allowed.sum())

    @property
    def rows(self) -> RowArray:
        """All rows that are searched."""
        return np.arange(self.start, self.stop) if self.allowed is None else np.flatnonzero(self.allowed)

    def fills_norms(self, queries: Queries) -> bool:
        """Whether the first scan finds, and looks at, the norms of all rows on its way: it need not read them twice."""
        is_whole = self.allowed is None and (self.start, self.stop) == (0, self.table.num_rows)
        is_scan = is_whole and 0 < self.topn < self.num_rows and len(queries) <= FEW_QUERIES
        has_dots = self.measure.name == "cosine" and self.table.scan_index is None
        return is_scan and has_dots and self.table.lacks_norms

    def candidates(self, queries: Queries) -> list[RowArray]:
        """Per query, rows that certainly include its best ``topn``."""
        if self.topn == 0:
            return [np.empty(0, dtype=np.int64)] * len(queries)
        if self.topn >= self.num_rows or self.num_rows * _FEW_ROWS <= self.stop - self.start:
            return [self.rows] * len(queries)
        found = self._scanned(queries, tight=False)
        enough = _MANY_CANDIDATES + 8 * self.topn
        again = [number for number, rows in enumerate(found) if rows is None or len(rows) > enough]
        if again:
            for number, rows in zip(again, self._scanned(queries.only(again), tight=True), strict=True):
                found[number] = rows if rows is not None else found[number]
        left = [number for number, rows in enumerate(found) if rows is None]
        scored = iter(self._scored(queries.only(left)) if left else ())
        return [next(scored) if rows is None else rows for rows in found]

    def _scored(self, queries: Queries) -> list[RowArray]:
        """The best by the measure's own formula: a block of rows is decoded once for all queries."""
        best = [_Best(self.topn) for _ in range(len(queries))]
        given, table = queries.log_variance, self.table
        for block in table.blocks(self.start, self.stop, _SCORED_ELEMENTS):
            rows = np.arange(block.start, block.stop)
            if self.allowed is not None:
                rows = rows[self.allowed[block] != 0]
            mean, log_variance = table.mean_rows(rows), None if given is None else table.log_variance_rows(rows)
            for number, running in enumerate(best):
                asked = None if given is None else given[number]
                running.update(rows, self.measure.score(queries.mean[number], asked, mean, log_variance))
        return [running.rows for running in best]

    def _scanned(self, queries: Queries, *, tight: bool) -> list[RowArray | None]:
        """Candidates by the kernels, or by products in NumPy; None where there were too many."""
        norms = Norms.unfilled(self.num_rows) if self.fills_norms(queries) else None
        plan = make_plan(self.table, self.measure, queries, INSTRUCTION_SETS[-1], tight=tight, norms=norms)
        if plan is not None:
            found = self._by_plan(plan, len(queries), norms)
            if norms is not None:
                self.table.take_norms(norms)
            return found
        self.table.check(has_densities=queries.log_variance is not None)
        form = FORMS.get(self.measure.name)
        if form is None or tight:
            return [None] * len(queries)
        return list(_scan_form(self, form, queries))

    def _by_plan(self, plan: Plan, num_queries: int, norms: Norms | None = None) -> list[RowArray | None]:
        limit = max(2**16, 4 * self.topn, self.num_rows // 8)

        def work(shares: Iterator[tuple[int, int]]) -> Selection:
            selection = Selection(
                plan.coefficients, plan.terms, self.allowed, self.table.num_rows, self.topn, limit, INSTRUCTION_SETS[-1]
            )
            if norms is not None:
                selection.fill_norms(norms.squares, norms.lengths, norms.inverse)
            for begin, end in shares:
                for part in self._parts(plan, begin, end):
                    plan.scan(selection, part)
            return selection

        selections = self._in_threads(work, num_queries)
        return [_merged([each.candidates(number) for each in selections], self.topn) for number in range(num_queries)]

    def _parts(self, plan: Plan, begin: int, end: int) -> list[Part] | map[Part]:
        """What is to be scanned as float32: in one piece where it lies so, else decoded block by block."""
        table = self.table
        if table.is_float32 or plan.way == "codes":
            variance = None if table.variance is None else table.variance.reshape(table.num_rows, -1)
            return [Part(table.mean, variance, 0, begin, end)]

        def decoded(rows: slice) -> Part:
            mean = np.ascontiguousarray(widen(table.mean[rows]))
            variance = None
            if table.variance is not None:
                variance = np.ascontiguousarray(widen(table.variance[rows])).reshape(len(mean), -1)
            return Part(mean, variance, rows.start, rows.start, rows.stop)

        return map(decoded, table.blocks(begin, end, _SCAN_ELEMENTS))

    def _in_threads(self, work: Callable[[Iterator[tuple[int, int]]], Selection], num_queries: int) -> list[Selection]:
        """The rows in shares; threads, this one among them, take the next as they are free."""
        num_rows = self.stop - self.start
        size = num_rows * self.table.dim * num_queries
        num_threads = max(1, min(self.num_threads, size // _THREAD_ELEMENTS))
        num_shares = min(num_rows, num_threads * _SHARES_PER_THREAD if num_threads > 1 else 1)
        shares = _Shares([self.start + num_rows * share // num_shares for share in range(num_shares + 1)])
        if num_threads == 1:
            return [work(shares)]
        with ThreadPoolExecutor(num_threads - 1) as pool:
            others = [pool.submit(work, shares) for _ in range(num_threads - 1)]
            return [work(shares), *(other.result() for other in others)]


class _Shares:
    """Consecutive ranges of rows, each given to one of the threads that iterate."""

    def __init__(self, edges: list[int]) -> None:
        self._pairs = list(pairwise(edges))[::-1]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return self

    def __next__(self) -> tuple[int, int]:
        try:
            return self._pairs.pop()  # atomic
        except IndexError:
            raise StopIteration from None


def _merged(parts: Sequence[tuple[RowArray, FloatArray, FloatArray] | None], topn: int) -> RowArray | None:
    """Rows of all threads whose upper bound reaches the best ``topn`` lower bounds of all."""
    if len(parts) == 1 and parts[0] is not None:  # such are all that a thread gives
        return parts[0][0]
    complete = [part for part in parts if part is not None]
    if len(complete) < len(parts):
        return None
    rows, lower, upper = (np.concatenate(arrays) for arrays in zip(*complete, strict=True))
    if len(rows) <= topn:
        return rows
    threshold = np.partition(lower, len(lower) - topn)[len(lower) - topn]
    return rows[upper >= threshold]


class _Best:
    """The best ``topn`` of rows that come in their order, with their scores; ties by row."""

    def __init__(self, topn: int) -> None:
        self._topn = topn
        self._threshold = np.nan  # of the best ``topn`` rows that came the least score, once there are so many
        self._parts: list[tuple[RowArray, FloatArray]] = []
        self._num_kept = 0

    def update(self, rows: RowArray, scores: FloatArray) -> None:
        is_fresh = ~(scores <= self._threshold)
        self._parts.append((rows[is_fresh], scores[is_fresh]))
        self._num_kept += int(is_fresh.sum())
        if self._num_kept > 2 * self._topn + _GATHERED:
            self._cut()

    def _cut(self) -> None:
        rows, scores = (np.concatenate(each) for each in zip(*self._parts, strict=True))
        if len(rows) > self._topn:
            order = np.lexsort((rows, -scores))[: self._topn]
            rows, scores = rows[order], scores[order]
            self._threshold = scores[-1]
        self._parts, self._num_kept = [(rows, scores)], len(rows)

    @property
    def rows(self) -> RowArray:
        """They, in any order."""
        self._cut()
        return self._parts[0][0]


class _RunningBest:
    """Rows that may be among the best ``topn``, from bounds on their scores that come block by block."""

    def __init__(self, topn: int) -> None:
        self._topn = topn
        self._threshold = -np.inf  # the topn-th best lower bound so far: a row below it cannot be among the best
        self._lower = self._upper = np.empty(0)
        self.rows: RowArray = np.empty(0, dtype=np.int64)

    def update(self, scores: FloatArray, errors: FloatArray, begin: int, allowed: Allowed) -> None:
        upper = scores + errors
        is_fresh = upper >= self._threshold
        if allowed is not None:
            is_fresh &= allowed[begin : begin + len(upper)] != 0
        fresh = np.flatnonzero(is_fresh)
        if not len(fresh):
            return
        lower = np.concatenate([self._lower, (scores - errors)[fresh]])
        upper = np.concatenate([self._upper, upper[fresh]])
        rows = np.concatenate([self.rows, fresh + begin])
        if len(lower) >= self._topn:
            place = len(lower) - self._topn
            self._threshold = np.partition(lower, place)[place]
        keep = upper >= self._threshold
        self._lower, self._upper, self.rows = lower[keep], upper[keep], rows[keep]


def _scan_form(search: _Search, form: Form, queries: Queries) -> list[RowArray] | list[None]:
    """Candidates by a form's products, all queries together."""
    best = [_RunningBest(search.topn) for _ in range(len(queries))]
    for rows in search.table.blocks(search.start, search.stop, _SCAN_ELEMENTS):
        with np.errstate(all="ignore"):  # what overflows float32 is found here and scored in float64
            scores, errors = form(search.table, queries, rows)
        if not (np.isfinite(scores).all() and np.isfinite(errors).all()):
            return [None] * len(queries)
        for number, running in enumerate(best):
            running.update(scores[number], errors[number], rows.start, search.allowed)
    return [running.rows for running in best]
