"""DensityWord2Vec from text to densities, on data whose answers are known."""

from __future__ import annotations

import logging
from functools import cache

import numpy as np
import pytest
import torch

from densevec import Aviary, DensityVectors, DensityWord2Vec, MixtureVectors, load_vectors
from densevec.errors import FormatError, NotTrainedError, ParameterError
from densevec.formats import read_container, write_container
from densevec.models.density_word2vec.network import Batch, Network
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.vectors import KeyedVectors
from tests.settings import usable

SMALL = {"dim": 8, "epochs": 1, "min_count": 1, "batch_size": 64, "noise_words": 6, "noise_tokens": 3}
KINDS = {
    "fused": {"engine": "fused"},
    "fused, diagonal": {"engine": "fused", "covariance": "diag"},
    "fused, expected likelihood": {"engine": "fused", "energy": "expected_likelihood"},
    "torch": {"engine": "torch"},
    "torch, KL, diagonal": {"engine": "torch", "energy": "kl", "covariance": "diag"},
    "mixtures": {"components": 2, "energy": "expected_likelihood"},
    "mixtures, KL, diagonal": {"components": 3, "energy": "kl", "covariance": "diag"},
}


def small(**changes) -> DensityWord2Vec:
    return DensityWord2Vec(Aviary(400), **usable(DensityWord2Vec, **(SMALL | changes)))


# What it learns


@cache
def learned(engine: str) -> DensityWord2Vec:
    """Trained once by each engine, on the same text, windows and rates; the torch engine at small steps."""
    settings = usable(DensityWord2Vec, dim=16, epochs=3, engine=engine, batch_size=64)
    return DensityWord2Vec(Aviary(8_000), **settings).train()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_words_of_a_kind_are_near(engine: str) -> None:
    """Planted neighbours of every sense are nearer than other words."""
    vectors, nearer = learned(engine).vectors, []
    for a, b in Aviary().facts.entailments:
        similarities = vectors.most_similar(a, topn=None)
        nearer.append(similarities[vectors.get_index(b)] > np.median(similarities))
    assert np.mean(nearer) > 0.9


@pytest.mark.slow
def test_both_engines_learn_alike() -> None:
    losses, similarities = [], []
    for engine in ("fused", "torch"):
        model = learned(engine)
        losses.append(model.history[-1].loss)
        words = model.vectors.index_to_key[:100]
        unit = model.vectors[words] / np.linalg.norm(model.vectors[words], axis=1, keepdims=True)
        similarities.append((unit @ unit.T)[np.triu_indices(100, 1)])
    assert losses[0] == pytest.approx(losses[1], rel=0.1)
    assert np.corrcoef(similarities)[0, 1] > 0.7


def test_losses_fall_and_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "densevec"):
        model = small(epochs=4).train(validation=Aviary(100, seed=5))
    losses = [report.loss for report in model.history]
    assert losses == sorted(losses, reverse=True)
    assert all(report.terms == {"hinge": report.loss} for report in model.history)
    assert model.history[-1].validation is not None
    assert "norm_bound" in caplog.text


# Every kind


