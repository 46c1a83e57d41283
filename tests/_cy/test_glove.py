"""The kernel of GloVe against its plain twin and against autograd, and the order in which it learns."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from densevec._cy.dispatch import best_variant
from densevec._cy.glove import Counts, CountShare, GloVeKernel, entry_order, shuffle_entries
from tests._cy.test_window import aligned
from tests.reference import glove as twin

NUM_WORDS, DIM, STRIDE = 60, 20, 32
VARIANTS = range(best_variant() + 1)
LOSS = {"x_max": 10.0, "alpha": 0.75}


@dataclass(frozen=True)
class Model:
    """What is trained, each a pair, of words and of contexts."""

    tables: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    squares: tuple[np.ndarray, ...]
    bias_squares: tuple[np.ndarray, ...]
    dim: int = DIM

    @property
    def pairs(self) -> tuple[tuple[np.ndarray, ...], ...]:
        return self.tables, self.biases, self.squares, self.bias_squares

    def arrays(self) -> list[np.ndarray]:
        """All, without the padding of rows."""
        return [array[:, : self.dim] if array.ndim == 2 else array for pair in self.pairs for array in pair]

    def twin(self) -> Model:
        """A copy in float64."""
        arrays = [array.astype(np.float64) for array in self.arrays()]
        return Model(*zip(arrays[::2], arrays[1::2], strict=True), self.dim)

    def bits(self) -> list[bytes]:
        return [array.tobytes() for array in self.arrays()]


def make_model(num_words: int = NUM_WORDS, dim: int = DIM, stride: int = STRIDE, square: float = 1.0) -> Model:
    random = np.random.default_rng(1)
    tables, squares = (tuple(aligned(num_words, stride) for _ in range(2)) for _ in range(2))
    for table, each in zip(tables, squares, strict=True):
        table[:, :dim] = random.normal(size=(num_words, dim)) * dim**-0.5
        each[:, :dim] = square
    biases = tuple(random.normal(size=num_words).astype(np.float32) for _ in range(2))
    bias_squares = tuple(np.full(num_words, square, np.float32) for _ in range(2))
    return Model(tables, biases, squares, bias_squares, dim)


def make_entries(number: int, num_words: int = NUM_WORDS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns as often as words of Zipf's law, and values on both sides of x_max."""
    random = np.random.default_rng(2)
    rows, columns = (num_words * random.random((2, number)) ** 2).astype(np.int32)
    return rows, columns, (random.random(number) ** -1 - 0.5).astype(np.float32)


def make_share(entries, num_words: int = NUM_WORDS, seed: int = 5, begin: int = 0, end: int | None = None, part=1000):
    return CountShare(Counts(*entries, num_words), seed, begin, len(entries[0]) if end is None else end, part)


def run(entries, model: Model, rate: float = 0.05, variant: int = best_variant(), **options) -> tuple[float, int]:
    loss = {name: options.pop(name, value) for name, value in LOSS.items()}
    share = options.pop("share", None) or make_share(entries, len(model.tables[0]), **options)
    (total,), number, num_read = GloVeKernel(*model.pairs, **loss).train(share, rate, variant)
    assert number == num_read
    return total, number


def in_order(entries, begin: int, end: int, seed: int) -> list[tuple[int, int, float]]:
    """The entries of the turns from ``begin`` to ``end``, as the twin has them."""
    places = twin.order(len(entries[0]), seed)[begin:end]
    return [
        (int(row), int(column), float(value)) for row, column, value in zip(*(a[places] for a in entries), strict=True)
    ]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("begin", "end"), [(0, 1700), (300, 301), (700, 1650), (1600, 1700)])
