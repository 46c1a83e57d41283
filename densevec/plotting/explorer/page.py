"""The page with everything in it: words, numbers, answers worked out beforehand, and the script for all others."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from scipy.stats import chi2

from densevec._validation import Instance, Interval, check_parameter, check_parameters
from densevec.densities import MEASURES
from densevec.errors import ParameterError
from densevec.formats.output import write_file
from densevec.formats.words import in_utf8
from densevec.plotting.explorer.numbers import blocks_of, encoded
from densevec.plotting.explorer.senses import senses_on_page
from densevec.plotting.explorer.sentences import example_sentences
from densevec.vectors import DensityVectors, KeyedVectors
from densevec.vectors.inference import most_told
from densevec.vectors.word_store import delimiter_in

LEVELS = (0.5, 0.95)  # of ellipses and balls
_BROADER = 20  # words that are kept of each
_SCRIPTS = ("search.js", "region.js", "view.js")

# What a measure is called on the page, and what it says.
LABELS = {
    "cosine": ("cosine", "How much two means point the same way, from −1 to 1; the variances play no part."),
    "kl_from_query": (
        "KL(word‖other)",
        "Minus the divergence in nats: high for words that are broad enough to hold it.",
    ),
    "kl_to_query": ("KL(other‖word)", "Minus the divergence in nats: high for words that lie inside it."),
    "jeffreys": ("Jeffreys", "Minus the sum of both Kullback-Leibler divergences, in nats."),
    "expected_likelihood": (
        "expected likelihood",
        "Logarithm of the integral of the product of both densities, in nats.",
    ),
    "bhattacharyya": ("Bhattacharyya", "Minus the distance −log ∫ √(p q), in nats."),
    "hellinger": ("Hellinger", "Minus the distance √(1 − ∫ √(p q)), from 0 to 1."),
    "wasserstein2": (
        "2-Wasserstein",
        "Minus what it costs to move one density to the other, in the unit of the space.",
    ),
}


def explorer_page(
    vectors: KeyedVectors,
    *,
    words: int = 50_000,
    broader: int = 1000,
    sentences: Iterable[Sequence[str]] | None = None,
    of_each: int = 2,
    senses: Mapping[str, Iterable[Any]] | None = None,
    title: str = "words",
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> str:
    """An HTML page that explores the first words of some vectors, and needs nothing but a browser.

    It answers ``most_similar(word, measure=..., restrict_vocab=words)`` for each measure that the vectors have: a scan
    of one byte a coordinate finds candidates, a second byte decides among them.  Words whose scores differ by less
    than that tells apart, some 10⁻⁵ of a cosine, may change places.

    Parameters
    ----------
    words : so many of the first, all where there are fewer
    broader : of so many words, those of whose kinds the text tells most, ``hypernyms`` are asked beforehand, about
        .1 s each; narrower words on the page are those of them that name a word
    sentences : lists of tokens, from which ``of_each`` examples of each word are taken
    senses : word → its senses in a text, such as ``model.senses_batch(words, text)`` finds, shown with the word that
        they say they are of
    title : of the page
    progress : passed the words that are asked beforehand, to give them one by one

    Raises
    ------
    ParameterError
        For vectors without words, a word with a lone surrogate in it, or numbers below 1 (``broader`` below 0).
    """
    check_parameter("vectors", vectors, Instance((KeyedVectors,), "KeyedVectors, DensityVectors or the like"))
    check_parameters(
        {"words": words, "broader": broader, "of_each": of_each},
        {"words": Interval(int, 1), "broader": Interval(int, 0), "of_each": Interval(int, 1)},
    )
    size = min(words, len(vectors))
    if size < 2:
        raise ParameterError(f"an explorer needs at least two words, got {size}")
    facts, blocks = blocks_of(vectors, size)
    shown = [vectors.words[row] for row in range(size)]
    in_utf8(shown)  # refuses what no page can hold, nor an address of one
    header = facts | {
        "title": title,
        "words": shown,
        "delimiter": delimiter_in(vectors.parameters),
        "first": min(size - 1, _first(vectors, size)),
        "counts": None if vectors.counts is None else vectors.counts[:size].tolist(),
        "generality": None,
        "measures": {name: LABELS.get(name, (name, "")) for name in MEASURES},
        "arcs": {str(level): float(chi2.ppf(level, facts["dim"])) for level in LEVELS},
        "relations": {"asked": [], "broader": {}, "narrower": {}},
        "sentences": None,
        "senses": {},
    }
    if isinstance(vectors, DensityVectors):
        header["generality"] = [round(vectors.generality(word), 3) for word in shown]
        header["relations"] = _relations(vectors, shown, broader, progress)
    places = {word: row for row, word in enumerate(shown)}
    if sentences is not None:
        header["sentences"] = example_sentences(sentences, places, of_each)
    if senses is not None:
        header["senses"] = senses_on_page(senses, places)
    return _filled(header, {name: encoded(block) for name, block in blocks.items()})


def save_explorer(vectors: KeyedVectors, path: str | os.PathLike[str], **options: Any) -> None:
    """Write ``explorer_page(vectors, **options)``, all or nothing; packed where the name ends in .gz or the like."""
    data = explorer_page(vectors, **options).encode()
    write_file(path, [data], len(data))


def _first(vectors: KeyedVectors, size: int) -> int:
    """The word that is shown first: after the commonest ones, which say least."""
    return (
        size // 10 if vectors.counts is None else int(np.searchsorted(-vectors.counts[:size], -vectors.counts[0] / 50))
    )


def _relations(
    vectors: DensityVectors, shown: list[str], number: int, progress: Callable[[list[str]], Iterable[str]]
) -> dict[str, Any]:
    """Broader words and their probabilities, by row, of the words of which the text tells most; and turned about."""
    places = {word: row for row, word in enumerate(shown)}
    broader: dict[int, list[tuple[int, float]]] = {}
    narrower: dict[int, list[tuple[int, float]]] = {}
    asked = most_told(vectors, len(shown))[:number].tolist()
    for word in progress([shown[row] for row in asked]):
        found = vectors.hypernyms(word, _BROADER, restrict_vocab=len(shown))
        own = [(places[other], round(probability, 4)) for other, probability in found]
        if own:
            broader[places[word]] = own
        for other, probability in own:
            narrower.setdefault(other, []).append((places[word], probability))
    for found_below in narrower.values():
        found_below.sort(key=lambda each: (-each[1], each[0]))
    return {"asked": asked, "broader": broader, "narrower": narrower}


def _filled(header: dict[str, Any], blocks: dict[str, str]) -> str:
    def read(name: str) -> str:
        return files("densevec.plotting.explorer").joinpath(name).read_text(encoding="utf-8")

    # A script ends at the first "</script", even within a string.
    data = json.dumps(header, separators=(",", ":"), allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    arrays = (f'<script type="text/plain" id="block-{name}">{text}</script>' for name, text in blocks.items())
    parts = {
        "title": html.escape(header["title"]),
        "style": read("style.css"),
        "header": data.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
        "blocks": "\n".join(arrays),
        "script": "\n".join(read(name) for name in _SCRIPTS),
    }
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], read("page.html"))
    return re.sub("[\ud800-\udfff]", "\ufffd", page)  # of sentences and the title
