"""What is answered to each question, as plain JSON values."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from densevec.densities import MEASURES
from densevec.errors import ParameterError
from densevec.vectors import DensityVectors, KeyedVectors
from densevec.vectors.word_store import own_spelling

Answer = dict[str, Any]


def describe(vectors: KeyedVectors) -> Answer:
    """What is served."""
    graph = vectors.graph_index
    return {
        "words": len(vectors),
        "dimensions": vectors.vector_size,
        "class": type(vectors).__name__,
        "measures": _measures(vectors),
        "graph": None if graph is None else {"measure": graph.measure, "recall": graph.recall},
    }


def words_beginning(vectors: KeyedVectors, prefix: str, limit: int) -> Answer:
    """The first words that begin so, as it is or with the words of a phrase joined, or as the text would have those, in
    the order of the file."""
    state = vectors._state
    spelled = prefix, re.sub(r"(?<=\S)\s+", lambda _: state.delimiter, prefix)
    beginnings = (*spelled, *map(state.as_read, spelled))
    return {"words": list(islice((word for word in vectors.words if word.startswith(beginnings)), limit))}


def neighbors(vectors: KeyedVectors, word: str, topn: int, measure: str, *, exact: bool) -> Answer:
    """``most_similar`` of a word, and what share of the nearest words it is expected to name."""
    found = vectors.most_similar([word], topn=topn, measure=measure, exact=exact)
    recall = 1.0 if exact else vectors.expected_recall(measure, topn)
    return {"word": word, "measure": measure, "recall": recall, "neighbors": _pairs(found, "score")}


def analogy(vectors: KeyedVectors, positive: list[str], negative: list[str], topn: int, *, exact: bool) -> Answer:
    """``most_similar`` of several words."""
    found = vectors.most_similar(positive, negative, topn=topn, exact=exact)
    return {"recall": 1.0 if exact else vectors.expected_recall("cosine", topn), "neighbors": _pairs(found, "score")}


def compare(vectors: KeyedVectors, a: str, b: str) -> Answer:
    """Two words by every measure, a as the query, and how much of each lies in the other."""
    answer: Answer = {"scores": {name: float(vectors.scores(a, [b], measure=name)[0]) for name in _measures(vectors)}}
    if isinstance(vectors, DensityVectors):
        answer["inclusion"] = {"a_in_b": vectors.inclusion(a, b), "b_in_a": vectors.inclusion(b, a)}
    return answer


def entails(vectors: KeyedVectors, a: str, b: str, prior: float) -> Answer:
    """Whether a entails b, how probably, and by how many nats."""
    densities = _densities(vectors)
    probability = densities.entailment_probability(a, b, prior=prior)
    return {"entails": probability >= 0.5, "probability": probability, "entailment": densities.entailment(a, b)}


def hypernyms(vectors: KeyedVectors, word: str, topn: int) -> Answer:
    """Broader words."""
    return {"word": word, "hypernyms": _pairs(_densities(vectors).hypernyms(word, topn), "probability")}


def hyponyms(vectors: KeyedVectors, word: str, topn: int) -> Answer:
    """Narrower words."""
    return {"word": word, "hyponyms": _pairs(_densities(vectors).hyponyms(word, topn), "probability")}


def breadth(vectors: KeyedVectors, word: str) -> Answer:
    """How general a word is, from 0 to 1, its entropy in nats, and how often it was seen: null where that is not
    known, as of a word that sub-words compose."""
    densities = _densities(vectors)
    counts, row = densities.counts, densities.get_index(own_spelling(densities, word), -1)
    return {
        "word": word,
        "generality": densities.generality(word),
        "entropy": float(densities.entropy(word)),
        "count": None if counts is None or row < 0 else int(counts[row]),
    }


def _measures(vectors: KeyedVectors) -> list[str]:
    return list(MEASURES) if isinstance(vectors, DensityVectors) else ["cosine"]


def _densities(vectors: KeyedVectors) -> DensityVectors:
    if not isinstance(vectors, DensityVectors):
        raise ParameterError("the vectors must be word densities for this question, got points")
    return vectors


def _pairs(found: list[tuple[str, float]], name: str) -> list[Answer]:
    return [{"word": word, name: float(value)} for word, value in found]
