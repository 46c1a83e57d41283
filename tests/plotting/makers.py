"""Small maps for the tests."""

from __future__ import annotations

import numpy as np

from densevec.densities import Gaussian
from densevec.plotting import Reading, map_words
from densevec.vectors import DensityVectors

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "a&b",
    "$x_1$",
    '"quoted"',
    "{{map}}",
    "%{x}",
]


def some_vectors(num_words=8, dim=5, *, is_spherical=False, seed=0, words=None):
    random = np.random.default_rng(seed)
    shape = num_words if is_spherical else (num_words, dim)
    names = words or [f"word{row}" for row in range(num_words)]
    return DensityVectors(names, random.normal(size=(num_words, dim)), random.uniform(0.1, 1.5, shape))


def a_map(num_words=8, **options):
    vectors = some_vectors(num_words)
    tokens = ("so", "much", "for", "word0", "here")
    reading = Reading(tokens, 3, Gaussian(vectors["word0"] + 0.5, vectors.variance("word0") / 2))
    return map_words(vectors, vectors.index_to_key, readings=[reading], **options)
