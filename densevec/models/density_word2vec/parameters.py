"""What DensityWord2Vec is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._parameters import Constraints, param
from densevec._validation import Interval
from densevec.errors import ParameterError
from densevec.models.parameters import HasSubwords, PredictsWindows, ReadsEvidence


def _bounds_have_room(settings: DensityParameters) -> None:
    if settings.min_variance > settings.max_variance:
        raise ParameterError(
            f"min_variance must be at most max_variance {settings.max_variance}, got {settings.min_variance}"
        )


def _mixtures_are_whole(settings: DensityParameters) -> None:
    if settings.subwords is not None and settings.components > 1:
        raise ParameterError(f"subwords must be None for components above 1, got {settings.subwords}")


class DensityParameters(PredictsWindows, HasSubwords, ReadsEvidence):
    """Parameters of Gaussian embeddings by max margin."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {"components": (1,)}
    constraints: ClassVar[Constraints] = (_bounds_have_room, _mixtures_are_whole)

    dim: int = param(default=100, kw_only=False, text="dimension of the space")
    energy: Literal["kl", "expected_likelihood"] = param(
        default="kl", text='of a pair: −KL(context‖word) ("kl"), or the "expected_likelihood", which is symmetric'
    )
    covariance: Literal["spherical", "diag"] = param(
        default="spherical", text='one variance a density ("spherical"), or one for each dimension ("diag")'
    )
    components: int = param(default=1, rule=Interval(int, 1, 100), text="Gaussians a word")
    noise_words: int = param(
        default=16,
        rule=Interval(int, 1, 10_000),
        text="noise words that a token sees, each standing for negative/noise_words of them",
    )
    noise_tokens: int = param(default=8, rule=Interval(int, 1, 10_000), text="tokens in a row that see a noise word")
    margin: float = param(
        default=1.0,
        rule=Interval(float, 0),
        text="by which a context word's energy should exceed a noise word's, in nats",
    )
    norm_bound: float = param(default=10.0, rule=Interval(float, 0, open_low=True), text="largest norm of a mean")
    min_variance: float = param(default=0.1, rule=Interval(float, 1e-8, 1e8), text="lower bound of a variance")
    max_variance: float = param(default=5.0, rule=Interval(float, 1e-8, 1e8), text="upper bound of a variance")
    batch_size: int = param(
        default=256, engine="torch", text="tokens of a step of the torch engine; the fused engine steps at every token"
    )
    learning_rate: float = param(default=2.0, text="Adagrad's rate for the means")
    variance_learning_rate: float = param(
        default=0.05, rule=Interval(float, 0), text="Adagrad's rate for the log variances"
    )
    min_learning_rate: float = param(default=0.02)
    engine: Literal["auto", "fused", "torch"] = param(
        default="auto",
        text='"fused" trains with compiled kernels on a CPU, "torch" on any device; "auto" takes the first for one '
        "component on a CPU, else the second",
    )
    workers: int = param(
        default=1, text="threads; with more than one the fused engine's result is not the same every time"
    )
    device: str = param(
        default="auto",
        text='"auto" takes a GPU if there is one and ``engine`` is not "fused"; or "cpu", "cuda", "cuda:1"',
    )
