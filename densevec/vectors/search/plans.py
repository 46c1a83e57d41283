"""How the kernels score: for a measure and a batch of queries, what to multiply, and what the product then means.

A kernel computes one value per row and query.  With S, X, Y, Z, E numbers of the row and the others of the query,

    inner = value S k + b + c Y          score = g X inner + e Z + f
    error = |g| X (relative |inner| + eta E + absolute + c2 |Y|) + e2 |Z| + f2

where the error bounds what rounding, and the codes where they are used, did to the value, and float64 rounding of the
rest.  KL(p‖q) = ½ (D − d + log|q| − log|p|) with log determinants log|·| and D = Σ_i ((m_pi − m_qi)² + s_pi)/s_qi.

Ways to a value, by speed for many queries:

- "codes": the dot product of the means in 8 bits (cosine; KL between spherical densities)
- "products": float32 dot products of features, many queries at once
- "values": D itself, or ‖m_p − m_q‖², or a dot product, one query after the other.  D is a sum of positive terms: its
  error is relative, however small the variances.  Measures of the sum of both variances, and of their roots, are
  computed in this way only: they are no product
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.search import COEFFICIENTS, ROW_TERMS, Selection, panel_width
from densevec.densities import Measure
from densevec.vectors.search.codes import query_digits
from densevec.vectors.search.forms import FLOAT32_ROUNDING, FLOAT32_TINY, FLOAT64_ROUNDING, relative_error
from densevec.vectors.search.table import Float32Array, FloatArray, Norms, Queries, Table

Columns = dict[str, Any]  # of the coefficients: numbers, or one a query

# Rounding of float64 that each coefficient of a bound has to cover, by the coefficients that it comes from
_ROUNDED = np.zeros((len(COEFFICIENTS), len(COEFFICIENTS)))
for _source, _bound, _times in (("b", "absolute", 2), ("c", "c2", 2), ("e", "e2", 1), ("f", "f2", 1)):
    _ROUNDED[COEFFICIENTS.index(_source), COEFFICIENTS.index(_bound)] = _times
_ALWAYS_ROUNDED = np.array([name in ("relative", "f2") for name in COEFFICIENTS], dtype=float)

FEW_QUERIES = 3  # up to here one at a time is faster than a panel that is mostly empty
_LARGEST_MEAN, _LARGEST_RATIO = 1e12, 1e18  # beyond, float32 over- and underflows need the other ways
_SHARED = ("expected_likelihood", "bhattacharyya", "hellinger")
_HELLINGER_TIES = 2.0**-49  # exponentials of log ∫ √(p q) that differ by more give distances that differ
_LARGEST_LOG_VARIANCE = 120.0  # of a float32 number, denormal ones too, with room


@dataclass(frozen=True)
class Part:
    """Rows begin..end to scan; ``mean`` and ``variance`` hold float32 rows from ``origin`` on."""

    mean: Float32Array
    variance: Float32Array | None
    origin: int
    begin: int
    end: int


@dataclass(frozen=True)
class Plan:
    """One way to the candidates: the kernel's arrays of the queries, coefficients (Q, 13), terms of the rows."""

    way: str
    kind: str
    arrays: tuple[npt.NDArray[Any], ...]
    coefficients: FloatArray
    terms: tuple[FloatArray | None, ...]

    def scan(self, selection: Selection, part: Part) -> None:
        """Offer the rows of a part to the selection."""
        if self.way == "codes":
            codes, digits, shifts = self.arrays
            selection.scan_codes(codes, digits, shifts, part.begin, part.end)
            return
        (queries,) = self.arrays
        scan = selection.scan_products if self.way == "products" else selection.scan_values
        scan(self.kind, part.mean, part.variance, queries, part.origin, part.begin, part.end)


