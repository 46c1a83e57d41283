"""Threads that have tables in common."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from densevec._cy.blocks import Share, Text
from densevec._cy.sampling import Noise, alias_table
from densevec._cy.window import WindowKernel
from densevec._random import UniformDraws
from densevec.training.kernel import own_rows, part_tokens
from densevec.training.tables import uniform_rows, zeros

NUM_WORDS, DIM, LENGTH = 2000, 100, 20


@pytest.mark.parametrize("threads", [1, 2, 4, 8, 16])
def test_frequent_rows_do_not_run_away(threads: int) -> None:
    """With SkipGram's defaults.  With parts of 16,384 tokens for each of four threads numbers grow beyond 10^7 here,
    with 4,096 for each of eight beyond 10^16."""
    probability = np.arange(21, 21 + NUM_WORDS) ** -0.5  # about that of words after subsampling
    probability /= probability.sum()
    ids = np.random.default_rng(1).choice(NUM_WORDS, 1_000_000, p=probability).astype(np.int32)
    offsets = np.arange(0, len(ids) + 1, LENGTH, dtype=np.int64)
    tables = uniform_rows(NUM_WORDS, DIM, 0.5 / DIM, UniformDraws(1)), zeros(NUM_WORDS, 112)
    noise = Noise(alias_table(probability**0.75), 5.0, 32, 32)
    kernel = WindowKernel(*tables, noise, num_own=own_rows(threads))
    text = Text(ids, offsets, None, 5, False, True)
    share = Share(text, 1, 0, len(offsets) - 1, 4096, part_tokens(threads) // LENGTH)
    running = [threading.Thread(target=kernel.train, args=(share, 0.03)) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    assert all(0.1 < np.abs(table).max() < 10 for table in tables)
