"""Reading evaluation files as they come: tabs or spaces, CRLF, header lines, stray Latin-1."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from densevec.errors import FileError, FormatError, ParameterTypeError
from densevec.evaluation._protocols import Words

PathLike = str | os.PathLike[str]
Line = tuple[int, str]
LabelledPair = tuple[str, str, bool]

_LABELS = {"true": True, "false": False, "1": True, "0": False}
_POS_ENDINGS = ("-n", "-v", "-j", "-r")


def read_lines(path: PathLike, encoding: str = "utf-8", keep_blank: bool = False) -> Iterator[Line]:
    """Yield (line number from 1, text) of every line that is not blank, or of every line.

    A line that is not of the encoding is read as Latin-1: several standard sets mix the two.
    Raises FileError when the file cannot be opened.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"cannot read the evaluation file {os.fspath(path)!r}: {error.strerror}") from error
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not lines[-1]:
        lines.pop()  # what follows the last line end
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        text = text.rstrip("\r")
        if keep_blank or text.strip():
            yield number, text


def split_fields(text: str) -> list[str]:
    """Fields of a line: split by tabs where it has any, by spaces otherwise."""
    if "\t" in text:
        return [field.strip() for field in text.strip().split("\t")]
    return text.split()


def read_labelled_pairs(path: PathLike) -> list[LabelledPair]:
    """Read ``narrow broad True|False`` lines, as Baroni et al. (2012) and BLESS have them.

    A first line whose third field is no label is a header; endings such as ``-n`` go when every word has one;
    fields after the third are ignored.  Raises FormatError at a line that is not such a triple.
    """
    pairs: list[LabelledPair] = []
    for number, text in read_lines(path):
        fields = split_fields(text)
        label = _LABELS.get(fields[2].lower()) if len(fields) >= 3 else None
        if label is not None:
            pairs.append((fields[0], fields[1], label))
        elif pairs or len(fields) < 2 or _is_data(fields):
            raise FormatError(
                f"{os.fspath(path)!r}, line {number}: expected 'narrow broad True|False', found {text[:60]!r}"
            )
    if not pairs:
        raise FormatError(f"{os.fspath(path)!r} holds no 'narrow broad True|False' line")
    if all(word.endswith(_POS_ENDINGS) for pair in pairs for word in pair[:2]):
        pairs = [(narrow[:-2], broad[:-2], label) for narrow, broad, label in pairs]
    return pairs


def _is_data(fields: Sequence[str]) -> bool:
    """Two bare words are a pair without its label, not a header."""
    return len(fields) == 2 and not fields[0].lower().startswith("word")


def find_word(vectors: Words, word: str) -> str | None:
    """The word as the vectors know it: as given, else in lower case, else as given if sub-words compose it, or None."""
    if word in vectors:
        return word
    lowered = word.lower()
    if lowered != word and lowered in vectors:
        return lowered
    composes = getattr(vectors, "has_vector_for", None)
    return word if composes is not None and composes(word) else None


def check_entailment(vectors: object) -> None:
    """ParameterTypeError unless the vectors can score entailment."""
    if not hasattr(vectors, "entailment_batch"):
        raise ParameterTypeError(
            f"vectors must be word densities to be tested for entailment, got {type(vectors).__name__}"
        )


def find_pairs(vectors: Words, pairs: Sequence[tuple[str, str]]) -> tuple[list[int], list[str], list[str]]:
    """Positions of the pairs with both words known, and the two columns of known words."""
    positions, first, second = [], [], []
    for position, (a, b) in enumerate(pairs):
        known_a, known_b = find_word(vectors, a), find_word(vectors, b)
        if known_a is not None and known_b is not None:
            positions.append(position)
            first.append(known_a)
            second.append(known_b)
    return positions, first, second
