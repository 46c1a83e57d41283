"""One battery for every estimator: what a user may count on whatever the model."""

from __future__ import annotations

import copy
import inspect
import re

import numpy as np
import pytest

from densevec import Aviary, Gaussian, KeyedVectors, load_vectors
from densevec._validation import Choice, Interval
from densevec.cli import main
from densevec.cli.constructor import parameter_texts
from densevec.corpus import TextCorpus, build_vocabulary, encode_corpus
from densevec.errors import CorpusError, DensevecError, FormatError, NotTrainedError, ParameterError
from densevec.models.base import Estimator
from densevec.training import Checkpoint, Trainer, TrainingState, restore_checkpoint
from tests.contracts.cases import ESTIMATORS, NUM_SENTENCES, make
from tests.models.topics import topics

pytestmark = pytest.mark.parametrize("kind", ESTIMATORS.values(), ids=ESTIMATORS)
Kind = type[Estimator]

_trained: dict[Kind, Estimator] = {}


def trained(kind: Kind) -> Estimator:
    """Trained once; tests only look at it."""
    if kind not in _trained:
        _trained[kind] = make(kind).train()
    return _trained[kind]


# The constructor and its parameters


def test_the_constructor_stores_what_it_is_given_and_no_more(kind: Kind) -> None:
    for name in kind._defaults():
        value = object()
        model = kind(**{name: value})
        assert model.get_params()[name] is value
    assert vars(kind()).keys() >= kind._defaults().keys()


def test_every_parameter_is_documented_and_every_rule_has_a_parameter(kind: Kind) -> None:
    texts = parameter_texts(kind)
    assert not [name for name in kind._defaults() if not texts.get(name)]
    assert kind.rules.keys() <= kind._defaults().keys()
    assert kind.command == kind.command.lower()


def test_the_defaults_follow_the_rules(kind: Kind) -> None:
    for name, rule in kind.rules.items():
        assert rule.check(kind._defaults()[name]), name


def test_a_broken_rule_is_one_sentence_with_name_and_value(kind: Kind) -> None:
    for name, rule in kind.rules.items():
        bad: list[object] = [object()]
        if isinstance(rule, Interval):
            bad += ["x", rule.low - 1 if np.isfinite(rule.low) else float("nan")]
        if isinstance(rule, Choice):
            bad += ["no such thing", 1]
        for value in bad:
            with pytest.raises(DensevecError, match=rf"^{name} must be") as caught:
                make(kind, **{name: value}).train()
            assert isinstance(caught.value, ValueError | TypeError)
            assert "\n" not in str(caught.value)
            assert repr(value) in str(caught.value)


def test_rules_that_tie_parameters_together(kind: Kind) -> None:
    with pytest.raises(ParameterError, match="min_learning_rate must be at most learning_rate"):
        make(kind, min_learning_rate=2.0, learning_rate=1.0).train()


def test_parameters_can_be_read_and_set(kind: Kind) -> None:
    model = make(kind)
    assert list(model.get_params()) == list(inspect.signature(kind).parameters)
    assert model.set_params(epochs=7) is model
    assert model.get_params()["epochs"] == model.epochs == 7
    with pytest.raises(ParameterError, match="'no_such' is not a parameter"):
        model.set_params(no_such=1)
    assert re.fullmatch(rf"{kind.__name__}\(corpus=.*epochs=7.*\)", repr(model))


# Training


def test_training_returns_the_model_with_vectors(kind: Kind) -> None:
    model = trained(kind)
    vectors = model.vectors
    assert isinstance(vectors, KeyedVectors)
    assert model.wv is vectors
    assert vectors.vector_size == model.get_params()["dim"]
    assert np.isfinite(vectors.vectors).all()
    assert "kiwi" in vectors
    assert len(vectors.most_similar("kiwi", topn=3)) == 3
    counts = dict(zip(vectors.index_to_key, vectors.counts, strict=True))
    assert counts["kiwi"] == sum(sentence.count("kiwi") for sentence in Aviary(NUM_SENTENCES))


