"""Documents as vectors by LSA: the weights by their formula, the pipeline against NumPy's decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from densevec.documents import DocumentCounter, DocumentVectorizer, LogEntropyTransformer, document_lsa, word_vectors
from densevec.errors import ParameterError, ParameterTypeError
from densevec.vectors import KeyedVectors
from tests.topics import topics

DOCUMENTS = topics(120)


def test_counts():
    counter = DocumentCounter(tokenizer="words", lowercase=True, min_documents=2)
    counts = counter.fit_transform(["A kiwi, a plum!", ["kiwi", "a", "egg"], "unheard-of"])
    assert list(counter.get_feature_names_out()) == ["a", "kiwi"]
    assert counts.toarray().tolist() == [[2, 1], [1, 1], [0, 0]]
    assert counter.counts_.tolist() == [3, 2]
    assert counter.transform(["kiwi egg"]).toarray().tolist() == [[0, 1]]
    assert DocumentCounter(max_vocab_size=1).fit(["a a b", "a b"]).get_feature_names_out().tolist() == ["a"]


@pytest.mark.parametrize("documents", [["a b"], ["a a", "b"], ["a b c"] * 4])
def test_no_word_in_enough_documents(documents):
    problem = rf"^min_documents must be .* got 5, and none is in so many of the {len(documents)}; lower it"
    with pytest.raises(ParameterError, match=problem):
        DocumentCounter(min_documents=5).fit(iter(documents))
    assert DocumentCounter(min_documents=1).fit(documents).counts_.sum() == sum(len(text.split()) for text in documents)


@pytest.mark.parametrize("documents", [[], [""], [[], " "]])
def test_documents_without_words(documents):
    with pytest.raises(ParameterError, match=rf"^documents must have words to count, got {len(documents)} without"):
        document_lsa(2).fit(documents)


def test_an_error_of_a_tokenizer_is_its_own():
    def fails(text):
        raise ValueError("no such text")

    with pytest.raises(ValueError, match=r"^no such text"):
        DocumentCounter(tokenizer=fails).fit(["a", "a"])


@pytest.mark.parametrize("weighting", ["log_entropy", "tfidf"])
def test_data_frames_come_out(weighting):
    pytest.importorskip("pandas")
    wanted = document_lsa(3, weighting=weighting).fit_transform(DOCUMENTS)
    asked = document_lsa(3, weighting=weighting).set_output(transform="pandas").fit_transform(DOCUMENTS)
    with config_context(transform_output="pandas"):
        configured = document_lsa(3, weighting=weighting).fit_transform(DOCUMENTS)
    for frame in (asked, configured):
        assert list(frame.columns) == ["truncatedsvd0", "truncatedsvd1", "truncatedsvd2"]
        np.testing.assert_array_equal(frame.to_numpy(), wanted)


@pytest.mark.parametrize("weighting", ["log_entropy", "tfidf"])
def test_data_frames_keep_the_index_of_the_documents(weighting):
    pandas = pytest.importorskip("pandas")
    wanted = document_lsa(3, weighting=weighting).fit_transform(DOCUMENTS)
    table = pandas.DataFrame({"text": [" ".join(document) for document in DOCUMENTS]})
    table["number"], table.index = np.arange(len(table)), np.roll(table.index, 1)
    pipeline = document_lsa(3, weighting=weighting).set_output(transform="pandas")
    for found in (pipeline.fit_transform(table["text"]), pipeline.transform(table["text"])):
        assert list(found.index) == list(table.index)
    assert pipeline.transform(table["text"][:0]).shape == (0, 3)
    columns = ColumnTransformer([("lsa", pipeline, "text")], remainder="passthrough").set_output(transform="pandas")
    for found in (columns.fit_transform(table), columns.transform(table)):
        np.testing.assert_array_equal(found["lsa__truncatedsvd0"], wanted[:, 0])
        assert list(found.index[found["remainder__number"] == 2]) == [1]
    assert document_lsa(3).fit(DOCUMENTS).transform(table["text"]).shape == (120, 3)  # an array


def test_columns_keep_their_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"kiwi": [1, 2], "plum": [0, 3]})
    weights = LogEntropyTransformer().fit(frame)
    assert weights.get_feature_names_out().tolist() == ["kiwi", "plum"]
    assert weights.fit(frame.to_numpy()).get_feature_names_out().tolist() == ["x0", "x1"]
    counter = DocumentCounter(min_documents=1)
    names = make_pipeline(counter, LogEntropyTransformer()).fit(["kiwi plum", "kiwi"]).get_feature_names_out()
    assert names.tolist() == ["kiwi", "plum"]


def test_scikit_learns_checks():
    failed = [
        each["check_name"]
        for each in check_estimator(LogEntropyTransformer(), on_fail=None, on_skip=None)
        if each["status"] == "failed"
    ]
    assert not failed


def test_log_entropy_weights_by_the_formula():
    counts = np.random.default_rng(0).poisson(0.7, (30, 12))
    counts[:, 3], counts[:, 4] = 1, 0
    counts[0, 4] = 7
    share = counts / counts.sum(0)
    weight = 1 + np.sum(np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0), 0) / np.log(30)
    found = LogEntropyTransformer().fit_transform(counts).toarray()
    np.testing.assert_allclose(found, np.log1p(counts) * weight, atol=1e-12)
    assert weight[3] == pytest.approx(0)
    assert weight[4] == 1


def test_counts_may_be_weighted_already():
    """Shares of a word's own sum, however small that is."""
    np.testing.assert_allclose(LogEntropyTransformer().fit([[0.5, 0.25], [0, 0.25]]).weights_, [1, 0], atol=1e-12)
    counts = np.random.default_rng(1).poisson(0.7, (30, 12))
    few, many = (LogEntropyTransformer().fit(counts * factor).weights_ for factor in (1e-6, 1))
    np.testing.assert_allclose(few, many)


