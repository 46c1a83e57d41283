# The estimators.  The package reads this list; the command line, the documentation and the tests have it from there.
from densevec.models.bayesian_skipgram import BayesianSkipGram as BayesianSkipGram
from densevec.models.density_word2vec import DensityWord2Vec as DensityWord2Vec
from densevec.models.embedalign import EmbedAlign as EmbedAlign
from densevec.models.glove import GloVe as GloVe
from densevec.models.lsa import LSA as LSA
from densevec.models.neural import NPLM as NPLM
from densevec.models.neural import RNNLM as RNNLM
from densevec.models.neural import LogBilinear as LogBilinear
from densevec.models.ngram import NGram as NGram
from densevec.models.word2vec import CBOW as CBOW
from densevec.models.word2vec import SkipGram as SkipGram
