"""What sentences say about kinds of things, by language: files of function words and patterns, and their reader."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.patterns import LITERAL, OPTIONAL, PHRASE, PHRASES
from densevec.corpus.sources import MORE, frequent_shares
from densevec.errors import FileError, FormatError, ParameterError
from densevec.evidence.tokens import APOSTROPHES, folded, is_word, stripped

NAMES = ("en", "de", "fr")
_PHRASES = {"BROAD": PHRASE, "BROADS": PHRASE, "NARROW": PHRASE, "NARROWS": PHRASES}
_MOST_SETS = 64  # of literals, a bit each
_LEAST_WEIGHT, _MOST_WEIGHT = 1e-6, 1e6  # sums of which float32 holds
_CLOSED_KEYS = ("determiners", "conjunctions", "function_words")
_OPTIONAL_KEYS = ("articles", "negations", "prepositions", "quantifiers", "adjectives")  # that older files lack
_LEAST_SHARE = 0.15  # of its text that a language's function words make up


@dataclass(frozen=True)
class Pattern:
    """One way to say that something is a kind of something.

    Attributes
    ----------
    text : as it was written
    weight : what a match of it counts
    elements : (what, words) of each: LITERAL or OPTIONAL and its words, PHRASE or PHRASES without any
    narrow_first : whether the narrow phrase stands before the broad one
    broad_is_plural : whether the head of the broad phrase must be a plural
    """

    text: str
    weight: float
    elements: tuple[tuple[int, frozenset[str]], ...]
    narrow_first: bool
    broad_is_plural: bool

    @property
    def is_said(self) -> bool:
        """Whether a sentence says it of one phrase and could deny it; that of a list it takes as known."""
        return self.narrow_first and PHRASES not in [kind for kind, _ in self.elements]

    @property
    def ends(self) -> Iterator[str]:
        """The words that a phrase must end before; of one at the beginning those after it are found first."""
        is_after_phrase = False
        for kind, words in self.elements[1:]:
            if kind >= PHRASE:
                is_after_phrase = True
            elif is_after_phrase:
                yield from sorted(words)
                is_after_phrase = kind == OPTIONAL


@dataclass(frozen=True)
class Language:
    """Function words, plurals and patterns of a language.

    Attributes
    ----------
    head : "last" or "first", the noun of a phrase that says what it is about
    articles : the determiners that never stand without a noun, as *that* does in *that grew*; all if a file has none
    negations : words that deny what is said of what follows: *no parrot is a fish*; a file need not have any
    prepositions : words after which a phrase is not what a sentence is about: *the owner of the parrot is a man*; an
        article that is one too (*des*, German or French) counts as one after a content word; a file need not have any
    quantifiers : words that say how many of such a phrase there are: *most of the parrots*; a file need not have any
    adjectives : function words that stand between a determiner and its noun: *of the other parrot*; a file need not
        have any
    kinds : words such as *species*, which no hypernym is
    elided : those of the closed class that the file has with an apostrophe at their end: *l'* of *l'oiseau*
    plurals : endings of plurals and of their singulars, the first that leads to a known word counts
    """

    name: str
    head: str
    determiners: frozenset[str]
    conjunctions: frozenset[str]
    function_words: frozenset[str]
    articles: frozenset[str]
    negations: frozenset[str]
    prepositions: frozenset[str]
    quantifiers: frozenset[str]
    adjectives: frozenset[str]
    kinds: frozenset[str]
    elided: frozenset[str]
    plurals: tuple[tuple[str, str], ...]
    patterns: tuple[Pattern, ...]

    @cached_property
    def closed_class(self) -> frozenset[str]:
        """All words that no noun phrase has in it."""
        return self.determiners | self.conjunctions | self.function_words

    @property
    def literals(self) -> frozenset[str]:
        """All words of the patterns."""
        return frozenset(word for pattern in self.patterns for _, words in pattern.elements for word in words)

    def compiled(
        self,
    ) -> tuple[list[frozenset[str]], npt.NDArray[np.int8], npt.NDArray[np.int8], npt.NDArray[np.int64]]:
        """The sets of literals, and ``elements``, ``bits`` and ``starts`` as ``_cy.patterns.match`` has them."""
        sets: list[frozenset[str]] = []
        elements, bits, starts = [], [], [0]
        for pattern in self.patterns:
            for kind, words in pattern.elements:
                if kind <= OPTIONAL and words not in sets:
                    sets.append(words)
                elements.append(kind)
                bits.append(sets.index(words) if kind <= OPTIONAL else 0)
            starts.append(len(elements))
        return sets, np.array(elements, np.int8), np.array(bits, np.int8), np.array(starts, np.int64)


def read_language(name: str | os.PathLike[str]) -> Language:
    """A language of ours by its name ("en"), or one from a file of the same form.

    Raises
    ------
    FileError, FormatError : for a file that cannot be read, or is not one of these
    """
    if isinstance(name, str) and name in NAMES:
        from importlib import resources  # which those who ask for no language do without

        text = (resources.files(__package__) / f"{name}.toml").read_text(encoding="utf-8")
        return _parse(text, f"{name}.toml")
    path = os.fspath(name)
    if not path.endswith(".toml"):
        raise ParameterError(f"evidence must be one of {', '.join(NAMES)} or a file that ends in .toml, got {path!r}")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise FileError(
            f"{path}: cannot read the file of patterns ({error.strerror}); set evidence to where it is"
        ) from error
    except UnicodeDecodeError:
        raise FormatError(f"{path}: a file of patterns must be UTF-8") from None
    return _parse(text, path)


def recognise(words: Sequence[str], counts: npt.ArrayLike, delimiter: str | None = None) -> Language | None:
    """The language of ours whose function words make up most of a text; None if that is too little, or if the most
    frequent words of a language without patterns, of those that ``corpus.sources`` knows, make up more than its own.

    delimiter : what joins the words of phrases in the text; None where none were joined
    """
    of_word: Counter[str] = Counter()
    for word, count in zip(words, np.asarray(counts).tolist(), strict=True):
        for part in [word] if delimiter is None else word.split(delimiter):
            of_word[folded(part)] += count
    total = max(of_word.total(), 1)
    languages = {name: read_language(name) for name in NAMES}
    shares = {name: sum(of_word[word] for word in each.closed_class) / total for name, each in languages.items()}
    best = max(shares, key=lambda name: shares[name])
    frequent = frequent_shares(of_word)
    is_another = MORE * frequent[best] < max(share for code, share in frequent.items() if code not in NAMES)
    return languages[best] if shares[best] >= _LEAST_SHARE and not is_another else None


def _parse(text: str, path: str) -> Language:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"{path}: not a file of patterns: {error}") from None
    data = {**dict.fromkeys(_OPTIONAL_KEYS, ""), **data}
    words = {
        key: frozenset(map(folded, _get(data, path, key, str).split()))
        for key in (*_CLOSED_KEYS, "kinds", *_OPTIONAL_KEYS)
    }
    words["articles"] = words["articles"] or words["determiners"]
    closed = [word for key in _CLOSED_KEYS for word in data[key].split()]
    words["elided"] = frozenset(folded(word) for word in closed if word.endswith(APOSTROPHES))
    head = _get(data, path, "head", str)
    if head not in ("first", "last"):
        raise FormatError(f"{path}: head must be first or last, got {head!r}")
    plurals = tuple(
        (str(plural), str(singular)) for plural, singular in _each(data, path, "plurals", "[plural, singular]", str)
    )
    patterns = tuple(
        _pattern(path, weight, pattern)
        for weight, pattern in _each(data, path, "patterns", "[weight, pattern]", (int, float))
    )
    if not patterns:
        raise FormatError(f"{path}: patterns must have one [weight, pattern] or more, got []")
    language = Language(_get(data, path, "name", str), head, **words, plurals=plurals, patterns=patterns)
    if len(language.compiled()[0]) > _MOST_SETS:
        raise FormatError(f"{path}: patterns must have at most {_MOST_SETS} different sets of literals")
    for pattern in patterns:
        for word in pattern.ends:
            if (core := stripped(word)[0]) and is_word(core) and word not in language.closed_class:
                raise FormatError(
                    f"{path}: a word after a phrase must be one of function_words, determiners or conjunctions, which "
                    f"no phrase has in it; add {word!r} to function_words for {pattern.text!r}"
                )
    return language


def _get(data: dict[str, Any], path: str, key: str, kind: type) -> Any:
    if not isinstance(data.get(key), kind):
        raise FormatError(f"{path}: a file of patterns must have {key} = {'a string' if kind is str else 'a list'}")
    return data[key]


def _each(data: dict[str, Any], path: str, key: str, form: str, first: Any) -> list[Any]:
    rows = _get(data, path, key, list)
    for row in rows:
        if not (isinstance(row, list) and len(row) == 2 and isinstance(row[0], first) and isinstance(row[1], str)):
            raise FormatError(f"{path}: {key} must be a list of {form}, got {row!r:.80}")
    return rows


def _pattern(path: str, weight: float, text: str) -> Pattern:
    elements: list[tuple[int, frozenset[str]]] = []
    phrases = []
    for part in text.split():
        if part in _PHRASES:
            elements.append((_PHRASES[part], frozenset()))
            phrases.append(part)
        else:
            kind = OPTIONAL if part.endswith("?") else LITERAL
            elements.append((kind, frozenset(map(folded, part.removesuffix("?").split("|")))))
    kinds = [kind for kind, _ in elements]
    anchor = 1 if kinds and kinds[0] >= PHRASE else 0
    if sorted(phrase[0] for phrase in phrases) != ["B", "N"]:
        raise FormatError(f"{path}: a pattern must have one BROAD or BROADS and one NARROW or NARROWS, got {text!r}")
    if len(kinds) <= anchor or kinds[anchor] != LITERAL:
        raise FormatError(f"{path}: a pattern's first word after its first phrase must not be optional, got {text!r}")
    if not _LEAST_WEIGHT <= weight <= _MOST_WEIGHT:
        raise FormatError(
            f"{path}: a pattern's weight must be from {_LEAST_WEIGHT:f} to {_MOST_WEIGHT:.0f}, got {weight!r:.80}"
        )
    return Pattern(text, float(weight), tuple(elements), phrases[0].startswith("N"), "BROADS" in phrases)
