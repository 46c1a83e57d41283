"""Entailment between words: scores, decisions, broader and narrower words, and the graph among some."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from densevec._containers import columns_of, is_list_like, listed, plain
from densevec._roles import as_in_sentence, as_several, as_words
from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.evidence.network import Inference
from densevec.vectors._arguments import check_on_missing, check_topn
from densevec.vectors.entailment import CONTRAST_POWER, ENTAILMENT_FROM_QUERY, Closeness
from densevec.vectors.entailment_graph import EntailmentGraph, acyclic
from densevec.vectors.entailment_odds import closeness_of, odds_of_items, odds_of_pairs, odds_of_query
from densevec.vectors.inference import are_counted, is_counted, is_ever_broad, likely_below, locate
from densevec.vectors.neighbours import Neighbours, make_scope, named
from densevec.vectors.rows import Resolved, Scope
from densevec.vectors.state import FloatArray, Item, RowArray, State
from densevec.vectors.word_densities import density_item
from densevec.vectors.word_store import WordStore

_FEW = 5_000  # words of which each is asked whether it entails another


def entailment(self: WordStore, a: Item, b: Item) -> float:
    """How much a entails b ('a kakapo is a bird'): one score in nats, the higher the more.

    The score is ``densevec.vectors.entailment.entailment_scores``.
    """
    state = self._state
    return state.rows.score(ENTAILMENT_FROM_QUERY, density_item(state, a), density_item(state, b))


def entailment_batch(self: WordStore, a: Sequence[Item], b: Sequence[Item]) -> FloatArray:
    """``entailment`` of many pairs of words at once: a[i] with b[i], (k,) float64."""
    state, a, b = self._state, _listed(a), _listed(b)
    if _are_more_than_rows(state, a, b):
        return np.array([entailment(self, *pair) for pair in _item_pairs(a, b)])
    first, second = _row_pairs(state, a, b)
    return state.rows.pairs(ENTAILMENT_FROM_QUERY, first, second)


def _listed(given: Any) -> Any:
    """The members of any list, array or column, or of what gives them one by one; anything else as it is."""
    is_one = not is_list_like(given) or getattr(given, "ndim", 1) != 1 or columns_of(given) is not None
    return given if is_one else listed(given)


def _are_more_than_rows(state: State, a: Any, b: Any) -> bool:
    """Whether one of the items is no word with a row: a word in its sentence, a density, a word made of its n-grams."""
    given = [plain(item) for items in (a, b) if isinstance(items, list) for item in items]
    return any(
        isinstance(item, Gaussian) or as_in_sentence(item) is not None or state.is_composed(item) for item in given
    )


def _item_pairs(a: Sequence[Item], b: Sequence[Item]) -> list[tuple[Item, Item]]:
    first, second = as_several(a, "a"), as_several(b, "b")
    _check_lengths(len(first), len(second))
    return list(zip(first, second, strict=True))


def _check_lengths(first: int, second: int) -> None:
    if first != second:
        raise ParameterError(f"a and b must be equally long, got {first} and {second} words")


def _row_pairs(state: State, a: Sequence[str], b: Sequence[str]) -> tuple[RowArray, RowArray]:
    first, second = state.find(a, name="a").places, state.find(b, name="b").places
    _check_lengths(len(first), len(second))
    return first, second


def entailment_probability(self: WordStore, a: Item, b: Item, *, prior: float = 0.5) -> float:
    """P(a entails b): the probability that whatever is called a may be called b.

    Vectors that were trained on text which says what is a kind of what (``evidence``) ask a network fitted to it; it
    looks at the two densities, at what the text says of the two words, and at what it says of the words nearest to a,
    so that it has an answer for words of which the text says nothing.  Others, those with an ``entailment_bound`` that
    was set, and a b that the text was not asked about (a density, a word that was added or made of its n-grams) are
    answered by the densities alone.  ``prior`` is the share of pairs that entail among those one asks about:
    log P/(1 − P) is the log odds for even ones plus log prior/(1 − prior).

    Parameters
    ----------
    a, b : words, words in their sentences (tokens, position), rows, or Gaussians such as posteriors
    prior : above 0 and below 1

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(
    ...     ["bird", "kakapo", "plum"], [[0.0, 0.0], [0.1, 0.2], [9.0, 9.0]], [1.0, 0.1, 0.1], entailment_bound=5.0
    ... )
    >>> vectors.entailment_probability("kakapo", "bird") > 0.5 > vectors.entailment_probability("kakapo", "plum")
    True
    """
    shift = _prior_odds(prior)
    return float(_probability(odds_of_items(self, self._state, a, b) + shift))


def entailment_probability_batch(
    self: WordStore, a: Sequence[Item], b: Sequence[Item], *, prior: float = 0.5
) -> FloatArray:
    """``entailment_probability`` of many pairs of words at once: a[i] with b[i], (k,) float64."""
    state, a, b = self._state, _listed(a), _listed(b)
    if _are_more_than_rows(state, a, b):
        return np.array([entailment_probability(self, *pair, prior=prior) for pair in _item_pairs(a, b)])
    shift = _prior_odds(prior)
    first, second = _row_pairs(state, a, b)
    return _probability(odds_of_pairs(self, state, first, second) + shift)


def entails(self: WordStore, a: Item, b: Item) -> bool:
    """Whether a entails b: ``entailment_probability(a, b)`` is at least one half.  A word does not entail itself."""
    return bool(odds_of_items(self, self._state, a, b) >= 0)


def hypernym_scores(self: WordStore, word: Item) -> FloatArray:
    """How probably each word is a broader one than ``word``, as log odds for even prior odds, (n,) by row.

    The word itself, and the plurals and capitals of others (*animals* beside *animal*), have −∞.
    """
    state = self._state
    scores = odds_of_query(self, state, density_item(state, word), np.arange(len(state.words)))
    if state.inference is not None:
        scores[~_stand_for_themselves(state, state.inference)] = -np.inf
    return scores


@dataclass(frozen=True)
class Statement:
    """How often the training text says that one word is a kind of another, and a sentence that does, if one is kept.

    Attributes
    ----------
    count : the sum of what its sentences count: 1 where they say it outright ("parrots such as the kakapo"), down to
        .3 where they may mean something else ("kakapos are parrots")
    sentence : "…" stands in it for words that are not in the vocabulary
    """

    count: float
    sentence: str | None


def stated(self: WordStore, narrow: str, broad: str) -> Statement:
    """What the training text itself says of 'a narrow is a broad', plurals and capitals taken together.

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> DensityVectors(["kiwi", "bird"], [[0.0], [0.1]], [0.1, 1.0]).stated("kiwi", "bird").count
    0.0
    """
    state = self._state
    found, evidence = state.find([narrow, broad]), state.statements
    if evidence is None or found.composed:  # a word made of its n-grams is none of the text
        return Statement(0.0, None)
    one, other = locate(state, evidence).folded[found.places].tolist()
    if min(one, other) < 0:
        return Statement(0.0, None)
    count = float(evidence.count(np.array([one]), np.array([other]))[0])
    return Statement(count, evidence.examples.get((one, other)))


@dataclass(frozen=True)
class EvidenceSummary:
    """How much the training text said of kinds of things, and how well the answers from it are calibrated.

    Attributes
    ----------
    num_pairs : different pairs of words of which the text says that the one is a kind of the other
    num_statements : what its statements of them count together
    calibration_error : expected calibration error of ``entailment_probability`` on pairs of the text that were kept
        from its fit, at even prior odds; None where the densities alone answer
    """

    num_pairs: int
    num_statements: float
    calibration_error: float | None


def evidence(self: WordStore) -> EvidenceSummary | None:
    """What the training text said of kinds of things; None for vectors that know of no text that does.

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> DensityVectors(["kiwi", "bird"], [[0.0], [0.1]], [0.1, 1.0]).evidence() is None
    True
    """
    state = self._state
    if state.statements is None:
        return None
    error = None if state.inference is None else state.inference.calibration_error
    return EvidenceSummary(len(state.statements.narrow), float(state.statements.weight.sum()), error)


def _prior_odds(prior: float) -> float:
    if isinstance(prior, bool) or not isinstance(prior, Real) or not 0 < prior < 1:
        raise ParameterError(f"prior must be above 0 and below 1, got {prior!r:.80}")
    share = float(prior)
    return float(np.log(share) - np.log1p(-share))


def _probability(log_odds: Any) -> Any:
    with np.errstate(over="ignore"):  # 1/∞ is 0
        return 1 / (1 + np.exp(-log_odds))


def entailment_limit(self: WordStore, a: Item, b: Item) -> float:
    """The KL(a‖b) up to which a is close enough to b to entail it, by densities alone, in nats.

    (KL(a‖b′) · exp(−least contrast))^(2/3), b′ being b mirrored at the origin (see ``calibrate_entailment``); where
    there is an ``entailment_bound``, that.

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(["bird", "kiwi"], [[2.0], [2.1]], [1.0, 0.1])
    >>> vectors.entailment_contrast = 0.5
    >>> vectors.kl_divergence("kiwi", "bird") < vectors.entailment_limit("kiwi", "bird")
    True
    """
    state, closeness = self._state, closeness_of(self)
    query, other = density_item(state, a), density_item(state, b)
    contrast, nearness = (
        state.rows.score(kind.measure(), query, other) for kind in (Closeness(), Closeness(bound=1.0))
    )
    return float(closeness.limit(np.exp(contrast - CONTRAST_POWER * nearness)))


def hypernyms(
    self: WordStore,
    word: Item,
    topn: int | None = 10,
    *,
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
) -> Neighbours:
    """The broader words that ``word`` entails, as ``entails`` decides, with ``entailment_probability``, best first.

    A word is named once, not with its plural too, unless ``within`` asks for it.

    Parameters
    ----------
    word : a word, (tokens, position), or a Gaussian: what is the kiwi of this sentence?
    topn : at most so many; None for all
    restrict_vocab, within : among the first words, or among these only, as in ``most_similar``

    Examples
    --------
    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(
    ...     ["bird", "kakapo", "plum"], [[0.0, 0.0], [0.1, 0.2], [9.0, 9.0]], [1.0, 0.1, 0.1], entailment_bound=5.0
    ... )
    >>> [broader for broader, probability in vectors.hypernyms("kakapo")]
    ['bird']
    """
    wanted, state = check_topn(topn), self._state
    query, scope = density_item(state, word), make_scope(state, 0, None, restrict_vocab, within)
    if state.inference is None:
        rows = _close_rows(state, query, closeness_of(self), scope, is_narrow=True)
    else:
        rows = np.asarray(scope, dtype=np.int64)
        rows = rows[is_ever_broad(state, state.inference)[rows] | ~are_counted(state, rows)]
        if within is None:
            rows = rows[_stand_for_themselves(state, state.inference)[rows]]
    return _best(state, rows, odds_of_query(self, state, query, rows), wanted)


def hyponyms(
    self: WordStore,
    word: Item,
    topn: int | None = 10,
    *,
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
) -> Neighbours:
    """The narrower words that entail ``word``, by ``entailment_probability(other, word)``; otherwise as ``hypernyms``.

    Where the text's evidence decides, of more than 5,000 words those are looked at that the text has below ``word``
    or below a word that is, and those nearest to it and to the former.
    """
    wanted, state = check_topn(topn), self._state
    query, scope = density_item(state, word), make_scope(state, 0, None, restrict_vocab, within)
    rows = np.asarray(scope, dtype=np.int64)
    if state.inference is not None and within is None:
        rows = rows[_stand_for_themselves(state, state.inference)[rows]]
    if state.inference is None or query.row is None or not is_counted(state, query.row):
        rows = _close_rows(state, query, closeness_of(self), rows, is_narrow=False)
        odds = odds_of_query(self, state, query, rows, is_narrow=False)
    else:
        if len(rows) > _FEW:
            rows = np.intersect1d(rows, likely_below(state, state.inference, query.row))
        odds = odds_of_pairs(self, state, rows, np.full(len(rows), query.row))
    return _best(state, rows, odds, wanted)


def _stand_for_themselves(state: State, inference: Inference) -> Any:
    """(n,) whether no other word stands for a word, as *animal* does for *animals*."""
    located = locate(state, inference.evidence)
    return located.folded == located.slots


def _best(state: State, rows: RowArray, odds: FloatArray, wanted: int | None) -> Neighbours:
    """The words that entail, with their probabilities, best first."""
    order = np.lexsort((rows, -odds))
    order = order[odds[order] >= 0][:wanted]
    return named(state, rows[order], _probability(odds[order]))


def _close_rows(state: State, query: Resolved, closeness: Closeness, scope: Scope, *, is_narrow: bool) -> RowArray:
    """The rows of a scope that are close enough to a query, or the query to them."""
    rows = np.asarray(scope, dtype=np.int64)
    scores = state.rows.scores(closeness.measure(is_narrow=is_narrow), query, rows)
    return rows[closeness.log_odds(scores) >= 0]


def entailment_graph(self: WordStore, words: Sequence[str], *, on_missing: str = "error") -> EntailmentGraph:
    """Which of these words entail which others, without the edges that follow from other edges.

    There is an edge from a to b, with its log odds, where ``entails(a, b)`` and a entails b more probably than b
    entails a; of the edges that would close a circle the least probable are left out.  A word that is there twice, or
    as its row too, is there once.  ``on_missing="skip"`` passes over unknown words.

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
    members = _members(state, as_words(words, rows=True, has_order=False), on_missing)
    if len(members.names) < 2:
        return EntailmentGraph.of(members.names, [], [])
    if state.inference is None and members.are_rows:
        first, second = state.rows.close_pairs(members.places, closeness_of(self))
    else:
        first, second = np.nonzero(~np.eye(len(members.names), dtype=bool))
    forward = _members_log_odds(self, state, members, first, second)
    backward = _members_log_odds(self, state, members, second, first)
    holds = (forward >= 0) & (forward > backward)
    pairs, odds = np.stack([first[holds], second[holds]], axis=1), forward[holds]
    kept = acyclic(len(members.names), pairs, odds)
    return EntailmentGraph.of(members.names, pairs[kept], odds[kept])


