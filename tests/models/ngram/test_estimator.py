"""N-gram models against their plain twin, against KenLM where that is installed, and as files."""

from __future__ import annotations

import copy
import importlib.util
import math
import re
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from densevec import Aviary, NGram
from densevec.corpus import TextCorpus
from densevec.corpus.language import encode_separately
from densevec.errors import (
    CorpusError,
    CorruptError,
    FileError,
    FormatError,
    FormatWarning,
    NotTrainedError,
    ParameterError,
    ParameterTypeError,
)
from densevec.formats import atomic, read_container, write_container
from tests.reference.ngram import END, START, PlainNGram

SMOOTHINGS = ["modified_kneser_ney", "kneser_ney", "katz"]
TEXT = list(Aviary(500))
OTHER = list(Aviary(80, seed=9))


def known(model: NGram, sentences: list[list[str]]) -> list[list[str]]:
    words = model.vocabulary.index
    return [[word if word in words else "<unk>" for word in sentence] for sentence in sentences]


def twin_of(model: NGram, sentences: list[list[str]]) -> PlainNGram:
    return PlainNGram(known(model, sentences), model.vocabulary.words, model.order, model.smoothing)


def assert_equal_to_twin(model: NGram, train: list[list[str]], test: list[list[str]]) -> None:
    twin = twin_of(model, train)
    for sentence, found in zip(known(model, test), model.token_log_probs(test), strict=True):
        tokens = [START, *sentence, END]
        wanted = [math.log(twin.probability(tokens[i], tuple(tokens[:i]))) for i in range(1, len(tokens))]
        np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize(("order", "min_count"), [(1, 1), (2, 5), (3, 1), (5, 3)])
def test_log_probs_are_the_plain_twins(smoothing: str, order: int, min_count: int) -> None:
    model = NGram(TEXT, order, smoothing=smoothing, min_count=min_count, workers=1).train()
    assert_equal_to_twin(model, TEXT, OTHER)


sentences = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), min_size=1, max_size=15)


@settings(max_examples=60)
@given(sentences, sentences, st.sampled_from(SMOOTHINGS), st.integers(1, 6))
def test_small_texts(train: list[list[str]], test: list[list[str]], smoothing: str, order: int) -> None:
    model = NGram(train, order, smoothing=smoothing, min_count=1, workers=2).train()
    assert_equal_to_twin(model, train, test)
    for sentence in test:
        assert sum(p for _, p in model.next_words(sentence, None)) == pytest.approx(1, abs=2e-6)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize("crosses", [False, True])
def test_probabilities_sum_to_one(smoothing: str, order: int, least: int, crosses: bool) -> None:
    model = NGram(TEXT, order, smoothing=smoothing, min_count=2, min_ngram_count=least, cross_sentences=crosses).train()
    rng = np.random.default_rng(4)
    words = model.vocabulary.words
    histories = [TEXT[0][:size] for size in range(len(TEXT[0]) + 1)]  # from the beginning of a sentence on
    histories += [sentence[: rng.integers(len(sentence) + 1)] for sentence in TEXT[:40]]
    histories += [rng.choice(words, rng.integers(6)).tolist() for _ in range(40)]
    for history in histories:
        found = model.next_words(history, None)
        assert math.fsum(p for _, p in found) == pytest.approx(1, abs=2e-6), history
        first = found[0][0]
        ids, offsets = encode_separately([[*history, first]], model.vocabulary, has_ends=True)
        values = np.concatenate(list(model._log_probs(ids, offsets, False)))
        assert values[len(history)] == pytest.approx(math.log(found[0][1]))


def test_n_grams_left_out_leave_the_others() -> None:
    whole, cut = (NGram(TEXT, 4, min_count=1, min_ngram_count=least).train() for least in (1, 2))
    twin = twin_of(whole, TEXT)
    wanted = [len(twin.counts[1]) + 1, len(twin.counts[2])]  # "<unk>" has not been seen
    wanted += [sum(count >= 2 for count in twin.counts[size].values()) for size in (3, 4)]
    assert cut.num_ngrams == wanted
    assert whole.num_ngrams[2:] == [len(twin.counts[3]), len(twin.counts[4])]
    assert whole.num_ngrams[3] > cut.num_ngrams[3] > 0


