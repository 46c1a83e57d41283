"""Trained models that another text goes on with: new words enter, counts add up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

import numpy as np

from densevec._calls import in_a_sentence
from densevec._memory import enough_memory
from densevec._packages import torch_threads
from densevec._processes import is_distributed
from densevec._random import integer_seed
from densevec._validation import Interval, Rule, check_parameters
from densevec.corpus.growth import MORE_ROOM, Growth, grow_vocabulary
from densevec.errors import ParameterError
from densevec.formats.atomic import remove_leftovers
from densevec.formats.native import check_target
from densevec.models.base import Path
from densevec.models.gradient_model import RULES, GradientModel, Prepared, begin
from densevec.models.inference import check_evidence, learn_inference
from densevec.models.needs import remedies
from densevec.models.origin import Origin, told_of
from densevec.models.parameters import ReadsEvidence, num_ngrams
from densevec.models.placement import place
from densevec.models.preparation import chosen
from densevec.models.tasks.growth import PriorPull, prior_share
from densevec.training.callbacks import Callback, check_callbacks
from densevec.training.checkpoint import digest_of
from densevec.training.progress import Progress
from densevec.training.resume import SavedTraining, as_saved
from densevec.training.trainer import Trainer
from densevec.vectors import DensityVectors
from densevec.vectors._attributes import empty_column
from densevec.vectors.state import State

Model = TypeVar("Model", bound="Grows")
_COUNTING = ("min_count", "max_vocab_size", "trim_rule", "workers")
_RULES: dict[str, Rule] = {**RULES, "prior_weight": Interval(float, 0)}


class Wanted(NamedTuple):
    """What an update is told; None for the model's own, and for no checkpoint."""

    learning_rate: float | None
    epochs: int | None
    min_count: int | None
    max_vocab_size: int | None
    prior_weight: float
    checkpoint: Path | None
    checkpoint_minutes: float
    resume: Path | SavedTraining | None
    callbacks: Sequence[Callback]
    progress: bool | None


class Grows(ABC):
    """A model whose tables have a row for each word, and go on where they are when words join them.

    A subclass, which is a ``GradientModel`` too, gives what it has learned, and how a new task goes on from it.
    """

    # Pairs of tables, by the network's names: means and log variances that are the same densities
    density_tables: ClassVar[Sequence[tuple[str, str]]] = ()
    # Of an update without sub-words: its learning rate as a share of the model's own, and λ of the mean of tables
    # before and after, 0 for those after
    update_rate: ClassVar[float] = 1.0
    update_average: ClassVar[float] = 0.0

    @abstractmethod
    def _learned(self) -> Mapping[str, Any]:
        """Arrays by the network's names of its state, and ``RowSquares``; ParameterError where they cannot go on."""

    @abstractmethod
    def _dense(self) -> Sequence[str]:
        """Names of what is learned and has no row for each word."""

    @abstractmethod
    def _grow(self, model: Self, growth: Growth) -> None:
        """Take from the model that is updated what a task of the grown words is made with."""

    @abstractmethod
    def _own_pulls(self, task: Any, growth: Growth, weight: float) -> Sequence[Callback]:
        """What pulls that of a task which no word has a row of to where it was; before words are pulled."""

    @abstractmethod
    def _go_on(self, task: Any, learned: Mapping[str, Any], rows: np.ndarray) -> None:
        """Give the tables of a new task what was learned; ``rows`` as for ``go_on_from``."""


