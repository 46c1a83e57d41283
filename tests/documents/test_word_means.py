"""DocumentVectorizer: its formulas, scikit-learn's checks, pipelines and grid searches, pickles."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from densevec import LSA, BayesianSkipGram, SkipGram
from densevec.documents import DocumentVectorizer
from densevec.errors import MissingWordError, ParameterError, ParameterTypeError
from densevec.vectors import DensityVectors, KeyedVectors
from tests.vectors.makers import densities, subword_densities


@pytest.fixture(params=["spherical", "diagonal"])
def vectors(request):
    return densities(30, 4, is_spherical=request.param == "spherical")


def test_the_formulas(vectors):
    words = ["w1", "w2", "w2", "w9"]
    means = vectors[words].astype(float)
    precisions = 1 / np.array([np.broadcast_to(vectors.variance(word), 4) for word in words])
    (plain,) = DocumentVectorizer(vectors).fit_transform([words])
    np.testing.assert_allclose(plain, means.mean(0))
    (weighted,) = DocumentVectorizer(vectors, weighting="precision").fit_transform([words])
    np.testing.assert_allclose(weighted, (means * precisions).sum(0) / precisions.sum(0))


@pytest.mark.parametrize("is_spherical", [True, False])
@pytest.mark.parametrize("on_missing", ["error", "skip", "zero", "prior"])
def test_words_of_sub_words_are_weighed_by_their_own_variance(is_spherical, on_missing):
    vectors = subword_densities(["kiwi", "bird"], is_spherical=is_spherical)
    words = ["kiwiish", "bird"]
    made = vectors.vectors_for_all(words)  # a row for each
    precisions = 1 / made.variances.reshape(2, -1).astype(float)
    (found,) = DocumentVectorizer(vectors, weighting="precision", on_missing=on_missing).fit_transform([words])
    np.testing.assert_allclose(found, (made.vectors * precisions).sum(0) / precisions.sum(0), rtol=1e-6)


@pytest.mark.parametrize("weighting", ["mean", "precision"])
def test_unknown_words(vectors, weighting):
    def transformed(on_missing, documents):
        return DocumentVectorizer(vectors, weighting=weighting, on_missing=on_missing).fit_transform(documents)

    documents = [["w1", "x"], ["x"], [], ["w1"]]
    prior = vectors.prior_density()
    precision = np.broadcast_to(1 / np.asarray(vectors.variance("w1")), 4), np.broadcast_to(1 / prior.variance, 4)
    first, other = precision if weighting == "precision" else (np.ones(4), np.ones(4))
    w1 = vectors["w1"].astype(float)
    np.testing.assert_allclose(transformed("skip", documents), [w1, np.zeros(4), np.zeros(4), w1])
    np.testing.assert_allclose(
        transformed("zero", documents), [w1 * first / (first + other), np.zeros(4), np.zeros(4), w1], rtol=1e-6
    )
    mixed = (w1 * first + prior.mean * other) / (first + other)
    np.testing.assert_allclose(
        transformed("prior", documents), [mixed, prior.mean, prior.mean, w1], rtol=1e-5, atol=1e-7
    )
    with pytest.raises(MissingWordError, match="'x'"):
        transformed("error", documents)


def test_documents_come_as_strings_or_tokens(vectors):
    vectorizer = DocumentVectorizer(vectors, tokenizer="words", lowercase=True).fit()
    rows = vectorizer.transform(["W1, w2!", ["w1", "w2"], np.array(["w1", "w2"]), ("w2", "w1")])
    np.testing.assert_allclose(rows, rows[:1].repeat(4, 0))
    split = DocumentVectorizer(vectors, tokenizer=lambda text: text.split("-")).fit_transform(["w1-w2"])
    np.testing.assert_allclose(split, rows[:1])
    assert vectorizer.transform(document for document in ["w1"]).shape == (1, 4)
    assert vectorizer.transform([]).shape == (0, 4)
    for bad in ("w1 w2", 3, [3], [["w1", 3]], [b"w1"], [None]):
        with pytest.raises(ParameterTypeError):
            vectorizer.transform(bad)


def test_bad_parameters(vectors):
    for options in ({"weighting": "sum"}, {"on_missing": "drop"}):
        with pytest.raises(ParameterError, match=f"{next(iter(options))} must be one of"):
            DocumentVectorizer(vectors, **options).fit()
    with pytest.raises(ParameterTypeError, match="vectors must be KeyedVectors"):
        DocumentVectorizer().fit()
    points = KeyedVectors(["a"], [[1.0]])
    with pytest.raises(ParameterError, match="needs word densities"):
        DocumentVectorizer(points, weighting="precision").fit()
    with pytest.raises(NotFittedError):
        DocumentVectorizer(vectors).transform([["w1"]])
    assert DocumentVectorizer(points).fit_transform(["a"]).tolist() == [[1.0]]


CHECKS = (
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
    "check_dict_unchanged_of_parameters",
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_mixin_order",
    "check_valid_tag_types",
    "check_estimator_tags_renamed",
)  # the other checks fit on matrices of numbers, which are no documents


@pytest.mark.parametrize("name", [name for name in CHECKS if hasattr(estimator_checks, name)])
def test_scikit_learns_checks(vectors, name):
    getattr(estimator_checks, name)("DocumentVectorizer", DocumentVectorizer(vectors))


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_check_estimator(vectors):
    estimator_checks.check_estimator(DocumentVectorizer(vectors))


def test_in_a_pipeline_and_a_grid_search(vectors, tmp_path):
    """Documents of the even words against those of the odd ones, the search's workers getting pickles."""
    random = np.random.default_rng(0)
    sides = random.integers(0, 2, 60)
    documents = [" ".join(f"w{2 * random.integers(0, 15) + side}" for _ in range(8)) for side in sides]
    vectors.save(tmp_path / "vectors.safetensors")
    for source in (vectors, str(tmp_path / "vectors.safetensors")):
        pipeline = make_pipeline(DocumentVectorizer(source), LogisticRegression())
        grid = {
            "documentvectorizer__weighting": ["mean", "precision"],
            "documentvectorizer__on_missing": ["skip", "prior"],
        }
        search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2 if source is vectors else 1, error_score="raise")
        search.fit(documents, sides)
        assert search.predict(documents).shape == (60,)
        fitted = search.best_estimator_
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict_proba(documents), fitted.predict_proba(documents))
        assert list(fitted[:-1].get_feature_names_out()) == [f"documentvectorizer{place}" for place in range(4)]


