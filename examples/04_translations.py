"""Two languages: what an ambiguous word means here is told by its translation.

python examples/04_translations.py [NUM_SENTENCES]
"""

import sys

from densevec import AviaryBitext, EmbedAlign

num_sentences = int(sys.argv[1]) if len(sys.argv) > 1 else 16_000
small = {"dim": 32, "embedding_dim": 64, "hidden": 64, "support_size": 100, "batch_size": 50}
rates = {"learning_rate": 1.0, "min_learning_rate": 0.1, "encoder_learning_rate": 5e-3}
bitext = AviaryBitext(num_sentences)
noise = {"kl_weight": 0.04, "kl_annealing": 0.8}
model = EmbedAlign(bitext, alignment_prior="hmm", min_count=1, epochs=12, **small, **rates, **noise).train()

unseen = (sentence for sentence in AviaryBitext(500, seed=2).sentences() if sentence.sense is not None)
for _, sentence in zip(range(5), unseen, strict=False):
    position, sense, right = sentence.sense
    word, density = sentence.source[position], model.posterior(sentence.source, position)
    print(" ".join(sentence.source))
    for translation, probability in model.translations(sentence.source, position, topn=2):
        print(f"    {word} ({sense}): {translation} {probability:.2f}{' (right)' if translation == right else ''}")
    print("    near:", ", ".join(other for other, _ in model.vectors.most_similar(density, topn=5) if other != word))
    links = model.align(sentence.source, sentence.target)
    print("    links:", ", ".join(f"{sentence.source[i]}-{sentence.target[j]}" for i, j, _ in links))
