"""The kernels of SkipGram and CBOW where words are means of several rows, and the rows that n-grams give."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch.nn import functional

from densevec._cy.dispatch import best_variant
from densevec._cy.huffman import Paths, huffman_tree
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.subwords import subword_rows, word_rows
from densevec._cy.window import History, WindowKernel
from densevec._cy.word_rows import WordRows, reorder_rows
from densevec.training.tables import padded
from tests._cy.test_window import aligned, make_tables, make_text
from tests.reference import window as twin

NUM_WORDS, NUM_ROWS, DIM = 60, 90, 20
MODELS = {"skip-gram": {}, "mean": {"is_cbow": True}, "sum": {"is_cbow": True, "mean": False}}
COUNTS = np.arange(NUM_WORDS, 0, -1)


def made_of(num_words: int = NUM_WORDS, num_rows: int = NUM_ROWS) -> list[list[int]]:
    """Each word's own row, and up to six others, of which one may come twice."""
    random = np.random.default_rng(4)
    return [[word, *random.integers(num_words, num_rows, random.integers(0, 7)).tolist()] for word in range(num_words)]


def compiled(rows: list[list[int]], num_rows: int = NUM_ROWS) -> WordRows:
    offsets = np.cumsum([0, *map(len, rows)])
    return WordRows(offsets, np.concatenate(rows).astype(np.int32), num_rows)