def test_the_loss_is_per_epoch_and_falls(kind: Kind) -> None:
    history = make(kind, topics(300), epochs=5, sample=0, batch_size=64).train().history
    assert [report.epoch for report in history] == list(range(5))
    assert history[-1].loss < history[0].loss
    for report in history:
        assert report.loss == pytest.approx(sum(report.terms.values()), abs=1e-9)
        assert report.num_tokens > 0


def test_held_out_text_is_reported_and_does_not_disturb(kind: Kind) -> None:
    model = make(kind).train(validation=Aviary(60, seed=3))
    for report in model.history:
        terms = dict(report.validation)
        assert terms.pop("loss") == pytest.approx(sum(terms.values()), abs=1e-9)
    np.testing.assert_array_equal(model.vectors.vectors, trained(kind).vectors.vectors)


def test_fault_43_one_seed_one_result(kind: Kind) -> None:
    again, other = make(kind).train(), make(kind, seed=2).train()
    np.testing.assert_array_equal(again.vectors.vectors, trained(kind).vectors.vectors)
    assert not np.array_equal(other.vectors.vectors, again.vectors.vectors)
    assert [report.terms for report in again.history] == [report.terms for report in trained(kind).history]


def test_a_trained_model_can_be_trained_anew(kind: Kind) -> None:
    model = make(kind, epochs=1).train()
    model.set_params(epochs=2).train()
    np.testing.assert_array_equal(model.vectors.vectors, trained(kind).vectors.vectors)


def test_vectors_can_be_asked_for_while_training_runs(kind: Kind) -> None:
    seen = []

    class Look:
        def on_epoch_end(self, model, report) -> None:
            seen.append(model.vectors.most_similar("kiwi", topn=1))

    make(kind).train(callbacks=[Look()])
    assert len(seen) == 2


def test_training_starts_from_given_vectors(kind: Kind, tmp_path) -> None:
    """Steps of next to nothing leave known words where they started, up to one shift of all."""
    first = trained(kind)
    first.save(tmp_path / "first")
    rates = {name: 1e-30 for name in kind._defaults() if name.endswith("learning_rate")}
    for given in (first.vectors, tmp_path / "first"):
        again = make(kind, [["kiwi", "stranger", "the"]], **rates, seed=9).train(init_from=given).vectors
        difference = first.vectors["kiwi"] - first.vectors["the"]
        np.testing.assert_allclose(again["kiwi"] - again["the"], difference, atol=1e-6)
    with pytest.raises(ParameterError, match="init_from must have dim 5, got vectors of 8"):
        make(kind, dim=5).train(init_from=first.vectors)


def test_a_checkpoint_goes_on_as_if_nothing_had_happened(kind: Kind, tmp_path) -> None:
    model = make(kind)
    text = TextCorpus(model.corpus)
    vocabulary = build_vocabulary(text, min_count=1)
    path = tmp_path / "checkpoint"

    class First:
        """Writes once, after the first step."""

        def write(self, learner, state) -> None:
            if not path.exists():
                Checkpoint(path, {}, vocabulary, "").write(learner, state)

    with encode_corpus(text, vocabulary) as encoded:
        whole, resumed = (model._task(vocabulary, encoded, None) for _ in range(2))
        wanted = Trainer(whole, epochs=2, checkpoint=First(), checkpoint_seconds=0).run(TrainingState())
        state = restore_checkpoint(path, resumed)
        assert state.step == 1
        found = Trainer(resumed, epochs=2).run(state)
    assert [report.terms for report in found.history] == [report.terms for report in wanted.history]
    theirs, ours = whole.state(), resumed.state()
    assert theirs.keys() == ours.keys()
    assert all(np.array_equal(theirs[name], ours[name]) for name in theirs)


