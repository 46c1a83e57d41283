"""Clusters of contexts, and which of them are one sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.models.senses.k_means import k_means
from densevec.models.substitutes import FloatArray

RowArray = npt.NDArray[np.int64]
NUM_CLUSTERS = 6  # that contexts are put into before those that agree become one
_EACH_CLUSTER = 10  # contexts for each, at least
_LEAST_SHARE = 0.05  # of the contexts, that a sense has at least
_HIGHEST = 0.8  # agreement that two senses may have: in a text of few topics all words of one meaning agree by more
LEVEL = 0.2  # share of the words taken to have one meaning that would be given several


class Merge(NamedTuple):
    """Groups of contexts, and how much the two that agree most do; 1 for one group, which nothing can agree with."""

    groups: list[RowArray]
    agreement: float


def merges(contexts: FloatArray, num_clusters: int, seed: int) -> list[Merge]:
    """From clusters (k-means) of contexts (n, d), of length 1, to one group: each time the two that agree most become
    one.

    The agreement of two groups A and B is the cosine of their true centres,

        mean_{a∈A, b∈B} a·b / √(mean_{a≠a'∈A} a·a' · mean_{b≠b'∈B} b·b'),

    without the pairs of a context with itself, which would make small groups agree less.  A group of less than 5 % of
    the contexts joins the one that it agrees with most, without asking.
    """
    number = min(num_clusters, len(np.unique(contexts, axis=0)), len(contexts) // _EACH_CLUSTER)
    labels = k_means(contexts, max(1, number), generator(seed, "senses clusters"))
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    steps = []
    while len(groups) > 1:
        agreement = _agreements(contexts, groups)
        sizes = np.array([len(group) for group in groups])
        smallest = int(sizes.argmin())
        if sizes[smallest] < _LEAST_SHARE * len(contexts):
            first, second = smallest, int(agreement[smallest].argmax())
        else:
            first, second = (int(row) for row in np.unravel_index(int(agreement.argmax()), agreement.shape))
            steps.append(Merge(list(groups), float(agreement[first, second])))
        first, second = sorted((first, second))
        groups[first] = np.concatenate([groups[first], groups[second]])
        del groups[second]
    return [*steps, Merge(groups, -1.0)]


def chosen(steps: Sequence[Merge], bound: float, most: int) -> list[RowArray]:
    """The groups, at most ``most``, of which no two agree by ``bound`` or more; the largest first."""
    groups = next(step.groups for step in steps if step.agreement < bound and len(step.groups) <= most)
    return sorted((np.sort(group) for group in groups), key=lambda group: (-len(group), int(group[0])))


def lowest_agreement(steps: Sequence[Merge]) -> float:
    """The bound of agreement above which this word would have two senses or more; 1 for one cluster."""
    return min((step.agreement for step in steps[:-1]), default=1.0)


def bound_of_one_meaning(lowest: Sequence[float]) -> float:
    """The bound under which a fifth of the words with these lowest agreements would have two senses or more.

    They stand for the null hypothesis of one meaning: topics set the contexts of one meaning apart too, and a word has
    several senses when its groups agree less than theirs do.  A fifth, because some of them have several.
    Without any, the bound is 0, and it is .8 at most.
    """
    return min(float(np.quantile(lowest, LEVEL)), _HIGHEST) if len(lowest) else 0.0


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
