#!/bin/sh
# fastText 0.9.2, by its module: get_nearest_neighbors keeps the words' vectors when it is first asked, and goes on with
# them when the model was quantised with a cutoff, which leaves out words and numbers the rest anew: the words that it then
# names are those of other rows.  Who asks, quantises, and asks again to see what that cost, takes this for the cost.
# The model that is saved and loaded again has the right ones; get_word_vector has them all along.
#
# Seen: of the ten nearest of 20 words of one class, of that class: not asked before 1.00, asked before at most half: True, loaded again 1.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q fasttext-wheel==0.9.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
import random

import fasttext

random.seed(0)
kinds = {kind: [f"{kind}{number}" for number in range(300)] for kind in ("apple", "stone", "whale", "piano", "river")}
with open("text", "w") as file:
    for number in range(10000):
        kind = list(kinds)[number % 5]
        print(f"__label__{kind}", *random.choices(kinds[kind], k=8), file=file)


def share(model):
    asked = [word for word in model.words if word.startswith("apple")][:20]
    named = [word for each in asked for _, word in model.get_nearest_neighbors(each, 10)]
    return sum(word.startswith("apple") for word in named) / len(named)


def quantized(ask):
    model = fasttext.train_supervised("text", dim=16, epoch=10, minn=0, maxn=0, thread=1, verbose=0)
    if ask:
        assert share(model) == 1
    model.quantize(input="text", cutoff=700, retrain=False)
    return model


plain, asked = quantized(False), quantized(True)
asked.save_model("quantized.ftz")
found = share(plain), share(asked), share(fasttext.load_model("quantized.ftz"))
seen = (f"of the ten nearest of 20 words of one class, of that class: not asked before {found[0]:.2f}, "
        f"asked before at most half: {found[1] <= 0.5}, loaded again {found[2]:.2f}")
print(seen)
assert (f"{found[0]:.2f}", found[1] <= 0.5, f"{found[2]:.2f}") == ("1.00", True, "1.00"), "the behaviour has changed"
PYTHON
