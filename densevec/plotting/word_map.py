"""A map: words, and words in sentences, in the plane."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from densevec._validation import Choice, Interval, Rule, check_parameters
from densevec.errors import ParameterError, ParameterTypeError
from densevec.plotting.colours import PALETTE, colour_groups
from densevec.plotting.ellipses import Ellipse
from densevec.plotting.projection import PrincipalPlane, embed_neighbours
from densevec.plotting.readings import Reading
from densevec.vectors import DensityVectors, KeyedVectors

FloatArray = npt.NDArray[np.float64]
Level = float | None | Literal["auto"]
METHODS = ("pca", "tsne")
FEW = 12  # ellipses; more hide each other
_LEVEL = 0.5
_MOST_WORDS = 5000
_RULES: Mapping[str, Rule] = {
    "method": Choice(METHODS),
    "num_groups": Interval(int, 1, len(PALETTE)),
    "seed": Interval(int, 0, 2**32 - 1),
}


@dataclass(frozen=True, eq=False)
class WordMap:
    """Words in the plane, as ``map_words`` makes it; n words, r readings.

    Parameters
    ----------
    words : distinct, in the order of their importance
    points : (n, 2), where each word's mean lies
    covariances : (n, 2, 2) of the projected densities; None for points, and for t-SNE, which projects none
    groups : (n,), the colour of each word
    readings : the words in sentences that are on the map
    reading_points : (r, 2), where the mean of each reading lies
    reading_covariances : (r, 2, 2), or None as above
    method : "pca" or "tsne"
    shares : what parts of the variance of the means the two axes hold, for "pca"
    """

    words: list[str]
    points: FloatArray
    covariances: FloatArray | None
    groups: npt.NDArray[np.int64]
    readings: list[Reading]
    reading_points: FloatArray
    reading_covariances: FloatArray | None
    method: str
    shares: tuple[float, float] | None

    def __len__(self) -> int:
        return len(self.words)

    @property
    def reading_rows(self) -> list[int]:
        """Which of the words each reading reads."""
        rows = {word: row for row, word in enumerate(self.words)}
        return [rows[reading.word] for reading in self.readings]

    @property
    def reading_groups(self) -> list[int]:
        """The colour of each reading, which is its word's."""
        return [int(self.groups[row]) for row in self.reading_rows]

    def __repr__(self) -> str:
        readings = f", {len(self.readings)} readings" if self.readings else ""
        return f"WordMap({len(self)} words{readings}, {self.method})"

    def ellipses(self, level: float | None) -> list[Ellipse]:
        """One for each word, that holds ``level`` of the mass of its projected density; none for None."""
        return _ellipses(self.points, self.covariances, level)

    def reading_ellipses(self, level: float | None) -> list[Ellipse]:
        """The same for the readings."""
        return _ellipses(self.reading_points, self.reading_covariances, level)

    def level_of(self, level: Level) -> float | None:
        """The level that is drawn: "auto" is 0.5 for at most twelve words, and None, no ellipses, for more."""
        if level == "auto":
            return _LEVEL if len(self) <= FEW else None
        if isinstance(level, str):
            raise ParameterError(f"level must be a number between 0 and 1, None or 'auto', got {level!r}")
        return level

    def corners(self, level: float | None) -> FloatArray:
        """The least and the greatest coordinates of all that is drawn, (2, 2)."""
        outlines = [ellipse.outline() for ellipse in (*self.ellipses(level), *self.reading_ellipses(level))]
        shown = np.concatenate([self.points, self.reading_points, *outlines])
        return np.array([shown.min(0), shown.max(0)])

    def describe(self, level: float | None) -> str:
        """What is drawn, for whoever sees nothing but the picture."""
        if self.shares is None:
            parts = ["t-SNE: words near each other are similar. Lengths and directions mean nothing."]
        else:
            parts = [f"The plane holds {sum(self.shares):.0%} of the variance of the means."]
        if self.covariances is not None and level is not None:
            parts.append(f"Ellipses hold {100 * level:g}% of each density's mass in this plane.")
        if self.readings:
            parts.append("Arrows lead from a word to what it means in a sentence.")
        return " ".join(parts)

    def figure(self, level: Level = "auto") -> Any:
        """A ``matplotlib`` figure; see ``draw_figure``."""
        from densevec.plotting.drawing import draw_figure

        return draw_figure(self, level)

    def save(self, path: str | os.PathLike[str], level: Level = "auto", **options: Any) -> None:
        """Write a picture of the kind that the path's ending names: .png, .svg or .html; see ``save_map``."""
        from densevec.plotting.saving import save_map

        save_map(self, path, level, **options)


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
    words : the most important ones first; one that comes twice is shown once
    readings : from ``read_words``, for vectors with densities; their words come first on the map
    method : "pca" or "tsne"
    perplexity : of t-SNE, about how many neighbours a word attends to; 30, or a third of the words where they are few
    num_groups : colours; up to seven words have one each, more are clustered in the whole space (Ward 1963)
    seed : of t-SNE; principal components need none

    Raises
    ------
    MissingWordError
        For a word that the vectors do not have; the message offers the nearest spellings.
    ParameterError
        For too few words or dimensions, or more than 5,000 words.

    Examples
    --------
    >>> vectors = DensityVectors(["bird", "kakapo", "plum"], [[0, 0, 1], [0, 1, 1], [2, 0, 0]], [1.0, 0.2, 0.1])
    >>> words = map_words(vectors, ["bird", "kakapo", "plum"])
    >>> words.points.shape, words.covariances[0].round(6).tolist()
    ((3, 2), [[1.0, 0.0], [0.0, 1.0]])
    """
    check_parameters({"method": method, "num_groups": num_groups, "seed": seed}, _RULES)
    if isinstance(words, str | bytes):
        raise ParameterTypeError(f"words must be a list of words, got one string: {words!r:.80}")
    readings = list(readings)
    shown = list(dict.fromkeys([*(reading.word for reading in readings), *words]))
    if len(shown) > _MOST_WORDS:
        raise ParameterError(f"words must be at most {_MOST_WORDS:,}, got {len(shown):,}: nobody could read such a map")
    means, variances = _densities(vectors, shown, readings)
    if method == "pca":
        plane = PrincipalPlane.fit(means)
        points, shares = plane.project(means), (float(plane.shares[0]), float(plane.shares[1]))
        covariances = None if variances is None else plane.project_variances(variances)
    else:
        points, shares, covariances = embed_neighbours(means, perplexity, seed), None, None
    count = len(shown)
    return WordMap(
        words=shown,
        points=points[:count],
        covariances=None if covariances is None else covariances[:count],
        groups=colour_groups(means[:count], num_groups),
        readings=readings,
        reading_points=points[count:],
        reading_covariances=None if covariances is None else covariances[count:],
        method=method,
        shares=shares,
    )


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


def _ellipses(points: FloatArray, covariances: FloatArray | None, level: float | None) -> list[Ellipse]:
    if covariances is None or level is None:
        return []
    return [Ellipse.of(point, covariance, level) for point, covariance in zip(points, covariances, strict=True)]
