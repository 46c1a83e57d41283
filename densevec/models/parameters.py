"""Groups of parameters that models share, each declared once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar, Literal

from densevec._parameters import Constraints, Parameters, param
from densevec._validation import Function, Instance
from densevec.corpus.phrases import Phrases
from densevec.errors import ParameterError
from densevec.layers.output_names import OutputName

OF_NOISE = ("output_layer", "negative", "nce")  # by which words are told from noise


class CountsWords(Parameters):
    """Which words are kept."""

    min_count: int = param(default=5, low=1, text="words seen less often are left out")
    max_vocab_size: int | None = param(default=None, low=1, text="keep only so many words, the most frequent")
    trim_rule: Callable[[str, int, int], bool | None] | None = param(
        default=None,
        rule=Function("a function of a word, its count and the least count"),
        text="function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)",
    )


class JoinsPhrases(Parameters):
    """Neighbouring words that are one."""

    phrases: str | Phrases | None = param(
        default=None,
        rule=Instance((str, os.PathLike, Phrases), "Phrases, or the path of their file"),
        text="file, as densevec phrases writes, of what is one word in every text and sentence: new york is new_york",
    )


class HasSubwords(Parameters):
    """Words that are made of their character n-grams."""

    subwords: tuple[int, int] | None = param(
        default=None,
        low=1,
        high=100,
        text="shortest and longest character n-grams that words are made of beside themselves, (3, 6) in fastText; "
        "unknown words then have vectors too.  None for words alone",
    )
    buckets: int = param(
        default=2_000_000, low=1, high=2**30, belongs_to=("subwords",), text="rows that n-grams are hashed to"
    )


def num_ngrams(settings: Any) -> int:
    """Rows of n-grams that a model has beside those of its words; 0 where words are alone."""
    return settings.buckets if isinstance(settings, HasSubwords) and settings.subwords is not None else 0


class PredictsText(Parameters):
    """Text whose every token is predicted."""

    skip_symbols: bool = param(
        default=False,
        text='leave out "<s>" and "</s>" of the text; else an error, as ends of sentences are the model\'s',
    )


class HasDimension(Parameters):
    """The size of a vector."""

    dim: int = param(default=100, kw_only=False, low=1, text="dimension of the vectors")


class HasThreads(Parameters):
    """How many threads work."""

    workers: int = param(default=1, low=1, text="threads")


class HasSeed(Parameters):
    """Where randomness comes from."""

    seed: int = param(default=1, low=0, text="decides everything random")


class LooksThroughWindow(Parameters):
    """Tokens with the tokens around them."""

    window: int = param(default=5, low=1, high=1000, text="most context words on either side")
    shrink_windows: bool = param(
        default=True, text="draw each token's window uniformly from 1 to window, like word2vec"
    )
    sample: float = param(
        default=1e-3, low=0, high=1, text="words of frequency f stay with probability min(1, √(sample/f) + sample/f)"
    )


class DrawsNoise(Parameters):
    """Words to tell apart from those that are there."""

    negative: int = param(default=5, low=1, text="noise words for each context word, in expectation")
    ns_exponent: float = param(
        default=0.75, low=-10, high=10, text="noise words are drawn in proportion to count to this power"
    )


class PredictsWords(Parameters):
    """Words that an output layer predicts; with ``DrawsNoise``, of which some have a use."""

    output_layer: OutputName = param(
        default="negative",
        text='what predicts a word: "negative" sampling (no density model), noise-contrastive estimation ("nce"), '
        '"hierarchical" softmax over a tree, the "full" softmax, a softmax in two steps ("class", then word), or '
        'complementary sum sampling of the full softmax ("css")',
    )
    negative: int = param(default=5, belongs_to=OF_NOISE, text="noise words for each predicted word, in expectation")
    ns_exponent: float = param(default=0.75, belongs_to=OF_NOISE)
    noise_size: int = param(
        default=256,
        low=1,
        belongs_to=(*OF_NOISE, "css"),
        text="words drawn at each step and shared by its batch: as noise, weighted so that every predicted word has "
        "``negative`` of them, or as the complementary sample of css",
    )


def _rates_fall(settings: LearnsBySteps) -> None:
    if settings.min_learning_rate > settings.learning_rate:
        raise ParameterError(
            f"min_learning_rate must be at most learning_rate {settings.learning_rate}, got "
            f"{settings.min_learning_rate}"
        )


class LearnsBySteps(Parameters):
    """Training by the trainer."""

    constraints: ClassVar[Constraints] = (_rates_fall,)

    epochs: int = param(default=5, low=1, text="passes over the text")
    learning_rate: float = param(default=0.1, above=0, text="of the tables of words")
    min_learning_rate: float = param(
        default=1e-3, low=0, text="where learning_rate ends, on a straight line; other rates fall in proportion"
    )
    device: str = param(
        default="auto",
        rule=Instance((str,), 'a device such as "auto", "cpu" or "cuda"'),
        text='"auto" takes a GPU if there is one; or "cpu", "cuda", "cuda:1"',
    )


class StepsByBatches(Parameters):
    """How much text a step takes."""

    batch_size: int = param(default=1024, low=2, text="tokens of a step")


class HasEngine(Parameters):
    """By what steps are computed."""

    engine: Literal["auto", "fused", "torch"] = param(
        default="auto",
        text='"fused" trains by compiled kernels on a CPU (with several workers never twice the same), "torch" by '
        'automatic differentiation on any device, "auto" by the fused engine where it can',
    )


class ReadsEvidence(Parameters):
    """What the text says of kinds of things."""

    evidence: str | None = param(
        default="auto",
        rule=Instance((str, os.PathLike), '"auto", "en", "de", "fr", or a file of patterns'),
        text='language of the patterns by which the text says what is a kind of what: "auto" (found out), "en", "de", '
        '"fr", a file of patterns, or None to let the densities alone decide entailment',
    )
    example_sentences: int | None = param(
        default=None,
        low=0,
        text="strongest pairs for which the file keeps a sentence of the text; None: 2000 of files, none of memory",
    )


class PredictsWindows(
    HasDimension,
    LooksThroughWindow,
    CountsWords,
    DrawsNoise,
    LearnsBySteps,
    StepsByBatches,
    HasEngine,
    HasThreads,
    HasSeed,
    JoinsPhrases,
):
    """A model that tells the words of a window from noise, by steps of either engine."""
