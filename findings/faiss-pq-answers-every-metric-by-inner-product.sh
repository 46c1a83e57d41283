#!/bin/sh
# Faiss 1.15.1: an IndexPQ (index_factory "PQ16") that is made for METRIC_L1 says that it has that metric, and answers by
# inner product: what it gives as distances are products, largest first, and the points that it names are those of the
# largest product.  So with METRIC_JensenShannon, of probabilities.  A table by scalar quantiser ("SQ8") refuses to be
# searched by such a metric.  The example by which issue 3458, of how to search by L1, is answered is a PQ with METRIC_L1.
#
# Seen: METRIC_L1 kept; a point's nearest is itself: Flat 300 of 300, PQ at most a third: True; "distances" are products, largest first: True
#       METRIC_JensenShannon kept; a point's nearest is itself: Flat 300 of 300, PQ at most a third: True; "distances" are products, largest first: True
#       SQ8 refuses METRIC_L1: True
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q faiss-cpu==1.15.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import faiss
import numpy as np

points = np.random.default_rng(0).random((10000, 16)).astype(np.float32) ** 2
points /= points.sum(axis=1, keepdims=True)  # probabilities
asked = points[:300]
itself = np.arange(len(asked))
for name in ("METRIC_L1", "METRIC_JensenShannon"):
    metric = getattr(faiss, name)
    right = {}
    for kind in ("Flat", "PQ16"):
        index = faiss.index_factory(16, kind, metric)
        index.train(points)
        index.add(points)
        assert index.metric_type == metric
        distances, rows = index.search(asked, 5)
        right[kind] = int((rows[:, 0] == itself).sum())
    products = np.einsum("qd,qkd->qk", asked, index.reconstruct_n(0, len(points))[rows])
    are_products = bool(np.allclose(distances, products, rtol=1e-3) and (np.diff(distances, axis=1) <= 1e-6).all())
    few = right["PQ16"] <= 100
    print(f"{name} kept; a point's nearest is itself: Flat {right['Flat']} of 300, PQ at most a third: {few}; "
          f'"distances" are products, largest first: {are_products}')
    assert (right["Flat"], few, are_products) == (300, True, True), ("the behaviour has changed", right)
try:
    index = faiss.index_factory(16, "SQ8", faiss.METRIC_L1)
    index.train(points)
    index.add(points)
    index.search(asked, 5)
    refuses = False
except RuntimeError:
    refuses = True
print("SQ8 refuses METRIC_L1:", refuses)
assert refuses, "the behaviour has changed"
PYTHON
