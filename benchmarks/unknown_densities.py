"""Where the means of words are that DensityWord2Vec's n-grams know nothing of, and how often they lie where it says.

    python benchmarks/unknown_densities.py TEXT [--words 2000] [--epochs 5] [--dim 100] [--buckets 500000] [--workers 1]
        [--seed 1] [--without-them] [--similarity FILE ...]

TEXT is a plain file: one sentence a line, tokens separated by spaces.  So many words of 20 to 100 occurrences, and as
many as the model takes itself, are kept from the n-grams.  ``mean_region`` is learned from the latter; printed is the
share of the former whose mean, as the text gives it in the same space, lies in it, at each level.

``--without-them`` trains twice more, with the words and without them (``trim_rule``).  There two trainings differ by
more than a rotation (Procrustes): what the means of words differ by that both know is printed, too.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from densevec import DensityWord2Vec, build_vocabulary
from densevec.evaluation import evaluate_similarity
from densevec.formats import WordVectors
from densevec.models import unseen
from densevec.vectors import SubwordDensityVectors

LEVELS = 0.5, 0.8, 0.9, 0.95
LENGTHS = 3, 6


class Without:
    """A trim rule: these words are dropped."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = frozenset(words)

    def __call__(self, word: str, count: int, min_count: int) -> bool | None:
        return False if word in self._words else None


def train(args: argparse.Namespace, **changes: Any) -> SubwordDensityVectors:
    settings = {name: getattr(args, name) for name in ("dim", "epochs", "buckets", "workers", "seed")}
    model = DensityWord2Vec(args.text, subwords=LENGTHS, evidence=None, **settings, **changes)
    begun, used = time.perf_counter(), time.process_time()
    vectors: Any = model.train(progress=False).vectors
    seconds = f"{time.perf_counter() - begun:.0f} s, {time.process_time() - used:.0f} s of processor time"
    scores = [f"{os.path.basename(path)} {evaluate_similarity(vectors, path).spearman:.3f}" for path in args.similarity]
    print(", ".join([f"trained in {seconds}", *scores]), flush=True)
    return vectors


def learned_from(vectors: SubwordDensityVectors, left_out: Sequence[str], keep: Any) -> SubwordDensityVectors:
    """The same vectors, with the variances of unknown words learned from these words left out."""
    log_variance = np.log(vectors.variances).reshape(len(vectors), -1)
    places = np.sort([vectors.get_index(word) for word in left_out])
    rows = unseen.Pieces.of(list(vectors), LENGTHS, vectors.subwords.num_rows)
    parts = vectors.counts * keep, places, vectors.vectors, log_variance, vectors.subwords.rows
    table = WordVectors(vectors.words, vectors.vectors, vectors.counts, vectors.variances)
    return SubwordDensityVectors(table, vectors.subwords, unseen.learn_unseen(rows, *parts))


def shares(vectors: SubwordDensityVectors, words: Sequence[str], mean_of: Callable[[str], Any]) -> str:
    """Shares of words, unknown here, whose mean, as another knows it, lies in the region at each level."""
    means = [mean_of(word) for word in words]
    inside = [
        [vectors.mean_region(word, level).contains(mean, level) for level in LEVELS]
        for word, mean in zip(words, means, strict=True)
    ]
    errors = [((mean - vectors[word]) ** 2).mean() for word, mean in zip(words, means, strict=True)]
    found = ", ".join(f"{level}: {share:.3f}" for level, share in zip(LEVELS, np.mean(inside, axis=0), strict=True))
    return f"mean squared error of a dimension {np.mean(errors):.4f}; share inside at {found}"


def in_one_space(args: argparse.Namespace) -> list[str]:
    """Words that no n-gram has learned from, beside those that taught the region."""
    own = unseen.LEFT_OUT, unseen.SHARE
    unseen.LEFT_OUT, unseen.SHARE = own[0] + args.words, 2
    vectors = train(args)
    left_out = unseen.words_left_out(np.asarray(vectors.counts), args.seed)
    unseen.LEFT_OUT, unseen.SHARE = own
    order = [vectors.words[row] for row in np.random.default_rng(args.seed).permutation(left_out).tolist()]
    words = [word for word in order[: args.words] if len(vectors.subwords.rows_of(word))]
    vocabulary = build_vocabulary(args.text)
    kept = dict(zip(vocabulary.words, vocabulary.keep_probability(1e-3).tolist(), strict=True))
    others = vectors.drop(order[: args.words])
    others = learned_from(others, order[args.words :], np.array([kept[word] for word in others]))
    print(
        f"{len(words):,} words, learned from {len(order) - args.words:,} others: "
        f"{shares(others, words, vectors.get_vector)}"
    )
    report_variances(vectors, others, words)
    return words


def report_variances(known: SubwordDensityVectors, others: SubwordDensityVectors, words: Sequence[str]) -> None:
    """Whether a word is broader as an unknown one than as a known one, and whether its n-grams tell how broad it is."""
    own, unknown = (np.array([np.mean(each.variance(word)) for word in words]) for each in (known, others))
    pieces = [others.unseen.ngrams[others.subwords.rows_of(word), 1].mean() for word in words]
    told = np.corrcoef(np.log(own), pieces)[0, 1]
    print(
        f"variance as known {own.mean():.3f}, as unknown {unknown.mean():.3f}, broader for "
        f"{(unknown > own).mean():.1%}; correlation of its logarithm with what n-grams say {told:.2f}"
    )


def in_two_spaces(args: argparse.Namespace, words: Sequence[str]) -> None:
    """Words that one of two trainings has never seen."""
    full, without = train(args), train(args, trim_rule=Without(words))
    shared = [word for word in without if word in full]
    left, _, right = np.linalg.svd(without[shared].T.astype(np.float64) @ full[shared])
    turn = left @ right
    counts = np.array([full.get_vecattr(word, "count") for word in shared])
    differences = ((without[shared] @ turn - full[shared]) ** 2).mean(1)[(counts >= 20) & (counts <= 100)]
    print(f"words of 20 to 100 occurrences that both know differ by {differences.mean():.4f} a dimension")
    print(f"{len(words):,} words that one has never seen: {shares(without, words, lambda word: full[word] @ turn.T)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    defaults = (("words", 2000), ("epochs", 5), ("dim", 100), ("buckets", 500_000), ("workers", 1), ("seed", 1))
    for name, default in defaults:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--without-them", action="store_true")
    parser.add_argument("--similarity", nargs="+", default=[], metavar="FILE")
    args = parser.parse_args()
    words = in_one_space(args)
    if args.without_them:
        in_two_spaces(args, words)


if __name__ == "__main__":
    main()
