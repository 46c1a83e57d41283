"""Places drawn from a text: all with the same probability, whatever else is asked for, in bounded memory."""

from __future__ import annotations

from collections import Counter

from densevec.corpus.occurrences import sample_occurrences

TEXT = [["kiwi", str(number), "plum"] for number in range(20)]


def test_places_are_drawn_evenly():
    drawn = Counter(
        place.sentence for seed in range(1_000) for place in sample_occurrences(TEXT, {"kiwi": 4}, seed)["kiwi"].places
    )
    assert sum(drawn.values()) == 4_000
    # 200 ± 12.6 each; the sum of squares in standard deviations is χ² of 19 degrees (99.9 %: 43.8)
    assert sum((drawn[number] - 200) ** 2 / 160 for number in range(1, 21)) < 43.8


def test_a_sample_begins_with_the_smaller_one_and_depends_on_nothing_else():
    small = sample_occurrences(TEXT, {"kiwi": 4}, 1)["kiwi"]
    large = sample_occurrences(TEXT, {"plum": 3, "kiwi": 50}, 1)["kiwi"]
    assert large.places[:4] == small.places
    assert len(large.places) == large.total == small.total == 20


def test_of_a_long_sentence_the_tokens_about_the_word_are_kept():
    tokens = [str(number) for number in range(500)]
    read = []
    sample = sample_occurrences([["a"], tokens], {"300": 1, "2": 1, "kea": 1}, 1, read.append)
    (place,) = sample["300"].places
    assert (place.tokens[place.position], place.sentence, len(place.tokens)) == ("300", 2, 81)
    assert sample["2"].places[0].position == 2
    assert sample["kea"].total == 0
    assert sum(read) == 501
