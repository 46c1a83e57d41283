"""Optimiser, schedules, state, checkpoints, signals."""

from __future__ import annotations

import json
import math
import signal
import threading
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from densevec.corpus import Vocabulary
from densevec.errors import FormatError, ParameterTypeError
from densevec.formats import read_container, write_container
from densevec.layers.table import RowTable
from densevec.training import Checkpoint, EarlyStopping, EpochReport, TrainingState, restore_checkpoint
from densevec.training.callbacks import check_callbacks
from densevec.training.history import from_arrays, to_arrays
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.schedules import linear, warm_up
from densevec.training.signals import StopRequest, Terminated
from densevec.training.state import TermSums


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = RowTable(torch.ones(5, 2))
        self.dense = torch.nn.Linear(2, 1)
        torch.nn.init.constant_(self.dense.weight, 0.5)
        torch.nn.init.constant_(self.dense.bias, 0.0)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.dense(self.table(rows)).pow(2).sum()


def optimiser(module: Small) -> Optimiser:
    return Optimiser(module, {"table": TableRate(0.1, 1.0)}, 0.01)


def step(module: Small, optimise: Optimiser, rows: list[int]) -> None:
    module(torch.tensor(rows)).backward()
    optimise.step(1.0, 1)


def test_rows_follow_adagrad_and_others_stay() -> None:
    module = Small()
    optimise = optimiser(module)
    step(module, optimise, [1, 3])
    gradient = 2 * 1.0 * 0.5  # d/dx (x·w)² at x = (1, 1), w = (½, ½)
    moved = 1 - 0.1 * gradient / math.sqrt(1 + gradient**2)
    assert torch.allclose(module.table.weight[[1, 3]], torch.tensor(moved))
    assert torch.equal(module.table.weight[[0, 2, 4]], torch.ones(3, 2))
    assert torch.allclose(optimise.squares["table"][1], torch.tensor(1 + gradient**2))
    assert module.table.pending == []


def test_dense_parameters_follow_torch_adam() -> None:
    module, twin = Small(), Small()
    optimise, adam = optimiser(module), torch.optim.Adam(twin.dense.parameters(), lr=0.01)
    for _ in range(3):
        module.table.weight.fill_(1.0)
        step(module, optimise, [0, 1])
        twin.dense(torch.ones(2, 2)).pow(2).sum().backward()
        adam.step()
        adam.zero_grad()
    assert torch.allclose(module.dense.weight, twin.dense.weight)


def test_overlapping_lookups_add_up() -> None:
    module = Small()
    optimise = optimiser(module)
    (module(torch.tensor([0, 1])) + module(torch.tensor([1, 2]))).backward()
    optimise.step(1.0, 1)
    weight = module.table.weight
    assert float(weight[1, 0]) < float(weight[0, 0]) < 1
    assert torch.equal(weight[0], weight[2])


def test_a_row_never_falls_below_the_minimum() -> None:
    module = Small()
    module.table.minimum = 0.99
    step(module, optimiser(module), [2])
    assert torch.equal(module.table.weight[2], torch.full((2,), 0.99))


def test_rates_must_name_the_tables() -> None:
    with pytest.raises(ValueError, match="differ"):
        Optimiser(Small(), {"other": TableRate(0.1, 1.0)}, 0.01)


@given(st.floats(0, 2))
def test_schedules_stay_between_their_ends(done: float) -> None:
    assert 0.1 <= linear(1.0, 0.1)(done) <= 1.0  # exact at both ends
    assert 0 <= warm_up(2.0, 0.3)(done) <= 2.0
    assert warm_up(2.0, 0.0)(done) == 2.0


def test_state_survives_json() -> None:
    state = TrainingState(epoch=2, position=[7, 3], step=9, num_read=100, seconds=1.5)
    state.sums.add({"kl": 1.25}, 4)
    state.history.append(EpochReport(0, 2.0, {"kl": 2.0}, {"loss": 1.0}, 10, 5.0))
    plain = json.loads(json.dumps(state.as_dict()))
    assert TrainingState.from_dict(plain, state.history) == state
    plain["history"] = [asdict(report) for report in state.history]  # as files of densevec 1 had it
    assert TrainingState.from_dict(plain) == state


