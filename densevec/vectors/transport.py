"""Optimal transport between two small histograms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def transport_cost(source: FloatArray, target: FloatArray, cost: FloatArray) -> float:
    """min Σ_ij T_ij cost_ij over T ≥ 0 whose rows sum to ``source`` (m,) and columns to ``target`` (n,).

    POT's network simplex when it is installed.  Otherwise SciPy: an assignment where both histograms are uniform and
    of one size (the optimum is a permutation then, by Birkhoff's theorem), else a linear program, whose plan costs at
    most 10⁻⁹ of the greatest cost more than the best.

    >>> transport_cost(np.array([0.5, 0.5]), np.array([1.0]), np.array([[1.0], [3.0]]))
    2.0
    """
    _, exponent = np.frexp(cost.max())
    scaled = np.ldexp(cost, -exponent)  # to at most 1: what a solver takes for 0 is a fixed number
    try:
        from ot import emd2
    except ImportError:
        least = _by_scipy(source, target, scaled)
    else:
        least = float(emd2(source, target, np.ascontiguousarray(scaled)))
    return max(0.0, float(np.ldexp(least, exponent)))


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
        options={"dual_feasibility_tolerance": 1e-10},
    )
    return float(solved.fun)
