"""Colours that people with any kind of colour vision can tell apart, and which word has which."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Of Okabe & Ito 2008 (jfly.uni-koeln.de/color), without the yellow, which nobody sees on white.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")
_CONTRAST = 4.5  # of text with the background, the Web Content Accessibility Guidelines' least


def colour_groups(points: npt.NDArray[np.float64], num_groups: int) -> npt.NDArray[np.int64]:
    """The group of each point (n, d), (n,): each its own if there are colours enough, else ``num_groups`` clusters.

    Clusters are those of Ward's linkage (1963), which needs no start and so no seed; they are numbered in the order
    in which the points show them.

    >>> colour_groups(np.array([[0.0, 5.0], [9.0, 0.0]] * 5), 2).tolist()
    [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    """
    if len(points) <= len(PALETTE):
        return np.arange(len(points))
    from scipy.cluster.hierarchy import fcluster, linkage

    labels = fcluster(linkage(points, "ward"), num_groups, criterion="maxclust")
    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[group]


def central_rows(points: npt.NDArray[np.float64], groups: npt.NDArray[np.int64]) -> list[int]:
    """Of each group, in order, the row of the point (n, d) that is nearest to the mean of its points.

    >>> central_rows(np.array([[0.0], [1.0], [5.0], [7.0], [6.1]]), np.array([0, 0, 1, 1, 1]))
    [0, 4]
    """
    central = []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        central.append(int(rows[((points[rows] - points[rows].mean(0)) ** 2).sum(1).argmin()]))
    return central


def text_colour(colour: str) -> str:
    """The same hue, darkened until text in it is easily read on white.

    >>> text_colour("#0072b2"), text_colour("#e69f00")
    ('#0072b2', '#9d6d00')
    """
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    while 1.05 / (_luminance(channels) + 0.05) < _CONTRAST:
        channels = channels * 0.99
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def _luminance(channels: npt.NDArray[np.float64]) -> float:
    """Relative luminance of an sRGB colour, from 0 to 1."""
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
