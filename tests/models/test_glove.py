"""GloVe as a model: what it learns, its two engines, its parameters, held-out text, files, runaways."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from densevec import Aviary, GloVe, KeyedVectors, build_vocabulary, encode_corpus
from densevec.cli import main
from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.errors import DensevecError, FormatError, NotTrainedError, ParameterError, TrainingError
from densevec.formats import read_container, write_container
from densevec.models.glove.kernel import EntryWork
from densevec.models.glove.task import GloVeTask
from densevec.training import Trainer, TrainingState
from tests.topics import topics

SMALL: dict[str, Any] = {"dim": 8, "min_count": 1, "device": "cpu"}
ENGINES: list[dict[str, Any]] = [{"engine": "fused"}, {"engine": "torch", "batch_size": 64}]
by_engine = pytest.mark.parametrize("engine", ENGINES, ids=["fused", "torch"])


def task_of(model: GloVe, held_out: Any = None) -> GloVeTask:
    vocabulary = build_vocabulary(model.corpus, min_count=model.min_count)
    held_out = None if held_out is None else encode_corpus(held_out, vocabulary)
    task = model.make_task(vocabulary, encode_corpus(model.corpus, vocabulary), held_out)
    assert isinstance(task, GloVeTask)
    return task


def matrix_of(corpus: Any, **settings: Any) -> np.ndarray:
    encoded = encode_corpus(corpus, build_vocabulary(corpus, min_count=1))
    return count_cooccurrences(encoded, **{"window": 10, "distance_weighting": "harmonic", **settings}).toarray()


@by_engine
def test_words_of_a_topic_are_close(engine: dict[str, Any]) -> None:
    """Words of other topics never stand near, so there is no entry to tell them apart: a common word is near all."""
    corpus = [[*sentence[:5], "all", *sentence[5:]] for sentence in topics(400)]
    corpus += [[f"{topic}-{word}", f"{other}-{word}"] for topic in range(4) for other in range(4) for word in range(15)]
    vectors = GloVe(corpus, **SMALL, **engine, epochs=60).train().vectors
    for word in set(vectors) - {"all"}:
        near = [other for other, _ in vectors.most_similar(word, topn=8) if other != "all"]
        assert sum(other[0] == word[0] for other in near) >= 6, (word, near)


@by_engine
def test_log_counts_are_learned(engine: dict[str, Any], tmp_path: Any) -> None:
    corpus = topics(300)
    model = GloVe(corpus, **{**SMALL, "dim": 20}, **engine, epochs=80, x_max=1.0, learning_rate=0.3).train()
    counts, words = matrix_of(corpus), model.vectors.index_to_key
    errors = [model.log_count(words[i], words[j]) - math.log(counts[i, j]) for i, j in np.argwhere(counts > 1)]
    assert np.abs(errors).mean() < 0.1
    assert model.history[-1].loss < 0.1 * model.history[0].loss
    assert model.history[-1].num_tokens == np.count_nonzero(counts)
    model.save(tmp_path / "model")
    again = GloVe.load(tmp_path / "model")
    assert again.log_count("0-1", "0-2") == pytest.approx(model.log_count("0-1", "0-2"), abs=1e-5)
    with pytest.raises(KeyError):
        model.log_count("0-1", "stranger")


def test_engines_are_alike() -> None:
    """In one order from one start; torch's steps are of two entries, whose gradients it adds."""
    corpus, rate = topics(100), {"learning_rate": 0.3, "epochs": 2}
    fused = GloVe(corpus, **SMALL, **rate, engine="fused").train()
    by_torch = GloVe(corpus, **SMALL, **rate, engine="torch", batch_size=2).train()
    still = GloVe(corpus, **SMALL, epochs=1, learning_rate=1e-30, min_learning_rate=0.0).train()
    assert [each.loss for each in fused.history] == pytest.approx([each.loss for each in by_torch.history], rel=0.02)
    ours, theirs, start = (model.vectors.vectors for model in (fused, by_torch, still))
    assert np.linalg.norm(ours - theirs) < 0.05 * np.linalg.norm(ours - start)


