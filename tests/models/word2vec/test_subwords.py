"""SkipGram and CBOW whose words are made of their character n-grams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from densevec import CBOW, Aviary, KeyedVectors, SkipGram
from densevec.corpus.blocks import TextPosition
from densevec.errors import ParameterError
from densevec.formats import read_fasttext
from densevec.layers.output import NegativeSampling
from densevec.layers.table import RowTable
from densevec.layers.word_pieces import WordMeans, WordPieces
from densevec.layers.word_rows import TensorWordMeans, WordRows
from densevec.models.word2vec.network import CBOWNetwork, SkipGramNetwork
from densevec.training.device_blocks import TokenBlock
from densevec.training.optimisers import Optimiser, TableRate
from densevec.vectors import SubwordVectors

MODELS = [SkipGram, CBOW]
SMALL = {"dim": 8, "epochs": 2, "min_count": 1, "subwords": (3, 6), "buckets": 500, "batch_size": 128}
WORDS = ["kiwi", "kiwis", "kākāpō", "🥝", "emu"]


def make(kind: type, **changes):
    settings = {**SMALL, **changes}
    engine = settings.pop("engine", "fused")
    known = {name: value for name, value in settings.items() if engine == "torch" or name != "batch_size"}
    return kind(known.pop("corpus", None) or Aviary(300), engine=engine, **known)


def pieces(num_buckets: int = 50) -> WordPieces:
    return WordPieces(WORDS, np.array([9.0, 5, 3, 2, 1]), (3, 4), num_buckets)


def test_vectors_are_the_means_of_rows_each_of_which_takes_their_whole_gradient() -> None:
    made, words = WordRows(pieces()), torch.tensor([3, 0, 1])
    num_rows = made.pieces.num_rows
    table = RowTable(torch.randn(num_rows, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64))
    rows = [made.rows[made.offsets[word] : made.offsets[word + 1]].tolist() for word in range(len(WORDS))]
    expected = torch.stack([table.weight[rows[word]].mean(0) for word in words])
    found = made(table, words)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(made.means(table, words), expected)
    steps = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    (found.sum(1) @ steps).backward()
    ((touched, looked_up),) = table.pending
    wanted = torch.zeros(num_rows, dtype=torch.float64)
    for word, step in zip(words.tolist(), steps, strict=True):
        for row in rows[word]:
            wanted[row] += step
    torch.testing.assert_close(looked_up.grad, wanted[touched][:, None].expand(-1, 4))


def test_buckets_come_to_their_numbers_and_words_keep_their_vectors() -> None:
    made = WordRows(pieces())
    table = RowTable(torch.randn(made.pieces.num_rows, 4, generator=torch.Generator().manual_seed(1)))
    before, means = table.weight.clone(), TensorWordMeans(made, table)
    vectors, in_order = means.of_all(), means.ngrams()
    heat = torch.bincount(made.rows, minlength=made.pieces.num_rows)[len(WORDS) :]
    assert not heat[int(heat.nonzero().max()) + 1 :].any() and int(heat.nonzero().max()) + 1 == int((heat > 0).sum())
    made.settle(table)
    np.testing.assert_array_equal(means.of_all(), vectors)
    np.testing.assert_array_equal(table.weight[len(WORDS) :].numpy(), in_order)
    assert torch.equal(before[: len(WORDS)], table.weight[: len(WORDS)])
    assert not torch.equal(before, table.weight)
    np.testing.assert_array_equal(means.ngrams(), in_order)


def test_arrays_give_and_take_what_tensors_do() -> None:
    """Bit for bit, before the buckets are at their numbers and after."""
    made, alone = WordRows(pieces()), pieces()
    table = RowTable(torch.randn(alone.num_rows, 4, generator=torch.Generator().manual_seed(1)))
    array = np.zeros((alone.num_rows, 16), np.float32)[:, :4]  # as a kernel has it
    array[:] = table.weight.numpy()
    both = TensorWordMeans(made, table), WordMeans(alone, array)
    for settle in (lambda: None, lambda: (made.settle(table), alone.settle(array))):
        settle()
        for find in (lambda each: each.of_all(), lambda each: each.ngrams(), lambda each: each.table):
            np.testing.assert_array_equal(*(np.asarray(find(each)) for each in both))
    words, values = np.array([3, 0]), np.ones((2, 4), np.float32)
    for each in both:
        each[words] = torch.from_numpy(values) if each is both[0] else values
        np.testing.assert_allclose(np.asarray(each[words]), values, atol=1e-6)
    np.testing.assert_array_equal(both[0].table.numpy(), array)


@pytest.mark.parametrize("kind", [SkipGramNetwork, CBOWNetwork])
def test_a_network_steps_as_one_whose_words_are_rows(kind: type) -> None:
    """Where no word has n-grams; and every row has a start value of its own, of the size that fastText's have."""
    counts = np.arange(5, 0, -1)
    alone = WordPieces(["</s>", *WORDS[1:]], np.ones(5), (9, 9), 7)  # too long for all but the third
    nets = []
    for rows in (None, alone):
        seed = torch.Generator().manual_seed(1)
        net = kind(5, 4, NegativeSampling(counts, 4, 5, 3), 2, seed, rows)
        if rows is not None:
            net.draw(seed)
            assert len(torch.unique(net.input.weight[:, 0])) == 12
            assert 0.2 < net.input.weight.abs().max() <= 0.25
            net.input.weight[:5] = nets[0].input.weight
        nets.append(net)
    assert torch.equal(nets[0].vectors_of(torch.arange(5)), nets[1].vectors_of(torch.arange(5)))


