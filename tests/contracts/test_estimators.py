"""One battery for every estimator: what a user may count on whatever the model."""

from __future__ import annotations

import copy
import errno
import inspect
import re
from collections.abc import Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from densevec import KeyedVectors
from densevec._parameters import Parameter
from densevec._validation import Choice, Flag, Interval
from densevec.cli import main
from densevec.errors import (
    CorpusError,
    DensevecError,
    FileError,
    FormatError,
    NotTrainedError,
    OutOfMemoryError,
    ParameterError,
)
from densevec.formats import atomic, read_container, write_container
from densevec.models.base import Estimator
from tests.contracts.cases import ESTIMATORS, assert_alike, aviary, contents, make, trained
from tests.settings import usable
from tests.sweeps import once

pytestmark = pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)
Kind = type[Estimator]


# The constructor and its parameters


def test_the_constructor_stores_what_it_is_given_and_no_more(kind: Kind) -> None:
    for name in kind.declared():
        value = object()
        model = kind(**{name: value})
        assert model.get_params()[name] is value
    assert vars(kind()).keys() == kind.declared().keys()


def test_every_parameter_is_documented_and_has_a_rule(kind: Kind) -> None:
    for name, parameter in kind.declared().items():
        assert parameter.text, name
        assert parameter.rule is not None, name
        assert f"\n{name} : " in (kind.__doc__ or ""), name
    assert kind.command == kind.command.lower()


def test_the_defaults_follow_the_rules(kind: Kind) -> None:
    for parameter in kind.declared().values():
        parameter.check(parameter.default)


def test_a_broken_rule_is_one_sentence_with_name_and_value(kind: Kind) -> None:
    for name, parameter in kind.declared().items():
        rule = parameter.rule
        bad: list[object] = [object()]
        if isinstance(rule, Flag):
            bad += ["no", 1, None]
        if isinstance(rule, Interval):
            bad += ["x", rule.low - 1 if np.isfinite(rule.low) else float("nan")]
        if isinstance(rule, Choice):
            bad += ["no such thing", 1]
        for value in bad:
            with pytest.raises(DensevecError, match=rf"^{name} must be") as caught:
                make(kind).set_params(**{name: value}).train()
            assert isinstance(caught.value, ValueError | TypeError)
            assert "\n" not in str(caught.value)
            assert repr(value) in str(caught.value)


def test_a_value_that_nothing_uses_is_an_error(kind: Kind) -> None:
    """By what its parameter belongs to, the name of another one and values of that; the advice leads on."""
    declared = kind.declared()
    for name, each in declared.items():
        if each.belongs_to is None:
            continue
        owner, *used = each.belongs_to
        unused, value = _value_beside(declared[owner], used), _another(each)
        model = kind(aviary(kind), **{owner: unused, name: value})
        with pytest.raises(ParameterError, match=rf"^{name} must be left at .* with {owner}={unused!r}, .*{owner}"):
            model.train()
        assert clone(model).get_params()[name] == value
        model.set_params(**{owner: used[0] if used else (3, 4)}).check_params()
        model.check_uses()
        model.set_params(**{owner: unused, name: each.default}).check_uses()
        if (above := declared[owner].belongs_to) is not None:
            model = kind(**{above[0]: _value_beside(declared[above[0]], above[1:]), name: value})
            with pytest.raises(
                ParameterError, match=rf"^{name} must be left at .* with {above[0]}=.*; try {above[0]}="
            ):
                model.check_uses()


def _value_beside(parameter: Parameter, values: Sequence[Any]) -> Any:
    """A value that the parameter may have beside these."""
    rule = parameter.rule
    possible = rule.values if isinstance(rule, Choice) else (True, False) if isinstance(rule, Flag) else (None,)
    return next(value for value in possible if value not in values)


def _another(parameter: Parameter) -> Any:
    """A value that the parameter may have beside its default."""
    if isinstance(parameter.rule, Choice):
        return _value_beside(parameter, [parameter.default])
    default = parameter.default
    return "vectors.safetensors" if isinstance(default, str) else default + 1 if isinstance(default, int) else 0.5


