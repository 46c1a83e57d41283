"""Gold links and Pharaoh lines as they come, error rates by hand, models of either direction."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from densevec.errors import CorpusError, FileError, FormatError, FormatWarning, ParameterError, ParameterTypeError
from densevec.evaluation import (
    GoldAlignment,
    align_pairs,
    alignment_error_rate,
    evaluate_alignment,
    pharaoh_line,
    read_alignments,
    read_gold,
)

GOLD = [
    GoldAlignment({(0, 0)}, {(0, 0), (1, 1), (1, 2)}),
    GoldAlignment(set(), set()),
    GoldAlignment({(0, 1), (1, 0)}, {(0, 1), (1, 0)}),
]
NAACL = "0001 1 1 S\n1 2 2 P\n1 2 3 P 0.5\n3 1 2\n 3\t2 1 S\r\n3 0 1 S\n"
LINKS = st.lists(st.sets(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=6), max_size=6)


def put(folder: Path, text: str, name: str = "gold") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


# -- files --


@pytest.mark.parametrize(
    "text", [NAACL, "0-0 1?1 1?2\n\n0-1 1-0\n", "0-0 1p1 1-2?\n\n1-0  0-1", "0-0 0?0 1?1 1?2\r\n\r\n0-1\t1-0\r\n"]
)
def test_formats_of_gold(tmp_path: Path, text: str) -> None:
    assert read_gold(put(tmp_path, text)) == GOLD
    assert read_gold(put(tmp_path, text), [(2, 3), (1, 1), (2, 2)]) == GOLD


def test_gold_links_of_the_other_direction(tmp_path: Path) -> None:
    turned = [GoldAlignment({(j, i) for i, j in g.sure}, {(j, i) for i, j in g.possible}) for g in GOLD]
    assert read_gold(put(tmp_path, NAACL), [(3, 2), (1, 1), (2, 2)], turned=True) == turned
    with pytest.raises(FormatError, match="lies outside"):
        read_gold(put(tmp_path, NAACL), [(2, 3), (1, 1), (2, 2)], turned=True)


def test_sentences_at_the_end_without_links(tmp_path: Path) -> None:
    lengths = [(2, 3), (1, 1), (2, 2), (4, 4)]
    assert read_gold(put(tmp_path, NAACL), lengths) == [*GOLD, GoldAlignment(set(), set())]
    assert read_gold(put(tmp_path, "0-0 1?1 1?2\n\n0-1 1-0\n\n"), lengths)[3] == GoldAlignment(set(), set())
    with pytest.raises(FormatError, match=r"'.*gold' has alignments of 3 sentences, expected 4"):
        read_gold(put(tmp_path, "0-0 1?1 1?2\n\n0-1 1-0\n"), lengths)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1 1 S\n1 1\n", r"line 2: expected 'SENTENCE SOURCE TARGET S\|P', found '1 1'"),
        ("1 1 1 S\n1 1 1 X\n", "line 2: expected 'SENTENCE"),
        ("1 1 1 S\n0 1 1 S\n", "line 2: expected 'SENTENCE"),
        ("1 1 1 S\n99999999999 1 1 S\n", "line 2: expected 'SENTENCE"),
        ("0-0\n0:1\n", r"line 2: expected links such as '0-1' \(sure\) or '0\?1' \(possible\), found '0:1'"),
        ("0-0\n0?0?\n", "line 2: expected links"),
        ("0-0\n-1-0\n", "line 2: expected links"),
        ("1 1 1 S\n1 3 1 S\n", r"line 2: link 2-0 \(from 0\) lies outside sentence pair 1, which has 2 source and 2 "),
        ("1 1 1 S\n2 1 1 S\n", r"line 2: link 0-0 \(from 0\) lies outside sentence pair 2, and the texts have 1 "),
        ("0-0 0-2\n", r"line 1: link 0-2 \(from 0\) lies outside"),
    ],
)
def test_broken_gold(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=f"gold', {message}"):
        read_gold(put(tmp_path, text), [(2, 2)])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (read_gold, read_alignments):
        with pytest.raises(FileError, match="nothing"):
            read(tmp_path / "nothing")


@given(LINKS)
def test_what_is_written_is_read(tmp_path_factory, links: list[set[tuple[int, int]]]) -> None:
    path = tmp_path_factory.mktemp("links") / "links"
    path.write_text("".join(f"{pharaoh_line(each)}\n" for each in links))
    assert read_alignments(path) == links


def test_a_file_that_counts_from_one(tmp_path: Path) -> None:
    lengths = [(3, 3), (2, 1)]
    wanted = [GoldAlignment({(0, 0), (2, 2)}, {(0, 0), (2, 2), (1, 0)}), GoldAlignment({(1, 0)}, {(1, 0)})]
    path = put(tmp_path, "1-1 2p1 3-3\n2-1\n")
    with pytest.warns(FormatWarning, match="counted from 1: some lie just behind the end"):
        assert read_gold(path, lengths) == wanted  # 3-3 does not lie in three words counted from 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_gold(path, lengths, links_from=1) == wanted == read_gold(path, links_from=1)
        assert read_gold(path, [(3, 3), (1, 2)], True, 1)[1].sure == {(0, 1)}
    with pytest.raises(FormatError, match=r"link 3-3 \(from 0\) lies outside .* 1, which has 3 source and 3 target"):
        read_gold(path, lengths, links_from=0)
    with pytest.warns(FormatWarning, match=r"no link has a position 0: .* links_from=1"):
        assert read_gold(path, [(4, 4), (4, 4)])[0].sure == {(1, 1), (3, 3)}  # proves nothing
    with pytest.raises(FormatError, match=r"line 1: link 0-1 has a position 0, .* links_from=0"):
        read_gold(put(tmp_path, "0-1\n"), links_from=1)
    with pytest.raises(ParameterError, match="links_from must be an integer at least 0 and at most 1, got 2"):
        read_gold(path, links_from=2)


def test_naacl_files_that_count_from_zero(tmp_path: Path) -> None:
    path = put(tmp_path, "1 0 0 S\n1 1 2 P\n")
    assert read_gold(path) == [GoldAlignment(set(), {(0, 1)})]  # position 0 is the word that is not there
    assert read_gold(path, links_from=0) == [GoldAlignment({(0, 0)}, {(0, 0), (1, 2)})]


def test_hypotheses_have_no_possible_links(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line 2: expected links such as '0-1', found a possible link"):
        read_alignments(put(tmp_path, "0-0\n1?1\n"))


# -- error rates --


def test_error_rates_by_hand() -> None:
    # |A| = 5, |S| = 3, |A∩S| = 2 (0-0 and 0-1), |A∩P| = 3 (1-1 too)
    result = alignment_error_rate([{(0, 0), (1, 1), (2, 2)}, {(0, 0)}, [(0, 1)]], GOLD)
    assert result.aer == pytest.approx(1 - (2 + 3) / (5 + 3))
    assert (result.precision, result.recall) == (pytest.approx(3 / 5), pytest.approx(2 / 3))


def test_gold_in_other_containers() -> None:
    links = [{(0, 0)}, set(), {(0, 1)}]
    for gold in (iter(GOLD), tuple(GOLD), [GoldAlignment(list(sure), list(possible)) for sure, possible in GOLD]):
        assert alignment_error_rate(links, gold) == alignment_error_rate(links, GOLD)  # type: ignore[arg-type]
    for bad in (None, 3, "gold", [({(0, 0)}, set())]):
        with pytest.raises(ParameterTypeError, match=r"^gold must be GoldAlignment objects"):
            alignment_error_rate(links, bad)  # type: ignore[arg-type]


def test_sure_links_are_possible_ones() -> None:
    assert alignment_error_rate([{(0, 0)}], [GoldAlignment({(0, 0)}, set())]).aer == 0


def test_nothing_to_compare() -> None:
    assert alignment_error_rate([set()], [GoldAlignment(set(), set())]).as_dict() == {
        "aer": None, "precision": None, "recall": None,
    }  # fmt: skip
    with pytest.raises(ParameterError, match="hypotheses must be as many as the gold alignments, got 1 and 3"):
        alignment_error_rate([set()], GOLD)


@given(LINKS.filter(any))
def test_bounds(links: list[set[tuple[int, int]]]) -> None:
    gold = [GoldAlignment(each, each) for each in links]
    assert alignment_error_rate(links, gold).aer == 0
    assert alignment_error_rate([{(i + 200, j) for i, j in each} for each in links], gold).aer == 1


# -- models --


class Diagonal:
    """Aligns position i with position i; refuses what an aligner should not see."""

    lowercase, tokenizer = True, "words"

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.seen: list[tuple[list[str], list[str]]] = []

    def align_batch(self, pairs):
        assert all(source and target for source, target in pairs)
        self.batches.append(len(pairs))
        self.seen += pairs
        return [[(i, i) for i in range(min(map(len, pair)))] for pair in pairs]


class ToTheFirst(Diagonal):
    """Aligns every target position with the first of the source."""

    def align_batch(self, pairs):
        return [[(0, j) for j in range(len(target))] for _, target in pairs]


def test_pairs_come_in_batches_and_empty_ones_have_no_links() -> None:
    model = Diagonal()
    pairs = [(["a", "b"], ["c"]), ([], ["d"]), (["e"], []), (["f"], ["g"])] * 3
    assert list(align_pairs(model, pairs, batch_size=5)) == [{(0, 0)}, set(), set(), {(0, 0)}] * 3
    assert model.batches == [3, 2, 1]
    assert list(align_pairs(model, [([], [])])) == [set()]


def test_the_other_direction_is_turned_round() -> None:
    pairs = [(["a", "b", "c"], ["x", "y", "z"])]
    # forward 0-0 1-1 2-2; the reverse model links every source word to target 0: 0-0 1-0 2-0
    found = [
        next(align_pairs(Diagonal(), pairs, reverse=ToTheFirst(), method=method))
        for method in ("intersection", "union", "grow-diag-final-and")
    ]
    assert found == [
        {(0, 0)},
        {(0, 0), (1, 1), (2, 2), (1, 0), (2, 0)},
        {(0, 0), (1, 0), (1, 1), (2, 0), (2, 2)},
    ]


def test_what_cannot_align_is_refused() -> None:
    with pytest.raises(ParameterTypeError, match="model must be one that aligns translations, got object"):
        next(align_pairs(object(), []))
    other = Diagonal()
    other.lowercase = False
    with pytest.raises(ParameterError, match="reverse must read text as the other model does, lowercase=True"):
        next(align_pairs(Diagonal(), [], reverse=other))
    with pytest.raises(ParameterError, match="method must be one of"):
        next(align_pairs(Diagonal(), [(["a"], ["b"])], reverse=Diagonal(), method="all"))
    for options in ({"method": "all"}, {"batch_size": 0}, {"batch_size": 2.5}, {"reverse": object()}):
        with pytest.raises((ParameterError, ParameterTypeError), match=f"^{next(iter(options))} must be"):
            next(align_pairs(Diagonal(), [(["a"], ["b"])], **options))  # type: ignore[arg-type]
    with pytest.raises(ParameterTypeError, match="model must be one that aligns translations, got NoneType"):
        next(align_pairs(None, [(["a"], ["b"])]))  # type: ignore[arg-type]


def test_bytes_that_are_not_utf8_are_read_as_the_model_reads_them(tmp_path: Path) -> None:
    (english := tmp_path / "a.en").write_bytes(b"a \xff\n")
    french, gold = put(tmp_path, "b c\n", "a.fr"), put(tmp_path, "0-0 1-1\n")
    strict, model = Diagonal(), Diagonal()
    model.errors = "replace"  # type: ignore[attr-defined]
    with pytest.raises(CorpusError, match="choose errors='replace' or errors='ignore'"):
        evaluate_alignment(strict, english, french, gold)
    with pytest.raises(CorpusError, match="byte 0xff"):
        evaluate_alignment(model, english, french, gold, errors="strict")
    strict.tokenizer = model.tokenizer = "whitespace"
    assert evaluate_alignment(model, english, french, gold).aer == 0
    assert evaluate_alignment(strict, english, french, gold, errors="replace").aer == 0
    assert strict.seen == model.seen == [(["a", "\ufffd"], ["b", "c"])]


def test_texts_against_gold(tmp_path: Path) -> None:
    english = put(tmp_path, "The kiwi.\n\nBirds!\n", "a.en")
    french = put(tmp_path, "Le kiwi\nrien\nles oiseaux\n", "a.fr")
    gold = put(tmp_path, "1 1 1 S\n1 2 2 S\n3 1 2 S\n3 1 1 P\n")
    model = Diagonal()
    assert evaluate_alignment(model, english, french, gold).aer == pytest.approx(1 - (2 + 3) / (3 + 3))
    assert model.seen == [(["the", "kiwi"], ["le", "kiwi"]), (["birds"], ["les", "oiseaux"])]
    symmetrised = evaluate_alignment(model, english, french, gold, reverse=ToTheFirst(), method="intersection")
    assert symmetrised.recall == pytest.approx(1 / 3)
    with pytest.raises(CorpusError, match=r"has 3 lines and .* has 2"):
        evaluate_alignment(model, english, put(tmp_path, "a\nb\n", "b.fr"), gold)


def test_hansards_gold(shared_data: Path) -> None:
    folder = shared_data / "hansards"
    gold = read_gold(folder / "test.naacl")
    assert (len(gold), sum(len(g.sure) for g in gold)) == (447, 4038)
    assert sum(len(g.possible - g.sure) for g in gold) == 13400
    result = evaluate_alignment(Diagonal(), folder / "test.en", folder / "test.fr", gold)
    assert 0.5 < result.aer < 1  # the diagonal of unlike lengths is a poor alignment
