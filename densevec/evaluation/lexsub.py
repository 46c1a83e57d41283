"""Lexical substitution: which word could stand here instead?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec._validation import Choice, Interval, Rule, check_parameter, check_parameters
from densevec.corpus.lines import PathLike
from densevec.corpus.own_text import own_text
from densevec.evaluation._lexsub_files import LexsubItem, read_lexsub
from densevec.evaluation._protocols import FloatArray
from densevec.evaluation._reading import UNKNOWN_WORD, Encoder, counted, find_word, read_places, words_at
from densevec.evaluation._statistics import figure

Scorer = Callable[[Sequence[str], int, Sequence[str]], npt.ArrayLike]
_RULES: dict[str, Rule] = {"target_form": Choice(("token", "lemma")), "seed": Interval(int, 0)}


@dataclass(frozen=True)
class LexsubScore:
    """One item: its ranking in context (or context-blind, without an encoder), best first, and its figures."""

    item: LexsubItem
    ranking: tuple[str, ...]
    gap: float
    gap_context_blind: float
    gap_random: float
    gap_substitutes: float = math.nan


@dataclass(frozen=True)
class LexsubResult:
    """Mean generalised average precision over items, as fractions; nan for ``gap`` without an encoder or a scorer, for
    ``gap_substitutes`` without a scorer."""

    gap: float
    gap_context_blind: float
    gap_random: float
    items: int
    gap_substitutes: float = math.nan
    detail: tuple[LexsubScore, ...] = field(default=(), repr=False)
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → contexts

    def as_dict(self) -> dict[str, Any]:
        return {
            "gap": figure(self.gap),
            "gap_context_blind": figure(self.gap_context_blind),
            "gap_random": figure(self.gap_random),
            **({} if math.isnan(self.gap_substitutes) else {"gap_substitutes": self.gap_substitutes}),
            "items": self.items,
            **({"left_out": dict(self.left_out)} if self.left_out else {}),
        }


def generalised_average_precision(ranking: Sequence[str], gold: Mapping[str, float]) -> float:
    """GAP of a ranking against weighted gold (Kishida 2005; in lexical substitution since Thater et al. 2010).

    GAP = Σ_i I(x_i) x̄_i / Σ_j I(y_j) ȳ_j, where x_i is the gold weight of the item at rank i (0 when it is not gold),
    x̄_i the mean of x_1..x_i, I(x) is 1 when x > 0, and y the gold weights sorted from high to low.
    In [0, 1]; with equal weights it is average precision.

    >>> round(generalised_average_precision(["smart", "car", "clever"], {"smart": 1, "clever": 3}), 4)
    0.4667
    """
    gained = np.array([gold.get(word, 0.0) for word in ranking], dtype=np.float64)
    ideal = np.sort(np.array([weight for weight in gold.values() if weight > 0], dtype=np.float64))[::-1]
    if len(ideal) == 0:
        return math.nan
    return _sum_of_means(gained) / _sum_of_means(ideal)


def expected_random_gap(num_candidates: int, gold: Mapping[str, float]) -> float:
    """Exact expectation of GAP when n candidates, all gold among them, are put in a random order.

    With R gold words of total weight S, E[I(x_i) x_i] = S/n and E[I(x_i) x_k] = S(R − 1)/(n(n − 1)) for k ≠ i, so the
    expected numerator is Σ_i (1/i) [S/n + (i − 1) S(R − 1)/(n(n − 1))].  Errors: ParameterError for fewer than R.
    """
    ideal = np.sort(np.array([weight for weight in gold.values() if weight > 0], dtype=np.float64))[::-1]
    if len(ideal) == 0:
        return math.nan
    check_parameter("num_candidates", num_candidates, Interval(int, len(ideal)))
    total, i, n = float(ideal.sum()), np.arange(1, num_candidates + 1), num_candidates
    together = total * (len(ideal) - 1) / (n * (n - 1)) if n > 1 else 0.0
    return float(np.sum((total / n + (i - 1) * together) / i)) / _sum_of_means(ideal)


def _sum_of_means(weights: FloatArray) -> float:
    """Σ_i I(w_i) (w_1 + ... + w_i)/i."""
    means = np.cumsum(weights) / np.arange(1, len(weights) + 1)
    return float(means[weights > 0].sum())


def evaluate_lexsub(
    vectors: Any,
    path: PathLike,
    *,
    encoder: Encoder | None = None,
    scorer: Scorer | None = None,
    measure: str | None = None,
    target_form: str = "token",
    seed: int = 1,
    detail: bool = False,
) -> LexsubResult:
    """Generalised average precision on SemEval-2007 lexical substitution (McCarthy and Navigli 2007).

    ``path`` is the data's folder (its ``lst_all``) or one part of it, ``FOLDER/lst_test``.  The candidates of a
    target are ranked by ``vectors.scores(query, candidates, measure)``, higher is closer, where the query is

    - in context (``gap``): the posterior density of the target in its sentence, from ``encoder``, a function of a
      list of (tokens, position) such as a model's ``posterior_batch``;
    - context-blind (``gap_context_blind``): the density of the same word by itself.

    ``gap_substitutes`` is that of ``scorer``, a function (tokens, position, candidates) that scores substitutes by a
    way of its own, such as a model's ``substitution_scores``; without an encoder it is ``gap`` too.

    Both use the word as it stands in the sentence, or its lemma when that is unknown (``target_form="lemma"``: always
    the lemma).  ``measure`` is by default −KL(candidate‖query), ``"kl_to_query"``, or the cosine for vectors without
    variances: the query's variance is the yardstick for all candidates, where −KL(query‖candidate) favours broad ones.
    ``gap_random`` is the exact expectation of a random order.  Multi-word candidates and gold are left out, and so are
    contexts left without gold and those whose target is unknown (``left_out`` has their numbers by reason); unknown
    candidates go last; ties are broken at random by ``seed``.  Words that sub-words compose are known, but not to a
    scorer: as candidates they go last, and as targets they are ranked as context-blind, as are those in phrases that
    the model does not know.
    Errors: those of reading the files (see ``_lexsub_files``).
    """
    check_parameters({"target_form": target_form, "seed": seed}, _RULES)
    data = read_lexsub(path)
    rng = generator(seed, "lexsub ties")
    if measure is None:
        measure = "kl_to_query" if getattr(vectors, "variances", None) is not None else "cosine"
    asked = []
    for item in data.items:
        # The same draws for all rankings, which differ by their scores alone, and whatever other items are known.
        ties = rng.permutation(len(item.candidates))
        target = _known_target(vectors, item, target_form)
        if target is not None:
            asked.append((item, target, ties))
    places = [(_sentence(item, target), item.position) for item, target, _ in asked]
    posteriors = [None] * len(places) if encoder is None else read_places(vectors, encoder, places)
    read = words_at(own_text(vectors), places)
    scores = []
    for (item, target, ties), place, posterior, word in zip(asked, places, posteriors, read, strict=True):
        blind = _rank(vectors, _against(vectors, target, measure), item.candidates, ties)
        by_density = by_scorer = None
        if encoder is not None:
            by_density = _rank(vectors, _against(vectors, posterior, measure), item.candidates, ties)
        if scorer is not None:
            by_scorer = blind
            if word in vectors:
                score = _in_sentence(vectors, scorer, *place)
                by_scorer = _rank(vectors, score, item.candidates, ties)
        in_context = by_scorer if by_density is None else by_density
        scores.append(
            LexsubScore(
                item=item,
                ranking=blind if in_context is None else in_context,
                gap=_gap(in_context, item),
                gap_context_blind=_gap(blind, item),
                gap_random=expected_random_gap(len(item.candidates), item.gold),
                gap_substitutes=_gap(by_scorer, item),
            )
        )
    return LexsubResult(
        gap=_mean([score.gap for score in scores]),
        gap_context_blind=_mean([score.gap_context_blind for score in scores]),
        gap_random=_mean([score.gap_random for score in scores]),
        items=len(scores),
        detail=tuple(scores) if detail else (),
        left_out=counted({UNKNOWN_WORD: len(data.items) - len(asked)}) | data.left_out,
        gap_substitutes=_mean([score.gap_substitutes for score in scores]),
    )


def _gap(ranking: Sequence[str] | None, item: LexsubItem) -> float:
    """GAP of a ranking; nan for none."""
    return math.nan if ranking is None else generalised_average_precision(ranking, item.gold)


def _known_target(vectors: Any, item: LexsubItem, target_form: str) -> str | None:
    """The word that stands for the target: the sentence's token or its lemma, the first one known."""
    forms = [item.tokens[item.position], item.lemma] if target_form == "token" else [item.lemma]
    return next((known for form in forms if (known := find_word(vectors, form)) is not None), None)


