"""Skip-gram and CBOW: a vector for every word, learned by predicting words within a window."""

from densevec.models.word2vec.cbow import CBOW
from densevec.models.word2vec.skipgram import SkipGram

__all__ = ["CBOW", "SkipGram"]
