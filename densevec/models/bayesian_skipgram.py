"""The Bayesian skip-gram: a prior density for every word, a posterior density for every word in its context."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.densities import Gaussian
from densevec.errors import NotTrainedError, ParameterError, ParameterTypeError
from densevec.models._bayesian_skipgram_fused import FusedBayesianSkipGramTask
from densevec.models._bayesian_skipgram_network import Network, NetworkSettings, log_frequency
from densevec.models._bayesian_skipgram_task import BayesianSkipGramTask
from densevec.models._completion import complete
from densevec.models.base import COMMON_RULES
from densevec.models.gradient_model import ENGINE_RULE, GradientModel
from densevec.vectors import DensityVectors

_JENSEN_FLOOR = math.log(1e-3)  # of log variances


class BayesianSkipGram(GradientModel[DensityVectors]):
    """Bayesian skip-gram: every word a Gaussian, and another one in every context (Bražinskas et al. 2018).

    A word v has the prior p(z|v) = N(m_v, s_v).  An encoder turns a word and its window into the posterior
    q(z|v, context), and z explains the words c_k of the window.  Training minimises, per token,

        kl_weight · KL(q‖p_v) + Σ_k loss(c_k),

    in nats, with the loss of ``objective``.  For a share ``context_dropout`` of the tokens the posterior is the
    prior itself, so that a word alone learns to explain its contexts too (the hybrid objective of Sohn, Lee & Yan
    2015).  Those tokens also tell how much the word says about its contexts,

        i = mean_k [ log P(c_k|v)/P(c_k) + (information_exponent − 1) (−log P(c_k) − H) ],   H the entropy of P,

    and the variance of the word follows it: a term KL(N(m_v, e^(−information_scale · i)) ‖ p_v) is added.  A word whose
    contexts could be anyone's has i = 0 and variance 1, that of the context densities; a telling one is narrower.

    Parameters
    ----------
    corpus : path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists
    dim : dimension of the latent space
    window : most context words on either side
    shrink_windows : draw each token's window uniformly from 1 to window, as word2vec does
    min_count : words seen less often are left out
    max_vocab_size : keep only so many words, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    sample : frequent words are thinned out as in word2vec: kept with probability min(1, sqrt(sample/f) + sample/f)
    objective : loss of a context word: sampled softmax of expected log densities, the authors' hinge, the evidence
        lower bound, or the slides' Jensen step (unbounded below; for teaching)
    likelihood : what explains a context word: a density of its own, or an affine softmax of z
    normaliser : for the evidence lower bound: complementary sum sampling, or exact (vocabularies of some thousands)
    covariance : one variance a word, or one for each dimension
    tied : explain context words by their priors, as the authors do, instead of by context densities of their own
    negative : noise words, or words of the complementary sample, shared by a batch
    ns_exponent : noise words are drawn in proportion to count to this power
    margin : of the hinge, in nats
    kl_weight : weight of KL(q‖p_v)
    kl_warm_up : share of training over which kl_weight rises from 0
    context_dropout : share of tokens whose posterior is the prior
    information_scale : fall of a word's log variance for each nat it tells about its contexts; 0 leaves the variances
        to KL(q‖p_v) alone, as the authors do, and so do max_margin, jensen and context_dropout=0
    information_exponent : 1 for mutual information alone; above it, contexts of rare words count as more telling
    hidden : hidden units of the encoder
    epochs : passes over the text
    batch_size : tokens of a block
    learning_rate : Adagrad's rate for the means and the encoder's embeddings
    variance_learning_rate : Adagrad's rate for the log variances
    encoder_learning_rate : Adam's rate for the encoder
    min_learning_rate : where learning_rate ends, on a straight line; the other rates fall in proportion
    workers : threads
    seed : decides everything random
    device : "auto" takes a GPU if there is one; or "cpu", "cuda", "cuda:1"
    engine : "fused" trains by compiled kernels on a CPU: spherical densities with likelihood "density", objective
        "expected_softmax" and tied=False only; "torch" trains all; "auto" takes the fused one where it can
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : longer lines are cut into sentences of so many tokens
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for the encoded text when it is large; a temporary one if None

    Examples
    --------
    >>> from densevec import Aviary, BayesianSkipGram
    >>> model = BayesianSkipGram(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.posterior("the kiwi laid an egg in its burrow".split(), 1).dim
    16
    """

    command: ClassVar[str] = "bayesian-skipgram"
    rules: ClassVar[Mapping[str, Rule]] = {
        **COMMON_RULES,
        "window": Interval(int, 1, 1000),
        "sample": Interval(float, 0, 1),
        "objective": Choice(("expected_softmax", "max_margin", "elbo", "jensen")),
        "likelihood": Choice(("density", "affine")),
        "normaliser": Choice(("css", "exact")),
        "covariance": Choice(("spherical", "diag")),
        "negative": Interval(int, 1),
        "ns_exponent": Interval(float, -10, 10),
        "margin": Interval(float, 0),
        "kl_weight": Interval(float, 0),
        "kl_warm_up": Interval(float, 0, 1),
        "context_dropout": Interval(float, 0, 1),
        "information_scale": Interval(float, 0),
        "information_exponent": Interval(float, 0),
        "hidden": Interval(int, 1),
        "batch_size": Interval(int, 2),
        "variance_learning_rate": Interval(float, 0),
        "encoder_learning_rate": Interval(float, 0),
        "engine": ENGINE_RULE,
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        window: int = 5,
        shrink_windows: bool = True,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        sample: float = 1e-3,
        objective: Literal["expected_softmax", "max_margin", "elbo", "jensen"] = "expected_softmax",
        likelihood: Literal["density", "affine"] = "density",
        normaliser: Literal["css", "exact"] = "css",
        covariance: Literal["spherical", "diag"] = "spherical",
        tied: bool = False,
        negative: int = 512,
        ns_exponent: float = 1.0,
        margin: float = 5.0,
        kl_weight: float = 2.0,
        kl_warm_up: float = 0.0,
        context_dropout: float = 0.7,
        information_scale: float = 0.1,
        information_exponent: float = 2.5,
        hidden: int = 100,
        epochs: int = 5,
        batch_size: int = 1024,
        learning_rate: float = 0.2,
        variance_learning_rate: float = 0.03,
        encoder_learning_rate: float = 1e-3,
        min_learning_rate: float = 1e-3,
        workers: int = 1,
        seed: int = 1,
        device: str = "auto",
        engine: Literal["auto", "fused", "torch"] = "auto",
        lowercase: bool = False,
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        max_sentence_length: int = 10_000,
        errors: Literal["strict", "replace", "ignore"] = "strict",
        cache_dir: str | None = None,
    ) -> None:
        self.corpus = corpus
        self.dim = dim
        self.window = window
        self.shrink_windows = shrink_windows
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.trim_rule = trim_rule
        self.sample = sample
        self.objective = objective
        self.likelihood = likelihood
        self.normaliser = normaliser
        self.covariance = covariance
        self.tied = tied
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.margin = margin
        self.kl_weight = kl_weight
        self.kl_warm_up = kl_warm_up
        self.context_dropout = context_dropout
        self.information_scale = information_scale
        self.information_exponent = information_exponent
        self.hidden = hidden
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.variance_learning_rate = variance_learning_rate
        self.encoder_learning_rate = encoder_learning_rate
        self.min_learning_rate = min_learning_rate
        self.workers = workers
        self.seed = seed
        self.device = device
        self.engine = engine
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.max_sentence_length = max_sentence_length
        self.errors = errors
        self.cache_dir = cache_dir
        self._network: Network | None = None
        self._keep: Any = None  # (V,) probability that subsampling keeps a token

    # Words in context

    def posterior(self, tokens: Sequence[str], position: int) -> Gaussian:
        """The density of ``tokens[position]`` in its sentence; every query of ``vectors`` accepts it.

        Each context word counts by its share in training: the probability that subsampling keeps it, times that of a
        window reaching it past the words expected to be kept in between.  Unknown context words are left out.

        Raises
        ------
        KeyError : if the word itself is unknown
        ParameterError : if position is outside the sentence
        """
        return self.posterior_batch([(tokens, position)])[0]

    def posterior_batch(self, items: Sequence[tuple[Sequence[str], int]]) -> list[Gaussian]:
        """``posterior`` of many (tokens, position) at once."""
        vectors = self.vectors
        windows = [self._window(vectors, tokens, position) for tokens, position in items]
        if not windows:
            return []
        longest = max(len(context) for _, context, _ in windows)
        context = np.zeros((len(windows), longest), np.int64)
        weight = np.zeros((len(windows), longest), np.float32)
        for row, (_, words, weights) in enumerate(windows):
            context[row, : len(words)] = words
            weight[row, : len(words)] = weights
        targets = np.array([target for target, _, _ in windows])
        mean, log_variance = self._trained_network().posterior_of_windows(targets, context, weight)
        return [Gaussian(m, v if len(v) > 1 else v[0]) for m, v in zip(mean, np.exp(log_variance), strict=True)]

    def _window(
        self, vectors: DensityVectors, tokens: Sequence[str], position: int
    ) -> tuple[int, list[int], list[float]]:
        """Id of the word at ``position``, ids of its context words, and how much each of them counts."""
        if isinstance(tokens, str) or not all(isinstance(token, str) for token in tokens):
            raise ParameterTypeError(f"tokens must be a sequence of words (str), got {tokens!r}")
        if not -len(tokens) <= position < len(tokens):
            raise ParameterError(f"position must be that of one of the {len(tokens)} tokens, got {position}")
        position %= len(tokens)
        target = vectors.get_index(tokens[position])
        ids, weights = [], []
        for side in (tokens[position + 1 :], tokens[:position][::-1]):
            nearer = 0.0  # context words expected to be kept between the word and this one
            for token in side:
                reach = self.window - nearer
                if reach <= 0:
                    break
                if token in vectors:
                    word = vectors.get_index(token)
                    kept = float(self._keep[word])
                    ids.append(word)
                    weights.append(kept * (min(1.0, reach / self.window) if self.shrink_windows else min(1.0, reach)))
                    nearer += kept
        return target, ids, weights

    def complete(
        self, sentence: Sequence[str] | str, choices: Sequence[str], *, window: int | None = None
    ) -> list[tuple[str, float]]:
        """The choices for the gap of a sentence with their scores, best first.

        The score of v is Σ_c w_c log P(c | z ~ p_v), in nats, over the known words c of the sentence: how well the
        density of v, before it has seen the sentence, explains it.  P is the decoder's, with its exact normaliser, and
        w_c the probability that subsampling keeps c.  A choice of several tokens has the mean score of its
        known ones, one without any −∞.

        Parameters
        ----------
        sentence : its tokens, or a string that white space cuts into them; "_____" or None stands for the gap
        choices : words; the tokens of one such as "country - dance" with spaces between them
        window : only so many words on either side of the gap count; the whole sentence if None

        Raises
        ------
        ParameterError : unless there is exactly one gap
        """
        network = self._trained_network()
        return complete(self.vectors, self._keep, network.fit, sentence, choices, window)

    # Hooks of the template

    def _settings(self) -> NetworkSettings:
        learns_information = self.objective in ("expected_softmax", "elbo") and self.context_dropout > 0
        return NetworkSettings(
            dim=self.dim,
            variance_dim=self.dim if self.covariance == "diag" else 1,
            window=self.window,
            hidden=self.hidden,
            tied=self.tied,
            affine=self.likelihood == "affine",
            context_dropout=self.context_dropout,
            information_scale=self.information_scale if learns_information else 0.0,
            floor=_JENSEN_FLOOR if self.objective == "jensen" else None,
            information_exponent=self.information_exponent,
        )

    def _check(self) -> None:
        super()._check()
        self._is_fused(self.engine, self._obstacle())
        if self.likelihood == "affine" and (self.tied or self.objective in ("max_margin", "jensen")):
            raise ParameterError(
                f"likelihood must be 'density' for tied=True and for the objectives 'max_margin' and 'jensen', got "
                f"'affine' with objective={self.objective!r}, tied={self.tied}"
            )
        if self.objective == "jensen":
            warnings.warn(
                "objective='jensen' is unbounded below: variances sink to their floor; it is there for teaching",
                stacklevel=3,
            )

    def _task(
        self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None
    ) -> BayesianSkipGramTask:
        kind = FusedBayesianSkipGramTask if self._is_fused(self.engine, self._obstacle()) else BayesianSkipGramTask
        return kind(self, self._settings(), vocabulary, encoded, held_out)

    def _obstacle(self) -> str | None:
        """What the fused engine cannot train, None if it can."""
        possible = {"objective": "expected_softmax", "likelihood": "density", "covariance": "spherical", "tied": False}
        return next((f"{n}={getattr(self, n)!r}" for n, v in possible.items() if getattr(self, n) != v), None)

    def _adopt(self, task: BayesianSkipGramTask, vocabulary: Vocabulary) -> None:
        self._network, self._keep = task.network, vocabulary.keep_probability(self.sample)

    def _vectors_from(self, task: BayesianSkipGramTask, vocabulary: Vocabulary) -> DensityVectors:
        mean = task.network.prior_mean.weight.cpu().numpy().copy()
        variance = task.network.prior_log_variance.weight.exp().cpu().numpy()
        return DensityVectors(
            vocabulary.words,
            mean,
            variance if self.covariance == "diag" else variance[:, 0],
            vocabulary.counts,
            parameters=self._described(),
        )

    def _trained_network(self) -> Network:
        if self._network is None:
            raise NotTrainedError("BayesianSkipGram has no encoder yet; call train() first")
        return self._network

    def _tensors(self) -> Mapping[str, Any]:
        state = self._trained_network().state_dict()
        elsewhere = ("prior_", "decoder.") if self.tied else ("prior_",)  # what the vectors hold
        return {name: value.cpu().numpy() for name, value in state.items() if not name.startswith(elsewhere)}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors = self.vectors
        vocabulary = Vocabulary(vectors.index_to_key, vectors.counts)
        self._keep = vocabulary.keep_probability(self.sample)
        hidden = np.shape(tensors["encoder.from_word"])[-1]
        if (vectors.vector_size, hidden) != (self.dim, self.hidden):
            raise ParameterError(
                f"dim and hidden are {self.dim} and {self.hidden}, the tensors' {vectors.vector_size} and {hidden}"
            )
        self._network = Network(self._settings(), log_frequency(vocabulary.counts * self._keep), None)
        log_variance = np.log(vectors.variances).reshape(len(vectors), -1)
        state = {**tensors, "prior_mean.weight": vectors.vectors, "prior_log_variance.weight": log_variance}
        if self.tied:
            state |= {f"decoder.{part}.weight": state[f"prior_{part}.weight"] for part in ("mean", "log_variance")}
        self._network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
