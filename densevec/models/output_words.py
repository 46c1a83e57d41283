"""Predicting a word from the words around it, by gensim's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from densevec._validation import Interval, check_parameter
from densevec.errors import MissingWordError
from densevec.models.generation import ranked_words
from densevec.vectors import KeyedVectors


def predict_output_word(
    vectors: KeyedVectors,
    output_log_probs: Callable[[np.ndarray], np.ndarray],
    context: Sequence[str],
    topn: int | None,
) -> list[tuple[str, float]]:
    """The words that are most probable among context words, by their log probabilities (V,) given rows (W,).

    Errors: ParameterError for a negative ``topn``, MissingWordError where no word of the context is known.
    """
    check_parameter("topn", topn, Interval(int, 0, optional=True))
    rows = np.array([vectors.get_index(word, -1) for word in context], np.int64)
    known = rows[rows >= 0]
    if not len(known):
        raise MissingWordError(
            f"at least one of the context words must be known to predict a word from them, got {list(context)!r:.200}"
        )
    return ranked_words(vectors.words, output_log_probs(known), topn)