def test_a_history_of_any_length_and_kind_goes_into_arrays_and_back() -> None:
    history = [
        EpochReport(n, 1 / (n + 1), {"a": 0.0, "b": 1 / (n + 1)}, None, 10**10, 5.0, "entries") for n in range(5)
    ]
    arrays, names = to_arrays(history)
    assert from_arrays(arrays, names) == history
    mixed = [
        EpochReport(0, 1.0, {"a": 1.0}, {"loss": math.inf, "a": -math.inf}, 1, 5.0),
        EpochReport(1, 1.0, {"b": 1.0}, None, 1, 5.0),
        EpochReport(2, 1.0, {"b": 1.0}, {"loss": 0.5}, 1, 5.0),
    ]
    arrays, names = to_arrays(mixed)
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert from_arrays(arrays, names) == mixed
    lost = EpochReport(0, 1.0, {}, {"loss": math.nan}, 1, 5.0)
    assert math.isnan(from_arrays(*to_arrays([lost]))[0].monitored)
    assert from_arrays(*to_arrays([])) == []


def test_sums_keep_float64() -> None:
    """Counts beyond what float32 can tell apart (FAULTS 41)."""
    sums = TermSums({"loss": 2.0**40}, 2**40)
    sums.add({"loss": 1.0}, 1)
    assert sums.terms["loss"] == 2.0**40 + 1
    assert sums.num_tokens == 2**40 + 1


def test_a_checkpoint_brings_everything_back(tmp_path) -> None:
    vocabulary = Vocabulary(["a", "b", "c", "d", "e"], np.arange(5, 0, -1))
    module = Small()
    optimise = optimiser(module)
    step(module, optimise, [0, 1])
    state = TrainingState(epoch=1, position=[3, 0], step=1)
    Checkpoint(tmp_path / "run", {"dim": 2}, vocabulary, "digest").write(optimise, state)
    step(module, optimise, [1, 2])

    again = Small()
    resumed = optimiser(again)
    assert restore_checkpoint(tmp_path / "run", resumed) == state
    step(again, resumed, [1, 2])
    for name, value in module.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_only_checkpoints_are_restored(tmp_path) -> None:
    from densevec import DensityVectors

    DensityVectors(["a"], [[1.0]], [1.0]).save(tmp_path / "vectors")
    with pytest.raises(FormatError, match="expected a checkpoint"):
        restore_checkpoint(tmp_path / "vectors", optimiser(Small()))


def test_twenty_thousand_epochs_fit_a_checkpoint(tmp_path) -> None:
    vocabulary = Vocabulary(["a"], [1])
    state = TrainingState(epoch=20_000, step=40_000)
    state.history = [EpochReport(n, 2.0, {"kl": 1.5, "source": 0.5}, {"loss": 1 / 3}, 7, 1e5) for n in range(20_000)]
    module = Small()
    Checkpoint(tmp_path / "run", {}, vocabulary, "").write(optimiser(module), state)
    assert restore_checkpoint(tmp_path / "run", optimiser(Small())) == state


