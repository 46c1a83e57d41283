"""From text to ids: corpora that stream, vocabularies, encoded corpora."""

from densevec.corpus.encoded import EncodedCorpus, encode_corpus
from densevec.corpus.text import TextCorpus
from densevec.corpus.vocabulary import Vocabulary, build_vocabulary

__all__ = ["EncodedCorpus", "TextCorpus", "Vocabulary", "build_vocabulary", "encode_corpus"]
