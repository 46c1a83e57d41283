"""What models that learn words from the words around them are asked about sentences: gaps, substitutes, predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from densevec._calls import in_a_sentence
from densevec._parameters import state
from densevec._validation import Interval, check_parameter
from densevec.corpus.gaps import as_question
from densevec.corpus.own_text import own_text
from densevec.errors import MissingWordError
from densevec.models.generation import ranked_words
from densevec.models.substitutes import (
    SHORTLIST,
    context_of,
    known_candidates,
    one_place,
    rows_of,
    substitutes,
    weighed_scores,
    yardstick,
)


class AnswersBySentence(ABC):
    """A model whose network says how well words explain, or are explained by, those of a sentence.

    A subclass, which is a ``GradientModel`` too, gives that network, and what else it knows of substitutes.
    """

    # Of the scores of ``substitution_scores``, as benchmarks/substitutes.py fits them on pseudo-words: 5 M tokens of
    # Wikipedia, 200 pairs, 700 questions
    substitution_weights: ClassVar[Mapping[str, float]]
    _keep: Any = state(None)  # (V,) probability that subsampling keeps a token

    @abstractmethod
    def _trained_network(self) -> Any:
        """What has ``fit`` of words (N,) among context words (W,) that count weight (W,) each, scores (N,), and
        ``output_log_probs`` (V,) given words (W,), all by their rows; NotTrainedError before ``train()``."""

    @abstractmethod
    def _nearest(self, tokens: list[str], position: int, topn: int) -> list[tuple[str, float]]:
        """The words nearest to one in its sentence, as the model reads it, which may be among them."""

    @abstractmethod
    def _own_evidence(self, tokens: list[str], position: int, words: list[str]) -> Mapping[str, np.ndarray]:
        """Further scores of ``substitution_evidence``, of a sentence as the model reads it."""

    @in_a_sentence("choices are the words that may fill the gap of the sentence")
    def complete(
        self: Any, sentence: Sequence[str] | str, choices: Sequence[str], *, window: int | None = None
    ) -> list[tuple[str, float]]:
        """The choices for the gap of a sentence with their scores, best first.

        SkipGram predicts the rest of the sentence from each choice v (Mikolov et al. 2013): Σ_c w_c a(x_v, c), over
        its known words c.  CBOW predicts the choice from the rest: a(h, v), h = Σ_c w_c x_c / Σ_c w_c (or the sum).
        a(h, w) is log P(w | h) in nats, of "nce" with the normaliser taken to be 1, with negative sampling s(h, w), an
        estimate of log P(w | h)/P_noise(w) − log negative (Levy & Goldberg 2014).  BayesianSkipGram asks how well the
        density of v, before it has seen the sentence, explains it: Σ_c w_c log P(c | z ~ p_v), in nats, P the decoder's
        with its exact normaliser.

        w_c is the probability that subsampling keeps c.  A choice of several tokens has the mean score of its known
        ones, one without any −∞.

        Parameters
        ----------
        sentence : its tokens, or a string, which is cut as the model's text was; "_____" or None stands for the gap
        choices : words; the tokens of one such as "country - dance" with spaces between them
        window : only so many words on either side of the gap count; the whole sentence if None

        Raises
        ------
        ParameterError : unless there is exactly one gap
        """
        network, vectors = self._trained_network(), self._own_vectors
        gap = as_question(sentence, choices, own_text(self))
        before, after = gap.before, gap.after
        if window is not None:
            check_parameter("window", window, Interval(int, 1))
            before, after = before[-window:], after[:window]
        rows = [[vectors.get_index(token, -1) for token in tokens] for tokens in gap.cut]
        context = np.array([vectors.get_index(token, -1) for token in before + after], dtype=np.int64)
        context = context[context >= 0]
        words = np.array(sorted({row for each in rows for row in each if row >= 0}), dtype=np.int64)
        scores = dict.fromkeys(words.tolist(), 0.0)  # where nothing is known of the rest
        if len(words) and len(context):
            found = network.fit(words, context, self._keep[context])
            scores = dict(zip(words.tolist(), found.tolist(), strict=True))
        means = []
        for each in rows:
            known = [scores[row] for row in each if row >= 0]
            means.append(float(np.mean(known)) if known else -np.inf)
        return gap.ranked(means)

    def substitution_scores(self: Any, tokens: Sequence[str], position: int, candidates: Sequence[str]) -> np.ndarray:
        """How well known words could stand at ``position``, (n,), higher is better.

        A weighted sum of two scores of a candidate x, each standardised (see below), for SkipGram and CBOW

            1.65 word + 1.65 sentence,

        word its cosine with the word v by itself, and sentence how well it fits the words c about the place, as
        ``complete`` has it (Melamud, Levy & Dagan 2015), those up to 10 tokens away with w_c the probability that
        subsampling keeps c over the root of its distance.  BayesianSkipGram has a third, how near x is to v's
        posterior q in this sentence:

            1.3 cos(m_x, m_v) − 0.8 KL(p_x‖q) + 1.5 Σ_c w_c log P(c | z ~ p_x).

        Standardised is by the mean and the deviation over up to a hundred other words, every fourth of the 200 nearest
        to the word by itself and as many from all over the vocabulary: 0 is a word between these, and no candidate
        changes another's score.

        The weights make the right words of pseudo-words likeliest (``PseudoWords``) among the nearest neighbours of
        both of a pseudo-word's parts (a conditional logit model, McFadden 1974), each score standardised among these:
        they were fitted on text alone.

        Errors: KeyError for words that are not known, ParameterError for a position outside the sentence.
        """
        vectors, (tokens, position) = self._own_vectors, one_place(tokens, position)
        words, (read, place) = known_candidates(vectors, own_text(self), candidates), self._read_place(tokens, position)
        among = yardstick(vectors, read[place])
        return weighed_scores(self.substitution_evidence, self.substitution_weights, tokens, position, words, among)

    def substitution_evidence(
        self: Any, tokens: Sequence[str], position: int, candidates: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """The scores by name, (n,) each, that ``substitution_scores`` weighs; no "sentence" without known words."""
        vectors, network = self._own_vectors, self._trained_network()
        tokens, position = self._read_place(tokens, position)
        vectors.get_index(tokens[position])
        words = known_candidates(vectors, own_text(self), candidates)
        evidence = {"word": vectors.scores(tokens[position], words, measure="cosine")}
        context = context_of(vectors, self._keep, tokens, position)
        if len(context.rows):
            evidence["sentence"] = network.fit(rows_of(vectors, words), *context)
        return {**evidence, **self._own_evidence(tokens, position, words)}

    def substitutes(
        self: Any,
        tokens: Sequence[str],
        position: int,
        candidates: Sequence[str] | None = None,
        topn: int | None = 10,
    ) -> list[tuple[str, float]]:
        """Words that could stand at ``position`` instead, with their ``substitution_scores``, best first, each once.

        candidates : known words to choose from; if None, the 200 words nearest to the word by cosine, of
            BayesianSkipGram to its posterior by −KL(word‖posterior), whose scores are standardised among themselves
        """
        among_themselves = partial(weighed_scores, self.substitution_evidence, self.substitution_weights)
        return substitutes(
            self.substitution_scores, self._shortlist, tokens, position, candidates, topn, among_themselves
        )

    def _shortlist(self: Any, tokens: list[str], position: int) -> list[str]:
        tokens, position = self._read_place(tokens, position)
        return [word for word, _ in self._nearest(tokens, position, SHORTLIST) if word != tokens[position]]

    @in_a_sentence("context_words are those around the word that is predicted")
    def predict_output_word(self: Any, context_words: Sequence[str], topn: int | None = 10) -> list[tuple[str, float]]:
        """The words most probable among some others with their probabilities, as gensim's ``predict_output_word``.

        Of CBOW P(w | h), h the mean of the context words' vectors (with ``combine="sum"`` their sum), of SkipGram
        P(w) ∝ Π_c P(w | c)^(1/n) over n context words c, the geometric mean of what each of them predicts; with a
        softmax over all words that is P(w | h), too.  Negative sampling has no probabilities: P(w) ∝ exp s(h, w) of
        its scores s, as in gensim, leaves frequent words with less than their share.

        Of BayesianSkipGram P(w) ∝ Π_c P(w | z ~ p_c)^(1/n) over n context words c: the geometric mean of what each of
        them, by its density before it has seen the others, says of the words around it.  P is the decoder's.

        Parameters
        ----------
        context_words : words, in any order; unknown ones do not count
        topn : so many of the most probable words; None for all, whose probabilities add up to 1

        Raises
        ------
        ParameterError : for a negative ``topn``
        CorpusTypeError : when ``context_words`` is no list of words
        MissingWordError : when none of the context words is known
        """
        context, vectors = own_text(self).prepare(context_words), self._own_vectors
        network = self._trained_network()
        check_parameter("topn", topn, Interval(int, 0, optional=True))
        rows = np.array([vectors.get_index(word, -1) for word in context], np.int64)
        known = rows[rows >= 0]
        if not len(known):
            raise MissingWordError(
                "at least one of the context words must be known to predict a word from them, got "
                f"{list(context)!r:.200}"
            )
        return ranked_words(vectors.words, network.output_log_probs(known), topn)
