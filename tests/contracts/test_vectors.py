"""What every class of vectors must keep, whatever its words have: a point, a density, a mixture, n-grams.

One battery over kinds and storages: many answers are those of single questions, broader words are those that are
entailed, new vectors answer as the old ones, and an edit is right or refused.
"""

from __future__ import annotations

import copy
import pickle
import re
import threading
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from densevec.densities import MEASURES, Gaussian
from densevec.documents import DocumentVectorizer
from densevec.errors import ParameterError
from densevec.evaluation import evaluate_similarity
from densevec.formats import Subwords, WordIndex, WordVectors, read_container
from densevec.vectors import (
    DensityVectors,
    KeyedVectors,
    MixtureVectors,
    SubwordDensityVectors,
    SubwordVectors,
    entailment,
    load_vectors,
)
from densevec.vectors.inference import SPECIFICITY, set_inference
from densevec.vectors.rows import Unseen
from densevec.vectors.rows.unseen import LEVELS
from tests.sweeps import all_pairs
from tests.vectors.makers import chance_inference

NUM_WORDS, DIM, SIZE = 60, 6, 3
WORDS = [f"word{row}" for row in range(NUM_WORDS)]
KEPT = WORDS[3:40]
COUNTS = np.arange(NUM_WORDS)[::-1] + 5
BOUND = 4.0
UNKNOWN = "wordless"  # has n-grams


def means() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(NUM_WORDS, DIM))


def variances(*shape: int) -> np.ndarray:
    return np.exp(np.random.default_rng(1).uniform(-2, 1, (NUM_WORDS, *shape)))


def mixtures(*shape: int) -> MixtureVectors:
    random = np.random.default_rng(2)
    mean, weight = random.normal(size=(NUM_WORDS, SIZE, DIM)), random.dirichlet(np.ones(SIZE), NUM_WORDS)
    return MixtureVectors(WORDS, mean, variances(SIZE, *shape), weight, COUNTS, BOUND, {"dim": DIM})


def subwords() -> SubwordVectors:
    rows = np.random.default_rng(3).normal(size=(50, DIM)).astype("<f4").reshape(-1).view(np.uint8)
    return SubwordVectors(WordVectors(WORDS, means(), COUNTS), Subwords(rows, DIM, 3, 4), {"dim": DIM})


def unseen(width: int) -> Unseen:
    random = np.random.default_rng(4)
    ngrams = np.stack([random.uniform(0, 5, 50), random.uniform(-2, 1, 50)], axis=1).astype(np.float32)
    weights, reach = np.array([-1.0, -0.2, -0.3]), np.sort(random.gamma(3, 1 / 3, LEVELS))
    return Unseen(ngrams, weights, reach, random.uniform(0.5, 1.5, width), 40)


def subword_densities(*shape: int) -> SubwordDensityVectors:
    table = WordVectors(WORDS, means(), COUNTS, variances(*shape))
    return SubwordDensityVectors(table, subwords().subwords, unseen(*shape or (1,)), BOUND, {"dim": DIM})


KINDS: dict[str, Callable[[], KeyedVectors]] = {
    "points": lambda: KeyedVectors(WORDS, means(), COUNTS, {"dim": DIM}),
    "spherical": lambda: DensityVectors(WORDS, means(), variances(), COUNTS, BOUND, {"dim": DIM}),
    "diagonal": lambda: DensityVectors(WORDS, means(), variances(DIM), COUNTS, BOUND, {"dim": DIM}),
    "mixture": mixtures,
    "diagonal mixture": lambda: mixtures(DIM),
    "sub-words": subwords,
    "sub-word densities": subword_densities,
}
SINGULARS = np.arange(NUM_WORDS)  # the row of the word that stands for each: those of some kept words are not kept
SINGULARS[20:24], SINGULARS[25] = [45, 46, 47, 47], 6
NOT_COUNTED = 8  # a row of which the text has not counted how much it tells


def counted(vectors: DensityVectors) -> DensityVectors:
    """Densities of words of which it was counted how much they tell of their contexts."""
    told = np.random.default_rng(5).normal(4, 1, NUM_WORDS)
    told[NOT_COUNTED] = 0
    vectors._state = vectors._state.changed(attributes={**vectors._state.attributes, SPECIFICITY: told})
    return vectors


def learned(vectors: DensityVectors) -> DensityVectors:
    """The same, with evidence on some of the words and a network that decides."""
    set_inference(counted(vectors), chance_inference(WORDS, DIM, SINGULARS, scale=0.4))
    return vectors


def learned_of_kept(vectors: DensityVectors) -> DensityVectors:
    """The same where the text says nothing of words that are not kept."""
    set_inference(counted(vectors), chance_inference(WORDS, DIM, scale=0.4).among(KEPT).among(WORDS))
    return vectors


TOLD: dict[str, Callable[[], DensityVectors]] = {
    "counted": lambda: counted(KINDS["spherical"]()),
    "counted sub-words": lambda: counted(subword_densities()),
    "evidence sub-words": lambda: learned(subword_densities()),
    "evidence on kept words": lambda: learned_of_kept(subword_densities()),
}
TOLD_ALIKE = [kind for kind in TOLD if kind != "evidence sub-words"]  # whatever words there are beside the kept ones
DENSITIES = [kind for kind in KINDS if kind not in {"points", "sub-words"}]
COMPOSES = SubwordVectors, SubwordDensityVectors


