"""N-gram language models."""

from densevec.models.ngram.estimator import NGram

__all__ = ["NGram"]
