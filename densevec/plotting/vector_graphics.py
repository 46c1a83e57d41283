"""Pictures that are written as vector graphics by ourselves, in the fonts of whoever looks at them."""

from __future__ import annotations

import unicodedata
from html import escape

from densevec._html import writable

SIZE, _LETTER = 14, 0.6  # pixels of the type; width of a letter as a share of it
_WIDE = 1.05  # of a letter of East Asia


def opening(width: float, height: float) -> list[str]:
    """How a picture of so many pixels begins, on white."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-size="{SIZE}" '
        f"font-family=\"system-ui, 'DejaVu Sans', 'Noto Sans CJK SC', sans-serif\">",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    ]


def text_width(text: str) -> float:
    """About how wide a text is; no font is asked, since the reader's is not known."""
    letters = 0.0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Cf"):
            continue
        letters += _WIDE if unicodedata.east_asian_width(character) in "WF" else _LETTER
    return SIZE * letters


def as_markup(text: str) -> str:
    """A text as markup that shows it.

    >>> as_markup("<b>")
    '&lt;b&gt;'
    """
    return escape(writable(text))
