"""The fused kernel of DensityWord2Vec against its plain twin, and against autograd."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from densevec._cy.density import Densities, DensityKernel
from densevec._cy.dispatch import best_variant
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.word_rows import WordRows
from densevec.layers.table import RowTable
from densevec.layers.word_pieces import WordPieces
from densevec.models.density_word2vec.network import Batch, Network
from densevec.models.density_word2vec.parameters import DensityParameters
from densevec.training.optimisers import Optimiser, TableRate
from densevec.training.tables import padded
from tests._cy.test_window import aligned, make_text
from tests.reference import density as twin
from tests.reference.window import Text, tokens
from tests.sweeps import all_pairs

NUM_WORDS, DIM, STRIDE = 60, 20, 32
VARIANTS = range(best_variant() + 1)
ENERGIES = {"expected likelihood": False, "KL": True}


def make_densities(num_words: int, dim: int, stride: int, is_diagonal: bool, seed: int) -> twin.Densities:
    random = np.random.default_rng(seed)
    mean = aligned(num_words, stride)
    mean[:, :dim] = random.normal(size=(num_words, dim)) * dim**-0.5
    columns = dim if is_diagonal else 1
    log_variance = aligned(num_words, stride) if is_diagonal else np.zeros((num_words, 1), np.float32)
    log_variance[:, :columns] = random.uniform(-1, 1, size=(num_words, columns))
    return twin.Densities(mean, log_variance, np.full((num_words, 2), 0.5, np.float32))


def make_pair(num_words: int = NUM_WORDS, dim: int = DIM, stride: int = STRIDE, is_diagonal: bool = False):
    return [make_densities(num_words, dim, stride, is_diagonal, seed) for seed in (1, 2)]


def as_float64(densities: twin.Densities, dim: int) -> twin.Densities:
    columns = 1 if densities.log_variance.shape[1] == 1 else dim
    parts = densities.mean[:, :dim], densities.log_variance[:, :columns], densities.squares
    return twin.Densities(*(part.astype(np.float64) for part in parts))


def make_kernel(
    pair: list[twin.Densities],
    dim: int,
    settings: twin.Settings,
    made_of: list[list[int]] | None = None,
    apart: np.ndarray | None = None,
) -> DensityKernel:
    rows = None
    if made_of is not None:
        rows = WordRows(np.cumsum([0, *map(len, made_of)]), np.concatenate(made_of).astype(np.int32), len(pair[0].mean))
    word, context = (
        Densities(part.mean, part.log_variance, part.squares, of) for part, of in zip(pair, (rows, None), strict=True)
    )
    noise = Noise(settings.noise, settings.negative, settings.pool, settings.share)
    names = "is_kl", "margin", "norm_bound", "min_variance", "max_variance"
    return DensityKernel(word, context, noise, dim, **{name: getattr(settings, name) for name in names}, apart=apart)


def run(
    text: Text,
    pair: list[twin.Densities],
    dim: int,
    settings: twin.Settings,
    variant: int = 0,
    part: int = 1000,
    made_of: list[list[int]] | None = None,
    apart: np.ndarray | None = None,
):
    """Train with the kernel: (loss, tokens kept, tokens read)."""
    rates = settings.rate, settings.variance_rate
    kernel = make_kernel(pair, dim, settings, made_of, apart)
    (loss,), num_tokens, num_read = kernel.train(text.shared(part), *rates, variant)
    return loss, num_tokens, num_read


def rows_of_words(num_words: int, num_rows: int, most: int = 6) -> list[list[int]]:
    """Each word's own row, and up to so many others, of which one may come twice."""
    random = np.random.default_rng(4)
    others = [random.integers(num_words, num_rows, random.integers(0, most + 1)).tolist() for _ in range(num_words)]
    return [[word, *rows] for word, rows in enumerate(others)]


def make_composed_pair(num_words: int, num_rows: int, dim: int, stride: int, is_diagonal: bool) -> list[twin.Densities]:
    """The words' means are composed of more rows than there are words."""
    word, context = make_pair(num_words, dim, stride, is_diagonal)
    rows = make_densities(num_rows, dim, padded(dim, 4), False, 3)
    return [twin.Densities(rows.mean, word.log_variance, rows.squares), context]