def test_parameters_can_be_read_and_set(kind: Kind) -> None:
    model = make(kind)
    assert list(model.get_params()) == list(inspect.signature(kind).parameters)
    assert model.set_params(min_count=7) is model
    assert model.get_params()["min_count"] == model.min_count == 7
    with pytest.raises(ParameterError, match="'no_such' is not a parameter"):
        model.set_params(no_such=1)
    assert re.fullmatch(rf"{kind.__name__}\(corpus=.*min_count=7.*\)", repr(model), re.DOTALL)


# Training


def test_fault_43_one_seed_one_result(kind: Kind) -> None:
    model = make(kind)
    assert model.train() is model
    assert_alike(model, trained(kind))
    model.train()  # anew
    assert_alike(model, trained(kind))


@pytest.mark.parametrize("corpus", [[["one"]], [["a", "b"], ["c"], []], [["x"] * 40]], ids=["word", "few", "same"])
def test_fault_37_small_corpora_work(kind: Kind, corpus: list[list[str]]) -> None:
    for name, values in contents(make(kind, corpus).train()).items():
        assert values.dtype.kind != "f" or np.isfinite(values).all(), name


def test_fault_37_nothing_to_learn_from_is_an_error(kind: Kind) -> None:
    with pytest.raises(ParameterError, match="corpus must be given"):
        kind().train()
    with pytest.raises(CorpusError, match=r"is empty|no pair"):
        make(kind, []).train()
    with pytest.raises(CorpusError, match="min_count"):
        make(kind, [["a", "b"]], min_count=9).train()


def test_memory_that_is_not_to_be_had_is_a_sentence(kind: Kind) -> None:
    """By torch, by NumPy, by the system, and by sizes that no memory has."""
    sizes = [name for name in ("dim", "hidden", "embedding_dim") if name in kind.declared()]
    for name in sizes:
        for value in (10**13, 10**18, 10**30):
            with pytest.raises(
                OutOfMemoryError, match=rf"memory for the .*not to be had; what helps: .*{name} below"
            ) as caught:
                make(kind, **{name: value}).train()
            assert isinstance(caught.value, MemoryError)
            has_other = len(sizes) > 1 or (
                "batch_size" in kind.declared() and "batch_size" in usable(kind, batch_size=1)
            )
            assert caught.value.args[0].count("; ") == 2 + has_other
            assert value > 10**13 or re.match(r"[\d,]{17,} bytes of memory", str(caught.value))


def test_there_is_nothing_before_training(kind: Kind, tmp_path) -> None:
    with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
        make(kind).save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


# Files and copies


def test_saved_and_loaded_models_are_alike(kind: Kind, tmp_path) -> None:
    model = trained(kind)
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model", check=True)
    described = {name: value for name, value in model._described().items() if name != "corpus"}
    assert {name: again.get_params()[name] for name in described} == described
    assert_alike(model, again)
    again.save(tmp_path / "again")
    assert_alike(model, kind.load(tmp_path / "again"))  # of the corpus only its name was kept
    KeyedVectors(["kiwi"], np.ones((1, 2))).save(tmp_path / "vectors")
    with pytest.raises(FormatError, match=f"expected a {kind.__name__} model"):
        kind.load(tmp_path / "vectors")


