"""Fitting the network that decides entailment to a text's own evidence."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._random import generator, integer_seed
from densevec.corpus import Phrases, Vocabulary
from densevec.corpus.specificity import specificity
from densevec.densities import get_measure
from densevec.evidence.gathering import gather
from densevec.evidence.languages import NAMES, Language, read_language, recognise
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
from densevec.vectors.state import State

_logger = logging.getLogger(__name__)
_LEAST_PAIRS = 400  # different ones that a network is fitted to
_MOST_NARROW = 4_000  # words of each half whose pairs are looked at
_MOST_OTHERS = 1_200  # words of each half that need not be narrow ones
_MOST_STATEMENTS = 5.0  # of a pair, that count: to the power 2, as what is said once is often wrong
_REPEATED_WEIGHT = 0.06  # of a pair of one half that the other half does not state
_EXAMPLES = 2000  # sentences that are kept of a corpus of files


def check_evidence(settings: Any) -> None:
    """Raise before training what ``learn_inference`` would raise after it for a language that is none, or its file."""
    if settings.evidence not in (None, "auto"):
        read_language(settings.evidence)


def learn_inference(
    vectors: DensityVectors,
    encoded: Any,
    vocabulary: Vocabulary,
    settings: Any,
    *,
    is_of_files: bool,
    phrases: Phrases | None,
    added: npt.NDArray[np.int64] | None = None,
) -> None:
    """Read a text's evidence, fit the network to it, and give both to the vectors; of little the evidence alone.

    ``phrases`` are those that were joined in it, or None.  Where the vectors have that of earlier texts it is added to
    it, and ``added`` (V,) says how often each word comes in this one; it stays as it is where the patterns are found
    out and this text is of another language, or of none known.

    Positives are pairs that one half of the statements makes, looked at with the evidence of the other half; negatives
    are pairs with a random broad word (by count as one, to the power ¾), with a random word, a neighbour of the narrow
    word, the pair the other way round, any word of the text with a random broad one, and, with little weight, pairs
    that only the half looked at states.
    """
    if len(vectors) < 2 or settings.evidence is None:
        return
    counts = np.asarray(vocabulary.counts)
    in_text = counts if added is None else added
    told = specificity(encoded, in_text, workers=settings.workers)
    before = vectors._state.specificity
    if added is not None and before is not None:  # the mean of what each tells, by the word's tokens there
        share = np.where(before == 0, 1.0, added / np.maximum(counts, 1))
        told = share * told + (1 - share) * before
    attributes = {**vectors._state.attributes, SPECIFICITY: told}
    vectors._state = vectors._state.changed(attributes=attributes, scale=None).scaled()
    state, delimiter = vectors._state, None if phrases is None else phrases.delimiter
    evidence = _evidence(state, encoded, vocabulary, settings, in_text, is_of_files, delimiter)
    if evidence is None:
        return
    if len(evidence.narrow) < _LEAST_PAIRS:
        _tell_of_few(evidence, settings.evidence, recognise(vocabulary.words, in_text, delimiter))
        vectors._state = state.changed(evidence=evidence if len(evidence.narrow) else None)
        return
    random = generator(settings.seed, "entailment evidence")
    halves = _halves(evidence, random)
    examples = _examples(state, evidence, halves, random)
    from densevec.models.inference_fit import fit  # and with it an optimiser, once there is something to fit

    network, reliability = fit(state, examples, integer_seed(settings.seed, "entailment network"))
    inference = Inference(evidence, network, reliability)
    _logger.info(
        "%s: %d pairs of words stated %.0f times; calibration error %.3f",
        evidence.language,
        len(evidence.narrow),
        evidence.weight.sum(),
        inference.calibration_error,
    )
    set_inference(vectors, inference)


def _evidence(
    state: State,
    encoded: Any,
    vocabulary: Vocabulary,
    settings: Any,
    in_text: npt.NDArray[np.int64],
    is_of_files: bool,
    delimiter: str | None,
) -> Evidence | None:
    """What the text and earlier ones say of kinds of things; None where they are in no language that is known."""
    counts, num_examples = np.asarray(vocabulary.counts), settings.example_sentences
    known = _known(state, counts - in_text, delimiter)
    language = _language(settings.evidence, vocabulary, in_text, known, delimiter)
    found = None
    if language is not None:
        found = gather(
            encoded,
            vocabulary.words,
            counts,
            language,
            lambda first, second: state.rows.pairs(get_measure("cosine"), first, second),
            in_text=in_text,
            num_examples=(_EXAMPLES if is_of_files else 0) if num_examples is None else num_examples,
            workers=settings.workers,
            delimiter=delimiter,
            known=None if known is None else known.folds,
        )
    if known is not None:
        together = known if found is None else found.with_earlier(known)
        return together.with_examples_of(_EXAMPLES if num_examples is None else num_examples)
    return found


def _tell_of_few(evidence: Evidence, name: Any, spoken: Language | None) -> None:
    """Say that nothing is learned, and where a language of ours was asked for and the text is in another, that."""
    is_amiss = name in NAMES and (spoken is None or spoken.name != evidence.language)
    _logger.log(
        logging.WARNING if is_amiss else logging.INFO,
        "%s: %d pairs of words are stated, and entailment is learned from %d or more: the densities decide it%s",
        evidence.language,
        len(evidence.narrow),
        _LEAST_PAIRS,
        f"; the text is {_in(spoken)}: set evidence='auto', not {name!r}" if is_amiss else "",
    )


def _in(language: Language | None) -> str:
    return "in no language that is known" if language is None else f"in {language.name}"


def _known(state: State, before: npt.NDArray[np.int64], delimiter: str | None) -> Evidence | None:
    """What earlier texts say, in which words come ``before`` times, (V,), and in which language."""
    known = state.evidence
    if known is None or known.language is not None:  # files from before 2026-12 name none
        return known
    language = recognise(state.words, before, delimiter)
    return known if language is None else replace(known, language=language.name)


def _language(
    name: Any, vocabulary: Vocabulary, in_text: npt.NDArray[np.int64], known: Evidence | None, delimiter: str | None
) -> Language | None:
    """That of the patterns that a text is read with: the one it has, unless what is ``known`` is said in another."""
    if name != "auto":
        return read_language(name)
    language = recognise(vocabulary.words, in_text, delimiter)
    if known is None or known.language in (None, None if language is None else language.name):
        return language
    _logger.info(
        "what is known of kinds of things is said in %s, and the text %s: nothing is added to it",
        known.language,
        _in(language),
    )
    return None


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
