"""The aviary's grammar: reads the lexicon's notation and compiles it to sentence plans.

The lexicon is an indented tree, one concept a line, general above specific::

    bird *8                                   a concept, and how often it is mentioned (1 to 14)
      say: {the} laid an egg in {nest}        a sentence frame for it and for everything below it
      nest: its nest, an old nest             phrases for a slot of the frames
      kiwi#bird *14 | brown | sniffed the air | in the ferns | nest=its burrow

``kiwi#bird`` is the word *kiwi* in its sense *bird*; ``~`` marks a mass noun (some cheese), ``^`` a
name without an article (london), ``+new`` a word that always stands in front (new zealander).  The fields of a
concept's line are adjectives, predicates and places of a creature or person (``adj | did | at``), or ``adj | at |
use | did`` of anything else, where ``use`` is what people do to it; ``slot=`` names any other slot.  A line that begins
with ``|`` or ``,`` continues the one before.

A *plan* is one frame for one (mentioned word, concept meant) pair: a row of segments, each 64 equally
likely phrases, so that six random bits choose one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from densevec.corpus._aviary_creatures import CREATURES, PEOPLE
from densevec.corpus._aviary_things import PLANTS, THINGS
from densevec.corpus._aviary_world import IDEAS, PLACES

Phrase = tuple[str, ...]
Segment = tuple[Phrase, ...]
Plan = tuple[Segment, ...]

CHOICES = 64  # phrases a segment, plans a mention: six bits of a random number choose among them
OWN_SHARE = 0.55  # of a slot's phrases, the concept's own; the rest comes from the concepts above it

LEAF_EXPONENT = 1.25  # spreads the rates of specific words, so that the frequent ones overtake general words

_LINE = re.compile(
    r"(?P<word>[a-z]+)(?:#(?P<sense>[a-z]+))?(?:\+(?P<front>[a-z]+))?(?P<kind>[~^]?)(?: \*(?P<rate>\d+))?$"
)
_SLOT = re.compile(r"\{([a-z]+)\}")
_CREATURE_FIELDS = ("adj", "did", "at")
_THING_FIELDS = ("adj", "at", "use", "did")


@dataclass(eq=False)
class Concept:
    """One node of the taxonomy: a word in one sense, its phrases, and what lies above and below it."""

    word: str
    sense: str | None
    front: str | None
    kind: str  # "" a count noun, "~" a mass noun, "^" a name
    rate: float
    parent: Concept | None
    children: list[Concept] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    phrases: dict[str, list[str]] = field(default_factory=dict)

    def ancestors(self) -> Iterator[Concept]:
        """The concepts above this one, nearest first."""
        concept = self.parent
        while concept is not None:
            yield concept
            concept = concept.parent

    def phrase_words(self) -> tuple[str, ...]:
        """The different words of this concept's own phrases, in order."""
        return tuple(dict.fromkeys(w for phrases in self.phrases.values() for p in phrases for w in p.split()))

    def leaves(self) -> Iterator[tuple[Concept, float]]:
        """The most specific concepts below (or this one), each with its share: every child weighs the same."""
        if not self.children:
            yield self, 1.0
        for child in self.children:
            for leaf, share in child.leaves():
                yield leaf, share / len(self.children)


def _own_rate(word: str, sense: str | None) -> float:
    """A rate from 1.5 to 6 for concepts that state none, the same on every machine."""
    return 1.5 + zlib.crc32(f"{word}#{sense}".encode()) % 1000 / 1000 * 4.5


def _split(text: str) -> list[str]:
    return [item for item in (part.strip() for part in text.split(",")) if item]


def _concept(line: str, parent: Concept | None) -> Concept:
    head, *fields = (part.strip() for part in line.split("|"))
    match = _LINE.match(head)
    if match is None:
        raise ValueError(f"the aviary's lexicon has a line that is not in its notation: {line!r}")
    word, sense, rate = match["word"], match["sense"], match["rate"]
    concept = Concept(
        word, sense, match["front"], match["kind"], float(rate) if rate else _own_rate(word, sense), parent
    )
    chain = [concept, *concept.ancestors()]
    names = iter(_CREATURE_FIELDS if chain[-1].word in ("creature", "person") else _THING_FIELDS)
    for text in fields:
        name, equals, value = text.partition("=")
        slot, items = (name, value) if equals else (next(names), text)
        concept.phrases.setdefault(slot, []).extend(_split(items))
    if parent is not None:
        parent.children.append(concept)
    return concept


