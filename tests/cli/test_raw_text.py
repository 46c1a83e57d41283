"""A text of one's own on the command line: text, concordance, train --sentences, compare."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec import Aviary, BayesianSkipGram, raw_text
from densevec._unicode import columns_of
from densevec.vectors import DensityVectors, KeyedVectors
from tests.corpus.test_raw import BOOK, WORDS
from tests.plotting.explorer.makers import contents_of


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("".join(f"{' '.join(words)}\n" for words in Aviary(300, seed=4)))
    return path


def test_text(densevec: Any, text: Path) -> None:
    lines = text.read_text().splitlines()
    found = densevec("text", text, "--show", 2, "--min-count", 3, "--json").json
    assert [" ".join(words) for words in found["first"]] == lines[:2] and found["sentences"] == 300
    assert found["tokens"] == len(text.read_text().split()) and found["problems"] == []
    assert found["files"] == [str(text)] and found["min_count"] == 3
    shown = densevec("text", text, "--show", 2).out
    assert f"  {lines[1]}\n" in shown and f"{found['tokens']:,}" in shown and "looks wrong" not in shown
    assert densevec("text", text, "--min-count", 0).status == 2
    assert densevec("text", text.parent / "none.txt").status == 1


def test_text_that_is_damaged_is_looked_at(densevec: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"a caf\xe9 is here\n" * 3)
    done = densevec("text", tmp_path / "bad.txt")
    assert done.status == 0 and "line 1, byte 5" in done.out and "3 tokens have a character that was lost" in done.out
    replaced = densevec("text", tmp_path / "bad.txt", "--errors", "replace", "--min-count", 3)
    assert "train will stop" not in replaced.out


def test_text_says_which_files_are_none_and_looks_at_the_others(densevec: Any, tmp_path: Path) -> None:
    picture = tmp_path / "kiwi.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    wrong = densevec("text", tmp_path)
    assert wrong.status == 1 and f"{picture}: the file is no text but a PNG picture" in wrong.err
    for name in ("birds", "parrots"):
        (tmp_path / f"{name}.txt").write_text("the kea is a bird\n" * 5)
        for errors in ("strict", "replace"):
            told = densevec("text", tmp_path, "--errors", errors)
            assert told.status == 0 and f"train will stop at this: {picture}: the file is no text" in told.out
            refused = densevec("train", "skipgram", tmp_path, "-o", tmp_path.with_suffix(".x"), "--errors", errors)
            assert refused.status == 1 and f"{picture}: the file is no text but a PNG picture" in refused.err
    assert densevec("text", tmp_path, "--json").json["sentences"] == 10


def test_what_helps_about_a_long_line_is_not_said_again(densevec: Any, tmp_path: Path) -> None:
    path, advice = tmp_path / "text.txt", "--sentences en cuts it into sentences"
    path.write_text("the kiwi is in the forest of the bird . " * 99)
    assert advice in densevec("text", path).out and "tokens or more" not in densevec("text", path).out
    path.write_text("the kiwi is in the forest of the bird " * 99)
    assert "blank lines, or leave --sentences out where each" in densevec("text", path, "--sentences", "en").out
    for options in ((), ("--max-sentence-length", 600)):
        told = densevec("text", path, *options).out
        assert advice not in told and "if it is several sentences, give each a line of its own" in told
    assert "600  tokens or more, sentence 1" in told and "to which --max-sentence-length 600 cut it" in told


def test_text_says_what_train_will_refuse(densevec: Any, tmp_path: Path) -> None:
    path, model = tmp_path / "few.txt", tmp_path / "model"
    for text, sign in (("\n", "it has no tokens"), ("a kiwi\n", "fewer than --min-count 2 times; lower --min-count")):
        path.write_text(text)
        refused = densevec("train", "skipgram", path, "-o", model, "--min-count", 2)
        told = densevec("text", path, "--min-count", 2).out
        assert refused.status == 1 and sign in refused.err and sign in told and "train will stop at this" in told
    assert "nothing stands out" in densevec("text", path, "--min-count", 1).out


def test_text_tells_which_files_and_languages(densevec: Any, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_bytes("Die Möwe flog über das Meer.\n".encode("latin-1") * 9)
    (tmp_path / "en.txt").write_text("The bird is in the wood. It is not on the sea, as he was.\n" * 9)
    (tmp_path / "fr.txt").write_text("Il est dans la forêt et ne regarde pas les oiseaux.\n" * 9)
    done = densevec("text", tmp_path)
    assert f"{tmp_path}/de.txt is not UTF-8 and looks like WINDOWS-1252" in done.out
    assert "in 2 languages" in done.out and "--sentences en cuts them" in done.out
    found = densevec("text", tmp_path / "en.txt", "--json").json
    assert found["languages"] == {"en": [str(tmp_path / "en.txt")]}


def test_frequencies(densevec: Any, text: Path, tmp_path: Path) -> None:
    done = densevec("text", text, "--frequencies", tmp_path / "words.tsv", "--topn", 2, "--json")
    counts = Counter(text.read_text().split())
    with (tmp_path / "words.tsv").open(newline="") as file:
        heading, *rows = csv.reader(file, delimiter="\t")
    assert heading == ["rank", "word", "count", "per_million", "cumulative_share"]
    assert {row[1]: int(row[2]) for row in rows} == counts and len(done.json["frequent"]) == 2
    assert [int(row[2]) for row in rows] == sorted(counts.values(), reverse=True)
    assert float(rows[0][3]) == pytest.approx(1e6 * int(rows[0][2]) / counts.total(), rel=1e-4)
    assert float(rows[-1][4]) == 1 and [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    assert densevec("text", text, "--frequencies", tmp_path / "words.doc").status == 2


def test_concordance(densevec: Any, text: Path, tmp_path: Path) -> None:
    lines = [line.split() for line in text.read_text().splitlines()]
    total = sum(words.count("kiwi") for words in lines)
    options = ["--limit", 5, "--sort", "right", "--table", tmp_path / "places.csv"]
    found = densevec("concordance", text, "kiwi", *options, "--json").json
    assert found["total"] == total and len(found["lines"]) == 5
    rests = sorted(words[at + 1 :] for words in lines for at, word in enumerate(words) if word == "kiwi")
    assert [line["after"] for line in found["lines"]] == rests[:5]
    with (tmp_path / "places.csv").open(newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["sentence", "before", "word", "after"] and [row[3] for row in rows] == [
        " ".join(r) for r in rests[:5]
    ]
    shown = densevec("concordance", text, "the kiwi", "--width", 12).out.splitlines()
    assert len({line.index("the kiwi", 12) for line in shown[:-1]}) == 1 and shown[-1].startswith("the kiwi: ")
    (tmp_path / "marks.txt").write_text(
        "ที่นี่ वि kiwi ที่นี่\nthe bird kiwi the bird of it\n鳥 \u1112\u1161\u11ab kiwi 鳥鳥鳥鳥\n", "utf-8"
    )
    shown = densevec("concordance", tmp_path / "marks.txt", "kiwi", "--width", 6).out.splitlines()[:-1]
    assert [columns_of(line[: line.index("kiwi")]) for line in shown] == [8, 8, 8]
    assert [line.split("kiwi  ")[1] for line in shown] == ["ที่นี่", "the bi", "鳥鳥鳥"]
    (tmp_path / "cut.txt").write_text("le cafe\u0301 ab kiwi\n\u1112\u1161\u11ab ab kiwi\n", "utf-8")
    shown = densevec("concordance", tmp_path / "cut.txt", "kiwi", "--width", 3).out.splitlines()[:-1]
    assert [line.split("kiwi")[0] for line in shown] == [" ab  "] * 2  # no accent of a letter that does not fit
    assert densevec("concordance", text, "weka").out == "weka: 0 places\n"
    assert densevec("concordance", text, " ").status == 2


def test_raw_books_in_two_commands(densevec: Any, tmp_path: Path) -> None:
    pytest.importorskip("sentencex", reason="sentencex is not installed")
    folder = tmp_path / "books"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(BOOK)
    reading = ["--sentences", "en", "--tokenizer", "words", "--lowercase"]
    found = densevec("text", folder, *reading, "--json").json
    assert [" ".join(words) for words in found["first"]] == WORDS[:5] and found["sentences"] == 36
    as_it_is = densevec("text", folder, "--sentences", "en", "--json").json
    assert as_it_is["first"][1][:2] == ["Mr.", "Kiwi"]
    for options, first in ([], as_it_is["first"]), (reading[2:], found["first"]):
        for number, words in enumerate(first[:3], 1):
            places = densevec("concordance", folder, words[-1], "--sentences", "en", *options, "--json").json["lines"]
            assert [*places[0]["before"], words[-1]] == words and places[0]["sentence"] == number
    model, table = tmp_path / "books.safetensors", tmp_path / "near.csv"
    trained = densevec("train", "skipgram", folder, "-o", model, *reading, "--dim", 4, "--epochs", 1, "--workers", 1)
    assert trained.status == 0, trained.err
    assert densevec("neighbors", model, "kiwi", "--topn", 20, "--table", table).status == 0
    with table.open(newline="") as file:
        words = [row[2] for row in csv.reader(file)][1:]
    assert len(words) == 20 and all(word.replace("'", "").isalnum() for word in words)
    assert densevec("train", "skipgram", folder, "-o", model, "--sentences", "English").status == 2
    wrapped = densevec("text", folder).out
    assert "--sentences" in wrapped and "Project Gutenberg" in wrapped


def test_a_text_for_a_model_is_read_as_its_own_was(densevec: Any, tmp_path: Path) -> None:
    """Sentences found as in the model's text, unless --sentences says otherwise."""
    pytest.importorskip("sentencex", reason="sentencex is not installed")
    book, lines = tmp_path / "book.txt", tmp_path / "lines.txt"
    book.write_text(BOOK.replace("She left.", "She left. Kea met Kiwi." * 9))
    lines.write_text("".join(f"{' '.join(words)}\n" for words in raw_text(book, "en")))
    ngram, densities, grown, page = (tmp_path / name for name in ("ngram", "densities", "grown", "page.html"))
    reading = ["--sentences", "en", "--tokenizer", "words", "--lowercase", "--min-count", 1]
    for path, kind in ((ngram, ["ngram"]), (densities, ["bayesian-skipgram", "--dim", 4, "--epochs", 1])):
        assert densevec("train", *kind, book, "-o", path, *reading).status == 0
    commands: list[tuple[list[Any], list[Any]]] = [
        (["score", ngram], []),
        (["evaluate", ngram, "--perplexity"], []),
        (["senses", densities], ["kiwi"]),
        (["concordance"], ["kiwi", "--senses", densities]),
    ]
    for before, after in commands:
        raw, by_line, wanted = (
            densevec(*before, *text, *after, *option, "--json").json
            for text, option in (([book], []), ([book], ["--sentences", "none"]), ([lines], ["--sentences", "none"]))
        )
        assert raw == wanted != by_line, before
    for option, source in ([], lines), (["--sentences", "none"], book):
        assert densevec("update", densities, book, "-o", grown, *option).status == 0
        assert BayesianSkipGram.load(grown).trained_on["sentences"] == sum(map(bool, source.read_text().splitlines()))
    assert densevec("explore", densities, "-o", page, "--sentences", book, "--broader", 0).status == 0
    header, _ = contents_of(page.read_text())
    assert "mr kiwi met dr kea at 3 14 p m near the old tree" in map(" ".join, header["sentences"]["text"])
    assert densevec("evaluate", densities, "--similarity", book, "--sentences", "en").status == 2


