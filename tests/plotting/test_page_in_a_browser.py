"""The map's page in a real browser: drawn, searched, without faults."""

from __future__ import annotations

import shutil

import pytest

from densevec.plotting import map_words, neighbours_on
from tests.plotting.makers import HOSTILE, some_vectors

pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, and Chromium")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_it_is_drawn_and_searched(tmp_path):
    words = [*HOSTILE, *(f"word{row}" for row in range(12))]
    vectors, faults = some_vectors(len(words), words=words), []
    word_map = map_words(vectors, words)
    word_map.save(tmp_path / "map.html", neighbours=neighbours_on(word_map, vectors))
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: (faults.append("a dialog"), dialog.dismiss()))
        page.goto((tmp_path / "map.html").as_uri())
        page.wait_for_selector("#plot .points")
        page.fill("#search", "word3")
        page.press("#search", "Enter")
        assert page.text_content("#selection h2") == "word3"
        assert page.locator("#selection li").count() == 10
        assert page.locator("#clusters span").all_text_contents() == [f"● around {n}" for n in word_map.group_names]
        browser.close()
    assert faults == []
