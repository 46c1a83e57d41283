"""The layout in layers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from densevec.plotting.layers import lay_out


def random_graph(seed: int, number: int = 30) -> list[tuple[int, int]]:
    """Edges from a greater number to a lesser one."""
    rng = np.random.default_rng(seed)
    return [(a, b) for a in range(number) for b in range(a) if rng.random() < 0.07]


@pytest.mark.parametrize("seed", range(5))
def test_edges_lead_up_and_nodes_stand_apart(seed):
    edges = random_graph(seed)
    layers = lay_out(30, edges)
    assert all(layers.layer[low] > layers.layer[high] for low, high in edges)
    assert min(layers.place) >= -1e-9
    where = {(at, round(place, 9)) for at, place in zip(layers.layer, layers.place, strict=True)}
    for route in layers.routes:
        assert [at for at, _ in route] == list(range(route[0][0], route[-1][0] - 1, -1))
        where |= {(at, round(place, 9)) for at, place in route}
    for (at, place), (other, beside) in itertools.pairwise(sorted(where)):
        assert at != other or beside - place >= 1 - 1e-6
    assert lay_out(30, edges) == layers


def test_layers_are_the_longest_paths():
    # 3 → 2 → 1 → 0, and 4 above 3 alone, which comes down to it; 5 has no edge
    layers = lay_out(6, [(3, 2), (2, 1), (1, 0), (3, 0), (3, 4)])
    assert layers.layer == [0, 1, 2, 3, 2, 0]


def test_two_trees_do_not_cross():
    layers = lay_out(6, [(2, 0), (3, 1), (4, 0), (5, 1)])
    below = [layers.place[node] for node in (2, 4)], [layers.place[node] for node in (3, 5)]
    assert max(below[0]) < min(below[1]) or max(below[1]) < min(below[0])
    assert layers.place[0] == pytest.approx(np.mean(below[0]))


def test_nothing():
    assert lay_out(0, []).layer == []
    assert lay_out(1, []).place == [0.0]
