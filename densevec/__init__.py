"""densevec: words as probability densities, learned from text as it streams from disk."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from densevec.corpus import TextCorpus, Vocabulary, build_vocabulary, encode_corpus
    from densevec.corpus.aviary import Aviary
    from densevec.corpus.aviary_bitext import AviaryBitext
    from densevec.corpus.parallel import ParallelCorpus
    from densevec.densities import Gaussian
    from densevec.documents import DocumentVectorizer, SentenceVectorizer
    from densevec.errors import DensevecError
    from densevec.models import (
        CBOW,
        LSA,
        NPLM,
        RNNLM,
        BayesianSkipGram,
        DensityWord2Vec,
        EmbedAlign,
        LogBilinear,
        NGram,
        SkipGram,
    )
    from densevec.models.interpolated import Interpolated
    from densevec.training import EarlyStopping, EpochReport
    from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors, SubwordVectors, load_vectors

__version__ = "0.1.0"

# Where each public name lives.  They are imported when first used, so that querying saved vectors never loads torch.
_HOMES = {
    "CBOW": "densevec.models",
    "NPLM": "densevec.models",
    "RNNLM": "densevec.models",
    "LSA": "densevec.models",
    "Aviary": "densevec.corpus.aviary",
    "AviaryBitext": "densevec.corpus.aviary_bitext",
    "BayesianSkipGram": "densevec.models",
    "DensevecError": "densevec.errors",
    "DensityVectors": "densevec.vectors",
    "DensityWord2Vec": "densevec.models",
    "DocumentVectorizer": "densevec.documents",
    "EarlyStopping": "densevec.training",
    "EmbedAlign": "densevec.models",
    "EpochReport": "densevec.training",
    "Gaussian": "densevec.densities",
    "Interpolated": "densevec.models.interpolated",
    "KeyedVectors": "densevec.vectors",
    "LogBilinear": "densevec.models",
    "MixtureVectors": "densevec.vectors",
    "NGram": "densevec.models",
    "ParallelCorpus": "densevec.corpus.parallel",
    "SentenceVectorizer": "densevec.documents",
    "SkipGram": "densevec.models",
    "SubwordVectors": "densevec.vectors",
    "TextCorpus": "densevec.corpus",
    "Vocabulary": "densevec.corpus",
    "build_vocabulary": "densevec.corpus",
    "encode_corpus": "densevec.corpus",
    "load_vectors": "densevec.vectors",
}

__all__ = [
    "CBOW",
    "LSA",
    "NPLM",
    "RNNLM",
    "Aviary",
    "AviaryBitext",
    "BayesianSkipGram",
    "DensevecError",
    "DensityVectors",
    "DensityWord2Vec",
    "DocumentVectorizer",
    "EarlyStopping",
    "EmbedAlign",
    "EpochReport",
    "Gaussian",
    "Interpolated",
    "KeyedVectors",
    "LogBilinear",
    "MixtureVectors",
    "NGram",
    "ParallelCorpus",
    "SentenceVectorizer",
    "SkipGram",
    "SubwordVectors",
    "TextCorpus",
    "Vocabulary",
    "build_vocabulary",
    "encode_corpus",
    "load_vectors",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'densevec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
