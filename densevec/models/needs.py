"""What a model needs of memory and disk, and what helps where there is less."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from densevec.formats.atomic import check_room
from densevec.models.parameters import LearnsBySteps

# Parameters that memory grows with
_SIZES = ("dim", "buckets", "hidden", "embedding_dim", "noise_size", "support_size", "batch_size", "order", "layers")
_WORD_BYTES = 8 + 8 + 4  # of a file beside the word's own: its count, and its place in the index of words
_MORE_ROOM = "make room, name a file on another disk, or learn a smaller dim or fewer words (a higher min_count)"
_FEWER_NGRAMS = (
    "make room, name a file on another disk, or keep fewer n-grams (a smaller order, a higher min_ngram_count)"
)
_WORDS = "fewer words, by a higher min_count or a smaller max_vocab_size"


def remedies(model: Any, is_fused: bool = False) -> list[str]:
    """Three pieces of advice at most: the sizes that are furthest above their defaults, and the number of words.

    is_fused : whether kernels train it, which have no use for some sizes

    >>> from densevec import SkipGram
    >>> remedies(SkipGram(dim=100_000))[0]
    'a dim below 100000'
    """
    if isinstance(model, LearnsBySteps) and "cuda" in model.device:
        return ["device='cpu'", *_smaller(model, is_fused)[:1], _WORDS]
    return [*_smaller(model, is_fused)[:2], _WORDS]


def _smaller(model: Any, is_fused: bool) -> list[str]:
    declared = model.declared()
    engines = None, "fused" if is_fused else "torch"
    used = [declared[name] for name in _SIZES if name in declared and declared[name].is_used(model)]
    sizes = {each.name: getattr(model, each.name) for each in used if each.engine in engines}
    order = sorted(sizes, key=lambda name: sizes[name] / declared[name].default, reverse=True)
    return [f"{'' if name.endswith('s') else 'a '}{name} below {sizes[name]}" for name in order]


def check_room_for_ngrams(path: str | os.PathLike[str], words: Sequence[str], num_ngrams: Sequence[int]) -> None:
    """FileError, before they are smoothed, when a file of so many n-grams of each order does not fit its disk.

    Each has a log probability, those of two words and more their first word, and those with a longer order after
    them a weight and where their children begin; 4 bytes each.
    """
    size = sum(map(len, words)) + len(words) * _WORD_BYTES
    for order, number in enumerate(num_ngrams, 1):
        size += 4 * number * (1 + (order > 1) + 2 * (order < len(num_ngrams)))
    check_room(path, size, _FEWER_NGRAMS)


def check_room_for(
    path: str | os.PathLike[str],
    words: Sequence[str],
    numbers_of_word: int,
    tensors: Mapping[str, Any],
    more_bytes: int = 0,
) -> int:
    """FileError, before training, when a file of words, their numbers, further tensors and more does not fit its disk.

    The size of the file, in bytes, nearly.
    """
    size = sum(map(len, words)) + len(words) * (_WORD_BYTES + 4 * numbers_of_word)
    size += sum(tensor.nbytes for tensor in tensors.values()) + more_bytes
    check_room(path, size, _MORE_ROOM)
    return size
