"""Filling a gap by how well each choice explains, or is explained by, the rest of the sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from densevec._validation import Interval, check_parameter
from densevec.corpus.gaps import Ranking, as_question
from densevec.corpus.text import TextCorpus
from densevec.vectors import KeyedVectors

# scores (N,) of words (N,) among context words (W,) that count weight (W,) each
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def complete(
    vectors: KeyedVectors,
    keep: np.ndarray,
    fit: Fit,
    text: TextCorpus,
    sentence: Sequence[str] | str,
    choices: Sequence[str],
    window: int | None,
) -> Ranking:
    """The choices ranked by ``fit``, each context word with the weight that subsampling's ``keep`` (V,) gives it.

    All are read as the sentences of ``text`` are.
    Context words are those of the whole sentence, or those at most ``window`` places from the gap.

    A choice of several tokens has the mean score of its known ones; without any its score is −∞.
    """
    gap = as_question(sentence, choices, text)
    before, after = gap.before, gap.after
    if window is not None:
        check_parameter("window", window, Interval(int, 1))
        before, after = before[-window:], after[:window]
    rows = [[vectors.get_index(token, -1) for token in tokens] for tokens in gap.cut]
    context = np.array([vectors.get_index(token, -1) for token in before + after], dtype=np.int64)
    context = context[context >= 0]
    words = np.array(sorted({row for each in rows for row in each if row >= 0}), dtype=np.int64)
    scores = dict.fromkeys(words.tolist(), 0.0)  # where nothing is known of the rest
    if len(words) and len(context):
        scores = dict(zip(words.tolist(), fit(words, context, keep[context]).tolist(), strict=True))
    means = []
    for each in rows:
        known = [scores[row] for row in each if row >= 0]
        means.append(float(np.mean(known)) if known else -np.inf)
    return gap.ranked(means)
