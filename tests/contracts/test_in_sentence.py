"""Wherever vectors take a word, those of a model that reads sentences take (tokens, position), and answer alike."""

from __future__ import annotations

import copy
import inspect
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram, DensityVectors, EmbedAlign, Gaussian, KeyedVectors
from densevec.corpus import Vocabulary
from densevec.errors import MissingWordError, ParameterError
from densevec.models.bayesian_skipgram.sentences import Sentences
from densevec.vectors import MixtureVectors
from tests.contracts.cases import ESTIMATORS, make, trained

TOKENS = ["the", "kiwi", "laid", "an", "egg", "in", "its", "burrow"]
PLACE = (TOKENS, 1)
OTHER = (TOKENS, 4)  # egg

# every method of densities that takes items → calls with a word in its sentence, x, or another one, y
CALLS: dict[str, list[Callable[[Any, Any, Any], Any]]] = {
    "closer_than": [lambda v, x, y: v.closer_than(x, "egg")],
    "density": [lambda v, x, y: v.density(x).mean],
    "distance": [lambda v, x, y: v.distance(x, "egg")],  # of two in their sentences: see below
    "distances": [lambda v, x, y: v.distances(x, ["egg", "laid"])],
    "divergence": [lambda v, x, y: v.divergence(x, y, "wasserstein2")],
    "entailment": [lambda v, x, y: v.entailment(x, "egg"), lambda v, x, y: v.entailment("laid", y)],
    "entailment_batch": [lambda v, x, y: v.entailment_batch([x, "laid"], ["egg", y])],
    "entailment_limit": [lambda v, x, y: v.entailment_limit(x, "egg"), lambda v, x, y: v.entailment_limit("laid", y)],
    "entailment_probability": [lambda v, x, y: v.entailment_probability(x, y, prior=0.2)],
    "entailment_probability_batch": [lambda v, x, y: v.entailment_probability_batch([x, "laid"], ["its", y])],
    "entails": [lambda v, x, y: v.entails(x, y)],
    "entropy": [lambda v, x, y: v.entropy(x)],
    "generality": [lambda v, x, y: v.generality(x)],
    "get_mean_vector": [lambda v, x, y: v.get_mean_vector([x, "egg", y])],
    "hypernym_scores": [lambda v, x, y: _without_kiwi(v, v.hypernym_scores(x))],
    "hypernyms": [lambda v, x, y: v.hypernyms(x, topn=5, within=["egg", "laid", "its"])],
    "hyponyms": [lambda v, x, y: v.hyponyms(x, topn=5, within=["egg", "laid", "its"])],
    "inclusion": [lambda v, x, y: v.inclusion(x, y)],
    "kl_divergence": [lambda v, x, y: v.kl_divergence(x, y), lambda v, x, y: v.kl_divergence("egg", x)],
    "mean": [lambda v, x, y: v.mean(x) if isinstance(x, tuple) else x.mean.astype(np.float32)],
    "most_similar": [
        lambda v, x, y: v.most_similar(x, topn=9, measure="kl_from_query", within=["egg", "laid", "its"]),
        lambda v, x, y: v.most_similar([x, "egg"], [y], within=["laid", "its"]),
        lambda v, x, y: v.most_similar([(x, 0.5), y], within=["laid", "its"]),
        lambda v, x, y: v.most_similar(x, topn=None),
    ],
    "most_similar_batch": [lambda v, x, y: v.most_similar_batch([x, "egg", y], 2, within=["laid", "its"])],
    "most_similar_cosmul": [lambda v, x, y: _only(v.most_similar_cosmul([x, "egg"], [y], topn=40), "kiwi", "egg")],
    "most_similar_to_given": [lambda v, x, y: v.most_similar_to_given(x, ["its", "laid"])],
    "n_similarity": [lambda v, x, y: v.n_similarity([x, "its"], [y])],
    "nearest_by_uncertainty": [lambda v, x, y: v.nearest_by_uncertainty(x, within=["egg", "laid"])],
    "rank": [lambda v, x, y: v.rank(x, "egg") - (0 if isinstance(x, tuple) else _is_before(v, x, "kiwi", "egg"))],
    "relative_cosine_similarity": [lambda v, x, y: v.relative_cosine_similarity(x, y) * _sum_of_nearest(v, x)],
    "scores": [lambda v, x, y: v.scores(x), lambda v, x, y: v.scores(x, ["egg"], measure="kl_to_query")],
    "senses": [
        lambda v, x, y: [sense.information for sense in v.senses("kiwi", [x, y])],
        lambda v, x, y: v.senses("kiwi", x)[0].lost,
    ],
    "similarity": [lambda v, x, y: v.similarity(x, "egg"), lambda v, x, y: v.similarity("egg", x)],
    "variance": [lambda v, x, y: v.variance(x) if isinstance(x, tuple) else np.asarray(x.variance, np.float32)],
}  # fmt: skip


