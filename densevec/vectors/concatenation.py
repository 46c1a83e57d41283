"""Several vectors of a word as one: those of other models, of other texts, side by side."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._unicode import folds_in
from densevec._validation import Interval, check_parameter
from densevec.errors import ParameterError, ParameterTypeError
from densevec.formats import WordIndex, WordVectors
from densevec.vectors import opening
from densevec.vectors._attributes import SPECIFICITY
from densevec.vectors.rows import Rows, SubwordRows
from densevec.vectors.search import widen
from densevec.vectors.state import FloatArray, State
from densevec.vectors.word_store import WordStore

Part = tuple[Rows, FloatArray]  # rows, and what each is multiplied by, (n,)


def concatenate(vectors: Sequence[WordStore], weights: Sequence[float] | None = None, *, normalize: bool = True) -> Any:
    """New vectors that are those of several side by side: (w₁ x₁/‖x₁‖, w₂ x₂/‖x₂‖, ...), of d₁ + d₂ + ... dimensions.

    So the cosine of two words is Σ w_i² cos_i / Σ w_i².  Models that look at text in other ways, such as skip-gram and
    LSA, make other mistakes, which this averages.  Words are those that all have, in the order of the first; counts
    are of the first that has them; a word's attribute, and a parameter of the vectors, of the first that has it.

    Where all have densities so has the result, as if the parts of a word were independent: the Gaussians' variances
    side by side, scaled by the squares of what scales the means; of mixtures every combination of components, K₁ K₂
    ... of them, with the product of their weights.  ``entailment_bound`` and what was learned from evidence go; what
    the text says (``stated``) is that of the first.  Where one has points only, all are taken as points.  Points of
    sub-words whose n-grams are hashed alike, of texts that were lowered and brought into a normal form alike, stay
    such with ``normalize=False``, which is linear; otherwise, and of densities, unknown words are lost.

    Parameters
    ----------
    vectors : two or more
    weights : above 0, one for each; all 1 unless given
    normalize : whether every vector is scaled to length 1 first (a density whole, its variance by the square)

    Examples
    --------
    >>> from densevec import KeyedVectors
    >>> one = KeyedVectors(["kiwi", "plum"], [[1.0, 0.0], [0.0, 2.0]])
    >>> other = KeyedVectors(["plum", "kiwi", "owl"], [[3.0, 4.0], [0.0, 1.0], [1.0, 1.0]])
    >>> KeyedVectors.concatenate([one, other], weights=[1, 5])["plum"].tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    listed = _checked(vectors)
    scales = [1.0] * len(listed) if weights is None else list(weights)
    if len(scales) != len(listed):
        raise ParameterError(f"weights must be one for each of {len(listed)} vectors, got {len(scales)}")
    for scale in scales:
        check_parameter("weights", scale, Interval(float, 0, open_low=True))
    words = [word for word in listed[0].words if all(each._state.words.find(word) >= 0 for each in listed[1:])]
    if not words:
        raise ParameterError("the vectors must have a word that all of them have, and there is none")
    states = [each._state.at(each._state.places(words)) for each in listed]
    parts = [(state.rows, _factors(state, scale, normalize)) for state, scale in zip(states, scales, strict=True)]
    counts = next((state.counts for state in states if state.counts is not None), None)
    parameters = dict(ChainMap(*(each.parameters for each in listed)))
    parameters["concatenated"] = [each.parameters for each in listed]
    parameters |= {"weights": [float(scale) for scale in scales], "scaled_to_length_1": normalize}
    keeps_subwords = not normalize and len({folds_in(each.parameters) for each in listed}) == 1
    made = _made(WordIndex(words), parts, counts, parameters, keeps_subwords=keeps_subwords)
    made._state = made._state.changed(
        attributes=dict(ChainMap(*(dict(state.attributes) for state in states))),
        scale=next((state.scale for state in states if SPECIFICITY in state.attributes), None),
        evidence=next((state.statements for state in states if state.statements is not None), None),
        phrases=_common_phrases(states),
    )
    storages = {state.rows.storage for state in states}
    return made if len(storages) > 1 else made.stored_as(storages.pop())


