"""One battery for every estimator that learns step by step."""

from __future__ import annotations

import errno
import inspect
import re
import signal
import warnings
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from densevec import ParallelCorpus, TextCorpus
from densevec.cli import main
from densevec.errors import FileError, FormatError, ParameterError, TrainingWarning
from densevec.formats import atomic, read_container, write_container
from densevec.models import gradient_model, placement
from densevec.models.gradient_model import GradientModel
from densevec.models.placement import place
from densevec.models.preparation import Preparation
from densevec.training import Checkpoint, Trainer, TrainingState, checkpoint, restore_checkpoint
from densevec.vectors import KeyedVectors
from tests.contracts.cases import LEARNERS, aviary, make, trained
from tests.topics import topics

pytestmark = pytest.mark.parametrize("kind", LEARNERS.values(), ids=LEARNERS)
Kind = type[GradientModel]


def test_rules_that_tie_parameters_together(kind: Kind) -> None:
    with pytest.raises(ParameterError, match="min_learning_rate must be at most learning_rate"):
        make(kind, min_learning_rate=2.0, learning_rate=1.0).train()


def test_the_loss_is_per_epoch_and_falls(kind: Kind) -> None:
    wanted = {"epochs": 5, "batch_size": 64, "sample": 0, "kl_annealing": 0}  # the same loss in every epoch
    known = kind.declared()
    engine = {"engine": "torch"} if "engine" in known else {}  # whose batches are of this size
    history = make(kind, topics(300), **{n: v for n, v in wanted.items() if n in known}, **engine).train().history
    assert [report.epoch for report in history] == list(range(5))
    assert history[-1].loss < history[0].loss
    for report in history:
        assert report.loss == pytest.approx(sum(report.terms.values()), abs=1e-9)
        assert report.num_tokens > 0


def test_held_out_text_is_reported_and_does_not_disturb(kind: Kind) -> None:
    history = make(kind).train(validation=aviary(kind, 60, seed=3)).history
    for report in history:
        terms = dict(report.validation)
        assert terms.pop("loss") == pytest.approx(sum(terms.values()), abs=1e-9)
    assert [report.terms for report in history] == [report.terms for report in trained(kind).history]


def test_fault_43_one_seed_one_history(kind: Kind) -> None:
    again, other = make(kind).train(), make(kind, seed=2).train()
    assert not np.array_equal(other.vectors.vectors, again.vectors.vectors)
    assert [report.terms for report in again.history] == [report.terms for report in trained(kind).history]


def test_a_model_trained_anew_begins_anew(kind: Kind) -> None:
    model = make(kind, epochs=1).train()
    assert len(model.history) == 1
    model.set_params(epochs=2).train()
    np.testing.assert_array_equal(model.vectors.vectors, trained(kind).vectors.vectors)


def test_vectors_can_be_asked_for_while_training_runs(kind: Kind) -> None:
    seen = []

    class Look:
        def on_epoch_end(self, model, report) -> None:
            seen.append(model.vectors.most_similar("kiwi", topn=1))

    make(kind).train(callbacks=[Look()])
    assert len(seen) == 2


def test_training_starts_from_given_vectors(kind: Kind, tmp_path) -> None:
    """Steps of next to nothing leave known words where they started, up to one shift of all."""
    if kind.reads_pairs:
        pytest.skip(f"in {kind.__name__} given vectors start the encoder, not what its own vectors are")
    first = trained(kind)
    first.save(tmp_path / "first")
    rates = {name: 1e-30 for name in kind.declared() if name.endswith("learning_rate")}
    for given in (first.vectors, tmp_path / "first"):
        again = make(kind, [["kiwi", "stranger", "the"]], **rates, seed=9).train(init_from=given).vectors
        difference = first.vectors["kiwi"] - first.vectors["the"]
        np.testing.assert_allclose(again["kiwi"] - again["the"], difference, atol=1e-6)
    with pytest.raises(ParameterError, match="init_from must have dim 5, got vectors of 8"):
        make(kind, dim=5).train(init_from=first.vectors)


def test_given_vectors_that_start_no_word_are_told_of(kind: Kind, caplog) -> None:
    dim = make(kind).get_params().get("embedding_dim", make(kind).dim)
    words = make(kind, epochs=1).train().vectors.index_to_key
    strange, known = (KeyedVectors(some, np.ones((2, dim))) for some in (["STRANGE", "Kiwi"], ["kiwi", "STRANGE"]))
    with caplog.at_level("INFO", logger="densevec"):
        with pytest.warns(TrainingWarning, match=r"none of the .* is among those of init_from, such as 'STRANGE', so"):
            make(kind, epochs=1).train(init_from=strange)
        with warnings.catch_warnings():
            warnings.simplefilter("error", TrainingWarning)
            make(kind, epochs=1).train(init_from=known)
    told = [record.getMessage() for record in caplog.records if "of init_from" in record.getMessage()]
    assert [re.sub(" of [0-9]+ words", " of V words", line) for line in told] == [
        f"{number} of V words start from the 2 vectors of init_from" for number in (0, 1)
    ]
    assert "kiwi" in words


