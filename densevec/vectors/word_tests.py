"""Word pairs and analogies from files, scored and reported as gensim's methods of those names do."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from densevec.corpus.analogies import read_questions
from densevec.corpus.lines import as_number, read_lines
from densevec.densities import get_measure
from densevec.errors import FormatError, ParameterError
from densevec.vectors._arguments import directions
from densevec.vectors.comparisons import cosine
from densevec.vectors.cosmul import cosmul_nearest
from densevec.vectors.neighbours import row_range
from densevec.vectors.rows import nearest_in
from densevec.vectors.search import Queries
from densevec.vectors.state import RowArray, State
from densevec.vectors.word_store import WordStore

logger = logging.getLogger(__name__)
Path = str | os.PathLike[str]

_QUESTIONS_AT_ONCE = 256
_NUM_ANSWERS = 5  # looked at: the first may be other spellings of the question's words
_METHODS = ("most_similar", "most_similar_cosmul")


def evaluate_word_pairs(
    self: WordStore,
    pairs: Path,
    delimiter: str = "\t",
    encoding: str = "utf8",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> tuple[Any, Any, float]:
    """Correlation of the words' cosines with the scores that people gave to word pairs.

    Parameters
    ----------
    pairs : a file with lines ``word1 word2 score``; lines that begin with ``#`` or are none such are passed over
    delimiter, encoding : of the file; lines that are not of the encoding are read as Latin-1
    restrict_vocab : only the first so many words are known, and those that sub-words compose; None for all
    case_insensitive : take the first word that is equal but for its case
    dummy4unknown : give pairs with an unknown word cosine 0 instead of leaving them out

    Returns
    -------
    Pearson's r and Spearman's ρ, each with its two-sided p-value as SciPy gives them, and the percentage of pairs
    with an unknown word.

    Raises
    ------
    FormatError : without a usable line.
    """
    from scipy import stats

    try:
        "\n".encode(encoding)
    except (LookupError, TypeError, ValueError):
        raise ParameterError(f"encoding must be one that Python knows, got {encoding!r:.80}") from None
    state = self._state
    place = _places(state, restrict_vocab, case_insensitive)
    gold: list[float] = []
    asked: list[tuple[str | int | None, ...]] = []
    num_invalid = num_unknown = 0
    for _, text in read_lines(pairs, encoding):
        if text.startswith("#"):
            continue
        fields = [field.strip() for field in text.split(delimiter)]
        score = as_number(fields[2]) if len(fields) > 2 else None
        if score is None:
            num_invalid += 1
            continue
        known = tuple(_known(state, word, place, case_insensitive) for word in fields[:2])
        if None in known:
            num_unknown += 1
            if not dummy4unknown:
                continue
        gold.append(score)
        asked.append(known)
    if num_invalid:
        logger.warning("%s: %d lines without two words and a number passed over", pairs, num_invalid)
    if len(gold) < 2:
        raise FormatError(
            f"{os.fspath(pairs)!r} holds fewer than two pairs of known words: {num_invalid} lines are no "
            f"'word1{delimiter!r}word2{delimiter!r}score', {num_unknown} have an unknown word"
        )
    cosines = [0.0 if None in pair else cosine(state, *pair) for pair in asked]
    total = len(gold) + (0 if dummy4unknown else num_unknown)
    return stats.pearsonr(gold, cosines), stats.spearmanr(gold, cosines), 100 * num_unknown / total


def _known(state: State, word: str, place: dict[str, int], case_insensitive: bool) -> str | int | None:
    """The row of a word, or the word that sub-words compose; None for others."""
    row = place.get(_spelled(state, word, place, case_insensitive))
    return word if row is None and state.is_composed(word) else row


def _spelled(state: State, word: str, place: dict[str, int], case_insensitive: bool) -> str:
    """A word, which may be a phrase with blanks, as ``place`` has it: as given, else as the vectors read it; as given
    where it has none."""
    forms = [form for each in (word, state.as_read(word)) for form in (each, state.delimiter.join(each.split()))]
    if case_insensitive:
        forms = [form.upper() for form in forms]
    return next((form for form in forms if form in place), forms[0])


def evaluate_word_analogies(
    self: WordStore,
    analogies: Path,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    similarity_function: str = "most_similar",
) -> tuple[float, list[dict[str, Any]]]:
    """The share of analogy questions ``a b c d`` answered right: is d the word nearest to b − a + c?

    Parameters
    ----------
    analogies : a file with a question a line, in sections that begin with ``: name``
    restrict_vocab : only the first so many words are known, and searched; None for all
    case_insensitive : compare words in upper case; the first of equal ones stands for all
    dummy4unknown : count questions with an unknown word as wrong instead of leaving them out
    similarity_function : "most_similar" (3CosAdd) or "most_similar_cosmul" (3CosMul)

    Returns
    -------
    The score, and a dict for each section and one, "Total accuracy", for all: ``section`` is its name, ``correct``
    and ``incorrect`` the questions as tuples of four words (in upper case if ``case_insensitive``), ``oov`` the
    number of questions with an unknown word.

    Raises
    ------
    FormatError : names file and line.
    """
    if similarity_function not in _METHODS:
        choices = ", ".join(map(repr, _METHODS))
        raise ParameterError(f"similarity_function must be one of {choices}, got {similarity_function!r:.80}")
    state = self._state
    place = _places(state, restrict_vocab, case_insensitive)
    sections: list[dict[str, Any]] = []
    for name, questions in read_questions(analogies).items():
        asked = [tuple(_spelled(state, word, place, case_insensitive) for word in question) for question in questions]
        known = [question for question in asked if all(word in place for word in question)]
        scope = row_range(state, 0, None, restrict_vocab)
        right = _are_right(state, known, place, scope, case_insensitive, similarity_function == _METHODS[1])
        outcome = dict(zip(known, right, strict=True))
        judged = [question for question in asked if question in outcome or dummy4unknown]
        sections.append(
            {
                "section": name,
                "correct": [question for question in judged if outcome.get(question, False)],
                "incorrect": [question for question in judged if not outcome.get(question, False)],
                "oov": len(asked) - len(known),
            }
        )
    total: dict[str, Any] = {"section": "Total accuracy"}
    for part in ("correct", "incorrect"):
        total[part] = [question for section in sections for question in section[part]]
    total["oov"] = sum(section["oov"] for section in sections)
    num_judged = len(total["correct"]) + len(total["incorrect"])
    return len(total["correct"]) / num_judged if num_judged else 0.0, [*sections, total]


def _places(state: State, restrict_vocab: int | None, case_insensitive: bool) -> dict[str, int]:
    """The rows of the known words; the first of those that are equal but for their case."""
    words = state.words[: len(row_range(state, 0, None, restrict_vocab))]
    place: dict[str, int] = {}
    for row, word in enumerate(words):
        place.setdefault(word.upper() if case_insensitive else word, row)
    return place


def _are_right(
    state: State,
    questions: Sequence[tuple[str, ...]],
    place: dict[str, int],
    scope: range,
    case_insensitive: bool,
    is_product: bool,
) -> list[bool]:
    """Whether the first answer that is none of the question's own words is the expected one."""
    right = []
    for begin in range(0, len(questions), _QUESTIONS_AT_ONCE):
        part = questions[begin : begin + _QUESTIONS_AT_ONCE]
        rows = np.array([[place[word] for word in question[:3]] for question in part])
        answers = _by_product(state, rows, scope) if is_product else _by_sum(state, rows, scope)
        for question, found in zip(part, answers, strict=True):
            words = [state.words[row].upper() if case_insensitive else state.words[row] for row in found]
            right.append(next((word for word in words if word not in question[:3]), None) == question[3])
    return right


def _by_sum(state: State, rows: RowArray, scope: range) -> list[list[int]]:
    """The rows nearest to b − a + c for questions (a, b, c), by 3CosAdd, best first."""
    means = state.table.mean_rows(rows.ravel()).reshape(*rows.shape, -1)  # (Q, 3, d)
    a, b, c = np.moveaxis(directions(means), 1, 0)
    found = nearest_in(state.table, get_measure("cosine"), Queries(b - a + c, None), _NUM_ANSWERS, scope, rows.tolist())
    return [nearest.tolist() for nearest, _ in found]


def _by_product(state: State, rows: RowArray, scope: range) -> list[list[int]]:
    """The same by 3CosMul."""
    words = sorted(set(rows.ravel().tolist()))
    units = directions(state.table.mean_rows(np.array(words)))
    place = {word: place for place, word in enumerate(words)}
    questions = [((place[b], place[c]), (place[a],)) for a, b, c in rows.tolist()]
    found = cosmul_nearest(state.table, units, questions, _NUM_ANSWERS + 3, scope)
    return [
        [row for row in nearest.tolist() if row not in question][:_NUM_ANSWERS]
        for question, (nearest, _) in zip(rows.tolist(), found, strict=True)
    ]
