"""Weightings of counts against their formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from densevec.corpus import association
from densevec.corpus.association import weigh_counts
from densevec.errors import ParameterError


def counts(seed=0, size=40):
    rng = np.random.default_rng(seed)
    dense = rng.poisson(0.3, (size, size)) * rng.integers(1, 9, (size, size))
    dense[3] = dense[:, 5] = 0  # a word without neighbours, one that is nobody's
    return dense.astype(np.float64)


@pytest.mark.parametrize("smoothing", [1.0, 0.75, 0.0])
@pytest.mark.parametrize("shift", [0.0, 1.5])
@pytest.mark.parametrize("entries_at_once", [1, 7, 1 << 20])
def test_positive_pointwise_mutual_information(monkeypatch, smoothing, shift, entries_at_once):
    monkeypatch.setattr(association, "_ENTRIES_AT_ONCE", entries_at_once)
    dense = counts()
    with np.errstate(divide="ignore", invalid="ignore"):
        given_word = dense / dense.sum(1, keepdims=True)
        expected = dense.sum(0) ** smoothing
        pmi = np.log(given_word / (expected / expected.sum())) - shift
    wanted = np.where(dense > 0, np.maximum(pmi, 0), 0)
    found = weigh_counts(csr_array(dense), smoothing=smoothing, shift=shift)
    np.testing.assert_allclose(found.toarray(), wanted, rtol=1e-12, atol=1e-12)
    assert found.has_canonical_format
    assert (found.data > 0).all()


def test_logarithms_and_raw_counts():
    dense = counts(1)
    np.testing.assert_allclose(weigh_counts(csr_array(dense), "log").toarray(), np.log1p(dense))
    np.testing.assert_array_equal(weigh_counts(csr_array(dense), "raw").toarray(), dense)


def test_nothing_in_nothing_out():
    empty = csr_array((4, 4), dtype=np.float32)
    for weighting in association.WEIGHTINGS:
        assert weigh_counts(empty.copy(), weighting).nnz == 0


def test_bad_parameters():
    with pytest.raises(ParameterError, match=r"^weighting must be one of 'ppmi', 'log', 'raw', got 'tfidf'"):
        weigh_counts(csr_array(counts()), "tfidf")
    with pytest.raises(ParameterError, match=r"^smoothing must be"):
        weigh_counts(csr_array(counts()), smoothing=2.0)
