"""What skip-gram and CBOW are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._parameters import param
from densevec._validation import Interval
from densevec.layers.output_names import OutputName
from densevec.models.parameters import HasSubwords, PredictsWindows

_OF_NOISE = ("output_layer", "negative", "nce")  # by which words are told from noise


class PointParameters(PredictsWindows, HasSubwords):
    """What both have in common."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {"output_layer": ("negative", "nce", "hierarchical")}

    output_layer: OutputName = param(
        default="negative",
        text='what predicts a word: "negative" sampling (no density model), "hierarchical" softmax over a Huffman '
        'tree, the "full" softmax, a softmax in two steps ("class", then word), noise-contrastive estimation ("nce"), '
        'or complementary sum sampling of the full softmax ("css")',
    )
    negative: int = param(
        default=5,
        belongs_to=_OF_NOISE,
        text="noise words for each predicted word, in expectation; for negative and nce",
    )
    ns_exponent: float = param(default=0.75, belongs_to=_OF_NOISE)
    noise_size: int = param(
        default=256,
        rule=Interval(int, 1),
        engine="torch",
        belongs_to=(*_OF_NOISE, "css"),
        text="torch engine: words drawn at each step and shared by its block: as noise, weighted so that every "
        "predicted word has ``negative`` of them, or as the complementary sample of css",
    )
    noise_words: int = param(
        default=48,
        rule=Interval(int, 1, 10_000),
        engine="fused",
        belongs_to=_OF_NOISE,
        text="fused engine: noise words that each token sees, weighted likewise",
    )
    noise_tokens: int = param(
        default=32,
        rule=Interval(int, 1, 10_000),
        engine="fused",
        belongs_to=_OF_NOISE,
        text="fused engine: tokens in a row that see a noise word; the more, the faster. SkipGram learns from up to "
        "32 of them in one step, unless noise words are so many, or words so few, that this would be too long a one",
    )
    batch_size: int = param(
        default=256,
        engine="torch",
        text="torch engine: tokens of a block, that is of a step, whose gradients are summed: beyond some 1,000 the "
        "learning rate has to be smaller",
    )
    learning_rate: float = param(
        default=0.03, text="of plain gradient descent, for each predicted word, as in word2vec"
    )
    min_learning_rate: float = param(default=1e-4)
    engine: Literal["auto", "fused", "torch"] = param(
        default="auto",
        text='"fused" trains by compiled kernels on a CPU, output layers "negative", "nce" and "hierarchical" only; '
        '"torch" trains all; "auto" takes the fused one where it can',
    )


class CBOWParameters(PointParameters):
    """What CBOW is told beyond them."""

    combine: Literal["mean", "sum"] = param(
        default="mean", text='the "mean" of the context words\' vectors, or their "sum"'
    )
    noise_words: int = param(default=10)
    noise_tokens: int = param(default=10)
    learning_rate: float = param(default=0.05)
