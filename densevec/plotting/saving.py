"""A map in a file of the kind that its name says."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

from densevec._validation import as_path
from densevec.errors import ParameterError
from densevec.formats.atomic import write_atomically
from densevec.plotting.drawing import draw_figure
from densevec.plotting.fonts import Font
from densevec.plotting.interactive import Neighbours, draw_page
from densevec.plotting.layout import Layout, Level
from densevec.plotting.style import drawing_style

ENDINGS = (".png", ".svg", ".html")
_DOTS_AN_INCH = 200


def picture_ending(path: str | os.PathLike[str]) -> str:
    """The ending of a picture's name; ParameterError for another.

    >>> picture_ending("maps/Birds.SVG")
    '.svg'
    """
    ending = os.path.splitext(as_path(path))[1].lower()
    if ending not in ENDINGS:
        raise ParameterError(f"the picture's name must end in .png, .svg or .html, got {as_path(path)!r}")
    return ending


def save_map(
    word_map: Layout,
    path: str | os.PathLike[str],
    level: Level = "auto",
    *,
    font: Font | None = None,
    neighbours: Sequence[Neighbours] | None = None,
    measure: str = "cosine",
    title: str = "",
) -> None:
    """Write a map as a picture (.png, .svg: matplotlib) or as an interactive page (.html: plotly), all or nothing.

    The same map is the same file, byte for byte, with the same versions of the packages that draw it and, for words
    that need other fonts than matplotlib's own, the same fonts.

    Parameters
    ----------
    level : the share of the mass of a projected density that its ellipse holds; None draws none, "auto" those of 0.5
        for at most twelve words
    font : of a picture, by name or file; see ``draw_figure``
    neighbours, measure, title : of a page; see ``draw_page``

    Raises
    ------
    ParameterError
        For another ending, a level out of bounds, or a font that is not there or is meant for a page.
    MissingPackageError
        If the package that draws is not installed.
    FileError
        If the file cannot be written.
    """
    ending = picture_ending(path)
    if ending == ".html":
        if font is not None:
            raise ParameterError(
                f"font must be None for an .html page, which is in the browser's fonts, got {font!r:.80}"
            )
        data = draw_page(word_map, level, neighbours=neighbours, measure=measure, title=title).encode()
    else:
        data = _picture(word_map, ending.removeprefix("."), level, font)
    write_atomically(path, [data], len(data))


def _picture(word_map: Layout, kind: str, level: Level, font: Font | None) -> bytes:
    figure, buffer = draw_figure(word_map, level, font), io.BytesIO()
    # No date and no version: the same map is the same file.
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with drawing_style():
        figure.savefig(buffer, format=kind, dpi=_DOTS_AN_INCH, metadata=metadata)
    return buffer.getvalue()
