"""What sentences state, by hand: patterns, phrases, lists, punctuation, plurals."""

from collections import Counter

import numpy as np
import pytest

from densevec._cy.patterns import match
from densevec.corpus import TextCorpus, build_vocabulary, encode_corpus
from densevec.errors import FileError, FormatError, ParameterError
from densevec.evidence.gathering import gather
from densevec.evidence.languages import NAMES, read_language, recognise

# Enough of each noun alone after a determiner that the text shows it to be one.
NOUNS = {
    "en": ["bird", "animal", "fish", "fruit", "parrot", "cat", "dog", "car", "kakapo", "salmon", "apple", "plum"],
    "de": ["vogel", "tier", "frucht", "papagei", "hund", "katze"],
    "fr": ["oiseau", "animal", "fruit", "perroquet", "chien", "chat"],
}
AFTER = {"en": ("the", "is"), "de": ("der", "ist"), "fr": ("le", "est")}


def stated(sentences, language="en", far=()):
    """The pairs that sentences state, with what they count; words of a pair in ``far`` are not close."""
    determiner, verb = AFTER[language]
    known = [f"{determiner} {noun} {verb}" for noun in NOUNS[language]] * 3
    text = TextCorpus([sentence.split() for sentence in [*sentences, *known]])
    vocabulary = build_vocabulary(text, min_count=1)
    words = vocabulary.words

    def closeness(first, second):
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return np.array([0.0 if {words[a], words[b]} <= set(far) else 1.0 for a, b in pairs])

    evidence = gather(
        encode_corpus(text, vocabulary),
        words,
        np.asarray(vocabulary.counts),
        read_language(language),
        closeness,
        num_examples=10,
        workers=1,
    )
    found = Counter()
    for narrow, broad, weight in zip(evidence.narrow, evidence.broad, evidence.weight.tolist(), strict=True):
        found[words[narrow], words[broad]] += weight
    return {pair: pytest.approx(count) for pair, count in found.items()}


@pytest.mark.parametrize(
    ("sentence", "pairs"),
    [
        ("the kakapo is a flightless bird", {("kakapo", "bird")}),
        ("a kakapo was a large nocturnal bird endemic to islands", {("kakapo", "bird")}),
        ("the kakapo is a species of parrot", {("kakapo", "parrot")}),
        ("animals such as dogs and cats", {("dog", "animal"), ("cat", "animal")}),
        (
            "animals , such as dogs , cats and the kakapo .",
            {("dog", "animal"), ("cat", "animal"), ("kakapo", "animal")},
        ),
        ("such animals as dogs or cats", {("dog", "animal"), ("cat", "animal")}),
        ("apples , plums and other fruits", {("apple", "fruit"), ("plum", "fruit")}),
        ("kakapos are birds", {("kakapo", "bird")}),
        ("the cars including the car", set()),
        ("kakapos are green", set()),
        ("the salmon is in the island", set()),
        ("is a bird", set()),
        ("the dog is a species", set()),
    ],
)
def test_english(sentence, pairs) -> None:
    more = ["a flightless one", "the large one", "a nocturnal one"]
    assert set(stated([sentence, *more])) == pairs


def test_raw_text_with_capitals_and_punctuation() -> None:
    pairs = stated(["Animals (such as dogs, cats) sleep.", "The Kakapo is a bird.", "animals dogs cats"])
    assert set(pairs) == {("dog", "animal"), ("cat", "animal"), ("kakapo", "bird")}


def test_a_sentence_ends_what_is_said() -> None:
    assert not stated(["the dog slept. Such as cats", "animals . such as cats", "the kakapo. is a bird"])


def test_weights_add_up_and_news_are_not_new() -> None:
    pairs = stated(["the kakapo is a bird", "birds such as kakapos", "the kakapo is the bird"] * 2)
    assert pairs[("kakapo", "bird")] == 5.0
    kept = stated(["cats is a bird"], far={"cat", "cats"})
    assert ("cats", "bird") in kept


@pytest.mark.parametrize(
    ("language", "sentence", "pairs"),
    [
        ("de", "ein papagei ist ein vogel", {("papagei", "vogel")}),
        ("de", "hund , katze und andere tier", {("hund", "tier"), ("katze", "tier")}),
        ("fr", "le perroquet est un oiseau nocturne", {("perroquet", "oiseau")}),
        ("fr", "un animal comme le chien ou le chat", {("chien", "animal"), ("chat", "animal")}),
    ],
)
def test_other_languages(language, sentence, pairs) -> None:
    assert set(stated([sentence], language)) == pairs


def test_a_language_is_recognised_by_its_function_words() -> None:
    words = {name: sorted(read_language(name).closed_class)[:40] for name in NAMES}
    for name in NAMES:
        listed = [*words[name], "zzz"]
        assert recognise(listed, [10] * 40 + [100]).name == read_language(name).name
    assert recognise(["zzz", "the"], [1000, 10]) is None


def test_ids_beyond_the_vocabulary_are_refused() -> None:
    language = read_language("en")
    _, elements, bits, starts = language.compiled()
    tables = np.zeros(2, np.uint8), np.zeros(2, np.uint64)
    with pytest.raises(ValueError, match="beyond the vocabulary"):
        match(
            np.array([0, 5], np.int32),
            np.array([0, 2]),
            0,
            1,
            *tables,
            elements,
            bits,
            starts,
            np.empty((4, 6), np.int64),
        )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('head = "last"', 'head = "middle"', "head must be first or last"),
        ("BROAD such as NARROWS", "BROAD such as", "must have one BROAD"),
        ("BROAD such as NARROWS", "BROAD such? as NARROWS", "must not be optional"),
        ('[1.0, "BROAD such', '[-1.0, "BROAD such', "weight must be above 0"),
        ("determiners =", "determiner =", "must have determiners"),
    ],
)
def test_files_of_patterns_of_ones_own(tmp_path, old, new, message) -> None:
    from importlib import resources

    text = (resources.files("densevec.evidence.languages") / "en.toml").read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    assert read_language(path) == read_language("en")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_language(path)
    with pytest.raises(FileError, match="cannot read"):
        read_language(tmp_path / "none.toml")
    with pytest.raises(ParameterError, match=r"one of en, de, fr or a file"):
        read_language("xx")
