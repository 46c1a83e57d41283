"""DensityVectors: densities, divergences, entailment, files."""

import os
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import densevec
from densevec.densities import MEASURES, Gaussian
from densevec.errors import FormatError, MissingWordError, ParameterError, ParameterTypeError
from densevec.formats import WordVectors, verify_container, write_container
from densevec.vectors import DensityVectors, KeyedVectors, SubwordDensityVectors

from .makers import brute_force, densities, subword_densities


@pytest.fixture(params=["spherical", "diagonal"])
def vectors(request):
    """A small taxonomy: narrow kinds inside broad ones, and fruit elsewhere."""
    words = ["animal", "bird", "parrot", "kakapo", "fruit", "plum"]
    mean = [[0, 0, 0], [0.5, 0, 0], [0.6, 0.2, 0], [0.65, 0.2, 0.05], [9, 9, 9], [9.1, 9, 9]]
    variance = np.array([4, 1, 0.3, 0.1, 1, 0.1])
    if request.param == "diagonal":
        variance = variance[:, None] * [1.0, 0.9, 1.1]
    return DensityVectors(words, mean, variance, counts=[60, 50, 40, 30, 20, 10], parameters={"dim": 3})


def test_densities_of_words(vectors):
    density = vectors.density("bird")
    np.testing.assert_array_equal(vectors.mean("bird"), vectors["bird"])
    np.testing.assert_array_equal(density.mean, vectors["bird"])
    np.testing.assert_array_equal(density.variance, np.asarray(vectors.variance("bird")))
    assert density.is_spherical == vectors.is_spherical
    assert isinstance(vectors.variance("bird"), float) == vectors.is_spherical
    assert vectors.entropy("bird") == density.entropy() == vectors.entropy(density)
    assert vectors.entropy("animal") > vectors.entropy("bird") > vectors.entropy("kakapo")
    assert vectors.variances.shape == ((6,) if vectors.is_spherical else (6, 3))
    assert isinstance(vectors, KeyedVectors)


def test_kl_and_divergences(vectors):
    kakapo, bird = vectors.density("kakapo"), vectors.density("bird")
    draws = kakapo.sample(100_000, seed=0)
    expected = (kakapo.log_prob(draws) - bird.log_prob(draws)).mean()
    assert vectors.kl_divergence("kakapo", "bird") == pytest.approx(expected, rel=0.02)
    assert vectors.kl_divergence("kakapo", "kakapo") == 0
    assert vectors.kl_divergence(kakapo, "bird") == vectors.kl_divergence("kakapo", bird)
    assert vectors.divergence("kakapo", "bird", "kl_from_query") == vectors.kl_divergence("kakapo", "bird")
    assert vectors.divergence("kakapo", "bird", "kl_to_query") == vectors.kl_divergence("bird", "kakapo")
    assert vectors.divergence("kakapo", "bird", "cosine") == vectors.similarity("kakapo", "bird")
    both = vectors.kl_divergence("kakapo", "bird") + vectors.kl_divergence("bird", "kakapo")
    assert vectors.divergence("kakapo", "bird", "jeffreys") == pytest.approx(both)
    for measure in MEASURES:
        sign = 1 if MEASURES[measure].is_similarity else -1
        score = vectors.scores("kakapo", ["bird"], measure=measure)[0]
        assert score == sign * vectors.divergence("kakapo", "bird", measure)


@pytest.mark.parametrize("measure", MEASURES)
def test_most_similar_by_every_measure(vectors, measure):
    found = vectors.most_similar("kakapo", topn=3, measure=measure)
    if measure != "cosine":
        assert {word for word, _ in found} == {"parrot", "bird", "animal"}
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    posterior = Gaussian([9.1, 9.0, 9.0], [0.1, 0.2, 0.3])
    assert vectors.most_similar(posterior, measure=measure, topn=6)[0][0] == "plum"
    every = vectors.most_similar(posterior, measure=measure, topn=None)
    np.testing.assert_allclose(every, brute_force(vectors, posterior.mean, posterior.log_variance, measure))
    assert vectors.most_similar("kakapo", measure=measure, topn=0) == []


