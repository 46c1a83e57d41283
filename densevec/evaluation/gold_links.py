"""Files of links between the words of sentence pairs: gold ones, sure and possible, and those that a model found.

Two formats; which one a file has shows in its first line with links.

- NAACL (Mihalcea & Pedersen 2003): a line a link, ``SENTENCE SOURCE TARGET [S|P] [CONFIDENCE]`` between blanks, all
  counted from 1, S when not stated.  A position 0 is the word that is not there, so such a line is no link.
- Pharaoh: a line a sentence pair, blank where it has no links: sure links ``i-j``, possible ones ``i?j`` (also written
  ``ipj`` or ``i-j?``) between blanks, positions from 0.  Some published sets count from 1.

Sure links are possible ones too.  Every line that is nothing of this is an error with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from densevec._text_rules import is_blank, tokens_of
from densevec._validation import Interval, check_parameter
from densevec.corpus.lines import Source, name_of, read_lines
from densevec.corpus.parallel import GoldAlignment, Link
from densevec.errors import FormatError
from densevec.formats.table import warn

_PHARAOH = re.compile(r"(\d{1,7})([-?p])(\d{1,7})(\??)", re.ASCII)
_NAACL = re.compile(
    r"[ \t]*(\d{1,7})[ \t]+(\d{1,7})[ \t]+(\d{1,7})(?:[ \t]+([SP]))?(?:[ \t]+[-+.\deE]+)?[ \t]*", re.ASCII
)
_FORM = "links such as '0-1' (sure) or '0?1' (possible)"


class _Entry(NamedTuple):
    """A link as its file has it, or a sentence without: line from 1, sentence from 0, positions, whether it is sure."""

    line: int
    sentence: int
    link: Link | None
    is_sure: bool = True


def read_gold(
    path: Source,
    lengths: Sequence[tuple[int, int]] | None = None,
    turned: bool = False,
    links_from: int | None = None,
) -> list[GoldAlignment]:
    """Read gold links in either format, as positions from 0.

    ``lengths`` of the sentences, source and target, tell how many there are (NAACL leaves out those without links)
    and that every link lies in its sentence.  With ``turned`` the file's links are (target, source).  ``links_from`` is
    the number of the first word, 0 or 1: by default that of the format.  Where a Pharaoh file proves by the lengths
    that it counts from 1, because a link lies just behind the end of its sentence and none has a position 0, it is read
    so, with a FormatWarning; one without any position 0 that proves nothing is read from 0, with a FormatWarning.

    Errors: FormatError with file and line, the lengths of the sentence that a link does not lie in; FileError.
    """
    if links_from is not None:
        check_parameter("links_from", links_from, Interval(int, 0, 1))
    name = name_of(path)
    lines = list(read_lines(path, keep_blank=True))
    first = next((text for _, text in lines if not is_blank(text)), "")
    is_naacl = _NAACL.fullmatch(first) is not None
    entries = list(_read_naacl(name, lines) if is_naacl else _read_pharaoh(name, lines))
    if turned:
        entries = [entry._replace(link=entry.link and (entry.link[1], entry.link[0])) for entry in entries]
    if is_naacl and links_from != 0:
        entries = [entry if entry.link and min(entry.link) else entry._replace(link=None) for entry in entries]
    start = 1 if is_naacl else 0
    if links_from is not None:
        start = links_from
    elif not is_naacl:
        start = _found_start(name, entries, lengths)
    gold: list[GoldAlignment] = []
    for entry in entries:
        gold += [GoldAlignment(set(), set()) for _ in range(entry.sentence + 1 - len(gold))]
        if entry.link is None:
            continue
        link = (entry.link[0] - start, entry.link[1] - start)
        if min(link) < 0 or (lengths is not None and not _fits(entry, start, lengths)):
            raise _misfit(name, entry, start, lengths)
        gold[entry.sentence].possible.add(link)
        if entry.is_sure:
            gold[entry.sentence].sure.add(link)
    if lengths is not None and is_naacl:
        gold += [GoldAlignment(set(), set()) for _ in range(len(lengths) - len(gold))]
    if lengths is not None and len(gold) != len(lengths):
        raise FormatError(f"{name!r} has alignments of {len(gold)} sentences, expected {len(lengths)}")
    return gold


def _found_start(name: str, entries: Sequence[_Entry], lengths: Sequence[tuple[int, int]] | None) -> int:
    """Whether a Pharaoh file counts from 0 or from 1, and a warning unless it shows that it does from 0."""
    linked = [entry for entry in entries if entry.link is not None]
    if not linked or any(0 in entry.link for entry in linked if entry.link):
        return 0
    if lengths is not None and entries[-1].sentence < len(lengths):
        fits = [all(_fits(entry, start, lengths) for entry in linked) for start in (0, 1)]
        if fits == [False, True]:
            warn(f"{name}: its links are counted from 1: some lie just behind the end of a sentence and none is at 0")
            return 1
        if fits == [False, False]:
            return 0
    warn(
        f"{name}: no link has a position 0: if they are counted from 1 say links_from=1 (--links-from 1), else "
        f"links_from=0 (--links-from 0)"
    )
    return 0


def _fits(entry: _Entry, start: int, lengths: Sequence[tuple[int, int]]) -> bool:
    """Whether a link lies in its sentence if positions are counted from ``start``."""
    if entry.link is None:
        return True
    first, second = entry.link[0] - start, entry.link[1] - start
    source, target = lengths[entry.sentence] if entry.sentence < len(lengths) else (0, 0)
    return 0 <= first < source and 0 <= second < target


def _misfit(name: str, entry: _Entry, start: int, lengths: Sequence[tuple[int, int]] | None) -> FormatError:
    first, second = entry.link or (0, 0)
    place = f"{name!r}, line {entry.line}: link {first - start}-{second - start} (from 0) "
    if lengths is None or min(first, second) < start:
        return FormatError(
            f"{name!r}, line {entry.line}: link {first}-{second} has a position 0, and links are to be counted from 1; "
            f"say links_from=0 (--links-from 0) if they are not"
        )
    number = entry.sentence + 1
    if number > len(lengths):
        return FormatError(f"{place}lies outside sentence pair {number}, and the texts have {len(lengths)} pairs")
    source, target = lengths[entry.sentence]
    return FormatError(
        f"{place}lies outside sentence pair {number}, which has {source} source and {target} target words"
    )


def _read_naacl(name: str, lines: Iterable[tuple[int, str]]) -> Iterator[_Entry]:
    for number, text in lines:
        if is_blank(text):
            continue
        match = _NAACL.fullmatch(text)
        sentence, source, target = (int(field) for field in match.groups()[:3]) if match else (0, 0, 0)
        if match is None or sentence == 0:
            raise FormatError(f"{name!r}, line {number}: expected 'SENTENCE SOURCE TARGET S|P', found {text[:60]!r}")
        yield _Entry(number, sentence - 1, (source, target), match[4] != "P")


def _read_pharaoh(name: str, lines: Iterable[tuple[int, str]]) -> Iterator[_Entry]:
    for sentence, (number, text) in enumerate(lines):
        yield _Entry(number, sentence, None)
        for field in tokens_of(text):
            match = _PHARAOH.fullmatch(field)
            if match is None or (match[2] != "-" and match[4]):
                raise FormatError(f"{name!r}, line {number}: expected {_FORM}, found {field[:60]!r}")
            yield _Entry(number, sentence, (int(match[1]), int(match[3])), match[2] == "-" and not match[4])


def read_alignments(path: Source) -> list[set[Link]]:
    """Read Pharaoh lines: the links ``i-j`` of a sentence pair in each, positions from 0, a blank line for none.

    Errors: FormatError with file and line, FileError.
    """
    name = name_of(path)
    found: list[set[Link]] = []
    for entry in _read_pharaoh(name, read_lines(path, keep_blank=True)):
        if entry.link is None:
            found.append(set())
        elif not entry.is_sure:
            raise FormatError(f"{name!r}, line {entry.line}: expected links such as '0-1', found a possible link")
        else:
            found[entry.sentence].add(entry.link)
    return found


def pharaoh_line(links: Iterable[Link]) -> str:
    """Links as a Pharaoh line, by source, then target position.

    >>> pharaoh_line({(1, 0), (0, 2)})
    '0-2 1-0'
    """
    return " ".join(f"{i}-{j}" for i, j in sorted(links))
