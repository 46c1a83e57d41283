"""One word, several readings: the density of an ambiguous word moves with its sentence.

python examples/02_senses_in_context.py [NUM_SENTENCES]
"""

import sys

from densevec import Aviary, BayesianSkipGram

num_sentences = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
aviary = Aviary(num_sentences)
model = BayesianSkipGram(aviary, dim=50, epochs=8, batch_size=512, information_exponent=1).train()
vectors = model.vectors

for word in ("kiwi", "bank", "spring"):
    for name, sense in aviary.facts.senses[word].items():
        tokens, position = sense.examples[0]  # a sentence that the model has not seen
        density = model.posterior(tokens, position)
        near = [other for other, _ in vectors.most_similar(density, topn=6) if other != word]
        print(f"{word} ({name}): {' '.join(tokens)}")
        print(f"    near: {', '.join(near[:5])}")
        print(f"    KL(here || {word}) = {vectors.kl_divergence(density, word):.2f} nats")