def _parse(lexicon: str) -> Iterator[Concept]:
    """The concepts of one lexicon, each after its parent."""
    stack: list[tuple[int, Concept]] = []
    joined = re.sub(r"\n +(?=[|,])", " ", lexicon)
    for line in joined.splitlines():
        if not line.strip():
            continue
        depth = len(line) - len(line.lstrip())
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack else None
        slot, colon, text = line.strip().partition(": ")
        if colon and parent is not None:
            if slot == "say":
                parent.frames.append(text)
            else:
                parent.phrases.setdefault(slot, []).extend(_split(text))
            continue
        concept = _concept(line.strip(), parent)
        stack.append((depth, concept))
        yield concept


@cache
def concepts() -> tuple[Concept, ...]:
    """Every concept of the aviary, parents before children."""
    return tuple(c for text in (CREATURES, PEOPLE, THINGS, PLANTS, PLACES, IDEAS) for c in _parse(text))


def _spread(weighted: list[tuple[str, float]]) -> list[str]:
    """64 phrases in proportion to their weights (largest remainders; ties go to the earlier phrase)."""
    total = sum(weight for _, weight in weighted)
    exact = [CHOICES * weight / total for _, weight in weighted]
    counts = [int(x) for x in exact]
    order = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for i in order[: CHOICES - sum(counts)]:
        counts[i] += 1
    return [phrase for (phrase, _), count in zip(weighted, counts, strict=True) for _ in range(count)]


def _inherited(leaf: Concept, slot: str) -> list[tuple[str, float]]:
    """A slot's phrases for a concept, with weights: a good half its own, the rest from above in equal parts."""
    own = leaf.phrases.get(slot, [])
    above = [c.phrases[slot] for c in leaf.ancestors() if c.phrases.get(slot)]
    own_share = OWN_SHARE if above else 1.0
    weighted = [(phrase, own_share / len(own)) for phrase in own]
    rest = 1.0 - own_share if own else 1.0
    return weighted + [(phrase, rest / len(above) / len(level)) for level in above for phrase in level]


def _with_article(phrase: str) -> str:
    vowel = phrase[0] in "aeiou" and not phrase.startswith(("eu", "un", "us", "one"))
    return f"{'an' if vowel else 'a'} {phrase}"


def _noun_phrases(mention: Concept, leaf: Concept, slot: str) -> list[str]:
    """The 64 ways to say {the} or {a} of one mention: with an adjective of the concept meant, or without."""
    noun = f"{mention.front} {mention.word}" if mention.front else mention.word
    if mention.kind == "^":
        return [noun] * CHOICES
    adjectives = [(f"{adjective} {noun}", weight) for adjective, weight in _inherited(leaf, "adj")]
    if slot == "a":
        plain, determine = 0.5, (lambda x: f"some {x}") if mention.kind == "~" else _with_article
        bare = [(determine(noun), plain)]
    else:
        plain, determine = 0.65, lambda x: f"the {x}"
        other = "some" if mention.kind == "~" else "one"
        bare = [(f"the {noun}", 0.45), (f"that {noun}", 0.08), (f"this {noun}", 0.06), (f"{other} {noun}", 0.06)]
    return _spread(bare + [(determine(phrase), (1 - plain) * weight) for phrase, weight in adjectives])


def _compile(frame: str, mention: Concept, leaf: Concept) -> Plan | None:
    """One frame for one mention; None where a slot of the frame has no phrase."""
    segments: list[Segment] = []
    for i, part in enumerate(_SLOT.split(frame)):
        words = tuple(part.split())
        if i % 2 == 0:  # the fixed words between two slots join the segment before them
            if words and segments:
                segments[-1] = tuple(phrase + words for phrase in segments[-1])
            elif words:
                segments.append((words,) * CHOICES)
            continue
        if part in ("the", "a"):
            phrases = _noun_phrases(mention, leaf, part)
        else:
            weighted = _inherited(leaf, part)
            if not weighted:
                return None
            phrases = _spread(weighted)
        segments.append(tuple(tuple(phrase.split()) for phrase in phrases))
    return tuple(segments)


@dataclass(frozen=True)
class Mention:
    """A word, the concept it means this time, how often that happens (unnormalised), and its 64 plans."""

    word: str
    meant: Concept
    weight: float
    plans: tuple[Plan, ...]


@cache
def mentions() -> tuple[Mention, ...]:
    """Every word with every concept it can mean: a specific word means itself, a general word anything below it.

    This is where inclusion is planted: when *bird* means a kakapo, its sentence is one that *kakapo* could have.
    """
    found = []
    for mention in concepts():
        for leaf, share in mention.leaves():
            frames = [frame for c in (leaf, *leaf.ancestors()) for frame in c.frames]
            plans = [plan for frame in frames if (plan := _compile(frame, mention, leaf)) is not None]
            repeated = tuple(plans[i * len(plans) // CHOICES] for i in range(CHOICES))
            rate = mention.rate if mention.children else mention.rate**LEAF_EXPONENT
            found.append(Mention(mention.word, leaf, rate * share, repeated))
    return tuple(found)
