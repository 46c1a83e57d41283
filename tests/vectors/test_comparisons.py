"""Pairs, means, centrality, document distances."""

import sys
import tracemalloc

import numpy as np
import pytest

from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors
from densevec.vectors.transport import transport_cost

from .makers import ROWS, WORDS, densities


@pytest.fixture
def vectors():
    return KeyedVectors(WORDS, ROWS)


@pytest.mark.parametrize("storage", ["float32", "float16"])
@pytest.mark.parametrize("dim", [1, 7, 300])
def test_scores_of_all_words_have_the_bits_of_single_ones(dim, storage):
    random = np.random.default_rng(dim)
    rows = (random.standard_normal((50, dim)) * 10.0 ** random.uniform(-3, 3, (50, 1))).astype(np.float32)
    rows[7] = 0
    words = [f"w{row}" for row in range(50)]
    vectors = KeyedVectors(words, rows).stored_as(storage)
    table = vectors.vectors.astype(np.float64)
    for query in ("w3", "w7", rows[4], random.standard_normal(dim), np.zeros(dim), np.full(dim, 1e100)):
        mean = table[int(query[1:])] if isinstance(query, str) else np.asarray(query, np.float64)
        scale = np.sqrt((mean**2).sum()) * np.sqrt((table**2).sum(-1))
        expected = (table * mean).sum(-1) / np.where(scale > 0, scale, 1)
        np.testing.assert_array_equal(vectors.scores(query), expected)
        assert vectors.scores(query).tolist() == [vectors.scores(query, [word])[0] for word in words]
        assert vectors.scores(query)[9] == vectors.similarity(query, "w9")


@pytest.mark.parametrize("storage", ["float32", "bfloat16"])
@pytest.mark.parametrize("kind", [KeyedVectors, DensityVectors, MixtureVectors])
def test_no_cosine_is_above_1_and_words_of_one_direction_are_in_row_order(kind, storage):
    rows = np.random.default_rng(0).standard_normal((300, 30)).astype(np.float32)
    words, rows = [f"w{row}" for row in range(600)], np.concatenate([rows, 2 * rows])
    more = {KeyedVectors: (rows,), DensityVectors: (rows, np.ones(600))}
    vectors = kind(words, *more.get(kind, (rows[:, None], np.ones((600, 1)), np.ones((600, 1))))).stored_as(storage)
    assert {vectors.similarity(word, word) for word in words} <= {1.0, 1 - 2.0**-53, 1 - 2.0**-52}
    assert min(vectors.distance(word, word) for word in words) >= 0
    assert max(vectors.scores(word).max() for word in words) <= 1 >= vectors.scores(words[0], words[:1])[0]
    assert max(vectors.n_similarity([word], [word, word]) for word in words) <= 1
    assert max(vectors.cosine_similarities(row, row[None])[0] for row in rows) <= 1
    assert min(vectors.cosine_similarities(row, -row[None])[0] for row in rows) >= -1
    for own, found in enumerate(vectors.most_similar_batch(rows, topn=3, exact=True)):
        assert found == vectors.most_similar(rows[own], topn=3), own
        assert found[0][1] <= 1, own
        assert found == sorted(found, key=lambda pair: (-pair[1], int(pair[0][1:]))), own


def test_lengths_beyond_float32_are_no_warning(recwarn):
    vectors = KeyedVectors(["large", "small"], np.array([[3e38, 3e38], [1, 0]], np.float32))
    assert vectors["large"].tolist() == [np.float32(3e38)] * 2
    assert vectors.similarity("large", "small") == pytest.approx(0.5**0.5)
    assert vectors.most_similar("large")[0][0] == "small"
    assert not recwarn.list