def _common_phrases(states: Sequence[State]) -> npt.NDArray[np.uint8] | None:
    """Those that were joined in the texts of all."""
    found = {None if state.phrases is None else state.phrases.tobytes() for state in states}
    return states[0].phrases if len(found) == 1 else None


def _checked(vectors: Any) -> list[WordStore]:
    listed = list(vectors) if isinstance(vectors, list | tuple) else [vectors]
    for each in listed:
        if not isinstance(each, WordStore):
            raise ParameterTypeError(f"vectors must be a list of vectors, got {type(each).__name__}")
    if len(listed) < 2:
        raise ParameterError(f"vectors must be two or more to be concatenated, got {len(listed)}")
    return listed


def _factors(state: State, scale: float, normalize: bool) -> FloatArray:
    """What each row is multiplied by; a zero vector cannot be scaled to length 1 and keeps its variance."""
    norms = state.table.norms if normalize else np.ones(len(state.words))
    return np.asarray(scale / np.where(norms > 0, norms, 1.0))


def _made(words: WordIndex, parts: list[Part], counts: Any, parameters: Any, *, keeps_subwords: bool) -> Any:
    """Vectors of the kind that has all that the parts have in common."""
    if all(rows.table.variance is not None for rows, _ in parts):
        return _densities(words, parts, counts, parameters)
    means = np.concatenate([_scaled(widen(rows.table.mean), factors) for rows, factors in parts], axis=1)
    subwords = [rows.subwords for rows, _ in parts if isinstance(rows, SubwordRows)]
    are_alike = len(subwords) == len(parts) and all(each.is_hashed_as(subwords[0]) for each in subwords)
    if keeps_subwords and are_alike and not subwords[0].hashing.is_unit:
        ngrams = [each.rows * np.float32(factors[0]) for each, (_, factors) in zip(subwords, parts, strict=True)]
        joined = subwords[0].with_rows(np.concatenate(ngrams, axis=1))
        return opening.class_named("SubwordVectors")(WordVectors(words, means, counts), joined, parameters)
    return opening.class_named("KeyedVectors")(words, means, counts, parameters)


def _densities(words: WordIndex, parts: list[Part], counts: Any, parameters: Any) -> Any:
    mixtures = [rows.as_mixtures() for rows, _ in parts]
    grid = np.indices([each.weight.shape[1] for each in mixtures]).reshape(len(parts), -1)  # (parts, K₁ K₂ ...)
    means, variances, weight = [], [], np.ones((len(words), grid.shape[1]))
    for each, (_, factors), chosen in zip(mixtures, parts, grid, strict=True):
        assert each.variance is not None  # what a density has
        means.append(_scaled(each.mean, factors)[:, chosen])
        variance = np.broadcast_to(each.variance, each.mean.shape)
        variances.append(_scaled(variance, factors**2)[:, chosen])
        weight *= each.weight[:, chosen]
    mean, variance = np.concatenate(means, axis=-1), np.concatenate(variances, axis=-1)
    if grid.shape[1] == 1:
        return opening.class_named("DensityVectors")(words, mean[:, 0], variance[:, 0], counts, parameters=parameters)
    return opening.class_named("MixtureVectors")(words, mean, variance, weight, counts, parameters=parameters)


def _scaled(values: npt.NDArray[np.float32], factors: FloatArray) -> npt.NDArray[np.float32]:
    """(n, ...) times (n,); what does not fit float32 is infinite, and refused where vectors are made of it."""
    with np.errstate(over="ignore", under="ignore"):
        return (values * factors.reshape(-1, *[1] * (values.ndim - 1))).astype(np.float32)