def make_settings(num_words: int = NUM_WORDS, **changes) -> twin.Settings:
    return replace(twin.Settings(alias_table(np.arange(num_words, 0, -1) ** 0.75)), **changes)


def assert_equal(pair: list[twin.Densities], expected: list[twin.Densities], dim: int, tolerance: float) -> None:
    for ours, theirs in zip(pair, expected, strict=True):
        columns = theirs.log_variance.shape[1]
        np.testing.assert_allclose(ours.mean[:, :dim], theirs.mean, atol=tolerance)
        np.testing.assert_allclose(ours.log_variance[:, :columns], theirs.log_variance, atol=tolerance)
        np.testing.assert_allclose(ours.squares, theirs.squares, rtol=1e-4)
        assert not ours.mean[:, dim:].any(), "the padding of the rows must stay zero"
        assert not ours.log_variance[:, columns:].any(), "the padding of the rows must stay zero"


NOISE = {
    "fresh": {"pool": 5, "share": 1},
    "shared": {"pool": 7, "share": 4},
    "one": {"pool": 1, "share": 3},
    "just a vector": {"pool": 16, "share": 8},
    "much": {"pool": 40, "share": 9},
    "satisfied": {"margin": 0.0, "pool": 3, "share": 2},
}


def distinct_text(num_words: int, window: int, settings: twin.Settings) -> Text:
    """60 tokens none of which has a row twice: such a row takes its second step from where the first has led."""
    order = np.random.default_rng(4).permutation(num_words)[:60].astype(np.int32)
    for seed in range(100):
        keep = np.full(num_words, 2**32 - 1, np.uint32)
        text = Text(order, np.array([0, 9, 10, 31, 60]), keep, seed, window)
        found = tokens(text, settings.noise, settings.pool, settings.share)
        if all(len({*token.context, *token.noise}) == len(token.context) + len(token.noise) for token in found):
            return text
    raise AssertionError("no seed gives distinct noise words")


@pytest.mark.parametrize(
    ("energy", "is_diagonal", "noise", "variant"), all_pairs(ENERGIES, [False, True], NOISE, VARIANTS)
)
def test_kernel_equals_its_twin(energy: str, is_diagonal: bool, noise: str, variant: int) -> None:
    num_words = 20_000
    settings = make_settings(num_words, is_kl=ENERGIES[energy], noise=alias_table(np.ones(num_words)), **NOISE[noise])
    text = distinct_text(num_words, 3, settings)
    pair = make_pair(num_words, is_diagonal=is_diagonal)
    expected = [as_float64(part, DIM) for part in pair]
    loss, num_tokens, num_read = run(text, pair, DIM, settings, variant)
    assert loss == pytest.approx(twin.train(text, *expected, settings), rel=1e-5)
    assert num_tokens == num_read == 60
    assert_equal(pair, expected, DIM, 3e-6)


@pytest.mark.parametrize("is_diagonal", [False, True])
@pytest.mark.parametrize("energy", ENERGIES)
def test_words_that_occur_twice(energy: str, is_diagonal: bool) -> None:
    """Noise words that are context words, and words twice in a window; the bound on the norm far away."""
    text = make_text(NUM_WORDS, [9, 1, 30, 4, 2, 17, 8], window=3)
    settings = make_settings(is_kl=ENERGIES[energy], pool=6, share=3, norm_bound=100.0, rate=0.05, variance_rate=0.03)
    for variant in VARIANTS:
        pair = make_pair(is_diagonal=is_diagonal)
        expected = [as_float64(part, DIM) for part in pair]
        loss, num_tokens, num_read = run(text, pair, DIM, settings, variant)
        expected_loss = twin.train(text, *expected, settings)
        assert loss == pytest.approx(expected_loss, rel=0.02), "all but the second steps of such rows"
        assert num_read == len(text.ids) > num_tokens
        assert np.abs(pair[0].mean[:, :DIM] - expected[0].mean).max() < 0.05


