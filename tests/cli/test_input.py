"""What commands are given: standard input and pipes, unknown options, files of other tools; advice leads somewhere."""

from __future__ import annotations

import io
import os
import re
import shlex
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from densevec import NGram
from densevec.errors import FormatError
from densevec.formats import atomic, read_fasttext
from densevec.vectors import KeyedVectors, SubwordVectors, load_vectors
from tests.bad_files.makers import fasttext_file

TEXT = "a b\nb a c\n\nc\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("input")
    (folder / "text.txt").write_text(TEXT)
    NGram([["a", "b"], ["b", "a", "c"], ["c"]] * 4, order=2, min_count=1).train().save(folder / "model")
    (folder / "list").write_text("0 ||| a b ||| f= 1 ||| -1 ||| 0-0 ||| more\n0 ||| b\u00a0a ||| ||| -2\n")
    return folder


@pytest.fixture
def standard_input(monkeypatch):
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    return give


def test_standard_input_is_scored_and_rescored(densevec, folder: Path, standard_input) -> None:
    wanted = densevec("score", folder / "model", folder / "text.txt", "--json").json
    standard_input(TEXT)
    assert densevec("score", folder / "model", "-", "--json").json == wanted
    wanted = densevec("rescore", folder / "model", folder / "list", "--json").json
    standard_input((folder / "list").read_text())
    assert densevec("rescore", folder / "model", "-", "--json").json == wanted
    standard_input("")
    result = densevec("score", folder / "model", "-")
    assert (result.status, "has no tokens" in result.err) == (1, True)
    result = densevec("score", folder / "model", "-", "-")
    assert (result.status, "only one text can be standard input" in result.err) == (2, True)


def test_pipes_are_read_once(densevec, folder: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(TEXT))
    writer.start()
    found = densevec("score", folder / "model", pipe, "--json").json
    writer.join()
    assert found == densevec("score", folder / "model", folder / "text.txt", "--json").json


def test_questions_of_standard_input(densevec, folder: Path, standard_input) -> None:
    standard_input("id,question,a),b)\n1,b a _____,a,c\n")
    assert densevec("complete", folder / "model", "-").out == "1  c\n"


def test_rescoring_keeps_what_it_does_not_understand(densevec, folder: Path, tmp_path: Path) -> None:
    assert densevec("rescore", folder / "model", folder / "list", "-o", tmp_path / "out").status == 0
    lines = (tmp_path / "out").read_text().splitlines()
    assert sorted(re.sub(r"\|\|\| -[\d.]+( |$)", r"||| S\1", line) for line in lines) == [
        "0 ||| a b ||| f= 1 ||| S ||| 0-0 ||| more",
        "0 ||| b\u00a0a |||  ||| S",
    ]


@pytest.mark.parametrize(
    "command", [("score", "a", "b", "--nonsense"), ("train", "ngram", "a", "-o", "b", "--nonsense")]
)
def test_an_unknown_option_shows_the_usage_of_its_command(densevec, command) -> None:
    result = densevec(*command)
    assert result.status == 2
    usage = " ".join(command[: 2 if command[0] == "train" else 1])
    assert result.err.startswith(f"usage: densevec {usage} ")
    assert "unrecognized arguments: --nonsense" in result.err


# -- fastText's files --


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(fasttext_file()[0])
    return tmp_path / "model.bin"


def test_the_advice_for_a_file_of_another_tool_works(densevec, model_file: Path) -> None:
    direct = densevec("neighbors", model_file, "kiwis", "--json")
    assert (direct.status, direct.err) == (0, "")
    with pytest.raises(FormatError, match=r"this looks like a fastText \.bin model") as caught:
        load_vectors(model_file)  # which opens files of our own
    advice = str(caught.value)
    command = shlex.split(
        re.search(r"'densevec (convert .*?)'", advice)[1].replace("NAME", str(model_file.parent / "v"))
    )
    assert densevec(*command).status == 0
    assert densevec("neighbors", model_file.parent / "v.safetensors", "kiwis", "--json").json == direct.json
    assert "KeyedVectors.from_file reads it" in advice
    assert "kiwis" not in KeyedVectors.from_file(model_file)
    assert KeyedVectors.from_file(model_file).has_vector_for("kiwis")