def test_kernel_equals_its_twin(begin: int, end: int, variant: int) -> None:
    entries, model = make_entries(1700), make_model(square=3.0)
    expected, share = model.twin(), make_share(entries, begin=begin, end=end, part=100)
    loss, number = run(entries, model, variant=variant, share=share)
    assert number == end - begin
    assert share.position == end
    assert loss == pytest.approx(twin.train(in_order(entries, begin, end, 5), *expected.pairs, 0.05, **LOSS), rel=1e-5)
    for array, other in zip(model.arrays(), expected.arrays(), strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-5)
    for table in (*model.tables, *model.squares):
        assert not table[:, DIM:].any(), "the padding of the rows must stay zero"


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
@pytest.mark.parametrize("alpha", [0.0, 0.75, 1.0])
def test_every_dimension_and_exponent(dim: int, alpha: float) -> None:
    entries, stride = make_entries(300), -(-dim // 16) * 16
    for variant in VARIANTS:
        model = make_model(NUM_WORDS, dim, stride)
        expected = model.twin()
        loss, _ = run(entries, model, variant=variant, alpha=alpha, x_max=3.0)
        options = {"x_max": 3.0, "alpha": alpha}
        assert loss == pytest.approx(
            twin.train(in_order(entries, 0, 300, 5), *expected.pairs, 0.05, **options), rel=1e-5
        )
        for array, other in zip(model.arrays(), expected.arrays(), strict=True):
            np.testing.assert_allclose(array, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("square", [1e-6, 1.0, 400.0])
@pytest.mark.parametrize("value", [1e-30, 0.1, 9.99, 10.0, 3e38])
def test_one_step_equals_autograd_and_adagrad(value: float, square: float, variant: int) -> None:
    """To 1e-5 of the step."""
    model = make_model(square=square)
    start = [array.astype(np.float64) for array in model.arrays()[:4]]
    numbers = [torch.tensor(array, requires_grad=True) for array in start]
    (w, c, b, b_context), i, j = numbers, 3, 3  # a word beside itself
    optimiser = torch.optim.Adagrad(numbers, lr=0.05, initial_accumulator_value=square, eps=0)
    value = float(np.float32(value))
    loss = min(1, (value / 10) ** 0.75) * (w[i] @ c[j] + b[i] + b_context[j] - np.log(value)) ** 2 / 2
    loss.backward()
    optimiser.step()
    entry = np.array([i], np.int32), np.array([j], np.int32), np.array([value], np.float32)
    assert run(entry, model, variant=variant) == (pytest.approx(loss.item(), rel=1e-5), 1)
    for array, before, after in zip(model.arrays(), start, numbers, strict=False):
        expected = after.detach().numpy() - before
        rounding = 2 * np.spacing(np.float32(np.abs(before).max()))
        assert np.abs((array - before) - expected).max() <= 1e-5 * np.abs(expected).max() + rounding


@pytest.mark.parametrize("number", [0, 1, 255, 256, 257, 511, 512, 5000])
def test_the_order_of_an_epoch_is_a_permutation_found_turn_by_turn(number: int) -> None:
    def places(begin: int, end: int, seed: int) -> list[int]:
        filled = np.full(end - begin, -1, np.int64)
        entry_order(begin, end, seed, filled, number)
        return filled.tolist()

    whole = places(0, number, 5)
    assert sorted(whole) == list(range(number))
    assert whole == twin.order(number, 5).tolist()
    middle = number // 3
    assert places(0, middle, 5) + places(middle, number, 5) == whole
    if number == 5000:
        assert places(0, number, 6) != whole


@pytest.mark.parametrize("number", [0, 1, 2, 15, 16, 17, 18, 1000])
def test_entries_are_shuffled_together(number: int) -> None:
    entries = (
        np.arange(number, dtype=np.int32),
        2 * np.arange(number, dtype=np.int32),
        np.arange(number, dtype=np.float32),
    )
    shuffle_entries(*entries, 5)
    expected = twin.shuffled(number, 5)
    for array, factor in zip(entries, (1, 2, 1), strict=True):
        assert (array == factor * expected).all()


def test_shuffling_favours_no_order() -> None:
    """Each of the 24 orders of four entries comes as often as others: chi square on 23 degrees of freedom."""
    found: dict[tuple[int, ...], int] = {}
    for seed in range(4800):
        rows, columns, values = np.arange(4, dtype=np.int32), np.zeros(4, np.int32), np.zeros(4, np.float32)
        shuffle_entries(rows, columns, values, seed)
        found[tuple(rows.tolist())] = found.get(tuple(rows.tolist()), 0) + 1
    assert len(found) == 24
    assert sum((count - 200) ** 2 / 200 for count in found.values()) < 49.7  # one in a thousand is above


def test_going_on_where_one_stopped_gives_the_same_bits() -> None:
    entries, whole, parts = make_entries(3000), make_model(), make_model()
    run(entries, whole)
    for begin, end in [(0, 100), (100, 1333), (1333, 3000)]:
        run(entries, parts, begin=begin, end=end, part=77)
    assert whole.bits() == parts.bits()


def test_one_thread_gives_the_same_bits_whatever_its_parts() -> None:
    entries, models = make_entries(3000), [make_model(), make_model()]
    losses = [run(entries, model, part=part) for model, part in zip(models, (3000, 123), strict=True)]
    assert models[0].bits() == models[1].bits()
    assert losses[0] == pytest.approx(losses[1])
    assert run(entries, make_model(), part=3000) == losses[0]


def test_threads_share_the_entries() -> None:
    """Every entry is learned once, whoever learns it, and the tables learn what one thread would have taught them."""
    entries, alone, together = make_entries(40_000), make_model(), make_model()
    loss, _ = run(entries, alone, 0.01)
    share, results = make_share(entries, part=300), []

    def work() -> None:
        results.append(run(entries, together, 0.01, share=share))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(number for _, number in results) == 40_000
    assert sum(part for part, _ in results) == pytest.approx(loss, rel=0.02)
    np.testing.assert_allclose(together.tables[0], alone.tables[0], atol=0.1)


def test_what_is_learned_is_the_logarithm_of_the_counts() -> None:
    """A matrix of exactly this form is found again."""
    random = np.random.default_rng(3)
    logs = random.normal(size=(30, 3)) @ random.normal(size=(3, 30)) + random.normal(size=30)
    rows, columns = (part.ravel().astype(np.int32) for part in np.indices((30, 30)))
    entries = (rows, columns, np.exp(logs).ravel().astype(np.float32))
    shuffle_entries(*entries, 1)
    model = make_model(30, 4, 16)
    losses = [run(entries, model, rate=0.1, seed=epoch)[0] for epoch in range(400)]
    assert losses[-1] < 1e-3 * losses[0]
    found = model.tables[0] @ model.tables[1].T + model.biases[0][:, None] + model.biases[1]
    large = np.exp(logs) > 1
    assert np.abs(found - logs)[large].mean() < 0.05


@pytest.mark.parametrize(
    "wrong",
    [(0, NUM_WORDS), (0, -1), (1, NUM_WORDS), (1, -(2**31)), (2, 0), (2, -1), (2, np.nan), (2, np.inf)],
    ids=str,
)
def test_what_is_no_entry_is_refused(wrong: tuple[int, float]) -> None:
    place, value = wrong
    entries = make_entries(256)
    entries[place][200] = value
    with pytest.raises(ValueError, match="an entry must be"):
        Counts(*entries, NUM_WORDS)


def test_arguments_are_checked() -> None:
    entries, model = make_entries(40), make_model()
    rows, columns, values = entries
    wide, narrow, odd = make_model(stride=48), make_model(num_words=50), make_model(dim=10, stride=20)
    shifted = aligned(NUM_WORDS + 1, STRIDE).ravel()[1 : 1 + NUM_WORDS * STRIDE].reshape(NUM_WORDS, STRIDE)
    none = Model(*((array[:0], other[:0]) for array, other in model.pairs))
    cases = [
        ("stride", replace(model, squares=wide.squares), {}),
        ("stride", replace(model, tables=(model.tables[0], wide.tables[1])), {}),
        ("number of words", replace(model, squares=(model.squares[0], narrow.squares[1])), {}),
        ("64-byte", odd, {}),
        ("64-byte", replace(model, squares=(model.squares[0], shifted)), {}),
        ("number a word", replace(model, biases=narrow.biases), {}),
        ("number a word", replace(model, bias_squares=narrow.bias_squares), {}),
        ("of words, and of contexts", replace(model, squares=model.squares[:1]), {}),
        ("of words, and of contexts", replace(model, tables=()), {}),
        ("words and dimensions", none, {}),
        ("x_max", model, {"x_max": 0.0}),
        ("x_max", model, {"x_max": np.inf}),
        ("alpha", model, {"alpha": -0.1}),
    ]
    for message, given, options in cases:
        with pytest.raises(ValueError, match=message):
            GloVeKernel(*given.pairs, **(LOSS | options))
    for wrong in [(rows[:-1], columns, values), (rows, columns[:-1], values), (rows, columns, values[:-1])]:
        with pytest.raises(ValueError, match="length"):
            Counts(*wrong, NUM_WORDS)
        with pytest.raises(ValueError, match="length"):
            shuffle_entries(*wrong, 1)
    for message, options in [("turns", {"end": 41}), ("turns", {"begin": -1}), ("part", {"part": 0})]:
        with pytest.raises(ValueError, match=message):
            make_share(entries, **options)
    before = model.bits()
    for message, share, rate in [
        ("rate", make_share(entries), -0.1),
        ("rate", make_share(entries), np.nan),
        ("entries of 61", make_share(entries, 61), 0.1),
    ]:
        with pytest.raises(ValueError, match=message):
            run(entries, model, rate, share=share)
    with pytest.raises(ValueError, match="variant"):
        run(entries, model, variant=best_variant() + 1)
    assert model.bits() == before
    for begin, end, size in [(-1, 3, 4), (3, 2, 0), (0, 41, 41), (0, 3, 4)]:
        with pytest.raises(ValueError, match="turns"):
            entry_order(begin, end, 1, np.zeros(size, np.int64), 40)


def test_no_entries_are_no_work() -> None:
    model = make_model()
    before = model.bits()
    assert run(make_entries(0), model) == (0.0, 0)
    assert run(make_entries(9), model, begin=9) == (0.0, 0)
    assert model.bits() == before
