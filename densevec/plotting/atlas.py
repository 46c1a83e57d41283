"""Words in a Parquet file that embedding-atlas shows: coordinates, neighbours, generality, counts."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from densevec._packages import import_package
from densevec._validation import Choice, Instance, Interval, check_parameter
from densevec.formats.output import write_file
from densevec.formats.words import in_utf8
from densevec.plotting.projection import PrincipalPlane, check_perplexity, embed_neighbours
from densevec.vectors import DensityVectors, KeyedVectors

METHODS = ("pca", "tsne")


def write_atlas(
    path: str | os.PathLike[str],
    vectors: KeyedVectors,
    num_words: int | None = None,
    *,
    topn: int = 10,
    method: str = "pca",
    perplexity: float | None = None,
    seed: int = 1,
) -> int:
    """Write the first words to a Parquet file for embedding-atlas, all or nothing; how many they are.

    A row a word: "word", "x" and "y", "count" where counts are known, "generality" and "variance" (its mean over
    dimensions) of densities, and "neighbors", the rows of the ``topn`` nearest of these words and their distances
    1 − cosine, as embedding-atlas takes them:

        embedding-atlas words.parquet --text word --x x --y y --neighbors neighbors

    Parameters
    ----------
    num_words : the first so many words, all if None
    topn : neighbours of each word, as many as there are at most
    method, perplexity, seed : of the coordinates, as in ``map_words``: "pca" or "tsne"

    Raises
    ------
    ParameterError
        For a number out of bounds, a word with a lone surrogate in it, or a perplexity without "tsne".
    MissingPackageError
        Without pyarrow.
    FileError
        If the file cannot be written.
    """
    check_parameter("vectors", vectors, Instance((KeyedVectors,), "KeyedVectors, DensityVectors or the like"))
    check_parameter("num_words", num_words, Interval(int, 3, optional=True))
    check_parameter("topn", topn, Interval(int, 1))
    check_parameter("method", method, Choice(METHODS))
    check_perplexity(perplexity, method)
    check_parameter("seed", seed, Interval(int, 0, 2**32 - 1))
    arrow = import_package("pyarrow", "a file for embedding-atlas", "parquet")
    parquet = import_package("pyarrow.parquet", "a file for embedding-atlas", "parquet")
    words = list(vectors.words[: len(vectors) if num_words is None else num_words])
    in_utf8(words)  # refuses what no column of strings can hold
    means = vectors.get_vectors(words).astype(np.float64)
    points = PrincipalPlane.fit(means).project(means) if method == "pca" else embed_neighbours(means, perplexity, seed)
    columns: dict[str, Any] = {"word": words, "x": points[:, 0], "y": points[:, 1]}
    if vectors.counts is not None:
        columns["count"] = vectors.counts[: len(words)]
    if isinstance(vectors, DensityVectors):
        columns["generality"] = [vectors.generality(word) for word in words]
        columns["variance"] = vectors.variances[: len(words)].reshape(len(words), -1).mean(1)
    columns["neighbors"] = _neighbours(vectors, words, min(topn, len(words) - 1))
    buffer = io.BytesIO()
    parquet.write_table(arrow.table(columns), buffer)
    write_file(path, [buffer.getvalue()], buffer.tell())
    return len(words)


def _neighbours(vectors: KeyedVectors, words: list[str], topn: int) -> list[dict[str, list[Any]]]:
    """The rows of the nearest words of each, and how far they are."""
    row = {word: number for number, word in enumerate(words)}
    found = vectors.most_similar_batch(words, topn, restrict_vocab=len(words))
    return [
        {"ids": [row[word] for word, _ in near], "distances": [1.0 - cosine for _, cosine in near]} for near in found
    ]
