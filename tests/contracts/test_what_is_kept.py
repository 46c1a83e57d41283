"""A trained model keeps what it was made with, and what it has until a training has come to something."""

from __future__ import annotations

import copy
import os
import pickle
import signal
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from densevec import NGram, ParallelCorpus, TextCorpus
from densevec._validation import Flag, Interval
from densevec.errors import (
    CorpusError,
    CorpusFileError,
    FileError,
    FormatError,
    NotTrainedError,
    ParameterError,
    TrainingError,
)
from densevec.formats import read_container, write_container
from densevec.models.base import Estimator
from densevec.models.gradient_model import GradientModel
from densevec.models.language_model import LanguageModel
from densevec.training import SavedTraining
from densevec.training.trainer import Trainer
from tests.contracts.cases import EMBEDDINGS, ESTIMATORS, LEARNERS, assert_alike, aviary, contents, make

EVERY = pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)
LEARNER = pytest.mark.parametrize("kind", LEARNERS.values(), ids=LEARNERS)
Kind = type[Estimator]
TEXT = [["the", "kiwi", "sleeps"], ["a", "bird", "sleeps"]] * 30
OTHER = [["a", "kea", "eats"], ["the", "kea", "sings"], ["a", "bird", "eats"]] * 20


def small(kind: Kind, **changes: Any) -> Any:
    return make(kind, TEXT, **{name: value for name, value in changes.items() if name in kind.declared()})


def answers(model: Any) -> list[Any]:
    """What a model says of words and sentences."""
    sentence, found = ["the", "kiwi", "sleeps"], []
    if isinstance(model, LanguageModel):
        found += [model.log_prob(sentence), model.is_one_sided]
    for name, asked in (
        ("complete", (["the", None, "sleeps"], ["kiwi", "bird"])),
        ("log_count", ("the", "kiwi")),
        ("predict_output_word", (["the", "sleeps"],)),
        ("align", (sentence, sentence)),
        ("posterior", (sentence, 1)),
    ):
        if hasattr(type(model), name):
            value = getattr(model, name)(*asked)
            found.append((value.mean.tolist(), value.variance.tolist()) if name == "posterior" else value)
    return found


def others(kind: Kind, model: Any) -> dict[str, Any]:
    """Another value of each parameter that has one, but for those that a trained model takes as they are."""
    found: dict[str, Any] = {}
    for name, parameter in kind.declared().items():
        rule, value = parameter.rule, getattr(model, name)
        if name in kind.free | {"errors"} or value is None:
            continue
        if isinstance(rule, Flag):
            found[name] = not value
        elif isinstance(rule, Interval):
            changed = [value / 2, value + 1] if rule.kind is float else [value + 1, value - 1]
            found[name] = next((each for each in changed if rule.check(each)), value)
        elif hasattr(rule, "values"):
            found[name] = next((each for each in rule.values if each != value), value)
    return found


@EVERY
def test_parameters_of_the_next_training_change_nothing(kind: Kind, tmp_path) -> None:
    """Neither its answers nor its file: both are by what it was trained with."""
    model = small(kind)
    model.train()
    before, said, path = model._described(), answers(model), tmp_path / "model"
    changes = others(kind, model)
    assert len(changes) > 5
    for name, value in changes.items():
        model.set_params(**{name: value})
        assert answers(model) == said, name
    assert {name: model.get_params()[name] for name in changes} == changes  # as scikit-learn has it
    assert model._described() == before
    model.save(path)
    again = kind.load(path)
    assert_alike(again, model)
    assert np.allclose(_numbers(answers(again)), _numbers(said), rtol=1e-5)
    for each in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert answers(each) == said
        assert each._described() == before


def _numbers(values: Any) -> list[float]:
    if isinstance(values, list | tuple):
        return [number for value in values for number in _numbers(value)]
    return [float(values)] if isinstance(values, int | float) else []


@EVERY
def test_parameters_of_how_work_is_done_are_those_of_now(kind: Kind, tmp_path) -> None:
    model = small(kind)
    model.train().set_params(workers=2)
    model.save(tmp_path / "model")
    assert kind.load(tmp_path / "model").workers == 2
    with pytest.raises(ParameterError, match="workers must be an integer"):
        model.set_params(workers=0).save(tmp_path / "model")


@EVERY
def test_numbers_of_other_libraries_are_parameters(kind: Kind, tmp_path) -> None:
    """A file has them as numbers, and so has a checkpoint."""
    plain = small(kind)
    numbers: dict[str, Any] = {}
    for name, parameter in kind.declared().items():
        value, rule = getattr(plain, name), parameter.rule
        if isinstance(rule, Flag) and value is not None:
            numbers[name] = np.bool_(value)
        elif isinstance(rule, Interval) and value is not None:
            numbers[name] = np.int64(value) if rule.kind is int else Fraction(value)
    assert len(numbers) > 5
    model = small(kind, **numbers)
    assert_alike(model.train(), plain.train())
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model")
    assert_alike(again, model)
    for name in numbers:
        assert again.get_params()[name] == plain.get_params()[name]
        assert type(again.get_params()[name]) in (bool, int, float), name