def make_plan(
    table: Table,
    measure: Measure,
    queries: Queries,
    instruction_set: str,
    *,
    tight: bool,
    norms: Norms | None = None,
) -> Plan | None:
    """The fastest way for so many queries, with ``tight`` the one with the tightest bounds; None if there is none.

    ``norms`` are those that the scan of few queries' cosines will fill; without them the table's are used.
    """
    if table.num_rows == 0 or not (np.abs(queries.mean) < _LARGEST_MEAN).all():
        return None
    way = "values" if tight or len(queries) <= FEW_QUERIES else "products"
    if not tight and table.scan_index is not None and (measure.name == "cosine" or table.is_spherical):
        way = "codes"
    if measure.name == "cosine":
        return _cosine_plan(table, queries, way, instruction_set, norms)
    log_variance = queries.log_variance
    if log_variance is None or table.variance is None or not (np.abs(log_variance) < np.log(_LARGEST_RATIO)).all():
        return None
    if measure.name in ("kl_from_query", "kl_to_query"):
        return _kl_plan(table, queries, measure.name == "kl_from_query", way, instruction_set)
    if measure.name in _SHARED:
        return _shared_plan(table, queries, measure.name)
    return _roots_plan(table, queries) if measure.name == "wasserstein2" else None


def _kl_plan(table: Table, queries: Queries, is_from: bool, way: str, instruction_set: str) -> Plan | None:
    if not table.is_spherical:
        return _diagonal_plan(table, queries, is_from, way, instruction_set)
    has_one_variance = is_from or queries.log_variance.shape[-1] == 1  # type: ignore[union-attr]
    return _spherical_plan(table, queries, is_from, way, instruction_set) if has_one_variance else None


def _cosine_plan(table: Table, queries: Queries, way: str, instruction_set: str, norms: Norms | None) -> Plan:
    lengths = np.sqrt((queries.mean**2).sum(-1, keepdims=True))
    unit = np.divide(queries.mean, lengths, out=np.zeros_like(queries.mean), where=lengths > 0)
    columns: Columns = {"k": 1.0, "g": 1.0, "absolute": 4 * table.dim * FLOAT32_TINY}
    if norms is not None:
        columns["eta"] = relative_error(table.dim)
        terms = {"X": norms.inverse, "E": norms.lengths}
        return _value_plan(table, "dot", Queries(unit, None), None, columns, terms)
    return _dot_plan(table, unit, way, instruction_set, columns, {"X": table.inverse_norms}, 1.0)


def _spherical_plan(table: Table, queries: Queries, is_from: bool, way: str, instruction_set: str) -> Plan:
    """D from ‖m_q − m_w‖², or from the dot product m_q·m_w."""
    columns, variance = _kl_columns(table, queries, is_from)
    if is_from:
        columns["b"] = variance.sum(-1)
    else:
        columns["g"] = -0.5 / variance[:, 0]
    terms = {"Z": table.log_determinants, **({"X": table.precisions} if is_from else {})}
    columns["absolute"] = 8 * table.dim * FLOAT32_TINY
    if way == "values":
        columns |= {"k": 1.0, "relative": _positive_error(table.dim)}
        if not is_from:
            columns["c"], terms["Y"] = float(table.dim), table.variances
        return _value_plan(table, "distance", queries, None, columns, terms)
    squares = (queries.mean**2).sum(-1)
    columns |= {"k": -2.0, "b": columns.get("b", 0.0) + squares, "c": 1.0}
    terms["Y"] = table.squared_norms if is_from else table.second_moments
    return _dot_plan(table, queries.mean, way, instruction_set, columns, terms, 2 * np.sqrt(squares))


