"""Pseudo-words: what is written as one, what is asked, and how answers are judged."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from densevec import BayesianSkipGram
from densevec.corpus import Phrases
from densevec.densities import Gaussian
from densevec.errors import CorpusTypeError, FormatError, ParameterError, ParameterTypeError
from densevec.evaluation import (
    PseudoQuestion,
    PseudoSenses,
    PseudoWords,
    evaluate_pseudo_words,
    read_pseudo_questions,
    write_pseudo_questions,
)
from densevec.vectors import DensityVectors, KeyedVectors

TEXT = [f"{word} a{n % 7} b c d e f".split() for word in ("sun", "tin", "oak", "eel") for n in range(60)]


def test_half_of_the_occurrences_are_written_as_one_and_no_question_is_in_the_text():
    pseudo = PseudoWords(TEXT, num_pairs=2, num_sentences=6, seed=3)
    assert {word for pair in pseudo.pairs for word in pair} == {"sun", "tin", "oak", "eel"}
    text = list(pseudo)
    assert text == list(pseudo)  # the same each time
    assert len(text) == len(TEXT) - len(pseudo.questions) == len(TEXT) - 12
    counts = Counter(token for tokens in text for token in tokens)
    for a, b in pseudo.pairs:
        assert counts[a] + counts[b] + counts[f"{a}_{b}"] == 2 * (60 - 3)
        assert 30 < counts[f"{a}_{b}"] < 84
    assert set(Counter(question.right for question in pseudo.questions).values()) == {3}
    for question in pseudo.questions:
        assert question.tokens[question.position] == question.word
        assert sorted([question.right, question.wrong]) == sorted(question.word.split("_"))


def test_pairs_are_of_like_frequency_and_not_the_most_frequent_words():
    words = [f"{a}{b}{c}" for a in "klmnp" for b in "aeiou" for c in "rstvz"]  # 125, the k-th 10 + k times
    text = [[word, "x", "y", "z", "v", "w"] for k, word in enumerate(words) for _ in range(10 + k)]
    counts = Counter(token for tokens in text for token in tokens)
    pseudo = PseudoWords(text, num_pairs=60, num_sentences=2)
    assert len(pseudo.pairs) == 60
    assert max(counts[a] - counts[b] for a, b in pseudo.pairs) <= 6
    assert not {"x", "y"} & {word for pair in pseudo.pairs for word in pair}  # 50 to 1 are left out
    assert pseudo.pairs != PseudoWords(text, num_pairs=60, num_sentences=2, seed=2).pairs


def test_what_cannot_be_asked_is_one_sentence():
    with pytest.raises(ParameterError, match=r"num_pairs \(--pairs\) must be at most 2"):
        PseudoWords(TEXT, num_pairs=3, num_sentences=6).pairs  # noqa: B018
    with pytest.raises(CorpusTypeError, match="can be read only once"):
        PseudoWords(iter(TEXT))
    with pytest.raises(ParameterTypeError, match="needs encoder= or scorer="):
        evaluate_pseudo_words(DensityVectors(["a"], np.ones((1, 2)), np.ones(1)), [])


def test_questions_are_as_many_as_promised_where_few_sentences_are_long_enough():
    short = [tokens[:5] for tokens in TEXT]
    told = "words that occur 18 times or more in this text, in 6 or more sentences of 6 or more tokens, got 1"
    with pytest.raises(ParameterError, match=told):
        PseudoWords(short, num_pairs=1, num_sentences=6).pairs  # noqa: B018
    with pytest.raises(ParameterError, match=r"the 0 words that occur 36 times or more .* 12 or more sentences"):
        PseudoSenses(short, num_words=1, num_sentences=6).groups  # noqa: B018
    mixed = [*short, *TEXT[::10]]  # 6 long ones of each word
    asked = Counter(question.right for question in PseudoWords(mixed, num_pairs=2, num_sentences=6).questions)
    assert asked == dict.fromkeys(("sun", "tin", "oak", "eel"), 3)


def test_words_that_share_their_sentences_are_not_asked_about_less():
    text = [["sun", "tin", "oak", "eel", "cat", "hen", "fox", "owl"]] * 6
    with pytest.raises(ParameterError, match="must have 1 sentences of 6 or more tokens for each word, none for two"):
        PseudoWords(text, num_pairs=4, num_sentences=2).questions  # noqa: B018
    assert len(PseudoWords(text, num_pairs=3, num_sentences=2).questions) == 6


def test_questions_come_back_from_their_file(tmp_path):
    questions = PseudoWords(TEXT, num_pairs=1, num_sentences=6).questions
    write_pseudo_questions(tmp_path / "questions", questions)
    assert read_pseudo_questions(tmp_path / "questions") == questions
    for line in (
        "a_b\ta\tb\t9\tshort a_b",
        "a_b\ta\tb\t-1\tshort a_b",
        "a_b\ta\tb\tshort a_b",
        "a_b\ta\tb\t0\tshort a_b",
        f"a_b\ta\tb\t{'9' * 5_000}\tshort a_b",
    ):
        (tmp_path / "bad").write_text(line + "\n")
        with pytest.raises(FormatError, match="line 1: expected pseudo-word"):
            read_pseudo_questions(tmp_path / "bad")


@pytest.mark.parametrize("token", ["a 1", "a\t1", "a\n", "", "a\0", "\ud800"])
def test_tokens_that_no_line_can_hold_are_named(tmp_path, token):
    text = [[token, *tokens] for tokens in TEXT]
    for pseudo in (PseudoWords(text, num_pairs=1, num_sentences=6), PseudoSenses(text, num_words=1, num_sentences=6)):
        with pytest.raises(ParameterError, match=f"^tokens of a sentence .* got {re.escape(repr(token))}, which"):
            pseudo.write(tmp_path / "text", tmp_path / "questions")
    assert not list(tmp_path.iterdir())


def test_questions_that_would_be_read_otherwise_are_not_written(tmp_path):
    right = PseudoQuestion("a_b", "a", "b", 1, ("the", "a_b"))
    for change in (
        {"position": 0},
        {"position": -1},
        {"word": "a"},
        {"right": "a\tb"},
        {"wrong": "b\n"},
        {"tokens": ()},
    ):
        with pytest.raises(ParameterError, match=r"^what is written must be the word at a position of its sentence"):
            write_pseudo_questions(tmp_path / "questions", [right, right._replace(**change)])


def _question(right: str, wrong: str, sentence: str) -> PseudoQuestion:
    tokens = tuple(sentence.split())
    return PseudoQuestion("a_b", right, wrong, tokens.index("a_b"), tokens)


def test_the_nearer_word_is_the_answer():
    # a_b by itself lies with a: only what moves tells then.
    mean = np.array([[1.0, 0], [0, 1.0], [0.875, 0.25]])
    vectors = DensityVectors(["a", "b", "a_b"], mean, np.ones(3), np.full(3, 9))
    questions = [_question("a", "b", "the a_b shone"), _question("b", "a", "a rusty a_b"), _question("b", "a", "a_b")]
    means = {"the": [1.0, 0.1], "a": [0.8, 0.3], "a_b": [0.875, 0.25]}

    def encoder(items):
        assert all(tokens[place] == "a_b" for tokens, place in items)
        return [Gaussian(np.array(means[tokens[0]]), np.asarray(1.0)) for tokens, _ in items]

    for given in (tuple(questions), iter(questions)):
        assert evaluate_pseudo_words(vectors, given, encoder=encoder).used == 3
    with pytest.raises(ParameterTypeError, match=r"^questions must be PseudoQuestion objects, as read_pseudo"):
        evaluate_pseudo_words(vectors, [1], encoder=encoder)
    unknown = questions[0]._replace(word="c_d")
    result = evaluate_pseudo_words(vectors, [*questions, unknown], encoder=encoder)
    assert (result.by_divergence, result.by_cosine, result.by_change) == pytest.approx((1 / 3, 1 / 3, 2.5 / 3))
    assert (result.used, result.total, result.left_out) == (3, 4, {"unknown word": 1})
    assert result.as_dict()["by_substitutes"] is None
    asked = []

    def scorer(tokens, place, words):
        asked.append(words)
        return [len(tokens), 2, *[9] * len(words[2:])]

    right = evaluate_pseudo_words(vectors, questions, scorer=scorer)
    assert right.by_substitutes == pytest.approx(2 / 3)  # of three, three and one token
    assert asked == [["a", "b"], ["b", "a"], ["b", "a"]]  # the only neighbour of both is the pseudo-word
    assert np.isnan(right.by_cosine)


def test_marks_of_a_language_model_stand_in_no_sentence():
    vectors, asked = KeyedVectors(["a", "b", "a_b", "</s>", "<unk>", "c"], np.ones((6, 2))), []

    def scorer(tokens, place, words):
        asked.append(words)
        return [2, 1, 0]

    evaluate_pseudo_words(vectors, [_question("a", "b", "the a_b shone")], scorer=scorer)
    assert asked == [["a", "b", "c"]]


def test_words_are_spelled_as_the_model_reads_them():
    vectors = DensityVectors(["a", "b", "a_b"], np.eye(3), np.ones(3), parameters={"lowercase": True})
    asked = []

    def scorer(tokens, place, words):
        asked.append((tokens, words))
        return [2, 1]

    question = PseudoQuestion("A_b", "A", "b", 1, ("The", "A_b", "shone"))
    result = evaluate_pseudo_words(vectors, [question], encoder=lambda items: [vectors.density("a")], scorer=scorer)
    assert (result.by_divergence, result.by_change, result.by_substitutes, result.used) == (1.0, 1.0, 1.0, 1)
    assert asked == [(["The", "A_b", "shone"], ["a", "b"])]


def test_a_pseudo_word_in_a_longer_phrase_is_another_word():
    text = [["old", "a_b"], ["the", "a_b", "by", "a"], ["a", "b", "b"]] * 9
    phrases = Phrases([["old", "a_b"]] * 9, min_count=1, threshold=0.1).train()
    model = BayesianSkipGram(text, dim=2, epochs=1, min_count=1, workers=1, sample=0, phrases=phrases).train()
    questions = [_question("a", "b", "the a_b by a"), _question("a", "b", "by old a_b"), _question("c", "b", "a_b")]
    answered = {"encoder": model.posterior_batch, "scorer": model.substitution_scores}
    result = evaluate_pseudo_words(model.vectors, questions, **answered)
    assert (result.used, result.total) == (1, 3)
    assert result.left_out == result.as_dict()["left_out"] == {"unknown word": 1, "word in a longer phrase": 1}