def test_n_grams_are_converted_or_said_to_be_lost(densevec, model_file: Path, tmp_path: Path) -> None:
    done = densevec("convert", model_file, tmp_path / "v.safetensors", "--json")
    assert (done.status, done.json["notes"], done.json["words"]) == (0, [], 4)
    again = load_vectors(tmp_path / "v.safetensors")
    assert isinstance(again, SubwordVectors)
    np.testing.assert_array_equal(again["kiwis"], read_fasttext(model_file).subwords.vector("kiwis"))
    done = densevec("convert", model_file, tmp_path / "v.vec")
    assert "note: word2vec-text holds no n-grams: only the vectors of the words are written" in done.err
    assert densevec("convert", model_file, tmp_path / "two.safetensors", "--limit", 2, "--json").json["words"] == 2


VECTORS = np.arange(1, 5, dtype="<f4").reshape(2, 2)
BINARY = b"".join(word + b" " + row.tobytes() + b"\n" for word, row in zip([b"a", b"b"], VECTORS, strict=True))


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"1 2\na 1 2\nb 3 4\n", []),
        (b"1 2\n" + BINARY, []),
        (b"3 2\na 1 2\nb 3 4\na 5 6\n", []),
        (b"2 2\nnew york 1 2\nb 3 4\n", []),
        (b"2 2\na nan 2\nb 3 4\n", []),
        (b"a 1 2\nb 3 4\n", ["--from", "word2vec-text"]),
        (b"2 2\n" + BINARY, ["--from", "word2vec-text"]),
        (b"2 2\na 1 2\nb 3 4\n", ["--from", "word2vec"]),
        (b"2 2\na\xff 1 2\nb 3 4\n", ["--errors", "strict"]),
    ],
)
def test_the_option_that_an_error_names_helps(densevec, tmp_path: Path, data: bytes, options: list[str]) -> None:
    (tmp_path / "v").write_bytes(data)
    command = ["convert", tmp_path / "v", tmp_path / "out.safetensors"]
    result = densevec(*command, *options)
    assert (result.status, result.err.count("\n")) == (1, 1)
    advised = re.search(r"\((?:densevec convert )?(--[^)]*)\)", result.err)
    chosen = (advised or re.search(r"(--[a-z-]+(?: (?:first|replace)\b)?)", result.err))[1].split()
    assert densevec(*command, *options, *chosen).status == 0, result.err
    assert len(load_vectors(tmp_path / "out.safetensors")) >= 1