def test_the_counts_that_are_weighted_stay_what_they_are():
    counts = DocumentCounter(min_documents=1).fit_transform(["b a a", "c a b b", "a"])
    counts.indices[:2], counts.data[:2] = counts.indices[:2][::-1].copy(), counts.data[:2][::-1].copy()  # not sorted
    counts.has_sorted_indices = False
    before, transformer = counts.toarray(), LogEntropyTransformer().fit(counts)
    once, twice = (transformer.transform(counts).toarray() for _ in range(2))
    np.testing.assert_array_equal(once, twice)
    np.testing.assert_array_equal(counts.toarray(), before)


@pytest.mark.parametrize("weighting", ["log_entropy", "tfidf"])
def test_the_pipeline_is_the_decomposition_of_the_weighted_counts(weighting):
    pipeline = document_lsa(6, weighting=weighting, min_documents=1, num_iterations=30)
    found = pipeline.fit_transform(DOCUMENTS)
    weights = LogEntropyTransformer() if weighting == "log_entropy" else TfidfTransformer(sublinear_tf=True)
    matrix = make_pipeline(DocumentCounter(min_documents=1), weights).fit_transform(DOCUMENTS).toarray()
    left, values, _ = np.linalg.svd(matrix, full_matrices=False)
    # what the choice of signs and of axes of equal values cannot change
    wanted = left[:, :4] * values[:4]
    np.testing.assert_allclose(found[:, :4] @ found[:, :4].T, wanted @ wanted.T, atol=1e-2 * (wanted**2).max())
    np.testing.assert_allclose(pipeline[-1].singular_values_, values[:6], rtol=1e-2)
    np.testing.assert_allclose(pipeline.transform(DOCUMENTS), found, atol=1e-2)


@pytest.mark.parametrize("weighting", ["log_entropy", "tfidf"])
def test_what_no_pipeline_can_have(weighting):
    pipeline = document_lsa(5, min_documents=1, weighting=weighting)
    with pytest.raises(ParameterError, match=r"^dim must be at most the number of words that are kept, 3, got 5"):
        pipeline.fit_transform(["a b", "a c"])
    with pytest.raises(ParameterError, match=r"^documents must have at least two words that are kept, got 1"):
        pipeline.fit(["a", "a a"])
    with pytest.raises(NotFittedError):
        pipeline.transform([])


@pytest.mark.parametrize("weighting", ["log_entropy", "tfidf"])
def test_no_documents_have_no_vectors(weighting):
    pipeline = document_lsa(3, weighting=weighting).fit(DOCUMENTS)
    assert pipeline.transform([]).shape == (0, 3)
    assert document_lsa(3, min_documents=1).fit(["a b", "c d"]).transform([]).shape == (0, 2)
    pytest.importorskip("pandas")
    assert list(pipeline.set_output(transform="pandas").transform([]).columns) == [f"truncatedsvd{i}" for i in range(3)]


