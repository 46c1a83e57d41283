#!/bin/sh
# fastText (fasttext-wheel 0.9.2): the table of vectors is initialised in tenths, one by each thread, so that with fewer
# than 10 threads training begins with rows of zeros: what a model learns depends on the number of threads.
# epoch=0 shows the table as it is before training.
#
# Seen: threads 1, 4, 10: shares of rows that are zero 0.9, 0.6, 0.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fasttext-wheel==0.9.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import fasttext
import numpy as np

with open("text.txt", "w") as file:
    file.write("the kiwi laid an egg in the burrow\n" * 50)
shares = []
for threads in (1, 4, 10):
    options = {"dim": 10, "minCount": 1, "bucket": 1000, "epoch": 0, "verbose": 0}
    table = fasttext.train_unsupervised("text.txt", thread=threads, **options).get_input_matrix()
    shares.append(round(float((~table.any(axis=1)).mean()), 1))
print("threads 1, 4, 10: shares of rows that are zero", ", ".join(map(str, shares)))
assert shares == [0.9, 0.6, 0.0], "the behaviour has changed"
PYTHON
