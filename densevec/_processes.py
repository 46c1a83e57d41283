"""Whether torchrun has started this process as one of several, and which one: read from what it sets, without torch."""

from __future__ import annotations

import os

_TOLD_BY = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID")


def is_distributed() -> bool:
    """Whether torchrun has started this process as one of several."""
    return all(name in os.environ for name in _TOLD_BY) and os.environ["WORLD_SIZE"] != "1"


def is_first() -> bool:
    """Whether this process is the one that writes and prints."""
    return not is_distributed() or os.environ["RANK"] == "0"