def make(dim: int = DIM, to: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Rows that words are made of, padded to a multiple of so many floats, and output rows."""
    tables = aligned(NUM_ROWS, padded(dim, to)), make_tables(NUM_WORDS, dim, padded(dim))[1]
    tables[0][:, :dim] = np.random.default_rng(6).normal(size=(NUM_ROWS, dim)) * 0.5
    return tables


def kernel(tables: tuple[np.ndarray, np.ndarray], options: dict, **more) -> WindowKernel:
    combine = ("mean" if options.get("mean", True) else "sum") if options.get("is_cbow") else None
    if "tree" in options:
        layer, tables = Paths(*options["tree"]), (tables[0], tables[1][:-1])
    else:
        layer = Noise(options["noise"], 5.0, options["pool"], options["share"])
    return WindowKernel(*tables, layer, combine=combine, word_rows=compiled(made_of()), **more)


def options_of(model: str, layer: str) -> dict:
    if layer == "hierarchical":
        return {**MODELS[model], "tree": huffman_tree(COUNTS)}
    return {**MODELS[model], "noise": alias_table(COUNTS**0.75), "pool": 7, "share": 12 if layer == "tiles" else 4}


@pytest.mark.parametrize("variant", range(best_variant() + 1))
@pytest.mark.parametrize("layer", ["noise", "tiles", "hierarchical"])
@pytest.mark.parametrize("model", MODELS)
def test_kernel_equals_its_twin(model: str, layer: str, variant: int) -> None:
    text, options, tables = make_text(NUM_WORDS, [9, 1, 30, 4, 2, 17, 8], window=3), options_of(model, layer), make()
    expected = [table[:, :DIM].astype(np.float64) for table in tables]
    (loss,), num_tokens, num_read = kernel(tables, options).train(text.shared(len(text.offsets)), 0.03, variant)
    assert loss == pytest.approx(twin.train_composed(text, *expected, 0.03, made_of(), **options), rel=1e-5)
    assert 0 < num_tokens < num_read == len(text.ids)
    for table, other in zip(tables, expected, strict=True):
        np.testing.assert_allclose(table[:, :DIM], other, atol=5e-6)
        assert not table[:, DIM:].any(), "the padding of the rows must stay zero"


@pytest.mark.parametrize("to", [4, 16])
@pytest.mark.parametrize("dim", [1, 16, 58, 64, 100, 107, 112, 300])
@pytest.mark.parametrize("model", MODELS)
def test_every_dimension(model: str, dim: int, to: int) -> None:
    text, options = make_text(NUM_WORDS, [20, 20], window=5), options_of(model, "noise")
    for variant in range(best_variant() + 1):
        tables = make(dim, to)
        for array in tables:
            array[:] *= dim**-0.5
        expected = [table[:, :dim].astype(np.float64) for table in tables]
        kernel(tables, options).train(text.shared(9), 0.03, variant)
        twin.train_composed(text, *expected, 0.03, made_of(), **options)
        for table, other in zip(tables, expected, strict=True):
            np.testing.assert_allclose(table[:, :dim], other, atol=5e-6)
            assert not table[:, dim:].any(), "the padding of the rows must stay zero"


@pytest.mark.parametrize("model", MODELS)
def test_one_step_equals_autograd(model: str) -> None:
    """Each row takes the whole gradient of the means it is in.  Of a sentence of two words without rows in common, and
    without a word twice in a step."""
    num_words, rate = 4000, 0.2
    words = np.random.default_rng(5).permutation(num_words)[:3].astype(np.int32)
    text = twin.Text(words[:2], np.array([0, 2]), np.full(num_words, 2**32 - 1, np.uint32), 3, 1)
    rows = [[word, num_words + word, num_words + (word + 1) % num_words][: 1 + word % 3] for word in range(num_words)]
    tables = aligned(2 * num_words, 100), aligned(num_words, 112)
    for table in tables:
        table[:, :100] = np.random.default_rng(8).normal(size=(len(table), 100)) * 0.3
    start = [torch.tensor(table[:, :100].astype(np.float64), requires_grad=True) for table in tables]
    is_cbow, noise = model != "skip-gram", alias_table(np.ones(num_words))
    combine = model if is_cbow else None
    made = WordRows(np.cumsum([0, *map(len, rows)]), np.concatenate(rows).astype(np.int32), 2 * num_words)
    model_kernel = WindowKernel(*tables, Noise(noise, 5.0, 6, 1), combine=combine, word_rows=made)
    model_kernel.train(text.shared(0), rate, best_variant())
    for token in twin.tokens(text, noise, 6, 1):
        (context,) = token.context
        centre, target = (context, token.word) if is_cbow else (token.word, context)
        assert len({target, centre, *token.noise}) == 8
        x = start[0][rows[centre]].sum(0)
        x = x + (x / len(rows[centre]) - x).detach()
        loss = functional.softplus(-start[1][target] @ x)
        loss = loss + 5 / 6 * functional.softplus(start[1][torch.tensor(token.noise)] @ x).sum()
        for table, gradient in zip(start, torch.autograd.grad(loss, start), strict=True):
            table.data -= rate * gradient
    for table, expected in zip(tables, start, strict=True):
        np.testing.assert_allclose(table[:, :100], expected.detach().numpy(), atol=2e-6)


@pytest.mark.parametrize("model", MODELS)
def test_one_thread_gives_the_same_bits_and_several_go_the_same_way(model: str) -> None:
    text, options = make_text(NUM_WORDS, [30] * 100, window=5), options_of(model, "noise")
    alone = []
    for _ in range(2):
        tables = make()
        results = kernel(tables, options).train(text.shared(1), 0.01)
        alone.append((results, *(table.tobytes() for table in tables)))
    assert alone[0] == alone[1]
    together, share, found = make(), text.shared(1), []
    shared = kernel(together, options, num_own=20)
    threads = [threading.Thread(target=lambda: found.append(shared.train(share, 0.01))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(read for *_, read in found) == len(text.ids)
    assert sum(loss for (loss,), *_ in found) == pytest.approx(results[0][0], rel=0.05)


def test_rows_of_words_are_those_of_their_n_grams() -> None:
    words = ["kiwi", "", "a", "kākāpō", "🥝", "</s>", "banana", "日本語"]
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)])
    bounds = np.stack([ends[:-1], ends[1:]], 1)
    offsets, rows = word_rows(np.frombuffer(b"".join(encoded), np.uint8), bounds, 2, 4, 37)
    for place, raw in enumerate(encoded):
        buckets = [] if raw == b"</s>" else subword_rows(raw, 2, 4, 37)
        expected = [place, *(len(words) + bucket for bucket in buckets)]
        assert rows[offsets[place] : offsets[place + 1]].tolist() == expected
    with pytest.raises(ValueError, match="bucket"):
        word_rows(np.zeros(1, np.uint8), bounds[:1] * 0, 2, 4, 0)
    with pytest.raises(ValueError, match="within the data"):
        word_rows(np.zeros(1, np.uint8), bounds, 2, 4, 5)


def test_rows_change_places_within_their_memory() -> None:
    random = np.random.default_rng(0)
    table, source = random.normal(size=(50, 16)).astype(np.float32), random.permutation(50).astype(np.int32)
    expected = table[source]
    expected[:, 10:] = table[:, 10:]
    reorder_rows(table[:, :10], source)  # of a view, as the kernel's rows with their padding are
    np.testing.assert_array_equal(table, expected)
    for wrong in (source[:-1], np.where(source == 3, 4, source), np.where(source == 3, 50, source)):
        with pytest.raises(ValueError, match="source"):
            reorder_rows(table, wrong)


def test_arguments_are_checked() -> None:
    offsets, rows = np.array([0, 1, 3]), np.array([0, 1, 4], np.int32)
    WordRows(offsets, rows, 5)
    for wrong in ((offsets, rows, 4), (offsets[:2], rows, 5), (np.array([0, 3, 3]), rows, 5), (offsets, rows - 1, 5)):
        with pytest.raises(ValueError, match="row"):
            WordRows(*wrong)
    tables, layer = make(), Noise(alias_table(COUNTS**0.75), 5.0, 7, 4)
    with pytest.raises(ValueError, match="word_rows"):
        WindowKernel(tables[0][:-1], tables[1], layer, word_rows=compiled(made_of()))
    for width in (22, 36, 0):  # no multiple of four floats, more than an output row's 32, and none
        with pytest.raises(ValueError, match="multiple of 4"):
            WindowKernel(aligned(NUM_ROWS, width), tables[1], layer, word_rows=compiled(made_of()))
    with pytest.raises(ValueError, match="log-bilinear"):
        squares = [np.ones(size, np.float32) for size in (NUM_ROWS, NUM_WORDS, 2)]
        history = History(aligned(2, 32), 0, *squares)
        WindowKernel(*tables, layer, history=history, word_rows=compiled(made_of()))
