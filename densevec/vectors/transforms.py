"""Linear operations on finished vectors: new ones whose space is whitened, reduced, or laid upon another.

Each is an affine map of every row, n-grams' rows included, so that words composed of n-grams are mapped as words of
the table are.  Counts, attributes and storage stay.  A Gaussian's covariance is mapped along; ``AffineMap`` says what
is kept of one that is no longer diagonal.  Of what was learned about entailment that stays which the map cannot change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from densevec._containers import can_iterate, described, listed, nested, refuse_table
from densevec._validation import Interval, check_parameter
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors.entailment import as_closeness
from densevec.vectors.rows import AffineMap
from densevec.vectors.state import FloatArray, Found, State
from densevec.vectors.word_store import WordStore

Store = TypeVar("Store", bound=WordStore)
_FLOOR = 1e-8  # of the largest eigenvalue: what is smaller is rounding of float32
_ROWS_AT_ONCE = 2**12
TRANSFORMED = "transformed"  # the parameter that lists what was done


def whitened(self: Store, power: float = 0.5) -> Store:
    """New vectors whose dimensions vary more alike: (x − m) V Λ^(−power/2).

    m and V Λ Vᵀ are the mean of all words' vectors and the eigendecomposition of their covariance, each word counted as
    often as it was seen in the training text (all alike where counts are unknown).  The new covariance is
    Λ^(1 − power), with the axes in the order of their eigenvalues, the greatest first: 0 centres and rotates only, 1
    leaves all directions alike (Yokoi et al. 2024 whiten so, by frequency); powers between take most of what the few
    strongest directions, which frequent words share, have over the others, and keep the weak ones from becoming noise.

    Spherical densities become diagonal ones, exactly, and keep every KL divergence, and with it ``entailment_bound``.
    Of diagonal densities the variances along the new axes are kept, and no bound.  What was learned from evidence goes,
    and what the text says (``stated``) stays.

    Parameters
    ----------
    power : from 0 to 1

    Raises
    ------
    ParameterError
        If the words are all alike, a number does not fit the storage, or the vectors of unknown words are scaled to
        length 1 (finalfusion's), which those of the new space are not.

    Examples
    --------
    >>> from densevec import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "plum", "owl", "emu"], [[9.0, 1.0], [9.0, -1.0], [3.0, 1.0], [3.0, -1.0]])
    >>> np.cov(vectors.whitened(1.0).vectors.T, bias=True).round(6).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    check_parameter("power", power, Interval(float, 0, 1))
    state = self._state
    mean, eigenvalues, axes = principal_axes(state)
    scale = np.maximum(eigenvalues, _FLOOR * eigenvalues[0]) ** (-power / 2)
    kept = as_closeness(state.closeness.bound) if state.closeness and state.table.is_spherical else None
    mapped = state.rows.mapped(AffineMap(mean, axes * scale, keeps_spheres=power == 0))
    return _changed(self, state.unlearned(rows=mapped, closeness=kept), f"whitened(power={power:g})")


def reduced(self: Store, dim: int) -> Store:
    """New vectors of fewer dimensions: (x − m) V, V (d, dim) the directions in which the words vary most (PCA).

    Mean and covariance count each word as often as it was seen in the training text, as for ``whitened``.  Spherical
    densities stay spherical, with the variances that they had; of diagonal ones the variances along the new axes are
    kept.  Either is what the density says of the directions that are left.  ``entailment_bound`` and what was learned
    from evidence are about d dimensions and go; what the text says (``stated``) stays.

    Parameters
    ----------
    dim : from 1 to d

    Errors: as ``whitened``.

    Examples
    --------
    >>> from densevec import KeyedVectors
    >>> KeyedVectors(["kiwi", "plum", "owl"], [[9.0, 1.0, 0.0], [1.0, 9.0, 0.0], [5.0, 5.0, 1.0]]).reduced(2)
    KeyedVectors(3 words, dim=2)
    """
    check_parameter("dim", dim, Interval(int, 1))
    state = self._state
    if dim > state.table.dim:
        raise ParameterError(f"dim must be at most {state.table.dim}, the dimension of the vectors, got {dim}")
    mean, _, axes = principal_axes(state)
    mapped = state.rows.mapped(AffineMap(mean, axes[:, :dim], keeps_spheres=True))
    return _changed(self, state.unlearned(rows=mapped), f"reduced({dim})")


