#!/bin/sh
# Voyager 2.2.3: the docstring of Space.Euclidean has "the square root of the sum of the squared differences", and query and
# get_distance answer with the sum itself, in all types of storage.  Annoy 1.17.3, which Voyager succeeds, has the root.
# Neighbours come in the right order; a radius, a mean distance, or a test of the triangle is wrong.
#
# Seen: from (0, 0) to (3, 4): docstring says root: True; Voyager query 25.0, get_distance 25.0; Annoy 5.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q voyager==2.2.3 annoy==1.17.3 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from annoy import AnnoyIndex
from voyager import Index, Space, StorageDataType

points = np.array([[0, 0], [3, 4]], np.float32)
says = "square root" in Space.Euclidean.__doc__
annoy = AnnoyIndex(2, "euclidean")
for row, point in enumerate(points):
    annoy.add_item(row, point)
annoy.build(1)
for storage in (StorageDataType.E4M3, StorageDataType.Float32):
    index = Index(Space.Euclidean, num_dimensions=2, storage_data_type=storage)
    index.add_items(points)
    distances = index.query(points[0], k=2)[1]
    seen = (f"from (0, 0) to (3, 4): docstring says root: {says}; Voyager query {distances[1]}, "
            f"get_distance {index.get_distance(*points)}; Annoy {annoy.get_distance(0, 1)}")
    assert seen == ("from (0, 0) to (3, 4): docstring says root: True; Voyager query 25.0, "
                    "get_distance 25.0; Annoy 5.0"), ("the behaviour has changed", seen)
print(seen)
PYTHON
