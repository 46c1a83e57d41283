"""Models of how often words stand near each other: what they are told, and their matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from densevec._parameters import Parameters, param
from densevec.corpus import EncodedCorpus
from densevec.corpus.cooccurrence import MEMORY_LIMIT, RULES, count_cooccurrences
from densevec.models.preparation import chosen
from densevec.training.progress import Progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_COUNTING = ("window", "distance_weighting", "context", "memory_limit", "cache_dir", "workers")


class CountsNeighbours(Parameters):
    """Which neighbours of a word count, and how much."""

    window: int = param(default=10, rule=RULES["window"], text="most context words on either side")
    context: Literal["both", "left", "right"] = param(
        default="both", text="the side of a word on which its context words stand"
    )
    distance_weighting: Literal["none", "harmonic", "linear"] = param(
        default="linear",
        text='what a word d places away counts: 1 ("none"), 1/d ("harmonic"), (window + 1 − d)/window ("linear")',
    )
    memory_limit: int = param(
        default=MEMORY_LIMIT, rule=RULES["memory_limit"], text="bytes for counting, beyond which files are used"
    )


def count_neighbours(encoded: EncodedCorpus, settings: Any, progress: bool | None) -> csr_array:
    """The matrix (V, V) float32 that the settings of an estimator want; ``progress`` as in ``train``."""
    with Progress(len(encoded.ids), enabled=progress, task="counting neighbours") as bar:
        return count_cooccurrences(encoded, progress=bar.add, **chosen(settings, *_COUNTING))
