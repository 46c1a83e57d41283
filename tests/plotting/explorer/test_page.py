"""The explorer's page: whole, safe whatever the words are, and with numbers that give the library's answers."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest

from densevec import Sense, SenseExample
from densevec.densities import MEASURES
from densevec.errors import ParameterError
from densevec.plotting.explorer import explorer_page, save_explorer
from densevec.plotting.explorer.page import LABELS
from densevec.vectors import DensityVectors, KeyedVectors
from tests.plotting.explorer.makers import HOSTILE, SCRIPTS, contents_of, make_vectors, scripts_of


@pytest.mark.parametrize("kind", ["spherical", "diagonal"])
def test_the_numbers_give_the_librarys_answers(kind):
    vectors = make_vectors(kind)
    header, blocks = contents_of(explorer_page(vectors, broader=0))
    codes = 256 * blocks["high"].astype(int) + blocks["low"]
    means = blocks["scale"].astype(float)[:, None] * codes.reshape(len(vectors), header["dim"])
    np.testing.assert_allclose(means, vectors.vectors, atol=1e-4)
    if kind == "spherical":
        variances = blocks["variance"]
        np.testing.assert_array_equal(variances, vectors.variances)
    else:
        logs = header["lowest"] + header["step"] * blocks["log_variance"].astype(float)
        variances = np.exp(logs).reshape(len(vectors), -1)
        np.testing.assert_allclose(variances, vectors.variances, rtol=1e-4)
    read = DensityVectors(header["words"], means, variances)
    for measure in MEASURES:
        for word in header["words"][::29]:
            own, theirs = (each.most_similar(word, measure=measure) for each in (read, vectors))
            assert [other for other, _ in own] == [other for other, _ in theirs]


def test_facts_of_the_words():
    vectors = make_vectors("spherical")
    header, _ = contents_of(explorer_page(vectors, words=100, broader=30, title="some words"))
    assert header["words"] == vectors.words[:100] == [vectors.words[row] for row in range(100)]
    assert header["counts"] == vectors.counts[:100].tolist()
    np.testing.assert_allclose(header["generality"], [vectors.generality(w) for w in header["words"]], atol=5e-4)
    relations = header["relations"]
    assert relations["asked"] == list(range(30))
    assert relations["broader"]
    for row, found in relations["broader"].items():
        wanted = vectors.hypernyms(header["words"][int(row)], 20, restrict_vocab=100)
        assert [header["words"][other] for other, _ in found] == [word for word, _ in wanted]
        assert all([int(row), p] in relations["narrower"][str(other)] for other, p in found)


def test_hostile_words_stay_words():
    page = explorer_page(make_vectors("points"), title=HOSTILE[0], sentences=[HOSTILE, SCRIPTS])
    attributes = [attributes for attributes, _ in scripts_of(page)]
    assert len(attributes) == 5  # the header, three arrays, the program
    header, _ = contents_of(page)
    assert header["words"][: len(HOSTILE)] == HOSTILE
    assert header["title"] == HOSTILE[0]
    assert header["sentences"]["text"] == [HOSTILE, SCRIPTS]
    outside = re.sub(r"<script\b.*?</script", "", page, flags=re.DOTALL)
    assert "<img" not in outside
    assert "alert(1)</title>" not in outside


def test_nothing_is_fetched_and_no_word_is_html():
    page = explorer_page(make_vectors("points"))
    (program,) = [content for attributes, content in scripts_of(page) if not attributes]
    assert "default-src 'none'" in page
    assert re.findall(r"https?://[^\"]*", page) == ["http://www.w3.org/2000/svg"]  # a name, no address
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", program)


def test_every_measure_has_a_label():
    assert set(LABELS) == set(MEASURES)


def test_example_sentences():
    text = [["too", "short"], ["word1", "is", "one", "of", "them"], ["word1", "word2", "and", "so", "on"]]
    header, _ = contents_of(explorer_page(make_vectors("points"), sentences=text, of_each=1))
    places = {word: str(row) for row, word in enumerate(header["words"])}
    assert header["sentences"] == {"text": text[1:], "of": {places["word1"]: [0], places["word2"]: [1]}}


def test_senses_are_those_that_were_found():
    vectors = make_vectors("diagonal")
    example = SenseExample(("a", *"bcdefghijklmnopq", "word1", "</script>"), 17, 3)
    near = (("word2", 0.5), ("unheard-of", 0.4))
    found = [
        Sense("word1", vectors.density(word), share, near, (example,))
        for word, share in (("word3", 0.7), ("word4", 0.3))
    ]
    not_here = [Sense("not here", found[0].density, 1.0, near, ())]
    header, _ = contents_of(explorer_page(vectors, senses={"Word1": found, "word5": not_here, "word6": []}))
    row = {word: row for row, word in enumerate(header["words"])}
    (senses,) = header["senses"].values()
    assert list(header["senses"]) == [str(row["word1"])]
    assert [sense["share"] for sense in senses] == [0.7, 0.3]
    np.testing.assert_allclose(senses[1]["mean"], vectors["word4"], atol=1e-5)
    np.testing.assert_allclose(senses[1]["variance"], vectors.variance("word4"), atol=1e-5)
    assert senses[0]["near"] == [[row["word2"], 0.5]]
    ((tokens, position),) = senses[0]["examples"]
    assert (tokens, position) == (["…", *"cdefghijklmnopq", "word1", "</script>"], 16)
    assert contents_of(explorer_page(vectors))[0]["senses"] == {}


def test_a_long_example_of_a_sense_shows_that_it_is_cut():
    vectors = make_vectors("diagonal")
    examples = [SenseExample(("word1", *"b" * num), 0, 3) for num in (15, 16)]
    found = [Sense("word1", vectors.density("word1"), 1.0, (), tuple(examples))]
    (senses,) = contents_of(explorer_page(vectors, senses={"word1": found}))[0]["senses"].values()
    assert senses[0]["examples"] == [[["word1", *"b" * 15, *more], 0] for more in ([], ["…"])]


def test_senses_are_found_by_the_word_that_they_are_of():
    vectors = DensityVectors(["war", "such_as", "plum"], np.eye(3), [1.0, 2.0, 3.0])
    found = {word: Sense(word, vectors.density(word), 1.0, (), ()) for word in ("war", "such_as")}
    senses = {"War": [found["war"]], "such as": [found["such_as"]]}
    assert set(contents_of(explorer_page(vectors, senses=senses))[0]["senses"]) == {"0", "1"}


def test_it_is_saved_whole(tmp_path):
    save_explorer(make_vectors("points"), tmp_path / "page.html", words=50)
    whole = (tmp_path / "page.html").read_bytes()
    assert whole.startswith(b"<!DOCTYPE html>")
    save_explorer(make_vectors("points"), tmp_path / "page.html.GZ", words=50)
    assert gzip.decompress((tmp_path / "page.html.GZ").read_bytes()) == whole


@pytest.mark.parametrize(
    ("options", "message"), [({"words": 0}, "words"), ({"broader": -1}, "broader"), ({"of_each": 0}, "of_each")]
)
def test_what_cannot_be(options, message):
    with pytest.raises(ParameterError, match=message):
        explorer_page(make_vectors("points"), **options)


def test_a_word_that_no_page_can_hold():
    vectors = KeyedVectors(["kiwi", "f\udce9e", "plum"], np.eye(3))
    with pytest.raises(ParameterError, match=r"words must be expressible in UTF-8, got 'f\\udce9e' at row 1"):
        explorer_page(vectors)


def test_sentences_and_titles_can_be_written():
    page = explorer_page(make_vectors("points"), title="\udce9", sentences=[["word1", "\udce9", "a", "b", "c"]])
    header, _ = contents_of(page.encode().decode())
    assert header["sentences"]["text"] == [["word1", "\ufffd", "a", "b", "c"]]
    assert "<title>\ufffd</title>" in page


def test_one_word_is_no_region():
    with pytest.raises(ParameterError, match="two words"):
        explorer_page(KeyedVectors(["kiwi"], [[1.0, 2.0]]))
