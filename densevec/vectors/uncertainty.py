"""What variances say: how general a word is, how much of it lies in another, what a sentence makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec._containers import is_list_like, listed
from densevec._roles import as_in_sentence
from densevec.densities import Gaussian
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors._arguments import check_topn
from densevec.vectors.inference import generality_scores, is_counted
from densevec.vectors.neighbours import Neighbours, make_scope, most_similar_batch, named
from densevec.vectors.rows import Resolved
from densevec.vectors.state import Item, State
from densevec.vectors.word_densities import density_item, density_of, kl_divergence
from densevec.vectors.word_store import WordStore, own_spelling


@dataclass(frozen=True)
class WordInContext:
    """A word as a sentence means it, beside the word by itself.

    Attributes
    ----------
    word : the word
    density : its posterior in the sentence
    neighbours : (word, score) nearest to the posterior, without the word itself
    gained, lost : neighbours that the word by itself does not have, and those that it has and the posterior has not
    information : KL(posterior‖word) in nats, how much the sentence said
    entropy_change : entropy of the posterior less that of the word in nats; below 0 where the sentence narrows it
    """

    word: str
    density: Gaussian
    neighbours: Neighbours
    gained: list[str]
    lost: list[str]
    information: float
    entropy_change: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, without the density."""
        return {
            "word": self.word,
            "neighbours": [{"word": word, "score": score} for word, score in self.neighbours],
            "gained": self.gained,
            "lost": self.lost,
            "information": self.information,
            "entropy_change": self.entropy_change,
        }


def generality(self: WordStore, word: Item) -> float:
    """How general a word or a Gaussian is, from 0 to 1: the share of words that are less so, equal ones by half.

    Of words whose text was looked through when they were trained (``evidence``) it is counted: the less a word tells
    about the words around it, and the more the text has below it as its kinds and the less above it, the more general
    it is (``densevec.vectors.inference.generality_scores``).  Of others, such as words that were added or made of
    sub-words, and of a Gaussian, the entropy decides.

    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(["bird", "kakapo"], [[0.0, 0.0], [0.1, 0.2]], [1.0, 0.1])
    >>> vectors.generality("bird"), vectors.generality("kakapo")
    (0.75, 0.25)
    """
    state = self._state
    item = density_item(state, word)
    scores = generality_scores(state) if is_counted(state, item.row) else None
    if item.row is None or scores is None:
        key, values, own = "sorted_log_determinants", state.table.log_determinants, _log_determinant(state, item)
    else:
        key, values, own = "sorted_generality", scores, float(scores[item.row])
    ordered = state.once(key, lambda: np.sort(values))
    lower, up_to = np.searchsorted(ordered, own, "left"), np.searchsorted(ordered, own, "right")
    return float(lower + up_to) / (2 * len(ordered)) if len(ordered) else 0.5


def _log_determinant(state: State, part: Resolved) -> float:
    """Σ_i log s_i, twice the entropy but for a constant."""
    assert part.log_variance is not None  # as was just checked
    if part.row is not None:
        return float(state.table.log_determinants[part.row])
    return float(part.log_variance.sum()) * (state.table.dim // part.log_variance.size)


def nearest_by_uncertainty(
    self: WordStore,
    word: Item,
    topn: int | None = 10,
    *,
    restrict_vocab: int | None = None,
    within: Iterable[str] | None = None,
) -> Neighbours:
    """The words that are about as general, wherever they are: (word, −|difference of entropies| in nats).

    ``topn=None`` is for all words searched; ``restrict_vocab`` and ``within`` as in ``most_similar``.
    """
    wanted, state = check_topn(topn), self._state
    rows = np.asarray(make_scope(state, 0, None, restrict_vocab, within), dtype=np.int64)
    own = state.resolve(word).own_row
    rows = rows[rows != (-1 if own is None else own)]
    scores = -0.5 * np.abs(state.table.log_determinants[rows] - _log_determinant(state, density_item(state, word)))
    order = np.lexsort((rows, -scores))[:wanted]
    return named(state, rows[order], scores[order])


def inclusion(self: WordStore, a: Item, b: Item, level: float = 0.95) -> float:
    """How much of a lies in b: the mass of a's density inside the ellipsoid that holds ``level`` of b's.

    From 0 to 1, for words and Gaussians; near 1 where a is a narrower word inside b.  ``inclusion(a, a)`` is the
    level itself.  See ``Gaussian.mass_within``.

    >>> from densevec import DensityVectors
    >>> vectors = DensityVectors(["bird", "kakapo"], [[0.0, 0.0], [0.1, 0.2]], [1.0, 0.1])
    >>> vectors.inclusion("kakapo", "bird") > 0.999 > 0.5 > vectors.inclusion("bird", "kakapo")
    True
    """
    state = self._state
    return density_of(state, a).mass_within(density_of(state, b), level)


def senses(
    self: WordStore,
    word: str,
    posteriors: Item | Sequence[Item],
    topn: int = 10,
    *,
    measure: str = "kl_from_query",
) -> list[WordInContext]:
    """What sentences make of a word: the neighbours of its posteriors beside those of the word by itself.

    Parameters
    ----------
    word : the word
    posteriors : its densities in sentences, from a model's ``posterior``, one or several; or (tokens, position)
    topn : how many neighbours
    measure : of closeness, as in ``most_similar``
    """
    is_one = isinstance(posteriors, Gaussian) or as_in_sentence(posteriors) is not None or not is_list_like(posteriors)
    readings = [posteriors] if is_one else listed(posteriors)
    readings = [each if (read := self._state.read(each)) is None else read for each in readings]
    if not all(isinstance(reading, Gaussian) for reading in readings):
        raise ParameterTypeError(
            f"posteriors must be Gaussians, such as a model's posterior() gives, got {posteriors!r:.80}"
        )
    if check_topn(topn) is None:
        raise ParameterError("topn must be an integer at least 0, got None")
    alone, *found = most_similar_batch(self, [word, *readings], topn + 1, measure=measure)
    usual_entropy, own = density_of(self._state, word).entropy(), own_spelling(self, word)
    usual = [other for other, _ in alone[:topn]]
    senses = []
    for reading, near in zip(readings, found, strict=True):
        neighbours = [(other, score) for other, score in near if other != own][:topn]
        here = [other for other, _ in neighbours]
        senses.append(
            WordInContext(
                word=word,
                density=reading,
                neighbours=neighbours,
                gained=[other for other in here if other not in usual],
                lost=[other for other in usual if other not in here],
                information=kl_divergence(self, reading, word),
                entropy_change=reading.entropy() - usual_entropy,
            )
        )
    return senses
