"""Words whose senses are known, as several unrelated words are written as one in all of a text."""

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

_BETWEEN = "_"  # the words of a pseudo-word


class SenseInstance(NamedTuple):
    """A sentence with a word at ``position``, and the name of the sense that it has there."""

    word: str
    sense: str
    position: int
    tokens: tuple[str, ...]


class PseudoSenses:
    """A text in which one to ``max_senses`` words are written as one, and tagged sentences that it lacks.

    The words of a group (a, b, c) are drawn at random, so that they are unrelated, and are of like frequency.  All of
    their occurrences become ``a_b_c`` (Gale, Church & Yarowsky 1992; Schütze 1992), a word with as many senses; groups
    of one word are words as they are, which must not be split.  There are about as many groups of each size.

    Iterating gives the sentences to train on, the same ones each time.

    Parameters
    ----------
    sentences : lists of tokens that can be iterated again
    num_words : groups
    max_senses : words of the largest groups
    num_sentences : tagged ones, of each sense and of six tokens or more
    seed : decides groups and tagged sentences

    Raises
    ------
    ParameterError : when asked, where the text has too few words that are frequent enough
        in sentences of six tokens or more

    >>> text = [f"{word} {place} b c d e f".split() for word in ("sun", "tin", "oak") for place in map(str, range(40))]
    >>> planted = PseudoSenses(text, num_words=2, max_senses=2, num_sentences=4)
    >>> sorted(map(len, planted.groups.values())), len(planted.instances), len(list(planted))
    ([1, 2], 12, 108)
    """

    def __init__(
        self,
        sentences: Iterable[Sequence[str]],
        num_words: int = 60,
        max_senses: int = 3,
        num_sentences: int = 20,
        seed: int = 1,
    ) -> None:
        given = {"num_words": num_words, "max_senses": max_senses, "num_sentences": num_sentences, "seed": seed}
        check_parameters(given, {name: Interval(int, name != "seed") for name in given})
        check_corpus(sentences)
        self.sentences = sentences
        self.num_words = num_words
        self.max_senses = max_senses
        self.num_sentences = num_sentences
        self.seed = seed

    def __iter__(self) -> Iterator[list[str]]:
        asked = set(self._asked)
        for number, tokens in enumerate(self.sentences):
            if number not in asked:
                yield self._written(tokens)

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """What is written → the words that it stands for."""
        sizes = [1 + number % self.max_senses for number in range(self.num_words)]
        least, least_long = 6 * self.num_sentences, 2 * self.num_sentences  # as some go to other words
        fit = words_to_join(self.sentences, least, least_long)
        if len(fit) < sum(sizes):
            raise ParameterError(
                f"num_words (--pairs) must ask for no more than the {len(fit)} words that occur {least:,} times or "
                f"more in this text, in {least_long:,} or more sentences of {SHORTEST} or more tokens, got "
                f"{self.num_words}, which takes {sum(sizes)}; give a longer text, or ask for fewer words, senses or "
                "sentences"
            )
        random = generator(self.seed, "pseudo-senses groups")
        drawn = iter(np.sort(random.choice(len(fit), sum(sizes), replace=False)).tolist())
        groups = [tuple(fit[next(drawn)] for _ in range(size)) for size in random.permutation(sizes).tolist()]
        return {_BETWEEN.join(words): words for words in groups}

    @cached_property
    def instances(self) -> list[SenseInstance]:
        """One of a sentence at most, drawn from the whole text, in its order; the senses are called by their words."""
        instances = []
        for number, tokens in enumerate(self.sentences):
            if number in self._asked:
                position = self._asked[number]
                written = tuple(self._written(tokens))
                instances.append(SenseInstance(written[position], tokens[position], position, written))
        return instances

    def write(self, text: PathLike, instances: PathLike) -> int:
        """Write the sentences, one a line, and the instances as ``write_sense_instances`` does: both files or neither.

        Returns the number of sentences.  Errors: FileError where one of them cannot be written, ParameterError for
        tokens with blanks.
        """
        return write_text_and_places(text, self, instances, self.instances)

    def _written(self, tokens: Sequence[str]) -> list[str]:
        return [self._name_of.get(token, token) for token in tokens]

    @cached_property
    def _name_of(self) -> dict[str, str]:
        return {word: name for name, words in self.groups.items() for word in words}

    @cached_property
    def _asked(self) -> dict[int, int]:
        """Number of a sentence that is tagged → the word's place in it."""
        random = generator(self.seed, "pseudo-senses instances")
        return kept_out(self.sentences, self._name_of, self.num_sentences, random)


def write_sense_instances(path: PathLike, instances: Iterable[SenseInstance]) -> None:
    """One instance a line: word, sense, position from 0, sentence; separated by tabs.

    Errors: ParameterError for tokens with blanks, and for an instance that no line can hold.
    """
    write_places(path, instances)


def read_sense_instances(path: Source) -> list[SenseInstance]:
    """What ``write_sense_instances`` wrote, or any sense-tagged text in that form.

    Errors: FormatError with file and line.
    """
    expected = "word, sense, the word's position in the sentence from 0, and sentence"
    return [SenseInstance(*record) for record in read_records(path, 2, expected)]
