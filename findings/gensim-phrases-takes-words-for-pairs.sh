#!/bin/sh
# gensim 4.4.0: Phrases counts a pair of words under the name that it would be joined to, and a word of that name under the
# same.  Where a text has both "ice_cream" and "ice cream", the pair has the count of the word added: min_count, by the
# docstring the least "total collected count" of a bigram, lets a pair pass that was seen once, before frequent ones, with
# an npmi score that is far from "the range -1 to 1" of npmi_scorer's docstring.  With another delimiter the same text has other phrases.
#
# Seen: "ice cream" once, min_count=5: joined by _ {'ice_cream': 4.99, 'polar_bear': 0.71}; joined by + {'polar+bear': 0.71}
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gensim==4.4.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from gensim.models.phrases import Phrases

lines = {"ice_cream": 100, "ice": 20, "cream": 20, "polar bear": 30, "polar": 10, "bear": 10, "ice cream": 1}
sentences = [line.split() for line, count in lines.items() for _ in range(count)]


def phrases(delimiter):
    found = Phrases(sentences, min_count=5, threshold=0.5, scoring="npmi", delimiter=delimiter).export_phrases()
    return {phrase: round(float(score), 2) for phrase, score in found.items()}


seen = f'"ice cream" once, min_count=5: joined by _ {phrases("_")}; joined by + {phrases("+")}'
print(seen)
assert seen == ("\"ice cream\" once, min_count=5: joined by _ {'ice_cream': 4.99, 'polar_bear': 0.71}; "
                "joined by + {'polar+bear': 0.71}"), "the behaviour has changed"
PYTHON
