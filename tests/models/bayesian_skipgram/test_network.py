"""The loss of the Bayesian skip-gram against sums written out, sampling and finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from densevec.corpus.blocks import Block, TextPosition
from densevec.layers.support import ComplementarySupport, NoiseSupport, Support, WholeVocabulary
from densevec.layers.window import window_mask
from densevec.models.bayesian_skipgram import tables
from densevec.models.bayesian_skipgram.network import Network, hidden_places, log_frequency, make_batch
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.objectives import Elbo, ExpectedSoftmax, Jensen, Loss, MaxMargin

NUM_WORDS, DIM, WINDOW = 12, 3, 2
COUNTS = np.arange(1.0, NUM_WORDS + 1)
# two sentences, of four tokens and of three
BLOCK = Block(
    np.array([3, 1, 3, 7, 0, 11, 1], np.int32),
    np.array([0, 1, 2, 2, 0, 1, 2], np.int32),
    np.array([2, 2, 1, 0, 2, 1, 0], np.int32),
    7,
    TextPosition(2, 0),
)
WINDOWS = {0: [1, 2], 1: [0, 2, 3], 2: [0, 1, 3], 3: [1, 2], 4: [5, 6], 5: [4, 6], 6: [4, 5]}


def settings(**changes: object) -> BayesianSkipGramParameters:
    values = {
        "dim": DIM,
        "window": WINDOW,
        "hidden": 4,
        "context_dropout": 0.0,
        "information_scale": 0.2,
        "information_exponent": 1.5,
        "leave_out": False,
        **changes,
    }
    return BayesianSkipGramParameters(**values)  # type: ignore[arg-type]


def network(**changes: object) -> Network:
    """A network with every table far from its start, in float64."""
    made = Network(settings(**changes), log_frequency(COUNTS), torch.Generator().manual_seed(1)).double()
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, tensor in made.state_dict().items():
            scale = 0.3 if "log_variance" in name else 0.7
            tensor.copy_(torch.randn(tensor.shape, generator=random, dtype=torch.float64) * scale)
    return made


def loss_of(made: Network, objective: object, support: object, kl_weight: float = 1.0) -> Loss:
    batch = make_batch(BLOCK, support, np.random.default_rng(4), torch.device("cpu"))
    batch = batch._replace(log_weight=batch.log_weight.double())
    return made(batch, objective, kl_weight, torch.Generator().manual_seed(5))


def posteriors(made: Network, windows: dict[int, list[int]] = WINDOWS) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of q for every token that sees so much, from the formula with its pairs written out."""
    encoder = made.encoder
    table = encoder.embedding.weight.numpy()
    matrix = np.concatenate([encoder.from_word.detach(), encoder.from_context.detach()])
    own = made.prior_mean.weight.numpy()[BLOCK.ids] if made.settings.residual else np.zeros((7, DIM))
    log_weight = np.zeros(2 * WINDOW + 1)
    if made.settings.window_weights != "equal":
        log_weight = encoder.position_log_weight.detach().numpy()
    means, variances = [], []
    for i, places in windows.items():
        pairs = [np.concatenate([table[BLOCK.ids[i]], table[BLOCK.ids[k]]]) for k in places]
        activations = [np.maximum(pair @ matrix + encoder.bias.detach().numpy(), 0) for pair in pairs]
        weights = np.exp([log_weight[WINDOW + k - i] for k in places])
        if made.settings.window_weights == "attention" and places:
            scores = [activation @ encoder.to_attention.detach().numpy() / 2 for activation in activations]
            weights = weights * np.exp(scores)
            weights *= len(places) / weights.sum()
        hidden = sum((w * a for w, a in zip(weights, activations, strict=True)), np.zeros(4))
        if made.settings.layers == 2:
            second = encoder.second
            hidden = hidden + np.maximum(second.weight.detach().numpy() @ hidden + second.bias.detach().numpy(), 0)
        shift = encoder.to_mean.weight.detach().numpy() @ hidden + encoder.to_mean.bias.detach().numpy()
        means.append(own[i] + shift)
        log_variance = encoder.to_log_variance.weight.detach().numpy() @ hidden
        log_variance = log_variance + encoder.to_log_variance.bias.detach().numpy()
        variances.append(np.exp(log_variance))
    return np.array(means), np.broadcast_to(np.array(variances), (7, DIM))