class _Members(NamedTuple):
    """The k words of a graph: their rows (k,), or numbers beyond all of them for words made of n-grams, and names."""

    places: RowArray
    names: list[str]
    are_rows: bool


def _members(state: State, words: Sequence[str | int], on_missing: str) -> _Members:
    """Each word once; unknown ones as in ``State.find``."""
    found = state.find(words, on_missing).places.tolist()
    names = {place: state.as_read(word) for place, word in zip(found, words, strict=True) if place >= 0}
    rows = [place for place in names if place < len(state.words)]
    names |= dict(zip(rows, state.words.at(np.array(rows, dtype=np.int64)), strict=True))
    return _Members(
        np.array(list(names), dtype=np.int64), [str(name) for name in names.values()], len(rows) == len(names)
    )


def _members_log_odds(
    self: WordStore, state: State, members: _Members, first: RowArray, second: RowArray
) -> FloatArray:
    """Log odds that members of a graph entail others, (n,)."""
    narrow, broad = members.places[first], members.places[second]
    if members.are_rows:
        return odds_of_pairs(self, state, narrow, broad)
    size, odds = len(state.words), np.empty(len(first))
    are_rows = (narrow < size) & (broad < size)
    odds[are_rows] = odds_of_pairs(self, state, narrow[are_rows], broad[are_rows])
    for place in np.flatnonzero(members.places >= size).tolist():
        query = density_item(state, members.names[place])
        below, above = (first == place) & (broad < size), (second == place) & (narrow < size)
        odds[below] = odds_of_query(self, state, query, broad[below])
        odds[above] = odds_of_query(self, state, query, narrow[above], is_narrow=False)
    for pair in np.flatnonzero((narrow >= size) & (broad >= size)).tolist():
        odds[pair] = odds_of_items(self, state, members.names[first[pair]], members.names[second[pair]])
    return odds
