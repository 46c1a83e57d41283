"""What words have, a part of every vectors object: one interface, ``Rows``, and a final kind for each sort of row."""

from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import Resolved, Rows, Scope, check_measure, nearest_in
from densevec.vectors.rows.mixture import MixtureRows
from densevec.vectors.rows.subwords import SubwordRows
from densevec.vectors.rows.table import GaussianRows, PointRows

__all__ = [
    "AffineMap",
    "GaussianRows",
    "MixtureRows",
    "PointRows",
    "Resolved",
    "Rows",
    "Scope",
    "SubwordRows",
    "check_measure",
    "nearest_in",
]
