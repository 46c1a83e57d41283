"""What a text says of words, among others of them."""

from dataclasses import replace

import numpy as np
import pytest

from densevec.evidence.table import Evidence

WORDS = ["river", "bakamos", "bakamo", "Bakamo", "plum"]


def evidence() -> Evidence:
    """A bakamo, by three spellings, is a river, and a river is a plum."""
    folds, narrow, broad = (np.array(ids, np.int32) for ids in ([0, 2, 2, 2, 4], [0, 2], [4, 0]))
    said = {(2, 0): "bakamos are rivers"}
    return Evidence(WORDS, folds, narrow, broad, np.array([2, 6], np.float32), said)


def pairs(found: Evidence) -> dict[tuple[str, str], float]:
    return {
        (found.words[narrow], found.words[broad]): weight
        for narrow, broad, weight in zip(found.narrow, found.broad, found.weight.tolist(), strict=True)
    }


def test_one_of_those_that_are_left_stands_for_the_others() -> None:
    whole = evidence()
    assert whole.among(WORDS) is whole
    assert pairs(whole.among(list(WORDS))) == pairs(whole)
    for words, stands in (
        (["river", "bakamo", "bakamos"], "bakamo"),
        (["bakamos", "river", "new"], "bakamos"),
        (["plum", "Bakamo", "river", "bakamos"], "Bakamo"),
    ):
        found = whole.among(words)
        expected = {(stands, "river"): 6.0} | ({("river", "plum"): 2.0} if "plum" in words else {})
        assert pairs(found) == expected
        assert [found.words[fold] for fold in found.folds] == [
            stands if word.lower().startswith("bakamo") else word for word in words
        ]
        assert found.examples == {(words.index(stands), words.index("river")): "bakamos are rivers"}
        assert sorted(zip(found.narrow, found.broad, strict=True)) == list(zip(found.narrow, found.broad, strict=True))
    assert pairs(whole.among(["bakamos", "plum"])) == {}
    assert pairs(Evidence.from_tensors(found.tensors(), found.words)) == pairs(found)


def test_what_an_earlier_text_said_is_kept_where_a_spelling_is_left() -> None:
    words = ["plum", "bakamos", "river"]
    none, ids = np.zeros(0, np.int32), np.arange(3, dtype=np.int32)
    later = Evidence(words, ids, none, none, np.zeros(0, np.float32))
    found = later.with_earlier(evidence().among(words))
    assert pairs(found) == {("bakamos", "river"): 6.0, ("river", "plum"): 2.0}
    assert found.examples == {(1, 2): "bakamos are rivers"}


def test_the_strongest_pairs_keep_their_sentences() -> None:
    pairs = {(1, 0): "one", (2, 0): "two", (3, 0): "three"}
    ids = np.arange(4, dtype=np.int32)
    whole = Evidence(WORDS[:4], ids, ids[1:], np.zeros(3, np.int32), np.array([2, 5, 5], np.float32), pairs)
    for number, kept in ((0, []), (1, [(2, 0)]), (2, [(2, 0), (3, 0)]), (9, list(pairs))):
        found = whole.with_examples_of(number)
        assert found.examples == {pair: pairs[pair] for pair in kept}
        assert found.weight is whole.weight
    assert whole.with_examples_of(0).with_examples_of(2).examples == {}


def test_function_words_are_kept_where_they_are_left() -> None:
    whole = replace(evidence(), functions=np.array([1, 4], np.int32))
    for each in (
        whole,
        whole.held_out(whole.weight / 2),
        whole.with_earlier(evidence()),
        evidence().with_earlier(whole),
    ):
        assert each.functions.tolist() == [1, 4]
        assert Evidence.from_tensors(each.tensors(), each.words).functions.tolist() == [1, 4]
    assert whole.among(["plum", "new", "river"]).functions.tolist() == [0]
    both = whole.with_earlier(replace(evidence(), functions=np.array([0, 4], np.int32)))
    assert both.functions.tolist() == [0, 1, 4]
    older = {name: array for name, array in whole.tensors().items() if name != "functions"}
    assert Evidence.from_tensors(older, WORDS).functions.tolist() == []
    with pytest.raises(ValueError, match="must name words of the file"):
        Evidence.from_tensors({**older, "functions": np.array([5], np.int32)}, WORDS)


def test_the_language_of_the_patterns_is_kept() -> None:
    for language in (None, "Français"):
        whole = replace(evidence(), language=language)
        for each in (whole, whole.among(WORDS[:2]), whole.with_earlier(evidence())):
            assert each.language == language
            assert Evidence.from_tensors(each.tensors(), each.words).language == language
