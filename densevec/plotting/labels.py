"""Where the labels of a map go: beside their dots, and never one over another.

Every label has some two hundred candidate places around its dot, the nearest first.  Labels are placed one after the
other, each where it costs least, and then moved, one at a time, as long as that helps.  Nothing is random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

_DISTANCES = np.array([0.0, 3, 6, 10, 15, 21, 28, 36, 45, 56, 70, 88, 110, 140])  # from dot to label, less the gap
_NUM_DIRECTIONS = 16
_LEADER_FROM = 8.0  # a label further away than that is tied to its dot by a line
_NUM_SWEEPS = 6
_PADDING = 1.0  # kept free around every label
_DOT_RADIUS = 2.0
# What a label would rather not do, in units of length: each is worth going so much further away.
_COVERS_DOT, _CROSSES_LABEL, _CROSSES_DOT, _COVERS_LINE = 60.0, 40.0, 20.0, 3.0
_LEFT_COST, _HEIGHT_COST = 2.0, 0.75  # of a label on the left of its dot, or above and below it


@dataclass(frozen=True, eq=False)
class Placed:
    """Centres of the labels, (n, 2), nan where there was no room; which of them need a line to their dot, (n,)."""

    centres: FloatArray
    has_leader: BoolArray

    @property
    def is_placed(self) -> BoolArray:
        return np.asarray(~np.isnan(self.centres[:, 0]))


def place_labels(
    dots: FloatArray,
    sizes: FloatArray,
    bounds: tuple[float, float, float, float],
    *,
    gap: float = 4.0,
    lines: FloatArray | None = None,
) -> Placed:
    """Centres of labels for dots, such that no two labels overlap and all lie within the bounds.

    Parameters
    ----------
    dots : (n, 2), in the order of importance: where there is no room, what comes later stays without a label
    sizes : (n, 2), widths and heights of the labels, in the unit of the dots (1/72 inch)
    bounds : left, bottom, right and top of the picture
    gap : between the middle of a dot and its label
    lines : (m, 2), points on lines that labels should not cover if they can help it

    >>> dots = np.array([[20.0, 50.0], [90.0, 50.0]])  # on the right of the second is no room
    >>> place_labels(dots, np.full((2, 2), [30.0, 10.0]), (0, 0, 100, 100)).centres.tolist()
    [[39.0, 50.0], [71.0, 50.0]]
    """
    problem = _Problem(dots, sizes / 2, bounds, gap, np.empty((0, 2)) if lines is None else lines)
    chosen = np.full(len(dots), -1)
    for _ in range(_NUM_SWEEPS):
        before = chosen.copy()
        for label in range(len(dots)):
            chosen[label] = problem.best(label, chosen)
        if (chosen == before).all():
            break
    centres = np.full(dots.shape, np.nan)
    placed = np.flatnonzero(chosen >= 0)
    centres[placed] = problem.centres_at(placed, chosen[placed])
    return Placed(centres, (chosen >= 0) & (problem.distances[chosen] > _LEADER_FROM))


class _Problem:
    """Candidate places and their costs."""

    def __init__(
        self,
        dots: FloatArray,
        halves: FloatArray,
        bounds: tuple[float, float, float, float],
        gap: float,
        lines: FloatArray,
    ) -> None:
        turn = 2 * np.pi * np.arange(_NUM_DIRECTIONS) / _NUM_DIRECTIONS
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        square = circle / np.abs(circle).max(1, keepdims=True)  # beside, above or below: never over the dot
        self.dots, self.halves, self.lines = dots, halves, lines
        self._low, self._high = np.array(bounds[:2], float), np.array(bounds[2:], float)
        self.distances = np.repeat(_DISTANCES, _NUM_DIRECTIONS)
        self._is_far = self.distances > _LEADER_FROM
        self._directions = np.tile(square, (len(_DISTANCES), 1))  # (C, 2)
        self._offsets = self._directions * (self.distances + gap)[:, None]
        self._reach = float(np.abs(self._offsets).max())
        sides = np.tile(_LEFT_COST * (1 - circle[:, 0]) / 2 + _HEIGHT_COST * np.abs(circle[:, 1]), len(_DISTANCES))
        self._costs = [self._own_costs(label, sides) for label in range(len(dots))]

    def centres(self, label: int) -> FloatArray:
        """All places of a label's centre, (C, 2)."""
        places: FloatArray = self.dots[label] + self._offsets + self._directions * self.halves[label]
        return places

    def centres_at(self, labels: IntArray, places: IntArray) -> FloatArray:
        """Where labels (k,) have their centres at the places (k,), (k, 2)."""
        centres: FloatArray = self.dots[labels] + self._offsets[places] + self._directions[places] * self.halves[labels]
        return centres

    def _own_costs(self, label: int, sides: FloatArray) -> FloatArray:
        """What each place of a label costs whatever the other labels do, (C,)."""
        centres, half = self.centres(label), self.halves[label] + _PADDING
        is_outside = ((centres - half < self._low) | (centres + half > self._high)).any(1)
        reach = half * 2 + self._reach
        cost = self.distances + sides
        for weight, points, radius in ((_COVERS_DOT, self.dots, _DOT_RADIUS), (_COVERS_LINE, self.lines, 0.0)):
            near = points[(np.abs(points - self.dots[label]) < reach).all(1)]
            cost = cost + weight * _lie_over(centres, near, half + radius).sum(1)
        others = self.dots[(self.dots != self.dots[label]).any(1)]
        crossed = _segments_meet_boxes(self.dots[label], centres[self._is_far], others, np.full(2, _DOT_RADIUS))
        cost[self._is_far] += _CROSSES_DOT * crossed.sum(1)
        return np.where(is_outside, np.inf, cost)

    def best(self, label: int, chosen: IntArray) -> int:
        """The cheapest place of a label beside those that the others have, −1 if there is none."""
        centres, half = self.centres(label), self.halves[label]
        others = np.flatnonzero(chosen >= 0)
        others = others[others != label]
        cost = self._costs[label].copy()
        if len(others):
            boxes, sizes = self.centres_at(others, chosen[others]), self.halves[others]  # (k, 2)
            cost[_lie_over(centres, boxes, half + sizes + _PADDING).any(1)] = np.inf
            free = np.flatnonzero(np.isfinite(cost))  # in a crowd few places are, and only they have more to pay
            far = free[self._is_far[free]]
            crossed = _segments_meet_boxes(self.dots[label], centres[far], boxes, sizes)
            cost[far] += _CROSSES_LABEL * crossed.sum(1)
            is_led = self._is_far[chosen[others]]
            leaders = np.linspace(self.dots[others][is_led], boxes[is_led], 12, axis=1).reshape(-1, 2)
            leaders = leaders[(np.abs(leaders - self.dots[label]) < self._reach + 2 * half).all(1)]
            cost[free] += _CROSSES_LABEL / 4 * _lie_over(centres[free], leaders, half).sum(1)
        place = int(cost.argmin())
        return place if np.isfinite(cost[place]) else -1


def _lie_over(centres: FloatArray, points: FloatArray, halves: FloatArray) -> BoolArray:
    """Whether points (k, 2) are within half sizes (2,) or (k, 2) of centres (C, 2) in both directions: (C, k)."""
    halves = np.broadcast_to(halves, points.shape)
    near: list[BoolArray] = [np.abs(points[:, axis] - centres[:, axis, None]) < halves[:, axis] for axis in (0, 1)]
    return near[0] & near[1]


def _segments_meet_boxes(start: FloatArray, ends: FloatArray, boxes: FloatArray, halves: FloatArray) -> BoolArray:
    """Whether segments from one start (2,) to ends (C, 2) meet boxes of centres and half sizes (k, 2): (C, k)."""
    enter, leave = np.array([-np.inf]), np.array([np.inf])
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            direction = (ends[:, axis] - start[axis])[:, None]  # (C, 1)
            near, far = (
                (edge[:, axis] - start[axis]) / direction for edge in (boxes - halves, boxes + halves)
            )  # (C, k) each
            enter, leave = np.maximum(enter, np.fmin(near, far)), np.minimum(leave, np.fmax(near, far))
    meets: BoolArray = (enter <= leave) & (leave >= 0) & (enter <= 1)
    return meets
