"""Words as Gaussians, or mixtures of them, by max margin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np

from densevec._validation import Choice, Interval, Rule
from densevec.corpus import EncodedCorpus, Vocabulary
from densevec.errors import ParameterError
from densevec.models._density_network import NetworkSettings
from densevec.models._density_task import DensityTask
from densevec.models._fused_density import FusedDensityTask
from densevec.models.base import COMMON_RULES
from densevec.models.gradient_model import GradientModel
from densevec.vectors import DensityVectors, MixtureVectors

_logger = logging.getLogger(__name__)
_TOLERANCE = 1e-4  # what lies so close to a bound lies on it


class DensityWord2Vec(GradientModel[DensityVectors]):
    """Gaussian word embeddings by max margin (Vilnis & McCallum 2015), or mixtures of Gaussians.

    Every word has a density N(m, S), and another one as a context.  For each token of word w, with context words c_k
    and noise words n_j, training minimises, in nats,

        Σ_k Σ_j weight · max(0, margin − E(w, c_k) + E(w, n_j)),   weight = negative/noise_words where c_k ≠ n_j, else 0

    with the energy E of a pair: the expected likelihood log ∫ N_w N_c = log N(0; m_w − m_c, S_w + S_c), or
    −KL(N_c‖N_w), which asks the word to be the broader one.  After each step the norm of a mean is at most
    ``norm_bound`` and each variance within ``min_variance`` and ``max_variance``; ``bound_shares`` tells how many
    a bound holds.

    With ``components`` K above 1 a word is a mixture of K Gaussians (Athiwaratkun & Wilson 2017): the expected
    likelihood is exact, a log-sum-exp of the K×K pair energies plus log weights; for KL, which has no closed form,
    the nearest pair of components stands in.  ``vectors`` are then ``MixtureVectors``.

    Rows step by Adagrad with one sum of squared gradients for the mean and one for the log variances of each
    density, so that learning rates are lengths of steps, not of their coordinates.

    Parameters
    ----------
    corpus : path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists
    dim : dimension of the space
    window : most context words on either side
    shrink_windows : draw each token's window uniformly from 1 to window, as word2vec does
    min_count : words seen less often are left out
    max_vocab_size : keep only so many words, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    sample : frequent words are thinned out as in word2vec: kept with probability min(1, sqrt(sample/f) + sample/f)
    energy : of a pair: −KL(context‖word), or the expected likelihood, which is symmetric
    covariance : one variance a density, or one for each dimension
    components : Gaussians a word
    negative : noise words for each context word, in expectation
    noise_words : noise words that a token sees, each standing for negative/noise_words of them
    noise_tokens : tokens in a row that see a noise word
    ns_exponent : noise words are drawn in proportion to count to this power
    margin : by which a context word's energy should exceed a noise word's, in nats
    norm_bound : largest norm of a mean
    min_variance, max_variance : bounds of a variance
    epochs : passes over the text
    batch_size : tokens of a step of the torch engine; the fused engine steps at every token
    learning_rate : Adagrad's rate for the means
    variance_learning_rate : Adagrad's rate for the log variances
    min_learning_rate : where learning_rate ends, on a straight line; the other rate falls in proportion
    engine : "fused" trains with compiled kernels on a CPU, "torch" on any device; "auto" takes the first for one
        component on a CPU, else the second
    workers : threads; with more than one the fused engine's result is not the same every time
    seed : decides everything random
    device : "auto" takes a GPU if there is one and ``engine`` is not "fused"; or "cpu", "cuda", "cuda:1"
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : longer lines are cut into sentences of so many tokens
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for the encoded text when it is large; a temporary one if None

    Examples
    --------
    >>> from densevec import Aviary, DensityWord2Vec
    >>> model = DensityWord2Vec(Aviary(2_000), dim=16, epochs=1).train()
    >>> model.vectors.density("kiwi").dim
    16
    >>> sorted(model.bound_shares)
    ['max_variance', 'min_variance', 'norm_bound']
    """

    command: ClassVar[str] = "density-word2vec"
    rules: ClassVar[Mapping[str, Rule]] = {
        **COMMON_RULES,
        "window": Interval(int, 1, 1000),
        "sample": Interval(float, 0, 1),
        "energy": Choice(("kl", "expected_likelihood")),
        "covariance": Choice(("spherical", "diag")),
        "components": Interval(int, 1, 100),
        "negative": Interval(int, 1),
        "noise_words": Interval(int, 1, 10_000),
        "noise_tokens": Interval(int, 1, 10_000),
        "ns_exponent": Interval(float, -10, 10),
        "margin": Interval(float, 0),
        "norm_bound": Interval(float, 0, open_low=True),
        "min_variance": Interval(float, 1e-8, 1e8),
        "max_variance": Interval(float, 1e-8, 1e8),
        "batch_size": Interval(int, 2),
        "variance_learning_rate": Interval(float, 0),
        "engine": Choice(("auto", "fused", "torch")),
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
        energy: Literal["kl", "expected_likelihood"] = "kl",
        covariance: Literal["spherical", "diag"] = "spherical",
        components: int = 1,
        negative: int = 5,
        noise_words: int = 16,
        noise_tokens: int = 8,
        ns_exponent: float = 0.75,
        margin: float = 1.0,
        norm_bound: float = 10.0,
        min_variance: float = 0.1,
        max_variance: float = 5.0,
        epochs: int = 5,
        batch_size: int = 256,
        learning_rate: float = 2.0,
        variance_learning_rate: float = 0.05,
        min_learning_rate: float = 0.02,
        engine: Literal["auto", "fused", "torch"] = "auto",
        workers: int = 1,
        seed: int = 1,
        device: str = "auto",
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
        self.energy = energy
        self.covariance = covariance
        self.components = components
        self.negative = negative
        self.noise_words = noise_words
        self.noise_tokens = noise_tokens
        self.ns_exponent = ns_exponent
        self.margin = margin
        self.norm_bound = norm_bound
        self.min_variance = min_variance
        self.max_variance = max_variance
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.variance_learning_rate = variance_learning_rate
        self.min_learning_rate = min_learning_rate
        self.engine = engine
        self.workers = workers
        self.seed = seed
        self.device = device
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.max_sentence_length = max_sentence_length
        self.errors = errors
        self.cache_dir = cache_dir

    def train(self, **settings: Any) -> Self:
        """``GradientModel.train``, which tells the log how many densities a bound holds."""
        super().train(**settings)
        shares = ", ".join(f"{name} {share:.1%}" for name, share in self.bound_shares.items())
        _logger.info("shares of densities at a bound: %s", shares)
        return self

    @property
    def bound_shares(self) -> dict[str, float]:
        """Share of the words' means whose norm is at ``norm_bound``, and of variances at ``min_variance`` and at
        ``max_variance``; of components, in mixtures."""
        vectors = self.vectors
        if isinstance(vectors, MixtureVectors):
            mean, variance = vectors.component_means, vectors.component_variances
        else:
            mean, variance = vectors.vectors, vectors.variances
        low, high = self.min_variance * (1 + _TOLERANCE), self.max_variance * (1 - _TOLERANCE)
        norms = np.linalg.norm(mean.astype(np.float64), axis=-1)
        return {
            "norm_bound": float((norms >= self.norm_bound * (1 - _TOLERANCE)).mean()),
            "min_variance": float((variance <= low).mean()),
            "max_variance": float((variance >= high).mean()),
        }

    # Hooks of the template

    def _check(self) -> None:
        super()._check()
        if self.min_variance > self.max_variance:
            raise ParameterError(
                f"min_variance must be at most max_variance {self.max_variance}, got {self.min_variance}"
            )
        if self.engine == "fused" and (self.components > 1 or self._device().type != "cpu"):
            raise ParameterError(
                "engine must be 'torch' or 'auto' for mixtures and on devices other than a CPU, got 'fused' with "
                f"components={self.components}, device={self.device!r}"
            )

    def _settings(self) -> NetworkSettings:
        return NetworkSettings(
            dim=self.dim,
            variance_dim=self.dim if self.covariance == "diag" else 1,
            components=self.components,
            energy=self.energy,
            negative=self.negative,
            margin=self.margin,
            norm_bound=self.norm_bound,
            min_variance=self.min_variance,
            max_variance=self.max_variance,
        )

    def _task(self, vocabulary: Vocabulary, encoded: EncodedCorpus, held_out: EncodedCorpus | None) -> DensityTask:
        is_fused = self.engine == "fused" or (
            self.engine == "auto" and self.components == 1 and self._device().type == "cpu"
        )
        kind = FusedDensityTask if is_fused else DensityTask
        return kind(self, self._settings(), vocabulary, encoded, held_out)

    def _vectors_from(self, task: DensityTask, vocabulary: Vocabulary) -> DensityVectors:
        mean, log_variance, log_weight = task.learned()
        variance = np.exp(log_variance) if self.covariance == "diag" else np.exp(log_variance[:, 0])
        if log_weight is None:
            return DensityVectors(vocabulary.words, mean, variance, vocabulary.counts, parameters=self._described())
        return MixtureVectors(
            vocabulary.words,
            mean.reshape(len(vocabulary), self.components, self.dim),
            variance.reshape(len(vocabulary), self.components, *variance.shape[1:]),
            np.exp(log_weight),
            vocabulary.counts,
            parameters=self._described(),
        )

    def _tensors(self) -> Mapping[str, Any]:
        return {}

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors = self.vectors
        components = vectors.num_components if isinstance(vectors, MixtureVectors) else 1
        found = vectors.vector_size, components, "spherical" if vectors.is_spherical else "diag"
        expected = self.dim, self.components, self.covariance
        if found != expected:
            raise ParameterError(f"dim, components and covariance are {expected}, those of the densities {found}")
