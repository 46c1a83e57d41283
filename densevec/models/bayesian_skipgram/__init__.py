"""The Bayesian skip-gram: a prior density for every word, a posterior density for every word in its context."""

from densevec.models.bayesian_skipgram.estimator import BayesianSkipGram

__all__ = ["BayesianSkipGram"]