def test_measures_of_densities_take_one_density(vectors):
    for arguments in ((["bird", "plum"],), ("bird", "plum")):
        with pytest.raises(ParameterError, match="takes one word or density and no negatives"):
            vectors.most_similar(*arguments, measure="kl_from_query")
    with pytest.raises(ParameterError, match="needs a density, got a vector"):
        vectors.most_similar([1.0, 2.0, 3.0], measure="kl_from_query")
    with pytest.raises(ParameterError, match="entailment needs densities"):
        vectors.entailment("bird", np.ones(3))
    with pytest.raises(ParameterError, match="3 dimensions"):
        vectors.kl_divergence("bird", Gaussian([0.0], 1.0))


def test_entailment_goes_from_narrow_to_broad(vectors):
    for narrow, broad in (("kakapo", "bird"), ("parrot", "animal"), ("plum", "fruit")):
        assert vectors.entailment(narrow, broad) > vectors.entailment(broad, narrow)
        assert not vectors.entails(broad, narrow)
    assert vectors.entailment("kakapo", "bird") > vectors.entailment("kakapo", "fruit")
    assert vectors.entailment("kakapo", "kakapo") == 0
    pairs = [("kakapo", "bird"), ("bird", "kakapo"), ("plum", "animal")]
    batch = vectors.entailment_batch(*zip(*pairs, strict=True))
    assert batch.dtype == np.float64
    assert batch.tolist() == [vectors.entailment(*pair) for pair in pairs]
    assert vectors.entailment(vectors.density("kakapo"), "bird") == vectors.entailment("kakapo", "bird")
    assert vectors.entailment_batch([], []).shape == (0,)
    with pytest.raises(ParameterError, match="equally long, got 1 and 2"):
        vectors.entailment_batch(["bird"], ["bird", "plum"])
    with pytest.raises(MissingWordError):
        vectors.entailment_batch(["bird"], ["apple"])


def test_entails_needs_direction_and_the_bound(vectors):
    vectors.entailment_bound = vectors.kl_divergence("kakapo", "bird")
    assert vectors.entails("kakapo", "bird")
    assert vectors.entails(vectors.density("kakapo"), vectors.density("bird"))
    assert not vectors.entails("bird", "kakapo")
    assert not vectors.entails("kakapo", "kakapo")
    assert not vectors.entails("kakapo", "fruit")
    vectors.entailment_bound = np.nextafter(vectors.kl_divergence("kakapo", "bird"), 0)
    assert not vectors.entails("kakapo", "bird")


def test_the_contrast_lies_above_the_middle_of_random_pairs():
    vectors = densities(150, 5)
    contrast = vectors.calibrate_entailment(seed=3)
    assert contrast == vectors.entailment_contrast == densities(150, 5).calibrate_entailment(seed=3)
    words = vectors.index_to_key
    pairs = [(a, b) for a in words for b in words if a != b]
    mirrored = {word: Gaussian(-vectors[word], vectors.variance(word)) for word in words}
    logs = np.log([vectors.kl_divergence(a, mirrored[b]) / vectors.kl_divergence(a, b) ** 1.5 for a, b in pairs])
    spread = 1.4826 * np.median(np.abs(logs - np.median(logs)))
    assert contrast == pytest.approx(np.median(logs) + spread, abs=0.03)
    fresh = densities(150, 5)
    fresh.entails("w1", "w2") or fresh.entails("w2", "w1")
    assert fresh.entailment_contrast == densities(150, 5).calibrate_entailment()
    vectors.entailment_bound = 3.0
    assert vectors.calibrate_entailment(seed=3) == vectors.entailment_contrast == contrast
    assert vectors.entailment_bound is None
    with pytest.raises(ParameterError, match="num_pairs"):
        vectors.calibrate_entailment(num_pairs=0)
    with pytest.raises(ParameterError, match="at least two words"):
        densities(1).calibrate_entailment()


