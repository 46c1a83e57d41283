"""Evaluation, one task per file: anything that answers like vectors in, a small result object out.

Each result has ``as_dict()``, the JSON of ``densevec evaluate``.
"""

from densevec.evaluation._reading import find_word, read_lines
from densevec.evaluation.alignment import (
    AlignmentResult,
    GoldAlignment,
    align_pairs,
    alignment_error_rate,
    evaluate_alignment,
    pharaoh_line,
    read_alignments,
    read_gold,
)
from densevec.evaluation.analogies import AnalogyResult, evaluate_analogies, read_questions
from densevec.evaluation.direction import DirectionResult, evaluate_direction
from densevec.evaluation.entailment import DetectionScores, EntailmentResult, evaluate_entailment
from densevec.evaluation.lexsub import (
    LexsubResult,
    LexsubScore,
    evaluate_lexsub,
    expected_random_gap,
    generalised_average_precision,
)
from densevec.evaluation.similarity import SimilarityResult, evaluate_similarity
from densevec.evaluation.symmetrisation import symmetrise
from densevec.evaluation.variance import (
    VarianceFrequencyResult,
    broadest_words,
    narrowest_words,
    variance_frequency_correlation,
)

__all__ = [
    "AlignmentResult",
    "AnalogyResult",
    "DetectionScores",
    "DirectionResult",
    "EntailmentResult",
    "GoldAlignment",
    "LexsubResult",
    "LexsubScore",
    "SimilarityResult",
    "VarianceFrequencyResult",
    "align_pairs",
    "alignment_error_rate",
    "broadest_words",
    "evaluate_alignment",
    "evaluate_analogies",
    "evaluate_direction",
    "evaluate_entailment",
    "evaluate_lexsub",
    "evaluate_similarity",
    "expected_random_gap",
    "find_word",
    "generalised_average_precision",
    "narrowest_words",
    "pharaoh_line",
    "read_alignments",
    "read_gold",
    "read_lines",
    "read_questions",
    "symmetrise",
    "variance_frequency_correlation",
]
