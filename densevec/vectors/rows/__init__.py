"""What words have, a part of every vectors object: one interface, ``Rows``, and a final kind for each sort of row."""

from densevec.vectors.rows.affine import AffineMap
from densevec.vectors.rows.base import Composed, Found, Resolved, Rows, Scope, as_queries, check_measure, nearest_in
from densevec.vectors.rows.mixture import MixtureRows
from densevec.vectors.rows.subword_gaussians import SubwordGaussianRows
from densevec.vectors.rows.subwords import SubwordRows
from densevec.vectors.rows.table import GaussianRows, PointRows, TableRows
from densevec.vectors.rows.unseen import Unseen

__all__ = [
    "AffineMap",
    "Composed",
    "Found",
    "GaussianRows",
    "MixtureRows",
    "PointRows",
    "Resolved",
    "Rows",
    "Scope",
    "SubwordGaussianRows",
    "SubwordRows",
    "TableRows",
    "Unseen",
    "as_queries",
    "check_measure",
    "nearest_in",
]
