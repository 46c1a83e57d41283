"""What helps when there is not the memory to train a model."""

from __future__ import annotations

from typing import Any

# Parameters that memory grows with
_SIZES = ("dim", "hidden", "embedding_dim", "noise_size", "support_size", "batch_size", "order", "layers")
_WORDS = "fewer words, by a higher min_count or a smaller max_vocab_size"


def remedies(model: Any) -> list[str]:
    """Three pieces of advice at most: the sizes that are furthest above their defaults, and the number of words.

    >>> from densevec import SkipGram
    >>> remedies(SkipGram(dim=100_000))[0]
    'a dim below 100000'
    """
    if "cuda" in str(getattr(model, "device", "")):
        return ["device='cpu'", *_smaller(model)[:1], _WORDS]
    return [*_smaller(model)[:2], _WORDS]


def _smaller(model: Any) -> list[str]:
    declared = model.declared()
    sizes = {name: getattr(model, name) for name in _SIZES if name in declared}
    order = sorted(sizes, key=lambda name: sizes[name] / declared[name].default, reverse=True)
    return [f"a {name} below {sizes[name]}" for name in order]
