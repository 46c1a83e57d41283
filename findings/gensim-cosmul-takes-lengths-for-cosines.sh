#!/bin/sh
# gensim 4.4.0: KeyedVectors.most_similar_cosmul scales words to length 1, and takes vectors as they are: their
# (1 + cosine) / 2 is above 1 or below 0, and the order of the answers depends on the vectors' lengths.
#
# Seen: the word a 0.68 for b, its vector 2.68 for itself and -1.16 for e; by two vectors a b c d e, by both times five
# a b c e d
#
# For users of densevec: its most_similar_cosmul scales words and vectors.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors

words = {"a": [-1, 3, 3], "b": [-3, -1, 2], "c": [-1, 0, 0], "d": [-3, 0, -1], "e": [-1, -1, -3]}
vectors = KeyedVectors(vector_size=3)
vectors.add_vectors(list(words), np.array(list(words.values()), np.float32))
word, score = vectors.most_similar_cosmul(["a"])[0]
by_vector = dict(vectors.most_similar_cosmul([vectors["a"]]))
orders = [
    " ".join(found for found, _ in vectors.most_similar_cosmul([scale * vectors["a"], scale * vectors["b"]]))
    for scale in (1, 5)
]
print(f"the word a {score:.2f} for {word}, its vector {by_vector['a']:.2f} for itself and {by_vector['e']:.2f} for e; "
      f"by two vectors {orders[0]}, by both times five {orders[1]}")
seen = word, round(score, 2), round(by_vector["a"], 2), round(by_vector["e"], 2), orders
assert seen == ("b", 0.68, 2.68, -1.16, ["a b c d e", "a b c e d"]), "the behaviour has changed"
PYTHON
