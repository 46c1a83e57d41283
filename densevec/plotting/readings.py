"""Words in sentences, and senses of words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from densevec._html import writable
from densevec.corpus.own_text import own_text
from densevec.corpus.roles import as_places
from densevec.densities import Gaussian
from densevec.errors import ParameterTypeError

_REACH, _LINE = 6, 26  # words on either side, characters of a line
_LONGEST = 40  # characters of a word on a map
_NUM_NAMES = 3  # nearest words by which a sense is called


@dataclass(frozen=True, eq=False)
class Reading:
    """A word in a sentence, or in one of its senses, and its density there.

    caption : what is written beside it instead of the sentence
    """

    tokens: tuple[str, ...]
    position: int
    density: Gaussian
    caption: str = ""

    @property
    def word(self) -> str:
        """The word that is read."""
        return self.tokens[self.position]

    def excerpt(self) -> list[str]:
        """The words around it in its sentence, or the caption, in short lines.

        >>> tokens = "at dusk the kiwi laid an egg in its burrow".split()
        >>> Reading(tuple(tokens), 3, Gaussian([0.0], 1.0)).excerpt()
        ['at dusk the kiwi laid an', 'egg in its burrow']
        """
        if self.caption:
            return textwrap.wrap(writable(self.caption), _LINE, break_long_words=False, break_on_hyphens=False)
        begin, end = max(0, self.position - _REACH), self.position + _REACH + 1
        text = " ".join(shortened(token) for token in self.tokens[begin:end])
        text = ("… " if begin else "") + text + (" …" if end < len(self.tokens) else "")
        return textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False)


def read_words(model: Any, contexts: Iterable[tuple[Sequence[str], int]]) -> list[Reading]:
    """What a trained model makes of words in their sentences, each given as (tokens, position).

    The readings hold the sentences as the model reads them, folded and with its phrases joined, and the word or phrase
    there that the density is of.

    Raises
    ------
    MissingWordError
        For a word that the model does not know.
    ParameterTypeError
        For a model that does not read words in their sentences.
    """
    if not hasattr(model, "posterior_batch"):
        raise ParameterTypeError(
            "model must be a BayesianSkipGram or an EmbedAlign, which read words in their sentences, got "
            f"{type(model).__name__}"
        )
    places = as_places(contexts)
    densities = model.posterior_batch(places)
    read = own_text(model).prepare_places(places)
    return [
        Reading(tuple(tokens), position, density) for (tokens, position), density in zip(read, densities, strict=True)
    ]


def read_senses(senses: Iterable[Any]) -> list[Reading]:
    """The senses of a word, such as a model's ``senses`` finds, for a map: called by their nearest words and share.

    >>> from densevec import Gaussian, Sense
    >>> found = [Sense("bank", Gaussian([0.0], 1.0), 0.8, (("shore", 0.9), ("river", 0.8)), ())]
    >>> read_senses(found)[0].excerpt()
    ['shore, river (80%)']
    """
    return [
        Reading(
            (sense.word,),
            0,
            sense.density,
            f"{', '.join(shortened(word) for word, _ in sense.neighbours[:_NUM_NAMES])} ({sense.share:.0%})",
        )
        for sense in senses
    ]


def shortened(word: str) -> str:
    r"""The word as it is written on a map: no more than fits there, and no character that no picture can have.

    >>> shortened("a\x00b")
    'a\ufffdb'
    """
    return writable(word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…")
