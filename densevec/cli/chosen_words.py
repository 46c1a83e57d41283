"""Words of a text that show something: those of which it says what they are, and one that it uses in two ways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.cli.hypernyms import find_answers

_CANDIDATES, _FREQUENT = 250, 4000  # words that are looked at, among the most frequent ones
_COMMON = 0.1  # the share of the frequent words, from the top, that are mostly no nouns
_BROAD = 8000  # words among which broader ones are looked for
_ENOUGH = 5.0  # statements of a text; more make no better example
_SHORTEST = 3  # letters of a word that is shown
_NUM_WORDS, _NUM_GENERAL = 3, 3
_AMBIGUOUS, _SENTENCES = 40, 12  # words of which sentences are read, and how many of each
_LENGTHS = range(5, 22)  # tokens of a sentence that is shown
_SHARED = 10  # words near a reading


@dataclass(frozen=True)
class Choice:
    """Words of which the text says most certainly what they are, a pair of them, and words from general to special."""

    words: list[str]
    pair: tuple[str, str] | None
    by_generality: list[str]


def choose_words(vectors: Any) -> Choice:
    """Look at frequent words and take those whose broader words are most certain, by what the text itself says first.

    No broader word is shown twice.  Where a text says nothing, its words are those whose densities say most.
    """
    if len(vectors) < 2:
        return Choice([], None, [])
    found = []
    for word in _frequent(vectors, _CANDIDATES):
        answers = find_answers(vectors, word, 1, with_reasons=True, restrict_vocab=_BROAD)
        for best in answers:
            count = 0.0 if best.reason is None else best.reason.count
            found.append(((min(count, _ENOUGH), best.probability), word, best.word))
    found.sort(reverse=True)
    chosen: dict[str, str] = {}
    for _, word, broad in found:
        if broad not in chosen.values() and word not in chosen.values() and broad not in chosen:
            chosen[word] = broad
        if len(chosen) == _NUM_WORDS:
            break
    words = list(chosen)
    top = found[: 10 * _NUM_GENERAL]
    ordered = sorted({word for _, *pair in top for word in pair}, key=lambda w: (-vectors.generality(w), w))
    ends = [*ordered[:_NUM_GENERAL], *ordered[_NUM_GENERAL:][-_NUM_GENERAL:]]
    pair = (words[0], chosen[words[0]]) if words else None
    return Choice(words or _frequent(vectors, _NUM_WORDS), pair, ends)


def choose_readings(model: Any, sentences: Iterable[list[str]]) -> list[tuple[list[str], int]]:
    """Two sentences, as (tokens, position), in which a frequent word means the most different things; or none.

    Of the words near the two readings the fewest are the same; of equals, those with the greater KL both ways.
    """
    wanted = set(_frequent(model.vectors, _AMBIGUOUS))
    contexts: dict[str, list[tuple[list[str], int]]] = {}
    for tokens in sentences:
        if len(tokens) not in _LENGTHS:
            continue
        for word in wanted.intersection(tokens):
            if tokens.count(word) == 1:
                contexts.setdefault(word, []).append((list(tokens), tokens.index(word)))
                if len(contexts[word]) == _SENTENCES:
                    wanted.discard(word)
        if not wanted:
            break
    best: tuple[float, float] | None = None
    chosen: list[tuple[list[str], int]] = []
    for places in contexts.values():
        if len(places) < 2:
            continue
        rank, pair = _most_different(model, places)
        if best is None or rank > best:
            best, chosen = rank, [places[number] for number in pair]
    return chosen


def _most_different(model: Any, places: list[tuple[list[str], int]]) -> tuple[tuple[float, float], tuple[int, int]]:
    """How different two readings of a word are, and which two they are."""
    vectors, densities = model.vectors, model.posterior_batch(places)
    near = [
        {word for word, _ in vectors.most_similar(density, topn=_SHARED, measure="kl_from_query")}
        for density in densities
    ]
    pairs = [(i, j) for i in range(len(places)) for j in range(i)]
    ranks = []
    for i, j in pairs:
        apart = float(
            vectors.kl_divergence(densities[i], densities[j]) + vectors.kl_divergence(densities[j], densities[i])
        )
        ranks.append((-float(len(near[i] & near[j])), apart))
    place = max(range(len(pairs)), key=lambda number: ranks[number])
    return ranks[place], pairs[place]


def _frequent(vectors: Any, number: int) -> list[str]:
    """Words spread evenly over the frequent ones without the most frequent: letters only, and not too few."""
    words = vectors.words[:_FREQUENT]
    words = [word for word in words[int(_COMMON * len(words)) :] if word.isalpha() and len(word) >= _SHORTEST]
    if not words:  # a text of few words, or of numbers
        words = vectors.words[:_FREQUENT]
    places = np.unique(np.linspace(0, len(words) - 1, min(number, len(words))).astype(int))
    return [words[place] for place in places.tolist()]
