"""The explorer in a real browser: typing, walking, words of any script, the keyboard, narrow screens."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from densevec import Sense, SenseExample
from densevec.plotting.explorer import save_explorer
from tests.plotting.explorer.makers import HOSTILE, SCRIPTS, make_vectors

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, and Chromium")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def vectors():
    return make_vectors("spherical")


@pytest.fixture(scope="module")
def page(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    text = [[word, "stands", "in", "this", "sentence"] for word in (*HOSTILE, *SCRIPTS)]
    near, tokens = (("word2", 0.5), ("word3", 0.4)), ("one", "word9", "and", HOSTILE[0])
    senses = [
        Sense("word9", vectors.density(other), share, near, (SenseExample(tokens, 1, 1),))
        for other, share in (("word20", 0.75), ("word30", 0.25))
    ]
    one = replace(senses[0], word="word8")
    save_explorer(vectors, path, broader=50, sentences=text, senses={"word9": senses, "word8": [one]})
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1300, "height": 900})
        opened.faults = []
        opened.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.on("console", lambda message: opened.faults.append(message.text) if message.type == "error" else None)
        opened.on("dialog", lambda dialog: (opened.faults.append("a dialog"), dialog.dismiss()))
        opened.on("request", lambda request: opened.faults.append(request.url) if "file:" not in request.url else None)
        opened.goto(path.as_uri())
        yield opened
        assert opened.faults == []
        browser.close()


def ask(page, word):
    page.fill("#search", word)
    page.press("#search", "Enter")
    page.wait_for_function("word => document.getElementById('heading').textContent === word", arg=word)


@pytest.mark.parametrize("word", [*(word for word in HOSTILE if word.strip()), *SCRIPTS])
def test_every_word_is_found_and_shown_as_it_is(page, vectors, word):
    ask(page, word)
    assert page.locator("#neighbours .go").all_text_contents() == [w for w, _ in vectors.most_similar(word)]
    assert page.locator("blockquote mark").first.text_content() == word
    assert page.locator("#main img").count() == 0


def test_every_measure_and_a_walk(page, vectors):
    ask(page, "word7")
    for measure in ("kl_from_query", "kl_to_query", "wasserstein2"):
        page.select_option("#measure", measure)
        wanted = [word for word, _ in vectors.most_similar("word7", measure=measure)]
        assert page.locator("#neighbours .go").all_text_contents() == wanted
    page.locator("#neighbours .go").first.click()
    page.wait_for_function("word => document.getElementById('heading').textContent === word", arg=wanted[0])
    page.go_back()
    page.wait_for_function("document.getElementById('heading').textContent === 'word7'")
    page.select_option("#measure", "cosine")


def test_suggestions_by_the_keyboard(page):
    page.fill("#search", "word1")
    options = page.locator("#suggestions li").all_text_contents()
    assert options[0] == "word1"
    page.press("#search", "ArrowDown")
    page.press("#search", "ArrowDown")
    assert page.get_attribute("#search", "aria-activedescendant") == "suggestion-1"
    page.press("#search", "Enter")
    page.wait_for_function("word => document.getElementById('heading').textContent === word", arg=options[1])
    page.fill("#search", "no such word")
    page.press("#search", "Enter")
    assert "no such word" in page.text_content("#status")


def test_planes_zoom_and_comparison(page, vectors):
    ask(page, "word9")
    page.fill("#other", "word12")
    page.press("#other", "Enter")
    rows = page.locator("#comparison tbody tr").all_text_contents()
    assert rows[0] == f"cosine{vectors.similarity('word9', 'word12'):.3f}"
    for plane in ("breadth", "towards", "differ"):
        page.select_option("#plane", plane)
        assert page.locator("#plot circle").count() == 21 + 2  # and two senses
    before = page.locator("#plot circle").nth(1).get_attribute("cx")
    page.focus("#plot")
    page.keyboard.press("+")
    assert page.locator("#plot circle").nth(1).get_attribute("cx") != before
    page.keyboard.press("0")
    assert page.locator("#plot circle").nth(1).get_attribute("cx") == before
    page.locator("#plot circle").nth(1).click()
    page.wait_for_function("document.getElementById('heading').textContent !== 'word9'")


def test_the_senses_of_a_word(page):
    ask(page, "word9")
    assert page.locator("#senses h2").text_content() == "2 senses"
    assert page.locator("#senses h3").all_text_contents() == ["1: 75 % word2 word3 ", "2: 25 % word2 word3 "]
    assert page.locator("#senses blockquote mark").all_text_contents() == ["word9", "word9"]
    assert page.locator("#senses blockquote").first.text_content() == f"one word9 and {HOSTILE[0]}"
    assert page.locator("#plot ellipse.sense").count() == page.locator("#plot circle.sense").count() == 2
    assert page.locator("#plot circle.sense title").all_text_contents() == ["word9 1", "word9 2"]
    assert "its senses" in page.text_content("#legend")
    page.locator("#senses .go").first.click()
    page.wait_for_function("document.getElementById('heading').textContent === 'word2'")
    assert page.locator("#senses *").count() == page.locator("#plot .sense").count() == 0
    ask(page, "word8")
    assert page.locator("#senses h2").text_content() == "One sense"
    assert page.locator("#plot .sense").count() == 0  # the word itself is there


def test_every_control_has_a_name(page):
    names = page.evaluate("""[...document.querySelectorAll('input, select, button, svg')].map(each =>
        each.getAttribute('aria-label') || each.textContent.trim()
        || (each.labels && each.labels.length && each.labels[0].textContent))""")
    assert all(names)


def test_narrow_and_dark(page):
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("#theme")
    page.set_viewport_size({"width": 1300, "height": 900})
