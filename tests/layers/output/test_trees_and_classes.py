"""Hierarchical and class-based softmaxes against their products written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from densevec._cy.huffman import huffman_tree
from densevec.layers.output.class_based import frequency_classes
from tests.layers.output.helpers import COUNTS, NUM_WORDS, make, queries


@pytest.mark.parametrize("bias", [False, True])
def test_a_word_is_the_product_of_the_turns_of_its_path(bias: bool) -> None:
    layer, (hidden, _, _) = make("hierarchical", bias=bias), queries()
    offsets, nodes, turns = huffman_tree(COUNTS)
    found = layer.log_probs(hidden).exp()
    for word in range(NUM_WORDS):
        wanted = torch.ones(4, dtype=torch.float64)
        for node, turn in list(zip(nodes, turns, strict=True))[offsets[word] : offsets[word + 1]]:
            score = hidden @ layer.inner.weight.weight[node]
            score = score + layer.inner.bias.weight[node, 0] if bias else score
            wanted *= torch.sigmoid(-score if turn else score)
        torch.testing.assert_close(found[:, word], wanted)


@pytest.mark.parametrize("bias", [False, True])
def test_a_word_is_its_class_times_its_place_in_it(bias: bool) -> None:
    layer, (hidden, _, _) = make("class", bias=bias), queries()
    found = layer.log_probs(hidden).exp()
    of_class = torch.softmax(layer.classes.of_all(hidden).detach(), 1)
    scores = layer.words.of_all(hidden).detach()
    word_class = frequency_classes(COUNTS, 4)
    for word in range(NUM_WORDS):
        members = np.flatnonzero(word_class == word_class[word])
        within = torch.softmax(scores[:, members], 1)[:, members.tolist().index(word)]
        torch.testing.assert_close(found[:, word], of_class[:, word_class[word]] * within)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50), st.integers(1, 20))
def test_classes_are_runs_of_frequency_and_none_is_empty(counts: list[int], number: int) -> None:
    classes = frequency_classes(np.array(counts), number)
    in_order = classes[np.argsort(-np.array(counts), kind="stable")]
    assert in_order.tolist() == sorted(in_order)
    assert set(classes) == set(range(classes.max() + 1))
    assert classes.max() < number


def test_classes_of_zipfian_counts_are_of_the_order_of_the_root() -> None:
    classes = frequency_classes(1e6 / np.arange(1, 10_001), 100)
    assert np.bincount(classes).max() < 2.2 * 100
    assert classes.max() > 80