@pytest.mark.parametrize("engine", ["fused", "torch"])
@pytest.mark.parametrize("kind", MODELS)
def test_one_seed_gives_one_result_and_the_file_keeps_all_of_it(kind: type, engine: str, tmp_path) -> None:
    model, again = make(kind, engine=engine).train(), make(kind, engine=engine).train()
    vectors = model.vectors
    assert type(vectors) is SubwordVectors and model.history[-1].loss < model.history[0].loss
    np.testing.assert_array_equal(vectors.vectors, again.vectors.vectors)
    np.testing.assert_array_equal(vectors.subwords.rows, again.vectors.subwords.rows)
    assert len(np.unique(vectors.subwords.rows[:, 0])) > 450, "every row has a start value of its own"
    model.save(tmp_path / "model")
    loaded = kind.load(tmp_path / "model", check=True)
    assert loaded.subwords == [3, 6] and "kiwiish" not in loaded.vectors
    for other in (loaded.vectors, KeyedVectors.load(tmp_path / "model")):
        np.testing.assert_array_equal(other["kiwiish"], vectors["kiwiish"])
        np.testing.assert_array_equal(other["kiwi"], vectors["kiwi"])
    question = ["the", None, "laid", "an", "egg"], ["kiwi", "apple"]
    for (word, score), (other, expected) in zip(loaded.complete(*question), model.complete(*question), strict=True):
        assert word == other and score == pytest.approx(expected, abs=1e-6)


def test_a_model_is_written_for_fasttext_and_read_back(tmp_path) -> None:
    vectors = make(SkipGram).train().vectors
    vectors.to_file(tmp_path / "model.bin", "fasttext")
    model = read_fasttext(tmp_path / "model.bin")
    assert list(model.table.words) == vectors.index_to_key
    np.testing.assert_array_equal(model.table.counts, vectors.counts)
    np.testing.assert_allclose(model.table.vectors, vectors.vectors, atol=1e-6)
    np.testing.assert_array_equal(model.subwords.rows, vectors.subwords.rows)
    for word in ("kiwiish", "kākāpō", "🥝🥝", "日本語の", "x"):
        np.testing.assert_array_equal(model.subwords.vector(word), vectors.subwords.vector(word))
    plain = KeyedVectors(["kiwi", "</s>"], [[1.0, 0.5], [0.0, 2.0]])
    plain.to_file(tmp_path / "plain.bin", "fasttext")
    np.testing.assert_array_equal(read_fasttext(tmp_path / "plain.bin").table.vectors, plain.vectors)
    for word in ("a\0b", "\udc80"):
        with pytest.raises(ParameterError, match="words must"):
            KeyedVectors([word], [[1.0]]).to_file(tmp_path / "x", "fasttext")


