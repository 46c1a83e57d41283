"""Optimal transport between two small histograms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def transport_cost(source: FloatArray, target: FloatArray, cost: FloatArray) -> float:
    """min Σ_ij T_ij cost_ij over T ≥ 0 whose rows sum to ``source`` (m,) and columns to ``target`` (n,).

    POT's network simplex when it is installed.  Otherwise SciPy: an assignment where both histograms are uniform and
    of one size (the optimum is a permutation then, by Birkhoff's theorem), else a linear program.

    >>> transport_cost(np.array([0.5, 0.5]), np.array([1.0]), np.array([[1.0], [3.0]]))
    2.0
    """
    try:
        from ot import emd2
    except ImportError:
        return _by_scipy(source, target, cost)
    return max(0.0, float(emd2(source, target, np.ascontiguousarray(cost))))


def _by_scipy(source: FloatArray, target: FloatArray, cost: FloatArray) -> float:
    from scipy.optimize import linear_sum_assignment, linprog
    from scipy.sparse import csr_array, eye_array, kron, vstack

    num_sources, num_targets = cost.shape
    if num_sources == num_targets and np.ptp(source) == 0 and np.ptp(target) == 0:
        return float(cost[linear_sum_assignment(cost)].mean())
    rows = kron(eye_array(num_sources), csr_array(np.ones((1, num_targets))))  # Σ_j T_ij
    columns = kron(csr_array(np.ones((1, num_sources))), eye_array(num_targets))  # Σ_i T_ij
    # One constraint follows from the others and is left out, lest rounding make them contradict each other.
    solved = linprog(
        cost.ravel(),
        A_eq=vstack([rows, columns]).tocsr()[:-1],
        b_eq=np.concatenate([source, target])[:-1],
        method="highs",
    )
    return max(0.0, float(solved.fun))