@pytest.mark.parametrize("kind", KINDS)
def test_training_saving_and_loading(kind: str, tmp_path) -> None:
    model = small(**KINDS[kind]).train()
    path = tmp_path / "m.safetensors"
    model.save(path)
    loaded = DensityWord2Vec.load(path, check=True)
    assert loaded.get_params()["components"] == model.components
    for vectors in (loaded.vectors, load_vectors(path), DensityVectors.load(path)):
        assert type(vectors) is (MixtureVectors if model.components > 1 else DensityVectors)
        assert vectors.is_spherical == (model.covariance == "spherical")
        assert vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    assert np.isfinite(model.history[0].loss)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bits(kind: str) -> None:
    runs = [small(**KINDS[kind], seed=seed).train().vectors for seed in (3, 3, 4)]
    assert runs[0].vectors.tobytes() == runs[1].vectors.tobytes()
    assert runs[0].variances.tobytes() == runs[1].variances.tobytes()
    assert runs[0].vectors.tobytes() != runs[2].vectors.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_hold_and_are_counted(kind: str) -> None:
    narrow = {"norm_bound": 0.5, "min_variance": 0.9, "max_variance": 1.1, "variance_learning_rate": 0.5}
    model = small(**KINDS[kind], **narrow, epochs=3).train()
    vectors = model.vectors
    if isinstance(vectors, MixtureVectors):
        parts = [vectors.component(word, k) for word in vectors for k in range(vectors.num_components)]
        means, variances = np.array([p.mean for p in parts]), np.array([p.variance for p in parts])
    else:
        means, variances = vectors.vectors, vectors.variances
    norms = np.linalg.norm(means, axis=1)
    assert norms.max() <= 0.5 * (1 + 1e-6)
    assert variances.min() >= 0.9 * (1 - 1e-6)
    assert variances.max() <= 1.1 * (1 + 1e-6)
    assert model.bound_shares["norm_bound"] == pytest.approx((norms > 0.49999).mean(), abs=0.01)
    assert model.bound_shares["norm_bound"] > 0
    assert model.bound_shares["max_variance"] == pytest.approx((variances > 1.0999).mean(), abs=0.01)
    assert model.bound_shares["min_variance"] == pytest.approx((variances < 0.9001).mean(), abs=0.01)


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_known_words_start_from_given_vectors(engine: str) -> None:
    """Rates next to nothing leave the words where they start, within the bounds."""
    mean = np.zeros((2, 8))
    mean[0, 2], mean[1, 3] = 0.7, 50.0
    still = {"learning_rate": 1e-9, "min_learning_rate": 1e-10, "variance_learning_rate": 1e-9, "norm_bound": 2.0}
    given = DensityVectors(["kiwi", "nowhere"], mean[[0, 0]], [0.4, 0.4])
    vectors = small(engine=engine, **still).train(init_from=given).vectors
    np.testing.assert_allclose(vectors["kiwi"], mean[0], atol=1e-6)
    assert vectors.variance("kiwi") == pytest.approx(0.4, rel=1e-5)
    points = KeyedVectors(["kiwi"], mean[1:])
    np.testing.assert_allclose(small(engine=engine, **still).train(init_from=points).vectors["kiwi"][3], 2.0, rtol=1e-5)
    with pytest.raises(ParameterError, match="dim 8"):
        small(engine=engine).train(init_from=KeyedVectors(["kiwi"], [[1.0]]))


# The energies of the torch engine


def make_network(components: int, energy: str, variance_dim: int = 1) -> Network:
    covariance = "spherical" if variance_dim == 1 else "diag"
    settings = DensityParameters(dim=4, covariance=covariance, components=components, energy=energy)
    network = Network(settings, 6, torch.Generator().manual_seed(1)).double()
    for densities in (network.word, network.context):
        densities.mean.weight.normal_(generator=torch.Generator().manual_seed(2))
        densities.log_variance.weight.uniform_(-1, 1, generator=torch.Generator().manual_seed(3))
        if densities.log_weight is not None:
            densities.log_weight.weight.normal_(generator=torch.Generator().manual_seed(4))
    return network