@EVERY
def test_files_of_earlier_versions_have_such_numbers_by_name(kind: Kind, tmp_path) -> None:
    path, size = tmp_path / "model", "order" if kind is NGram else "dim"
    model = small(kind)
    model.train().save(path)
    container = read_container(path, mmap=False)
    stored = container.metadata["parameters"]
    stored |= {size: f"np.int64({stored[size]})", "lowercase": "np.False_"}
    write_container(path, container.tensors, container.words, container.metadata)
    again = kind.load(path)
    assert_alike(again, model)
    assert (again.get_params()[size], again.lowercase) == (model.get_params()[size], False)


@LEARNER
def test_a_checkpoint_has_plain_numbers(kind: type[GradientModel], tmp_path) -> None:
    model = small(kind, dim=np.int64(8), learning_rate=np.float64(0.05))
    with pytest.raises(KeyboardInterrupt):
        model.train(checkpoint=tmp_path / "c", callbacks=[Interrupt()])
    small(kind, learning_rate=0.05).train(resume=tmp_path / "c")


class Interrupt:
    def on_epoch_end(self, model: Any, report: Any) -> None:
        signal.raise_signal(signal.SIGINT)


# A training that comes to nothing


def missing_output(model: Any, folder: Any) -> None:
    model.train(output=folder / "no" / "such.st")


def missing_corpus(model: Any, folder: Any) -> None:
    model.corpus = (str(folder / "a"), str(folder / "b")) if model.reads_pairs else str(folder / "a")
    model.train()


def no_text(model: Any, folder: Any) -> None:
    model.corpus = [([], [])] if model.reads_pairs else [[]]
    model.train()


def interrupted(model: Any, folder: Any) -> None:
    class Interrupts:
        def __iter__(self) -> Any:
            os.kill(os.getpid(), signal.SIGINT)
            yield from TEXT

    model.corpus = Interrupts()
    model.train()


FAILURES: dict[str, tuple[Callable[[Any, Any], None], type[BaseException]]] = {
    "output": (missing_output, FileError),
    "corpus": (missing_corpus, CorpusFileError),
    "empty": (no_text, CorpusError),
    "Ctrl-C": (interrupted, KeyboardInterrupt),
}


@EVERY
@pytest.mark.parametrize("failure", FAILURES)
def test_a_training_that_fails_changes_nothing(kind: Kind, failure: str, tmp_path) -> None:
    fail, error = FAILURES[failure]
    model, fresh = small(kind), small(kind)
    opened = ParallelCorpus(model.corpus, lowercase=True) if kind.reads_pairs else TextCorpus(TEXT, lowercase=True)
    model.set_params(corpus=opened).train()
    arrays = contents(model)
    before = model._described(), dict(model.reading()), model.trained_on, answers(model)
    for name, value in others(kind, model).items():
        if name in ("dim", "hidden", "order", "seed", "combine", "covariance"):
            model.set_params(**{name: value})
    model.set_params(lowercase=False)
    with pytest.raises(error):
        fail(model, tmp_path)
    assert (model._described(), dict(model.reading()), model.trained_on, answers(model)) == before
    assert_alike(model, arrays)
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model")
    assert again.reading()["lowercase"] is True
    assert again.trained_on == before[2]
    with pytest.raises(error):
        fail(fresh, tmp_path)
    assert fresh.trained_on is None
    with pytest.raises(NotTrainedError):
        fresh.save(tmp_path / "fresh")
    if kind in EMBEDDINGS.values():
        with pytest.raises(NotTrainedError):
            fresh.vectors  # noqa: B018


@LEARNER
def test_held_out_text_without_a_known_word_changes_nothing(kind: type[GradientModel], tmp_path) -> None:
    model = small(kind)
    model.train()
    before, vectors = model.trained_on, model.vectors
    model.corpus = [(each, each) for each in OTHER] if kind.reads_pairs else OTHER
    with pytest.raises(CorpusFileError):
        model.train(validation=str(tmp_path / "missing"))
    assert model.trained_on == before
    assert model.vectors is vectors


@LEARNER
def test_a_ruin_takes_nothing_with_it(kind: type[GradientModel], monkeypatch: pytest.MonkeyPatch) -> None:
    model = small(kind)
    model.train()
    before, said, history = model.vectors, answers(model), list(model.history)
    monkeypatch.setattr(Trainer, "_check", lambda self, state, everywhere=False: self._fail(state, "a number is nan"))
    with pytest.raises(TrainingError, match="a number is nan"):
        model.set_params(seed=5).train()
    assert model.vectors is before
    assert answers(model) == said
    assert list(model.history) == history


