from densevec.corpus import Phrases as Phrases
from densevec.corpus import TextCorpus as TextCorpus
from densevec.corpus import Vocabulary as Vocabulary
from densevec.corpus import build_vocabulary as build_vocabulary
from densevec.corpus import encode_corpus as encode_corpus
from densevec.corpus.aviary import Aviary as Aviary
from densevec.corpus.aviary_bitext import AviaryBitext as AviaryBitext
from densevec.corpus.parallel import ParallelCorpus as ParallelCorpus
from densevec.corpus.raw import raw_text as raw_text
from densevec.densities import Gaussian as Gaussian
from densevec.documents import DocumentVectorizer as DocumentVectorizer
from densevec.documents import SentenceVectorizer as SentenceVectorizer
from densevec.errors import DensevecError as DensevecError
from densevec.models import *  # noqa: F403
from densevec.models.interpolated import Interpolated as Interpolated
from densevec.models.senses import Sense as Sense
from densevec.models.senses import SenseExample as SenseExample
from densevec.models.senses import WordSenses as WordSenses
from densevec.training import EarlyStopping as EarlyStopping
from densevec.training import EpochReport as EpochReport
from densevec.vectors import DensityVectors as DensityVectors
from densevec.vectors import KeyedVectors as KeyedVectors
from densevec.vectors import MixtureVectors as MixtureVectors
from densevec.vectors import SubwordDensityVectors as SubwordDensityVectors
from densevec.vectors import SubwordVectors as SubwordVectors
from densevec.vectors import WordInContext as WordInContext
from densevec.vectors import load_vectors as load_vectors

__version__: str
__all__: list[str]
