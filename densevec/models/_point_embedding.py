"""What skip-gram and CBOW have in common as estimators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.errors import NotTrainedError, ParameterError
from densevec.layers.output import OutputLayer
from densevec.models._completion import complete
from densevec.models._point_fused import FUSED_LAYERS, FusedPointTask
from densevec.models._point_network import OUTPUT_LAYERS, PointNetwork, make_output
from densevec.models._point_task import PointTask
from densevec.models.base import COMMON_RULES
from densevec.models.gradient_model import ENGINE_RULE, GradientModel
from densevec.vectors import KeyedVectors

OutputName = Literal["negative", "hierarchical", "full", "class", "nce", "css"]


class PointEmbedding(GradientModel[KeyedVectors]):
    """A vector for every word, learned by predicting words within a window.

    Parameters
    ----------
    corpus : path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists
    dim : dimension of the vectors
    window : most context words on either side
    shrink_windows : draw each token's window uniformly from 1 to window, as word2vec does
    min_count : words seen less often are left out
    max_vocab_size : keep only so many words, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    sample : frequent words are thinned out as in word2vec: kept with probability min(1, sqrt(sample/f) + sample/f)
    output_layer : what predicts a word: negative sampling (no density model), hierarchical softmax over a Huffman
        tree, the full softmax, a softmax in two steps (class, then word), noise-contrastive estimation, or
        complementary sum sampling of the full softmax
    negative : noise words for each predicted word, in expectation; for negative and nce
    noise_size : torch engine: words drawn at each step and shared by its block: as noise, weighted so that every
        predicted word has ``negative`` of them, or as the complementary sample of css
    noise_words : fused engine: noise words that each token sees, weighted likewise
    noise_tokens : fused engine: tokens in a row that see a noise word; the more, the faster
    ns_exponent : noise words are drawn in proportion to count to this power
    epochs : passes over the text
    batch_size : torch engine: tokens of a block, that is of a step, whose gradients are summed: beyond some 1,000 the
        learning rate has to be smaller
    learning_rate : of plain gradient descent, for each predicted word, as in word2vec
    min_learning_rate : where it ends, on a straight line
    workers : threads
    seed : decides everything random
    device : "auto" takes a GPU if there is one; or "cpu", "cuda", "cuda:1"
    engine : "fused" trains by compiled kernels on a CPU, output layers "negative", "nce" and "hierarchical" only;
        "torch" trains all; "auto" takes the fused one where it can
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : longer lines are cut into sentences of so many tokens
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for the encoded text when it is large; a temporary one if None
    """

    rules: ClassVar[Mapping[str, Rule]] = {
        **COMMON_RULES,
        "window": Interval(int, 1, 1000),
        "sample": Interval(float, 0, 1),
        "output_layer": Choice(OUTPUT_LAYERS),
        "negative": Interval(int, 1),
        "noise_size": Interval(int, 1),
        "noise_words": Interval(int, 1, 10_000),
        "noise_tokens": Interval(int, 1, 10_000),
        "ns_exponent": Interval(float, -10, 10),
        "batch_size": Interval(int, 2),
        "engine": ENGINE_RULE,
    }
    network_class: ClassVar[type[PointNetwork]]

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
        output_layer: OutputName = "negative",
        negative: int = 5,
        noise_size: int = 256,
        noise_words: int = 24,
        noise_tokens: int = 24,
        ns_exponent: float = 0.75,
        epochs: int = 5,
        batch_size: int = 256,
        learning_rate: float = 0.03,
        min_learning_rate: float = 1e-4,
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
        self.output_layer = output_layer
        self.negative = negative
        self.noise_size = noise_size
        self.noise_words = noise_words
        self.noise_tokens = noise_tokens
        self.ns_exponent = ns_exponent
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
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
        self._network: PointNetwork | None = None
        self._keep: Any = None  # (V,) probability that subsampling keeps a token

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
        sentence : its tokens, or a string that white space cuts into them; "_____" or None stands for the gap
        choices : words; the tokens of one such as "country - dance" with spaces between them
        window : only so many words on either side of the gap count; the whole sentence if None

        Raises
        ------
        ParameterError : unless there is exactly one gap
        """
        network = self._trained_network()
        return complete(self.vectors, self._keep, network.fit, sentence, choices, window)

    def _trained_network(self) -> PointNetwork:
        if self._network is None:
            raise NotTrainedError(f"{type(self).__name__} has no output layer yet; call train() first")
        return self._network

    # Hooks of the template

    def _make_network(self, vocabulary: Vocabulary, seed: torch.Generator | None) -> PointNetwork:
        output = make_output(
            self.output_layer,
            vocabulary.counts,
            vocabulary.counts * vocabulary.keep_probability(self.sample),
            self.dim,
            negative=self.negative,
            size=self.noise_size,
            exponent=self.ns_exponent,
        )
        return self.network_class(len(vocabulary), self.dim, output, self.window, seed)

    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> PointTask:
        kind = FusedPointTask if self._is_fused(self.engine, self._obstacle()) else PointTask
        return kind(self, vocabulary, encoded, held_out)

    def _obstacle(self) -> str | None:
        """What the fused engine cannot train, None if it can."""
        return None if self.output_layer in FUSED_LAYERS else f"output_layer={self.output_layer!r}"

    def _check(self) -> None:
        super()._check()
        self._is_fused(self.engine, self._obstacle())

    def _adopt(self, task: PointTask, vocabulary: Vocabulary) -> None:
        self._network, self._keep = task.network, vocabulary.keep_probability(self.sample)

    def _vectors_from(self, task: PointTask, vocabulary: Vocabulary) -> KeyedVectors:
        vectors = task.network.input.weight.cpu().numpy()
        if self._current is not None:  # training goes on
            vectors = vectors.copy()
        return KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=self._described())

    def _tensors(self) -> Mapping[str, Any]:
        return {f"output.{name}": value.cpu().numpy() for name, value in self.output.state_dict().items()}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors = self.vectors
        if vectors.vector_size != self.dim:
            raise ParameterError(f"dim is {self.dim}, the vectors' {vectors.vector_size}")
        if vectors.counts is None:
            raise ParameterError("the words have no counts")
        vocabulary = Vocabulary(vectors.index_to_key, vectors.counts)
        network = self._make_network(vocabulary, None)
        state = {**tensors, "input.weight": vectors.vectors}
        network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network, self._keep = network, vocabulary.keep_probability(self.sample)
