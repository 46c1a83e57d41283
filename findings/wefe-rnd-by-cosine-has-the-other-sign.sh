#!/bin/sh
# WEFE 1.0.1: RND(distance="cos") takes cosines where its docstring has "the cosine distance": what is near has the larger
# value, and the result has the sign opposite to that of distance="norm".  The docstring says how to read both: the more
# positive, the more the attributes go with the second group.  By cosine they go with the first.
#
# Seen: joy and peace are nearer to the flowers: by norm -0.66 (the first group), by cosine 0.39 (the second); 1 - cosine -0.39
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q wefe==1.0.1 gensim==4.4.0 numpy==1.26.4 scipy==1.12.0 scikit-learn==1.9.1 pandas==3.0.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from gensim.models import KeyedVectors
from wefe.metrics import RND
from wefe.query import Query
from wefe.word_embedding_model import WordEmbeddingModel

angles = {"joy": 0.0, "peace": 0.05}
flowers = {f"flower{number}": 0.1 + 0.12 * number for number in range(4)}
insects = {f"insect{number}": 0.8 + 0.12 * number for number in range(4)}
angles = angles | flowers | insects
turns = np.array(list(angles.values()))
vectors = KeyedVectors(vector_size=2)
vectors.add_vectors(list(angles), np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32))
model = WordEmbeddingModel(vectors, "plane")
query = Query([list(flowers), list(insects)], [["joy", "peace"]], ["flowers", "insects"], ["pleasant"])
found = {distance: RND().run_query(query, model, distance=distance)["rnd"] for distance in ("norm", "cos")}
means = [vectors[list(group)].mean(axis=0) for group in (flowers, insects)]
right = np.mean([np.diff(1 - vectors.cosine_similarities(vectors[word], np.stack(means)))[0] * -1 for word in ("joy", "peace")])
seen = (f"joy and peace are nearer to the flowers: by norm {found['norm']:.2f} (the first group), "
        f"by cosine {found['cos']:.2f} (the second); 1 - cosine {right:.2f}")
print(seen)
assert seen == ("joy and peace are nearer to the flowers: by norm -0.66 (the first group), "
                "by cosine 0.39 (the second); 1 - cosine -0.39"), "the behaviour has changed"
PYTHON
