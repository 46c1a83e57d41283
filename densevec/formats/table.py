"""What the readers of exchange formats return and their writers take: words with a vector each."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._calls import check_names
from densevec._calls import warn as warn_caller
from densevec._roles import counts_of_words
from densevec.errors import FormatError, FormatWarning, ParameterError
from densevec.formats.subwords import Subwords
from densevec.formats.words import WordIndex

Floats = npt.NDArray[np.float32]
CLOSENESS = ("entailment_bound", "entailment_contrast")  # what of a file's metadata says when densities are close
# Begin the names of tensors that say what else is known of words
EXTRAS = ("attribute.", "specificity.", "inference.", "evidence.", "learned_of")
_OF_DENSITIES = "specificity"  # an attribute that densities lose with their variances, of which there is a warning
_ERRORS = ("strict", "replace", "ignore")
_ON_DUPLICATE = ("error", "first", "last")


@dataclass(frozen=True)
class WordVectors:
    """n words and their vectors, as they come from a file or go into one.

    Attributes
    ----------
    words : n distinct words
    vectors : (n, d) float32
    counts : (n,) int64, how often each word was seen in the training text, None if the file does not say
    variances : (n,) or (n, d) float32, None for points
    metadata : what else a native file says: "class", "parameters", and those named by ``CLOSENESS``
    subwords : the rows of n-grams that other words are composed of, None if there are none, or none that a word has
    extras : what else is known of the words, as tensors of a native file: their attributes, and what the training text
        says of entailment

    Examples
    --------
    >>> table = WordVectors(["kiwi", "plum"], np.eye(2, dtype=np.float32))
    >>> len(table), table.dim
    (2, 2)
    """

    words: WordIndex
    vectors: Floats
    counts: npt.NDArray[np.int64] | None = None
    variances: Floats | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    subwords: Subwords | None = None
    extras: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __init__(
        self,
        words: Sequence[str],
        vectors: npt.NDArray[Any],
        counts: npt.NDArray[np.int64] | None = None,
        variances: npt.NDArray[Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        subwords: Subwords | None = None,
        extras: Mapping[str, npt.NDArray[Any]] | None = None,
    ) -> None:
        index = words if isinstance(words, WordIndex) else WordIndex(words)
        array = np.ascontiguousarray(vectors, dtype=np.float32)
        if array.ndim != 2 or len(array) != len(index) or array.shape[1] == 0:
            raise ParameterError(f"vectors must have one row for each of {len(index)} words, got shape {array.shape}")
        counts = counts_of_words(counts, len(index))
        for name, value in (
            ("words", index),
            ("vectors", array),
            ("counts", counts),
            ("variances", variances),
            ("metadata", dict(metadata or {})),
            ("subwords", None if subwords is None or subwords.is_empty else subwords),
            ("extras", dict(extras or {})),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.words)

    def first(self, limit: int) -> WordVectors:
        """The first words, ``limit`` of them at most, without the extras."""
        counts = None if self.counts is None else self.counts[:limit]
        variances = None if self.variances is None else self.variances[:limit]
        return WordVectors(self.words[:limit], self.vectors[:limit], counts, variances, self.metadata, self.subwords)

    def with_subwords(self, subwords: Subwords) -> WordVectors:
        """The same table with rows of n-grams."""
        return WordVectors(self.words, self.vectors, self.counts, self.variances, self.metadata, subwords, self.extras)

    @property
    def dim(self) -> int:
        """The dimension d."""
        return int(self.vectors.shape[1])


@dataclass(frozen=True)
class Rules:
    """How a reader of text or binary vectors takes what is not quite right.

    Parameters
    ----------
    strict : False reads rows beyond the number that the header states, with a warning
    errors : "strict" refuses words that are not UTF-8; "replace" and "ignore" are those of ``bytes.decode``
    on_duplicate : "error" refuses a word that comes twice; "first" or "last" keeps that row, with a warning
    allow_nonfinite : True takes nan and infinity into the table, with a warning that says how many
    drop_nonfinite : True leaves out the words whose vectors have nan or infinity in them, with a warning
    words_with_spaces : True takes everything before the last d fields of a line as the word (text only)
    limit : read so many rows only; what follows them is not looked at
    """

    strict: bool = True
    errors: str = "strict"
    on_duplicate: str = "error"
    allow_nonfinite: bool = False
    drop_nonfinite: bool = False
    words_with_spaces: bool = False
    limit: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("errors", _ERRORS), ("on_duplicate", _ON_DUPLICATE)):
            if getattr(self, name) not in allowed:
                raise ParameterError(f"{name} must be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        limit = self.limit
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 1):
            raise ParameterError(f"limit must be an integer at least 1 or None, got {limit!r}")

    @property
    def passes_nonfinite(self) -> bool:
        """Whether nan and infinity are read, into the table or to be left out afterwards."""
        return self.allow_nonfinite or self.drop_nonfinite


def as_rules(given: Mapping[str, Any]) -> Rules:
    """Rules by their names, as a reader is given them; ParameterTypeError for a name that is none."""
    check_names(given, [each.name for each in fields(Rules)], "densevec.formats.Rules")
    return Rules(**given)


class Rows:
    """A table that grows by pieces, in the order they are asked for; of a known size it is one from the start.

    Pieces may be filled by several threads.
    """

    def __init__(self, dim: int, num_rows: int = 0) -> None:
        self._known = np.empty((num_rows, dim), dtype=np.float32)
        self._pieces: list[Floats] = []
        self._dim = dim
        self._lock = threading.Lock()
        self.num_rows = 0

    def add(self, count: int) -> Floats:
        """The next ``count`` rows, to be filled."""
        with self._lock:
            begin = self.num_rows
            self.num_rows += count
            if self.num_rows <= len(self._known):
                return self._known[begin : self.num_rows]
            piece = np.empty((count, self._dim), dtype=np.float32)
            self._pieces.append(piece)
            return piece

    def finish(self) -> Floats:
        """The whole table."""
        if not self._pieces:
            return self._known[: self.num_rows]
        if len(self._pieces) == 1 and len(self._pieces[0]) == self.num_rows:
            return self._pieces[0]
        end = self.num_rows - sum(map(len, self._pieces))
        table = np.empty((self.num_rows, self._dim), dtype=np.float32)
        table[:end] = self._known[:end]
        self._pieces.reverse()
        while self._pieces:  # each is dropped once it is copied
            piece = self._pieces.pop()
            table[end : end + len(piece)] = piece
            end += len(piece)
        return table


def refuse_nul(words: list[str], origin: str) -> None:
    """FormatError for a word with a NUL in it, which no writer of words between blanks means."""
    odd = next((row for row, word in enumerate(words) if "\0" in word), None)
    if odd is not None:
        raise FormatError(f"{origin}: word {odd + 1}, {words[odd][:80]!r}, has a NUL in it: the file is read askew")


def make_table(
    words: list[str],
    vectors: Floats,
    rules: Rules,
    origin: str,
    num_nonfinite: int = 0,
    counts: npt.NDArray[np.int64] | None = None,
) -> WordVectors:
    """Words, rows and counts as they were read, checked against each other by the rules."""
    if num_nonfinite and rules.drop_nonfinite:
        kept = np.flatnonzero(np.isfinite(vectors).all(axis=1))
        if not len(kept):
            raise FormatError(f"{origin}: every vector has nan or infinity in it: no word is left")
        warn(f"{origin}: {len(words) - len(kept):,} words are left out, whose vectors have nan or infinity in them")
        words, vectors = [words[row] for row in kept], vectors[kept]
        counts = None if counts is None else counts[kept]
    elif num_nonfinite:
        warn(f"{origin}: {num_nonfinite:,} values are nan or infinite")
    try:
        return WordVectors(WordIndex(words), vectors, counts)
    except ParameterError:
        rows = _rows_to_keep(words, rules.on_duplicate, origin)
    counts = None if counts is None else counts[rows]
    return WordVectors(WordIndex([words[row] for row in rows]), vectors[rows], counts)


def _rows_to_keep(words: list[str], on_duplicate: str, origin: str) -> list[int]:
    """The rows of distinct words, in order; the first or the last of each."""
    kept: dict[str, int] = {}
    for row, word in enumerate(words):
        if word in kept and on_duplicate == "error":
            raise FormatError(
                f"{origin}: word {word[:80]!r} is there twice, as words {kept[word] + 1} and {row + 1}, "
                "and words must be distinct; choose on_duplicate='first' or 'last' (densevec convert --on-duplicate "
                "first)"
            )
        if on_duplicate == "last" or word not in kept:
            kept[word] = row
    warn(
        f"{origin}: {len(words) - len(kept):,} rows of {len(words):,} repeat a word; the {on_duplicate} of each is kept"
    )
    return sorted(kept.values())


def warn(message: str) -> None:
    """A FormatWarning at the line that called densevec."""
    warn_caller(message, FormatWarning)


def ascii_fault(word: str) -> str | None:
    """Why a word cannot stand in a file whose fields are separated by white space, None if it can."""
    if not word:
        return "is empty"
    if any(character in word for character in " \t\n\r\v\f\0"):
        return "has white space or NUL in it"
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None


def check_expressible(words: Iterable[str], format_name: str, fault: Any = ascii_fault) -> None:
    """ParameterError that lists the words a format cannot express."""
    found = [(word, reason) for word in words if (reason := fault(word))]
    if found:
        listed = ", ".join(f"{word[:40]!r} {reason}" for word, reason in found[:10])
        more = f" and {len(found) - 10:,} more" if len(found) > 10 else ""
        raise ParameterError(
            f"{len(found):,} words cannot be written as {format_name} ({listed}{more}); "
            "leave them out, or save in the native format, which holds any word"
        )


def warn_of_lost_subwords(table: WordVectors, format_name: str) -> None:
    """A warning where what composes other words cannot be written."""
    if table.subwords is not None:
        warn(f"{format_name} holds no n-grams: only the vectors of the words are written")


def warn_of_lost_extras(table: WordVectors, format_name: str) -> None:
    """A warning where attributes of the words cannot be written."""
    names = [full.removeprefix(EXTRAS[0]).removesuffix(".utf8") for full in table.extras if full.startswith(EXTRAS[0])]
    warn_of_lost_attributes(table, [name for name in names if not name.endswith(".offsets")], format_name)


def warn_of_lost_attributes(table: WordVectors, names: Iterable[str], format_name: str) -> None:
    """The same by the names of the attributes."""
    lost = [repr(name[:40]) for name in names if table.variances is None or name != _OF_DENSITIES]
    if lost:
        warn(f"{format_name} holds no attributes of words but their counts: {', '.join(lost)[:200]} are left out")


def warn_of_lost_variances(table: WordVectors, format_name: str) -> None:
    """A warning where densities are written as points."""
    if table.variances is not None:
        warn(f"{format_name} holds no variances: only the means of the densities are written")
