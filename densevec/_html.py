"""Pieces of HTML that objects show themselves by in a notebook; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_LONGEST = 120  # characters of a cell
_CELL = "padding:.1em .7em;text-align:left;white-space:pre;"
_NUMBER = "padding:.1em .7em;text-align:right;font-variant-numeric:tabular-nums;"

# XML has no such characters, and an unpaired surrogate cannot be written.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


def writable(text: str) -> str:
    r"""A text without the characters that no page and no picture can have.

    >>> writable("a\x00b")
    'a\ufffdb'
    """
    return _UNWRITABLE.sub("\ufffd", text)


def escaped(text: object) -> str:
    """Text as HTML that shows it, cut where it is very long.

    >>> escaped("<b>"), escaped(Markup("<b>"))
    ('&lt;b&gt;', '<b>')
    """
    if isinstance(text, Markup):
        return str(text)
    import html  # whose tables only a notebook needs

    plain = writable(str(text))
    return html.escape(plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…")


def bar(share: float) -> Markup:
    """A bar that is filled up to a share from 0 to 1, with the number beside it.

    >>> "width:25%" in bar(0.25)
    True
    """
    outer = (
        "display:inline-block;width:6em;height:.7em;border:1px solid currentColor;border-radius:2px;margin-right:.5em;"
    )
    inner = f"display:block;width:{100 * share:.0f}%;height:100%;background:#4c78a8;"
    return Markup(f'<span style="{outer}"><span style="{inner}"></span></span>{share:.2f}')


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Rows under a heading; numbers stand to the right."""
    head = "".join(f'<th style="{_CELL}">{escaped(name)}</th>' for name in heading)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return Markup(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def block(title: object, about: object, *parts: str) -> str:
    """A title, what is said of it, and what comes below."""
    return (
        '<div style="line-height:1.4;unicode-bidi:plaintext">'
        f"<strong>{escaped(title)}</strong> <span>{escaped(about)}</span>{''.join(map(escaped, parts))}</div>"
    )


def folded(title: object, content: str) -> Markup:
    """What is shown when its title is clicked."""
    return Markup(f"<details><summary>{escaped(title)}</summary>{escaped(content)}</details>")


def _cell(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = f"{value:,}" if isinstance(value, int) and is_number else f"{value:.4g}" if is_number else value
    return f'<td style="{_NUMBER if is_number else _CELL}">{escaped(text)}</td>'
