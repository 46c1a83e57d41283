"""Recurrent layers against NumPy twins, finite differences, and themselves cut in two."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec.layers.dropout import dropout
from densevec.layers.recurrent import ACTIVATIONS, CELLS, Recurrent

STEPS, STREAMS, INPUTS, HIDDEN = 5, 3, 4, 6
INPUT = torch.randn(STEPS, STREAMS, INPUTS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def make(cell, activation="tanh", num_layers=1) -> Recurrent:
    seed = torch.Generator().manual_seed(2)
    return Recurrent(INPUTS, HIDDEN, cell=cell, activation=activation, num_layers=num_layers, seed=seed).double()


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def plain(layer: torch.nn.Module, activation: str, inputs: np.ndarray) -> np.ndarray:
    """What a layer makes of (L, B, num_inputs) from a state of zeros."""
    w = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    z = c = np.zeros((inputs.shape[1], HIDDEN))
    outputs = []
    for x in inputs:
        if "from_state" in w:
            z = x @ w["from_input"].T + z @ w["from_state"].T + w["bias"]
            z = logistic(z) if activation == "sigmoid" else np.tanh(z)
        else:
            of_x = np.split(x @ w["weight_ih_l0"].T + w["bias_ih_l0"], len(w["bias_ih_l0"]) // HIDDEN, axis=1)
            of_z = np.split(z @ w["weight_hh_l0"].T + w["bias_hh_l0"], len(of_x), axis=1)
            if len(of_x) == 4:
                i, f, g, o = (a + b for a, b in zip(of_x, of_z, strict=True))
                c = logistic(f) * c + logistic(i) * np.tanh(g)
                z = logistic(o) * np.tanh(c)
            else:
                reset, update = logistic(of_x[0] + of_z[0]), logistic(of_x[1] + of_z[1])
                z = (1 - update) * np.tanh(of_x[2] + reset * of_z[2]) + update * z
        outputs.append(z)
    return np.stack(outputs)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_layers_are_their_equations(cell, activation, num_layers) -> None:
    network = make(cell, activation, num_layers)
    wanted = INPUT.numpy()
    for layer in network.layers:
        wanted = plain(layer, activation, wanted)
    found, _ = network(INPUT, network.first_state(STREAMS))
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_a_carried_state_is_one_long_text(cell) -> None:
    network = make(cell, num_layers=2)
    whole, last = network(INPUT, network.first_state(STREAMS))
    first, state = network(INPUT[:2], network.first_state(STREAMS))
    second, end = network(INPUT[2:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(end, last)
    assert state.shape == network.first_state(STREAMS).shape


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_finite_differences(cell) -> None:
    network = make(cell, num_layers=2)
    state = torch.full_like(network.first_state(STREAMS), 0.1).requires_grad_(True)
    inputs = INPUT.clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda x, s: network(x, s)[0].sin().sum(), (inputs, state))
    parameter = next(network.parameters())
    network(INPUT, state)[0].sin().sum().backward()
    step = torch.zeros_like(parameter)
    step[0, 0] = 1e-6
    with torch.no_grad():
        parameter += step
        above = network(INPUT, state)[0].sin().sum()
        parameter -= 2 * step
        below = network(INPUT, state)[0].sin().sum()
    assert float(parameter.grad[0, 0]) == pytest.approx(float(above - below) / 2e-6, rel=1e-5)


def test_an_lstm_begins_with_open_forget_gates() -> None:
    bias = make("lstm").layers[0].bias_hh_l0.detach().numpy()
    np.testing.assert_array_equal(bias.reshape(4, HIDDEN), [[0] * HIDDEN, [1] * HIDDEN, [0] * HIDDEN, [0] * HIDDEN])


def test_dropout_keeps_the_mean_and_its_seed() -> None:
    values = torch.ones(1000, 100)
    dropped = dropout(values, 0.3, torch.Generator().manual_seed(1))
    assert torch.equal(dropped, dropout(values, 0.3, torch.Generator().manual_seed(1)))
    assert float((dropped == 0).double().mean()) == pytest.approx(0.3, abs=0.006)  # 4 standard deviations
    assert float(dropped.double().mean()) == pytest.approx(1, abs=0.01)
    assert sorted(set(dropped.flatten().tolist())) == pytest.approx([0, 1 / 0.7])
    assert dropout(values, 0.3, None) is values
    assert dropout(values, 0.0, torch.Generator()) is values
