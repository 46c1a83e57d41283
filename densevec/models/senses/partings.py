"""Groups of contexts, how much they agree, and how many of them are senses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.models.senses.k_means import k_means
from densevec.models.substitutes import FloatArray

RowArray = npt.NDArray[np.int64]
_EACH_GROUP = 10  # contexts for each, at least
_LEAST_SHARE = 0.05  # of the contexts, that a sense has at least
_HIGHEST = 0.8  # agreement that two senses may have: in a text of few topics all words of one meaning agree by more
_LEVEL, _LEVEL_OF_MANY = 0.2, 0.05  # share of the words with a sense less that would be given two or three, or more


class Parting(NamedTuple):
    """Groups of contexts, and how much the two that agree most do; 1 where there are not as many groups as asked."""

    groups: list[RowArray]
    agreement: float


def parting(contexts: FloatArray, number: int, random: np.random.Generator) -> Parting:
    """Contexts (n, d), of length 1, in so many groups (k-means).

    The agreement of two groups A and B is the cosine of their true centres,

        mean_{a∈A, b∈B} a·b / √(mean_{a≠a'∈A} a·a' · mean_{b≠b'∈B} b·b'),

    without the pairs of a context with itself, which would make small groups agree less.  With fewer than 10 contexts
    for each group, or a group of less than 5 % of them, they are one group.
    """
    one = Parting([np.arange(len(contexts))], 1.0)
    if number < 2 or len(contexts) < number * _EACH_GROUP:
        return one
    labels = k_means(contexts, number, random)
    groups = [np.flatnonzero(labels == label) for label in range(number)]
    if min(len(group) for group in groups) < _LEAST_SHARE * len(contexts):
        return one
    return Parting(groups, float(_agreements(contexts, groups).max()))


def chosen(
    part: Callable[[int], Parting], bound: float, bound_of_more: Callable[[int], float], most: int
) -> list[RowArray]:
    """The groups of as many senses as there are, at most ``most``; the largest first.

    Two groups, if they agree by less than ``bound``, three, ... as long as no two of them agree by
    ``bound_of_more(number)`` or more.
    """
    groups = part(1).groups
    for number in range(2, most + 1):
        found = part(number)
        if found.agreement >= (bound if number == 2 else bound_of_more(number)):
            break
        groups = found.groups
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def bound_of(agreements: Sequence[float], number: int) -> float:
    """The bound of agreement under which a fifth of the words with a sense less would be given ``number`` senses.

    Their agreements stand for the null hypothesis: topics set the contexts of one meaning apart too, and a word has one
    sense more when its groups agree less than theirs do.  A fifth, because some of them have one sense more, and a
    twentieth of more than three senses, which few words have.  Without any the bound is 0, and it is .8 at most.
    """
    level = _LEVEL if number <= 3 else _LEVEL_OF_MANY
    return min(float(np.quantile(agreements, level)), _HIGHEST) if len(agreements) else 0.0


def _agreements(contexts: FloatArray, groups: Sequence[RowArray]) -> FloatArray:
    """(k, k), −∞ on the diagonal."""
    sums = np.array([contexts[group].sum(0) for group in groups])
    sizes = np.array([len(group) for group in groups], dtype=np.float64)
    own = np.array([(contexts[group] ** 2).sum() for group in groups])
    products = sums @ sums.T
    within = (np.diag(products) - own) / np.maximum(sizes * (sizes - 1), 1.0)
    lengths = np.sqrt(np.maximum(within, 1e-6))  # a group that does not agree with itself agrees with none
    found: FloatArray = np.clip(products / np.outer(sizes, sizes) / np.outer(lengths, lengths), -1.0, 1.0)
    np.fill_diagonal(found, -np.inf)
    return found