def made(kind: str, storage: str = "float32") -> KeyedVectors:
    vectors = (KINDS | TOLD)[kind]()
    vectors.set_vecattr("word7", "tag", "noun")
    return vectors if storage == "float32" else vectors.stored_as(storage)


def measures(vectors: KeyedVectors) -> list[str]:
    return list(MEASURES) if isinstance(vectors, DensityVectors) else ["cosine"]


def given(vectors: KeyedVectors) -> Gaussian:
    """A density that is no word's."""
    return Gaussian(np.linspace(-1, 1, vectors.vector_size), 0.4)


def items(vectors: KeyedVectors) -> list[Any]:
    """One of each sort that a query may be."""
    listed: list[Any] = ["word5", 9]
    listed += [given(vectors)] if isinstance(vectors, DensityVectors) else [given(vectors).mean]
    listed += [vectors.component("word8", 1)] if isinstance(vectors, MixtureVectors) else []
    return [*listed, UNKNOWN] if isinstance(vectors, COMPOSES) else listed


def plain(answer: Any) -> Any:
    """An answer that ``==`` compares to the bit."""
    if isinstance(answer, Gaussian):
        return plain(answer.mean), plain(answer.variance)
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items()}
    return np.asarray(answer).tolist() if isinstance(answer, np.ndarray | np.generic) else answer


def pair_answers(vectors: KeyedVectors) -> dict[str, Any]:
    """What is asked of the kept words only: the rest of the vocabulary does not matter."""
    a, b, c, d = "word5", "word17", "word21", "word30"
    density = given(vectors)
    answers: dict[str, Any] = {
        "vector": vectors[a],
        "unit": vectors.get_vector(a, norm=True),
        "matrix": vectors[[a, b]],
        "sum": vectors.most_similar([a, (b, 0.5)], [c], within=KEPT),
        "similarity": vectors.similarity(a, b),
        "distances": vectors.distances(a, [b, c]),
        "mean": vectors.get_mean_vector([a, b, density.mean]),
        "sets": vectors.n_similarity([a, b], [c, d]),
        "centrality": vectors.rank_by_centrality([a, b, c, d]),
        "mover": vectors.wmdistance([a, b, b], [c, d]),
        "soft": vectors.soft_cosine([a, b, b], [c, d]),
        "complete": vectors.complete(f"{a} {b} _____ {c}", [c, d], sample=0),
        "storage": vectors.storage,
        "parameters": vectors.parameters,
    }
    words = [item for item in items(vectors) if not isinstance(item, int)]
    for number, item in enumerate(words):
        for measure in measures(vectors):
            answers[f"neighbours {number} {measure}"] = vectors.most_similar(item, measure=measure, within=KEPT)
            answers[f"scores {number} {measure}"] = vectors.scores(item, [b, c], measure=measure)
    if isinstance(vectors, DensityVectors):
        for first, second in ((a, b), (b, density), (density, c)):
            key = f"{first} {second}"
            answers[f"entailment {key}"] = vectors.entailment(first, second)
            answers[f"entails {key}"] = vectors.entails(first, second)
            answers[f"inclusion {key}"] = vectors.inclusion(first, second)
        answers["batch"] = vectors.entailment_batch(KEPT[:10], KEPT[10:20])
        answers["probabilities"] = vectors.entailment_probability_batch(KEPT[:10] * 3, KEPT[3:33])
        answers["hypernym scores"] = {
            word: score for word, score in zip(vectors, vectors.hypernym_scores(a), strict=True) if word in KEPT
        }
        answers["broader"] = [vectors.hypernyms(word, None, within=KEPT) for word in KEPT[:8]]
        answers["narrower"] = vectors.hyponyms(density, None, within=KEPT)
        answers["graph"] = vectors.entailment_graph(KEPT).entailments
        answers["close"] = vectors.entailment_bound, vectors.entailment_contrast
        answers["density"] = vectors.density(a)
        answers["entropy"] = vectors.entropy(a)
    if isinstance(vectors, MixtureVectors):
        answers["component"] = vectors.component(a, 2)
    if isinstance(vectors, COMPOSES):
        answers["composed"] = vectors[UNKNOWN]
    if isinstance(vectors, SubwordDensityVectors):
        answers["composed density"] = vectors.density(UNKNOWN)
        answers["region"] = vectors.mean_region(UNKNOWN, 0.8)
        answers["composed entailment"] = vectors.entailment(UNKNOWN, a), vectors.entails(a, UNKNOWN)
        answers["composed probability"] = vectors.entailment_probability(UNKNOWN, a)
    return {name: plain(answer) for name, answer in answers.items()}


