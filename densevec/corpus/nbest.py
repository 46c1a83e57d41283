"""N-best lists: what a recogniser or translator took into consideration, scored again by a language model.

The total of a hypothesis is weight · score + log P(words) + length bonus · number of words, where the score is what the
list came with (an acoustic log likelihood, say) and log P is the language model's, in nats, with the sentence's end.

Two formats are read and written, one hypothesis a line, those of one list one after the other:

- Moses': ``id ||| words ||| features ||| score``, and whatever further fields a decoder adds (alignments, words);
- tab-separated: ``id<TAB>score<TAB>words``, and further columns.

Words are separated by blanks (see ``densevec._text_rules``: a no-break space belongs to its word).  Features and
further fields are not looked at, and are written again as they were read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from densevec._containers import is_list_like, listed
from densevec._text_rules import strip_blanks, tokens_of
from densevec._validation import Interval, Rule, check_parameter, check_parameters
from densevec.corpus.lines import PathLike, Source, as_number, name_of, read_lines
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.formats.output import write_file

FloatArray = npt.NDArray[np.float64]

_BATCH = 2048  # hypotheses that a model scores together, about
RULES: dict[str, Rule] = {"weight": Interval(float, 0), "length_bonus": Interval(float), "score": Interval(float)}


class Scorer(Protocol):
    """A language model."""

    def token_log_probs(self, sentences: Sequence[Sequence[str]], /) -> list[FloatArray]:
        """log P of the words of each sentence and of its end."""


@dataclass(frozen=True)
class Hypothesis:
    """Words with the score that they came with.

    ``features`` is Moses' third field, None in the other format; ``further`` are the fields after the last one known.
    """

    words: tuple[str, ...]
    score: float
    features: str | None = None
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class NBestList:
    """The hypotheses for one utterance."""

    name: str
    hypotheses: tuple[Hypothesis, ...]


def read_nbest(path: Source) -> list[NBestList]:
    """Read n-best lists in one of the two formats; which it is shows in the first line.

    ``path`` is a path or URL, unpacked by its ending, or an open stream of bytes.
    Errors: FormatError names file and line of what is no hypothesis, and of a list that goes on after another has
    begun; FileError when the file cannot be read.
    """
    name = name_of(path)
    lists: dict[str, list[Hypothesis]] = {}
    last, parse = None, None
    for number, line in read_lines(path):
        parse = parse or (_parse_moses if "|||" in line and _parse_tabs(line) is None else _parse_tabs)
        parsed = parse(line)
        if parsed is None:
            form = "'id ||| words ||| features ||| score'" if parse is _parse_moses else "'id<TAB>score<TAB>words'"
            raise FormatError(f"{name}: line {number}: expected {form} with a finite score, found {line[:80]!r}")
        key, hypothesis = parsed
        if key != last and key in lists:
            raise FormatError(f"{name}: line {number}: the list {key!r} has ended before; keep its lines together")
        lists.setdefault(key, []).append(hypothesis)
        last = key
    if not lists:
        raise FormatError(f"{name} holds no hypothesis")
    return [NBestList(key, tuple(hypotheses)) for key, hypotheses in lists.items()]


def _parse_moses(line: str) -> tuple[str, Hypothesis] | None:
    fields = [strip_blanks(field) for field in line.split("|||")]
    score = as_number(fields[3]) if len(fields) >= 4 else None
    if score is None or not fields[0]:
        return None
    return fields[0], Hypothesis(tuple(tokens_of(fields[1])), score, fields[2], tuple(fields[4:]))


def _parse_tabs(line: str) -> tuple[str, Hypothesis] | None:
    fields = line.split("\t")
    score = as_number(strip_blanks(fields[1])) if len(fields) >= 3 else None
    name = strip_blanks(fields[0])
    if score is None or not name:
        return None
    return name, Hypothesis(tuple(tokens_of(fields[2])), score, None, tuple(fields[3:]))


def write_nbest(path: PathLike, lists: Sequence[NBestList]) -> None:
    """Write n-best lists, packed by the name's ending; those that have features in Moses' format, all or nothing.

    ``read_nbest`` reads of the file what was written.
    Errors: ParameterError for what it would read otherwise, such as a field that its format cannot hold, two lists of
    one name, or features of some hypotheses alone; FileError when the file cannot be written.
    """
    given = as_lists(lists)
    if not given or len({h.features is None for each in given for h in each.hypotheses}) > 1:
        found = "features of some alone" if given else "no list"
        raise ParameterError(f"lists must be at least one, with features of all hypotheses or of none, got {found}")
    text = "".join(_line(each.name, hypothesis) for each in given for hypothesis in each.hypotheses)
    _check_read_again(given, text)
    data = text.encode()
    write_file(path, [data], len(data))


def _check_read_again(lists: Sequence[NBestList], text: str) -> None:
    """ParameterError where these lists' file would be refused, or read as others."""
    try:
        found = read_nbest(io.BytesIO(text.encode()))
    except (UnicodeEncodeError, FormatError) as error:
        found, reason = [], str(error)
    else:
        written = [NBestList(each.name, tuple(map(_plain, each.hypotheses))) for each in lists]
        if found == written:
            return
        places = range(min(len(found), len(written)))
        unlike = next((i for i in places if found[i] != written[i]), len(places) - 1)
        reason = f"{written[unlike]!r:.200} would be read as {found[unlike]!r:.200}"
    raise ParameterError(
        "lists must be those that are read again from their file, with names that differ and no blanks at the ends of "
        f"fields: {reason}"
    )


