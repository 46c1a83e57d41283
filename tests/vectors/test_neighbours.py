"""Many queries at once, searches among some words, weights, 3CosMul."""

import numpy as np
import pytest

from densevec.densities import MEASURES, Gaussian
from densevec.errors import MissingWordError, ParameterError
from densevec.vectors import KeyedVectors, cosmul

from .makers import brute_force, densities, ranking


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("is_spherical", [True, False])
def test_a_batch_answers_as_single_queries(measure, is_spherical):
    vectors = densities(700, 8, is_spherical=is_spherical)
    items = [f"w{row}" for row in range(0, 600, 2)] + [
        Gaussian(np.ones(8), 0.4),
        Gaussian(np.zeros(8), np.full(8, 0.4)),
        7,
    ]
    batch = vectors.most_similar_batch(items, topn=5, measure=measure)
    assert len(batch) == len(items)
    for item, found in list(zip(items, batch, strict=True))[::37] + list(zip(items, batch, strict=True))[-3:]:
        single = vectors.most_similar(item, topn=5, measure=measure)
        assert [word for word, _ in found] == [word for word, _ in single]
        assert [score for _, score in found] == pytest.approx([score for _, score in single], rel=1e-12)


def test_batch_edges():
    vectors = densities(20, 3)
    assert vectors.most_similar_batch([]) == []
    assert vectors.most_similar_batch(["w1", "w2"], topn=0) == [[], []]
    assert [len(found) for found in vectors.most_similar_batch(["w1", "x", "w2"], on_missing="skip")] == [10, 0, 10]
    assert vectors.most_similar_batch(["w1"], 3, restrict_vocab=5) == [
        vectors.most_similar("w1", topn=3, restrict_vocab=5)
    ]
    assert vectors.most_similar_batch(["w1"], within=["w3", "w1"])[0] == [("w3", vectors.similarity("w1", "w3"))]
    with pytest.raises(MissingWordError):
        vectors.most_similar_batch(["w1", "x"])
    with pytest.raises(ParameterError, match="several queries, got None"):
        vectors.most_similar_batch(["w1"], topn=None)
    with pytest.raises(ParameterError, match="on_missing must be one of 'error', 'skip', got 'zero'"):
        vectors.most_similar_batch(["w1"], on_missing="zero")


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("num_allowed", [3, 60, 280])
def test_within_is_the_ranking_of_those_words(measure, num_allowed):
    vectors = densities(300, 6, is_spherical=False)
    allowed = np.random.default_rng(0).permutation(300)[:num_allowed]
    words = [f"w{row}" for row in allowed]
    density = vectors.density("w9")
    order = ranking(brute_force(vectors, density.mean, density.log_variance, measure), 300, excluded=[9])
    expected = [f"w{row}" for row in order if row in allowed][:10]
    found = vectors.most_similar("w9", measure=measure, within=[*words, "unknown", words[0]])
    assert [word for word, _ in found] == expected
    low = [word for word in expected if vectors.get_index(word) < 150]
    found = vectors.most_similar("w9", topn=300, measure=measure, within=words, restrict_vocab=150)
    assert [word for word, _ in found][: len(low)] == low
    assert vectors.most_similar("w9", measure=measure, within=[]) == []
    for ask in (vectors.most_similar, vectors.hypernyms, vectors.hyponyms, vectors.nearest_by_uncertainty):
        with pytest.raises(MissingWordError, match="'w1000' is not among the 300 words; the nearest"):
            ask("w9", within=["w1000", "w1001"])
    with pytest.raises(MissingWordError, match="'w1000'"):
        vectors.most_similar_batch(["w9", "x"], measure=measure, within=["w1000"], on_missing="skip")
    scores = vectors.most_similar("w9", topn=None, measure=measure, within=words)
    np.testing.assert_array_equal(scores, vectors.scores("w9", sorted(words, key=vectors.get_index), measure=measure))


def test_weights_and_raw_vectors():
    vectors = densities(50, 4)
    unit = vectors.get_vectors(["w1", "w2", "w3"], norm=True).astype(float)
    query = 2 * unit[0] + 0.5 * unit[1] - 3 * unit[2]
    found = vectors.most_similar([("w1", 2.0), ("w2", 0.5)], [("w3", -3.0)], topn=None)
    np.testing.assert_allclose(found, vectors.most_similar([query], topn=None), atol=1e-6)
    assert vectors.most_similar(["w1"], [("w3", 1.0)]) == vectors.most_similar(["w1", "w3"])  # as in gensim
    assert vectors.most_similar(["w1"], [("w3", -1.0)]) == vectors.most_similar(["w1"], ["w3"])
    assert "w1" not in dict(vectors.most_similar([("w1", 2), "w2"], topn=49))
    raw = vectors["w1"] + vectors["w2"]
    both = vectors.most_similar([vectors["w1"], vectors["w2"]], topn=None)
    np.testing.assert_allclose(both, vectors.most_similar([raw], topn=None), atol=1e-6)
    with pytest.raises(ParameterError, match="weight of an item"):
        vectors.most_similar([("w1", np.inf)])
    with pytest.raises(ParameterError, match="takes one word"):
        vectors.most_similar([("w1", 2.0)], measure="jeffreys")


