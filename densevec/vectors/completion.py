"""Filling a gap in a sentence by how similar each choice is to the other words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from densevec._calls import in_a_sentence
from densevec._validation import Interval, check_parameter
from densevec.vectors.state import FloatArray, RowArray, State
from densevec.vectors.word_store import WordStore

if TYPE_CHECKING:
    from densevec.corpus.gaps import Ranking


@in_a_sentence("choices are the words that may fill the gap of the sentence")
def complete(
    self: WordStore, sentence: Sequence[str] | str, choices: Sequence[str], *, sample: float = 1e-5
) -> Ranking:
    """The choices for the gap of a sentence with their scores, best first (total similarity, Zweig et al. 2012).

    The score of v is Σ_c w_c cos(v, c) / Σ_c w_c over the known words c of the sentence, from −1 to 1.  Frequent
    words say little: w_c = min(1, √(sample/f_c)) for a word of which f_c is the share of all tokens; 1 with
    ``sample=0``, without counts, and where all are 0.  A choice of several tokens has the mean of its known ones'
    scores; one without any is last, with −∞.

    Parameters
    ----------
    sentence : its tokens, or a string, which is cut as the text was that the vectors are from; "_____" or None
        stands for the gap
    choices : words; the tokens of one such as "country - dance" with spaces between them
    sample : frequency above which words count for less

    Raises
    ------
    ParameterError : unless there is exactly one gap

    >>> from densevec import KeyedVectors
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> [word for word, _ in vectors.complete("the kakapo and the _____", ["plum", "kiwi"])]
    ['kiwi', 'plum']
    """
    from densevec.corpus.gaps import as_question  # reading of texts, which other questions do without
    from densevec.corpus.own_text import own_text

    check_parameter("sample", sample, Interval(float, 0, 1))
    gap, state = as_question(sentence, choices, own_text(self)), self._state
    context = state.find(gap.before + gap.after, "skip")
    places = context.known
    weights = _context_weights(state, places, sample)
    centre = weights @ context.directions(state.table, places) / max(float(weights.sum()), 1e-300)
    scores = []
    for tokens in gap.cut:
        found = state.find(tokens, "skip")
        known = found.directions(state.table, found.known)
        scores.append(float(np.clip(np.mean(known @ centre), -1, 1)) if len(known) else -np.inf)
    return gap.ranked(scores)


def _context_weights(state: State, places: RowArray, sample: float) -> FloatArray:
    if state.counts is None or not state.counts.any() or sample == 0:
        return np.ones(len(places))
    counts = np.zeros(len(places))  # a word that was composed was never seen
    is_row = places < len(state.counts)
    counts[is_row] = state.counts[places[is_row]]
    return np.minimum(1.0, np.sqrt(sample * state.counts.sum(dtype=np.float64) / np.maximum(counts, 1)))
