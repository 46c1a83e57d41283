"""Word alignment: links of a sentence and its translation, found by models and compared with those that people made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Protocol

from densevec._containers import is_list_like
from densevec._roles import as_objects
from densevec._validation import Choice, Interval, Rule, check_parameters
from densevec.corpus import ParallelCorpus
from densevec.corpus.lines import PathLike
from densevec.corpus.own_text import RULES, own_rules
from densevec.corpus.parallel import GoldAlignment, Link
from densevec.errors import ParameterError, ParameterTypeError
from densevec.evaluation._statistics import figure
from densevec.evaluation.gold_links import read_gold
from densevec.evaluation.symmetrisation import METHODS, Links, as_links, symmetrise

Pair = tuple[list[str], list[str]]

BATCH_SIZE = 100  # pairs that a model aligns at a time
_NO_LIMIT = (1 << 31) - 1
_RULES: dict[str, Rule] = {"method": Choice(METHODS), "batch_size": Interval(int, 1)}


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


def alignment_error_rate(hypotheses: Iterable[Iterable[Link]], gold: Iterable[GoldAlignment]) -> AlignmentResult:
    """Compare the links A of all sentences with the sure links S and the possible links P (S links are in P too).

    AER = 1 - (|A∩S| + |A∩P|) / (|A| + |S|), precision = |A∩P| / |A|, recall = |A∩S| / |S|, counted over all sentences
    (Och & Ney 2003).  Errors: ParameterError when hypotheses and gold differ in number.

    >>> gold = [GoldAlignment({(0, 0)}, {(0, 0), (1, 1)})]
    >>> alignment_error_rate([{(0, 0), (1, 1), (1, 2)}], gold)
    AlignmentResult(aer=0.25, precision=0.6666666666666666, recall=1.0)
    """
    if not is_list_like(hypotheses):
        raise ParameterTypeError(f"hypotheses must be one set of links for each sentence, got {hypotheses!r:.80}")
    answers = [as_links(links, f"the links of sentence {number}") for number, links in enumerate(hypotheses, 1)]
    listed = as_objects(gold, GoldAlignment, "gold", "read_gold")
    if len(answers) != len(listed):
        raise ParameterError(
            f"hypotheses must be as many as the gold alignments, got {len(answers)} and {len(listed)} sentences"
        )
    sure, possible = ([as_links(getattr(each, name), name) for each in listed] for name in ("sure", "possible"))
    num_links, num_sure = sum(map(len, answers)), sum(map(len, sure))
    in_sure = sum(len(answer & right) for answer, right in zip(answers, sure, strict=True))
    in_possible = sum(len(answer & (a | b)) for answer, a, b in zip(answers, sure, possible, strict=True))
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
    align, ParameterError for two models that read text differently, an unknown ``method`` (see ``symmetrise``), or a
    ``batch_size`` below 1.
    """
    check_parameters({"method": method, "batch_size": batch_size}, _RULES)
    for name, aligner in (("model", model), ("reverse", reverse)):
        if not hasattr(aligner, "align_batch") and not (aligner is None and name == "reverse"):
            raise ParameterTypeError(f"{name} must be one that aligns translations, got {type(aligner).__name__}")
    if reverse is not None and (rules := own_rules(model)) != (others := own_rules(reverse)):
        raise ParameterError(
            f"reverse must read text as the other model does, {_as_text(rules)}, got {_as_text(others)}"
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


def _as_text(rules: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in rules.items())


def read_pairs(model: Aligner, source: Any, target: Any = None, errors: str | None = None) -> Iterator[Pair]:
    """Every line of two texts, or of one of tab-separated pairs, as the model reads them; nothing is left out.

    errors : of bytes that are not UTF-8, in the place of the model's own
    """
    rules = own_rules(model, (*RULES, "errors")) | ({} if errors is None else {"errors": errors})
    text = source if target is None else (source, target)
    return ParallelCorpus(text, **rules, max_sentence_length=_NO_LIMIT).every_pair()


def evaluate_alignment(
    model: Aligner,
    source: PathLike,
    target: PathLike,
    gold: PathLike | Sequence[GoldAlignment],
    *,
    reverse: Aligner | None = None,
    method: str = "grow-diag-final-and",
    turned: bool = False,
    links_from: int | None = None,
    errors: str | None = None,
) -> AlignmentResult:
    """Align two texts and compare the links with gold ones, in NAACL's or Pharaoh's format.

    ``turned`` and ``links_from`` are those of ``read_gold``; ``errors``, of bytes that are not UTF-8, stands in place
    of the model's own.
    With ``reverse``, a model of the other direction, the links of both are symmetrised by ``method``.
    Errors: those of ``align_pairs``, ``read_gold``, ``alignment_error_rate`` and of reading text (see ParallelCorpus).
    """
    pairs = list(read_pairs(model, source, target, errors))
    if isinstance(gold, str | os.PathLike):
        gold = read_gold(gold, [(len(first), len(second)) for first, second in pairs], turned, links_from)
    return alignment_error_rate(align_pairs(model, pairs, reverse=reverse, method=method), gold)
