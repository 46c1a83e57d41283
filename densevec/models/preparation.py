"""From a corpus to ids: the kinds of text that models read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from densevec.corpus.parallel import MAX_PAIR_LENGTH
from densevec.corpus.raw import open_corpus
from densevec.corpus.readers import OfFiles
from densevec.training.progress import Progress

_COUNTING = ("min_count", "max_vocab_size", "trim_rule", "workers")


@dataclass(frozen=True)
class Preparation:
    """How a model's text is opened, counted and encoded.

    corpus : the class of corpora
    opener : makes one of a source and the parameters of reading
    counter, encoder : of ``densevec.corpus``
    options : names of the settings that both are told beside what all are
    """

    corpus: type[TextCorpus] | type[ParallelCorpus]
    opener: Callable[..., Any]
    counter: Callable[..., Any]
    encoder: Callable[..., Any]
    options: tuple[str, ...] = ()

    def open(self, source: Any, reading: Mapping[str, Any]) -> Any:
        """A corpus as it is; anything else as the source of one that is read by these rules."""
        return source if isinstance(source, self.corpus) else self.opener(source, **reading)

    def has_own_rules(self, source: Any) -> bool:
        """Whether a corpus is read by rules of its own: one that is open, raw text, or pairs of which a side is."""
        is_two = self.corpus is ParallelCorpus and isinstance(source, list | tuple) and len(source) == 2
        return any(
            isinstance(each, self.corpus | TextCorpus | OfFiles) for each in (source, *(source if is_two else ()))
        )

    def count(self, text: Any, settings: Any, progress: bool | None = False) -> Any:
        """The vocabulary that the settings of an estimator want; ``progress`` as in ``train``."""
        with Progress(None, enabled=progress, task="counting") as bar:
            return self.counter(text, progress=bar.add, **chosen(settings, *_COUNTING, *self.options))

    def encode(self, text: Any, vocabulary: Any, settings: Any, progress: bool | None = False) -> Any:
        """The ids of a text, on disk where they are many; ``progress`` as in ``train``."""
        told = chosen(settings, "cache_dir", "workers", *self.options)
        with Progress(None, enabled=progress, task="encoding") as bar:
            return self.encoder(text, vocabulary, progress=bar.add, **told)


def chosen(settings: Any, *names: str) -> dict[str, Any]:
    """Some of the settings by name, for a function that calls them the same."""
    return {name: getattr(settings, name) for name in names}


def _open_pairs(source: Any, *, max_sentence_length: int, **reading: Any) -> ParallelCorpus:
    """The limit that nobody chose leaves texts their own."""
    limit = None if max_sentence_length == MAX_PAIR_LENGTH else max_sentence_length
    return ParallelCorpus(source, max_sentence_length=limit, **reading)


WORDS = Preparation(TextCorpus, open_corpus, build_vocabulary, encode_corpus)  # unknown words are left out
# every token is predicted
RUNNING_TEXT = Preparation(TextCorpus, open_corpus, build_language_vocabulary, encode_running_text, ("skip_symbols",))
SENTENCES = Preparation(TextCorpus, open_corpus, build_vocabulary, encode_parallel)
PAIRS = Preparation(ParallelCorpus, _open_pairs, build_parallel_vocabulary, encode_parallel)
