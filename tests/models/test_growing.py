"""Models that go on with another text."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from densevec import CBOW, Aviary, BayesianSkipGram, DensityWord2Vec, SkipGram, TextCorpus
from densevec._random import generator
from densevec.corpus import Phrases
from densevec.densities import Gaussian, kl_divergence
from densevec.errors import (
    CorpusError,
    FileError,
    FormatError,
    NotTrainedError,
    ParameterError,
    ParameterTypeError,
    TrainingWarning,
)
from densevec.formats import read_container, write_container
from densevec.layers.table import RowTable
from densevec.models import growing
from densevec.models.bayesian_skipgram.unknown import Learned
from densevec.models.parameters import ReadsEvidence
from densevec.models.tasks.growth import PriorPull, prior_share
from densevec.training import kernel
from densevec.training.tables import Weights
from tests.contracts.cases import assert_alike, contents
from tests.topics import topics

SUBWORDS = {"subwords": (3, 5), "buckets": 500}
FULL = os.environ.get("DENSEVEC_FULL_SWEEPS") == "1"
KINDS = {
    "skipgram": (SkipGram, {}),
    "skipgram of sub-words": (SkipGram, SUBWORDS),
    "skipgram by nce": (SkipGram, {"output_layer": "nce"}),
    "skipgram by torch": (SkipGram, {"engine": "torch", **SUBWORDS}),
    "cbow": (CBOW, {}),
    "cbow of sub-words": (CBOW, SUBWORDS),
    "density": (DensityWord2Vec, {}),
    "diagonal density": (DensityWord2Vec, {"covariance": "diag"}),
    "mixture": (DensityWord2Vec, {"components": 2, "noise_words": 4}),
    "density of sub-words": (DensityWord2Vec, SUBWORDS),
    "diagonal density by torch": (DensityWord2Vec, {"engine": "torch", "covariance": "diag", **SUBWORDS}),
    "bayesian": (BayesianSkipGram, {"negative": 16}),
    "bayesian of sub-words": (BayesianSkipGram, {"negative": 16, **SUBWORDS}),
    "bayesian, tied": (BayesianSkipGram, {"negative": 16, "tied": True}),
    "bayesian, affine": (BayesianSkipGram, {"negative": 16, "likelihood": "affine", "covariance": "diag"}),
}
OLD = list(Aviary(200))
NEW = [[*sentence, "zorgle", "quux"] if n < 60 else sentence for n, sentence in enumerate(Aviary(200, seed=5))]
STILL = {"learning_rate": 1e-30, "epochs": 1, "progress": False}
_trained: dict[str, bytes] = {}


def model(name: str, folder):
    """A model that was trained once, loaded from its file."""
    kind, settings = KINDS[name]
    path = folder / f"{name} {len(list(folder.iterdir()))}.safetensors"
    if name not in _trained:
        kind(OLD, dim=8, epochs=2, min_count=1, workers=1, **settings).train(progress=False).save(path)
        _trained[name] = path.read_bytes()
    path.write_bytes(_trained[name])
    return kind.load(path)


@pytest.mark.parametrize("name", KINDS)
def test_tables_go_on_from_where_they_are(name, tmp_path):
    """By steps of no length known words are what they were, whatever row they have come to."""
    grown = model(name, tmp_path)
    old, before = grown.vectors, {**grown._learned()}
    grown.update(NEW, **STILL)
    assert "zorgle" in grown.vectors and "zorgle" not in old
    place = [grown.vectors.get_index(word) for word in old.index_to_key]
    assert place != list(range(len(old)))
    kind = KINDS[name][0]
    if kind is BayesianSkipGram:  # the origin is again where the average word is
        shift = grown.vectors.vectors[place] - old.vectors
        np.testing.assert_allclose(shift, np.broadcast_to(shift[:1], shift.shape), atol=1e-5)
    else:
        np.testing.assert_allclose(grown.vectors.vectors[place], old.vectors, atol=2e-6)
    after = grown._learned()
    assert after.keys() == before.keys()
    for key, array in before.items():
        if key.endswith("ngrams"):
            assert (after[key] >= 0.9999 * np.asarray(array)).all()
        elif key.startswith("squares"):  # these grow by what was read
            one = len(array) // len(old)
            assert (np.asarray(after[key]).reshape(-1, one)[place] >= 0.9999 * np.reshape(array, (-1, one))).all(), key
        elif len(array) == len(old) and not key.endswith(("mean.weight", "decoder.bias.weight")):  # the origin's again
            np.testing.assert_allclose(np.asarray(after[key])[place], array, rtol=2e-5, atol=2e-6, err_msg=key)
    assert (grown.vectors.counts[place] >= old.counts).all()


@pytest.mark.parametrize("name", KINDS)
def test_the_same_in_memory_and_from_a_file(name, tmp_path):
    kind, settings = KINDS[name]
    in_memory = kind(OLD, dim=8, epochs=2, min_count=1, workers=1, **settings).train(progress=False)
    from_file = model(name, tmp_path)
    for each in (in_memory, from_file):
        each.update(NEW, progress=False)
    assert_alike(in_memory, from_file)
    assert in_memory.trained_on == from_file.trained_on
    assert (in_memory.trained_on["updates"], in_memory.trained_on["tokens"]) == (1, sum(map(len, NEW)))
    assert in_memory.trained_on["earlier_tokens"] == sum(map(len, OLD))
    from_file.save(tmp_path / "again")
    assert kind.load(tmp_path / "again").update(OLD, **STILL).trained_on["updates"] == 2


@pytest.mark.parametrize("kind", [SkipGram, CBOW, DensityWord2Vec, BayesianSkipGram])
def test_new_words_find_their_place_and_old_ones_keep_theirs(kind):
    every = topics(600)
    text, first = every[:300], "1-3"
    fresh = [[f"new_{word}" if word == first else word for word in sentence] for sentence in every[300:]]
    settings = {"dim": 16, "epochs": 8, "min_count": 1, "sample": 0, "workers": 1}
    grown = kind(text, **settings).train(progress=False)
    grown.update(fresh, progress=False)
    for word in (first, f"new_{first}"):
        near = grown.vectors.most_similar(word, topn=5)
        assert all("1-" in other for other, _ in near)  # words of its topic


def test_sub_words_know_a_new_word_before_it_is_learned(tmp_path):
    grown = model("skipgram of sub-words", tmp_path)
    made = grown.vectors["zorgle"].copy()
    grown.update(NEW, **STILL)
    assert np.linalg.norm(grown.vectors["zorgle"] - made) < 0.5 * np.linalg.norm(made)  # but for its own row, at random


def test_skipgram_is_in_the_end_the_mean_of_before_and_after_by_tokens(tmp_path, monkeypatch):
    averaged, free = model("skipgram", tmp_path), model("skipgram", tmp_path)
    old, before = averaged.vectors, dict(averaged._learned())
    averaged.update(NEW, progress=False)
    monkeypatch.setattr(SkipGram, "update_average", 0.0)
    free.update(NEW, progress=False)
    place = [free.vectors.get_index(word) for word in old.index_to_key]
    added = free.vectors.counts[place] - old.counts
    share = (0.5 * old.counts / (0.5 * old.counts + added))[:, None]
    assert share.min() < 0.5 < share.max() == 1
    found, after = averaged._learned(), free._learned()
    for name, array in before.items():
        expected = share * array + (1 - share) * np.asarray(after[name])[place]
        np.testing.assert_allclose(np.asarray(found[name])[place], expected, atol=1e-6)
    new = [word for word in free.vectors.index_to_key if word not in old]
    assert new
    for word in new:
        np.testing.assert_array_equal(averaged.vectors[word], free.vectors[word])


def test_every_update_draws_other_numbers(tmp_path):
    grown = model("skipgram", tmp_path)
    for word in ("first", "second"):
        grown.update([[word] * 3 + ["kiwi"]], **STILL)
    assert not np.allclose(grown.vectors["first"], grown.vectors["second"])


# The prior


def test_a_pull_minimises_what_it_says():
    """a KL(N‖N₀) + (1 − a) KL(N‖N₁): of any move away from the result it is greater."""
    random = generator(3, "test")
    before, now = ((random.normal(size=4), random.normal(size=1)) for _ in range(2))
    tables = [RowTable(torch.tensor(np.stack([part, part]).astype(np.float32))) for part in now]
    weights = Weights({}, torch.nn.ModuleDict({"mean": tables[0], "log_variance": tables[1]}))
    learned = {
        "mean.weight": before[0][None].astype(np.float32),
        "log_variance.weight": before[1][None].astype(np.float32),
    }
    share = 0.3
    pairs = [("mean.weight", "log_variance.weight")]
    pull = PriorPull(weights, {**learned}, np.array([-1, 0]), pairs, np.array([0.0, share]))
    pull.on_epoch_end(None, None)  # type: ignore[arg-type]
    np.testing.assert_allclose(tables[0].weight[0], now[0], rtol=1e-6)  # a new word is let alone
    found = [table.weight[1].double().numpy() for table in tables]

    def cost(mean, log_variance):
        parts = [torch.tensor(mean), torch.tensor(log_variance)]
        sides = [kl_divergence(*parts, *map(torch.tensor, other)).item() for other in (before, now)]
        return share * sides[0] + (1 - share) * sides[1]

    for _ in range(20):
        step = [0.05 * random.normal(size=4), 0.05 * random.normal(size=1)]
        assert cost(*found) < cost(found[0] + step[0], found[1] + step[1])


def test_where_nothing_is_added_rows_are_copied():
    share = prior_share(np.array([5e-324, 0.0, 3.0]), np.array([0, 0, 1]))
    assert share.tolist() == [1, 1, 0.75]
    was = {"mean.weight": np.array([[-0.0, 0.1], [0.3, -0.0], [1, 1]], np.float32)}
    table = RowTable(torch.ones(3, 2))
    weights = Weights({}, torch.nn.ModuleDict({"mean": table}))
    PriorPull(weights, was, np.arange(3), (), share).pull()
    assert table.weight[:2].numpy().tobytes() == was["mean.weight"][:2].tobytes()


@pytest.mark.parametrize(
    "name",
    [
        "density",
        "diagonal density",
        "mixture",
        "density of sub-words",
        "diagonal density by torch",
        "bayesian",
        "bayesian, affine",
    ],
)
def test_with_a_heavy_prior_nothing_moves(name, tmp_path):
    free, held = model(name, tmp_path), model(name, tmp_path)
    old = held.vectors
    free.update(NEW, progress=False)
    held.update(NEW, progress=False, prior_weight=1e6)
    place = [held.vectors.get_index(word) for word in old.index_to_key]
    moved = held.vectors.vectors[place] - old.vectors
    assert np.abs(moved).max() < 1e-3 < np.abs(free.vectors.vectors[place] - old.vectors).max()
    assert held.vectors.counts.tolist() == free.vectors.counts.tolist()
    if "sub-words" in name or "torch" in name:  # n-grams of known words are held, too
        known = np.unique(np.concatenate([old.subwords.rows_of(word) for word in old.index_to_key]))
        moved = [np.abs(each.vectors.subwords.rows - old.subwords.rows)[known].max() for each in (held, free)]
        assert moved[0] < 1e-3 < moved[1]
        np.testing.assert_array_equal(held.vectors["kiwiish"], held.vectors.subwords.vector("kiwiish"))


@pytest.mark.parametrize("name", [name for name, (kind, _) in KINDS.items() if issubclass(kind, ReadsEvidence)])
def test_with_a_prior_words_that_the_text_lacks_are_what_they_were(name, tmp_path):
    """All that is learned of them: vectors, tables of contexts and of the encoder."""
    grown = model(name, tmp_path)
    old, before = grown.vectors, {**grown._learned()}
    lacking = set(old.index_to_key[::2])
    text = [[word for word in sentence if word not in lacking] for sentence in NEW]
    grown.update(text, progress=False, prior_weight=0.5)
    after = grown._learned()
    theirs, rows = ([vectors.get_index(word) for word in lacking] for vectors in (old, grown.vectors))
    for now, was in zip(grown.vectors._state.rows.as_mixtures(), old._state.rows.as_mixtures(), strict=True):
        assert now[rows].tobytes() == was[theirs].tobytes()
    for key, array in before.items():
        if not key.startswith("squares") and key not in grown._dense():
            was, now = (
                np.reshape(each, (len(vectors), -1)) for each, vectors in ((array, old), (after[key], grown.vectors))
            )
            assert now[rows].tobytes() == was[theirs].tobytes(), key


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_n_grams_know_nothing_of_words_left_out_in_an_update(engine, tmp_path):
    """Words that were left out and are rare still stay so; a tenth of the new ones may join them."""
    rare = [[f"q{chr(97 + n // 26)}{chr(97 + n % 26)}x", "the"] for n in range(60)] * 3
    settings = {"dim": 8, "epochs": 1, "min_count": 1, "workers": 1, "subwords": (3, 5), "buckets": 20_000}
    grown = DensityWord2Vec(OLD, engine=engine, **settings).train(progress=False)
    old, before = grown.vectors, grown._left_out
    assert len(before) == old.unseen.num_left_out > 0
    was = {old.index_to_key[row] for row in before}
    grown.update(rare + OLD[:60], progress=False)
    now = {grown.vectors.index_to_key[row] for row in grown._left_out}
    new = {sentence[0] for sentence in rare}
    assert was <= now <= was | new
    assert 1 <= len(now - was) <= 6 and grown.vectors.unseen.num_left_out == len(now)
    grown.save(tmp_path / "again")
    np.testing.assert_array_equal(DensityWord2Vec.load(tmp_path / "again")._left_out, grown._left_out)
    learned = {row for word in grown.vectors if word not in now for row in old.subwords.rows_of(word).tolist()}
    own = {row for word in now for row in old.subwords.rows_of(word).tolist()} - learned
    moved = np.abs(grown.vectors.subwords.rows - old.subwords.rows).max(1)
    assert own
    assert (moved[sorted(own)] < 1e-6).all()
    of_new = {row for word in new - now for row in old.subwords.rows_of(word).tolist()}
    assert (moved[sorted(of_new)] > 1e-3).mean() > 0.2


@pytest.mark.parametrize("kind", [SkipGram, BayesianSkipGram])
def test_words_find_room_by_a_larger_vocabulary(kind, tmp_path, caplog):
    kind(OLD, dim=8, epochs=1, sample=0, max_vocab_size=30).train(progress=False).save(tmp_path / "model")
    grown, text = kind.load(tmp_path / "model"), [["the", "zorgle", "quux"]] * 9
    with pytest.raises(CorpusError, match="30 words fill max_vocab_size=30; give update a larger max_vocab_size"):
        grown.update([["zorgle", "quux"]] * 9, progress=False)
    with pytest.warns(TrainingWarning, match="lower min_count, or give update a larger max_vocab_size$"):
        grown.update(text, progress=False)
    assert len(grown.vectors) == 30 and "2 new words, such as 'quux', come often enough" in caplog.text
    grown.update(text, max_vocab_size=31, progress=False)
    assert len(grown.vectors) == 31 and "quux" in grown.vectors
    grown.update(text, max_vocab_size=100, progress=False)
    assert len(grown.vectors) == 32 and grown.max_vocab_size == 30
    with pytest.raises(ParameterError, match="max_vocab_size must be"):
        grown.update(text, max_vocab_size=0)


# What cannot be


def test_errors_are_sentences_and_leave_the_model_as_it_was(tmp_path):
    with pytest.raises(NotTrainedError):
        SkipGram().update(NEW)
    grown = model("skipgram", tmp_path)
    before, history = contents(grown), grown.history
    for text, told, error in [
        ([["nothing", "known"]], {"min_count": 5}, CorpusError),
        (NEW, {"learning_rate": 0}, ParameterError),
        (NEW, {"epochs": 0}, ParameterError),
        (NEW, {"min_count": 0}, ParameterError),
        (NEW, {"callbacks": 7}, ParameterTypeError),
        (NEW, {"prior_weight": 1}, ParameterTypeError),
        (NEW, {"window": 3}, ParameterTypeError),
    ]:
        with pytest.raises(error):
            grown.update(text, **told)
    with pytest.raises(ParameterError, match="prior_weight must be"):
        model("density", tmp_path).update(NEW, prior_weight=-1)
    assert_alike(grown, before)
    assert grown.history is history
    with pytest.raises(ParameterError, match="'hierarchical' and 'class'"):
        SkipGram(OLD, dim=4, output_layer="hierarchical", epochs=1).train(progress=False).update(NEW)


def cut(line):
    return line.split()


def test_a_corpus_with_rules_of_its_own_is_refused_as_training_refuses_it(tmp_path):
    text, new = [["The", "KIWI", "sleeps"], ["a", "bird", "sleeps"]] * 30, [["The", "KIWI"]] * 9
    grown = SkipGram(text, dim=4, min_count=1, epochs=1, sample=0, lowercase=True, tokenizer=cut).train()
    grown.save(tmp_path / "model")
    before = contents(grown)
    (tmp_path / "text").write_text("The KIWI\n" * 9)
    rules = {"lowercase": True, "tokenizer": cut}
    for each in (grown, SkipGram.load(tmp_path / "model")):
        with pytest.raises(
            ParameterError, match=r"lowercase must be the model's own, True, in a TextCorpus .*got False"
        ):
            each.update(TextCorpus(new))
        with pytest.raises(ParameterError, match=r"tokenizer must be the model's own, '.*\.cut', .*got 'whitespace'"):
            each.update(TextCorpus(tmp_path / "text", lowercase=True))
        with pytest.raises(ParameterError, match=r"normalize must be the model's own, None, .*got 'NFC'"):
            each.update(TextCorpus(new, lowercase=True, normalize="NFC"))
        with pytest.raises(ParameterError, match=r"phrases must be the model's own, None, .*got Phrases"):
            each.update(TextCorpus(new, phrases=Phrases(text).train(), lowercase=True))
        assert_alike(each, before)
    for corpus in (new, TextCorpus(new, lowercase=True), TextCorpus(tmp_path / "text", errors="replace", **rules)):
        assert not {"The", "KIWI"} & set(grown.update(corpus, epochs=1).vectors.words)
    loaded = SkipGram.load(tmp_path / "model")
    loaded.update(TextCorpus(tmp_path / "text", **rules), epochs=1)  # cut by the function that the file names
    assert loaded.vectors.get_vecattr("kiwi", "count") == 39


def keep(word, count, min_count):
    return word != "zorgle" or None


def test_a_function_that_a_file_does_not_hold_is_asked_for(tmp_path):
    SkipGram(OLD, dim=4, min_count=1, epochs=1, trim_rule=keep, tokenizer=cut).train(progress=False).save(
        tmp_path / "model"
    )
    loaded = SkipGram.load(tmp_path / "model")
    before = contents(loaded)
    message = (
        rf"^trim_rule must be a function, got the name of one, '{__name__}.keep', .* or None, .*trim_rule=\.\.\.\)$"
    )
    with pytest.raises(ParameterError, match=message):
        loaded.update(NEW)
    assert_alike(loaded, before)
    loaded.set_params(trim_rule=keep).update(NEW, min_count=61, progress=False)
    assert "zorgle" not in loaded.vectors
    loaded.save(tmp_path / "again")
    again = SkipGram.load(tmp_path / "again").set_params(trim_rule=None)
    assert "zorgle" in again.update(NEW, progress=False).vectors
    with pytest.raises(
        ParameterError, match=r"tokenizer must be a function, got the name .* or 'whitespace', in Python"
    ):
        again.fit(OLD)
    with pytest.raises(ParameterTypeError, match="trim_rule must be a function of a word"):
        SkipGram(OLD, trim_rule="keep").train()


def test_phrases_of_a_corpus_are_the_models_own_once_it_was_loaded(tmp_path):
    text = [["new", "york", "sleeps"], ["a", "bird", "sleeps"]] * 30
    phrases = Phrases(text, threshold=0.1).train()
    phrases.save(tmp_path / "phrases")
    SkipGram(TextCorpus(text, phrases=phrases), dim=4, min_count=1, epochs=1, sample=0).train().save(tmp_path / "model")
    loaded = SkipGram.load(tmp_path / "model")
    with pytest.raises(ParameterError, match=r"phrases must be the model's own, Phrases.*got None"):
        loaded.update(TextCorpus(text))
    loaded.update(TextCorpus(text, phrases=Phrases.load(tmp_path / "phrases")), epochs=1)


def test_vectors_alone_and_older_files_are_refused(tmp_path, monkeypatch):
    grown = model("density", tmp_path)
    grown.vectors.save(tmp_path / "vectors")
    with pytest.raises(FormatError, match="expected a DensityWord2Vec model"):
        DensityWord2Vec.load(tmp_path / "vectors")
    monkeypatch.setattr(DensityWord2Vec, "_tensors", lambda self: {})
    grown.save(tmp_path / "older")
    monkeypatch.undo()
    older = DensityWord2Vec.load(tmp_path / "older")
    with pytest.raises(ParameterError, match="of an older version"):
        older.update(NEW)
    assert older.vectors.most_similar("kiwi")
    edited = model("skipgram", tmp_path)
    edited.vectors.add_vectors(["added"], np.ones((1, 8)))
    with pytest.raises(ParameterError, match="load the model's own file again"):
        edited.update(NEW)


def test_interrupted_the_model_is_as_it_was(tmp_path):
    grown = model("bayesian", tmp_path)
    before = contents(grown)
    seen = []

    def cut(model, report):
        seen.append("zorgle" in model.vectors)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(ParameterTypeError, match=r"^callbacks must have a method on_epoch_end\(model, report\), got"):
        grown.update(NEW, callbacks=[SimpleNamespace(on_epoch_end=seen.append)], progress=False)
    with pytest.raises(KeyboardInterrupt):
        grown.update(NEW, callbacks=[SimpleNamespace(on_epoch_end=cut)], progress=False)
    assert seen == [False]
    assert_alike(grown, before)
    posterior = grown.posterior(["the", "kiwi", "laid", "an", "egg"], 1)
    grown.update(NEW, progress=False)
    assert isinstance(posterior, Gaussian) and grown.posterior(["zorgle", "quux"], 0).dim == 8


@pytest.mark.parametrize(
    "name",
    [
        "skipgram",
        "skipgram of sub-words",
        "skipgram by torch",
        "cbow",
        "density",
        "density of sub-words",
        "diagonal density by torch",
        "bayesian",
    ],
)
def test_an_update_that_was_cut_goes_on_to_the_same_bits(name, tmp_path):
    told: dict = {"epochs": 3, "progress": False}
    if KINDS[name][0] in (DensityWord2Vec, BayesianSkipGram):
        told["prior_weight"] = 0.5  # what words were is the base model's, not the checkpoint's
    whole, cut, later = (model(name, tmp_path) for _ in range(3))
    whole.update(NEW, **told)

    def stop(model, report):
        if report.epoch == 0:
            signal.raise_signal(signal.SIGINT)

    path = tmp_path / "cut.checkpoint"
    with pytest.raises(KeyboardInterrupt):
        cut.update(NEW, **told, checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)])
    assert "zorgle" not in cut.vectors
    seen = []
    note = SimpleNamespace(on_epoch_end=lambda model, report: seen.append(report.epoch))
    if "prior_weight" in told:
        with pytest.raises(ParameterError, match=r"prior_weight was 0\.5 and is 0\.25"):
            later.update(NEW, **{**told, "prior_weight": 0.25}, resume=path)
    later.update(NEW, **told, resume=path, callbacks=[note])
    assert seen == [1, 2] and len(later.history) == 3
    assert_alike(whole, later)
    assert later.trained_on == whole.trained_on


def test_an_update_does_not_go_on_from_another_training(tmp_path):
    grown, path = model("skipgram", tmp_path), tmp_path / "a.checkpoint"

    def stop(model, report):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        grown.update(NEW, epochs=3, progress=False, checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)])
    with pytest.raises(ParameterError, match="epochs was 3 and is 2"):
        grown.update(NEW, epochs=2, resume=path, progress=False)
    with pytest.raises(CorpusError, match="is of a training on another text"):
        grown.update(NEW[:-1], epochs=3, resume=path, progress=False)
    with pytest.raises(
        ParameterError, match=r"a checkpoint of a training, got .*of update 1 of a model: update\(resume"
    ):
        SkipGram(NEW, dim=8, epochs=3, min_count=1).train(resume=path)
    grown.update(NEW, epochs=1, progress=False)
    with pytest.raises(ParameterError, match=r"a checkpoint of update 2 of a model, got .*of update 1"):
        grown.update(NEW, epochs=3, resume=path, progress=False)
    with pytest.raises(KeyboardInterrupt):
        SkipGram(NEW, dim=8, epochs=3, min_count=1).train(
            progress=False, checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)]
        )
    before = contents(grown)
    with pytest.raises(
        ParameterError, match=r"a checkpoint of update 2 of a model, got .*of a training: train\(resume"
    ):
        grown.update(NEW, resume=path, progress=False)
    with pytest.raises(ParameterError, match="checkpoint_minutes must be"):
        grown.update(NEW, checkpoint_minutes=-1)
    assert_alike(grown, before)


def test_an_update_does_not_go_on_from_that_of_another_model(tmp_path):
    """Of the same words and parameters: what it goes on from decides what comes of it."""
    path, told = tmp_path / "a.checkpoint", {"epochs": 3, "progress": False}
    given = model("skipgram", tmp_path).vectors

    def stop(model, report):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        model("skipgram", tmp_path).update(NEW, **told, checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)])
    other = SkipGram(OLD, dim=8, epochs=2, min_count=1, workers=1).train(init_from=given, progress=False)
    with pytest.raises(ParameterError, match=r"digest of the model before was '\w{64}' and is '\w{64}'; go on with"):
        other.update(NEW, **told, resume=path)
    container = read_container(path, mmap=False)
    facts = {**container.metadata["facts"], "update": {"number": 1, "prior_weight": 0.0}}  # of an earlier version
    write_container(path, container.tensors, container.words, {**container.metadata, "facts": facts})
    model("skipgram", tmp_path).update(NEW, **told, resume=path)


def raw(tokens: str) -> list[str]:
    """A tokenizer that a file keeps the name of."""
    return tokens.split()


@pytest.mark.parametrize("kind", [SkipGram, CBOW, DensityWord2Vec, BayesianSkipGram])
@pytest.mark.parametrize("rules", [{"lowercase": True}, {"tokenizer": "words", "normalize": "NFC"}, {"tokenizer": raw}])
def test_an_update_goes_on_from_a_file_where_the_corpus_brought_its_rules(kind, rules, tmp_path):
    """The model that began the update, in memory or loaded, has read its text by them."""
    path, text = tmp_path / "u.checkpoint", [" ".join(sentence).title() for sentence in OLD]
    lines, more = tmp_path / "text", [[word.title() for word in sentence] for sentence in NEW]
    lines.write_text("\n".join(text))
    grown = kind(TextCorpus(lines, **rules), dim=8, epochs=1, min_count=1, workers=1).train(progress=False)
    grown.save(tmp_path / "grown")

    def stop(model, report):
        signal.raise_signal(signal.SIGINT)

    told = {"epochs": 2, "min_count": 1, "progress": False}
    whole = kind.load(tmp_path / "grown").set_params(tokenizer=rules.get("tokenizer", "whitespace"))
    whole.update(more, **told)
    with pytest.raises(KeyboardInterrupt):
        grown.update(more, **told, checkpoint=path, callbacks=[SimpleNamespace(on_epoch_end=stop)])
    later = kind.load(tmp_path / "grown").set_params(tokenizer=rules.get("tokenizer", "whitespace"))
    for each in (grown, later):
        each.update(more, **told, resume=path, checkpoint=tmp_path / "another")
        assert_alike(whole, each)
        assert each.trained_on == whole.trained_on


@pytest.mark.parametrize("name", ["skipgram", "density", "bayesian"])
def test_an_update_is_by_what_the_model_was_trained_with(name, tmp_path):
    """Whatever its parameters have become since."""
    plain, changed = model(name, tmp_path), model(name, tmp_path)
    changed.set_params(dim=5, window=2, sample=0.5, learning_rate=1.0, seed=9, lowercase=True, epochs=7)
    for each in (plain, changed):
        each.update(NEW, progress=False)
    assert_alike(plain, changed)
    with pytest.raises(FileError, match="cannot be written: No such file or directory"):
        plain.update(NEW, checkpoint=tmp_path / "no" / "such")


@pytest.mark.parametrize("name", ["skipgram", "cbow", "density"])
def test_an_update_is_by_the_engine_that_it_is_told(name, tmp_path):
    """As of a model that "auto" trained on a GPU, where there is none."""
    grown = model(name, tmp_path)
    grown._origin = replace(grown._origin, parameters={**grown._origin.parameters, "batch_size": 99})
    with pytest.raises(ParameterError, match=r"must be left at 256 with the fused .*try engine='torch'"):
        grown.update(NEW, **STILL)
    grown.set_params(engine="torch").update(NEW, **STILL)
    assert "zorgle" in grown.vectors


def test_the_weight_of_a_prior_is_any_number(tmp_path, caplog):
    path, grown = tmp_path / "a.checkpoint", model("density", tmp_path)
    grown.update(NEW, prior_weight=Fraction(1, 2), epochs=1, progress=False, checkpoint=path, checkpoint_minutes=0)
    assert path.exists() and not caplog.messages
    plain = model("density", tmp_path).update(NEW, prior_weight=0.5, epochs=1, progress=False)
    assert (grown.vectors.vectors == plain.vectors.vectors).all()


@pytest.mark.parametrize("name", ["density", "bayesian"])
def test_an_update_goes_on_where_reading_evidence_was_cut(name, tmp_path, monkeypatch):
    path, grown = tmp_path / "a.checkpoint", model(name, tmp_path)
    whole = model(name, tmp_path).update(NEW, epochs=1, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(growing, "learn_inference", lambda *_, **__: signal.raise_signal(signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            grown.update(NEW, epochs=1, progress=False, checkpoint=path)
    monkeypatch.setattr(kernel.KernelEngine, "step", None)  # no step is left
    grown.update(NEW, epochs=1, progress=False, resume=path)
    assert grown.vectors.vectors.tobytes() == whole.vectors.vectors.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["skipgram", "skipgram of sub-words", "density", "density of sub-words", "bayesian", "bayesian of sub-words"],
)
def test_fault_47_many_updates_with_random_new_words(name, tmp_path):
    random_updates(model(name, tmp_path), 1000 if FULL else 8)


def random_updates(grown, number: int) -> None:
    """Small updates, each with words that nobody has seen."""
    random = generator(47, "updates", grown.trained_on.get("updates", 0))
    for _ in range(number):
        known = grown.vectors.index_to_key
        new = ["".join(chr(c) for c in random.integers(97, 123, 7)) for _ in range(int(random.integers(0, 12)))]
        words = [*new, *(known[row] for row in random.integers(len(known), size=20))]
        text = [[words[row] for row in random.integers(len(words), size=int(random.integers(1, 12)))] for _ in range(8)]
        text.append(new or [known[0]])
        size = len(known)
        grown.update(text, epochs=1, min_count=1, progress=False)
        assert len(grown.vectors) == size + len(set(new) - set(known))
        assert np.isfinite(grown.vectors.vectors).all() and (np.diff(grown.vectors.counts) <= 0).all()


@pytest.mark.parametrize("name", ["skipgram", "density", "bayesian"])
def test_counts_that_were_set_are_none_of_the_texts(name, tmp_path):
    grown, plain = model(name, tmp_path), model(name, tmp_path)
    grown.vectors.set_vecattr("kiwi", "count", 10**6)
    grown.save(tmp_path / "set")
    for each in (plain, grown, loaded := KINDS[name][0].load(tmp_path / "set")):
        each.update(NEW, epochs=1, progress=False)
    assert_alike(grown, plain)
    assert_alike(loaded, plain)


@pytest.mark.parametrize("name", ["density", "bayesian"])
def test_a_bound_that_was_set_decides_after_an_update(name, tmp_path):
    grown = model(name, tmp_path)
    grown.vectors.entailment_bound = 5.0
    grown.update(NEW, epochs=1, progress=False)
    assert grown.vectors.entailment_bound == 5.0
    assert grown.vectors.entailment_limit("kiwi", "the") == 5.0


@pytest.mark.parametrize("name", ["skipgram", "bayesian"])
def test_pickles_of_earlier_versions_answer(name, tmp_path):
    trained = model(name, tmp_path)
    state = dict(vars(trained))
    vars(state["_weights"]).pop("_make", None)  # which they lack
    if name == "bayesian":
        packed = Learned()
        packed.words = state["_unknown"]
        state["_unknown"] = packed
    again = object.__new__(type(trained))
    again.__setstate__(state)
    sentence = ["the", "kiwi", "laid", "an", "egg"]
    assert again.substitutes(sentence, 1) == trained.substitutes(sentence, 1)


def test_errors_that_were_set_are_in_the_file(tmp_path):
    text = tmp_path / "latin.txt"
    text.write_bytes(b"the caf\xe9 of the kiwi\n" * 5)
    trained = model("skipgram", tmp_path).set_params(errors="replace")
    trained.save(tmp_path / "set.safetensors")
    again = SkipGram.load(tmp_path / "set.safetensors")
    assert trained.reading()["errors"] == again.reading()["errors"] == "replace"
    assert "caf\ufffd" in again.update(text, epochs=1, progress=False).vectors


@pytest.mark.parametrize("name", ["skipgram", "density", "bayesian"])
def test_attributes_of_words_stay(name, tmp_path):
    grown = model(name, tmp_path)
    given = {"colour": "brown", "year": 1905, "size": 0.5, "is_old": True}
    for key, value in given.items():
        grown.vectors.set_vecattr("kiwi", key, value)
    grown.update(NEW, **STILL)
    grown.save(tmp_path / "grown")
    vectors = KINDS[name][0].load(tmp_path / "grown").vectors
    assert {key: vectors.get_vecattr("kiwi", key) for key in given} == given
    for word in ("the", "zorgle"):
        assert [vectors.get_vecattr(word, key) for key in given] == ["", 0, 0.0, False]