def test_cosines_with_a_long_matrix_need_no_copy_of_it() -> None:
    matrix = np.random.default_rng(0).normal(size=(100_000, 30)).astype(np.float32)
    matrix[-1] = 0
    tracemalloc.start()
    try:
        cosines = KeyedVectors.cosine_similarities(matrix[5], matrix)
        assert tracemalloc.get_traced_memory()[1] < 5 << 20  # of 12 MB, 24 in float64
    finally:
        tracemalloc.stop()
    one_by_one = [KeyedVectors.cosine_similarities(matrix[5], row[None])[0] for row in matrix[[5, 4095, 4096, -1]]]
    np.testing.assert_allclose(cosines[[5, 4095, 4096, -1]], one_by_one, atol=1e-15)


def test_distances_and_ranks(vectors):
    assert vectors.distance("kiwi", "plum") == 1 - vectors.similarity("kiwi", "plum")
    np.testing.assert_allclose(vectors.distances("kiwi"), [vectors.distance("kiwi", word) for word in WORDS])
    np.testing.assert_allclose(vectors.distances([1.0, 1.0, 0.0], ["plum"]), [vectors.distance("kiwi", "plum")])
    np.testing.assert_allclose(
        vectors.cosine_similarities(vectors["kiwi"], vectors.vectors), vectors.scores("kiwi"), atol=1e-7
    )
    neighbours = [word for word, _ in vectors.most_similar("kakapo")]
    for place, word in enumerate(neighbours, 1):
        assert vectors.rank("kakapo", word) == place
        assert set(vectors.closer_than("kakapo", word)) == set(neighbours[: place - 1])
    assert vectors.most_similar_to_given("kakapo", ["plum", "bird", "nothing"]) == "bird"
    total = sum(score for _, score in vectors.most_similar("kakapo", topn=3))
    assert vectors.relative_cosine_similarity("kakapo", "bird", 3) == vectors.similarity("kakapo", "bird") / total
    with pytest.raises(ParameterError, match="vectors_all must be of shape"):
        vectors.cosine_similarities([1.0, 2.0], [[1.0]])
    for bad in (np.nan, np.inf):
        with pytest.raises(ParameterError, match="vector_1 must be finite, got nan or inf"):
            vectors.cosine_similarities([1.0, bad], [[1.0, 2.0]])
        with pytest.raises(ParameterError, match="vectors_all must be finite, got nan or inf in row 1"):
            vectors.cosine_similarities([1.0, 2.0], [[1.0, 2.0], [bad, 2.0]])
    with pytest.raises(ParameterError, match="at least one word"):
        vectors.most_similar_to_given("kiwi", [])


def test_fault_48_zero_vectors_have_distances(vectors):
    assert vectors.distance("kiwi", "nothing") == 1
    assert not np.isnan(vectors.distances("nothing")).any()
    assert not np.isnan(vectors.cosine_similarities(np.zeros(3), vectors.vectors)).any()
    assert not np.isnan(vectors.get_normed_vectors()).any()
    np.testing.assert_array_equal(vectors.get_vector("nothing", norm=True), np.zeros(3))
    assert vectors.n_similarity(["nothing"], ["kiwi"]) == 0
    assert vectors.wmdistance(["nothing"], ["kiwi"]) == pytest.approx(1)
    with pytest.raises(ParameterError, match="must not sum to 0"):
        vectors.relative_cosine_similarity("nothing", "kiwi")


