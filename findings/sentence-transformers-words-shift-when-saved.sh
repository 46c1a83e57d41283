#!/bin/sh
# sentence-transformers 6.2.0: WordEmbeddings.from_text_file takes a table in which a word stands twice (tables that were
# joined, or whose words were lower-cased, have such; gensim keeps the first and says so) with both rows, without a word.
# What is saved is the list of different words, beside all rows: in the model that is loaded again each word after the
# second line has the vector of the line before.
#
# Seen: nearest line of each word: plum 0, kiwi 2, egg 3, pear 4; saved and loaded: plum 0, kiwi 1, egg 2, pear 3
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sentence-transformers==6.2.0 transformers==5.24.0 torch==2.13.0 numpy==2.4.6
cd "$folder"
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, WordEmbeddings

words = ["plum", "kiwi", "kiwi", "egg", "pear"]
table = np.random.default_rng(0).normal(size=(5, 8)).round(3)
with open("words.vec", "w") as file:
    for word, vector in zip(words, table, strict=True):
        print(word, *vector, file=file)


def lines(model):
    asked = list(dict.fromkeys(words))
    vectors = model.encode(asked)
    rows = [int(np.linalg.norm(table - vector, axis=1).argmin()) for vector in vectors]
    return ", ".join(f"{word} {row}" for word, row in zip(asked, rows, strict=True))


embeddings = WordEmbeddings.from_text_file("words.vec")
model = SentenceTransformer(modules=[embeddings, Pooling(embeddings.get_embedding_dimension())], device="cpu")
before = lines(model)
model.save("model")
seen = f"nearest line of each word: {before}; saved and loaded: {lines(SentenceTransformer('model', device='cpu'))}"
print(seen)
assert seen == ("nearest line of each word: plum 0, kiwi 2, egg 3, pear 4; "
                "saved and loaded: plum 0, kiwi 1, egg 2, pear 3"), "the behaviour has changed"
PYTHON
