"""EmbedAlign: words in context as densities, learned from translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Instance, Interval, Rule
from densevec.corpus import (
    EncodedParallel,
    ParallelCorpus,
    ParallelVocabulary,
    Vocabulary,
    build_parallel_vocabulary,
    encode_parallel,
)
from densevec.errors import FormatError, ParameterError
from densevec.formats import WordIndex
from densevec.formats.words import check_tensors
from densevec.layers.alignment import BOUNDS
from densevec.models._embedalign_network import Network, NetworkSettings
from densevec.models._embedalign_reading import DECODINGS, EmbedAlignReading
from densevec.models._embedalign_task import EmbedAlignTask, as_parallel, log_frequency
from densevec.models.base import COMMON_RULES
from densevec.vectors import DensityVectors

_TARGET = "target."  # prefix of the tensors with the words of the second language


class EmbedAlign(EmbedAlignReading):
    """EmbedAlign: words in context as densities that explain translations (Rios, Aziz & Sima'an 2018).

    Every word x_i of a sentence, and a NULL word in front of it, has a latent z_i ~ N(0, I).  It explains the word
    itself, P(x_i|z_i) = softmax(z_i·c + b), and the words y_j of the translation that are aligned with it.  Alignments
    a_j are summed out.  An encoder gives q(z_i|x) = N(mean, s) with diagonal s, and training minimises, per pair,

        −Σ_i log P(x_i|z_i) − log Σ_a P(a) Π_j P(y_j|z_{a_j}) + kl_weight · Σ_i KL(q_i‖N(0, I)),

    in nats, z_i drawn once for each place and step; NULL has a posterior and its KL, and nothing to say about x.
    What is read off the trained model is the posterior mean.

    Parameters
    ----------
    corpus : a pair of texts (paths or URLs) whose lines translate each other, one path of tab-separated pairs, or a
        re-iterable of pairs of token lists; with monolingual=True whatever other models take
    dim : dimension of the latent space
    embedding_dim : dimension of the word embeddings that the encoder reads
    encoder : "birnn" reads the sentence by an LSTM in each direction, "bow" the word alone
    hidden : units of a direction of the LSTM
    directions : whether the states of both directions are added up or put side by side
    softmax : training normalises over the words of the batch and a complementary sample, or over all words
    support_size : words of the complementary sample, of each language
    alignment_prior : "uniform" over positions; "diagonal" favours the same relative position, by a learned tension;
        "hmm" the step from the position of the word before, by learned weights of steps
    alignment_bound : alignments summed out exactly, or the deck's alternatives: Jensen's lower bound, or one drawn
        from the prior
    null_probability : prior probability of a target word that translates nothing; not for the uniform prior
    max_jump : the hmm's steps beyond this many positions count as this many
    decoding : how links are read off a trained model: "best" takes the most probable alignment, argmax_i p(i)
        P(y_j|z_i) word by word, Viterbi's path for the hmm; "posterior" every link whose posterior probability is above
        one half; None the first, but for the hmm the second
    kl_weight : weight of the divergence from the prior; 1 is the evidence lower bound itself, less keeps more of a word
    kl_annealing : share of training over which kl_weight rises from 0
    monolingual : learn from one language: there is no translation to explain
    min_count : words seen less often are unknown; so is every word of either language that training has not seen
    max_vocab_size : keep only so many words of each language, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    epochs : passes over the text
    batch_size : sentence pairs of a batch
    learning_rate : Adagrad's rate for embeddings, decoders and the prior over alignments
    encoder_learning_rate : Adam's rate for the encoder
    min_learning_rate : where learning_rate ends, on a straight line; the other rate falls in proportion
    workers : threads
    seed : decides everything random
    device : "auto" takes a GPU if there is one; or "cpu", "cuda", "cuda:1"
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : pairs with a longer side are left out; with one language longer lines are cut
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for the encoded text when it is large; a temporary one if None

    Examples
    --------
    >>> from densevec import EmbedAlign
    >>> pairs = [("a red bird".split(), "rudo avi".split()), ("a bird".split(), "avi".split())] * 50
    >>> model = EmbedAlign(pairs, dim=8, epochs=2, min_count=1).train()
    >>> model.posterior("a red bird".split(), 2).dim
    8
    """

    command: ClassVar[str] = "embedalign"
    reads_pairs: ClassVar[bool] = True
    rules: ClassVar[Mapping[str, Rule]] = {
        **COMMON_RULES,
        "embedding_dim": Interval(int, 1),
        "encoder": Choice(("birnn", "bow")),
        "hidden": Interval(int, 1),
        "directions": Choice(("sum", "concat")),
        "softmax": Choice(("css", "exact")),
        "support_size": Interval(int, 1),
        "alignment_prior": Choice(("uniform", "diagonal", "hmm")),
        "alignment_bound": Choice(BOUNDS),
        "null_probability": Interval(float, 0, 0.999, open_low=True),
        "max_jump": Interval(int, 1),
        "decoding": Choice(DECODINGS, optional=True),
        "kl_weight": Interval(float, 0),
        "kl_annealing": Interval(float, 0, 1),
        "monolingual": Instance((bool,), "True or False"),
        "batch_size": Interval(int, 1),
        "encoder_learning_rate": Interval(float, 0),
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        embedding_dim: int = 128,
        encoder: Literal["birnn", "bow"] = "birnn",
        hidden: int = 100,
        directions: Literal["sum", "concat"] = "sum",
        softmax: Literal["css", "exact"] = "css",
        support_size: int = 400,
        alignment_prior: Literal["uniform", "diagonal", "hmm"] = "uniform",
        alignment_bound: Literal["exact", "jensen", "sampled"] = "exact",
        null_probability: float = 0.2,
        max_jump: int = 8,
        decoding: Literal["best", "posterior"] | None = None,
        kl_weight: float = 0.3,
        kl_annealing: float = 1 / 3,
        monolingual: bool = False,
        min_count: int = 2,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        epochs: int = 30,
        batch_size: int = 100,
        learning_rate: float = 0.3,
        encoder_learning_rate: float = 3e-3,
        min_learning_rate: float = 0.03,
        workers: int = 2,
        seed: int = 1,
        device: str = "auto",
        lowercase: bool = False,
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        max_sentence_length: int = 50,
        errors: Literal["strict", "replace", "ignore"] = "strict",
        cache_dir: str | None = None,
    ) -> None:
        self.corpus = corpus
        self.dim = dim
        self.embedding_dim = embedding_dim
        self.encoder = encoder
        self.hidden = hidden
        self.directions = directions
        self.softmax = softmax
        self.support_size = support_size
        self.alignment_prior = alignment_prior
        self.alignment_bound = alignment_bound
        self.null_probability = null_probability
        self.max_jump = max_jump
        self.decoding = decoding
        self.kl_weight = kl_weight
        self.kl_annealing = kl_annealing
        self.monolingual = monolingual
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.trim_rule = trim_rule
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.encoder_learning_rate = encoder_learning_rate
        self.min_learning_rate = min_learning_rate
        self.workers = workers
        self.seed = seed
        self.device = device
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.max_sentence_length = max_sentence_length
        self.errors = errors
        self.cache_dir = cache_dir
        self._network: Network | None = None
        self._source: Vocabulary | None = None
        self._target: Vocabulary | None = None

    # Hooks of the template

    def _check(self) -> None:
        super()._check()
        if self.alignment_prior == "hmm" and self.alignment_bound != "exact":
            raise ParameterError(
                f"alignment_bound must be 'exact' with alignment_prior='hmm', which sums alignments out, got "
                f"{self.alignment_bound!r}"
            )
        if self.alignment_prior == "diagonal" and self.alignment_bound == "sampled":
            raise ParameterError(
                "alignment_bound must be 'exact' or 'jensen' with alignment_prior='diagonal', got 'sampled', "
                "from which the tension learns nothing"
            )

    def _text(self, source: Any) -> Any:
        if self.monolingual:
            return super()._text(source)
        return ParallelCorpus(
            source,
            lowercase=self.lowercase,
            tokenizer=self.tokenizer,
            max_sentence_length=self.max_sentence_length,
            errors=self.errors,
        )

    def _count(self, text: Any) -> Any:
        if self.monolingual:
            return super()._count(text)
        return build_parallel_vocabulary(
            text,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            trim_rule=self.trim_rule,
            workers=self.workers,
        )

    def _encode(self, text: Any, vocabulary: Any) -> Any:
        return encode_parallel(text, vocabulary, cache_dir=self.cache_dir, workers=self.workers)

    def _settings(self) -> NetworkSettings:
        return NetworkSettings(**{name: getattr(self, name) for name in NetworkSettings.__dataclass_fields__})

    def _task(
        self,
        vocabulary: ParallelVocabulary | Vocabulary,
        encoded: EncodedParallel,  # type: ignore[override]  # what _encode gives
        held_out: EncodedParallel | None,  # type: ignore[override]
    ) -> EmbedAlignTask:
        return EmbedAlignTask(self, vocabulary, encoded, held_out)

    def _adopt(self, task: EmbedAlignTask, vocabulary: ParallelVocabulary | Vocabulary) -> None:
        self._network = task.network
        self._source, self._target = as_parallel(vocabulary)

    def _vectors_from(self, task: EmbedAlignTask, vocabulary: ParallelVocabulary | Vocabulary) -> DensityVectors:
        mean, variance = task.aggregate()
        return DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, parameters=self._described())

    def _tensors(self) -> Mapping[str, Any]:
        state = self._trained_network().state_dict()
        tensors = {name: value.cpu().numpy() for name, value in state.items()}
        if self._target is not None:
            tensors |= {_TARGET + name: each for name, each in WordIndex(self._target.words).to_tensors().items()}
            tensors[_TARGET + "counts"] = self._target.counts
        return tensors

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors = self.vectors
        self._source = Vocabulary(vectors.index_to_key, vectors.counts)
        names = [name for name in tensors if name.startswith(f"{_TARGET}words.")]
        words = {name.removeprefix(_TARGET): tensors[name] for name in names}
        self._target = None
        if words:
            check_tensors(words, "the second language")
            index = WordIndex.from_tensors(words, "the second language")
            self._target = Vocabulary(list(index), np.array(tensors[_TARGET + "counts"]))
        if (self._target is None) != self.monolingual:
            raise FormatError("a model of two languages has the words of both, one with monolingual=True of one")
        network = Network(
            self._settings(),
            log_frequency(self._source),
            None if self._target is None else log_frequency(self._target),
            None,
        )
        state = {name: each for name, each in tensors.items() if name not in (*names, f"{_TARGET}counts")}
        network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network = network.eval()
