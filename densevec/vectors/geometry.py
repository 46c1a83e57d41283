"""How two densities lie to each other, for many pairs: cosine of the means, Kullback-Leibler divergence both ways."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from densevec.densities import get_measure
from densevec.vectors.rows import Resolved
from densevec.vectors.state import FloatArray, RowArray, State

_COSINE, _KL, _KL_BACK = get_measure("cosine"), get_measure("kl_from_query"), get_measure("kl_to_query")
_ELEMENTS_AT_ONCE = 2**17


class Geometry(NamedTuple):
    """(n,) each: the cosine, and the divergences KL(a‖b) and KL(b‖a) in nats."""

    cosine: FloatArray
    there: FloatArray
    back: FloatArray


def geometry_of_pairs(state: State, first: RowArray, second: RowArray) -> Geometry:
    """Of pairs of rows."""
    table = state.table
    if not table.is_spherical:
        return Geometry(*(state.rows.pairs(measure, first, second) for measure in (_COSINE, _KL, _KL_BACK)))
    product = np.empty(len(first))
    for part in table.blocks(0, len(first), _ELEMENTS_AT_ONCE):
        product[part] = np.einsum("ij,ij->i", table.mean_rows(first[part]), table.mean_rows(second[part]))
    moments = (table.squared_norms[first], table.variances[first])
    return _spherical(product, moments, (table.squared_norms[second], table.variances[second]), table.dim)


def geometry_of_query(
    state: State, query: Resolved, rows: RowArray, projection: FloatArray
) -> tuple[Geometry, FloatArray]:
    """Of a density and some rows, and the rows' directions times a ``projection`` (d, k): (n, k)."""
    table, log_variance = state.table, query.log_variance
    projected, product = np.empty((len(rows), projection.shape[1])), np.empty(len(rows))
    for part in table.blocks(0, len(rows), _ELEMENTS_AT_ONCE):
        means = table.mean_rows(rows[part])
        product[part] = means @ query.mean
        projected[part] = (means @ projection) * table.inverse_norms[rows[part], None]
    if not table.is_spherical or log_variance is None or log_variance.size != 1:
        measures = (state.rows.scores(measure, query, rows) for measure in (_COSINE, _KL, _KL_BACK))
        return Geometry(*measures), projected
    own = np.array([query.mean @ query.mean]), np.exp(log_variance.reshape(1))
    moments = table.squared_norms[rows], table.variances[rows]
    return _spherical(product, own, moments, table.dim), projected


def project(state: State, rows: RowArray, projection: FloatArray) -> FloatArray:
    """The directions of rows, their means at unit length, times a projection (d, k): (n, k)."""
    table = state.table
    distinct, place = np.unique(rows, return_inverse=True)
    projected = np.empty((len(distinct), projection.shape[1]))
    for part in table.blocks(0, len(distinct), _ELEMENTS_AT_ONCE):
        projected[part] = (table.mean_rows(distinct[part]) @ projection) * table.inverse_norms[distinct[part], None]
    return projected[place]


def _spherical(
    product: FloatArray, a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray], dim: int
) -> Geometry:
    """Of products of means m_a·m_b, and their ‖m‖² and s."""
    (norm_a, variance_a), (norm_b, variance_b) = a, b
    scale = np.sqrt(norm_a * norm_b)
    cosine = np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)
    distance = np.maximum(norm_a + norm_b - 2 * product, 0)
    log_ratio = dim * np.log(variance_b / variance_a)
    return Geometry(
        np.clip(cosine, -1, 1),
        0.5 * ((dim * variance_a + distance) / variance_b - dim + log_ratio),
        0.5 * ((dim * variance_b + distance) / variance_a - dim - log_ratio),
    )
