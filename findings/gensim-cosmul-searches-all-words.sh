#!/bin/sh
# gensim 4.4.0: KeyedVectors.most_similar_cosmul ignores restrict_vocab, which is documented to limit the search to the
# first words.
#
# Seen: among the first 3 words most_similar names c, most_similar_cosmul e, d, c
#
# For users of densevec: its most_similar_cosmul searches the first restrict_vocab words.
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
add, multiply = (
    [word for word, _ in method(positive=["b"], negative=["a"], restrict_vocab=3)]
    for method in (vectors.most_similar, vectors.most_similar_cosmul)
)
print(f"among the first 3 words most_similar names {', '.join(add)}, most_similar_cosmul {', '.join(multiply)}")
assert (add, multiply) == (["c"], ["e", "d", "c"]), "the behaviour has changed"
PYTHON