@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_a_checkpoint_goes_on_as_if_nothing_had_happened(kind: Kind, engine: str, tmp_path) -> None:
    if engine == "torch" and "engine" not in kind.declared():
        pytest.skip("it is trained by nothing else")
    model = make(kind, **({"engine": engine} if "engine" in kind.declared() else {}))
    text = model.open_text(model.corpus)
    vocabulary: Any = model.count(text)
    path = tmp_path / "checkpoint"

    class First:
        """Writes once, after the first step."""

        def write(self, learner, state) -> None:
            if not path.exists():
                Checkpoint(path, {}, vocabulary, "").write(learner, state)

    with model.encode(text, vocabulary) as encoded:
        whole, resumed = (model.make_task(vocabulary, encoded) for _ in range(2))
        wanted = Trainer(whole, epochs=2, checkpoint=First(), checkpoint_seconds=0).run(TrainingState())
        state = restore_checkpoint(path, resumed)
        assert state.step == 1
        found = Trainer(resumed, epochs=2).run(state)
    assert [report.terms for report in found.history] == [report.terms for report in wanted.history]
    theirs, ours = whole.state(), resumed.state()
    assert theirs.keys() == ours.keys()
    assert all(np.array_equal(theirs[name], ours[name]) for name in theirs)


def test_a_checkpoint_that_is_not_whole_is_an_error_of_ours(kind: Kind, tmp_path) -> None:
    model = make(kind)
    text = model.open_text(model.corpus)
    vocabulary: Any = model.count(text)
    path = tmp_path / "checkpoint"
    with model.encode(text, vocabulary) as encoded:
        task = model.make_task(vocabulary, encoded)
        task.step(next(iter(task.batches(0, None))), 0, 0.0)
        Checkpoint(path, {}, vocabulary, "").write(task, TrainingState())
        container = read_container(path, mmap=False)
        for name, tensor in container.tensors.items():
            if not name.startswith("learner."):
                continue
            for changed in ({}, {name: np.concatenate([tensor.reshape(-1)] * 2)}):
                others = {other: each for other, each in container.tensors.items() if other != name}
                write_container(path, {**others, **changed}, container.words, container.metadata)
                with pytest.raises(FormatError, match=r"checkpoint: the checkpoint (is not whole|does not hold)"):
                    restore_checkpoint(path, task)