@pytest.mark.parametrize("scale", [1.0, 1e-20, 1e25])
def test_cosmul_is_the_formula(scale):
    vectors = densities(900, 7, scale=scale)
    cosines = {word: vectors.scores(word) for word in ("w1", "w2", "w3")}
    halves = {word: (1 + values) / 2 for word, values in cosines.items()}
    expected = halves["w1"] * halves["w2"] / (halves["w3"] + 1e-6)
    np.testing.assert_allclose(vectors.most_similar_cosmul(["w1", "w2"], ["w3"], topn=None), expected, rtol=1e-12)
    found = vectors.most_similar_cosmul(["w1", "w2"], ["w3"], topn=12)
    assert [word for word, _ in found] == [f"w{row}" for row in ranking(expected, 12, excluded=[1, 2, 3])]
    some = vectors.most_similar_cosmul(["w1", "w2"], "w3", topn=12, restrict_vocab=100)
    assert [word for word, _ in some] == [f"w{row}" for row in ranking(expected[:100], 12, excluded=[1, 2, 3])]
    assert vectors.most_similar_cosmul("w1", topn=5)[0][0] == vectors.most_similar("w1")[0][0]
    assert vectors.most_similar_cosmul("w1", topn=0) == []
    with pytest.raises(ParameterError, match="positive must hold"):
        vectors.most_similar_cosmul(negative="w1")


@pytest.mark.parametrize("num_words", [40, 3000])
def test_cosmul_of_many_questions_is_that_of_all_scores(num_words, monkeypatch):
    monkeypatch.setattr(cosmul, "_ELEMENTS_AT_ONCE", 7000)  # so that questions and rows are taken in parts
    monkeypatch.setattr(cosmul, "_ROWS_AT_ONCE", 999)
    random = np.random.default_rng(3)
    rows = random.normal(size=(num_words, 5)) * 10.0 ** random.uniform(-8, 8, (num_words, 1))
    rows[3], rows[4], rows[5], rows[6] = 0, rows[4] * 1e-40, rows[5] * 1e26, rows[7] * 3
    rows[20:30] = rows[20]  # equals
    table = KeyedVectors([f"w{row}" for row in range(num_words)], rows.astype(np.float32)).rows.table
    units = random.normal(size=(30, 5))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    units[7], units[8] = 0, -units[9]
    questions = [
        ((2, 3), (4,)), ((1,), ()), ((7,), (2,)), ((8,), (9, 9)), ((9,), (8,)), ((0, 0), (0,)), (range(30), ())
    ] + [(tuple(random.integers(0, 30, 2)), tuple(random.integers(0, 30, 1))) for _ in range(9)]  # fmt: skip
    scope = range(2, num_words - 1)
    found = cosmul.cosmul_nearest(table, units, [*questions, ((5,) * 400, ())], 25, scope)
    for (positive, negative), (near, scores) in zip([*questions, ((5,) * 400, ())], found, strict=True):
        every = cosmul.cosmul_scores(table, units[[*positive, *negative]], len(positive), np.arange(num_words))
        expected = [row for row in ranking(every, num_words) if row in scope][:25]
        assert near.tolist() == expected
        np.testing.assert_array_equal(scores, every[expected])


def test_fault_48_cosmul_with_a_zero_vector_is_no_nan():
    vectors = KeyedVectors(["a", "zero", "b"], [[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    assert not np.isnan(vectors.most_similar_cosmul("zero", "a", topn=None)).any()
    assert [word for word, _ in vectors.most_similar_cosmul("a")] == ["zero", "b"]


def test_fault_49_batches_and_lists_of_unknown_words():
    vectors = densities(20, 3)
    for words in (["x"], ["x", "y"]):
        with pytest.raises(KeyError, match="nearest spellings"):
            vectors.most_similar_batch(words)
        with pytest.raises(KeyError, match="nearest spellings"):
            vectors.get_vectors(words)
    assert vectors.get_vectors(["x", "y"], on_missing="skip").shape == (0, 3)
    np.testing.assert_array_equal(vectors.get_vectors(["x", "w1"], on_missing="zero")[0], np.zeros(3))
    np.testing.assert_array_equal(vectors.get_vectors(["x"], on_missing="prior")[0], vectors.prior_vector())
    weights = vectors.counts / vectors.counts.sum()
    np.testing.assert_allclose(vectors.prior_vector(), weights @ vectors.vectors, rtol=1e-5)


def test_fault_52_batches_allocate_no_second_table():
    import tracemalloc

    vectors = densities(60_000, 100)
    tracemalloc.start()
    vectors.most_similar_batch([f"w{row}" for row in range(20)])
    vectors.most_similar_cosmul(["w1", "w2"], ["w3"])
    vectors.fill_norms(force=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < vectors.vectors.nbytes * 0.8
