"""Which words could stand in another's place in a sentence: several scores of each candidate, weighed together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._roles import as_words
from densevec._validation import Interval, check_parameters
from densevec.corpus.gaps import Ranking, ranked
from densevec.corpus.roles import as_places
from densevec.corpus.text import TextCorpus
from densevec.vectors import KeyedVectors

FloatArray = npt.NDArray[np.float64]
RowArray = npt.NDArray[np.int64]
SHORTLIST = 200  # words that are weighed when no candidates are given
_NUM_YARDSTICK = 50  # of the shortlist, and of the vocabulary
_ROUNDING = 1e-6  # of scores that may have been summed in float32
_REACH = 10  # tokens to either side that the sentence's evidence is from


class Context(NamedTuple):
    """The known words about a place, (W,), and how much each counts, (W,)."""

    rows: RowArray
    weight: npt.NDArray[Any]


# (tokens, position, candidates) -> scores of each, higher is better
Scores = Callable[[list[str], int, list[str]], FloatArray]
# (tokens, position, words) -> the scores of each by name that are weighed together
Evidence = Callable[[list[str], int, list[str]], Mapping[str, FloatArray]]


def context_of(
    vectors: KeyedVectors, keep: npt.NDArray[Any], tokens: Sequence[str], position: int, reach: int = _REACH
) -> Context:
    """The known words up to ``reach`` tokens from a place; each counts the probability that subsampling keeps it,
    ``keep`` (V,), over the root of its distance."""
    near = [place for place in range(len(tokens)) if 0 < abs(place - position) <= reach]
    found = np.array([vectors.get_index(tokens[place], -1) for place in near], dtype=np.int64)
    distance = np.abs(np.array(near, dtype=np.float64) - position)
    rows = found[found >= 0]
    return Context(rows, (keep[rows] / np.sqrt(distance[found >= 0])).astype(keep.dtype))


def standardised(values: npt.ArrayLike, num_candidates: int) -> FloatArray:
    """Scores of candidates, (n,), by the mean and the deviation of those of other words, which follow them.

    Where none follows the candidates' own are taken.  Scores that differ by their rounding alone are 0.

    >>> standardised([5.0, 1.0, 3.0], 1).tolist(), standardised([1.0, 3.0], 2).tolist()
    ([3.0], [-1.0, 1.0])
    """
    scores = np.asarray(values, dtype=np.float64)
    among = scores[num_candidates:] if len(scores) > num_candidates else scores
    deviation = float(among.std()) if len(among) else 0.0
    if deviation <= _ROUNDING * np.abs(among).max(initial=0.0):
        return np.zeros(num_candidates)
    return (scores[:num_candidates] - among.mean()) / deviation


def weighed(evidence: Mapping[str, npt.ArrayLike], weights: Mapping[str, float], num_candidates: int) -> FloatArray:
    """Σ_m weight_m z_m of the candidates, (n,), for the scores m that there are, z_m ``standardised``.

    >>> weighed({"word": [1.0, 3.0]}, {"word": 2.0, "sentence": 1.0}, 2).tolist()
    [-2.0, 2.0]
    """
    parts = [weights[name] * standardised(values, num_candidates) for name, values in evidence.items()]
    return np.sum(parts, axis=0) if parts else np.zeros(num_candidates)


def weighed_scores(
    evidence: Evidence,
    weights: Mapping[str, float],
    tokens: list[str],
    position: int,
    candidates: Sequence[str],
    among: Sequence[str] = (),
) -> FloatArray:
    """The evidence for candidates, weighed, (n,), each score standardised by those ``among`` others; by default by
    their own.  A word that is there twice counts once."""
    distinct = list(dict.fromkeys(candidates))
    total = weighed(evidence(tokens, position, [*distinct, *among]), weights, len(distinct))
    return total[[distinct.index(word) for word in candidates]] if len(distinct) < len(candidates) else total


def yardstick(vectors: KeyedVectors, word: str) -> list[str]:
    """Words by which the scores of substitutes for a word are standardised: half of them near it, the others any.

    What they are is not asked by the candidates, so that no candidate changes the score of another.
    """
    near = [other for other, _ in vectors.most_similar(word, topn=SHORTLIST, exact=True)]
    step = SHORTLIST // _NUM_YARDSTICK
    rows = np.linspace(0, len(vectors) - 1, min(_NUM_YARDSTICK, len(vectors))).astype(np.int64)
    every = [*near[::step], *vectors.words.at(rows)]
    return [other for other in dict.fromkeys(every) if other != word]


def known_candidates(vectors: KeyedVectors, text: TextCorpus, candidates: Any) -> list[str]:
    """The candidates as a list of words, spelled as in ``text``; MissingWordError for one that is not known."""
    words = text.spell(as_words(candidates, "candidates"), "candidates")
    for word in words:
        vectors.get_index(word)
    return words


def rows_of(vectors: KeyedVectors, words: Sequence[str]) -> RowArray:
    """The rows of known words, (n,)."""
    return np.array([vectors.get_index(word) for word in words], dtype=np.int64)


def one_place(tokens: Any, position: Any) -> tuple[list[str], int]:
    """A sentence and a place in it, checked."""
    return as_places([(tokens, position)])[0]


def substitutes(
    score: Scores,
    shortlist: Callable[[list[str], int], list[str]],
    tokens: Any,
    position: Any,
    candidates: Any,
    topn: int | None,
    score_shortlist: Scores | None = None,
) -> Ranking:
    """The candidates, each once, or those that ``shortlist`` (tokens, position) finds, ranked by ``score``, best first.

    ``score_shortlist`` scores the latter, if not as others are.
    """
    check_parameters({"topn": topn}, {"topn": Interval(int, 0, optional=True)})
    tokens, position = one_place(tokens, position)
    if candidates is None:
        words, score = shortlist(tokens, position), score_shortlist or score
    else:
        words = list(dict.fromkeys(as_words(candidates, "candidates", has_order=False)))
    return ranked(words, score(tokens, position, words).tolist() if words else [])[:topn]
