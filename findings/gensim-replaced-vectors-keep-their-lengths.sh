#!/bin/sh
# gensim 4.4.0: KeyedVectors keeps the lengths of its vectors once most_similar was called.  A vector that is replaced
# after that (vectors[word] = ..., add_vectors(replace=True)) is divided by the length of the one before: cosines above 1,
# and the wrong word first, without an error; similarity has the right one.  (A word that is added makes an error instead:
# issue 2532.)
#
# Seen: nearest to a: b 1.60, c 0.96; by similarity b 0.80, c 0.96; after fill_norms(force=True): c 0.96, b 0.80
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors

vectors = KeyedVectors(vector_size=2)
vectors.add_vectors(["a", "b", "c"], np.array([[1, 0], [0, 1], [0.96, 0.28]], np.float32))
vectors.most_similar("a")
vectors["b"] = np.array([1.6, 1.2], np.float32)


def nearest():
    return ", ".join(f"{word} {score:.2f}" for word, score in vectors.most_similar("a"))


stale = nearest()
right = ", ".join(f"{word} {vectors.similarity('a', word):.2f}" for word in "bc")
vectors.fill_norms(force=True)
seen = f"nearest to a: {stale}; by similarity {right}; after fill_norms(force=True): {nearest()}"
print(seen)
expected = "nearest to a: b 1.60, c 0.96; by similarity b 0.80, c 0.96; after fill_norms(force=True): c 0.96, b 0.80"
assert seen == expected, "the behaviour has changed"
PYTHON
