"""Words that a BayesianSkipGram does not know, in their sentences: by spelling, by the sentence, and by both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram, DensityVectors
from densevec.errors import FormatError, MissingWordError, ParameterError
from densevec.formats import read_container, write_container
from densevec.models.bayesian_skipgram.reading import Reading
from densevec.models.bayesian_skipgram.tables import table_shapes
from densevec.models.bayesian_skipgram.unknown import Guess, UnknownWords, learn_unknown, summed
from densevec.models.bayesian_skipgram.windows import Windows
from densevec.models.ngram_fit import fit_ngrams, with_ngrams
from densevec.models.unseen import Pieces
from densevec.vectors import SubwordDensityVectors
from densevec.vectors.rows.unseen import LEVELS

SETTINGS = {"dim": 8, "hidden": 8, "epochs": 2, "min_count": 1, "workers": 1, "negative": 16, "evidence": None}
SUBWORDS = {"subwords": (3, 5), "buckets": 700}
SENTENCE = ["the", "takahe", "laid", "an", "egg", "in", "its", "burrow"]


@pytest.fixture(scope="module")
def models() -> dict[str, BayesianSkipGram]:
    return {
        "sentences": BayesianSkipGram(Aviary(400), **SETTINGS).train(),
        "both": BayesianSkipGram(Aviary(400), **SETTINGS, **SUBWORDS).train(),
        "diagonal": BayesianSkipGram(Aviary(250), **SETTINGS, **SUBWORDS, covariance="diag").train(),
    }


@pytest.mark.parametrize("name", ["sentences", "both", "diagonal"])
def test_an_unknown_word_has_a_density_in_its_sentence_and_the_file_keeps_it(models, name: str, tmp_path) -> None:
    model = models[name]
    vectors, posterior = model.vectors, model.posterior(SENTENCE, 1)
    assert "takahe" not in vectors
    assert type(vectors) is (DensityVectors if name == "sentences" else SubwordDensityVectors)
    assert posterior.variance.shape == ((8,) if name == "diagonal" else ())
    here = model.posterior(["the", "kiwi", *SENTENCE[2:]], 1)  # of a word that it knows
    assert posterior.variance.mean() > here.variance.mean()
    assert model.mean_region(SENTENCE, 1, 0.9).contains(posterior.mean, 0.9).item()
    assert vectors.most_similar((SENTENCE, 1), topn=3) == vectors.most_similar(posterior, topn=3)
    assert not np.allclose(posterior.mean, model.posterior(["a", "takahe", "sings"], 1).mean, atol=1e-3)
    model.save(tmp_path / "model")
    loaded = BayesianSkipGram.load(tmp_path / "model", check=True)
    for found, expected in (
        (loaded.posterior(SENTENCE, 1), posterior),
        (loaded.mean_region(SENTENCE, 1), model.mean_region(SENTENCE, 1)),
    ):
        np.testing.assert_array_equal(found.mean, expected.mean)
        np.testing.assert_array_equal(found.variance, expected.variance)


def test_answers_on_known_words_and_on_each_place_of_a_batch_are_their_own(models) -> None:
    plain, both = models["sentences"], models["both"]
    np.testing.assert_array_equal(plain.vectors.vectors, both.vectors.vectors)  # n-grams are fitted afterwards
    items = [(SENTENCE, 1), (SENTENCE, 4), (["zorgle", "the"], 0), (SENTENCE, 0)]
    for model in (plain, both):
        for item, found in zip(items, model.posterior_batch(items), strict=True):
            np.testing.assert_allclose(found.mean, model.posterior(*item).mean, rtol=1e-5, atol=1e-7)
            np.testing.assert_allclose(found.variance, model.posterior(*item).variance, rtol=1e-5)
    known = [place for place, token in enumerate(SENTENCE) if token in plain.vectors]
    assert len(known) > 5
    for place in known:
        np.testing.assert_array_equal(plain.posterior(SENTENCE, place).mean, both.posterior(SENTENCE, place).mean)


def test_without_context_an_unknown_word_is_what_its_n_grams_say_or_missing(models) -> None:
    for name in ("both", "diagonal"):
        found, expected = models[name].posterior(["kiwiish"], 0), models[name].vectors.density("kiwiish")
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(found.variance, expected.variance, rtol=1e-5)
    for tokens in (["kiwiish"], ["kiwiish", "zorgle"]):
        with pytest.raises(MissingWordError, match="kiwiish"):
            models["sentences"].posterior(tokens, 0)


def test_errors(models, tmp_path) -> None:
    with pytest.raises(ParameterError, match="must be unknown, got 'kiwi'"):
        models["both"].mean_region(["the", "kiwi"], 1)
    few = BayesianSkipGram([["kiwi", "emu", "moa"]] * 50, **SETTINGS).train()
    with pytest.raises(MissingWordError, match="zorgle"):
        few.posterior(["kiwi", "zorgle"], 1)
    models["sentences"].save(tmp_path / "model")
    container = read_container(tmp_path / "model")
    own = {name for name in container.tensors if ".unknown." in name}
    assert len(own) == 8
    older = {name: tensor for name, tensor in container.tensors.items() if name not in own}
    write_container(tmp_path / "older", older, container.words, container.metadata)
    loaded = BayesianSkipGram.load(tmp_path / "older")  # as versions before have written it
    np.testing.assert_array_equal(loaded.posterior(SENTENCE, 4).mean, models["sentences"].posterior(SENTENCE, 4).mean)
    with pytest.raises(MissingWordError, match="takahe"):
        loaded.posterior(SENTENCE, 1)
    for name in own:
        broken = {each: tensor for each, tensor in container.tensors.items() if each != name}
        write_container(tmp_path / "broken", broken, container.words, container.metadata)
        with pytest.raises(FormatError, match="unknown words in their sentences is not whole"):
            BayesianSkipGram.load(tmp_path / "broken")


def test_update_learns_it_again(models, tmp_path) -> None:
    models["both"].save(tmp_path / "model")
    model = BayesianSkipGram.load(tmp_path / "model")
    before = model.posterior(SENTENCE, 1)
    model.update([[*sentence, "quux"] for sentence in Aviary(100, seed=5)], epochs=1, progress=False)
    assert type(model.vectors) is SubwordDensityVectors and "quux" in model.vectors
    assert not np.array_equal(model.posterior(SENTENCE, 1).mean, before.mean)


@pytest.mark.parametrize("name", ["sentences", "both", "diagonal"])
def test_a_small_update_leaves_what_was_learned(models, name, tmp_path) -> None:
    models[name].save(tmp_path / "model")
    before = models[name].mean_region(SENTENCE, 1)
    for text in (
        [["the", "morepork", "laid", "an", "egg"]] * 10,
        list(Aviary(20, seed=5)),
        [["the", "kiwi", "sings"]] * 3,
    ):
        model = BayesianSkipGram.load(tmp_path / "model").update(text, epochs=1, progress=False)
        after = model.mean_region(SENTENCE, 1)
        assert after.semi_axes(0.9).mean() == pytest.approx(before.semi_axes(0.9).mean(), rel=0.2)
        assert np.linalg.norm(after.mean - before.mean) < 0.5 * np.linalg.norm(before.mean)


# Planted worlds


def test_fitted_n_grams_are_the_ridge_regression_of_the_words() -> None:
    random = np.random.default_rng(0)
    words = list(dict.fromkeys("".join(random.choice(list("abc"), 4)) for _ in range(60)))
    pieces, centre = Pieces.of(words, (3, 3), 40), random.normal(size=6)
    vectors = random.normal(size=(len(words), 6)).astype(np.float32)
    fitted = np.arange(len(words)) % 5 > 0
    found = fit_ngrams(pieces, 40, vectors, centre, fitted)
    np.testing.assert_array_equal(found, fit_ngrams(pieces, 40, vectors, centre, fitted, workers=3))
    hurried = fit_ngrams(pieces, 40, vectors, centre, fitted, is_hurried=lambda: True)
    np.testing.assert_allclose(hurried, np.broadcast_to(centre, (40, 6)), rtol=1e-6)
    means = np.zeros((len(words), 40))
    for row in np.flatnonzero(fitted):
        own = pieces.rows[pieces.offsets[row] + 1 : pieces.offsets[row + 1]] - len(words)
        np.add.at(means[row], own, 1 / len(own))
    expected = np.linalg.solve(means.T @ means + 0.05 * np.eye(40), means.T @ ((vectors - centre) * fitted[:, None]))
    np.testing.assert_allclose(found, expected + centre, atol=0.02)


def planted(seed: int, num_topics: int = 12, dim: int = 12) -> SimpleNamespace:
    """Words whose means are those of their topic, of their stem and their own, in sentences of their topic."""
    random = np.random.default_rng(seed)
    topics, stems = random.normal(size=(num_topics, dim)), random.normal(size=(60, dim)) * 0.7
    spellings = ["".join(random.choice(list("bdfgklmnprst"), 5)) for _ in stems]
    frequent = [f"{n}q{n}" for n in range(10 * num_topics)]
    rare = [f"{spellings[n % 60]}{chr(97 + n // 60 % 26)}{chr(97 + n // 1560)}" for n in range(4000)]
    rare = list(dict.fromkeys(rare))
    of_topic = random.integers(num_topics, size=len(rare))
    common = np.repeat(topics, 10, axis=0) + 0.3 * random.normal(size=(len(frequent), dim))
    own = topics[of_topic] + stems[np.arange(len(rare)) % 60] + 0.5 * random.normal(size=(len(rare), dim))
    means = np.concatenate([common, own]).astype(np.float32)
    ids, offsets = [], [0]
    for row, topic in enumerate(of_topic.tolist()):
        for _ in range(2):
            around = topic * 10 + random.integers(10, size=6)
            ids += [*around[:3], len(frequent) + row, *around[3:]]
            offsets.append(len(ids))
    counts = np.array([1000] * len(frequent) + [30] * len(rare))
    vectors = DensityVectors(frequent + rare, means, np.full(len(means), 0.5, np.float32), counts)
    order = random.permutation(len(rare)) + len(frequent)
    text = np.array(ids, np.int32), np.array(offsets)
    asked, taught = order[:1000], order[1000:2000]
    return SimpleNamespace(vectors=vectors, text=text, counts=counts, asked=asked, taught=taught, dim=dim)


def tables_of(world: SimpleNamespace, settings: Any) -> dict[str, Any]:
    tables = {n: np.zeros(shape, np.float32) for n, shape in table_shapes(settings, len(world.vectors)).items()}
    tables["prior_mean.weight"] = world.vectors.vectors
    tables["prior_log_variance.weight"] = np.log(world.vectors.variances)[:, None]
    return tables


@pytest.mark.parametrize("num_sentences", [1, 10, 100, 1_000, 4_000])
def test_an_update_goes_on_from_what_was_learned(num_sentences) -> None:
    """However little the new text is; of its places alone little is learned."""
    world = planted(1)
    settings = BayesianSkipGram(dim=world.dim, hidden=4).settings()
    tables, keep = tables_of(world, settings), np.ones(len(world.vectors))
    ids, offsets = world.text
    ends = offsets[[4_000, 4_000 + num_sentences]]
    first = ids[: ends[0]], offsets[:4_001]
    second = ids[ends[0] : ends[1]], offsets[4_000 : 4_001 + num_sentences] - ends[0]
    read = tables, settings, world.vectors
    before = learn_unknown(*read, first, keep, world.taught)
    places = np.flatnonzero(np.isin(ids, world.asked))
    windows = Windows.in_text(world.text, places, keep, settings)
    after, alone = (learn_unknown(*read, second, keep, world.taught, each) for each in (before, None))
    errors = {}
    for name, unknown in (("before", before), ("after", after), ("alone", alone)):
        if unknown is not None:
            guesses = [unknown.guess(world.vectors, "")] * len(places)
            means, _, error = unknown.read(tables, settings, guesses, windows)
            squares = (world.vectors.vectors[ids[places]] - means) ** 2
            errors[name], inside = squares.mean(), (squares / error).mean(1) <= unknown.reach_at(0.9)
            assert name == "alone" or abs(inside.mean() - 0.9) < 0.04
    assert errors["after"] < 1.01 * errors["before"]
    assert errors["after"] < errors.get("alone", np.inf) * (1.001 if num_sentences == 4_000 else 0.99)


def test_both_together_are_nearer_than_either_and_regions_hold_their_shares() -> None:
    """Of words left out of both, and of what they are calibrated by."""
    world = planted(1)
    dim, counts = world.dim, world.counts
    settings = BayesianSkipGram(dim=dim, hidden=4).settings()
    tables, keep = tables_of(world, settings), np.ones(len(world.vectors))
    left_out = np.concatenate([world.asked, world.taught])
    spelled = with_ngrams(world.vectors, left_out, (3, 5), 20_000, counts.astype(float), {})
    is_asked = np.isin(world.text[0], world.asked)
    places = np.flatnonzero(is_asked)
    known = world.vectors.vectors[world.text[0][places]]
    text = world.text[0][~is_asked], np.concatenate([[0], np.cumsum(~is_asked)])[world.text[1]]
    errors = {}
    for name, vectors in (("sentence", world.vectors), ("both", spelled)):
        unknown = learn_unknown(tables, settings, vectors, text, keep, world.taught)
        reading = Reading(tables, settings, vectors, counts, keep, unknown)
        sentences = [(vectors.index_to_key, world.text, place) for place in places.tolist()]
        items = [_sentence(*each) for each in sentences]
        windows = Windows.stacked([reading._window(*item) for item in items])
        guesses = [unknown.guess(vectors, tokens[at]) for tokens, at in items]
        means, variance, error = unknown.read(tables, settings, guesses, windows)
        np.testing.assert_allclose(variance, 1.0)  # the encoder's log variance is 0
        ratios = ((known - means) ** 2 / error).mean(1)
        for level in (0.5, 0.8, 0.9, 0.95):
            assert abs((ratios <= unknown.reach_at(level)).mean() - level) < 0.06
        errors[name] = ((known - means) ** 2).mean()
        errors["n-grams"] = ((known - np.array([guess.mean for guess in guesses])) ** 2).mean()
    assert errors["both"] < 0.8 * errors["sentence"]
    assert errors["both"] < 0.8 * errors["n-grams"]


def _sentence(words: list[str], text: Any, place: int) -> tuple[list[str], int]:
    row = int(np.searchsorted(text[1], place, side="right")) - 1
    begin, end = text[1][row : row + 2].tolist()
    return [words[i] for i in text[0][begin:end].tolist()], place - begin


def test_what_is_said_is_the_product_of_both_without_what_they_have_in_common() -> None:
    settings = BayesianSkipGram(dim=2, hidden=3).settings()
    random = np.random.default_rng(2)
    tables: dict[str, Any] = {n: np.zeros(shape, np.float32) for n, shape in table_shapes(settings, 4).items()}
    tables["prior_mean.weight"] = random.normal(size=(4, 2)).astype(np.float32)
    embedding, mean, map = np.zeros(2), random.normal(size=2), random.normal(size=(2, 2))
    unknown = UnknownWords(embedding, mean, np.array([2.0]), np.array([0.0]), map, 0.5, 3.0, np.ones(LEVELS))
    weight = np.array([[1.0, 0.5], [0.0, 0.0]], np.float32)
    windows = Windows(np.array([[1, 2], [3, 0]]), weight, np.zeros((2, 2), np.float32))
    sums, share = summed(tables, windows)
    np.testing.assert_allclose(share[:, 0], [1.5 / 4.5, 0])
    expected = (tables["prior_mean.weight"][1] + 0.5 * tables["prior_mean.weight"][2]) / 4.5
    np.testing.assert_allclose(sums, [expected, np.zeros(2)], atol=1e-7)
    guess = Guess(np.array([1.0, -1.0]), np.array([0.8]), np.array([0.3]))
    found, variance, error = unknown.read(tables, settings, [guess, guess], windows)
    doubt = 2 * (1 - 0.5 / 3)
    together = 1 / (1 / 0.8 + 1 / doubt - 1 / 2)
    said = mean + expected @ map
    np.testing.assert_allclose(found[0], together * (guess.mean / 0.8 + said / doubt - mean / 2), rtol=1e-6)
    np.testing.assert_allclose(error[:, 0], [3 * together, 0.8])
    np.testing.assert_allclose(found[1], guess.mean)  # no context
    np.testing.assert_allclose(variance[:, 0], [1.0, 0.3], rtol=1e-6)
