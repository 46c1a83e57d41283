"""The padded BiLSTM reads every sentence as if it were alone."""

from __future__ import annotations

import pytest
import torch

from densevec.layers.bidirectional import BidirectionalLstm, reversal


@pytest.mark.parametrize("directions", ["sum", "concat"])
def test_padding_is_never_read(directions: str) -> None:
    lstm = BidirectionalLstm(5, 4, directions, torch.Generator().manual_seed(1))
    words, lengths = torch.randn(3, 7, 5), torch.tensor([7, 3, 1])
    together = lstm(words, lengths)
    assert together.shape == (3, 7, lstm.num_columns)
    for sentence, length in enumerate(lengths.tolist()):
        alone = lstm(words[sentence : sentence + 1, :length], lengths[sentence : sentence + 1])
        torch.testing.assert_close(together[sentence, :length], alone[0])


def test_it_is_torchs_bidirectional_lstm() -> None:
    ours = BidirectionalLstm(5, 4, "concat", torch.Generator().manual_seed(1))
    theirs = torch.nn.LSTM(5, 4, batch_first=True, bidirectional=True)
    state = dict(ours.forth.state_dict())
    state |= {f"{name}_reverse": value for name, value in ours.back.state_dict().items()}
    theirs.load_state_dict(state)
    words = torch.randn(2, 6, 5)
    torch.testing.assert_close(ours(words, torch.tensor([6, 6])), theirs(words)[0])


def test_reversal_is_its_own_inverse() -> None:
    places = reversal(torch.tensor([3, 1]), 4)
    assert places.tolist() == [[2, 1, 0, 3], [0, 1, 2, 3]]
    assert places.gather(1, places).tolist() == [[0, 1, 2, 3]] * 2