def whole_answers(vectors: KeyedVectors) -> dict[str, Any]:
    """What all words together say, and what is known of each."""
    answers: dict[str, Any] = {
        "words": list(vectors),
        "vectors": vectors.vectors,
        "counts": vectors.counts,
        "tags": vectors.get_vecattr("word7", "tag"),
        "prior": vectors.prior_vector(),
        "norms": vectors.norms,
        "rank": vectors.rank("word5", "word17"),
        "product": vectors.most_similar_cosmul(["word5"], ["word17"]),
        "documents": DocumentVectorizer(vectors).fit_transform(["word5 word9", ["word6"]]),
        "complete": vectors.complete("word5 _____ word9", ["word7", "word8 word30"]),
        "neighbours": vectors.most_similar_batch(WORDS[:50], 5),
    }
    if isinstance(vectors, DensityVectors):
        answers["variances"] = vectors.variances
        answers["generality"] = vectors.generality("word5")
        answers["prior density"] = vectors.prior_density()
    if isinstance(vectors, MixtureVectors):
        answers["components"] = vectors.component_neighbours("word5", 3)
        answers["weights"] = vectors.weights
    return {name: plain(answer) for name, answer in answers.items()} | pair_answers(vectors)


@cache
def answers_of(kind: str, storage: str) -> dict[str, Any]:
    """``whole_answers`` of vectors that nothing was done to."""
    return whole_answers(made(kind, storage))


def through_a_file(vectors: KeyedVectors, folder: Any, load: Callable[[Any], KeyedVectors]) -> KeyedVectors:
    vectors.save(folder / "saved")
    return load(folder / "saved")


def through_any_format(vectors: KeyedVectors, folder: Any) -> KeyedVectors:
    vectors.to_file(folder / "saved.safetensors")
    return KeyedVectors.from_file(folder / "saved.safetensors")


SAME: dict[str, Callable[[KeyedVectors, Any], KeyedVectors]] = {
    "copy": lambda vectors, _: copy.copy(vectors),
    "deepcopy": lambda vectors, _: copy.deepcopy(vectors),
    "pickle": lambda vectors, _: pickle.loads(pickle.dumps(vectors)),
    "stored_as": lambda vectors, _: vectors.stored_as(vectors.storage),
    "select": lambda vectors, _: vectors.select(WORDS),
    "drop": lambda vectors, _: vectors.drop([]),
    "vectors_for_all": lambda vectors, _: vectors.vectors_for_all(WORDS, copy_vecattrs=True),
    "clone": lambda vectors, _: clone(DocumentVectorizer(vectors)).fit().vectors_,
    "type.load": lambda vectors, folder: through_a_file(vectors, folder, type(vectors).load),
    "KeyedVectors.load": lambda vectors, folder: through_a_file(vectors, folder, KeyedVectors.load),
    "load_vectors": lambda vectors, folder: through_a_file(vectors, folder, load_vectors),
    "to_file": through_any_format,
}
OTHERS = [word for word in WORDS if word not in KEPT]


def first_of_a_file(vectors: KeyedVectors, folder: Any, ending: str) -> KeyedVectors:
    vectors.select([*KEPT, *OTHERS]).to_file(folder / f"whole{ending}")
    return KeyedVectors.from_file(folder / f"whole{ending}", limit=len(KEPT))


FEWER: dict[str, Callable[[KeyedVectors, Any], KeyedVectors]] = {
    "select": lambda vectors, _: vectors.select(KEPT),
    "drop": lambda vectors, _: vectors.drop(OTHERS),
    "vectors_for_all": lambda vectors, _: vectors.vectors_for_all([*KEPT, "nowhere"], allow_inference=False),
    "limit": lambda vectors, folder: first_of_a_file(vectors, folder, ".safetensors"),
}


@pytest.mark.parametrize(
    ("kind", "way", "storage"), all_pairs([*KINDS, "evidence sub-words"], SAME, ["float32", "float16", "bfloat16"])
)
def test_new_vectors_of_all_words_answer_as_the_old(kind: str, way: str, storage: str, tmp_path: Any) -> None:
    vectors = made(kind, storage)
    other = SAME[way](vectors, tmp_path)
    assert type(other) is type(vectors)
    assert whole_answers(other) == answers_of(kind, storage)
    other.set_vecattr("word7", "tag", "verb")
    assert whole_answers(vectors) == answers_of(kind, storage)


@pytest.mark.parametrize(("kind", "way", "storage"), all_pairs([*KINDS, *TOLD_ALIKE], FEWER, ["float32", "float16"]))
def test_new_vectors_of_some_words_answer_as_the_old(kind: str, way: str, storage: str, tmp_path: Any) -> None:
    vectors = made(kind, storage)
    other = FEWER[way](vectors, tmp_path)
    assert type(other) is type(vectors)
    assert sorted(other) == sorted(KEPT)
    expected = pair_answers(vectors)
    assert pair_answers(other) == expected
    other.save(tmp_path / "saved")
    assert pair_answers(load_vectors(tmp_path / "saved")) == expected


