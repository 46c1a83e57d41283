"""What skip-gram and CBOW have in common as estimators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from densevec._calls import in_a_sentence
from densevec._parameters import state
from densevec.corpus import Vocabulary
from densevec.corpus.growth import Growth
from densevec.corpus.own_text import own_text
from densevec.errors import NotTrainedError, ParameterError
from densevec.layers.word_pieces import WordPieces
from densevec.models.base import Path
from densevec.models.completion import complete
from densevec.models.growing import Grows, Wanted
from densevec.models.output_words import predict_output_word
from densevec.models.preparation import WORDS
from densevec.models.substitutes import (
    SHORTLIST,
    evidence_of_tables,
    known_candidates,
    one_place,
    substitutes,
    weighed_scores,
    yardstick,
)
from densevec.models.tasks.growth import go_on_from, go_on_from_ngrams
from densevec.models.tasks.model import Job
from densevec.models.trained_vectors import vocabulary_of
from densevec.models.word2vec.kernel import table_shapes
from densevec.models.word2vec.parameters import PointParameters
from densevec.models.word2vec.task import PointTask, outputs_of
from densevec.training.callbacks import Callback
from densevec.training.resume import SavedTraining
from densevec.training.tables import Weights, checked_tables
from densevec.vectors import KeyedVectors, SubwordVectors

if TYPE_CHECKING:
    import torch

    from densevec.layers.output import OutputLayer
    from densevec.models.word2vec.network import PointNetwork
    from densevec.models.word2vec.row_parts import PointPartTask

_INPUT = "input.weight"  # the table of word vectors, by the network's name for it


class PointEmbedding(PointParameters, Grows[KeyedVectors]):
    """A vector for every word, learned by predicting words within a window."""

    preparation = WORDS
    trains_together = ("fused", "torch")
    _weights: Weights | None = state(None)
    _keep: Any = state(None)  # (V,) probability that subsampling keeps a token
    # Of the scores of ``substitution_scores``, as benchmarks/substitutes.py fits them on pseudo-words: 5 M tokens of
    # Wikipedia, 200 pairs, 700 questions.  Skip-gram's are 1.69 and 1.76, CBOW's 1.60 and 1.50.
    substitution_weights: ClassVar[Mapping[str, float]] = {"word": 1.65, "sentence": 1.65}

    @property
    def output(self) -> OutputLayer:
        """The trained output layer; ``log_probs`` of a query gives log P(word) where it is a density model."""
        return self._trained_network().output

    def complete(
        self, sentence: Sequence[str] | str, choices: Sequence[str], *, window: int | None = None
    ) -> list[tuple[str, float]]:
        """The choices for the gap of a sentence with their scores, best first.

        Skip-gram predicts the rest of the sentence from each choice v (Mikolov et al. 2013): Σ_c w_c a(x_v, c), over
        its known words c.  CBOW predicts the choice from the rest: a(h, v), h = Σ_c w_c x_c / Σ_c w_c (or the sum).
        w_c is the probability that subsampling keeps c.  a(h, w) is log P(w | h) in nats, with
        negative sampling s(h, w), an estimate of log P(w | h)/P_noise(w) − log negative (Levy & Goldberg 2014).
        A choice of several tokens has the mean score of its known ones, one without any −∞.

        Parameters
        ----------
        sentence : its tokens, or a string, which is cut as the model's text was; "_____" or None stands for the gap
        choices : words; the tokens of one such as "country - dance" with spaces between them
        window : only so many words on either side of the gap count; the whole sentence if None

        Raises
        ------
        ParameterError : unless there is exactly one gap
        """
        network = self._trained_network()
        return complete(self._own_vectors, self._keep, network.fit, own_text(self), sentence, choices, window)

    def substitution_scores(self, tokens: Sequence[str], position: int, candidates: Sequence[str]) -> np.ndarray:
        """How well known words could stand at ``position``, (n,), higher is better.

        A sum of two scores of a candidate x, each standardised (see below) and with the weight 1.65: the cosine with
        the word by itself, and how well x fits the words about the place by the model's two tables, as ``complete`` has
        it (Melamud, Levy & Dagan 2015), those up to 10 tokens away, each with the probability that subsampling keeps it
        over the root of its distance.

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
        self, tokens: Sequence[str], position: int, candidates: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """The scores by name, (n,) each, that ``substitution_scores`` weighs; no "sentence" without known words."""
        vectors, network = self._own_vectors, self._trained_network()
        tokens, position = self._read_place(tokens, position)
        vectors.get_index(tokens[position])
        words = known_candidates(vectors, own_text(self), candidates)
        return evidence_of_tables(vectors, self._keep, network.fit, tokens, position, words)

    def substitutes(
        self,
        tokens: Sequence[str],
        position: int,
        candidates: Sequence[str] | None = None,
        topn: int | None = 10,
    ) -> list[tuple[str, float]]:
        """Words that could stand at ``position`` instead, with their ``substitution_scores``, best first, each once.

        candidates : known words to choose from; if None, the 200 words nearest to the word by cosine, whose scores are
            standardised among themselves
        """
        among_themselves = partial(weighed_scores, self.substitution_evidence, self.substitution_weights)
        return substitutes(
            self.substitution_scores, self._shortlist, tokens, position, candidates, topn, among_themselves
        )

    def _shortlist(self, tokens: list[str], position: int) -> list[str]:
        tokens, position = self._read_place(tokens, position)
        return [word for word, _ in self._own_vectors.most_similar(tokens[position], topn=SHORTLIST)]

    @in_a_sentence("context_words are those around the word that is predicted")
    def predict_output_word(self, context_words: Sequence[str], topn: int | None = 10) -> list[tuple[str, float]]:
        """The words most probable among some others with their probabilities, as gensim's ``predict_output_word``.

        P(w) ∝ exp s(h, w) over all words, h the mean of the context words' vectors (of CBOW with ``combine="sum"``
        their sum), s the scores of the output layer: of skip-gram with a softmax the geometric mean of the context
        words' own predictions, made to sum to 1.  Negative sampling's scores are no log probabilities, and what the
        softmax makes of them, as in gensim, leaves frequent words with less than their share.

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
        context = own_text(self).prepare(context_words)
        return predict_output_word(self._own_vectors, self._trained_network().output_log_probs, context, topn)

    @property
    def _network(self) -> PointNetwork | None:
        """The network of what was learned, None before there is any."""
        self._follow_vectors()
        if self._weights is None:
            return None
        network: PointNetwork = self._weights.network(self._unfilled, f"the output layer of {type(self).__name__}")
        return network

    def _unfilled(self) -> PointNetwork:
        settings = self._own
        return self._make_network(settings, vocabulary_of(self._own_vectors, settings.dim), None)

    def _trained_network(self) -> PointNetwork:
        network = self._network
        if network is None:
            raise NotTrainedError(f"{type(self).__name__} has no output layer yet; call train() first")
        return network

    # Hooks of the template

    @abstractmethod
    def _make_network(
        self, settings: Any, vocabulary: Vocabulary, seed: torch.Generator | None, pieces: WordPieces | None = None
    ) -> PointNetwork:
        """The network of these settings, its vectors drawn by ``seed`` or left to be filled, or made of rows."""

    @staticmethod
    def _make_output(settings: Any, vocabulary: Vocabulary) -> OutputLayer:
        from densevec.layers.output.choice import make_output

        return make_output(
            settings.output_layer,
            vocabulary.counts,
            vocabulary.counts * vocabulary.keep_probability(settings.sample),
            settings.dim,
            negative=settings.negative,
            size=settings.noise_size,
            exponent=settings.ns_exponent,
        )

    def _task(self, job: Job, start: int) -> PointTask | PointPartTask:
        if self._shares_rows and job.group is not None:
            from densevec.models.word2vec.row_parts import PointPartTask

            return PointPartTask(job, start, job.group)
        pieces, vocabulary, settings = None, job.vocabulary, job.settings
        if settings.subwords is not None:
            shortest, longest = settings.subwords
            usage = vocabulary.counts * vocabulary.keep_probability(settings.sample)
            pieces = WordPieces(vocabulary.words, usage, (shortest, longest), settings.buckets)
        return PointTask(job, start, partial(self._make_network, settings, vocabulary, pieces=pieces), pieces)

    def _adopt(self, task: PointTask | PointPartTask, vocabulary: Vocabulary) -> None:
        self._weights, self._keep = task.weights, task.keep

    def _vectors_from(
        self, task: PointTask | PointPartTask, vocabulary: Vocabulary, is_final: bool
    ) -> KeyedVectors | None:
        return task.vectors(is_final, self._described(), self.cache_dir)

    @in_a_sentence("all other settings are those that {kind} was trained with")
    def update(
        self,
        corpus: Any,
        *,
        learning_rate: float | None = None,
        epochs: int | None = None,
        min_count: int | None = None,
        checkpoint: Path | None = None,
        checkpoint_minutes: float = 10.0,
        resume: Path | SavedTraining | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
    ) -> Self:
        """Go on learning from another text, whose new words enter, and return the model.

        Counts add up, and rows are again in the order of counts; words that are known stay.  Word vectors and the
        output layer go on from where they are, and so do the n-grams of sub-words, of which new words are made from
        the first step on; without sub-words those start as in training.  Interrupted, or on an error, the model is as
        it was.

        SkipGram without sub-words begins at one and a half times the model's own learning rate, and each word's rows
        are in the end the mean of what they were, with the weight n₀/2, and of what they have come to, with n₁: n₀ and
        n₁ are the word's tokens in all earlier texts and in this one.

        Parameters
        ----------
        corpus : anything that a corpus may be; it is read as the model's own was
        learning_rate : that steps begin with; if None the model's own, or for SkipGram as above.  It falls as in
            training
        epochs, min_count : passes over the new text, and how often a new word must come in it; the model's if None
        checkpoint, checkpoint_minutes, resume : as in ``train``: the update that a checkpoint is of goes on, where this
            model is the one that it began with, and text and arguments are the same
        callbacks, progress : as in ``train``; until the end callbacks see the model as it was

        Raises
        ------
        NotTrainedError : before ``train()``
        ParameterError : for vectors that were changed by hand; for what is not as the checkpoint has it, as
            CorpusError; for the output layers "hierarchical" and "class", whose trees and classes follow from counts
        CorpusError : for a text without a word that is known or enters
        TrainingError : as ``train``
        """
        kept = checkpoint, checkpoint_minutes, resume
        return self._update(corpus, Wanted(learning_rate, epochs, min_count, 0.0, *kept, callbacks, progress))

    def _learned(self) -> Mapping[str, Any]:
        if (output_layer := self._own.output_layer) in ("hierarchical", "class"):
            raise ParameterError(
                "output_layer must have a row for each word to be updated, and what 'hierarchical' and 'class' have is "
                f"cut by the counts, got {output_layer!r}; train on all of the text together"
            )
        return {**self._tensors(), _INPUT: self._own_vectors.vectors}

    def _dense(self) -> Sequence[str]:
        return ()

    def _grow(self, model: Self, growth: Growth) -> None:
        """Nothing: a vocabulary is enough."""

    def _own_pulls(self, task: Any, growth: Growth, weight: float) -> Sequence[Callback]:
        return ()

    def _go_on(self, task: PointTask, learned: Mapping[str, Any], rows: np.ndarray) -> None:
        if isinstance(self._own_vectors, SubwordVectors):
            go_on_from_ngrams(task.means, self._own_vectors.subwords.rows)
            task.composed = {_INPUT: task.means}
        go_on_from(task.weights, task.engine.squares(), learned, rows, composed=task.composed)

    def _tensors(self) -> Mapping[str, Any]:
        if self._weights is None:
            self._trained_network()
            return {}
        return outputs_of(self._weights.tables)

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        settings = self._own
        vocabulary = vocabulary_of(self._own_vectors, settings.dim)
        tables = {**tensors, _INPUT: self._own_vectors.vectors}
        if settings.output_layer in self.fused_takes["output_layer"]:
            tables = checked_tables(tables, table_shapes(settings, len(vocabulary)))
        self._weights, self._keep = Weights(tables), vocabulary.keep_probability(settings.sample)
        if settings.output_layer not in self.fused_takes["output_layer"]:
            self._trained_network()  # which looks at the tensors itself
