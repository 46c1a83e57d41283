"""A training that was cut goes on to the bits that it would have come to, or says what is not as it was."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from densevec import NPLM, RNNLM, EarlyStopping, LogBilinear, SkipGram, Vocabulary
from densevec.cli import main, train
from densevec.errors import CorpusError, FileError, FormatError, ParameterError
from densevec.formats import read_container, write_container
from densevec.models.gradient_model import GradientModel
from densevec.objectives.base import Loss
from densevec.training import Checkpoint, SavedTraining, Trainer, TrainingState
from densevec.vectors import load_vectors
from tests import kills
from tests.contracts.cases import LEARNERS, assert_alike, aviary, make

EVERY = pytest.mark.parametrize("kind", LEARNERS.values(), ids=LEARNERS)
Kind = type[GradientModel]


class Interrupt:
    """Ctrl-C at the end of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_epoch_end(self, model: Any, report: Any) -> None:
        if report.epoch == self.epoch:
            signal.raise_signal(signal.SIGINT)


def cut(kind: Kind, path: Path, **options: Any) -> Any:
    """A model whose training was interrupted after its first epoch, and left a checkpoint."""
    model = make(kind, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        model.train(checkpoint=path, callbacks=[Interrupt(0)], **options)
    return model


@EVERY
def test_fault_34_it_goes_on_from_any_step(kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first and the last checkpoint, those at the ends of epochs, and some between."""
    written: list[Path] = []
    write = Checkpoint.write

    def keep(self: Checkpoint, learner: Any, state: Any) -> None:
        write(self, learner, state)
        written.append(tmp_path / str(len(written)))
        shutil.copy(self.path, written[-1])

    held_out = aviary(kind, 60, seed=3)
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "write", keep)
        whole = make(kind).train(validation=held_out, checkpoint=tmp_path / "c", checkpoint_minutes=0)
    for path in {written[0], *written[:: len(written) // 3 + 1], *written[-2:]}:
        again = make(kind).train(resume=path, checkpoint=tmp_path / "other", validation=held_out)
        assert_alike(whole, again)
        assert again.history == whole.history


@EVERY
def test_a_look_at_held_out_text_that_was_given_up_is_made_again(kind: Kind, tmp_path, monkeypatch) -> None:
    held_out = aviary(kind, 60, seed=3)
    whole = make(kind).train(validation=held_out)
    model = make(kind)
    task = type(model.make_task(*_prepared(model)))
    with monkeypatch.context() as patch:
        inner = task.validation_loss

        def validation_loss(self: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            return inner(self)

        patch.setattr(task, "validation_loss", validation_loss)
        with pytest.raises(KeyboardInterrupt):
            model.train(validation=held_out, checkpoint=tmp_path / "c")
    assert [report.validation for report in model.history] == [None]
    model.train(validation=held_out, resume=tmp_path / "c")
    assert model.history == whole.history
    assert_alike(whole, model)


def _prepared(model: Any) -> tuple[Any, Any]:
    text = model.open_text(model.corpus)
    vocabulary = model.count(text)
    return vocabulary, model.encode(text, vocabulary)


class Scripted(EarlyStopping):
    """Early stopping that is told other losses than those of training."""

    LOSSES = (3.0, 2.0, 2.5, 1.0, 2.6, 2.7, 1.0)

    def on_epoch_end(self, model: Any, report: Any) -> bool:
        return super().on_epoch_end(model, type(report)(**{**vars(report), "loss": self.LOSSES[report.epoch]}))


@pytest.mark.parametrize("epoch", range(6))
def test_early_stopping_remembers(epoch: int, tmp_path) -> None:
    """It ends after the sixth epoch, wherever training was cut; also in the very epoch that ends it."""
    settings = {"epochs": 7}
    whole = make(SkipGram, **settings).train(callbacks=[Scripted(patience=2)])
    assert len(whole.history) == 6
    model = make(SkipGram, **settings)
    with pytest.raises(KeyboardInterrupt):
        model.train(checkpoint=tmp_path / "c", callbacks=[Scripted(patience=2), Interrupt(epoch)])
    again = make(SkipGram, **settings).train(resume=tmp_path / "c", callbacks=[Scripted(patience=2)])
    assert again.history == whole.history
    assert_alike(whole, again)


@EVERY
def test_fault_35_what_differs_is_refused_and_named(kind: Kind, tmp_path) -> None:
    path, held_out = tmp_path / "c", aviary(kind, 60, seed=3)
    cut(kind, path, validation=held_out)

    def resume(message: str, error: type[Exception], corpus: Any = None, **changes: Any) -> None:
        model = make(kind, epochs=3)
        model.set_params(corpus=model.corpus if corpus is None else corpus, **changes)
        seen = path.read_bytes()
        with pytest.raises(error, match=message) as caught:
            model.train(resume=path, validation=held_out)
        assert len(str(caught.value)) < 600
        assert path.read_bytes() == seen

    resume(r"c is of a training with other parameters: .*dim was 8 and is 9", ParameterError, dim=9)
    resume(
        r"min_count was 1 and is 2, .*epochs was 3 and is 4|epochs was.*min_count was",
        ParameterError,
        epochs=4,
        min_count=2,
    )
    resume(r"seed was 1 and is 2; go on with the same ones, or train anew without resume", ParameterError, seed=2)
    text = list(aviary(kind))
    resume(r"on another text: (it has \d+ words where there were|word \d+ is ')", CorpusError, text[:-50])
    resume(r"on another text: the order of its words differs; go on", CorpusError, [text[1], text[0], *text[2:]])
    with pytest.raises(CorpusError, match=r"validation text: there was one of digest \w+, here is none; give the same"):
        make(kind, epochs=3).train(resume=path)
    other = SkipGram if kind is not SkipGram else LEARNERS["CBOW"]
    with pytest.raises(
        ParameterError, match=rf"resume must name a checkpoint of {other.__name__}, got .*{kind.__name__}"
    ):
        make(other, epochs=3).train(resume=path)


@EVERY
def test_fault_35_other_workers_go_on(kind: Kind, tmp_path) -> None:
    cut(kind, tmp_path / "c")
    model = make(kind, epochs=3).set_params(workers=2, device="auto", cache_dir=str(tmp_path))
    model.train(resume=tmp_path / "c", checkpoint=tmp_path / "other")
    assert [report.epoch for report in model.history] == [0, 1, 2]
    assert np.isfinite(model.vectors.vectors).all()
    if "engine" in kind.declared():
        saved = SavedTraining(tmp_path / "c")
        other = {"torch": "fused", "fused": "torch"}[saved.engine]
        with pytest.raises(ParameterError, match=rf"engine must be ('{saved.engine}'|'auto')"):
            make(kind, epochs=3).set_params(engine=other).train(resume=saved)
        make(kind, epochs=3).set_params(engine=saved.engine).train(resume=saved)


def test_a_text_that_moved_and_vectors_that_it_started_from(tmp_path) -> None:
    """The one may lie elsewhere, and the others are not needed any more."""
    text = "".join(f"{' '.join(sentence)}\n" for sentence in aviary(SkipGram))
    for name in ("here", "there"):
        (tmp_path / name).write_text(text)
    given = make(SkipGram, seed=5).train().vectors
    whole = make(SkipGram, str(tmp_path / "here"), epochs=3).train(init_from=given)
    model = make(SkipGram, str(tmp_path / "here"), epochs=3)
    with pytest.raises(KeyboardInterrupt):
        model.train(init_from=given, checkpoint=tmp_path / "c", callbacks=[Interrupt(1)])
    again = make(SkipGram, str(tmp_path / "there"), epochs=3)
    again.train(init_from=tmp_path / "not there any more", resume=tmp_path / "c")
    assert_alike(whole, again)


@pytest.mark.parametrize("kind", [NPLM, RNNLM, LogBilinear])
def test_a_tree_is_compared_by_what_it_is(kind: Kind, tmp_path) -> None:
    """Not by its path, or the size of the vectors: the same goes on from elsewhere, another does not from there."""

    def model(tree: Any) -> Any:
        return make(kind, epochs=3, output_layer="hierarchical", tree=tree)

    given, others = (make(SkipGram, seed=seed).train().vectors for seed in (5, 6))
    whole, path, file = model(given).train(), tmp_path / "c", tmp_path / "vectors"
    given.save(file)
    with pytest.raises(KeyboardInterrupt):
        model(str(file)).train(checkpoint=path, callbacks=[Interrupt(0)])
    assert repr(others) == repr(given)
    others.save(file)
    for tree in (str(file), others, "huffman"):
        with pytest.raises(ParameterError, match=r"with another tree: its digest was \w{16} and is "):
            model(tree).train(resume=path)
    assert_alike(whole, model(given).train(resume=path, checkpoint=tmp_path / "other"))
    forget(path, "contents")
    with pytest.raises(ParameterError, match=r"tree was '.* and is 'huffman'"):
        model("huffman").train(resume=path)
    given.save(file)
    assert_alike(whole, model(str(file)).train(resume=path))


def test_older_trainings_with_values_that_nothing_uses_go_on(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions before took them in silence: checkpoints go on, files load, and models are updated."""
    settings = {"epochs": 3, "output_layer": "full", "negative": 7, "ns_exponent": 0.5}
    with monkeypatch.context() as before:
        before.setattr(SkipGram, "check_uses", lambda self: None)
        whole = make(SkipGram, **settings).train()
        with pytest.raises(KeyboardInterrupt):
            make(SkipGram, **settings).train(checkpoint=tmp_path / "c", callbacks=[Interrupt(0)])
    assert_alike(whole, make(SkipGram, **settings).train(resume=tmp_path / "c"))
    whole.save(tmp_path / "model")
    loaded = SkipGram.load(tmp_path / "model").set_params(corpus=aviary(SkipGram))
    assert loaded.update(aviary(SkipGram), epochs=1).get_params()["negative"] == 7
    with pytest.raises(ParameterError, match="negative must be left at 5 with output_layer='full'"):
        loaded.train()
    loaded.set_params(negative=5, ns_exponent=0.75).train()


def forget(path: Path, fact: str) -> None:
    """A checkpoint as versions before the fact have written it."""
    container = read_container(path, mmap=False)
    facts = {name: value for name, value in container.metadata["facts"].items() if name != fact}
    write_container(path, container.tensors, container.words, {**container.metadata, "facts": facts})


def tiny_task(**others: Any) -> Any:
    """One step an epoch, of which nothing is learned."""
    parts = {
        "work": 1, "unit": "words", "is_hurried": None, "schedule": lambda done: 1.0, "learning_rate": 1.0,
        "unite": lambda: None, "forget": lambda: None, "fault": lambda everywhere=False: None,
        "validation_loss": lambda: None, "state": dict,
        "step": lambda batch, step, done: Loss(np.ones(()), {"loss": np.ones(())}, 1),
        "batches": lambda epoch, start: [SimpleNamespace(num_read=1, next=[0])],
    }  # fmt: skip
    return SimpleNamespace(**{**parts, **others})


@pytest.mark.parametrize(("minutes", "seconds", "size", "number"), [
    (600, 5, 10**6, 1),  # what takes some hundredths of a second
    (600, 5, 10**9, 0),
    (600, 2000, 10**9, 1),
    (10, 61, 10**12, 1),
    (0, 1, 10**9, 1),  # after the step
])  # fmt: skip
def test_the_end_is_kept_where_that_costs_little(monkeypatch, minutes, seconds, size, number) -> None:
    """What follows may be cut too: half a percent of the time since the last checkpoint goes into one more."""
    now, written = [0.0], []

    def step(*_: Any) -> Loss:
        now[0] += seconds
        return Loss(np.ones(()), {"loss": np.ones(())}, 1)

    monkeypatch.setattr("densevec.training.trainer.time", SimpleNamespace(monotonic=lambda: now[0]))
    task = tiny_task(step=step, state=lambda: {"table": np.broadcast_to(np.uint8(0), size)})
    keeper = SimpleNamespace(write=lambda *_: written.append(1))
    options: dict[str, Any] = {"checkpoint": keeper, "checkpoint_seconds": 60 * minutes, "show_progress": False}
    Trainer(task, epochs=1, **options).run(TrainingState())
    assert len(written) == number


@pytest.mark.parametrize(("size", "number"), [(10**6, 1), (10**8, 0)])
def test_a_small_end_is_written_when_what_follows_is_cut(size, number) -> None:
    """As it was after the last step, whatever has become of the tables."""
    written: list[bool] = []
    table = np.zeros(size, np.uint8)
    keeper = SimpleNamespace(write=lambda learner, _: written.append(bool(learner.state()["table"].any())))
    trainer = Trainer(tiny_task(state=lambda: {"table": table}), epochs=1, checkpoint=keeper, show_progress=False)
    state = trainer.run(TrainingState())
    with pytest.raises(KeyboardInterrupt), trainer.stopping(state):
        table += 1
        raise KeyboardInterrupt
    assert written == [False] * number


def test_an_end_that_could_not_be_written_is_kept_in_memory(caplog) -> None:
    results = iter([FileError("the disk is full"), None])

    def write(*_: Any) -> None:
        if (error := next(results)) is not None:
            raise error

    options: dict[str, Any] = {"checkpoint": SimpleNamespace(write=write), "show_progress": False}
    trainer = Trainer(tiny_task(), epochs=1, checkpoint_seconds=1e9, **options)
    trainer._last_checkpoint -= 1e9
    with pytest.raises(KeyboardInterrupt), trainer.stopping(state := TrainingState()):
        trainer._keep_end(state)
        raise KeyboardInterrupt
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == ["no checkpoint was written, and training cannot be resumed from here: the disk is full"]
    assert next(results, "written") == "written"


@pytest.mark.parametrize("writes", [True, False])
def test_the_process_that_writes_says_when_a_checkpoint_is_due(writes) -> None:
    """By its ``checkpoint_minutes``: the others of a training are not told of that."""
    said: list[bool] = []
    group: Any = SimpleNamespace(
        say=lambda _, is_due: said.append(is_due), heard=lambda: (0, False), most=int, wait=lambda: None
    )
    keeper: Any = SimpleNamespace(write=lambda *_: None) if writes else None
    trainer = Trainer(tiny_task(), epochs=1, checkpoint=keeper, checkpoint_seconds=0, group=group, show_progress=False)
    trainer.run(TrainingState())
    assert any(said) == writes


def test_every_failure_after_a_success_is_told_and_always_the_last(tmp_path, caplog, monkeypatch) -> None:
    """Of checkpoints, one an epoch: the first four end here, there, here and here, the fifth is that of Ctrl-C."""
    write, results = Checkpoint.write, iter([False, True, False, False, False])

    def fail(self: Checkpoint, learner: Any, state: Any) -> None:
        if not next(results):
            raise FileError(f"the disk is full in step {state.step}")
        write(self, learner, state)

    monkeypatch.setattr(Checkpoint, "write", fail)
    task, keeper = tiny_task(), Checkpoint(tmp_path / "c", {}, Vocabulary(["a"], [1]), "")
    trainer = Trainer(
        task, epochs=9, checkpoint=keeper, checkpoint_seconds=0, callbacks=[Interrupt(3)], show_progress=False
    )
    with pytest.raises(KeyboardInterrupt):
        trainer.run(TrainingState())
    goes_on, cannot = "training goes on", "and training cannot be resumed from here"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"no checkpoint was written, {what}: the disk is full in step {step}"
        for what, step in ((goes_on, 1), (goes_on, 3), (cannot, 4))
    ]


def test_what_is_no_checkpoint_or_not_a_whole_one(tmp_path) -> None:
    make(SkipGram).train().save(tmp_path / "model")
    with pytest.raises(FormatError, match=r"model: holds 'SkipGram', expected a checkpoint of a training run"):
        make(SkipGram).train(resume=tmp_path / "model")
    cut(SkipGram, tmp_path / "c")
    container = read_container(tmp_path / "c", mmap=False)
    tensors = {name: tensor for name, tensor in container.tensors.items() if not name.startswith("learner.")}
    write_container(tmp_path / "half", tensors, container.words, container.metadata)
    with pytest.raises(FormatError, match=r"half: the checkpoint is not whole: it has no "):
        make(SkipGram, epochs=3).train(resume=tmp_path / "half")


def test_what_goes_on_from_a_url_writes_no_checkpoints_there(tmp_path, monkeypatch) -> None:
    cut(SkipGram, tmp_path / "c")
    saved = SavedTraining(tmp_path / "c")
    saved.path = "s3://texts/c"
    monkeypatch.setattr(Checkpoint, "write", None)
    make(SkipGram, epochs=3).train(resume=saved, checkpoint_minutes=0)


def test_a_saved_training_says_where_it_stands(tmp_path) -> None:
    cut(SkipGram, tmp_path / "c")
    found = str(SavedTraining(tmp_path / "c"))
    assert re.fullmatch(r"SkipGram, epoch 2 of 3, 33 % done, written \d+ seconds ago", found)
    os.utime(tmp_path / "c", (0, 0))
    assert re.search(r"written \d+ hours ago$", str(SavedTraining(tmp_path / "c")))


class TestCommand:
    """``densevec train --resume``"""

    @pytest.fixture
    def command(self, tmp_path: Path) -> list[str]:
        text = "".join(f"{' '.join(sentence)}\n" for sentence in aviary(SkipGram))
        (tmp_path / "text").write_text(text)
        output = tmp_path / "m.safetensors"
        return ["train", "skipgram", str(tmp_path / "text"), "-o", str(output), "--dim", "8", "--epochs", "3"]

    @pytest.fixture
    def interrupted(self, command: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The command, whose training was interrupted in its second epoch."""
        with monkeypatch.context() as patch:
            patch.setattr(train.EpochLog, "on_epoch_end", lambda _, model, report: Interrupt(1).on_epoch_end(0, report))
            assert main(command) == 130
        return command

    def test_its_own_checkpoint_is_found(self, interrupted: list[str], tmp_path, capsys) -> None:
        whole = load_vectors(self.undisturbed(interrupted, tmp_path))
        capsys.readouterr()
        assert main([*interrupted, "--resume", "--json"]) == 0
        told = capsys.readouterr()
        assert re.search(r"^found .*m\.safetensors\.checkpoint: SkipGram, epoch 3 of 3, 67 % done, ", told.err)
        assert '"epoch": 0' in told.out  # of the earlier part
        np.testing.assert_array_equal(load_vectors(tmp_path / "m.safetensors").vectors, whole.vectors)
        assert {path.name for path in tmp_path.iterdir()} == {
            "text", "whole", "m.safetensors", "m.partial.safetensors",
        }  # fmt: skip

    def test_a_partial_that_training_begins_with_stays(self, interrupted: list[str], tmp_path) -> None:
        """Also where the training that has left it goes on."""
        partial = tmp_path / "m.partial.safetensors"
        before = partial.read_bytes()
        assert main([*interrupted, "--init-from", str(partial), "--resume"]) == 0
        assert partial.read_bytes() == before

    @staticmethod
    def undisturbed(command: list[str], folder: Path) -> Path:
        output = command[command.index("-o") + 1]
        whole = [str(folder / "whole") if part == output else part for part in command]
        assert main(whole) == 0
        return folder / "whole"

    def test_without_the_option_it_is_offered(self, interrupted: list[str], capsys) -> None:
        capsys.readouterr()
        assert main(interrupted) == 0
        first, *_ = capsys.readouterr().err.splitlines()
        assert re.fullmatch(
            r"densevec: note: .*checkpoint has a training that was cut \(SkipGram, .*\): --resume goes on with it, "
            "this one begins anew",
            first,
        )

    def test_auto_begins_where_there_is_none(self, command: list[str], tmp_path, capsys) -> None:
        assert main([*command, "--resume", "auto"]) == 0
        assert "found" not in capsys.readouterr().err
        assert main([*command, "--resume"]) == 1
        assert "m.safetensors.checkpoint cannot be resumed: there is no such file" in capsys.readouterr().err
        (tmp_path / "m.safetensors.checkpoint").write_text("anything")
        for wanted in ([], ["auto"], [str(tmp_path / "text")]):
            assert main([*command, "--resume", *wanted]) == 1
        assert main(command) == 0  # nothing to offer

    def test_a_link_to_another_disk_stays_and_the_checkpoint_there_goes(self, command, tmp_path, monkeypatch) -> None:
        """A link to nothing is no checkpoint, and the next one is written through it."""
        (tmp_path / "disk").mkdir()
        link, there = tmp_path / "m.safetensors.checkpoint", tmp_path / "disk" / "c"
        link.symlink_to(there)
        assert main([*command, "--resume"]) == 1
        with monkeypatch.context() as patch:
            patch.setattr(train.EpochLog, "on_epoch_end", lambda _, model, report: Interrupt(1).on_epoch_end(0, report))
            assert main([*command, "--resume", "auto"]) == 130
        assert there.exists() and link.is_symlink()
        assert main([*command, "--resume"]) == 0
        assert not there.exists() and link.is_symlink()

    def test_a_file_that_is_named_is_replaced_and_stays(self, command, tmp_path, monkeypatch, capsys) -> None:
        """The same line goes on from where it was cut, and what is somebody's own is not removed."""
        own, moved = tmp_path / "m.safetensors.checkpoint", tmp_path / "moved"
        for epoch in (0, 1):
            with monkeypatch.context() as patch:
                stop = Interrupt(epoch)
                patch.setattr(train.EpochLog, "on_epoch_end", lambda _, *told, stop=stop: stop.on_epoch_end(*told))
                assert main([*command, *(["--resume", str(moved)] if epoch else [])]) == 130
            if epoch == 0:
                own.rename(moved)
        assert not own.exists()
        assert "epoch 3 of 3, 67 % done" in str(SavedTraining(moved))
        assert main([*command, "--resume", str(moved)]) == 0
        assert moved.exists() and not own.exists()
        moved.rename(own)
        assert main([*command, "--resume", str(own)]) == 0
        assert not own.exists()

    @pytest.mark.parametrize("is_same", [True, False])
    def test_its_own_checkpoint_goes_when_a_copy_has_gone_on(self, interrupted, tmp_path, is_same) -> None:
        """That of another training stays."""
        own, copy = tmp_path / "m.safetensors.checkpoint", tmp_path / "copy"
        shutil.copy(own, copy)
        if not is_same:
            cut(SkipGram, own)
        assert main([*interrupted, "--resume", str(copy)]) == 0
        assert copy.exists() and own.exists() is not is_same

    def test_an_interruption_says_what_to_go_on_from(self, command, tmp_path, monkeypatch, capsys) -> None:
        path = str(tmp_path / "the checkpoint")
        for epoch, options in ((0, ["--checkpoint", path]), (1, ["--resume", path])):
            with monkeypatch.context() as patch:
                stop = Interrupt(epoch)
                patch.setattr(train.EpochLog, "on_epoch_end", lambda _, *told, stop=stop: stop.on_epoch_end(*told))
                assert main([*command, *options]) == 130
            assert f"\n--resume '{path}' goes on from there\n" in capsys.readouterr().err
        monkeypatch.setattr(SkipGram, "_start", Mock(side_effect=KeyboardInterrupt))
        assert main([*command, "--resume", path]) == 130
        assert "goes on from there" not in capsys.readouterr().err

    def test_a_file_that_cannot_be_replaced_is_read(self, interrupted: list[str], tmp_path, capsys) -> None:
        """What is wrong with it is said of it; new checkpoints go where those go that no option names."""
        own, packed, typo = (str(tmp_path / name) for name in ("m.safetensors.checkpoint", "c.gz", "typo/c"))
        shutil.copy(own, packed)
        before = Path(packed).read_bytes()
        capsys.readouterr()
        assert main([*interrupted, "--resume", typo]) == 1
        assert capsys.readouterr().err == f"densevec: {typo} cannot be opened: No such file or directory\n"
        assert main([*interrupted, "--resume", packed]) == 0
        assert f"note: {packed} cannot be replaced: new checkpoints go to {own}, from" in capsys.readouterr().err
        assert Path(packed).read_bytes() == before
        assert not os.path.exists(own)

    def test_another_parameter_is_refused(self, interrupted: list[str], tmp_path, capsys) -> None:
        assert main([*interrupted, "--window", "3", "--resume", "auto"]) == 2
        assert "window was 5 and is 3" in capsys.readouterr().err
        assert (tmp_path / "m.safetensors.checkpoint").exists()


def test_leftovers_of_runs_that_died_are_removed_and_others_stay(tmp_path) -> None:
    stale = ["m.tmp-0123456789abcdef", "m.checkpoint.tmp-0123456789abcdef"]
    for name in [*stale, "m.tmp-notes", "other.tmp-0123456789abcdef"]:
        (tmp_path / name).write_text("")
    make(SkipGram).train(output=tmp_path / "m", checkpoint=tmp_path / "m.checkpoint")
    assert {path.name for path in tmp_path.iterdir()} == {"m.tmp-notes", "other.tmp-0123456789abcdef"}


@pytest.mark.slow
def test_fault_34_three_kills() -> None:
    """``make kills`` has fifty, of every model."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", "BayesianSkipGram", "--kills", "3", "--seed", "7"],
        cwd=Path(kills.__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n") == 3
