"""From text to ids: corpora that stream, vocabularies, encoded corpora."""

from densevec.corpus.encoded import EncodedCorpus, encode_corpus
from densevec.corpus.encoded_parallel import (
    EncodedParallel,
    ParallelVocabulary,
    build_parallel_vocabulary,
    encode_parallel,
)
from densevec.corpus.parallel import ParallelCorpus
from densevec.corpus.phrase_rules import ENGLISH_CONNECTOR_WORDS
from densevec.corpus.phrases import Phrases
from densevec.corpus.text import TextCorpus
from densevec.corpus.vocabulary import Vocabulary, build_vocabulary

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "EncodedCorpus",
    "EncodedParallel",
    "ParallelCorpus",
    "ParallelVocabulary",
    "Phrases",
    "TextCorpus",
    "Vocabulary",
    "build_parallel_vocabulary",
    "build_vocabulary",
    "encode_corpus",
    "encode_parallel",
]
