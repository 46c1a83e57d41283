"""The probability that one word entails another, from their densities and from what the text says of kinds of things.

A network of one hidden layer looks at what the two densities have to do with each other and at the evidence on the two
words and on those near the narrow one; it is fitted where the vectors are trained (``densevec.models.inference``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec.densities import get_measure
from densevec.evidence.network import NUM_FEATURES, NUM_MARGINALS, Inference
from densevec.evidence.table import Evidence, context_of, evidence_features
from densevec.vectors._arguments import as_unit
from densevec.vectors._attributes import SPECIFICITY
from densevec.vectors.geometry import Geometry, geometry_of_pairs, geometry_of_query, project
from densevec.vectors.rows import Resolved
from densevec.vectors.state import FloatArray, RowArray, State

_SURE = 0.2
NUM_NEAR = 30  # neighbours whose evidence counts for a word
_NEVER = 10.0  # taken from the log odds of a function word, and of a word that the text never has as the broader one
_STRONGEST, _NEAREST = 30, 100  # narrower words of a word, and their neighbours, that are looked at
_QUERIES_AT_ONCE = 2**11
_COSINE = get_measure("cosine")


class Located(NamedTuple):
    """Where the words of a state stand in the evidence.

    slots : (n,) place of each word in the evidence's words, −1 for none;  folded : of the word that stands for it
    sources : rows whose word has evidence as the narrow one, and stands for itself
    """

    slots: RowArray
    folded: RowArray
    sources: RowArray


def locate(state: State, evidence: Evidence) -> Located:
    """Look the words up; once for every state."""
    key = "located"
    if key not in state.derived or state.derived[key][0] is not evidence:
        if evidence.words is state.words:
            slots = np.arange(len(state.words))
        else:
            index = {word: place for place, word in enumerate(evidence.words)}
            slots = np.array([index.get(word, -1) for word in state.words], dtype=np.int64)
        folded = np.where(slots >= 0, evidence.folds[np.maximum(slots, 0)], -1).astype(np.int64)
        stands = (folded == slots) & (slots >= 0)
        sources = np.flatnonzero(stands & (evidence.of_narrow[np.maximum(folded, 0)] > 0))
        state.derived[key] = evidence, Located(slots, folded, sources)
    located: Located = state.derived[key][1]
    return located


class Specificity(NamedTuple):
    """What words tell of their contexts.

    counted : (n,) as it was counted, 0 of words that the text lacks
    filled : (n,) the same, and of those words the mean over the tokens of the text
    spread : the standard deviation of what was counted, over the tokens of the text
    """

    counted: FloatArray
    filled: FloatArray
    spread: float


def are_counted(state: State, rows: RowArray) -> npt.NDArray[np.bool_]:
    """Whether the text has the words of some rows, in the shape of these: what a word that it lacks, such as an added
    one, tells of its contexts is 0.  All count where nobody counted."""
    column = state.specificity
    return np.ones(rows.shape, bool) if column is None else column[rows] != 0


def is_counted(state: State, row: int | None) -> bool:
    """The same of one row; not of a density that has none."""
    return row is not None and bool(are_counted(state, np.array(row)))


def _specificity_of(state: State) -> Specificity | None:
    """What all words tell of their contexts, worked out once for every state; None where it was counted of none."""
    column = state.specificity
    if column is None:
        return None
    if SPECIFICITY not in state.derived:
        counted = np.array(column, dtype=np.float64)
        mean, deviation = state.scaled().scale or (0.0, 0.0)
        filled = np.where(counted == 0, mean, counted)
        state.derived[SPECIFICITY] = Specificity(counted, filled, max(deviation, 1e-300))
    result: Specificity = state.derived[SPECIFICITY]
    return result


def _specificity(state: State, rows: RowArray) -> FloatArray:
    """What some words tell of their contexts, 0 where it was counted of none, in the shape of the rows."""
    told = _specificity_of(state)
    return np.zeros(rows.shape) if told is None else told.filled[rows]


def specificity_gain(state: State, narrow: Any, broad: Any) -> Any:
    """How much more the narrow of two words tells of its contexts than the broad one, in standard deviations over the
    tokens of the text, less ``_SURE`` of one; nan where it was not counted of both (a row is None, or has 0)."""
    told = _specificity_of(state)
    if told is None or narrow is None or broad is None:
        return np.nan
    counted = told.counted
    gain = (counted[narrow] - counted[broad]) / told.spread - _SURE
    return np.where((counted[narrow] == 0) | (counted[broad] == 0), np.nan, gain)


def generality_scores(state: State) -> FloatArray | None:
    """(n,) the higher the more general: −specificity in standard deviations, and where there is evidence
    + ½ log (1 + B)/(1 + N), of what the text has below and above a word; None where it was not counted."""
    told = _specificity_of(state)
    if told is None:
        return None
    if "generality" in state.derived:
        known: FloatArray = state.derived["generality"]
        return known
    scores: FloatArray = -told.filled / told.spread
    evidence = state.statements
    if evidence is not None:
        folded = np.maximum(locate(state, evidence).folded, 0)
        scores += 0.5 * (np.log1p(evidence.of_broad) - np.log1p(evidence.of_narrow))[folded]
    state.derived["generality"] = scores
    return scores


class Near(NamedTuple):
    """Of k densities the nearest words that have evidence: rows and cosines, (k, m)."""

    rows: RowArray
    cosines: FloatArray


def nearest_sources(state: State, evidence: Evidence, queries: Sequence[Resolved], number: int = NUM_NEAR + 1) -> Near:
    """The nearest words that the text says something of as the narrow ones; the word itself may be among them."""
    sources = locate(state, evidence).sources
    number = min(number, len(sources))
    if not number or not len(queries):
        return Near(np.zeros((len(queries), number), np.int64), np.zeros((len(queries), number)))
    found = state.rows.nearest(_COSINE, queries, number, sources, [()] * len(queries))
    return Near(np.array([rows for rows, _ in found]), np.array([cosines for _, cosines in found]))


def features_of_pairs(
    state: State, evidence: Evidence, first: RowArray, second: RowArray, near: Near | None = None
) -> FloatArray:
    """(n, 22) for pairs of rows; ``near`` of the distinct first ones, in order, is found where it is not given."""
    located, rows = locate(state, evidence), state.rows
    narrow, place = np.unique(first, return_inverse=True)
    if near is None:
        near = nearest_sources(state, evidence, [rows.item(row) for row in narrow.tolist()])
    frequency, telling = _told_of_narrow(state, narrow, near)
    features = np.empty((len(first), NUM_FEATURES))
    _put_marginals(
        features,
        geometry_of_pairs(state, first, second),
        (_spread(state, first), _spread(state, second)),
        (frequency[place], _frequency(state, second)),
        (telling[place], _specificity(state, second)),
        state.table.dim,
    )
    for begin in range(0, len(narrow), _QUERIES_AT_ONCE):
        part = slice(begin, begin + _QUERIES_AT_ONCE)
        context = context_of(
            evidence, located.folded[narrow[part]], located.folded[near.rows[part]], near.cosines[part]
        )
        here = np.flatnonzero((place >= begin) & (place < begin + _QUERIES_AT_ONCE))
        features[here, NUM_MARGINALS:] = evidence_features(
            evidence, context, place[here] - begin, located.folded[second[here]]
        )
    return features


def _features_of_query(
    state: State, evidence: Evidence, query: Resolved, rows: RowArray, geometry: Geometry
) -> FloatArray:
    """(n, 22) for a density and rows that it may entail."""
    located, near = locate(state, evidence), nearest_sources(state, evidence, [query])
    own = np.array([-1 if query.row is None else query.row])
    ids = np.where(own < 0, -1, located.folded[own])
    context = context_of(evidence, ids, located.folded[near.rows], near.cosines)
    features = np.empty((len(rows), NUM_FEATURES))
    frequency, telling = _told_of_narrow(state, own, near)
    if query.row is not None:
        spread = _spread(state, own)
    else:
        assert query.log_variance is not None  # a density's
        spread = np.array([query.log_variance.mean()])
    _put_marginals(
        features,
        geometry,
        (spread, _spread(state, rows)),
        (frequency, _frequency(state, rows)),
        (telling, _specificity(state, rows)),
        state.table.dim,
    )
    features[:, NUM_MARGINALS:] = evidence_features(
        evidence, context, np.zeros(len(rows), np.int64), located.folded[rows]
    )
    return features


def _told_of_narrow(state: State, rows: RowArray, near: Near) -> tuple[FloatArray, FloatArray]:
    """Log counts of k narrow words and what they tell of their contexts, (k,) each: of densities (of row −1) and of
    words that the text lacks the means of the words near them."""
    frequency, telling = _frequency(state, rows), _specificity(state, rows)
    others = np.flatnonzero((rows < 0) | ~are_counted(state, rows))
    if len(others):
        means = _means(state, near.rows[others]) if near.rows.size else _means_of_all(state)
        frequency[others], telling[others] = means
    return frequency, telling


def _means(state: State, rows: RowArray) -> tuple[FloatArray, FloatArray]:
    """The mean log count of words along the last axis, and what they tell of their contexts in the mean."""
    return _frequency(state, rows).mean(axis=-1), _specificity(state, rows).mean(axis=-1)


def _means_of_all(state: State) -> tuple[FloatArray, FloatArray]:
    """The same of all words, worked out once for every state."""
    return state.once("means", lambda: _means(state, np.arange(len(state.words))))


def _put_marginals(
    features: FloatArray,
    geometry: Geometry,
    spreads: tuple[FloatArray, FloatArray],
    counts: tuple[FloatArray, FloatArray],
    specificities: tuple[FloatArray, FloatArray],
    dim: int,
) -> None:
    """Cosine and KL by dimension; and of three facts about a and b the difference, that of a, that of b."""
    features[:, 0] = geometry.cosine
    features[:, 1] = -geometry.there / dim
    features[:, 2] = -geometry.back / dim
    for column, (a, b) in ((3, spreads), (6, counts), (9, specificities)):
        features[:, column], features[:, column + 1], features[:, column + 2] = b - a, a, b


def _spread(state: State, rows: RowArray) -> FloatArray:
    """Mean log variance of some rows."""
    return np.asarray(state.table.log_determinants[rows], dtype=np.float64) / state.table.dim


def _frequency(state: State, rows: RowArray) -> FloatArray:
    """Log counts of some rows, 0 where counts are unknown, in their shape."""
    if state.counts is None:
        return np.zeros(rows.shape)
    return np.log(np.maximum(state.counts[rows], 1))


def pairs_log_odds(state: State, inference: Inference, first: RowArray, second: RowArray) -> FloatArray:
    """Log odds that ``first[i]`` entails ``second[i]``, (n,), for even prior odds."""
    network = inference.network
    features = features_of_pairs(state, inference.evidence, first, second)
    products = (project(state, first, network.left) + network.left_bias) * (
        project(state, second, network.right) + network.right_bias
    )
    are_functions = _are_functions(state, inference.evidence)[first]
    return _of_things(state, inference, are_functions, second, network.log_odds(features, products))


def query_log_odds(state: State, inference: Inference, query: Resolved, rows: RowArray) -> FloatArray:
    """Log odds that a density entails each of some rows, (n,), for even prior odds."""
    network = inference.network
    geometry, projected = geometry_of_query(state, query, rows, network.right)
    products = (as_unit(query.mean) @ network.left + network.left_bias) * (projected + network.right_bias)
    features = _features_of_query(state, inference.evidence, query, rows, geometry)
    is_function = query.own_row is not None and _are_functions(state, inference.evidence)[query.own_row]
    return _of_things(state, inference, is_function, rows, network.log_odds(features, products))


def _of_things(state: State, inference: Inference, is_function: Any, broad: RowArray, odds: FloatArray) -> FloatArray:
    """Log odds, less where the narrow word ``is_function``, of all pairs or of each, or the broad one is of no kind."""
    return odds - _NEVER * (is_function | ~is_ever_broad(state, inference)[broad])


def _are_functions(state: State, evidence: Evidence) -> npt.NDArray[np.bool_]:
    """(n,) which words are function words of the text's language, looked up once for every state."""
    key = "functions"
    if key not in state.derived or state.derived[key][0] is not evidence:
        state.derived[key] = evidence, np.isin(locate(state, evidence).slots, evidence.functions)
    found: npt.NDArray[np.bool_] = state.derived[key][1]
    return found


