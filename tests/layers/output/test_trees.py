"""Trees of clusters, and what a hierarchical softmax and a class softmax begin with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec.layers.output import ClassSoftmax, HierarchicalSoftmax, Tree, cluster_tree
from tests.layers.output.helpers import COUNTS

RANDOM = np.random.default_rng(1)


def paths(tree: Tree) -> list[list[tuple[int, int]]]:
    """(node, turn) along each word's path."""
    pairs = list(zip(tree.nodes.tolist(), tree.turns.tolist(), strict=True))
    return [pairs[a:b] for a, b in zip(tree.offsets[:-1], tree.offsets[1:], strict=True)]


@pytest.mark.parametrize("num_words", [1, 2, 3, 17, 300])
@pytest.mark.parametrize("kind", ["random", "equal"])
def test_a_tree_is_a_tree(num_words, kind) -> None:
    vectors = RANDOM.standard_normal((num_words, 5)).astype(np.float32)
    if kind == "equal":
        vectors[:] = 1
    counts = RANDOM.zipf(1.3, num_words)
    found = paths(cluster_tree(vectors, counts))
    assert len({tuple(path) for path in found}) == num_words
    assert sorted({node for path in found for node, _ in path}) == list(range(num_words - 1))
    parents: dict[int, tuple[int, int] | None] = {}
    for path in found:
        for above, (node, _) in zip([None, *path], path, strict=False):
            assert parents.setdefault(node, above) == above  # a node is reached in one way
    for node in range(num_words - 1):
        assert {turn for path in found for other, turn in path if other == node} == {0, 1}
    # an eighth of the words on the smaller side, so the number of words falls by 8/7 with each step at least
    assert max(map(len, found)) <= 1 + np.log(num_words) / np.log(8 / 7) + 7


def test_similar_words_lie_together() -> None:
    topic = np.repeat(np.arange(4), 8)
    vectors = (np.eye(4)[topic] * 10 + RANDOM.standard_normal((32, 4))).astype(np.float32)
    shuffled = RANDOM.permutation(32)
    found = paths(cluster_tree(vectors[shuffled], np.ones(32, np.int64)))
    shared = np.array([[sum(a == b for a, b in zip(p, q, strict=False)) for q in found] for p in found])
    same = topic[shuffled][:, None] == topic[shuffled]
    np.fill_diagonal(same, False)
    assert (shared[same] >= 2).all()  # two cuts separate the topics
    assert (shared[topic[shuffled][:, None] != topic[shuffled]] <= 1).all()


def test_frequent_words_have_short_paths() -> None:
    counts = np.array([2**10] + [1] * 63)
    lengths = np.diff(cluster_tree(RANDOM.standard_normal((64, 3)).astype(np.float32), counts).offsets)
    assert lengths[0] <= np.median(lengths)


def test_the_result_is_the_same_each_time() -> None:
    vectors = RANDOM.standard_normal((50, 3)).astype(np.float32)
    first, again = (cluster_tree(vectors.copy(), np.arange(50)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_softmax_over_a_given_tree_is_normalised_and_starts_from_the_counts() -> None:
    tree = cluster_tree(RANDOM.standard_normal((len(COUNTS), 3)).astype(np.float32), COUNTS)
    for layer in (
        HierarchicalSoftmax(COUNTS, 3, has_bias=True, tree=tree),
        HierarchicalSoftmax(COUNTS, 3, has_bias=True),
        ClassSoftmax(COUNTS, 3, has_bias=True),
    ):
        found = layer.log_probs(torch.zeros(1, 3)).exp()[0].numpy()
        np.testing.assert_allclose(found, COUNTS / COUNTS.sum(), rtol=1e-5)
    layer = HierarchicalSoftmax(COUNTS, 3, has_bias=True, tree=tree).double()
    layer.inner.weight.weight.copy_(torch.randn(len(COUNTS) - 1, 3, dtype=torch.float64))
    hidden = torch.randn(4, 3, dtype=torch.float64)
    every = layer.log_probs(hidden)
    np.testing.assert_allclose(every.exp().sum(1), 1, rtol=1e-6)
    words = torch.arange(len(COUNTS)).repeat(4, 1)
    torch.testing.assert_close(layer.log_probs(hidden, words), every)
