"""Texts in which no word has another beside it: their loss of 0 is none."""

from __future__ import annotations

from typing import Any

import pytest

from densevec import CBOW, BayesianSkipGram, DensityWord2Vec, GloVe, SkipGram
from densevec.errors import TrainingWarning

ALONE = [["kiwi"], ["plum"]] * 50
BESIDE = [["kiwi", "plum"]] * 50


@pytest.mark.parametrize("kind", [SkipGram, CBOW, DensityWord2Vec, BayesianSkipGram, GloVe])
def test_nothing_to_learn(kind: Any) -> None:
    model = kind(ALONE, dim=4, epochs=2, min_count=1)
    with pytest.warns(TrainingWarning, match="nothing was learned, and the vectors are those that training began with"):
        model.train(progress=False)
    assert len(model.vectors) == 2


@pytest.mark.parametrize("kind", [SkipGram, CBOW, DensityWord2Vec, BayesianSkipGram, GloVe])
def test_held_out_text_without_anything_to_predict(kind: Any) -> None:
    model = kind(BESIDE, dim=4, epochs=2, min_count=1, **({} if kind is GloVe else {"sample": 0}))
    with pytest.warns(TrainingWarning, match="the loss of the held-out text is 0 and says nothing"):
        model.train(validation=ALONE, progress=False)
    assert all(report.validation["loss"] == 0 for report in model.history)


@pytest.mark.parametrize("kind", [SkipGram, CBOW, DensityWord2Vec, BayesianSkipGram, GloVe])
def test_advice_is_of_parameters_that_the_model_has(kind: Any) -> None:
    with pytest.warns(TrainingWarning, match="lower min_count") as caught:
        kind(ALONE, dim=4, epochs=1, min_count=1).train(progress=False)
    assert ("sample" in str(caught[0].message)) == ("sample" in kind.declared())
