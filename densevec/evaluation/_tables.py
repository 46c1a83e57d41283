"""Test sets that are tables: two words a line with a score or a label, as their authors publish them.

Grammar.  A file is lines of UTF-8 (a line that is not is Latin-1), ended by ``\\n`` or ``\\r\\n``.  Blank lines are
passed over, and so are lines that begin with ``#`` before the first pair.  The first line may be a heading.  All others
are data, each with the same columns, and one that is not is an error with its number.

Columns are separated by the first of these that is in the first data line: tab; comma (with ``"`` for quotation);
semicolon; blanks, of which there may be several between two columns.  Words may have no-break spaces in them, and
any blanks where these do not separate columns.

Which columns count:

1. those that ``columns`` names: three numbers from 1, or three names of the heading;
2. else those that a heading names: two of words (``word1 word2``, ``Word 1, Word 2``, ``w1 w2``, ``term1 term2`` ...)
   and one of scores or labels (``SimLex999``, ``Human (mean)``, ``score`` ...), wherever they stand;
3. else, without a heading, the first two are the words, and the value is the third; or the fourth where the third is a
   part of speech (SimVerb-3500); SCWS and BLESS are known by their many columns and by their relations.

A first line that is neither a heading of those words nor data is an error: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from densevec._containers import is_list_like
from densevec._text_rules import strip_blanks, tokens_of
from densevec.corpus.lines import Source, as_number, name_of, read_lines
from densevec.errors import FormatError, ParameterError, ParameterTypeError

Columns = Sequence[int | str]
Value = TypeVar("Value")

POS_ENDINGS = ("-n", "-v", "-j", "-r")
_WORDS = ("word", "w", "term", "verb", "noun", "item", "token")
_WORD_PAIRS = (
    *((f"{name}1", f"{name}2") for name in _WORDS),
    *((f"{name}a", f"{name}b") for name in _WORDS),
    ("narrow", "broad"),
    ("hyponym", "hypernym"),
    ("firstword", "secondword"),
)
_PARTS_OF_SPEECH = frozenset(["n", "v", "a", "j", "r", "s", "noun", "verb", "adj", "adjective", "adv", "adverb"])
_LABELS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
_RELATIONS = {"hyper": True, "coord": False, "mero": False, "attri": False, "event": False} | {
    f"random-{ending}": False for ending in "nvj"
}
_SCORE_NAMES = (  # what comes first is taken
    *("simlex999", "avgscore010", "humanmean", "score", "similarity", "simscore", "similarityscore", "avgscore"),
    *("averagescore", "meanscore", "rating", "meanrating", "averagerating", "mean", "average", "avg", "sim"),
    *("relatedness", "relatednessscore", "goldscore", "gold", "human", "humanscore"),
)
_LABEL_NAMES = ("label", "entails", "entailment", "ishypernym", "isentailment", "gold", "truth")
_GRADED_ENTAILMENT = "avgscore010"
_NUM_SCWS_FIELDS = 18


class Pair(NamedTuple, Generic[Value]):
    """Two words and the value that people gave them."""

    first: str
    second: str
    value: Value


@dataclass(frozen=True)
class _Kind(Generic[Value]):
    """What the values of a file are: how a field is read, what the columns are called, how errors show a line."""

    parse: Callable[[str], Value | None]
    names: Sequence[str]
    form: str


_SCORES: _Kind[float] = _Kind(as_number, _SCORE_NAMES, "word1 word2 score")
_TRUTHS: _Kind[bool] = _Kind(lambda field: _LABELS.get(field.lower()), _LABEL_NAMES, "narrow broad True|False")
_BLESS: _Kind[bool] = _Kind(_RELATIONS.get, (), "concept class relation relatum")


@dataclass(frozen=True)
class _Layout:
    """The places, from 0, of the two words and the value; ``tag`` is one where a part of speech must stand."""

    first: int = 0
    second: int = 1
    value: int = 2
    tag: int | None = None

    @property
    def last(self) -> int:
        return max(self.first, self.second, self.value, self.tag or 0)


def read_scored_pairs(source: Source, columns: Columns | None = None) -> tuple[list[Pair[float]], str]:
    """The pairs with their scores, and the measure these grade: ``"cosine"``, or ``"entailment"`` (HyperLex)."""
    reader = _Reader(source, _SCORES, columns)
    pairs = reader.read()
    return pairs, "entailment" if reader.value_name == _GRADED_ENTAILMENT else "cosine"


def read_labelled_pairs(source: Source, columns: Columns | None = None) -> list[Pair[bool]]:
    """The pairs with their labels: True, 1 or yes where the first word entails the second; False, 0 or no elsewhere.

    Of BLESS as it is published (concept, class, relation, relatum) the relation ``hyper`` entails, no other does.
    """
    return _Reader(source, _TRUTHS, columns).read()


def _separator_of(text: str) -> Callable[[str], list[str]]:
    """How a line like this is split."""
    for mark in "\t,;":
        if mark in text and len(fields := _split(text, mark)) >= 3 and all(fields[:2]):
            return lambda line: _split(line, mark)
    return tokens_of


def _split(text: str, mark: str) -> list[str]:
    if mark == "\t":
        return [strip_blanks(field) for field in text.split(mark)]
    try:
        return [strip_blanks(field) for field in next(csv.reader([text], delimiter=mark, strict=True))]
    except csv.Error:
        return []


class _Reader(Generic[Value]):
    """One pass over a file."""

    def __init__(self, source: Source, kind: _Kind[Value], columns: Columns | None) -> None:
        self.source, self.name, self.kind = source, name_of(source), kind
        self.columns = None if columns is None else _checked(columns)
        self.value_name = ""  # of the heading, without what is no letter or number
        self.layout: _Layout | None = None
        self.is_begun = False  # whether the heading, or the place where it would be, is behind

    def read(self) -> list[Pair[Value]]:
        pairs: list[Pair[Value]] = []
        split: Callable[[str], list[str]] | None = None
        num_fields = None
        for number, text in self._lines():
            if split is None:
                split = _separator_of(text)
                if self.layout is None:
                    self._find_layout(split(text), number, text)
            fields = split(text)
            if split is tokens_of and not self.value_name:  # where a word of two would shift the columns
                num_fields = num_fields or len(fields)
                if len(fields) != num_fields:
                    raise self._fault(number, text, f"; {num_fields} columns were expected, as in the first line")
            pairs.append(self._pair(fields, number, text))
        if not pairs:
            raise FormatError(f"{self.name!r} holds no {self.kind.form!r} line")
        if all(word.endswith(POS_ENDINGS) for pair in pairs for word in pair[:2]):
            pairs = [Pair(pair.first[:-2], pair.second[:-2], pair.value) for pair in pairs]
        return pairs

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines of data: without the comments and the heading before them."""
        for number, text in read_lines(self.source):
            if not self.is_begun:
                is_comment = text.startswith("#")
                if self._is_heading(text.lstrip("#"), number) or (is_comment and not self._is_data(text)):
                    continue
                self.is_begun = True
            yield number, text

    def _is_data(self, text: str) -> bool:
        """Whether a line with a # before it is a pair all the same: #birds is a word of many texts."""
        fields = _separator_of(text)(text)
        layout = self.layout or _Layout()
        return len(fields) > layout.last and self.kind.parse(fields[layout.value]) is not None

    def _is_heading(self, text: str, number: int) -> bool:
        """Whether the first line names the columns; then where they are is known."""
        if self.value_name:
            return False
        fields = _separator_of(text)(text)
        names = [re.sub("[^a-z0-9]", "", field.lower()) for field in fields]
        if self.columns is not None and isinstance(self.columns[0], str):
            places = [self._place(str(name), fields, names, number) for name in self.columns]
            self.layout, self.value_name = _Layout(*places), names[places[2]] or "value"
            return True
        found = next(((a, b) for a, b in _WORD_PAIRS if a in names and b in names), None)
        if found is None:
            return False
        first, second = names.index(found[0]), names.index(found[1])
        values = [names.index(name) for name in self.kind.names if name in names]
        if names[2:5] == [found[0], "", found[1]]:  # "word1 word2 word1 => word2"
            values = [2]
        if self.columns is not None:
            self.layout = _Layout(*(int(column) - 1 for column in self.columns))
        elif values:
            self.layout = _Layout(first, second, values[0])
        else:
            raise FormatError(
                f"{self.name!r}, line {number}: the heading {text[:60]!r} names no column that is known to hold the "
                f"values of {self.kind.form!r}; name the three columns with columns= (--columns)"
            )
        self.value_name = names[self.layout.value] if self.layout.value < len(names) else "value"
        return True

    def _place(self, name: str, fields: list[str], names: list[str], number: int) -> int:
        if fields.count(name) == 1:
            return fields.index(name)
        plain = re.sub("[^a-z0-9]", "", name.lower())
        if plain and names.count(plain) == 1:
            return names.index(plain)
        problem = "no" if plain not in names else "more than one"
        raise FormatError(
            f"{self.name!r}, line {number}: the heading has {problem} column {name!r}, it has "
            f"{', '.join(map(repr, fields))[:200]}"
        )

    def _find_layout(self, fields: list[str], number: int, text: str) -> None:
        """Where the columns are in a file without a heading, by its first line."""
        parse = self.kind.parse
        if self.columns is not None:
            self.layout = _Layout(*(int(column) - 1 for column in self.columns))
        elif len(fields) == _NUM_SCWS_FIELDS and self.kind is _SCORES and "<b>" in fields[5]:
            self.layout = _Layout(1, 3, 7)
        elif len(fields) >= 3 and parse(fields[2]) is not None:
            self.layout = _Layout()
        elif len(fields) >= 4 and fields[2].lower() in _PARTS_OF_SPEECH and parse(fields[3]) is not None:
            self.layout = _Layout(value=3, tag=2)
        elif len(fields) == 4 and self.kind is _TRUTHS and fields[2] in _RELATIONS:
            self.kind, self.layout = _BLESS, _Layout(0, 3, 2)  # type: ignore[assignment]
        else:
            raise self._fault(
                number, text, " (and no heading that is known; columns= (--columns) names the three that count)"
            )

    def _pair(self, fields: list[str], number: int, text: str) -> Pair[Value]:
        layout = self.layout
        assert layout is not None
        value = self.kind.parse(fields[layout.value]) if layout.last < len(fields) else None
        is_tagged = layout.tag is None or (value is not None and fields[layout.tag].lower() in _PARTS_OF_SPEECH)
        if value is None or not is_tagged or not fields[layout.first] or not fields[layout.second]:
            places = (layout.first + 1, layout.second + 1, layout.value + 1)
            where = "" if layout == _Layout() else f" (columns {', '.join(map(str, places))})"
            is_first = self.columns is not None and not self.value_name
            raise self._fault(number, text, where + "; name columns by their heading if that is one" * is_first)
        return Pair(fields[layout.first], fields[layout.second], value)

    def _fault(self, number: int, text: str, more: str = "") -> FormatError:
        return FormatError(f"{self.name!r}, line {number}: expected {self.kind.form!r}, found {text[:60]!r}{more}")


def _checked(columns: Columns) -> list[int | str]:
    """Three different columns, all by number or all by name."""
    if not isinstance(columns, str) and not (
        is_list_like(columns) and all(isinstance(each, int | str) for each in columns)
    ):
        raise ParameterTypeError(f"columns must be three numbers from 1 or three names, got {columns!r:.80}")
    given = [int(each) if isinstance(each, str) and each.isascii() and each.isdigit() else each for each in columns]
    are_numbers = all(isinstance(each, int) and not isinstance(each, bool) and each >= 1 for each in given)
    are_names = all(isinstance(each, str) and each for each in given)
    if isinstance(columns, str) or len(set(given)) != 3 or len(given) != 3 or not (are_numbers or are_names):
        raise ParameterError(
            f"columns must be three, of the two words and the value: numbers from 1 or names of the heading, got "
            f"{columns!r:.80}"
        )
    return given
