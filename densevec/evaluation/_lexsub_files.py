"""The files of SemEval-2007 lexical substitution: contexts, gold substitutes, candidates of each target."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from densevec._text_rules import is_blank, strip_blanks, tokens_of
from densevec.corpus.lines import PathLike, as_number, read_lines
from densevec.errors import FileError, FormatError, ParameterTypeError
from densevec.evaluation._reading import counted

NO_GOLD, MULTI_WORD = "no gold", "multi-word gold only"
_DEFAULT_PART = "lst_all"
_CANDIDATES = "lst.gold.candidates"


@dataclass(frozen=True)
class LexsubItem:
    """A target in its sentence, its gold substitutes with their weights, and the candidates to rank."""

    target: str
    number: str
    tokens: tuple[str, ...]
    position: int
    gold: dict[str, float]
    candidates: tuple[str, ...]

    @property
    def lemma(self) -> str:
        """The target without its part of speech: ``bar`` of ``bar.n``."""
        return self.target.split(".")[0]


@dataclass(frozen=True)
class LexsubData:
    """The items of a part, and how many contexts were left out, by reason."""

    items: list[LexsubItem]
    left_out: dict[str, int]


def read_lexsub(path: PathLike) -> LexsubData:
    """Items of one part of the data, in the order of its contexts; single-word gold and candidates only.

    ``path`` is the folder, or one part in it without its ending (``FOLDER/lst_test``).  Its files have lines

    - ``PART.preprocessed``: target.pos, id, position from 0, sentence, separated by tabs; its words by blanks;
    - ``PART.gold``: ``target.pos id :: word weight;word weight;``, a weight above 0 after the last blank;
    - ``lst.gold.candidates``: ``target.pos::word;word;word``.

    Contexts without gold, and those with multi-word gold only, are left out and counted.  Keys such as ``bar.n.v``
    share the candidates of ``bar.n``.  Errors: FormatError with file and line for any other line, one that is there
    twice, and gold of a context that there is not.
    """
    if not isinstance(path, str | os.PathLike):
        raise ParameterTypeError(f"path must be a folder of lexical substitution data, got {type(path).__name__}")
    folder = Path(path)
    part = _DEFAULT_PART
    if not folder.is_dir():
        folder, part = folder.parent, folder.name
        if not (folder / f"{part}.gold").exists():
            raise FileError(f"{os.fspath(path)!r} is neither a folder of lexical substitution data nor a part of one")
    gold = _read_gold(folder / f"{part}.gold")
    candidates = _read_candidates(folder / _CANDIDATES)
    contexts = _read_contexts(folder / f"{part}.preprocessed")
    without = gold.keys() - {context[:2] for context in contexts}
    if without:
        target, number = min(without)
        raise FormatError(
            f"{str(folder / f'{part}.gold')!r} has gold of item {number} of {target!r}, which is no context of part "
            f"{part!r}"
        )
    items, left_out = [], {NO_GOLD: 0, MULTI_WORD: 0}
    for target, number, position, tokens in contexts:
        weights = gold.get((target, number))
        if not weights:
            left_out[NO_GOLD if weights is None else MULTI_WORD] += 1
            continue
        names = candidates.get(_without_second_tag(target), ())
        missing = [word for word in weights if word not in names]
        if missing:
            raise FormatError(
                f"{str(folder / _CANDIDATES)!r} has no candidate {missing[0]!r} for {target!r}, which the gold of item "
                f"{number} in part {part!r} names"
            )
        items.append(LexsubItem(target, number, tokens, position, weights, names))
    return LexsubData(items, counted(left_out))


def _without_second_tag(target: str) -> str:
    return ".".join(target.split(".")[:2])


def _read_gold(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """``side.n 301 :: team 5;for us 1;`` → {("side.n", "301"): {"team": 5.0}}"""
    gold: dict[tuple[str, str], dict[str, float]] = {}
    for line_number, text in read_lines(path):
        key, separator, listing = text.partition("::")
        names = tokens_of(key)
        entries = [tokens_of(entry) for entry in listing.split(";") if not is_blank(entry)]
        weights = [as_number(entry[-1]) if len(entry) > 1 else None for entry in entries]
        if not separator or len(names) != 2 or any(weight is None or weight <= 0 for weight in weights):
            raise _bad_line(path, line_number, "target.pos id :: word weight;...", text)
        if (names[0], names[1]) in gold:
            raise _bad_line(path, line_number, "an item once", text)
        gold[names[0], names[1]] = {
            entry[0]: weight for entry, weight in zip(entries, weights, strict=True) if len(entry) == 2 and weight
        }
    return gold


def _read_candidates(path: Path) -> dict[str, tuple[str, ...]]:
    """``scrap.n::album;odds and ends;bit`` → {"scrap.n": ("album", "bit")}"""
    candidates: dict[str, tuple[str, ...]] = {}
    for line_number, text in read_lines(path):
        target, separator, listing = text.partition("::")
        if not separator or is_blank(target):
            raise _bad_line(path, line_number, "target.pos::word;word;...", text)
        if strip_blanks(target) in candidates:
            raise _bad_line(path, line_number, "a target once", text)
        words = (tokens_of(word) for word in listing.split(";"))
        candidates[strip_blanks(target)] = tuple(dict.fromkeys(word[0] for word in words if len(word) == 1))
    return candidates


def _read_contexts(path: Path) -> list[tuple[str, str, int, tuple[str, ...]]]:
    """``side.n<TAB>301<TAB>29<TAB>sentence``: target, id, position from 0, tokens."""
    contexts = []
    known: set[tuple[str, str]] = set()
    for line_number, text in read_lines(path):
        fields = text.split("\t")
        tokens = tuple(tokens_of(fields[3])) if len(fields) == 4 else ()
        place = fields[2] if len(fields) == 4 and fields[2].isascii() and fields[2].isdigit() else ""
        if not tokens or not place or int(place) >= len(tokens):
            raise _bad_line(path, line_number, "target.pos<TAB>id<TAB>position<TAB>sentence", text)
        if (fields[0], fields[1]) in known:
            raise _bad_line(path, line_number, "a context once", text)
        known.add((fields[0], fields[1]))
        contexts.append((fields[0], fields[1], int(place), tokens))
    return contexts


def _bad_line(path: Path, line_number: int, expected: str, found: str) -> FormatError:
    return FormatError(f"{str(path)!r}, line {line_number}: expected {expected!r}, found {found[:60]!r}")
