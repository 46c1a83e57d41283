"""What EmbedAlign is told."""

from __future__ import annotations

from typing import ClassVar, Literal

from densevec._parameters import Constraints, param
from densevec.errors import ParameterError
from densevec.models.parameters import CountsWords, HasDimension, HasSeed, HasThreads, LearnsBySteps, StepsByBatches


def _bound_fits_prior(settings: EmbedAlignParameters) -> None:
    if settings.alignment_prior == "hmm" and settings.alignment_bound != "exact":
        raise ParameterError(
            f"alignment_bound must be 'exact' with alignment_prior='hmm', which sums alignments out, got "
            f"{settings.alignment_bound!r}"
        )
    if settings.alignment_prior == "diagonal" and settings.alignment_bound == "sampled":
        raise ParameterError(
            "alignment_bound must be 'exact' or 'jensen' with alignment_prior='diagonal', got 'sampled', "
            "from which the tension learns nothing"
        )


class EmbedAlignParameters(HasDimension, CountsWords, LearnsBySteps, StepsByBatches, HasThreads, HasSeed):
    """Parameters of encoder, decoders, alignments and their training."""

    constraints: ClassVar[Constraints] = (_bound_fits_prior,)

    embedding_dim: int = param(default=128, low=1, text="dimension of the word embeddings that the encoder reads")
    encoder: Literal["birnn", "bow"] = param(
        default="birnn", text='"birnn" reads the sentence by an LSTM in each direction, "bow" the word alone'
    )
    hidden: int = param(default=100, low=1, belongs_to=("encoder", "birnn"), text="units of a direction of the LSTM")
    directions: Literal["sum", "concat"] = param(
        default="sum", belongs_to=("encoder", "birnn"), text="how the states of both directions are put together"
    )
    softmax: Literal["css", "exact"] = param(
        default="css",
        text='training normalises over the words of the batch and a complementary sample ("css"), or over all of them',
    )
    support_size: int = param(
        default=400, low=1, belongs_to=("softmax", "css"), text="words of the complementary sample, of each language"
    )
    alignment_prior: Literal["uniform", "diagonal", "hmm"] = param(
        default="uniform",
        belongs_to=("monolingual", False),
        text='"uniform" over positions; "diagonal" favours the same relative position, by a learned tension; "hmm" the '
        "step from the position of the word before, by learned weights of steps",
    )
    alignment_bound: Literal["exact", "jensen", "sampled"] = param(
        default="exact",
        belongs_to=("monolingual", False),
        text='alignments summed out exactly ("exact"), or the deck\'s alternatives: Jensen\'s lower bound ("jensen"), '
        'or one drawn from the prior ("sampled")',
    )
    null_probability: float = param(
        default=0.2,
        above=0,
        high=0.999,
        belongs_to=("alignment_prior", "diagonal", "hmm"),
        text="prior probability of a target word that translates nothing",
    )
    max_jump: int = param(
        default=8, low=1, belongs_to=("alignment_prior", "hmm"), text="steps beyond so many positions count as so many"
    )
    decoding: Literal["best", "posterior"] | None = param(
        default=None,
        text='how links are read off a trained model: "best" takes the most probable alignment, argmax_i p(i) '
        'P(y_j|z_i) word by word, Viterbi\'s path for the hmm; "posterior" every link whose posterior probability is '
        "above one half; None the first, but for the hmm the second",
    )
    kl_weight: float = param(
        default=0.3,
        low=0,
        text="weight of the divergence from the prior; 1 is the lower bound, less keeps more of words",
    )
    kl_annealing: float = param(default=1 / 3, low=0, high=1, text="share of training in which kl_weight rises from 0")
    monolingual: bool = param(default=False, text="learn from one language: there is no translation to explain")
    min_count: int = param(
        default=2, text="words seen less often are unknown; so is every word of either language that is new"
    )
    max_vocab_size: int | None = param(default=None, text="keep only so many words of a language, the most frequent")
    epochs: int = param(default=30)
    batch_size: int = param(default=100, low=1, text="sentence pairs of a batch")
    learning_rate: float = param(
        default=0.3, text="Adagrad's rate for embeddings, decoders and the prior over alignments"
    )
    encoder_learning_rate: float = param(default=3e-3, low=0, text="Adam's rate for the encoder")
    min_learning_rate: float = param(default=0.03)
    workers: int = param(default=2)
