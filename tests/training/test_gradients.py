"""Processes that learn from parts of the same batch: together they take the step of one that has the whole batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from densevec import CBOW, NPLM, RNNLM, Aviary, EmbedAlign
from densevec.corpus.blocks import Block, TextPosition
from densevec.models.placement import Placement
from densevec.training.state import TrainingState
from densevec.training.trainer import Trainer
from tests.training.threads import together

SETTINGS: dict[str, Any] = {"dim": 6, "epochs": 2, "min_count": 2}
MODELS = [
    NPLM(Aviary(60), output_layer="class", hidden=6, tied=True, batch_size=64, **SETTINGS),
    RNNLM(Aviary(60), output_layer="hierarchical", hidden=5, cell="gru", streams=5, steps=4, **SETTINGS),
    CBOW(Aviary(60), output_layer="full", engine="torch", sample=0, batch_size=50, **SETTINGS),
]


def make(model: Any, group: Any = None) -> Any:
    vocabulary = model.count(model.open_text(model.corpus))
    encoded, held_out = (model.encode(model.open_text(each), vocabulary) for each in (model.corpus, Aviary(7, seed=2)))
    return model.make_task(vocabulary, encoded, held_out, placement=Placement("cpu", False), group=group)


def state_of(task: Any) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(value).clone() for name, value in task.state().items()}


def train(task: Any, state: TrainingState, group: Any = None) -> tuple[dict[str, torch.Tensor], TrainingState]:
    if group is not None:
        group.say = lambda *said: None
        group.heard = lambda: (0, False)
        group.most = lambda value: int(max(group.everyone(value)))
    Trainer(task, epochs=2, group=group, show_progress=False).run(state)
    return state_of(task), state


def begin(model: Any, group: Any = None) -> tuple[dict[str, torch.Tensor], TrainingState]:
    """The first steps of a training: where it stands then."""
    task, state = make(model, group), TrainingState()
    for batch in task.batches(0, None):
        loss = task.step(batch, state.step, state.num_read / (2 * task.work))
        state.sums.add({name: float(term) for name, term in loss.terms.items()}, loss.num_tokens)
        state.step, state.num_read, state.position = state.step + 1, state.num_read + batch.num_read, batch.next
        if state.step == 3:
            break
    task.unite()
    return state_of(task), state


def assert_alike(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        torch.testing.assert_close(value, theirs[name], rtol=2e-3, atol=2e-5, msg=name)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{type(model).__name__} {model.output_layer}")
def test_processes_take_the_steps_of_one(model: Any) -> None:
    """Weights, optimisers, what streams carry, losses of both texts and counters; all processes to the same bit."""
    expected, alone = train(make(model), TrainingState())
    found = together(lambda group: train(make(model, group), TrainingState(), group), 3)
    for state, training in found:
        assert_alike(state, expected)
        assert all(torch.equal(value, found[0][0][name]) for name, value in state.items())
        assert (training.step, training.num_read, training.epoch) == (alone.step, alone.num_read, alone.epoch)
        for ours, theirs in zip(training.history, alone.history, strict=True):
            assert ours.num_tokens == theirs.num_tokens
            assert ours.loss == pytest.approx(theirs.loss, rel=1e-4)
            assert ours.validation["loss"] == pytest.approx(theirs.validation["loss"], rel=1e-4)
        assert training.history[0].loss == found[0][1].history[0].loss


@pytest.mark.parametrize("model", MODELS[1:3], ids=lambda model: type(model).__name__)
def test_a_training_goes_on_with_another_number_of_processes(model: Any) -> None:
    """Cut in an epoch: 3 begin and 1 goes on, 1 begins and 2 go on."""
    expected, _ = train(make(model), TrainingState())
    saved, state = together(lambda group: begin(model, group), 3)[0]
    task = make(model)
    task.load_state(saved)
    assert_alike(train(task, state)[0], expected)
    saved, state = begin(model)

    def go_on(group: Any) -> Any:
        task = make(model, group)
        task.load_state(saved)
        return train(task, TrainingState.from_dict(state.as_dict()), group)[0]

    for found in together(go_on, 6):
        assert_alike(found, expected)


def test_embedalign_learns_in_parts_and_gathers_its_densities_together() -> None:
    pairs = [(s, s[::-1]) for s in Aviary(90)]
    model = EmbedAlign(pairs, batch_size=25, softmax="exact", **SETTINGS)
    vocabulary = model.count(model.open_text(pairs))
    encoded = model.encode(model.open_text(pairs), vocabulary)

    def learn(group: Any) -> Any:
        task = model.make_task(vocabulary, encoded, group=group)
        losses = [task.step(batch, step, 0.5) for step, batch in enumerate(task.batches(0, None))]
        return task.state(), losses, task.aggregate(group), task.aggregate()

    (state, losses, _, alone), *others = together(learn, 2)
    for other, theirs, *_ in others:
        assert all(torch.equal(state[name], other[name]) for name in state)
        assert [loss.terms for loss in theirs] == [loss.terms for loss in losses]
    assert sum(loss.num_tokens for loss in losses) == len(encoded.source.ids)
    for _, _, shared, _ in others:
        for ours, whole in zip(shared, alone, strict=True):
            np.testing.assert_allclose(ours, whole, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_blocks_are_cut_where_sentences_begin(size: int) -> None:
    left = np.array([0, 1, 2, 0, 0, 1, 2, 3, 0, 1], np.int32)
    block = Block(np.arange(10, dtype=np.int32), left, left, 30, TextPosition(4, 0))
    parts = [block.part(number, size) for number in range(size)]
    own = [part for part, is_own in parts if is_own]
    assert np.concatenate([part.ids for part in own]).tolist() == list(range(10))
    assert all(part.left[0] == 0 and part.num_read == 30 and part.next == (4, 0) for part in own)
    assert all(len(part.ids) == 10 for part, is_own in parts if not is_own)
