"""The aviary: reproducible, and its planted facts are in the text."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import islice, pairwise

import pytest

from densevec.corpus._aviary_grammar import CHOICES, concepts, mentions
from densevec.corpus.aviary import Aviary
from densevec.errors import ParameterError, ParameterTypeError

FACTS = Aviary().facts
ARTICLES = {"the", "a", "an", "some", "one", "this", "that"}
WINDOW = 5


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    return list(Aviary())


@pytest.fixture(scope="module")
def counts(sentences: list[list[str]]) -> Counter[str]:
    return Counter(word for sentence in sentences for word in sentence)


@pytest.fixture(scope="module")
def contexts(sentences: list[list[str]]) -> dict[str, Counter[str]]:
    """Word -> how often each other word stands at most five places away."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for i, word in enumerate(sentence):
            found[word].update(sentence[max(0, i - WINDOW) : i] + sentence[i + 1 : i + 1 + WINDOW])
    return found


def share_within(narrow: str, broad: str, contexts: dict[str, Counter[str]], counts: Counter[str]) -> float:
    """Of the context words typical of ``narrow`` (weighted by their information), the share that ``broad`` has too."""
    total, num_contexts = sum(counts.values()), sum(contexts[narrow].values())
    weights = {
        word: math.log(count / num_contexts * total / counts[word])
        for word, count in contexts[narrow].items()
        if count * total > num_contexts * counts[word]
    }
    return sum(weight for word, weight in weights.items() if word in contexts[broad]) / sum(weights.values())


def entropy(word: str, contexts: dict[str, Counter[str]]) -> float:
    total = sum(contexts[word].values())
    return -sum(n / total * math.log(n / total) for n in contexts[word].values())


def test_same_seed_gives_the_same_sentences_again_and_again() -> None:
    aviary = Aviary(num_sentences=500, seed=3)
    first = list(aviary)
    assert list(aviary) == first == list(Aviary(500, 3))
    assert len(first) == len(aviary) == 500


def test_two_iterations_at_once_do_not_disturb_each_other() -> None:
    aviary = Aviary(num_sentences=300)
    pairs = list(zip(aviary, aviary, strict=True))
    assert all(a == b for a, b in pairs)


def test_another_seed_gives_other_sentences() -> None:
    assert list(Aviary(100, seed=1)) != list(Aviary(100, seed=2))


def test_a_longer_aviary_begins_with_the_shorter_one() -> None:
    assert list(islice(Aviary(100_000_000), 6000)) == list(Aviary(6000))


def test_parameters_are_checked() -> None:
    with pytest.raises(ParameterError, match="num_sentences must be an integer at least 1, got 0"):
        Aviary(0)
    with pytest.raises(ParameterTypeError, match="seed"):
        Aviary(10, seed="one")  # type: ignore[arg-type]


def test_sentences_are_short_lower_case_words(sentences: list[list[str]]) -> None:
    assert {len(sentence) for sentence in sentences} <= set(range(5, 15))
    assert all(word.isascii() and word.isalpha() and word.islower() for s in sentences for word in s)


def test_articles_fit_the_words_after_them(sentences: list[list[str]]) -> None:
    pairs = {(a, b) for sentence in sentences for a, b in pairwise(sentence)}
    wrong = [(a, b) for a, b in pairs if (a == "an" and b[0] not in "aeiou") or (a == "a" and b[0] in "aio")]
    assert not wrong
    assert not [(a, b) for a, b in pairs if a in ARTICLES and b in ARTICLES]


def test_every_plan_has_enough_bits_and_choices() -> None:
    for mention in mentions():
        assert len(mention.plans) == CHOICES
        for plan in mention.plans:
            assert 6 * (len(plan) + 1) <= 62
            assert all(len(segment) == CHOICES for segment in plan)


def test_vocabulary_is_of_a_teachable_size(counts: Counter[str]) -> None:
    assert 1000 < len(counts) < 3000
    assert counts["the"] > 0.1 * sum(counts.values())


def test_every_word_of_the_facts_occurs_often_enough(counts: Counter[str]) -> None:
    words = {word for pair in FACTS.entailments + FACTS.non_entailments for word in pair}
    words |= set(FACTS.senses) | set(FACTS.general_words) | set(FACTS.specific_words)
    assert min(counts[word] for word in words) >= 20


