"""What the map's page finds as one types, in a document that node can do without a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from densevec.plotting import map_words
from densevec.plotting.interactive import draw_page
from densevec.vectors import KeyedVectors
from tests.plotting.explorer.makers import scripts_of

pytest.importorskip("plotly", reason="pages need plotly: pip install 'densevec[plot]'")
NODE = shutil.which("node")
PLOTLY = """
document.head = new Element("head");
Element.prototype.on = () => {};
Element.prototype.getContext = () => ({ measureText: text => ({ width: 7 * text.length }) });
Object.assign(document.getElementById("plot"), { clientWidth: 800, clientHeight: 600 });
const Plotly = { restyle() {}, async newPlot(plot, traces, layout) { plot.layout = layout; setTimeout(tell); } };
const { found, search, selection } = new Proxy({}, { get: (_, id) => document.getElementById(id) });
const type = text => { search.value = text; search.fire("input"); };
const enter = () => { search.fire("keydown", { key: "Enter" }); return selection.children[0]?.textContent; };
"""


def tell_of(page, acts):
    """What a program that runs once a page is drawn tells of it."""
    *data, (_, program) = scripts_of(page)
    contents = {attributes.split('id="')[1].rstrip('"'): content for attributes, content in data}
    document = Path(__file__).with_name("explorer").joinpath("dom.js").read_text(encoding="utf-8")
    filled = f"for (const [id, text] of Object.entries({json.dumps(contents)})) document.getElementById(id).own = text;"
    tell = f"function tell() {{ console.log(JSON.stringify({acts})); }}"
    whole = "\n".join([document, filled, PLOTLY, tell, program])
    done = subprocess.run([NODE, "-"], input=whole, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("delimiter", ["_", "~"])
def test_a_phrase_is_found_as_it_is_written(delimiter):
    words = [word.replace("_", delimiter) for word in ("bird", "it_was_so", "it_was", "Two words", "The_Kea")]
    vectors = KeyedVectors(words, np.eye(5), parameters={"phrases": {"delimiter": delimiter}})
    asked = ["it was", " It  Was so", "two wo", "the kea", "was s", "ird", "none", "  "]
    acts = f"{json.dumps(asked)}.map(text => {{ type(text); return [found.textContent, enter()]; }})"
    told = tell_of(draw_page(map_words(vectors, words)), acts)
    assert [found for found, _ in told] == ["2 on the map", *["1 on the map"] * 5, "0 on the map", ""]
    assert [word for _, word in told[:6]] == [words[2], words[1], words[3], words[4], words[1], words[0]]
