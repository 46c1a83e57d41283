"""A map on paper: a matplotlib figure, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from densevec.plotting.colours import PALETTE
from densevec.plotting.lettering import draw_labels
from densevec.plotting.style import CAPTION_SIZE, TICKS, drawing_style
from densevec.plotting.word_map import FloatArray, WordMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches
_WIDTH, _MOST_WIDTH = 7.2, 30.0
_WORDS_IN_IT = 60  # more take a wider figure, so that their labels have room
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.55, 0.15, 0.72, 0.15
_LEAST_HEIGHT, _MOST_HEIGHT = 0.55, 1.0  # of the axes, as shares of their width
_DATA_MARGIN = 0.05  # around all that is shown, as a share of it

_ELLIPSE, _ARROW, _DOT = 1, 3, 4  # what lies over what; labels are above all, their lines between ellipses and arrows
_FEW = 12  # ellipses, which may be stronger than many


def draw_figure(word_map: WordMap, level: float | None = 0.5) -> Figure:
    """The map as a matplotlib figure, in which one unit is as long in one direction as in the other.

    Words are labelled dots, and no label lies over another; where there is no room the later words go without one.
    Ellipses hold ``level`` of the mass of the projected densities (None: there are none); they are dashed for words
    in sentences, to which arrows lead from the word by itself.

    Raises
    ------
    ParameterError
        If matplotlib is not installed, or ``level`` does not lie between 0 and 1.
    """
    with drawing_style():
        from matplotlib.figure import Figure

        outlines = [ellipse.outline() for ellipse in word_map.ellipses(level)]
        reading_outlines = [ellipse.outline() for ellipse in word_map.reading_ellipses(level)]
        shown = np.concatenate([word_map.points, word_map.reading_points, *outlines, *reading_outlines])
        width = min(_MOST_WIDTH, _WIDTH * max(1.0, float(np.sqrt(len(word_map) / _WORDS_IN_IT))))
        height, low, high = _fit(shown.min(0), shown.max(0), width)
        figure = Figure(figsize=(width, height), dpi=72)
        place = (_LEFT, _BOTTOM, width - _LEFT - _RIGHT, height - _BOTTOM - _TOP)
        axes = figure.add_axes(tuple(np.array(place) / [width, height, width, height]))
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        _draw_frame(axes, word_map)
        caption_place = (_LEFT / width, 0.14 / height)
        figure.text(*caption_place, describe(word_map, level), size=CAPTION_SIZE, color=TICKS, va="bottom")
        _draw_ellipses(axes, word_map, outlines, reading_outlines)
        arrows = _draw_arrows(axes, word_map)
        _draw_dots(axes, word_map)
        draw_labels(axes, word_map, [*outlines, *reading_outlines, *arrows])
    return figure


def describe(word_map: WordMap, level: float | None) -> str:
    """What is drawn, for whoever looks at the picture alone."""
    if word_map.shares is None:
        parts = ["t-SNE: words near each other are similar. Lengths and directions mean nothing."]
    else:
        parts = [f"The plane holds {sum(word_map.shares):.0%} of the variance of the means."]
    if word_map.covariances is not None and level is not None:
        parts.append(f"Ellipses hold {100 * level:g}% of each density's mass in this plane.")
    if word_map.readings:
        parts.append("Arrows lead from a word to what it means in a sentence.")
    return " ".join(parts)


def _fit(low: FloatArray, high: FloatArray, width: float) -> tuple[float, FloatArray, FloatArray]:
    """Height of a figure of some width in inches, and limits of its axes, so that a unit has one length."""
    centre, extent = (low + high) / 2, (high - low) * (1 + 2 * _DATA_MARGIN)
    least = 1e-3 * extent.max() or 1.0  # where all lies on a line, or in one place
    extent = np.maximum(extent, least)
    inner_width = width - _LEFT - _RIGHT
    inner_height = inner_width * float(np.clip(extent[1] / extent[0], _LEAST_HEIGHT, _MOST_HEIGHT))
    unit_an_inch = max(extent[0] / inner_width, extent[1] / inner_height)
    half = unit_an_inch * np.array([inner_width, inner_height]) / 2
    return inner_height + _BOTTOM + _TOP, centre - half, centre + half


def _draw_frame(axes: Axes, word_map: WordMap) -> None:
    axes.grid(True)
    axes.tick_params(length=0)
    if word_map.shares is None:
        axes.set(xticklabels=[], yticklabels=[])
        return
    first, second = word_map.shares
    axes.set_xlabel(f"first principal component ({first:.0%} of the variance)")
    axes.set_ylabel(f"second principal component ({second:.0%})")


def _draw_ellipses(
    axes: Axes, word_map: WordMap, outlines: list[FloatArray], reading_outlines: list[FloatArray]
) -> None:
    is_few = len(outlines) <= _FEW
    for group, outline in zip(word_map.groups, outlines, strict=False):
        colour = PALETTE[group]
        axes.fill(*outline.T, color=colour, alpha=0.08 if is_few else 0.03, linewidth=0, zorder=_ELLIPSE)
        line = {"alpha": 0.8, "linewidth": 1.1} if is_few else {"alpha": 0.4, "linewidth": 0.7}
        axes.plot(*outline.T, color=colour, zorder=_ELLIPSE, **line)
    for group, outline in zip(word_map.reading_groups, reading_outlines, strict=False):
        dashes = (0, (3, 2))
        axes.plot(*outline.T, color=PALETTE[group], alpha=0.8, linewidth=0.9, linestyle=dashes, zorder=_ELLIPSE)


def _draw_arrows(axes: Axes, word_map: WordMap) -> list[FloatArray]:
    """Arrows from words to their readings; points along each, (n, 2)."""
    from matplotlib.patches import FancyArrowPatch

    lines = []
    for row, group, end in zip(word_map.reading_rows, word_map.reading_groups, word_map.reading_points, strict=True):
        start = word_map.points[row]
        arrow = FancyArrowPatch(
            tuple(start),
            tuple(end),
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=3,
            shrinkB=3.5,
            color=PALETTE[group],
            linewidth=1.1,
            zorder=_ARROW,
        )
        axes.add_patch(arrow)
        lines.append(np.linspace(start, end, 40))
    return lines


def _draw_dots(axes: Axes, word_map: WordMap) -> None:
    colours, reading_colours = ([PALETTE[g] for g in groups] for groups in (word_map.groups, word_map.reading_groups))
    axes.scatter(*word_map.points.T, s=17, c=colours, linewidths=0.6, edgecolors="white", zorder=_DOT)
    if reading_colours:
        points = word_map.reading_points
        axes.scatter(*points.T, s=17, c="white", linewidths=1.1, edgecolors=reading_colours, zorder=_DOT)
