"""Learn word densities from the aviary and ask the questions that only densities answer.

python examples/01_first_densities.py [NUM_SENTENCES]
"""

import sys

from densevec import Aviary, BayesianSkipGram

num_sentences = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
# The aviary is small, and how rare words are says nothing in it about how general they are: hence exponent 1.
model = BayesianSkipGram(Aviary(num_sentences), dim=50, epochs=8, batch_size=512, information_exponent=1).train()
vectors = model.vectors

print("near kea:", ", ".join(word for word, _ in vectors.most_similar("kea", topn=5)))

for narrow, broad in [("kea", "parrot"), ("kea", "bird"), ("bird", "kea"), ("kea", "fruit")]:
    score = vectors.entailment(narrow, broad)  # in nats, the higher the more
    print(f"{narrow} -> {broad}: {score:8.2f} nats, entails: {vectors.entails(narrow, broad)}")

print("from specific to general:")
for word in ("kea", "parrot", "bird", "animal"):
    print(f"  entropy of {word:7} {vectors.entropy(word):8.2f} nats")
