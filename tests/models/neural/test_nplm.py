"""The neural probabilistic language model, and what all neural language models share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from densevec import NPLM, EarlyStopping, KeyedVectors, SkipGram
from densevec.errors import FormatError, NotTrainedError, ParameterError
from densevec.formats import read_container, write_container
from densevec.models.interpolated import Interpolated
from densevec.models.neural.network import NPLMNetwork
from tests.models.neural.languages import SMALL, check_probabilities, check_resumed, check_saved, sentences, true_nats
from tests.settings import usable

TEXT, TEST = sentences(3000), sentences(500, seed=2)
LAYERS = ("full", "class", "hierarchical", "nce", "css")
_trained: dict[str, NPLM] = {}


def nplm(text: list[list[str]], dim: int, **settings: Any) -> NPLM:
    return NPLM(text, dim, **usable(NPLM, **settings))


def trained(layer: str) -> NPLM:
    if layer not in _trained:
        settings = {"order": 3, "hidden": 16, "epochs": 8, "batch_size": 256, "learning_rate": 0.2}
        _trained[layer] = nplm(TEXT, 12, output_layer=layer, **settings, **SMALL).train()
    return _trained[layer]


def untrained(model: NPLM, sentences: list[list[str]]) -> Any:
    """The network that training starts from."""
    text = model.open_text(sentences)
    vocabulary = model.count(text)
    with model.encode(text, vocabulary) as encoded:
        return model.make_task(vocabulary, encoded).network


@pytest.mark.parametrize("layer", LAYERS)
def test_it_learns_a_language_to_near_its_entropy(layer) -> None:
    found = trained(layer).perplexity(TEST).nats_per_token
    assert true_nats(TEST) - 0.01 < found < true_nats(TEST) + 0.05


@pytest.mark.parametrize("layer", LAYERS)
def test_probabilities_add_up(layer) -> None:
    check_probabilities(trained(layer))


@pytest.mark.parametrize("layer", ["full", "hierarchical", "nce"])
def test_a_loaded_model_predicts_the_same(layer, tmp_path) -> None:
    check_saved(trained(layer), tmp_path / "model")


def test_a_query_is_the_papers(tmp_path) -> None:
    network = NPLMNetwork(7, 3, 2, 5, True, False, torch.Generator().manual_seed(1))
    history = torch.tensor([[1, 2], [3, 1], [0, 0]])
    x = network.input.weight.numpy()[history.numpy()].reshape(3, 6)
    with torch.no_grad():
        h = np.tanh(x @ network.from_history.numpy().T + network.bias.numpy())
        np.testing.assert_allclose(network.query(history).numpy(), np.concatenate([h, x], 1), rtol=1e-5)
        tied = NPLMNetwork(7, 3, 2, 5, False, True, torch.Generator().manual_seed(1))
        h = np.tanh(x @ tied.from_history.numpy().T)
        np.testing.assert_allclose(tied.query(history).numpy(), h @ tied.to_dim.numpy().T, rtol=1e-5, atol=1e-6)


def test_gradients_are_those_of_finite_differences() -> None:
    model = nplm(TEXT, 4, order=3, hidden=5, direct=True, output_layer="full", **SMALL)
    network = untrained(model, TEXT[:50]).double()
    history, targets = torch.tensor([[1, 2], [3, 1], [0, 0]]), torch.tensor([1, 4, 2])
    network.output.words.weight.weight.normal_(generator=torch.Generator().manual_seed(2))

    def loss() -> torch.Tensor:
        return network.output.loss(network.query(history), targets).sum()

    loss().backward()
    rows, looked_up = network.input.pending[0]
    table = network.input.weight
    for tensor, place, gradient in (
        (network.from_history.data, (1, 2), network.from_history.grad[1, 2]),
        (network.bias.data, (3,), network.bias.grad[3]),
        (table, (int(rows[1]), 0), looked_up.grad[1, 0]),
    ):
        values = []
        for step in (1e-6, -2e-6):
            tensor[place] += step
            with torch.no_grad():
                values.append(float(loss()))
        tensor[place] += 1e-6
        assert float(gradient) == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5)


def test_more_noise_brings_nce_closer_to_the_full_softmax() -> None:
    """From the same network, the gradient of NCE by its expectation and many words of noise is that of likelihood."""

    def gradient(layer: str, noise: int) -> torch.Tensor:
        settings = {**SMALL, "noise_size": noise, "negative": noise}
        model = nplm(TEXT, 4, order=3, hidden=5, output_layer=layer, **settings)
        network = untrained(model, TEXT)
        history, targets = torch.tensor([[1, 2], [3, 1], [0, 0], [2, 5]]), torch.tensor([1, 4, 2, 1])
        table = network.output.words.weight.weight
        table.copy_(torch.randn(table.shape, generator=torch.Generator().manual_seed(2)))
        with torch.no_grad():  # every history's scores normalised, as training makes them
            bias = network.output.words.bias.weight
            bias -= torch.logsumexp(network.output.words.of_all(network.query(history)), 1).mean()
        draws = torch.Generator().manual_seed(3)
        network.output.loss(network.query(history), targets, draws=draws).sum().backward()
        return network.from_history.grad

    wanted = gradient("full", 1)
    errors = [float((gradient("nce", noise) - wanted).norm() / wanted.norm()) for noise in (10, 1000, 100_000)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.1


def test_running_text_goes_on_across_the_ends_of_sentences() -> None:
    """Sentences alternate: only a history that sees the last one knows which comes next."""
    text = [["a", "b"], ["c", "d"]] * 300
    held_out = [["a", "b"], ["c", "d"]] * 20
    settings = {"order": 4, "hidden": 8, "epochs": 10, "batch_size": 32, "output_layer": "full", **SMALL}
    running = nplm(text, 8, cross_sentences=True, **settings).train()
    apart = nplm(text, 8, cross_sentences=False, **settings).train()
    assert running.perplexity(held_out).perplexity < 1.1
    assert apart.perplexity(held_out).perplexity == pytest.approx(2 ** (1 / 3), abs=0.05)
    # a sentence alone has no sentence before it
    assert running.log_prob(["a", "b"]) == pytest.approx(running.token_log_probs([["c"], ["a", "b"]])[1].sum())


def test_vectors_can_be_given_and_are_found_again(tmp_path) -> None:
    given = KeyedVectors(["w0", "elsewhere"], np.ones((2, 6)))
    rates = {"learning_rate": 1e-30, "min_learning_rate": 0, "network_learning_rate": 0}
    model = nplm(TEXT, 6, epochs=1, **rates, **SMALL).train(init_from=given)
    np.testing.assert_allclose(model.vectors["w0"], 1)
    assert np.abs(model.vectors["w1"]).max() < 0.2
    trained_first = SkipGram(TEXT, 6, epochs=1, min_count=1).train().vectors
    again = nplm(TEXT, 6, epochs=1, **rates, **SMALL).train(init_from=trained_first)
    np.testing.assert_allclose(again.vectors["w5"], trained_first["w5"], rtol=1e-6)
    trained_first.to_file(tmp_path / "first.vec.gz")  # or any other format
    again = nplm(TEXT, 6, epochs=1, **rates, **SMALL).train(init_from=tmp_path / "first.vec.gz")
    np.testing.assert_allclose(again.vectors["w5"], trained_first["w5"], rtol=1e-6)


@pytest.mark.parametrize("layer", ["full", "nce", "class", "css"])
def test_tied_tables_are_one(layer, tmp_path) -> None:
    settings = {"order": 3, "hidden": 16, "epochs": 4, "batch_size": 256, "learning_rate": 0.2}
    model = nplm(TEXT, 12, tied=True, output_layer=layer, **settings, **SMALL).train()
    network = model.network
    assert network.output.words.weight is network.input
    assert model.perplexity(TEST).nats_per_token < true_nats(TEST) + 0.15
    check_saved(model, tmp_path / "model")
    loaded = NPLM.load(tmp_path / "model").network
    assert loaded.output.words.weight is loaded.input


def test_dropout_is_of_training_only() -> None:
    settings = {"order": 3, "epochs": 2, "output_layer": "full", **SMALL}
    with_dropout, without = (nplm(TEXT, 8, dropout=rate, **settings).train() for rate in (0.5, 0.0))
    assert with_dropout.history[-1].loss > without.history[-1].loss + 0.02
    assert with_dropout.log_prob(["w0", "w1"]) == with_dropout.log_prob(["w0", "w1"])


def test_the_best_epoch_is_what_is_released() -> None:
    """A text that is too small to generalise from: the held-out loss rises again."""
    held_out = TEST[:150]
    settings = {"hidden": 64, "epochs": 30, "batch_size": 16, "network_learning_rate": 0.02, "output_layer": "full"}
    model = nplm(sentences(60), 16, **settings, **SMALL).train(validation=held_out)
    losses = [report.validation["loss"] for report in model.history]
    assert min(losses) < losses[-1] - 0.05
    assert len(losses) == 30
    assert model.perplexity(held_out).nats_per_token == pytest.approx(min(losses), rel=1e-5)
    stopped = nplm(sentences(60), 16, patience=2, **settings, **SMALL).train(validation=held_out)
    best = int(np.argmin([report.validation["loss"] for report in stopped.history]))
    assert len(stopped.history) == best + 3 < 30
    by_callback = nplm(sentences(60), 16, **settings, **SMALL)
    by_callback.train(validation=held_out, callbacks=[EarlyStopping(patience=2)])
    np.testing.assert_array_equal(by_callback.vectors.vectors, stopped.vectors.vectors)
    np.testing.assert_array_equal(by_callback.vectors.vectors, by_callback.network.input.weight.numpy())


def test_the_held_out_loss_is_the_perplexity() -> None:
    for layer in ("nce", "hierarchical"):
        model = nplm(TEXT[:300], 8, epochs=1, output_layer=layer, **SMALL).train(validation=TEST)
        assert model.history[0].validation["loss"] == pytest.approx(model.perplexity(TEST).nats_per_token, rel=1e-5)
    model = nplm(TEXT[:300], 8, epochs=1, output_layer="negative", **SMALL).train(validation=TEST)
    assert model.history[0].validation["loss"] > 0


@pytest.mark.parametrize("layer", ["nce", "hierarchical"])
def test_training_goes_on_where_it_was_cut(layer, tmp_path) -> None:
    model = nplm(TEXT[:200], 8, epochs=3, batch_size=200, dropout=0.2, output_layer=layer, **SMALL)
    for cut_at in (1, 12):
        check_resumed(model, tmp_path / "checkpoint", cut_at, validation=TEST[:20])


def test_a_tree_of_clusters_is_kept_in_the_file(tmp_path) -> None:
    vectors = trained("full").vectors
    settings = {"order": 3, "hidden": 16, "epochs": 6, "batch_size": 256, "learning_rate": 0.2, **SMALL}
    model = nplm(TEXT, 12, output_layer="hierarchical", tree=vectors, **settings).train()
    assert model.perplexity(TEST).nats_per_token < true_nats(TEST) + 0.06
    check_probabilities(model)
    check_saved(model, tmp_path / "model")
    vectors.save(tmp_path / "vectors")
    again = nplm(TEXT, 12, output_layer="hierarchical", tree=str(tmp_path / "vectors"), **settings).train()
    np.testing.assert_array_equal(again.vectors.vectors, model.vectors.vectors)
    (tmp_path / "vectors").unlink()
    check_saved(NPLM.load(tmp_path / "model"), tmp_path / "again")  # without the vectors that made the tree
    huffman = untrained(nplm(TEXT, 12, output_layer="hierarchical", **settings), TEXT)
    assert not torch.equal(huffman.output.nodes, model.output.nodes)


def test_a_tree_that_does_not_fit_is_refused(tmp_path) -> None:
    model = nplm(TEXT[:200], 4, output_layer="hierarchical", tree=trained("full").vectors, epochs=1, **SMALL).train()
    model.save(tmp_path / "good")
    loaded = NPLM.load(tmp_path / "good")
    assert loaded.tree == repr(trained("full").vectors)  # which were not kept
    with pytest.raises(ParameterError, match=r"tree must be given again .* model\.set_params\(tree=vectors\) gives"):
        loaded.fit(TEXT[:200])
    loaded.set_params(tree=trained("full").vectors).fit(TEXT[:200])
    np.testing.assert_array_equal(loaded.vectors.vectors, model.vectors.vectors)
    container = read_container(tmp_path / "good")
    nodes = container.tensors["model.tree.nodes"].copy()
    nodes[0] = len(model.vocabulary) + 5
    tensors = {**container.tensors, "model.tree.nodes": nodes}
    write_container(tmp_path / "model", tensors, container.words, container.metadata)
    with pytest.raises(FormatError, match="the tree does not fit the words"):
        NPLM.load(tmp_path / "model")


def test_an_end_in_a_history_ends_the_sentence() -> None:
    model = trained("full")
    for history in (["w0", "w3", "</s>"], ["w0", "</s>", "w1"], ["</s>", "w2", "</s>", "</s>", "w1", "w4"]):
        sentence = history[len(history) - history[::-1].index("</s>") :]
        assert model.next_words(history, None) == model.next_words(sentence, None)
        assert model.generate(history, seed=1) == model.generate(sentence, seed=1)
    assert model.next_words(["w0", "w1"], None) != model.next_words(["w1"], None)
    crosses = nplm(TEXT[:200], 4, order=3, epochs=1, cross_sentences=True, **SMALL).train()
    assert crosses.next_words(["w0", "</s>"], None) != crosses.next_words(["w1", "</s>"], None)


def test_mixing_with_another_model_does_not_hurt() -> None:
    first, second = trained("full"), trained("class")
    mixed = Interpolated([first, second])
    mixed.fit(TEXT[:200])
    assert mixed.perplexity(TEST).perplexity < max(model.perplexity(TEST).perplexity for model in (first, second))


def test_what_does_not_go_together_is_said() -> None:
    with pytest.raises(ParameterError, match="tied must be False with output_layer='hierarchical'"):
        NPLM(TEXT, tied=True, output_layer="hierarchical").train()
    with pytest.raises(ParameterError, match="direct must be False with tied=True"):
        NPLM(TEXT, tied=True, direct=True).train()
    with pytest.raises(ParameterError, match="patience must be None without validation text, got 3"):
        NPLM(TEXT, patience=3).train()
    model = nplm(TEXT[:100], 4, output_layer="negative", epochs=1, **SMALL).train()
    for ask in (lambda: model.perplexity(TEST), lambda: model.log_prob(["w0"]), lambda: model.next_words(["w0"])):
        with pytest.raises(ParameterError, match="output_layer must be a density model"):
            ask()
    for ask in (lambda: NPLM(TEXT).network, lambda: NPLM(TEXT).log_prob(["w0"]), lambda: NPLM(TEXT).vocabulary):
        with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
            ask()