def test_fault_48_extreme_variances_never_give_nan():
    vectors = DensityVectors(["a", "b", "c", "d"], np.zeros((4, 3)), [1e-45, 1e38, 1e-6, 1e6])
    for measure in MEASURES:
        for word in vectors:
            scores = vectors.most_similar(word, topn=None, measure=measure)
            assert not np.isnan(scores).any(), measure
            assert len(vectors.most_similar(word, measure=measure)) == 3


@pytest.mark.parametrize(
    ("mean", "variance", "message"),
    [
        ([[0.0, 0.0]], [0.0], "variance must be above 0 in float32, got 0.0 in row 0"),
        ([[0.0, 0.0]], [-1.0], "variance must be above 0"),
        ([[0.0, 0.0]], [[1.0, 0.0]], "variance must be above 0"),
        ([[0.0, 0.0]], [1e-60], "variance must be above 0 in float32"),
        ([[0.0, 0.0]], [np.inf], "variance must be finite"),
        ([[0.0, 0.0]], [[1.0, np.nan]], "variance must be finite in float32, got nan or inf in row 0"),
        ([[0.0, np.nan]], [1.0], "mean must be finite"),
        ([[0.0, 0.0]], [1.0, 2.0], "variance must be of shape \\(1\\), got \\(2,\\)"),
        ([[0.0, 0.0]], [[1.0]], "variance must be of shape \\(1, 2\\), got \\(1, 1\\)"),
        ([[0.0, 0.0]], 1.0, "variance must be of shape"),
    ],
)
def test_fault_48_bad_densities_are_refused(mean, variance, message):
    with pytest.raises(ParameterError, match=message):
        DensityVectors(["a"], mean, variance)


@pytest.mark.parametrize("bound", [np.float32(2), np.float64(2), np.int64(2), Fraction(2)])
def test_numbers_of_other_libraries_are_bounds(vectors, bound):
    vectors.entailment_bound = bound
    assert type(vectors.entailment_bound) is float and vectors.entailment_bound == 2


@pytest.mark.parametrize("bound", [float("nan"), float("inf"), "1", True])
def test_a_bad_bound_is_refused(bound, tmp_path):
    with pytest.raises(ParameterError, match="entailment_bound must be a finite number or None"):
        DensityVectors(["a"], [[0.0]], [1.0], entailment_bound=bound)
    if bound in ("1", True):
        contents = {"mean": np.ones((1, 1), np.float32), "variance": np.ones(1, np.float32)}
        write_container(tmp_path / "file", contents, ["a"], {"entailment_bound": bound})
        with pytest.raises(FormatError, match="entailment_bound"):
            DensityVectors.load(tmp_path / "file")


def test_save_and_load(vectors, tmp_path):
    path = tmp_path / "birds.safetensors"
    vectors.calibrate_entailment()
    vectors.save(path)
    for options in ({}, {"check": True}, {"mmap": False}):
        loaded = DensityVectors.load(path, **options)
        np.testing.assert_array_equal(loaded.variances, vectors.variances)
        np.testing.assert_array_equal(loaded.vectors, vectors.vectors)
        np.testing.assert_array_equal(loaded.counts, vectors.counts)
        assert loaded.entailment_contrast == vectors.entailment_contrast is not None
        assert loaded.parameters == {"dim": 3}
        assert loaded.index_to_key == vectors.index_to_key
        for measure in MEASURES:
            assert loaded.most_similar("kakapo", measure=measure) == vectors.most_similar("kakapo", measure=measure)
        with pytest.raises(ValueError, match="read-only"):
            loaded.vectors[0, 0] = 1
    assert verify_container(path).metadata["class"] == "DensityVectors"
    loaded.save(path)  # over the very file it is mapped from
    assert DensityVectors.load(path, check=True).most_similar("kakapo") == vectors.most_similar("kakapo")
    before = path.read_bytes()
    DensityVectors.load(path).save(path)
    assert path.read_bytes() == before


