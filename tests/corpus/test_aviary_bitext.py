"""The bitext: its English is the aviary's, its links follow the dictionary, and word statistics can find them."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from densevec.corpus import build_parallel_vocabulary
from densevec.corpus.aviary import Aviary
from densevec.corpus.aviary_bitext import ARTICLES, OMITTED_SHARE, PARTICLE_SHARE, AviaryBitext, BitextSentence
from densevec.errors import ParameterError
from densevec.evaluation import alignment_error_rate
from tests.reference import ibm1


@pytest.fixture(scope="module")
def bitext() -> AviaryBitext:
    return AviaryBitext(5000)


@pytest.fixture(scope="module")
def sentences(bitext: AviaryBitext) -> list[BitextSentence]:
    return list(bitext.sentences())


def test_the_english_side_is_the_aviary(bitext: AviaryBitext) -> None:
    assert [source for source, _ in bitext] == list(Aviary(5000))


def test_same_seed_same_pairs_and_a_longer_one_begins_with_the_shorter(bitext: AviaryBitext) -> None:
    assert list(bitext) == list(bitext) == list(islice(AviaryBitext(6000), 5000))
    assert list(bitext.alignments) == list(bitext.alignments)
    assert len(list(bitext.alignments)) == len(bitext.alignments) == len(bitext) == 5000
    assert list(islice(bitext, 9)) != list(islice(AviaryBitext(seed=2), 9))


def test_links_follow_the_dictionary(bitext: AviaryBitext, sentences: list[BitextSentence]) -> None:
    for source, target, links, sense in sentences:
        assert target and links.sure <= links.possible
        for i, j in links.sure:
            if sense is not None and i == sense[0]:
                assert target[j] == sense[2] == bitext.senses[source[i]][sense[1]]
            else:
                assert target[j] == bitext.dictionary[source[i]]
        linked = {j for _, j in links.sure}
        assert len(linked) == len(links.sure)  # one to one
        assert {target[j] for j in range(len(target)) if j not in linked} <= set(bitext.particles)
        assert {source[i] for i, _ in links.possible - links.sure} <= ARTICLES
        assert {target[j] for _, j in links.possible - links.sure} <= set(bitext.particles)


def test_words_are_one_to_one_and_none_is_english(bitext: AviaryBitext) -> None:
    foreign = [*bitext.dictionary.values(), *bitext.particles]
    foreign += [word for senses in bitext.senses.values() for word in senses.values()]
    assert len(set(foreign)) == len(foreign)
    assert not set(foreign) & (set(bitext.dictionary) | set(bitext.senses) | ARTICLES)
    assert {word: set(senses) for word, senses in bitext.senses.items()} == {
        word: set(senses) for word, senses in Aviary(1).facts.senses.items()
    }


def test_every_ambiguous_word_has_its_sense(bitext: AviaryBitext, sentences: list[BitextSentence]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for source, target, _, sense in sentences:
        ambiguous = [i for i, word in enumerate(source) if word in bitext.senses]
        assert ambiguous == ([] if sense is None else [sense[0]])
        if sense is not None:
            assert sense[2] in target  # never left out
            seen[source[sense[0]], sense[1]] += 1
    assert set(seen) == {(word, sense) for word, senses in bitext.senses.items() for sense in senses}


def test_word_order_differs(sentences: list[BitextSentence]) -> None:
    by_source = {" ".join(s.source): s for s in sentences}
    s = by_source["i chopped the new vegetable at noon"]
    order = [s.source[i] for i, _ in sorted(s.links.sure, key=lambda link: link[1])]
    assert order == ["i", "noon", "at", "vegetable", "new", "chopped"]
    crossing = sum(any(i < a and j > b for i, j in s.links.sure for a, b in s.links.sure) for s in sentences)
    assert crossing > 0.9 * len(sentences)


def test_articles_omissions_and_particles(bitext: AviaryBitext, sentences: list[BitextSentence]) -> None:
    words = sum(word not in ARTICLES for s in sentences for word in s.source)
    omitted = words - sum(len(s.links.sure) for s in sentences)
    assert omitted / words == pytest.approx(OMITTED_SHARE, abs=0.006)  # the word a sentence is about never is
    for particle in bitext.particles:
        assert sum(particle in s.target for s in sentences) / 5000 == pytest.approx(PARTICLE_SHARE, abs=0.03)
    linked = {i for s in sentences for i, _ in s.links.sure if s.source[i] in ARTICLES}
    assert not linked


def test_it_can_be_learned_without_positions(bitext: AviaryBitext) -> None:
    pairs, gold = list(bitext), list(bitext.alignments)
    forward = alignment_error_rate(ibm1.align(pairs), gold)
    turned = ibm1.align([(target, source) for source, target in pairs])
    backward = alignment_error_rate([{(i, j) for j, i in links} for links in turned], gold)
    assert forward.aer < 0.04 and backward.aer < 0.08
    diagonal = [{(j * len(source) // len(target), j) for j in range(len(target))} for source, target in pairs]
    assert alignment_error_rate(diagonal, gold).aer > 0.6  # positions alone tell little


def test_it_is_a_parallel_corpus(bitext: AviaryBitext) -> None:
    vocabulary = build_parallel_vocabulary(bitext, min_count=1)
    assert "kiwi" in vocabulary.source and bitext.senses["kiwi"]["bird"] in vocabulary.target


def test_parameters_are_checked() -> None:
    with pytest.raises(ParameterError, match="num_sentences must be an integer at least 1, got 0"):
        AviaryBitext(0)
    assert repr(AviaryBitext(5, 2)) == "AviaryBitext(num_sentences=5, seed=2)"
