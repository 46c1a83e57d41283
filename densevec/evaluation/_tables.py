"""Test sets that are tables: two words a line with a score or a label, as their authors publish them.

Grammar.  A file is lines of UTF-8 (a line that is not is Latin-1), ended by ``\\n`` or ``\\r\\n``.  Blank lines are
passed over, and so are remarks before the first pair: lines that begin with ``#`` or ``//``, unless no blank follows
and they are data (``#birds #aves 3``).  The first line may be a heading, behind a ``#`` too if it has as many columns
as the data.  All others are data, each with the same columns, and one that is not is an error with its number.

Columns are separated by the first of these that is in the first data line: tab; comma (with ``"`` for quotation);
semicolon; blanks, of which there may be several between two columns.  Words may have no-break spaces in them, and
any blanks where these do not separate columns.

Which columns count:

1. those that ``columns`` names: three numbers from 1, or three names of the heading;
2. else those that a heading names: two of words (``word1 word2``, ``Word 1, Word 2``, ``w1 w2``, ``term1 term2`` ...)
   and one of scores or labels (``SimLex999``, ``Human (mean)``, ``score`` ...), wherever they stand;
3. else, without a heading, the first two are the words, and the value is the third; or the fourth where the third is a
   part of speech (SimVerb-3500); SCWS and BLESS are known by their many columns and by their relations.  A first line
   with a value there (``hyponym hypernym True``) is data whatever its words, unless another column is called one.

A first line that is neither a heading of those words nor data is an error: nothing is guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from densevec._containers import is_list_like
from densevec._text_rules import strip_blanks, tokens_of
from densevec.corpus.lines import REMARK_MARKS, Source, as_number, is_remark, name_of, read_lines
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
    """The pairs with their scores, and the measure these grade: ``"cosine"``, or ``"entailment"`` where the heading is
    HyperLex's, whichever of its columns counts."""
    reader = _Reader(source, _SCORES, columns)
    pairs = reader.read()
    return pairs, "entailment" if _GRADED_ENTAILMENT in reader.heading else "cosine"


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


def _plain(fields: Sequence[str]) -> list[str]:
    """Names of columns without what is no letter or digit."""
    return [re.sub("[^a-z0-9]", "", field.lower()) for field in fields]


def _word_places(fields: Sequence[str]) -> tuple[int, int] | None:
    """The columns of two words in what may be a heading."""
    names = _plain(fields)
    found = next((pair for pair in _WORD_PAIRS if set(pair) <= set(names)), None)
    return None if found is None else (names.index(found[0]), names.index(found[1]))


def _places(name: str, fields: Sequence[str]) -> list[int]:
    """The columns of that name: as it is written, if that is one, else but for case and punctuation."""
    exact = [place for place, field in enumerate(fields) if field == name]
    (plain,) = _plain([name])
    return exact if len(exact) == 1 or not plain else [n for n, each in enumerate(_plain(fields)) if each == plain]


