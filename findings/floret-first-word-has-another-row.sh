#!/bin/sh
# floret 0.10.5, mode floret, has no rows of words: a vector is the mean of the hashed rows that get_subwords lists.  Of the
# first word of the dictionary get_word_vector gives another one, with a row more than those.  The table that
# save_floret_vectors writes holds the hashed rows alone, so that whoever reads it (spaCy) has another vector for this
# word, in most texts the most frequent one, than the model that it was written from.
#
# Seen: words whose vector is the mean of their rows: kiwi laid an egg in burrow of hill; other: the
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q floret==0.10.5 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import floret
import numpy as np

with open("text.txt", "w") as file:
    file.write("the kiwi laid an egg in the burrow of the hill\n" * 50)
options = {"mode": "floret", "dim": 8, "minCount": 1, "bucket": 500, "hashCount": 2, "minn": 3, "maxn": 4, "thread": 1}
model = floret.train_unsupervised("text.txt", verbose=0, **options)
table = model.get_input_matrix()
is_mean = {}
for word in model.get_words():
    rows = model.get_subwords(word)[1]
    if len(rows):  # "</s>" has none
        is_mean[word] = bool(np.allclose(model.get_word_vector(word), table[rows].mean(0), atol=1e-6))
right, other = ([word for word, holds in is_mean.items() if holds is wanted] for wanted in (True, False))
print("words whose vector is the mean of their rows:", *right, end="; ")
print("other:", *other)
assert other == ["the"] == list(is_mean)[:1] and len(right) == 8, "the behaviour has changed"
PYTHON