def test_mean_vectors(vectors):
    unit = vectors.get_vectors(["kiwi", "plum"], norm=True)
    np.testing.assert_allclose(vectors.get_mean_vector(["kiwi", "plum"]), unit.mean(0), rtol=1e-6)
    weighted = (2 * unit[0] - unit[1]) / 3
    np.testing.assert_allclose(vectors.get_mean_vector(["kiwi", "plum", "x"], [2, -1, 7]), weighted, rtol=1e-6)
    raw = vectors.get_mean_vector(["kiwi", np.array([1.0, 2.0, 3.0])], pre_normalize=False)
    np.testing.assert_allclose(raw, [1, 1.5, 1.5])
    assert np.linalg.norm(vectors.get_mean_vector(["kiwi", "bird"], post_normalize=True)) == pytest.approx(1)
    for weights in (None, [1.0]):
        np.testing.assert_array_equal(vectors.get_mean_vector(["x"], weights), np.zeros(3))
    np.testing.assert_allclose(vectors.get_mean_vector(["plum", "x"], on_missing="zero"), [0, 0.5, 0])
    prior = vectors.get_mean_vector(["plum", "x"], on_missing="prior", pre_normalize=False)
    np.testing.assert_allclose(prior, (vectors["plum"] + vectors.prior_vector()) / 2)
    for arguments in ({"ignore_missing": False}, {"on_missing": "error"}):
        with pytest.raises(MissingWordError):
            vectors.get_mean_vector(["plum", "x"], **arguments)
    for keys, weights in (([], None), (["kiwi"], [1.0, 2.0]), (["kiwi"], [np.nan])):
        with pytest.raises(ParameterError):
            vectors.get_mean_vector(keys, weights)
    with pytest.raises(ParameterTypeError, match="keys must be a list of words or vectors, got one string"):
        vectors.get_mean_vector("kiwi")
    expected = KeyedVectors.cosine_similarities(vectors["plum"], vectors[["kiwi", "bird"]].mean(0)[None])[0]
    assert vectors.n_similarity(["plum"], ["kiwi", "bird"]) == pytest.approx(expected)
    for empty in (([], ["kiwi"], "ws1"), (["kiwi"], (), "ws2")):
        with pytest.raises(ValueError, match=f"^{empty[2]} must be a list of at least one word or vector"):
            vectors.n_similarity(*empty[:2])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("factor", [2.0**-1000, 2.0**-530, 2.0**60, 2.0**515, 2.0**1000])
@pytest.mark.parametrize("num_words", [20, 2000])
def test_the_length_of_a_query_changes_no_cosine(factor, num_words):
    vectors = densities(num_words, 6)
    point = np.random.default_rng(1).normal(size=6)
    long = point * factor  # to the bit in the same direction
    asked = {
        "most_similar": lambda x: vectors.most_similar([x]),
        "a density": lambda x: vectors.most_similar(Gaussian(x, 1.0)),
        "batch": lambda x: vectors.most_similar_batch([x, point, "w1", point / factor, x]),
        "within": lambda x: vectors.most_similar([x], within=["w3", "w4", "w5"]),
        "cosmul": lambda x: vectors.most_similar_cosmul([x, "w1"], [x]),
        "similarity": lambda x: vectors.similarity("w3", x),
        "both": lambda x: vectors.similarity(x, point / factor),
        "scores": lambda x: vectors.scores(x).tolist(),
        "of some": lambda x: vectors.scores(x, ["w3", "w4"]).tolist(),
        "rank": lambda x: vectors.rank(x, "w3"),
        "n_similarity": lambda x: vectors.n_similarity([x, 2 * x], ["w3", "w4"]),
        "static": lambda x: vectors.cosine_similarities(x, np.array([point, x])).tolist(),
    }
    for name, ask in asked.items():
        assert ask(long) == ask(point), name
    weighted = [("w1", factor), ("w2", -factor), ("w3", 2 * factor)]
    assert vectors.most_similar(weighted) == vectors.most_similar([("w1", 1.0), ("w2", -1.0), ("w3", 2.0)])
    assert vectors.most_similar([(long, factor), ("w3", 0.0)], topn=3) == vectors.most_similar(
        [(point, 1.0), ("w3", 0.0)], topn=3
    )
    mean = vectors.get_mean_vector(["w1", "w2"], [factor, 3 * factor])
    np.testing.assert_array_equal(mean, vectors.get_mean_vector(["w1", "w2"], [1, 3]))


def test_vectors_longer_than_float32_have_directions():
    vectors = KeyedVectors(["kiwi", "plum"], np.array([[3e38] * 4, [1e-40, 0, 0, 0]]))
    np.testing.assert_allclose(vectors.get_normed_vectors(), [[0.5] * 4, [1, 0, 0, 0]], rtol=1e-4)
    with pytest.raises(ParameterError, match="keys must have a mean that is finite in float32, got 1e\\+60"):
        vectors.get_mean_vector([np.full(4, 1e60)])


