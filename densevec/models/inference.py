"""Fitting the network that decides entailment to a text's own evidence."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from densevec._random import generator, integer_seed
from densevec.corpus import Vocabulary
from densevec.corpus.specificity import specificity
from densevec.densities import get_measure
from densevec.evidence.gathering import gather
from densevec.evidence.languages import Language, read_language, recognise
from densevec.evidence.network import FARTHEST, NUM_FEATURES, Inference, Network
from densevec.evidence.table import Evidence
from densevec.vectors import DensityVectors
from densevec.vectors.inference import SPECIFICITY, Near, features_of_pairs, nearest_sources, set_inference

_logger = logging.getLogger(__name__)
_HIDDEN = 64
_EPOCHS = 5
_ROWS_AT_ONCE = 4096
_LEAST_PAIRS = 400  # different ones that a text must state
_MOST_NARROW = 5_000  # words of each half whose pairs are looked at
_REPEATED_WEIGHT = 0.03  # of a pair of one half that the other half does not state


def check_evidence(settings: Any) -> None:
    """Raise before training what ``learn_inference`` would raise after it for a language that is none, or its file."""
    if settings.evidence not in (None, "auto"):
        read_language(settings.evidence)


def learn_inference(
    vectors: DensityVectors, encoded: Any, vocabulary: Vocabulary, settings: Any, *, is_of_files: bool
) -> None:
    """Read a text's evidence, fit the network to it, and give both to the vectors, unless there is too little.

    Positives are pairs that one half of the statements makes, looked at with the evidence of the other half; negatives
    are pairs with a random broad word (by count as one, to the power ¾), with a random word, a neighbour of the narrow
    word, the pair the other way round, and, with little weight, pairs that only the half looked at states.
    """
    if len(vectors) < 2 or settings.evidence is None:
        return
    told = specificity(encoded, vocabulary.counts, workers=settings.workers)
    vectors._state = vectors._state.changed(attributes={**vectors._state.attributes, SPECIFICITY: told})
    language = _language(settings.evidence, vocabulary)
    if language is None:
        return
    state = vectors._state
    num_examples = settings.example_sentences
    evidence = gather(
        encoded,
        vocabulary.words,
        np.asarray(vocabulary.counts),
        language,
        lambda first, second: state.rows.pairs(get_measure("cosine"), first, second),
        num_examples=(2000 if is_of_files else 0) if num_examples is None else num_examples,
        workers=settings.workers,
    )
    if len(evidence.narrow) < _LEAST_PAIRS:
        _logger.info("%s: %d pairs, too few to learn from", language.name, len(evidence.narrow))
        return
    random = generator(settings.seed, "entailment evidence")
    halves = _halves(evidence, random)
    parts = [_examples(state, evidence, seen, held, random) for seen, held in halves]
    examples = _Examples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    network, reliability = _fit(examples, integer_seed(settings.seed, "entailment network"))
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


class _Examples(NamedTuple):
    features: npt.NDArray[np.float64]
    label: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    narrow: npt.NDArray[np.int64]


def _halves(evidence: Evidence, random: np.random.Generator) -> list[tuple[Evidence, npt.NDArray[np.float32]]]:
    """Each half of the statements as evidence, with what of each pair's count is in the other half."""
    times = np.maximum(np.rint(evidence.weight), 1).astype(np.int64)
    share = (random.binomial(times, 0.5) / times).astype(np.float32)
    held = [evidence.weight * share, evidence.weight * (1 - share)]
    return [(evidence.held_out(each), each) for each in held]


