"""The senses of words on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

_DIGITS = 5  # of a sense's mean and variance
_LONGEST = 15  # tokens to either side of the word that are shown of an example


def senses_on_page(senses: Mapping[str, Iterable[Any]], places: Mapping[str, int]) -> dict[int, list[dict[str, Any]]]:
    """Row of a word → its senses: share, neighbours that are on the page, density and examples.

    senses : a word, however it is spelled → its senses, such as a model's ``senses_batch`` finds; those of words that
        are not on the page are left out
    places : word → row
    """
    by_word = {found[0].word: found for found in map(list, senses.values()) if found}
    return {
        places[word]: [_as_dict(sense, places) for sense in found] for word, found in by_word.items() if word in places
    }


def _as_dict(sense: Any, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "share": round(sense.share, 4),
        "near": [(places[word], round(score, 4)) for word, score in sense.neighbours if word in places],
        "mean": np.round(np.asarray(sense.density.mean, np.float64), _DIGITS).tolist(),
        "variance": np.atleast_1d(np.round(np.asarray(sense.density.variance, np.float64), _DIGITS)).tolist(),
        "examples": [_shown(example) for example in sense.examples],
    }


def _shown(example: Any) -> tuple[list[str], int]:
    """The tokens about the word, and its place among them; "…" stands for what is cut off."""
    start, end = max(0, example.position - _LONGEST), example.position + _LONGEST + 1
    before, after = ["…"] * (start > 0), ["…"] * (end < len(example.tokens))
    return [*before, *example.tokens[start:end], *after], example.position - start + len(before)
