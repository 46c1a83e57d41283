"""Looking up the words of test sets, and counting what is left out, each under its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec._unicode import folding, folds_in
from densevec.corpus.own_text import own_text
from densevec.corpus.text import TextCorpus
from densevec.errors import MissingWordError, ParameterTypeError
from densevec.evaluation._protocols import Entailments, FloatArray, Words

UNKNOWN_WORD = "unknown word"
IN_PHRASE = "word in a longer phrase"
Place = tuple[Sequence[str], int]  # tokens and the position of one of them
Encoder = Callable[[Sequence[Place]], Sequence[Any]]
_BATCH = 256  # places encoded at a time


@dataclass(frozen=True)
class KnownPairs:
    """The pairs with both words known: their positions, the two columns of words, and how many were left out, why."""

    positions: list[int]
    first: list[str]
    second: list[str]
    left_out: dict[str, int]


def find_word(vectors: Words, word: str) -> str | None:
    """The word as the vectors have it: as given, else in lower case; else, where they find a word of theirs in its
    normal form or sub-words compose it, as these read it; or None."""
    forms = word, word.lower()
    known = next((each for each in forms if each in vectors), None)
    composes = getattr(vectors, "has_vector_for", None)
    if known is not None or composes is None:
        return known
    fold = folding(*folds_in(getattr(vectors, "parameters", {}))) or str
    read = [fold(each) for each in forms if composes(each)]
    return next((each for each in read if each in vectors), next(iter(read), None))


def check_entailment(vectors: object, kind: str = "entailment") -> None:
    """ParameterTypeError unless the vectors can score entailment, of this kind."""
    if not hasattr(vectors, "entailment_batch"):
        raise ParameterTypeError(
            f"vectors must be word densities to be tested for {kind}, got {type(vectors).__name__}"
        )


def score_entailment(vectors: Entailments, narrow: Sequence[str], broad: Sequence[str]) -> FloatArray:
    """How much each narrow word entails its broad one: the probability where the vectors give one, else the score."""
    ask = getattr(vectors, "entailment_probability_batch", vectors.entailment_batch)
    return np.asarray(ask(narrow, broad), dtype=np.float64)


def words_at(text: TextCorpus, places: Sequence[Place]) -> list[str]:
    """The words at places as the model of a text reads them: as it spells them, or the phrases that they are in."""
    return [tokens[position] for tokens, position in text.prepare_places(places)]


def read_places(vectors: Any, encoder: Encoder, places: Sequence[Place]) -> list[Any]:
    """The densities of known words in their sentences; its own of a word that the encoder does not read there: one that
    sub-words compose, where it has met few new words, and one in a phrase that is not known."""
    found: list[Any] = [None] * len(places)
    has_row = [word in vectors for word in words_at(own_text(vectors), places)]
    rows = [number for number, is_row in enumerate(has_row) if is_row]
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        for number, density in zip(batch, encoder([places[each] for each in batch]), strict=True):
            found[number] = density
    for number in (number for number, is_row in enumerate(has_row) if not is_row):
        tokens, position = places[number]
        try:
            (found[number],) = encoder([places[number]])
        except MissingWordError:
            found[number] = vectors.density(tokens[position])
    return found


def find_pairs(vectors: Words, pairs: Sequence[tuple[str, str]]) -> KnownPairs:
    """The pairs whose two words are known, as they are known."""
    positions, first, second = [], [], []
    for position, (a, b) in enumerate(pairs):
        known_a, known_b = find_word(vectors, a), find_word(vectors, b)
        if known_a is not None and known_b is not None:
            positions.append(position)
            first.append(known_a)
            second.append(known_b)
    return KnownPairs(positions, first, second, counted({UNKNOWN_WORD: len(pairs) - len(positions)}))


def counted(reasons: Mapping[str, int]) -> dict[str, int]:
    """The reasons that left something out."""
    return {reason: number for reason, number in reasons.items() if number}


def beyond_unknown(left_out: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """For JSON: what was left out, when it was not for unknown words alone, whose number the totals tell."""
    return {"left_out": dict(left_out)} if set(left_out) - {UNKNOWN_WORD} else {}


def reasons(left_out: Mapping[str, int]) -> str:
    """For people: ``; left out: 3 (unknown word)``; nothing where nothing was."""
    each = ", ".join(f"{number:,} ({reason})" for reason, number in left_out.items())
    return f"; left out: {each}" if each else ""
