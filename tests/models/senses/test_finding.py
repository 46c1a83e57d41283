"""Senses of a text in which a word was planted in two meanings, and another in one."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from densevec import BayesianSkipGram
from densevec.corpus import Phrases
from densevec.densities import Gaussian
from densevec.errors import MissingWordError, ParameterError
from densevec.models.senses.finding import mixture_of
from tests.topics import TOPICS, sentences_of_topics


@pytest.fixture(scope="module")
def text() -> list[list[str]]:
    return sentences_of_topics(1_800)


@pytest.fixture(scope="module")
def model(text, one_thread) -> BayesianSkipGram:
    return BayesianSkipGram(text, dim=8, epochs=5, min_count=1, evidence=None).train(progress=False)


def test_an_example_of_a_long_sentence_says_where_in_it_the_word_is(model, text):
    long = [[*text[number], *["mud"] * 60, *sentence] for number, sentence in enumerate(text[:60])]
    found = model.senses("bank", long, progress=False, num_examples=50)
    examples = [example for sense in found for example in sense.examples]
    assert max(example.start for example in examples) > 20
    for example in examples:
        assert (
            example.tokens[example.position] == long[example.sentence - 1][example.start + example.position] == "bank"
        )
        assert example.tokens == tuple(long[example.sentence - 1][example.start :][: len(example.tokens)])


def test_two_senses_with_share_neighbours_and_examples(model, text):
    found = model.senses("bank", text, progress=False, num_examples=2, topn=4, max_occurrences=300)
    assert len(found) == 2
    assert found.total == found.num_read * 2 == 600
    assert sum(sense.share for sense in found) == pytest.approx(1.0)
    assert all(0.4 < sense.share < 0.6 for sense in found)
    for sense in found:
        assert len(sense.examples) == 2
        (topic,) = {
            name for example in sense.examples for name, words in TOPICS.items() if set(words) & set(example.tokens)
        }
        assert {text[example.sentence - 1][example.position] for example in sense.examples} == {"bank"}
        assert {example.start for example in sense.examples} == {0}
        assert len({word for word, _ in sense.neighbours} & set(TOPICS[topic])) >= 3
        assert sense.name == f"bank ({', '.join(word for word, _ in sense.neighbours[:3])})"
        tokens = [*TOPICS[topic][:3], "bank", *TOPICS[topic][3:5]]
        assert found[found.assign(tokens, 3)] is sense
    with pytest.raises(ParameterError, match="must be that of 'bank'"):
        found.assign(["mud", "shore"], 0)
    assert found.assign_batch([]) == []


def test_one_sense_and_at_most_so_many(model, text):
    assert [sense.share for sense in model.senses("owl", text, progress=False)] == [1.0]
    (sense,) = model.senses("bank", text, max_senses=1, progress=False)
    both = model.posterior_batch([(tokens, 4) for tokens in text if tokens[4] == "bank"])
    assert np.allclose(sense.density.mean, np.mean([density.mean for density in both], axis=0), atol=0.2)


def test_the_same_seed_the_same_senses_whatever_else_is_asked(model, text):
    alone = model.senses("bank", text, progress=False, max_occurrences=300)
    among = model.senses_batch(["owl", "bank"], text, progress=False, max_occurrences=300)["bank"]
    assert alone.bound == among.bound
    assert [sense.examples for sense in alone] == [sense.examples for sense in among]
    assert all(np.array_equal(a.density.mean, b.density.mean) for a, b in zip(alone, among, strict=True))
    assert alone.num_read == 300


def test_what_cannot_be_asked_is_one_sentence(model, text):
    with pytest.raises(MissingWordError):
        model.senses("kakapo", text)
    with pytest.raises(ParameterError, match="word must be one that is in the text, got 'owl'"):
        model.senses("owl", text[:1], progress=False)
    with pytest.raises(ParameterError, match="max_senses must be"):
        model.senses("owl", text, max_senses=0)


def test_moments_of_a_mixture():
    first, second = Gaussian([0.0, 1.0], [1.0, 2.0]), Gaussian([2.0, 1.0], [3.0, 2.0])
    found = mixture_of([first, second])
    assert found.mean.tolist() == [1.0, 1.0]
    assert found.variance.tolist() == [3.0, 2.0]


def test_a_sentence_is_read_as_the_model_reads_it(text, one_thread):
    def as_two_words(tokens):
        return [part for token in tokens for part in (("big", "bank") if token == "bank" else (token,))]

    shouted = [[word.upper() for word in as_two_words(tokens)] for tokens in text]
    phrases = Phrases(shouted, threshold=0.9, scoring="npmi", lowercase=True).train()
    settings = {"dim": 8, "epochs": 5, "min_count": 1, "evidence": None, "lowercase": True, "phrases": phrases}
    model = BayesianSkipGram(shouted, **settings).train(progress=False)
    found = model.senses("big_bank", shouted, progress=False, max_occurrences=300)
    assert len(found) == 2
    places = [(tokens, tokens.index("BANK")) for tokens in shouted if "BANK" in tokens][:200]
    read = [model._read_place(*place) for place in places]
    np.testing.assert_array_equal(found.contexts_of(places), found.contexts_of(read))
    assert np.linalg.norm(found.contexts_of(places), axis=1).min() > 0.99
    assert found.assign_batch(places) == found.assign_batch(read) == [found.assign(*place) for place in places]
    assert set(found.assign_batch(places)) == {0, 1}
    again = pickle.loads(pickle.dumps(found))
    assert again.assign_batch(places) == found.assign_batch(places)
    with pytest.raises(ParameterError, match=r"must be that of 'big_bank', .* got that of 'mud'"):
        found.assign(["MUD", "BIG", "BANK"], 0)
