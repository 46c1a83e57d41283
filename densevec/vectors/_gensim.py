"""Objects of gensim's, by the layout of their attributes: gensim itself is not imported."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.errors import ParameterError
from densevec.formats import Subwords, WordVectors


def read_gensim(vectors: Any) -> tuple[WordVectors, Subwords | None]:
    """The table of gensim's KeyedVectors, or of a model that has them as ``wv``, and FastText's rows of n-grams.

    Places of a table enlarged in advance that hold no word yet are left out.  gensim (4.4) does not lengthen its
    counts when vectors are added: a word that they do not reach has the count 0.
    """
    vectors = getattr(vectors, "wv", vectors)
    if not hasattr(vectors, "index_to_key") or not hasattr(vectors, "vectors"):
        raise ParameterError(
            f"vectors must be gensim's KeyedVectors or a model with them, got {type(vectors).__name__}"
        )
    words = list(vectors.index_to_key)
    table = np.array(vectors.vectors, dtype=np.float32)[: len(words)]
    counts = _counts(getattr(vectors, "expandos", {}).get("count"), len(words))
    if None in words:
        is_word = np.array([word is not None for word in words])
        words, table = [word for word in words if word is not None], table[is_word]
        counts = None if counts is None else counts[is_word]
    return WordVectors(words, table, counts), _subwords(vectors)


def _counts(found: Any, size: int) -> npt.NDArray[np.int64] | None:
    if found is None:
        return None
    counts = np.zeros(size, dtype=np.int64)
    known = np.asarray(found, dtype=np.int64)[:size]
    counts[: len(known)] = known
    return counts


def _subwords(vectors: Any) -> Subwords | None:
    """FastText's n-grams, which gensim hashes as fastText does; None where there are none."""
    rows = getattr(vectors, "vectors_ngrams", None)
    if rows is None or len(rows) == 0:  # bucket=0, or no FastText at all
        return None
    shortest, longest = int(vectors.min_n), int(vectors.max_n)
    if longest < max(shortest, 1):
        return None
    rows = np.array(rows, dtype="<f4", order="C")
    return Subwords(rows.reshape(-1).view(np.uint8), rows.shape[1], shortest, longest)
