"""Direction of entailment: of two words that do entail, which is the narrow one?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.corpus.lines import Source
from densevec.evaluation._counts import log_counts, mean_log_variances
from densevec.evaluation._protocols import Entailments
from densevec.evaluation._reading import beyond_unknown, check_entailment, find_pairs, score_entailment
from densevec.evaluation._statistics import figure
from densevec.evaluation._tables import Columns, read_labelled_pairs


@dataclass(frozen=True)
class DirectionResult:
    """Share of true pairs whose direction is right, and that of the baselines (nan when they cannot tell).

    ``balanced`` is the mean of the shares in the two halves in which the broad word is, and is not, the more frequent
    one of the pair, which frequency alone has .5 of; ``balanced_baselines`` those of the baselines.
    """

    accuracy: float
    used: int
    total: int
    baselines: dict[str, float] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → pairs
    balanced: float = math.nan
    balanced_baselines: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        baselines = {name: figure(accuracy) for name, accuracy in self.baselines.items()}
        report: dict[str, Any] = {"accuracy": figure(self.accuracy), "balanced": figure(self.balanced)}
        report |= {"used": self.used, "total": self.total, "baselines": baselines}
        report["balanced_baselines"] = {name: figure(share) for name, share in self.balanced_baselines.items()}
        return report | beyond_unknown(self.left_out)


def evaluate_direction(vectors: Entailments, path: Source, *, columns: Columns | None = None) -> DirectionResult:
    """Share of true pairs whose narrow word entails the broad one more than the other way round.

    That is by ``entailment_probability_batch`` where the vectors have it, else by ``entailment_batch``.

    Only the pairs of the file labelled true, with both words known, take part.  Baselines on the same pairs:
    ``frequency``, the broad word is the more frequent; ``variance``, the broad word has the greater mean log
    variance.  A tie is not right, here or there: a score that cannot tell has not told.  ``balanced`` is the mean of
    the two halves by frequency, of which equally frequent pairs are in the second.  The file is read as
    ``evaluate_entailment`` reads it, with the same errors.
    """
    check_entailment(vectors)
    pairs = [pair[:2] for pair in read_labelled_pairs(path, columns) if pair.value]
    known = find_pairs(vectors, pairs)
    narrow, broad = known.first, known.second
    right = {
        "ours": _is_right(score_entailment(vectors, narrow, broad), score_entailment(vectors, broad, narrow)),
        "frequency": _is_right(log_counts(vectors, broad), log_counts(vectors, narrow)),
        "variance": _is_right(mean_log_variances(vectors, broad), mean_log_variances(vectors, narrow)),
    }
    more_frequent = right["frequency"]
    accuracies = {name: math.nan if each is None else float(each.mean()) for name, each in right.items()}
    balanced = {name: _balanced(each, more_frequent) for name, each in right.items()}
    return DirectionResult(
        accuracies.pop("ours"), len(narrow), len(pairs), accuracies, known.left_out, balanced.pop("ours"), balanced
    )


def _is_right(should_be_greater: Any, than: Any) -> npt.NDArray[np.bool_] | None:
    """Where the first is strictly greater; None when there is nothing to compare."""
    if should_be_greater is None or than is None or len(should_be_greater) == 0:
        return None
    right: npt.NDArray[np.bool_] = np.asarray(should_be_greater, dtype=np.float64) > np.asarray(than, dtype=np.float64)
    return right


def _balanced(right: npt.NDArray[np.bool_] | None, group: npt.NDArray[np.bool_] | None) -> float:
    """The mean of the shares of two groups; nan without both."""
    if right is None or group is None or group.all() or not group.any():
        return math.nan
    return float((right[group].mean() + right[~group].mean()) / 2)
