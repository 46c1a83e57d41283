"""The explorer in real Chromium: time to the first answer and of the next ones, and the first ten beside the library's.

    python benchmarks/explorer.py vectors.safetensors [--words 50000] [--opened 5] [--asked 100]

The page is opened anew ``--opened`` times; the clock is the browser's, from the beginning of its navigation to the
moment at which ten neighbours stand in the document.  Then ``--asked`` words, every so many of the first --words, are
asked by every measure; a list agrees if its words are the library's in the library's order, and "but for ties" if words
that changed places have scores in the library that differ by less than the page's numbers tell apart (rtol 1e-4).
Needs playwright and Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from densevec import load_vectors
from densevec.plotting.explorer import save_explorer

_WATCH = """
new MutationObserver((_, observer) => {
  if (document.querySelectorAll("#neighbours .go").length >= 10) {
    window.answered = performance.now();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
"""
_ASK = """rows => {
  const header = JSON.parse(document.getElementById("header").textContent);
  const vectors = openVectors(header, decode), found = {}, times = {};
  for (const measure of vectors.measures) {
    found[measure] = [], times[measure] = [];
    for (const row of rows) {
      const begin = performance.now();
      found[measure].push(vectors.neighbours(row, measure, 10));
      times[measure].push(performance.now() - begin);
    }
  }
  return JSON.stringify({ found, times });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors")
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--opened", type=int, default=5)
    parser.add_argument("--asked", type=int, default=100)
    args = parser.parse_args()
    vectors = load_vectors(args.vectors)
    size = min(args.words, len(vectors))
    rows = np.linspace(0, size - 1, args.asked).astype(int).tolist()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        path = Path(folder) / "page.html"
        save_explorer(vectors, path, words=size, broader=0)
        print(f"{vectors}, page of {size:,} words: {path.stat().st_size / 1e6:.1f} MB")
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first = []
        for _ in range(args.opened):
            page = browser.new_page(viewport={"width": 1300, "height": 900})
            page.add_init_script(_WATCH)
            page.goto(path.as_uri())
            page.wait_for_function("window.answered")
            first.append(page.evaluate("window.answered") / 1000)
            if len(first) < args.opened:
                page.close()
        print(f"first answer: median {statistics.median(first):.2f} s, {min(first):.2f} to {max(first):.2f}")
        answers = json.loads(page.evaluate(_ASK, rows))
        browser.close()
    for measure, lists in answers["found"].items():
        times = sorted(answers["times"][measure])
        equal, tied = agreement(vectors, rows, measure, lists, size)
        print(
            f"{measure:20} median {statistics.median(times):5.1f} ms, 95 % {times[int(0.95 * len(times))]:5.1f} ms; "
            f"first ten equal {equal} of {len(rows)}, but for ties {tied}"
        )


def agreement(vectors: Any, rows: list[int], measure: str, lists: list[Any], size: int) -> tuple[int, int]:
    """How many lists are the library's, and how many are but for words that score the same."""
    asked = [vectors.words[row] for row in rows]
    wanted = vectors.most_similar_batch(asked, 10, measure=measure, restrict_vocab=size, exact=True)
    equal = tied = 0
    for word, ours, theirs in zip(asked, lists, wanted, strict=True):
        named = [vectors.words[row] for row, _ in ours]
        is_equal = named == [other for other, _ in theirs]
        scores = vectors.scores(word, named, measure=measure)
        equal += is_equal
        tied += is_equal or np.allclose(scores, [score for _, score in theirs], rtol=1e-4, atol=1e-5)
    return equal, tied


if __name__ == "__main__":
    main()
