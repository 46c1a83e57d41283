"""Words that have no row, and that sub-words compose, in every evaluation of words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from densevec.evaluation import (
    evaluate_direction,
    evaluate_entailment,
    evaluate_hypernyms,
    evaluate_similarity,
    variance_frequency_correlation,
)
from densevec.evaluation._counts import log_counts, mean_log_variances
from densevec.vectors import SubwordDensityVectors
from tests.vectors.makers import subword_densities

WORDS = ["animal", "bird", "kiwi", "plum"]
COUNTS = [90, 50, 20, 10]
PAIRS = "kiwiish bird True\nbird animal True\nplum Kiwiish False\nkiwi birdish True\nanimal plum False\n"


@pytest.fixture(params=["spherical", "diagonal"])
def vectors(request: pytest.FixtureRequest) -> SubwordDensityVectors:
    return subword_densities(WORDS, is_spherical=request.param == "spherical", counts=COUNTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "pairs.txt").write_text(PAIRS)
    return tmp_path / "pairs.txt"


def test_counts_and_variances(vectors: SubwordDensityVectors) -> None:
    words = ["kiwiish", "bird", "birdish"]
    np.testing.assert_allclose(log_counts(vectors, words), [0, np.log(50), 0])
    logs = [np.mean(np.log(vectors.variance(word))) for word in words]
    np.testing.assert_allclose(mean_log_variances(vectors, words), logs, rtol=1e-6)
    assert log_counts(vectors, []).shape == mean_log_variances(vectors, []).shape == (0,)
    assert variance_frequency_correlation(vectors).used == len(WORDS)


def test_entailment_and_direction(vectors: SubwordDensityVectors, path: Path) -> None:
    result = evaluate_entailment(vectors, path, num_folds=2)
    assert (result.used, result.total, result.left_out) == (5, 5, {})
    # by the count of the broad word: animal and bird (true), plum (false), the two that were never seen (one true)
    assert result.baselines["hypernym_frequency"].average_precision == pytest.approx((1 + 1 + 3 / 5) / 3)
    direction = evaluate_direction(vectors, path)
    assert (direction.used, direction.total) == (3, 3)
    assert direction.baselines["frequency"] == pytest.approx(2 / 3)
    broader = [("kiwiish", "bird"), ("bird", "animal"), ("kiwi", "birdish")]
    right = [np.mean(np.log(vectors.variance(b))) > np.mean(np.log(vectors.variance(a))) for a, b in broader]
    assert direction.baselines["variance"] == pytest.approx(np.mean(right))


def test_hypernyms(vectors: SubwordDensityVectors, path: Path) -> None:
    """A composed concept ranks all words; a composed hypernym is none of those that are ranked."""
    result = evaluate_hypernyms(vectors, path)
    assert (result.used, result.total) == (2, 3)
    assert result.left_out == {"no hypernym among the words": 1}
    ranks = [
        1 + int((scores > scores[row]).sum())
        for scores, row in (
            (vectors.hypernym_scores("kiwiish"), WORDS.index("bird")),
            (np.delete(vectors.hypernym_scores("bird"), WORDS.index("bird")), WORDS.index("animal")),
        )
    ]
    assert result.scores.mrr == pytest.approx(np.mean(1 / np.array(ranks)))
    assert result.baselines["frequency"].mrr == pytest.approx((1 / 2 + 1) / 2)


def test_similarity(vectors: SubwordDensityVectors, tmp_path: Path) -> None:
    (tmp_path / "scores.txt").write_text("kiwiish bird 1\nkiwi bird 3\n\u5b57 bird 2\nkiwi plum 2\n")
    result = evaluate_similarity(vectors, tmp_path / "scores.txt")
    assert result.used == 4  # a letter alone has n-grams with the marks of its ends
