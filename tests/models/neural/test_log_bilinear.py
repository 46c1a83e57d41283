"""The log-bilinear language model: what is its own; what it shares is tested with NPLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from densevec import LogBilinear
from densevec.corpus.language import encode_separately
from densevec.errors import ParameterError
from densevec.models.interpolated import Interpolated
from densevec.models.neural.network import LogBilinearNetwork
from tests.models.neural.languages import SMALL, check_probabilities, check_resumed, check_saved, sentences, true_nats
from tests.settings import usable
from tests.sweeps import once

TEXT, TEST = sentences(3000), sentences(500, seed=2)
SETTINGS = {"window": 2, "epochs": 8, "batch_size": 256, "learning_rate": 0.3, **SMALL}


def lbl(text: list[list[str]], **settings: Any) -> LogBilinear:
    return LogBilinear(text, **usable(LogBilinear, **{"dim": 16, **settings}))


@pytest.mark.parametrize(("position_matrices", "layer"), once(["full", "diagonal"], ["full", "nce", "hierarchical"]))
def test_it_learns_a_language_to_near_its_entropy(position_matrices, layer, tmp_path) -> None:
    settings = {**SETTINGS, "output_layer": layer, "position_matrices": position_matrices}
    model = lbl(TEXT, network_learning_rate=0.01, **settings).train()
    assert true_nats(TEST) - 0.01 < model.perplexity(TEST).nats_per_token < true_nats(TEST) + 0.1
    check_probabilities(model)
    check_saved(model, tmp_path / "model")


@pytest.mark.parametrize("is_diagonal", [False, True])
def test_a_query_is_the_papers(is_diagonal) -> None:
    network = LogBilinearNetwork(7, 3, 2, is_diagonal, torch.Generator().manual_seed(1))
    torch.nn.init.normal_(network.position, generator=torch.Generator().manual_seed(2))
    history = torch.tensor([[1, 2], [3, 1], [0, 0]])
    x, position = network.input.weight.numpy()[history.numpy()], network.position.detach().numpy()
    wanted = np.zeros((3, 3))
    for place in range(2):
        matrix = np.diag(position[place]) if is_diagonal else position[place].T
        wanted += np.einsum("ij,tj->ti", matrix, x[:, place])  # C_i x_i
    np.testing.assert_allclose(network.query(history).detach().numpy(), wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("position_matrices", ["full", "diagonal"])
def test_probabilities_are_those_that_the_documentation_states(position_matrices) -> None:
    settings = {**SETTINGS, "output_layer": "full", "position_matrices": position_matrices, "epochs": 1}
    model = lbl(TEXT[:300], network_learning_rate=0.1, **settings).train()
    parts = model.network.input.weight, model.network.position, model.output.words.weight.weight
    x, stored, y = (part.detach().numpy().astype(np.float64) for part in parts)
    bias = model.output.words.bias.weight.detach().numpy()[:, 0]
    row = {word: number for number, word in enumerate(model.vocabulary.words)}
    matrices = [each.T if position_matrices == "full" else np.diag(each) for each in stored]
    predicted = sum(c @ x[row[word]] for c, word in zip(matrices, ("w3", "w0"), strict=True))  # the last word first
    masses = np.exp(y @ predicted + bias)
    found = dict(model.next_words(["w5", "w0", "w3"], topn=None))
    np.testing.assert_allclose([found[word] for word in row], masses / masses.sum(), rtol=1e-4)


def test_the_order_of_a_history_matters() -> None:
    """Of two words in the history only the position tells which one decides."""
    random = np.random.default_rng(1)
    text = [[a, b, a.upper()] for a, b in random.choice(["x", "y", "z"], size=(2000, 2)).tolist()]
    settings = {**SETTINGS, "output_layer": "full", "position_matrices": "diagonal", "epochs": 15}
    model = lbl(text, network_learning_rate=0.02, **settings).train()
    for a, b in (("x", "y"), ("y", "x"), ("z", "x")):
        assert model.next_words([a, b], topn=1)[0][0] == a.upper()


def test_equal_choices_have_equal_scores() -> None:
    model = lbl(TEXT[:300], output_layer="full", **{**SETTINGS, "epochs": 1}).train()
    question, choices = ["w0", "w1", None, "w2", "w3", "w4"], ["w5", "w6", "unheard-of", "w5", "of", "w6", "w5"]
    found = model.complete(question, choices)
    assert len({score for _, score in found}) == 3
    assert [word for word, _ in found if word in ("unheard-of", "of")] == ["unheard-of", "of"]
    assert model.complete(question, choices[::-1])[0] == found[0]


def test_both_sides_are_used_and_are_no_model_of_text() -> None:
    random = np.random.default_rng(1)
    drawn = random.choice(["x", "y", "z"], size=2000).tolist()
    text = [["pq"[number % 2], word, word.upper()] for number, word in enumerate(drawn)]
    model = lbl(text, context="both", output_layer="full", **SETTINGS).train()
    for word in "xyz":
        ranked = model.complete(["p", None, word.upper()], ["x", "y", "z"])
        assert ranked[0][0] == word
        assert ranked[0][1] > ranked[1][1] + 2
    assert model.log_prob(["p", "x", "X"]) == pytest.approx(model.token_log_probs([["p", "x", "X"]])[0].sum())
    for ask in (lambda: model.perplexity(text), lambda: model.next_words(["p"])):
        with pytest.raises(ParameterError, match="context must be 'left'"):
            ask()
    with pytest.raises(ParameterError, match=r"name the candidates to choose from \(--candidates\)"):
        model.substitutes(["p", "x", "X"], 1)
    assert model.substitutes(["p", "y", "X"], 1, ["y", "x"])[0][0] == "x"


def test_with_nce_the_score_of_both_sides_is_the_layers_own() -> None:
    settings = {**SETTINGS, "learning_rate": 0.1, "epochs": 2, "position_matrices": "diagonal"}
    model = lbl(TEXT, context="both", **settings).train()
    ids, offsets = encode_separately(TEST[:1], model.vocabulary)
    ((query, targets),) = model._own_reading().queries(ids, offsets, False)
    scores = (query * model.output.words.weight.weight[targets]).sum(1) + model.output.words.bias.weight[targets, 0]
    np.testing.assert_allclose(model.token_log_probs(TEST[:1])[0], scores.detach().numpy(), rtol=1e-5)
    assert not model.is_normalised
    with pytest.raises(ParameterError, match="model 1, a LogBilinear, gives scores that are not normalised"):
        Interpolated([model, model])
    full = lbl(TEXT[:200], context="both", **{**settings, "output_layer": "full", "epochs": 1}).train()
    mixed = Interpolated([full, full])
    np.testing.assert_allclose(*(each.token_log_probs(TEST[:3])[2] for each in (full, mixed)))
    with pytest.raises(ParameterError, match="context must be 'left' for fit, got 'both'"):
        mixed.fit(TEST)


@pytest.mark.parametrize("position_matrices", ["full", "diagonal"])
@pytest.mark.parametrize("context", ["left", "both"])
def test_training_goes_on_where_it_was_cut(context, position_matrices, tmp_path) -> None:
    settings = {"batch_size": 200, "context": context, "position_matrices": position_matrices, **SMALL}
    model = lbl(TEXT[:200], dim=8, epochs=2, **settings)
    check_resumed(model, tmp_path / "checkpoint", cut_at=7, validation=TEST[:50])


def test_both_engines_learn_the_same() -> None:
    settings = {**SETTINGS, "position_matrices": "diagonal", "network_learning_rate": 0.01}
    rates = {"fused": 0.1, "torch": 0.3}
    models = [lbl(TEXT, engine=name, **{**settings, "learning_rate": rates[name]}) for name in rates]
    fused, plain = (model.train().perplexity(TEST).nats_per_token for model in models)
    assert fused == pytest.approx(plain, abs=0.05)


def test_threads_share_the_text_and_the_best_epoch_wins() -> None:
    settings = {**SETTINGS, "position_matrices": "diagonal", "learning_rate": 0.2, "workers": 2}
    model = lbl(TEXT[:500], engine="fused", context="both", **settings).train(validation=TEST)
    losses = [report.validation["loss"] for report in model.history]
    ids, offsets = encode_separately(TEST, model.vocabulary)
    parts = [model.network.log_probs(*part) for part in model._own_reading().queries(ids, offsets, False)]
    assert -float(torch.cat(parts).mean()) == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize(
    "settings", [{"tied": True}, {"dropout": 0.1}, {"output_layer": "css"}, {"cross_sentences": True}]
)
def test_what_the_fused_engine_cannot_train(settings) -> None:
    (name,) = settings
    with pytest.raises(ParameterError, match=f"engine must be 'auto' or 'torch' with {name}"):
        lbl(TEXT, position_matrices="diagonal", engine="fused", **settings).train()