@pytest.mark.parametrize("corpus", [[["one"]], [["a", "b"], ["c"], []], [["x"] * 300]], ids=["word", "few", "same"])
def test_fault_37_small_corpora_work(kind: Kind, corpus: list[list[str]]) -> None:
    assert np.isfinite(make(kind, corpus).train().vectors.vectors).all()


def test_fault_37_nothing_to_learn_from_is_an_error(kind: Kind) -> None:
    with pytest.raises(ParameterError, match="corpus must be given"):
        kind().train()
    with pytest.raises(CorpusError, match="is empty"):
        make(kind, []).train()
    with pytest.raises(CorpusError, match="min_count"):
        make(kind, [["a", "b"]], min_count=9).train()


def test_there_is_nothing_before_training(kind: Kind, tmp_path) -> None:
    model = make(kind)
    for ask in (lambda: model.vectors, lambda: model.wv, lambda: model.save(tmp_path / "model")):
        with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
            ask()


# Words in context


def test_posteriors_are_densities_that_queries_accept(kind: Kind) -> None:
    if not hasattr(kind, "posterior"):
        pytest.skip(f"{kind.__name__} has no posterior densities")
    model = trained(kind)
    posterior = model.posterior(["the", "kiwi", "laid", "an", "egg"], 1)
    assert isinstance(posterior, Gaussian)
    assert len(model.vectors.most_similar(posterior, topn=2)) == 2


# Files and copies


def test_saved_and_loaded_models_are_alike(kind: Kind, tmp_path) -> None:
    model = trained(kind)
    model.save(tmp_path / "model")
    again = kind.load(tmp_path / "model", check=True)
    described = {name: value for name, value in model._described().items() if name != "corpus"}
    assert {name: again.get_params()[name] for name in described} == described
    assert again.vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    tensors = model._tensors()
    assert tensors.keys() == again._tensors().keys()
    assert all(np.array_equal(value, again._tensors()[name]) for name, value in tensors.items())
    again.save(tmp_path / "again")
    # of the corpus only its name was kept
    assert kind.load(tmp_path / "again").vectors.most_similar("kiwi") == model.vectors.most_similar("kiwi")
    vectors = load_vectors(tmp_path / "model")
    np.testing.assert_array_equal(vectors.vectors, model.vectors.vectors)
    vectors.save(tmp_path / "vectors")
    with pytest.raises(FormatError, match=f"expected a {kind.__name__} model"):
        kind.load(tmp_path / "vectors")


def test_copies_stand_alone(kind: Kind, tmp_path) -> None:
    trained(kind).save(tmp_path / "model")
    loaded = copy.deepcopy(kind.load(tmp_path / "model"))  # of an array that is mapped from a file
    np.testing.assert_array_equal(loaded.vectors.vectors, trained(kind).vectors.vectors)
    model = make(kind, epochs=1).train()
    before = model.vectors.vectors.copy()
    shallow, deep = copy.copy(model), copy.deepcopy(model)
    for other in (shallow, deep):
        np.testing.assert_array_equal(other.vectors.vectors, before)
        other.set_params(epochs=2).train()
        assert model.epochs == 1
        np.testing.assert_array_equal(model.vectors.vectors, before)
        assert not np.array_equal(other.vectors.vectors, before)
        assert len(model.history) == 1


# The command line


def test_the_command_line_trains_it(kind: Kind, tmp_path, capsys) -> None:
    text, path = tmp_path / "text.txt", tmp_path / "model.safetensors"
    text.write_text("\n".join(" ".join(sentence) for sentence in Aviary(200)))
    options = ["--dim", "8", "--epochs", "1"]
    assert main(["train", kind.command, str(text), "-o", str(path), *options]) == 0
    for command in (["neighbors", str(path), "kiwi"], ["info", str(path)], ["verify", str(path)]):
        assert main(command) == 0, capsys.readouterr().err