def _sum_of_nearest(vectors: Any, item: Any) -> float:
    return sum(score for _, score in vectors.most_similar(item, topn=10))


def _without_kiwi(vectors: Any, scores: Any) -> Any:
    return np.delete(scores, vectors.get_index("kiwi"))  # which has −∞ in its own sentence


def _only(found: list[tuple[str, float]], *left_out: str) -> list[tuple[str, float]]:
    return [entry for entry in found if entry[0] not in left_out][:20]


def _is_before(vectors: Any, density: Any, word: str, other: str) -> bool:
    first, second = vectors.scores(density, [word, other])
    return bool(first > second)


@pytest.fixture(params=[BayesianSkipGram, EmbedAlign], ids=lambda kind: kind.__name__)
def model(request: pytest.FixtureRequest) -> Any:
    return trained(request.param)


def test_no_method_that_takes_an_item_is_left_out() -> None:
    takes = set()
    for name, method in inspect.getmembers(DensityVectors, inspect.isfunction):
        given = [hint for key, hint in method.__annotations__.items() if key != "return"]
        if not name.startswith("_") and any("Item" in str(hint) for hint in given):
            takes.add(name)
    assert takes == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_word_in_its_sentence_is_its_posterior(model: Any, name: str) -> None:
    vectors = model.vectors
    posteriors = model.posterior(*PLACE), model.posterior(*OTHER)
    for call in CALLS[name]:
        found, expected = call(vectors, PLACE, OTHER), call(vectors, *posteriors)
        if name == "closer_than":
            expected = [word for word in expected if word != "kiwi"]
        if isinstance(found, str | list) and not (found and isinstance(found[0], float)):
            assert repr(found) == repr(expected)
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_two_words_in_their_sentences_are_compared_with_what_these_say(model: Any) -> None:
    """EmbedAlign compares posteriors; a BayesianSkipGram u = m/|m| + .3 c/|c|, written out here."""
    vectors = model.vectors
    expected = vectors.similarity(model.posterior(*PLACE), model.posterior(*OTHER))
    if isinstance(model, BayesianSkipGram):
        tokens, counts = np.array(TOKENS), np.asarray(vectors.counts)
        keep = Vocabulary(vectors.index_to_key, counts).keep_probability(model.sample)
        sides = []
        for position in (1, 4):
            others = [k for k, token in enumerate(TOKENS) if k != position and token in vectors]
            weights = [keep[vectors.get_index(tokens[k])] / abs(k - position) ** 0.5 for k in others]
            said = np.array(weights) @ np.stack([vectors[word] for word in tokens[others]])
            own = vectors[tokens[position]]
            sides.append(own / np.linalg.norm(own) + 0.3 * said / np.linalg.norm(said))
        alone = vectors.similarity((["kiwi"], 0), (["egg"], 0))
        assert alone == pytest.approx(vectors.similarity("kiwi", "egg"), abs=1e-6)
        expected = sides[0] @ sides[1] / np.prod(np.linalg.norm(sides, axis=1))
    for x, y in ((PLACE, OTHER), (OTHER, PLACE)):
        assert vectors.similarity(x, y) == pytest.approx(expected, abs=1e-6)
        assert vectors.distance(x, y) == pytest.approx(1 - expected, abs=1e-6)
    assert vectors.similarity(PLACE, PLACE) == pytest.approx(1.0)


def test_lists_of_two_and_places_from_the_end_are_taken_too(model: Any) -> None:
    vectors = model.vectors
    assert vectors.similarity([TOKENS, 1], "egg") == vectors.similarity(PLACE, "egg")
    assert vectors.similarity((tuple(TOKENS), -7), "egg") == vectors.similarity(PLACE, "egg")
    assert vectors.similarity((np.array(TOKENS), np.int64(1)), "egg") == vectors.similarity(PLACE, "egg")