def _diagonal_plan(table: Table, queries: Queries, is_from: bool, way: str, instruction_set: str) -> Plan:
    """D itself, or its terms as a product of 2 d features."""
    columns, variance = _kl_columns(table, queries, is_from)
    terms: dict[str, FloatArray] = {"Z": table.log_determinants}
    factor = variance if is_from else 1 / variance
    columns["k"] = 1.0
    columns["absolute"] = 4 * table.dim * FLOAT32_TINY * (1 + factor.max(-1))
    kind = "from" if is_from else "to"
    if way == "values":
        columns["relative"] = _positive_error(table.dim)
        return _value_plan(table, kind, queries, factor, columns, terms)
    # The terms cancel: with N the one of D's terms that is left out of the product, their sizes add up to at most
    # 4 D + 5 N, for 2 |m_q m_w| <= m_q² + m_w² and m_q² <= 2 (m_q - m_w)² + 2 m_w².
    error = 1.1 * relative_error(2 * table.dim + 8)
    columns["relative"] = 4 * error
    if is_from:
        left, right = factor + queries.mean**2, -2 * queries.mean
        columns |= {"c": 1.0, "eta": 5 * error}
        terms |= {"Y": table.scaled_norms, "E": table.scaled_norms}
    else:
        left, right = factor, -2 * queries.mean * factor
        columns["b"] = (queries.mean**2 * factor).sum(-1)
        columns["absolute"] = columns["absolute"] + 5 * error * columns["b"]
    largest = np.abs(left).max(-1) + np.abs(right).max(-1)
    columns["absolute"] = columns["absolute"] + 4 * table.dim * FLOAT32_TINY * largest
    return _product_plan(table, kind, np.concatenate([left, right], -1), columns, terms, instruction_set)


def _shared_plan(table: Table, queries: Queries, name: str) -> Plan:
    """Measures of t_i = s_wi + s_qi, from the value v = Σ_i c (m_wi − m_qi)²/t_i + log(t_i/s_qi), positive terms:

        log ∫ p q = −½ (v + Σ_i log s_qi + d log 2π), c = 1
        log ∫ √(p q) = −½ (v − d log 2 + ½ Σ_i log s_qi − ½ Σ_i log s_wi), c = ½

    A factor of the product that the logarithm is taken of is wrong by at most four roundings, and so is the product
    with each factor once more: that much is absolute.
    """
    log_variance = _log_variances(queries)
    log_determinant, precision = log_variance.sum(-1), np.exp(-log_variance)
    columns = _residual_columns(table, queries, precision)
    columns["absolute"] = columns["absolute"] + 5 * relative_error(table.dim)
    columns |= {"g": -0.5, "f2": _float64_error(table.dim) * _LARGEST_LOG_VARIANCE * table.dim}
    if name == "expected_likelihood":
        columns["f"] = -0.5 * (log_determinant + table.dim * math.log(2 * math.pi))
        return _value_plan(table, "likelihood", queries, precision, columns, {})
    columns |= {"e": 0.25, "f": 0.5 * table.dim * math.log(2) - 0.25 * log_determinant}
    if name == "hellinger":
        columns["ties"] = _HELLINGER_TIES
    return _value_plan(table, "affinity", queries, precision, columns, {"Z": table.log_determinants})


def _roots_plan(table: Table, queries: Queries) -> Plan:
    """v = Σ_i (m_wi − m_qi)² + (√s_wi − √s_qi)² ranks as its root does.

    A difference of roots is wrong by r_i <= u (√s_wi + √s_qi), and Σ_i r_i² <= 2 u² (2 v + 3 Σ_i s_qi).
    """
    variance = np.exp(_log_variances(queries))
    columns = _residual_columns(table, queries, np.ones_like(variance))
    lost = 8 * FLOAT32_ROUNDING**2 * variance.sum(-1) + 4 * table.dim * FLOAT32_TINY
    columns["absolute"] = columns["absolute"] + 2 * lost / _positive_error(table.dim)
    return _value_plan(table, "roots", queries, np.sqrt(variance), columns | {"g": -1.0}, {})


def _residual_columns(table: Table, queries: Queries, factor: FloatArray) -> Columns:
    """Of a value that is a sum of positive terms, among them x_i² = (m_wi − m_qi)² factor_i.

    What two float32 numbers leave of m_qi, r_i, may be more than the difference: 2 |x_i y| <= ε x_i² + y²/ε for
    y = r_i √factor_i, and ε the relative error that the sum has anyway.
    """
    high = queries.mean.astype(np.float32)
    residual = queries.mean - high - (queries.mean - high).astype(np.float32)
    relative = _positive_error(table.dim)
    absolute = 4 * table.dim * FLOAT32_TINY * (1 + factor.max(-1)) + 2 * (residual**2 * factor).sum(-1) / relative
    return {"k": 1.0, "relative": 2.5 * relative, "absolute": absolute}


