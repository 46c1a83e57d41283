"""LSA: the decomposition against NumPy's, what it knows of the aviary, files, seeds, bounds."""

from __future__ import annotations

import warnings
from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array

from densevec import LSA, Aviary, KeyedVectors, build_vocabulary, encode_corpus, load_vectors
from densevec.cli import main
from densevec.corpus.association import weigh_counts
from densevec.corpus.cooccurrence import count_cooccurrences
from densevec.errors import FormatError, NotTrainedError, ParameterError, TrainingWarning
from densevec.formats import read_container, write_container
from densevec.models.lsa import _factors
from tests.topics import topics

SMALL = {"dim": 8, "min_count": 1}


def matrix_of(corpus, **settings):
    settings = {"window": 10, "distance_weighting": "linear", "smoothing": 1.0, **settings}
    weighting = {name: settings.pop(name) for name in ("weighting", "smoothing", "shift") if name in settings}
    vocabulary = build_vocabulary(corpus, min_count=1)
    counts = count_cooccurrences(encode_corpus(corpus, vocabulary), **settings)
    return vocabulary, weigh_counts(counts, **weighting).toarray().astype(np.float64)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"weighting": "log", "eigenvalue_weight": 1.0, "window": 3},
        {"weighting": "raw", "eigenvalue_weight": 0.0, "distance_weighting": "harmonic"},
        {"smoothing": 0.75, "shift": 0.5, "context": "left"},
    ],
    ids=["defaults", "log", "raw", "left"],
)
def test_vectors_are_scaled_singular_vectors(settings):
    corpus = topics(200)
    model = LSA(corpus, **SMALL, **settings, num_iterations=20).train()
    weight = model.eigenvalue_weight
    vocabulary, matrix = matrix_of(corpus, **{k: v for k, v in settings.items() if k != "eigenvalue_weight"})
    left, values, _ = np.linalg.svd(matrix)
    assert list(model.vectors.index_to_key) == list(vocabulary.words)
    np.testing.assert_allclose(model.singular_values, values[:8], rtol=1e-4)
    gaps = -np.diff(values[:9]) / values[:8]
    for column in np.flatnonzero(np.minimum(gaps, np.append(1, gaps[:-1])) > 0.02):  # equal values leave a choice
        wanted = left[:, column] * values[column] ** weight
        wanted *= np.sign(wanted[np.argmax(np.abs(wanted))])
        np.testing.assert_allclose(model.vectors.vectors[:, column], wanted, atol=2e-2 * np.abs(wanted).max())


def test_the_full_decomposition_gives_the_matrix_back():
    corpus = topics(100)
    _, matrix = matrix_of(corpus, weighting="log")
    size = len(matrix)
    model = LSA(corpus, dim=size, min_count=1, weighting="log", eigenvalue_weight=0.5).train()
    vectors, values = model.vectors.vectors.astype(np.float64), model.singular_values
    # M M^T = U S² U^T
    product = (vectors * values.astype(np.float64)) @ vectors.T
    np.testing.assert_allclose(product, matrix @ matrix.T, atol=1e-3 * np.abs(matrix @ matrix.T).max())


def test_words_of_a_topic_are_close():
    vectors = LSA(topics(400), **SMALL).train().vectors
    assert isinstance(vectors, KeyedVectors)
    for word in vectors:
        assert {near[0] for near, _ in vectors.most_similar(word, topn=3)} == {word[0]}


def test_the_aviary_is_understood():
    """Words under the same general word are closer than words under others."""
    vectors = LSA(Aviary(6_000), dim=50).train().vectors
    above = {word: chain for word, chain in Aviary().facts.hypernyms.items() if chain and word in vectors}
    same, other = [], []
    for a, b in combinations(above, 2):
        (same if above[a] == above[b] else other if above[a][-1] != above[b][-1] else []).append(
            vectors.similarity(a, b)
        )
    assert np.median(same) > np.quantile(other, 0.9)


