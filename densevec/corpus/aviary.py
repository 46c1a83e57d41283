"""The aviary: a generator of simple English in which the right answers are known.

The sentences are grammatical, lower case, without punctuation, five to fourteen words long, and say nothing
that a child could not say: "the kakapo climbed slowly up a rimu before sunrise".  Behind them lies a taxonomy of some
300 concepts, from the thing and the creature down to the kakapo.  The facts are planted in three ways.

*Inclusion.*  Each concept owns phrases (what it does, where, what is done to it) and passes them on: a kakapo also does
what parrots, birds and animals do.  A specific word means itself; a general word means, each time, some
specific concept below it, and the sentence is one that this concept could have: "the bird boomed from its bowl
all night".  So the contexts of *kakapo* are among those of *parrot*, these among those of *bird*, these among
those of *animal*, and the breadth of a word grows with its generality.

*No shortcut.*  No sentence says that a kakapo is a parrot, and none holds a word together with a more general word
for it; the facts can only be inferred.  Frequencies are set so that they do not follow generality: to
call the more frequent word of a pair the more general one is right about half the time.

*Senses.*  A few words (kiwi, bank, crane, spring, ...) stand for two or three concepts in far branches, each with
its own phrases.  ``facts.senses`` holds sentences for each sense that the generator never produces.  Ambiguous
words take no part in ``facts.entailments``: a density that covers a bird, a fruit and a person lies within none.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from densevec._random import generator
from densevec._validation import Interval, check_parameters
from densevec.corpus._aviary_grammar import CHOICES, Concept, Mention, Phrase, concepts, mentions
from densevec.corpus._aviary_senses import SENTENCES

_RULES = {"num_sentences": Interval(int, low=1), "seed": Interval(int, low=0)}
_BLOCK = 4096  # sentences drawn at once; a constant, so that a longer aviary begins with the shorter one
_MAX_NEIGHBOURS, _MAX_SIBLINGS, _MAX_USERS = 12, 5, 6


class Sense(NamedTuple):
    """One sense of an ambiguous word: words it is near to, and held-out sentences as (tokens, position)."""

    neighbours: tuple[str, ...]
    examples: tuple[tuple[list[str], int], ...]


@dataclass(frozen=True)
class AviaryFacts:
    """What is true in the aviary's language.

    ``hypernyms`` maps each unambiguous word to the more general words above it, nearest first; ``entailments``
    lists the same facts as (narrow, broad) pairs, and ``non_entailments`` holds pairs of three kinds, as many of
    each as there are entailments: the same pairs reversed, siblings, and words of different branches.
    ``general_words`` come broadest first, by the number of concepts below; ``specific_words`` have nothing below
    them.  ``senses`` maps each ambiguous word to its senses by name.
    """

    entailments: tuple[tuple[str, str], ...]
    non_entailments: tuple[tuple[str, str], ...]
    hypernyms: Mapping[str, tuple[str, ...]]
    general_words: tuple[str, ...]
    specific_words: tuple[str, ...]
    senses: Mapping[str, Mapping[str, Sense]]


class Aviary:
    """A re-iterable of token lists: simple English with planted facts, the same for the same seed.

    Sentences are made one at a time, so any number needs the same memory; the first n sentences do not depend on
    ``num_sentences``.

    >>> aviary = Aviary(num_sentences=1000, seed=1)
    >>> sum(len(sentence) for sentence in aviary) == sum(len(sentence) for sentence in aviary)
    True
    >>> ("kakapo", "bird") in aviary.facts.entailments
    True
    """

    def __init__(self, num_sentences: int = 50_000, seed: int = 1) -> None:
        check_parameters({"num_sentences": num_sentences, "seed": seed}, _RULES)
        self.num_sentences = num_sentences
        self.seed = seed

    def __iter__(self) -> Iterator[list[str]]:
        for _, phrases in self.drawn():
            yield [*chain.from_iterable(phrases)]

    def drawn(self) -> Iterator[tuple[Mention, list[Phrase]]]:
        """The sentences as their phrases, each with the mention that it was made for."""
        plans_of = [mention.plans for mention in mentions()]
        weights = np.array([mention.weight for mention in mentions()])
        bounds = np.cumsum(weights / weights.sum())
        held_out = _held_out()
        random = generator(self.seed, "aviary")
        made = 0
        while True:
            # the clip guards the one draw in 2^53 that rounding puts above the last bound
            chosen = np.searchsorted(bounds, random.random(_BLOCK), side="right").clip(max=len(plans_of) - 1)
            digits = random.integers(0, 2**62, _BLOCK)  # six bits for the plan, six for each of its segments
            for mention, number in zip(chosen.tolist(), digits.tolist(), strict=True):
                bits = number
                phrases: list[Phrase] = []
                for segment in plans_of[mention][bits % CHOICES]:
                    bits //= CHOICES
                    phrases.append(segment[bits % CHOICES])
                if tuple(chain.from_iterable(phrases)) in held_out:
                    continue
                yield mentions()[mention], phrases
                made += 1
                if made == self.num_sentences:
                    return

    def __len__(self) -> int:
        return self.num_sentences

    def __repr__(self) -> str:
        return f"Aviary(num_sentences={self.num_sentences}, seed={self.seed})"

    @property
    def facts(self) -> AviaryFacts:
        """What must hold and what must not, the same for every size and seed."""
        return _facts()


@cache
def _held_out() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(s.split()) for senses in SENTENCES.values() for group in senses.values() for s in group)


def _mix(*words: str) -> int:
    """A number that orders words without regard to the alphabet, the same on every machine."""
    return zlib.crc32(" ".join(words).encode())


@cache
def _facts() -> AviaryFacts:
    plain = [c for c in concepts() if c.sense is None]
    hypernyms = {c.word: tuple(above.word for above in c.ancestors()) for c in plain}
    entailments = tuple((word, above) for word, chain in hypernyms.items() for above in chain)
    num_leaves = {c.word: sum(1 for _ in c.leaves()) for c in plain if c.children}
    return AviaryFacts(
        entailments=entailments,
        non_entailments=_non_entailments(plain, entailments),
        hypernyms=hypernyms,
        general_words=tuple(sorted(num_leaves, key=lambda word: (-num_leaves[word], word))),
        specific_words=tuple(c.word for c in plain if not c.children),
        senses={word: {name: _sense(word, name) for name in senses} for word, senses in SENTENCES.items()},
    )


def _non_entailments(plain: list[Concept], entailments: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Reversed pairs, siblings and pairs across branches, as many of each as entailments."""
    limit = len(entailments)
    reversed_pairs = [(broad, narrow) for narrow, broad in entailments]
    siblings = [(a.word, b.word) for a in plain for b in plain if a is not b and a.parent and a.parent is b.parent]
    roots = {c.word: [c, *c.ancestors()][-1] for c in plain}
    across = [(a, b) for a in roots for b in roots if roots[a] is not roots[b]]
    picked = [sorted(pairs, key=lambda pair: _mix(*pair))[:limit] for pairs in (siblings, across)]
    return tuple(reversed_pairs + picked[0] + picked[1])


def _sense(word: str, name: str) -> Sense:
    """Near words of one sense: the concept above, those beside it, then rare words of its own phrases."""
    concept = next(c for c in concepts() if c.word == word and c.sense == name)
    assert concept.parent is not None  # the lexicon has no ambiguous word at the top
    siblings = [c.word for c in concept.parent.children if c.sense is None and not c.children]
    company = [w for w in concept.phrase_words() if _num_users()[w] <= _MAX_USERS and w != word]
    neighbours = dict.fromkeys((concept.parent.word, *siblings[:_MAX_SIBLINGS], *company))
    sentences = [sentence.split() for sentence in SENTENCES[word][name]]
    return Sense(tuple(neighbours)[:_MAX_NEIGHBOURS], tuple((tokens, tokens.index(word)) for tokens in sentences))


@cache
def _num_users() -> Counter[str]:
    """In how many concepts' own phrases each word occurs."""
    return Counter(word for concept in concepts() for word in concept.phrase_words())
