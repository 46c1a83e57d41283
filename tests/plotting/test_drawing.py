"""Pictures: what is in them, and that they are the same every time."""

from __future__ import annotations

import io
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'densevec[plot]'")

from densevec.errors import FormatWarning, ParameterError
from densevec.plotting import Reading, map_words, save_map
from tests.plotting.makers import HOSTILE, a_map, some_vectors


def boxes_of(figure):
    """The labels' boxes on paper, (k, 4): left, bottom, right, top."""
    (axes,) = figure.axes
    return np.array([text.get_window_extent().extents for text in axes.texts])


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("num_words", [8, 150])
def test_no_label_lies_over_another(method, num_words):
    boxes = boxes_of(a_map(num_words, method=method).figure())
    assert len(boxes) > 0.8 * num_words
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    overlaps = ((low < boxes[:, 2:]) & (boxes[:, :2] < high)).all(2)
    assert overlaps.sum() == len(boxes)  # each with itself


def test_what_a_picture_shows():
    word_map = a_map(8)
    (axes,) = word_map.figure(0.5).axes
    texts = {text.get_text() for text in axes.texts}
    assert set(word_map.words) <= texts
    assert "so much for word0 here" in texts
    outlines = [line.get_xydata() for line in axes.lines if len(line.get_xydata()) > 2]
    assert len(outlines) == 9  # eight words and a reading
    np.testing.assert_allclose(outlines[2], word_map.ellipses(0.5)[2].outline())
    transform = axes.transData.transform([[0, 0], [1, 0], [0, 1]])
    assert np.isclose(transform[1, 0] - transform[0, 0], transform[2, 1] - transform[0, 1])  # one unit, one length
    inside = axes.viewLim
    assert all(inside.contains(*point) for outline in outlines for point in outline)


def test_many_words_have_ellipses_on_demand():
    def num_outlines(level):
        (axes,) = a_map(20).figure(level).axes
        return sum(len(line.get_xydata()) > 2 for line in axes.lines)

    assert num_outlines("auto") == 0
    assert num_outlines(0.3) == 21
    assert num_outlines(None) == 0


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_same_map_is_the_same_file(ending, tmp_path, monkeypatch):
    import matplotlib

    first, second = (tmp_path / f"{name}.{ending}" for name in ("first", "second"))
    a_map().save(first)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    with matplotlib.rc_context({"font.size": 20, "svg.fonttype": "none", "savefig.dpi": 10, "font.family": "serif"}):
        a_map().save(second)
    assert first.read_bytes() == second.read_bytes()
    assert b"dc:date" not in first.read_bytes()


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib

    before = dict(matplotlib.rcParams)
    a_map().figure()
    assert dict(matplotlib.rcParams) == before


def test_words_are_no_markup(tmp_path):
    vectors = some_vectors(len(HOSTILE), words=HOSTILE)
    word_map = map_words(vectors, HOSTILE)
    (axes,) = word_map.figure().axes
    assert {text.get_text() for text in axes.texts} == set(HOSTILE)
    word_map.save(tmp_path / "map.svg")  # a word with dollar signs is no formula
    assert b"<script" not in (tmp_path / "map.svg").read_bytes()


@pytest.mark.parametrize("method", ["pca", "breadth"])
def test_a_picture_has_no_character_that_no_picture_can_have(method, tmp_path):
    words = ["a\x00b", "\x01", "\x1b[1m", "\x7f", "\ufffe", *(f"word\x02{row}" for row in range(8))]
    vectors = some_vectors(len(words), words=words)
    reading = Reading(("so", "\x03", "a\x00b"), 2, vectors.density("a\x00b"))
    sense = Reading(("\x01",), 0, vectors.density("\x01"), "\x04 (80%)")
    map_words(vectors, words, method=method, readings=[reading, sense]).save(tmp_path / "map.svg")
    picture = ElementTree.parse(
        tmp_path / "map.svg", ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    )
    shown = [each.text.strip() for each in picture.iter() if each.tag is ElementTree.Comment]
    assert {"a\ufffdb", "so \ufffd a\ufffdb", "\ufffd (80%)", "\ufffd[1m"} <= set(shown)
    assert ("around" in " ".join(shown)) and "\x02" not in (tmp_path / "map.svg").read_text(encoding="utf-8")


def test_characters_that_the_font_lacks_are_one_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("densevec.plotting.fonts._cover", lambda manager, missing: [])  # whatever is installed here
    words = ["猫", "犬", "鳥"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        map_words(some_vectors(3, words=words), words).save(tmp_path / "map.png")
    assert {warning.category for warning in caught} == {FormatWarning}
    assert ".html" in str(caught[0].message)


def test_odd_maps_are_drawn():
    vectors = some_vectors(3)
    vectors["word1"] = vectors.density("word0")
    vectors["word2"] = vectors.density("word0")
    buffer = io.BytesIO()
    map_words(vectors, vectors.index_to_key).figure(None).savefig(buffer)  # all in one place
    long = ["x" * 300, "y", "z"]
    map_words(some_vectors(3, words=long), long).figure().savefig(buffer)


def test_another_ending(tmp_path):
    with pytest.raises(ParameterError, match=r"must end in \.png, \.svg or \.html"):
        save_map(a_map(), tmp_path / "map.pdf")


def test_a_picture_of_breadth_and_a_legend():
    vectors = some_vectors(12, dim=20, is_spherical=True)
    figure = map_words(vectors, vectors.index_to_key, method="breadth").figure(0.7)
    (axes,) = figure.axes
    assert "word0" in axes.get_xlabel()
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 6
    assert all(text.get_text().startswith("around word") for text in legend.get_texts())
    figure.canvas.draw()
    box = legend.get_window_extent()
    assert box.x1 < figure.bbox.x1
    assert not box.overlaps(axes.get_window_extent())
    assert not box.overlaps(figure.texts[0].get_window_extent())
    assert not map_words(vectors, vectors.index_to_key[:7], method="breadth").figure().legends
