"""What all language models share, on one whose probabilities are written down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from densevec import NGram
from densevec.corpus import TextCorpus, Vocabulary
from densevec.corpus.perplexity import fit_mixture_weights
from densevec.corpus.text import as_corpus
from densevec.errors import CorpusError, CorpusTypeError, ParameterError, ParameterTypeError
from densevec.models.interpolated import Interpolated
from densevec.models.language_model import LanguageModel

WORDS = ["</s>", "the", "kiwi", "sleeps", "<unk>"]


class Bigram(LanguageModel):
    """P(word | last word) from a table (V, V) whose rows add up to 1."""

    def __init__(self, table: np.ndarray, words: list[str] = WORDS, piece: int = 2, lowercase: bool = False) -> None:
        self.table, self.words, self.piece, self.lowercase = table, words, piece, lowercase

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words, np.ones(len(self.words)))

    @property
    def is_one_sided(self) -> bool:
        return True

    @property
    def is_normalised(self) -> bool:
        return True

    @property
    def has_log_probs(self) -> bool:
        return True

    def open_text(self, source: Any, **reading: Any) -> TextCorpus:
        return as_corpus(source, lowercase=self.lowercase)

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        before = np.concatenate([[self.words.index("</s>")], ids[:-1]])
        values = np.log(self.table[before, ids])
        for start in range(0, len(ids), self.piece):
            yield values[start : start + self.piece]

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        return np.log(self.table[history[-1] if len(history) else self.words.index("</s>")])


def random_table(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(len(WORDS)), size=len(WORDS))


TABLE = random_table(1)
MODEL = Bigram(TABLE)


def test_a_sentence_is_its_words_and_its_end() -> None:
    wanted = math.log(TABLE[0, 1]) + math.log(TABLE[1, 2]) + math.log(TABLE[2, 0])
    assert MODEL.log_prob(["the", "kiwi"]) == pytest.approx(wanted)
    assert MODEL.log_prob([]) == pytest.approx(math.log(TABLE[0, 0]))
    assert MODEL.log_prob(["kea"]) == MODEL.log_prob(["<unk>"]) == pytest.approx(np.log(TABLE[0, 4] * TABLE[4, 0]))
    values = MODEL.token_log_probs([["the", "kiwi"], [], ["kiwi"]])
    assert [len(each) for each in values] == [3, 1, 2]
    assert values[0].sum() == pytest.approx(wanted)
    assert MODEL.token_log_probs([]) == []
    assert Bigram(TABLE, lowercase=True).log_prob(["The", "KIWI"]) == pytest.approx(wanted)


class Rounding(Bigram):
    """Numbers of single precision, whose last bits depend on what is scored together."""

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        for part in super()._log_probs(ids, offsets, is_running):
            self.scored = getattr(self, "scored", 0) + len(part)
            yield part + 1e-7 * self.scored


def test_sentences_of_the_same_words_have_the_same_numbers() -> None:
    model = Rounding(TABLE)
    found = model.complete(["the", None, "sleeps"], ["kea", "the", "kiwi", "the", "weka", "<unk>"])
    scores: dict[str, set[float]] = {}
    for word, score in found:
        scores.setdefault(word, set()).add(score)
    assert len(scores["the"]) == 1 and scores["kea"] == scores["weka"] == scores["<unk>"]
    unknown = [word for word, _ in found if word in ("kea", "weka", "<unk>")]
    assert unknown == ["kea", "weka", "<unk>"]
    model.scored = 0
    first, second, third = model.token_log_probs([["kea"], ["the"], ["weka"]])
    np.testing.assert_array_equal(first, third)
    assert model.scored == 4
    first[:] = 0
    assert third.all() and second.all()  # each has its own


def test_perplexity_is_e_to_the_nats_and_two_to_the_bits() -> None:
    text = [["the", "kiwi"], ["the", "kea", "sleeps"], []]
    found = MODEL.perplexity(text)
    per_token = np.concatenate(MODEL.token_log_probs(text[:2]))
    assert (found.num_tokens, found.num_sentences, found.num_unknown) == (7, 2, 1)
    assert found.nats_per_token == pytest.approx(-per_token.mean())
    assert found.perplexity == pytest.approx(math.exp(found.nats_per_token))
    assert found.perplexity == pytest.approx(2**found.bits_per_token)
    assert found.perplexity_without_unknown == pytest.approx(math.exp(-np.delete(per_token, 4).mean()))
    assert found.perplexity_without_ends == pytest.approx(math.exp(-np.delete(per_token, [2, 6]).mean()))
    assert found.as_dict()["perplexity"] == found.perplexity
    uniform = Bigram(np.full_like(TABLE, 1 / len(WORDS)))
    assert uniform.perplexity(text).perplexity == pytest.approx(len(WORDS))


def test_a_text_corpus_is_scored_as_it_is_read() -> None:
    model, text = Bigram(TABLE, lowercase=True), [["The", "kiwi"], ["the", "KIWI", "sleeps"]]
    unknown = [["<unk>", "kiwi"], ["the", "<unk>", "sleeps"]]
    for corpus, wanted in ((TextCorpus(text), unknown), (text, text)):
        scored = [log_probs for _, log_probs in model.score(corpus)]
        for found, each in zip(scored, model.token_log_probs(wanted), strict=True):
            np.testing.assert_array_equal(found, each)
        assert model.perplexity(corpus).nats_per_token == pytest.approx(-np.concatenate(scored).mean())


def test_an_impossible_word_has_no_perplexity_but_a_result() -> None:
    table = TABLE.copy()
    table[1, 2] = 0
    with np.errstate(divide="ignore"):
        found = Bigram(table).perplexity([["the", "kiwi"]])
    assert found.perplexity == math.inf
    assert found.as_dict()["perplexity"] is None


def test_next_words_are_a_distribution() -> None:
    words = MODEL.next_words(["the"], topn=None)
    assert sum(probability for _, probability in words) == pytest.approx(1)
    assert dict(words) == pytest.approx(dict(zip(WORDS, TABLE[1], strict=True)))
    assert words == sorted(words, key=lambda pair: -pair[1])
    assert MODEL.next_words(topn=1) == [(WORDS[TABLE[0].argmax()], pytest.approx(TABLE[0].max()))]
    assert MODEL.next_words(["the"], topn=0) == []
    with pytest.raises(ParameterError, match="topn must be an integer at least 0 or None, got -1"):
        MODEL.next_words(topn=-1)


@pytest.mark.parametrize("blank", ["_____", None])
def test_completions_are_whole_sentences(blank: str | None) -> None:
    found = MODEL.complete(["the", blank, "sleeps"], ["kiwi", "the", "kea kiwi"])
    assert dict(found)["the"] == pytest.approx(MODEL.log_prob(["the", "the", "sleeps"]))
    assert dict(found)["kea kiwi"] == pytest.approx(MODEL.log_prob(["the", "kea", "kiwi", "sleeps"]))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert [choice for choice, _ in MODEL.complete([blank], ["kea", "weka", "<unk>"])] == ["kea", "weka", "<unk>"]


def test_wrong_questions() -> None:
    with pytest.raises(ParameterError, match="one gap '_____', got 0"):
        MODEL.complete(["the"], ["kiwi"])
    with pytest.raises(ParameterError, match="got 2"):
        MODEL.complete([None, "_____"], ["kiwi"])
    with pytest.raises(ParameterTypeError, match="choices must be a list of at least one word"):
        MODEL.complete([None], [])
    with pytest.raises(ParameterTypeError, match="choices must be a list"):
        MODEL.complete([None], "kiwi")
    for ask in (MODEL.log_prob, MODEL.next_words):
        with pytest.raises(CorpusTypeError, match="is a string"):
            ask("the kiwi")
    with pytest.raises(ParameterTypeError, match="sentences must be a list of lists"):
        MODEL.token_log_probs("the kiwi")
    with pytest.raises(CorpusTypeError, match="sentence 2, token 1 is of type int"):
        MODEL.token_log_probs([["the"], [1]])


def test_marks_of_sentences_are_refused_everywhere_or_left_out_everywhere() -> None:
    marked, plain = ["<s>", "the", "kiwi", "</s>"], ["the", "kiwi"]
    skips = Bigram(TABLE)
    skips.skip_symbols = True
    questions = {
        "perplexity": lambda model, words: model.perplexity([words]),
        "log_prob": lambda model, words: model.log_prob(words),
        "score": lambda model, words: [values.tolist() for _, values in model.score([words])],
        "next_words": lambda model, words: model.next_words(words[: 1 + len(words) // 2]),
        "complete": lambda model, words: model.complete([*words, None], ["kea"]),
        "substitutes": lambda model, words: model.substitution_scores([*words, "kea"], len(words), ["the"]).tolist(),
    }
    for name, ask in questions.items():
        with pytest.raises(CorpusError, match=r"has the word '<s>', with which .* or make the model with skip_symbols"):
            ask(MODEL, marked)
        assert ask(skips, marked) == ask(MODEL, plain), name
    assert Interpolated([skips, skips]).log_prob(marked) == pytest.approx(MODEL.log_prob(plain))
    with pytest.raises(CorpusError, match="has the word '<s>'"):
        Interpolated([skips, MODEL]).log_prob(marked)


# Mixtures

OTHER = Bigram(random_table(2), piece=3)
TEXT = [["the", "kiwi", "sleeps"], ["kea"], ["the"]] * 5


def test_a_mixture_mixes_probabilities() -> None:
    mixed = Interpolated([MODEL, OTHER], [3, 1])
    assert mixed.weights.tolist() == [0.75, 0.25]
    for factor in (2.0**1022, 2.0**-1074):
        assert Interpolated([MODEL, OTHER], [3 * factor, factor]).weights.tolist() == [0.75, 0.25]
    table = Bigram(0.75 * MODEL.table + 0.25 * OTHER.table)
    for sentence in TEXT:
        assert mixed.log_prob(sentence) == pytest.approx(table.log_prob(sentence))
    assert mixed.perplexity(TEXT).perplexity == pytest.approx(table.perplexity(TEXT).perplexity)
    assert dict(mixed.next_words(["kiwi"], None)) == pytest.approx(dict(table.next_words(["kiwi"], None)))


def test_words_may_have_another_order() -> None:
    order = [4, 2, 0, 1, 3]
    permuted = Bigram(OTHER.table[np.ix_(order, order)], [WORDS[i] for i in order])
    straight, crossed = Interpolated([MODEL, OTHER]), Interpolated([MODEL, permuted])
    assert crossed.perplexity(TEXT).perplexity == pytest.approx(straight.perplexity(TEXT).perplexity)
    assert crossed.next_words(["the"]) == [(word, pytest.approx(p)) for word, p in straight.next_words(["the"])]


def test_fitted_weights_are_the_best() -> None:
    mixed = Interpolated([MODEL, OTHER]).fit(TEXT)
    best = mixed.perplexity(TEXT).perplexity
    for first in np.linspace(0, 1, 101):
        assert best <= Interpolated([MODEL, OTHER], [first, 1 - first]).perplexity(TEXT).perplexity + 1e-3
    assert Interpolated([MODEL, MODEL]).fit(TEXT).weights.tolist() == [0.5, 0.5]


def test_weights_of_a_known_mixture_are_found() -> None:
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet(np.ones(50), size=3)
    draws = rng.choice(50, size=200_000, p=[0.6, 0.3, 0.1] @ probabilities)
    found = fit_mixture_weights([np.log(row[draws]) for row in probabilities], tolerance=1e-9, rounds=2000)
    np.testing.assert_allclose(found, [0.6, 0.3, 0.1], atol=0.02)


def test_models_that_do_not_mix() -> None:
    with pytest.raises(ParameterTypeError, match="at least one"):
        Interpolated([])
    for weights in ([1], [0, 0], [-1, 2], [math.nan, 1]):
        with pytest.raises(ParameterError, match="weights must be 2 numbers"):
            Interpolated([MODEL, OTHER], weights)
    smaller = Bigram(TABLE[:4, :4], [*WORDS[:3], "<unk>"])
    with pytest.raises(ParameterError, match=r"model 2 has 4 words and lacks 1 .* for one 'sleeps'"):
        Interpolated([MODEL, smaller])
    with pytest.raises(ParameterError, match=r"model 2 has lowercase=True and the first lowercase=False; train all"):
        Interpolated([MODEL, Bigram(TABLE, lowercase=True)])
    for wrong in ([np.zeros(3), np.zeros(4)], [], None):
        with pytest.raises(ParameterError, match="log_probs must hold one number for each token"):
            fit_mixture_weights(wrong)
    for wrong in ([[math.nan, -1.0], [-1.0, -1.0]], [[-1.0], [math.inf]]):
        with pytest.raises(ParameterError, match="log_probs must be numbers below infinity"):
            fit_mixture_weights(wrong)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [list, np.array])
def test_tokens_that_no_model_expects_say_nothing_of_the_weights(kind: Any) -> None:
    columns = [[-1.0, -2.0, -3.0], [-2.0, -1.0, -1.5]]
    wanted = fit_mixture_weights(columns)
    found = fit_mixture_weights([kind([-math.inf, *column, -math.inf]) for column in columns])
    np.testing.assert_array_equal(found, wanted)
    with pytest.raises(ParameterError, match="log_probs must be above -inf for some token"):
        fit_mixture_weights([kind([-math.inf, -math.inf])] * 2)


def test_scores_are_no_probabilities_to_mix() -> None:
    class Scores(Bigram):
        is_normalised = False

    with pytest.raises(ParameterError, match=r"but model 2, a Scores, gives scores .* another output_layer"):
        Interpolated([MODEL, Scores(TABLE)])


def test_a_mixture_reads_marks_as_its_models_were_trained_to() -> None:
    text = [["the", "kiwi"], ["a", "kiwi"]] * 5
    models = [NGram(text, order=2, min_count=1, skip_symbols=True).train() for _ in range(2)]
    models[0].set_params(skip_symbols=False)  # for another training
    assert Interpolated(models).log_prob(["<s>", "the", "kiwi"]) == Interpolated(models).log_prob(["the", "kiwi"])


def test_a_model_of_a_mixture_that_is_trained_again() -> None:
    """Words that got another order are found anew, and other words are refused in a sentence."""
    text = [["the", "kiwi", "sleeps"], ["a", "bird", "sleeps"]] * 30
    models = [NGram(text, order=2, min_count=1).train() for _ in range(2)]
    mixed = Interpolated(models)
    mixed.next_words(["the"])
    models[1].fit([["sleeps", "bird", "a"], ["bird", "kiwi", "the"]] * 30)
    assert models[0].vocabulary.words != models[1].vocabulary.words
    fresh = Interpolated(models)
    assert mixed.next_words(["the"], None) == fresh.next_words(["the"], None)
    assert mixed.log_prob(text[0]) == fresh.log_prob(text[0])
    models[0].fit([["kea", "sleeps"]] * 30)
    for ask in (mixed.next_words, lambda: mixed.log_prob(text[0]), lambda: mixed.fit(text)):
        with pytest.raises(ParameterError, match="models must have the same words to be mixed, but model 2 has"):
            ask()
