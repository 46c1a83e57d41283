"""Entailment between words: scores, decisions, broader and narrower words, and the graph among some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from densevec.densities import Measure, get_measure
from densevec.errors import ParameterError
from densevec.vectors._arguments import check_on_missing, check_topn
from densevec.vectors.entailment import ENTAILMENT_FROM_QUERY, ENTAILMENT_TO_QUERY, RANDOM_SHARE, random_pairs
from densevec.vectors.entailment_graph import EntailmentGraph
from densevec.vectors.neighbours import Neighbours, make_scope, named
from densevec.vectors.rows import Resolved, Scope
from densevec.vectors.state import FloatArray, Item, RowArray, State
from densevec.vectors.word_densities import density_item
from densevec.vectors.word_store import WordStore

_LIKELY_SHARE = 50  # one word in so many is looked at first: the bound admits one pair in a hundred
_KL = get_measure("kl_from_query")


def entailment(self: WordStore, a: Item, b: Item) -> float:
    """How much a entails b ('a kakapo is a bird'): one score in nats, the higher the more.

    The score is ``densevec.vectors.entailment.entailment_scores``.
    """
    state = self._state
    return state.rows.score(ENTAILMENT_FROM_QUERY, density_item(state, a), density_item(state, b))


def entailment_batch(self: WordStore, a: Sequence[str], b: Sequence[str]) -> FloatArray:
    """``entailment`` of many pairs of words at once: a[i] with b[i], (k,) float64."""
    state = self._state
    first, second = state.places(a), state.places(b)
    if len(first) != len(second):
        raise ParameterError(f"a and b must be equally long, got {len(first)} and {len(second)} words")
    return state.rows.pairs(ENTAILMENT_FROM_QUERY, first, second)


def entails(self: WordStore, a: Item, b: Item) -> bool:
    """Whether a entails b: more than b entails a, and with a KL(a‖b) as low as 1 % of random pairs have.

    The bound is ``entailment_bound``; vectors that were never calibrated, or were changed since, are calibrated
    with ``seed=1`` at the first call.  A word does not entail itself.
    """
    state = self._state
    forward, backward, divergence = state.rows.both_ways(density_item(state, a), density_item(state, b))
    return forward > backward and divergence <= _bound(self)


def _bound(self: WordStore) -> float:
    bound = self._state.bound
    return calibrate_entailment(self) if bound is None else bound


def calibrate_entailment(self: WordStore, seed: int = 1, num_pairs: int = 100_000) -> float:
    """Set and return the bound of ``entails``: 1 % of random pairs of different words have a lower KL(a‖b).

    Words are drawn uniformly from the vocabulary.  The bound is saved with the vectors.
    """
    state = self._state
    if len(state.words) < 2:
        raise ParameterError(f"entailment needs at least two words, got {len(state.words)}")
    if num_pairs < 1:
        raise ParameterError(f"num_pairs must be an integer at least 1, got {num_pairs!r}")
    divergences = -state.rows.pairs(_KL, *random_pairs(len(state.words), seed, num_pairs))
    bound = float(np.quantile(divergences, RANDOM_SHARE, method="lower"))
    set_bound(self, state, bound)
    return bound


def set_bound(self: WordStore, state: State, bound: float | None) -> None:
    """Keep the bound of a state, unless the vectors have been changed since."""
    with self._lock:
        if self._state is state:
            self._state = replace(state, bound=bound)


def hypernyms(
    self: WordStore,
    word: Item,
    topn: int | None = 10,
    *,
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
) -> Neighbours:
    """The broader words that ``word`` entails, as ``entails`` decides, by ``entailment(word, other)``, best first.

    Parameters
    ----------
    word : a word, or a Gaussian such as a posterior: what is the kiwi of this sentence?
    topn : at most so many; None for all
    restrict_vocab, within : among the first words, or among these only, as in ``most_similar``

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(
    ...     ["bird", "kakapo", "plum"], [[0.0, 0.0], [0.1, 0.2], [9.0, 9.0]], [1.0, 0.1, 0.1], entailment_bound=5.0
    ... )
    >>> [broader for broader, score in vectors.hypernyms("kakapo")]
    ['bird']
    """
    return _entailed(self, word, topn, restrict_vocab, within, _KL, ENTAILMENT_FROM_QUERY, ENTAILMENT_TO_QUERY)


def hyponyms(
    self: WordStore,
    word: Item,
    topn: int | None = 10,
    *,
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
) -> Neighbours:
    """The narrower words that entail ``word``, by ``entailment(other, word)``; otherwise as ``hypernyms``."""
    measure = get_measure("kl_to_query")
    return _entailed(self, word, topn, restrict_vocab, within, measure, ENTAILMENT_TO_QUERY, ENTAILMENT_FROM_QUERY)


def _entailed(
    self: WordStore,
    word: Item,
    topn: int | None,
    restrict_vocab: int | None,
    within: Iterable[str] | None,
    divergence: Measure,
    forward: Measure,
    backward: Measure,
) -> Neighbours:
    """The words that a query entails, or is entailed by: as ``entails`` decides, by the forward score."""
    wanted, bound, state = check_topn(topn), _bound(self), self._state
    query = density_item(state, word)
    rows = _rows_within(state, query, divergence, bound, make_scope(state, 0, None, restrict_vocab, within))
    scores, others = state.rows.scores(forward, query, rows), state.rows.scores(backward, query, rows)
    order = np.lexsort((rows, -scores))
    order = order[scores[order] > others[order]][:wanted]
    return named(state, rows[order], scores[order])


def _rows_within(state: State, query: Resolved, divergence: Measure, bound: float, scope: Scope) -> RowArray:
    """The rows of a scope whose divergence is at most the bound: the nearest ones if they reach so far."""
    num_likely = 100 + len(scope) // _LIKELY_SHARE
    ((rows, scores),) = state.rows.nearest(divergence, [query], num_likely, scope, [()])
    if len(rows) < len(scope) and -scores[-1] <= bound:
        rows = np.asarray(scope, dtype=np.int64)
        scores = state.rows.scores(divergence, query, rows)
    return rows[-scores <= bound]


def entailment_graph(self: WordStore, words: Sequence[str], *, on_missing: str = "error") -> EntailmentGraph:
    """Which of these words entail which others, without the edges that follow from other edges.

    There is an edge from a to b where ``entails(a, b)`` and b has the greater entropy (for spherical densities the
    second follows from the first), so that there are no cycles.  ``on_missing="skip"`` passes over unknown words.

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(
    ...     ["animal", "bird", "kakapo"], [[0.0, 0.0], [0.1, 0.1], [0.1, 0.2]], [4, 1, 0.1], entailment_bound=9.0
    ... )
    >>> [edge[:2] for edge in vectors.entailment_graph(["kakapo", "bird", "animal"]).edges]
    [('kakapo', 'bird'), ('bird', 'animal')]
    """
    check_on_missing(on_missing, ("error", "skip"))
    state = self._state
    found = state.places(list(dict.fromkeys(words)), on_missing)
    rows = found[found >= 0]
    bound = _bound(self) if len(rows) > 1 else 0.0
    first, second = state.rows.close_pairs(rows, bound)
    a, b = rows[first], rows[second]
    scores = state.rows.pairs(ENTAILMENT_FROM_QUERY, a, b)
    holds = (scores > state.rows.pairs(ENTAILMENT_FROM_QUERY, b, a)) & (-state.rows.pairs(_KL, a, b) <= bound)
    holds &= state.table.log_determinants[b] > state.table.log_determinants[a]
    pairs = np.stack([first[holds], second[holds]], axis=1)
    return EntailmentGraph.of([state.words[row] for row in rows.tolist()], pairs, scores[holds])
