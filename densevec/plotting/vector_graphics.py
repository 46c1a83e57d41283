"""Pictures that are written as vector graphics by ourselves, in the fonts of whoever looks at them."""

from __future__ import annotations

from html import escape

from densevec._html import writable
from densevec._unicode import columns_of

SIZE = 14  # pixels of the type
_WIDTHS = (0.0, 0.6, 1.05)  # of a character of no column, one or two, as shares of it


def opening(width: float, height: float) -> list[str]:
    """How a picture of so many pixels begins, on white."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-size="{SIZE}" '
        f"font-family=\"system-ui, 'DejaVu Sans', 'Noto Sans CJK SC', sans-serif\">",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    ]


def text_width(text: str, size: float = SIZE) -> float:
    """About how wide a text of so many pixels' type is; no font is asked, since the reader's is not known."""
    return size * sum(_WIDTHS[columns_of(character)] for character in text)


def as_markup(text: str) -> str:
    """A text as markup that shows it.

    >>> as_markup("<b>")
    '&lt;b&gt;'
    """
    return escape(writable(text))
