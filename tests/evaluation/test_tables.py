"""Test sets of word pairs: every published layout, every line that is none, what is left out and why."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from densevec.corpus.analogies import read_questions
from densevec.errors import FormatError, ParameterError
from densevec.evaluation import evaluate_analogies, evaluate_entailment, evaluate_similarity
from densevec.evaluation._tables import read_labelled_pairs, read_scored_pairs
from densevec.evaluation.analogies import BEYOND

from .toy import ToyVectors

PAIRS = [("cat", "dog", 9.5), ("cat", "car", 1.0)]
LAYOUTS = {
    "SimLex-999": "word1\tword2\tPOS\tSimLex999\tconc(w1)\tSD(SimLex)\ncat\tdog\tN\t9.5\t1\t4\ncat\tcar\tN\t1\t2\t1\n",
    "SimVerb-3500": "cat\tdog\tV\t9.5\tSYNONYMS\ncat\tcar\tV\t1\tNONE\n",
    "WordSim-353": "Word 1,Word 2,Human (mean)\r\ncat,dog,9.5\r\ncat,car,1.00\r\n",
    "WordSim-353, all judges": "Word 1,Word 2,Human (mean),1,2,3\ncat,dog,9.5,9,9,9\ncat,car,1,2,3,4\n",
    "WordSim-353, tabs": "# a remark\n# Word 1\tWord 2\tHuman (mean)\ncat\tdog\t9.5\ncat\tcar\t1\n",
    "MEN": "cat dog 9.500000\ncat car 1.000000\n",
    "MEN, lemmas": "cat-n dog-n 9.5\ncat-n car-n 1\n",
    "RG-65": "cat;dog;9.5\ncat;car;1\n",
    "MTurk-771": "cat,dog,9.5\ncat,car,1\n",
    "quoted": '"cat","dog","9.5"\n"cat","car","1"\n',
    "rare words": "cat\tdog\t9.5\t10\t9\ncat\tcar\t1\t0\t2\n",
    "blanks in a row": "cat   dog\t9.5\n\n  cat  car 1 \n",
    "another order": "score\tword1\tword2\n9.5\tcat\tdog\n1\tcat\tcar\n",
    "byte order mark": "\ufeffcat dog 9.5\ncat car 1e0",
    "old Macintosh": "cat dog 9.5\rcat car 1\r",
}


@pytest.fixture
def put(tmp_path: Path):
    def write(text: str) -> Path:
        (tmp_path / "set.txt").write_bytes(text.encode())
        return tmp_path / "set.txt"

    return write


@pytest.mark.parametrize("name", LAYOUTS)
def test_published_layouts(put, name: str) -> None:
    assert read_scored_pairs(put(LAYOUTS[name])) == (PAIRS, "cosine")


def test_words_keep_their_no_break_spaces(put) -> None:
    assert read_scored_pairs(put("10\u00a0000 a\u3000b 3\n"))[0] == [("10\u00a0000", "a\u3000b", 3.0)]
    assert read_scored_pairs(put("ice cream\tdessert\t3\n"))[0] == [("ice cream", "dessert", 3.0)]
    assert read_scored_pairs(put("#birds #aves 3\n"))[0] == [("#birds", "#aves", 3.0)]


REMARKS = ["# SimLex 999", "// my pairs, 2 of them", "#", "##", "# cat dog 3", "#!", "# a heading of word1 and word2"]


@pytest.mark.parametrize("remark", [*REMARKS, "\n".join(REMARKS)])
def test_remarks_at_the_head_are_no_data(put, remark: str) -> None:
    for lines in (
        "cat dog 9.5\ncat car 1\n",
        "cat,dog,9.5\ncat,car,1\n",
        "score word1 word2\n9.5 cat dog\n1 cat car\n",
    ):
        assert read_scored_pairs(put(f"{remark}\n{lines}"))[0] == PAIRS
    assert read_scored_pairs(put(f"{remark}\ncat dog V 9.5\ncat car V 1\n"))[0] == PAIRS
    assert read_scored_pairs(put(f"word1 word2 score\n{remark}\ncat dog 9.5\ncat car 1\n"))[0] == PAIRS
    named = put(f"{remark}\nword1 word2 mine\ncat dog 9.5\ncat car 1\n")
    assert read_scored_pairs(named, ("word1", "word2", "mine"))[0] == PAIRS
    assert read_labelled_pairs(put(f"{remark}\ncat animal 1\n")) == [("cat", "animal", True)]


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        (("one", "two", "mine"), "# a remark\n# mine one two\n9.5 cat dog\n1 cat car\n"),
        (None, "#score word1 word2\n9.5 cat dog\n1 cat car\n"),
        (None, "# as in: word1 word2 score\ncat dog 9.5\ncat car 1\n"),  # four columns, and the data has three
        (None, "# word2 word1 score\nword1 word2 score\ncat dog 9.5\ncat car 1\n"),
        ((1, 2, 4), "# word1 word2 no mine\ncat dog 3 9.5\ncat car 7 1\n"),
    ],
)
def test_a_remark_may_be_the_heading(put, columns, text: str) -> None:
    assert read_scored_pairs(put(text), columns)[0] == PAIRS


def test_words_that_begin_like_a_remark(put) -> None:
    for first in ("#birds //aves 3", "#birds //aves N 3"):
        assert read_scored_pairs(put(f"{first}\n"))[0] == [("#birds", "//aves", 3.0)]
    assert read_scored_pairs(put("#birds #aves x 3\n"), (1, 2, 4))[0] == [("#birds", "#aves", 3.0)]
    assert read_scored_pairs(put("cat dog 9\n# // 3\n// # 1\n"))[0][1:] == [("#", "//", 3.0), ("//", "#", 1.0)]
    assert read_labelled_pairs(put("#cat\tmammal\thyper\t#animal\n")) == [("#cat", "#animal", True)]


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ((2, 3, 5), "1\tcat\tdog\tN\t9.5\n2\tcat\tcar\tN\t1\n"),
        (("2", "3", "5"), "1\tcat\tdog\tN\t9.5\n2\tcat\tcar\tN\t1\n"),
        (("left", "right", "ENG"), "ID,left,right,ENG,FRA\n1,cat,dog,9.5,3\n2,cat,car,1,7\n"),
        (("Left", "RIGHT", "eng"), "ID,left,right,ENG,FRA\n1,cat,dog,9.5,3\n2,cat,car,1,7\n"),
        ((1, 2, 4), "word1 word2 other mine\ncat dog 3 9.5\ncat car 7 1\n"),
    ],
)
def test_any_column(put, columns, text: str) -> None:
    assert read_scored_pairs(put(text), columns)[0] == PAIRS


@pytest.mark.parametrize("columns", [(1, 2), (1, 2, 2), (0, 1, 2), ("a", 1, 2), "abc", (True, 2, 3), ("a", "b", "")])
def test_columns_that_are_none(put, columns) -> None:
    with pytest.raises(ParameterError, match=r"^columns must be three"):
        read_scored_pairs(put("cat dog 1\n"), columns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat dog nine\ncat car 1\n", "line 1: expected 'word1 word2 score', found 'cat dog nine' (and no heading"),
        ("first second third\ncat dog 1\n", "line 1: expected 'word1 word2 score'"),
        ("word1 word2 whatever\ncat dog 1\n", "line 1: the heading 'word1 word2 whatever' names no column"),
        ("cat dog 9\ncat car high\n", "line 2: expected 'word1 word2 score', found 'cat car high'"),
        ("cat dog 9\nice cream car 1\n", "line 2: expected 'word1 word2 score', found 'ice cream car 1'; 3 columns"),
        ("cat dog 9\ncat car 1 2\n", "line 2: expected"),
        ("cat dog 9\n# cat car\n", "line 2: expected"),
        ("cat dog nan\n", "line 1: expected"),
        ("cat dog 9\ncat car inf\n", "line 2: expected"),
        ("cat dog 9\ncat car 1_0\n", "line 2: expected"),
        ("cat dog 9\ncat car ٣\n", "line 2: expected"),
        ("cat\tdog\t9,5\n", "line 1: expected"),
        ("cat\tdog\t9\n\tcar\t1\n", "line 2: expected"),
        ("a\tb\tV\t9\na\tc\t1\t2\n", r"line 2: expected 'word1 word2 score', found 'a\tc\t1\t2' (columns 1, 2, 4)"),
        ("cat dog 9\nword1 word2 score\n", "line 2: expected"),
        ('a,b,1\n"c,d,2\n', "line 2: expected"),
        ("cat dog 9\0\n", "line 1: found a NUL byte"),
        ("# only remarks\n", "holds no 'word1 word2 score' line"),
        ("word1 word2 score\n", "holds no 'word1 word2 score' line"),
    ],
)  # fmt: skip
def test_every_other_line_is_an_error_with_its_number(put, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=re.escape(message)):
        read_scored_pairs(put(text))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("cat dog 9\n".encode("utf-16"), "is UTF-16; iconv -f UTF-16 -t UTF-8 makes UTF-8 of it"),
        (b"\x89PNG\r\n\x1a\n", "is no text but a PNG picture"),
        (b"%PDF-1.7\n", "is no text but a PDF document"),
        (
            gzip.compress(b"cat dog 9\n", mtime=0),
            "is no text but gzip-compressed; unpack it, or let its name end in .gz",
        ),
    ],
    ids=["UTF-16", "picture", "document", "packed"],
)
def test_what_is_no_text_is_said_to_be_none(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "pairs.txt"
    path.write_bytes(data)
    with open(path, "rb") as stream:
        for source in (path, stream):
            with pytest.raises(FormatError, match=re.escape(f"{str(path)!r} {message}")):
                read_scored_pairs(source)
    path.write_bytes("café café 9\n".encode("latin-1"))
    assert [tuple(pair)[:2] for pair in read_scored_pairs(path)[0]] == [("café", "café")]


def test_a_heading_that_columns_do_not_fit(put) -> None:
    with pytest.raises(FormatError, match="line 1: the heading has no column 'score', it has 'a', 'b', 'c'"):
        read_scored_pairs(put("a\tb\tc\nx\ty\t1\n"), ("a", "b", "score"))
    with pytest.raises(FormatError, match=r"line 1: .*\(columns 1, 2, 4\); name columns by their heading"):
        read_scored_pairs(put("a\tb\tc\td\nx\ty\t1\t2\n"), (1, 2, 4))


LABELLED = {
    "Baroni": "cat\tanimal\tTrue\nanimal\tcat\tFalse\n",
    "direction": "word1 word2 word1 => word2\ncat animal True\nanimal cat False\n",
    "BLESS with labels": "cat-n\tanimal-n\tTrue\thyper\nanimal-n\tcat-n\tFalse\trandom-n\n",
    "BLESS": "cat-n\tmammal\thyper\tanimal-n\nanimal-n\tmammal\tcoord\tcat-n\n",
    "numbers": "cat animal 1\nanimal cat 0\n",
    "words": "cat,animal,yes\nanimal,cat,no\n",
    "heading": "label\thyponym\thypernym\n1\tcat\tanimal\n0\tanimal\tcat\n",
}


@pytest.mark.parametrize("name", LABELLED)
def test_published_layouts_of_labels(put, name: str) -> None:
    assert read_labelled_pairs(put(LABELLED[name])) == [("cat", "animal", True), ("animal", "cat", False)]


@pytest.mark.parametrize("columns", [None, (1, 2, 3)])
@pytest.mark.parametrize("mark", [" ", "\t", ","])
@pytest.mark.parametrize("words", [("narrow", "broad"), ("hypernym", "hyponym"), ("w1", "w2"), ("noun_a", "noun_b")])
def test_words_that_columns_are_called_by(put, words: tuple[str, str], mark: str, columns) -> None:
    for value in ("1", "0"):
        text = put(f"{mark.join((*words, value))}\ncat{mark}animal{mark}1\n")
        assert read_labelled_pairs(text, columns)[0] == (*words, value == "1")
        assert read_scored_pairs(text, columns)[0][0] == (*words, float(value))


def test_a_heading_may_have_numbers_of_judges(put) -> None:
    text = "word1,word2,1,2,mean\ncat,dog,8,11,9.5\ncat,car,2,0,1\n"
    assert read_scored_pairs(put(text))[0] == PAIRS
    assert read_scored_pairs(put(text), (1, 2, 3))[0] == [("cat", "dog", 8.0), ("cat", "car", 2.0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat animal maybe\n", "line 1: expected 'narrow broad True|False', found 'cat animal maybe'"),
        ("cat animal 1\nanimal cat 2\n", "line 2: expected 'narrow broad True|False'"),
        ("word thing True\nword2 True\n", "line 2: expected"),
        ("cat-n\tm\thyper\tanimal-n\ncat-n\tm\tlikes\tdog-n\n", "line 2: expected 'concept class relation relatum'"),
    ],
)
def test_what_is_no_label(put, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=re.escape(message)):
        read_labelled_pairs(put(text))


# -- what is left out --


@pytest.fixture
def vectors() -> ToyVectors:
    return ToyVectors({"cat": (0, 1, 9), "dog": (1, 2, 8), "car": (9, 1, 7), "void": (float("nan"), 1, 1)})


def test_pairs_are_left_out_under_their_reason(put, vectors: ToyVectors) -> None:
    result = evaluate_similarity(vectors, put("cat dog 9\ncat car 1\ndog car 2\nvoid cat 3\nemu cat 4\ncat dog 9\n"))
    assert (result.spearman, result.used, result.total) == (1.0, 4, 6)  # a pair that comes twice counts twice
    assert result.left_out == {"unknown word": 1, "similarity that is no number": 1}
    assert result.as_dict()["left_out"] == result.left_out
    plain = evaluate_similarity(vectors, put("cat dog 9\nemu cat 4\n"))
    assert plain.left_out == {"unknown word": 1}
    assert "left_out" not in plain.as_dict()  # used and total tell
    labelled = evaluate_entailment(vectors, put("cat dog True\ncat emu False\ndog car False\n"), num_folds=2)
    assert (labelled.used, labelled.total, labelled.left_out) == (2, 3, {"unknown word": 1})


def test_questions_are_left_out_under_their_reason(put, vectors: ToyVectors) -> None:
    text = "// a licence\n# a remark\n: one\ncat dog car cat\n\n: two\ncat dog emu cat\ncat dog void Cat\n"
    result = evaluate_analogies(vectors, put(text), restrict_vocab=3)
    assert (result.used, result.skipped) == (1, 2)
    assert result.left_out == {"unknown word": 1, BEYOND: 1}
    for bad in (": one\n# a remark\n", "// a\ncat dog\n", "a b c d e\n", ": one\n// a remark\n"):
        with pytest.raises(FormatError, match=r"line [12]: expected four words"):
            evaluate_analogies(vectors, put(bad))


@pytest.mark.parametrize(
    "remark", ["// Google analogy questions", "# one two three four", "#", "//a remark", "# a b c"]
)
def test_remarks_before_questions(put, remark: str) -> None:
    assert read_questions(put(f"{remark}\n: one\na b c d\n# x // y\n")) == {
        "one": [("a", "b", "c", "d"), ("#", "x", "//", "y")]
    }
    assert read_questions(put(f"{remark}\n#a b c d\n")) == {"": [("#a", "b", "c", "d")]}


def test_sets_as_they_are_published(shared_data: Path) -> None:
    sizes = {"MC-30": 30, "MTurk-287": 287, "RG-65": 65, "SIMLEX-999": 999, "WS-353-ALL": 353, "WS-353-REL": 252}
    for name, size in sizes.items():
        assert len(read_scored_pairs(shared_data / "similarity" / f"EN-{name}.txt")[0]) == size
    assert len(read_scored_pairs(shared_data / "similarity" / "SCWS-ratings.txt")[0]) == 2003
    pairs, measure = read_scored_pairs(shared_data / "entailment" / "hyperlex" / "hyperlex-all.txt")
    assert (len(pairs), measure, pairs[0].value) == (2616, "entailment", 8.67)
    for name, size, true in (("BLESS.test", 23_899, 1198), ("BLESS.val", 2655, 139), ("directional.tsv", 1337, 1337)):
        labelled = read_labelled_pairs(shared_data / "entailment" / "bless" / name)
        assert (len(labelled), sum(pair.value for pair in labelled)) == (size, true)
