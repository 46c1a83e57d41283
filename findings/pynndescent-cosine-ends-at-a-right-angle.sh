#!/bin/sh
# PyNNDescent 0.7.0, in which UMAP looks for neighbours: what is at an obtuse angle comes back at the distance 1 with the
# metrics "cosine" and "direct_cosine", whose formula, 1 - cos, goes to 2.  Where all neighbours of a point are such, as
# with few words, or words unlike all others, they come in any order: the nearest is not among the ten that are found.
#
# Seen: the query's ten nearest have cosine distances above 1: True; exact nearest found: cosine False, direct_cosine False; all distances 1: cosine True, direct_cosine True
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pynndescent==0.7.0 numba==0.68.1 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
cd "$folder"
NUMBA_CACHE_DIR="$folder/cache" "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from pynndescent import NNDescent

random = np.random.default_rng(0)
points = random.normal(size=(300, 3)).astype(np.float32)
points[:, 0] = np.abs(points[:, 0])
query = np.array([[-1.0, 0, 0]], np.float32)
exact = 1 - points @ query[0] / np.linalg.norm(points, axis=1)
nearest = np.argsort(exact)[:10]
obtuse = bool((exact[nearest] > 1).all())
found, ones = {}, {}
for metric in ("cosine", "direct_cosine"):
    rows, distances = NNDescent(points, metric=metric, n_neighbors=15, random_state=1).query(query, k=10, epsilon=0.5)
    found[metric] = bool(nearest[0] in rows[0])
    ones[metric] = bool((distances[0] == 1).all())
show = [", ".join(f"{metric} {value}" for metric, value in each.items()) for each in (found, ones)]
print(f"the query's ten nearest have cosine distances above 1: {obtuse}; exact nearest found: {show[0]}; "
      f"all distances 1: {show[1]}")
seen = obtuse, *found.values(), *ones.values()
assert seen == (True, False, False, True, True), "the behaviour has changed"
PYTHON