def _kl_columns(table: Table, queries: Queries, is_from: bool) -> tuple[Columns, FloatArray]:
    """What both kinds of densities share: the log determinants and the dimension; and the query's variances, (Q, d)."""
    log_variance = _log_variances(queries)
    log_determinant = log_variance.sum(-1)
    sign = 1.0 if is_from else -1.0
    columns: Columns = {"g": -0.5, "e": -0.5 * sign}
    columns["f"] = 0.5 * (table.dim + sign * log_determinant)
    columns["f2"] = _float64_error(table.dim) * _LARGEST_LOG_VARIANCE * table.dim  # of the sums of logarithms
    return columns, np.exp(log_variance)


def _log_variances(queries: Queries) -> FloatArray:
    """Of the queries in every dimension, (Q, d)."""
    return np.broadcast_to(queries.log_variance, queries.mean.shape)  # type: ignore[arg-type]


def _positive_error(dim: int) -> float:
    """Relative, of a float32 sum of d terms like ((a − b)² + c)/e, all positive."""
    return relative_error(dim + 16)


def _float64_error(dim: int) -> float:
    """Relative, of the few float64 steps after the value and of sums over d that were kept."""
    return 8 * (dim + 16) * FLOAT64_ROUNDING


def _dot_plan(
    table: Table,
    vectors: FloatArray,
    way: str,
    instruction_set: str,
    columns: Columns,
    terms: dict[str, FloatArray],
    slope: FloatArray | float,
) -> Plan:
    """The value is the dot product with ``vectors``; ``slope``, ‖vector‖ |k|, is what its relative error becomes."""
    if way == "codes":
        index = table.scan_index
        assert index is not None  # that is what chose this way
        digits, shifts, scales = query_digits(vectors)
        columns |= {"k": columns["k"] * scales, "eta": slope * 1.000001}
        terms |= {"S": index.scales, "E": index.errors}
        return _plan(table, way, "dot", (index.codes, digits, shifts), len(vectors), columns, terms)
    columns["eta"], terms["E"] = slope * relative_error(table.dim), table.norms
    if way == "values":
        return _value_plan(table, "dot", Queries(vectors, None), None, columns, terms)
    return _product_plan(table, "dot", vectors, columns, terms, instruction_set)


def _value_plan(
    table: Table,
    kind: str,
    queries: Queries,
    factor: FloatArray | None,
    columns: Columns,
    terms: dict[str, FloatArray],
) -> Plan:
    arrays = np.zeros((len(queries), 3, table.dim), dtype=np.float32)
    arrays[:, 0] = queries.mean
    arrays[:, 1] = queries.mean - arrays[:, 0]
    if factor is not None:
        arrays[:, 2] = factor
    return _plan(table, "values", kind, (arrays,), len(queries), columns, terms)


def _product_plan(
    table: Table, kind: str, vectors: FloatArray, columns: Columns, terms: dict[str, FloatArray], instruction_set: str
) -> Plan:
    num_queries, width = vectors.shape
    side = panel_width(instruction_set)
    padded = np.zeros((-(-num_queries // side) * side, width), dtype=np.float32)
    padded[:num_queries] = vectors
    panels = np.ascontiguousarray(padded.reshape(-1, side, width).transpose(0, 2, 1))
    return _plan(table, "products", kind, (panels,), num_queries, columns, terms)


def _plan(
    table: Table,
    way: str,
    kind: str,
    arrays: tuple[npt.NDArray[Any], ...],
    num_queries: int,
    columns: Columns,
    terms: dict[str, FloatArray],
) -> Plan:
    """The parts put together, float64 rounding added to the bounds."""
    coefficients = np.zeros((num_queries, len(COEFFICIENTS)))
    for name, values in columns.items():
        coefficients[:, COEFFICIENTS.index(name)] = values
    coefficients += _float64_error(table.dim) * (np.abs(coefficients) @ _ROUNDED + _ALWAYS_ROUNDED)
    return Plan(way, kind, arrays, coefficients, tuple(terms.get(name) for name in ROW_TERMS))
