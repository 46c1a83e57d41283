"""What skip-gram and CBOW are told alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from densevec._parameters import param
from densevec.models.parameters import OF_NOISE, HasSubwords, PredictsWindows, PredictsWords


class PointParameters(PredictsWords, PredictsWindows, HasSubwords):
    """What both have in common."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {"output_layer": ("negative", "nce", "hierarchical")}

    noise_size: int = param(default=256, engine="torch")
    noise_words: int = param(
        default=48, low=1, high=10_000, engine="fused", belongs_to=OF_NOISE, text="noise words that each token sees"
    )
    noise_tokens: int = param(
        default=32,
        low=1,
        high=10_000,
        engine="fused",
        belongs_to=OF_NOISE,
        text="tokens in a row that see a noise word; the more, the faster. SkipGram learns from up to 32 of them in a "
        "step, unless noise words are so many, or words so few, that this would be too long a one",
    )
    batch_size: int = param(
        default=256, engine="torch", text="tokens of a step; beyond some 1,000 the learning rate has to be smaller"
    )
    learning_rate: float = param(default=0.03, text="of gradient descent, for each predicted word, as in word2vec")
    min_learning_rate: float = param(default=1e-4)
