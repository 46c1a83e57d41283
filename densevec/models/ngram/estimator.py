"""N-gram language models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from densevec._calls import in_a_sentence, warn
from densevec._cy.ngram import MAX_ORDER, BackoffModel
from densevec._memory import enough_memory
from densevec._parameters import param, state
from densevec._validation import as_path
from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.corpus.passes import map_in_order
from densevec.corpus.tokenizers import tokenizer_name
from densevec.errors import CorruptError, FormatWarning, NotTrainedError, ParameterError
from densevec.formats.arpa import read_arpa, write_arpa
from densevec.formats.native import Container, check_target
from densevec.models.base import READING, Estimator, Path
from densevec.models.language_model import LanguageModel
from densevec.models.needs import check_room_for_ngrams, remedies
from densevec.models.ngram.arpa import arpa_orders, levels_from_arpa
from densevec.models.ngram.counts import count_ngrams
from densevec.models.ngram.smoothing import SmoothedLevel, smooth
from densevec.models.origin import told_of
from densevec.models.parameters import CountsWords, HasThreads, PredictsText
from densevec.models.preparation import RUNNING_TEXT
from densevec.training.callbacks import Callback, check_callbacks

_OF_READING = (
    *READING,
    "language",
    "skip_symbols",
    "cache_dir",
    "workers",
)  # parameters that the model of a file takes
_OF_FILE = (*_OF_READING, "order", "cross_sentences")  # that are known of it, which has no others to be reported
_PIECE = 1 << 17  # tokens that one thread scores at a time


class NGram(Estimator, LanguageModel, CountsWords, PredictsText, HasThreads):
    """N-gram language model with modified Kneser-Ney smoothing, Kneser-Ney's or Katz's.

    P(w | h) depends on the last n − 1 words of the history.  With modified Kneser-Ney smoothing (Chen and Goodman 1999)
    it is the discounted share of w among the words found after h, interpolated with P(w | h'), h' being h without its
    first word, and so on down to the uniform distribution over the vocabulary:

        P(w | h) = max(a(h w) − D(a(h w)), 0) / a(h •) + γ(h) P(w | h'),

    where a are counts at the highest order and for n-grams that begin a sentence, elsewhere numbers of distinct words
    before, D has three values for each order, from the counts of counts, and γ makes the sum 1.  Unknown words and the
    ends of sentences are words: densevec/corpus/language.py states how.  Files in the ARPA format come and go by
    ``write_arpa`` and ``from_arpa``.

    Memory while training, beside the vocabulary: 20 bytes a token of the text and some 30 a distinct n-gram.

    >>> model = NGram([["the", "kiwi", "sleeps"], ["the", "kiwi", "eats"]] * 3, order=3, min_count=1).train()
    >>> [word for word, _ in model.next_words(["the"], topn=1)]
    ['kiwi']
    >>> model.log_prob(["the", "kiwi", "eats"]) > model.log_prob(["kiwi", "the", "eats"])
    True
    """

    command: ClassVar[str] = "ngram"
    preparation = RUNNING_TEXT

    order: int = param(default=5, kw_only=False, low=1, high=MAX_ORDER, text="n, the words of the longest n-grams")
    smoothing: Literal["modified_kneser_ney", "kneser_ney", "katz"] = param(
        default="modified_kneser_ney",
        text='"kneser_ney" has one discount for each order, "katz" backs off with the discounts of Good and Turing',
    )
    min_ngram_count: int = param(
        default=1, low=1, text="n-grams of three words and more that occur less often are left out, for a smaller model"
    )
    cross_sentences: bool = param(
        default=False, text="histories reach into the sentences before, as in running text, or begin with the sentence"
    )
    min_count: int = param(default=5, text='words that occur less often become "<unk>"')
    max_vocab_size: int | None = param(default=None, text='keep only so many words; the others become "<unk>"')
    workers: int = param(default=2, text="threads that read, sort and score; results do not depend on them")
    _vocabulary: Vocabulary | None = state(None)
    _levels: Sequence[SmoothedLevel] = state(())
    _scorer: BackoffModel | None = state(None)

    @in_a_sentence("corpus and settings are {kind}'s own, as in {kind}(corpus, order=3).train()")
    def train(
        self, *, callbacks: Sequence[Callback] = (), output: Path | None = None, progress: bool | None = None
    ) -> Self:
        """Count the n-grams of the corpus, smooth the counts, and return the model.

        There are no epochs: ``callbacks`` are not called, and ``progress`` is that of counting and encoding words.
        ``output`` is where the model will be saved; that there is room for the words is checked once they are counted,
        for the n-grams before they are smoothed.
        Errors: ParameterError, CorpusError, OutOfMemoryError; FileError when there is no room for the output.
        """
        check_callbacks(callbacks)
        if output is not None:
            check_target(output)
        text, origin = self._start()
        with enough_memory(f"the n-grams of {self.order} words and fewer", remedies(self)):
            vocabulary = self.count(text, progress)
            end_id = marks_of(vocabulary).end
            if output is not None:
                check_room_for_ngrams(output, vocabulary.words, [len(vocabulary)])
            with self.encode(text, vocabulary, progress) as encoded:
                origin = replace(origin, trained_on=told_of(self.corpus, encoded))
                crosses, size = bool(self.cross_sentences), len(vocabulary)
                counted = count_ngrams(encoded.ids, size, end_id, self.order, crosses=crosses, workers=self.workers)
            if output is not None:
                kept = [len(level) for level in counted]
                if self.min_ngram_count > 1:  # of three words and more
                    kept[2:] = [int((level.counts >= self.min_ngram_count).sum()) for level in counted[2:]]
                check_room_for_ngrams(output, vocabulary.words, kept)
            self._adopt(vocabulary, smooth(counted, self.smoothing, self.min_ngram_count))
            self._origin = origin
        return self

    def _adopt(self, vocabulary: Vocabulary, levels: Sequence[SmoothedLevel]) -> None:
        self._scorer = _scorer_of(levels, marks_of(vocabulary).end)
        self._vocabulary, self._levels = vocabulary, levels

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_scorer": None}  # it points into arrays; made again when asked for

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that are predicted, "</s>" and "<unk>" among them."""
        if self._vocabulary is None:
            raise NotTrainedError("NGram has no words yet; call train() first")
        return self._vocabulary

    @property
    def num_ngrams(self) -> list[int]:
        """How many n-grams of each order the model has, from single words on."""
        self._backoff_model()
        return [len(level) for level in self._levels]

    def _backoff_model(self) -> BackoffModel:
        if self._scorer is None:
            self._scorer = _scorer_of(self._levels, marks_of(self.vocabulary).end)
        return self._scorer

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        scorer, crosses = self._backoff_model(), bool(self._own.cross_sentences and is_running)

        def score(start: int) -> np.ndarray:
            begin = max(0, start - MAX_ORDER)  # as much of the text before as any history needs
            part: np.ndarray = scorer.score(ids[begin : start + _PIECE], crosses, start - begin)
            return part

        return map_in_order(score, (start for start in range(0, len(ids), _PIECE)), self.workers)

    @property
    def is_one_sided(self) -> bool:
        return True

    @property
    def is_normalised(self) -> bool:
        return True

    @property
    def has_log_probs(self) -> bool:
        return True

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        log_probs: np.ndarray = self._backoff_model().score_all(history, bool(self._own.cross_sentences))
        return log_probs

    # Files

    def write_arpa(self, path: Path) -> None:
        """Write the n-grams to an ARPA file, packed by its name's ending (.gz .bz2 .xz .zst), all or nothing.

        Log probabilities are to base 10; "</s>" in a history is written "<s>".  How text is read (lowercase, tokenizer,
        ...) has no place in the format: a FormatWarning says what ``from_arpa`` is to be given.
        Errors: ParameterError for a model with ``cross_sentences``, whose n-grams the format cannot tell apart, and for
        a word with white space in it or called "<s>"; FileError when the file cannot be written.
        """
        vocabulary = self.vocabulary
        if self._own.cross_sentences:
            raise ParameterError("cross_sentences must be False to write an ARPA file, which has no place for it")
        self._warn_of_lost_reading(as_path(path))
        write_arpa(path, vocabulary.words, arpa_orders(self._levels), marks_of(vocabulary).end)

    def _warn_of_lost_reading(self, path: str) -> None:
        read = {**self.reading(), "skip_symbols": self._own.skip_symbols}
        lost = {name: value for name, value in read.items() if value != self.declared()[name].default}
        if lost:
            given = [
                f"{name}={tokenizer_name(value) if callable(value) else repr(value)}" for name, value in lost.items()
            ]
            warn(
                f"{path}: an ARPA file does not say how text is read, and of this model that is {', '.join(given)}; "
                f"NGram.from_arpa({path!r}, {', '.join(given)}) gives it back, and so do these as options of "
                f"'densevec convert {path} NAME.safetensors'",
                FormatWarning,
            )

    @classmethod
    def from_arpa(cls, path: Path, **parameters: Any) -> Self:
        """The model of an ARPA file, packed or not.

        ``parameters`` say how text is read (lowercase, tokenizer, max_sentence_length, errors, normalize, language,
        skip_symbols, cache_dir) and by how many threads (workers).
        "<s>" becomes "</s>"; a file without "<unk>" gives unknown words a probability of 10^−99.  The words have counts
        of 0, since the file has none; how the n-grams were counted and smoothed it does not say either, and a file of
        the model leaves that out.
        Errors: FormatError names file and line; CorruptError, FileError when the file cannot be read; ParameterError
        for other parameters, which are those of a training, and for another order than the file's.
        """
        model = cls(**parameters)
        for name, value in parameters.items():
            if name not in _OF_READING and name != "order":
                raise ParameterError(
                    f"{name} must be left out, got {value!r:.80}: it is of training, and the n-grams of a file are "
                    f"made already; model.set_params({name}=...) sets it for a training by another text"
                )
            cls.declared()[name].check(value)
        arpa = read_arpa(path)
        words, levels = levels_from_arpa(arpa)
        if parameters.get("order", len(levels)) != len(levels):
            raise ParameterError(f"order must be that of the file, {len(levels)}, or left out, got {model.order}")
        model.order = len(levels)
        model._adopt(Vocabulary(words, np.zeros(len(words), np.int64)), levels)
        model._origin = model._new_origin().knowing(_OF_FILE)
        return model

    def _container_parts(self) -> tuple[dict[str, Any], Sequence[str], dict[str, Any]]:
        return {"counts": self.vocabulary.counts}, self.vocabulary.words, {}

    def _open(self, container: Container, path: str) -> None:
        counts = container.tensors.get("counts")
        if container.words is None or counts is None or counts.shape != (len(container.words),):
            raise CorruptError(f"{path}: an n-gram model needs words and a count for each; the file does not have them")
        try:
            self._vocabulary = Vocabulary(container.words.as_list, counts)
        except ParameterError as error:
            raise CorruptError(f"{path}: {error}") from None

    def _tensors(self) -> dict[str, np.ndarray]:
        self._backoff_model()
        return {
            f"{order}.{name}": array
            for order, level in enumerate(self._levels, 1)
            for name, array in vars(level).items()
            if array is not None
        }

    def _restore(self, tensors: Mapping[str, np.ndarray]) -> None:
        order = sum(name.endswith(".log_probs") for name in tensors)
        names = ("words", "log_probs", "log_weights", "first")
        levels = [
            SmoothedLevel(**{name: tensors.get(f"{k}.{name}") for name in names})  # type: ignore[arg-type]
            for k in range(1, order + 1)
        ]
        if not levels or len(levels[0]) != len(self.vocabulary):
            raise ValueError("there must be a probability for each word")
        self._adopt(self.vocabulary, levels)
        if self._tensors().keys() != tensors.keys():
            raise ValueError("there are arrays that belong to no order")


def _scorer_of(levels: Sequence[SmoothedLevel], end_id: int) -> BackoffModel:
    """The kernel over the arrays of all orders; ValueError when they do not fit together."""
    return BackoffModel([(level.words, level.log_probs, level.log_weights, level.first) for level in levels], end_id)
