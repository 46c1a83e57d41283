from densevec.corpus.encoded import EncodedCorpus as EncodedCorpus
from densevec.corpus.encoded import encode_corpus as encode_corpus
from densevec.corpus.encoded_parallel import EncodedParallel as EncodedParallel
from densevec.corpus.encoded_parallel import ParallelVocabulary as ParallelVocabulary
from densevec.corpus.encoded_parallel import build_parallel_vocabulary as build_parallel_vocabulary
from densevec.corpus.encoded_parallel import encode_parallel as encode_parallel
from densevec.corpus.parallel import ParallelCorpus as ParallelCorpus
from densevec.corpus.phrase_rules import ENGLISH_CONNECTOR_WORDS as ENGLISH_CONNECTOR_WORDS
from densevec.corpus.phrases import Phrases as Phrases
from densevec.corpus.text import TextCorpus as TextCorpus
from densevec.corpus.vocabulary import Vocabulary as Vocabulary
from densevec.corpus.vocabulary import build_vocabulary as build_vocabulary

__all__: list[str]
