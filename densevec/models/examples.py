"""What the network that decides entailment is fitted to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Examples(NamedTuple):
    """Pairs of rows, what is known of them, whether they entail, and what they count."""

    features: npt.NDArray[np.float64]
    label: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    narrow: npt.NDArray[np.int64]
    broad: npt.NDArray[np.int64]
