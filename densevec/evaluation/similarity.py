"""Word similarity: do the vectors rank pairs as people do?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from densevec.corpus.lines import PathLike, read_lines, split_fields
from densevec.errors import FormatError
from densevec.evaluation._protocols import Entailments, Similarities
from densevec.evaluation._reading import check_entailment, find_pairs
from densevec.evaluation._statistics import figure, spearman

_HYPERLEX_SCORE = "AVG_SCORE_0_10"
_NUM_SCWS_FIELDS = 18


@dataclass(frozen=True)
class SimilarityResult:
    """Spearman's correlation with people's scores over the pairs whose two words are known."""

    spearman: float
    used: int
    total: int
    measure: str

    def as_dict(self) -> dict[str, Any]:
        return {"spearman": figure(self.spearman), "used": self.used, "total": self.total}


@dataclass(frozen=True)
class _Columns:
    """Where a file keeps its two words and its score, and what the score grades."""

    first: int = 0
    second: int = 1
    score: int = 2
    has_header: bool = False
    measure: str = "cosine"


def evaluate_similarity(vectors: Similarities, path: PathLike) -> SimilarityResult:
    """Rank correlation (Spearman) between scores of word pairs in a file and the vectors' own.

    Lines are ``word1 word2 score``, split by tabs or spaces, with or without a header.  HyperLex (Vulić et al. 2017;
    recognised by its header) is graded entailment: its pairs are scored by ``vectors.entailment_batch``, all others
    by ``vectors.similarity``, the cosine.  SCWS's rating file is read too, its contexts unused.
    Words are looked up as given, else in lower case; pairs with an unknown word are left out and
    show in ``used`` < ``total``.  Raises FormatError with file and line.

    >>> import tempfile, pathlib
    >>> class Toy(dict):
    ...     def similarity(self, a, b): return float(-abs(self[a] - self[b]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "pairs.txt"
    >>> _ = path.write_text("cat dog 9\\ncat car 1\\ndog car 2\\ncat emu 5\\n")
    >>> evaluate_similarity(Toy(cat=0, dog=1, car=9), path).as_dict()
    {'spearman': 1.0, 'used': 3, 'total': 4}
    """
    pairs, gold, measure = read_similarity_file(path)
    positions, first, second = find_pairs(vectors, pairs)
    if measure == "entailment":
        check_entailment(vectors)
        scores = np.asarray(cast(Entailments, vectors).entailment_batch(first, second), dtype=np.float64)
    else:
        scores = np.array([vectors.similarity(a, b) for a, b in zip(first, second, strict=True)], dtype=np.float64)
    correlation = spearman(np.array(gold, dtype=np.float64)[positions], scores)
    return SimilarityResult(correlation, len(positions), len(pairs), measure)


def read_similarity_file(path: PathLike) -> tuple[list[tuple[str, str]], list[float], str]:
    """The pairs, their scores, and the measure they grade: ``"cosine"`` or ``"entailment"``."""
    pairs: list[tuple[str, str]] = []
    gold: list[float] = []
    columns: _Columns | None = None
    for number, text in read_lines(path):
        fields = split_fields(text)
        if columns is None:
            columns = _find_columns(fields)
            if columns.has_header:
                continue
        try:
            pair, score = (fields[columns.first], fields[columns.second]), float(fields[columns.score])
        except (IndexError, ValueError):
            raise FormatError(
                f"{os.fspath(path)!r}, line {number}: expected 'word1 word2 score', found {text[:60]!r}"
            ) from None
        pairs.append(pair)
        gold.append(score)
    if not pairs:
        raise FormatError(f"{os.fspath(path)!r} holds no 'word1 word2 score' line")
    return pairs, gold, columns.measure if columns else "cosine"


def _find_columns(fields: list[str]) -> _Columns:
    if _HYPERLEX_SCORE in fields:
        return _Columns(score=fields.index(_HYPERLEX_SCORE), has_header=True, measure="entailment")
    if len(fields) == _NUM_SCWS_FIELDS and "<b>" in fields[5]:
        return _Columns(first=1, second=3, score=7)
    return _Columns(has_header=len(fields) >= 3 and not _is_number(fields[2]))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
