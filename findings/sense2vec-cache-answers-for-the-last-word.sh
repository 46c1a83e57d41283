#!/bin/sh
# sense2vec 2.0.2: most_similar of several words, by its docstring, goes by "the average of the vectors".  With a cache of
# neighbours, which its README has one compute to make most_similar faster, it answers with the neighbours of the last word
# alone: the others are not looked at, can be the answer themselves, and the order of the words changes it.
#
# Seen: without cache, of bank|NOUN and river|NOUN: shore|NOUN 1.00
#       with it: of bank|NOUN and river|NOUN: water|NOUN 0.98; of river|NOUN and bank|NOUN: money|NOUN 0.98
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sense2vec==2.0.2 spacy==3.8.18 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import srsly
from sense2vec import Sense2Vec

turns = {"money": -0.2, "bank": 0.0, "shore": 0.5, "river": 1.2, "water": 1.4}
table = np.array([[np.cos(turn), np.sin(turn)] for turn in turns.values()], np.float32)
words = [f"{word}|NOUN" for word in turns]
plain = Sense2Vec(shape=table.shape, senses=["NOUN"])
for word, vector in zip(words, table, strict=True):
    plain.add(word, vector, 10)
plain.to_disk("vectors")


def nearest(vectors, *asked):
    word, score = vectors.most_similar([f"{word}|NOUN" for word in asked], n=1)[0]
    return f"of {' and '.join(f'{word}|NOUN' for word in asked)}: {word} {score:.2f}"


first = f"without cache, {nearest(plain, 'bank', 'river')}"
print(first)
# the file that scripts/06_precompute_cache.py of its repository adds to the folder: rows of neighbours, without the word itself
products = table @ table.T
np.fill_diagonal(products, -np.inf)
rows = np.argsort(-products, axis=1)[:, :3].astype(np.int32)
scores = np.take_along_axis(products, rows, axis=1).astype(np.float16)
srsly.write_msgpack("vectors/cache", {"indices": rows, "scores": scores, "start": 0, "end": 5, "cutoff": 5})
cached = Sense2Vec().from_disk("vectors")
second = f"with it: {nearest(cached, 'bank', 'river')}; {nearest(cached, 'river', 'bank')}"
print(second)
assert first == "without cache, of bank|NOUN and river|NOUN: shore|NOUN 1.00", "the behaviour has changed"
assert second == ("with it: of bank|NOUN and river|NOUN: water|NOUN 0.98; "
                  "of river|NOUN and bank|NOUN: money|NOUN 0.98"), "the behaviour has changed"
PYTHON
