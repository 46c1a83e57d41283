"""``densevec senses``."""

from __future__ import annotations

import csv
import json
from collections import Counter

import pytest

from densevec import BayesianSkipGram
from tests.plotting.explorer.makers import contents_of, scripts_of
from tests.topics import sentences_of_topics


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("senses")
    text = folder / "text.txt"
    text.write_text("".join(" ".join(tokens) + "\n" for tokens in sentences_of_topics(300)))
    model = folder / "model.safetensors"
    BayesianSkipGram(str(text), dim=4, epochs=1, min_count=1, evidence=None).train(progress=False).save(model)
    return model, text


def test_senses_as_text_json_and_table(densevec, files, tmp_path):
    model, text = files
    options = ["--max-senses", 3, "--topn", 4, "--num-examples", 2, "--max-occurrences", 40]
    result = densevec("senses", model, text, "bank", "Owl", *options, "--json")
    assert result.status == 0
    found = BayesianSkipGram.load(model).senses_batch(
        ["bank", "owl"], str(text), max_senses=3, topn=4, num_examples=2, max_occurrences=40, progress=False
    )
    assert list(result.json["senses"]) == ["bank", "owl"]  # 'Owl' is looked up in lower case
    for word, senses in found.items():
        shown = result.json["senses"][word]
        assert (shown["total"], shown["num_read"], shown["bound"]) == (senses.total, 40, senses.bound)
        assert [sense["share"] for sense in shown["senses"]] == [sense.share for sense in senses]
        assert shown["senses"][0]["name"] == senses[0].name
        assert shown["senses"][0]["examples"][0]["tokens"] == list(senses[0].examples[0].tokens)
    table = tmp_path / "senses.csv"
    result = densevec("senses", model, text, "bank", *options, "--table", table)
    assert result.out.startswith("bank 1  ")
    assert result.out.rstrip().endswith(f"bank: {found['bank'].total:,} places, 40 of them read")
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == 2 * len(found["bank"])
    assert rows[0]["text"].split()[int(rows[0]["position"])] == "bank"


