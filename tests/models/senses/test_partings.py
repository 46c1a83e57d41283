"""Contexts in groups, their agreement against a plain twin; the bound is a quantile."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.models.senses.k_means import k_means
from densevec.models.senses.kinds import beside, of_like_kind
from densevec.models.senses.partings import _agreements, bound_of, chosen, parting
from densevec.vectors._arguments import directions


def _around(centre: int, number: int, random: np.random.Generator) -> np.ndarray:
    return directions(np.eye(8)[centre] + 0.12 * random.normal(size=(number, 8)))


def _part(contexts):
    return lambda number: parting(contexts, number, np.random.default_rng(1))


@pytest.mark.parametrize("centres", [[0], [0, 1], [0, 1, 2]])
def test_as_many_groups_as_were_mixed(centres):
    random = np.random.default_rng(1)
    contexts = np.concatenate([_around(centre, 80, random) for centre in centres])
    found = chosen(_part(contexts), 0.5, lambda number: 0.5, 5)
    assert sorted(map(sorted, found)) == [list(range(80 * n, 80 * n + 80)) for n in range(len(centres))]
    assert [len(group) for group in chosen(_part(contexts), 0.5, lambda number: 0.5, 1)] == [len(contexts)]
    assert (parting(contexts, 2, random).agreement < 0.5) == (len(centres) > 1)


def test_each_number_of_groups_has_its_bound():
    random = np.random.default_rng(1)
    contexts = np.concatenate([_around(centre, 80, random) for centre in range(3)])
    asked = []

    def bound_of_more(number: int) -> float:
        asked.append(number)
        return 0.5 if number == 3 else -1.0

    assert len(chosen(_part(contexts), 0.5, bound_of_more, 5)) == 3
    assert asked == [3, 4]
    assert len(chosen(_part(contexts), -1.0, bound_of_more, 5)) == 1
    assert asked == [3, 4]  # what is not two is not three


def test_agreement_is_the_mean_product_of_pairs_without_those_of_a_context_with_itself():
    random = np.random.default_rng(2)
    contexts = directions(random.normal(size=(12, 4)) + 1.0)
    first, second = np.arange(5), np.arange(5, 12)

    def mean(rows, others):
        return np.mean([contexts[a] @ contexts[b] for a in rows for b in others if a != b])

    expected = mean(first, second) / np.sqrt(mean(first, first) * mean(second, second))
    assert _agreements(contexts, [first, second])[0, 1] == pytest.approx(expected)


def test_a_few_contexts_are_no_sense():
    random = np.random.default_rng(3)
    contexts = np.concatenate([_around(0, 100, random), _around(1, 100, random), _around(2, 6, random)])
    found = chosen(_part(contexts), 0.5, lambda number: 0.5, 5)
    assert len(found) == 2
    assert sorted(np.bincount(group // 100, minlength=2).max() for group in found) == [100, 100]
    assert len(parting(contexts[:19], 2, random).groups) == 1  # fewer than ten each
    assert len(parting(np.ones((40, 3)), 2, random).groups) == 1  # all alike
    assert parting(contexts[:0], 1, random).groups[0].tolist() == []


def test_the_bound_leaves_most_of_the_null_as_they_are():
    lowest = np.linspace(0, 1, 101).tolist()
    assert bound_of(lowest, 2) == bound_of(lowest, 3) == pytest.approx(0.2)
    assert bound_of(lowest, 4) == bound_of(lowest, 5) == pytest.approx(0.05)
    assert bound_of([], 2) == 0.0
    assert bound_of([0.98, 0.99, 1.0], 2) == 0.8  # nothing but one meaning


def test_words_of_a_kind_have_the_same_neighbours():
    column_of = {"the": 0, "to": 1}
    nouns = [beside([(["the", word, "ran"], 1), (["a", word], 1)], column_of) for word in ("kiwi", "kea")]
    verb = beside([(["to", "run", "the"], 1)], column_of)
    assert nouns[0] @ nouns[1] == pytest.approx(2.0)
    assert of_like_kind(nouns[0], np.array([verb, nouns[1]]), 1) == [1]


def test_k_means_finds_what_scikit_learn_finds():
    from sklearn.cluster import KMeans

    random = np.random.default_rng(5)
    points = np.concatenate([_around(centre, 50, random) for centre in range(4)])
    labels, expected = k_means(points, 4, np.random.default_rng(1)), KMeans(4, n_init=5, random_state=1).fit(points)
    assert len(set(zip(labels.tolist(), expected.labels_.tolist(), strict=True))) == 4
    noise = random.normal(size=(200, 3))
    labels = k_means(noise, 5, np.random.default_rng(1))
    centres = np.array([noise[labels == number].mean(0) for number in range(5)])
    assert ((noise - centres[labels]) ** 2).sum() <= 1.05 * KMeans(5, n_init=10, random_state=1).fit(noise).inertia_
    assert np.array_equal(((noise[:, None] - centres) ** 2).sum(2).argmin(1), labels)  # nothing is left to change


def test_k_means_of_few_and_of_equal_points():
    assert k_means(np.zeros((3, 2)), 1, np.random.default_rng(1)).tolist() == [0, 0, 0]
    assert set(k_means(np.ones((5, 2)), 2, np.random.default_rng(1)).tolist()) <= {0, 1}
    points = np.array([[0.0], [0.0], [1.0], [1.0], [9.0]])
    first, _, third, _, last = k_means(points, 3, np.random.default_rng(1)).tolist()
    assert len({first, third, last}) == 3