def damaged(path: Any, *, without: str = "", tensors: dict[str, Any] | None = None, **metadata: Any) -> None:
    """The file again without a tensor or a key of its metadata, or with others in their place."""
    container = read_container(path, mmap=False)
    arrays = {name: array for name, array in {**container.tensors, **(tensors or {})}.items() if name != without}
    kept = {name: value for name, value in {**container.metadata, **metadata}.items() if name != without}
    write_container(path, arrays, container.words, kept)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"without": "training_state"}, "it has no 'training_state'"),
        ({"training_state": None}, "does not hold the state"),
        ({"training_state": []}, "does not hold the state"),
        ({"training_state": {"epoch": 1}}, "it has no 'position'"),
        ({"history": {}}, "it has no 'columns'"),
        ({"history": {"columns": ["loss"], "unit": "words"}}, "1 epochs and 1 columns"),
        ({"history": {"columns": [1, 2, 3], "unit": "words"}}, "must be strings"),
        ({"without": "history.kinds"}, "it has no 'history.kinds'"),
        ({"without": "learner.weights.table.weight"}, "it has no 'weights.table.weight'"),
        ({"without": "learner.squares.table"}, "it has no 'squares.table'"),
        ({"without": "learner.adam.exp_avg.dense.weight"}, "Adam's averages of 'dense.weight' are not whole"),
        (
            {"tensors": {"learner.squares.table": np.ones((1, 2), np.float32)}},
            r"is of shape \(5, 2\) here, of \(1, 2\)",
        ),
        ({"tensors": {"history.kinds": np.full((1, 3), 9, np.uint8)}}, "kinds from 0 to 4"),
    ],
)
def test_a_checkpoint_that_is_not_whole_is_refused_in_a_sentence(tmp_path, damage, message) -> None:
    module, path = Small(), tmp_path / "run"
    optimise = optimiser(module)
    step(module, optimise, [0, 1])
    state = TrainingState(epoch=1, position=[3, 0], step=1, history=[EpochReport(0, 2.0, {"kl": 2.0}, None, 1, 5.0)])
    Checkpoint(path, {}, Vocabulary(["a"], [1]), "").write(optimise, state)
    assert restore_checkpoint(path, optimiser(Small())) == state
    damaged(path, **damage)
    with pytest.raises(FormatError, match=rf"run: the checkpoint .*{message}") as caught:
        restore_checkpoint(path, optimiser(Small()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["epoch", "step", "num_read", "seconds", "position", "sums"])
@pytest.mark.parametrize("value", ["x", -1.5, {"terms": 3}, 10**400, [None]])
def test_counters_of_a_checkpoint_are_numbers(tmp_path, name, value) -> None:
    if (name, value) == ("seconds", -1.5):
        pytest.skip("any number of seconds")
    path, state = tmp_path / "run", TrainingState()
    Checkpoint(path, {}, Vocabulary(["a"], [1]), "").write(optimiser(Small()), state)
    damaged(path, training_state={**state.as_dict(), name: value})
    with pytest.raises(FormatError, match="run: the checkpoint "):
        restore_checkpoint(path, optimiser(Small()))


def test_a_signal_that_python_has_no_handler_of_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library in C has it, and Python could not put its handler back."""
    getsignal = signal.getsignal
    monkeypatch.setattr(signal, "getsignal", lambda number: None if number == signal.SIGTERM else getsignal(number))
    before = getsignal(signal.SIGTERM), getsignal(signal.SIGINT)
    with StopRequest() as stop:
        assert getsignal(signal.SIGTERM) is before[0]
        signal.raise_signal(signal.SIGINT)
        assert stop.is_received()
    assert (getsignal(signal.SIGTERM), getsignal(signal.SIGINT)) == before


@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_fault_33_a_second_signal_interrupts_at_once(number: int, error: type[BaseException]) -> None:
    before = signal.getsignal(number)
    with pytest.raises(error) as caught, StopRequest() as stop:
        signal.raise_signal(number)
        assert stop.received == number
        signal.raise_signal(number)
    assert signal.getsignal(number) is before
    if error is Terminated:
        assert caught.value.code == 143


def test_signals_are_left_alone_in_other_threads() -> None:
    seen = []

    def run() -> None:
        with StopRequest() as stop:
            seen.append(stop.received)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert seen == [None]


def test_callbacks_take_what_they_are_called_with() -> None:
    class Gensims:  # its CallbackAny2Vec
        def on_epoch_end(self, model: Any) -> None: ...

    def hook(*_: Any, **__: Any) -> None: ...

    fine = [EarlyStopping(), SimpleNamespace(on_epoch_end=hook), SimpleNamespace(on_epoch_end=hook, on_resume=None)]
    check_callbacks([*fine, SimpleNamespace(on_epoch_end=max)])  # max does not say what it takes
    takes = r"on_epoch_end\(model, report\), got .*, whose on_epoch_end takes \(%s\); have it take these two$"
    with pytest.raises(ParameterTypeError, match=takes % "model"):
        check_callbacks([EarlyStopping(), Gensims()])
    for method, taken in ((lambda: None, ""), (lambda model, report, more: None, "model, report, more")):
        with pytest.raises(ParameterTypeError, match=takes % taken):
            check_callbacks([SimpleNamespace(on_epoch_end=method)])
    for method in (lambda model: None, "log"):
        with pytest.raises(ParameterTypeError, match=r"^callbacks must have a method on_resume\(model, history\), got"):
            check_callbacks([SimpleNamespace(on_epoch_end=hook, on_resume=method)])


def test_early_stopping_looks_at_held_out_text() -> None:
    stopping = EarlyStopping(patience=2, min_improvement=0.1)
    losses = [3.0, 2.0, 1.95, 1.94]
    reports = [EpochReport(n, 9.0 - n, {}, {"loss": loss}, 1, 1.0) for n, loss in enumerate(losses)]
    assert [stopping.on_epoch_end(None, report) for report in reports] == [False, False, False, True]
