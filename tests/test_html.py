"""What objects show of themselves in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from densevec import NGram, SkipGram
from densevec.densities import Gaussian
from densevec.vectors import DensityVectors, KeyedVectors, MixtureVectors

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=y>',
    "a&b",
    "\u202eabc",
    "x" * 5000,
    "",
    "f\udce9e\0",
    "plum",
    "kea",
]
ROWS = np.random.default_rng(1).normal(size=(9, 6))


class Reader(HTMLParser):
    """Checks that elements are closed in turn, and keeps tags, attributes and cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells and self.open and any(tag in self.open for tag in ("td", "th")):
            self.cells[-1] += data


def read(thing: Any) -> Reader:
    found = Reader(thing._repr_html_().encode().decode())
    assert not found.tags & {"script", "img", "b"} and not any(name.startswith("on") for name in found.attributes)
    return found


def test_vectors_show_a_small_table() -> None:
    found = read(KeyedVectors(HOSTILE, ROWS, np.arange(9)[::-1] * 1000))
    assert found.cells[:7] == ["word", "count", "0", "1", "2", "3", "…"]
    assert found.cells[7:9] == [HOSTILE[0], "8,000"] and "1 more" in KeyedVectors(HOSTILE, ROWS)._repr_html_()
    assert "f\ufffde\ufffd" in found.cells
    assert len(found.cells) == 9 * 7 and max(map(len, found.cells)) < 200
    assert read(KeyedVectors(HOSTILE[:2], ROWS[:2, :2])).cells[:3] == ["word", "0", "1"]
    assert read(KeyedVectors(vector_size=3)).cells == ["word", "0", "1", "2"]


@pytest.mark.parametrize("variances", [np.arange(1.0, 10), np.arange(1.0, 10)[:, None] * np.ones(6)])
def test_densities_show_how_general_words_are(variances: np.ndarray) -> None:
    vectors = DensityVectors(HOSTILE, ROWS, variances)
    found = read(vectors)
    assert found.cells[:2] == ["word", "generality"]
    assert [float(cell) for cell in found.cells[8::7]] == [round(vectors.generality(word), 2) for word in HOSTILE[:8]]
    share = 100 * vectors.generality("plum")
    assert f"width:{share:.0f}%" in vectors._repr_html_()


def test_other_kinds_of_vectors() -> None:
    weights = np.full((2, 2), 0.5)
    mixtures = MixtureVectors(["a", "b"], ROWS[:4].reshape(2, 2, 6), np.ones((2, 2)), weights)
    assert read(mixtures).cells[:2] == ["word", "generality"]
    assert "float16" in KeyedVectors(["a"], ROWS[:1]).stored_as("float16")._repr_html_()


@pytest.mark.parametrize(
    "density", [Gaussian([0.0], 1.0), Gaussian(ROWS[0], np.arange(1.0, 7)), Gaussian(np.zeros(300), 1e-300)], ids=str
)
def test_a_density_is_drawn(density: Gaussian) -> None:
    text = density._repr_html_()
    assert {"svg", "line", "circle"} <= read(density).tags
    assert text.count("<circle") == min(density.dim, 50) and f"dim {density.dim}" in text and "nan" not in text


def test_models_show_their_parameters() -> None:
    model = SkipGram([["<b>secret</b>"]] * 3, dim=7, tokenizer="words")
    text = model._repr_html_()
    cells = read(model).cells
    assert cells[:3] == ["parameter", "value", "meaning"] and "secret" not in text
    chosen = dict(zip(cells[3::3], cells[4::3], strict=False))
    assert chosen["dim"] == "7" and chosen["tokenizer"] == "'words'" and chosen["corpus"] == "<list of 3 list>"
    assert cells.index("window") > cells.index("tokenizer")  # which are folded away
    assert f"{len(model.get_params()) - 3} parameters by default" in text
    assert "details" in read(NGram()).tags
