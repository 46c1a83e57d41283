"""The reports of all epochs as arrays, so that a file holds any number of them: its header is bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.training.state import EpochReport

Array = npt.NDArray[Any]
_FIGURES, _KINDS, _COUNTS = "history.figures", "history.kinds", "history.counts"
_TERMS, _VALIDATION = "terms.", "validation."  # prefixes of the names of columns
_ABSENT, _NAN, _HIGH, _LOW = 1, 2, 3, 4  # kinds of what is no finite number, which files do not keep; 0 is one
_VALUES = np.array([0.0, np.nan, np.nan, np.inf, -np.inf])  # of each kind


def to_arrays(history: Sequence[EpochReport]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Arrays of E reports, and what names them.

    "history.counts" (E, 2) int64 has number of the epoch and tokens; "history.figures" (E, C) float64 the figures of
    the named columns, and "history.kinds" (E, C) uint8 which of them are absent (1), nan (2), inf (3) or −inf (4),
    with 0 in their place.

    >>> arrays, names = to_arrays([EpochReport(0, 2.5, {"kl": 2.5}, None, 10, 100.0)])
    >>> names["columns"], arrays["history.figures"].tolist()
    (['loss', 'words_per_second', 'terms.kl'], [[2.5, 100.0, 2.5]])
    """
    rows = [_figures(report) for report in history]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    figures = np.array([[row.get(name, np.nan) for name in columns] for row in rows]).reshape(len(rows), len(columns))
    kinds = np.select([np.isnan(figures), figures == np.inf, figures == -np.inf], [_NAN, _HIGH, _LOW]).astype(np.uint8)
    for position, name in enumerate(columns):
        kinds[[name not in row for row in rows], position] = _ABSENT
    counts = np.array([[report.epoch, report.num_tokens] for report in history], np.int64).reshape(len(rows), 2)
    arrays = {_FIGURES: np.where(kinds == 0, figures, 0.0), _KINDS: kinds, _COUNTS: counts}
    return arrays, {"columns": columns, "unit": history[-1].unit if history else "words"}


def from_arrays(arrays: Mapping[str, Array], names: Mapping[str, Any]) -> list[EpochReport]:
    """The reverse of ``to_arrays``; KeyError, TypeError or ValueError where the parts do not go together."""
    figures, kinds, counts = arrays[_FIGURES], arrays[_KINDS], arrays[_COUNTS]
    columns, unit = names["columns"], names["unit"]
    if not isinstance(unit, str) or not all(isinstance(name, str) for name in columns):
        raise TypeError("the history's unit and columns must be strings")
    shape = len(counts), len(columns)
    if figures.shape != shape or kinds.shape != shape or counts.shape != (shape[0], 2):
        raise ValueError(f"the history's arrays must be of {shape[0]} epochs and {shape[1]} columns")
    if figures.dtype != np.float64 or counts.dtype != np.int64 or not np.isin(kinds, range(len(_VALUES))).all():
        raise ValueError("the history's arrays must be float64, int64, and kinds from 0 to 4")
    values = np.where(kinds == 0, figures, _VALUES[kinds.astype(np.int64)]).tolist()
    history = []
    for row, of_row, (epoch, num_tokens) in zip(values, kinds.tolist(), counts.tolist(), strict=True):
        present = {name: value for name, value, kind in zip(columns, row, of_row, strict=True) if kind != _ABSENT}
        history.append(_report(present, epoch, num_tokens, unit))
    return history


def _figures(report: EpochReport) -> dict[str, float]:
    own = {"loss": report.loss, "words_per_second": report.words_per_second}
    own |= {_TERMS + name: value for name, value in report.terms.items()}
    return own | {_VALIDATION + name: value for name, value in (report.validation or {}).items()}


def _report(figures: Mapping[str, float], epoch: int, num_tokens: int, unit: str) -> EpochReport:
    terms, validation = (
        {name.removeprefix(prefix): value for name, value in figures.items() if name.startswith(prefix)}
        for prefix in (_TERMS, _VALIDATION)
    )
    return EpochReport(epoch, figures["loss"], terms, validation or None, num_tokens, figures["words_per_second"], unit)