def go_on_with(model: Any, corpus: Any, wanted: Wanted) -> Any:
    """``update``: all is done by a twin with tables of its own, whose result this model takes over in the end."""
    check_callbacks(wanted.callbacks)
    check_parameters(wanted._asdict(), _RULES)
    saved = None if wanted.resume is None else as_saved(wanted.resume)
    if is_distributed():
        raise ParameterError("update must be run by one process, got several of torchrun")
    if isinstance(model, ReadsEvidence):
        check_evidence(model)
    before, learned = model._vocabulary(model._own_vectors, model._own.dim), model._learned()
    number = int((model.trained_on or {}).get("updates", 0)) + 1
    checkpoint = saved.next_path if saved is not None and wanted.checkpoint is None else wanted.checkpoint
    facts: dict[str, Any] = {
        "number": number,
        "prior_weight": float(wanted.prior_weight),
        "digest of the model before": checkpoint and digest_of(learned),
    }
    twin = _twin(model, wanted, number)
    if saved is not None:
        saved.check_parameters(type(model).__name__, twin._described(), facts)
    if checkpoint is not None:
        check_target(checkpoint)
        remove_leftovers(checkpoint)
    text, placement = model._open_more(corpus), place(twin, saved)
    with ExitStack() as stack:
        stack.enter_context(enough_memory(f"the update of {type(model).__name__}", remedies(model, placement.is_fused)))
        if not placement.is_fused:
            stack.enter_context(torch_threads(model.workers))
        with Progress(None, enabled=wanted.progress, task="counting") as bar:
            growth = grow_vocabulary(before, text, progress=bar.add, **chosen(twin, *_COUNTING))
        twin._check_memory(growth.vocabulary, placement)
        encoded = stack.enter_context(twin.encode(text, growth.vocabulary, wanted.progress))
        origin = replace(twin._new_origin(), trained_on=told_of(corpus, encoded))
        if saved is not None:
            saved.check_vocabulary(growth.vocabulary.words, growth.vocabulary.counts, growth.vocabulary.digest())
            saved.check_text(origin.trained_on or {}, None)
        twin._grow(model, growth)
        task = twin.make_task(growth.vocabulary, encoded, placement=placement, progress=wanted.progress)
        model._go_on(task, learned, growth.rows)
        state = begin(task, saved)
        prepared = Prepared(growth.vocabulary, encoded, None, origin, task)
        keeper = None if checkpoint is None else prepared.keeper(checkpoint, type(model).__name__, update=facts)
        trainer = Trainer(
            task,
            epochs=twin.epochs,
            model=model,
            callbacks=[*_pulls(model, task, growth, learned, facts["prior_weight"]), *wanted.callbacks],
            checkpoint=keeper,
            checkpoint_seconds=60 * wanted.checkpoint_minutes,
            show_progress=wanted.progress,
            also_helps=MORE_ROOM if growth.num_left_out else None,
        )
        if saved is not None:
            saved.close()
        stop = stack.enter_context(trainer.stopping(state))
        trainer.run(state, stop)
        stop.answer_at_once()
        _average(model, task, growth, learned)
        task.finish()
        vectors = model._vectors_from(task, growth.vocabulary, True)
        _add_known(model, vectors, encoded, growth, is_of_files=text.paths is not None)
        model._adopt(task, growth.vocabulary)
        model._vectors, model._counts = vectors, np.array(growth.vocabulary.counts)
        model.history, model._origin = state.history, _updated(model, corpus, encoded)
    return model


def _add_known(model: Any, vectors: Any, encoded: Any, growth: Growth, *, is_of_files: bool) -> None:
    """Give the vectors after an update what was kept with the words before, and what the text adds to it."""
    before: Any = model._own_vectors
    vectors._state = _carried(before._state, vectors._state, growth.rows)
    told, phrases = (encoded, growth.vocabulary, model._own), model.known_phrases
    if isinstance(model, ReadsEvidence) and isinstance(vectors, DensityVectors):
        learn_inference(vectors, *told, is_of_files=is_of_files, phrases=phrases, added=growth.added)
        _keep_bound(before, vectors)


def _updated(model: Any, corpus: Any, encoded: Any) -> Origin:
    """What the result was made with, once another text is added."""
    before = model._new_origin() if model._origin is None else model._origin
    return replace(before, trained_on=told_of(corpus, encoded, model.trained_on or {}))


def _pulls(model: Any, task: Any, growth: Growth, learned: Mapping[str, Any], weight: float) -> list[Callback]:
    """What pulls words to where they were after each epoch."""
    if weight == 0:
        return []
    share, lacking = _share_of_words(growth, weight), np.flatnonzero(growth.added == 0)
    task.unchanged = lacking, growth.rows[lacking]
    told = learned, growth.rows, model.density_tables, share, model._dense(), task.composed
    return [*model._own_pulls(task, growth, weight), PriorPull(task.weights, *told)]


def _average(model: Any, task: Any, growth: Growth, learned: Mapping[str, Any]) -> None:
    """Have each word's rows be the mean of what they were, with the weight λn₀, and of what they are, with n₁."""
    if model.update_average > 0 and num_ngrams(model._own) == 0:  # rows of n-grams have no counts
        share = _share_of_words(growth, model.update_average)
        PriorPull(task.weights, learned, growth.rows, (), share, model._dense()).pull()


def _twin(model: Any, wanted: Wanted, number: int) -> Any:
    """An estimator with the parameters of the update: other random numbers, rates in proportion."""
    own = {**vars(model._own), **model.reading()}
    model._check_functions(own)
    before = own["learning_rate"]
    share = model.update_rate if num_ngrams(model._own) == 0 else 1.0
    rate = share * before if wanted.learning_rate is None else wanted.learning_rate
    model.declared()["learning_rate"].check(rate)
    changed: dict[str, Any] = {"learning_rate": rate, "min_learning_rate": min(rate, own["min_learning_rate"])}
    changed |= {
        name: own[name] * rate / before for name in own if name.endswith("_learning_rate") and name not in changed
    }
    changed["seed"] = integer_seed(own["seed"], "update", number)
    counting = {name: getattr(wanted, name) for name in ("epochs", "min_count", "max_vocab_size")}
    changed |= {name: value for name, value in counting.items() if value is not None}
    twin = type(model)(**{**own, **changed, "corpus": None})
    twin.share_rows = False  # an update is of one process, which has them all
    twin.check_params()
    return twin


