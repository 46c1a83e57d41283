"""The picture of how words differ between two models: its dots are the models' numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from densevec.errors import ParameterError, ParameterTypeError
from densevec.evaluation.comparison import compare_words
from densevec.plotting import save_changes
from densevec.plotting.changes import draw_changes
from densevec.plotting.vector_graphics import SIZE, text_width
from densevec.vectors import DensityVectors, KeyedVectors
from tests.plotting.makers import HOSTILE

NAME = "{http://www.w3.org/2000/svg}"


def two_models() -> tuple[DensityVectors, DensityVectors]:
    random = np.random.default_rng(0)
    words = ["kiwi", "bird", "fruit", "\u05e2\u05d1\u05e8\u05d9\u05ea", "\u9ce5\u985e", *HOSTILE]
    means = random.normal(size=(len(words), 5))
    variances = random.uniform(0.1, 2, len(words))
    first = DensityVectors([*words, "old"], [*means, means[1]], [*variances, 0.1], entailment_bound=5.0)
    moved = means + random.normal(size=means.shape) * 0.3
    return first, DensityVectors([*words, "new"], [*moved, moved[0]], [*variances[::-1], 3], entailment_bound=5.0)


def drawn(found: Any, first: Any, second: Any) -> ElementTree.Element:
    return ElementTree.fromstring(draw_changes(found, first, second, ("A", "B & <C>")))


def rows_of(picture: ElementTree.Element) -> list[tuple[str, list[float], list[float]]]:
    """Of each row the text of its tip, the places of its dots, and the numbers in its tip."""
    rows = []
    for group in picture.iter(f"{NAME}g"):
        tip = group.find(f"{NAME}title").text
        dots = [float(dot.get("cx")) for dot in group.iter(f"{NAME}circle")]
        rows.append((tip, dots, [float(number) for number in re.findall(r"-?\d\.\d{3}", tip.rpartition(": ")[2])]))
    return rows


def test_dots_stand_where_the_numbers_are() -> None:
    first, second = two_models()
    found = compare_words(first, second, ["kiwi", HOSTILE[0]], 5)
    rows = rows_of(drawn(found, first, second))
    near = {word for side in found[0].neighbours for word, _ in side}
    broad = {word for side in found[0].hypernyms for word, _ in side}
    assert {tip.rpartition(": ")[0] for tip, _, _ in rows[: len(near)]} == near
    for tip, _, numbers in rows[: len(near)]:
        word = tip.rpartition(": ")[0]
        told = [vectors.similarity("kiwi", word) for vectors in (first, second) if word in vectors]
        assert numbers == pytest.approx(told, abs=6e-4)
    for tip, _, numbers in rows[len(near) : len(near) + len(broad)]:
        word = tip.rpartition(": ")[0]
        told = [vectors.entailment_probability("kiwi", word) for vectors in (first, second) if word in vectors]
        assert numbers == pytest.approx(told, abs=6e-4)
    places = np.array([dot for _, dots, _ in rows[: len(near)] for dot in dots])
    values = np.array([number for _, _, numbers in rows[: len(near)] for number in numbers])
    slope, start = np.polyfit(values, places, 1)
    assert slope > 50 and np.abs(places - slope * values - start).max() < 0.3  # one scale
    losses = [numbers[1] - numbers[0] for _, _, numbers in rows[: len(near)] if len(numbers) == 2]
    assert losses == sorted(losses)
    assert [numbers for _, _, numbers in rows[-2:]] == [pytest.approx(each.generality, abs=6e-4) for each in found]
    assert any("no word of it" in tip and len(dots) == 1 for tip, dots, _ in rows)


def test_vectors_without_densities_have_neighbours_alone(tmp_path: Path) -> None:
    first, second = (KeyedVectors(each.words, each.vectors) for each in two_models())
    found = compare_words(first, second, ["kiwi"], 4)
    texts = [text.text for text in drawn(found, first, second).iter(f"{NAME}text")]
    assert "nearest words, by cosine" in texts and not any("kind of" in text or "general" in text for text in texts)
    save_changes(found, first, second, tmp_path / "x.SVG")
    assert (tmp_path / "x.SVG").read_text(encoding="utf-8") == draw_changes(
        found, first, second, ("the first", "the second")
    )
    save_changes(iter(found), first, second, tmp_path / "y.svg")
    assert (tmp_path / "y.svg").read_bytes() == (tmp_path / "x.SVG").read_bytes()
    with pytest.raises(ParameterTypeError, match=r"^found must be WordComparison objects, as compare_words gives them"):
        save_changes(["kiwi"], first, second, tmp_path / "x.svg")  # type: ignore[list-item]
    with pytest.raises(ParameterError, match=r"must end in \.svg, got"):
        save_changes(found, first, second, tmp_path / "x.png")


def test_words_are_text_and_no_markup() -> None:
    first, second = two_models()
    picture = drawn(compare_words(first, second, HOSTILE, 3), first, second)
    assert {element.tag.removeprefix(NAME) for element in picture.iter()} <= {
        "svg", "rect", "g", "title", "text", "path", "circle"
    }  # fmt: skip
    assert {"B & <C>", *HOSTILE} <= {text.text for text in picture.iter(f"{NAME}text")}


def test_no_text_goes_beyond_the_edge() -> None:
    """Of one panel, whose captions are wider than it, and with names of any length, which are told whole by a tip."""
    names = ("vectors-of-the-news-of-the-year-1990.safetensors", "vectors-of-the-news-" + "of-the-year-" * 9)
    words = ["kiwi", "w" * 39, *(f"w{row}" for row in range(4))]
    random = np.random.default_rng(0)
    dense = [DensityVectors(words, random.normal(size=(6, 3)), np.ones(6) * 4, entailment_bound=1e9) for _ in range(2)]
    for first, second in (dense, [KeyedVectors(each.words, each.vectors) for each in dense]):
        for given in ("A", "B"), names:
            found = compare_words(first, second, words[:2], 3)
            picture = ElementTree.fromstring(draw_changes(found, first, second, given))
            assert set(given) <= {title.text for title in picture.iter(f"{NAME}title")}
            for text in picture.iter(f"{NAME}text"):
                if text.get("text-anchor") is None:
                    width = text_width(text.text, float(text.get("font-size", SIZE)))
                    assert float(text.get("x")) + width <= float(picture.get("width")), text.text
