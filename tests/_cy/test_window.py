"""The fused kernels of SkipGram, CBOW and the log-bilinear model against their plain twin, and against autograd."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch.nn import functional

from densevec._cy.blocks import Share, Text, fill_block, pair_lists
from densevec._cy.dispatch import best_product_variant, best_variant
from densevec._cy.huffman import Paths, huffman_tree
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.window import History, WindowKernel
from tests.reference import window as twin

NUM_WORDS, DIM, STRIDE = 60, 20, 32
VARIANTS = range(best_variant() + 1)
ROUNDED = [
    pytest.param(
        variant,
        marks=pytest.mark.skipif(variant > best_product_variant(), reason=f"the processor does not multiply {what}"),
    )
    for variant, what in ((3, "pairs of bfloat16 numbers"), (4, "matrices of bfloat16 numbers"))
]


def aligned(num_rows: int, stride: int) -> np.ndarray:
    """Zeros on a 64-byte boundary, in memory that AddressSanitizer watches, as it does not watch mapped pages."""
    memory = np.zeros(num_rows * stride + 16, np.float32)
    start = -memory.ctypes.data % 64 // 4
    return memory[start : start + num_rows * stride].reshape(num_rows, stride)


def make_tables(num_words: int, dim: int, stride: int, scale: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    pair = aligned(num_words, stride), aligned(num_words, stride)
    for table in pair:
        table[:, :dim] = random.normal(size=(num_words, dim)) * scale
    return pair


def make_text(num_words: int, lengths: list[int], window: int, capacity: int = 1000) -> twin.Text:
    random = np.random.default_rng(2)
    ids = (num_words * random.random(sum(lengths)) ** 2).astype(np.int32)
    keep = np.full(num_words, 2**32 - 1, np.uint32)
    keep[:3] = 2**31  # the most frequent words are subsampled
    return twin.Text(ids, np.cumsum([0, *lengths]), keep, 7, window, capacity=capacity)


def make_kernel(tables: tuple[np.ndarray, np.ndarray], **options) -> WindowKernel:
    settings = {"is_cbow": False, "mean": True, "noise": None, "negative": 5.0, "pool": 1, "share": 1, "tree": None}
    settings |= {"bias": None, "log_noise": None, "position": None, "boundary": 0, "squares": ()} | options
    history = None
    if settings["tree"] is not None:  # a tree has one inner node less than words
        layer, tables = Paths(*settings["tree"]), (tables[0], tables[1][:-1])
    else:
        layer = Noise(*(settings[name] for name in ("noise", "negative", "pool", "share", "bias", "log_noise")))
    if settings["position"] is not None:
        history = History(settings["position"], settings["boundary"], *settings["squares"])
    combine = ("mean" if settings["mean"] else "sum") if settings["is_cbow"] else None
    more = {name: settings.get(name, 0) for name in ("dim", "num_own")}
    return WindowKernel(*tables, layer, combine=combine, history=history, **more)


def run(
    text: twin.Text, tables: tuple[np.ndarray, np.ndarray], rate: float, variant: int = 0, part: int = 3, **options
) -> tuple[float, int, int]:
    """Train with the kernel: (loss, tokens kept, tokens read)."""
    (loss,), num_tokens, num_read = make_kernel(tables, **options).train(text.shared(part), rate, variant)
    return loss, num_tokens, num_read


LAYERS = {
    "fresh noise": {"pool": 5, "share": 1},
    "shared noise": {"pool": 7, "share": 4},
    "one noise word": {"pool": 1, "share": 3},
    "much noise": {"pool": 70, "share": 9},
    "tiles": {"pool": 21, "share": 50},
    "contrastive": {"pool": 7, "share": 4},
    "contrastive tiles": {"pool": 9, "share": 20},
    "hierarchical": {},
}
MODELS = {"skip-gram": {}, "mean": {"is_cbow": True}, "sum": {"is_cbow": True, "mean": False}}


def make_position(places: int, dim: int = DIM, stride: int = STRIDE) -> np.ndarray:
    position = aligned(places, stride)
    position[:, :dim] = np.random.default_rng(3).normal(size=(places, dim)) * places**-0.5
    return position


def make_squares(num_words: int, places: int, start: float) -> tuple[np.ndarray, ...]:
    return tuple(np.full(size, start, np.float32) for size in (num_words, num_words, places))


def layer_options(name: str, num_words: int) -> dict:
    counts = np.arange(num_words, 0, -1)
    if name == "hierarchical":
        return {"tree": huffman_tree(counts)}
    options = {"noise": alias_table(counts**0.75), **LAYERS[name]}
    if name.startswith("contrastive"):
        probability = counts**0.75 / (counts**0.75).sum()
        options |= {"log_noise": np.log(5 * probability).astype(np.float32)}
        options |= {"bias": np.log(counts / counts.sum()).astype(np.float32)}
    return options


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("model", MODELS)
def test_kernel_equals_its_twin(model: str, layer: str, variant: int) -> None:
    text = make_text(NUM_WORDS, [9, 1, 30, 4, 2, 17, 8], window=3)
    options = {**MODELS[model], **layer_options(layer, NUM_WORDS)}
    tables = make_tables(NUM_WORDS, DIM, STRIDE)
    expected = [table.astype(np.float64) for table in tables]
    # the kernel takes its sentences three turns at a time, each part a block of its own
    loss, num_tokens, num_read = run(text, tables, 0.03, variant, part=len(text.offsets), **options)
    biases = options.get("bias")
    if biases is not None:
        options["bias"] = layer_options(layer, NUM_WORDS)["bias"].astype(np.float64)
    expected_loss = twin.train(text, *expected, 0.03, **options)
    if biases is not None:
        np.testing.assert_allclose(biases, options["bias"], atol=2e-6)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert num_read == len(text.ids)
    assert num_tokens == sum(1 for _ in twin.tokens(text, None, 1, 1)) < num_read
    for table, other in zip(tables, expected, strict=True):
        np.testing.assert_allclose(table, other, atol=2e-6)
        assert not table[:, DIM:].any(), "the padding of the rows must stay zero"


def trained_beside_its_twin(
    layer: str, lengths: list[int], dim: int, window: int, variant: int
) -> Iterator[tuple[np.ndarray, ...]]:
    """Arrays before training, as the kernel leaves them, and as the twin does."""
    text, options = make_text(NUM_WORDS, lengths, window), layer_options(layer, NUM_WORDS)
    tables = make_tables(NUM_WORDS, dim, -(-dim // 16) * 16, scale=dim**-0.5)
    before = [table.astype(np.float64) for table in tables]
    loss, *_ = run(text, tables, 0.03, variant, part=len(text.offsets), dim=dim, **options)
    found = [*tables, np.array([loss])]
    if layer.startswith("contrastive"):
        found.append(options["bias"])
        options |= {"bias": layer_options(layer, NUM_WORDS)["bias"].astype(np.float64)}
        before.insert(2, np.array([0.0]))
        before.append(options["bias"].copy())
    else:
        before.append(np.array([0.0]))
    expected = [table.copy() for table in before[:2]]
    expected.append(np.array([twin.train(text, *expected, 0.03, **options)]))
    if layer.startswith("contrastive"):
        expected.append(options["bias"])
    yield from zip(before, found, expected, strict=True)


@pytest.mark.parametrize("variant", ROUNDED)
@pytest.mark.parametrize("layer", ["much noise", "tiles", "contrastive tiles"])
@pytest.mark.parametrize(("dim", "window"), [(20, 3), (27, 4), (100, 5), (300, 9)])
def test_rounded_products_do_what_the_twin_does(layer: str, dim: int, window: int, variant: int) -> None:
    """To the precision of bfloat16, 2^-9 of each number of a product."""
    for start, found, expected in trained_beside_its_twin(layer, [9, 1, 30, 4, 2, 17, 8, 80], dim, window, variant):
        step = np.linalg.norm(expected - start)
        assert np.linalg.norm(found - expected) < 0.01 * step
    tables = make_tables(NUM_WORDS, dim, -(-dim // 16) * 16)
    run(make_text(NUM_WORDS, [40], window), tables, 0.03, variant, **layer_options(layer, NUM_WORDS))
    assert not any(table[:, dim:].any() for table in tables), "the padding of the rows must stay zero"


@pytest.mark.parametrize("variant", ROUNDED)
@pytest.mark.parametrize("pool", [16, 33])
def test_rounded_products_of_lists_of_pairs_do_what_others_do(pool: int, variant: int) -> None:
    """A list reaches twice as far from its token as the window that it was made from."""
    random = np.random.default_rng(4)
    text = Text(random.integers(NUM_WORDS, size=900).astype(np.int32), np.arange(0, 901, 30), None, 6, False, False)
    lists, number, *_ = pair_lists(text, 3, 0, 30, 1, 0, 0)
    before = make_tables(NUM_WORDS, DIM, STRIDE, scale=DIM**-0.5)
    layer = Noise(alias_table(np.ones(NUM_WORDS)), 5.0, pool, 50)
    found = {}
    for each in (0, variant):
        tables = make_tables(NUM_WORDS, DIM, STRIDE, scale=DIM**-0.5)
        WindowKernel(*tables, layer).train(Share(lists, 5, 0, number, 2000, number), 0.01, each)
        found[each] = [table - start for table, start in zip(tables, before, strict=True)]
    for step, expected in zip(found[variant], found[0], strict=True):
        assert np.linalg.norm(step - expected) < 0.01 * np.linalg.norm(expected)


@pytest.mark.parametrize("variant", [*VARIANTS, *ROUNDED])
def test_a_tile_is_one_step_of_autograd(variant: int) -> None:
    """On the sum of the losses of tokens that see the same noise words, words and noise alike repeated."""
    text, rate, dim = make_text(NUM_WORDS, [30], window=4), 0.3, 100
    text = dataclasses.replace(text, keep=np.full(NUM_WORDS, 2**32 - 1, np.uint32))
    options = {"noise": alias_table(np.arange(NUM_WORDS, 0.0, -1)), "negative": 5.0, "pool": 20, "share": 32}
    tables = make_tables(NUM_WORDS, dim, 112, scale=0.3)
    start = [torch.tensor(table[:, :dim].astype(np.float64), requires_grad=True) for table in tables]
    (tile,) = twin.tiles(text, options["noise"], 20, 32)
    assert len({token.word for token in tile}) < len(tile) == 30
    assert any(word in token.noise for token in tile for word in token.context)
    total = torch.zeros((), dtype=torch.float64)
    for token in tile:
        context, noise = torch.tensor(token.context), torch.tensor(token.noise)
        scores, weight = start[1] @ start[0][token.word], 5 / 20 * (context[:, None] != noise).sum(0)
        total = (
            total + functional.softplus(-scores[context]).sum() + weight.double() @ functional.softplus(scores[noise])
        )
    gradients = torch.autograd.grad(total, start)
    loss, *_ = run(text, tables, rate, variant, **options)
    assert loss == pytest.approx(float(total.detach()), rel=1e-3 if variant >= 3 else 1e-5)
    for table, before, gradient in zip(tables, start, gradients, strict=True):
        expected = -rate * gradient.numpy()
        error = np.abs(table[:, :dim] - before.detach().numpy() - expected).max()
        assert error <= (1e-2 if variant >= 3 else 1e-5) * np.abs(expected).max()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("places", [3, 6])
def test_the_log_bilinear_kernel_equals_its_twin(places: int, variant: int) -> None:
    text = dataclasses.replace(make_text(NUM_WORDS, [9, 1, 30, 4, 2, 17, 8], window=3), shrink=False)
    tables, position = make_tables(NUM_WORDS, DIM, STRIDE), make_position(places)
    squares = make_squares(NUM_WORDS, places, 0.1)
    options = layer_options("contrastive", NUM_WORDS) | {"boundary": 4, "squares": squares, "dim": DIM}
    arrays = (*tables, position, options["bias"], *squares)
    expected = [array.astype(np.float64) for array in arrays]
    loss, num_tokens, _ = run(text, tables, 0.03, variant, part=len(text.offsets), position=position, **options)
    changed = options | {"position": expected[2], "bias": expected[3], "squares": expected[4:]}
    assert loss == pytest.approx(twin.train(text, *expected[:2], 0.03, **changed), rel=1e-5)
    assert num_tokens == sum(1 for _ in twin.tokens(text, None, 1, 1))
    for array, other in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-5, atol=2e-6)
    assert not position[:, DIM:].any(), "the padding of the rows must stay zero"


@pytest.mark.parametrize("dim", [1, 16, 100, 300])
def test_every_dimension(dim: int) -> None:
    text = make_text(NUM_WORDS, [20, 20], window=5)
    stride = -(-dim // 16) * 16
    options = layer_options("shared noise", NUM_WORDS)
    for variant in VARIANTS:
        tables = make_tables(NUM_WORDS, dim, stride, scale=dim**-0.5)
        expected = [table.astype(np.float64) for table in tables]
        run(text, tables, 0.03, variant, part=9, **options)
        twin.train(text, *expected, 0.03, **options)
        np.testing.assert_allclose(tables[0], expected[0], atol=2e-6)
        np.testing.assert_allclose(tables[1], expected[1], atol=2e-6)


def autograd_step(token: twin.Token, tables: list[torch.Tensor], rate: float, options: dict) -> None:
    """One centre word: the loss written with torch, differentiated, one step of plain gradient descent."""
    is_cbow, tree = options.get("is_cbow", False), options.get("tree")
    context, predicted = torch.tensor(token.context), [token.word] if is_cbow else token.context
    x = tables[0][token.word]
    if is_cbow:
        x = tables[0][context].sum(0)
        if options.get("mean", True):  # whose vectors take the whole gradient of their mean
            x = x + (x / len(context) - x).detach()
    if tree is None:
        noise, targets = torch.tensor(token.noise), torch.tensor(predicted)
        weight = options["negative"] / len(noise) * (targets[:, None] != noise).sum(0).double()
        scores = tables[1] @ x
        if "bias" in options:
            scores = scores + tables[2] - torch.from_numpy(options["log_noise"]).double()
        loss = functional.softplus(-scores[targets]).sum() + weight @ functional.softplus(scores[noise])
    else:
        offsets, nodes, turns = tree
        places = np.concatenate([np.arange(offsets[word], offsets[word + 1]) for word in predicted])
        signs = 2 * torch.from_numpy(turns[places].astype(float)) - 1
        loss = functional.softplus(signs * (tables[1][torch.from_numpy(nodes[places]).long()] @ x)).sum()
    for table, gradient in zip(tables, torch.autograd.grad(loss, tables), strict=True):
        table.data -= rate * gradient


@pytest.mark.parametrize("layer", ["noise", "contrastive", "hierarchical"])
@pytest.mark.parametrize("model", MODELS)
def test_one_step_equals_one_step_of_autograd(model: str, layer: str) -> None:
    """To 1e-5 of the step.  No row occurs twice in it: such a row the kernel reads again after its first step."""
    num_words, rate = 4000, 0.3
    words = np.random.default_rng(5).permutation(num_words)[:3].astype(np.int32)
    text = twin.Text(words[:2], np.array([0, 2]), np.full(num_words, 2**32 - 1, np.uint32), 3, 1)
    options = dict(MODELS[model]) | {"negative": 5.0}
    if layer == "hierarchical":
        options |= {"tree": huffman_tree(np.ones(num_words))}
    else:
        options |= {"noise": alias_table(np.ones(num_words)), "pool": 6, "share": 1}
    tables = make_tables(num_words, 100, 112, scale=0.3)
    start = [table[:, :100].astype(np.float64) for table in tables]
    if layer == "contrastive":
        options |= {"bias": np.full(num_words, -8.0, np.float32), "log_noise": np.full(num_words, -6.7, np.float32)}
        start.append(options["bias"].astype(np.float64))
    stepped = [torch.tensor(table, requires_grad=True) for table in start]
    for token in twin.tokens(text, options.get("noise"), 6, 1):
        assert layer == "hierarchical" or len({*token.context, *token.noise, token.word}) == 8
        autograd_step(token, stepped, rate, options)
    run(text, tables, rate, best_variant(), **options)
    trained = [*(table[:, :100] for table in tables), *([options["bias"]] if layer == "contrastive" else [])]
    for table, before, after in zip(trained, start, stepped, strict=True):
        expected = after.detach().numpy() - before
        assert np.abs((table - before) - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("num_own", [1, 7, NUM_WORDS])
def test_copies_of_the_log_bilinear_rows_change_nothing_for_a_thread_alone(num_own: int) -> None:
    text = dataclasses.replace(make_text(NUM_WORDS, [30] * 20, window=3), shrink=False)
    results = []
    for copies in (0, num_own):
        tables, position, squares = (
            make_tables(NUM_WORDS, DIM, STRIDE),
            make_position(6),
            make_squares(NUM_WORDS, 6, 0.5),
        )
        options = layer_options("contrastive", NUM_WORDS) | {"boundary": 4, "squares": squares, "dim": DIM}
        loss, *_ = run(text, tables, 0.05, best_variant(), part=1, num_own=copies, position=position, **options)
        results.append((np.array([loss]), *tables, position, options["bias"], *squares))
    for array, other in zip(*results, strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("places", [1, 2])
def test_one_log_bilinear_step_equals_one_step_of_autograd(places: int) -> None:
    """To 1e-5 of the step, by Adagrad with a sum a row; each token has a word outside the sentence."""
    num_words, dim, rate, boundary = 4000, 100, 0.3, 17
    words = np.random.default_rng(5).permutation(num_words)[:2].astype(np.int32)
    text = twin.Text(words, np.array([0, 2]), np.full(num_words, 2**32 - 1, np.uint32), 3, 1, shrink=False)
    options = {"noise": alias_table(np.ones(num_words)), "negative": 5.0, "pool": 6, "share": 1, "boundary": boundary}
    options |= {"bias": np.full(num_words, -8.0, np.float32), "log_noise": np.full(num_words, -6.7, np.float32)}
    squares = make_squares(num_words, places, 0.01)
    tables, position = make_tables(num_words, dim, 112, scale=0.3), make_position(places, dim, 112)
    start = [array.astype(np.float64) for array in (*tables, position, options["bias"])]
    stepped = [torch.tensor(array, requires_grad=True) for array in start]
    sums = [torch.tensor(array, dtype=torch.float64) for array in squares]
    x, y, c, b = stepped
    for token in twin.tokens(text, options["noise"], 6, 1):
        history = torch.tensor(twin.history(token, 1, places - 1, boundary))
        query, noise = (x[history] * c).sum(0), torch.tensor(token.noise)
        scores = y @ query + b - torch.from_numpy(options["log_noise"]).double()
        loss = functional.softplus(-scores[token.word]) + 5 / 6 * functional.softplus(scores[noise]).sum()
        gradients = of_x, of_y, of_c, of_b = torch.autograd.grad(loss, stepped)
        added = (of_x**2).sum(1) / dim, ((of_y**2).sum(1) + of_b**2) / (dim + 1), (of_c**2).sum(1) / dim
        for array, more in zip(sums, added, strict=True):
            array.add_(more)
        roots = [total.sqrt() for total in sums]
        for array, gradient, root in zip(stepped, gradients, [*(r[:, None] for r in roots), roots[1]], strict=True):
            array.data -= rate * gradient / root
    run(text, tables, rate, best_variant(), position=position, dim=dim, squares=squares, **options)
    trained = (*tables, position, options["bias"])
    for array, before, after in zip(trained, start, stepped, strict=True):
        expected = after.detach().numpy() - before
        assert np.abs((array - before) - expected).max() <= 1e-5 * np.abs(expected).max()
    for array, total in zip(squares, sums, strict=True):
        np.testing.assert_allclose(array, total.numpy(), rtol=1e-5)


def test_one_thread_gives_the_same_bits() -> None:
    text, options = make_text(NUM_WORDS, [30] * 20, window=5), layer_options("shared noise", NUM_WORDS)
    results = []
    for _ in range(2):
        tables = make_tables(NUM_WORDS, DIM, STRIDE)
        losses = run(text, tables, 0.05, best_variant(), **options)
        results.append((losses, *(table.tobytes() for table in tables)))
    assert results[0] == results[1]


@pytest.mark.parametrize("layer", ["shared noise", "hierarchical"])
def test_copies_of_the_first_rows_change_nothing_for_a_thread_alone(layer: str) -> None:
    text, options = make_text(NUM_WORDS, [30] * 20, window=5), layer_options(layer, NUM_WORDS)
    shared, copied = make_tables(NUM_WORDS, DIM, STRIDE), make_tables(NUM_WORDS, DIM, STRIDE)
    expected = run(text, shared, 0.05, part=1, **options)
    assert run(text, copied, 0.05, part=1, num_own=20, **options) == pytest.approx(expected)
    for table, other in zip(shared, copied, strict=True):
        np.testing.assert_allclose(other, table, atol=1e-6)


@pytest.mark.parametrize("num_own", [0, 20])
def test_threads_share_the_sentences(num_own: int) -> None:
    """Every sentence is read once, whoever reads it, and the tables learn what one thread would have taught them."""
    text, options = make_text(NUM_WORDS, [30] * 200, window=5), layer_options("shared noise", NUM_WORDS)
    alone, together = make_tables(NUM_WORDS, DIM, STRIDE), make_tables(NUM_WORDS, DIM, STRIDE)
    expected = run(text, alone, 0.01, part=1, **options)
    share, results = text.shared(1), []
    kernel = make_kernel(together, num_own=num_own, **options)

    def work() -> None:
        results.append(kernel.train(share, 0.01))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [sum(column) for column in list(zip(*results, strict=True))[1:]] == list(expected[1:])
    assert sum(loss for (loss,), _, _ in results) == pytest.approx(expected[0], rel=0.02)
    assert share.position == (200, 0)
    for shared, table, start in zip(together, alone, make_tables(NUM_WORDS, DIM, STRIDE), strict=True):
        assert np.linalg.norm(shared - table) < 0.15 * np.linalg.norm(table - start), "beside the way one thread goes"


@pytest.mark.parametrize("part", [0, 1, 3, 50])
def test_blocks_and_parts_of_every_size_read_the_same_text(part: int) -> None:
    text = make_text(NUM_WORDS, [30] * 20 + [200, 1], window=5, capacity=64)
    options = layer_options("fresh noise", NUM_WORDS)
    _, num_tokens, num_read = run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.01, part=part, **options)
    assert num_read == len(text.ids)
    assert num_tokens == sum(1 for _ in twin.tokens(text, None, 1, 1))


def test_a_share_that_goes_on_where_another_ends_gives_the_same_bits() -> None:
    """Of tables, and of the loss, which the second starts from that of the first; at every end of a block."""
    text = make_text(NUM_WORDS, [30] * 20 + [200, 1], window=5, capacity=64)
    options, num_turns = layer_options("fresh noise", NUM_WORDS), len(text.offsets) - 1

    def train(*bounds: tuple[int, int]) -> tuple:
        tables, begun, num_read = make_tables(NUM_WORDS, DIM, STRIDE), (), 0
        for turn, skip in bounds:
            later = [bound for bound in [*bounds, (num_turns, 0)] if bound > (turn, skip)]
            share = Share(text.compiled, text.seed, turn, later[0][0], text.capacity, skip=skip, begun=begun)
            begun, _, read = make_kernel(tables, **options).train(share, 0.05)
            num_read += read
        return begun, num_read, *(table.tobytes() for table in tables)

    ends, turn, skip = [], 0, 0
    while turn < num_turns:
        ends.append((turn, skip))
        arrays = (np.empty(text.capacity, np.int32) for _ in range(3))
        *_, turn, skip = fill_block(text.compiled, text.seed, turn, skip, *arrays)
    between = [(turn, skip) for turn, skip in ends[1:] if skip == 0]
    assert len(between) > 3
    for end in between:
        assert train((0, 0), end) == train((0, 0))
    (long,) = {turn for turn, skip in ends if skip}
    assert train((long, 64))[1] == train((long, 0))[1] - 64


def test_a_share_that_is_stopped_has_nothing_left() -> None:
    text, options = make_text(NUM_WORDS, [30] * 20, window=5), layer_options("fresh noise", NUM_WORDS)
    tables = make_tables(NUM_WORDS, DIM, STRIDE)
    share = Share(text.compiled, text.seed, 4, 20, text.capacity, begun=(2.5,))
    assert share.stop() == (4, 0)
    assert make_kernel(tables, **options).train(share, 0.05) == ((2.5,), 0, 0)
    with pytest.raises(ValueError, match="more sums than terms"):
        Share(text.compiled, text.seed, 4, 20, text.capacity, begun=(1, 2, 3, 4))
    for begin, skip in ((4, 30), (4, -1), (20, 1)):
        with pytest.raises(ValueError, match="tokens outside the sentence"):
            Share(text.compiled, text.seed, begin, 20, text.capacity, skip=skip)
    assert Share(text.compiled, text.seed, 4, 20, text.capacity, skip=29).position == (4, 29)


def test_a_text_without_thresholds_keeps_every_word() -> None:
    text, options = make_text(NUM_WORDS, [30] * 20, window=5), layer_options("shared noise", NUM_WORDS)
    results = []
    for keep in (None, np.full(NUM_WORDS, 2**32 - 1, np.uint32)):
        tables = make_tables(NUM_WORDS, DIM, STRIDE)
        share = Share(Text(text.ids, text.offsets, keep, 5, True, True), 7, 0, 20, 1000, 3)
        results.append((make_kernel(tables, **options).train(share, 0.05), *(table.tobytes() for table in tables)))
    assert results[0] == results[1]


def test_arguments_are_checked() -> None:
    text, options = make_text(NUM_WORDS, [5], window=2), layer_options("fresh noise", NUM_WORDS)
    with pytest.raises(ValueError, match="stride"):
        run(text, (aligned(NUM_WORDS, 32), aligned(NUM_WORDS, 48)), 0.1, **options)
    with pytest.raises(ValueError, match="64-byte"):
        run(text, (aligned(NUM_WORDS, 20), aligned(NUM_WORDS, 20)), 0.1, **options)
    with pytest.raises(ValueError, match="path"):
        run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.1, tree=huffman_tree(np.ones(NUM_WORDS - 1)))
    with pytest.raises(ValueError, match="path"):
        offsets, nodes, turns = huffman_tree(np.ones(NUM_WORDS))
        Paths(offsets, nodes + 1, turns)
    with pytest.raises(ValueError, match="output table"):
        tables = make_tables(NUM_WORDS, DIM, STRIDE)
        run(text, (tables[0], tables[1][:-1]), 0.1, **options)
    with pytest.raises(ValueError, match="variant"):
        run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.1, variant=best_product_variant() + 1, **options)
    with pytest.raises(ValueError, match="thresholds"):
        run(make_text(NUM_WORDS - 1, [5], window=2), make_tables(NUM_WORDS, DIM, STRIDE), 0.1, **options)
    right = {"position": make_position(2), "squares": make_squares(NUM_WORDS, 2, 1.0)}
    for wrong in (right | {"position": make_position(3)}, right | {"boundary": NUM_WORDS}, right | {"dim": 99},
                  right | {"squares": make_squares(NUM_WORDS, 3, 1.0)},
                  right | {"squares": make_squares(NUM_WORDS - 1, 2, 1.0)}):  # fmt: skip
        with pytest.raises(ValueError, match=r"dim|position|boundary|squares"):
            run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.1, **layer_options("contrastive", NUM_WORDS), **wrong)
    with pytest.raises(ValueError, match="log-bilinear"):
        run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.1, **options, **right)
    with pytest.raises(ValueError, match="alias"):
        run(text, make_tables(NUM_WORDS, DIM, STRIDE), 0.1, noise=alias_table(np.ones(3)))
