"""Results of commands as files of tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from densevec.plotting import nearest_neighbours_table
from densevec.vectors import DensityVectors


def rows_of(path: Path, separator: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=separator))


@pytest.mark.parametrize(("ending", "separator"), [(".csv", ","), (".tsv", "\t")])
def test_neighbours(
    densevec: Any, density_file: Path, vectors: DensityVectors, tmp_path: Path, ending: str, separator: str
) -> None:
    path = tmp_path / f"near{ending}"
    done = densevec(
        "neighbors", density_file, "kiwi", "café", "--topn", 3, "--measure", "kl_from_query", "--table", path
    )
    assert done.status == 0, done.err
    expected = [
        [word, str(rank), other, f"{score:.6g}"]
        for word in ("kiwi", "café")
        for rank, (other, score) in enumerate(vectors.most_similar(word, topn=3, measure="kl_from_query"), 1)
    ]
    assert rows_of(path, separator) == [["word", "rank", "neighbour", "kl_from_query"], *expected]


def test_neighbours_in_markdown(densevec: Any, density_file: Path, vectors: DensityVectors, tmp_path: Path) -> None:
    densevec("neighbors", density_file, "kiwi", "plum", "--topn", 2, "--table", tmp_path / "near.md")
    assert (tmp_path / "near.md").read_text() == nearest_neighbours_table(vectors, ["kiwi", "plum"], 2) + "\n"


def test_parquet(densevec: Any, density_file: Path, vectors: DensityVectors, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    densevec("neighbors", density_file, "kiwi", "--topn", 3, "--table", tmp_path / "near.parquet")
    table = parquet.read_table(tmp_path / "near.parquet").to_pydict()
    assert list(zip(table["neighbour"], table["cosine"], strict=True)) == vectors.most_similar("kiwi", topn=3)
    assert table["rank"] == [1, 2, 3] and table["word"] == ["kiwi"] * 3


def test_entailment(densevec: Any, density_file: Path, vectors: DensityVectors, tmp_path: Path) -> None:
    path = tmp_path / "entails.csv"
    assert densevec("entails", density_file, "kakapo", "bird", "--table", path).status == 0
    heading, forward, backward = rows_of(path)
    assert heading[:4] == ["narrow", "broad", "entails", "probability"]
    assert forward[:3] == ["kakapo", "bird", "True"] and backward[:2] == ["bird", "kakapo"]
    assert float(forward[3]) == pytest.approx(vectors.entailment_probability("kakapo", "bird"), rel=1e-5)
    assert float(backward[4]) == pytest.approx(vectors.entailment("bird", "kakapo"), rel=1e-5)


@pytest.mark.parametrize("options", [[], ["--narrower"], ["--why"]])
def test_broader_words(
    densevec: Any, density_file: Path, vectors: DensityVectors, tmp_path: Path, options: list[str]
) -> None:
    path = tmp_path / "broader.tsv"
    found = densevec("hypernyms", density_file, "kakapo", "bird", *options, "--table", path, "--json").json
    relation = "hyponym" if "--narrower" in options else "hypernym"
    heading, *rows = rows_of(path, "\t")
    assert heading == ["word", "rank", relation, "probability", *(["stated", "sentence"] if "--why" in options else [])]
    answers = [(word, each["word"]) for word, listed in found[f"{relation}s"].items() for each in listed]
    assert [(row[0], row[2]) for row in rows] == answers and answers
    assert densevec("hypernyms", density_file, "kakapo", "--table", tmp_path / "broader.md").status == 0
    assert (tmp_path / "broader.md").read_text().startswith("| word ")


def test_what_cannot_be_written(
    densevec: Any, density_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (["neighbors", density_file, "kiwi"], ["entails", density_file, "kiwi", "bird"]):
        done = densevec(*command, "--table", tmp_path / "table.xlsx")
        assert done.status == 2 and "--table must end in .md (Markdown), .csv, .tsv or .parquet" in done.err
        assert densevec(*command, "--table", tmp_path / "nowhere" / "table.csv").status == 1
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    done = densevec("neighbors", density_file, "kiwi", "--table", tmp_path / "table.parquet")
    assert done.status == 1 and "pip install 'densevec[parquet]'" in done.err
