"""Blocks of running text against a plain Python reading of the same rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from densevec._cy.blocks import Share, Text, fill_block, permutation
from densevec.corpus.blocks import Block, BlockReader, TextPosition

SENTENCES = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=30), min_size=1, max_size=20)


def reader(sentences: list[list[int]], keep: float | np.ndarray = 1.0, **settings: object) -> BlockReader:
    ids = np.array([word for sentence in sentences for word in sentence], np.int32)
    offsets = np.cumsum([0, *map(len, sentences)]).astype(np.int64)
    probability = np.broadcast_to(keep, 10)
    options = {"block_size": 16, "window": 3, "shrink": False, "shuffle": False, **settings}
    return BlockReader(ids, offsets, probability, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 2, 3, 16, 17, 1000])
def test_permutation_is_one_and_depends_on_the_seed(size: int) -> None:
    assert sorted(permutation(size, 5)) == list(range(size))
    if size > 3:
        assert permutation(size, 5) != permutation(size, 6)
        assert permutation(size, 5) != list(range(size))


def test_permutation_puts_every_element_everywhere_equally_often() -> None:
    table = np.zeros((7, 7))
    for seed in range(3000):
        table[np.arange(7), permutation(7, seed)] += 1
    assert stats.chisquare(table.ravel()).pvalue > 1e-4


@given(SENTENCES, st.integers(1, 40), st.integers(1, 5), st.booleans())
def test_all_tokens_come_once_with_their_windows(
    sentences: list[list[int]], block_size: int, window: int, shuffle: bool
) -> None:
    blocks = list(reader(sentences, block_size=block_size, window=window, shuffle=shuffle).blocks(0))
    order = permutation(len(sentences), _seed()) if shuffle else range(len(sentences))
    assert np.concatenate([block.ids for block in blocks]).tolist() == [w for s in order for w in sentences[s]]
    assert sum(block.num_read for block in blocks) == sum(map(len, sentences))
    pieces = [piece for s in order for piece in _pieces(len(sentences[s]), block_size)]
    left = [min(i, window) for length in pieces for i in range(length)]
    right = [min(length - 1 - i, window) for length in pieces for i in range(length)]
    assert np.concatenate([block.left for block in blocks]).tolist() == left
    assert np.concatenate([block.right for block in blocks]).tolist() == right


def _seed() -> int:
    from densevec._random import integer_seed

    return integer_seed(1, "blocks", 0)


def _pieces(length: int, block_size: int) -> list[int]:
    """A sentence no longer than a block stays whole, a longer one starts a block and is cut into full ones."""
    return [block_size] * (length // block_size) + ([length % block_size] if length % block_size else [])


@given(SENTENCES, st.integers(2, 20), st.integers(0, 100))
def test_a_block_is_a_function_of_its_position(sentences: list[list[int]], block_size: int, epoch: int) -> None:
    source = reader(sentences, keep=0.6, block_size=block_size, shrink=True, shuffle=True)
    blocks = list(source.blocks(epoch))
    for number, block in enumerate(blocks[:-1]):
        later = list(source.blocks(epoch, block.next))
        assert len(later) == len(blocks) - number - 1
        assert all(_equal(a, b) for a, b in zip(later, blocks[number + 1 :], strict=True))


def _equal(a: Block, b: Block) -> bool:
    return all(np.array_equal(x, y) for x, y in ((a.ids, b.ids), (a.left, b.left), (a.right, b.right))) and (
        a.next == b.next and a.num_read == b.num_read
    )


def test_words_are_kept_with_their_probability() -> None:
    keep = np.linspace(0, 1, 10)
    sentences = [list(range(10)) for _ in range(20_000)]
    ids = np.concatenate([block.ids for block in reader(sentences, keep, block_size=1000).blocks(3)])
    kept = np.bincount(ids, minlength=10)
    assert kept[0] == 0
    assert kept[9] == 20_000
    assert stats.binomtest(int(kept[5]), 20_000, keep[5]).pvalue > 1e-4


def test_shrunk_windows_are_uniform_and_epochs_differ() -> None:
    source = reader([[0] * 50 for _ in range(500)], block_size=1000, window=5, shrink=True)
    blocks = list(source.blocks(0))
    middle = np.concatenate([block.left.reshape(-1, 50)[:, 10:40].ravel() for block in blocks])
    assert stats.chisquare(np.bincount(middle, minlength=6)[1:]).pvalue > 1e-4
    assert not np.array_equal(blocks[0].left, next(iter(source.blocks(1))).left)


def test_the_end_of_the_text_is_the_end() -> None:
    source = reader([[1, 2, 3]])
    (block,) = source.blocks(0)
    assert block.next == TextPosition(1, 0)
    assert list(source.blocks(0, block.next)) == []


def test_texts_and_shares_are_checked() -> None:
    ids, offsets, keep = np.arange(6, dtype=np.int32), np.array([0, 2, 6]), np.full(6, 2**32 - 1, np.uint32)
    for wrong in ([0, 2, 7], [-1, 2, 6], [0, 4, 2], []):
        with pytest.raises(ValueError, match="offsets must rise"):
            Text(ids, np.array(wrong, np.int64), keep, 2, True, True)
    with pytest.raises(ValueError, match="window"):
        Text(ids, offsets, keep, 0, True, True)
    text = Text(ids, offsets, keep, 2, True, True)
    assert text.num_words == 6
    for begin, end, capacity, part in ((0, 3, 9, 1), (-1, 2, 9, 1), (2, 1, 9, 1), (0, 2, 0, 1), (0, 2, 9, -1)):
        with pytest.raises(ValueError, match="turns outside the text"):
            Share(text, 1, begin, end, capacity, part)
    assert Share(text, 1, 1, 2, 9).position == (1, 0)
    with pytest.raises(ValueError, match="position outside"):
        fill_block(text, 1, 3, 0, *(np.empty(4, np.int32) for _ in range(3)))


def test_a_text_without_thresholds_keeps_every_token() -> None:
    ids, offsets = np.arange(50, dtype=np.int32), np.array([0, 20, 20, 50])
    text = Text(ids, offsets, None, 3, False, False)
    block = [np.empty(64, np.int32) for _ in range(3)]
    assert fill_block(text, 5, 0, 0, *block) == (50, 50, 3, 0)
    assert block[0][:50].tolist() == list(range(50))