def test_a_checkpoint_that_cannot_be_written_ends_nothing(
    kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    """Whatever the reason; it is told once, and once more of the last one, and an interruption stays one."""

    def fail(*_: Any) -> None:
        raise ParameterError("the file's metadata must fit 2,097,152 bytes, got more")

    class Interrupt:
        def on_epoch_end(self, model, report) -> None:
            if report.epoch == 1:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(checkpoint, "write_container", fail)
    model = make(kind, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        model.train(checkpoint=tmp_path / "checkpoint", checkpoint_minutes=0.0, callbacks=[Interrupt()])
    assert len(model.history) == 2
    assert len(model.vectors) > 0
    assert [record.message.split(":")[0] for record in caplog.records if record.name.startswith("densevec.train")] == [
        "no checkpoint was written, training goes on",
        "no checkpoint was written, and training cannot be resumed from here",
    ]


def test_room_for_the_output_is_asked_for_before_the_first_step(
    kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the answer is right: within a header of what the file takes, whatever a word is to the model."""

    class Count:
        def on_epoch_end(self, model, report) -> None:
            raise AssertionError("trained")

    others = {"covariance": "diag"}, {"components": 2}, {"subwords": (3, 4), "buckets": 1000}
    for wanted in ({}, *(each for each in others if each.keys() <= kind.declared().keys())):
        model = make(kind, dim=64, **wanted)
        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, "statvfs", lambda path: SimpleNamespace(f_bavail=7, f_frsize=1000))
            with pytest.raises(FileError, match=r"only 7,000 bytes are free on that disk; make room, name") as caught:
                model.train(output=tmp_path / "model", callbacks=[Count()])
        assert caught.value.errno == errno.ENOSPC
        needed = int(re.search(r"some ([\d,]+) bytes will be needed", str(caught.value))[1].replace(",", ""))
        model.train(output=tmp_path / "model").save(tmp_path / "model")
        assert needed < (tmp_path / "model").stat().st_size < needed + 61_000, wanted
    with pytest.raises(FileError, match=r"no/model cannot be written: No such file or directory"):
        make(kind).train(output=tmp_path / "no" / "model")


def test_checkpoints_leave_room_for_the_output(kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    model = make(kind).train()
    model.save(tmp_path / "model")
    size = (tmp_path / "model").stat().st_size
    monkeypatch.setattr(atomic.os, "statvfs", lambda path: SimpleNamespace(f_bavail=size + 1000, f_frsize=1))
    model.train(output=tmp_path / "model", checkpoint=tmp_path / "checkpoint", checkpoint_minutes=0.0)
    assert not (tmp_path / "checkpoint").exists()
    assert re.search(r"no checkpoint was written.*of them are kept for the trained model", caplog.text)
    model.save(tmp_path / "model")


def test_its_command_has_every_option_of_train(kind: Kind, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["train", kind.command, "--help"])
    text = capsys.readouterr().out
    asked = inspect.signature(kind.train).parameters.keys() - {"self", "callbacks", "progress"}
    assert asked == {"validation", "init_from", "checkpoint", "checkpoint_minutes", "resume", "output"}
    for name in asked:
        assert f"--{name.replace('_', '-')}" in text


def test_a_parameter_of_the_other_engine_is_an_error(kind: Kind) -> None:
    declared = kind.declared()
    if "engine" not in declared:
        pytest.skip(f"{kind.__name__} has one engine")
    possible = {name: values[0] for name, values in kind.fused_takes.items()}
    for runs, other in (("fused", "torch"), ("torch", "fused")):
        for name in (name for name, each in declared.items() if each.engine == other):
            default = declared[name].default
            value = not default if isinstance(default, bool) else default * 2
            with pytest.raises(ParameterError, match=rf"{name} must be left at .*{runs} engine.*engine='{other}'"):
                kind(aviary(kind), **possible, engine=runs, device="cpu", **{name: value}).train()
            place(kind(**possible, engine=other, device="cpu", **{name: value}))


def test_kernels_that_are_asked_for_train_on_the_cpu_of_a_machine_with_a_gpu(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "engine" not in kind.declared():
        pytest.skip(f"{kind.__name__} has one engine")
    monkeypatch.setattr(placement, "_may_have_gpu", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    possible = {name: values[0] for name, values in kind.fused_takes.items()}
    assert place(kind(**possible)) == ("cuda", False)
    assert place(kind(**possible, engine="fused")) == ("cpu", True)


def test_a_corpus_that_is_ready_is_read_as_it_is(kind: Kind, tmp_path) -> None:
    """By its own rules, as is all that the model reads afterwards, and they are in the file."""
    if kind.reads_pairs:
        ready = ParallelCorpus([(["The", "Kiwi"], ["Le", "Kiwi"])] * 40, lowercase=True)
    else:
        (tmp_path / "text").write_text("The Kiwi laid\nthe egg\n" * 40)
        ready = TextCorpus(tmp_path / "text", lowercase=True)
    model = make(kind, min_count=1).set_params(corpus=ready)
    assert model.open_text(ready) is ready
    model.train()
    assert "kiwi" in model.vectors
    assert "Kiwi" not in model.vectors
    assert model.reading()["lowercase"] is True
    assert model.get_params()["lowercase"] is False
    model.save(tmp_path / "model")
    assert kind.load(tmp_path / "model").reading()["lowercase"] is True
    assert model.open_text([]).tokenize("The Kiwi") == ["the", "kiwi"]
    with pytest.raises(ParameterError, match="tokenizer must be the corpus's own, 'whitespace'"):
        make(kind).set_params(corpus=ready, tokenizer="words").train()


def test_device_engine_and_text_are_decided_once(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = make(kind), Counter()

    def counted(module: Any, name: str) -> None:
        function = getattr(module, name)

        def call(*arguments: Any, **options: Any) -> Any:
            calls[name] += 1
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, call)

    counted(gradient_model, "place")
    counted(placement, "find_device")
    counted(Preparation, "open")
    model.train()
    assert calls == {"place": 1, "find_device": 1, "open": 1}


def test_a_callback_that_is_none_is_refused_before_anything_is_read(kind: Kind) -> None:
    for callback in (print, "log", object()):
        with pytest.raises(TypeError, match=r"callbacks must have a method on_epoch_end\(model, report\), got"):
            kind(["no such file"]).train(callbacks=[callback])
    gensims = SimpleNamespace(on_epoch_end=lambda model: None)
    with pytest.raises(TypeError, match=r"\(model, report\), got .*, whose on_epoch_end takes \(model\); have"):
        kind(["no such file"]).train(callbacks=[gensims])