def test_words_with_nan_are_left_out_as_the_error_says(densevec, tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_text("2 2\na -inf 1\nb 1 2\n")
    result = densevec("convert", tmp_path / "v.vec", tmp_path / "v.safetensors")
    assert (result.status, "; --drop-nonfinite leaves such words out" in result.err) == (1, True)
    done = densevec("convert", tmp_path / "v.vec", tmp_path / "v.safetensors", "--drop-nonfinite", "--json")
    assert (done.status, done.json["words"]) == (0, 1)
    assert "1 words are left out" in done.json["notes"][0]


def test_a_packed_file_is_not_asked_to_fit_unpacked(tmp_path: Path, monkeypatch) -> None:
    table = KeyedVectors(["a", "b"], np.zeros((2, 50), np.float32))
    monkeypatch.setattr(atomic.os, "statvfs", lambda path: SimpleNamespace(f_bavail=1, f_frsize=300))
    with pytest.raises(OSError, match=r"v\.vec cannot be written \(1,220 bytes are needed\): only 300 bytes are free"):
        table.to_file(tmp_path / "v.vec")
    table.to_file(tmp_path / "v.vec.gz")
    assert len(KeyedVectors.from_file(tmp_path / "v.vec.gz")) == 2


def test_an_arpa_file_without_an_unknown_word_is_noted(densevec, tmp_path: Path) -> None:
    path = tmp_path / "m.arpa"
    path.write_text("\\data\\\nngram 1=3\n\n\\1-grams:\n-99\t<s>\n-0.6\t</s>\n-0.5\ta\n\n\\end\\\n")
    (tmp_path / "t.txt").write_text("a\n")
    result = densevec("score", path, tmp_path / "t.txt")
    assert result.status == 0
    assert "densevec: note: " in result.err and "has no '<unk>'" in result.err


# -- test sets --


def test_columns_and_reasons_of_test_sets(densevec, density_file, tmp_path: Path) -> None:
    (tmp_path / "set.tsv").write_text("id\tleft\tright\tENG\n1\tkiwi\tkakapo\t9\n2\tkiwi\tplum\t2\n3\temu\tplum\t1\n")
    result = densevec("evaluate", density_file, "--similarity", tmp_path / "set.tsv")
    assert (result.status, "line 1: expected 'word1 word2 score'" in result.err, "; --columns names" in result.err) == (
        1,
        True,
        True,
    )
    for columns in (("left", "right", "ENG"),):
        done = densevec("evaluate", density_file, "--similarity", tmp_path / "set.tsv", "--columns", *columns)
        assert "2 of 3 pairs; left out: 1 (unknown word)" in done.out


def test_tables_of_neighbours_by_the_ending(densevec, density_file, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = ("plot", density_file, "-o", tmp_path / "map.svg", "--words", "kiwi", "plum", "bird", "--topn", 1, "--table")
    assert densevec(*run, tmp_path / "t.csv").status == 0
    rows = (tmp_path / "t.csv").read_text().splitlines()
    assert rows[0] == "word,rank,neighbour,cosine"
    assert [row.rsplit(",", 1)[0] for row in rows[1:]] == ["kiwi,1,kakapo", "plum,1,fruit", "bird,1,kakapo"]
    assert densevec(*run, tmp_path / "t.md").status == 0
    assert (tmp_path / "t.md").read_text().startswith("|")
    result = densevec(*run, tmp_path / "t.txt")
    assert (result.status, "--table must end in .md (Markdown), .csv, .tsv or .parquet" in result.err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        "train skipgram {0}/text.txt -o {0}/text.txt",
        "train skipgram {0}/more {0}/*.txt -o {0}/text.txt",
        "train skipgram {0}/more/a --validation {0}/text.txt -o {0}/text.txt",
        "train skipgram {0}/text.txt -o {0}/model --checkpoint {0}/text.txt",
        "phrases {0}/text.txt -o {0}/link",
        "pseudo-words {0}/text.txt -o {0}/new {0}/text.txt",
        "rescore {0}/model {0}/text.txt -o {0}/text.txt",
        "align {0}/model {0}/more/a {0}/text.txt -o {0}/text.txt",
        "senses {0}/model {0}/text.txt a --table {0}/text.txt",
        "concordance {0}/text.txt a --table {0}/text.txt",
        "explore {0}/model --sentences {0}/text.txt -o {0}/text.txt",
        "train skipgram {0}/**/*.txt -o {0}/text.txt",
    ],
)
def test_a_text_that_is_read_is_not_written_over(densevec, tmp_path: Path, command: str) -> None:
    (tmp_path / "text.txt").write_text(TEXT)
    (tmp_path / "link").symlink_to(tmp_path / "text.txt")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a").write_text(TEXT)
    done = densevec(*command.format(tmp_path).split())
    assert done.status == 1
    assert "is a text that is read, and would be lost; name another file to write" in done.err
    assert (tmp_path / "text.txt").read_text() == TEXT


def test_nothing_is_written_among_the_texts_of_a_folder(densevec, tmp_path: Path) -> None:
    (tmp_path / "texts" / "deep").mkdir(parents=True)
    (tmp_path / "texts" / "a").write_text(TEXT)
    done = densevec("train", "skipgram", tmp_path / "texts", "-o", tmp_path / "texts" / "deep" / "model")
    assert "whose files are read as text; write it elsewhere" in done.err
    assert (
        densevec("train", "skipgram", tmp_path / "texts", "--min-count", 1, "-o", tmp_path / "texts-model").status == 0
    )
