"""Word alignment: links of a sentence and its translation, read, written, and compared with those that people made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Protocol

from densevec.corpus import ParallelCorpus
from densevec.corpus.lines import PathLike, read_lines
from densevec.corpus.parallel import GoldAlignment, Link
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.evaluation._statistics import figure
from densevec.evaluation.symmetrisation import Links, symmetrise

Pair = tuple[list[str], list[str]]

BATCH_SIZE = 100  # pairs that a model aligns at a time
_NO_LIMIT = (1 << 31) - 1
_PHARAOH = re.compile(r"(\d{1,7})([-?p])(\d{1,7})(\??)", re.ASCII)
_NAACL = re.compile(r"\s*(\d{1,7})\s+(\d{1,7})\s+(\d{1,7})(?:\s+([SP]))?(?:\s+[-+.\deE]+)?\s*", re.ASCII)


class Aligner(Protocol):
    """What is asked of a model: links of sentence pairs, and how it reads text."""

    lowercase: bool
    tokenizer: Any

    def align_batch(self, pairs: Sequence[Pair], /) -> Sequence[Iterable[Link]]:
        """Links (source position, target position) from 0 of each pair, words without a partner left out."""


@dataclass(frozen=True)
class AlignmentResult:
    """Alignment error rate, precision and recall, fractions; nan where there is nothing to divide by."""

    aer: float
    precision: float
    recall: float

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``densevec evaluate``."""
        return {name: figure(value) for name, value in asdict(self).items()}