@pytest.mark.parametrize("variance_dim", [1, 4])
@pytest.mark.parametrize("energy", ["expected_likelihood", "kl"])
def test_energies_of_mixtures_are_those_of_the_vectors(energy: str, variance_dim: int) -> None:
    """The words' mixtures are compared with the contexts' as MixtureVectors compare them."""
    network = make_network(3, energy, variance_dim)
    sides = []
    for side in (network.word, network.context):
        variance = side.log_variance.weight.exp().reshape(6, 3, -1).numpy()
        weight = side.log_weight.weight.softmax(1).numpy()
        mean = side.mean.weight.reshape(6, 3, 4).numpy()
        sides.append((mean, variance if variance_dim > 1 else variance[:, :, 0], weight))
    names = [f"{side}{word}" for side in "wc" for word in range(6)]
    vectors = MixtureVectors(names, *(np.concatenate(parts) for parts in zip(*sides, strict=True)))
    with torch.no_grad():
        energies = network._energies(torch.tensor([2, 5]), torch.tensor([[0, 1, 1], [5, 0, 3]])).numpy()
    for row, (word, others) in enumerate([(2, (0, 1, 1)), (5, (5, 0, 3))]):
        for column, other in enumerate(others):
            measure = "expected_likelihood" if energy == "expected_likelihood" else "kl_to_query"
            value = vectors.divergence(f"w{word}", f"c{other}", measure)
            expected = value if energy == "expected_likelihood" else -value
            assert energies[row, column] == pytest.approx(expected, rel=1e-5)


def test_noise_equal_to_a_context_word_does_not_count() -> None:
    network = make_network(1, "kl")
    mask = torch.tensor([[True, False]])
    with torch.no_grad():
        same = network(Batch(torch.tensor([0]), torch.tensor([[3, 4]]), mask, torch.tensor([[3, 3]])))
        other = network(Batch(torch.tensor([0]), torch.tensor([[3, 4]]), mask, torch.tensor([[3, 4]])))
    assert same.total == 0
    assert other.total >= 0
    assert other.num_tokens == 1


def test_gradients_of_mixtures_by_finite_differences() -> None:
    """Training reaches means, variances and weights of every component."""
    network = make_network(2, "expected_likelihood")
    network.hinge.margin = 50.0  # away from the corner of the hinge
    batch = Batch(torch.tensor([0]), torch.tensor([[3, 4]]), torch.tensor([[True, True]]), torch.tensor([[1, 5]]))
    network(batch).total.backward()
    pending = [(table, *table.pending[0]) for table in network.modules() if getattr(table, "pending", None)]
    assert len(pending) == 6
    with torch.no_grad():
        for table, rows, looked_up in pending:
            for place in range(len(rows)):
                values = []
                for change in (1e-5, -1e-5):
                    table.weight[rows[place], 0] += change
                    values.append(float(network(batch).total))
                    table.weight[rows[place], 0] -= change
                slope = (values[0] - values[1]) / 2e-5
                assert float(looked_up.grad[place, 0]) == pytest.approx(slope, rel=1e-4, abs=1e-6)


# What it refuses


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"energy": "cosine"}, "energy must be one of 'kl', 'expected_likelihood', got 'cosine'"),
        ({"min_variance": 2.0, "max_variance": 1.0}, "min_variance must be at most max_variance 1.0, got 2.0"),
        ({"min_variance": 0.0}, "min_variance must be a number at least 1e-08"),
        ({"engine": "fused", "components": 2}, "engine must be 'auto' or 'torch' with components=2, got 'fused'"),
        ({"noise_words": 0}, "noise_words must be an integer at least 1"),
        ({"norm_bound": 0}, "norm_bound must be a number above 0"),
    ],
)
def test_bad_parameters(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        DensityWord2Vec(Aviary(400), **changes).train()


def test_nothing_before_training_and_no_foreign_file(tmp_path) -> None:
    with pytest.raises(NotTrainedError):
        _ = small().vectors
    path = tmp_path / "v.safetensors"
    DensityVectors(["a"], [[1.0]], [1.0]).save(path)
    with pytest.raises(FormatError, match="DensityWord2Vec"):
        DensityWord2Vec.load(path)
    small(components=2).train().save(path)
    container = read_container(path)
    for change in ({"components": 1}, {"dim": 9}, {"covariance": "diag"}):
        metadata = {**container.metadata, "parameters": container.metadata["parameters"] | change}
        tensors = {name: container.tensors[name] for name in ("mean", "variance", "weight", "counts")}
        write_container(path, tensors, container.words, metadata)
        with pytest.raises(FormatError, match="do not make a DensityWord2Vec model"):
            DensityWord2Vec.load(path)