def test_histories_may_cross_sentences() -> None:
    """With one line for the whole text histories go on as they do across lines, ends being words there."""
    alternating = [["a"], ["b"]] * 50
    begins_anew, goes_on = (NGram(alternating, 3, min_count=1, cross_sentences=c).train() for c in (False, True))
    assert begins_anew.perplexity(alternating).perplexity > 1.4
    assert goes_on.perplexity(alternating).perplexity < 1.1
    assert dict(goes_on.next_words(["a", "</s>"]))["b"] > 0.9
    # sentences that have nothing to do with each other begin anew with every model
    separate = goes_on.token_log_probs([["a"], ["b"]])
    np.testing.assert_array_equal(separate[1], goes_on.token_log_probs([["b"]])[0])


@pytest.mark.parametrize("crosses", [False, True])
def test_neither_threads_nor_pieces_change_anything(
    crosses: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = {"min_count": 1, "cross_sentences": crosses}
    one, four = (NGram(TEXT, 4, workers=workers, **settings).train() for workers in (1, 4))
    one.save(tmp_path / "one")
    four.save(tmp_path / "four")
    ours, theirs = (read_container(tmp_path / name).tensors for name in ("one", "four"))
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])
    wanted = one.perplexity(OTHER)
    monkeypatch.setattr("densevec.models.ngram.estimator._PIECE", 7)
    assert four.perplexity(OTHER).nats == pytest.approx(wanted.nats, rel=1e-12)


def test_words_that_are_not_kept_are_predicted_as_one() -> None:
    model = NGram([["a", "b"], ["a", "c"], ["a", "d"]] * 2, 2, min_count=3).train()
    assert set(model.vocabulary.words) == {"a", "</s>", "<unk>"}
    assert model.log_prob(["a", "b"]) == model.log_prob(["a", "never seen"])
    assert model.next_words(["a"], 1)[0][0] == "<unk>"


def test_a_model_without_text_has_nothing() -> None:
    for ask in (lambda m: m.vocabulary, lambda m: m.log_prob(["a"]), lambda m: m.num_ngrams, lambda m: m.save("x")):
        with pytest.raises(NotTrainedError, match=r"call train\(\) first"):
            ask(NGram())
    with pytest.raises(ParameterError, match="order must be an integer at least 1 and at most 16, got 17"):
        NGram(TEXT, 17).train()


def test_a_model_can_be_trained_anew_and_cloned() -> None:
    model = NGram(TEXT, 2, min_count=1).train()
    before = model.log_prob(OTHER[0])
    shallow, fresh = copy.copy(model), clone(model)
    with pytest.raises(NotTrainedError):
        _ = fresh.vocabulary
    wanted = NGram(TEXT, 3, min_count=1).train().log_prob(OTHER[0])
    assert shallow.set_params(order=3).train().log_prob(OTHER[0]) == wanted
    assert fresh.set_params(order=3).fit(TEXT).log_prob(OTHER[0]) == wanted
    assert (model.order, model.log_prob(OTHER[0])) == (2, before)


@pytest.mark.parametrize("corpus", [[["one"]], [["a", "b"], ["c"], []], [["x"] * 300]])
def test_fault_37_small_corpora_work(corpus: list[list[str]]) -> None:
    for smoothing in SMOOTHINGS:
        model = NGram(corpus, 5, smoothing=smoothing, min_count=1).train()
        assert_equal_to_twin(model, [sentence for sentence in corpus if sentence], [*corpus, ["never", "seen"]])
    with pytest.raises(CorpusError, match="is empty"):
        NGram([], 2).train()
    with pytest.raises(CorpusError, match="min_count"):
        NGram(corpus, 2, min_count=999).train()


def test_fault_41_too_many_tokens_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("densevec.models.ngram.counts.MAX_TOKENS", 10)
    with pytest.raises(CorpusError, match="at most 10 tokens, this one has"):
        NGram(TEXT, 2).train()


# Files


def test_a_saved_model_is_the_same(tmp_path: Path) -> None:
    model = NGram(TEXT, 3, min_count=2, lowercase=True).train()
    model.save(tmp_path / "model")
    again = NGram.load(tmp_path / "model", check=True)
    assert again.num_ngrams == model.num_ngrams
    assert again.perplexity(OTHER) == model.perplexity(OTHER)
    assert again.next_words(["The", "KIWI"]) == model.next_words(["the", "kiwi"])
    for other in (copy.copy(again), copy.deepcopy(again)):
        assert other.log_prob(OTHER[0]) == model.log_prob(OTHER[0])


