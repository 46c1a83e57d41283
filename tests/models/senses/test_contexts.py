"""What a sentence says, and the frame in which topics count for less."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.models.senses.contexts import Contexts, frame_of, told
from densevec.vectors import KeyedVectors
from densevec.vectors._arguments import directions

VECTORS = KeyedVectors(["a", "b", "c"], np.array([[3.0, 0.0], [0.0, 5.0], [-1.0, 0.0]]))


def test_near_words_count_for_more_and_the_word_itself_not_at_all():
    contexts = Contexts(VECTORS, np.array([1.0, 0.5, 1.0]))
    (found,) = contexts([(["a", "x", "?", "x", "b", "c", "c"], 1)])
    expected = np.array([1.0 - 4**-0.5 - 5**-0.5, 0.5 * 3**-0.5])
    assert found == pytest.approx(expected / np.linalg.norm(expected))
    far = ["a", *["?"] * 10, "b"]
    assert contexts([(far, 11), (far, 10), (["x"], 0)]).tolist() == [
        [0, 0],
        pytest.approx(contexts([(far, 10)])[0]),
        [0, 0],
    ]


def test_in_the_frame_words_stand_about_zero_and_differ_alike_in_all_directions():
    random = np.random.default_rng(1)
    scales = np.array([5.0, 1.0, 0.2])
    words = [random.normal(size=(400, 3)) * scales + random.normal(size=3) for _ in range(50)]
    frame = frame_of(words, 3)
    apart = np.concatenate([(word - word.mean(0)) @ frame.whitening for word in words])
    ridge = 0.3 * (scales**2).mean()
    assert np.cov(apart.T) == pytest.approx(np.diag(scales**2 / (scales**2 + ridge)), abs=0.02)
    assert frame.centre == pytest.approx(np.mean([word.mean(0) for word in words], axis=0))
    placed = frame(np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]))
    assert placed[0].tolist() == [0, 0, 0]
    assert placed[1] == pytest.approx(directions((np.array([[1.0, 2.0, 3.0]]) - frame.centre) @ frame.whitening)[0])
    assert len(told(placed)) == 1


def test_without_contexts_the_frame_changes_nothing():
    for words in ([], [np.ones((1, 2))], [np.ones((5, 2))]):
        assert frame_of(words, 2)(np.array([[3.0, 4.0]])).tolist() == [pytest.approx([0.6, 0.8])]
