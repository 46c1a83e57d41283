"""Log odds that words entail others, by what was learned from the text or by the densities alone, and what is close."""

from __future__ import annotations

import numpy as np

from densevec._validation import Interval, check_parameters
from densevec.errors import ParameterError
from densevec.vectors.entailment import (
    ENTAILMENT_FROM_QUERY,
    ENTAILMENT_TO_QUERY,
    Closeness,
    density_log_odds,
    random_pairs,
)
from densevec.vectors.inference import are_counted, is_counted, pairs_log_odds, query_log_odds, specificity_gain
from densevec.vectors.rows import Resolved
from densevec.vectors.state import FloatArray, Item, RowArray, State
from densevec.vectors.word_densities import density_item
from densevec.vectors.word_store import WordStore

_SURE = 1.0  # standard deviation that a close pair is above the middle of random ones


def odds_of_items(self: WordStore, state: State, a: Item, b: Item) -> float:
    """Log odds that one item entails another, −∞ for a word and itself.

    The densities alone decide where nothing was learned from a text, or where it has no word for the broader one.
    """
    query, other = density_item(state, a), density_item(state, b)
    if query.own_row is not None and query.own_row == other.own_row:
        return -np.inf
    if state.inference is not None and is_counted(state, other.row):
        return float(query_log_odds(state, state.inference, query, np.array([other.row]))[0])
    forward, backward = state.rows.both_ways(query, other)
    told, closeness = specificity_gain(state, query.row, other.row), closeness_of(self)
    close = closeness.log_odds(state.rows.score(closeness.measure(), query, other))
    return float(density_log_odds(forward - backward, told, close))


def odds_of_pairs(self: WordStore, state: State, first: RowArray, second: RowArray) -> FloatArray:
    """Those of pairs of rows, (k,)."""
    inference, odds = state.inference, np.empty(len(first))
    by_text = are_counted(state, second) & (inference is not None)
    if inference is not None and by_text.any():
        odds[by_text] = pairs_log_odds(state, inference, first[by_text], second[by_text])
    if not by_text.all():
        odds[~by_text] = _pairs_by_densities(self, state, first[~by_text], second[~by_text])
    return np.where(first == second, -np.inf, odds)


def _pairs_by_densities(self: WordStore, state: State, first: RowArray, second: RowArray) -> FloatArray:
    forward = state.rows.pairs(ENTAILMENT_FROM_QUERY, first, second)
    backward = state.rows.pairs(ENTAILMENT_FROM_QUERY, second, first)
    told, closeness = specificity_gain(state, first, second), closeness_of(self)
    close = closeness.log_odds(state.rows.pairs(closeness.measure(), first, second))
    return np.asarray(density_log_odds(forward - backward, told, close))


def odds_of_query(
    self: WordStore, state: State, query: Resolved, rows: RowArray, *, is_narrow: bool = True
) -> FloatArray:
    """Those of a query and some rows, (n,), or the other way round: by densities alone."""
    inference, odds = state.inference, np.empty(len(rows))
    by_text = are_counted(state, rows) & (inference is not None and is_narrow)
    if inference is not None and by_text.any():
        odds[by_text] = query_log_odds(state, inference, query, rows[by_text])
    if not by_text.all():
        odds[~by_text] = _query_by_densities(self, state, query, rows[~by_text], is_narrow)
    return np.where(rows == (-1 if query.own_row is None else query.own_row), -np.inf, odds)


def _query_by_densities(self: WordStore, state: State, query: Resolved, rows: RowArray, is_narrow: bool) -> FloatArray:
    forward = state.rows.scores(ENTAILMENT_FROM_QUERY, query, rows)
    backward = state.rows.scores(ENTAILMENT_TO_QUERY, query, rows)
    advantage = forward - backward if is_narrow else backward - forward
    narrow, broad = (query.row, rows) if is_narrow else (rows, query.row)
    told, closeness = specificity_gain(state, narrow, broad), closeness_of(self)
    close = closeness.log_odds(state.rows.scores(closeness.measure(is_narrow=is_narrow), query, rows))
    return np.asarray(density_log_odds(advantage, told, close))


def closeness_of(self: WordStore) -> Closeness:
    """When two of the words are close enough, found first where that is not known."""
    closeness = self._state.closeness
    return Closeness(contrast=calibrate_entailment(self)) if closeness is None else closeness


def calibrate_entailment(self: WordStore, seed: int = 1, num_pairs: int = 100_000) -> float:
    """Set and return the least contrast from which a word is close enough to entail another, by densities alone.

    The contrast of a pair, log KL(a‖b′) − 3/2 log KL(a‖b), compares its divergence with that to b mirrored at the
    origin, b′, which is as broad and as far out as b and has nothing to do with a; so it hardly depends on how broad
    the two words are.  The least contrast lies a (robust) standard deviation above the middle of random pairs of
    different words, median + 1.4826 · MAD, an empirical null (Efron 2004).  Words are drawn uniformly.  It is
    saved with the vectors, and it takes the place of an ``entailment_bound`` set by hand.
    """
    state = self._state
    if len(state.words) < 2:
        raise ParameterError(f"entailment needs at least two words, got {len(state.words)}")
    check_parameters({"seed": seed, "num_pairs": num_pairs}, {"seed": Interval(int, 0), "num_pairs": Interval(int, 1)})
    contrasts = state.rows.pairs(Closeness().measure(), *random_pairs(len(state.words), seed, num_pairs))
    middle = np.median(contrasts)
    contrast = float(middle + _SURE * 1.4826 * np.median(np.abs(contrasts - middle)))
    with self._lock:
        if self._state is state:  # not if the vectors have been changed since
            self._state = state.close_by(Closeness(contrast=contrast))
    return contrast
