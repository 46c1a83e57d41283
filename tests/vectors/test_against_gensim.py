"""Real vectors give the answers that gensim gives, word for word."""

import gzip
import logging

import numpy as np
import pytest

from densevec.vectors import KeyedVectors

NUM_WORDS = 30_000
GENSIMS_METHODS = (
    "most_similar",
    "most_similar_cosmul",
    "most_similar_to_given",
    "similar_by_word",
    "similar_by_key",
    "similar_by_vector",
    "similarity",
    "distance",
    "distances",
    "cosine_similarities",
    "n_similarity",
    "doesnt_match",
    "rank_by_centrality",
    "closer_than",
    "rank",
    "relative_cosine_similarity",
    "get_mean_vector",
    "add_vector",
    "add_vectors",
    "get_vecattr",
    "set_vecattr",
    "get_vector",
    "get_index",
    "sort_by_descending_frequency",
    "resize_vectors",
    "vectors_for_all",
    "unit_normalize_all",
    "fill_norms",
    "get_normed_vectors",
    "evaluate_word_pairs",
    "evaluate_word_analogies",
    "has_index_for",
    "wmdistance",
)


@pytest.fixture(scope="module")
def both(shared_data):
    gensim = pytest.importorskip("gensim.models")
    logging.getLogger("gensim").setLevel(logging.ERROR)
    path = shared_data / "interop" / "glove.6B.50d.top50k.txt.gz"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    words, rows = [], np.empty((NUM_WORDS, 50), np.float32)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row, line in zip(range(NUM_WORDS), lines, strict=False):
            word, numbers = line.rstrip("\n").split(" ", 1)
            words.append(word)
            rows[row] = np.fromstring(numbers, np.float32, sep=" ")
    ours = KeyedVectors(words, rows.copy())
    theirs = gensim.KeyedVectors(vector_size=50)
    theirs.add_vectors(words, rows)
    return ours, theirs


def same_words(ours, theirs):
    """The same words in the same order; two may change places only where gensim's float32 cannot tell them apart."""
    for (word, score), (expected, other_score) in zip(ours, theirs, strict=True):
        assert word == expected or abs(score - other_score) < 1e-6, (ours, theirs)
    np.testing.assert_allclose([score for _, score in ours], [score for _, score in theirs], atol=2e-5, rtol=1e-5)


def queries(count, size, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, NUM_WORDS // 10, (count, size))


def test_most_similar(both):
    ours, theirs = both
    words = [ours.index_to_key[row] for row in queries(150, 1).ravel()]
    for word, found in zip(words, ours.most_similar_batch(words), strict=True):
        same_words(found, theirs.most_similar(word))
        assert [near for near, _ in ours.most_similar(word)] == [near for near, _ in found]
    same_words(
        ours.most_similar(words[0], topn=7, clip_start=100, clip_end=5000),
        theirs.most_similar(words[0], topn=7, clip_start=100, clip_end=5000),
    )
    same_words(ours.similar_by_word(words[1], restrict_vocab=999), theirs.similar_by_word(words[1], restrict_vocab=999))
    same_words(ours.similar_by_key(3), theirs.similar_by_key(3))
    same_words(ours.similar_by_vector(ours["kiwi"]), theirs.similar_by_vector(theirs["kiwi"]))
    np.testing.assert_allclose(ours.most_similar("egg", topn=None), theirs.most_similar("egg", topn=None), atol=2e-6)


def test_several_words_weights_and_vectors(both):
    ours, theirs = both
    for row, places in enumerate(queries(60, 3, seed=1)):
        a, b, c = (ours.index_to_key[place] for place in places)
        same_words(ours.most_similar([b, c], [a]), theirs.most_similar([b, c], [a]))
        if row < 10:
            same_words(ours.most_similar([(b, 0.3), c], [(a, -2.0)]), theirs.most_similar([(b, 0.3), c], [(a, -2.0)]))
            same_words(
                ours.most_similar([ours[b], ours[c]], [ours[a]]),
                theirs.most_similar([theirs[b], theirs[c]], [theirs[a]]),
            )
            same_words(ours.most_similar_cosmul([b, c], [a]), theirs.most_similar_cosmul([b, c], [a]))


def test_analogies(both, shared_data, tmp_path):
    ours, theirs = both
    path = shared_data / "analogy" / "google-questions-words.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    some = tmp_path / "questions.txt"
    some.write_text("\n".join(line for number, line in enumerate(lines) if line.startswith(":") or number % 25 == 0))
    for options in ({}, {"dummy4unknown": True, "restrict_vocab": 10_000}, {"case_insensitive": False}):
        score, sections = ours.evaluate_word_analogies(some, **options)
        expected_score, expected = theirs.evaluate_word_analogies(str(some), **options)
        assert score == expected_score
        for mine, gensims in zip(sections, expected, strict=True):
            assert {name: mine[name] for name in gensims} == gensims
    assert ours.evaluate_word_analogies(some, restrict_vocab=10_000)[0] > 0.3


def test_pairs(both, shared_data):
    ours, theirs = both
    path = shared_data / "interop" / "wordsim353.tsv"
    for options in ({}, {"dummy4unknown": True}, {"restrict_vocab": 5000}, {"case_insensitive": False}):
        found, expected = ours.evaluate_word_pairs(path, **options), theirs.evaluate_word_pairs(str(path), **options)
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-4, atol=1e-30)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-4, atol=1e-30)
        assert found[2] == pytest.approx(expected[2])


