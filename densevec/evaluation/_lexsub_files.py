"""The files of SemEval-2007 lexical substitution: contexts, gold substitutes, candidates of each target."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from densevec.corpus.lines import PathLike, read_lines
from densevec.errors import FileError, FormatError

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


def read_lexsub(path: PathLike) -> list[LexsubItem]:
    """Items of one part of the data, in the order of its contexts; single-word gold and candidates only.

    ``path`` is the folder, or one part in it without its ending (``FOLDER/lst_test``).  Contexts without gold,
    and those with multi-word gold only, are left out.  Keys such as ``bar.n.v`` share the candidates of ``bar.n``.
    """
    folder = Path(path)
    part = _DEFAULT_PART
    if not folder.is_dir():
        folder, part = folder.parent, folder.name
        if not (folder / f"{part}.gold").exists():
            raise FileError(f"{os.fspath(path)!r} is neither a folder of lexical substitution data nor a part of one")
    gold = _read_gold(folder / f"{part}.gold")
    candidates = _read_candidates(folder / _CANDIDATES)
    items = []
    for target, number, position, tokens in _read_contexts(folder / f"{part}.preprocessed"):
        weights = gold.get((target, number), {})
        if not weights:
            continue
        names = candidates.get(_without_second_tag(target), ())
        missing = [word for word in weights if word not in names]
        if missing:
            raise FormatError(
                f"{str(folder / _CANDIDATES)!r} has no candidate {missing[0]!r} for {target!r}, which the gold of item "
                f"{number} in part {part!r} names"
            )
        items.append(LexsubItem(target, number, tokens, position, weights, names))
    return items


def _without_second_tag(target: str) -> str:
    return ".".join(target.split(".")[:2])


def _read_gold(path: Path) -> dict[tuple[str, str], dict[str, float]]:
    """``side.n 301 :: team 5;for us 1;`` → {("side.n", "301"): {"team": 5.0}}"""
    gold: dict[tuple[str, str], dict[str, float]] = {}
    for line_number, text in read_lines(path):
        key, separator, listing = text.partition("::")
        try:
            if not separator:
                raise ValueError
            target, number = key.split()
            weighted = [entry.strip().rsplit(maxsplit=1) for entry in listing.split(";") if entry.strip()]
            weights = {word: float(weight) for word, weight in weighted if " " not in word}
        except ValueError:
            raise _bad_line(path, line_number, "target.pos id :: word weight;...", text) from None
        gold[target, number] = weights
    return gold


def _read_candidates(path: Path) -> dict[str, tuple[str, ...]]:
    """``scrap.n::album;odds and ends;bit`` → {"scrap.n": ("album", "bit")}"""
    candidates: dict[str, tuple[str, ...]] = {}
    for line_number, text in read_lines(path):
        target, separator, listing = text.partition("::")
        if not separator:
            raise _bad_line(path, line_number, "target.pos::word;word;...", text)
        words = (word.strip() for word in listing.split(";"))
        candidates[target.strip()] = tuple(dict.fromkeys(word for word in words if word and " " not in word))
    return candidates


def _read_contexts(path: Path) -> list[tuple[str, str, int, tuple[str, ...]]]:
    """``side.n<TAB>301<TAB>29<TAB>sentence``: target, id, position from 0, tokens."""
    contexts = []
    for line_number, text in read_lines(path):
        fields = text.split("\t")
        tokens = tuple(fields[3].split()) if len(fields) == 4 else ()
        if not tokens or not fields[2].isdecimal() or int(fields[2]) >= len(tokens):
            raise _bad_line(path, line_number, "target.pos<TAB>id<TAB>position<TAB>sentence", text)
        contexts.append((fields[0], fields[1], int(fields[2]), tokens))
    return contexts


def _bad_line(path: Path, line_number: int, expected: str, found: str) -> FormatError:
    return FormatError(f"{str(path)!r}, line {line_number}: expected {expected!r}, found {found[:60]!r}")
