"""DensityWord2Vec whose words are made of their character n-grams, and the densities of unknown words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec import Aviary, DensityVectors, DensityWord2Vec, KeyedVectors
from densevec.errors import ParameterError
from densevec.formats import read_fasttext, read_vectors, write_vectors
from densevec.layers.table import RowTable
from densevec.layers.word_pieces import WordPieces
from densevec.layers.word_rows import WordRows
from densevec.models.unseen import Pieces, learn_unseen, words_left_out
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import SubwordDensityVectors

SMALL = {"dim": 8, "epochs": 2, "min_count": 1, "subwords": (3, 6), "buckets": 500, "noise_words": 6, "evidence": None}


def make(**changes) -> DensityWord2Vec:
    settings = {"engine": "fused", **SMALL, **changes}
    return DensityWord2Vec(settings.pop("corpus", None) or Aviary(300), **settings)


@pytest.mark.parametrize("covariance", ["spherical", "diag"])
@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_one_seed_gives_one_result_and_the_file_keeps_all_of_it(engine: str, covariance: str, tmp_path) -> None:
    model, again = (make(engine=engine, covariance=covariance).train() for _ in range(2))
    vectors = model.vectors
    assert type(vectors) is SubwordDensityVectors
    np.testing.assert_array_equal(vectors.vectors, again.vectors.vectors)
    np.testing.assert_array_equal(vectors.subwords.rows, again.vectors.subwords.rows)
    np.testing.assert_array_equal(vectors.variances, again.vectors.variances)
    assert len(np.unique(vectors.subwords.rows[:, 0])) > 450, "every row has a start value of its own"
    model.save(tmp_path / "model")
    loaded = DensityWord2Vec.load(tmp_path / "model", check=True)
    for other in (loaded.vectors, KeyedVectors.load(tmp_path / "model"), DensityVectors.load(tmp_path / "model")):
        assert type(other) is SubwordDensityVectors
        for word in ("kiwiish", "kiwi"):
            found, expected = other.density(word), vectors.density(word)
            np.testing.assert_array_equal(found.mean, expected.mean)
            np.testing.assert_array_equal(found.variance, expected.variance)
        found, expected = other.mean_region("kiwiish"), vectors.mean_region("kiwiish")
        np.testing.assert_array_equal(found.variance, expected.variance)
    assert "kiwiish" not in vectors
    assert vectors.unseen.num_left_out == len(words_left_out(np.asarray(vectors.counts), 1)) > 20


def test_no_known_word_with_all_of_its_pieces_is_broader_than_an_unknown_word() -> None:
    vectors = make(corpus=Aviary(1000)).train().vectors
    for word in list(vectors)[:200]:
        rows = vectors.subwords.rows_of(word)
        if len(rows):
            assert vectors.unseen.variance(rows)[0] > vectors.variance(word)


@pytest.mark.parametrize("engine", ["fused", "torch"])
def test_n_grams_know_nothing_of_words_left_out(engine: str) -> None:
    """An n-gram that only such a word has stays where it started; the word itself is learned."""
    moved, start = (
        make(engine=engine, epochs=1, buckets=20_000, **changes).train().vectors
        for changes in ({}, {"learning_rate": 1e-12, "min_learning_rate": 0.0})
    )
    left_out = {moved.words[row] for row in words_left_out(np.asarray(moved.counts), 1).tolist()}
    learned = {row for word in moved if word not in left_out for row in moved.subwords.rows_of(word).tolist()}
    own = {row for word in left_out for row in moved.subwords.rows_of(word).tolist()} - learned
    assert len(own) > 50
    changed = np.abs(moved.subwords.rows - start.subwords.rows).max(1)
    assert changed[sorted(own)].max() < 1e-6
    assert np.median(changed[sorted(learned)]) > 1e-3
    distances = [np.abs(moved[word] - start[word]).max() for word in left_out]
    assert np.median(distances) > 1e-3
    assert (moved.unseen.ngrams[sorted(own), 0] == 0).all()


def test_the_torch_engine_steps_an_own_row_for_all_rows_of_a_word_apart() -> None:
    made = WordRows(WordPieces(["kiwi", "kiwis"], np.ones(2), (3, 4), 50, np.array([0])))
    table = RowTable(torch.randn(made.pieces.num_rows, 4, generator=torch.Generator().manual_seed(1)))
    table.gain = made.gain
    before = table.weight.clone()
    network = torch.nn.ModuleDict({"mean": table})
    optimiser = Optimiser(network, {"mean": TableRate(0.5, 1.0, row_wise=True)}, 0.0)
    optimiser.squares["mean"][2:] = 3.0
    (2.0 * made(table, torch.tensor([0])).sum()).backward()  # a gradient of squared length 16
    optimiser.step(1.0, 1)
    assert (table.weight != before).any(1).nonzero().ravel().tolist() == [0]
    number = int(made.offsets[1]) - 1
    expected = 0.5 * 2.0 * (17**-0.5 + number * 20**-0.5)
    torch.testing.assert_close(before[0] - table.weight[0], torch.full((4,), expected))


def test_what_words_left_out_say_of_unknown_ones_is_right() -> None:
    """Planted errors whose variance falls with the number of n-grams: as many further ones lie in the regions."""
    random, dim = np.random.default_rng(0), 20
    words = ["".join(random.choice(list("abcdef"), size)) for size in random.integers(3, 12, 4000)]
    words = list(dict.fromkeys(words))
    kept_counts = random.integers(1, 1000, len(words)).astype(float)
    left_out = np.sort(random.permutation(len(words))[:2000])
    made = WordPieces(words, kept_counts, (2, 4), 400, left_out)
    buckets = random.normal(size=(400, dim)).astype(np.float32)
    means = np.zeros((len(words), dim), np.float32)
    parts = made.parts_in_order()
    rows = [parts[a + 1 : b] - len(words) for a, b in zip(made.offsets[:-1], made.offsets[1:], strict=True)]
    spread = np.exp(-1 - 0.5 * np.log([len(own) for own in rows]) + random.normal(size=len(words)) * 0.3)
    for place, own in enumerate(rows):
        means[place] = buckets[own].mean(0) + random.normal(size=dim) * spread[place] ** 0.5
    log_variances = random.normal(size=(len(words), 1)).astype(np.float32)
    taught, asked = left_out[::2], left_out[1::2]
    found = learn_unseen(Pieces(made.offsets, parts), kept_counts, taught, means, log_variances, buckets)
    assert found.num_left_out == 1000
    np.testing.assert_allclose(found.weights[1], -0.5, atol=0.1)
    ratios = np.array(
        [((means[word] - buckets[rows[word]].mean(0)) ** 2).mean() / found.error(rows[word])[0] for word in asked]
    )
    for level in (0.5, 0.8, 0.9, 0.95):
        assert abs((ratios <= found.reach_at(level)).mean() - level) < 0.05
    assert ratios.mean() == pytest.approx(1, abs=0.1)


def test_a_text_of_few_words_has_an_answer_too() -> None:
    vectors = make(corpus=[["kiwi", "emu", "moa"]] * 50).train().vectors
    assert vectors.unseen.num_left_out == 0
    assert vectors.density("kiwis").variance > vectors.variance("kiwi")


def test_means_and_n_grams_are_written_for_fasttext(tmp_path) -> None:
    vectors = make().train().vectors
    with pytest.warns(UserWarning, match="no variances"):
        vectors.to_file(tmp_path / "model.bin", "fasttext")
    model = read_fasttext(tmp_path / "model.bin")
    np.testing.assert_allclose(model.table.vectors, vectors.vectors, atol=1e-6)
    np.testing.assert_array_equal(model.subwords.vector("kiwiish"), vectors["kiwiish"])
    vectors.save(tmp_path / "own")
    with pytest.warns(UserWarning, match="n-grams are left out"):
        write_vectors(tmp_path / "copy.safetensors", read_vectors(tmp_path / "own"))
    assert type(KeyedVectors.from_file(tmp_path / "copy.safetensors")) is DensityVectors


def test_mixtures_are_whole_words() -> None:
    with pytest.raises(ParameterError, match="subwords must be None for components above 1"):
        DensityWord2Vec(Aviary(10), subwords=(3, 6), components=2, energy="expected_likelihood").train()
