"""Readers of histories and streams against what a loop over the text says."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.corpus.blocks import TextPosition
from densevec.corpus.histories import HistoryReader, StreamReader

RANDOM = np.random.default_rng(1)
LENGTHS = RANDOM.integers(1, 12, size=40)
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
IDS = RANDOM.integers(1, 50, size=OFFSETS[-1]).astype(np.int32)
BOUNDARY = 0


def plain_history(position: int, before: int, after: int, cross_sentences: bool) -> list[int]:
    sentence = int(np.flatnonzero(position >= OFFSETS)[-1])
    begin, end = (0, len(IDS)) if cross_sentences else (OFFSETS[sentence], OFFSETS[sentence + 1])
    places = [position - i for i in range(1, before + 1)] + [position + i for i in range(1, after + 1)]
    return [int(IDS[place]) if begin <= place < end else BOUNDARY for place in places]


def reader(before: int = 3, after: int = 0, cross_sentences: bool = False, batch_size: int = 70) -> HistoryReader:
    return HistoryReader(
        IDS,
        OFFSETS,
        before=before,
        after=after,
        boundary=BOUNDARY,
        cross_sentences=cross_sentences,
        batch_size=batch_size,
    )


@pytest.mark.parametrize("cross_sentences", [False, True])
@pytest.mark.parametrize(("before", "after"), [(3, 0), (2, 2)])
@pytest.mark.parametrize("batch_size", [70, 7])
def test_an_epoch_has_every_token_once_with_its_history(cross_sentences, before, after, batch_size) -> None:
    wanted = sorted(
        [int(IDS[place]), *plain_history(place, before, after, cross_sentences)] for place in range(len(IDS))
    )
    found = []
    for batch in reader(before, after, cross_sentences, batch_size).batches(0):
        assert 0 < len(batch.targets) == batch.num_read <= batch_size
        found += np.column_stack([batch.targets, batch.history]).tolist()
    assert sorted(found) == wanted


def test_in_order_is_the_order_of_the_text() -> None:
    batches = list(reader().in_order())
    np.testing.assert_array_equal(np.concatenate([batch.targets for batch in batches]), IDS)
    history = np.concatenate([batch.history for batch in batches])
    assert history.tolist() == [plain_history(place, 3, 0, False) for place in range(len(IDS))]


def test_orders_differ_between_epochs_and_repeat_within() -> None:
    first, again, other = ([b.targets.tolist() for b in reader().batches(epoch)] for epoch in (0, 0, 1))
    assert first == again != other


def test_batches_go_on_from_any_position() -> None:
    for make in (reader, lambda: StreamReader(IDS, streams=5, steps=7, boundary=BOUNDARY)):
        batches = list(make().batches(1))
        for number, batch in enumerate(batches[:-1], 1):
            rest = list(make().batches(1, batch.next))
            assert len(rest) == len(batches) - number
            np.testing.assert_array_equal(rest[0].targets, batches[number].targets)
        assert list(make().batches(1, batches[-1].next)) == []


@pytest.mark.parametrize("streams", [1, 5, 16, 1000])
def test_streams_are_parts_of_the_text_side_by_side(streams) -> None:
    for epoch in range(3):
        batches = list(StreamReader(IDS, streams=streams, steps=7, boundary=BOUNDARY).batches(epoch))
        assert [batch.is_first for batch in batches] == [True] + [False] * (len(batches) - 1)
        assert all(1 <= len(batch.targets) <= 7 for batch in batches)
        targets, inputs, is_text = (
            np.concatenate([getattr(batch, name) for batch in batches]) for name in ("targets", "inputs", "is_text")
        )
        np.testing.assert_array_equal(targets.T[is_text.T], IDS)  # one stream after the other is the text
        np.testing.assert_array_equal(inputs.T[is_text.T], np.concatenate([[BOUNDARY], IDS[:-1]]))
        assert sum(batch.num_read for batch in batches) == len(IDS)
        assert is_text.any(0).all()


def test_steps_are_cut_at_other_places_in_other_epochs() -> None:
    text = StreamReader(np.arange(1000, dtype=np.int32), streams=2, steps=32, boundary=0)
    assert len({next(text.batches(epoch)).next for epoch in range(10)}) > 3
    assert next(text.batches(0)).next == next(text.batches(0, TextPosition())).next
