"""Direction of entailment: of two words that do entail, which is the narrow one?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.corpus.lines import Source
from densevec.evaluation._counts import log_counts, mean_log_variances
from densevec.evaluation._protocols import Entailments
from densevec.evaluation._reading import beyond_unknown, check_entailment, find_pairs
from densevec.evaluation._statistics import figure
from densevec.evaluation._tables import Columns, read_labelled_pairs


@dataclass(frozen=True)
class DirectionResult:
    """Share of true pairs whose direction is right, and that of the baselines (nan when they cannot tell)."""

    accuracy: float
    used: int
    total: int
    baselines: dict[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → pairs

    def as_dict(self) -> dict[str, Any]:
        baselines = {name: figure(accuracy) for name, accuracy in self.baselines.items()}
        report = {"accuracy": figure(self.accuracy), "used": self.used, "total": self.total, "baselines": baselines}
        return report | beyond_unknown(self.left_out)


def evaluate_direction(vectors: Entailments, path: Source, *, columns: Columns | None = None) -> DirectionResult:
    """Share of true pairs with entailment(narrow, broad) > entailment(broad, narrow).

    Only the pairs of the file labelled true, with both words known, take part.  Baselines on the same pairs:
    ``frequency``, the broad word is the more frequent; ``variance``, the broad word has the greater mean log
    variance.  A tie is not right, here or there: a score that cannot tell has not told.  The file is read as
    ``evaluate_entailment`` reads it, with the same errors.
    """
    check_entailment(vectors)
    pairs = [pair[:2] for pair in read_labelled_pairs(path, columns) if pair.value]
    known = find_pairs(vectors, pairs)
    narrow, broad = known.first, known.second
    forwards = vectors.entailment_batch(narrow, broad)
    backwards = vectors.entailment_batch(broad, narrow)
    baselines = {
        "frequency": _compare(log_counts(vectors, broad), log_counts(vectors, narrow)),
        "variance": _compare(mean_log_variances(vectors, broad), mean_log_variances(vectors, narrow)),
    }
    return DirectionResult(_compare(forwards, backwards), len(narrow), len(pairs), baselines, known.left_out)


def _compare(should_be_greater: Sequence[float] | npt.NDArray[Any] | None, than: Any) -> float:
    """Share of places where the first is strictly greater; nan when there is nothing to compare."""
    if should_be_greater is None or than is None or len(should_be_greater) == 0:
        return math.nan
    return float(np.mean(np.asarray(should_be_greater, dtype=np.float64) > np.asarray(than, dtype=np.float64)))
