"""Senses that are known: those of the aviary, and words of it that are written as one."""

from __future__ import annotations

import pytest

from densevec import Aviary, BayesianSkipGram
from densevec.cli.demo import SETTINGS
from densevec.evaluation import PseudoSenses, SenseInstance, evaluate_senses

pytestmark = pytest.mark.slow


def test_most_senses_of_the_aviary_are_found(aviary_model):
    aviary = Aviary(50_000)
    instances = [
        SenseInstance(word, name, position, tuple(tokens))
        for word, senses in aviary.facts.senses.items()
        for name, sense in senses.items()
        for tokens, position in sense.examples
    ]
    found = aviary_model.senses_batch(list(aviary.facts.senses), aviary, num_examples=0, progress=False)
    result = evaluate_senses(found, instances)
    assert result.used == 13
    assert result.number_right >= 0.8
    assert result.adjusted_rand >= 0.75
    assert all(sense.share >= 0.05 for senses in found.values() for sense in senses)


def test_words_written_as_one_are_told_apart():
    planted = PseudoSenses(Aviary(12_000), num_words=30, num_sentences=10)
    model = BayesianSkipGram(planted, **SETTINGS | {"epochs": 4}, evidence=None).train(progress=False)
    found = model.senses_batch(list(planted.groups), planted, num_examples=0, progress=False)
    result = evaluate_senses(found, planted.instances)
    assert result.number_right >= 0.5  # one sense of each: 1/3
    assert result.number_right_by_senses[1] >= 0.75
    assert result.adjusted_rand >= 0.5