def densities(made: Network, part: str) -> tuple[np.ndarray, np.ndarray]:
    state = made.state_dict()
    mean = state[f"{part}mean.weight"].numpy()
    return mean, np.broadcast_to(np.exp(state[f"{part}log_variance.weight"].numpy()), mean.shape)


def kl(mean_q: np.ndarray, var_q: np.ndarray, mean_p: np.ndarray, var_p: np.ndarray) -> float:
    return float(0.5 * np.sum(var_q / var_p + (mean_p - mean_q) ** 2 / var_p - 1 + np.log(var_p / var_q)))


def expected_log_density(mean_q: np.ndarray, var_q: np.ndarray, mean_p: np.ndarray, var_p: np.ndarray) -> float:
    """E_q log N(z; mean_p, var_p) by its entropy: −KL(q‖p) − H(q)."""
    entropy = 0.5 * np.sum(np.log(2 * np.pi * np.e * var_q))
    return -kl(mean_q, var_q, mean_p, var_p) - float(entropy)


def hidden_of(made: Network) -> dict[int, list[int]]:
    """Places of each window that ``loss_of`` hides from the posterior, by the network's draws."""
    mask = window_mask(torch.from_numpy(BLOCK.left), torch.from_numpy(BLOCK.right), WINDOW)
    hidden = hidden_places(mask, torch.Generator().manual_seed(5))
    return {i: [k for k in places if hidden[i, k - i + WINDOW]] for i, places in WINDOWS.items()}


@pytest.mark.parametrize("covariance", ["spherical", "diag"])
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("residual", "leave_out"), [(True, True), (True, False), (False, True), (False, False)])
def test_expected_softmax_is_its_formula(covariance: str, tied: bool, residual: bool, leave_out: bool) -> None:
    made = network(covariance=covariance, tied=tied, residual=residual, leave_out=leave_out)
    predicted = hidden_of(made) if leave_out else WINDOWS
    seen = {i: [k for k in places if k not in predicted[i]] for i, places in WINDOWS.items()} if leave_out else WINDOWS
    if leave_out:
        assert any(predicted.values()) and any(seen.values())
    sampler = NoiseSupport(COUNTS, 0.75, 6)
    noise = sampler.draw(np.unique(BLOCK.ids).astype(np.int64), np.random.default_rng(4))
    mean, variance = posteriors(made, seen)
    prior_mean, prior_variance = densities(made, "prior_")
    context_mean, context_variance = densities(made, "prior_" if tied else "decoder.")
    log_p = made.log_frequency.numpy()

    def score(i: int, word: int) -> float:
        density = expected_log_density(mean[i], variance[i], context_mean[word], context_variance[word])
        return density + log_p[word]

    reconstruction = 0.0
    for i, places in predicted.items():
        noise_scores = [score(i, w) + weight for w, weight in zip(noise.words, noise.log_weight, strict=True)]
        for k in places:
            positive = score(i, BLOCK.ids[k])
            reconstruction += logsumexp([positive, *noise_scores]) - positive
    divergence = sum(
        kl(mean[i], variance[i], prior_mean[BLOCK.ids[i]], prior_variance[BLOCK.ids[i]])
        * (len(predicted[i]) / len(WINDOWS[i]))
        for i in WINDOWS
    )
    loss = loss_of(made, ExpectedSoftmax(), sampler, kl_weight=0.5)
    assert loss.num_tokens == 7
    assert math.isclose(float(loss.terms["reconstruction"]), reconstruction, rel_tol=1e-6)
    assert math.isclose(float(loss.terms["kl"]), 0.5 * divergence, rel_tol=1e-6)
    assert math.isclose(loss.total.item(), reconstruction + 0.5 * divergence, rel_tol=1e-6)


