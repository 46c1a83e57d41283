"""The Bayesian skip-gram: a prior density for every word, a posterior density for every word in its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from densevec._parameters import state
from densevec._roles import as_words
from densevec.corpus import Vocabulary
from densevec.corpus.growth import Growth
from densevec.corpus.own_text import own_text
from densevec.densities import Gaussian
from densevec.errors import NotTrainedError, ParameterError
from densevec.models import growing
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.sentences import Sentences
from densevec.models.bayesian_skipgram.tables import table_shapes, with_priors
from densevec.models.bayesian_skipgram.task import BayesianSkipGramTask, make_network
from densevec.models.bayesian_skipgram.unknown import UNKNOWN, UnknownWords, learn_unknown
from densevec.models.by_sentence import AnswersBySentence
from densevec.models.gradient_model import GradientModel
from densevec.models.growing import Grows
from densevec.models.ngram_fit import with_ngrams
from densevec.models.preparation import WORDS
from densevec.models.senses import WordSenses, find_senses
from densevec.models.senses.finding import Options
from densevec.models.tasks.growth import SQUARES, RowSquares, go_on_from
from densevec.models.tasks.model import Job
from densevec.models.trained_vectors import ReadsSentences, calibrate
from densevec.models.unseen import words_left_out
from densevec.training.callbacks import Callback
from densevec.training.tables import Weights, checked_tables
from densevec.vectors import DensityVectors

if TYPE_CHECKING:
    from densevec.models.bayesian_skipgram.network import Network

_EMBEDDING = "encoder.embedding.weight"


class BayesianSkipGram(
    BayesianSkipGramParameters,
    AnswersBySentence,
    Grows,
    GradientModel[DensityVectors],
    ReadsSentences[DensityVectors],
):
    """Bayesian skip-gram: every word a Gaussian, and another one in every context (Bražinskas et al. 2018).

    A word v has the prior p(z|v) = N(m_v, s_v).  An encoder turns a word and its window into the posterior
    q(z|v, context), and z explains the words c_k of the window.  Training minimises, per token,

        kl_weight · KL(q‖p_v) + Σ_k loss(c_k),

    in nats, with the loss of ``objective``.  q's mean is m_v + δ(v, context), so that a sentence that says nothing
    changes nothing (``residual``).  One half of a window, by chance, is kept from the encoder; the sum is over that
    half, and KL(q‖p_v) counts by its share of the window (``leave_out``): a posterior that predicts words it has not
    seen learns what the sentence makes of the word, one that repeats those it has seen learns to repeat them.

    For a share ``context_dropout`` of the tokens the posterior is the prior itself, so that a word alone learns to
    explain its contexts too (the hybrid objective of Sohn, Lee & Yan 2015).  Those tokens also tell how much the word
    says about its contexts,

        i = mean_k [ log P(c_k|v)/P(c_k) + (information_exponent − 1) (−log P(c_k) − H) ],   H the entropy of P,

    and the variance of the word follows it: a term KL(N(m_v, e^(−information_scale · i)) ‖ p_v) is added.  A word whose
    contexts could be anyone's has i = 0 and variance 1, that of the context densities; a telling one is narrower.

    Words that the text lacks have posteriors, too: once training has ended, rare words teach, their names hidden, what
    a sentence says of a word (``posterior``).  With ``subwords``, rows of character n-grams are fitted to the priors
    then, and ``vectors`` are ``SubwordDensityVectors``, with a density for every word that has an n-gram.

    Examples
    --------
    >>> from densevec import Aviary, BayesianSkipGram
    >>> model = BayesianSkipGram(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.posterior("the kiwi laid an egg in its burrow".split(), 1).dim
    16
    >>> model.posterior("the takahe laid an egg in its burrow".split(), 1).dim  # a bird that the text lacks
    16
    """

    command: ClassVar[str] = "bayesian-skipgram"
    preparation = WORDS
    trains_together = ("fused", "torch")
    density_tables = (
        ("prior_mean.weight", "prior_log_variance.weight"),
        ("decoder.mean.weight", "decoder.log_variance.weight"),
    )
    substitution_weights: ClassVar[Mapping[str, float]] = {"word": 1.3, "posterior": 0.8, "sentence": 1.5}
    free = growing.FREE_OF_DENSITIES | {"refine"}
    update = growing.update
    _weights: Weights | None = state(None)
    _squares: RowSquares | None = state(None)
    _unknown: UnknownWords | None = state(None)

    # Words in context

    def posterior(self, tokens: Sequence[str], position: int, *, refine: int | None = None) -> Gaussian:
        """The density of ``tokens[position]`` in its sentence; every query of ``vectors`` accepts it.

        Each context word counts by its share in training: the probability that subsampling keeps it, times that of a
        window reaching it past the words expected to be kept in between.  Unknown context words are left out.
        Phrases are joined as in the model's text, and the density is that of the phrase that the word is in.

        The density of an unknown word is what its sentence makes of it, and its n-grams where there are ``subwords``:
        it is where the average rare word would be in this sentence, moved by what both say of this one, and broader by
        the error that words left out on purpose show (``mean_region``; docs/subwords.md has the formulas).

        refine : steps of gradient ascent from what the encoder gives on the bound Σ_k w_k log P(c_k|q) − KL(q‖p_v), P
            with its exact normaliser (semi-amortised inference, Kim et al. 2018); None for the model's own ``refine``.
            The densities of unknown words stay as they are

        Raises
        ------
        KeyError : if the word itself is unknown, and neither n-grams nor a known word around it tell anything of it, or
            the text had fewer than some 500 words, or the file is of an older version
        ParameterError : if position is outside the sentence, or refine is negative or asked of a model without a bound
        """
        return self.posterior_batch([(tokens, position)], refine=refine)[0]

    def posterior_batch(
        self, items: Sequence[tuple[Sequence[str], int]], *, refine: int | None = None
    ) -> list[Gaussian]:
        """``posterior`` of many (tokens, position) at once."""
        return self._reader_of(self._own_vectors).densities(items, refine)

    def mean_region(self, tokens: Sequence[str], position: int, level: float = 0.95) -> Gaussian:
        """Where the mean of the posterior of an unknown word would be, had the text had the word some dozens of times.

        The result is the Gaussian around the mean of ``posterior`` whose ellipsoid at ``level`` (``contains``,
        ``semi_axes``) holds the means of that share of words that were left out, in sentences of the text; it holds the
        place of the mean alone, while ``posterior`` is the whole density and much broader.

        Errors: as ``posterior``; ParameterError for a word that is known, and a level that is not between 0 and 1.
        """
        return self._reader_of(self._own_vectors).reading.mean_region(self._read_place(tokens, position), level)

    def _reader_of(self, vectors: DensityVectors) -> Sentences:
        weights, text = self._trained_weights(), own_text(self)
        assert self._counts is not None  # as there are vectors
        return Sentences(weights, self._own, text, vectors._held(), self._counts, self._keep, self._unknown)

    def _nearest(self, tokens: list[str], position: int, topn: int) -> list[tuple[str, float]]:
        return self._own_vectors.most_similar(self.posterior(tokens, position), topn=topn, measure="kl_to_query")

    def _own_evidence(self, tokens: list[str], position: int, words: list[str]) -> Mapping[str, np.ndarray]:
        posterior = self.posterior(tokens, position)
        return {"posterior": self._own_vectors.scores(posterior, words, measure="kl_to_query")}

    def senses(
        self,
        word: str,
        corpus: Any,
        *,
        max_senses: int = 5,
        max_occurrences: int = 1_000,
        topn: int = 10,
        num_examples: int = 3,
        seed: int = 1,
        progress: bool | None = None,
    ) -> WordSenses:
        """The senses of a word in a text, the most frequent first: density, share, nearest words and sentences of each.

        The sentences with the word are put into two, three, ... groups by what they say without it, as long as no two
        of these agree.  How much two must agree to be one sense is learnt from other words of the same text: one by
        itself is one, two mixed are two (docs/senses.md has the formulas).  The density of a sense has the moments of
        the mixture of the word's posteriors in its sentences.

        Parameters
        ----------
        word : a known one that is in the text
        corpus : any text that the model could be trained on; it is read once
        max_senses : at most so many
        max_occurrences : of the word that are kept in memory, drawn evenly from all of the text
        topn, num_examples : nearest words, and typical sentences, of each sense
        seed : of all that is drawn; the same seed, the same answer
        progress : True or False; None shows it on a terminal only

        Raises
        ------
        MissingWordError : for a word that is not known
        ParameterError : for one that is not in the text
        """
        options = Options(max_senses, max_occurrences, topn, num_examples, seed)
        return self._find_senses([word], corpus, options, progress)[word]

    def senses_batch(
        self,
        words: Sequence[str],
        corpus: Any,
        *,
        max_senses: int = 5,
        max_occurrences: int = 1_000,
        topn: int = 10,
        num_examples: int = 3,
        seed: int = 1,
        progress: bool | None = None,
    ) -> dict[str, WordSenses]:
        """``senses`` of several words, for which the text is read once."""
        options = Options(max_senses, max_occurrences, topn, num_examples, seed)
        return self._find_senses(as_words(words), corpus, options, progress)

    def _find_senses(
        self, words: list[str], corpus: Any, options: Options, progress: bool | None
    ) -> dict[str, WordSenses]:
        vectors = self._own_vectors
        reader = own_text(self, tokenizer="whitespace")  # lists of words are not cut, and a function is not pickled
        known = [vectors.words[vectors.get_index(word)] for word in reader.spell(words)]  # phrases as the text has them
        text = self.open_text(corpus)
        found = find_senses(vectors, self._keep, self.posterior_batch, known, text, reader, options, progress)
        return {word: found[each] for word, each in zip(words, known, strict=True)}

    def _trained_weights(self) -> Weights:
        self._follow_vectors()
        if self._weights is None:
            raise NotTrainedError("BayesianSkipGram has no encoder yet; call train() first")
        return self._weights

    def _trained_network(self) -> Network:
        network: Network = self._trained_weights().network(self._unfilled, "the decoder of BayesianSkipGram")
        return network

    def _unfilled(self) -> Network:
        settings = self._own
        return make_network(settings, self._vocabulary(self._own_vectors, settings.dim).kept_counts(settings.sample))

    # Hooks of the template

    def _task(self, job: Job, start: int) -> BayesianSkipGramTask:
        return BayesianSkipGramTask(job, start)

    def _adopt(self, task: BayesianSkipGramTask, vocabulary: Vocabulary) -> None:
        self._weights, self._keep, self._squares = task.weights, task.keep, task.squares
        self._unknown = task.unknown

    def _vectors_from(self, task: BayesianSkipGramTask, vocabulary: Vocabulary, is_final: bool) -> DensityVectors:
        settings, mean = self._own, task.weights["prior_mean.weight"].copy()
        variance = np.exp(task.weights["prior_log_variance.weight"])
        variance = variance if settings.covariance == "diag" else variance[:, 0]
        growing.leave_unchanged(self, task, mean, variance)
        described = self._described()
        vectors = DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, parameters=described)
        if is_final:
            left_out = words_left_out(np.asarray(vocabulary.counts), settings.seed)
            if settings.subwords is not None:
                ngrams = settings.subwords, settings.buckets, task.kept_counts, described, settings.workers
                vectors = with_ngrams(vectors, left_out, *ngrams, task.is_hurried)
            calibrate(vectors, settings.seed, is_hurried=task.is_hurried())
            read = task.weights.tables, settings, vectors, task.text, task.keep, left_out, task.unknown
            task.unknown = learn_unknown(*read, is_hurried=task.is_hurried())
        return vectors

    def _tensors(self) -> Mapping[str, Any]:
        elsewhere = ("prior_", "decoder.") if self._own.tied else ("prior_",)  # what the vectors hold
        tables = self._trained_weights().tables
        others = {name: table for name, table in tables.items() if not name.startswith(elsewhere)}
        if self._unknown is not None:
            others |= self._unknown.tensors()
        return others if self._squares is None else {**others, **self._squares.arrays()}

    def _learned(self) -> Mapping[str, Any]:
        tensors = {name: each for name, each in self._tensors().items() if not name.startswith(UNKNOWN)}
        vectors = self._own_vectors
        log_variance = np.log(vectors.variances).reshape(len(vectors), -1)
        return {**tensors, "prior_mean.weight": vectors.vectors, "prior_log_variance.weight": log_variance}

    def _dense(self) -> Sequence[str]:
        return [n for n in table_shapes(self._own, 1) if n.startswith("encoder.") and n != _EMBEDDING]

    def _grow(self, model: Self, growth: Growth) -> None:
        """Nothing: a vocabulary is enough."""

    def _own_pulls(self, task: BayesianSkipGramTask, growth: Growth, weight: float) -> Sequence[Callback]:
        task.keeps_origin = True
        return ()

    def _go_on(self, task: BayesianSkipGramTask, learned: Mapping[str, Any], rows: np.ndarray) -> None:
        go_on_from(task.weights, task.engine.squares(), learned, rows, self._dense())
        task.unknown = self._unknown

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors, settings = self._restored_vectors, self._own
        hidden = np.shape(tensors["encoder.from_word"])[-1]
        if (vectors.vector_size, hidden) != (settings.dim, settings.hidden):
            raise ParameterError(
                f"dim and hidden are {settings.dim} and {settings.hidden}, the tensors' {vectors.vector_size} and "
                f"{hidden}"
            )
        sums = {name: value for name, value in tensors.items() if name.startswith(SQUARES)}
        others = {n: value for n, value in tensors.items() if not n.startswith((SQUARES, UNKNOWN))}
        log_variance = np.log(vectors.variances).reshape(len(vectors), -1)
        tables = with_priors(others, settings, vectors.vectors, log_variance)
        width = settings.dim if settings.covariance == "diag" else 1
        self._unknown = UnknownWords.from_tensors(tensors, settings.dim, width)
        self._weights = Weights(checked_tables(tables, table_shapes(settings, len(vectors))))
        learn_by_rows = [n for n in table_shapes(settings, len(vectors)) if n not in self._dense()]
        learn_by_rows = [n for n in learn_by_rows if not (settings.tied and n.startswith("decoder."))]
        rows = {name.removesuffix(".weight"): len(vectors) for name in learn_by_rows}
        self._squares = RowSquares.from_tensors(sums, rows)
        self._keep = self._vocabulary(vectors, settings.dim).keep_probability(settings.sample)