def _plain(hypothesis: Hypothesis) -> Hypothesis:
    return replace(
        hypothesis, words=tuple(hypothesis.words), score=float(hypothesis.score), further=tuple(hypothesis.further)
    )


def _line(name: str, hypothesis: Hypothesis) -> str:
    words, score = " ".join(hypothesis.words), repr(float(hypothesis.score))
    if hypothesis.features is None:
        fields, separator = [name, score, words, *hypothesis.further], "\t"
    else:
        fields, separator = [name, words, hypothesis.features, score, *hypothesis.further], " ||| "
    unfit = next((field for field in fields if "\n" in field or separator.strip(" ") in field), None)
    if unfit is not None or tokens_of(words) != list(hypothesis.words):
        raise ParameterError(
            f"an n-best list's fields must be without line ends and {separator!r}, and its words without blanks, got "
            f"{(words if unfit is None else unfit)[:80]!r} in list {name!r}"
        )
    return separator.join(fields) + "\n"


def as_lists(lists: Any) -> list[NBestList]:
    """Several n-best lists, each with hypotheses and these with finite scores; else Parameter(Type)Error."""
    given = listed(lists) if is_list_like(lists) else [lists]
    wrong = next((each for each in given if not isinstance(each, NBestList)), None)
    if wrong is not None or not is_list_like(lists):
        raise ParameterTypeError(
            f"lists must be a list of NBestList objects, as read_nbest gives them, got {type(wrong or lists).__name__}"
        )
    for each in given:
        if not each.hypotheses:
            raise ParameterError(f"lists must have hypotheses, got none in list {each.name!r:.80}")
        for hypothesis in each.hypotheses:
            check_parameter(f"the score of a hypothesis in list {each.name!r:.80}", hypothesis.score, RULES["score"])
    return given


def language_scores(model: Scorer, lists: Sequence[NBestList]) -> list[FloatArray]:
    """log P of every hypothesis of every list, in nats; those of a list are scored together, so that equal ones tie."""
    found: list[FloatArray] = []
    for batch in _batches(as_lists(lists)):
        sentences = [hypothesis.words for each in batch for hypothesis in each.hypotheses]
        values = np.array([log_probs.sum() for log_probs in model.token_log_probs(sentences)], np.float64)
        found += np.split(values, np.cumsum([len(each.hypotheses) for each in batch])[:-1])
    return found


def _batches(lists: Sequence[NBestList]) -> Iterator[list[NBestList]]:
    batch: list[NBestList] = []
    number = 0
    for each in lists:
        batch.append(each)
        number += len(each.hypotheses)
        if number >= _BATCH:
            yield batch
            batch, number = [], 0
    if batch:
        yield batch


def heights(each: NBestList, log_probs: FloatArray, length_bonus: float) -> list[float]:
    """log P + length bonus · number of words of each hypothesis of a list: its total but for the weighted score."""
    return [float(p) + length_bonus * len(h.words) for p, h in zip(log_probs, each.hypotheses, strict=True)]


def rescore(
    model: Scorer, lists: Sequence[NBestList], *, weight: float = 1.0, length_bonus: float = 0.0
) -> list[NBestList]:
    """The lists with the total of every hypothesis as its score, the best first; equal ones keep their order.

    Errors: ParameterError for a negative weight, numbers that are not finite, and a list without hypotheses.

    >>> class Shortest:
    ...     def token_log_probs(self, sentences):
    ...         return [np.full(len(words) + 1, -1.0) for words in sentences]
    >>> given = NBestList("1", (Hypothesis(("a", "b"), -1.0), Hypothesis(("a",), -2.5)))
    >>> [(" ".join(h.words), h.score) for h in rescore(Shortest(), [given], weight=0.5)[0].hypotheses]
    [('a', -3.25), ('a b', -3.5)]
    """
    check_parameters({"weight": weight, "length_bonus": length_bonus}, RULES)
    lists = as_lists(lists)
    result = []
    for each, log_probs in zip(lists, language_scores(model, lists), strict=True):
        rest = heights(each, log_probs, length_bonus)
        totals = [weight * h.score + height for h, height in zip(each.hypotheses, rest, strict=True)]
        order = sorted(range(len(totals)), key=lambda i: -totals[i])
        ranked = tuple(replace(each.hypotheses[i], score=totals[i]) for i in order)
        result.append(NBestList(each.name, ranked))
    return result
