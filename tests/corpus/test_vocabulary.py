"""Choosing and ordering words."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec._cy.text import WordTable
from densevec.corpus import Vocabulary, build_vocabulary, encode_corpus
from densevec.corpus.vocabulary import select_words
from densevec.errors import CorpusError, FormatError, ParameterError, ParameterTypeError
from densevec.formats import WordVectors
from densevec.vectors import KeyedVectors

SENTENCES = [["b", "a", "é", "c"], ["c", "a", "b", "Z"], ["c", "中"]]


def test_order_is_by_count_then_by_bytes() -> None:
    vocabulary = build_vocabulary(SENTENCES, min_count=1)
    assert vocabulary.words == ["c", "a", "b", "Z", "é", "中"]
    assert vocabulary.counts.tolist() == [3, 2, 2, 1, 1, 1]
    assert vocabulary.counts.dtype == np.int64
    assert vocabulary.num_raw_tokens == 10


def test_strings_of_numpy_are_words() -> None:
    arrays = [list(np.array(sentence)) for sentence in SENTENCES]
    vocabulary = build_vocabulary(arrays, min_count=1)
    assert vocabulary.words == build_vocabulary(SENTENCES, min_count=1).words
    assert encode_corpus(arrays, vocabulary).ids.tolist() == encode_corpus(SENTENCES, vocabulary).ids.tolist()


def test_min_count_then_max_vocab_size() -> None:
    assert build_vocabulary(SENTENCES, min_count=2).words == ["c", "a", "b"]
    small = build_vocabulary(SENTENCES, min_count=1, max_vocab_size=2)
    assert (small.words, small.num_raw_tokens) == (["c", "a"], 10)


def test_trim_rule_keeps_drops_or_leaves_it_to_min_count() -> None:
    seen = []

    def rule(word: str, count: int, min_count: int) -> bool | None:
        seen.append((word, count, min_count))
        return {"中": True, "c": False}.get(word)

    assert build_vocabulary(SENTENCES, min_count=2, trim_rule=rule).words == ["a", "b", "中"]
    assert ("c", 3, 2) in seen
    with pytest.raises(ParameterTypeError, match="trim_rule must return True"):
        build_vocabulary(SENTENCES, trim_rule=lambda word, count, min_count: 2)
    with pytest.raises(CorpusError, match="trim_rule and min_count=5 drop all 6"):
        build_vocabulary(SENTENCES, trim_rule=lambda word, count, min_count: None)
    with pytest.raises(CorpusError, match=r"trim_rule and min_count=1 drop all 6 .*; let trim_rule return True"):
        build_vocabulary(SENTENCES, min_count=1, trim_rule=lambda word, count, min_count: False)


def test_fault_37_empty_corpus_and_no_frequent_word(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "blank").write_bytes(b"\xef\xbb\xbf \r\n\t\n")
    for source in ([], [[]], tmp_path / "empty", tmp_path / "blank"):
        with pytest.raises(CorpusError, match="is empty: it has no tokens"):
            build_vocabulary(source)
    with pytest.raises(CorpusError, match="all 6 distinct words of the corpus occur fewer than min_count=4 times"):
        build_vocabulary(SENTENCES, min_count=4)
    with pytest.raises(CorpusError, match="none of the 10 tokens"):
        encode_corpus(SENTENCES, Vocabulary(["x"], [1]))


def test_fault_37_one_word_is_a_vocabulary() -> None:
    vocabulary = build_vocabulary([["a"], [], ["a"]], min_count=1)
    assert encode_corpus([["a"], [], ["a"]], vocabulary).offsets.tolist() == [0, 1, 2]


def test_fault_41_counts_beyond_32_bits() -> None:
    table = WordTable()
    for word, count in (("rare", 3), ("the", 2**33), ("of", 2**33), ("kiwi", 2**31)):
        table.add(word, count)
    vocabulary = select_words(table, 5)
    assert vocabulary.words == ["of", "the", "kiwi"]
    assert vocabulary.counts.tolist() == [2**33, 2**33, 2**31]
    assert vocabulary.num_raw_tokens == 2**34 + 2**31 + 3
    assert vocabulary.keep_probability(1e-3).max() <= 1


def test_keep_probability_is_that_of_word2vec() -> None:
    vocabulary = Vocabulary(["the", "kiwi", "egg"], [900, 90, 10], num_raw_tokens=5000)
    share = np.array([0.9, 0.09, 0.01])
    expected = np.minimum(1, np.sqrt(1e-3 / share) + 1e-3 / share)
    np.testing.assert_allclose(vocabulary.keep_probability(1e-3), expected, rtol=1e-14)
    assert vocabulary.keep_probability(0).tolist() == [1, 1, 1]
    assert vocabulary.keep_probability(1e-3).dtype == np.float64
    np.testing.assert_array_equal(vocabulary.kept_counts(1e-3), vocabulary.counts * vocabulary.keep_probability(1e-3))
    for bad in (-1e-3, 1.5):
        with pytest.raises(ParameterError, match="sample must be"):
            vocabulary.keep_probability(bad)


def test_look_up() -> None:
    vocabulary = Vocabulary(["the", "kiwi"], [2, 1])
    assert len(vocabulary) == 2 and "kiwi" in vocabulary and "emu" not in vocabulary
    assert vocabulary.index == {"the": 0, "kiwi": 1}
    ids = vocabulary.encode(("kiwi", "emu", "the"))
    assert ids.dtype == np.int32 and ids.tolist() == [1, 0]
    assert vocabulary.encode([]).tolist() == []
    with pytest.raises(ParameterTypeError, match="list of words"):
        vocabulary.encode("kiwi")


def test_bad_vocabularies_are_refused() -> None:
    with pytest.raises(ParameterError, match="equally many, got 1 and 2"):
        Vocabulary(["a"], [1, 2])
    twice = Vocabulary(["a", "b", "a"], [1, 1, 1])
    with pytest.raises(ParameterError, match="distinct, got 'a'"):
        _ = twice.index
    with pytest.raises(ParameterError, match="distinct, got 'a'"):
        twice.encode(["a"])


@pytest.mark.parametrize("count", [np.nan, 1.5, -1, 2**63, np.uint64(2**63)])
def test_counts_are_whole_numbers_wherever_they_are_given(count: Any, tmp_path: Path) -> None:
    given = np.array([count])
    for make in (
        lambda: Vocabulary(["a"], given),
        lambda: KeyedVectors(["a"], [[1.0]], given),
        lambda: WordVectors(["a"], np.ones((1, 1)), given),
    ):
        with pytest.raises(ParameterError, match=r"counts must be integers from 0 to 2\^63 - 1, got .* at place 0"):
            make()
    np.savez(tmp_path / "a.npz", words=["a"], vectors=np.ones((1, 1)), counts=given)
    with pytest.raises(FormatError, match=r"a\.npz: "):
        KeyedVectors.from_file(tmp_path / "a.npz")


def test_numbers_of_tokens_are_whole_numbers() -> None:
    for bad, error in ((-3, ParameterError), (1.5, ParameterTypeError)):
        with pytest.raises(error, match="num_raw_tokens must be an integer at least 0"):
            Vocabulary(["a"], [1], num_raw_tokens=bad)
    with pytest.raises(ParameterError, match=f"below 2\\^63 in all, got {2**63}"):
        Vocabulary(["a", "b"], [2**63 - 1, 1])
    assert Vocabulary(["a"], [2**63 - 1]).num_raw_tokens == 2**63 - 1


def test_parameters_are_checked() -> None:
    for name, bad in (("min_count", 0), ("max_vocab_size", 0), ("workers", 0)):
        with pytest.raises(ParameterError, match=f"{name} must be an integer at least 1"):
            build_vocabulary(SENTENCES, **{name: bad})
    with pytest.raises(ParameterTypeError, match="trim_rule must be a function"):
        build_vocabulary(SENTENCES, trim_rule="keep")


def test_digest_tells_vocabularies_apart() -> None:
    same = [Vocabulary(["ab", "c"], [2, 1]).digest() for _ in range(2)]
    others = [Vocabulary(["a", "bc"], [2, 1]), Vocabulary(["ab", "c"], [1, 2]), Vocabulary(["c", "ab"], [2, 1])]
    assert same[0] == same[1] and same[0] not in [other.digest() for other in others]


def test_it_can_be_pickled_after_use() -> None:
    vocabulary = Vocabulary(["the", "kiwi"], [2, 1])
    vocabulary.encode(["the"])
    again = pickle.loads(pickle.dumps(vocabulary))
    assert again.encode(["kiwi"]).tolist() == [1] and again.words == vocabulary.words


def test_progress_adds_up(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"a b c d\n" * 300_000)
    for source in (path, [["a"] * 1000] * 250):
        told: list[int] = []
        vocabulary = build_vocabulary(source, progress=told.append, workers=2)
        assert sum(told) == vocabulary.num_raw_tokens and len(told) > 1
        told.clear()
        encode_corpus(source, vocabulary, progress=told.append)
        assert sum(told) == vocabulary.num_raw_tokens and len(told) > 1


def test_the_standard_corpus(shared_data: Path) -> None:
    path = shared_data / "wiki" / "part-1.txt.xz"
    if not path.exists():
        pytest.skip(f"{path} not found")
    vocabulary = build_vocabulary(path, workers=2)
    assert (len(vocabulary), vocabulary.num_raw_tokens) == (74_880, 16_437_418)