@pytest.mark.parametrize(
    ("kind", "way", "storage"),
    all_pairs(TOLD, FEWER, ["float32", "float16"]),
)
def test_memory_file_and_pickle_of_some_words_agree(kind: str, way: str, storage: str, tmp_path: Any) -> None:
    """Words that are gone tell nothing any more, but what is said of those that are left is kept."""
    vectors = made(kind, storage)
    other: Any = FEWER[way](vectors, tmp_path)
    expected = pair_answers(other), [other.stated(word, broad).count for word in KEPT for broad in KEPT]
    if kind == "evidence sub-words":
        assert other.stated("word20", "word3").count == 0 < other.stated("word22", "word3").count  # 46 % 4, 47 % 4
        assert other.stated("word22", "word3") == other.stated("word23", "word3") == vectors.stated("word22", "word3")
    other.save(tmp_path / "saved")
    for again in (load_vectors(tmp_path / "saved"), pickle.loads(pickle.dumps(other))):
        assert (pair_answers(again), [again.stated(word, broad).count for word in KEPT for broad in KEPT]) == expected
    other.add_vectors(["new"], np.ones((1, DIM)), **density_arguments(other, 1))
    other.save(tmp_path / "added")
    assert pair_answers(load_vectors(tmp_path / "added")) == pair_answers(other)


MORE: dict[str, Callable[[Any], Any]] = {
    "add_vectors": lambda v: v.add_vectors(
        ["new"], np.ones((1, DIM)), {"specificity": [90.0], "count": [10**6]}, **density_arguments(v, 1)
    ),
    "specificity": lambda v: v.set_vecattr(OTHERS[-1], "specificity", 90.0),
    "count": lambda v: v.set_vecattr(OTHERS[-1], "count", 10**7),
    "move": lambda v: v.__setitem__(OTHERS[-1], np.ones(DIM)),
    "vectors_for_all": lambda v: v.vectors_for_all([*WORDS, f"{UNKNOWN}ly"]),
}


@pytest.mark.parametrize("way", MORE)
@pytest.mark.parametrize("kind", TOLD_ALIKE)
def test_other_words_change_no_answer_on_those_that_are_there(kind: str, way: str, tmp_path: Any) -> None:
    vectors: Any = through_a_file(made(kind), tmp_path, load_vectors)
    expected = pair_answers(vectors)
    found = pair_answers(MORE[way](vectors) or vectors)
    assert {name: found.get(name) for name in expected if "composed" not in name} == {
        name: each for name, each in expected.items() if "composed" not in name
    }


OTHER_SPACES: dict[str, Callable[[Any], Any]] = {
    "whitened": lambda vectors: vectors.whitened(),
    "reduced": lambda vectors: vectors.reduced(DIM - 2),
    "aligned_to": lambda vectors: vectors.aligned_to(KeyedVectors(WORDS, means()[::-1])),
    "concatenate": lambda vectors: KeyedVectors.concatenate([vectors, vectors.select(WORDS)], normalize=False),
}


@pytest.mark.parametrize(("kind", "way", "storage"), all_pairs(KINDS, OTHER_SPACES, ["float32", "float16"]))
def test_vectors_in_another_space_keep_what_is_known_of_words(kind: str, way: str, storage: str, tmp_path: Any) -> None:
    vectors = made(kind, storage)
    other = OTHER_SPACES[way](vectors)
    is_plain = way == "concatenate" and isinstance(vectors, SubwordDensityVectors)  # what is unknown there is lost
    assert type(other) is (DensityVectors if is_plain else type(vectors))
    assert (list(other), other.storage) == (WORDS, storage)
    assert other.counts.tolist() == COUNTS.tolist()
    assert [other.get_vecattr(word, "tag") for word in ("word7", "word8")] == ["noun", ""]
    assert other.parameters["dim"] == DIM
    assert whole_answers(vectors) == answers_of(kind, storage)
    assert whole_answers(SAME["load_vectors"](other, tmp_path)) == whole_answers(other)
    assert pair_answers(FEWER["select"](other, tmp_path)) == pair_answers(other)
    other.set_vecattr("word7", "tag", "verb")
    assert vectors.get_vecattr("word7", "tag") == "noun"