def test_the_word_itself_is_no_neighbour_and_no_broader_word(model: Any) -> None:
    vectors = model.vectors
    for found in (
        vectors.most_similar(PLACE, topn=len(vectors)),
        *vectors.most_similar_batch([PLACE], topn=len(vectors)),
        vectors.most_similar_cosmul([PLACE], topn=len(vectors)),
        vectors.nearest_by_uncertainty(PLACE, topn=None),
        vectors.hypernyms(PLACE, topn=None),
        vectors.hyponyms(PLACE, topn=None),
    ):
        assert "kiwi" not in [word for word, _ in found]
    assert not vectors.entails(PLACE, "kiwi")
    assert vectors.hypernym_scores(PLACE)[vectors.get_index("kiwi")] == -np.inf


def test_what_cannot_be_read_is_one_sentence(model: Any) -> None:
    with pytest.raises(ParameterError, match="position"):
        model.vectors.similarity((TOKENS, 8), "egg")
    with pytest.raises(MissingWordError, match="unheard-of"):
        model.vectors.similarity((["unheard-of"], 0), "egg")


def test_copies_and_selections_read_too_and_other_spaces_do_not(model: Any) -> None:
    vectors = model.vectors
    for same in (
        copy.copy(vectors),
        copy.deepcopy(vectors),
        vectors.select(["egg", "laid"]),
        vectors.stored_as("float16"),
    ):
        assert same.similarity(PLACE, model.posterior(*PLACE)) == pytest.approx(1.0)
    for other in (vectors.whitened(), vectors.reduced(3), vectors.aligned_to(vectors, anchors=["egg", "laid"])):
        with pytest.raises(ParameterError, match="asks for a word in its sentence"):
            other.similarity(PLACE, "egg")
        with pytest.raises(ParameterError, match="asks for a word in its sentence"):
            other.similarity(PLACE, OTHER)


def test_a_copied_or_pickled_model_reads_by_itself(model: Any, tmp_path: Any) -> None:
    model.save(tmp_path / "model")
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), type(model).load(tmp_path / "model")):
        assert other.vectors.similarity(PLACE, "egg") == pytest.approx(model.vectors.similarity(PLACE, "egg"))


def test_several_threads_may_ask_first(model: Any, tmp_path: Any, monkeypatch: Any) -> None:
    """A model that was loaded, and one whose vectors were edited: all of them have what is made once."""
    model.save(tmp_path / "model")
    loaded, begin = type(model).load(tmp_path / "model"), Barrier(4)

    def slow(name: str, seconds: float) -> None:
        make = getattr(type(model), name)
        monkeypatch.setattr(type(model), name, lambda *given: [time.sleep(seconds), make(*given)][1])

    def ask(_: int) -> list[float]:
        begin.wait()
        return loaded.posterior(*PLACE).mean.tolist()

    slow("_reader_of", 0.05)
    slow("_restore", 0.2)
    with ThreadPoolExecutor(4) as threads:
        for edited in (False, True):
            if edited:
                loaded.vectors["kiwi"] = loaded.vectors.density("egg")
            found = list(threads.map(ask, range(4)))
            assert found == [loaded.posterior(*PLACE).mean.tolist()] * 4


def small(kind: Any, **changes: Any) -> Any:
    return make(kind, **changes).train()


def said(vectors: Any) -> list[float]:
    """What vectors answer about words in their sentences, in numbers."""
    read = vectors.density(PLACE)
    return [*read.mean, *read.log_variance, vectors.similarity(PLACE, OTHER), vectors.kl_divergence(PLACE, "egg")]


def derived(vectors: Any) -> list[Any]:
    """These, and others that have come of them."""
    some = vectors.select(["egg", "kiwi", "the"])
    return [vectors, copy.copy(vectors), copy.deepcopy(vectors), some, copy.copy(some), vectors.stored_as("float16")]


def test_vectors_read_by_the_training_that_they_are_of(model: Any, tmp_path: Any) -> None:
    """Whatever the model becomes: trained again, in another space or of another dimension, updated, changed."""
    model.save(tmp_path / "model")
    for made in (lambda: small(type(model)), lambda: type(model).load(tmp_path / "model")):
        changed = made()
        old = derived(changed.vectors)
        before = [said(vectors) for vectors in old]
        for changes in ({"seed": 7}, {"seed": 1, "dim": 5}):
            changed.set_params(**changes, corpus=model.corpus).train()
            assert changed.vectors.density(PLACE).dim == changed.dim
            assert [said(vectors) for vectors in old] == before
    if isinstance(model, BayesianSkipGram):
        changed = type(model).load(tmp_path / "model")
        old = derived(changed.vectors)
        before = [said(vectors) for vectors in old]
        changed.update(Aviary(100, seed=3), progress=False)
        assert [said(vectors) for vectors in old] == before
        assert said(changed.vectors) != before[0]
        for first, second in (("kiwi", "bowl"), ("laid", "egg")):  # in a model's own vectors, then written into
            changed.vectors[first] = changed.vectors.density(second)
            assert [said(vectors) for vectors in old] == before


