"""Ctrl-C is answered within two seconds whatever training is at, and the work is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from densevec import CBOW, BayesianSkipGram, DensityWord2Vec, EmbedAlign
from densevec.formats import read_container
from densevec.models import inference
from densevec.models.embedalign.network import Network
from densevec.models.gradient_model import GradientModel
from densevec.training import kernel, restore_checkpoint, work
from densevec.training.kernel import KernelEngine
from densevec.training.signals import Hurried, Hurry, StopRequest, never, until_hurried
from tests.contracts.cases import LEARNERS, SMALL, assert_alike, aviary, make

Kind = type[GradientModel]
SECONDS = 2.0
LEARNERS_OF_TEXT = pytest.mark.parametrize("kind", LEARNERS.values(), ids=LEARNERS)


class Clock:
    """Sends this process SIGINT and takes the time until it is answered."""

    def __init__(self) -> None:
        self.sent: float | None = None
        self.timers: list[threading.Timer] = []

    def interrupt(self) -> None:
        if self.sent is None:
            self.sent = time.monotonic()
            os.kill(os.getpid(), signal.SIGINT)

    def after(self, seconds: float) -> None:
        self.timers.append(threading.Timer(seconds, self.interrupt))
        self.timers[-1].start()

    def check(self, train: Callable[[], Any]) -> None:
        with pytest.raises(KeyboardInterrupt):
            train()
        assert self.sent is not None
        assert time.monotonic() - self.sent < SECONDS


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    for timer in clock.timers:  # of a test that has failed
        timer.cancel()


def slowed(function: Callable[..., Any], before: Callable[[], None], seconds: float = 0.05) -> Callable[..., Any]:
    """The function, each call of which takes so much longer."""

    def call(*arguments: Any, **options: Any) -> Any:
        before()
        time.sleep(seconds)
        return function(*arguments, **options)

    return call


@LEARNERS_OF_TEXT
def test_while_held_out_text_is_looked_at(kind: Kind, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = 0
    task = type(make(kind).make_task(*prepared(kind)))
    inner = task.validation_loss

    def validation_loss(self: Any) -> Any:
        nonlocal batches

        def count() -> None:
            nonlocal batches
            batches += 1
            clock.interrupt()

        name = "log_probs" if hasattr(self, "reading") else "forward"
        setattr(self.network, name, slowed(getattr(self.network, name), count))
        return inner(self)

    monkeypatch.setattr(task, "validation_loss", validation_loss)
    size = kind.declared().get("batch_size")
    model = make(kind, epochs=3, **({"batch_size": 16} if size is not None and size.engine is None else {}))
    clock.check(lambda: model.train(validation=aviary(kind, 4000, seed=3)))
    assert batches <= 2
    assert len(model.vectors) > 0
    assert [report.validation for report in model.history] == [None]


def prepared(kind: Kind) -> tuple[Any, Any]:
    model = make(kind)
    text = model.open_text(model.corpus)
    vocabulary = model.count(text)
    return vocabulary, model.encode(text, vocabulary)


FUSED = {name: kind for name, kind in LEARNERS.items() if "engine" in kind.declared()}


def fused(kind: Kind, corpus: Any, **changes: Any) -> Any:
    """A small model that kernels train."""
    declared = kind.declared()
    small = {n: v for n, v in SMALL.items() if n in declared and declared[n].engine in (None, "fused")}
    wanted = {name: values[0] for name, values in kind.fused_takes.items()}
    return kind(corpus, engine="fused", **{**small, **wanted, **changes})


@cache
def random_text(num_sentences: int) -> list[list[str]]:
    """Sentences of ten of 10,000 words, frequent and rare ones."""
    words = (10_000 * np.random.default_rng(1).random((num_sentences, 10)) ** 3).astype(int)
    return [[str(word) for word in sentence] for sentence in words.tolist()]


@pytest.mark.parametrize("kind", FUSED.values(), ids=FUSED)
@pytest.mark.parametrize("workers", [1, 2])
def test_within_a_long_step_of_a_kernel(
    kind: Kind, workers: int, clock: Clock, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step ends where threads stand, and what is left of it is done when training goes on."""
    step, started = KernelEngine.step, []

    def timed(self: KernelEngine, batch: Any, *arguments: Any) -> Any:
        if not started:
            started.append(batch.next)
            clock.after(0.03)
        return step(self, batch, *arguments)

    monkeypatch.setattr(KernelEngine, "step", timed)
    monkeypatch.setattr(kernel, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(work, "_STEPS", 1)
    monkeypatch.setattr(work, "_STEP_UNITS", 2**30)
    more = {"dim": 300, "negative": 50, "window": 10, "sample": 0, "hidden": 100}
    corpus = random_text(100_000 if kind is CBOW else 20_000)  # which reads a window as one
    model = fused(kind, corpus, **{name: value for name, value in more.items() if name in kind.declared()})
    model.set_params(workers=workers)
    path = tmp_path / "checkpoint"
    clock.check(lambda: model.train(checkpoint=path))
    assert np.isfinite(model.vectors.vectors).all()
    assert model.vectors.vectors.any()
    monkeypatch.undo()
    text = model.open_text(corpus)
    vocabulary = model.count(text)
    with model.encode(text, vocabulary) as encoded:
        task = model.make_task(vocabulary, encoded)
        state = restore_checkpoint(path, task)
        assert state.step == 1
        assert 0 < state.position[0] < started[0][0]  # within the step
        assert 0 < state.num_read < task.work


@pytest.mark.parametrize("kind", FUSED.values(), ids=FUSED)
def test_a_step_that_was_cut_short_is_learned_to_its_end(kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one worker tables and losses have the bits of a step that nobody cut."""
    monkeypatch.setattr(work, "_STEPS", 4)
    batches = work.Work.batches
    corpus = [*random_text(1000), ["1", "2"] * 500]  # and one that fills more than a block
    more = {name: 200 for name in ("dim", "negative") if name in kind.declared()}
    more |= {"learning_rate": 1e-3, "min_learning_rate": 1e-3}
    model, whole = (fused(kind, corpus, **more, epochs=1) for _ in range(2))
    whole.train()
    cuts = 0
    for attempt in range(30):  # a fast machine may end a step before it is cut
        path = tmp_path / str(attempt)
        monkeypatch.setattr(kernel, "_LOOK_SECONDS", 0.001 * (attempt % 3))
        monkeypatch.setattr(work.Work, "batches", interrupting(batches, attempt % 3))
        with pytest.raises(KeyboardInterrupt):
            model.train(checkpoint=path)
        monkeypatch.setattr(work.Work, "batches", batches)
        cuts += "learner.begun" in read_container(path).tensors
        assert_alike(whole, model.train(resume=path))
        assert [report.terms for report in model.history] == [report.terms for report in whole.history]
        if attempt >= 2 and cuts:
            return
    pytest.fail("no step was cut short")


def interrupting(batches: Callable[..., Any], number: int) -> Callable[..., Any]:
    """Batches of which one is interrupted as soon as it is given."""

    def call(*arguments: Any) -> Iterator[Any]:
        for place, batch in enumerate(batches(*arguments)):
            if place == number:
                os.kill(os.getpid(), signal.SIGINT)
            yield batch

    return call


def test_while_the_densities_of_words_are_gathered_from_the_text(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    """EmbedAlign reads the text once more when training ends, also when it was interrupted."""
    calls = []
    monkeypatch.setattr(Network, "encode", slowed(Network.encode, lambda: calls.append(1)))

    class Interrupt:
        def on_epoch_end(self, model: Any, report: Any) -> None:
            clock.interrupt()

    model = make(EmbedAlign, epochs=3, batch_size=4)
    clock.check(lambda: model.train(callbacks=[Interrupt()]))
    assert 0 < len(calls) < 20  # of 100 batches
    vectors = model.vectors
    assert len(model.history) == 1
    assert np.isfinite(vectors.vectors).all()
    assert (vectors.vectors != 0).any(1).mean() > 0.9  # nearly all words have more than the prior, N(0, I)
    assert vectors.entailment_contrast is not None
    assert "words have the density of the word by itself and" in caplog.text
    calls.clear()
    clock.sent = None
    monkeypatch.setattr(Network, "encode", slowed(Network.encode, clock.interrupt))  # in the midst of the last pass
    model = make(EmbedAlign, epochs=1, batch_size=4)
    clock.check(model.train)
    assert len(model.history) == 1
    assert (model.vectors.vectors != 0).any(1).mean() > 0.9


def test_words_by_themselves_have_the_encoder_s_densities(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(EmbedAlign).train()
    vocabulary, encoded = prepared(EmbedAlign)
    task = make(EmbedAlign).make_task(vocabulary, encoded)
    task.network.load_state_dict(model._network.state_dict())
    task.settle()
    whole, _ = task.aggregate()
    np.testing.assert_allclose(whole, model.vectors.vectors, atol=1e-6)
    monkeypatch.setattr("densevec.models.embedalign.task._HURRIED_SECONDS", -1.0)
    task.is_hurried = lambda: True
    some, _ = task.aggregate()  # one batch, and one of single words
    monkeypatch.setattr("densevec.models.embedalign.task._HURRIED_SECONDS", 100.0)
    same, _ = task.aggregate()  # time for all
    np.testing.assert_allclose(same, whole, atol=1e-5)
    differ = np.flatnonzero((some != 0).any(1) & (np.abs(some - whole) > 1e-3).any(1))
    row = int(differ[-1])
    alone = model.posterior([vocabulary.words[row]], 0).mean
    assert any(np.allclose(some[each], model.posterior([vocabulary.words[each]], 0).mean, atol=1e-5) for each in differ)
    assert alone.shape == some[row].shape


@LEARNERS_OF_TEXT
@pytest.mark.parametrize("phase", ["count", "encode"])
def test_before_the_first_step(kind: Kind, phase: str, clock: Clock) -> None:
    """There is no work to keep, and nobody has to wait."""
    model = make(kind)
    sentences = list(aviary(kind, 200))

    class Endless:
        """A pass that takes a minute."""

        passes = 0

        def __iter__(self) -> Iterator[Any]:
            self.passes += 1
            if self.passes == (1 if phase == "count" else 2):
                clock.after(0.2)
                for _ in range(3000):
                    time.sleep(0.02)
                    yield sentences[0]
            yield from sentences

    model.corpus = Endless()
    clock.check(model.train)
    assert model.corpus.passes == (1 if phase == "count" else 2)


@pytest.mark.parametrize("minutes", [0, 10])  # of which the second writes none before
@pytest.mark.parametrize("kind", [BayesianSkipGram, DensityWord2Vec])
def test_while_the_evidence_is_read(
    kind: Kind, minutes: float, clock: Clock, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All steps are done: the vectors are there, and going on is reading the evidence alone."""
    corpus = aviary(kind, 3000)
    whole = make(kind, corpus).train()
    assert np.isfinite(whole.vectors.get_vecattr("kiwi", "specificity"))
    model = make(kind, corpus)
    with monkeypatch.context() as patch:
        patch.setattr(inference, "specificity", slowed(inference.specificity, clock.interrupt, 10.0))
        clock.check(lambda: model.train(checkpoint=tmp_path / "c", checkpoint_minutes=minutes))
    assert len(model.history) == 2
    np.testing.assert_array_equal(model.vectors.vectors, whole.vectors.vectors)
    monkeypatch.setattr(kernel.KernelEngine, "step", None)  # no step is left
    assert_alike(whole, model.train(resume=tmp_path / "c"))


def test_a_hurry_leaves_some_seconds() -> None:
    hurried = False
    hurry = Hurry(lambda: hurried, 0.05)
    time.sleep(0.06)
    assert not hurry.is_over()
    hurried = True
    assert not hurry.is_over()
    time.sleep(0.06)
    assert hurry.is_over()
    assert list(until_hurried([1, 2], never)) == [1, 2]
    seen = []
    with pytest.raises(Hurried):
        for item in until_hurried(range(5), lambda: len(seen) == 2):
            seen.append(item)
    assert seen == [0, 1]
    with StopRequest() as stop:
        assert not stop.is_received()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_received()


def test_steps_end_where_they_would_have_ended() -> None:
    class Plain(work.Work):
        num_turns, step = 10, 4

        def share(self, turns: Any) -> None: ...

    def bounds(start: Any) -> list[tuple[int, int]]:
        return [(turns.first[0], turns.next[0]) for turns in Plain().batches(0, start)]

    assert bounds(None) == [(0, 4), (4, 8), (8, 10)]
    assert bounds((4, 0)) == [(4, 8), (8, 10)]
    assert bounds((5, 0)) == [(5, 8), (8, 10)]
    assert bounds((9, 0)) == [(9, 10)]
    assert bounds((10, 0)) == []
    assert [turns.first for turns in Plain().batches(0, (5, 3))] == [(5, 3), (8, 0)]