@pytest.mark.parametrize("storage", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_compact_vectors_are_those_of_the_rounded_numbers(kind: str, storage: str) -> None:
    compact = made(kind, storage)
    assert (compact.storage, storage in repr(compact)) == (storage, True)
    full = compact.stored_as("float32")
    a, b = answers_of(kind, storage), whole_answers(full)
    assert {name for name in a if a[name] != b[name]} == {"storage"}


@pytest.mark.parametrize("storage", ["float32", "float16"])
@pytest.mark.parametrize("kind", KINDS)
def test_many_answers_are_those_of_single_questions(kind: str, storage: str) -> None:
    vectors = made(kind, storage)
    asked = [*WORDS[:20], *items(vectors)]
    for measure in measures(vectors):
        for scope in ({}, {"within": KEPT}, {"restrict_vocab": 30}):
            batch = vectors.most_similar_batch(asked, 7, measure=measure, **scope)
            assert batch == [vectors.most_similar(item, topn=7, measure=measure, **scope) for item in asked]
        for item in items(vectors):
            every = vectors.scores(item, measure=measure)
            assert every.tolist() == vectors.most_similar(item, topn=None, measure=measure).tolist()
            np.testing.assert_array_equal(vectors.scores(item, KEPT, measure=measure), every[3:40])
            best = vectors.most_similar(item, topn=4, measure=measure)
            own = (
                item if isinstance(item, int) else WORDS.index(item) if isinstance(item, str) and item in WORDS else -1
            )
            order = [row for row in np.lexsort((np.arange(NUM_WORDS), -every)) if row != own]
            assert best == [(WORDS[row], every[row]) for row in order[:4]]
    for word in WORDS[:5]:
        every = vectors.scores(word)
        for other in WORDS[10:15]:
            assert vectors.similarity(word, other) == vectors.scores(word, [other])[0]
            assert vectors.distance(word, other) == 1 - vectors.similarity(word, other)
            closer = [w for w, score in zip(WORDS, every, strict=True) if score > vectors.similarity(word, other)]
            assert vectors.closer_than(word, other) == [w for w in closer if w != word]
            assert vectors.rank(word, other) == len(closer)


@pytest.mark.parametrize(
    ("kind", "storage"), [*product(DENSITIES, ["float32", "float16"]), *((kind, "float32") for kind in TOLD)]
)
def test_broader_words_are_those_that_are_entailed(kind: str, storage: str) -> None:
    vectors: Any = made(kind, storage)
    num_found, is_learned = 0, vectors.evidence() is not None
    named = [word for row, word in enumerate(WORDS) if not is_learned or SINGULARS[row] == row]
    step = 4 if is_learned else 1  # a network takes its time for one question
    for item in (*WORDS[:15:step], *(item for item in items(vectors) if not isinstance(item, int))):
        broader = [word for word in named if vectors.entails(item, word)]
        narrower = [word for word in named if vectors.entails(word, item)]
        assert sorted(word for word, _ in vectors.hypernyms(item, None)) == sorted(broader)
        assert sorted(word for word, _ in vectors.hyponyms(item, None)) == sorted(narrower)
        assert all(
            score == pytest.approx(vectors.entailment_probability(item, word))
            for word, score in vectors.hypernyms(item, None)
        )
        assert all(
            score == pytest.approx(vectors.entailment_probability(word, item))
            for word, score in vectors.hyponyms(item, None)
        )
        num_found += len(broader) + len(narrower)
        for word in WORDS[:10] if kind in DENSITIES else ():
            holds = vectors.entailment(item, word) > vectors.entailment(word, item)
            assert vectors.entails(item, word) == (holds and vectors.kl_divergence(item, word) <= BOUND)
    assert num_found > 20 / step
    members = [*KEPT[::step], UNKNOWN, f"{UNKNOWN}ly"] if isinstance(vectors, COMPOSES) else KEPT[::step]
    expected = {(a, b): vectors.entailment_probability(a, b) for a in members for b in members if vectors.entails(a, b)}
    graph = vectors.entailment_graph(members)
    assert graph.words == tuple(members)
    found = {(narrow, broad): 1 / (1 + np.exp(-odds)) for narrow, broad, odds in graph.entailments}
    assert found == pytest.approx({pair: expected[pair] for pair in found})
    for narrow, broad in expected.keys() - found.keys():  # it would close a circle
        above, level = set(), {broad}
        while level:
            above |= level
            level = {b for a, b in found if a in level} - above
        assert narrow in above
    first, second = WORDS[:20], WORDS[20:40]
    pairs = list(zip(first, second, strict=True))
    assert vectors.entailment_batch(first, second).tolist() == [vectors.entailment(a, b) for a, b in pairs]
    alone = [vectors.entailment_probability(a, b) for a, b in pairs]
    np.testing.assert_allclose(vectors.entailment_probability_batch(first, second), alone, rtol=1e-9)


CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "array": lambda items: np.fromiter(items, object, len(items)),
    "iterator": iter,
    "series": lambda items: pytest.importorskip("pandas").Series(items, dtype=object),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("batch", ["entailment_batch", "entailment_probability_batch"])
def test_batches_take_every_item_in_every_container(batch: str, container: str) -> None:
    vectors = made("sub-word densities")
    ask, hold = getattr(vectors, batch), CONTAINERS[container]
    first, second = [UNKNOWN, given(vectors), "word3", 4], ["word5", 9, UNKNOWN, given(vectors)]
    expected = [getattr(vectors, batch.removesuffix("_batch"))(a, b) for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(ask(hold(first), hold(second)), expected, rtol=1e-12)
    rows = np.array([3, 4]), np.array([5, 6])
    assert ask(*rows).tolist() == ask(*(each.tolist() for each in rows)).tolist()


def density_arguments(vectors: KeyedVectors, num_words: int) -> dict[str, Any]:
    if not isinstance(vectors, DensityVectors):
        return {}
    return {"variances": np.full((num_words, *vectors.variances.shape[1:]), 0.7)}


EDITS: dict[str, Callable[[Any], Any]] = {
    "add": lambda v: v.add_vectors(["new"], np.ones((1, DIM)), **density_arguments(v, 1)),
    "add one": lambda v: v.add_vector("new", np.ones(DIM), *(a[0] for a in density_arguments(v, 1).values())),
    "replace": lambda v: v.add_vectors(["word5", "new"], np.eye(2, DIM), replace=True, **density_arguments(v, 2)),
    "set": lambda v: v.__setitem__("word5", np.full(DIM, 3.0)),
    "assign": lambda v: setattr(v, "vectors", v.vectors[::-1].copy()),
    "normalize": lambda v: v.unit_normalize_all(),
    "sort": lambda v: (v.set_vecattr("word9", "count", 500), v.sort_by_descending_frequency()),
    "count": lambda v: v.set_vecattr("word5", "count", 77),
    "grow": lambda v: (v.index_to_key.append("grown"), v.resize_vectors()),
    "shrink": lambda v: (v.index_to_key.pop(), v.resize_vectors()),
}


def rebuilt(vectors: Any) -> KeyedVectors:
    """The same from its public parts, without anything that was computed before."""
    if isinstance(vectors, MixtureVectors):
        parts = vectors.component_means, vectors.component_variances, vectors.weights
        other: Any = MixtureVectors(list(vectors), *parts, vectors.counts, parameters=vectors.parameters)
    elif isinstance(vectors, SubwordDensityVectors):
        table = WordVectors(list(vectors), vectors.vectors, vectors.counts, vectors.variances)
        other = SubwordDensityVectors(table, vectors.subwords, vectors.unseen, parameters=vectors.parameters)
    elif isinstance(vectors, DensityVectors):
        other = DensityVectors(
            list(vectors), vectors.vectors, vectors.variances, vectors.counts, parameters=vectors.parameters
        )
    elif isinstance(vectors, SubwordVectors):
        table = WordVectors(list(vectors), vectors.vectors, vectors.counts)
        other = SubwordVectors(table, vectors.subwords, vectors.parameters)
    else:
        other = KeyedVectors(list(vectors), vectors.vectors, vectors.counts, vectors.parameters)
    if isinstance(vectors, DensityVectors):
        other.entailment_contrast = vectors.entailment_contrast
        if vectors.entailment_bound is not None:
            other.entailment_bound = vectors.entailment_bound
    other.set_vecattr("word7", "tag", "noun")
    return other.stored_as(vectors.storage)


@pytest.mark.parametrize(("kind", "edit", "storage"), all_pairs(KINDS, EDITS, ["float32", "float16"]))
def test_an_edit_is_right_or_refused(kind: str, edit: str, storage: str) -> None:
    vectors, before = made(kind, storage), answers_of(kind, storage)
    shared = copy.copy(vectors)
    is_refused = "mixture" in kind and edit not in {"sort", "count"}
    if is_refused:
        with pytest.raises(ParameterError, match=r"^mixtures cannot be edited; make new MixtureVectors of [^.]*$"):
            EDITS[edit](vectors)
        assert whole_answers(vectors) | {"words": 0} == before | {"words": 0}
    else:
        EDITS[edit](vectors)
        after = whole_answers(vectors)
        assert after != before
        assert after == whole_answers(rebuilt(vectors))
        assert len(vectors) == len(vectors.vectors) == len(vectors.counts)
    assert whole_answers(shared) | {"words": 0} == before | {"words": 0}


def test_nobody_writes_to_what_a_mixture_is_made_of() -> None:
    vectors = mixtures()
    for array in (vectors.vectors, vectors.variances, vectors.component_means, vectors.component_variances):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        vectors.weights[0] = 0


COMPOSING: dict[str, Callable[[KeyedVectors, str], Any]] = {
    "[]": lambda v, word: v[word],
    "[list]": lambda v, word: v[[word, "word3"]],
    "get_vectors": lambda v, word: v.get_vectors(["word3", word], norm=True, on_missing="skip"),
    "similarity": lambda v, word: v.similarity(word, "word3"),
    "most_similar": lambda v, word: v.most_similar(word, restrict_vocab=NUM_WORDS),
    "sum": lambda v, word: v.most_similar([word, "word3"], ["word4"], restrict_vocab=NUM_WORDS),
    "most_similar_batch": lambda v, word: v.most_similar_batch(
        [word, "word3"], 5, restrict_vocab=NUM_WORDS, on_missing="skip"
    ),
    "most_similar_cosmul": lambda v, word: v.most_similar_cosmul([word, "word3"], ["word4"], restrict_vocab=NUM_WORDS),
    "scores": lambda v, word: v.scores("word3", [word, "word4"]),
    "distances": lambda v, word: v.distances(word, [word, "word3"]),
    "most_similar_to_given": lambda v, word: v.most_similar_to_given("word3", ["word4", word]),
    "rank of it": lambda v, word: v.rank("word3", word),
    "rank from it": lambda v, word: v.rank(word, "word3"),
    "closer_than": lambda v, word: v.closer_than(word, "word3"),
    "get_mean_vector": lambda v, word: v.get_mean_vector([word, "word3"], [1.0, -2.0]),
    "n_similarity": lambda v, word: v.n_similarity([word], ["word3", "word4"]),
    "rank_by_centrality": lambda v, word: v.rank_by_centrality([word, "word3", "word4"]),
    "doesnt_match": lambda v, word: v.doesnt_match(["word3", word, "word4"]),
    "wmdistance": lambda v, word: v.wmdistance([word, word, "word3"], ["word4", word]),
    "soft_cosine": lambda v, word: v.soft_cosine([word, word, "word3"], ["word4", word]),
    "complete": lambda v, word: v.complete(f"word3 {word} _____", ["word4", f"word5 {word}"]),
    "documents": lambda v, word: DocumentVectorizer(v, on_missing="error").fit_transform([f"{word} word3 {word}"]),
    "vectors_for_all": lambda v, word: v.vectors_for_all([word, "word3"]).most_similar(word),
}


@pytest.mark.parametrize("question", COMPOSING)
@pytest.mark.parametrize("storage", ["float32", "float16"])
@pytest.mark.parametrize("kind", ["sub-words", "sub-word densities"])
def test_a_composed_word_is_a_word_like_any_other(kind: str, question: str, storage: str) -> None:
    vectors = made(kind, storage)
    listed = KeyedVectors(WORDS, vectors.vectors, COUNTS)
    listed.add_vectors([UNKNOWN], vectors[UNKNOWN][None])  # the same, with a row of its own
    expected, found = COMPOSING[question](listed, UNKNOWN), COMPOSING[question](vectors, UNKNOWN)
    if isinstance(expected, np.ndarray):
        rtol = 1e-6 if storage == "float32" else 2e-3
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol / 10)
    elif question == "vectors_for_all" and storage == "float16":
        assert [word for word, _ in found] == [word for word, _ in expected]
    elif question == "closer_than":
        assert found == [word for word in expected if word != UNKNOWN]
    else:
        assert plain(found) == plain(expected)


COMPOSING_DENSITIES: dict[str, Callable[[Any, str], Any]] = {
    "density": lambda v, word: v.density(word),
    "variance": lambda v, word: v.variance(word),
    "mean": lambda v, word: v.mean(word),
    "entropy": lambda v, word: v.entropy(word),
    "most_similar": lambda v, word: v.most_similar(word, measure="kl_from_query", restrict_vocab=NUM_WORDS),
    "most_similar_batch": lambda v, word: v.most_similar_batch(
        [word, "word3"], 5, measure="jeffreys", restrict_vocab=NUM_WORDS
    ),
    "scores": lambda v, word: v.scores("word3", [word, "word4"], measure="kl_to_query"),
    "scores of it": lambda v, word: v.scores(word, ["word4"], measure="kl_to_query"),
    "kl_divergence": lambda v, word: [v.kl_divergence(word, "word3"), v.kl_divergence("word3", word)],
    "entailment": lambda v, word: [v.entailment(word, "word3"), v.entailment("word3", word)],
    "entailment_batch": lambda v, word: v.entailment_batch([word, "word4"], ["word3", word]),
    "entailment_probability": lambda v, word: v.entailment_probability(word, "word3"),
    "entailment_probability_batch": lambda v, word: v.entailment_probability_batch(["word4"], [word]),
    "entails": lambda v, word: [[v.entails(word, other), v.entails(other, word)] for other in KEPT],
    "hypernyms": lambda v, word: v.hypernyms(word, None, restrict_vocab=NUM_WORDS),
    "hyponyms": lambda v, word: v.hyponyms(word, None, restrict_vocab=NUM_WORDS),
    "inclusion": lambda v, word: [v.inclusion(word, "word3"), v.inclusion("word3", word)],
    "nearest_by_uncertainty": lambda v, word: v.nearest_by_uncertainty(word, restrict_vocab=NUM_WORDS),
    "vectors_for_all": lambda v, word: v.vectors_for_all([word, "word3"]).variances,
}


@pytest.mark.parametrize("question", COMPOSING_DENSITIES)
@pytest.mark.parametrize("shape", [(), (DIM,)])
def test_a_composed_density_is_a_density_like_any_other(shape: tuple[int, ...], question: str) -> None:
    vectors = subword_densities(*shape)
    listed = DensityVectors(WORDS, means(), variances(*shape), COUNTS, BOUND)
    listed.add_vectors([UNKNOWN], [vectors.density(UNKNOWN)])  # the same, with a row of its own
    listed.entailment_bound = BOUND
    ask = COMPOSING_DENSITIES[question]
    expected, found = plain(ask(listed, UNKNOWN)), plain(ask(vectors, UNKNOWN))
    if isinstance(expected, list) and expected and isinstance(expected[0], tuple):
        assert [word for word, _ in found] == [word for word, _ in expected]
        expected, found = ([score for _, score in answer] for answer in (expected, found))
    if isinstance(expected, list) and expected and isinstance(expected[0], list | bool):
        assert found == expected
    elif isinstance(expected, tuple):
        np.testing.assert_allclose(np.hstack(found), np.hstack(expected), rtol=1e-6)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (DIM,)])