def test_a_clone_shares_the_table(vectors):
    vectorizer = clone(DocumentVectorizer(vectors))
    assert isinstance(vectorizer.vectors, DensityVectors)
    assert vectorizer.vectors is not vectors
    assert np.shares_memory(vectorizer.vectors.vectors, vectors.vectors)


def test_the_places_of_before_are_doors():
    from densevec import SentenceVectorizer, documents
    from densevec.models.sentence_vectorizer import SentenceVectorizer as sentences
    from densevec.vectors.document_lsa import document_lsa, word_vectors
    from densevec.vectors.documents import DocumentVectorizer as words

    assert (words, sentences) == (DocumentVectorizer, SentenceVectorizer)
    assert (document_lsa, word_vectors) == (documents.document_lsa, documents.word_vectors)
    with pytest.raises(AttributeError):
        documents.nothing  # noqa: B018


@pytest.mark.parametrize("make", [SkipGram, BayesianSkipGram, LSA])
def test_text_is_read_as_by_the_model_that_the_vectors_are_from(make, tmp_path):
    text = [["Caf\u00e9s", "serve", "Kiwi"], ["kiwi", "serve", "caf\u00e9s"]] * 10
    model = make(text, dim=2, min_count=1, lowercase=True, tokenizer="words", normalize="NFD").train()
    model.save(tmp_path / "model.safetensors")
    documents = ["KIWI, caf\u00e9s!", ["Kiwi", "CAF\u00c9S"]]
    wanted = model.vectors.get_vectors(["kiwi", "cafe\u0301s"]).astype(float).mean(0)
    for vectors in (model.vectors, tmp_path / "model.safetensors"):
        found = DocumentVectorizer(vectors).fit_transform(documents)
        np.testing.assert_allclose(found, [wanted, wanted], rtol=1e-6)
    as_given = DocumentVectorizer(model.vectors, tokenizer="whitespace", lowercase=False).fit_transform(
        ["KIWI", "kiwi"]
    )
    np.testing.assert_allclose(as_given, [np.zeros(2), model.vectors["kiwi"]])
    ranking = model.vectors.complete("SERVE, _____!", ["KIWI", "Serve"])
    tokens = ["serve", "_____"]
    scores = dict(model.vectors.complete(tokens, ["kiwi", "serve"]))
    assert dict(ranking) == {"KIWI": scores["kiwi"], "Serve": scores["serve"]}


def test_a_tokenizer_that_no_file_holds_is_asked_for(tmp_path):
    SkipGram([["a", "b"]] * 9, dim=2, min_count=1, tokenizer=str.split).train().save(tmp_path / "model.safetensors")
    vectorizer = DocumentVectorizer(tmp_path / "model.safetensors").fit()
    assert vectorizer.transform([["a", "b"]]).any()
    with pytest.raises(ParameterError, match="text must be lists of tokens"):
        vectorizer.transform(["a b"])
    assert DocumentVectorizer(tmp_path / "model.safetensors", tokenizer=str.split).fit_transform(["a b"]).any()
