"""How words differ between two models, as a picture: each neighbour and broader word with a dot for each model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec._roles import as_objects
from densevec._validation import as_path
from densevec.errors import ParameterError
from densevec.evaluation.comparison import WordComparison
from densevec.formats.atomic import write_atomically
from densevec.plotting.colours import PALETTE, text_colour
from densevec.plotting.readings import shortened
from densevec.plotting.vector_graphics import SIZE, as_markup, opening, text_width

_INK, _FAINT, _GRID = "#222222", "#595959", "#e3e3e3"
# Pixels: of a row, of the scale of a panel, between panels, around all, above a word's rows, of a dot
_ROW, _SCALE, _GAP, _MARGIN, _HEAD, _DOT = 21, 240, 44, 24, 70, 5
_SMALL, _LARGE = 12, 17  # of the type of captions, of a word
_LEAST_LABEL, _MOST_LABEL = 90, 260

Values = tuple[float | None, float | None]  # in the first and the second model; None where one lacks the word


@dataclass(frozen=True)
class Panel:
    """Rows of a label and its values in the two models, on one scale."""

    title: str
    rows: Sequence[tuple[str, Values]]
    low: float
    high: float


def save_changes(
    found: Iterable[WordComparison],
    first: Any,
    second: Any,
    path: str | os.PathLike[str],
    names: tuple[str, str] = ("the first", "the second"),
) -> None:
    """Write what ``compare_words(first, second, ...)`` has found as an .svg file, all or nothing.

    A word has two panels: the words that are near it in either model, with the cosines that they have in each, and
    those that it entails, with the probabilities.  A line joins a word's two dots: what has moved away is above, what
    has come nearer below.  Nothing is projected: every dot is a number of the models.  At the end stands how general
    the words are in each, from 0 to 1.  Vectors without densities have neighbours alone.

    Raises
    ------
    ParameterError
        For another ending than .svg.
    MissingPackageError
        If matplotlib is not installed.
    FileError
        If the file cannot be written.
    """
    changes_ending(path)
    found = as_objects(found, WordComparison, "found", "compare_words")
    data = draw_changes(found, first, second, names).encode("utf-8")
    write_atomically(path, [data], len(data))


def changes_ending(path: str | os.PathLike[str]) -> str:
    """The ending of the picture's name; ParameterError for another than .svg."""
    ending = os.path.splitext(as_path(path))[1].lower()
    if ending != ".svg":
        raise ParameterError(f"the picture's name must end in .svg, got {as_path(path)!r}")
    return ending


def draw_changes(found: Sequence[WordComparison], first: Any, second: Any, names: tuple[str, str]) -> str:
    """The picture; the same for the same models and words."""
    blocks = [(each, _panels(each, first, second)) for each in found]
    label = _label_width([row for _, panels in blocks for panel in panels for row, _ in panel.rows])
    general = _generality(found)
    num_panels = max([len(panels) for _, panels in blocks], default=1)
    lines, widest = _legend(names)
    captions = [*map(_places_of, found), *([] if general is None else [general.title])]
    widths = [num_panels * (label + _SCALE) + (num_panels - 1) * _GAP, widest]
    widths += [text_width(caption, _SMALL) for caption in captions]
    widths += [text_width(shortened(each.word), _LARGE) for each in found]
    top = float(_MARGIN + 2 * SIZE)
    for each, panels in blocks:
        lines += _heading(each, top)
        for number, panel in enumerate(panels):
            left = _MARGIN + number * (label + _SCALE + _GAP)
            lines += _draw_panel(panel, left, top + _HEAD, label)
        top += _HEAD + _ROW * (max(len(panel.rows) for panel in panels) + 2)
    if general is not None:
        lines += _draw_panel(general, _MARGIN, top + _HEAD / 2, label)
        top += _HEAD / 2 + _ROW * (len(general.rows) + 2)
    return "\n".join([*opening(max(widths) + 2 * _MARGIN, top + _MARGIN / 2), *lines, "</svg>"]) + "\n"


def _panels(found: WordComparison, first: Any, second: Any) -> list[Panel]:
    near = _rows(found.neighbours, first, second, lambda vectors, word: float(vectors.similarity(found.word, word)))
    values = [value for _, pair in near for value in pair if value is not None]
    low = float(np.floor(2 * min([0.0, *values])) / 2)
    panels = [Panel("nearest words, by cosine", near, low, 1.0)]
    if found.hypernyms is not None:
        broad = _rows(
            found.hypernyms,
            first,
            second,
            lambda vectors, word: float(vectors.entailment_probability(found.word, word)),
        )
        if broad:
            panels.append(Panel("what it is a kind of, by probability", broad, 0.0, 1.0))
    return panels


