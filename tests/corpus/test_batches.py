"""Padded batches of sentences: each sentence once, in similar lengths, from any place on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec.corpus import (
    EncodedParallel,
    ParallelVocabulary,
    TextCorpus,
    Vocabulary,
    build_parallel_vocabulary,
    encode_parallel,
)
from densevec.corpus.batches import SentenceBatch, SentenceBatchReader
from densevec.corpus.blocks import TextPosition
from densevec.errors import ParameterError

WORDS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=8)
PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=40)
Pairs = list[tuple[list[str], list[str]]]


def encoded(pairs: Pairs) -> tuple[EncodedParallel, ParallelVocabulary]:
    vocabulary = build_parallel_vocabulary(pairs, min_count=1)
    return encode_parallel(pairs, vocabulary), vocabulary


def sentences(padded: np.ndarray, lengths: np.ndarray, vocabulary: Vocabulary) -> list[list[str]]:
    assert all(not row[length:].any() for row, length in zip(padded, lengths, strict=True))
    return [[vocabulary.words[i] for i in row[:length]] for row, length in zip(padded, lengths, strict=True)]


@given(PAIRS, st.integers(1, 9), st.integers(1, 4), st.booleans())
def test_each_pair_comes_once_whole_and_in_its_window(pairs: Pairs, size: int, window: int, shuffle: bool) -> None:
    corpus, vocabulary = encoded(pairs)
    reader = SentenceBatchReader(corpus, size, shuffle=shuffle, window=window)
    batches = list(reader.batches(0))
    seen = []
    for batch in batches:
        assert batch.source.dtype == batch.target.dtype == np.int32
        assert batch.source.shape == (len(batch.index), batch.source_lengths.max())
        found = zip(
            sentences(batch.source, batch.source_lengths, vocabulary.source),
            sentences(batch.target, batch.target_lengths, vocabulary.target),
            strict=True,
        )
        assert list(found) == [pairs[i] for i in batch.index]
        assert len(batch.index) <= size
        assert batch.num_read == batch.source_lengths.sum()
        seen += batch.index.tolist()
    assert sorted(seen) == list(range(len(pairs)))
    assert sum(batch.num_read for batch in batches) == reader.num_tokens == sum(len(source) for source, _ in pairs)
    if not shuffle:
        for start in range(0, len(pairs), window * size):
            assert sorted(seen[start : start + window * size]) == list(range(len(pairs)))[start : start + window * size]


@given(PAIRS, st.integers(1, 5), st.integers(1, 3), st.integers(0, 9))
def test_an_epoch_goes_on_from_any_batch(pairs: Pairs, size: int, window: int, epoch: int) -> None:
    reader = SentenceBatchReader(encoded(pairs)[0], size, seed=3, window=window)
    batches = list(reader.batches(epoch))
    for number, batch in enumerate(batches):
        rest = list(reader.batches(epoch, batch.next))
        assert [equal(*two) for two in zip(rest, batches[number + 1 :], strict=True)] == [True] * len(rest)


def equal(one: SentenceBatch, other: SentenceBatch) -> bool:
    return (
        one.next == other.next and np.array_equal(one.index, other.index) and np.array_equal(one.source, other.source)
    )


def many() -> tuple[EncodedParallel, ParallelVocabulary]:
    random = np.random.default_rng(1)
    source = random.integers(1, 30, 5000)
    target = source + random.integers(0, 5, 5000)  # translations are about as long
    return encoded([(["a"] * m, ["b"] * n) for m, n in zip(source.tolist(), target.tolist(), strict=True)])


def test_batches_are_of_similar_lengths_and_come_in_random_order() -> None:
    reader = SentenceBatchReader(many()[0], 50)
    batches = list(reader.batches(0))
    places = sum(batch.source.size + batch.target.size for batch in batches)
    tokens = sum(int(batch.source_lengths.sum() + batch.target_lengths.sum()) for batch in batches)
    assert tokens / places > 0.9  # in random company they would fill half
    longest = [batch.source.shape[1] for batch in batches]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3
    assert batches[-1].next == TextPosition(5000, 0)


def test_epochs_and_seeds_differ() -> None:
    corpus = many()[0]
    order = [
        np.concatenate([batch.index for batch in SentenceBatchReader(corpus, 50, seed).batches(epoch)]).tolist()
        for seed, epoch in ((1, 0), (1, 1), (2, 0))
    ]
    assert order[0] != order[1] and order[0] != order[2]


def test_without_a_second_language() -> None:
    corpus = encode_parallel(TextCorpus([["a", "x", "b"], ["b"]]), Vocabulary(["a", "b"], [1, 2]))
    (batch,) = SentenceBatchReader(corpus, shuffle=False).batches(0)
    assert batch.source.tolist() == [[1, 0, 0], [0, 2, 1]]  # x has the id 2
    assert batch.target is None and batch.target_lengths is None


@pytest.mark.parametrize("name", ["batch_size", "window"])
def test_parameters_are_checked(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} must be an integer at least 1, got 0"):
        SentenceBatchReader(many()[0], **{name: 0})
