"""Vectors for spaCy's pipelines."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from densevec._packages import import_package
from densevec.errors import ParameterError
from densevec.formats import WordVectors


def import_spacy() -> ModuleType:
    """spaCy, with its vectors."""
    import_package("spacy.vectors", "to_spacy", "spacy")
    return import_package("spacy", "to_spacy", "spacy")


def pipeline_with(spacy: ModuleType, table: WordVectors, language: Any) -> Any:
    """A pipeline of spaCy, of a language's code or as given, that has the vectors; see ``KeyedVectors.to_spacy``."""
    if isinstance(language, str):
        try:
            pipeline = spacy.blank(language)
        except (ImportError, ValueError) as error:  # spaCy's message goes over lines
            raise ParameterError(
                f"language must be a code that spaCy has a language for, got {language!r:.80} "
                f"({' '.join(str(error).split())[:120]})"
            ) from None
    elif hasattr(language, "vocab"):
        pipeline = language
    else:
        raise ParameterError(f"language must be a code, such as 'en', or a pipeline of spaCy, got {language!r:.80}")
    strings = pipeline.vocab.strings
    is_lower = table.metadata.get("parameters", {}).get("lowercase") is True
    pipeline.vocab.vectors = spacy.vectors.Vectors(
        strings=strings,
        data=np.array(table.vectors, np.float32),  # which spaCy may change
        keys=np.array([strings.add(word) for word in table.words], np.uint64),
        name="densevec",
        attr="LOWER" if is_lower else "ORTH",
    )
    return pipeline
