"""Every estimator of the list, small enough to train in a second or two."""

from __future__ import annotations

from typing import Any

import densevec.models
from densevec import Aviary
from densevec.models.base import Estimator

ESTIMATORS = {name: getattr(densevec.models, name) for name in densevec.models.__all__}
NUM_SENTENCES = 400
# what makes any of them small; a parameter that an estimator lacks is left out
SMALL: dict[str, Any] = {
    "dim": 8,
    "epochs": 2,
    "min_count": 1,
    "batch_size": 128,
    "negative": 5,
    "noise_size": 32,
    "hidden": 8,
    "workers": 1,
    "device": "cpu",
}


def make(kind: type[Estimator], corpus: Any = None, **changes: Any) -> Estimator:
    known = kind._defaults()
    small = {name: value for name, value in SMALL.items() if name in known}
    return kind(Aviary(NUM_SENTENCES) if corpus is None else corpus, **{**small, **changes})
