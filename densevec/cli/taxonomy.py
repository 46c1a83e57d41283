"""``densevec taxonomy FILE WORD [WORD...]``"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from densevec.cli.files import File, check_writable, known_words
from densevec.cli.output import Style, table
from densevec.cli.paths import PathOption, Role
from densevec.errors import ParameterError
from densevec.plotting.taxonomy import Edge, as_plain, save_taxonomy, taxonomy_ending
from densevec.vectors import EntailmentGraph

_LEAST = 0.5  # probability; what is less probable is no entailment


@dataclass(frozen=True)
class Taxonomy:
    """The words asked for with those above and below them, and which entails which, without what follows from that.

    edges : (narrow, broad, probability)
    nothing : what is said where there are none
    """

    asked: list[str]
    words: list[str]
    edges: list[Edge]
    missing: dict[str, str]
    file: str | None
    nothing: str

    def as_dict(self) -> dict[str, Any]:
        return {**as_plain(self.words, self.edges, self.asked), "missing": self.missing, "file": self.file}

    def as_text(self, style: Style) -> str:
        rows = list(self._rows())
        lines = table([[f"{'  ' * depth}{word}", said] for depth, word, said in rows]).splitlines()
        shown = []
        for (depth, word, said), line in zip(rows, lines, strict=True):
            text = style.bold(word) if word in self.asked else word
            rest = line[2 * depth + len(word) :]
            shown.append(f"{'  ' * depth}{text}{style.faint(rest) if said else rest}")
        if not self.edges:
            shown += ["", self.nothing]
        if self.file is not None:
            shown += ["", f"drawn in {style.bold(self.file)}"]
        return "\n".join(shown)

    def _rows(self) -> Iterator[tuple[int, str, str]]:
        """(depth, word, remark) from the broadest words down; what lies below a word is told once."""
        below: dict[str, list[tuple[str, float]]] = {word: [] for word in self.words}
        for narrow, broad, probability in self.edges:
            below[broad].append((narrow, probability))
        has_broader = {narrow for narrow, _, _ in self.edges}
        told: set[str] = set()
        waiting = [(0, word, "") for word in reversed(self.words) if word not in has_broader]
        while waiting:
            depth, word, said = waiting.pop()
            if word in told and below[word]:
                yield depth, word, f"{said}  (see above)"
                continue
            yield depth, word, said
            told.add(word)
            lower = sorted(below[word], key=lambda pair: pair[1])
            waiting += [(depth + 1, narrow, f"{probability:.2f}") for narrow, probability in lower]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=PathOption(Role.INPUT), metavar="FILE", help="a densevec file with word densities")
    parser.add_argument("words", type=str, metavar="WORD", nargs="+", help="such as kakapo dog; one graph holds all")
    parser.add_argument(
        "--depth", type=int, default=2, metavar="N", help="how many steps up, and down, from each word (default: 2)"
    )
    parser.add_argument(
        "--topn",
        type=int,
        default=4,
        metavar="N",
        help="how many words above, and below, each word; half as many at every further step (default: 4)",
    )
    parser.add_argument(
        "--least",
        type=float,
        default=0.95,
        metavar="P",
        help="leave out what entails less probably, from 0.5 to 1; of any two words of a graph few do (default: 0.95)",
    )
    parser.add_argument(
        "--restrict-vocab",
        type=int,
        default=20_000,
        metavar="N",
        help="besides the words named, only the N most frequent ones (default: 20000)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=PathOption(Role.OUTPUT),
        metavar="FILE",
        help="draw it too: .svg, .html (a page of its own), .dot, or .json",
    )


def run(args: argparse.Namespace) -> Taxonomy:
    for name in ("depth", "topn"):
        if getattr(args, name) < 0:
            raise ParameterError(f"--{name} must be at least 0, got {getattr(args, name)}")
    if not _LEAST <= args.least <= 1:
        raise ParameterError(f"--least must be from {_LEAST} to 1, got {args.least:g}")
    if args.output is not None:
        taxonomy_ending(args.output)
        check_writable(args.output)
    vectors = File(args.file).densities()
    asked, missing = known_words(vectors, args.words)
    words = list(asked)
    for search in (vectors.hypernyms, vectors.hyponyms):
        words += _reached(search, asked, args)
    words, edges = _edges(vectors.entailment_graph(list(dict.fromkeys(words))), asked, args.least)
    if args.output is not None:
        save_taxonomy(words, edges, args.output, marked=asked, title=", ".join(asked))
    return Taxonomy(asked, words, edges, missing, args.output, _nothing(args))


def _nothing(args: argparse.Namespace) -> str:
    """What there is none of, and by which options there may be some."""
    zero = [f"--{name}" for name in ("depth", "topn") if getattr(args, name) == 0]
    if zero:
        return f"nothing above or below was looked for; raise {' and '.join(zero)} for more"
    told = f"nothing above or below with a probability of at least {args.least:g}"
    return f"{told}; lower --least for more" if args.least > _LEAST else told


def _edges(graph: EntailmentGraph, asked: list[str], least: float) -> tuple[list[str], list[Edge]]:
    """Of a graph what is certain enough, reduced again, and the words that it joins, with those asked for."""
    found = [(narrow, broad, float(1 / (1 + np.exp(-odds)))) for narrow, broad, odds in graph.entailments]
    certain = [edge for edge in found if edge[2] >= least]
    place = {word: number for number, word in enumerate(graph.words)}
    pairs = [(place[narrow], place[broad]) for narrow, broad, _ in certain]
    edges = EntailmentGraph.of(graph.words, pairs, [edge[2] for edge in certain]).edges
    joined = {*asked, *(word for edge in edges for word in edge[:2])}
    return [word for word in graph.words if word in joined], list(edges)


def _reached(search: Any, words: list[str], args: argparse.Namespace) -> list[str]:
    """The words that repeated searches reach, half as many from each word at every step."""
    found, outer, topn = dict.fromkeys(words), list(words), args.topn
    for _ in range(args.depth):
        if topn < 1:
            break
        pairs = [pair for word in outer for pair in search(word, topn, restrict_vocab=args.restrict_vocab)]
        outer = [word for word in dict.fromkeys(word for word, p in pairs if p >= args.least) if word not in found]
        found |= dict.fromkeys(outer)
        topn //= 2
    return list(found)