FREE_OF_DENSITIES = GradientModel.free | {"evidence", "example_sentences"}


def leave_unchanged(model: Any, task: Any, *parts: np.ndarray) -> None:
    """Give words that an update leaves alone the numbers that they had: a logarithm loses last digits.

    parts : means, variances and, of mixtures, weights of all words; arrays of their own
    """
    if task.unchanged is not None:
        places, rows = task.unchanged
        before: Sequence[Any] = model._own_vectors._state.rows.as_mixtures()
        for part, was in zip(parts, before[: len(parts)], strict=True):
            part.reshape(len(task.vocabulary), -1)[places] = was.reshape(len(was), -1)[rows]


@in_a_sentence("all other settings are those that {kind} was trained with")
def update(
    self: Model,
    corpus: Any,
    *,
    learning_rate: float | None = None,
    epochs: int | None = None,
    min_count: int | None = None,
    max_vocab_size: int | None = None,
    prior_weight: float = 0.0,
    checkpoint: Path | None = None,
    checkpoint_minutes: float = 10.0,
    resume: Path | SavedTraining | None = None,
    callbacks: Sequence[Callback] = (),
    progress: bool | None = None,
) -> Model:
    """Go on learning from another text, whose new words enter, and return the model.

    Counts add up, and rows are again in the order of counts; words that are known stay.  All tables, of words, of
    contexts and of the encoder, go on from where they are, by steps as long as those that training ended with
    would be at this learning rate: Adagrad's sums go on too.  New words start as in training.

    With sub-words, n-grams and the words' own rows go on too.  Those words of DensityWord2Vec from which n-grams
    learn nothing, so that they tell of unknown ones, stay so while they are rare.

    With a ``prior_weight`` λ above 0 every word's densities are, after each epoch, the normalised product
    N₀ᵃ N₁¹⁻ᵃ of what they were before the update and what they have come to, a = λn₀/(λn₀ + n₁), n₀ and n₁ the
    word's tokens in all earlier texts and in this one:

        1/s = a/s₀ + (1 − a)/s₁,    m = s (a m₀/s₀ + (1 − a) m₁/s₁).

    Words that the new text lacks are then what they were.  Rows of n-grams are pulled as those without variances,
    n₀ and n₁ the tokens of the words that have them.  Interrupted, or on an error, the model is as it was.

    What the text says of kinds of things is added to what is known, and entailment is learned again.  It is read
    by the model's ``evidence`` as that is now, which ``set_params`` changes.  "auto" reads a text of the language
    that is known alone: from another one nothing is added, which the log says.  Attributes of words stay.

    Parameters
    ----------
    corpus : anything that a corpus may be; it is read as the model's own was
    learning_rate : that steps begin with, the model's own if None; it falls as in training, other rates in
        proportion
    epochs, min_count : passes over the new text, and how often a new word must come in it; the model's if None
    max_vocab_size : how many words the model may have once the new ones enter, the most frequent first; the model's
        if None.  Known words stay however few it lets be; the log says how many new ones found no room
    prior_weight : λ, what a token of the earlier texts counts beside one of the new; 0 lets densities move freely
    checkpoint, checkpoint_minutes, resume : as in ``train``: the update that a checkpoint is of goes on, where this
        model is the one that it began with, and text and arguments are the same
    callbacks, progress : as in ``train``; until the end callbacks see the model as it was

    Raises
    ------
    NotTrainedError : before ``train()``
    ParameterError : for vectors that were changed by hand, or a file without the tables of contexts; for what is
        not as the checkpoint has it, as CorpusError
    CorpusError : for a text without a word that is known or enters
    TrainingError : as ``train``
    """
    counting = epochs, min_count, max_vocab_size
    kept = checkpoint, checkpoint_minutes, resume
    return go_on_with(self, corpus, Wanted(learning_rate, *counting, prior_weight, *kept, callbacks, progress))


def _carried(before: State, after: State, rows: np.ndarray) -> State:
    """The state after an update with what was kept with the words before: attributes, zeros or empty strings of new
    words, and what the earlier texts say of kinds of things.  ``rows`` as ``Growth`` has them."""
    before, is_known = before.scaled(), rows >= 0
    attributes = {name: empty_column(name, len(rows), column, None) for name, column in before.attributes.items()}
    for name, column in attributes.items():
        column[is_known] = before.attributes[name][rows[is_known]]
    statements = None if before.statements is None else before.statements.among(after.words)
    return after.changed(attributes=attributes, scale=before.scale, evidence=statements)


def _keep_bound(before: Any, after: DensityVectors) -> None:
    """Have the ``entailment_bound`` that somebody set decide after the update too."""
    if before.entailment_bound is not None and before._state.inference is None:
        after.entailment_bound = before.entailment_bound


def _share_of_words(growth: Growth, weight: float) -> np.ndarray:
    """λn₀/(λn₀ + n₁) of each word, 0 of a new one, (V,)."""
    return prior_share(weight * (growth.vocabulary.counts - growth.added), growth.added)
