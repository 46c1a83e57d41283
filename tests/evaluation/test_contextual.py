"""Similarity of words in their sentences, on a file as SCWS has it."""

from __future__ import annotations

import numpy as np
import pytest

from densevec.densities import Gaussian
from densevec.errors import FormatError
from densevec.evaluation import evaluate_contextual, read_contextual_pairs
from densevec.vectors import DensityVectors

LINE = "{n}\tBank\tn\tshore\tn\tthe ( <b> Bank </b> ) of {a}\ta <b> shore </b> by {a}\t{score}\t1\t2\n"
SCORES = {"x": 1, "y": 5, "z": 9}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "scws.txt"
    path.write_text("".join(LINE.format(n=n, a=a, score=score) for n, (a, score) in enumerate(SCORES.items())))
    return path


@pytest.fixture
def vectors():
    return DensityVectors(["bank", "shore"], np.array([[1.0, 0], [0, 1.0]]), np.ones(2), np.array([9, 9]))


def test_pairs_are_read_with_their_places(path):
    first, second, score = read_contextual_pairs(path)[1]
    assert (first.tokens, first.position, first.word) == (("the", "Bank", "of", "y"), 1, "Bank")
    assert (second.tokens, second.position, score) == (("a", "shore", "by", "y"), 1, 5.0)


def test_densities_in_context_are_ranked(path, vectors):
    def encoder(items):
        """bank stays; shore comes nearer by what the sentence ends with."""
        assert {tokens[place] for tokens, place in items} in ({"bank"}, {"shore"})  # as they are known
        ends = {"x": 0.1, "y": 0.5, "z": 0.9}
        return [
            Gaussian(np.array([ends[tokens[-1]] if tokens[place] == "shore" else 1.0, 0.3]), np.asarray(1.0))
            for tokens, place in items
        ]

    with open(path, "a") as file:
        file.write(LINE.replace("shore", "plum").format(n=4, a="y", score=5))
    result = evaluate_contextual(vectors, path, encoder=encoder)
    assert result.in_context == result.by_posteriors == pytest.approx(1.0)  # of vectors that do not read sentences
    assert (result.used, result.total, result.left_out) == (3, 4, {"unknown word": 1})
    assert np.isnan(evaluate_contextual(vectors, path).in_context)


@pytest.mark.parametrize(
    "line",
    [
        "1\ta\tn\tb\tn\tno word\t<b> b </b>\t3\n",
        "1\ta\tn\tb\tn\t<b> a </b>\t<b> two words </b>\t3\n",
        "1\ta\tn\tb\tn\t<b> a </b>\t<b> b </b>\tnan\n",
        "1\ta\tn\tb\tn\t<b> a </b>\n",
    ],
)
def test_a_line_that_is_none_is_named(tmp_path, line):
    (tmp_path / "bad").write_text(LINE.format(n=1, a="x", score=1) + line)
    with pytest.raises(FormatError, match="line 2: expected two sentences"):
        read_contextual_pairs(tmp_path / "bad")


def test_the_published_file_is_read(shared_data):
    pairs = read_contextual_pairs(shared_data / "similarity" / "SCWS-ratings.txt")
    assert len(pairs) == 2003
    assert (pairs[0].first.word, pairs[0].second.word, pairs[0].score) == ("Brazil", "nut", 1.1)