@LEARNER
def test_the_history_is_in_the_file(kind: type[GradientModel], tmp_path) -> None:
    """All but the speed, so that the same training gives the same bytes."""
    model, path = make(kind).train(validation=aviary(kind, 60, seed=3)), tmp_path / "model"
    model.save(path)
    first, loaded = path.read_bytes(), kind.load(path, check=True)
    assert [str(report) for report in loaded.history] == [str(each).rpartition("; ")[0] for each in model.history]
    assert len(loaded.history) == 2
    assert loaded.history == kind.load(path).history == model.history
    model.save(path)
    assert path.read_bytes() == first


@LEARNER
def test_files_without_a_history_and_with_a_damaged_one(kind: type[GradientModel], tmp_path) -> None:
    small(kind).train().save(tmp_path / "model")
    container = read_container(tmp_path / "model")
    tensors = {name: each for name, each in container.tensors.items() if not name.startswith("words.")}
    metadata = {name: each for name, each in container.metadata.items() if name != "history"}
    write_container(tmp_path / "older", tensors, list(container.words), metadata)
    assert kind.load(tmp_path / "older").history == ()
    for damage in ({"columns": ["loss"], "unit": "words"}, {"unit": "words"}, "loss", None):
        write_container(tmp_path / "bad", tensors, list(container.words), {**metadata, "history": damage})
        with pytest.raises(FormatError, match="parameters and tensors do not make a"):
            kind.load(tmp_path / "bad")


@LEARNER
def test_a_checkpoint_that_no_folder_is_there_for(kind: type[GradientModel], tmp_path) -> None:
    with pytest.raises(FileError, match="cannot be written: No such file or directory"):
        small(kind).train(checkpoint=tmp_path / "no" / "such")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="the path is a directory or a device, not a file"):
        small(kind).train(checkpoint=tmp_path / "folder")


@LEARNER
def test_an_opened_checkpoint_serves_once(kind: type[GradientModel], tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        small(kind).train(checkpoint=tmp_path / "c", callbacks=[Interrupt()])
    saved = SavedTraining(tmp_path / "c")
    with pytest.raises(FileError):  # it has not gone on
        small(kind).train(resume=saved, checkpoint=tmp_path / "d", output=tmp_path / "no" / "such.st")
    small(kind).train(resume=saved, checkpoint=tmp_path / "d")
    with pytest.raises(ParameterError, match="resume must be a SavedTraining that nothing has gone on from yet"):
        small(kind).train(resume=saved)
    small(kind).train(resume=kind.open_checkpoint(tmp_path / "c"))


# A model in training


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {}) for name in LEARNERS),
        *(
            (name, {"subwords": (3, 4), "buckets": 300, "epochs": 6, **changes})
            for name in ("SkipGram", "CBOW")
            for changes in ({}, {"engine": "torch"}, {"engine": "torch", "output_layer": "full"})
        ),
        *((name, {"subwords": (3, 4), "buckets": 300}) for name in ("BayesianSkipGram", "DensityWord2Vec")),
    ],
)
def test_a_model_in_training_answers_as_its_file_does(name: str, changes: dict[str, Any], tmp_path) -> None:
    class Asks:
        def on_epoch_end(self, model: Any, report: Any) -> None:
            said = _numbers(answers(model))
            model.save(tmp_path / "file")
            assert np.allclose(said, _numbers(answers(type(model).load(tmp_path / "file"))), rtol=1e-5)

    kind = LEARNERS[name]
    asked, alone = make(kind, **changes), make(kind, **changes)
    assert_alike(asked.train(callbacks=[Asks()]), alone.train())
    Asks().on_epoch_end(asked, None)


@LEARNER
def test_copies_of_a_model_in_training(kind: type[GradientModel], tmp_path) -> None:
    """They are what a file of it would be, and training does not change them any more."""
    copies: list[Any] = []

    class Copies:
        def on_epoch_end(self, model: Any, report: Any) -> None:
            if report.epoch == 0:
                model.save(tmp_path / "file")
                copies.extend([copy.deepcopy(model), pickle.loads(pickle.dumps(model)), copy.copy(model)])

    model = small(kind, epochs=3)
    assert_alike(model.train(callbacks=[Copies()]), small(kind, epochs=3).train())
    loaded = kind.load(tmp_path / "file")
    assert len(copies) == 3
    for each in copies:
        assert_alike(each, loaded)
        assert (each.trained_on, each._described()) == (model.trained_on, model._described())
        assert [report.epoch for report in each.history] == [0]
        assert np.allclose(_numbers(answers(each)), _numbers(answers(loaded)), rtol=1e-5)
    assert any((array != contents(model)[name]).any() for name, array in contents(copies[0]).items())