def test_senses_on_a_map(densevec, files, tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")
    model, text = files
    picture = tmp_path / "bank.svg"
    options = ["--max-occurrences", 40, "--level", 0.2, "--plot", picture]
    found = densevec("senses", model, text, "bank", *options, "--json").json["senses"]["bank"]["senses"]
    drawn = picture.read_text()
    for sense in found:
        assert f"{sense['neighbors'][0]['word']}," in drawn  # texts are outlines, each with its letters as a remark
        assert f"({sense['share']:.0%})" in drawn
    refused = densevec("senses", model, text, "bank", "--plot", tmp_path / "bank.gif")
    assert refused.status == 2
    assert ".png, .svg or .html" in refused.err
    assert "--level needs --plot PICTURE" in densevec("senses", model, text, "bank", "--level", 0.2).err


def test_the_page_of_senses_has_their_neighbours(densevec, files, tmp_path):
    pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")
    model, text = files
    page = tmp_path / "bank.html"
    assert densevec("senses", model, text, "bank", "--max-occurrences", 40, "--topn", 4, "--plot", page).status == 0
    items = json.loads(scripts_of(page.read_text())[1][1])["items"]
    assert {len(item["neighbours"]) for item in items} == {4}


def test_the_sense_of_each_line_of_a_concordance(densevec, files, tmp_path, density_file):
    model, text = files
    bank = ["concordance", text, "bank", "--limit", 1000]
    plain = densevec(*bank, "--json").json
    senses = BayesianSkipGram.load(model).senses("bank", str(text), progress=False)
    found = densevec(*bank, "--senses", model, "--json").json
    assert [{**line, "sense": 0} for line in plain["lines"]] == [{**line, "sense": 0} for line in found["lines"]]
    items = [([*line["before"], "bank", *line["after"]], len(line["before"])) for line in plain["lines"]]
    assert [line["sense"] - 1 for line in found["lines"]] == senses.assign_batch(items)
    assert found["names"] == [sense.name for sense in senses]
    assert "senses" in found and "senses" not in plain
    table = tmp_path / "second.csv"
    number = len(senses)
    second = densevec(*bank, "--senses", model, "--sense", number, "--table", table, "--json").json
    assert second["lines"] == [line for line in found["lines"] if line["sense"] == number]
    assert {row["sense"] for row in csv.DictReader(table.open())} == {str(number)}
    assert f"1: {senses[0].name}" in densevec(*bank, "--senses", model).out
    for options in (["--sense", 1], ["--senses", model, "--sense", 9], ["--senses", density_file]):
        refused = densevec(*bank, *options)
        assert refused.status != 0
        assert len(refused.err.strip().splitlines()) == 1


def test_a_concordance_reads_a_text_as_the_senses_do(densevec, tmp_path):
    """Long lines are cut, and bytes that are no text left out, as the model has it, and not the command."""
    text, path, page = tmp_path / "text.txt", tmp_path / "model.safetensors", tmp_path / "page.html"
    lines = [" ".join(tokens) for tokens in sentences_of_topics(300)]
    text.write_bytes("\n".join(" ".join(lines[row : row + 5]) for row in range(0, 300, 5)).encode() + b"\xff bank\n")
    settings = {"dim": 4, "epochs": 1, "min_count": 1, "evidence": None, "max_sentence_length": 7, "errors": "ignore"}
    BayesianSkipGram(str(text), **settings).train(progress=False).save(path)
    senses = densevec("senses", path, text, "bank", "--num-examples", 0, "--json").json["senses"]["bank"]
    bank = ["concordance", text, "bank", "--senses", path]
    found = densevec(*bank, "--limit", 10_000, "--json")
    assert found.status == 0, found.err
    assert found.json["names"] == [sense["name"] for sense in senses["senses"]]
    assert found.json["total"] == senses["total"]
    assert max(len(line["before"]) + 1 + len(line["after"]) for line in found.json["lines"]) == 7
    longer = densevec(*bank, "--max-sentence-length", 70, "--json").json["lines"]
    assert max(len(line["before"]) + 1 + len(line["after"]) for line in longer) > 7
    uncut = densevec(*bank, "--max-sentence-length", 10_000, "--json").json["lines"]  # given, though train's default
    assert uncut == longer
    assert "which is not UTF-8" in densevec(*bank, "--errors", "strict").err
    for option in (["--lowercase"], ["--tokenizer", "whitespace"], ["--normalize", "NFC"]):
        refused = densevec(*bank, *option)
        assert refused.status == 2
        assert f"{option[0]} must be left out with --senses, whose model reads the text as its own" in refused.err
    shown = densevec("explore", path, "-o", page, "--sentences", text, "--broader", 0)
    assert (shown.status, shown.err) == (0, "")
    header, _ = contents_of(page.read_text())
    assert max(map(len, header["sentences"]["text"])) == 7


def test_senses_in_the_explorer(densevec, files, tmp_path, density_file):
    model, text = files
    page = tmp_path / "page.html"
    result = densevec("explore", model, "-o", page, "--sentences", text, "--senses", 3, "--broader", 0)
    assert (result.status, result.err) == (0, "")
    header, _ = contents_of(page.read_text())
    counts = Counter(text.read_text().split())
    assert len(header["senses"]) == 3
    assert min(counts[header["words"][int(row)]] for row in header["senses"]) >= sorted(counts.values())[-4]
    refused = densevec("explore", density_file, "-o", page, "--sentences", text, "--senses", 3)
    assert refused.status != 0
    assert len(refused.err.strip().splitlines()) == 1


def test_what_cannot_be_asked_is_one_sentence(densevec, files, density_file):
    model, text = files
    assert densevec("senses", model, text, "unheard-of").status == 1
    result = densevec("senses", density_file, text, "bank")
    assert result.status != 0
    assert len(result.err.strip().splitlines()) == 1


def test_planted_senses_are_found_or_not(densevec, density_file, tmp_path):
    source, text, instances = tmp_path / "source", tmp_path / "text", tmp_path / "instances"
    source.write_text("".join(" ".join(tokens) + "\n" for tokens in sentences_of_topics(600)))
    make = ["pseudo-words", source, "-o", text, instances, "--pairs", 3, "--senses", 2, "--sentences", 5]
    made = densevec(*make, "--json").json
    assert (made["num_words"], made["instances"], made["num_instances"]) == (3, str(instances), 20)
    assert f"densevec evaluate FILE --senses {instances} {text}" in densevec(*make).out
    for option in ("--pairs", "--senses", "--sentences"):
        assert densevec(*make, option, 0).err == f"densevec: {option} must be an integer at least 1, got 0\n"
    too_many = densevec("pseudo-words", source, "-o", text, instances, "--pairs", 9999).err
    assert too_many.startswith("densevec: --pairs must be at most") and "fewer --sentences" in too_many
    path = tmp_path / "model.safetensors"
    BayesianSkipGram(str(text), dim=4, epochs=1, min_count=1, evidence=None).train(progress=False).save(path)
    report = densevec("evaluate", path, "--senses", instances, text, "--json").json
    assert (report["senses"]["used"], report["senses"]["total"]) == (3, 3)
    assert set(report["senses"]["number_right_by_senses"]) == {"1", "2"}
    shown = densevec("evaluate", path, "--senses", instances, text).out
    assert "3 of 3 words" in shown
    assert "of words with 2" in shown
    refused = densevec("evaluate", density_file, "--senses", instances, text)
    assert refused.status == 1
    assert len(refused.err.strip().splitlines()) == 1


def test_tagged_words_are_spelled_as_the_model_reads_them(densevec, tmp_path):
    text, tagged, path = (tmp_path / name for name in ("text", "tagged", "model.safetensors"))
    sentences = list(sentences_of_topics(120))
    text.write_text("".join(" ".join(tokens) + "\n" for tokens in sentences))
    settings = {"dim": 4, "epochs": 1, "min_count": 1, "evidence": None, "lowercase": True}
    BayesianSkipGram(str(text), **settings).train(progress=False).save(path)
    places = [(tokens, tokens.index("bank")) for tokens in sentences if "bank" in tokens][:4]
    tagged.write_text("".join(f"BANK\ts{at}\t{at}\t{' '.join(words).upper()}\n" for words, at in places))
    report = densevec("evaluate", path, "--senses", tagged, text, "--json").json["senses"]
    assert (report["used"], report["total"]) == (1, 1)
