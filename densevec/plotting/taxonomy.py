"""Words and what they entail as a picture in vector graphics, a page, or a graph for other programs."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from typing import Any

from densevec._html import writable
from densevec.errors import ParameterError
from densevec.formats.atomic import write_atomically
from densevec.plotting.colours import PALETTE
from densevec.plotting.layers import lay_out
from densevec.plotting.readings import shortened
from densevec.plotting.vector_graphics import SIZE, as_markup, opening, text_width

ENDINGS = (".svg", ".html", ".json", ".dot")
Edge = tuple[str, str, float]

# Pixels
_ROW, _BOX, _GAP, _MARGIN, _PAD = 30, 22, 70, 20, 8
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>body {{ margin: 16px; font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #333; }}
h1 {{ font-size: 16px; }} svg {{ max-width: none; }} main {{ overflow-x: auto; }} p {{ color: #595959; }}</style>
</head>
<body>
<h1>{title}</h1>
<main>
{svg}</main>
<p>Broad words are on the left. A line leads from a word to one that it entails; the stronger, the more probable.</p>
</body>
</html>
"""


def taxonomy_ending(path: str | os.PathLike[str]) -> str:
    """The ending of a taxonomy's file; ParameterError for another.

    >>> taxonomy_ending("birds.SVG")
    '.svg'
    """
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in ENDINGS:
        raise ParameterError(f"a taxonomy's file must end in .svg, .html, .json or .dot, got {os.fspath(path)!r}")
    return ending


def save_taxonomy(
    words: Sequence[str],
    edges: Sequence[Edge],
    path: str | os.PathLike[str],
    *,
    marked: Collection[str] = (),
    title: str = "taxonomy",
) -> None:
    """Write words and edges (narrow, broad, probability) as the file's ending says, all or nothing.

    Raises
    ------
    ParameterError
        For another ending than .svg, .html, .json and .dot.
    FileError
        If the file cannot be written.
    """
    ending = taxonomy_ending(path)
    if ending == ".json":
        text = json.dumps(as_plain(words, edges, marked), indent=1) + "\n"
    elif ending == ".dot":
        text = draw_dot(words, edges, marked)
    else:
        text = draw_svg(words, edges, marked)
        if ending == ".html":
            text = _PAGE.format(title=as_markup(title), svg=text)
    data = text.encode("utf-8")
    write_atomically(path, [data], len(data))


def as_plain(words: Sequence[str], edges: Sequence[Edge], marked: Collection[str] = ()) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "words": [{"word": word, "asked": word in marked} for word in words],
        "edges": [{"narrow": low, "broad": high, "probability": probability} for low, high, probability in edges],
    }


def draw_dot(words: Sequence[str], edges: Sequence[Edge], marked: Collection[str] = ()) -> str:
    r"""The graph in the language of Graphviz.

    >>> print(draw_dot(["kea", "bird"], [("kea", "bird", 0.9)]), end="")
    digraph taxonomy {
      rankdir=RL;
      node [shape=box];
      "kea";
      "bird";
      "kea" -> "bird" [label="0.90"];
    }
    """
    lines = ["digraph taxonomy {", "  rankdir=RL;", "  node [shape=box];"]
    lines += [f"  {_quoted(word)}{' [style=bold]' if word in marked else ''};" for word in words]
    lines += [f'  {_quoted(low)} -> {_quoted(high)} [label="{share:.2f}"];' for low, high, share in edges]
    return "\n".join([*lines, "}"]) + "\n"


def draw_svg(words: Sequence[str], edges: Sequence[Edge], marked: Collection[str] = ()) -> str:
    """The graph as a picture: a column for each layer, the broadest words on the left; marked words are filled.

    It is the same for the same graph, in the fonts of whoever looks at it.
    """
    number = {word: place for place, word in enumerate(words)}
    layers = lay_out(len(words), [(number[low], number[high]) for low, high, _ in edges])
    boxes = [text_width(shortened(word)) + 2 * _PAD for word in words]
    num_layers = max(layers.layer, default=0) + 1
    widths = [
        max((b for b, at in zip(boxes, layers.layer, strict=True) if at == n), default=0) for n in range(num_layers)
    ]
    lefts = [_MARGIN + sum(widths[:n]) + _GAP * n for n in range(num_layers)]
    lowest = max([*layers.place, *(place for route in layers.routes for _, place in route)], default=0.0)
    width, height = lefts[-1] + widths[-1] + _MARGIN, 2 * _MARGIN + _BOX + lowest * _ROW

    def middle(place: float) -> float:
        return _MARGIN + _BOX / 2 + place * _ROW

    lines = opening(width, height)
    for (low, high, probability), route in zip(edges, layers.routes, strict=True):
        points = [(lefts[route[0][0]], middle(route[0][1]))]
        for layer, place in route[1:-1]:  # straight through the columns between
            points += [(lefts[layer] + widths[layer], middle(place)), (lefts[layer], middle(place))]
        points.append((lefts[route[-1][0]] + boxes[number[high]], middle(route[-1][1])))
        tip = f"{as_markup(low)} is a kind of {as_markup(high)}: {probability:.3f}"
        lines.append(
            f'<path d="{_curve(points)}" fill="none" stroke="#767676" stroke-width="{0.6 + 1.6 * probability:.2f}" '
            f'stroke-opacity="{0.35 + 0.65 * max(0.0, 2 * probability - 1):.2f}"><title>{tip}</title></path>'
        )
    for word, box, layer, place in zip(words, boxes, layers.layer, layers.place, strict=True):
        top, is_marked = middle(place) - _BOX / 2, word in marked
        fill, ink = (PALETTE[0], "#ffffff") if is_marked else ("#f4f6f8", "#222222")
        lines.append(
            f'<g><title>{as_markup(word)}</title><rect x="{lefts[layer]:.1f}" y="{top:.1f}" width="{box:.1f}" '
            f'height="{_BOX}" rx="4" fill="{fill}" stroke="{PALETTE[0]}" stroke-opacity="0.5"/>'
            f'<text x="{lefts[layer] + box / 2:.1f}" y="{top + _BOX / 2 + 0.35 * SIZE:.1f}" text-anchor="middle" '
            f'fill="{ink}" unicode-bidi="plaintext">{as_markup(shortened(word))}</text></g>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through points that leaves and meets every column level."""
    x, y = points[0]
    parts = [f"M{x:.1f} {y:.1f}"]
    for step, (to_x, to_y) in enumerate(points[1:]):
        bend = (x + to_x) / 2
        is_across = step % 2 == 0  # from column to column; the others are along a column
        parts.append(
            f"C{bend:.1f} {y:.1f} {bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
            if is_across
            else f"L{to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return "".join(parts)


def _quoted(word: str) -> str:
    clean = writable(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clean}"'
