"""What is on a map and where, for whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.plotting.ellipses import Ellipse
from densevec.plotting.readings import Reading, shortened

FloatArray = npt.NDArray[np.float64]
Level = float | None | Literal["auto"]
FEW = 12  # ellipses; more hide each other
_LEVEL = 0.5
_NUM_POINTS = 121  # of a horizon, odd: one lies in the middle


@dataclass(frozen=True, eq=False)
class Layout:
    """Where words lie in the plane, and what is drawn around them; n words, r readings.

    Parameters
    ----------
    words : distinct, in the order of their importance
    points : (n, 2), where each word's mean lies
    covariances : (n, 2, 2) of the projected densities; None for points, and for t-SNE, which projects none
    groups : (n,), the colour of each word
    readings : the words in sentences that are on the map
    reading_points : (r, 2), where the mean of each reading lies
    reading_covariances : (r, 2, 2), or None as above
    method : "pca", "tsne" or "breadth"
    dim : of the densities, for "breadth"
    group_names : of each colour that stands for a cluster its most central word; none where each word has its own
    shares : what parts of the variance of the means the two axes hold, for "pca"
    delimiter : what joins the words of a phrase
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
    dim: int = 0
    group_names: tuple[str, ...] = ()
    delimiter: str = "_"

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
        return f"{type(self).__name__}({len(self)} words{readings}, {self.method})"

    def ellipses(self, level: float | None) -> list[Ellipse]:
        """One for each word, that holds ``level`` of the mass of its projected density; none for None."""
        return _ellipses(self.points, self.covariances, level)

    def reading_ellipses(self, level: float | None) -> list[Ellipse]:
        """The same for the readings."""
        return _ellipses(self.reading_points, self.reading_covariances, level)

    def level_of(self, level: Level) -> float | None:
        """The level that is drawn: "auto" is 0.5 for at most twelve words, and None, no ellipses, for more."""
        if level == "auto":
            return _LEVEL if len(self) <= FEW or self.method == "breadth" else None
        if isinstance(level, str):
            raise ParameterError(f"level must be a number between 0 and 1, None or 'auto', got {level!r:.80}")
        return level

    def horizon(self, level: float | None) -> FloatArray:
        """Of "breadth" the points (m, 2) with x² + y² = r², the radius of the ball that holds ``level`` of the first
        word's mass, as far as the map reaches across; none, (0, 2), where nothing is drawn."""
        if self.method != "breadth" or level is None:
            return np.empty((0, 2))
        squared = squared_radius(self.dim, level)
        reach = 1.2 * float(np.abs(np.concatenate([self.points, self.reading_points])[:, 0]).max(initial=0.0)) or 1.0
        across = np.linspace(-1, 1, _NUM_POINTS) * min(reach, float(np.sqrt(squared)))
        return np.stack([across, np.sqrt(np.maximum(squared - across**2, 0))], axis=1)

    def corners(self, level: float | None) -> FloatArray:
        """The least and the greatest coordinates of all that is drawn, (2, 2)."""
        outlines = [ellipse.outline() for ellipse in (*self.ellipses(level), *self.reading_ellipses(level))]
        top = self.horizon(level)[_NUM_POINTS // 2 : _NUM_POINTS // 2 + 1]  # its sides may leave the picture
        shown = np.concatenate([self.points, self.reading_points, top, *outlines])
        return np.array([shown.min(0), shown.max(0)])

    def describe(self, level: float | None) -> str:
        """What is drawn, for whoever sees nothing but the picture."""
        if self.method == "breadth":
            first = shortened(self.words[0])
            parts = [
                f"Across: how far off a word's mean lies from that of {first}. Up: how far its mass lies from "
                f"its own mean. Both over all {self.dim} dimensions, in standard deviations of {first}."
            ]
            if level is not None:
                parts.append(
                    f"Of a word below the line more than half lies in the ball that holds {100 * level:g}% of {first}."
                )
        elif self.shares is None:
            parts = ["t-SNE: words near each other are similar. Lengths and directions mean nothing."]
        else:
            parts = [f"The plane holds {sum(self.shares):.0%} of the variance of the means."]
        if self.covariances is not None and self.method != "breadth" and level is not None:
            parts.append(f"Ellipses hold {100 * level:g}% of each density's mass in this plane.")
        if self.readings:
            of_senses = all(reading.caption for reading in self.readings)
            where = "its senses, each with its share" if of_senses else "what it means in a sentence"
            parts.append(f"Arrows lead from a word to {where}.")
        return " ".join(parts)


def squared_radius(dim: int, level: float) -> float:
    """Of the ball that holds ``level`` of a standard Gaussian in ``dim`` dimensions: χ²'s quantile.

    >>> round(squared_radius(2, 0.5), 4)
    1.3863
    """
    return float(Gaussian(np.zeros(dim), np.array(1.0)).squared_radius(level))


def _ellipses(points: FloatArray, covariances: FloatArray | None, level: float | None) -> list[Ellipse]:
    if covariances is None or level is None:
        return []
    return [Ellipse.of(point, covariance, level) for point, covariance in zip(points, covariances, strict=True)]
