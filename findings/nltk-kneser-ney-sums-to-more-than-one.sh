#!/bin/sh
# NLTK 3.10.4, nltk.lm: KneserNeyInterpolated checks its discount "for probabilities to sum to unity", and at the beginning
# of a sentence, the history that every sentence has, they sum to more, with the padding that NLTK's own
# padded_everygram_pipeline makes for orders from 3 on.  (The history <s> <s> is counted to be followed by <s>, too, which
# continues no n-gram: the weight of the lower order is discount * 3 / 2 where it should be discount * 2 / 2.)
# WittenBellInterpolated's do sum to 1, but with a share for <s>, which no text has after a word, and which grows with the
# order, as each sentence is padded by order - 1 of them: perplexities of nltk.lm are not those of KenLM and others.
#
# Seen: order 2: after the beginning 1.000, after "the" 1.000; Witten-Bell's <s> without history 0.15
#       order 3: after the beginning 1.141, after "the" 1.000; Witten-Bell's <s> without history 0.24
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nltk==3.10.4
"$folder/venv/bin/python" - <<'PYTHON'
from nltk.lm import KneserNeyInterpolated, WittenBellInterpolated
from nltk.lm.preprocessing import padded_everygram_pipeline

text = "the kiwi laid an egg", "the kiwi ran", "a kea laid the egg", "the kea sang a song"
sentences = [line.split() for line in text]


def fitted(model):
    model.fit(*padded_everygram_pipeline(model.order, sentences))
    return model


found = []
for order in (2, 3):
    model = fitted(KneserNeyInterpolated(order, discount=0.75))
    sums = [sum(model.score(word, history) for word in model.vocab) for history in (["<s>"] * (order - 1), ["the"])]
    share = fitted(WittenBellInterpolated(order)).score("<s>")
    found.append(f'order {order}: after the beginning {sums[0]:.3f}, after "the" {sums[1]:.3f}; '
                 f"Witten-Bell's <s> without history {share:.2f}")
    print(found[-1])
assert found == [
    'order 2: after the beginning 1.000, after "the" 1.000; Witten-Bell\'s <s> without history 0.15',
    'order 3: after the beginning 1.141, after "the" 1.000; Witten-Bell\'s <s> without history 0.24',
], "the behaviour has changed"
PYTHON
