"""Fitting the network that decides entailment to a text's own evidence."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._random import generator, integer_seed
from densevec.corpus import Vocabulary
from densevec.corpus.specificity import specificity
from densevec.densities import get_measure
from densevec.evidence.gathering import gather
from densevec.evidence.languages import Language, read_language, recognise
from densevec.evidence.network import Inference
from densevec.evidence.table import Evidence
from densevec.models.examples import Examples
from densevec.vectors import DensityVectors
from densevec.vectors._attributes import SPECIFICITY
from densevec.vectors.inference import (
    NUM_NEAR,
    Near,
    features_of_pairs,
    locate,
    nearest_sources,
    set_inference,
)

_logger = logging.getLogger(__name__)
_LEAST_PAIRS = 400  # different ones that a text must state
_MOST_NARROW = 4_000  # words of each half whose pairs are looked at
_MOST_OTHERS = 1_200  # words of each half that need not be narrow ones
_MOST_STATEMENTS = 5.0  # of a pair, that count: to the power 2, as what is said once is often wrong
_REPEATED_WEIGHT = 0.06  # of a pair of one half that the other half does not state


def check_evidence(settings: Any) -> None:
    """Raise before training what ``learn_inference`` would raise after it for a language that is none, or its file."""
    if settings.evidence not in (None, "auto"):
        read_language(settings.evidence)


class Earlier(NamedTuple):
    """What vectors that another text goes on with have of the earlier ones.

    vectors : as they were
    rows : (V,) the row that each word had there, −1 of a new one
    added : (V,) how often each comes in the new text
    """

    vectors: DensityVectors
    rows: npt.NDArray[np.int64]
    added: npt.NDArray[np.int64]

    def specificity(self, told: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """That of both texts: the mean of what each tells of a word, weighted by its tokens there."""
        known = self.vectors._state.specificity
        if known is None:
            return told
        before = np.where(self.rows >= 0, known[np.maximum(self.rows, 0)], 0.0)
        share = self.added / np.maximum(counts, 1)
        mean: npt.NDArray[np.float64] = share * told + (1 - share) * before
        return mean

    def joined(self, evidence: Evidence) -> Evidence:
        """The evidence of both texts."""
        statements = self.vectors._state.statements
        if statements is None:
            return evidence
        place = {word: row for row, word in enumerate(evidence.words)}
        places = np.array([place.get(word, -1) for word in statements.words], np.int32)
        return evidence.with_earlier(statements, places)


def learn_inference(
    vectors: DensityVectors,
    encoded: Any,
    vocabulary: Vocabulary,
    settings: Any,
    *,
    is_of_files: bool,
    earlier: Earlier | None = None,
) -> None:
    """Read a text's evidence, fit the network to it, and give both to the vectors, unless there is too little.

    That of an ``earlier`` text is added to it.

    Positives are pairs that one half of the statements makes, looked at with the evidence of the other half; negatives
    are pairs with a random broad word (by count as one, to the power ¾), with a random word, a neighbour of the narrow
    word, the pair the other way round, any word of the text with a random broad one, and, with little weight, pairs
    that only the half looked at states.
    """
    if len(vectors) < 2 or settings.evidence is None:
        return
    counts = np.asarray(vocabulary.counts)
    in_text = counts if earlier is None else earlier.added
    told = specificity(encoded, in_text, workers=settings.workers)
    if earlier is not None:
        told = earlier.specificity(told, counts)
    attributes = {**vectors._state.attributes, SPECIFICITY: told}
    vectors._state = vectors._state.changed(attributes=attributes, scale=None).scaled()
    language = _language(settings.evidence, vocabulary)
    if language is None:
        return
    state = vectors._state
    num_examples = settings.example_sentences
    evidence = gather(
        encoded,
        vocabulary.words,
        counts,
        language,
        lambda first, second: state.rows.pairs(get_measure("cosine"), first, second),
        in_text=in_text,
        num_examples=(2000 if is_of_files else 0) if num_examples is None else num_examples,
        workers=settings.workers,
    )
    if earlier is not None:
        evidence = earlier.joined(evidence)
    if len(evidence.narrow) < _LEAST_PAIRS:
        _logger.info("%s: %d pairs, too few to learn from", language.name, len(evidence.narrow))
        return
    random = generator(settings.seed, "entailment evidence")
    halves = _halves(evidence, random)
    examples = _examples(state, evidence, halves, random)
    from densevec.models.inference_fit import fit  # and with it an optimiser, once there is something to fit

    network, reliability = fit(state, examples, integer_seed(settings.seed, "entailment network"))
    inference = Inference(evidence, network, reliability)
    _logger.info(
        "%s: %d pairs of words stated %.0f times; calibration error %.3f",
        language.name,
        len(evidence.narrow),
        evidence.weight.sum(),
        inference.calibration_error,
    )
    set_inference(vectors, inference)


def _language(name: Any, vocabulary: Vocabulary) -> Language | None:
    return recognise(vocabulary.words, vocabulary.counts) if name == "auto" else read_language(name)


class _Half(NamedTuple):
    """Evidence that is looked at, and what of each pair's count is kept for the labels."""

    seen: Evidence
    held: npt.NDArray[np.float32]