FORMS = [("equal", 1), ("position", 1), ("attention", 1), ("equal", 2), ("attention", 2)]


@pytest.mark.parametrize(("window_weights", "layers"), FORMS)
def test_divergences_are_those_of_the_form_of_the_encoder(window_weights: str, layers: int) -> None:
    """Of the loss KL(q‖p) alone is asked, so that nothing but the posteriors takes part."""
    made = network(leave_out=True, window_weights=window_weights, layers=layers)
    predicted = hidden_of(made)
    seen = {i: [k for k in places if k not in predicted[i]] for i, places in WINDOWS.items()}
    mean, variance = posteriors(made, seen)
    prior_mean, prior_variance = densities(made, "prior_")
    expected = sum(
        kl(mean[i], variance[i], prior_mean[BLOCK.ids[i]], prior_variance[BLOCK.ids[i]]) * len(predicted[i]) / len(w)
        for i, w in WINDOWS.items()
    )
    loss = loss_of(made, ExpectedSoftmax(), NoiseSupport(COUNTS, 1.0, 5))
    assert math.isclose(float(loss.terms["kl"]), expected, rel_tol=1e-6)


def test_elbo_with_the_whole_complement_is_the_exact_one() -> None:
    made = network()
    exact = loss_of(made, Elbo(), WholeVocabulary(NUM_WORDS))
    whole = loss_of(made, Elbo(), ComplementarySupport(NUM_WORDS, NUM_WORDS))
    assert math.isclose(exact.total.item(), whole.total.item(), rel_tol=1e-6)
    part = loss_of(made, Elbo(), ComplementarySupport(NUM_WORDS, 2))
    assert not math.isclose(exact.total.item(), part.total.item(), rel_tol=1e-3)


def test_elbo_averages_log_probabilities_over_the_posterior() -> None:
    """The mean over many draws agrees with SciPy's densities at draws of our own."""
    made = network()
    mean, variance = posteriors(made)
    context_mean, context_variance = densities(made, "decoder.")
    log_p = made.log_frequency.numpy()
    random = np.random.default_rng(8)
    total = 0.0
    for i, places in WINDOWS.items():
        draws = mean[i] + np.sqrt(variance[i]) * random.normal(size=(4000, DIM))
        logits = np.stack(
            [
                multivariate_normal(context_mean[w], np.diag(context_variance[w])).logpdf(draws) + log_p[w]
                for w in range(NUM_WORDS)
            ],
            axis=1,
        )
        log_probability = logits - logsumexp(logits, axis=1, keepdims=True)
        total -= sum(log_probability[:, BLOCK.ids[k]].mean() for k in places)
    batch = make_batch(BLOCK, WholeVocabulary(NUM_WORDS), np.random.default_rng(4), torch.device("cpu"))
    draws = torch.Generator().manual_seed(5)
    made.eval()
    with torch.no_grad():
        ours = [float(made(batch, Elbo(), 1.0, draws).terms["reconstruction"]) for _ in range(2000)]
    assert abs(np.mean(ours) - total) < 5 * np.std(ours) / math.sqrt(len(ours)) + 0.02 * total / 10


