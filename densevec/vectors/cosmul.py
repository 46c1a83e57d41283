"""3CosMul: the rows with the greatest product of similarities (Levy & Goldberg 2014), for many questions at once.

With h(w, x) = ½ (1 + cos(w, x)) the score of a row w is Π_p h(w, p) / (Π_n h(w, n) + 10⁻⁶) over positive items p and
negative ones n.  Cosines in float32 and a bound on their error say which rows may be among the best; these few are
scored in float64 by the cosine's own formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from densevec.densities import get_measure
from densevec.vectors.rows import Found, Scope
from densevec.vectors.search import Queries, Table, exact_scores
from densevec.vectors.search.table import Float32Array, FloatArray, RowArray

Question = tuple[Sequence[int], Sequence[int]]  # numbers of the positive items and of the negative ones

_EPSILON = 1e-6
_ELEMENTS_AT_ONCE = 2**22  # of bounds: questions times rows
_ROWS_AT_ONCE = 2**14
_SCORED_ELEMENTS = 2**15  # of a float64 block
_SAFE = 1e-29, 1e29  # lengths of rows whose products with unit vectors keep float32's digits
_LEAST_SCORE = 1e-30  # in float32; below, products of many may have underflowed
_COSINE = get_measure("cosine")


def cosmul_nearest(
    table: Table, units: FloatArray, questions: Sequence[Question], topn: int, scope: range
) -> list[Found]:
    """For each question about some of the items, of length 1 (U, d), its ``topn`` best rows; ties by row."""
    topn = min(topn, len(scope))
    if topn == 0:
        return [(np.empty(0, dtype=np.int64), np.empty(0))] * len(questions)
    table.check(has_densities=False)
    step, found = max(1, _ELEMENTS_AT_ONCE // len(scope)), []
    for begin in range(0, len(questions), step):
        some = questions[begin : begin + step]
        for (positive, negative), rows in zip(some, _candidates(table, units, some, topn, scope), strict=True):
            scores = cosmul_scores(table, units[[*positive, *negative]], len(positive), rows)
            order = np.lexsort((rows, -scores))[:topn]
            found.append((rows[order], scores[order]))
    return found


def cosmul_scores(table: Table, units: FloatArray, num_positive: int, rows: Scope) -> FloatArray:
    """Float64 scores of some rows, (n,), for one question, its positive items first."""
    if isinstance(rows, range):
        cosines = np.array([exact_scores(table, _COSINE, Queries(unit[None], None), rows) for unit in units])
    else:
        cosines = np.empty((len(units), len(rows)))
        step = max(1, _SCORED_ELEMENTS // table.dim)
        for begin in range(0, len(rows), step):
            part = slice(begin, begin + step)
            means = table.mean_rows(rows[part])
            for number, unit in enumerate(units):
                cosines[number, part] = _COSINE.score(unit, None, means, None)
    halves = np.maximum((1 + cosines) / 2, 0)
    scores: FloatArray = halves[:num_positive].prod(axis=0) / (halves[num_positive:].prod(axis=0) + _EPSILON)
    return scores


def _candidates(
    table: Table, units: FloatArray, questions: Sequence[Question], topn: int, scope: range
) -> Iterator[RowArray]:
    """For each question the rows that may be among its ``topn`` best."""
    low, high = (np.empty((len(questions), len(scope)), dtype=np.float32) for _ in range(2))
    used = list(dict.fromkeys(number for question in questions for part in question for number in part))
    place = {number: place for place, number in enumerate(used)}
    asked = [[[place[number] for number in part] for part in question] for question in questions]
    vectors = units[used].astype(np.float32)
    for begin in range(0, len(scope), _ROWS_AT_ONCE):
        part = slice(begin, min(begin + _ROWS_AT_ONCE, len(scope)))
        least, most, is_safe = _halves(table, vectors, slice(scope.start + part.start, scope.start + part.stop))
        for number, (positive, negative) in enumerate(asked):
            _quotient(least, positive, most, negative, low[number, part])
            _quotient(most, positive, least, negative, high[number, part])
        if not is_safe.all():
            low[:, part][:, ~is_safe], high[:, part][:, ~is_safe] = -np.inf, np.inf
    for number, question in enumerate(asked):
        rounding = 4 * (sum(map(len, question)) + 2) * 2.0**-24
        limit = np.partition(low[number], len(scope) - topn)[len(scope) - topn] * (1 - rounding)
        rows = np.flatnonzero(high[number] >= limit) if limit > _LEAST_SCORE else np.arange(len(scope))
        yield rows + scope.start


def _halves(
    table: Table, vectors: Float32Array, rows: slice
) -> tuple[Float32Array, Float32Array, npt.NDArray[np.bool_]]:
    """What ½ (1 + cos) of rows and unit vectors is at least and at most, (U, B), and for which rows that is known."""
    error = np.float32(2 * (table.dim + 16) * 2.0**-24)  # twice that of a half, with what bounds round (Higham 2002)
    norms = table.norms[rows]
    is_safe = (norms == 0) | ((norms > _SAFE[0]) & (norms < _SAFE[1]))
    with np.errstate(all="ignore"):  # of rows that are not safe
        halves: Float32Array = vectors @ table.stored_means(rows).T
        halves *= (table.inverse_norms[rows] / 2).astype(np.float32)
        halves += np.float32(0.5)
        least = np.maximum(halves - error, np.float32(0))
        halves += error
    return least, halves, is_safe


def _quotient(
    above: Float32Array, positive: Sequence[int], below: Float32Array, negative: Sequence[int], out: Float32Array
) -> None:
    """Π_p above_p / (Π_n below_n + ε), (B,)."""
    with np.errstate(all="ignore"):
        _product(above, positive, out)
        bottom = _product(below, negative, np.empty_like(out))
        bottom += np.float32(_EPSILON)
        out /= bottom


def _product(factors: Float32Array, numbers: Sequence[int], out: Float32Array) -> Float32Array:
    if not numbers:
        out[:] = 1
    else:
        out[:] = factors[numbers[0]]
    for number in numbers[1:]:
        out *= factors[number]
    return out