def test_threads_learn_the_same() -> None:
    corpus = topics(300)
    losses = [GloVe(corpus, **SMALL, epochs=5, workers=workers).train().history[-1].loss for workers in (1, 3)]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_weights_are_those_of_x_max_and_alpha() -> None:
    """The first report of steps of no size is the loss at the start."""
    corpus = topics(60)
    counts = matrix_of(corpus)
    values = counts[counts > 0].astype(np.float64)
    totals = np.log(counts.sum(1)), np.log(counts.sum(0)), math.log(counts.sum())
    expected = (totals[0][:, None] + totals[1] - totals[2])[counts > 0]
    found = []
    for x_max, alpha in ((1.0, 0.75), (50.0, 0.75), (50.0, 0.0), (50.0, 2.0)):
        still = {"learning_rate": 1e-30, "min_learning_rate": 0.0, "epochs": 1}
        model = GloVe(corpus, **SMALL, **still, x_max=x_max, alpha=alpha).train()
        squares = np.minimum(1, (values / x_max) ** alpha) * (expected - np.log(values)) ** 2 / 2
        assert model.history[0].loss == pytest.approx(squares.mean(), rel=0.02)  # vectors are not quite zero
        found.append(model.history[0].loss)
    assert len({round(loss, 4) for loss in found}) == 4


def test_learning_rate_is_that_of_the_authors() -> None:
    """The step of the only entry is g / √(rate⁻² + g²); with a rate as small as no float squared, rate · g."""
    for rate in (0.1, 3.0, 1e-20, 1e20):
        model = GloVe([["a", "b"]], **SMALL, learning_rate=rate, min_learning_rate=0, epochs=1, context="right")
        task = task_of(model)
        task.network.word_bias.weight[0, 0] = 0.0
        w, c = task.network.word.weight.double(), task.network.context.weight.double()
        task.network.context_bias.weight[1, 0] = 1.0
        slope = 3.0**-0.75 * float(w[0] @ c[1] + 1)
        Trainer(task, epochs=1).run(TrainingState())
        step = float(task.network.word_bias.weight[0, 0])
        assert step == pytest.approx(-slope / math.hypot(1 / rate, slope), rel=1e-4), rate


def test_vectors_are_sums_or_those_of_words() -> None:
    corpus = topics(100)
    models = {combine: GloVe(corpus, **SMALL, epochs=2, combine=combine).train() for combine in ("sum", "word")}
    contexts = [model._tensors()["context"] for model in models.values()]
    np.testing.assert_array_equal(*contexts)
    np.testing.assert_allclose(
        models["sum"].vectors.vectors, models["word"].vectors.vectors + contexts[0], rtol=1e-6, atol=1e-7
    )
    for combine, model in models.items():
        start = {"learning_rate": 1e-30, "min_learning_rate": 0.0, "seed": 5, "combine": combine}
        again = GloVe(corpus, **SMALL, **start, epochs=1).train(init_from=model.vectors)
        np.testing.assert_allclose(again.vectors.vectors, model.vectors.vectors, atol=1e-6)
    with pytest.raises(ParameterError, match="combine must be one of 'sum', 'word', got 'mean'"):
        GloVe(corpus, combine="mean").train()  # type: ignore[arg-type]


def test_vectors_asked_for_during_training_do_not_change_later() -> None:
    seen: list[np.ndarray] = []

    class Look:
        def on_epoch_end(self, model: GloVe, report: Any) -> None:
            seen.append(model.vectors.vectors)
            seen.append(model.vectors.vectors.copy())

    GloVe(topics(60), **SMALL, epochs=3, combine="word").train(callbacks=[Look()])
    for shown, copied in zip(seen[::2], seen[1::2], strict=True):
        np.testing.assert_array_equal(shown, copied)


def test_the_memory_limit_changes_nothing(tmp_path: Any) -> None:
    corpus = Aviary(500)
    whole = GloVe(corpus, **SMALL, epochs=2).train()
    bounded = GloVe(corpus, **SMALL, epochs=2, memory_limit=0, cache_dir=str(tmp_path)).train()
    np.testing.assert_array_equal(whole.vectors.vectors, bounded.vectors.vectors)
    assert not list(tmp_path.iterdir())


