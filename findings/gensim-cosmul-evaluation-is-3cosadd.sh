#!/bin/sh
# gensim 4.4.0: KeyedVectors.evaluate_word_analogies ignores similarity_function, which is to name the method that
# answers: "most_similar_cosmul" (3CosMul) has the accuracy of "most_similar" (3CosAdd), and any string is taken.
#
# Seen: most_similar answers d, most_similar_cosmul e; evaluated: 1.0, 1.0, and by no_such_function 1.0
#
# For users of densevec: its evaluate_word_analogies asks the method that it is told, and refuses other names.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors

words = {"a": [-1, 3, 3], "b": [-3, -1, 2], "c": [-1, 0, 0], "d": [-3, 0, -1], "e": [-1, -1, -3]}
vectors = KeyedVectors(vector_size=3)
vectors.add_vectors(list(words), np.array(list(words.values()), np.float32))
with open("questions.txt", "w") as file:
    file.write(": section\na b c d\n")
methods = "most_similar", "most_similar_cosmul"
add, multiply = (getattr(vectors, method)(positive=["b", "c"], negative=["a"], topn=1)[0][0] for method in methods)
scores = [
    vectors.evaluate_word_analogies("questions.txt", similarity_function=method)[0]
    for method in (*methods, "no_such_function")
]
print(f"most_similar answers {add}, most_similar_cosmul {multiply}; evaluated: {scores[0]}, {scores[1]}, "
      f"and by no_such_function {scores[2]}")
assert (add, multiply, scores) == ("d", "e", [1.0, 1.0, 1.0]), "the behaviour has changed"
PYTHON