def test_an_unknown_word_is_broader_than_those_made_of_the_same_pieces(shape: tuple[int, ...]) -> None:
    vectors = subword_densities(*shape)
    rows = vectors.subwords.rows_of(UNKNOWN)
    highest = np.exp(vectors.unseen.ngrams[rows, 1].mean(dtype=np.float64)) * vectors.unseen.scale
    assert (vectors.unseen.variance(rows) > highest.astype(np.float32)).all()
    np.testing.assert_allclose(
        vectors.density(UNKNOWN).variance, np.squeeze(highest + vectors.unseen.error(rows)), 1e-6
    )
    assert 0 < vectors.generality(UNKNOWN) < 1
    assert vectors.generality(UNKNOWN) == vectors.generality(vectors.density(UNKNOWN))


@pytest.mark.parametrize("shape", [(), (DIM,)])
def test_regions_hold_the_shares_of_means_that_they_were_learned_from(shape: tuple[int, ...]) -> None:
    vectors = subword_densities(*shape)
    sizes = []
    for level in (0.1, 0.5, 0.95):
        region = vectors.mean_region(UNKNOWN, level)
        error = vectors.unseen.error(vectors.subwords.rows_of(UNKNOWN))
        expected = np.sqrt(error * DIM * vectors.unseen.reach_at(level))
        np.testing.assert_allclose(region.semi_axes(level), np.broadcast_to(expected, DIM))
        np.testing.assert_array_equal(region.mean, vectors[UNKNOWN])
        sizes.append(region.semi_axes(level)[0])
    assert sizes == sorted(sizes)
    with pytest.raises(ParameterError, match="word must be one that is unknown, got 'word3'"):
        vectors.mean_region("word3")
    with pytest.raises(ParameterError, match="level"):
        vectors.mean_region(UNKNOWN, 1.0)
    with pytest.raises(KeyError, match="''"):
        vectors.mean_region("")


