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

_COUNTING = ("min_count", "max_vocab_size", "trim_rule", "workers")


@dataclass(frozen=True)
class Preparation:
    """How a model's text is opened, counted and encoded.

    corpus : the class of corpora; made of a source and the parameters of reading
    counter, encoder : of ``densevec.corpus``
    options : names of the settings that both are told beside what all are
    """

    corpus: type[TextCorpus] | type[ParallelCorpus]
    counter: Callable[..., Any]
    encoder: Callable[..., Any]
    options: tuple[str, ...] = ()

    def count(self, text: Any, settings: Any) -> Any:
        """The vocabulary that the settings of an estimator want."""
        return self.counter(text, **chosen(settings, *_COUNTING, *self.options))

    def encode(self, text: Any, vocabulary: Any, settings: Any) -> Any:
        """The ids of a text, on disk where they are many."""
        return self.encoder(text, vocabulary, **chosen(settings, "cache_dir", "workers", *self.options))


def chosen(settings: Any, *names: str) -> dict[str, Any]:
    """Some of the settings by name, for a function that calls them the same."""
    return {name: getattr(settings, name) for name in names}


WORDS = Preparation(TextCorpus, build_vocabulary, encode_corpus)  # unknown words are left out
# every token is predicted
RUNNING_TEXT = Preparation(TextCorpus, build_language_vocabulary, encode_running_text, ("skip_symbols",))
SENTENCES = Preparation(TextCorpus, build_vocabulary, encode_parallel)
PAIRS = Preparation(ParallelCorpus, build_parallel_vocabulary, encode_parallel)