def test_lists_of_words(both):
    ours, theirs = both
    for rows in queries(60, 5, seed=2):
        words = [ours.index_to_key[row] for row in rows]
        assert ours.doesnt_match(words) == theirs.doesnt_match(words)
        ranked, expected = ours.rank_by_centrality(words), theirs.rank_by_centrality(words)
        assert [word for _, word in ranked] == [word for _, word in expected]
        np.testing.assert_allclose([score for score, _ in ranked], [score for score, _ in expected], atol=1e-5)
        assert ours.most_similar_to_given(words[0], words[1:]) == theirs.most_similar_to_given(words[0], words[1:])
        assert ours.n_similarity(words[:2], words[2:]) == pytest.approx(
            theirs.n_similarity(words[:2], words[2:]), abs=1e-5
        )
        np.testing.assert_allclose(ours.distances(words[0], words), theirs.distances(words[0], words), atol=1e-5)
        for options in ({}, {"pre_normalize": False}, {"post_normalize": True}, {"weights": [1, 2, 3, -4, 0.5]}):
            np.testing.assert_allclose(
                ours.get_mean_vector(words, **options), theirs.get_mean_vector(words, **options), atol=1e-5
            )
    assert ours.doesnt_match(["breakfast", "cereal", "dinner", "lunch"]) == "cereal"


def test_one_or_two_words(both):
    ours, theirs = both
    for a, b in (("kiwi", "bird"), ("king", "queen"), ("the", "egg")):
        assert ours.similarity(a, b) == pytest.approx(theirs.similarity(a, b), abs=1e-5)
        assert ours.distance(a, b) == pytest.approx(theirs.distance(a, b), abs=1e-5)
        assert ours.rank(a, b) == theirs.rank(a, b)
        assert ours.closer_than(a, b) == theirs.closer_than(a, b)
        assert ours.relative_cosine_similarity(a, b) == pytest.approx(theirs.relative_cosine_similarity(a, b), rel=1e-4)
        np.testing.assert_array_equal(ours.get_vector(a), theirs.get_vector(a))
        np.testing.assert_allclose(ours.get_vector(a, norm=True), theirs.get_vector(a, norm=True), rtol=1e-5)
    np.testing.assert_allclose(ours.get_normed_vectors(), theirs.get_normed_vectors(), atol=1e-6)


def test_word_movers_distance(both):
    pytest.importorskip("ot")
    ours, theirs = both
    one = ["obama", "speaks", "to", "the", "media", "in", "illinois"]
    for other in (
        "the president greets the press in chicago",
        "the band played the the music",
        "unheard-of words here",
    ):
        expected = theirs.wmdistance(one, other.split())
        assert ours.wmdistance(one, other.split()) == pytest.approx(expected, rel=1e-5)
        assert ours.wmdistance(one, other.split(), norm=False) == pytest.approx(
            theirs.wmdistance(one, other.split(), norm=False), rel=1e-5
        )


def test_soft_cosine(both):
    corpora = pytest.importorskip("gensim.corpora")
    similarities = pytest.importorskip("gensim.similarities")
    from scipy import sparse

    ours, theirs = both
    one, other = (
        ["obama", "speaks", "to", "the", "media", "in", "illinois"],
        ["the", "president", "greets", "the", "press", "in", "chicago"],
    )
    known = [[word for word in document if word in theirs] for document in (one, other)]
    assert all(known)
    dictionary = corpora.Dictionary(known)
    # its own index looks at fewer neighbours the more cells are filled, so that likenesses get lost: all are given here
    words = [dictionary[number] for number in range(len(dictionary))]
    cosines = [[theirs.similarity(word, other) for other in words] for word in words]
    matrix = similarities.SparseTermSimilarityMatrix(sparse.csc_matrix(np.maximum(cosines, 0) ** 2))
    bags = [dictionary.doc2bow(document) for document in known]
    expected = matrix.inner_product(*bags, normalized=(True, True))
    assert ours.soft_cosine(one, other) == pytest.approx(float(expected), rel=1e-4)


def test_names_and_argument_orders_are_gensims(both):
    import inspect

    ours, theirs = both
    ignored = {"self", "indexer"}
    for name in GENSIMS_METHODS:
        wanted = [p for p in inspect.signature(getattr(theirs, name)).parameters.values() if p.name not in ignored]
        found = list(inspect.signature(getattr(ours, name)).parameters.values())
        assert [p.name for p in found[: len(wanted)]] == [p.name for p in wanted], name
        assert [p.default for p in found[: len(wanted)]] == [p.default for p in wanted], name
        assert all(p.kind is p.KEYWORD_ONLY for p in found[len(wanted) :]), name
