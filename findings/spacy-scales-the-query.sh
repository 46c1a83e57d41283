#!/bin/sh
# spaCy 3.8.18: Vectors.most_similar scales the array that it is asked with to length 1, in place.
#
# Seen: query before [3.0, 4.0], after [0.6, 0.8]
#
# For users of densevec: most_similar of KeyedVectors leaves its query alone; give spaCy's a copy.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q spacy==3.8.18 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from spacy.vectors import Vectors

vectors = Vectors(data=np.array([[1.0, 0.0], [0.0, 2.0]], np.float32), keys=[1, 2])
query = np.array([[3.0, 4.0]], np.float32)
before = query[0].tolist()
vectors.most_similar(query)
after = query[0].tolist()
print(f"query before {before}, after {[round(value, 6) for value in after]}")
assert np.allclose(before, [3.0, 4.0]) and np.allclose(after, [0.6, 0.8]), "the behaviour has changed"
PYTHON