def test_every_neighbour_and_example_is_made_of_known_words(counts: Counter[str]) -> None:
    for senses in FACTS.senses.values():
        for sense in senses.values():
            assert all(counts[word] >= 5 for word in sense.neighbours)
            assert all(counts[word] >= 5 for tokens, _ in sense.examples for word in tokens)


def test_sense_examples_are_held_out(sentences: list[list[str]]) -> None:
    generated = {tuple(s) for s in sentences} | {tuple(s) for s in Aviary(50_000, seed=2)}
    for word, senses in FACTS.senses.items():
        assert len(senses) >= 2
        for sense in senses.values():
            assert len(sense.examples) >= 3
            for tokens, position in sense.examples:
                assert tokens[position] == word
                assert tokens.count(word) == 1
                assert tuple(tokens) not in generated


def test_the_readings_of_kiwi_for_the_demo_are_there() -> None:
    kiwi = FACTS.senses["kiwi"]
    assert " ".join(kiwi["bird"].examples[0][0]) == "the kiwi laid an egg in its burrow"
    assert " ".join(kiwi["fruit"].examples[0][0]) == "she ate a ripe kiwi with yoghurt"
    assert "emu" in kiwi["bird"].neighbours
    assert "apple" in kiwi["fruit"].neighbours
    assert "zealander" in kiwi["person"].neighbours


def test_taxonomy_is_closed_and_several_levels_deep() -> None:
    assert FACTS.hypernyms["kakapo"] == ("parrot", "bird", "animal", "creature")
    pairs = set(FACTS.entailments)
    assert all((a, c) in pairs for a, b in pairs for b2, c in pairs if b == b2)
    assert not pairs & set(FACTS.non_entailments)
    assert {("bird", "kakapo"), ("kea", "kakapo")} & set(FACTS.non_entailments)
    assert len(set(FACTS.non_entailments)) == len(FACTS.non_entailments)


def test_ambiguous_words_take_no_part_in_entailments() -> None:
    ambiguous = {c.word for c in concepts() if c.sense is not None}
    assert ambiguous == set(FACTS.senses)
    assert not ambiguous & {word for pair in FACTS.entailments + FACTS.non_entailments for word in pair}


def test_no_sentence_holds_a_word_and_a_more_general_one(sentences: list[list[str]]) -> None:
    pairs = set(FACTS.entailments)
    told = {(a, b) for s in sentences for a in s if a in FACTS.hypernyms for b in s if (a, b) in pairs}
    assert not told


def test_frequency_does_not_tell_the_direction(counts: Counter[str]) -> None:
    right = sum(counts[narrow] < counts[broad] for narrow, broad in FACTS.entailments) / len(FACTS.entailments)
    assert 0.35 <= right <= 0.65


def test_contexts_of_a_word_lie_within_those_of_its_hypernyms(
    contexts: dict[str, Counter[str]], counts: Counter[str]
) -> None:
    def mean(pairs: list[tuple[str, str]]) -> float:
        return sum(share_within(a, b, contexts, counts) for a, b in pairs) / len(pairs)

    num_pairs = len(FACTS.entailments)
    upwards = mean(list(FACTS.entailments))
    assert upwards > 1.7 * mean([(b, a) for a, b in FACTS.entailments])
    assert upwards > 1.3 * mean(list(FACTS.non_entailments[num_pairs : 2 * num_pairs]))  # siblings
    assert upwards > 5 * mean(list(FACTS.non_entailments[-num_pairs:]))  # words of different branches


def test_general_words_have_more_varied_contexts(contexts: dict[str, Counter[str]]) -> None:
    breadth = {word: entropy(word, contexts) for pair in FACTS.entailments for word in pair}
    right = sum(breadth[narrow] < breadth[broad] for narrow, broad in FACTS.entailments)
    assert right > 0.9 * len(FACTS.entailments)
    assert breadth["kakapo"] < breadth["parrot"] < breadth["bird"]


def test_senses_do_not_share_their_context(counts: Counter[str]) -> None:
    """The held-out sentences of a sense hold words of its phrases and of the concept above, more than another's."""
    words_of = {
        (c.word, c.sense): {*c.phrase_words(), *(c.parent.phrase_words() if c.parent else ())}
        for c in concepts()
        if c.sense
    }
    for word, senses in FACTS.senses.items():
        for name, sense in senses.items():
            for tokens, _ in sense.examples:
                content = {token for token in tokens if counts[token] < 1500} - {word}
                own = len(content & words_of[word, name])
                assert all(own > len(content & words_of[word, other]) for other in senses if other != name), tokens
