"""From the space of the words to the plane of a map: principal components, or t-SNE."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec._validation import Interval, check_parameter
from densevec.errors import ParameterError

FloatArray = npt.NDArray[np.float64]
_DEFAULT_PERPLEXITY = 30.0  # of van der Maaten & Hinton 2008, where there are words enough
_DIGITS = 6  # of directions that are one: vectors are kept in float32
_EXACT_UP_TO = 1000  # words: exact gradients are fast enough there, and the same with any number of threads


@dataclass(frozen=True, eq=False)
class PrincipalPlane:
    """The plane in which points differ most: x ↦ (x − centre) A, where the columns of A (d, 2) are orthonormal.

    The map is linear, so that a Gaussian stays one: N(m, S) becomes N((m − centre) A, Aᵀ S A), exactly.

    Parameters
    ----------
    centre : (d,), the mean of the points
    axes : (d, 2), the first two principal components
    shares : (2,), what part of the points' variance lies along each
    """

    centre: FloatArray
    axes: FloatArray
    shares: FloatArray

    @classmethod
    def fit(cls, points: FloatArray) -> PrincipalPlane:
        """The plane of points (n, d), n at least 3 and d at least 2.

        >>> plane = PrincipalPlane.fit(np.array([[0.0, 0, 0], [4, 0, 0], [2, 1, 0], [2, -1, 0]]))
        >>> plane.shares.tolist(), abs(plane.axes).tolist()
        ([0.8, 0.2], [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
        """
        _check_dim(points)
        if len(points) < 3:
            raise ParameterError(f"a map needs at least 3 words, got {len(points)}; add words")
        centre = points.mean(0)
        _, lengths, components = np.linalg.svd(points - centre, full_matrices=False)
        axes = components[:2].T
        largest = axes[np.abs(axes).argmax(0), [0, 1]]
        axes = axes * np.where(largest < 0, -1.0, 1.0)  # the sign of a component means nothing: one of the two, always
        total = (lengths**2).sum()
        return cls(centre, axes, lengths[:2] ** 2 / (total if total > 0 else 1.0))

    def project(self, points: FloatArray) -> FloatArray:
        """Points (n, d) in the plane, (n, 2)."""
        projected: FloatArray = (points - self.centre) @ self.axes
        return projected

    def project_variances(self, variances: FloatArray) -> FloatArray:
        """Covariances (n, 2, 2) in the plane of densities with variances (n, 1) or (n, d)."""
        widened = np.broadcast_to(variances, (len(variances), len(self.axes)))
        projected: FloatArray = np.einsum("da,nd,db->nab", self.axes, widened, self.axes)
        return projected


def check_perplexity(perplexity: float | None, method: str) -> None:
    """ParameterError for a perplexity that is none, or is of no use to the method."""
    check_parameter("perplexity", perplexity, Interval(float, 1.0, optional=True))
    if perplexity is not None and method != "tsne":
        raise ParameterError(f"perplexity needs method 'tsne', got method {method!r}; leave it out")


def embed_neighbours(points: FloatArray, perplexity: float | None = None, seed: int = 1) -> FloatArray:
    """Points (n, d) laid out by t-SNE (van der Maaten & Hinton 2008), (n, 2): neighbours by cosine stay neighbours.

    Distances, directions and densities of the space have no counterpart in such a map.  Points of one direction lie in
    one place, and points of zero in another.

    Parameters
    ----------
    perplexity : about how many neighbours a point attends to, below n; 30 where None, or a third of n if that is less
    seed : of scikit-learn's TSNE, which starts from the principal components

    Raises
    ------
    ParameterError
        If there are fewer than 4 points of different directions, or not more than ``perplexity``, or d is below 2.
    """
    check_parameter("perplexity", perplexity, Interval(float, 1.0, optional=True))
    _check_dim(points)
    lengths = np.sqrt((points**2).sum(1, keepdims=True))
    units = points / np.where(lengths > 0, lengths, 1)  # their squared distances are 2 (1 − cosine)
    firsts, place = _distinct(units)
    units, num_points = units[firsts], len(firsts)
    which = "words" if num_points == len(points) else "words that differ in direction"
    if num_points < 4:
        raise ParameterError(
            f"method 'tsne' needs at least 4 {which}, got {num_points}"
            f"{'' if which == 'words' else f' among {len(points)}'}; add words or use method 'pca'"
        )
    if perplexity is None:
        perplexity = min(_DEFAULT_PERPLEXITY, num_points / 3)
    if perplexity >= num_points:
        raise ParameterError(
            f"perplexity must be below the number of {which}, {num_points}, got {perplexity:g}; add words or lower it"
        )
    from sklearn.manifold import TSNE

    exact = num_points <= _EXACT_UP_TO
    embedding = TSNE(
        perplexity=perplexity, init="pca", random_state=seed, method="exact" if exact else "barnes_hut"
    ).fit_transform(units)
    return np.asarray(embedding, dtype=np.float64)[place]


def place_by_breadth(means: FloatArray, variances: FloatArray | None) -> FloatArray:
    """Places (n, 2) of densities N(m, s) by how they lie to the first one, N(m₀, s₀), over all dimensions i.

    x² = Σ_i (m_i − m₀_i)² / s₀_i and y² = Σ_i s_i / s₀_i, so that x² + y² is the mean of Σ_i (z_i − m₀_i)² / s₀_i, the
    squared distance from m₀ in standard deviations, over the density's mass; of the first one x = 0 and y² = d.  The
    sign of x is that of the first principal component, and means nothing else.

    Parameters
    ----------
    means, variances : (n, d), and (n, d) or (n, 1)

    Raises
    ------
    ParameterError
        For points, and for fewer than 3 words.

    >>> place_by_breadth(np.array([[0.0, 0], [3, 4], [0, -1]]), np.array([[1.0], [4.0], [0.5]])).round(3).tolist()
    [[0.0, 1.414], [5.0, 2.828], [-1.0, 1.0]]
    """
    if variances is None:
        raise ParameterError("method 'breadth' needs vectors with word densities, got points")
    side = PrincipalPlane.fit(means).axes[:, 0] @ (means - means[0]).T
    far = ((means - means[0]) ** 2 / variances[0]).sum(1)
    widened = np.broadcast_to(variances, means.shape)
    wide = (widened / widened[0]).sum(1)
    return np.stack([np.where(side < 0, -1.0, 1.0) * np.sqrt(far), np.sqrt(wide)], axis=1)


def _check_dim(points: FloatArray) -> None:
    if points.shape[1] < 2:
        raise ParameterError(
            f"a map needs vectors of at least 2 dimensions, got {points.shape[1]}; train them with a greater dim"
        )


def _distinct(units: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The first row of each direction, in order, and for every row which of them is its own.

    t-SNE parts equal points by nothing but rounding errors, and has no scale where all of them are equal.
    """
    rounded = np.round(units, _DIGITS) + 0.0  # no -0.0
    _, firsts, found = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return firsts[order], rank[found.reshape(-1)]
