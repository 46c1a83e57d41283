"""Recurrent language models: what is their own; what they share is tested with NPLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from densevec import RNNLM
from densevec.layers.recurrent import CELLS
from tests.models.neural.languages import SMALL, check_probabilities, check_resumed, check_saved, sentences, true_nats
from tests.settings import usable
from tests.sweeps import once

TEXT, TEST = sentences(3000), sentences(500, seed=2)
SETTINGS = {"hidden": 16, "streams": 16, "steps": 12, "epochs": 8, "learning_rate": 0.2, **SMALL}
FAST = {"network_learning_rate": 0.01}


def rnnlm(text: list[list[str]], dim: int, **settings: Any) -> RNNLM:
    return RNNLM(text, dim, **usable(RNNLM, **settings))


@pytest.mark.parametrize(("cell", "layer"), once(CELLS, ["full", "class", "nce"]))
def test_it_learns_a_language_to_near_its_entropy(cell, layer, tmp_path) -> None:
    # of cells with gates half as many steps, longer ones, do as well
    settings = {**SETTINGS, **FAST}
    if cell != "elman":
        settings |= {"streams": 32, "network_learning_rate": 0.015}
    model = rnnlm(TEXT, 12, cell=cell, output_layer=layer, **settings).train()
    assert true_nats(TEST) - 0.01 < model.perplexity(TEST).nats_per_token < true_nats(TEST) + 0.06
    check_probabilities(model)
    check_saved(model, tmp_path / "model")


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_is_carried_across_batches_and_sentences(cell) -> None:
    """The first word of a sentence repeats that of the sentence before it, six words and a batch's end ago."""
    random = np.random.default_rng(1)
    pairs = [[[first, "m", "n", "o"], [first, "n"]] for first in random.choice(["x", "y"], size=1500).tolist()]
    text = [sentence for pair in pairs for sentence in pair]
    settings = {**SETTINGS, "steps": 9, "epochs": 8}
    model = rnnlm(text, 12, cell=cell, activation="tanh", output_layer="full", **settings, **FAST).train()
    log_probs = np.concatenate(list(model._log_probs(*_encoded(model, text[:400]), True)))
    at = np.concatenate([[0], np.cumsum([len(sentence) + 1 for sentence in text[:400]])[:-1]])
    repeated, new = log_probs[at[1::2]], log_probs[at[2::2]]
    assert np.exp(-repeated.mean()) < 1.1  # known
    assert np.exp(-new.mean()) > 1.9  # a coin


def test_the_state_goes_on_over_an_end_in_a_history() -> None:
    model = rnnlm(TEXT[:200], 8, **{**SETTINGS, "epochs": 1}).train()
    found = dict(model.next_words(["w0", "</s>", "w1"], None))
    text = [["w0"], ["w1"]]
    running = np.concatenate(list(model._log_probs(*_encoded(model, text), True)))
    np.testing.assert_allclose(np.log(found["</s>"]), running[-1], rtol=1e-5)
    assert found != dict(model.next_words(["w1"], None))


def _encoded(model: RNNLM, text: list[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    encoded = model.encode(model.open_text(text), model.vocabulary)
    return encoded.ids, encoded.offsets


def test_pieces_of_a_text_are_scored_as_one(monkeypatch) -> None:
    model = rnnlm(TEXT[:200], 8, **{**SETTINGS, "epochs": 1}).train()
    ids, offsets = _encoded(model, TEST[:30])
    whole = np.concatenate(list(model._log_probs(ids, offsets, True)))
    monkeypatch.setattr("densevec.models.neural.reading._STEPS_AT_ONCE", 7)
    parts = list(model._log_probs(ids, offsets, True))
    assert len(parts) == -(-len(ids) // 7)
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-4)
    monkeypatch.setattr("densevec.models.neural.reading._SENTENCES_AT_ONCE", 4)
    apart = np.concatenate(list(model._log_probs(ids, offsets, False)))
    wanted = np.concatenate(model.token_log_probs(TEST[:30]))
    np.testing.assert_allclose(apart, wanted, rtol=1e-4)
    np.testing.assert_allclose(apart[: offsets[1]], whole[: offsets[1]], rtol=1e-4)  # the first begins with nothing
    assert not np.allclose(apart[offsets[1] : offsets[2]], whole[offsets[1] : offsets[2]], rtol=1e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_batches_are_parts_of_long_streams(cell) -> None:
    """What training computes from batch to batch is one pass over each stream."""
    model = rnnlm(TEXT[:100], 8, cell=cell, **{**SETTINGS, "streams": 3, "steps": 5})
    text = model.open_text(TEXT[:100])
    vocabulary = model.count(text)
    encoded = model.encode(text, vocabulary)
    task = model.make_task(vocabulary, encoded)
    batches = list(task.reader.batches(0))
    for _ in range(2):  # a new epoch begins anew
        found = torch.cat([task.reading.predictions(batch)[0] for batch in batches]).detach()
    inputs = torch.from_numpy(np.concatenate([batch.inputs for batch in batches])).long()
    is_text = torch.from_numpy(np.concatenate([batch.is_text for batch in batches]))
    whole, _ = task.network.queries(inputs, task.network.recurrent.first_state(3))
    assert len(found) == len(encoded.ids)
    torch.testing.assert_close(found, whole[is_text].detach())


@pytest.mark.parametrize("cell", CELLS)
def test_training_goes_on_where_it_was_cut(cell, tmp_path) -> None:
    settings = {**SETTINGS, "epochs": 2, "dropout": 0.2, "layers": 2}
    model = rnnlm(TEXT[:300], 8, cell=cell, **settings)
    for cut_at in (1, 4, 12):  # in the first epoch with a carried state, and in the second
        check_resumed(model, tmp_path / "checkpoint", cut_at, validation=TEST[:20])


def test_held_out_text_leaves_the_carried_state_alone() -> None:
    settings = {**SETTINGS, "epochs": 2, "output_layer": "full"}
    with_text, without = (rnnlm(TEXT[:500], 8, **settings).train(validation=v) for v in (TEST[:20], None))
    assert [report.terms for report in with_text.history] == [report.terms for report in without.history]


@pytest.mark.parametrize("cell", CELLS)
def test_the_held_out_loss_is_the_perplexity(cell) -> None:
    """Of one stream, however many streams the text of training is read in."""
    model = rnnlm(TEXT[:300], 8, cell=cell, output_layer="class", **{**SETTINGS, "epochs": 3})
    losses = [report.validation["loss"] for report in model.train(validation=TEST[:60]).history]
    assert model.perplexity(TEST[:60]).nats_per_token == pytest.approx(min(losses), rel=1e-6)


def test_tied_tables_are_one(tmp_path) -> None:
    model = rnnlm(TEXT, 12, tied=True, output_layer="full", **SETTINGS, **FAST).train()
    assert model.network.output.words.weight is model.network.input
    assert model.perplexity(TEST).nats_per_token < true_nats(TEST) + 0.1
    check_saved(model, tmp_path / "model")
