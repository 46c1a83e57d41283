"""Unknown words in their sentences, as BayesianSkipGram reads them: by the sentence, by n-grams, by both.

    python benchmarks/unknown_in_sentences.py TEXT [--model FILE] [--words 1000] [--epochs 5] [--dim 100]
        [--buckets 500000] [--workers 1] [--seed 1]

TEXT is a plain file: one sentence a line, tokens separated by spaces; FILE a BayesianSkipGram that was trained on it,
in the place of a training.  So many rare words (20 to 100 occurrences), and as many as the model takes itself, are kept
from the n-grams and from what is learned of sentences.  The latter are what that is calibrated by; of the former are
printed, in up to two sentences each, beside the posterior that the word has there as a known one: the share of its
variance about the average rare word that is explained, the mean cosine, the mean share of its ten nearest words that
are found, and the share of means that lie in ``mean_region`` at each level.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from densevec import BayesianSkipGram, DensityVectors, Vocabulary
from densevec.corpus import encode_corpus
from densevec.densities import Gaussian
from densevec.formats import Subwords, WordVectors
from densevec.models import unseen
from densevec.models.bayesian_skipgram.unknown import UnknownWords, learn_unknown
from densevec.models.bayesian_skipgram.windows import Windows
from densevec.models.ngram_fit import fit_ngrams
from densevec.vectors import SubwordDensityVectors

LEVELS = 0.5, 0.8, 0.9, 0.95
LENGTHS = 3, 6
TOPN = 10
EACH = 2  # sentences of a word


def trained(args: argparse.Namespace) -> BayesianSkipGram:
    if args.model:
        return BayesianSkipGram.load(args.model)
    begun = time.perf_counter()
    settings = {name: getattr(args, name) for name in ("dim", "epochs", "workers", "seed")}
    model = BayesianSkipGram(args.text, evidence=None, **settings).train(progress=False)
    print(f"trained in {time.perf_counter() - begun:.0f} s", flush=True)
    return model


def spelled(vectors: DensityVectors, kept_counts: Any, asked: Any, taught: Any, args: Any) -> SubwordDensityVectors:
    """The same vectors with n-grams that know nothing of either words left out, and learn their errors from the
    latter."""
    means, counts = np.asarray(vectors.vectors), np.asarray(vectors.counts)
    fitted = np.ones(len(vectors), bool)
    fitted[asked] = fitted[taught] = False
    rare = unseen.rare_words(counts)
    rare = rare[fitted[rare]]
    pieces = unseen.Pieces.of(vectors.index_to_key, LENGTHS, args.buckets)
    centre = np.average(means[rare], axis=0, weights=counts[rare])
    buckets = fit_ngrams(pieces, args.buckets, means, centre, fitted, args.workers)
    log_variance = np.log(vectors.variances).reshape(len(vectors), -1)
    learned = unseen.learn_unseen(pieces, kept_counts, taught, means, log_variance, buckets)
    subwords = Subwords(buckets.reshape(-1).view(np.uint8), means.shape[1], *LENGTHS)
    return SubwordDensityVectors(WordVectors(vectors.index_to_key, means, counts, vectors.variances), subwords, learned)


def sentences_of(encoded: Any, words: Sequence[str], vectors: DensityVectors, seed: int) -> list[tuple[list[str], int]]:
    """Up to ``EACH`` sentences with each of some words, and the place of the word."""
    rows = np.sort([vectors.get_index(word) for word in words])
    places = np.random.default_rng(seed).permutation(np.flatnonzero(np.isin(encoded.ids, rows)))
    found: list[tuple[list[str], int]] = []
    seen: dict[int, int] = {}
    for place in places.tolist():
        row = int(encoded.ids[place])
        if seen.setdefault(row, 0) < EACH:
            seen[row] += 1
            sentence = int(np.searchsorted(encoded.offsets, place, side="right")) - 1
            begin, end = encoded.offsets[sentence : sentence + 2].tolist()
            found.append(([vectors.index_to_key[i] for i in encoded.ids[begin:end].tolist()], place - begin))
    return found


def text_without(encoded: Any, rows: Any) -> tuple[Any, Any]:
    """Ids and offsets of a text without some words."""
    kept = ~np.isin(encoded.ids, rows)
    ends = np.concatenate([[0], np.cumsum(kept)])[encoded.offsets]
    return encoded.ids[kept], ends


def report(name: str, known: list[Gaussian], found: list[Gaussian], middle: Any, vectors: DensityVectors) -> None:
    truth, means = (np.array([each.mean for each in densities]) for densities in (known, found))
    explained = 1 - ((means - truth) ** 2).sum() / ((middle - truth) ** 2).sum()
    lengths = np.linalg.norm(truth, axis=1) * np.linalg.norm(means, axis=1)
    near = [
        [{word for word, _ in answer} for answer in vectors.most_similar_batch(densities, topn=TOPN)]
        for densities in (known, found)
    ]
    overlap = np.mean([len(a & b) / TOPN for a, b in zip(*near, strict=True)])
    cosine = ((truth * means).sum(1) / lengths).mean()
    print(f"{name:22} explained {explained:.3f}, cosine {cosine:.3f}, ten nearest {overlap:.3f}", flush=True)


def coverage(known: list[Gaussian], means: Any, errors: Any, unknown: UnknownWords) -> str:
    """The share of means that lie in the regions at each level."""
    squares = np.array([(each.mean - mean) ** 2 for each, mean in zip(known, means, strict=True)])
    ratios = (squares / errors).mean(1)
    return ", ".join(f"{level}: {np.mean(ratios <= unknown.reach_at(level)):.3f}" for level in LEVELS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--model", metavar="FILE")
    defaults = (("words", 1000), ("epochs", 5), ("dim", 100), ("buckets", 500_000), ("workers", 1), ("seed", 1))
    for name, default in defaults:
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    model = trained(args)
    vectors, counts = model.vectors, np.asarray(model.vectors.counts)
    vocabulary = Vocabulary(vectors.index_to_key, counts)
    keep = vocabulary.keep_probability(model.sample)
    encoded = encode_corpus(args.text, vocabulary)
    own = unseen.LEFT_OUT
    unseen.LEFT_OUT = own + args.words
    order = np.random.default_rng(args.seed).permutation(unseen.words_left_out(counts, args.seed))
    unseen.LEFT_OUT = own
    asked, taught = np.sort(order[: args.words]), np.sort(order[args.words :])
    begun = time.perf_counter()
    others = spelled(vectors, vocabulary.kept_counts(model.sample), asked, taught, args)
    print(f"{len(vectors):,} words, n-grams fitted in {time.perf_counter() - begun:.0f} s", flush=True)
    places = sentences_of(encoded, [vectors.index_to_key[row] for row in asked], vectors, args.seed)
    print(f"{len(places):,} sentences with {len(asked):,} words, learned from {len(taught):,} others")
    known, reading = model.posterior_batch(places), model._reader_of(vectors).reading
    windows = Windows.stacked([reading._window(*place) for place in places])
    text = text_without(encoded, asked)
    for name, space in (("the sentence", vectors), ("both", others)):
        unknown = learn_unknown(reading.tables, model, space, text, keep, taught)
        assert unknown is not None
        guesses = [unknown.guess(space, tokens[at]) for tokens, at in places]
        if space is others:
            report("n-grams", known, [Gaussian(guess.mean, 1.0) for guess in guesses], unknown.mean, vectors)
        means, variances, errors = unknown.read(reading.tables, model, guesses, windows)
        found = [Gaussian(mean, float(np.mean(v))) for mean, v in zip(means, variances + errors, strict=True)]
        report(name, known, found, unknown.mean, vectors)
        print(f"{'':22} in the region at {coverage(known, means, errors, unknown)}; factor {unknown.factor:.2f}")


if __name__ == "__main__":
    main()
