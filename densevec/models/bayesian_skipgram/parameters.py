"""What the Bayesian skip-gram is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._calls import warn
from densevec._parameters import Constraints, param
from densevec._validation import Interval, check_parameter
from densevec.errors import ParameterError
from densevec.models.parameters import HasSubwords, PredictsWindows, ReadsEvidence

LIKELIHOODS = ("expected_softmax", "elbo")  # objectives whose loss is −log P(context word)


def _affine_is_no_density(settings: BayesianSkipGramParameters) -> None:
    if settings.likelihood == "affine" and (settings.tied or settings.objective in ("max_margin", "jensen")):
        raise ParameterError(
            f"likelihood must be 'density' for tied=True and for the objectives 'max_margin' and 'jensen', got "
            f"'affine' with objective={settings.objective!r}, tied={settings.tied}"
        )


def _jensen_is_for_teaching(settings: BayesianSkipGramParameters) -> None:
    if settings.objective == "jensen":
        warn(
            "objective='jensen' is unbounded below: variances sink to their floor; it is there for teaching",
            UserWarning,
        )


def check_refinement(settings: BayesianSkipGramParameters, num_steps: int) -> None:
    """Raise ParameterError unless the model's posteriors have a bound that so many steps can raise."""
    check_parameter("refine", num_steps, Interval(int, 0))
    if num_steps and not settings.has_bound:
        raise ParameterError(
            f"refine must be 0 but for likelihood='density' with an objective of {' or '.join(LIKELIHOODS)}, got "
            f"{num_steps} with likelihood={settings.likelihood!r}, objective={settings.objective!r}"
        )


def _refines_a_bound(settings: BayesianSkipGramParameters) -> None:
    check_refinement(settings, settings.refine)


class BayesianSkipGramParameters(PredictsWindows, ReadsEvidence, HasSubwords):
    """Parameters of priors, encoder, decoder and their training."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "tied": (False,),
        "covariance": ("spherical",),
        "likelihood": ("density",),
        "objective": ("expected_softmax",),
        "window_weights": ("equal", "position"),
        "layers": (1,),
    }
    in_older_files: ClassVar[Mapping[str, Any]] = {"residual": False, "leave_out": False}
    constraints: ClassVar[Constraints] = (_affine_is_no_density, _jensen_is_for_teaching, _refines_a_bound)

    objective: Literal["expected_softmax", "max_margin", "elbo", "jensen"] = param(
        default="expected_softmax",
        text='loss of a context word: sampled softmax of expected log densities ("expected_softmax"), the authors\' '
        'hinge ("max_margin"), the evidence lower bound ("elbo"), or the slides\' Jensen step ("jensen", unbounded '
        "below; for teaching)",
    )
    likelihood: Literal["density", "affine"] = param(
        default="density", text='what explains a context word: a "density" of its own, or an "affine" softmax of z'
    )
    normaliser: Literal["css", "exact"] = param(
        default="css",
        belongs_to=("objective", "elbo"),
        text='complementary sum sampling ("css"), or "exact" (vocabularies of some thousands)',
    )
    covariance: Literal["spherical", "diag"] = param(
        default="spherical", text='one variance a word ("spherical"), or one for each dimension ("diag")'
    )
    tied: bool = param(
        default=False, text="explain context words by their priors, as the authors do, not by densities of their own"
    )
    negative: int = param(default=512, text="noise words, or words of the complementary sample, shared by a batch")
    ns_exponent: float = param(default=1.0, belongs_to=("objective", "expected_softmax", "max_margin", "jensen"))
    margin: float = param(default=5.0, low=0, belongs_to=("objective", "max_margin"), text="of the hinge, in nats")
    kl_weight: float = param(
        default=0.4, low=0, text="weight of KL(q‖p_v): the greater, the less a sentence moves a word"
    )
    kl_warm_up: float = param(default=0.0, low=0, high=1, text="share of training over which kl_weight rises from 0")
    context_dropout: float = param(default=0.7, low=0, high=1, text="share of tokens whose posterior is the prior")
    information_scale: float = param(
        default=0.1,
        low=0,
        text="fall of a word's log variance for each nat it tells about its contexts; 0 leaves the variances to "
        "KL(q‖p_v) alone, as the authors do, and so do max_margin, jensen and context_dropout=0",
    )
    information_exponent: float = param(
        default=2.5, low=0, text="1 for mutual information; above it, contexts of rare words count as more telling"
    )
    residual: bool = param(
        default=True, text="the encoder's mean is added to the word's own; no: it stands alone, as the authors have it"
    )
    leave_out: bool = param(
        default=True,
        text="one half of each window, by chance, is kept from the encoder, and the posterior predicts that; no: it "
        "predicts the words it has seen, as the authors do",
    )
    subwords: tuple[int, int] | None = param(
        default=None,
        text="shortest and longest character n-grams that are fitted to the words once these are learned, (3, 6) in "
        "fastText; unknown words then have densities, and in their sentences better ones.  None for words alone",
    )
    buckets: int = param(default=500_000)
    hidden: int = param(default=100, low=1, text="hidden units of the encoder")
    window_weights: Literal["equal", "position", "attention"] = param(
        default="equal",
        text='how much the places of a window count in the encoder: all alike ("equal"), by a learned weight for each '
        'distance and side ("position"), or by attention over what is there ("attention")',
    )
    layers: int = param(default=1, low=1, high=2, text="of the encoder")
    refine: int = param(
        default=0,
        low=0,
        text="steps of gradient ascent on the bound, from what the encoder gives, whenever the posterior of a trained "
        "model is asked for: the sentence says more, and takes longer",
    )
    batch_size: int = param(default=1024, text="tokens of a block")
    learning_rate: float = param(default=0.2, text="Adagrad's rate for the means and the encoder's embeddings")
    variance_learning_rate: float = param(default=0.03, low=0, text="Adagrad's rate for the log variances")
    encoder_learning_rate: float = param(default=1e-3, low=0, text="Adam's rate for the encoder")

    @property
    def has_bound(self) -> bool:
        """Whether posteriors have a bound that ``refine`` can raise."""
        return self.likelihood == "density" and self.objective in LIKELIHOODS
