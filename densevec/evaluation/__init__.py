"""Evaluation, one task per file: anything that answers like vectors in, a small result object out.

Each result has ``as_dict()``, the JSON of ``densevec evaluate``.
"""

from densevec.corpus.analogies import read_questions
from densevec.corpus.lines import read_lines
from densevec.corpus.nbest import Hypothesis, NBestList, read_nbest, rescore, write_nbest
from densevec.corpus.perplexity import Perplexity, fit_mixture_weights
from densevec.corpus.pseudo_words import PseudoQuestion, PseudoWords, read_pseudo_questions, write_pseudo_questions
from densevec.evaluation._reading import find_word
from densevec.evaluation.alignment import (
    AlignmentResult,
    GoldAlignment,
    align_pairs,
    alignment_error_rate,
    evaluate_alignment,
)
from densevec.evaluation.analogies import AnalogyResult, evaluate_analogies
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
from densevec.evaluation.contextual import (
    ContextualPair,
    ContextualResult,
    evaluate_contextual,
    read_contextual_pairs,
)
from densevec.evaluation.direction import DirectionResult, evaluate_direction
from densevec.evaluation.entailment import DecisionScores, DetectionScores, EntailmentResult, evaluate_entailment
from densevec.evaluation.gold_links import pharaoh_line, read_alignments, read_gold
from densevec.evaluation.hypernyms import HypernymResult, RetrievalScores, evaluate_hypernyms
from densevec.evaluation.lexsub import (
    LexsubResult,
    LexsubScore,
    evaluate_lexsub,
    expected_random_gap,
    generalised_average_precision,
)
from densevec.evaluation.pseudo_words import PseudoWordResult, evaluate_pseudo_words
from densevec.evaluation.similarity import SimilarityResult, evaluate_similarity
from densevec.evaluation.symmetrisation import symmetrise
from densevec.evaluation.variance import (
    VarianceFrequencyResult,
    broadest_words,
    narrowest_words,
    variance_frequency_correlation,
)
from densevec.evaluation.word_errors import TunedWeight, tune_weight, word_error_rate

__all__ = [
    "AlignmentResult",
    "AnalogyResult",
    "CombinationResult",
    "CompletionResult",
    "ContextualPair",
    "ContextualResult",
    "DecisionScores",
    "DetectionScores",
    "DirectionResult",
    "EntailmentResult",
    "GoldAlignment",
    "HypernymResult",
    "Hypothesis",
    "LexsubResult",
    "LexsubScore",
    "NBestList",
    "Perplexity",
    "PseudoQuestion",
    "PseudoWordResult",
    "PseudoWords",
    "Question",
    "RetrievalScores",
    "SimilarityResult",
    "TunedWeight",
    "VarianceFrequencyResult",
    "align_pairs",
    "alignment_error_rate",
    "broadest_words",
    "choice_scores",
    "combine",
    "evaluate_alignment",
    "evaluate_analogies",
    "evaluate_combination",
    "evaluate_completion",
    "evaluate_contextual",
    "evaluate_direction",
    "evaluate_entailment",
    "evaluate_hypernyms",
    "evaluate_lexsub",
    "evaluate_pseudo_words",
    "evaluate_similarity",
    "expected_random_gap",
    "find_word",
    "fit_mixture_weights",
    "fit_weights",
    "generalised_average_precision",
    "narrowest_words",
    "pharaoh_line",
    "read_alignments",
    "read_completion_answers",
    "read_completion_questions",
    "read_contextual_pairs",
    "read_gold",
    "read_lines",
    "read_nbest",
    "read_pseudo_questions",
    "read_questions",
    "rescore",
    "symmetrise",
    "tokenize_question",
    "tune_weight",
    "variance_frequency_correlation",
    "word_error_rate",
    "write_nbest",
    "write_pseudo_questions",
]
