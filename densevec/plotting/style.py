"""How pictures look, whatever the user's own settings of matplotlib say."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from densevec.errors import FormatWarning
from densevec.plotting.packages import require

FAINT, TICKS, GRID = "#595959", "#767676", "#ededed"
CAPTION_SIZE = 7.0  # of text, in points as all sizes of text

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
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
def drawing_style() -> Iterator[None]:
    """matplotlib's own defaults and ours on top; one FormatWarning instead of one for each missing character.

    Raises
    ------
    ParameterError
        If matplotlib is not installed.
    """
    style = require("matplotlib.style", "a picture")
    with style.context(["default", _STYLE]), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    is_character = ["missing from font" in str(warning.message) for warning in caught]
    for warning, is_known in zip(caught, is_character, strict=True):
        if not is_known:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if any(is_character):
        message = (
            "the font of pictures, DejaVu Sans, lacks characters of these words and boxes stand for them; "
            "an .html page shows them in the browser's fonts"
        )
        warnings.warn(FormatWarning(message), stacklevel=4)