def _sentence(item: LexsubItem, target: str) -> list[str]:
    """The item's tokens with the target as the vectors know it."""
    tokens = list(item.tokens)
    tokens[item.position] = target
    return tokens


def _against(vectors: Any, query: Any, measure: str) -> Callable[[Sequence[str]], npt.ArrayLike]:
    """Scores of words against a word or density."""
    return lambda words: score_words(vectors, query, words, measure)


def _in_sentence(
    vectors: Any, scorer: Scorer, tokens: list[str], position: int
) -> Callable[[Sequence[str]], npt.ArrayLike]:
    """Scores of words by a scorer, which knows those with a row alone; −∞ of the others."""

    def score(words: Sequence[str]) -> npt.ArrayLike:
        scores = np.full(len(words), -np.inf)
        places = [place for place, word in enumerate(words) if word in vectors]
        if places:
            scores[places] = scorer(tokens, position, [words[place] for place in places])
        return scores

    return score


def _rank(
    vectors: Any,
    score: Callable[[Sequence[str]], npt.ArrayLike],
    candidates: Sequence[str],
    ties: npt.NDArray[np.int64],
) -> tuple[str, ...]:
    """Candidates from the best to the worst; unknown ones last; ties in the order of ``ties``."""
    scores = np.full(len(candidates), -np.inf)
    known = [find_word(vectors, candidate) for candidate in candidates]
    places = [place for place, word in enumerate(known) if word is not None]
    if places:
        scores[places] = score([str(known[place]) for place in places])
    return tuple(candidates[place] for place in np.lexsort((ties, -scores)))


def score_words(vectors: Any, query: Any, words: Sequence[str], measure: str) -> FloatArray:
    """Scores of words against a query (a word or a density), higher is closer.

    By ``vectors.scores`` where there is one; vectors that only know ``similarity`` (gensim's) are asked pair by pair.
    """
    if hasattr(vectors, "scores"):
        return np.asarray(vectors.scores(query, words, measure=measure), dtype=np.float64)
    return np.array([vectors.similarity(query, word) for word in words], dtype=np.float64)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