def test_edited_vectors_read_by_the_words_that_they_have(tmp_path: Any) -> None:
    """A copy by its own, the model's own as the model does, some words by theirs and those of the model."""
    trained(BayesianSkipGram).save(tmp_path / "model")
    model, twin = (BayesianSkipGram.load(tmp_path / "model") for _ in range(2))
    plain, density = said(model.vectors), Gaussian(2 * model.vectors["bowl"] + 1, 0.2)
    copied, some = copy.copy(model.vectors), model.vectors.select(["egg", "kiwi", "laid"])
    twin.vectors["laid"] = density  # beside the word that is asked
    expected = said(twin.vectors)
    assert expected != plain
    assert twin.posterior(*PLACE).mean.tolist() == twin.vectors.density(PLACE).mean.tolist()
    twin.save(tmp_path / "edited")
    assert said(BayesianSkipGram.load(tmp_path / "edited").vectors) == pytest.approx(expected, rel=1e-5)
    for vectors in (copied, some):
        vectors["laid"] = density
        assert said(vectors) == pytest.approx(expected, rel=1e-5)
        fewer = vectors.select(["egg", "kiwi"])
        assert said(fewer) == pytest.approx(expected, rel=1e-5)
        fewer["egg"] = fewer.density("egg")
        vectors["added"] = density
        assert said(vectors) == pytest.approx(expected, rel=1e-5)
        assert said(fewer) == pytest.approx(expected, rel=1e-5)
        vectors.sort_by_descending_frequency()
        vectors["laid"] = model.vectors.density("laid")
        assert said(vectors) == pytest.approx(plain, rel=1e-5)
        assert said(fewer) == pytest.approx(expected, rel=1e-5)
    assert said(model.vectors) == plain


def test_a_word_that_was_added_is_read_by_its_density(tmp_path: Any) -> None:
    """It is the density alone; in a sentence it is near it, where a word that nobody knows is not."""
    trained(BayesianSkipGram).save(tmp_path / "model")
    vectors = BayesianSkipGram.load(tmp_path / "model").vectors
    density, around = Gaussian(np.arange(vectors.vector_size), 0.2), ["laid", "an", "egg"]
    vectors["moa"] = density
    alone = vectors.density((["moa"], 0))
    np.testing.assert_allclose([*alone.mean, alone.variance], [*density.mean, density.variance], rtol=1e-6)
    assert vectors.similarity((["moa"], 0), (["egg"], 0)) == pytest.approx(vectors.similarity("moa", "egg"), abs=1e-6)
    assert vectors.similarity((["moa", *around], 0), "moa") > 0.9 > vectors.similarity((["tui", *around], 0), "moa")
    assert "moa" not in [word for word, _ in vectors.most_similar((["moa", *around], 0), topn=len(vectors))]


def test_a_word_that_was_added_and_that_a_model_cannot_read_is_not_said_to_be_missing(
    model: Any, tmp_path: Any
) -> None:
    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    loaded._unknown = None  # as of a small text
    loaded.vectors["moa"] = loaded.vectors.density("egg")
    with pytest.raises(MissingWordError, match=r"'moa' was added to the vectors.*ask for the word alone"):
        loaded.vectors.most_similar((["the", "moa", "laid", "an", "egg"], 1))


def test_edits_that_others_came_after_are_not_kept() -> None:
    vectors = copy.copy(trained(BayesianSkipGram).vectors)
    first, density = vectors.density("laid"), Gaussian(2 * vectors["bowl"] + 1, 0.2)
    for number in range(5):
        vectors["laid"] = density
        vectors[f"new{number}"] = density
        vectors = vectors.drop([f"new{number}", vectors.index_to_key[-2]])
        vectors["egg"] = first
    reader = vectors._state.reader
    assert isinstance(reader, Sentences)
    rest, last = reader.edits
    assert (rest.table.num_rows, last.table.num_rows) == (10, len(vectors))
    assert (
        reader.reading.tables["prior_mean.weight"][reader.vectors.get_index("laid")].tolist() == density.mean.tolist()
    )


