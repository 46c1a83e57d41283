"""A vocabulary that another text adds to."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from densevec.corpus import Vocabulary, build_vocabulary
from densevec.corpus.growth import grow_vocabulary
from densevec.errors import CorpusError

OLD = [["the", "kiwi", "laid", "an", "egg"], ["the", "kiwi"], ["the", "emu"]]
NEW = [["the", "moa", "and", "the", "moa"], ["emu", "moa", "ziz", "Éa", "ziz"], ["emu", "emu"]]


def test_counts_add_up_and_the_order_is_that_of_every_vocabulary():
    old = build_vocabulary(OLD, min_count=1)
    growth = grow_vocabulary(old, NEW, min_count=2)
    both = Counter(word for sentence in OLD + NEW for word in sentence)
    words = growth.vocabulary.words
    assert set(words) == {*old.words, "moa", "ziz"}  # "and" and "Éa" come once
    assert growth.vocabulary.counts.tolist() == [both[word] for word in words]
    assert words == sorted(words, key=lambda word: (-both[word], word.encode()))
    fresh = Counter(word for sentence in NEW for word in sentence)
    assert growth.added.tolist() == [fresh[word] for word in words]
    for word, row in zip(words, growth.rows.tolist(), strict=True):
        assert row == old.index.get(word, -1)
    assert growth.vocabulary.num_raw_tokens == sum(both.values())


def test_what_is_known_stays_whatever_the_rules_say():
    old = Vocabulary(["kiwi", "the"], [5, 1])
    assert grow_vocabulary(old, NEW, max_vocab_size=1, min_count=1).vocabulary.words == ["kiwi", "the"]
    assert grow_vocabulary(old, NEW, max_vocab_size=3, min_count=1).rows.tolist() == [0, -1, 1]
    asked = []

    def rule(word, count, min_count):
        asked.append((word, count, min_count))
        return {"Éa": True, "emu": False}.get(word)

    assert grow_vocabulary(old, NEW, trim_rule=rule, min_count=3).vocabulary.words == ["kiwi", "moa", "the", "Éa"]
    assert ("Éa", 1, 3) in asked and all(word != "the" for word, _, _ in asked)


def test_workers_change_nothing(tmp_path):
    path = tmp_path / "text"
    path.write_text("\n".join(" ".join(sentence) for sentence in NEW * 50), encoding="utf-8")
    one, two = (grow_vocabulary(build_vocabulary(OLD, min_count=1), path, workers=n) for n in (1, 2))
    assert one.vocabulary.words == two.vocabulary.words
    np.testing.assert_array_equal(one.rows, two.rows)


def test_a_text_of_which_nothing_is_known_or_kept():
    with pytest.raises(CorpusError, match="none of the 2 distinct words of the corpus is known"):
        grow_vocabulary(Vocabulary(["kiwi"], [1]), [["emu", "moa"]], min_count=2)


def test_the_cause_is_named_when_no_word_is_taken() -> None:
    known, text = Vocabulary(["the"], [3]), [["kiwi", "kiwi", "egg"]]
    for options, helps in (
        ({"min_count": 3}, "lower min_count or give more text"),
        ({"min_count": 1, "max_vocab_size": 1}, "1 words fill max_vocab_size=1; give update a larger max_vocab_size"),
        (
            {"min_count": 1, "trim_rule": lambda *_: False},
            "drop them all; train on all of the text together by another trim_rule$",
        ),
        ({"min_count": 3, "max_vocab_size": 1}, "lower min_count or give more text"),
        ({"min_count": 3, "trim_rule": lambda *_: None}, "trim_rule and min_count=3 drop them all; lower min_count$"),
    ):
        with pytest.raises(CorpusError, match=f"none of the 2 distinct words of the corpus is known.*{helps}"):
            grow_vocabulary(known, text, **options)


def test_words_without_room_are_told(caplog) -> None:
    known, text = Vocabulary(["the"], [3]), [["the", "kiwi", "kiwi", "egg", "moa"]]
    growth = grow_vocabulary(known, text, min_count=1, max_vocab_size=2)
    assert growth.vocabulary.words == ["the", "kiwi"] and growth.num_left_out == 2
    assert "2 new words, such as 'egg', come often enough" in caplog.text and "max_vocab_size=2 leaves" in caplog.text
    caplog.clear()
    assert grow_vocabulary(known, text, min_count=2, max_vocab_size=2).num_left_out == 0 and not caplog.text
