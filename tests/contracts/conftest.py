"""Small models that tests only look at."""

from __future__ import annotations

import pytest

from densevec import BayesianSkipGram, NGram
from tests.contracts.cases import SENTENCES


@pytest.fixture(scope="module")
def ngram() -> NGram:
    return NGram(SENTENCES, order=2, min_count=1).train()


@pytest.fixture(scope="module")
def skipgram() -> BayesianSkipGram:
    return BayesianSkipGram(SENTENCES, dim=4, epochs=1, min_count=1).train()