class _Reader(Generic[Value]):
    """One pass over a file."""

    def __init__(self, source: Source, kind: _Kind[Value], columns: Columns | None) -> None:
        self.source, self.name, self.kind = source, name_of(source), kind
        given = None if columns is None else _checked(columns)
        is_named = given is not None and isinstance(given[0], str)
        self.column_names = [str(each) for each in given] if given and is_named else None
        self.has_places = given is not None and not is_named
        self.layout = _Layout(*(int(each) - 1 for each in given)) if given and not is_named else None
        self.heading: list[str] = []  # without what is no letter or number
        self.value_name = ""  # of the heading, without what is no letter or number
        self.is_begun = False  # whether the heading, or the place where it would be, is behind

    def read(self) -> list[Pair[Value]]:
        pairs: list[Pair[Value]] = []
        split: Callable[[str], list[str]] | None = None
        num_fields = None
        for number, text in self._lines():
            if split is None:
                split = _separator_of(text)
                if self.layout is None:
                    found = self._layout_of(split(text))
                    if found is None:
                        more = " (and no heading that is known; columns= (--columns) names the three that count)"
                        raise self._fault(number, text, more)
                    self.kind, self.layout = found
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
        """The lines of data: without the remarks and the heading before them."""
        remark = ""
        for number, text in read_lines(self.source):
            if not self.is_begun:
                if is_remark(text) or (text.startswith(REMARK_MARKS) and not self._is_data(_separator_of(text)(text))):
                    remark = text.lstrip("#/")
                    continue
                if not self.value_name and self._find_heading(text, number, remark):
                    continue
                self.is_begun = True
            yield number, text

    def _is_data(self, fields: list[str]) -> bool:
        """Whether a line with a # before it, or of words that columns are called by, is a pair all the same: #birds is
        a word of many texts, and so is hypernym."""
        if self.layout is None:
            return self.column_names is None and self._layout_of(fields) is not None
        return self.layout.last < len(fields) and self.kind.parse(fields[self.layout.value]) is not None

    def _find_heading(self, text: str, number: int, remark: str) -> bool:
        """Whether the first line that is no remark is a heading.  Where the columns are is known then, and where the
        remark before it names them."""
        fields, named = _separator_of(text)(text), _separator_of(remark)(remark)
        if self._is_heading(fields):
            self._take_heading(fields, number, text)
            return True
        if len(named) == len(fields) and self._is_heading(named) and (self.layout or self._value_places(named)):
            self._take_heading(named, number, remark)
        elif self.column_names is not None:
            self._refuse_heading(fields, number)
        return False

    def _is_heading(self, fields: list[str]) -> bool:
        """Whether they name the columns that were asked for, or else those of two words."""
        if self.column_names is not None:
            return all(len(_places(name, fields)) == 1 for name in self.column_names)
        return _word_places(fields) is not None and (bool(self._value_places(fields)) or not self._is_data(fields))

    def _value_places(self, fields: list[str]) -> list[int]:
        """The columns of a heading that hold values, what counts first."""
        if self.column_names is not None:
            return _places(self.column_names[2], fields)
        names = _plain(fields)
        if names[2:5] == [names[0], "", names[1]]:  # "word1 word2 word1 => word2"
            return [2]
        return [names.index(name) for name in self.kind.names if name in names]

    def _take_heading(self, fields: list[str], number: int, text: str) -> None:
        words, values = _word_places(fields), self._value_places(fields)
        if self.column_names is not None:
            self.layout = _Layout(*(_places(name, fields)[0] for name in self.column_names))
        elif self.layout is None and words is not None and values:
            self.layout = _Layout(*words, values[0])
        elif self.layout is None:
            raise FormatError(
                f"{self.name!r}, line {number}: the heading {text[:60]!r} names no column that is known to hold the "
                f"values of {self.kind.form!r}; name the three columns with columns= (--columns)"
            )
        self.heading, value = _plain(fields), self.layout.value
        self.value_name = (self.heading[value] if value < len(fields) else "") or "value"

    def _refuse_heading(self, fields: list[str], number: int) -> None:
        for name in self.column_names or ():
            if len(places := _places(name, fields)) != 1:
                raise FormatError(
                    f"{self.name!r}, line {number}: the heading has {'more than one' if places else 'no'} column "
                    f"{name!r}, it has {', '.join(map(repr, fields))[:200]}"
                )

    def _layout_of(self, fields: list[str]) -> tuple[_Kind[Any], _Layout] | None:
        """What a line of data without a heading shows: what its values are, and where the columns are."""
        parse = self.kind.parse
        if len(fields) == _NUM_SCWS_FIELDS and self.kind is _SCORES and "<b>" in fields[5]:
            return self.kind, _Layout(1, 3, 7)
        if len(fields) >= 3 and parse(fields[2]) is not None:
            return self.kind, _Layout()
        if len(fields) >= 4 and fields[2].lower() in _PARTS_OF_SPEECH and parse(fields[3]) is not None:
            return self.kind, _Layout(value=3, tag=2)
        if len(fields) == 4 and self.kind is _TRUTHS and fields[2] in _RELATIONS:
            return _BLESS, _Layout(0, 3, 2)
        return None

    def _pair(self, fields: list[str], number: int, text: str) -> Pair[Value]:
        layout = self.layout
        assert layout is not None
        value = self.kind.parse(fields[layout.value]) if layout.last < len(fields) else None
        is_tagged = layout.tag is None or (value is not None and fields[layout.tag].lower() in _PARTS_OF_SPEECH)
        if value is None or not is_tagged or not fields[layout.first] or not fields[layout.second]:
            places = (layout.first + 1, layout.second + 1, layout.value + 1)
            where = "" if layout == _Layout() else f" (columns {', '.join(map(str, places))})"
            is_first = self.has_places and not self.value_name
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