def test_a_model_file_is_a_vectors_file(vectors, tmp_path):
    tensors, metadata = vectors.container_parts()
    tensors["model.encoder"] = np.ones((3, 3))
    write_container(tmp_path / "file", tensors, vectors.words, {**metadata, "class": "BayesianSkipGram"})
    loaded = DensityVectors.load(tmp_path / "file", check=True)
    assert type(loaded) is DensityVectors
    assert loaded.most_similar("kakapo") == vectors.most_similar("kakapo")
    loaded.save(tmp_path / "vectors only")
    assert "model.encoder" not in verify_container(tmp_path / "vectors only").tensors


@pytest.mark.parametrize("variance", [np.ones(2, np.float32), np.ones((1, 3), np.float32), np.ones(1), np.float32(1)])
def test_fault_20_a_file_whose_variances_do_not_fit(tmp_path, variance):
    contents = {"mean": np.ones((1, 2), np.float32), "variance": np.asarray(variance)}
    write_container(tmp_path / "file", contents, ["a"])
    with pytest.raises(FormatError, match="'variance' must be float32 of shape"):
        DensityVectors.load(tmp_path / "file")


def test_fault_20_values_are_checked_when_saving(tmp_path):
    vectors = densities(4)
    vectors.vectors[2, 1] = np.nan
    with pytest.raises(ParameterError, match=r"'mean' cannot be saved.*row 2"):
        vectors.save(tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_counts_whose_sum_is_beyond_64_bits_weigh_as_small_ones_do(vectors, tmp_path):
    words, means, variances = list(vectors), vectors.vectors, vectors.variances
    small, great = (DensityVectors(words, means, variances, np.arange(1, 7) * scale) for scale in (1, 2**60))
    np.testing.assert_allclose(great.prior_vector(), small.prior_vector())
    np.testing.assert_array_equal(great.get_vectors(["x"], on_missing="prior"), great.prior_vector()[None])
    np.testing.assert_allclose(great.prior_density().variance, small.prior_density().variance)
    np.testing.assert_allclose(great.whitened().vectors, small.whitened().vectors, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(great.reduced(2).vectors, small.reduced(2).vectors, rtol=1e-5, atol=1e-5)
    assert great.complete("plum _____ parrot", words) == small.complete("plum _____ parrot", words)
    for each in (small, great):
        KeyedVectors(words, means, each.counts).to_file(tmp_path / "words.bin", "fasttext")
        raw = (tmp_path / "words.bin").read_bytes()
        assert struct.unpack_from("<q", raw, 76) == (min(21 * int(each.counts[0]), 2**63 - 1),)
        assert KeyedVectors.from_file(tmp_path / "words.bin").counts.tolist() == each.counts.tolist()


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 4), ()])
def test_variances_are_as_many_as_the_means_with_ngrams_too(shape):
    known = subword_densities(["kiwi", "plum"])
    table = WordVectors(known.words, known.vectors, None, np.ones(shape, dtype=np.float32))
    with pytest.raises(ParameterError, match="variance must be of shape"):
        SubwordDensityVectors(table, known.subwords, known.unseen)
    with pytest.raises(ParameterError, match="variance must be of shape"):
        DensityVectors(known.words, known.vectors, table.variances)


def test_no_word_is_no_density(vectors):
    for ask in (vectors.density, vectors.mean, vectors.variance, vectors.entropy):
        with pytest.raises(MissingWordError):
            ask("apple")
        with pytest.raises(ParameterTypeError):
            ask(None)


def test_asking_a_saved_file_imports_no_torch(vectors, tmp_path):
    vectors.save(tmp_path / "file")
    code = (
        "import sys; from densevec.vectors import DensityVectors; v = DensityVectors.load(sys.argv[1]);"
        "v.most_similar('kakapo', measure='jeffreys'); v.entails('kakapo', 'bird'); 'kiwi' in v;"
        "print([name for name in ('torch', 'scipy', 'sklearn', 'safetensors') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(next(iter(densevec.__path__))).parent)}
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout == "[]\n"
