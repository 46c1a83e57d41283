#!/bin/sh
# spaCy 3.8.18: Vectors(attr="LOWER") gives "Kiwi" the vector of "kiwi"; saved and loaded again the vectors have the
# attribute ORTH, and "Kiwi" has a vector of zeros, without an error.
#
# Seen: before [3.0, 4.0], after [0.0, 0.0], vectors.cfg {"mode":"default"}
#
# For users of densevec: to_spacy looks vectors of lowered text up by a token's lower form; write token.lower_ where the
# pipeline was saved.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q spacy==3.8.18 numpy==2.4.6
"$folder/venv/bin/python" - "$folder/pipeline" <<'PYTHON'
import json
import sys
from pathlib import Path

import numpy as np
import spacy
from spacy.vectors import Vectors

pipeline = spacy.blank("en")
strings = pipeline.vocab.strings
pipeline.vocab.vectors = Vectors(
    strings=strings, data=np.array([[3.0, 4.0]], np.float32), keys=[strings.add("kiwi")], attr="LOWER"
)
before = pipeline("Kiwi")[0].vector.tolist()
pipeline.to_disk(sys.argv[1])
after = spacy.load(sys.argv[1])("Kiwi")[0].vector.tolist()
kept = (Path(sys.argv[1]) / "vocab" / "vectors.cfg").read_text()
print(f"before {before}, after {after}, vectors.cfg {''.join(kept.split())}")
assert (before, after, json.loads(kept)) == ([3.0, 4.0], [0.0, 0.0], {"mode": "default"}), "the behaviour has changed"
PYTHON
