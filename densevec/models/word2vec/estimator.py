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
from densevec.errors import NotTrainedError, ParameterError
from densevec.layers.word_pieces import WordPieces
from densevec.models.base import Path
from densevec.models.by_sentence import AnswersBySentence
from densevec.models.gradient_model import GradientModel
from densevec.models.growing import Grows, Wanted, go_on_with
from densevec.models.preparation import WORDS
from densevec.models.tasks.growth import go_on_from, go_on_from_ngrams
from densevec.models.tasks.model import Job
from densevec.models.word2vec.kernel import table_shapes
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


class PointEmbedding(AnswersBySentence, Grows, GradientModel[KeyedVectors]):
    """A vector for every word, learned by predicting words within a window."""

    preparation = WORDS
    trains_together = ("fused", "torch")
    _weights: Weights | None = state(None)
    # Between those of skip-gram, 1.69 and 1.76, and of CBOW, 1.60 and 1.50
    substitution_weights: ClassVar[Mapping[str, float]] = {"word": 1.65, "sentence": 1.65}

    @property
    def output(self) -> OutputLayer:
        """The trained output layer; ``log_probs`` of a query gives log P(word) where it is a density model."""
        return self._trained_network().output

    def _nearest(self, tokens: list[str], position: int, topn: int) -> list[tuple[str, float]]:
        return self._own_vectors.most_similar(tokens[position], topn=topn)

    def _own_evidence(self, tokens: list[str], position: int, words: list[str]) -> Mapping[str, np.ndarray]:
        return {}

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
        return self._make_network(settings, self._vocabulary(self._own_vectors, settings.dim), None)

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
            vocabulary.kept_counts(settings.sample),
            settings.dim,
            negative=settings.negative,
            size=settings.noise_size,
            exponent=settings.ns_exponent,
        )

    def _task(self, job: Job, start: int) -> PointTask | PointPartTask:
        if self.share_rows and job.group is not None:
            from densevec.models.word2vec.row_parts import PointPartTask

            return PointPartTask(job, start, job.group)
        pieces, vocabulary, settings = None, job.vocabulary, job.settings
        if settings.subwords is not None:
            shortest, longest = settings.subwords
            kept_counts = vocabulary.kept_counts(settings.sample)
            pieces = WordPieces(vocabulary.words, kept_counts, (shortest, longest), settings.buckets)
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
        max_vocab_size: int | None = None,
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
        max_vocab_size : how many words the model may have once the new ones enter, the most frequent first; the model's
            if None.  Known words stay however few it lets be; the log says how many new ones found no room
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
        counting = epochs, min_count, max_vocab_size
        kept = checkpoint, checkpoint_minutes, resume
        wanted = Wanted(learning_rate, *counting, 0.0, *kept, callbacks, progress)
        updated: Self = go_on_with(self, corpus, wanted)
        return updated

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
        vocabulary = self._vocabulary(self._own_vectors, settings.dim)
        tables = {**tensors, _INPUT: self._own_vectors.vectors}
        if settings.output_layer in self.fused_takes["output_layer"]:
            tables = checked_tables(tables, table_shapes(settings, len(vocabulary)))
        self._weights, self._keep = Weights(tables), vocabulary.keep_probability(settings.sample)
        if settings.output_layer not in self.fused_takes["output_layer"]:
            self._trained_network()  # which looks at the tensors itself
