"""Labels keep out of each other's way."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.plotting.labels import place_labels

BOUNDS = (0.0, 0.0, 500.0, 400.0)


def crowd(num_labels, seed=0, spread=60.0):
    random = np.random.default_rng(seed)
    dots = np.clip(random.normal([250, 200], spread, (num_labels, 2)), 5, 395)
    return dots, np.stack([random.uniform(15, 60, num_labels), np.full(num_labels, 11.0)], axis=1)


def overlapping(centres, sizes):
    is_near = (np.abs(centres[:, None] - centres) < (sizes[:, None] + sizes) / 2).all(2)
    return int(np.triu(is_near, 1).sum())


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("spread", [1.0, 20.0, 80.0])
def test_labels_never_overlap_and_stay_inside(seed, spread):
    dots, sizes = crowd(120, seed, spread)
    placed = place_labels(dots, sizes, BOUNDS)
    assert placed.is_placed.sum() >= 60
    centres, sizes = placed.centres[placed.is_placed], sizes[placed.is_placed]
    assert overlapping(centres, sizes) == 0
    assert (centres - sizes / 2 >= [0, 0]).all()
    assert (centres + sizes / 2 <= [500, 400]).all()


def test_where_there_is_room_all_labels_are_beside_their_dots():
    dots = np.stack(np.meshgrid(np.arange(60, 460, 80.0), np.arange(40, 360, 40.0)), axis=2).reshape(-1, 2)
    sizes = np.full(dots.shape, [40.0, 11.0])
    placed = place_labels(dots, sizes, BOUNDS)
    assert placed.is_placed.all()
    assert not placed.has_leader.any()
    np.testing.assert_allclose(placed.centres - dots, np.broadcast_to([24.0, 0.0], dots.shape))  # to the right


def test_what_comes_first_is_placed_first():
    sizes = np.full((400, 2), [80.0, 14.0])
    placed = place_labels(np.full((400, 2), 200.0), sizes, BOUNDS).is_placed
    assert placed[:5].all()
    assert not placed.all()
    assert not placed[-200:].any()


def test_labels_keep_off_dots_and_lines():
    dots = np.array([[200.0, 200.0], [225.0, 200.0]])
    placed = place_labels(dots, np.full((2, 2), [40.0, 11.0]), BOUNDS)
    is_covered = (np.abs(dots - placed.centres[:, None]) < [20, 5.5]).all(2)
    assert not is_covered.any()
    line = np.stack([np.linspace(200, 300, 50), np.full(50, 200.0)], axis=1)
    beside = place_labels(dots[:1], np.full((1, 2), [40.0, 11.0]), BOUNDS, lines=line)
    assert not ((np.abs(line - beside.centres[0]) < [20, 5.5]).all(1)).any()


def test_nothing_to_place():
    placed = place_labels(np.empty((0, 2)), np.empty((0, 2)), BOUNDS)
    assert placed.centres.shape == (0, 2)


def test_a_label_wider_than_the_picture_is_left_out():
    assert not place_labels(np.array([[200.0, 200.0]]), np.array([[600.0, 11.0]]), BOUNDS).is_placed.any()
