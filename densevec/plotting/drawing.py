"""A map on paper: a matplotlib figure, the same every time."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.plotting.colours import PALETTE
from densevec.plotting.fonts import Font, choose_families
from densevec.plotting.layout import FEW, FloatArray, Layout, Level
from densevec.plotting.lettering import draw_labels, texts_of
from densevec.plotting.readings import shortened
from densevec.plotting.style import CAPTION_SIZE, FAINT, TICKS, drawing_style

# Inches
_WIDTH, _MOST_WIDTH = 7.2, 30.0
_WORDS_IN_IT = 60  # more take a wider figure, so that their labels have room
_MARGIN = 0.15
_LEAST_HEIGHT, _MOST_HEIGHT = 0.55, 1.0  # of the axes, as shares of their width
_FILLED_HEIGHT = 0.62  # of axes with two units, as a share of their width
_AXIS_ROOM = 0.4  # for numbers and a title, where the axes mean something
_NAMES_A_LINE, _LEGEND_LINE = 4, 0.17
_CAPTION_LINE, _CAPTION_LETTER = 0.14, 0.054

_DATA_MARGIN = 0.05  # around all that is shown, as a share of it
_ELLIPSE, _ARROW, _DOT = 1, 3, 4  # what lies over what; labels are above all, their lines between ellipses and arrows


def draw_figure(word_map: Layout, level: Level = "auto", font: Font | None = None) -> Any:
    """The map as a matplotlib figure, in which one unit is as long in one direction as in the other.

    Words are labelled dots, and no label lies over another; where there is no room the later words go without one.
    Ellipses hold ``level`` of the mass of the projected densities; they are dashed for words in sentences, to which
    arrows lead from the word by itself.

    Parameters
    ----------
    level : between 0 and 1; None draws no ellipses, "auto" those of 0.5 as long as there are at most twelve words
    font : the name of an installed font, or the path of a font's file; without one, and for characters that it lacks,
        DejaVu Sans is taken, and installed fonts are looked for that have what it lacks.  Where none has, boxes are
        drawn and a FormatWarning says what to install

    Raises
    ------
    ParameterError
        If there is no such font, or ``level`` is something else.
    MissingPackageError
        If matplotlib is not installed.
    """
    level = word_map.level_of(level)
    with drawing_style(choose_families(texts_of(word_map), font)):
        outlines = [ellipse.outline() for ellipse in word_map.ellipses(level)]
        reading_outlines = [ellipse.outline() for ellipse in word_map.reading_ellipses(level)]
        axes = _make_axes(word_map, level)
        _draw_ellipses(axes, word_map, outlines, reading_outlines)
        horizon = word_map.horizon(level)
        _draw_horizon(axes, horizon)
        arrows = _draw_arrows(axes, word_map)
        _draw_dots(axes, word_map)
        draw_labels(axes, word_map, [*arrows, horizon, *(outlines if len(outlines) <= FEW else []), *reading_outlines])
    return axes.get_figure()


def _make_axes(word_map: Layout, level: float | None) -> Any:
    """A figure with axes in which there is room for everything, and with its caption."""
    from matplotlib.figure import Figure

    width = min(_MOST_WIDTH, _WIDTH * max(1.0, float(np.sqrt(len(word_map) / _WORDS_IN_IT))))
    is_breadth = word_map.method == "breadth"
    room = _AXIS_ROOM if is_breadth or word_map.shares is not None else 0.0
    inner_width = width - 2 * _MARGIN - room
    lines = textwrap.wrap(word_map.describe(level), int(inner_width / _CAPTION_LETTER))
    caption = 2 * _MARGIN + len(lines) * _CAPTION_LINE
    bottom = caption + room + _num_legend_lines(word_map) * _LEGEND_LINE
    frame = (_fill if is_breadth else _fit)(word_map.corners(level), inner_width)
    height = frame.height + bottom + _MARGIN
    figure = Figure(figsize=(width, height), dpi=72)
    left = (_MARGIN + room) / width
    axes = figure.add_axes((left, bottom / height, inner_width / width, frame.height / height))
    axes.set(xlim=frame.low_high[:, 0], ylim=frame.low_high[:, 1], aspect="auto" if is_breadth else "equal")
    axes.tick_params(length=0)
    if is_breadth:
        axes.grid(True)
        axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")  # to either side
        axes.set_xlabel(f"distance of the mean from that of {shortened(word_map.words[0])}")
        axes.set_ylabel("breadth: distance of the mass from its own mean")
    elif word_map.shares is None:
        axes.set(xticks=[], yticks=[])
    else:
        axes.grid(True)
        axes.set_xlabel(f"first principal component ({word_map.shares[0]:.0%} of the variance)")
        axes.set_ylabel(f"second principal component ({word_map.shares[1]:.0%})")
    place = (left, _MARGIN / height)
    figure.text(*place, "\n".join(lines), size=CAPTION_SIZE, color=TICKS, va="bottom", linespacing=1.4)
    if word_map.group_names:
        _draw_legend(figure, word_map, (left, (caption - _MARGIN / 2) / height))
    return axes


def _num_legend_lines(word_map: Layout) -> int:
    return -(-len(word_map.group_names) // _NAMES_A_LINE)


def _draw_legend(figure: Any, word_map: Layout, place: tuple[float, float]) -> None:
    """What the colours of clusters stand for, below the axes."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color=PALETTE[group], label=f"around {shortened(name)}")
        for group, name in enumerate(word_map.group_names)
    ]
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=place,
        ncols=-(-len(handles) // _num_legend_lines(word_map)),
        frameon=False,
        fontsize=CAPTION_SIZE,
        labelcolor=FAINT,
        handletextpad=0.2,
        borderpad=0,
        borderaxespad=0,
    )


