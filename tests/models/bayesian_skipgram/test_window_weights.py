"""Weights of places, attention and two layers of the encoder: training, files, and whatever asks for posteriors."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram
from densevec.errors import ParameterError
from densevec.formats import read_container

SMALL = {"dim": 8, "hidden": 8, "min_count": 1, "workers": 1, "negative": 16, "batch_size": 128, "evidence": None}
FORMS: list[dict[str, Any]] = [
    {"window_weights": "position"},
    {"window_weights": "attention"},
    {"window_weights": "position", "layers": 2},
]
QUESTION = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"], 1


class StopAfterOne:
    def on_epoch_end(self, model: BayesianSkipGram, report: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_training_goes_on_and_its_file_answers_alike(form: dict[str, Any], tmp_path) -> None:
    """Interrupted after one of two epochs, gone on with, saved and loaded: the same bits as without all that."""
    whole = BayesianSkipGram(Aviary(120), **SMALL, **form, epochs=2).train()
    parted = BayesianSkipGram(Aviary(120), **SMALL, **form, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        parted.train(callbacks=[StopAfterOne()], checkpoint=tmp_path / "checkpoint")
    BayesianSkipGram(Aviary(120), **SMALL, **form, epochs=2).train(resume=tmp_path / "checkpoint").save(tmp_path / "m")
    again = BayesianSkipGram.load(tmp_path / "m", check=True)
    assert (again.window_weights, again.layers) == (form["window_weights"], form.get("layers", 1))
    ours, theirs = whole.posterior(*QUESTION), again.posterior(*QUESTION)
    np.testing.assert_array_equal(ours.mean, theirs.mean)
    assert float(ours.variance) == float(theirs.variance)
    refined = (model.posterior(*QUESTION, refine=2).mean for model in (whole, again))
    np.testing.assert_allclose(*refined, rtol=1e-4)  # the file has variances, not their logarithms
    learned = again._trained_weights().tables["encoder.position_log_weight"]
    assert learned.shape == (11,) and np.count_nonzero(learned) == 10  # all but the word's own place


@pytest.mark.parametrize("form", FORMS[:2])
def test_a_place_counts_by_its_weight(form: dict[str, Any]) -> None:
    """Places of no weight say nothing, however many words are there."""
    model = BayesianSkipGram(Aviary(120), **SMALL, **form, epochs=1, sample=0, shrink_windows=False).train()
    weights = model._trained_weights().tables["encoder.position_log_weight"]
    weights[...] = -60.0
    weights[6] = 0.0  # the next word
    tokens = ["an", "egg", "the", "kiwi", "laid", "an", "egg", "in"]
    alone, among = model.posterior(["kiwi", "laid"], 0), model.posterior(tokens, 3)
    number = 1 if form["window_weights"] == "position" else 7  # attention shares what all places together would count
    own = model.vectors["kiwi"] + model._trained_weights().tables["encoder.to_mean.bias"]
    np.testing.assert_allclose(among.mean - own, number * (alone.mean - own), atol=1e-5)


def test_engines_and_forms_that_do_not_go_together_are_refused() -> None:
    for form in ({"window_weights": "attention"}, {"layers": 2}):
        with pytest.raises(ParameterError, match=f"with {next(iter(form))}="):
            BayesianSkipGram(Aviary(50), **SMALL, **form, engine="fused").train()
    with pytest.raises(ParameterError, match="layers must be"):
        BayesianSkipGram(Aviary(50), **SMALL, layers=3).train()


def test_unknown_words_and_updates_take_part(tmp_path) -> None:
    model = BayesianSkipGram(Aviary(400), **SMALL, window_weights="position", epochs=1).train()
    unknown = model.posterior(["the", "takahe", *QUESTION[0][2:]], 1)
    assert np.isfinite(unknown.mean).all() and unknown.variance > model.posterior(*QUESTION).variance
    before = np.array(model._trained_weights().tables["encoder.position_log_weight"])
    model.update(Aviary(200, seed=5))
    assert not np.array_equal(before, model._trained_weights().tables["encoder.position_log_weight"])


def test_files_from_before_there_were_forms_count_places_alike(tmp_path) -> None:
    model = BayesianSkipGram(Aviary(120), **SMALL, epochs=1).train()
    model.save(tmp_path / "m")
    container = read_container(str(tmp_path / "m"))
    for name in ("window_weights", "layers"):
        del container.metadata["parameters"][name]
    loaded = BayesianSkipGram.from_container(container, "m")
    np.testing.assert_allclose(loaded.posterior(*QUESTION).mean, model.posterior(*QUESTION).mean, atol=1e-7)