@pytest.mark.parametrize("name", ["model.1.first", "model.2.words", "model.2.first", "model.3.log_probs", "counts"])
def test_tensors_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    """No file can make a question read beyond the arrays."""
    NGram(TEXT, 3, min_count=2).train().save(tmp_path / "model")
    container = read_container(tmp_path / "model")
    tensors = dict(container.tensors)
    for damage in (lambda t: t[:-1].copy(), lambda t: np.append(t, t[:1]), lambda t: t[:, None].copy()):
        bad = tensors | {name: damage(tensors[name])}
        write_container(tmp_path / "bad", bad, container.words, container.metadata)
        with pytest.raises((CorruptError, FormatError), match="bad: "):
            NGram.load(tmp_path / "bad")
    del tensors[name]
    write_container(tmp_path / "bad", tensors, container.words, container.metadata)
    with pytest.raises((CorruptError, FormatError), match="bad: "):
        NGram.load(tmp_path / "bad")


@pytest.mark.parametrize("ending", ["arpa", "arpa.gz", "arpa.xz"])
@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_arpa_files_come_back(tmp_path: Path, ending: str, smoothing: str) -> None:
    model = NGram(TEXT, 4, smoothing=smoothing, min_count=2, min_ngram_count=2).train()
    model.write_arpa(tmp_path / f"model.{ending}")
    again = NGram.from_arpa(tmp_path / f"model.{ending}", lowercase=True)
    assert again.num_ngrams == model.num_ngrams and again.order == 4 and again.lowercase
    for found, wanted in zip(again.token_log_probs(OTHER), model.token_log_probs(OTHER), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_orders_without_n_grams_come_back(tmp_path: Path) -> None:
    text = [["a", "red", "fox"], ["one", "blue", "owl"], ["the", "red", "cat"]]
    model = NGram(text, 6, min_count=1, min_ngram_count=2).train()
    model.write_arpa(tmp_path / "model.arpa")
    again = NGram.from_arpa(tmp_path / "model.arpa")
    assert again.num_ngrams == model.num_ngrams and model.num_ngrams[2:] == [0, 0, 0, 0]
    for found, wanted in zip(again.token_log_probs(text), model.token_log_probs(text), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_what_reading_an_arpa_file_is_told(tmp_path: Path) -> None:
    NGram(TEXT, 3).train().write_arpa(tmp_path / "x")
    assert NGram.from_arpa(tmp_path / "x", order=3, workers=1, skip_symbols=True).order == 3
    with pytest.raises(ParameterError, match="order must be that of the file, 3, or left out, got 2"):
        NGram.from_arpa(tmp_path / "x", order=2)
    other = {"smoothing": "katz", "min_count": 1, "min_ngram_count": 2, "cross_sentences": True, "corpus": TEXT}
    for name, value in other.items():
        with pytest.raises(
            ParameterError, match=rf"^{name} must be left out, got .*model.set_params\({name}=...\) sets"
        ):
            NGram.from_arpa(tmp_path / "x", **{name: value})
        model = NGram.from_arpa(tmp_path / "x")
        before = model.log_prob(OTHER[0])
        assert model.set_params(**{name: value}).log_prob(OTHER[0]) == before
    with pytest.raises(ParameterTypeError, match="lowercase must be True or False"):
        NGram.from_arpa(tmp_path / "x", lowercase="no")
    with pytest.raises(ParameterTypeError, match="did you mean order"):
        NGram.from_arpa(tmp_path / "x", n=3)


def test_of_the_training_of_an_arpa_file_nothing_is_reported(tmp_path: Path) -> None:
    NGram(TEXT, 3, smoothing="katz", min_count=2).train().write_arpa(tmp_path / "x.arpa")
    model, told = NGram.from_arpa(tmp_path / "x.arpa", lowercase=True), []
    for name in ("first", "second"):
        model.save(tmp_path / name)
        told.append(read_container(tmp_path / name).metadata["parameters"])
        model = NGram.load(tmp_path / name)
        assert model.get_params().keys() == NGram.declared().keys()
    assert told[0] == told[1]
    unknown = {"smoothing", "min_ngram_count", "min_count", "max_vocab_size", "trim_rule"}
    assert NGram.declared().keys() - told[0].keys() == {*unknown, "corpus"}
    assert told[0]["order"] == 3 and told[0]["lowercase"]


def test_what_an_arpa_file_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cross_sentences must be False"):
        NGram(TEXT, 2, cross_sentences=True).train().write_arpa(tmp_path / "x")
    for word in ("a b", "a\tb", ""):
        with pytest.raises(ParameterError, match="cannot be written as an ARPA file"):
            NGram([[word, "c"]], 2, min_count=1).train().write_arpa(tmp_path / "x")
    assert not list(tmp_path.iterdir())
    NGram([["10\u00a0km", "c"]], 2, min_count=1).train().write_arpa(tmp_path / "x")
    assert "10\u00a0km" in NGram.from_arpa(tmp_path / "x").vocabulary


def test_how_text_is_read_that_an_arpa_file_does_not_say(tmp_path: Path) -> None:
    path, text = tmp_path / "x.arpa", tmp_path / "text.txt"
    text.write_text("The kiwi, the PLUM.\n" * 5)
    rules = {"lowercase": True, "tokenizer": "words", "normalize": "NFC", "max_sentence_length": 50}
    rules |= {"errors": "ignore", "language": "en", "skip_symbols": True}
    with pytest.warns(FormatWarning, match="does not say how text is read") as caught:
        NGram(text, 2, min_count=1, **rules).train().write_arpa(path)
    advice = str(caught[0].message).partition("; ")[2].partition(" gives it back")[0]
    again = eval(advice)
    assert {name: getattr(again, name) for name in rules} == rules
    assert again.log_prob(again.open_text([]).tokenize("THE kiwi!")) > -5
    with pytest.warns(FormatWarning, match=r"that is tokenizer=builtins\.str\.split;"):  # a function
        NGram(text, 2, min_count=1, tokenizer=str.split).train().write_arpa(path)
    with pytest.warns(FormatWarning, match=r"that is lowercase=True;"):
        NGram(TextCorpus(TEXT, lowercase=True), 2, min_count=1).train().write_arpa(path)  # of the corpus
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NGram(TEXT, 2, min_count=1).train().set_params(lowercase=True).write_arpa(path)  # of another training


def test_kenlm_reads_our_files_and_agrees(tmp_path: Path) -> None:
    if importlib.util.find_spec("kenlm") is None:
        pytest.skip("kenlm is not installed")
    import kenlm

    model = NGram(TEXT, 4, min_count=2).train()
    model.write_arpa(tmp_path / "model.arpa")
    theirs = kenlm.Model(str(tmp_path / "model.arpa"))
    for sentence in [*OTHER, ["never", "seen"], []]:
        scores = [score for score, _, _ in theirs.full_scores(" ".join(sentence))]
        np.testing.assert_allclose(model.token_log_probs([sentence])[0], np.array(scores) * math.log(10), rtol=1e-5)


def test_ids_are_scored_as_words_are() -> None:
    model = NGram(TEXT, 3, min_count=2).train()
    ids, offsets = encode_separately(OTHER, model.vocabulary)
    found = np.concatenate(list(model._log_probs(ids, offsets, False)))
    np.testing.assert_array_equal(found, np.concatenate(model.token_log_probs(OTHER)))


@pytest.mark.parametrize("keeps", [{}, {"min_ngram_count": 3}, {"order": 2}])
def test_room_for_the_output_is_asked_for_before_smoothing(keeps, tmp_path, monkeypatch) -> None:
    """And the answer is right: within a header of what the file takes."""
    text = [f"{word} eats {other} and {other} sleeps".split() for word in "abcdef" for other in "uvwxyz"] * 2
    model = NGram(text, **{"order": 4, "min_count": 1, **keeps})
    model.train(output=tmp_path / "model").save(tmp_path / "model")
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "statvfs", lambda path: SimpleNamespace(f_bavail=700, f_frsize=1))
        with pytest.raises(FileError, match=r"only 700 bytes are free .* fewer n-grams") as caught:
            model.train(output=tmp_path / "model")
    needed = int(re.search(r"some ([\d,]+) bytes will be needed", str(caught.value))[1].replace(",", ""))
    assert needed < (tmp_path / "model").stat().st_size < needed + 10_000