@pytest.mark.parametrize(
    ("energy", "is_diagonal", "norm_bound", "has_apart", "variant"),
    all_pairs(ENERGIES, [False, True], [100.0, 0.5], [False, True], VARIANTS),
)
def test_means_that_are_composed_of_rows(
    energy: str, is_diagonal: bool, norm_bound: float, has_apart: bool, variant: int
) -> None:
    """With words that are apart: their own row alone learns from them, as much as all of their rows would."""
    num_words, num_rows = 20_000, 30_000
    settings = make_settings(num_words, is_kl=ENERGIES[energy], noise=alias_table(np.ones(num_words)), pool=5, share=2)
    settings, made_of = replace(settings, norm_bound=norm_bound), rows_of_words(num_words, num_rows)
    text = distinct_text(num_words, 3, settings)
    pair = make_composed_pair(num_words, num_rows, DIM, STRIDE, is_diagonal)
    expected = [as_float64(part, DIM) for part in pair]
    apart = np.random.default_rng(9).integers(0, 2, num_words).astype(np.uint8) if has_apart else None
    words = set() if apart is None else set(np.flatnonzero(apart).tolist())
    loss, num_tokens, num_read = run(text, pair, DIM, settings, variant, made_of=made_of, apart=apart)
    assert loss == pytest.approx(twin.train(text, *expected, settings, made_of, words), rel=1e-5)
    assert num_tokens == num_read == 60
    assert_equal(pair, expected, DIM, 3e-6)