@pytest.mark.parametrize("kind", [np.array, csr_array])
def test_of_no_documents_there_are_no_weights(kind):
    weights = LogEntropyTransformer().fit([[1, 0, 2], [0, 3, 1]])
    assert weights.transform(kind(np.zeros((0, 3)))).shape == (0, 3)
    with pytest.raises(ValueError, match=r"^Negative values in data passed to X in LogEntropyTransformer"):
        weights.transform(kind([[1, -1, 0]]))


def test_words_are_vectors():
    pipeline = document_lsa(8).fit(DOCUMENTS)
    vectors = word_vectors(pipeline)
    assert vectors.counts.tolist() == sorted(vectors.counts, reverse=True)
    first = vectors.index_to_key[0]
    assert vectors.counts[0] == sum(document.count(first) for document in DOCUMENTS)
    for word in vectors.index_to_key[:20]:
        assert vectors.most_similar(word, topn=1)[0][0][0] == word[0]
    bare = word_vectors(pipeline, eigenvalue_weight=0.0)
    np.testing.assert_allclose(np.linalg.norm(bare.vectors, axis=0), 1, atol=1e-5)


def hyphenated(text):
    return text.split("-")


def test_words_read_documents_as_the_pipeline_does(tmp_path):
    documents = ["A Kiwi, an egg!", "the kiwi's egg", "A plum; an egg.", "plum, kiwi"]
    pipeline = document_lsa(2, min_documents=np.int64(2), tokenizer="words", lowercase=np.True_).fit(documents)
    vectors = word_vectors(pipeline)
    vectors.save(tmp_path / "words.safetensors")
    wanted = DocumentVectorizer(vectors).fit_transform([["kiwi", "egg"]])
    assert wanted.any()
    for read in (vectors, KeyedVectors.load(tmp_path / "words.safetensors")):
        assert read.parameters == {"tokenizer": "words", "lowercase": True, "min_documents": 2, "max_vocab_size": None}
        np.testing.assert_array_equal(DocumentVectorizer(read).fit_transform(["KIWI? Egg!"]), wanted)


def test_words_of_a_tokenizer_that_is_a_function_ask_for_it():
    vectors = word_vectors(document_lsa(2, tokenizer=hyphenated).fit(["kiwi-egg", "kiwi-plum-egg", "plum-kiwi"]))
    with pytest.raises(ParameterError, match=r"text was cut by a function, '.*\.hyphenated'"):
        DocumentVectorizer(vectors).fit_transform(["kiwi-egg"])
    found = DocumentVectorizer(vectors, tokenizer=hyphenated).fit_transform(["kiwi-egg", ["kiwi", "egg"]])
    np.testing.assert_array_equal(found[0], found[1])


def test_documents_are_told_apart_by_topic():
    labels = [document[0][0] for document in DOCUMENTS]
    classifier = make_pipeline(document_lsa(4), LogisticRegression())
    assert classifier.fit(DOCUMENTS[:80], labels[:80]).score(DOCUMENTS[80:], labels[80:]) == 1.0


def test_one_seed_one_result_and_clones():
    pipeline = document_lsa(5, seed=3)
    first, again = clone(pipeline).fit_transform(DOCUMENTS), clone(pipeline).fit_transform(DOCUMENTS)
    np.testing.assert_array_equal(first, again)


def test_what_is_no_list_of_documents():
    with pytest.raises(ParameterTypeError, match=r"^documents must be a list"):
        document_lsa(2).fit("one string")
    with pytest.raises(ParameterError, match=r"^weighting must be one of"):
        document_lsa(2, weighting="ppmi")
    with pytest.raises(ParameterError, match=r"^min_documents must be"):
        document_lsa(2, min_documents=0).fit(DOCUMENTS)
    with pytest.raises(ParameterTypeError, match=r"^lowercase must be True or False, got 'no'"):
        document_lsa(2, lowercase="no").fit(DOCUMENTS)
    with pytest.raises(ParameterError, match=r"^seed must be an integer"):
        document_lsa(2, seed=2**32)
    for pipeline in (3, None, make_pipeline(DocumentCounter()), LogisticRegression()):
        with pytest.raises(ParameterTypeError, match=r"^pipeline must be one of document_lsa, got"):
            word_vectors(pipeline)
