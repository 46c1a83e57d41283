"""Clusters that agree become one, against a plain twin; the bound is a quantile."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.models.senses.contexts import units
from densevec.models.senses.kinds import beside, of_like_kind
from densevec.models.senses.merging import _agreements, bound_of_one_meaning, chosen, lowest_agreement, merges


def _around(centre: int, number: int, random: np.random.Generator) -> np.ndarray:
    return units(np.eye(8)[centre] + 0.12 * random.normal(size=(number, 8)))


@pytest.mark.parametrize("centres", [[0], [0, 1], [0, 1, 2]])
def test_as_many_groups_as_were_mixed(centres):
    random = np.random.default_rng(1)
    contexts = np.concatenate([_around(centre, 80, random) for centre in centres])
    steps = merges(contexts, 6, 1)
    found = chosen(steps, 0.5, 5)
    assert sorted(map(sorted, found)) == [list(range(80 * n, 80 * n + 80)) for n in range(len(centres))]
    assert [len(group) for group in chosen(steps, 0.5, 1)] == [len(contexts)]
    assert (lowest_agreement(steps) < 0.5) == (len(centres) > 1)


def test_agreement_is_the_mean_product_of_pairs_without_those_of_a_context_with_itself():
    random = np.random.default_rng(2)
    contexts = units(random.normal(size=(12, 4)) + 1.0)
    first, second = np.arange(5), np.arange(5, 12)

    def mean(rows, others):
        return np.mean([contexts[a] @ contexts[b] for a in rows for b in others if a != b])

    expected = mean(first, second) / np.sqrt(mean(first, first) * mean(second, second))
    assert _agreements(contexts, [first, second])[0, 1] == pytest.approx(expected)


def test_a_small_group_joins_the_one_it_agrees_with():
    random = np.random.default_rng(3)
    contexts = np.concatenate([_around(0, 100, random), _around(1, 100, random), _around(2, 6, random)])
    assert [len(group) for group in chosen(merges(contexts, 6, 1), 0.5, 5)] in ([106, 100], [100, 106])


def test_the_bound_leaves_four_fifths_of_the_null_as_one():
    lowest = np.linspace(0, 1, 101).tolist()
    assert bound_of_one_meaning(lowest) == pytest.approx(0.2)
    assert bound_of_one_meaning([]) == 0.0


def test_words_of_a_kind_have_the_same_neighbours():
    column_of = {"the": 0, "to": 1}
    nouns = [beside([(["the", word, "ran"], 1), (["a", word], 1)], column_of) for word in ("kiwi", "kea")]
    verb = beside([(["to", "run", "the"], 1)], column_of)
    assert nouns[0] @ nouns[1] == pytest.approx(2.0)
    assert of_like_kind(nouns[0], np.array([verb, nouns[1]]), 1) == [1]
