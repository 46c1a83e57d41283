"""A map: words, and words in sentences, in the plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from densevec._roles import as_objects, as_words
from densevec._validation import Choice, Instance, Interval, Rule, check_parameter, check_parameters
from densevec.errors import ParameterError
from densevec.plotting.colours import PALETTE, central_rows, colour_groups
from densevec.plotting.drawing import draw_figure
from densevec.plotting.layout import FloatArray, Layout
from densevec.plotting.projection import PrincipalPlane, check_perplexity, embed_neighbours, place_by_breadth
from densevec.plotting.readings import Reading
from densevec.plotting.saving import save_map
from densevec.vectors import DensityVectors, KeyedVectors
from densevec.vectors.word_store import delimiter_in, own_spelling

METHODS = ("pca", "tsne", "breadth")
MOST_WORDS = 5000
_RULES: Mapping[str, Rule] = {
    "method": Choice(METHODS),
    "num_groups": Interval(int, 1, len(PALETTE)),
    "seed": Interval(int, 0, 2**32 - 1),
}


class WordMap(Layout):
    """Words in the plane, as ``map_words`` makes it; its parameters are those of ``Layout``."""

    figure = draw_figure
    save = save_map


def map_words(
    vectors: KeyedVectors,
    words: Iterable[str],
    *,
    readings: Iterable[Reading] = (),
    method: str = "pca",
    perplexity: float | None = None,
    num_groups: int = 6,
    seed: int = 1,
) -> WordMap:
    """Lay words out in the plane, with the readings of some of them in sentences.

    "pca" projects onto the plane in which the means of what is shown differ most.  The map is linear, A with
    orthonormal columns (d, 2), so that a density N(m, S) becomes N(Aᵀ(m − centre), Aᵀ S A): its ellipse is exact.
    "tsne" keeps neighbours (by cosine) together and nothing else: lengths and breadths have no meaning there, and
    no ellipses are drawn.  Mixtures are shown by the mean and the variance of the whole.

    Parameters
    ----------
    vectors : points or densities
    words : the most important ones first; one that comes twice is shown once, as the vectors spell it
    readings : from ``read_words``, for vectors with densities; their words come first on the map
    method : "pca", the plane in which the words differ most; "tsne"; or "breadth", which places all words by how far
        off and how broad they are beside the first one (``place_by_breadth``), and needs densities
    perplexity : of t-SNE, about how many neighbours a word attends to; 30, or a third of the words where they are few
    num_groups : colours; up to seven words have one each, more are clustered in the whole space (Ward 1963)
    seed : of t-SNE; principal components need none

    Raises
    ------
    MissingWordError
        For a word that the vectors do not have; the message offers the nearest spellings.
    ParameterError
        For too few words or dimensions, more than 5,000 words, or a perplexity without "tsne".

    Examples
    --------
    >>> vectors = DensityVectors(["bird", "kakapo", "plum"], [[0, 0, 1], [0, 1, 1], [2, 0, 0]], [1.0, 0.2, 0.1])
    >>> words = map_words(vectors, ["bird", "kakapo", "plum"])
    >>> words.points.shape, words.covariances[0].round(6).tolist()
    ((3, 2), [[1.0, 0.0], [0.0, 1.0]])
    """
    check_parameters({"method": method, "num_groups": num_groups, "seed": seed}, _RULES)
    check_perplexity(perplexity, method)
    check_parameter("vectors", vectors, Instance((KeyedVectors,), "KeyedVectors, DensityVectors or the like"))
    words = [own_spelling(vectors, word) for word in as_words(words)]
    readings = as_objects(readings, Reading, "readings", "read_words or read_senses")
    readings = [_respelled(vectors, reading) for reading in readings]
    shown = list(dict.fromkeys([*(reading.word for reading in readings), *words]))
    if len(shown) > MOST_WORDS:
        raise ParameterError(f"words must be at most {MOST_WORDS:,}, got {len(shown):,}: nobody could read such a map")
    means, variances = _densities(vectors, shown, readings)
    if method == "breadth":
        points, shares, covariances = place_by_breadth(means, variances), None, None
    elif method == "pca":
        plane = PrincipalPlane.fit(means)
        points, shares = plane.project(means), (float(plane.shares[0]), float(plane.shares[1]))
        covariances = None if variances is None else plane.project_variances(variances)
    else:
        points, shares, covariances = embed_neighbours(means, perplexity, seed), None, None
    count = len(shown)
    groups = colour_groups(means[:count], num_groups)
    central = central_rows(means[:count], groups) if count > len(PALETTE) else []
    return WordMap(
        words=shown,
        points=points[:count],
        covariances=None if covariances is None else covariances[:count],
        groups=groups,
        readings=readings,
        reading_points=points[count:],
        reading_covariances=None if covariances is None else covariances[count:],
        method=method,
        shares=shares,
        dim=means.shape[1],
        group_names=tuple(shown[row] for row in central),
        delimiter=delimiter_in(vectors.parameters),
    )


def _respelled(vectors: KeyedVectors, reading: Reading) -> Reading:
    """The reading of a word as the vectors spell it."""
    before, after = reading.tokens[: reading.position], reading.tokens[reading.position :][1:]
    return replace(reading, tokens=(*before, own_spelling(vectors, reading.word), *after))


def _densities(
    vectors: KeyedVectors, words: Sequence[str], readings: Sequence[Reading]
) -> tuple[FloatArray, FloatArray | None]:
    """Means (n + r, d) of words and readings, and their variances, (n + r, 1) or (n + r, d); None for points."""
    if not isinstance(vectors, DensityVectors):
        if readings:
            raise ParameterError("readings need vectors with word densities, got points")
        return np.array([vectors[word] for word in words], np.float64).reshape(len(words), vectors.vector_size), None
    densities = [*(vectors.density(word) for word in words), *(reading.density for reading in readings)]
    wrong = next((density.dim for density in densities if density.dim != vectors.vector_size), None)
    if wrong is not None:
        raise ParameterError(f"readings must have {vectors.vector_size} dimensions as the words have, got {wrong}")
    means = np.array([density.mean for density in densities]).reshape(len(densities), vectors.vector_size)
    is_spherical = all(density.is_spherical for density in densities)
    width = 1 if is_spherical else vectors.vector_size
    return means, np.array([np.broadcast_to(density.variance, width) for density in densities]).reshape(-1, width)
