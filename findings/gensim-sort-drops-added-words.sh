#!/bin/sh
# gensim 4.4.0: KeyedVectors.add_vectors does not lengthen the counts that a trained model brought along, and
# sort_by_descending_frequency then drops the added word, without an error.
#
# Seen: before 3 ['kea', 'kiwi', 'plum'], counts 2; after 2 ['kiwi', 'plum']
#
# For users of densevec: KeyedVectors.from_gensim takes such vectors, and gives added words the count 0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import Word2Vec

vectors = Word2Vec([["kiwi", "plum"]] * 20, vector_size=4, min_count=1, epochs=1, workers=1).wv
vectors.add_vectors(["kea"], np.ones((1, 4), np.float32))
before = sorted(vectors.index_to_key)
num_counts = len(vectors.expandos["count"])
vectors.sort_by_descending_frequency()
after = sorted(vectors.index_to_key)
print(f"before {len(before)} {before}, counts {num_counts}; after {len(after)} {after}")
assert (before, num_counts, after) == (["kea", "kiwi", "plum"], 2, ["kiwi", "plum"]), "the behaviour has changed"
PYTHON