def test_bytes_that_are_not_utf8_are_read_as_is_advised(densevec: Any, text: Path, tmp_path: Path) -> None:
    """By every command that reads a text, also for a model that was trained strictly."""
    bad, ngram, densities, grown, page = (tmp_path / name for name in ("bad", "ngram", "densities", "grown", "p.html"))
    bad.write_bytes(text.read_bytes() + b"caf\xe9\n")
    for path, kind in ((ngram, ["ngram"]), (densities, ["bayesian-skipgram", "--dim", 4, "--epochs", 1])):
        assert densevec("train", *kind, text, "-o", path, "--min-count", 1).status == 0
    tagged = tmp_path / "tagged"
    tagged.write_text("kiwi\ts1\t1\tthe kiwi sang\nkiwi\ts2\t1\ta kiwi sang\n")
    for command in (
        ["score", ngram, bad],
        ["evaluate", ngram, "--perplexity", bad],
        ["evaluate", densities, "--senses", tagged, bad],
        ["senses", densities, bad, "kiwi"],
        ["update", densities, bad, "-o", grown],
        ["explore", densities, "-o", page, "--sentences", bad, "--broader", 0],
        ["pseudo-words", bad, "-o", tmp_path / "t", tmp_path / "q", "--pairs", 2, "--sentences", 2],
    ):
        refused = densevec(*command)
        assert refused.status == 1, command
        assert refused.err.endswith("choose --errors replace or --errors ignore\n"), command
        for how in ("replace", "ignore"):
            assert densevec(*command, "--errors", how).status == 0, command
    alone = densevec("explore", densities, "-o", page, "--errors", "replace")
    assert (alone.status, "--errors needs --sentences TEXT" in alone.err) == (2, True)
    unused = densevec("evaluate", ngram, "--similarity", text, "--errors", "replace")
    assert (unused.status, "--errors must come with --perplexity" in unused.err) == (2, True)