def test_hinge_and_jensen_are_differences_of_divergences() -> None:
    made = network()
    noise = Support(np.array([5, 9]), np.zeros(2, np.float32))

    class Fixed:
        def draw(self, types: np.ndarray, random: np.random.Generator) -> Support:
            return noise

    mean, variance = posteriors(made)
    context_mean, context_variance = densities(made, "decoder.")

    def to(i: int, word: int) -> float:
        return kl(mean[i], variance[i], context_mean[word], context_variance[word])

    jensen = sum(to(i, BLOCK.ids[k]) - (to(i, 5) + to(i, 9)) / 2 for i, places in WINDOWS.items() for k in places)
    assert math.isclose(float(loss_of(made, Jensen(), Fixed()).terms["reconstruction"]), jensen, rel_tol=1e-6)
    noise = Support(np.array([5]), np.zeros(1, np.float32))
    hinge = sum(max(0.0, 2 + to(i, BLOCK.ids[k]) - to(i, 5)) for i, places in WINDOWS.items() for k in places)
    assert math.isclose(float(loss_of(made, MaxMargin(2.0), Fixed()).terms["reconstruction"]), hinge, rel_tol=1e-6)


@pytest.mark.parametrize("objective", [ExpectedSoftmax(), Elbo(), Jensen(), MaxMargin(3.0)])
@pytest.mark.parametrize("covariance", ["spherical", "diag"])
@pytest.mark.parametrize(
    ("residual", "leave_out", "window_weights", "layers"),
    [(True, True, "equal", 1), (False, False, "equal", 1), (True, True, "position", 2), (True, True, "attention", 1)],
)
def test_gradients_are_finite_differences(
    objective: object, covariance: str, residual: bool, leave_out: bool, window_weights: str, layers: int
) -> None:
    made = network(
        covariance=covariance,
        context_dropout=0.4,
        information_scale=0.0,
        residual=residual,
        leave_out=leave_out,
        window_weights=window_weights,
        layers=layers,
    )
    support = ComplementarySupport(NUM_WORDS, 4) if isinstance(objective, Elbo) else NoiseSupport(COUNTS, 1.0, 5)
    loss_of(made, objective, support, 0.7).total.backward()
    gradients = {name: parameter.grad for name, parameter in made.named_parameters()}
    for name, table in made.named_modules():
        if hasattr(table, "pending"):
            whole = torch.zeros_like(table.weight)
            for rows, looked_up in table.pending:
                whole[rows] += looked_up.grad if looked_up.grad is not None else 0
            gradients[f"{name}.weight"] = whole
    state = made.state_dict()
    random = np.random.default_rng(6)
    for name, gradient in gradients.items():
        tensor = state[name]
        if name == "prior_log_variance.weight":
            continue  # see the test below: dropout keeps the likelihood from its gradient on purpose
        direction = torch.from_numpy(random.normal(size=tuple(tensor.shape)))
        step = 1e-6
        values = []
        for sign in (1, -1):
            tensor.add_(direction, alpha=sign * step)
            with torch.no_grad():
                values.append(float(loss_of(made, objective, support, 0.7).total))
            tensor.add_(direction, alpha=-sign * step)
        slope = (values[0] - values[1]) / (2 * step)
        assert math.isclose(slope, float((gradient * direction).sum()), abs_tol=2e-4), name


def test_variances_follow_what_words_tell_about_their_contexts() -> None:
    made = network(context_dropout=1.0)
    loss = loss_of(made, Elbo(), WholeVocabulary(NUM_WORDS))
    plain = loss_of(network(context_dropout=1.0, information_scale=0.0), Elbo(), WholeVocabulary(NUM_WORDS))
    assert set(plain.terms) == {"reconstruction", "kl"}
    assert math.isclose(float(loss.terms["reconstruction"]), float(plain.terms["reconstruction"]), rel_tol=1e-9)
    # the same draws as in the network, from SciPy's densities
    draws = torch.Generator().manual_seed(5)
    torch.rand(7, generator=draws)
    noise = torch.randn(7, DIM, generator=draws, dtype=torch.float64).numpy()
    prior_mean, prior_variance = densities(made, "prior_")
    context_mean, context_variance = densities(made, "decoder.")
    log_p = made.log_frequency.numpy()
    entropy = -float(np.exp(log_p) @ log_p)
    wanted = 0.0
    for i, places in WINDOWS.items():
        word = BLOCK.ids[i]
        z = prior_mean[word] + np.sqrt(prior_variance[word]) * noise[i]
        logits = np.array(
            [multivariate_normal(context_mean[w], np.diag(context_variance[w])).logpdf(z) for w in range(NUM_WORDS)]
        )
        log_q = logits + log_p - logsumexp(logits + log_p)
        told = [log_q[BLOCK.ids[k]] - log_p[BLOCK.ids[k]] + 0.5 * (-log_p[BLOCK.ids[k]] - entropy) for k in places]
        target = np.exp(-0.2 * np.mean(told))
        wanted += kl(prior_mean[word], np.full(DIM, target), prior_mean[word], prior_variance[word])
    assert math.isclose(float(loss.terms["information"]), wanted, rel_tol=1e-5)