def test_fault_43_one_seed_one_result_and_threads_change_little():
    corpus = Aviary(1_000)
    first, again, other = (LSA(corpus, dim=12, seed=seed).train() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.vectors.vectors, again.vectors.vectors)
    assert not np.array_equal(first.vectors.vectors, other.vectors.vectors)
    np.testing.assert_allclose(first.singular_values, other.singular_values, rtol=0.02)
    threaded = LSA(corpus, dim=12, workers=2).train()
    np.testing.assert_allclose(threaded.singular_values, first.singular_values, rtol=1e-4)


def test_the_memory_limit_changes_nothing(tmp_path):
    corpus = Aviary(1_000)
    whole = LSA(corpus, dim=12).train()
    bounded = LSA(corpus, dim=12, memory_limit=0, cache_dir=str(tmp_path)).train()
    np.testing.assert_array_equal(whole.vectors.vectors, bounded.vectors.vectors)


def test_fewer_words_than_dimensions_leave_zeros_and_that_is_told():
    corpus = [["a", "b"], ["a", "c"]]
    said = r"^dim is 8, and the matrix of 3 words has rank 2: 6 dimensions are 0 in every word; dim=2 gives the same"
    with pytest.warns(TrainingWarning, match=said) as caught:
        model = LSA(corpus, **SMALL).train()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = LSA(corpus, **{**SMALL, "dim": 2}).train()  # the advice
    # both singular values are the same, and so the vectors are what they are only up to a rotation
    np.testing.assert_allclose(same.singular_values, model.singular_values[:2], rtol=1e-5)
    products = [vectors @ vectors.T for vectors in (same.vectors.vectors, model.vectors.vectors)]
    np.testing.assert_allclose(*products, atol=1e-5)
    assert model.vectors.vectors.shape == (3, 8)
    assert (model.vectors.vectors[:, 3:] == 0).all()
    assert (model.singular_values[3:] == 0).all()


def test_files(tmp_path):
    model = LSA(Aviary(500), **SMALL).train()
    model.save(tmp_path / "model")
    again = LSA.load(tmp_path / "model", check=True)
    np.testing.assert_array_equal(again.singular_values, model.singular_values)
    np.testing.assert_array_equal(load_vectors(tmp_path / "model").vectors, model.vectors.vectors)
    container = read_container(tmp_path / "model", mmap=False)
    container.metadata["parameters"]["dim"] = 9
    write_container(tmp_path / "wrong", container.tensors, container.words, container.metadata)
    with pytest.raises(FormatError, match="parameters and tensors do not make a LSA model: dim is 9"):
        LSA.load(tmp_path / "wrong")


def test_there_is_nothing_before_training():
    for ask in (lambda model: model.singular_values, lambda model: model.vectors):
        with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
            ask(LSA(Aviary(10)))
    with pytest.raises(ParameterError, match=r"^eigenvalue_weight must be"):
        LSA(Aviary(10), eigenvalue_weight=2.0).train()


def test_progress_is_shown_when_asked_for(capsys):
    LSA(topics(50), **SMALL).train(progress=True)
    assert "words" in capsys.readouterr().err


def test_the_command_line_offers_what_training_takes(tmp_path, capsys):
    text, path = tmp_path / "text.txt", tmp_path / "model"
    text.write_text("\n".join(" ".join(sentence) for sentence in Aviary(200)))
    assert main(["train", "lsa", str(text), "-o", str(path), "--dim", "8", "--weighting", "log"]) == 0
    assert set(tmp_path.iterdir()) == {text, path}
    assert LSA.load(path).weighting == "log"
    with pytest.raises(SystemExit):
        main(["train", "lsa", str(text), "-o", str(path), "--checkpoint", "x"])
    assert "unrecognized arguments: --checkpoint" in capsys.readouterr().err


def test_the_command_line_tells_of_empty_dimensions(tmp_path, capsys):
    (tmp_path / "text").write_text("a b c d\n" * 6)
    arguments = ["train", "lsa", str(tmp_path / "text"), "-o", str(tmp_path / "m"), "--min-count", "1", "--dim", "100"]
    assert main(arguments) == 0
    assert "densevec: note: dim is 100, and the matrix of 4 words has rank 4: 96 dimensions" in capsys.readouterr().err


def test_a_matrix_of_zeros_has_zero_vectors():
    left, values = _factors(LSA(dim=2).settings(), csr_array((3, 3), dtype=np.float32))
    assert not values.any()
    assert np.isfinite(left).all()
