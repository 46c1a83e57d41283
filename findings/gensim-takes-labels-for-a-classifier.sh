#!/bin/sh
# gensim 4.4.0 refuses the .bin file of a fastText skip-gram (fasttext-wheel 0.9.2) as a supervised model when a word of
# its text began with __label__: it goes by the number of labels in the dictionary, not by the kind of model.
#
# Seen: NotImplementedError: Supervised fastText models are not supported
#
# For users of densevec: SubwordVectors.load_fasttext reads such a file, without the labels, which have no vectors.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 fasttext-wheel==0.9.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import fasttext
from gensim.models.fasttext import load_facebook_vectors

with open("text.txt", "w") as file:
    file.write("the kiwi __label__bird laid an egg\n" * 50)
options = {"model": "skipgram", "dim": 4, "minCount": 1, "epoch": 1, "bucket": 100, "thread": 1, "verbose": 0}
fasttext.train_unsupervised("text.txt", **options).save_model("words.bin")
try:
    load_facebook_vectors("words.bin")
    seen = "it is read"
except NotImplementedError as error:
    seen = f"NotImplementedError: {error}"
print(seen)
assert seen == "NotImplementedError: Supervised fastText models are not supported", "the behaviour has changed"
PYTHON
