"""What the page does with keys, clicks and addresses, in a document that node can do without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from densevec.plotting.explorer import explorer_page
from densevec.vectors import KeyedVectors
from tests.plotting.explorer.makers import make_vectors, scripts_of

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")
ACTS = """
const search = elements.search, said = [];
const press = key => search.fire("keydown", { key });
const type = text => { search.value = text; search.fire("input"); };
const enter = () => elements.form.fire("submit");
const active = () => search.attributes["aria-activedescendant"];
const chosen = () => elements.suggestions.children.find(line => line.id === active())?.textContent;
const heading = () => elements.heading.textContent;
"""


def tell_of(vectors, acts):
    """What a program says about the page of some vectors: the list ``said``."""
    *data, (_, program) = scripts_of(explorer_page(vectors, broader=0))
    contents = {attributes.split('id="')[1].rstrip('"'): content for attributes, content in data}
    document = Path(__file__).with_name("dom.js").read_text(encoding="utf-8")
    filled = f"for (const [id, text] of Object.entries({json.dumps(contents)})) document.getElementById(id).own = text;"
    whole = "\n".join([document, filled, program, ACTS, acts, "console.log(JSON.stringify(said));"])
    done = subprocess.run([NODE, "-"], input=whole, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told():
    """The same of vectors that all tests can do with."""
    return partial(tell_of, make_vectors("points"))


def test_arrows_go_round_the_suggestions(told):
    forward, back = told("""
      type("word1");
      const names = elements.suggestions.children.map(line => line.textContent);
      const step = key => { press(key); return names.indexOf(chosen()); };
      const walk = key => [...names, ""].map(() => step(key));
      said.push(walk("ArrowDown")); type("word1"); said.push(walk("ArrowUp"));
    """)
    assert forward == [*range(8), 0]
    assert back == [*reversed(range(8)), 7]


def test_an_empty_box_has_no_suggestions(told):
    after = told("""
      type("word1"); press("ArrowDown"); press("ArrowDown"); enter();
      const first = heading(); press("ArrowDown"); said.push(chosen() ?? null); enter(); said.push(heading() === first);
    """)
    assert after == [None, True]


def test_arrows_open_a_closed_list(told):
    assert told("""
      type("word17"); press("Escape"); said.push(elements.suggestions.hidden);
      press("ArrowDown"); said.push(elements.suggestions.hidden, chosen());
      press("Escape"); enter(); said.push(heading());
    """) == [True, False, "word17", "word17"]


def test_an_address_that_is_none_of_ours_stops_no_click(told):
    assert told("""
      location.hash = "100%"; said.push(heading() !== "");
      type("word7"); enter(); said.push(heading(), location.hash);
    """) == [True, "word7", "#word7"]


def test_a_phrase_is_found_as_it_is_written():
    """In the search box, in an address, and among the suggestions."""
    words = ["bird", "it_was", "it_was_so", "Two words", "The_Kea"]
    for delimiter in ("_", "~"):
        spelled = [word.replace("_", delimiter) for word in words]
        vectors = KeyedVectors(spelled, np.eye(5), parameters={"phrases": {"delimiter": delimiter}})
        found = tell_of(
            vectors,
            """
              const go = text => { search.value = text; enter(); return heading(); };
              said.push(["it was", "It Was", " it  was so", "Two words", "two wo", "the kea"].map(go));
              type("it w"); said.push(elements.suggestions.children.map(line => line.textContent));
              location.hash = "it%20was"; said.push(heading());
            """,
        )
        phrase, longer, kea = spelled[1], spelled[2], spelled[4]
        assert found == [[phrase, phrase, longer, "Two words", "Two words", kea], [phrase, longer], phrase]


def test_a_word_that_begins_or_ends_in_a_blank_is_found_by_its_own_address():
    words = ["a", "bird", "\u00a0bird", "bird\u00a0", "\ufeffbird", "a\u3000"]
    found = tell_of(
        KeyedVectors(words, np.eye(6)),
        f"""
          for (const word of {json.dumps(words)}) {{
            location.hash = encodeURIComponent(word); said.push(heading());
            search.value = word; enter(); said.push(heading());
          }}
          search.value = " bird "; enter(); said.push(heading());
        """,
    )
    assert found == [*(word for word in words for _ in range(2)), "bird"]