def test_a_disk_that_is_full_loses_no_training(kind: Kind, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    statvfs = atomic.os.statvfs

    def room(path: str) -> object:
        return SimpleNamespace(f_bavail=0, f_frsize=1) if str(path).endswith("/full") else statvfs(path)

    monkeypatch.setattr(atomic.os, "statvfs", room)
    model, path = trained(kind), tmp_path / "full" / "m.safetensors"
    for number, name in enumerate(("m", "m-2"), 1):
        kept = tmp_path / "cache" / "densevec" / f"{name}.safetensors"
        with pytest.raises(FileError, match=re.escape(f"the trained model is kept in {kept}")) as caught:
            model.save(path)
        assert caught.value.errno == errno.ENOSPC
        assert "0 bytes are free" in str(caught.value)
        assert_alike(kind.load(kept, check=True), model)
        assert len(list(kept.parent.iterdir())) == number
    with pytest.raises(FileError, match=re.escape(f"is kept in {tmp_path / 'other' / 'm.safetensors'}")):
        model.save(path, fallback=tmp_path / "other")
    assert not any(path.parent.iterdir())


def test_a_wrong_path_is_kept_elsewhere_only_when_that_is_asked_for(kind: Kind, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "no" / "model"
    with pytest.raises(FileError, match=r"No such file or directory$"):
        trained(kind).save(path)
    assert not (tmp_path / "cache").exists()
    with pytest.raises(FileError, match="No such file or directory; the trained model is kept in"):
        trained(kind).save(path, fallback=tmp_path / "kept")
    assert_alike(kind.load(tmp_path / "kept" / "model"), trained(kind))
    with pytest.raises(ParameterError, match=r"fallback must be a folder on a disk of this machine, got 'file://"):
        trained(kind).save(path, fallback=(tmp_path / "kept").as_uri())


def test_a_file_of_which_something_is_missing_or_odd_is_an_error_of_ours(kind: Kind, tmp_path) -> None:
    """Every digest holds: somebody wrote the file so."""
    path = tmp_path / "model"
    trained(kind).save(path)
    whole = read_container(path, mmap=False)
    tensors, parameters = whole.tensors, whole.metadata["parameters"]

    def refused(tensors: dict[str, np.ndarray], metadata: dict[str, object]) -> bool:
        write_container(path, tensors, whole.words, metadata)
        try:
            kind.load(path)
        except DensevecError as error:
            assert "\n" not in str(error)
            return True
        return False

    for name, tensor in tensors.items():
        cut = {**tensors, name: tensor.reshape(-1)[: tensor.size // 2]}
        assert refused(cut, whole.metadata), name
        refused({other: each for other, each in tensors.items() if other != name}, whole.metadata)  # or does without
    odd = (None, "x", [], {}, -1, 10**400)
    for name, value in once(parameters, odd):
        refused(tensors, {**whole.metadata, "parameters": {**parameters, name: value}})
    for name, value in product(whole.metadata.keys() - {"class", "parameters"}, odd):
        refused(tensors, {**whole.metadata, name: value})


def test_copies_stand_alone(kind: Kind, tmp_path) -> None:
    trained(kind).save(tmp_path / "model")
    assert_alike(copy.deepcopy(kind.load(tmp_path / "model")), trained(kind))  # of arrays mapped from a file
    model = make(kind).train()
    for other in (copy.copy(model), copy.deepcopy(model)):
        assert_alike(other, trained(kind))
        other.set_params(min_count=3).train()
        assert model.min_count == 1
        assert_alike(model, trained(kind))
        assert len(contents(other)["words"]) < len(contents(model)["words"])


# The command line


def test_the_command_line_trains_it(kind: Kind, tmp_path, capsys) -> None:
    path, texts = str(tmp_path / "model.safetensors"), []
    sentences = list(aviary(kind, 200))
    for side, text in enumerate(zip(*sentences, strict=True) if kind.reads_pairs else [sentences]):
        texts.append(str(tmp_path / f"text-{side}.txt"))
        (tmp_path / f"text-{side}.txt").write_text("\n".join(" ".join(sentence) for sentence in text))
    small = {"dim": 8, "epochs": 1, "hidden": 8}
    options = [word for name, value in small.items() if name in kind.declared() for word in (f"--{name}", str(value))]
    assert main(["train", kind.command, *texts, "-o", path, *options]) == 0
    for command in (["info", path], ["verify", path]):
        assert main(command) == 0, capsys.readouterr().err


def test_counting_and_encoding_show_progress(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    make(kind).train(progress=True)
    shown = capsys.readouterr().err
    assert re.search(r"counting: [\d.]+k? words \[", shown)
    assert re.search(r"encoding: [\d.]+k? words \[", shown)
    make(kind).train(progress=False)
    assert capsys.readouterr().err == ""
