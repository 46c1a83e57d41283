#!/bin/sh
# WEFE 1.0.1: the two-sided p-value of WEAT compares the absolute value of each draw with the score itself, not with its
# absolute value: where the score is negative every draw passes, and the p-value is 1.  The same two sets of words, named in
# the other order, give the same score with the other sign, and a p-value below .02.  The draws are no permutations either,
# as which the docstring of WEAT describes them (partitions of the union of both sets): words are drawn with replacement,
# and scores come up that no partition has, so that p-values are smaller than the 70 partitions of 4 + 4 words allow.
#
# Seen: score 3.67: two-sided p below .02: True; score -3.67: two-sided p 1.0
#       two-sided p of all 70 partitions: 0.029, and 0.029 in the other order
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q wefe==1.0.1 gensim==4.4.0 numpy==1.26.4 scipy==1.12.0 scikit-learn==1.9.1 pandas==3.0.6
"$folder/venv/bin/python" - <<'PYTHON'
from itertools import combinations

import numpy as np
from gensim.models import KeyedVectors
from wefe.metrics import WEAT
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

# unit vectors in a plane; pleasant words at the beginning of the quarter, unpleasant ones at its end, flowers nearer to the first
angles = {"joy": 0.0, "peace": 0.05, "filth": 1.5, "agony": 1.55}
flowers = {f"flower{number}": 0.1 + 0.12 * number for number in range(4)}
insects = {f"insect{number}": 0.8 + 0.12 * number for number in range(4)}
angles = angles | flowers | insects
turns = np.array(list(angles.values()))
vectors = KeyedVectors(vector_size=2)
vectors.add_vectors(list(angles), np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32))
model = WordEmbeddingModel(vectors, "plane")
pleasant, unpleasant = ["joy", "peace"], ["filth", "agony"]


def score_and_p(first, second):
    query = Query([list(first), list(second)], [pleasant, unpleasant], ["first", "second"], ["pleasant", "unpleasant"])
    answer = WEAT().run_query(query, model, calculate_p_value=True, p_value_test_type="two-sided", p_value_iterations=3000)
    return answer["weat"], float(answer["p_value"])


def exact(first, second):
    def association(word):
        return np.mean(vectors.cosine_similarities(vectors[word], vectors[pleasant])) - np.mean(
            vectors.cosine_similarities(vectors[word], vectors[unpleasant]))

    each = {word: association(word) for word in [*first, *second]}
    total = sum(each.values())
    scores = np.array([2 * sum(each[word] for word in part) - total for part in combinations(each, len(first))])
    asked = 2 * sum(each[word] for word in first) - total
    return (np.abs(scores) >= abs(asked) - 1e-6).mean()


positive, small = score_and_p(flowers, insects)
negative, whole = score_and_p(insects, flowers)
print(f"score {positive:.2f}: two-sided p below .02: {small < 0.02}; score {negative:.2f}: two-sided p {whole}")
parts = exact(flowers, insects), exact(insects, flowers)
print(f"two-sided p of all 70 partitions: {parts[0]:.3f}, and {parts[1]:.3f} in the other order")
assert (f"{positive:.2f} {negative:.2f}", small < 0.02, whole) == ("3.67 -3.67", True, 1), "the behaviour has changed"
assert np.allclose(parts, 2 / 70)
PYTHON
