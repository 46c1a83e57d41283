"""Pseudo-words: two words written as one in half of their places, and the questions which of them stood there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from densevec._random import generator
from densevec._validation import Interval, check_parameters
from densevec.corpus._pseudo_places import (
    SHORTEST,
    kept_out,
    read_records,
    words_to_join,
    write_places,
    write_text_and_places,
)
from densevec.corpus.lines import PathLike, Source
from densevec.corpus.roles import check_corpus
from densevec.errors import ParameterError

_BETWEEN = "_"  # the two words of a pseudo-word


class PseudoQuestion(NamedTuple):
    """A sentence in which a pseudo-word stands at ``position``: the word that stood there, and the other one."""

    word: str
    right: str
    wrong: str
    position: int
    tokens: tuple[str, ...]


class PseudoWords:
    """A text to train on in which pairs of words are written as one, and questions from sentences that it lacks.

    The words of a pair (a, b) are drawn at random, so that they are unrelated, and are of like frequency.  Half of
    their occurrences, drawn at random, become ``a_b`` (Gale, Church & Yarowsky 1992; Schütze 1992), so that a model
    learns a, b and a_b.  A question is a sentence of six tokens or more with ``a_b`` in the place of one of
    them.  Nobody labels anything, so there are as many questions as there is text; a model that ignores the sentence
    has one half right.

    Iterating gives the sentences to train on, the same ones each time.

    Parameters
    ----------
    sentences : lists of tokens that can be iterated again
    num_pairs : pairs of words
    num_sentences : questions of each pair, half of them of either word
    seed : decides pairs, questions and which occurrences are written as one

    Raises
    ------
    ParameterError : when asked, where the text has too few words that are frequent enough
        in sentences of six tokens or more

    >>> text = [f"{word} {place} b c d e f".split() for word in ("sun", "tin") for place in map(str, range(40))]
    >>> pseudo = PseudoWords(text, num_pairs=1, num_sentences=4)
    >>> pseudo.pairs, len(pseudo.questions), len(list(pseudo))
    ([('sun', 'tin')], 4, 76)
    """

    def __init__(
        self, sentences: Iterable[Sequence[str]], num_pairs: int = 200, num_sentences: int = 50, seed: int = 1
    ) -> None:
        given = {"num_pairs": num_pairs, "num_sentences": num_sentences, "seed": seed}
        at_least = Interval(int, 1)
        check_parameters(given, {"num_pairs": at_least, "num_sentences": at_least, "seed": Interval(int, 0)})
        check_corpus(sentences)
        self.sentences = sentences
        self.num_pairs = num_pairs
        self.num_sentences = num_sentences
        self.seed = seed

    def __iter__(self) -> Iterator[list[str]]:
        asked = set(self._asked)
        random = generator(self.seed, "pseudo-words text")
        for number, tokens in enumerate(self.sentences):
            written = [self._joined[t][0] if t in self._joined and random.random() < 0.5 else t for t in tokens]
            if number not in asked:
                yield written

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Words drawn from those that are frequent enough but not the most frequent, each beside the next in frequency
        of those drawn."""
        least, least_long = 6 * self._each, 2 * self._each  # as some are left to learn from, or go to other words
        fit = words_to_join(self.sentences, least, least_long)
        if len(fit) < 2 * self.num_pairs:
            raise ParameterError(
                f"num_pairs (--pairs) must be at most {len(fit) // 2}, the pairs of words that occur {least:,} times "
                f"or more in this text, in {least_long:,} or more sentences of {SHORTEST} or more tokens, got "
                f"{self.num_pairs}; give a longer text, or ask for fewer pairs or for fewer num_sentences (--sentences)"
            )
        drawn = generator(self.seed, "pseudo-words pairs").choice(len(fit), 2 * self.num_pairs, replace=False)
        chosen = [fit[row] for row in np.sort(drawn)]
        return list(zip(chosen[::2], chosen[1::2], strict=True))

    @cached_property
    def questions(self) -> list[PseudoQuestion]:
        """One of a sentence at most, drawn from the whole text, in its order."""
        questions = []
        for number, tokens in enumerate(self.sentences):
            if number in self._asked:
                position = self._asked[number]
                name, other = self._joined[tokens[position]]
                sentence = (*tokens[:position], name, *tokens[position + 1 :])
                questions.append(PseudoQuestion(name, tokens[position], other, position, sentence))
        return questions

    def write(self, text: PathLike, questions: PathLike) -> int:
        """Write the sentences, one a line, and the questions as ``write_pseudo_questions`` does: both files or neither.

        Returns the number of sentences.  Errors: FileError where one of them cannot be written, ParameterError for
        tokens with blanks.
        """
        return write_text_and_places(text, self, questions, self.questions)

    @property
    def _each(self) -> int:
        """Questions of a word."""
        return -(-self.num_sentences // 2)

    @cached_property
    def _joined(self) -> dict[str, tuple[str, str]]:
        """word → (the pseudo-word that it is part of, the other part)."""
        joined = {}
        for first, second in self.pairs:
            name = f"{first}{_BETWEEN}{second}"
            joined[first], joined[second] = (name, second), (name, first)
        return joined

    @cached_property
    def _asked(self) -> dict[int, int]:
        """Number of a sentence that is asked about → the word's place in it."""
        random = generator(self.seed, "pseudo-words questions")
        return kept_out(self.sentences, self._joined, self._each, random)


def write_pseudo_questions(path: PathLike, questions: Iterable[PseudoQuestion]) -> None:
    """One question a line: pseudo-word, right word, wrong word, position from 0, sentence; separated by tabs.

    Errors: ParameterError for tokens with blanks, and for a question that no line can hold.
    """
    write_places(path, questions)


def read_pseudo_questions(path: Source) -> list[PseudoQuestion]:
    """What ``write_pseudo_questions`` wrote.  Errors: FormatError with file and line."""
    expected = "pseudo-word, right word, wrong word, the pseudo-word's position in the sentence from 0, and sentence"
    return [PseudoQuestion(*record) for record in read_records(path, 3, expected)]