@by_engine
def test_held_out_loss_is_that_of_its_own_matrix(engine: dict[str, Any]) -> None:
    corpus = topics(120)
    model = GloVe(corpus, **SMALL, **engine, epochs=5)
    twice = task_of(model, [*corpus, *corpus])  # twice as much, of which the logarithms are brought down
    once = task_of(model, corpus)
    network = once.network
    with torch.no_grad():
        expected = network(*once._on_device(once.entries)).total.item() / once.work
    validation = once.validation_loss()
    assert validation == {"loss": pytest.approx(expected), "squares": pytest.approx(expected)}
    assert twice.validation_loss()["loss"] == pytest.approx(expected, rel=0.5)  # weights are of its own counts
    nothing = task_of(model, [["0-1"]])
    assert nothing.validation_loss() == {"loss": 0.0}
    history = model.train(validation=topics(60)).history
    assert history[-1].validation["loss"] < history[0].validation["loss"]
    assert task_of(model).validation_loss() is None


def test_steps_are_ranges_of_entries() -> None:
    task = task_of(GloVe(topics(200), **SMALL, epochs=3, workers=2))
    work = EntryWork(task.entries, 60, task.settings)
    turns = [(each.first[0], each.next[0]) for each in work.batches(0, None)]
    assert turns[0][0] == 0
    assert turns[-1][1] == task.work == len(task.entries.values)
    assert [begin for begin, _ in turns[1:]] == [end for _, end in turns[:-1]]
    assert [(each.first[0], each.next[0]) for each in work.batches(1, (turns[3][0], 0))] == turns[3:]
    assert work.share(next(work.batches(0, (turns[2][0], 0)))).position == turns[2][0]
    assert task.unit == "entries"


@by_engine
@pytest.mark.parametrize("table", ["word", "context", "word_bias", "context_bias"])
def test_what_runs_away_is_named(engine: dict[str, Any], table: str) -> None:
    task = task_of(GloVe(topics(60), **SMALL, **engine))
    assert task.fault(everywhere=True) is None
    assert task.fault() is None
    getattr(task.network, table).weight[3, 0] = math.nan if table == "word" else -2e4
    word = task.vocabulary.words[3]
    assert task.fault(everywhere=True) == (
        f"a number in the {table.replace('_', ' ')} of {word!r} is {'nan' if table == 'word' else '-2e+04'}"
    )


@by_engine
def test_a_runaway_ends_training(engine: dict[str, Any]) -> None:
    corpus = topics(60)
    vectors = GloVe(corpus, **SMALL, epochs=1).train().vectors
    far = KeyedVectors(vectors.index_to_key, 1e6 * vectors.vectors)
    with pytest.raises(TrainingError, match=r"a number in the word of '\d-\d+' is .* try a tenth of that rate"):
        GloVe(corpus, **SMALL, **engine).train(init_from=far)


def test_bad_parameters_and_what_is_not_there() -> None:
    for name, value in (("x_max", 0.0), ("x_max", math.inf), ("alpha", -1.0), ("window", 0), ("memory_limit", -1)):
        with pytest.raises(DensevecError, match=f"^{name} must be"):
            GloVe(topics(9), **{name: value}).train()
    with pytest.raises(ParameterError, match="batch_size must be left at 1024 with the fused engine"):
        GloVe(topics(9), **SMALL, batch_size=64).train()
    with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
        GloVe(topics(9)).log_count("a", "b")


def test_files_that_hold_something_else(tmp_path: Any) -> None:
    model = GloVe(topics(60), **SMALL, epochs=1).train()
    model.save(tmp_path / "model")
    container = read_container(tmp_path / "model", mmap=False)
    container.metadata["parameters"]["dim"] = 9
    write_container(tmp_path / "wrong", container.tensors, container.words, container.metadata)
    with pytest.raises(FormatError, match="parameters and tensors do not make a GloVe model: dim is 9"):
        GloVe.load(tmp_path / "wrong")


def test_progress_counts_words_and_then_entries(capsys: pytest.CaptureFixture[str]) -> None:
    GloVe(topics(50), **SMALL, epochs=1).train(progress=True)
    shown = capsys.readouterr().err
    assert shown.index("words") < shown.index("entries")


def test_the_command_line_trains_it(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    text, path = tmp_path / "text.txt", tmp_path / "model"
    text.write_text("\n".join(" ".join(sentence) for sentence in Aviary(200)))
    options = ["--dim", "8", "--x-max", "5", "--distance-weighting", "linear", "--combine", "word", "--epochs", "2"]
    assert main(["train", "glove", str(text), "-o", str(path), *options, "--validation", str(text)]) == 0
    model = GloVe.load(path)
    assert (model.x_max, model.distance_weighting, model.combine) == (5.0, "linear", "word")
    shown = capsys.readouterr().err
    assert "a mean over entries (squares" in shown
    assert "entries/s" in shown
