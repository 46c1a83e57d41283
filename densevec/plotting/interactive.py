"""A map for the browser: one file with everything in it, to move about in, to search and to ask for neighbours."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from densevec._packages import import_package
from densevec.errors import ParameterError
from densevec.plotting.colours import PALETTE, text_colour
from densevec.plotting.ellipses import Ellipse
from densevec.plotting.layout import FEW, FloatArray, Layout, Level
from densevec.plotting.readings import shortened
from densevec.plotting.vector_graphics import as_markup
from densevec.vectors import KeyedVectors

Neighbours = list[tuple[str, float]]
_DIGITS = 5  # significant ones of a coordinate: a thousandth of a pixel
_DECIMALS = 3  # of a score, as many as the page shows


def neighbours_on(word_map: Layout, vectors: KeyedVectors, topn: int = 10, measure: str = "cosine") -> list[Neighbours]:
    """The words nearest to each word of a map, then to each reading, among all words of the vectors."""
    items = [*word_map.words, *(reading.density for reading in word_map.readings)]
    return vectors.most_similar_batch(items, topn, measure=measure)


def draw_page(
    word_map: Layout,
    level: Level = "auto",
    *,
    neighbours: Sequence[Neighbours] | None = None,
    measure: str = "cosine",
    title: str = "",
) -> str:
    """The map as an HTML page that needs no network: plotly's script lies in it, packed, some two megabytes.

    Dots are labelled as far as there is room, more of them as one zooms in.  A search box finds words; a click on a dot
    singles it out, and lists its nearest neighbours where they are given.  Words are shown as they are, whatever HTML
    or JavaScript would make of them.

    Parameters
    ----------
    level : as in ``draw_figure``
    neighbours : from ``neighbours_on``: of the n words and then of the r readings; a page without them shows none
    measure : what their scores are, to be named
    title : of the page

    Raises
    ------
    ParameterError
        If the map's method is "breadth", ``level`` is out of bounds, or ``neighbours`` are not n + r lists.
    MissingPackageError
        If plotly is not installed.
    """
    if word_map.method == "breadth":
        raise ParameterError("method 'breadth' must be drawn as .svg or .png; the explorer has it as a page")
    plotly = import_package("plotly.offline", "an interactive page", "plot").get_plotlyjs()
    expected = len(word_map) + len(word_map.readings)
    neighbours = None if neighbours is None else list(neighbours)
    if neighbours is not None and len(neighbours) != expected:
        raise ParameterError(f"neighbours must be one list for each of {expected} dots, got {len(neighbours)} lists")
    content = _content(word_map, word_map.level_of(level), neighbours)
    content |= {"title": title or "map of words", "measure": measure}
    # A script ends at the first "</script", even within a string.
    data = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    library = base64.b64encode(zlib.compress(plotly.encode(), 9)).decode("ascii")
    act = "single it out" if neighbours is None else "see its nearest neighbours"
    parts = {"title": as_markup(title or "map of words"), "plotly": library, "map": data, "act": act}
    template = files("densevec.plotting").joinpath("page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _content(word_map: Layout, level: float | None, neighbours: Sequence[Neighbours] | None) -> dict[str, Any]:
    """What the page's script reads."""
    items = _items(word_map, level, neighbours)
    outlines = [
        *_outlines_by_group(word_map.groups, word_map.ellipses(level), "solid", is_filled=len(word_map) <= FEW),
        *_outlines_by_group(word_map.reading_groups, word_map.reading_ellipses(level), "dash", is_filled=False),
    ]
    low, high = _with_margin(word_map.corners(level))
    axes = None
    if word_map.shares is not None:
        names = ("first principal component", "second principal component")
        axes = [f"{name} ({share:.0%} of the variance)" for name, share in zip(names, word_map.shares, strict=True)]
    return {
        "items": items,
        "outlines": outlines,
        "few": len(word_map) <= FEW,
        "ranges": [[low[0], high[0]], [low[1], high[1]]],
        "axes": axes,
        "caption": word_map.describe(level),
        "delimiter": word_map.delimiter,
        "clusters": [[name, text_colour(PALETTE[group])] for group, name in enumerate(word_map.group_names)],
    }


def _items(word_map: Layout, level: float | None, neighbours: Sequence[Neighbours] | None) -> list[dict[str, Any]]:
    """One for each dot: readings before words, whose labels are less important."""
    num_words, num_readings = len(word_map), len(word_map.readings)
    place = {word: num_readings + row for row, word in enumerate(word_map.words)}

    def item(
        word: str, lines: list[str], point: Any, group: int, ellipse: Ellipse | None, number: int
    ) -> dict[str, Any]:
        colour = PALETTE[group]
        made = {"word": word, "lines": lines, "x": _short(point[0]), "y": _short(point[1]), "colour": colour}
        made["ink"] = text_colour(colour)
        made["outline"] = None if ellipse is None else [[_short(v) for v in side] for side in ellipse.outline().T]
        if neighbours is not None:
            found = [
                [other, round(float(score), _DECIMALS), place.get(other, -1)] for other, score in neighbours[number]
            ]
            made["neighbours"] = found
        return made

    ellipses: Sequence[Ellipse | None] = word_map.ellipses(level) or [None] * num_words
    reading_ellipses: Sequence[Ellipse | None] = word_map.reading_ellipses(level) or [None] * num_readings
    readings = []
    for number, (reading, row) in enumerate(zip(word_map.readings, word_map.reading_rows, strict=True)):
        point, group = word_map.reading_points[number], int(word_map.groups[row])
        made = item(reading.word, reading.excerpt(), point, group, reading_ellipses[number], num_words + number)
        made |= {
            "sentence": reading.caption or " ".join(reading.tokens),
            "from": [_short(v) for v in word_map.points[row]],
        }
        readings.append(made)
    words = [
        item(word, [shortened(word)], word_map.points[row], int(word_map.groups[row]), ellipses[row], row)
        for row, word in enumerate(word_map.words)
    ]
    return [*readings, *words]


def _outlines_by_group(groups: Any, ellipses: Sequence[Ellipse], dash: str, *, is_filled: bool) -> list[dict[str, Any]]:
    """All ellipses of one colour as one line with gaps, which a browser draws faster than many lines."""
    lines: dict[int, dict[str, Any]] = {}
    for group, ellipse in zip(groups, ellipses, strict=False):
        line = lines.setdefault(
            int(group), {"x": [], "y": [], "colour": PALETTE[group], "dash": dash, "filled": is_filled}
        )
        for name, values in zip(("x", "y"), ellipse.outline().T, strict=True):
            line[name] += [*([None] if line[name] else []), *map(_short, values)]
    return list(lines.values())


def _with_margin(corners: FloatArray) -> FloatArray:
    """A rectangle that is some larger, and larger than a point."""
    low, high = corners
    half = np.maximum((high - low) * 0.55, 0.01 * (high - low).max() or 1.0)
    return (low + high) / 2 + np.array([-half, half])


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