def two_models(folder: Path) -> tuple[Path, Path, DensityVectors, DensityVectors]:
    random = np.random.default_rng(5)
    words = [f"w{number}" for number in range(60)]
    rows = random.normal(size=(60, 5))
    turn, _ = np.linalg.qr(random.normal(size=(5, 5)))
    moved = rows.copy()
    moved[7] = random.normal(size=5) * 2  # one word means something else
    variances = random.uniform(0.1, 2, 60)
    first, second = (
        DensityVectors(words, rows, variances),
        DensityVectors(words[:55], moved[:55] @ turn, variances[:55]),
    )
    first.calibrate_entailment()
    second.calibrate_entailment()
    first.save(folder / "first.safetensors")
    second.save(folder / "second.safetensors")
    return folder / "first.safetensors", folder / "second.safetensors", first, second


def test_compare(densevec: Any, tmp_path: Path) -> None:
    one, other, first, second = two_models(tmp_path)
    done = densevec("compare", one, other, "w3", "w7", "w59", "--topn", 4, "--json", "--table", tmp_path / "c.csv")
    found = done.json
    assert done.status == 1 and "w59" in found["missing"] and "second.safetensors" in done.err
    assert [each["word"] for each in found["words"]] == ["w7", "w3"]  # what differs most comes first
    moved, same = found["words"]
    assert same["cosine"] > 0.98 > moved["cosine"] and 0 <= same["shared"] <= 1
    near = [[pair["word"] for pair in side] for side in same["neighbours"]]
    assert near == [[word for word, _ in vectors.most_similar("w3", topn=4)] for vectors in (first, second)]
    assert same["generality"] == [first.generality("w3"), second.generality("w3")]
    broader = [[pair["word"] for pair in side] for side in same["hypernyms"]]
    assert broader == [[word for word, _ in vectors.hypernyms("w3", 4)] for vectors in (first, second)]
    with (tmp_path / "c.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["first"] for row in rows if (row["word"], row["relation"]) == ("w3", "neighbour")] == near[0]
    shown = densevec("compare", one, other, "w3", "--plot", tmp_path / "c.svg").out
    assert "second.safetensors" in (tmp_path / "c.svg").read_text()
    assert densevec("compare", one, other, "w3", "--plot", tmp_path / "c.png").status == 2
    assert "w3  cosine " in shown and "generality" in shown and "first.safetensors" in shown


def test_compare_what_cannot_be(densevec: Any, tmp_path: Path) -> None:
    one, other, first, _ = two_models(tmp_path)
    KeyedVectors(first.index_to_key, first.vectors).save(tmp_path / "points.safetensors")
    points = densevec("compare", one, tmp_path / "points.safetensors", "w3", "--json").json["words"][0]
    assert points["generality"] is None and "hypernyms" not in points and points["cosine"] == pytest.approx(1)
    assert densevec("compare", one, other, "w59").status == 1
    KeyedVectors(["w3"], [[1.0, 2.0]]).save(tmp_path / "small.safetensors")
    done = densevec("compare", one, tmp_path / "small.safetensors", "w3")
    assert done.status == 2 and "the same dimension" in done.err


def test_compare_takes_the_spelling_that_both_have(densevec: Any, tmp_path: Path) -> None:
    files = {}
    for name, words in {"lower": ["london"], "upper": ["London"], "both": ["London", "london"]}.items():
        files[name] = tmp_path / f"{name}.safetensors"
        KeyedVectors(
            [*words, "it_was", "plum", "pear"], np.random.default_rng(1).normal(size=(len(words) + 3, 3))
        ).save(files[name])
    shared = {("lower", "both"): "london", ("both", "lower"): "london", ("upper", "both"): "London"}
    for (one, other), word in shared.items():
        found = densevec("compare", files[one], files[other], "London", "--json").json
        assert ([each["word"] for each in found["words"]], found["missing"]) == ([word], {})
    done = densevec("compare", files["lower"], files["upper"], "London", "LONDON", "plum")
    assert f"'London' must have one spelling in both files, got 'london' in {files['lower']} and 'London'" in done.err
    assert f"'LONDON' is no word of {files['upper']}\n" in done.err
    done = densevec("compare", files["lower"], files["both"], "it was", "it_was", "--json")
    assert [each["word"] for each in done.json["words"]] == ["it was"]


def test_a_word_in_two_spellings_is_shown_once(densevec: Any, tmp_path: Path) -> None:
    path, table = tmp_path / "v.safetensors", tmp_path / "t.csv"
    words = ["it_was", "plum", "pear", "kiwi"]
    DensityVectors(words, np.random.default_rng(1).normal(size=(4, 3)), np.ones(4)).save(path)
    spellings = ("it was", "it_was", "It was")
    plotted = densevec("plot", path, "--words", *spellings, "plum", "kiwi", "-o", tmp_path / "m.svg", "--table", table)
    assert (plotted.status, "3 words" in plotted.out) == (0, True)
    with table.open(newline="") as file:
        assert list(dict.fromkeys(row["word"] for row in csv.DictReader(file))) == ["it_was", "plum", "kiwi"]
    for command in ("neighbors", "hypernyms", "taxonomy"):
        shown = densevec(command, path, *spellings).out
        assert "it_was" in shown
        assert "it was" not in shown.lower()
