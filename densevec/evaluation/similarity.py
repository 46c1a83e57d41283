"""Word similarity: do the vectors rank pairs as people do?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from densevec.corpus.lines import Source
from densevec.evaluation._protocols import Entailments, Similarities
from densevec.evaluation._reading import beyond_unknown, check_entailment, counted, find_pairs, score_entailment
from densevec.evaluation._statistics import figure, spearman
from densevec.evaluation._tables import Columns, read_scored_pairs


@dataclass(frozen=True)
class SimilarityResult:
    """Spearman's correlation with people's scores over the pairs whose two words are known.

    ``measure`` is what was compared with them: ``"cosine"``, or of graded entailment ``"entailment"``.
    """

    spearman: float
    used: int
    total: int
    measure: str
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason → pairs

    def as_dict(self) -> dict[str, Any]:
        report: dict[str, Any] = {"spearman": figure(self.spearman), "used": self.used, "total": self.total}
        return report | {"measure": self.measure} | beyond_unknown(self.left_out)


def evaluate_similarity(vectors: Similarities, path: Source, *, columns: Columns | None = None) -> SimilarityResult:
    """Rank correlation (Spearman) between scores of word pairs in a file and the vectors' own.

    Lines are ``word1 word2 score``, separated by tabs, commas, semicolons or blanks.  The published layouts of
    SimLex-999, WordSim-353, SimVerb-3500, MEN, RG-65, SCWS and others are recognised by their headings or columns;
    ``columns`` names those of another: numbers from 1, or names of its heading, of the two words and the score.
    HyperLex (Vulić et al. 2017), known by its heading, is graded entailment: its pairs are scored as
    ``evaluate_entailment`` scores them, all others by ``vectors.similarity``, the cosine.  Endings such as ``-n`` go
    when every word has one (MEN's lemmas).

    Words are looked up as given, else in lower case.  Pairs with an unknown word, and those whose similarity is no
    number, are left out: ``used`` < ``total``, and ``left_out`` has their numbers by reason.  A pair that comes twice
    counts twice.

    Errors: FormatError with file and line for every line that is not such data; FileError when it cannot be read.

    >>> import tempfile, pathlib
    >>> class Toy(dict):
    ...     def similarity(self, a, b): return float(-abs(self[a] - self[b]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "pairs.txt"
    >>> _ = path.write_text("cat dog 9\\ncat car 1\\ndog car 2\\ncat emu 5\\n")
    >>> evaluate_similarity(Toy(cat=0, dog=1, car=9), path).as_dict()
    {'spearman': 1.0, 'used': 3, 'total': 4, 'measure': 'cosine'}
    """
    pairs, measure = read_scored_pairs(path, columns)
    known = find_pairs(vectors, [pair[:2] for pair in pairs])
    if measure == "entailment":
        check_entailment(vectors, "graded entailment (HyperLex)")
        scores = score_entailment(cast(Entailments, vectors), known.first, known.second)
    else:
        each = zip(known.first, known.second, strict=True)
        scores = np.array([vectors.similarity(a, b) for a, b in each], dtype=np.float64)
    gold = np.array([pairs[position].value for position in known.positions], dtype=np.float64)
    is_number = ~np.isnan(scores)
    left_out = known.left_out | counted({"similarity that is no number": int((~is_number).sum())})
    correlation = spearman(gold[is_number], scores[is_number])
    return SimilarityResult(correlation, int(is_number.sum()), len(pairs), measure, left_out)


def read_similarity_file(
    path: Source, columns: Columns | None = None
) -> tuple[list[tuple[str, str]], list[float], str]:
    """The pairs, their scores, and the measure they grade: ``"cosine"`` or ``"entailment"``."""
    pairs, measure = read_scored_pairs(path, columns)
    return [(pair.first, pair.second) for pair in pairs], [pair.value for pair in pairs], measure
