"""A model of one text that is updated with another, beside a model of both at once.

    python benchmarks/growing.py FIRST SECOND --similarity FILE ... [--model skipgram] [--workers 2] [--seed 1]
        [--rates 1 0.5] [--epochs 5] [--prior-weights 0 1] [--subwords] [--no-both]

FIRST and SECOND are plain files: one sentence a line, tokens separated by spaces.  Every line is Spearman's correlation
on each similarity test set, of the words of FIRST alone, so that all models answer the same questions: of the model of
FIRST before the update, after it by each learning rate (shares of the model's own), number of epochs and prior weight,
and of a model of both texts, trained as the first.  The last column says how far words have moved: the mean overlap of
the ten nearest of 1,000 words of FIRST, before and after.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

import densevec
from densevec.evaluation import evaluate_similarity
from densevec.vectors import KeyedVectors

MODELS = {
    "skipgram": "SkipGram",
    "cbow": "CBOW",
    "density-word2vec": "DensityWord2Vec",
    "bayesian-skipgram": "BayesianSkipGram",
}
NUM_LOOKED_AT, TOPN = 1000, 10


def measured(vectors: KeyedVectors, words: Sequence[str], files: Sequence[str], first: Any = None) -> str:
    """A line's figures for the vectors of some words."""
    chosen = vectors.select([word for word in words if word in vectors])
    parts = [f"{os.path.basename(path)} {evaluate_similarity(chosen, path).spearman:.4f}" for path in files]
    if first is not None:
        parts.append(
            f"overlap {np.mean([len(a & b) / TOPN for a, b in zip(first, nearest(chosen, words), strict=True)]):.3f}"
        )
    return "  ".join(parts)


def nearest(vectors: KeyedVectors, words: Sequence[str]) -> list[set[str]]:
    """The ten nearest of some of the words, spread over all frequencies."""
    some = [words[row] for row in np.linspace(0, min(len(words), 30_000) - 1, NUM_LOOKED_AT).astype(int)]
    table = np.asarray(vectors.vectors, np.float32)
    table = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
    rows = [vectors.get_index(word) for word in some]
    found = []
    for part in np.array_split(np.array(rows), 10):
        order = np.argpartition(-(table[part] @ table.T), TOPN, axis=1)[:, : TOPN + 1]
        found += [
            {vectors.index_to_key[row] for row in near} - {vectors.index_to_key[own]}
            for own, near in zip(part.tolist(), order.tolist(), strict=True)
        ]
    return found


def trained(kind: Any, texts: Any, settings: dict[str, Any], folder: str | None) -> tuple[Any, float]:
    """A model, of the folder where it is there, and the seconds that it took."""
    begun = time.perf_counter()
    told = "-".join(os.path.basename(text) for text in ([texts] if isinstance(texts, str) else texts))
    path = folder and os.path.join(folder, f"{kind.__name__}-{told}-{zlib.crc32(repr(settings).encode())}.safetensors")
    if path and os.path.exists(path):
        return kind.load(path), 0.0
    model = kind(texts, **settings).train(progress=False)
    if path:
        model.save(path)
    return model, time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", metavar="FIRST")
    parser.add_argument("second", metavar="SECOND")
    parser.add_argument("--model", choices=list(MODELS), default="skipgram")
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE")
    for name, default in (("workers", 2), ("seed", 1), ("dim", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rates", nargs="*", type=float, default=[1.0])
    parser.add_argument("--epochs", nargs="+", type=int, default=[5])
    parser.add_argument("--prior-weights", nargs="+", type=float, default=[0.0])
    parser.add_argument("--subwords", action="store_true")
    parser.add_argument("--models", metavar="FOLDER", help="where trained models are kept, and found again")
    parser.add_argument("--no-both", dest="both", action="store_false")
    args = parser.parse_args()
    kind = getattr(densevec, MODELS[args.model])
    settings: dict[str, Any] = {"dim": args.dim, "workers": args.workers, "seed": args.seed}
    if args.subwords:
        settings["subwords"] = (3, 6)
    if "evidence" in kind.declared():
        settings["evidence"] = None  # which similarity does not look at
    model, seconds = trained(kind, args.first, settings, args.models)
    words = list(model.vectors.index_to_key)
    before = nearest(model.vectors, words)
    print(f"{args.model}, {len(words):,} words", flush=True)
    print(f"first alone                 {measured(model.vectors, words, args.similarity)}  {seconds:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "first.safetensors")
        model.save(path)
        for share, epochs, weight in itertools.product(args.rates, args.epochs, args.prior_weights):
            grown, begun = kind.load(path), time.perf_counter()
            grown.workers = args.workers
            priors = {} if weight == 0 else {"prior_weight": weight}
            grown.update(
                args.second, learning_rate=share * model.learning_rate, epochs=epochs, progress=False, **priors
            )
            seconds = time.perf_counter() - begun
            line = measured(grown.vectors, words, args.similarity, before)
            print(f"rate x {share:<5} {epochs} passes prior {weight:<4} {line}  {seconds:.0f} s", flush=True)
    if args.both:
        both, seconds = trained(kind, [args.first, args.second], settings, args.models)
        line = measured(both.vectors, words, args.similarity, before)
        print(f"both at once                {line}  {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
