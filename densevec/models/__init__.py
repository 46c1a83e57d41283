"""The estimators; ``__all__`` is the list that the command line, the documentation and the tests read."""

from densevec.models.bayesian_skipgram import BayesianSkipGram

__all__ = ["BayesianSkipGram"]
