"""From a text file to a file of densities: this is all that a corpus of your own needs.

python examples/03_your_own_corpus.py [NUM_SENTENCES]
"""

import gzip
import sys
import tempfile
from pathlib import Path

from densevec import Aviary, BayesianSkipGram, DensityVectors

num_sentences = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000

with tempfile.TemporaryDirectory() as folder:
    # Your text: one sentence a line.  Plain, .gz, .bz2, .xz or .zst; a path, a URL, a folder, or several of them.
    text, result = Path(folder, "birds.txt.gz"), Path(folder, "birds.safetensors")
    with gzip.open(text, "wt", encoding="utf-8") as file:
        file.writelines(" ".join(sentence) + "\n" for sentence in Aviary(num_sentences))

    # It is read as a stream, never whole: more text than memory is fine.
    model = BayesianSkipGram(text, dim=50, min_count=5, lowercase=True, tokenizer="words").train()
    model.save(result)

    vectors = DensityVectors.load(result)  # mapped, not read; torch is not needed
    print(f"{text.name}: {len(vectors):,} words, {result.stat().st_size:,} bytes")
    print("near owl:", ", ".join(word for word, _ in vectors.most_similar("owl", topn=5)))