@dataclass(frozen=True)
class _Frame:
    """Height of axes in inches, and their limits, (2, 2): low and high corner."""

    height: float
    low_high: FloatArray


def _fit(corners: FloatArray, width: float) -> _Frame:
    """Axes of some width in inches around what lies between two corners, with the same unit in both directions."""
    low, high = corners
    extent = (high - low) * (1 + 2 * _DATA_MARGIN)
    extent = np.maximum(extent, 1e-3 * extent.max() or 1.0)  # all may lie on a line, or in one place
    height = width * float(np.clip(extent[1] / extent[0], _LEAST_HEIGHT, _MOST_HEIGHT))
    unit_an_inch = max(extent[0] / width, extent[1] / height)
    half = unit_an_inch * np.array([width, height]) / 2
    return _Frame(height, (low + high) / 2 + np.array([-half, half]))


def _fill(corners: FloatArray, width: float) -> _Frame:
    """Axes of some width in inches, filled by what lies between two corners, each direction with a unit of its own."""
    low, high = corners
    half = np.maximum(high - low, 1e-3 * np.abs(corners).max() or 1.0) * (0.5 + _DATA_MARGIN)
    return _Frame(_FILLED_HEIGHT * width, (low + high) / 2 + np.array([-half, half]))


def _draw_horizon(axes: Any, horizon: FloatArray) -> None:
    """The line below which words lie in the first one."""
    if len(horizon):
        limits = axes.get_xlim(), axes.get_ylim()
        axes.fill_between(*horizon.T, limits[1][0], color="#000000", alpha=0.05, linewidth=0, zorder=_ELLIPSE)
        axes.plot(*horizon.T, color=FAINT, linewidth=1.1, zorder=_ELLIPSE)
        axes.set(xlim=limits[0], ylim=limits[1])


def _draw_ellipses(axes: Any, word_map: Layout, outlines: list[FloatArray], reading_outlines: list[FloatArray]) -> None:
    is_few = len(outlines) <= FEW
    line = {"alpha": 0.8, "linewidth": 1.1} if is_few else {"alpha": 0.45, "linewidth": 0.7}
    for group, outline in zip(word_map.groups, outlines, strict=False):
        if is_few:
            axes.fill(*outline.T, color=PALETTE[group], alpha=0.08, linewidth=0, zorder=_ELLIPSE)
        axes.plot(*outline.T, color=PALETTE[group], zorder=_ELLIPSE, **line)
    for group, outline in zip(word_map.reading_groups, reading_outlines, strict=False):
        dashes = (0, (3, 2))
        axes.plot(*outline.T, color=PALETTE[group], alpha=0.8, linewidth=0.9, linestyle=dashes, zorder=_ELLIPSE)


def _draw_arrows(axes: Any, word_map: Layout) -> list[FloatArray]:
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


def _draw_dots(axes: Any, word_map: Layout) -> None:
    colours, reading_colours = ([PALETTE[g] for g in groups] for groups in (word_map.groups, word_map.reading_groups))
    axes.scatter(*word_map.points.T, s=17, c=colours, linewidths=0.6, edgecolors="white", zorder=_DOT)
    if reading_colours:
        points = word_map.reading_points
        axes.scatter(*points.T, s=17, c="white", linewidths=1.1, edgecolors=reading_colours, zorder=_DOT)