def test_gensim_gives_our_vectors(tmp_path) -> None:
    fasttext = pytest.importorskip("gensim.models.fasttext", reason="gensim is not installed")
    corpus = [["kiwi", "kākāpō", "日本語", "🥝", "Ünïcödé", "слово", "a"]] * 50
    for kind in MODELS:
        vectors = make(kind, corpus=corpus, sample=0.0).train().vectors
        vectors.add_vector("emu", np.arange(vectors.vector_size))  # which never came
        vectors.to_file(tmp_path / "model.bin", "fasttext")
        theirs = fasttext.load_facebook_vectors(str(tmp_path / "model.bin"))
        assert theirs.index_to_key == vectors.index_to_key
        np.testing.assert_allclose(theirs.vectors, vectors.vectors, atol=1e-6)
        for word in ("kiwis", "kākāpōs", "日本", "🥝🥝", "слова", "unseen"):
            np.testing.assert_allclose(theirs[word], vectors[word], atol=1e-6)
        full = fasttext.load_facebook_model(str(tmp_path / "model.bin"))
        np.testing.assert_allclose(full.wv["kiwi"], vectors["kiwi"], atol=1e-6)


def test_fasttext_gives_our_vectors(tmp_path) -> None:
    fasttext = pytest.importorskip("fasttext", reason="fastText's own package is not installed")
    corpus = [["kiwi", "kākāpō", "</s>", "日本語", "🥝", "Ünïcödé", "слово", "a"]] * 50
    for kind in MODELS:
        vectors = make(kind, corpus=corpus, sample=0.0).train().vectors
        vectors.to_file(tmp_path / "model.bin", "fasttext")
        theirs = fasttext.load_model(str(tmp_path / "model.bin"))
        for word in (*vectors, "kiwis", "kākāpōs", "日本", "🥝🥝", "слова", "unseen"):
            np.testing.assert_allclose(theirs.get_word_vector(word), vectors[word], atol=1e-6)


def test_parameters_are_checked() -> None:
    for subwords in ((6, 3), (0, 3), (3,), (3, 6, 9)):
        with pytest.raises(ParameterError, match="subwords must be two integers from 1 to 100"):
            SkipGram(Aviary(10), subwords=subwords).train()
    for subwords in (3, "3,6", (3, 6.5), (True, 3)):
        with pytest.raises(TypeError, match="subwords must be two integers"):
            SkipGram(Aviary(10), subwords=subwords).train()
    with pytest.raises(TypeError, match=r"subwords=\(shortest"):
        SkipGram(Aviary(10), min_n=3)
    assert repr(SkipGram(subwords=(3, 6))) == "SkipGram(corpus=None, subwords=(3, 6))"


def test_a_step_of_the_torch_engine_moves_the_rows_of_its_words_alone() -> None:
    counts, made = np.arange(5, 0, -1), pieces()
    net = SkipGramNetwork(5, 4, NegativeSampling(counts, 4, 5, 3), 2, None, made)
    net.draw(torch.Generator().manual_seed(1))
    net.output.words.weight.weight += 1.0
    before = net.input.weight.clone()
    rates = dict.fromkeys(Optimiser.tables_of(net), TableRate(0.5, None))
    optimiser = Optimiser(net, rates, 0.0)
    near = torch.tensor([0, 1], dtype=torch.int32)
    net(TokenBlock(torch.tensor([0, 2]), near, near.flip(0), 2, TextPosition(1, 0)), torch.Generator()).total.backward()
    optimiser.step(1.0, 2)
    moved = (net.input.weight != before).any(1).nonzero().ravel().tolist()
    rows = {row for word in (0, 2) for row in made.rows[made.offsets[word] : made.offsets[word + 1]].tolist()}
    assert moved == sorted(rows)