def test_nobody_writes_into_what_others_read_by(tmp_path: Any) -> None:
    trained(BayesianSkipGram).save(tmp_path / "model")
    vectors = BayesianSkipGram.load(tmp_path / "model").vectors
    vectors.vectors = vectors.vectors.copy()
    vectors.vectors[vectors.get_index("laid")] = 1.0
    vectors.fill_norms(force=True)
    some = vectors.select(["egg", "kiwi"])
    before = said(some)
    assert before == pytest.approx(said(vectors), rel=1e-5)
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors[vectors.get_index("laid")] = 0.5
    vectors.vectors = vectors.vectors.copy()
    vectors.vectors[vectors.get_index("laid")] = 0.5
    vectors.fill_norms(force=True)
    assert said(some) == before != said(vectors)


def test_a_copied_model_that_goes_on_leaves_the_first_one_s_vectors_alone(tmp_path: Any) -> None:
    trained(BayesianSkipGram).save(tmp_path / "model")
    model = BayesianSkipGram.load(tmp_path / "model")
    own, other = model.vectors, copy.copy(model)
    before = said(own)
    assert said(other.vectors) == before
    other.update(Aviary(100, seed=3), progress=False)
    assert said(own) == before != said(other.vectors)
    assert model.vectors is own


def test_vectors_are_refined_as_their_model_was_when_they_were_first_taken(tmp_path: Any) -> None:
    """Neither looking at them again nor asking the model, nor an edit, makes it another number of steps."""
    trained(BayesianSkipGram).save(tmp_path / "model")
    model = BayesianSkipGram.load(tmp_path / "model").set_params(refine=3)
    vectors = model.vectors
    expected = model.posterior(*PLACE).mean
    model.set_params(refine=0)
    assert model.vectors is vectors
    np.testing.assert_array_equal(vectors.density(PLACE).mean, expected)
    assert (model.posterior(*PLACE).mean != expected).any()
    np.testing.assert_array_equal(vectors.density(PLACE).mean, expected)
    vectors["kiwi"] = vectors.density("kiwi")
    np.testing.assert_array_equal(copy.deepcopy(model).vectors.density(PLACE).mean, model.posterior(*PLACE).mean)
    np.testing.assert_allclose(vectors.density(PLACE).mean, expected, rtol=1e-5)


def test_vectors_that_training_leaves_behind_say_so(model: Any) -> None:
    taken: list[Any] = []

    class Takes:
        def on_epoch_end(self, model: Any, report: Any) -> None:
            vectors, copied = model.vectors, copy.copy(model)
            np.testing.assert_allclose(vectors.density(PLACE).mean, model.posterior(*PLACE).mean)
            vectors["egg"] = vectors.density("egg")
            taken.append((vectors, copied, said(vectors), said(copied.vectors)))

    make(type(model)).train(callbacks=[Takes()])
    assert len(taken) == 2
    for vectors, copied, _, before in taken:
        assert said(copied.vectors) == before
        with pytest.raises(ParameterError, match=r"before the next step.*; ask model.vectors again, or take copy.copy"):
            vectors.most_similar(PLACE)
    np.testing.assert_allclose(*([each[k] for each in taken] for k in (2, 3)), rtol=1e-3)


@pytest.mark.parametrize("kind", [KeyedVectors, DensityVectors, MixtureVectors], ids=lambda kind: kind.__name__)
def test_vectors_that_no_model_reads_for_say_so(kind: Any) -> None:
    means = np.eye(3)
    parts = {
        KeyedVectors: (means,),
        DensityVectors: (means, np.ones(3)),
        MixtureVectors: (means[:, None], np.ones((3, 1)), np.ones((3, 1))),
    }[kind]
    vectors = kind(["kiwi", "egg", "laid"], *parts)
    for ask in (
        vectors.most_similar,
        lambda x: vectors.similarity(x, "egg"),
        lambda x: vectors.most_similar([(x, 2.0)]),
    ):
        with pytest.raises(ParameterError, match=r"which the vectors of a trained or loaded.*read \(model.vectors\)"):
            ask((["the", "kiwi"], 1))


def test_saved_vectors_alone_do_not_read(model: Any) -> None:
    alone = pickle.loads(pickle.dumps(model.vectors))
    with pytest.raises(ParameterError, match="and these do not"):
        alone.similarity(PLACE, "egg")
    assert isinstance(model.posterior(*PLACE), Gaussian)


def test_models_that_read_no_sentence_have_vectors_that_do_not() -> None:
    with pytest.raises(ParameterError, match="and these do not"):
        trained(ESTIMATORS["SkipGram"]).vectors.most_similar(PLACE)
