"""Two alignments of a sentence pair, one in each direction, made one (Koehn, Och & Marcu 2003)."""

from __future__ import annotations

from collections.abc import Iterable, Set
from heapq import heapify, heappop, heappush
from numbers import Integral
from typing import Any

from densevec._containers import is_list_like, listed, plain
from densevec._validation import Choice, check_parameter
from densevec.corpus.parallel import Link
from densevec.errors import ParameterTypeError

Links = set[Link]

METHODS = ("intersection", "union", "grow-diag", "grow-diag-final", "grow-diag-final-and")

_NEIGHBOURS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def symmetrise(forward: Iterable[Link], backward: Iterable[Link], method: str = "grow-diag-final-and") -> Links:
    """The links of two directions as one set.

    ``forward`` and ``backward`` are links (i, j) from source position i to target position j, both from 0; those of the
    model from target to source must have been turned round already.

    - "intersection", "union": of the two sets.
    - "grow-diag": the intersection, grown by links of the union that touch it (diagonally too) and whose source or
      target word has no link yet; words are visited by source, then target position, until nothing is added.
    - "grow-diag-final": then any link of ``forward``, then of ``backward``, whose source or target word has none.
    - "grow-diag-final-and": then only those whose source and target word both have none.

    Source: Koehn, Och & Marcu, Statistical Phrase-Based Translation (2003), as spelled out in Koehn et al. (2005).
    Errors: ParameterError for another method.

    >>> sorted(symmetrise({(0, 0), (1, 1), (2, 1)}, {(0, 0), (1, 1), (1, 2), (4, 4)}, "grow-diag"))
    [(0, 0), (1, 1), (1, 2), (2, 1)]
    """
    check_parameter("method", method, Choice(METHODS))
    first, second = as_links(forward, "forward"), as_links(backward, "backward")
    if method == "union":
        return first | second
    links = first & second
    if method == "intersection":
        return links
    growing = _Growing(links)
    growing.grow(first | second)
    if method != "grow-diag":
        needs_both = method == "grow-diag-final-and"
        growing.add_final(first, needs_both)
        growing.add_final(second, needs_both)
    return growing.links


def as_links(links: Any, name: str = "links") -> Links:
    """The links (i, j) of a sentence as a set; ParameterTypeError for what holds anything but pairs of positions.

    >>> as_links([[0, 0], (1, 2)]) == {(0, 0), (1, 2)}
    True
    """
    if isinstance(links, Set) or is_list_like(links):
        pairs = [tuple(listed(plain(link))) if is_list_like(plain(link)) else () for link in links]
        if all(len(pair) >= 2 and all(isinstance(place, Integral) for place in pair[:2]) for pair in pairs):
            return {(int(pair[0]), int(pair[1])) for pair in pairs}
    raise ParameterTypeError(
        f"{name} must be links (i, j) from source position i to target position j, both from 0, got {links!r:.80}"
    )


class _Growing:
    """Links to which others are added, and the words that have one."""

    def __init__(self, links: Links) -> None:
        self.links = set(links)
        self.sources = {i for i, _ in links}
        self.targets = {j for _, j in links}

    def grow(self, union: Links) -> None:
        """Add neighbours from the union whose source or target word is free, until there are no more.

        Passes go over all links in order; what is added behind the current link waits for the next pass.  Each link
        needs one visit: a neighbour refused once is refused for ever, since words with links keep them.
        """
        this_pass = list(self.links)
        heapify(this_pass)
        while this_pass:
            next_pass: list[Link] = []
            while this_pass:
                link = heappop(this_pass)
                for down, right in _NEIGHBOURS:
                    neighbour = link[0] + down, link[1] + right
                    if neighbour in union and not self._has_both(neighbour):
                        self._add(neighbour)
                        heappush(this_pass if neighbour > link else next_pass, neighbour)
            this_pass = next_pass

    def add_final(self, links: Links, needs_both: bool) -> None:
        """Add links in order whose source or target word is free, or both."""
        for link in sorted(links):
            if not (self._has_any(link) if needs_both else self._has_both(link)):
                self._add(link)

    def _has_both(self, link: Link) -> bool:
        return link[0] in self.sources and link[1] in self.targets

    def _has_any(self, link: Link) -> bool:
        return link[0] in self.sources or link[1] in self.targets

    def _add(self, link: Link) -> None:
        self.links.add(link)
        self.sources.add(link[0])
        self.targets.add(link[1])