def _examples(
    state: Any, evidence: Evidence, seen: Evidence, held: npt.NDArray[np.float32], random: np.random.Generator
) -> _Examples:
    true = np.flatnonzero(held > 0)
    words = np.unique(evidence.narrow[true])
    if len(words) > _MOST_NARROW:
        words = np.sort(random.choice(words, _MOST_NARROW, replace=False))
    true = true[np.isin(evidence.narrow[true], words)]
    narrow, broad = evidence.narrow[true].astype(np.int64), evidence.broad[true].astype(np.int64)
    number = len(true)
    targets = np.flatnonzero(evidence.of_broad > 0)
    frequent = min(len(evidence.words), max(len(evidence.words) // 4, 1000))  # rare words would only teach rarity
    share = evidence.of_broad[targets] ** 0.75
    likely = random.choice(targets, 2 * number, p=share / share.sum())
    known, place = np.unique(np.concatenate([narrow, broad]), return_inverse=True)
    near = nearest_sources(state, seen, [state.rows.item(row) for row in known.tolist()])
    close = near.rows[place[:number], random.integers(min(12, near.rows.shape[1]), size=number)]
    unstated = np.flatnonzero((held == 0) & np.isin(evidence.narrow, words))
    unstated = random.choice(unstated, min(number, len(unstated)), replace=False)
    first = np.concatenate([narrow, narrow, narrow, narrow, broad])
    second = np.concatenate([likely, random.integers(frequent, size=number), close, narrow])
    there, back = evidence.count(first, second), evidence.count(second, first)
    false = (first != second) & (there <= 0.5 * back)
    first, second = first[false], second[false]
    weight = np.minimum(held[true], 5.0)
    narrow = np.concatenate([narrow, first, evidence.narrow[unstated]]).astype(np.int64)
    broad = np.concatenate([broad, second, evidence.broad[unstated]]).astype(np.int64)
    label = np.arange(len(narrow)) < number
    weights = np.concatenate([weight, np.full(len(first), weight.mean()), np.full(len(unstated), _REPEATED_WEIGHT)])
    looked_up = np.searchsorted(known, np.unique(narrow))
    features = features_of_pairs(state, seen, narrow, broad, Near(near.rows[looked_up], near.cosines[looked_up]))
    return _Examples(features, label, weights, narrow)


def _fit(examples: _Examples, seed: int) -> tuple[Network, npt.NDArray[np.float64]]:
    """The network, fitted to nine tenths of the narrow words, and its reliability on the others.

    Of these one half gives the two numbers (a, b) of log odds' = a · log odds + b that make probabilities right for
    even prior odds (Platt 2000), the other half the reliability.
    """
    random = np.random.default_rng(seed)
    group = random.integers(20, size=int(examples.narrow.max()) + 1)[examples.narrow]
    is_fitted = group >= 2
    centre = examples.features[is_fitted].mean(axis=0)
    scale = examples.features[is_fitted].std(axis=0) + 1e-6
    inputs = torch.tensor(np.clip((examples.features - centre) / scale, -FARTHEST, FARTHEST), dtype=torch.float32)
    label = torch.tensor(examples.label, dtype=torch.float32)
    weight = torch.tensor(_balanced(examples.label, examples.weight), dtype=torch.float32)
    draws = torch.Generator().manual_seed(seed)
    first, second = torch.nn.Linear(NUM_FEATURES, _HIDDEN), torch.nn.Linear(_HIDDEN, 1)
    for layer in (first, second):
        bound = layer.in_features**-0.5
        for tensor in (layer.weight, layer.bias):
            torch.nn.init.uniform_(tensor, -bound, bound, generator=draws)
    parameters = [*first.parameters(), *second.parameters()]
    optimiser = torch.optim.AdamW(parameters, 4e-3, weight_decay=1e-3)
    fitted = torch.tensor(np.flatnonzero(is_fitted))
    for _ in range(_EPOCHS):
        for rows in fitted[torch.randperm(len(fitted), generator=draws)].split(_ROWS_AT_ONCE):
            odds = second(torch.relu(first(inputs[rows]))).squeeze(1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(odds, label[rows], weight[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    arrays = [
        parameter.detach().numpy().astype(np.float64) for parameter in (first.weight.T, first.bias, second.weight[0])
    ]
    network = Network(centre, scale, arrays[0], arrays[1], arrays[2], np.asarray(second.bias.item()))
    odds = network.log_odds(examples.features)
    slope, shift = _platt(odds[group == 0], examples.label[group == 0], weight.numpy()[group == 0])
    network = network._replace(weight2=network.weight2 * slope, bias2=np.asarray(network.bias2 * slope + shift))
    rest = group == 1
    weights = _balanced(examples.label[rest], examples.weight[rest])
    return network, _reliability(slope * odds[rest] + shift, examples.label[rest], weights)


def _balanced(label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weights by which true and false pairs count the same."""
    sums = [max(float(weight[label == side].sum()), 1e-9) for side in (True, False)]
    scaled: npt.NDArray[np.float64] = weight * np.where(label, 0.5 / sums[0], 0.5 / sums[1]) * len(label)
    return scaled


def _platt(odds: npt.NDArray[np.float64], label: npt.NDArray[np.bool_], weight: Any) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    if len(set(label.tolist())) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=1e6).fit(odds[:, None], label, sample_weight=weight)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (slope, shift) if slope > 0 else (1.0, 0.0)


def _reliability(
    odds: npt.NDArray[np.float64], label: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(10, 3): weight, mean probability and share of true pairs, by tenths of the probability."""
    probability = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    bins = np.minimum((10 * probability).astype(np.int64), 9)
    number = np.bincount(bins, weight, 10)
    means = [np.bincount(bins, weight * values, 10) / np.maximum(number, 1e-9) for values in (probability, label)]
    return np.stack([number, *means], axis=-1)
