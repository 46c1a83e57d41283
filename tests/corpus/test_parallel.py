"""Parallel corpora: every kind of source, the policy, the faults, two vocabularies, ids that keep positions."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from densevec.corpus import (
    EncodedParallel,
    ParallelCorpus,
    ParallelVocabulary,
    TextCorpus,
    Vocabulary,
    build_parallel_vocabulary,
    encode_parallel,
    readers,
)
from densevec.corpus.parallel import PairCounts
from densevec.errors import CorpusError, CorpusFileError, CorpusTypeError, ParameterError
from tests.corpus import plain

PAIRS = [(["the", "kiwi"], ["le", "kiwi"]), (["birds", "sing"], ["les", "oiseaux", "chantent"])]
ENGLISH = "the kiwi\nbirds sing\n"
FRENCH = "le kiwi\nles oiseaux chantent\n"
TEXT = st.text(st.sampled_from("ab \t\n\r"), max_size=60)


def put(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def two_files(folder: Path, english: str | bytes = ENGLISH, french: str | bytes = FRENCH) -> tuple[Path, Path]:
    return put(folder, "a.en", english), put(folder, "a.fr", french)


# -- sources --


def test_two_files_one_file_and_pairs_are_the_same(tmp_path: Path) -> None:
    lines = zip(ENGLISH.splitlines(), FRENCH.splitlines(), strict=True)
    tabbed = put(tmp_path, "pairs.tsv", "".join(f"{english}\t{french}\tattribution\t5\n" for english, french in lines))
    for source in (two_files(tmp_path), [str(p) for p in two_files(tmp_path)], tabbed, str(tabbed), PAIRS):
        corpus = ParallelCorpus(source)
        assert list(corpus) == list(corpus) == PAIRS
        assert list(corpus.reversed()) == [(target, source) for source, target in PAIRS]
        assert list(corpus.reversed().reversed()) == PAIRS


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_packed_files(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    source = put(tmp_path, "a.en" + ending, pack(ENGLISH.encode())), put(tmp_path, "a.fr", FRENCH)
    assert list(ParallelCorpus(source)) == PAIRS


def test_a_side_may_be_several_files(tmp_path: Path) -> None:
    english, french = two_files(tmp_path)
    assert list(ParallelCorpus(([english, english], [french, french]))) == PAIRS * 2


def test_text_is_lowered_and_cut_as_in_a_text_corpus(tmp_path: Path) -> None:
    corpus = ParallelCorpus(put(tmp_path, "a.tsv", "The Kiwi!\tLe kiwi.\n"), lowercase=True, tokenizer="words")
    assert list(corpus) == [(["the", "kiwi"], ["le", "kiwi"])]
    assert corpus.tokenize("No, Kiwi") == ["no", "kiwi"]
    assert corpus.parameters == TextCorpus([[]], True, "words", 50).parameters
    assert list(ParallelCorpus([(["A"], ["B"])], lowercase=True)) == [(["a"], ["b"])]


def test_repr() -> None:
    assert repr(ParallelCorpus(("a", "b")).reversed()) == (
        "ParallelCorpus(('a', 'b'), lowercase=False, tokenizer='whitespace').reversed()"
    )
    assert repr(ParallelCorpus(PAIRS)) == "ParallelCorpus(<list>, lowercase=False, tokenizer='whitespace')"


# -- the policy --


@given(TEXT, TEXT, st.integers(1, 4), st.integers(1, 5))
@example("a\r\nb\r\n", "a\nb\n", 4, 2)
@example("a\rb\r", "a\nb", 4, 2)
def test_any_two_texts(tmp_path_factory, english: str, french: str, limit: int, piece_size: int) -> None:
    folder = tmp_path_factory.mktemp("text")
    corpus = ParallelCorpus(two_files(folder, english, french), max_sentence_length=limit)
    sides = [plain.lines(english), plain.lines(french)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "PIECE_SIZE", piece_size)  # lines that go on in the next piece, \r\n cut in two
        if len(sides[0]) != len(sides[1]):
            with pytest.raises(CorpusError, match=f"has {len(sides[0])} lines and .* has {len(sides[1])}, so that"):
                list(corpus)
            return
        counts = PairCounts()
        found = list(corpus.pairs(counts))
    given_pairs = list(zip(*sides, strict=True))
    assert found == [pair for pair in given_pairs if all(1 <= len(side) <= limit for side in pair)]
    assert counts.num_empty == sum(not all(pair) for pair in given_pairs)
    assert counts.num_pairs + counts.num_empty + counts.num_long == len(given_pairs)
    assert counts.source_tokens + counts.skipped_source_tokens == sum(map(len, sides[0]))
    assert counts.target_tokens + counts.skipped_target_tokens == sum(map(len, sides[1]))
    assert counts.target_tokens == sum(len(target) for _, target in found)


@given(st.lists(st.tuples(st.text("ab ", max_size=5), st.text("ab ", max_size=5)), max_size=6), st.integers(1, 4))
def test_any_columns(tmp_path_factory, rows: list[tuple[str, str]], piece_size: int) -> None:
    text = "".join(f"{source}\t{target}\tmore\n" for source, target in rows)
    path = put(tmp_path_factory.mktemp("text"), "a.tsv", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "PIECE_SIZE", piece_size)
        patch.setattr(readers, "LONGEST_RUN", 8)  # so that lines come in parts, cut at spaces and tabs
        found = list(ParallelCorpus(path))
    assert found == [(s.split(), t.split()) for s, t in rows if s.split() and t.split()]


def test_a_line_of_ten_million_tokens_is_left_out_and_counted(tmp_path: Path) -> None:
    source = two_files(tmp_path, "a kiwi\n" + "a " * 10_000_000 + "\nbirds\n", "un kiwi\nun\noiseaux\n")
    counts = PairCounts()
    assert [pair[0] for pair in ParallelCorpus(source).pairs(counts)] == [["a", "kiwi"], ["birds"]]
    assert (counts.num_long, counts.skipped_source_tokens, counts.skipped_target_tokens) == (1, 10_000_000, 1)


# -- faults --


def test_fault_38_different_numbers_of_lines(tmp_path: Path) -> None:
    english, french = two_files(tmp_path, "a\nb\nc\n", "a\nb\n")
    message = r"a\.en has 3 lines and .*a\.fr has 2, so that line 3 of .*a\.en has no translation"
    with pytest.raises(CorpusError, match=message):
        list(ParallelCorpus((english, french)))
    with pytest.raises(CorpusError, match=r"a\.fr has 2 lines and .*a\.en has 3, so that line 3 of .*a\.en has no"):
        build_parallel_vocabulary(ParallelCorpus((french, english)))


def test_triple_bars_between_source_and_target(tmp_path: Path) -> None:
    text = "\nthe house ||| la maison\n ||| rien\na|||b c ||| d |||| e\r\n"
    pairs = [([], []), (["the", "house"], ["la", "maison"]), ([], ["rien"]), (["a|||b", "c"], ["d", "||||", "e"])]
    assert list(ParallelCorpus(put(tmp_path, "a.txt", text)).every_pair()) == pairs
    tabs = put(tmp_path, "b.txt", "a ||| b\tc\n|||\td\n")
    assert list(ParallelCorpus(tabs).every_pair()) == [(["a", "|||", "b"], ["c"]), (["|||"], ["d"])]
    long = " ".join(["word"] * 300_000)  # a line that comes in parts
    (pair,) = ParallelCorpus(put(tmp_path, "c.txt", f"{long} ||| {long} b\n")).every_pair()
    assert all(len(side) > 50 for side in pair)  # as much as tells that it is too long
    for line in ("c\td", "c ||| d ||| e"):
        with pytest.raises(CorpusError, match=r"d\.txt: line 2 has .*, expected SOURCE \|\|\| TARGET"):
            list(ParallelCorpus(put(tmp_path, "d.txt", f"a ||| b\n{line}\n")))


def test_fault_38_a_line_without_a_tab(tmp_path: Path) -> None:
    path = put(tmp_path, "a.tsv", "a\tb\n\n \nno tab here\n")
    with pytest.raises(CorpusError, match=r"a\.tsv: line 4 has no tab, expected SOURCE<TAB>TARGET"):
        list(ParallelCorpus(path))


class Failing:
    def __iter__(self):
        yield PAIRS[0]
        raise RuntimeError("the database went away")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([PAIRS[0], (["a"],)], r"pair 2 must be two lists of words, a sentence and its translation, got \(\['a'\],\)"),
        ([PAIRS[0], "ab"], "pair 2 must be two lists of words"),
        ([PAIRS[0], {"a": 1, "b": 2}], "pair 2 must be two lists of words"),
        ([(["a"], "b")], "the second side of pair 1 is a string, and a sentence must be a list"),
        ([(["a", b"b"], ["b"])], "the first side of pair 1, token 2 is of type bytes"),
        (([["a"], ["b"], ["c"]], [["a"], ["b"], ["c"]]), r"list\(zip\(source, target\)\)"),
        (["a.tsv", "b.tsv", "c.tsv"], r"must be two texts, \(SOURCE, TARGET\), or one of .*, got 3 paths"),
        (iter(PAIRS), "can be read only once"),
        (None, "a corpus must be a path"),
        (7, "a corpus must be a path"),
    ],
)
def test_fault_38_sources_that_give_no_pairs(source: object, message: str) -> None:
    with pytest.raises(CorpusTypeError, match=message):
        list(ParallelCorpus(source))


def test_fault_31_an_exception_of_the_source_comes_through() -> None:
    with pytest.raises(RuntimeError, match="went away") as caught:
        build_parallel_vocabulary(ParallelCorpus(Failing()))
    assert caught.value.__notes__ == ["while reading pair 2 of the parallel corpus"]


def test_fault_38_a_file_that_is_not_there(tmp_path: Path) -> None:
    english, _ = two_files(tmp_path)
    with pytest.raises(CorpusFileError, match="nothing: no such file"):
        list(ParallelCorpus((english, tmp_path / "nothing")))


def test_fault_39_bad_bytes_have_a_place(tmp_path: Path) -> None:
    source = two_files(tmp_path, french=b"le kiwi\nles \xff oiseaux\n")
    with pytest.raises(CorpusError, match=r"a\.fr: line 2, byte 12: found byte 0xff"):
        list(ParallelCorpus(source))
    assert list(ParallelCorpus(source, errors="ignore"))[1][1] == ["les", "oiseaux"]


def test_fault_40_a_file_that_changes_between_the_passes(tmp_path: Path) -> None:
    english, french = two_files(tmp_path)
    corpus = ParallelCorpus((english, french))
    vocabulary = build_parallel_vocabulary(corpus, min_count=1)
    french.write_text(FRENCH.replace("chantent", "chantaient"))
    with pytest.raises(CorpusError, match=r"a\.fr: the file was changed"):
        encode_parallel(corpus, vocabulary)


def test_fault_40_pairs_that_change_between_the_passes() -> None:
    pairs = list(PAIRS)
    corpus = ParallelCorpus(pairs)
    vocabulary = build_parallel_vocabulary(corpus, min_count=1)
    pairs.append(PAIRS[0])
    with pytest.raises(CorpusError, match=r"gave .*'num_pairs': 2.* when it was counted and .*'num_pairs': 3"):
        encode_parallel(corpus, vocabulary)


def test_fault_37_nothing_to_learn_from(tmp_path: Path) -> None:
    corpus = ParallelCorpus(two_files(tmp_path, "a\n\n", "a b\nc\n"), max_sentence_length=1)
    with pytest.raises(CorpusError, match="no pair to learn from: 1 pairs have an empty side, 1 one of more than max_"):
        build_parallel_vocabulary(corpus)
    with pytest.raises(CorpusError, match="lower min_count"):
        build_parallel_vocabulary(PAIRS, min_count=9)


# -- vocabularies and ids --


WORDS = st.lists(st.sampled_from("abcde"), max_size=7)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=10), st.sampled_from([0, 40, 1 << 20]))
def test_vocabularies_and_ids_are_those_of_plain_python(
    pairs: list[tuple[list[str], list[str]]], memory_limit: int
) -> None:
    kept = [pair for pair in pairs if all(1 <= len(side) <= 5 for side in pair)]
    if not kept or not all(plain.vocabulary(side, 2) for side in zip(*kept, strict=True)):
        return
    corpus = ParallelCorpus(pairs, max_sentence_length=5)
    vocabulary = build_parallel_vocabulary(corpus, min_count=2)
    with encode_parallel(corpus, vocabulary, memory_limit=memory_limit) as encoded:
        for side, words, ids in zip(
            zip(*kept, strict=True),
            (vocabulary.source, vocabulary.target),
            (encoded.source, encoded.target),
            strict=True,
        ):
            assert list(zip(words.words, words.counts.tolist(), strict=True)) == plain.vocabulary(side, 2)
            assert sentences(ids) == [[words.index.get(word, len(words)) for word in each] for each in side]
            assert ids.is_mapped == (memory_limit < 1 << 20)
        assert encoded.num_sentences == encoded.counts.num_pairs == len(kept)


def sentences(ids) -> list[list[int]]:
    bounds = ids.offsets.tolist()
    return [ids.ids[start:end].tolist() for start, end in pairwise(bounds)]


def test_digest_is_of_both_sides() -> None:
    vocabulary = build_parallel_vocabulary(PAIRS, min_count=1)
    one = encode_parallel(PAIRS, vocabulary)
    other = encode_parallel([PAIRS[0], (PAIRS[1][0], ["les", "oiseaux"])], vocabulary)
    assert one.digest() != other.digest()
    assert EncodedParallel(one.source, None).digest() != one.digest()
    swapped = ParallelVocabulary(vocabulary.target, vocabulary.source)
    assert swapped.digest() != vocabulary.digest()


def test_one_language_keeps_its_unknown_words(tmp_path: Path) -> None:
    vocabulary = Vocabulary(["kiwi", "the"], [1, 1])
    for corpus in (TextCorpus(put(tmp_path, "a.en", ENGLISH + "x y\n")), [*(s for s, _ in PAIRS), ["x", "y"]]):
        encoded = encode_parallel(corpus, vocabulary, workers=2)
        assert sentences(encoded.source) == [[1, 0], [2, 2], [2, 2]]
        assert encoded.target is None and encoded.num_sentences == 3


def test_progress_adds_up() -> None:
    pairs = [(["a"] * 50, ["b"])] * 3000
    seen: list[int] = []
    vocabulary = build_parallel_vocabulary(pairs, progress=seen.append)
    assert sum(seen) == 150_000 and len(seen) > 2
    seen.clear()
    encode_parallel(pairs, vocabulary, progress=seen.append)
    assert sum(seen) == 150_000


def test_what_was_left_out_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    build_parallel_vocabulary([*PAIRS, ([], ["x"]), (["x"] * 51, ["x"])])
    assert "2 pairs; 1 with an empty side and 1 of more than 50 tokens left out" in caplog.text


def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    peaks = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "PIECE_SIZE", 1 << 14)
        for number in (2_000, 5_000):
            line = "the kiwi laid an egg and the kakapo ate it\n" * number
            corpus = ParallelCorpus(two_files(tmp_path, line, line))
            tracemalloc.start()
            try:
                vocabulary = build_parallel_vocabulary(corpus)
                encoded = encode_parallel(corpus, vocabulary, memory_limit=1 << 14, cache_dir=tmp_path)
                peaks.append(tracemalloc.get_traced_memory()[1])
            finally:
                tracemalloc.stop()
            assert encoded.num_sentences == number
    assert peaks[1] < peaks[0] + 100_000  # of texts 260,000 bytes longer, and as many more bytes of ids


def test_parameters_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="max_sentence_length must be an integer at least 1"):
        ParallelCorpus(PAIRS, max_sentence_length=0)
    with pytest.raises(ParameterError, match="min_count must be"):
        build_parallel_vocabulary(PAIRS, min_count=0)
    vocabulary = build_parallel_vocabulary(PAIRS, min_count=1)
    with pytest.raises(CorpusFileError, match="cache_dir must be an existing folder"):
        encode_parallel(PAIRS, vocabulary, cache_dir=tmp_path / "none")


def test_hansards(shared_data: Path) -> None:
    folder = shared_data / "hansards"
    corpus = ParallelCorpus((folder / "train.en.xz", folder / "train.fr.xz"), lowercase=True)
    vocabulary = build_parallel_vocabulary(corpus, min_count=1)
    assert corpus.counts is not None
    counts = corpus.counts
    assert counts.num_pairs + counts.num_empty + counts.num_long == 25_000
    encoded = encode_parallel(corpus, vocabulary)
    assert (encoded.num_sentences, len(encoded.source.ids)) == (counts.num_pairs, counts.source_tokens)
    assert (encoded.source.ids < len(vocabulary.source)).all()  # with min_count 1 every word is known


# -- lines --


def test_a_stray_carriage_return_shifts_no_pair(tmp_path: Path) -> None:
    english = "red house\nblue\r bird\ngreen tree\n"
    french = "maison rouge\noiseau bleu\narbre\r vert\n"
    expected = [
        (["red", "house"], ["maison", "rouge"]),
        (["blue", "bird"], ["oiseau", "bleu"]),
        (["green", "tree"], ["arbre", "vert"]),
    ]
    assert list(ParallelCorpus(two_files(tmp_path, english, french)).every_pair()) == expected
    windows = two_files(tmp_path, english.replace("\n", "\r\n"), french)
    assert list(ParallelCorpus(windows).every_pair()) == expected
    old = two_files(tmp_path, "red house\rblue bird\rgreen tree\r", french)
    assert list(ParallelCorpus(old).every_pair()) == expected


@given(st.lists(st.text(st.sampled_from("ab \t\r\u0085\u2028"), max_size=6), max_size=6), st.integers(1, 5))
def test_every_line_has_its_pair(tmp_path_factory, lines: list[str], piece_size: int) -> None:
    folder = tmp_path_factory.mktemp("text")
    source = two_files(folder, "".join(f"{line}\n" for line in lines), "x\n" * len(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "PIECE_SIZE", piece_size)
        found = list(ParallelCorpus(source).every_pair())
        assert [tokens for tokens, _ in found] == list(TextCorpus(source[0]).every_line())
    assert [target for _, target in found] == [["x"]] * len(lines)


# -- SOURCE ||| TARGET --


BARS = {
    "": ([], []),
    "the house ||| la maison": (["the", "house"], ["la", "maison"]),
    "\t": ([], []),
    "||| rien": ([], ["rien"]),
    "a|||b\tc ||| |||| d": (["a|||b", "c"], ["||||", "d"]),
    "nothing |||": (["nothing"], []),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_triple_bars_part_the_sides(tmp_path: Path, end: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PIECE_SIZE", size)
    path = put(tmp_path, "pairs.txt", "".join(line + end for line in BARS))
    assert list(ParallelCorpus(path).every_pair()) == list(BARS.values())


def test_a_file_has_tabs_or_triple_bars(tmp_path: Path) -> None:
    path = put(tmp_path, "a.tsv", "a ||| b\tc\n")
    assert list(ParallelCorpus(path)) == [(["a", "|||", "b"], ["c"])]
    for text, message in {
        "a ||| b\nc\td\n": r"line 2 has no '\|\|\|', expected SOURCE \|\|\| TARGET",
        "a ||| b ||| c\n": r"line 1 has '\|\|\|' 2 times, expected SOURCE \|\|\| TARGET",
        "\na b\n": r"line 2 has neither a tab nor '\|\|\|', expected SOURCE<TAB>TARGET",
    }.items():
        with pytest.raises(CorpusError, match=message):
            list(ParallelCorpus(put(tmp_path, "a.txt", text)))


# -- texts that are corpora already --


def test_texts_may_be_corpora_with_parameters_of_their_own(tmp_path: Path) -> None:
    english, french = two_files(tmp_path, "The KIWI !\nBirds sing\n", "Le kiwi !\nles oiseaux chantent encore\n")
    sides = [TextCorpus(path, True, "words", max_sentence_length=1) for path in (english, french)]
    corpus = ParallelCorpus(tuple(sides), max_sentence_length=3)
    assert list(corpus) == [(["the", "kiwi"], ["le", "kiwi"])]
    assert list(corpus.reversed()) == [(["le", "kiwi"], ["the", "kiwi"])]
    assert corpus.parameters == TextCorpus([], True, "words", max_sentence_length=3).parameters
    assert build_parallel_vocabulary(corpus).target.words == ["kiwi", "le"]
    with pytest.raises(CorpusTypeError, match="both sides must be read alike"):
        ParallelCorpus((sides[0], TextCorpus(french)))
    columns = TextCorpus(put(tmp_path, "a.tsv", "A KIWI\tun KIWI\n"), lowercase=True)
    assert list(ParallelCorpus(columns)) == [(["a", "kiwi"], ["un", "kiwi"])]


@pytest.mark.parametrize(
    "asked", [{"lowercase": True}, {"tokenizer": "words"}, {"errors": "replace"}, {"normalize": "NFC"}]
)
def test_what_texts_with_parameters_of_their_own_do_not_do_is_an_error(
    tmp_path: Path, asked: dict[str, object]
) -> None:
    for name in ("en", "fr"):
        (tmp_path / name).write_text("A b\tC d\n")
    english, french, columns = (str(tmp_path / name) for name in ("en", "fr", "en"))
    for source in ((TextCorpus(english), TextCorpus(french)), (TextCorpus(english), french), TextCorpus(columns)):
        with pytest.raises(ParameterError, match=f"^{next(iter(asked))} must be the corpus's own, .*source is a TextC"):
            ParallelCorpus(source, **asked)  # type: ignore[arg-type]
        ParallelCorpus(source)
    both = TextCorpus(english, **asked), TextCorpus(french, **asked)  # type: ignore[arg-type]
    assert list(ParallelCorpus(both, **asked)) == list(ParallelCorpus(both))  # type: ignore[arg-type]


def test_a_limit_of_the_texts_is_the_limit_of_pairs(tmp_path: Path) -> None:
    english, french = two_files(tmp_path, "a b c\nd\n", "x\ny\n")
    columns = put(tmp_path, "a.tsv", "a b c\tx\nd\ty\n")
    sides = [TextCorpus(path, max_sentence_length=2) for path in (english, french)]
    every = [(["a", "b", "c"], ["x"]), (["d"], ["y"])]
    for source in (tuple(sides), (sides[0], french), (english, sides[1]), TextCorpus(columns, max_sentence_length=2)):
        corpus = ParallelCorpus(source)
        assert corpus.max_sentence_length == corpus.parameters["max_sentence_length"] == 2
        assert list(corpus) == every[1:] and list(corpus.reversed()) == [(["y"], ["d"])]
        assert list(ParallelCorpus(source, max_sentence_length=50)) == every
    assert ParallelCorpus((sides[0], TextCorpus(french))).max_sentence_length == 2
    assert ParallelCorpus((TextCorpus(english), TextCorpus(french))).max_sentence_length == 50
    others = TextCorpus(english, max_sentence_length=200), TextCorpus(french, max_sentence_length=60)
    with pytest.raises(CorpusTypeError, match=r"must be the same in both texts, got 200 and 60; give both one limit"):
        ParallelCorpus(others)
    assert ParallelCorpus(others, max_sentence_length=70).max_sentence_length == 70


@pytest.mark.parametrize("size", [1, 2, 3])
def test_two_lists_of_sentences_are_no_pairs(size: int) -> None:
    source, target = ([["a", word], ["b"], ["c"]][:size] for word in ("kiwi", "kea"))
    with pytest.raises(CorpusTypeError, match=r"list\(zip\(source, target\)\) makes pairs"):
        ParallelCorpus((source, target))
    assert list(ParallelCorpus(list(zip(source, target, strict=True)))) == list(zip(source, target, strict=True))
    pandas = pytest.importorskip("pandas")
    for columns in (tuple, list):
        with pytest.raises(CorpusTypeError, match=r"list\(zip\(source, target\)\) makes pairs"):
            ParallelCorpus(columns(pandas.Series(side) for side in (source, target)))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_strings_in_pairs_are_no_paths(size: int) -> None:
    pairs = [("a kiwi", "un kiwi"), ("an egg", "un oeuf"), ("b", "d")][:size]
    with pytest.raises(CorpusTypeError, match=r"split"):
        list(ParallelCorpus(pairs))
    split = [(first.split(), second.split()) for first, second in pairs]
    assert list(ParallelCorpus(split)) == split
