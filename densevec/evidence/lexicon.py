"""What each word of a vocabulary can be in a sentence, as the patterns of a language see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from densevec._cy.patterns import COMMA_AFTER, CONJUNCTION, CONTENT, DETERMINER, FUNCTION
from densevec.evidence.languages import Language
from densevec.evidence.pieces import Pieces
from densevec.evidence.tokens import APOSTROPHES, is_word, stripped

_DIGITS_OF_A_YEAR = 4  # "of 12 parrots", but "in 1945 Genscher"


@dataclass(frozen=True)
class Lexicon:
    """Tables over the V words of a vocabulary and of its ``Pieces``, and after them id V: one of the text that is none.

    Such a word is taken for a content word.  It can be what a phrase is about, and then nothing is said of known words.

    Attributes
    ----------
    kinds : (V + 1,) uint8, class and marks, see ``densevec._cy.patterns``
    sets : (V + 1,) uint64, the sets of the patterns' literals that a word is in, a bit each
    denies : (V + 1,) bool, the words that say of what follows that it is not so
    governs : (V + 1,) bool, the words after which a phrase is not what a sentence is about
    leads : (V + 1,) bool, the words that may stand in a phrase before its first content word
    quantifies : (V + 1,) bool, the words that say how many of what a preposition stands before
    articles : (V + 1,) uint8, 1 for the determiners that never stand without a noun
    cores : (V,) int32, the word that a token such as "(animals," is without what is written onto it
    """

    kinds: npt.NDArray[np.uint8]
    sets: npt.NDArray[np.uint64]
    denies: npt.NDArray[np.bool_]
    governs: npt.NDArray[np.bool_]
    leads: npt.NDArray[np.bool_]
    quantifies: npt.NDArray[np.bool_]
    articles: npt.NDArray[np.uint8]
    cores: npt.NDArray[np.int32]

    @property
    def unknown(self) -> int:
        """The id V."""
        return len(self.cores)

    @classmethod
    def of(cls, words: Sequence[str], language: Language, pieces: Pieces) -> Lexicon:
        """The tables for some words and what they are read as."""
        classes = dict.fromkeys(language.function_words, FUNCTION)
        classes |= dict.fromkeys(language.determiners, DETERMINER)
        classes |= dict.fromkeys(language.conjunctions, CONJUNCTION)
        leading = language.determiners | language.adjectives
        bits: dict[str, int] = {}
        for number, literals in enumerate(language.compiled()[0]):
            for literal in literals:
                bits[literal] = bits.get(literal, 0) | 1 << number
        index = {word: row for row, word in enumerate(words)}
        words = [*words, *pieces.more]
        kinds = np.zeros(len(words) + 1, np.uint8)
        sets = np.zeros(len(words) + 1, np.uint64)
        denies, governs, leads, quantifies = np.zeros((4, len(words) + 1), bool)
        articles = np.zeros(len(words) + 1, np.uint8)
        kinds[-1] = CONTENT
        cores = pieces.nouns.copy()
        for row, word in enumerate(words):
            core, marks = (word, 0) if word.isalpha() else stripped(word)
            lower = (core or word).lower().replace("’", "'")
            sets[row] = bits.get(lower, 0)
            if not core:
                kinds[row] = marks
                continue
            if lower in classes and word.endswith(APOSTROPHES):  # "l'", in which it is no comma
                marks &= ~COMMA_AFTER
            kinds[row] = classes.get(lower, CONTENT if is_word(core) else FUNCTION) | marks
            denies[row] = lower in language.negations
            quantifies[row] = lower in language.quantifiers
            articles[row] = lower in language.articles
            if not marks:
                governs[row] = lower in language.prepositions
                leads[row] = lower in leading or (core.isdigit() and len(core) < _DIGITS_OF_A_YEAR)
            if core != word and cores[row] == row:
                cores[row] = index.get(core, index.get(core.lower(), row))
        return cls(kinds, sets, denies, governs, leads, quantifies, articles, cores)
