"""``densevec plot``"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from densevec.plotting import map_words
from densevec.vectors import KeyedVectors

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")
pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")


@pytest.mark.parametrize("name", ["density_file", "point_file"])
def test_pictures_and_pages(densevec, request, vectors, tmp_path, name):
    pictures = [tmp_path / f"map.{ending}" for ending in ("png", "svg", "html")]
    file = request.getfixturevalue(name)
    result = densevec("plot", file, "-o", *pictures, "--words", "kiwi", "Plum", "bird", "--json")
    assert (result.status, result.err) == (0, "")
    assert [entry["word"] for entry in result.json["words"]] == ["kiwi", "plum", "bird"]
    places = [[entry["x"], entry["y"]] for entry in result.json["words"]]
    np.testing.assert_allclose(places, map_words(vectors, ["kiwi", "plum", "bird"]).points)
    assert result.json["level"] == (0.5 if name == "density_file" else None)
    beginnings = [picture.read_bytes()[:15] for picture in pictures]
    assert beginnings[0].startswith(b"\x89PNG")
    assert beginnings[1].startswith(b"<?xml")
    assert beginnings[2] == b"<!DOCTYPE html>"


def test_words_of_the_file_and_neighbours(densevec, density_file, vectors, tmp_path):
    picture = tmp_path / "map.svg"
    assert len(densevec("plot", density_file, "-o", picture, "--json").json["words"]) == 6
    assert len(densevec("plot", density_file, "-o", picture, "--top", 4, "--json").json["words"]) == 4
    options = ("--words", "kakapo", "--with-neighbors", 2, "--json")
    shown = [entry["word"] for entry in densevec("plot", density_file, "-o", picture, *options).json["words"]]
    assert shown == ["kakapo", *(word for word, _ in vectors.most_similar("kakapo", topn=2))]
    result = densevec("plot", density_file, "-o", picture, "--method", "tsne", "--perplexity", 2)
    assert result.status == 0
    assert "t-SNE" in result.out


def test_a_font(densevec, density_file, tmp_path):
    pictures = [tmp_path / name for name in ("map.svg", "map.html")]
    assert densevec("plot", density_file, "-o", *pictures, "--font", "DejaVu Serif").status == 0
    assert b"DejaVuSerif" in pictures[0].read_bytes()


def test_a_table(densevec, density_file, tmp_path):
    table = tmp_path / "neighbours.md"
    options = ("--words", "kiwi", "plum", "bird", "--table", table, "--topn", 2)
    assert densevec("plot", density_file, "-o", tmp_path / "map.png", *options).status == 0
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0].split() == ["|", "kiwi", "|", "plum", "|", "bird", "|"]
    assert len(lines) == 4


def test_words_in_sentences(densevec, stand_in, tmp_path):
    path = tmp_path / "model.safetensors"
    stand_in([["the", "kiwi", "laid", "an", "egg"]], dim=4).train().save(path)
    options = ("--words", "egg", "an", "--sentence", "the kiwi laid", "laid an egg kiwi", "--json")
    one = densevec("plot", path, "-o", tmp_path / "map.svg", *options, "--position", "kiwi")
    assert (one.status, one.err) == (0, "")
    assert [entry["word"] for entry in one.json["words"]] == ["kiwi", "egg", "an"]
    assert [(r["sentence"], r["position"]) for r in one.json["readings"]] == [
        ("the kiwi laid", 1),
        ("laid an egg kiwi", 3),
    ]
    each = densevec("plot", path, "-o", tmp_path / "map.svg", *options, "--position", "1", "egg")
    assert [r["position"] for r in each.json["readings"]] == [1, 2]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("-o", "{folder}/map.html", "--method", "breadth"), 2, "densevec explore"),
        (("-o", "{folder}/map.pdf"), 2, ".png, .svg or .html"),
        (("-o", "{folder}/none/map.png"), 1, "does not exist"),
        (("-o", "{folder}/map.png", "--words", "kiwii", "bird", "plum"), 2, "'kiwi'"),
        (("-o", "{folder}/map.png", "--words", "kiwi", "bird"), 2, "at least 3 words"),
        (("-o", "{folder}/map.png", "--top", "3", "--method", "tsne"), 2, "at least 4 words"),
        (("-o", "{folder}/map.png", "--method", "tsne", "--perplexity", "6"), 2, "below the number of words, 6"),
        (("-o", "{folder}/map.png", "--method", "tsne", "--level", "0.5"), 2, "--method pca"),
        (("-o", "{folder}/map.png", "--perplexity", "6"), 2, "--method tsne"),
        (("-o", "{folder}/map.png", "--font", "Unheard"), 2, "name of an installed font"),
        (("-o", "{folder}/map.html", "--font", "DejaVu Serif"), 2, "--font needs a .png or .svg picture"),
        (("-o", "{folder}/map.png", "--with-neighbors", "2"), 2, "--with-neighbors needs --words"),
        (("-o", "{folder}/map.png", "--topn", "3"), 2, "--topn needs an .html page or --table"),
        (("-o", "{folder}/map.png", "--measure", "jeffreys"), 2, "--measure needs an .html page, --table"),
        (("-o", "{folder}/map.png", "--level", "2"), 2, "level must be a number between 0 and 1"),
        (("-o", "{folder}/map.png", "--level", "much"), 2, "must be a number, none or auto"),
        (("-o", "{folder}/map.png", "--top", "0"), 2, "--top must be at least 1"),
        (("-o", "{folder}/map.png", "--sentence", "a kiwi"), 2, "--position must name one word"),
        (("-o", "{folder}/map.png", "--position", "kiwi"), 2, "--position must name one word"),
        (("-o", "{folder}/map.png", "--sentence", "a kiwi", "--position", "1"), 1, "needs a trained model's file"),
    ],
)
def test_errors_are_one_sentence(densevec, density_file, tmp_path, options, status, message):
    result = densevec("plot", density_file, *(option.format(folder=tmp_path) for option in options))
    assert (result.status, result.out) == (status, "")
    assert message in result.err
    assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "named", "number"),
    [
        (("--top", 5001), "--top", "5,001"),
        (("--words", "word7", "--with-neighbors", 5000), "--words and --with-neighbors", "5,001"),
        (("--words", "word7", "--top", 5001), "--words and --top", "5,001"),
    ],
)
def test_more_words_than_a_map_can_have(densevec, tmp_path, options, named, number):
    numbers = np.random.default_rng(3).normal(size=(5001, 4))
    KeyedVectors([f"word{row}" for row in range(5001)], numbers).save(tmp_path / "many.safetensors")
    result = densevec("plot", tmp_path / "many.safetensors", "-o", tmp_path / "map.svg", *options)
    assert (result.status, result.out) == (2, "")
    assert result.err.endswith(
        f"densevec: {named} must give at most 5,000 words, got {number}: nobody could read such a map\n"
    )


def test_points_have_no_ellipses(densevec, point_file, tmp_path):
    refused = densevec("plot", point_file, "-o", tmp_path / "map.svg", "--level", "0.5")
    assert (refused.status, "--level needs a file with word densities" in refused.err) == (2, True)
    assert densevec("plot", point_file, "-o", tmp_path / "map.svg", "--level", "none").status == 0


@pytest.mark.parametrize(("module", "ending"), [("matplotlib.style", "png"), ("plotly.offline", "html")])
def test_what_to_install(densevec, density_file, tmp_path, monkeypatch, module, ending):
    monkeypatch.setitem(sys.modules, module, None)  # as if it were not installed
    result = densevec("plot", density_file, "-o", tmp_path / f"map.{ending}")
    assert result.status == 1
    assert "pip install 'densevec[plot]'" in result.err


def test_an_unknown_word_does_not_lose_the_map(densevec, density_file, tmp_path):
    words = ["kiwi", "bird", "plum"]
    result = densevec("plot", density_file, "-o", tmp_path / "map.svg", "--words", *words, "kiwii", "--json")
    assert (result.status, list(result.json["missing"])) == (1, ["kiwii"])
    assert [place["word"] for place in result.json["words"]] == words
    assert "'kiwii' is not among" in result.err
    assert (tmp_path / "map.svg").exists()