def test_evaluation_asks_for_composed_words_too(tmp_path: Any) -> None:
    vectors = made("sub-words")
    path = tmp_path / "pairs.txt"
    path.write_text(f"word3 word4 1\n{UNKNOWN} word5 2\nword6 word7 3\n")
    assert evaluate_similarity(vectors, path).used == 3
    assert evaluate_similarity(made("points"), path).used == 2
    assert (vectors.has_vector_for(UNKNOWN), UNKNOWN in vectors) == (True, False)


@pytest.mark.parametrize("kind", DENSITIES)
def test_a_word_is_resolved_once_and_entails_costs_few_divergences(kind: str, monkeypatch: Any) -> None:
    vectors: Any = made(kind)
    found: list[str] = []
    divergences: list[int] = []
    find, divergence = WordIndex.find, entailment.kl_divergence
    monkeypatch.setattr(WordIndex, "find", lambda self, word: found.append(word) or find(self, word))
    monkeypatch.setattr(entailment, "kl_divergence", lambda *parts: divergences.append(1) or divergence(*parts))
    for ask, words in (
        (lambda: vectors.entails("word3", "word4"), ["word3", "word4"]),
        (lambda: vectors.entailment("word3", "word4"), ["word3", "word4"]),
        (lambda: vectors.kl_divergence("word3", "word4"), ["word3", "word4"]),
        (lambda: vectors.similarity("word3", "word4"), ["word3", "word4"]),
        (lambda: vectors.most_similar("word3", measure="jeffreys"), ["word3"]),
        (lambda: vectors.most_similar(["word3", "word4"], ["word5"]), ["word3", "word4", "word5"]),
        (lambda: vectors.most_similar_batch(["word3", "word4"], 3), ["word3", "word4"]),
        (lambda: vectors.hypernyms("word3"), ["word3"]),
        (lambda: vectors.scores("word3", ["word4"]), ["word3", "word4"]),
        (lambda: vectors.generality("word3"), ["word3"]),
    ):
        found.clear()
        ask()
        assert found == words
    divergences.clear()
    vectors.entails("word3", "word4")
    assert len(divergences) == 3  # those of the direction, and one to the mirrored word or to the word again


