"""Windows of many places of a text are those of one place at a time."""

import numpy as np
import pytest

from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.windows import Windows, window_of


@pytest.mark.parametrize("shrink_windows", [True, False])
def test_windows_in_a_text_are_those_of_its_sentences(shrink_windows: bool) -> None:
    random = np.random.default_rng(1)
    ids, keep = random.integers(40, size=300).astype(np.int32), random.random(40).astype(np.float32)
    offsets = np.array([0, 1, 30, 30, 31, 200, 300])
    places = np.flatnonzero(random.random(300) < 0.5)
    settings = BayesianSkipGramParameters(window=4, shrink_windows=shrink_windows)
    one_by_one = []
    for place in places:
        sentence = np.searchsorted(offsets, place, side="right") - 1
        sides = ids[place + 1 : offsets[sentence + 1]].tolist(), ids[offsets[sentence] : place][::-1].tolist()
        one_by_one.append(window_of(sides, keep, settings))
    expected = Windows.stacked(one_by_one)
    assert expected.context.shape[1] > 8  # words that are seldom kept make a window wider
    for found, wanted in zip(Windows.in_text((ids, offsets), places, keep, settings), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert Windows.in_text((ids, offsets), places[:0], keep, settings).context.shape == (0, 0)
