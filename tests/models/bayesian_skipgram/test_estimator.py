"""BayesianSkipGram from text to densities, on data whose answers are known."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram, DensityVectors, EarlyStopping
from densevec.errors import FormatError, NotTrainedError, ParameterError, TrainingError
from densevec.formats import read_container, write_container
from tests.sweeps import all_pairs

SMALL = {"dim": 8, "epochs": 1, "batch_size": 128, "negative": 32, "hidden": 8, "min_count": 1, "workers": 1}


@pytest.fixture
def model() -> BayesianSkipGram:
    return BayesianSkipGram(Aviary(400), **SMALL)


# What it learns


@pytest.mark.slow
def test_planted_entailments_hold_and_others_do_not(aviary_model) -> None:
    vectors, facts = aviary_model.vectors, Aviary().facts
    right = np.mean([vectors.entailment(a, b) > vectors.entailment(b, a) for a, b in facts.entailments])
    assert right > 0.9
    held = np.mean([vectors.entails(a, b) for a, b in facts.entailments])
    refused = np.mean([not vectors.entails(a, b) for a, b in facts.non_entailments])
    assert held > 0.8
    assert refused > 0.85
    assert vectors.entails("kakapo", "bird")
    assert not vectors.entails("bird", "kakapo")


@pytest.mark.slow
def test_posteriors_move_with_the_sentence(aviary_model) -> None:
    """Each sense's sentences are nearer to that sense's typical words than to those of the other senses."""
    vectors, right = aviary_model.vectors, []
    for senses in Aviary().facts.senses.values():
        for name, sense in senses.items():
            for tokens, position in sense.examples:
                posterior = aviary_model.posterior(tokens, position)
                nearness = {
                    other: np.mean(vectors.scores(posterior, _known(vectors, words), measure="cosine"))
                    for other, words in senses.items()
                }
                right.append(max(nearness, key=nearness.__getitem__) == name)
    assert np.mean(right) > 0.85


def _known(vectors, sense) -> list[str]:
    return [word for word in sense.neighbours if word in vectors]


@pytest.mark.slow
def test_loss_falls_and_its_terms_add_up(aviary_model) -> None:
    losses = [report.loss for report in aviary_model.history]
    assert losses == sorted(losses, reverse=True)
    for report in aviary_model.history:
        assert report.loss == pytest.approx(sum(report.terms.values()), abs=1e-9)
        assert set(report.terms) == {"reconstruction", "kl", "information"}


@pytest.mark.parametrize(
    ("objective", "covariance", "tied"),
    all_pairs(["expected_softmax", "max_margin", "elbo"], ["spherical", "diag"], [False, True]),
)
def test_every_objective_lowers_its_loss(objective: str, covariance: str, tied: bool) -> None:
    settings = {**SMALL, "epochs": 4, "objective": objective, "covariance": covariance, "tied": tied}
    model = BayesianSkipGram(Aviary(600), **settings).train()
    assert model.history[-1].loss < model.history[0].loss
    assert model.vectors.is_spherical == (covariance == "spherical")


@pytest.mark.parametrize("normaliser", ["css", "exact"])
@pytest.mark.parametrize("likelihood", ["density", "affine"])
def test_evidence_lower_bound_by_either_normaliser(normaliser: str, likelihood: str) -> None:
    settings = {**SMALL, "epochs": 3, "objective": "elbo", "normaliser": normaliser, "likelihood": likelihood}
    model = BayesianSkipGram(Aviary(600), **settings).train()
    assert model.history[-1].loss < model.history[0].loss


def test_jensen_warns_and_stays_above_its_floor() -> None:
    model = BayesianSkipGram(Aviary(300), **SMALL, objective="jensen")
    with pytest.warns(UserWarning, match="unbounded below"):
        model.train()
    assert model.vectors.variances.min() >= 0.999e-3


# Determinism, interruption, faults


@pytest.mark.slow
def test_fault_43_one_seed_gives_the_same_bytes_twice(tmp_path) -> None:
    script = (
        "import sys; from densevec import Aviary, BayesianSkipGram\n"
        "for path, seed in zip(sys.argv[1::2], sys.argv[2::2]):"
        f" BayesianSkipGram(Aviary(400), **{SMALL!r}, seed=int(seed)).train().save(path)"
    )
    a, b, c = (str(tmp_path / name) for name in "abc")
    for arguments in ([c, "2", a, "1"], [b, "1"]):  # in two processes
        subprocess.run([sys.executable, "-c", script, *arguments], check=True, timeout=120)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, None), (signal.SIGTERM, 143)])
def test_fault_33_a_signal_stops_at_the_next_step_and_keeps_the_work(model, tmp_path, number, status) -> None:
    class Interrupt:
        def on_epoch_end(self, model, report) -> None:
            os.kill(os.getpid(), number)

    model.epochs = 50
    with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
        model.train(callbacks=[Interrupt()], checkpoint=tmp_path / "checkpoint")
    assert getattr(caught.value, "code", None) == status
    assert len(model.history) == 1
    assert np.isfinite(model.vectors.vectors).all()
    assert model.posterior(["kiwi"], 0).dim == 8
    assert (tmp_path / "checkpoint").exists()


def test_fault_33_a_signal_at_the_end_of_the_last_epoch_counts(model) -> None:
    class Interrupt:
        def on_epoch_end(self, model, report) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        model.train(callbacks=[Interrupt()])
    assert len(model.vectors) > 0


def test_a_checkpoint_that_cannot_be_written_does_not_end_training(model, tmp_path, caplog) -> None:
    """Its folder is there when training begins, and goes while it runs."""
    (tmp_path / "folder").mkdir()

    class Remove:
        def on_epoch_end(self, model, report) -> None:
            shutil.rmtree(tmp_path / "folder", ignore_errors=True)

    model.set_params(epochs=2)
    model.train(checkpoint=tmp_path / "folder" / "checkpoint", checkpoint_minutes=0, callbacks=[Remove()])
    assert "no checkpoint was written, training goes on" in caplog.text
    assert len(model.vectors) > 0


@pytest.mark.parametrize(
    "parameters", [{"dim": "x"}, {"dim": 7}, {"hidden": 10**9}, {"objective": "?"}, {"covariance": "diag"}]
)
def test_a_hostile_model_file_is_refused_in_one_sentence(model, tmp_path, parameters) -> None:
    model.train().save(tmp_path / "good")
    container = read_container(tmp_path / "good")
    metadata = container.metadata | {"parameters": container.metadata["parameters"] | parameters}
    write_container(tmp_path / "bad", container.tensors, container.words, metadata)
    with pytest.raises(FormatError, match="do not make a BayesianSkipGram model") as caught:
        BayesianSkipGram.load(tmp_path / "bad")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rates", [{"learning_rate": 1e6}, {"variance_learning_rate": 1e6}])
def test_fault_36_a_runaway_is_an_error_and_leaves_no_ruin(model, rates) -> None:
    model.set_params(**rates, epochs=20, objective="elbo")
    with pytest.raises(TrainingError, match=r"step \d+.*learning rate"):
        model.train()
    with pytest.raises(NotTrainedError):
        model.vectors  # noqa: B018


def test_fault_31_the_corpus_own_exception_comes_through(model) -> None:
    class Breaks:
        def __iter__(self):
            yield ["a", "b"]
            raise RuntimeError("disk on fire")

    model.corpus = Breaks()
    before = threading.active_count()
    with pytest.raises(RuntimeError, match="disk on fire"):
        model.train()
    assert threading.active_count() == before


def test_fault_46_a_raising_callback_reaches_the_caller_and_the_work_is_kept(model) -> None:
    class Raises:
        def on_epoch_end(self, model, report) -> None:
            assert len(model.vectors) > 0
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        model.train(callbacks=[Raises()])
    assert len(model.vectors) > 0


def test_fault_37_small_corpora_work() -> None:
    for corpus in ([["one"]], [["a", "b"], ["c"], []], [["x"] * 300]):
        model = BayesianSkipGram(corpus, **SMALL).train()
        assert np.isfinite(model.vectors.vectors).all()
    with pytest.raises(ValueError, match="min_count"):
        BayesianSkipGram([["a", "b"]], **{**SMALL, "min_count": 9}).train()


def test_fault_42_losses_are_per_epoch_and_per_token() -> None:
    model = BayesianSkipGram(Aviary(400), **{**SMALL, "epochs": 3}).train()
    assert [report.epoch for report in model.history] == [0, 1, 2]
    assert max(report.loss for report in model.history) < 2 * min(report.loss for report in model.history)


def test_validation_loss_and_early_stopping(model) -> None:
    model.epochs = 30
    model.learning_rate = 1.0  # soon learns the few sentences by heart
    model.train(validation=Aviary(100, seed=7), callbacks=[EarlyStopping(patience=1)])
    assert 1 < len(model.history) < 30
    for report in model.history:
        assert report.validation is not None
        assert report.validation["loss"] == pytest.approx(
            report.validation["reconstruction"] + report.validation["kl"], abs=1e-9
        )


def test_training_starts_from_given_vectors(model, tmp_path) -> None:
    model.train()
    model.save(tmp_path / "first")
    still = {"learning_rate": 1e-30, "min_learning_rate": 0.0, "variance_learning_rate": 0.0, "seed": 9}
    again = BayesianSkipGram([["kiwi", "stranger"]], **SMALL | still).train(init_from=tmp_path / "first")
    assert again.vectors.variance("kiwi") == pytest.approx(model.vectors.variance("kiwi"), rel=1e-6)
    # both words moved with the origin of the latent space: their difference tells where kiwi started
    known = BayesianSkipGram([["kiwi", "the"]], **SMALL | still).train(init_from=model.vectors).vectors
    np.testing.assert_allclose(known["kiwi"] - known["the"], model.wv["kiwi"] - model.wv["the"], atol=1e-6)
    with pytest.raises(ParameterError, match="dim 5"):
        BayesianSkipGram([["kiwi"]], **SMALL | {"dim": 5}).train(init_from=tmp_path / "first")


# The estimator's face


def test_the_constructor_only_stores() -> None:
    corpus = [["a"]]
    model = BayesianSkipGram(corpus, dim=-3)
    assert model.get_params()["corpus"] is corpus
    with pytest.raises(ParameterError, match="dim must be an integer at least 1, got -3"):
        model.train()
    with pytest.raises(NotTrainedError):
        model.wv  # noqa: B018


def test_scikit_learn_can_clone_and_fit() -> None:
    from sklearn.base import clone

    model = clone(BayesianSkipGram(None, **SMALL)).fit(Aviary(200))
    assert model.wv is model.vectors
    with pytest.raises(ParameterError, match="'window_size' is not a parameter"):
        model.set_params(window_size=3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": 0}, "window must be"),
        ({"objective": "likelihood"}, "objective must be one of"),
        ({"min_learning_rate": 1.0}, "min_learning_rate must be at most"),
        ({"likelihood": "affine", "tied": True}, "likelihood must be 'density'"),
        ({"device": "abacus"}, "device must be"),
        ({"context_dropout": 1.5}, "context_dropout must be"),
    ],
)
def test_bad_parameters_are_one_sentence(model, changes, message) -> None:
    model.set_params(**changes)
    with pytest.raises(ParameterError, match=message) as caught:
        model.train()
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_saved_and_loaded_models_answer_alike(aviary_model, tmp_path) -> None:
    path = tmp_path / "aviary.safetensors"
    aviary_model.save(path)
    again = BayesianSkipGram.load(path, check=True)
    tokens = ["she", "ate", "a", "ripe", "kiwi", "with", "yoghurt"]
    ours, theirs = aviary_model.posterior(tokens, 4), again.posterior(tokens, 4)
    np.testing.assert_array_equal(ours.mean, theirs.mean)
    np.testing.assert_array_equal(ours.variance, theirs.variance)
    assert again.get_params()["dim"] == 50
    vectors = DensityVectors.load(path)
    assert vectors.entailment_contrast == aviary_model.vectors.entailment_contrast
    assert vectors.most_similar("kiwi") == aviary_model.vectors.most_similar("kiwi")
    again.save(tmp_path / "again.safetensors")
    vectors.save(tmp_path / "vectors.safetensors")
    with pytest.raises(FormatError, match="expected a BayesianSkipGram model"):
        BayesianSkipGram.load(tmp_path / "vectors.safetensors")


@pytest.mark.slow
def test_posteriors_of_odd_contexts(aviary_model) -> None:
    alone = aviary_model.posterior(["kiwi"], 0)
    strangers = aviary_model.posterior(["qwerty", "kiwi", "asdf"], 1)
    np.testing.assert_array_equal(alone.mean, strangers.mean)
    np.testing.assert_allclose(alone.mean, aviary_model.vectors["kiwi"])  # no context: the word by itself
    assert float(alone.variance.mean()) == pytest.approx(aviary_model.vectors.variance("kiwi"))
    last, second = (aviary_model.posterior(["the", "kiwi"], position) for position in (-1, 1))
    np.testing.assert_array_equal(last.mean, second.mean)
    assert aviary_model.posterior_batch([]) == []
    with pytest.raises(KeyError, match="kakap"):
        aviary_model.posterior(["kakapp"], 0)
    with pytest.raises(ParameterError, match="position"):
        aviary_model.posterior(["kiwi"], 1)
    with pytest.raises(TypeError, match="a sentence must be a list of words"):
        aviary_model.posterior("kiwi", 0)


def test_files_from_before_the_residual_encoder_are_read_as_they_were_trained(tmp_path) -> None:
    model = BayesianSkipGram(Aviary(300), dim=8, hidden=8, epochs=1, residual=False, leave_out=False).train()
    model.save(tmp_path / "model.safetensors")
    container = read_container(str(tmp_path / "model.safetensors"))
    for name in ("residual", "leave_out"):
        del container.metadata["parameters"][name]
    loaded = BayesianSkipGram.from_container(container, "model.safetensors")
    assert (loaded.residual, loaded.leave_out) == (False, False)
    question = ["the", "kiwi", "laid", "an", "egg"], 1
    np.testing.assert_allclose(loaded.posterior(*question).mean, model.posterior(*question).mean, atol=1e-7)
