"""Small densities for the tests, and the brute force they are compared with."""

import numpy as np

from densevec.densities import get_measure
from densevec.evidence.network import NUM_FEATURES, Inference, Network
from densevec.evidence.table import Evidence
from densevec.formats import Subwords, WordVectors
from densevec.vectors import DensityVectors, SubwordDensityVectors
from densevec.vectors.rows import Unseen
from densevec.vectors.rows.unseen import LEVELS

WORDS = ["kiwi", "kakapo", "parrot", "bird", "plum", "nothing"]
ROWS = [[1, 1, 0], [1, 0.2, 0], [1, 0, 0.1], [0.9, 0, 0.3], [0, 1, 0], [0, 0, 0]]


def densities(num_words=300, dim=8, *, is_spherical=True, seed=0, low=0.1, high=2.0, scale=1.0):
    """Words w0, w1, ... with normal means and variances log-uniform between ``low`` and ``high``."""
    random = np.random.default_rng(seed)
    shape = num_words if is_spherical else (num_words, dim)
    return DensityVectors(
        [f"w{row}" for row in range(num_words)],
        random.normal(size=(num_words, dim)) * scale,
        np.exp(random.uniform(np.log(low), np.log(high), shape)),
        np.arange(num_words)[::-1],
    )


def subword_densities(words, dim=4, *, is_spherical=True, counts=None, seed=0, parameters=None):
    """Words with random densities, and n-grams of three and four characters for any other word."""
    random, buckets = np.random.default_rng(seed), 50
    variances = random.uniform(0.5, 2, len(words) if is_spherical else (len(words), dim))
    table = WordVectors(words, random.normal(size=(len(words), dim)), counts, variances)
    ngrams = np.stack([random.uniform(0, 5, buckets), random.uniform(-2, 1, buckets)], axis=1).astype(np.float32)
    reach, scale = np.sort(random.gamma(3, 1 / 3, LEVELS)), random.uniform(0.5, 1.5, 1 if is_spherical else dim)
    rows = random.normal(size=(buckets, dim)).astype("<f4").reshape(-1).view(np.uint8)
    unseen = Unseen(ngrams, np.array([-1.0, -0.2, -0.3]), reach, scale, 40)
    return SubwordDensityVectors(table, Subwords(rows, dim, 3, 4), unseen, 4.0, parameters)


def brute_force(vectors, mean, log_variance, measure):
    """Float64 scores of every word by the measure's formula, no blocks, no products."""
    variance = vectors.variances.astype(np.float64)
    log_variances = np.log(variance[:, None] if variance.ndim == 1 else variance)
    return get_measure(measure).score(mean, log_variance, vectors.vectors.astype(np.float64), log_variances)


def ranking(scores, topn, excluded=()):
    order = np.lexsort((np.arange(len(scores)), -scores))
    return [int(row) for row in order if row not in excluded][:topn]


def chance_inference(words, dim, folds=None, *, scale=1.0, seed=3, num_products=3, num_hidden=4):
    """Evidence that words are kinds of the first four, and a network over it whose weights are chance's.

    folds : the row of the word that stands for each; itself unless given
    """
    random = np.random.default_rng(seed)
    folds = np.arange(len(words)) if folds is None else np.asarray(folds)
    sides = 2 * ((dim, num_products), (num_products,))
    shapes = (NUM_FEATURES,), *sides, (NUM_FEATURES + num_products, num_hidden), (num_hidden,), (num_hidden,), ()
    arrays = [random.normal(size=shape) * scale for shape in shapes]
    network = Network(arrays[0], np.ones(NUM_FEATURES), *arrays[1:])
    narrow = np.array([row for row in range(4, len(words)) if folds[row] == row], np.int32)
    weight = random.uniform(1, 9, len(narrow)).astype(np.float32)
    said = {(5, 1): f"{words[5]} is a {words[1]}"}
    functions = np.array([len(words) - 2], np.int32)
    evidence = Evidence(words, folds.astype(np.int32), narrow, narrow % 4, weight, said, functions=functions)
    return Inference(evidence, network, np.ones((10, 3)))
