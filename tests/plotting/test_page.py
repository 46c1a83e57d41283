"""The interactive page: whole, and safe whatever the words are."""

from __future__ import annotations

import base64
import json
import re
import zlib

import numpy as np
import pytest

pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")

from densevec.errors import ParameterError
from densevec.plotting import Reading, map_words, neighbours_on
from densevec.plotting.interactive import draw_page
from densevec.vectors import DensityVectors
from tests.plotting.makers import HOSTILE, a_map, some_vectors


def scripts(page):
    """(attributes, content) of each script as a browser's parser finds them."""
    return re.findall(r"<script\b([^>]*)>(.*?)</script", page, re.DOTALL | re.IGNORECASE)


def content_of(page):
    ((_, data),) = [script for script in scripts(page) if "application/json" in script[0]]
    return json.loads(data)


def test_a_page_is_whole_and_fetches_nothing():
    page = draw_page(a_map(), title="birds & co")
    library, _, program = scripts(page)
    assert "plotly" in zlib.decompress(base64.b64decode(library[1])).decode()[:200].lower()
    assert len(page) < 2.5e6
    assert "Plotly.newPlot" in program[1]
    without_library = page.replace(library[1], "")
    assert "default-src 'none'" in without_library
    assert "http://" not in without_library
    assert "https://" not in without_library
    assert "src=" not in without_library
    assert "<title>birds &amp; co</title>" in page
    assert "innerHTML" not in program[1]


def test_hostile_words_stay_words():
    vectors = some_vectors(len(HOSTILE), words=HOSTILE)
    word_map = map_words(vectors, HOSTILE)
    page = draw_page(word_map, neighbours=neighbours_on(word_map, vectors, 3), title=HOSTILE[0])
    assert len(scripts(page)) == 3
    content = content_of(page)
    assert [item["word"] for item in content["items"]] == HOSTILE
    assert content["title"] == HOSTILE[0]
    outside = re.sub(r"<script\b.*?</script", "", page, flags=re.DOTALL)
    assert "<img" not in outside
    assert "<script>alert" not in page


def test_a_title_can_be_written():
    assert "<title>\ufffd</title>" in draw_page(a_map(), title="\udce9").encode().decode()


def test_what_the_script_is_given():
    vectors = some_vectors()
    word_map = a_map()
    neighbours = neighbours_on(word_map, vectors, 2)
    assert len(neighbours) == 9
    content = content_of(draw_page(word_map, 0.5, neighbours=neighbours, measure="cosine"))
    reading, first = content["items"][:2]
    assert (reading["word"], reading["sentence"]) == ("word0", "so much for word0 here")
    assert reading["from"] == [first["x"], first["y"]]
    assert first["x"] == pytest.approx(word_map.points[0, 0], rel=1e-4)
    for (word, score, place), (expected, expected_score) in zip(first["neighbours"], neighbours[0], strict=True):
        assert word == expected == content["items"][place]["word"]
        assert score == round(expected_score, 3)
    assert sum(outline["x"].count(None) + 1 for outline in content["outlines"]) == 9
    assert [outline["filled"] for outline in content["outlines"]][-1] is False


def test_scores_of_any_size_are_those_of_the_vectors():
    vectors = DensityVectors(["kiwi", "kea", "moa"], np.array([[0, 0], [15.3, 0], [-40.1, 0.5]]), np.ones(3))
    word_map = map_words(vectors, ["kiwi", "kea", "moa"])
    page = draw_page(word_map, neighbours=neighbours_on(word_map, vectors, 2, "kl_from_query"))
    shown = [score for _, score, _ in content_of(page)["items"][0]["neighbours"]]
    assert shown == [round(s, 3) for _, s in vectors.most_similar("kiwi", measure="kl_from_query")]
    assert shown[0] == pytest.approx(-(15.3**2) / 2, abs=6e-4)


def test_a_click_is_invited_to_what_it_shows():
    word_map, told = a_map(), "Click a dot to see its nearest neighbours."
    assert told in draw_page(word_map, neighbours=neighbours_on(word_map, some_vectors(), 2))
    page = draw_page(word_map)
    assert told not in page
    assert "Click a dot to single it out." in page


def test_a_sense_is_shown_by_its_caption():
    sense = Reading(("word0",), 0, some_vectors().density("word1"), "word3, word4 (80%)")
    content = content_of(draw_page(map_words(some_vectors(), ["word1", "word2"], readings=[sense])))
    assert content["items"][0]["sentence"] == "word3, word4 (80%)"


def test_neighbours_are_one_list_a_dot():
    with pytest.raises(ParameterError, match="9 dots, got 1"):
        draw_page(a_map(), neighbours=[[]])


def test_the_same_map_is_the_same_page(tmp_path):
    a_map().save(tmp_path / "first.html")
    a_map().save(tmp_path / "second.html")
    assert (tmp_path / "first.html").read_bytes() == (tmp_path / "second.html").read_bytes()