def _halves(evidence: Evidence, random: np.random.Generator) -> list[_Half]:
    """Each half of the statements as evidence, beside the other half."""
    times = np.maximum(np.rint(evidence.weight), 1).astype(np.int64)
    share = (random.binomial(times, 0.5) / times).astype(np.float32)
    held = [evidence.weight * share, evidence.weight * (1 - share)]
    return [_Half(evidence.held_out(each), each) for each in held]


def _examples(state: Any, evidence: Evidence, halves: list[_Half], random: np.random.Generator) -> Examples:
    parts = [_labelled(state, evidence, half, random) for half in halves]
    narrow = np.unique(np.concatenate([part.narrow for part in parts]))
    near = nearest_sources(state, evidence, [state.rows.item(row) for row in narrow.tolist()], 2 * NUM_NEAR + 1)
    examples = []
    for part, half in zip(parts, halves, strict=True):
        own = np.unique(part.narrow)
        place = np.searchsorted(narrow, own)
        beside = Near(near.rows[place], near.cosines[place])
        pairs = _with_neighbours(part, own, beside, evidence, random)
        among = _of_seen(state, half.seen, own, beside)
        features = features_of_pairs(state, half.seen, pairs.narrow, pairs.broad, among)
        examples.append(pairs._replace(features=features))
    return Examples(*(np.concatenate(columns) for columns in zip(*examples, strict=True)))


def _labelled(state: Any, evidence: Evidence, half: _Half, random: np.random.Generator) -> Examples:
    """Pairs without their features, but those with neighbours."""
    true = np.flatnonzero(half.held > 0)
    words = np.unique(evidence.narrow[true])
    if len(words) > _MOST_NARROW:
        words = np.sort(random.choice(words, _MOST_NARROW, replace=False))
    true = true[np.isin(evidence.narrow[true], words)]
    narrow, broad = evidence.narrow[true].astype(np.int64), evidence.broad[true].astype(np.int64)
    number = len(true)
    size = len(evidence.words)
    frequent = min(size, max(size // 4, 1000))  # rare words would only teach rarity
    counts = np.ones(size) if state.counts is None else state.counts
    any_word = random.choice(random.choice(size, _MOST_OTHERS, p=_share(counts)), number // 2)
    likely = random.choice(size, 2 * number + len(any_word), p=_share(evidence.of_broad))
    first = np.concatenate([narrow, narrow, any_word, narrow, broad])
    second = np.concatenate([likely, random.integers(frequent, size=number), narrow])
    first, second = _false(evidence, first, second)
    unstated = np.flatnonzero((half.held == 0) & np.isin(evidence.narrow, words))
    unstated = random.choice(unstated, min(number, len(unstated)), replace=False)
    weight = np.minimum(half.held[true], _MOST_STATEMENTS) ** 2
    mean = weight.mean()
    weights = [weight, np.full(len(first), mean), np.full(len(unstated), _REPEATED_WEIGHT * mean)]
    narrow = np.concatenate([narrow, first, evidence.narrow[unstated]]).astype(np.int64)
    broad = np.concatenate([broad, second, evidence.broad[unstated]]).astype(np.int64)
    return Examples(np.empty((0, 0)), np.arange(len(narrow)) < number, np.concatenate(weights), narrow, broad)


def _share(counts: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    powers = counts.astype(np.float64) ** 0.75
    shares: npt.NDArray[np.float64] = powers / powers.sum()
    return shares


def _false(
    evidence: Evidence, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Those of some pairs of which the text does not say that they are true, or the other way round twice as often."""
    a, b = evidence.folds[first].astype(np.int64), evidence.folds[second].astype(np.int64)
    holds = (a != b) & (evidence.count(a, b) <= 0.5 * evidence.count(b, a))
    return first[holds], second[holds]


def _with_neighbours(
    pairs: Examples, own: npt.NDArray[np.int64], near: Near, evidence: Evidence, random: np.random.Generator
) -> Examples:
    """The pairs, and for each true one its narrow word with one of the nearest to it."""
    narrow = pairs.narrow[pairs.label]
    chosen = random.integers(min(12, near.rows.shape[1]), size=len(narrow))
    first, second = _false(evidence, narrow, near.rows[np.searchsorted(own, narrow), chosen])
    return Examples(
        pairs.features,
        np.append(pairs.label, np.zeros(len(first), bool)),
        np.append(pairs.weight, np.full(len(first), pairs.weight[pairs.label].mean())),
        np.append(pairs.narrow, first),
        np.append(pairs.broad, second),
    )


def _of_seen(state: Any, seen: Evidence, own: npt.NDArray[np.int64], near: Near) -> Near:
    """The first of those near some words that ``seen`` says something of; a word itself, which does not count, fills
    the rest."""
    is_source = np.zeros(len(state.words), bool)
    is_source[locate(state, seen).sources] = True
    order = np.argsort(~is_source[near.rows], axis=1, kind="stable")[:, : NUM_NEAR + 1]
    rows, cosines = np.take_along_axis(near.rows, order, 1), np.take_along_axis(near.cosines, order, 1)
    return Near(np.where(is_source[rows], rows, own[:, None]), cosines)
