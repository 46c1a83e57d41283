"""The writing on a map: words beside their dots, and pieces of the sentences they are read in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from densevec.plotting.colours import PALETTE, text_colour
from densevec.plotting.labels import Placed, place_labels
from densevec.plotting.layout import FloatArray, Layout
from densevec.plotting.readings import shortened

_WORD_SIZE, _SENTENCE_SIZE = 9.0, 7.5  # points
_LEADER, _LABEL = 2, 5  # what lies over what; see drawing


class _Label(NamedTuple):
    """What is written beside a dot."""

    text: str
    dot: FloatArray
    colour: str
    style: dict[str, Any]


def draw_labels(axes: Any, word_map: Layout, lines: Sequence[FloatArray]) -> None:
    """Write the labels for which there is room, beside their dots and off the ``lines`` (m, 2) where that can be."""
    labels = _labels(word_map)
    artists = [_draw_text(axes, label) for label in labels]
    to_paper = axes.transData.transform
    dots = to_paper(np.array([label.dot for label in labels]))
    sizes = np.array([artist.get_window_extent().size for artist in artists])
    left, bottom, right, top = axes.get_window_extent().extents
    avoided = to_paper(np.concatenate(lines)) if lines else None
    placed = place_labels(dots, sizes, (left, bottom, right, top), lines=avoided)
    for artist, dot, centre, is_placed in zip(artists, dots, placed.centres, placed.is_placed, strict=True):
        if not is_placed:
            artist.remove()
            continue
        artist.set_position(tuple(axes.transData.inverted().transform(centre)))
        artist.set_multialignment("left" if centre[0] > dot[0] + 1 else "right" if centre[0] < dot[0] - 1 else "center")
    _draw_leaders(axes, labels, dots, sizes, placed)


def texts_of(word_map: Layout) -> list[str]:
    """All that labels may say."""
    return [label.text for label in _labels(word_map)]


def _labels(word_map: Layout) -> list[_Label]:
    """In the order of importance: words read in sentences, their readings, the other words."""
    read = set(word_map.reading_rows)
    words = [
        _Label(
            shortened(word),
            word_map.points[row],
            PALETTE[word_map.groups[row]],
            {"size": _WORD_SIZE, "weight": "bold" if row in read else "normal"},
        )
        for row, word in enumerate(word_map.words)
    ]
    readings = [
        _Label("\n".join(reading.excerpt()), point, PALETTE[group], {"size": _SENTENCE_SIZE, "style": "italic"})
        for reading, point, group in zip(
            word_map.readings, word_map.reading_points, word_map.reading_groups, strict=True
        )
    ]
    return [
        *(label for row, label in enumerate(words) if row in read),
        *readings,
        *(label for row, label in enumerate(words) if row not in read),
    ]


def _draw_text(axes: Any, label: _Label) -> Any:
    return axes.text(
        *label.dot,
        label.text,
        color=text_colour(label.colour),
        ha="center",
        va="center",
        linespacing=1.15,
        parse_math=False,  # a word may hold dollar signs
        bbox={"boxstyle": "round,pad=0.05", "facecolor": "white", "alpha": 0.5, "linewidth": 0},
        zorder=_LABEL,
        **label.style,
    )


def _draw_leaders(axes: Any, labels: Sequence[_Label], dots: FloatArray, sizes: FloatArray, placed: Placed) -> None:
    """Thin lines from dots to the nearest points of the labels that stand off from them."""
    from_paper = axes.transData.inverted().transform
    for number in np.flatnonzero(placed.has_leader).tolist():
        centre, half = placed.centres[number], sizes[number] / 2
        end = np.clip(dots[number], centre - half, centre + half)
        line = from_paper(np.array([dots[number], end]))
        axes.plot(*line.T, color=labels[number].colour, alpha=0.6, linewidth=0.6, zorder=_LEADER)
