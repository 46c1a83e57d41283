"""Windows by offsets against pairs written out."""

from __future__ import annotations

import pytest
import torch

from densevec.layers.encoder import window_sum
from densevec.layers.window import banded_product, window_mask, window_total, window_words


@pytest.mark.parametrize("num_tokens", [1, 5, 32, 33, 100])
@pytest.mark.parametrize("window", [1, 3, 7])
def test_banded_product_is_the_band_of_the_whole(num_tokens: int, window: int) -> None:
    rows, columns = torch.randn(2, num_tokens, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    band, whole = banded_product(rows, columns, window), rows @ columns.T
    for i in range(num_tokens):
        for k in range(-window, window + 1):
            wanted = whole[i, i + k] if 0 <= i + k < num_tokens else 0.0
            assert abs(float(band[i, window + k] - wanted)) < 1e-12


def test_banded_product_has_the_gradient_of_its_value() -> None:
    rows, columns = (torch.randn(40, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(lambda a, b: banded_product(a, b, 2), (rows, columns))


def test_mask_leaves_out_the_token_itself_and_what_is_out_of_reach() -> None:
    mask = window_mask(torch.tensor([0, 1, 2]), torch.tensor([2, 1, 0]), 2)
    assert mask.tolist() == [
        [False, False, False, True, True],
        [False, True, False, True, False],
        [True, True, False, False, False],
    ]


@pytest.mark.parametrize("num_tokens", [1, 2, 9])
def test_words_and_totals_of_windows_are_those_of_their_places(num_tokens: int) -> None:
    ids = torch.arange(100, 100 + num_tokens)
    words = window_words(ids, 2)
    rows = torch.randn(num_tokens, 4, dtype=torch.float64)
    weight = torch.rand(num_tokens, 5, dtype=torch.float64)
    total = window_total(rows, weight)
    for i in range(num_tokens):
        inside = [k for k in range(-2, 3) if 0 <= i + k < num_tokens]
        assert [int(words[i, 2 + k]) for k in inside] == [100 + i + k for k in inside]
        torch.testing.assert_close(total[i], sum(weight[i, 2 + k] * rows[i + k] for k in inside))


def test_window_sum_is_the_sum_over_pairs() -> None:
    word, context = torch.randn(2, 9, 4, dtype=torch.float64)
    weight = torch.rand(9, 5, dtype=torch.float64)
    weight[0, :2] = weight[1, 0] = weight[8, 3:] = weight[7, 4] = 0  # outside the block
    wanted = torch.zeros(9, 4, dtype=torch.float64)
    for i in range(9):
        for k in (-2, -1, 1, 2):
            if 0 <= i + k < 9:
                wanted[i] += weight[i, 2 + k] * torch.relu(word[i] + context[i + k])
    assert torch.allclose(window_sum(word, context, weight), wanted)
