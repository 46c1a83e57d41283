"""Reading evaluation files as they come: tabs or spaces, CRLF, header lines, stray Latin-1."""

from __future__ import annotations

import os
from collections.abc import Sequence

from densevec.corpus.lines import PathLike, read_lines, split_fields
from densevec.errors import FormatError, ParameterTypeError
from densevec.evaluation._protocols import Words

LabelledPair = tuple[str, str, bool]

_LABELS = {"true": True, "false": False, "1": True, "0": False}
_POS_ENDINGS = ("-n", "-v", "-j", "-r")


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
    """The word as the vectors know it: as given, else in lower case, else None."""
    if word in vectors:
        return word
    lowered = word.lower()
    return lowered if lowered != word and lowered in vectors else None


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
