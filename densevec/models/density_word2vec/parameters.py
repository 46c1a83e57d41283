"""What DensityWord2Vec is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._parameters import Constraints, param
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

    energy: Literal["kl", "expected_likelihood"] = param(
        default="kl", text='of a pair: −KL(context‖word) ("kl"), or the "expected_likelihood", which is symmetric'
    )
    covariance: Literal["spherical", "diag"] = param(
        default="spherical", text='one variance a density ("spherical"), or one for each dimension ("diag")'
    )
    components: int = param(default=1, low=1, high=100, text="Gaussians a word")
    noise_words: int = param(
        default=16, low=1, high=10_000, text="noise words that a token sees, each for negative/noise_words of them"
    )
    noise_tokens: int = param(default=8, low=1, high=10_000, text="tokens in a row that see a noise word")
    margin: float = param(
        default=1.0, low=0, text="by which a context word's energy should exceed a noise word's, in nats"
    )
    norm_bound: float = param(default=10.0, above=0, text="largest norm of a mean")
    min_variance: float = param(default=0.1, low=1e-8, high=1e8, text="lower bound of a variance")
    max_variance: float = param(default=5.0, low=1e-8, high=1e8, text="upper bound of a variance")
    batch_size: int = param(default=256, engine="torch", text="tokens of a step")
    learning_rate: float = param(default=2.0, text="Adagrad's rate for the means")
    variance_learning_rate: float = param(default=0.05, low=0, text="Adagrad's rate for the log variances")
    min_learning_rate: float = param(default=0.02)