def test_questions_during_edits_see_the_old_or_the_new() -> None:
    vectors = made("spherical")
    faults: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                for word, _ in vectors.most_similar("word5", topn=100, measure="kl_from_query"):
                    assert word in vectors
                vectors.prior_density()
                vectors.entails("word5", "word6")
            except BaseException as error:
                faults.append(error)
                return

    def edit(name: str) -> None:
        for number in range(40):
            vectors.add_vectors([f"{name}{number}"], np.ones((1, DIM)), variances=[0.5])
            vectors["word9"] = np.full(DIM, float(number))

    readers = [threading.Thread(target=ask) for _ in range(2)]
    editors = [threading.Thread(target=edit, args=(name,)) for name in "ab"]
    for thread in (*readers, *editors):
        thread.start()
    for thread in editors:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not faults
    assert len(vectors) == NUM_WORDS + 80 == len(vectors.vectors) == len(vectors.variances)


def test_composed_words_of_two_documents_are_told_apart() -> None:
    vectors, other = subwords(), f"{UNKNOWN}s"
    assert 0 < vectors.similarity(UNKNOWN, other) < 0.999
    assert vectors.soft_cosine([UNKNOWN], [other]) == pytest.approx(vectors.similarity(UNKNOWN, other) ** 2, rel=1e-5)
    assert vectors.wmdistance([UNKNOWN], [other]) > 0.01


def documented() -> list[str]:
    """The tensors that docs/file-format.md has, as patterns."""
    text = (Path(__file__).parents[2] / "docs" / "file-format.md").read_text(encoding="utf-8")
    found = []
    for cell in re.findall(r"^\| (`[^|]+`) \|", text, re.M):
        first, *others = re.findall("`([^`]+)`", cell)
        names = [first, *(first.rpartition(".")[0] + name if name.startswith(".") else name for name in others)]
        found += [re.sub("NAME|TABLE", "*", name) for name in names]
    return found


@pytest.mark.parametrize("kind", [*KINDS, *TOLD])
def test_every_tensor_of_a_file_is_documented(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.safetensors"
    made(kind).save(path)
    tensors, patterns = read_container(path).tensors, documented()
    assert [name for name in tensors if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
