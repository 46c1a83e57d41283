#!/bin/sh
# SciPy 1.17.1, linprog (HiGHS): word mover's distance as a linear programme. Tolerances are absolute: distances of short
# vectors (1e-8) end with status 0, "optimal", at a plan that costs an eighth more than the best one. The same distances
# times 1e8 have the right one: they are to be scaled before.
#
# Seen: cost over the least, by scale of the distances: 1 1.000 (status 0), 1e-08 1.126 (status 0)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import itertools

import numpy as np
from scipy.optimize import linprog

points = np.array([[1.0, 0], [0, 1], [1, 1], [2, 1], [1, 3]])
first, second = np.array([1, 2]) / 3, np.array([1, 1, 1]) / 3  # one word once and one twice; three once
distances = np.linalg.norm(points[:2, None] - points[None, 2:], axis=2)
rows = np.repeat(np.eye(2), 3, axis=1)
columns = np.tile(np.eye(3), 2)
least = min(
    sum(distances[word, place] for word, place in zip(order, range(3))) / 3
    for order in set(itertools.permutations([0, 1, 1]))
)
found = []
for scale in (1.0, 1e-8):
    solved = linprog(scale * distances.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([first, second]))
    found.append(f"{scale:g} {solved.fun / scale / least:.3f} (status {solved.status})")
print("cost over the least, by scale of the distances:", ", ".join(found))
assert found == ["1 1.000 (status 0)", "1e-08 1.126 (status 0)"], "the behaviour has changed"
PYTHON