@pytest.mark.parametrize("is_diagonal", [False, True])
@pytest.mark.parametrize("dim", [1, 16, 100, 300])
def test_every_dimension(dim: int, is_diagonal: bool) -> None:
    settings = make_settings(3000, noise=alias_table(np.ones(3000)), pool=5, share=4)
    text = distinct_text(3000, 5, settings)
    stride = -(-dim // 16) * 16
    for variant in VARIANTS:
        pair = make_pair(3000, dim, stride, is_diagonal)
        expected = [as_float64(part, dim) for part in pair]
        run(text, pair, dim, settings, variant)
        twin.train(text, *expected, settings)
        assert_equal(pair, expected, dim, 5e-6)


@pytest.mark.parametrize("is_diagonal", [False, True])
@pytest.mark.parametrize("energy", ENERGIES)
def test_one_step_equals_one_step_of_the_torch_engine(energy: str, is_diagonal: bool) -> None:
    """To 1e-5 of the step, by the network and the optimiser that train there.  No row occurs twice."""
    num_words, dim = 4000, 100
    words = np.random.default_rng(5).permutation(num_words)[:3].astype(np.int32)
    text = Text(words[:2], np.array([0, 2]), np.full(num_words, 2**32 - 1, np.uint32), 3, 1)
    settings = make_settings(num_words, is_kl=ENERGIES[energy], noise=alias_table(np.ones(num_words)), pool=6)
    settings = replace(settings, norm_bound=1.0, min_variance=0.5)  # bounds that hold some rows
    pair = make_pair(num_words, dim, 112, is_diagonal)
    _within(pair, 1.0, 0.5)
    _compare_a_step(text, settings, pair, dim, is_diagonal)


@pytest.mark.parametrize("has_apart", [False, True])
@pytest.mark.parametrize("is_diagonal", [False, True])
@pytest.mark.parametrize("energy", ENERGIES)
def test_one_step_on_composed_means_equals_one_of_the_torch_engine(
    energy: str, is_diagonal: bool, has_apart: bool
) -> None:
    """Automatic differentiation gives each row of a word the whole gradient of their mean, the optimiser its step."""
    num_words, dim = 400, 100
    words = np.random.default_rng(5).permutation(num_words)[:3].astype(np.int32)
    text = Text(words[:2], np.array([0, 2]), np.full(num_words, 2**32 - 1, np.uint32), 3, 1)
    settings = make_settings(num_words, is_kl=ENERGIES[energy], noise=alias_table(np.ones(num_words)), pool=6)
    settings = replace(settings, norm_bound=0.7, min_variance=0.5)
    names = [f"{('kiwi', 'emu', 'ostrich')[word % 3]}{word}" for word in range(num_words)]
    pieces = WordPieces(names, np.ones(num_words), (3, 5), 5000, words[:1].astype(np.int64) if has_apart else None)
    made_of = [pieces.rows[a:b].tolist() for a, b in pairwise(pieces.offsets.tolist())]
    pair = make_composed_pair(num_words, pieces.num_rows, dim, 112, is_diagonal)
    _within(pair[1:], 0.7, 0.5)
    pair[0].log_variance.clip(np.log(0.5), None, out=pair[0].log_variance)
    for word in words[:2]:
        assert len(set(made_of[word])) == len(made_of[word]) > 5
    _compare_a_step(text, settings, pair, dim, is_diagonal, pieces, made_of)


def _within(pair: list[twin.Densities], norm_bound: float, min_variance: float) -> None:
    """Start from within the bounds: the kernel leaves alone a row that no energy wants moved."""
    for part in pair:
        part.mean *= np.minimum(0.99 * norm_bound / np.linalg.norm(part.mean, axis=1, keepdims=True), 1)
        part.log_variance.clip(np.log(min_variance), None, out=part.log_variance)


def _compare_a_step(
    text: Text,
    settings: twin.Settings,
    pair: list[twin.Densities],
    dim: int,
    is_diagonal: bool,
    pieces: WordPieces | None = None,
    made_of: list[list[int]] | None = None,
) -> None:
    """To 1e-5 of the step, by the network and the optimiser that train there."""
    network = _network(pair, settings, dim, is_diagonal, pieces)
    rates = {
        name: TableRate(settings.rate if name.endswith("mean") else settings.variance_rate, 0.5, row_wise=True)
        for name in Optimiser.tables_of(network)
    }
    optimiser = Optimiser(network, rates, 0.0)
    for token in tokens(text, settings.noise, settings.pool, settings.share):
        assert len({*token.context, *token.noise, token.word}) == 8
        batch = Batch(*(torch.tensor([part]) for part in (token.word, token.context, [True], token.noise)))
        network(batch).total.backward()
        optimiser.step(1.0, 1)
        if network.word.word_rows is not None:
            network.word.word_rows.bound(network.word.mean, batch.words, settings.norm_bound)
    before = [as_float64(part, dim) for part in pair]
    apart = None if pieces is None else pieces.apart
    run(text, pair, dim, settings, best_variant(), made_of=made_of, apart=apart)
    for part, start, stepped in zip(pair, before, (network.word, network.context), strict=True):
        for ours, theirs, table in (
            (part.mean[:, :dim], start.mean, stepped.mean),
            (part.log_variance[:, : start.log_variance.shape[1]], start.log_variance, stepped.log_variance),
        ):
            expected = table.weight.numpy() - theirs
            assert np.abs(expected).max() > 1e-3
            assert np.abs(ours - theirs - expected).max() <= 1e-5 * np.abs(expected).max()


def _network(
    pair: list[twin.Densities],
    settings: twin.Settings,
    dim: int,
    is_diagonal: bool,
    pieces: WordPieces | None = None,
) -> Network:
    """The network of the torch engine with the densities of ``pair``, in float64."""
    chosen = DensityParameters(
        dim=dim,
        covariance="diag" if is_diagonal else "spherical",
        energy="kl" if settings.is_kl else "expected_likelihood",
        negative=int(settings.negative),
        margin=settings.margin,
        norm_bound=settings.norm_bound,
        min_variance=settings.min_variance,
        max_variance=settings.max_variance,
    )
    network = Network(chosen, len(pair[1].mean), torch.Generator(), pieces)
    if pieces is not None:
        network.word.draw(torch.Generator())
    network = network.double()
    for part, densities in zip(pair, (network.word, network.context), strict=True):
        exact = as_float64(part, dim)
        for table, values in ((densities.mean, exact.mean), (densities.log_variance, exact.log_variance)):
            assert isinstance(table, RowTable)
            table.weight.copy_(torch.from_numpy(values))
    return network


def test_a_rate_of_zero_changes_nothing() -> None:
    text, settings = make_text(NUM_WORDS, [30, 30], window=5), make_settings()
    pair = make_pair()
    before = [as_float64(part, DIM) for part in pair]
    loss, _, _ = run(text, pair, DIM, replace(settings, rate=0.0, variance_rate=0.0), best_variant())
    assert loss > 0
    assert_equal(pair, before, DIM, 0)


@pytest.mark.parametrize("is_diagonal", [False, True])
def test_one_thread_gives_the_same_bits_and_keeps_the_bounds(is_diagonal: bool) -> None:
    text, settings = make_text(NUM_WORDS, [30] * 40, window=5), make_settings(norm_bound=1.5, max_variance=2.0)
    results = []
    for _ in range(2):
        pair = make_pair(is_diagonal=is_diagonal)
        losses = run(text, pair, DIM, settings, best_variant())
        results.append((losses, *(part.mean.tobytes() + part.log_variance.tobytes() for part in pair)))
    assert results[0] == results[1]
    assert np.linalg.norm(pair[0].mean, axis=1).max() <= 1.5 * (1 + 1e-6)
    for part in pair:
        assert np.exp(part.log_variance).max() <= 2.0 * (1 + 1e-6)
        assert np.exp(part.log_variance).min() >= 0.1 * (1 - 1e-6)


def test_threads_share_the_sentences() -> None:
    """Every sentence is read once, whoever reads it, and the densities learn what one thread would have taught them."""
    text, settings = make_text(NUM_WORDS, [30] * 200, window=5), make_settings(rate=0.05, variance_rate=0.02)
    alone, together = make_pair(), make_pair()
    expected = run(text, alone, DIM, settings, part=3)
    kernel, share, results = make_kernel(together, DIM, settings), text.shared(3), []

    def work() -> None:
        results.append(kernel.train(share, settings.rate, settings.variance_rate))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [sum(column) for column in list(zip(*results, strict=True))[1:]] == list(expected[1:])
    assert sum(loss for (loss,), _, _ in results) == pytest.approx(expected[0], rel=0.05)
    np.testing.assert_allclose(together[0].mean, alone[0].mean, atol=0.3)


def test_arguments_are_checked() -> None:
    text, settings = make_text(NUM_WORDS, [5], window=2), make_settings()
    with pytest.raises(ValueError, match="64-byte"):
        run(text, make_pair(stride=20), DIM, settings)
    with pytest.raises(ValueError, match="stride"):
        run(text, make_pair(), 40, settings)
    with pytest.raises(ValueError, match="number of words"):
        run(text, [make_pair()[0], make_pair(30)[1]], DIM, settings)
    with pytest.raises(ValueError, match="alias table"):
        run(text, make_pair(), DIM, replace(settings, noise=alias_table(np.ones(3))))
    for wrong in ([[0], [1]], [[word] for word in range(30)]):
        with pytest.raises(ValueError, match="number of words"):
            run(text, make_pair(), DIM, settings, made_of=wrong)
    rows = WordRows(np.arange(NUM_WORDS + 1), np.arange(NUM_WORDS, dtype=np.int32), NUM_WORDS)
    word, context = (Densities(part.mean, part.log_variance, part.squares, rows) for part in make_pair())
    bounds = {"margin": 1.0, "norm_bound": 1.0, "min_variance": 0.1, "max_variance": 1.0}
    with pytest.raises(ValueError, match="apart"):
        run(text, make_pair(), DIM, settings, apart=np.zeros(NUM_WORDS, np.uint8))
    with pytest.raises(ValueError, match="context"):
        DensityKernel(word, context, Noise(settings.noise, 5.0, 4, 1), DIM, is_kl=True, **bounds)
    with pytest.raises(ValueError, match="variances"):
        run(text, make_pair(), DIM, replace(settings, min_variance=0.0))
    with pytest.raises(ValueError, match="positive"):
        run(text, make_pair(), DIM, replace(settings, pool=0))
