#!/bin/sh
# gensim 4.4.0: FastText takes compute_loss=True and reports a training loss of 0.0, whatever it learns; Word2Vec reports
# a loss for the same sentences.
#
# Seen: FastText 0.0, Word2Vec above 0: True
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from gensim.models import FastText, Word2Vec

sentences, losses = [["kiwi", "plum"]] * 50, []
for kind in (FastText, Word2Vec):
    model = kind(vector_size=4, min_count=1, workers=1)
    model.build_vocab(sentences)
    model.train(sentences, total_examples=len(sentences), epochs=3, compute_loss=True)
    losses.append(model.get_latest_training_loss())
print(f"FastText {losses[0]}, Word2Vec above 0: {losses[1] > 0}")
assert losses[0] == 0 and losses[1] > 0, "the behaviour has changed"
PYTHON
