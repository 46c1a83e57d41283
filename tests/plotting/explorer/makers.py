"""Vectors of every kind whose pages are looked at, and what such a page holds."""

from __future__ import annotations

import base64
import json
import re

import numpy as np

from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&amp;",
    "{{script}}",
    "a\"b'c",
    "\u2028",
]
SCRIPTS = ["שלום", "سلام", "鳥", "ことり", "новозеландский"]
DTYPES = {"high": "i1", "low": "u1", "log_variance": "<u2"}


def make_vectors(kind, size=300, dim=12, seed=3):
    """Clusters, so that some neighbours are close and some far."""
    random = np.random.default_rng(seed)
    words = [*HOSTILE, *SCRIPTS, *(f"word{row}" for row in range(size - len(HOSTILE) - len(SCRIPTS)))]
    centres = random.normal(size=(12, dim))
    mean = centres[random.integers(12, size=size)] + 0.5 * random.normal(size=(size, dim))
    counts = np.arange(size, 0, -1)
    if kind == "points":
        return KeyedVectors(words, mean, counts)
    if kind == "weightless":  # every second word has a component of weight 0, all in one place
        means, variances = np.stack([mean, np.ones_like(mean)], axis=1), np.exp(0.4 * random.normal(size=(size, 2)))
        second = np.where(np.arange(size) % 2, 0.0, 0.3)
        return MixtureVectors(words, means, variances, np.stack([1 - second, second], axis=1), counts)
    if kind == "mixtures":
        means, variances = np.stack([mean, mean[::-1]], axis=1), np.exp(0.4 * random.normal(size=(size, 2)))
        return MixtureVectors(words, means, variances, random.dirichlet([2, 2], size=size), counts)
    variance = np.exp(0.4 * random.normal(size=size if kind == "spherical" else (size, dim)))
    return DensityVectors(words, mean, variance, counts)


def scripts_of(page):
    """(attributes, content) of each script as a browser's parser finds them."""
    return re.findall(r"<script\b([^>]*)>(.*?)</script", page, re.DOTALL | re.IGNORECASE)


def contents_of(page):
    """The header, and the arrays by name."""
    header, blocks = None, {}
    for attributes, content in scripts_of(page):
        name = re.search(r'id="(?:block-)?(\w+)"', attributes)
        if name and name[1] == "header":
            header = json.loads(content)
        elif name:
            blocks[name[1]] = np.frombuffer(base64.b64decode(content), DTYPES.get(name[1], "<f4"))
    return header, blocks
