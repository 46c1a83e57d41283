"""What a text says of words, among others of them."""

import numpy as np

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
    places = np.array([words.index(word) if word in words else -1 for word in WORDS], np.int32)
    found = later.with_earlier(evidence(), places)
    assert pairs(found) == {("bakamos", "river"): 6.0, ("river", "plum"): 2.0}
    assert found.examples == {(1, 2): "bakamos are rivers"}
