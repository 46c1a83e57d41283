"""How words differ between two models: two periods, two authors, two trainings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from densevec._roles import as_words
from densevec._validation import Interval, check_parameter
from densevec.densities import cosine
from densevec.errors import MissingWordError

Ranked = list[tuple[str, float]]


@dataclass(frozen=True)
class WordComparison:
    """A word in two models.

    cosine : of its two vectors, the second model's turned onto the first's: 1 where its place is the same
    shared : share of the neighbours of either that both have (Jaccard's index)
    neighbours, generality, hypernyms : of the first and of the second; None for vectors without densities
    """

    word: str
    cosine: float
    shared: float
    neighbours: tuple[Ranked, Ranked]
    generality: tuple[float, float] | None
    hypernyms: tuple[Ranked, Ranked] | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_words(first: Any, second: Any, words: Sequence[str], topn: int = 10) -> list[WordComparison]:
    """How each word's place, neighbours, generality and broader words differ, in the order of the words.

    ``second.aligned_to(first)``, an orthogonal map fitted to all words that both have, makes their places comparable;
    what neighbours and densities say needs none.

    Errors: MissingWordError for a word that either lacks; ParameterError for other dimensions, or a ``topn`` below 1.
    """
    check_parameter("topn", topn, Interval(int, 1))
    listed = as_words(words)
    for name, vectors in (("first", first), ("second", second)):
        missing = next((word for word in listed if word not in vectors), None)
        if missing is not None:
            raise MissingWordError(f"{missing!r} is not a word of the {name} model; compare words that both have")
    turned = second.aligned_to(first)
    is_dense = all(hasattr(vectors, "hypernyms") for vectors in (first, second))
    found = []
    for word in listed:
        near = first.most_similar(word, topn=topn), second.most_similar(word, topn=topn)
        ours, theirs = ({other for other, _ in each} for each in near)
        found.append(
            WordComparison(
                word=word,
                cosine=float(cosine(first.get_vector(word), None, turned.get_vector(word), None)),
                shared=len(ours & theirs) / max(len(ours | theirs), 1),
                neighbours=near,
                generality=(first.generality(word), second.generality(word)) if is_dense else None,
                hypernyms=(first.hypernyms(word, topn), second.hypernyms(word, topn)) if is_dense else None,
            )
        )
    return found
