"""The aviary in two languages: its English beside an invented language whose dictionary and word order are known.

Every English word has one translation, and an ambiguous word one for each of its senses, so that which *kiwi* is meant
can be read off the other side.  The invented language differs from English in four ways.

*Word order.*  The first constituent of a sentence comes first and the others in reverse, which puts the verb last in
"she saw the kiwi at dawn"; adjectives of the word that the sentence is about follow it; prepositions become
postpositions.

*No articles.*  "the", "a" and "an" have no translation.

*Loose translation.*  Any other word but the one that the sentence is about is left out now and then.

*Particles.*  Two words without a counterpart come in, one behind the first constituent, one at the end, each in half
of the sentences.  An aligner may as well link them to an article, which has nothing else to go with; these links are
possible, not sure.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import NamedTuple

from densevec._random import generator
from densevec.corpus._aviary_grammar import Mention, Phrase, concepts, mentions
from densevec.corpus.aviary import Aviary
from densevec.corpus.parallel import GoldAlignment, Link, Pair

ARTICLES = frozenset({"the", "a", "an"})
PREPOSITIONS = frozenset(
    {"about", "after", "around", "at", "before", "behind", "beside", "between", "by", "during", "for", "from", "in"}
    | {"inside", "into", "near", "of", "on", "out", "over", "through", "to", "under", "up", "with", "without"}
)
TOPIC, FINAL = "-topic-", "-final-"  # what the particles stand for
OMITTED_SHARE = 0.03
PARTICLE_SHARE = 0.5

_BLOCK = 4096  # sentences whose random numbers are drawn at once
_MOST_WORDS = 64  # of an English sentence; a random number for each
_CONSONANTS, _VOWELS, _SYLLABLES = "ptkbdgmnslrvhj", "aeiou", 3


class BitextSentence(NamedTuple):
    """A sentence, its translation, the right links, and what its ambiguous word means if it has one.

    ``sense`` is (position of the word in the source, name of the sense, its word in the other language).
    """

    source: list[str]
    target: list[str]
    links: GoldAlignment
    sense: tuple[int, str, str] | None


@dataclass(frozen=True)
class _Dictionary:
    words: Mapping[str, str]
    senses: Mapping[str, Mapping[str, str]]
    particles: Mapping[str, str]


class AviaryBitext:
    """A re-iterable of (English, invented) pairs of token lists with known links, the same for the same seed.

    The English sentences are those of ``Aviary(num_sentences, seed)``.

    >>> bitext = AviaryBitext(num_sentences=1000, seed=1)
    >>> pair, links = next(iter(bitext)), next(iter(bitext.alignments))
    >>> all(bitext.dictionary.get(pair[0][i], pair[1][j]) == pair[1][j] for i, j in links.sure)
    True
    >>> sorted(bitext.senses["kiwi"])
    ['bird', 'fruit', 'person']
    """

    def __init__(self, num_sentences: int = 50_000, seed: int = 1) -> None:
        self._aviary = Aviary(num_sentences, seed)

    @property
    def num_sentences(self) -> int:
        """How many pairs there are."""
        return self._aviary.num_sentences

    @property
    def seed(self) -> int:
        """What the pairs are drawn from."""
        return self._aviary.seed

    def __iter__(self) -> Iterator[Pair]:
        for sentence in self.sentences():
            yield sentence.source, sentence.target

    def __len__(self) -> int:
        return self.num_sentences

    def __repr__(self) -> str:
        return f"AviaryBitext(num_sentences={self.num_sentences}, seed={self.seed})"

    @property
    def dictionary(self) -> Mapping[str, str]:
        """From every English word but articles and ambiguous words to its translation."""
        return _dictionary().words

    @property
    def senses(self) -> Mapping[str, Mapping[str, str]]:
        """From every ambiguous word to its senses by name (those of ``Aviary().facts``), and each one's translation."""
        return _dictionary().senses

    @property
    def particles(self) -> tuple[str, ...]:
        """The words of the invented language that translate nothing."""
        return tuple(_dictionary().particles.values())

    @property
    def alignments(self) -> _Alignments:
        """The right links of each pair; can be iterated again and again."""
        return _Alignments(self)

    def sentences(self) -> Iterator[BitextSentence]:
        """The pairs with all that is known about them."""
        for number, (mention, phrases) in enumerate(self._aviary.drawn()):
            turn = number % _BLOCK
            if turn == 0:
                random = generator(self.seed, "aviary translation", number // _BLOCK)
                chances = random.random((_BLOCK, _MOST_WORDS))
            yield _translate(mention, phrases, chances[turn].tolist())


class _Alignments:
    def __init__(self, bitext: AviaryBitext) -> None:
        self._bitext = bitext

    def __iter__(self) -> Iterator[GoldAlignment]:
        return (sentence.links for sentence in self._bitext.sentences())

    def __len__(self) -> int:
        return len(self._bitext)


def _translate(mention: Mention, phrases: list[Phrase], chances: list[float]) -> BitextSentence:
    """``chances`` are uniform numbers: one for each particle, then one for each word."""
    dictionary = _dictionary()
    source = [word for phrase in phrases for word in phrase]
    sense: tuple[int, str, str] | None = None
    meaning = mention.meant.sense
    if mention.word in dictionary.senses and meaning is not None:
        sense = source.index(mention.word), meaning, dictionary.senses[mention.word][meaning]
    target: list[str] = []
    sure: set[Link] = set()
    inserted: list[int] = []
    constituents = _reordered(mention, phrases)
    for number, positions in enumerate(constituents):
        for i in positions:
            is_omitted = chances[2 + i] < OMITTED_SHARE and source[i] != mention.word
            if source[i] not in ARTICLES and not is_omitted:
                sure.add((i, len(target)))
                target.append(sense[2] if sense is not None and sense[0] == i else dictionary.words[source[i]])
        for particle, place in ((TOPIC, 0), (FINAL, len(constituents) - 1)):
            if number == place and chances[particle == FINAL] < PARTICLE_SHARE:
                inserted.append(len(target))
                target.append(dictionary.particles[particle])
    articles = [i for i, word in enumerate(source) if word in ARTICLES]
    possible = sure | {(i, j) for i in articles for j in inserted}
    return BitextSentence(source, target, GoldAlignment(sure, possible), sense)


def _reordered(mention: Mention, phrases: list[Phrase]) -> list[list[int]]:
    """The positions of each phrase's words in the order of the invented language, phrase by phrase."""
    constituents: list[list[int]] = []
    start = 0
    for phrase in phrases:
        positions = list(range(start, start + len(phrase)))
        start += len(phrase)
        if mention.word in phrase:  # determiner, adjectives, noun, and what the frame says of it
            positions = _noun_first(mention, phrase, positions)
        elif phrase[0] in PREPOSITIONS:
            positions = positions[1:] + positions[:1]
        constituents.append(positions)
    return constituents[:1] + constituents[:0:-1]


def _noun_first(mention: Mention, phrase: Phrase, positions: list[int]) -> list[int]:
    """Adjectives behind the noun; a name has none, and what belongs to a noun (new zealander) stays in front of it."""
    end = phrase.index(mention.word) + 1
    has_front = mention.meant.word == mention.word and mention.meant.front is not None
    noun = end - 1 - has_front
    return positions[:1] + positions[noun:end] + positions[1:noun] + positions[end:] if noun > 0 else positions


@cache
def _dictionary() -> _Dictionary:
    plans = {id(plan): plan for mention in mentions() for plan in mention.plans}
    english = {
        word for plan in plans.values() for segment in plan for phrase in set(segment) for word in phrase
    } - ARTICLES
    taken = set(english)
    senses: dict[str, dict[str, str]] = {}
    for concept in concepts():
        if concept.sense is not None:
            senses.setdefault(concept.word, {})[concept.sense] = _invent(f"{concept.word}#{concept.sense}", taken)
    words = {word: _invent(word, taken) for word in sorted(english - set(senses))}
    return _Dictionary(words, senses, {name: _invent(name, taken) for name in (TOPIC, FINAL)})


def _invent(key: str, taken: set[str]) -> str:
    """A word of three syllables for a key, the same on every machine, that is not yet ``taken``; now it is."""
    for attempt in count():
        number = zlib.crc32(f"{key} {attempt}".encode())
        word = ""
        for _ in range(_SYLLABLES):
            number, syllable = divmod(number, len(_CONSONANTS) * len(_VOWELS))
            word += _CONSONANTS[syllable // len(_VOWELS)] + _VOWELS[syllable % len(_VOWELS)]
        if word not in taken:
            taken.add(word)
            return word
    raise AssertionError("count() does not end")