def test_centrality(vectors):
    ranked = vectors.rank_by_centrality(["kakapo", "parrot", "bird", "plum", "x"])
    assert ranked[-1][1] == vectors.doesnt_match(["kakapo", "parrot", "bird", "plum"]) == "plum"
    assert [score for score, _ in ranked] == sorted((score for score, _ in ranked), reverse=True)
    with pytest.raises(ValueError, match="at least one known word"):
        vectors.doesnt_match(["x", "y"])
    with pytest.raises(ParameterTypeError, match="one string"):
        vectors.doesnt_match("kiwi")


def test_words_and_rows_are_ranked_together():
    vectors = KeyedVectors(["cat", "dog", "egg"], [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    by_row = vectors.rank_by_centrality(["cat", 0, "dog", "egg"])
    assert [word for _, word in by_row] == ["dog", "cat", 0, "egg"]
    assert [score for score, _ in by_row] == [score for score, _ in vectors.rank_by_centrality([0, 0, 1, 2])]


def test_norms(vectors):
    np.testing.assert_allclose(vectors.norms, np.linalg.norm(vectors.vectors, axis=1), rtol=1e-6)
    assert vectors.norms.shape == (6,)
    np.testing.assert_allclose(np.linalg.norm(vectors.get_normed_vectors()[:5], axis=1), 1, rtol=1e-6)
    vectors.vectors[0] = [5, 0, 0]
    vectors.fill_norms(force=True)
    assert vectors.norms[0] == 5
    assert vectors.most_similar("kiwi", topn=1)[0][0] == "parrot"
    assert vectors.has_index_for("kiwi")
    assert not vectors.has_index_for("x")


@pytest.fixture(params=["POT", "SciPy"])
def solver(request, monkeypatch):
    if request.param == "SciPy":
        monkeypatch.setitem(sys.modules, "ot", None)
    else:
        pytest.importorskip("ot")
    return request.param


def test_wmdistance(solver):
    vectors = densities(40, 5)
    one, other = ["w1", "w2", "w2", "unknown"], ["w3", "w1", "w4", "w5", "w5"]
    distance = vectors.wmdistance(one, other)
    assert distance == pytest.approx(vectors.wmdistance(other, one))
    assert 0 < distance <= 2
    assert vectors.wmdistance(one, one[::-1]) == pytest.approx(0, abs=1e-12)
    unit = vectors.get_vectors(["w1", "w3"], norm=True).astype(float)
    assert vectors.wmdistance(["w1"], ["w3", "w3"]) == pytest.approx(np.linalg.norm(unit[0] - unit[1]), rel=1e-6)
    raw = vectors[["w1", "w3"]].astype(float)
    assert vectors.wmdistance(["w1"], ["w3"], norm=False) == pytest.approx(np.linalg.norm(raw[0] - raw[1]), rel=1e-6)
    assert vectors.wmdistance(["unknown"], one) == vectors.wmdistance(one, []) == np.inf
    with pytest.raises(ParameterTypeError, match="split it"):
        vectors.wmdistance("w1 w2", one)


def test_transport_is_optimal(solver):
    """Against the dual: prices that no lane's cost is below prove that no plan is cheaper."""
    from scipy.optimize import linprog

    random = np.random.default_rng(0)
    for shape in ((1, 1), (4, 4), (3, 7), (12, 5)):
        cost = random.uniform(size=shape)
        for source, target in (
            (np.full(shape[0], 1 / shape[0]), np.full(shape[1], 1 / shape[1])),
            (random.dirichlet(np.ones(shape[0])), random.dirichlet(np.ones(shape[1]))),
        ):
            lanes = np.array([np.eye(sum(shape))[i] + np.eye(sum(shape))[shape[0] + j] for i, j in np.ndindex(shape)])
            dual = linprog(-np.concatenate([source, target]), A_ub=lanes, b_ub=cost.ravel(), bounds=(None, None))
            assert transport_cost(source, target, cost) == pytest.approx(-dual.fun, abs=1e-9)


@pytest.mark.parametrize("scale", [0.0, 2.0**-100, 2.0**-27, 2.0**60, 2.0**120])
def test_short_and_long_vectors_are_as_far_apart_as_their_length_says(solver, scale):
    rows = np.array([[1, 0], [0, 1], [1, 1], [2, 1], [1, 3]])
    one, other = ["a", "b", "b"], ["c", "d", "e"]
    distance = KeyedVectors(list("abcde"), rows).wmdistance(one, other, norm=False)
    scaled = KeyedVectors(list("abcde"), rows * scale)
    for pair in ((one, other), (other, one)):
        assert scaled.wmdistance(*pair, norm=False) == pytest.approx(distance * scale, rel=1e-12, abs=0)


def test_items_may_be_densities():
    vectors = densities(20, 3)
    density = vectors.density("w4")
    assert vectors.distance(density, "w4") == pytest.approx(0)
    np.testing.assert_allclose(vectors.get_mean_vector([density]), vectors.get_mean_vector(["w4"]))
    expected = vectors.most_similar(["w4", "w1"], topn=None)
    np.testing.assert_allclose(vectors.most_similar([Gaussian(density.mean, 1.0), "w1"], topn=None), expected)


def test_no_cosine_of_parallel_vectors_is_above_1():
    """In soft cosines, whose exponents make much of what is, neither."""
    for vector in np.random.default_rng(4).normal(size=(100, 7)):
        aside = np.r_[vector[1], -vector[0], np.zeros(5)]
        vectors = KeyedVectors(["near", "nearer", "far", "aside"], [vector, vector / 2, vector * 3, aside])
        ranked = vectors.rank_by_centrality(["near", "nearer", "far"])
        assert [score for score, _ in ranked] == pytest.approx([1] * 3, abs=1e-12) and ranked[0][0] <= 1
        assert vectors.rank_by_centrality(["near", "far"], use_norm=False)[0][0] > 1
        assert vectors.soft_cosine(["near", "far", "aside"], ["aside"], exponent=1e18) >= 5**-0.5 - 1e-6


def test_soft_cosine():
    vectors = densities(40, 5)
    one, other = ["w1", "w2", "w2", "unknown"], ["w3", "w1", "w4", "w5", "w5"]

    def plain(a, b, exponent, threshold):
        total = 0.0
        for word in a:
            for mate in b:
                cosine = 1.0 if word == mate else vectors.similarity(word, mate)
                total += cosine**exponent if cosine > threshold else 0.0
        return total

    known = one[:-1]
    for exponent, threshold in ((2.0, 0.0), (1.0, 0.3), (0.5, 0.0)):
        expected = plain(known, other, exponent, threshold) / np.sqrt(
            plain(known, known, exponent, threshold) * plain(other, other, exponent, threshold)
        )
        assert vectors.soft_cosine(one, other, exponent, threshold) == pytest.approx(expected, rel=1e-5)
        assert vectors.soft_cosine(other, one, exponent, threshold) == pytest.approx(expected, rel=1e-5)
    assert vectors.soft_cosine(one, one[::-1]) == pytest.approx(1, abs=1e-12)
    assert vectors.soft_cosine(["unknown"], one) == vectors.soft_cosine(one, []) == 0
    zero = KeyedVectors(["nothing", "kiwi"], [[0.0, 0.0], [1.0, 0.0]])
    assert zero.soft_cosine(["nothing"], ["nothing"]) == 1 and zero.soft_cosine(["nothing"], ["kiwi"]) == 0
    for wrong in ({"exponent": 0}, {"threshold": 1.1}, {"threshold": -0.1}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            vectors.soft_cosine(one, other, **wrong)
