"""How pictures look, whatever the user's own settings of matplotlib say."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from densevec._packages import import_package
from densevec.plotting.fonts import USUAL

FAINT, TICKS, GRID = "#595959", "#767676", "#ededed"
CAPTION_SIZE = 7.0  # of text, in points as all sizes of text

_STYLE: dict[str, Any] = {
    "svg.hashsalt": "densevec",  # the same picture has the same identifiers
    "svg.fonttype": "path",  # labels have been fitted to this very font
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT,
    "axes.labelsize": CAPTION_SIZE + 1,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": TICKS,
    "ytick.labelcolor": TICKS,
    "xtick.labelsize": CAPTION_SIZE,
    "ytick.labelsize": CAPTION_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
}


@contextmanager
def drawing_style(families: Sequence[str] = (USUAL,)) -> Iterator[None]:
    """matplotlib's own defaults and ours on top, with fonts of these families.

    What matplotlib says of characters and weights that a font lacks is not passed on: ``choose_families`` has said it.

    Raises
    ------
    MissingPackageError
        If matplotlib is not installed.
    """
    style = import_package("matplotlib.style", "a picture", "plot")
    fonts = logging.getLogger("matplotlib.font_manager")
    fonts.addFilter(_is_no_weight)
    try:
        with style.context(["default", {**_STYLE, "font.family": list(families)}]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*missing from font")
            yield
    finally:
        fonts.removeFilter(_is_no_weight)


def _is_no_weight(record: logging.LogRecord) -> bool:
    """Most fonts of other scripts have no bold style, and what is drawn instead is right."""
    return "font weight" not in record.getMessage()