def _rows(
    ranked: tuple[Sequence[tuple[str, float]], ...], first: Any, second: Any, value: Callable[[Any, str], float]
) -> list[tuple[str, Values]]:
    """Every word of either list with its values in both models, those first that lose most from first to second."""
    words = dict.fromkeys(word for each in ranked for word, _ in each)
    rows: list[tuple[str, Values]] = []
    for word in words:
        ours, theirs = (value(vectors, word) if word in vectors else None for vectors in (first, second))
        rows.append((word, (ours, theirs)))
    return sorted(rows, key=lambda row: (row[1][1] or 0.0) - (row[1][0] or 0.0))


def _generality(found: Sequence[WordComparison]) -> Panel | None:
    rows = [(each.word, each.generality) for each in found if each.generality is not None]
    title = "how general the words are: the share of a model's words that are less so"
    return Panel(title, rows, 0.0, 1.0) if rows else None


def _label_width(words: Sequence[str]) -> float:
    widest = max((text_width(shortened(word)) for word in words), default=0.0)
    return min(max(widest + 14, _LEAST_LABEL), _MOST_LABEL)


def _legend(names: tuple[str, str]) -> tuple[list[str], float]:
    """Whose dots have which colour, and how wide that is; full ones for the first, rings for the second, for eyes that
    see no colours."""
    lines, left = [], float(_MARGIN)
    for side, name in enumerate(names):
        lines.append(_dot(side, left + _DOT, _MARGIN + 2, name))
        lines.append(_text(left + 3 * _DOT + 2, _MARGIN + 7, shortened(name), text_colour(PALETTE[side])))
        left += 5 * _DOT + 16 + text_width(shortened(name))
    return lines, left - _MARGIN


def _heading(found: WordComparison, top: float) -> list[str]:
    return [
        _text(_MARGIN, top + 22, shortened(found.word), _INK, f'font-weight="bold" font-size="{_LARGE}"'),
        _text(_MARGIN, top + 40, _places_of(found), _FAINT, f'font-size="{_SMALL}"'),
    ]


def _places_of(found: WordComparison) -> str:
    return f"cosine {found.cosine:.2f} between its two places, {100 * found.shared:.0f} % of the neighbours shared"


def _draw_panel(panel: Panel, left: float, top: float, label: float) -> list[str]:
    """A panel whose scale begins ``label`` pixels right of ``left``; its rows begin at ``top``."""

    def place(value: float) -> float:
        return left + label + _SCALE * (value - panel.low) / (panel.high - panel.low)

    bottom = top + _ROW * len(panel.rows)
    lines = [_text(left, top - 6, panel.title, _FAINT, f'font-size="{_SMALL}"')]
    for value in np.arange(panel.low, panel.high + 1e-9, 0.2 if panel.low >= 0 else 0.5):
        at = place(float(value))
        lines.append(f'<path d="M{at:.1f} {top:.1f}V{bottom + 4:.1f}" stroke="{_GRID}"/>')
        lines.append(
            _text(at, bottom + 18, f"{float(value) + 0.0:.1f}", _FAINT, f'font-size="{_SMALL}" text-anchor="middle"')
        )
    for number, (word, values) in enumerate(panel.rows):
        lines += _draw_row(word, values, left, top + _ROW * (number + 0.5), label, place)
    return lines


def _draw_row(
    word: str, values: Values, left: float, middle: float, label: float, place: Callable[[float], float]
) -> list[str]:
    known = [value for value in values if value is not None]
    told = ", ".join("no word of it" if value is None else f"{value:.3f}" for value in values)
    anchor = 'text-anchor="end" unicode-bidi="plaintext"'
    if (wide := text_width(shortened(word))) > label - 14:
        anchor += f' textLength="{label - 14:.0f}" lengthAdjust="spacingAndGlyphs"' if wide else ""
    lines = ["<g>", f"<title>{as_markup(word)}: {told}</title>"]
    lines.append(_text(left + label - 12, middle + 0.35 * SIZE, shortened(word), _INK, anchor))
    if len(known) == 2:
        begin, end = place(known[0]), place(known[1])
        lines.append(f'<path d="M{begin:.1f} {middle:.1f}H{end:.1f}" stroke="#9a9a9a" stroke-width="2"/>')
    elif known:
        at, is_right = place(known[0]), place(known[0]) > left + label + _SCALE / 2
        more = f'font-size="{_SMALL}" text-anchor="{"end" if is_right else "start"}"'
        lines.append(_text(at + (-2 if is_right else 2) * _DOT, middle + 0.3 * SIZE, "in this one only", _FAINT, more))
    lines += [_dot(side, place(value), middle, "") for side, value in enumerate(values) if value is not None]
    return [*lines, "</g>"]


def _dot(side: int, x: float, y: float, title: str) -> str:
    fill = PALETTE[0] if side == 0 else "#ffffff"
    inner = f"<title>{as_markup(title)}</title>" if title else ""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}" fill="{fill}" stroke="{PALETTE[side]}" stroke-width="2.4">'
        f"{inner}</circle>"
    )


def _text(x: float, y: float, text: str, colour: str, more: str = "") -> str:
    space = " " if more else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{space}{more}>{as_markup(text)}</text>'