def test_context_dropout_makes_the_prior_the_posterior() -> None:
    made = network(context_dropout=1.0, information_scale=0.0)
    loss = loss_of(made, ExpectedSoftmax(), NoiseSupport(COUNTS, 1.0, 5))
    assert float(loss.terms["kl"]) == 0
    loss.total.backward()
    ((_, log_variance),) = made.prior_log_variance.pending
    assert log_variance.grad is None or not log_variance.grad.any()
    ((_, mean),) = made.prior_mean.pending
    assert mean.grad is not None and mean.grad.abs().sum() > 0


@pytest.mark.parametrize(
    "changes", [{}, {"tied": True}, {"likelihood": "affine"}, {"residual": False}, {"leave_out": True}]
)
def test_moving_the_origin_changes_no_loss(changes: dict[str, bool]) -> None:
    made = network(**changes)
    before = loss_of(made, ExpectedSoftmax(), NoiseSupport(COUNTS, 1.0, 5))
    made.centre()
    after = loss_of(made, ExpectedSoftmax(), NoiseSupport(COUNTS, 1.0, 5))
    assert (made.log_frequency.exp() @ made.prior_mean.weight).abs().max() < 1e-7
    assert math.isclose(before.total.item(), after.total.item(), rel_tol=1e-9)


@pytest.mark.parametrize(("window_weights", "layers"), FORMS)
def test_windows_of_a_block_and_single_windows_give_the_same_posterior(window_weights: str, layers: int) -> None:
    made = network(window_weights=window_weights, layers=layers)
    mean, variance = posteriors(made)
    context, weight, place = np.zeros((7, 4), np.int64), np.zeros((7, 4)), np.zeros((7, 4))
    for i, places in WINDOWS.items():
        context[i, : len(places)] = BLOCK.ids[places]
        weight[i, : len(places)] = 1
        place[i, : len(places)] = [k - i for k in places]
    tables_of_it = {name: value.numpy() for name, value in made.state_dict().items()}
    windows = tables.Own.of(tables_of_it, BLOCK.ids.astype(np.int64)), context, weight, place
    ours_mean, ours_log_variance = tables.posteriors(tables_of_it, made.settings, *windows)
    np.testing.assert_allclose(ours_mean, mean, rtol=1e-6)
    np.testing.assert_allclose(np.exp(ours_log_variance), variance[:, :1], rtol=1e-6)


def test_affine_likelihood_is_a_softmax_of_affine_scores() -> None:
    made = network(likelihood="affine")
    loss = loss_of(made, ExpectedSoftmax(), WholeVocabulary(NUM_WORDS))
    mean, _ = posteriors(made)
    state = made.state_dict()
    logits = mean @ state["decoder.weight.weight"].numpy().T + state["decoder.bias.weight"].numpy()[:, 0]
    total = 0.0
    for i, places in WINDOWS.items():
        for k in places:  # the support holds the context word too: it counts once more, as a noise word would
            total += logsumexp([logits[i, BLOCK.ids[k]], *logits[i]]) - logits[i, BLOCK.ids[k]]
    assert math.isclose(float(loss.terms["reconstruction"]), total, rel_tol=1e-6)
