"""Huffman codes against a heap that merges the two smallest nodes again and again."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.huffman import huffman_tree

COUNTS = st.lists(st.integers(0, 50) | st.integers(0, 10**12), min_size=1, max_size=60)


def least_cost(counts: list[int]) -> int:
    """Σ count·length of an optimal code: every merge adds one turn to all words below it."""
    heap, cost = list(counts), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        cost += merged
        heapq.heappush(heap, merged)
    return cost


def paths(counts: object) -> list[list[tuple[int, int]]]:
    """The (node, turn) of every word."""
    offsets, nodes, turns = huffman_tree(counts)
    assert (offsets.dtype, nodes.dtype, turns.dtype) == (np.int64, np.int32, np.uint8)
    steps = list(zip(nodes.tolist(), turns.tolist(), strict=True))
    assert offsets[-1] == len(steps)
    return [steps[begin:end] for begin, end in pairwise(offsets)]


@given(COUNTS)
def test_no_code_is_shorter(counts: list[int]) -> None:
    assert sum(c * len(path) for c, path in zip(counts, paths(counts), strict=True)) == least_cost(counts)


@given(COUNTS)
def test_paths_are_those_of_one_binary_tree_without_loose_ends(counts: list[int]) -> None:
    """Every inner node is entered by one way only and left by both turns, so that no code begins another."""
    entered_from: dict[int, tuple[int, int] | None] = {}
    leads_to: dict[tuple[int, int], object] = {}
    for word, path in enumerate(paths(counts)):
        before = None
        for step, (node, turn) in enumerate(path):
            assert entered_from.setdefault(node, before) == before
            before = (node, turn)
            goal = ("word", word) if step == len(path) - 1 else ("node", path[step + 1][0])
            assert leads_to.setdefault(before, goal) == goal
    num_nodes = len(counts) - 1
    assert sorted(entered_from) == list(range(num_nodes))
    assert sorted(leads_to) == [(node, turn) for node in range(num_nodes) for turn in (0, 1)]
    if num_nodes:
        assert entered_from[0] is None


@given(COUNTS)
def test_inner_nodes_are_numbered_by_falling_count(counts: list[int]) -> None:
    below = np.zeros(max(len(counts) - 1, 0), object)
    for count, path in zip(counts, paths(counts), strict=True):
        for node, _ in path:
            below[node] += count
    assert below.tolist() == sorted(below.tolist(), reverse=True)


def test_equal_counts_give_a_balanced_tree() -> None:
    for num_words in (2, 3, 8, 100):
        lengths = {len(path) for path in paths([0] * num_words)}
        assert lengths <= {int(np.log2(num_words)), int(np.ceil(np.log2(num_words)))}


def test_counts_of_either_kind_give_one_tree() -> None:
    counts = np.random.default_rng(1).zipf(1.5, 1000)
    for whole, fractional in zip(huffman_tree(counts), huffman_tree(counts * 0.25), strict=True):
        np.testing.assert_array_equal(whole, fractional)


def test_a_word_alone_has_an_empty_path() -> None:
    offsets, nodes, turns = huffman_tree([7])
    assert (offsets.tolist(), nodes.tolist(), turns.tolist()) == ([0, 0], [], [])


@pytest.mark.parametrize("counts", [[], [[1.0, 2.0]], [1.0, -1.0], [1.0, np.nan], [np.inf, 1.0]])
def test_what_are_no_counts_is_refused(counts: object) -> None:
    with pytest.raises(ValueError, match="counts must be"):
        huffman_tree(counts)