def is_ever_broad(state: State, inference: Inference) -> npt.NDArray[np.bool_]:
    """(n,) whether the text says of anything that it is a kind of the word."""
    evidence = inference.evidence
    key = "ever_broad"
    if key not in state.derived or state.derived[key][0] is not evidence:
        folded = locate(state, evidence).folded
        state.derived[key] = evidence, (folded >= 0) & (evidence.of_broad[np.maximum(folded, 0)] > 0)
    ever: npt.NDArray[np.bool_] = state.derived[key][1]
    return ever


def likely_below(state: State, inference: Inference, row: int) -> RowArray:
    """Rows that may entail the word of a row: those the text has below it or below such a word, and those near them."""
    evidence, located = inference.evidence, locate(state, inference.evidence)
    word = located.folded[row]
    queries = [state.rows.item(row)]
    below = np.zeros(len(evidence.words), dtype=bool)
    if word >= 0:
        direct = evidence.by_broad[[word]].indices
        below[direct] = True
        below[evidence.by_broad[direct].indices] = True
        strongest = direct[np.argsort(-evidence.by_broad[[word]].data, kind="stable")[:_STRONGEST]]
        queries += [state.rows.item(each) for each in np.flatnonzero(np.isin(located.slots, strongest)).tolist()]
    stated = np.flatnonzero(below[np.maximum(located.folded, 0)] & (located.folded >= 0))
    found = state.rows.nearest(_COSINE, queries, _NEAREST, range(len(state.words)), [()] * len(queries))
    return np.unique(np.concatenate([stated, *(rows for rows, _ in found)]))


def most_told(vectors: Any, size: int) -> RowArray:
    """The first ``size`` rows in the order of how much the text tells of their words' kinds; as they are without it."""
    state, rows = vectors._state, np.arange(size)
    if state.inference is None:
        return rows
    evidence, located = state.inference.evidence, locate(state, state.inference.evidence)
    folded = np.maximum(located.folded[:size], 0)
    told = np.where(located.folded[:size] >= 0, evidence.of_narrow[folded], -1.0)
    return np.argsort(-told, kind="stable")


def set_inference(vectors: Any, inference: Inference | None) -> None:
    """Let it decide entailment between the words of some vectors."""
    with vectors._lock:
        vectors._state = vectors._state.changed(inference=inference, evidence=None)