def alignment_error_rate(hypotheses: Iterable[Iterable[Link]], gold: Sequence[GoldAlignment]) -> AlignmentResult:
    """Compare the links A of all sentences with the sure links S and the possible links P (S links are in P too).

    AER = 1 - (|A∩S| + |A∩P|) / (|A| + |S|), precision = |A∩P| / |A|, recall = |A∩S| / |S|, counted over all sentences
    (Och & Ney 2003).  Errors: ParameterError when hypotheses and gold differ in number.

    >>> gold = [GoldAlignment({(0, 0)}, {(0, 0), (1, 1)})]
    >>> alignment_error_rate([{(0, 0), (1, 1), (1, 2)}], gold)
    AlignmentResult(aer=0.25, precision=0.6666666666666666, recall=1.0)
    """
    answers = [set(links) for links in hypotheses]
    if len(answers) != len(gold):
        raise ParameterError(
            f"hypotheses must be as many as the gold alignments, got {len(answers)} and {len(gold)} sentences"
        )
    num_links = sum(map(len, answers))
    num_sure = sum(len(each.sure) for each in gold)
    in_sure = sum(len(answer & each.sure) for answer, each in zip(answers, gold, strict=True))
    in_possible = sum(len(answer & (each.possible | each.sure)) for answer, each in zip(answers, gold, strict=True))
    return AlignmentResult(
        aer=1 - _ratio(in_sure + in_possible, num_links + num_sure),
        precision=_ratio(in_possible, num_links),
        recall=_ratio(in_sure, num_sure),
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def align_pairs(
    model: Aligner,
    pairs: Iterable[Pair],
    *,
    reverse: Aligner | None = None,
    method: str = "grow-diag-final-and",
    batch_size: int = BATCH_SIZE,
) -> Iterator[Links]:
    """Links of each pair as they come, of one model or, with ``reverse`` (trained target to source), of two made one.

    Pairs with an empty side have no links, and the models are not asked.  Errors: ParameterTypeError for what cannot
    align, ParameterError for two models that read text differently, or an unknown ``method`` (see ``symmetrise``).
    """
    for aligner in (model, reverse):
        if aligner is not None and not hasattr(aligner, "align_batch"):
            raise ParameterTypeError(f"model must be one that aligns translations, got {type(aligner).__name__}")
    if reverse is not None and (model.lowercase, model.tokenizer) != (reverse.lowercase, reverse.tokenizer):
        raise ParameterError(
            f"reverse must read text as the other model does, lowercase={model.lowercase} and tokenizer="
            f"{model.tokenizer!r}, got lowercase={reverse.lowercase} and tokenizer={reverse.tokenizer!r}"
        )
    rest = iter(pairs)
    while batch := list(islice(rest, batch_size)):
        full = [pair for pair in batch if all(pair)]
        found = [set(links) for links in model.align_batch(full)] if full else []
        if reverse is not None and full:
            turned = reverse.align_batch([(target, source) for source, target in full])
            found = [
                symmetrise(forward, {(i, j) for j, i in backward}, method)
                for forward, backward in zip(found, turned, strict=True)
            ]
        answers = iter(found)
        for pair in batch:
            yield next(answers) if all(pair) else set()


def read_pairs(model: Aligner, source: Any, target: Any = None) -> Iterator[Pair]:
    """Every line of two texts, or of one of tab-separated pairs, as the model reads them; nothing is left out."""
    corpus = ParallelCorpus(source if target is None else (source, target), model.lowercase, model.tokenizer, _NO_LIMIT)
    return corpus.every_pair()


def evaluate_alignment(
    model: Aligner,
    source: PathLike,
    target: PathLike,
    gold: PathLike | Sequence[GoldAlignment],
    *,
    reverse: Aligner | None = None,
    method: str = "grow-diag-final-and",
    turned: bool = False,
) -> AlignmentResult:
    """Align two texts and compare the links with gold ones (NAACL or Pharaoh; ``turned`` see ``read_gold``).

    With ``reverse``, a model of the other direction, the links of both are symmetrised by ``method``.
    Errors: those of ``align_pairs``, ``read_gold``, ``alignment_error_rate`` and of reading text (see ParallelCorpus).
    """
    pairs = list(read_pairs(model, source, target))
    if isinstance(gold, str | os.PathLike):
        gold = read_gold(gold, [(len(first), len(second)) for first, second in pairs], turned)
    return alignment_error_rate(align_pairs(model, pairs, reverse=reverse, method=method), gold)


def read_gold(
    path: PathLike, lengths: Sequence[tuple[int, int]] | None = None, turned: bool = False
) -> list[GoldAlignment]:
    """Read gold links in the format that the first line with links has.

    NAACL (Mihalcea & Pedersen 2003): a line a link, ``SENTENCE SOURCE TARGET [S|P]``, all counted from 1, S when not
    stated; a position 0 is no link; a number after it is ignored.  Pharaoh: a line a sentence, positions from 0, sure
    links ``i-j``, possible ones ``i?j`` (also written ``ipj`` or ``i-j?``).  Sure links are possible ones too.

    ``lengths`` of the sentences, source and target, tell how many there are (NAACL leaves out those without links)
    and that every link lies in its sentence.  With ``turned`` the file's links are (target, source).
    Errors: FormatError with file and line, FileError.
    """
    name = os.fspath(path)
    lines = list(read_lines(path, keep_blank=True))
    first = next((text for _, text in lines if text.strip()), "")
    read = _read_naacl if _NAACL.fullmatch(first) else _read_pharaoh
    gold: list[GoldAlignment] = []
    for number, sentence, found, is_sure in read(name, lines):
        link = (found[1], found[0]) if found is not None and turned else found
        if lengths is not None and link is not None and not _fits(link, sentence, lengths):
            raise FormatError(
                f"{name!r}, line {number}: link {link[0]}-{link[1]} (from 0) lies outside sentence pair {sentence + 1} "
                f"of the texts, which have {len(lengths)}"
            )
        gold += [GoldAlignment(set(), set()) for _ in range(sentence + 1 - len(gold))]
        if link is not None:
            gold[sentence].possible.add(link)
            if is_sure:
                gold[sentence].sure.add(link)
    if lengths is not None and read is _read_naacl:
        gold += [GoldAlignment(set(), set()) for _ in range(len(lengths) - len(gold))]
    if lengths is not None and len(gold) != len(lengths):
        raise FormatError(f"{name!r} has alignments of {len(gold)} sentences, expected {len(lengths)}")
    return gold


def _fits(link: Link, sentence: int, lengths: Sequence[tuple[int, int]]) -> bool:
    return sentence < len(lengths) and link[0] < lengths[sentence][0] and link[1] < lengths[sentence][1]


_Entry = tuple[int, int, Link | None, bool]  # line, sentence from 0, link, whether it is sure


def _read_naacl(name: str, lines: Iterable[tuple[int, str]]) -> Iterator[_Entry]:
    for number, text in lines:
        if not text.strip():
            continue
        match = _NAACL.fullmatch(text)
        sentence, source, target = (int(field) for field in match.groups()[:3]) if match else (0, 0, 0)
        if match is None or sentence == 0:
            raise FormatError(f"{name!r}, line {number}: expected 'SENTENCE SOURCE TARGET S|P', found {text[:60]!r}")
        link = (source - 1, target - 1) if source and target else None
        yield number, sentence - 1, link, match[4] != "P"


def _read_pharaoh(name: str, lines: Iterable[tuple[int, str]]) -> Iterator[_Entry]:
    for sentence, (number, text) in enumerate(lines):
        yield number, sentence, None, False
        for field in text.split():
            match = _PHARAOH.fullmatch(field)
            if match is None or (match[2] != "-" and match[4]):
                expected = "links such as '0-1' (sure) or '0?1' (possible)"
                raise FormatError(f"{name!r}, line {number}: expected {expected}, found {field[:60]!r}")
            yield number, sentence, (int(match[1]), int(match[3])), match[2] == "-" and not match[4]


def read_alignments(path: PathLike) -> list[Links]:
    """Read Pharaoh lines: the links ``i-j`` of a sentence pair in each, positions from 0, an empty line for none.

    Errors: FormatError with file and line, FileError.
    """
    name = os.fspath(path)
    found: list[Links] = []
    for number, sentence, link, is_sure in _read_pharaoh(name, read_lines(path, keep_blank=True)):
        if link is None:
            found.append(set())
        elif not is_sure:
            raise FormatError(f"{name!r}, line {number}: expected links such as '0-1', found a possible link")
        else:
            found[sentence].add(link)
    return found


def pharaoh_line(links: Iterable[Link]) -> str:
    """Links as a Pharaoh line, by source, then target position.

    >>> pharaoh_line({(1, 0), (0, 2)})
    '0-2 1-0'
    """
    return " ".join(f"{i}-{j}" for i, j in sorted(links))
