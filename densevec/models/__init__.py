"""The estimators; ``__all__`` is the list that the command line, the documentation and the tests read."""

from densevec.models.bayesian_skipgram import BayesianSkipGram
from densevec.models.cbow import CBOW
from densevec.models.density_word2vec import DensityWord2Vec
from densevec.models.embedalign import EmbedAlign
from densevec.models.log_bilinear import LogBilinear
from densevec.models.lsa import LSA
from densevec.models.ngram import NGram
from densevec.models.nplm import NPLM
from densevec.models.rnnlm import RNNLM
from densevec.models.skipgram import SkipGram

__all__ = [
    "CBOW",
    "LSA",
    "NPLM",
    "RNNLM",
    "BayesianSkipGram",
    "DensityWord2Vec",
    "EmbedAlign",
    "LogBilinear",
    "NGram",
    "SkipGram",
]
