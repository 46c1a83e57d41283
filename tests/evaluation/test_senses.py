"""Planted senses: what is written as one, what is tagged, and how found senses are judged."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from densevec.corpus import Phrases, TextCorpus
from densevec.errors import CorpusTypeError, FormatError, ParameterError, ParameterTypeError
from densevec.evaluation import (
    PseudoSenses,
    SenseInstance,
    evaluate_senses,
    read_sense_instances,
    write_sense_instances,
)

WORDS = ("sun", "tin", "oak", "eel", "cat", "hen")
TEXT = [f"{word} a{n % 7} b c d e f".split() for word in WORDS for n in range(60)]


def test_words_of_one_to_three_senses_and_no_tagged_sentence_in_the_text():
    planted = PseudoSenses(TEXT, num_words=3, num_sentences=5, seed=3)
    assert sorted(map(len, planted.groups.values())) == [1, 2, 3]
    assert sorted(word for words in planted.groups.values() for word in words) == sorted(WORDS)
    text = list(planted)
    assert text == list(planted)  # the same each time
    assert len(text) == len(TEXT) - len(planted.instances) == len(TEXT) - 6 * 5
    counts = Counter(token for tokens in text for token in tokens)
    for name, words in planted.groups.items():
        assert name == "_".join(words)
        assert counts[name] == len(words) * (60 - 5)
        tagged = Counter(instance.sense for instance in planted.instances if instance.word == name)
        assert tagged == dict.fromkeys(words, 5)
    assert all(instance.tokens[instance.position] == instance.word for instance in planted.instances)
    assert {word for word in WORDS if counts[word]} == {
        name for name, words in planted.groups.items() if len(words) == 1
    }


def test_what_cannot_be_planted_is_one_sentence():
    with pytest.raises(ParameterError, match="no more than the 6 words that occur 30 times"):
        PseudoSenses(TEXT, num_words=4, num_sentences=5).groups  # noqa: B018
    with pytest.raises(ParameterError, match="max_senses must be"):
        PseudoSenses(TEXT, max_senses=0)
    with pytest.raises(CorpusTypeError, match="can be read only once"):
        PseudoSenses(iter(TEXT))


def test_instances_come_back_from_their_file(tmp_path):
    instances = PseudoSenses(TEXT, num_words=3, num_sentences=5).instances
    write_sense_instances(tmp_path / "instances", instances)
    assert read_sense_instances(tmp_path / "instances") == instances
    for line in ("a\ts\t9\ta short one", "a\ts\t1\ta b", "a\t-1\ta", "a\ts\t0"):
        (tmp_path / "bad").write_text(line + "\n")
        with pytest.raises(FormatError, match="line 1: expected word, sense"):
            read_sense_instances(tmp_path / "bad")


class _Found:
    def __init__(self, number: int, sense_of: dict[str, int]) -> None:
        self.number, self.sense_of = number, sense_of

    def __len__(self) -> int:
        return self.number

    def assign_batch(self, items):
        return [self.sense_of[tokens[0]] for tokens, _ in items]


def _tagged(word: str, senses: str) -> list[SenseInstance]:
    return [SenseInstance(word, sense, 1, (sense, word)) for sense in senses]


def test_numbers_and_agreement(tmp_path):
    instances = [*_tagged("one", "aaaa"), *_tagged("two", "aabb"), *_tagged("three", "aabbcc"), *_tagged("new", "ab")]
    senses = {
        "one": _Found(2, {"a": 0}),  # one too many, of which one is used
        "two": _Found(2, {"a": 1, "b": 0}),
        "three": _Found(1, {"a": 0, "b": 0, "c": 0}),
    }
    result = evaluate_senses(senses, instances)
    assert result.number_right == pytest.approx(1 / 3)
    assert result.number_right_by_senses == {1: 0.0, 2: 1.0, 3: 0.0}
    assert result.mean_error == pytest.approx(1.0)
    assert result.adjusted_rand == pytest.approx((1 + 1 + 0) / 3)
    assert result.v_measure == pytest.approx((1 + 1 + 0) / 3)
    assert (result.used, result.total, result.left_out) == (3, 4, {"unknown word": 1})
    write_sense_instances(tmp_path / "instances", instances)
    with open(tmp_path / "instances", "rb") as stream:
        for given in (tmp_path / "instances", stream, tuple(instances), iter(instances)):
            assert evaluate_senses(senses, given) == result
    with pytest.raises(ParameterTypeError, match=r"^instances must be SenseInstance objects, as read_sense_instances"):
        evaluate_senses(senses, [("one", "a")])
    assert result.as_dict()["number_right_by_senses"] == {"1": 0.0, "2": 1.0, "3": 0.0}


def test_words_are_spelled_as_the_model_of_the_senses_reads_them():
    instances = [*_tagged("Church", "ab"), *_tagged("church", "abb"), *_tagged("Tower", "a")]
    found = _Found(2, {"a": 1, "b": 0})
    assert evaluate_senses({"church": found}, instances).used == 1
    found.text = TextCorpus([], lowercase=True)
    found.word = "church"
    for name in ("church", "Church"):
        result = evaluate_senses({name: found}, instances)
        assert (result.used, result.total, result.adjusted_rand) == (1, 2, 1.0)


def test_chance_is_zero_by_the_adjusted_rand_index():
    random = np.random.default_rng(1)
    scores = []
    for _ in range(40):
        tagged = _tagged("two", "".join(random.choice(list("ab"), 30)))
        instances = [SenseInstance("two", each.sense, 1, (str(n), "two")) for n, each in enumerate(tagged)]
        found = _Found(2, {str(n): int(random.integers(2)) for n in range(30)})
        scores.append(evaluate_senses({"two": found}, instances).adjusted_rand)
    assert abs(np.mean(scores)) < 0.03


def test_no_word_is_no_figure():
    result = evaluate_senses({}, _tagged("one", "a"))
    assert np.isnan(result.number_right)
    assert result.as_dict()["adjusted_rand"] is None


def test_a_sentence_in_which_the_word_is_in_a_longer_phrase_is_left_out():
    phrases = Phrases([["old", "two"]] * 9, min_count=1, threshold=0.1).train()
    instances = [*_tagged("two", "aabb"), SenseInstance("two", "c", 1, ("old", "two"))]
    found = _Found(2, {"a": 1, "b": 0})
    found.text = TextCorpus([], phrases=phrases)
    result = evaluate_senses({"two": found}, [*instances, *_tagged("new", "a")])
    assert (result.adjusted_rand, result.mean_error, result.used, result.total) == (1.0, 0.0, 1, 2)
    left_out = {"unknown word": 1, "sentence with the word in a longer phrase": 1}
    assert result.left_out == result.as_dict()["left_out"] == left_out
    none_left = evaluate_senses({"two": found}, instances[-1:])
    assert (none_left.used, none_left.total) == (0, 1)