def aligned_to(
    self: Store, other: WordStore, anchors: Mapping[str, str] | Iterable[str | tuple[str, str]] | None = None
) -> Store:
    """New vectors turned so that words lie where the same words, or their translations, lie in other vectors: x R.

    R is the orthogonal matrix that minimises Σ ‖x R − y‖² over the anchors, x and y of length 1: orthogonal
    Procrustes, R = U Wᵀ with U S Wᵀ the singular value decomposition of Σ xᵀ y (Schönemann 1966).  Nothing is
    stretched, so cosines among these words stay what they were, and those with the other vectors' words mean
    something: how far a word has moved between two periods, which word of another language translates it.

    Spherical densities keep their variance, every divergence, what is close enough to entail and what was learned from
    evidence; of diagonal ones the variances along the new axes are kept, and not the rest.

    Parameters
    ----------
    other : vectors of the same dimension
    anchors : words that are to lie in the same place, or pairs (word of these, word of the other), in a list or a
        dictionary; all words that both have, unless given.  Those that either lacks are passed over.  Fewer than d
        of them leave some directions to chance.

    Raises
    ------
    ParameterError
        If the dimensions differ, or both have none of the anchors.

    Examples
    --------
    >>> from densevec import KeyedVectors
    >>> english = KeyedVectors(["bird", "plum", "owl"], [[1.0, 0.0], [0.0, 1.0], [0.9, 0.1]])
    >>> french = KeyedVectors(["oiseau", "prune", "hibou"], [[0.0, -1.0], [1.0, 0.0], [0.1, -0.9]])
    >>> turned = english.aligned_to(french, {"bird": "oiseau", "plum": "prune"})
    >>> french.similar_by_vector(turned["owl"], topn=1)[0][0]
    'hibou'
    """
    if not isinstance(other, WordStore):
        raise ParameterTypeError(f"other must be vectors, got {type(other).__name__}")
    state, target = self._state, other._state
    if target.table.dim != state.table.dim:
        raise ParameterError(
            f"other must have {state.table.dim} dimensions, as these vectors have, got {target.table.dim}; reduced() "
            f"makes fewer"
        )
    sources, targets = _anchors(state, target, anchors)
    covariance = np.zeros((state.table.dim, state.table.dim))
    for begin in range(0, len(sources.places), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        own = sources.directions(state.table, sources.places[part])
        covariance += own.T @ targets.directions(target.table, targets.places[part])
    left, _, right = np.linalg.svd(covariance)
    centre, rotation = np.zeros(state.table.dim), left @ right
    mapped = state.rows.mapped(AffineMap(centre, rotation, keeps_spheres=True))
    if state.table.is_spherical:
        learned = state.inference
        inference = None if learned is None else replace(learned, network=learned.network.turned(rotation))
        made = state.changed(rows=mapped, inference=inference, reader=None)
    else:
        made = state.unlearned(rows=mapped)
    return _changed(self, made, f"aligned_to({len(sources.places)} anchors)")


def _anchors(state: State, target: State, anchors: Any) -> tuple[Found, Found]:
    """Where the anchors that both sides have a vector for have it."""
    if anchors is None:
        rows = np.array([target.words.find(word) for word in state.words], dtype=np.int64)
        here, there = Found(np.flatnonzero(rows >= 0)), Found(rows[rows >= 0])
    else:
        pairs = _pairs(anchors)
        here, there = state.find([word for word, _ in pairs], "skip"), target.find([word for _, word in pairs], "skip")
    is_known = (here.places >= 0) & (there.places >= 0)
    if not is_known.any():
        raise ParameterError(f"anchors must be known on both sides, none of {len(is_known)} is")
    return here._replace(places=here.places[is_known]), there._replace(places=there.places[is_known])


def _pairs(anchors: Any) -> list[tuple[str, str]]:
    """The anchors as (word of these, word of the other)."""
    if isinstance(anchors, str | bytes) or not can_iterate(anchors):
        found = "one string" if isinstance(anchors, str) else f"one value {described(anchors)}"
        raise ParameterTypeError(f"anchors must be a list of words or pairs of words, got {found}: {anchors!r:.80}")
    refuse_table(anchors, "anchors", ParameterTypeError, num_columns=2)
    given = [nested(each) for each in (anchors.items() if isinstance(anchors, Mapping) else listed(anchors))]
    pairs = [(each, each) if isinstance(each, str) else each for each in given]
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(isinstance(word, str) for word in pair):
            raise ParameterTypeError(f"anchors must be words or pairs of words, got {pair!r:.80}")
    return pairs


def principal_axes(state: State) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of all words by count: their mean (d,), and the eigenvalues (d,) and axes (d, d) of their covariance.

    The greatest come first; of each axis the component of greatest size is positive.
    """
    mean = state.weighted_mean(state.table.mean_rows)
    eigenvalues, axes = np.linalg.eigh(state.weighted_covariance(mean))
    eigenvalues, axes = np.maximum(eigenvalues[::-1], 0), axes[:, ::-1]
    if not eigenvalues[0] > 0:
        raise ParameterError("the words must differ to have axes along which they do, and all of them are alike")
    largest = axes[np.abs(axes).argmax(0), np.arange(len(mean))]
    return mean, eigenvalues, axes * np.sign(largest)


def _changed(self: Store, state: State, step: str) -> Store:
    """The vectors in another state; their parameters say by which step they came there."""
    made = self._with(state)
    made.parameters = {**self.parameters, TRANSFORMED: [*self.parameters.get(TRANSFORMED, []), step]}
    return made
