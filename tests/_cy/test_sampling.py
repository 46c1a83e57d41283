"""Draws from an alias table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from densevec._cy.sampling import alias_table, draw


def probabilities(table: np.ndarray) -> np.ndarray:
    """What the table draws, written out."""
    kept = (table[:, 0].astype(float) + (table[:, 0] == 2**32 - 1)) / 2**32
    result = kept / len(table)
    np.add.at(result, table[:, 1].astype(int), (1 - kept) / len(table))
    return result


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50).filter(lambda weights: sum(weights) > 1e-3))
def test_table_has_the_weights(weights: list[float]) -> None:
    expected = np.array(weights) / sum(weights)
    np.testing.assert_allclose(probabilities(alias_table(weights)), expected, atol=1e-8)


def test_draws_fit_the_weights() -> None:
    weights = np.arange(1, 41) ** 0.75
    drawn = draw(alias_table(weights), 400_000, 11)
    expected = weights / weights.sum() * 400_000
    assert chisquare(np.bincount(drawn, minlength=40), expected).pvalue > 1e-3


def test_draws_are_a_function_of_the_seed() -> None:
    table = alias_table(np.arange(1, 9))
    assert draw(table, 50, 3).tolist() == draw(table, 50, 3).tolist() != draw(table, 50, 4).tolist()


@pytest.mark.parametrize("weights", [[], [-1.0, 2.0], [0.0, 0.0], [np.nan], [[1.0]]])
def test_weights_are_checked(weights: list) -> None:
    with pytest.raises(ValueError, match="weights"):
        alias_table(weights)
