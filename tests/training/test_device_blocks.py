"""Blocks drawn in operations of torch against those of the kernel, bit by bit; on the CPU, as on any device."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from densevec.corpus.blocks import BlockReader, TextPosition
from densevec.training.device_blocks import DeviceBlockReader

SENTENCES = st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=1, max_size=40)
KEEP = np.linspace(0.05, 1.0, 10)


def readers(sentences: list[list[int]], keep: np.ndarray, **settings) -> tuple[BlockReader, DeviceBlockReader]:
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.cumsum([0, *map(len, sentences)]).astype(np.int64)
    return (
        BlockReader(ids, offsets, keep, **settings),
        DeviceBlockReader(ids, offsets, keep, **settings, device=torch.device("cpu")),
    )


def parts(blocks) -> list[tuple]:
    arrays = [(np.asarray(b.ids), np.asarray(b.left), np.asarray(b.right), b.num_read, b.next) for b in blocks]
    return [(ids.tolist(), left.tolist(), right.tolist(), *rest) for ids, left, right, *rest in arrays]


@given(
    SENTENCES, st.integers(1, 40), st.integers(1, 6), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 99)
)
def test_blocks_are_those_of_the_kernel(sentences, block_size, window, shrink, shuffle, thin, seed) -> None:
    keep = KEEP if thin else np.ones(10)
    settings = {"block_size": block_size, "window": window, "shrink": shrink, "shuffle": shuffle, "seed": seed}
    kernel, device = readers(sentences, keep, **settings)
    for epoch in range(2):
        wanted = parts(kernel.blocks(epoch))
        assert parts(device.blocks(epoch)) == wanted
        middle = wanted[len(wanted) // 2][-1]
        assert parts(device.blocks(epoch, middle)) == parts(kernel.blocks(epoch, middle))


def test_many_sentences_are_drawn_in_several_runs() -> None:
    random = np.random.default_rng(1)
    sentences = [random.integers(10, size=n).tolist() for n in random.geometric(0.05, 5000)]
    sentences[77] = sentences[78] = random.integers(10, size=3000).tolist()
    kernel, device = readers(sentences, KEEP, block_size=64, window=5, shrink=True)
    assert device.num_tokens == kernel.num_tokens
    assert parts(device.blocks(3)) == parts(kernel.blocks(3))
    start = TextPosition(4000, 2)
    assert parts(device.blocks(3, start)) == parts(kernel.blocks(3, start))


@pytest.mark.parametrize("model", ["SkipGram", "CBOW"])
def test_a_model_reads_either_way_to_the_same_end(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of a GPU, run on the CPU."""
    import densevec
    from densevec.models.word2vec.task import PointTask

    settings = {"dim": 8, "epochs": 2, "min_count": 1, "engine": "torch"}
    corpus = densevec.Aviary(300)
    usual = getattr(densevec, model)(corpus, **settings).train()

    monkeypatch.setattr(PointTask, "_reader_class", lambda task: partial(DeviceBlockReader, device=task.device))
    there = getattr(densevec, model)(corpus, **settings).train(validation=densevec.Aviary(50, seed=3))
    np.testing.assert_array_equal(usual.vectors.vectors, there.vectors.vectors)
    assert there.history[-1].validation["loss"] > 0
