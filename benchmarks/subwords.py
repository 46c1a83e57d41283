"""Skip-gram with sub-words beside gensim's FastText and fastText's own program, in one run.

    python benchmarks/subwords.py TEXT [--workers 2] [--epochs 5] [--buckets 2000000] [--seed 1] [--left-out 2000]
        [--similarity FILE ...] [--only densevec gensim fasttext]

TEXT is a plain file: one sentence a line, tokens separated by spaces.  For each side: words/s (of the whole training,
the count of words included), Spearman's correlation on the similarity test sets, and how far words that were left out
of training on purpose have the neighbours that they have when they are learned: the mean share, over so many words of
20 to 100 occurrences, of the ten nearest of a model of all words among the ten nearest of a model without these.  Run
it on a machine that does nothing else.  gensim (pip install gensim) and fastText (pip install fasttext-wheel) are
optional.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from densevec import SkipGram, build_vocabulary
from densevec.evaluation import evaluate_similarity
from densevec.vectors import KeyedVectors, SubwordVectors

TOPN = 10
FEWEST, MOST = 20, 100  # occurrences of a word that is left out


class Unless:
    """A trim rule: these words are dropped."""

    def __init__(self, words: Sequence[str], drop: Any = False) -> None:
        self._words, self._drop = frozenset(words), drop

    def __call__(self, word: str, count: int, min_count: int) -> Any:
        return self._drop if word in self._words else None


def by_densevec(args: argparse.Namespace, without: Sequence[str]) -> KeyedVectors:
    model = SkipGram(
        args.text,
        dim=args.dim,
        epochs=args.epochs,
        subwords=(3, 6),
        buckets=args.buckets,
        workers=args.workers,
        seed=args.seed,
        trim_rule=Unless(without) if without else None,
    )
    return model.train(progress=False).vectors


def by_gensim(args: argparse.Namespace, without: Sequence[str]) -> KeyedVectors:
    from gensim.models import FastText
    from gensim.utils import RULE_DEFAULT, RULE_DISCARD

    def rule(word: str, count: int, min_count: int) -> int:
        return RULE_DISCARD if word in dropped else RULE_DEFAULT

    dropped = frozenset(without)
    model = FastText(
        corpus_file=args.text,
        vector_size=args.dim,
        epochs=args.epochs,
        sg=1,
        min_n=3,
        max_n=6,
        bucket=args.buckets,
        workers=args.workers,
        seed=args.seed,
        trim_rule=rule if without else None,
    )
    return KeyedVectors.from_gensim(model)


def by_fasttext(args: argparse.Namespace, without: Sequence[str]) -> KeyedVectors:
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        text = args.text
        if without:  # it has no rule of this kind: the words are taken out of the text
            text, dropped = os.path.join(folder, "text"), frozenset(without)
            with open(args.text, encoding="utf-8") as source, open(text, "w", encoding="utf-8") as target:
                for line in source:
                    target.write(" ".join(word for word in line.split() if word not in dropped) + "\n")
        model = fasttext.train_unsupervised(
            text,
            model="skipgram",
            dim=args.dim,
            epoch=args.epochs,
            ws=5,
            minCount=5,
            minn=3,
            maxn=6,
            neg=5,
            t=1e-3,
            bucket=args.buckets,
            thread=args.workers,
            lr=0.05,
            verbose=0,
        )
        path = os.path.join(folder, "model.bin")
        model.save_model(path)
        return SubwordVectors.load_fasttext(path)


SIDES: dict[str, tuple[str, Callable[[argparse.Namespace, Sequence[str]], KeyedVectors]]] = {
    "densevec": ("densevec", by_densevec),
    "gensim": ("gensim", by_gensim),
    "fasttext": ("fasttext", by_fasttext),
}


def nearest(vectors: KeyedVectors, words: Sequence[str], among: Sequence[str]) -> list[set[str]]:
    """The ten nearest of each word, itself excepted, ``among`` words that all sides know."""
    table = np.array([vectors[word] for word in among])
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    found = []
    for word in words:
        scores = table @ np.asarray(vectors[word])
        found.append({among[row] for row in np.argsort(-scores, kind="stable")[:TOPN]})
    return found


def overlap(first: list[set[str]], second: list[set[str]]) -> float:
    return float(np.mean([len(a & b) / TOPN for a, b in zip(first, second, strict=True)]))


def timed(train: Callable[[], KeyedVectors]) -> tuple[KeyedVectors, float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    vectors = train()
    return vectors, time.perf_counter() - wall, time.process_time() - processor


def is_there(package: str) -> bool:
    try:
        __import__(package)
    except ImportError:
        print(f"{package} is not installed: left out")
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    for name, default in (("workers", 2), ("epochs", 5), ("dim", 100), ("seed", 1), ("left-out", 2000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--buckets", type=int, default=2_000_000)
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--only", nargs="+", choices=list(SIDES), default=list(SIDES))
    args = parser.parse_args()
    vocabulary = build_vocabulary(args.text, min_count=5)
    rare = [w for w, n in zip(vocabulary.words, vocabulary.counts, strict=True) if FEWEST <= n <= MOST]
    random = np.random.default_rng(args.seed)
    left_out = [rare[row] for row in random.permutation(len(rare))[: args.left_out].tolist()]
    among = [w for w in vocabulary.words[:30_000] if w not in frozenset(left_out)]
    print(f"{vocabulary.num_raw_tokens:,} tokens, {len(vocabulary):,} words, {len(left_out):,} left out")
    for side in args.only:
        package, train = SIDES[side]
        if not is_there(package):
            continue
        vectors, wall, processor = timed(partial(train, args, ()))
        rate = vocabulary.num_raw_tokens * args.epochs / wall
        by_processor = vocabulary.num_raw_tokens * args.epochs / processor
        line = f"{side:9} {rate / 1e6:6.3f} M words/s ({by_processor / 1e6:.3f} a second of processor time)"
        for path in args.similarity:
            line += f"  {os.path.basename(path)} {evaluate_similarity(vectors, path).spearman:.3f}"
        if left_out:
            known = nearest(vectors, left_out, among)
            guessed = nearest(train(args, left_out), left_out, among)
            line += f"  overlap of the ten nearest {overlap(known, guessed):.3f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
