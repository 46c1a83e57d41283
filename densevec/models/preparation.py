"""From a corpus to ids: the kinds of text that models read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from densevec.corpus import (
    ParallelCorpus,
    TextCorpus,
    build_parallel_vocabulary,
    build_vocabulary,
    encode_corpus,
    encode_parallel,
)
from densevec.corpus.language import build_language_vocabulary, encode_running_text


@dataclass(frozen=True)
class Preparation:
    """How a model's text is opened, counted and encoded.

    corpus : the class of corpora; made of a source and the parameters of reading
    counter, encoder : of ``densevec.corpus``
    """

    corpus: type[TextCorpus] | type[ParallelCorpus]
    counter: Callable[..., Any]
    encoder: Callable[..., Any]

    def count(self, text: Any, settings: Any) -> Any:
        """The vocabulary that the settings of an estimator want."""
        return self.counter(
            text,
            min_count=settings.min_count,
            max_vocab_size=settings.max_vocab_size,
            trim_rule=settings.trim_rule,
            workers=settings.workers,
        )

    def encode(self, text: Any, vocabulary: Any, settings: Any) -> Any:
        """The ids of a text, on disk where they are many."""
        return self.encoder(text, vocabulary, cache_dir=settings.cache_dir, workers=settings.workers)


WORDS = Preparation(TextCorpus, build_vocabulary, encode_corpus)  # unknown words are left out
RUNNING_TEXT = Preparation(TextCorpus, build_language_vocabulary, encode_running_text)  # every token is predicted
SENTENCES = Preparation(TextCorpus, build_vocabulary, encode_parallel)
PAIRS = Preparation(ParallelCorpus, build_parallel_vocabulary, encode_parallel)
