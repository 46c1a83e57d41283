"""Evaluation, one task per file: anything that answers like vectors in, a small result object out.

Each result has ``as_dict()``, the JSON of ``densevec evaluate``.
"""

from densevec.evaluation._reading import find_word, read_lines
from densevec.evaluation.analogies import AnalogyResult, evaluate_analogies, read_questions
from densevec.evaluation.combination import (
    CombinationResult,
    combine,
    evaluate_combination,
    fit_weights,
)
from densevec.evaluation.completion import (
    CompletionResult,
    Question,
    choice_scores,
    evaluate_completion,
    read_completion_answers,
    read_completion_questions,
    tokenize_question,
)
from densevec.evaluation.direction import DirectionResult, evaluate_direction
from densevec.evaluation.entailment import DetectionScores, EntailmentResult, evaluate_entailment
from densevec.evaluation.lexsub import (
    LexsubResult,
    LexsubScore,
    evaluate_lexsub,
    expected_random_gap,
    generalised_average_precision,
)
from densevec.evaluation.nbest import (
    Hypothesis,
    NBestList,
    TunedWeight,
    read_nbest,
    rescore,
    tune_weight,
    word_error_rate,
    write_nbest,
)
from densevec.evaluation.perplexity import Perplexity, fit_mixture_weights
from densevec.evaluation.similarity import SimilarityResult, evaluate_similarity
from densevec.evaluation.variance import (
    VarianceFrequencyResult,
    broadest_words,
    narrowest_words,
    variance_frequency_correlation,
)

__all__ = [
    "AnalogyResult",
    "CombinationResult",
    "CompletionResult",
    "DetectionScores",
    "DirectionResult",
    "EntailmentResult",
    "Hypothesis",
    "LexsubResult",
    "LexsubScore",
    "NBestList",
    "Perplexity",
    "Question",
    "SimilarityResult",
    "TunedWeight",
    "VarianceFrequencyResult",
    "broadest_words",
    "choice_scores",
    "combine",
    "evaluate_analogies",
    "evaluate_combination",
    "evaluate_completion",
    "evaluate_direction",
    "evaluate_entailment",
    "evaluate_lexsub",
    "evaluate_similarity",
    "expected_random_gap",
    "find_word",
    "fit_mixture_weights",
    "fit_weights",
    "generalised_average_precision",
    "narrowest_words",
    "read_completion_answers",
    "read_completion_questions",
    "read_lines",
    "read_nbest",
    "read_questions",
    "rescore",
    "tokenize_question",
    "tune_weight",
    "variance_frequency_correlation",
    "word_error_rate",
    "write_nbest",
]
