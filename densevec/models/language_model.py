"""What all language models can do once they give the probability of a word after a history."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from densevec._calls import in_a_sentence
from densevec._random import generator
from densevec._roles import as_words
from densevec._validation import Flag, Interval, check_parameter
from densevec.corpus import EncodedCorpus, TextCorpus, Vocabulary
from densevec.corpus.gaps import BLANK, as_question
from densevec.corpus.language import (
    SENTENCE_END,
    UNKNOWN,
    encode_running_text,
    encode_separately,
    marks_of,
    without_marks,
)
from densevec.corpus.nbest import NBestList, rescore
from densevec.corpus.own_text import own_text
from densevec.corpus.perplexity import Perplexity, PerplexitySum
from densevec.corpus.roles import as_sentences
from densevec.errors import CorpusError, ParameterError
from densevec.models.generation import Sampling, draw_words, ranked_words
from densevec.models.substitutes import SHORTLIST, one_place, substitutes

Sentence = Sequence[str]
_BATCH = 4096  # sentences that are scored together


class LanguageModel(ABC):
    """P(word | the words before it), and what can be asked once that is known; all log probabilities are in nats.

    A subclass gives ``vocabulary``, made by ``build_language_vocabulary`` (its module states the convention about
    unknown words and the ends of sentences), and three hooks: how text is read, the log probabilities of all tokens
    of encoded text, and those of all words after one history.
    """

    cache_dir: str | None = None
    workers: int = 1
    skip_symbols: bool = False

    @property
    @abstractmethod
    def is_one_sided(self) -> bool:
        """Whether words are predicted from those before them alone; then text has a perplexity, and can go on."""

    @property
    @abstractmethod
    def is_normalised(self) -> bool:
        """Whether log probabilities are those of words that add up to 1; else they are scores, which rank alone."""

    @property
    @abstractmethod
    def has_log_probs(self) -> bool:
        """Whether there are log probabilities, or scores in their place, to answer the questions below with."""

    # -- hooks --

    @property
    @abstractmethod
    def vocabulary(self) -> Vocabulary:
        """The words that are predicted, "</s>" and "<unk>" among them; NotTrainedError before ``train()``."""

    @abstractmethod
    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        """log P(token | history) of every token of ``ids``, in order, in pieces of any size.

        ``ids`` int32 (T,) are sentences one after the other, each with its "</s>", ``offsets`` int64 (S + 1,) their
        bounds.  The history of the first token of a sentence is "</s>".  With ``is_running`` the sentences follow
        each other in one text, and a model may let histories reach into the sentences before; without it they have
        nothing to do with each other.
        """

    @abstractmethod
    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        """log P(word | history) of every word of the vocabulary (V,); ``history`` int32 (t,) is the sentence so far.

        A "</s>" in it ends a sentence: what stands before is another one, out of sight of a model whose histories do
        not reach into the sentences before.
        """

    @abstractmethod
    def open_text(self, source: Any, **reading: Any) -> TextCorpus:
        """``source`` read in the way of the text the model was trained on, but for the rules that are given."""

    # -- questions --

    def token_log_probs(self, sentences: Sequence[Sentence]) -> list[np.ndarray]:
        """log P of each word of each sentence given those before it, and of the sentence's end: float64 (n + 1,) each.

        ``sentences`` are lists of words that have nothing to do with each other; unknown words count as "<unk>".
        Those of the same words to the model have the same numbers to the last bit.
        Errors: ParameterTypeError or CorpusTypeError for what is not a list of lists of words.
        """
        text = own_text(self)
        given = as_sentences(sentences)
        return self._log_probs_of([text.prepare(each, f"sentence {number}") for number, each in enumerate(given, 1)])

    def _log_probs_of(self, sentences: list[list[str]]) -> list[np.ndarray]:
        """``token_log_probs`` of sentences that have been read."""
        if not sentences:
            return []
        ids, offsets = encode_separately(sentences, self.vocabulary, self._leaves_symbols_out)
        number_of, ids, offsets = _each_once(ids, offsets)  # the last bits depend on what is scored together
        values = np.concatenate([np.asarray(part, np.float64) for part in self._log_probs(ids, offsets, False)])
        return [values[offsets[number] : offsets[number + 1]].copy() for number in number_of]

    def score(self, corpus: Any) -> Iterator[tuple[list[str], np.ndarray]]:
        """The lines of a text, blank ones too, each with log P of its words and its end by itself, float64 (n + 1,).

        The text is anything a corpus may be: a ``TextCorpus`` is read by its own rules, all else as the text that the
        model was trained on.  A line of more than ``max_sentence_length`` words is cut as in training: its numbers are
        those of its sentences (``TextCorpus.sentences_of``), one after the other, each with its end.

        Errors: CorpusError when the text cannot be read or has no tokens.
        """
        text, has_tokens = without_marks(self.open_text(corpus), self._leaves_symbols_out), False
        lines = text.every_line()
        while batch := list(islice(lines, _BATCH)):
            cut = [text.sentences_of(line) for line in batch]
            log_probs = iter(self._log_probs_of([sentence for sentences in cut for sentence in sentences]))
            for line, sentences in zip(batch, cut, strict=True):
                yield line, np.concatenate(list(islice(log_probs, len(sentences))))
            has_tokens = has_tokens or any(batch)
        if not has_tokens:
            raise CorpusError(f"{text.name} is empty: it has no tokens")

    def log_prob(self, sentence: Sentence) -> float:
        """log P(sentence) = Σ_i log P(w_i | w_1 … w_{i−1}) + log P(</s> | w_1 … w_n), in nats.

        Errors: CorpusTypeError for a sentence that is not a list of words.
        """
        return float(self.token_log_probs([sentence])[0].sum())

    def perplexity(self, corpus: Any) -> Perplexity:
        """How well a text is predicted: anything a corpus may be.

        A ``TextCorpus`` is read by its own rules, all else as the text that the model was trained on.
        Errors: CorpusError when the text cannot be read or has no tokens.
        """
        self._check_one_sided("perplexity")
        marks = marks_of(self.vocabulary)
        total, done = PerplexitySum(marks.unknown, marks.end), 0
        with self._encode_running(corpus) as text:
            for part in self._log_probs(text.ids, text.offsets, True):
                total.add(text.ids[done : done + len(part)], part)
                done += len(part)
        return total.result()

    def _encode_running(self, corpus: Any) -> EncodedCorpus:
        text = self.open_text(corpus)
        return encode_running_text(
            text, self.vocabulary, cache_dir=self.cache_dir, workers=self.workers, skip_symbols=self._leaves_symbols_out
        )

    def next_words(self, history: Sentence = (), topn: int | None = 10) -> list[tuple[str, float]]:
        """The words that are most probable after the beginning of a sentence, with their probabilities.

        "</s>" stands for the sentence ending there, "<unk>" for all unknown words together; with ``topn=None`` the
        whole vocabulary, whose probabilities add up to 1.
        Errors: ParameterError for a negative ``topn``, CorpusTypeError when ``history`` is no list of words.
        """
        check_parameter("topn", topn, Interval(int, 0, optional=True))
        self._check_one_sided("next_words")
        return ranked_words(self.vocabulary.words, self._next_log_probs(self._as_history(history)), topn)

    def predict_next(self, tokens: Sentence = (), topn: int | None = 10) -> list[tuple[str, float]]:
        """``next_words`` by the name that goes with ``predict_output_word``."""
        return self.next_words(tokens, topn)

    @in_a_sentence("tokens are the words that the text begins with")
    def generate(
        self,
        tokens: Sentence = (),
        length: int = 30,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        unknown: bool = False,
        seed: int | None = None,
    ) -> list[str]:
        """Words that go on where ``tokens`` end, each drawn from P(word | tokens and the words drawn before it).

        They end with the sentence ("</s>" is not given), or after ``length`` words.

        Parameters
        ----------
        tokens : the beginning of a sentence; unknown words count as "<unk>"
        length : at most so many words
        temperature : words are drawn by P^(1/temperature), made to sum to 1: below 1 likely words become likelier; at 0
            each is the most probable one, the first of ``next_words``
        top_k : draw among the k most probable words only
        top_p : draw among the fewest most probable words whose probabilities add up to p (Holtzman et al. 2020), after
            ``temperature`` and ``top_k``
        unknown : whether "<unk>" may be drawn
        seed : the same words for the same seed; None: others each time

        Raises
        ------
        ParameterError : for a value that breaks its rule, and for a model that is no model of text
        CorpusTypeError : when ``tokens`` is no list of words
        """
        sampling = Sampling(length, temperature, top_k, top_p, seed)
        sampling.check()
        check_parameter("unknown", unknown, Flag())
        self._check_one_sided("generate")
        marks, words = marks_of(self.vocabulary), self.vocabulary.words
        random = np.random.default_rng() if seed is None else generator(seed, "generation")
        never = None if unknown else marks.unknown
        found = draw_words(self._next_log_probs, self._as_history(tokens), never, marks.end, sampling, random)
        return [words[row] for row in found]

    @property
    def _leaves_symbols_out(self) -> bool:
        """``skip_symbols``, of an estimator that which it was trained with."""
        return bool(getattr(self, "_own", self).skip_symbols)

    def _check_one_sided(self, what: str, instead: str = "train with context='left'") -> None:
        if not self.is_one_sided:
            raise ParameterError(
                f"context must be 'left' for {what}, got 'both', whose probabilities of words given the words around "
                f"them are no model of text; {instead}"
            )

    def _as_history(self, tokens: Sentence) -> np.ndarray:
        """The ids of the beginning of a sentence, without its end."""
        ids, _ = encode_separately([own_text(self).prepare(tokens)], self.vocabulary, self._leaves_symbols_out, True)
        return ids[:-1]

    @in_a_sentence("choices are the words that may fill the gap of the sentence")
    def complete(self, sentence: Sequence[str | None] | str, choices: Sequence[str]) -> list[tuple[str, float]]:
        """The choices for the blank of a sentence, each with log P of the sentence it makes, the most probable first.

        ``sentence`` is a string with "_____" where a word is missing, which is cut as the model's text was (and so are
        the choices), or a list of words with "_____" or None there; of two equally probable choices the one named
        first comes first.  A choice may have several words.
        Errors: ParameterError when there is not exactly one blank, or no choice.
        """
        gap = as_question(sentence, choices, own_text(self))
        filled = [[*gap.before, *words, *gap.after] for words in gap.cut]
        return gap.ranked([float(values.sum()) for values in self.token_log_probs(filled)])

    def substitution_scores(self, tokens: Sentence, position: int, candidates: Sequence[str]) -> np.ndarray:
        """log P of the sentence with each candidate at ``position``, (n,), in nats; unknown words count as "<unk>".

        Errors: ParameterError for a position outside the sentence.
        """
        tokens, position = one_place(tokens, position)
        words = as_words(candidates, "candidates")
        filled = [[*tokens[:position], word, *tokens[position + 1 :]] for word in words]
        return np.array([values.sum() for values in self.token_log_probs(filled)], np.float64)

    def substitutes(
        self,
        tokens: Sentence,
        position: int,
        candidates: Sequence[str] | None = None,
        topn: int | None = 10,
    ) -> list[tuple[str, float]]:
        """Words that could stand at ``position`` instead, with their ``substitution_scores``, best first.

        candidates : words to choose from; if None, the 200 that are most probable after what stands before the place

        Errors: ParameterError without candidates for a model that is not ``is_one_sided``.
        """
        return substitutes(self.substitution_scores, self._shortlist, tokens, position, candidates, topn)

    def _shortlist(self, tokens: list[str], position: int) -> list[str]:
        self._check_one_sided("substitutes without candidates", "name the candidates to choose from (--candidates)")
        read, place = own_text(self).prepare_place(tokens, position)
        left_out = (SENTENCE_END, UNKNOWN, read[place])
        likely = self.next_words(tokens[:position], SHORTLIST + len(left_out))
        return [word for word, _ in likely if word not in left_out][:SHORTLIST]

    def rescore(self, lists: Sequence[NBestList], *, weight: float = 1.0, length_bonus: float = 0.0) -> list[NBestList]:
        """N-best lists by weight · score + log P + length bonus · words, the best first (see corpus/nbest.py)."""
        return rescore(self, lists, weight=weight, length_bonus=length_bonus)


def _each_once(ids: np.ndarray, offsets: np.ndarray) -> tuple[list[int], np.ndarray, np.ndarray]:
    """The number that each sentence has among the distinct ones, and the ids and bounds of these."""
    sentences = [ids[start:end].tobytes() for start, end in pairwise(offsets)]
    numbers = {sentence: number for number, sentence in enumerate(dict.fromkeys(sentences))}
    bounds = np.cumsum([0, *(len(sentence) // ids.itemsize for sentence in numbers)], dtype=np.int64)
    return [numbers[sentence] for sentence in sentences], np.frombuffer(b"".join(numbers), ids.dtype).copy(), bounds


__all__ = ["BLANK", "SENTENCE_END", "UNKNOWN", "LanguageModel"]
