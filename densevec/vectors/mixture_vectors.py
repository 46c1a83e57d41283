"""Words with a mixture of Gaussians each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian, Measure, get_measure, kl_divergence
from densevec.errors import FormatError, ParameterError
from densevec.formats import Container
from densevec.vectors import search
from densevec.vectors._arguments import FloatArray, as_float32, as_items, check_topn
from densevec.vectors._store import Item
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.entailment import entailment_scores
from densevec.vectors.neighbours import Neighbours
from densevec.vectors.search import Queries, Table

FloatTable = npt.NDArray[np.float32]
_ELEMENTS_AT_ONCE = 2**18
_WEIGHT_ERROR = 1e-3  # of the sum of a word's weights


class _Parts(NamedTuple):
    """K components: means (K, d), log variances (K, 1 or d), log weights (K,), and the word's row if it is one's."""

    mean: FloatArray
    log_variance: FloatArray
    log_weight: FloatArray
    row: int | None


class MixtureVectors(DensityVectors):
    """Words and their densities Σ_k weight_k N(mean_k, variance_k), mixtures of K Gaussians.

    Two words are compared by all K² pairs of their components: the expected likelihood is that of the mixtures,
    log Σ_k Σ_l weight_k weight_l ∫ N_k N_l; every other measure, and entailment, is that of the nearest pair, the one
    that scores highest (Athiwaratkun & Wilson 2017).  ``vectors`` and ``variances`` are the mean and the variance of
    the whole mixture (over dimensions too, if spherical); every query of several words and every question that is not
    about a pair uses those.  Mixtures cannot be edited.

    Parameters
    ----------
    words : n distinct strings
    mean : (n, K, d) finite numbers, kept in float32
    variance : above zero, (n, K) for spherical components or (n, K, d) for diagonal ones, kept in float32
    weight : (n, K), each row at least 0 with sum 1
    counts, entailment_bound, parameters : as for ``DensityVectors``

    Examples
    --------
    >>> mean = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.1], [0.9, 0.1]], [[0.1, 1.0], [0.0, 0.9]]]
    >>> vectors = MixtureVectors(["kiwi", "kakapo", "plum"], mean, [[0.1, 0.1]] * 3, [[0.5, 0.5]] * 3)
    >>> [neighbours[0][0] for neighbours in vectors.component_neighbours("kiwi")]
    ['kakapo', 'plum']
    """

    container_class = "MixtureVectors"

    def __init__(
        self,
        words: Sequence[str],
        mean: npt.ArrayLike,
        variance: npt.ArrayLike,
        weight: npt.ArrayLike,
        counts: npt.ArrayLike | None = None,
        entailment_bound: float | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        means = as_float32("mean", mean, (len(words), None, None))
        shape = means.shape[:2] if np.ndim(variance) == 2 else means.shape
        variances = as_float32("variance", variance, shape)
        if not (variances > 0).all():
            raise ParameterError(f"variance must be above 0 in float32, got {variances.min()}")
        weights = as_float32("weight", weight, means.shape[:2])
        if not _are_weights(weights):
            raise ParameterError("weight must be at least 0 with sum 1 for each word")
        super().__init__(words, *_moments(means, variances, weights), counts, entailment_bound, parameters)
        self._set_components(means, variances, weights)

    def _set_components(self, mean: FloatTable, variance: FloatTable, weight: FloatTable) -> None:
        num_rows = mean.shape[0] * mean.shape[1]
        self.num_components = mean.shape[1]
        self._components = Table(mean.reshape(num_rows, mean.shape[2]), variance.reshape(num_rows, *variance.shape[2:]))
        self.weights = weight

    # Components

    @property
    def component_means(self) -> FloatTable:
        """The means of all components, (n, K, d) float32."""
        return self._components.mean.reshape(len(self), self.num_components, -1)

    @property
    def component_variances(self) -> FloatTable:
        """The variances of all components, (n, K) spherical, (n, K, d) diagonal; float32."""
        variance = self._components.variance
        assert variance is not None  # of the constructors' making
        return variance.reshape(len(self), self.num_components, *variance.shape[1:])

    def component(self, word: str, k: int) -> Gaussian:
        """The k-th component of a word; every query accepts it."""
        if isinstance(k, bool) or not isinstance(k, Integral) or not 0 <= k < self.num_components:
            raise ParameterError(f"k must be an integer from 0 to {self.num_components - 1}, got {k!r}")
        row = self.get_index(word)
        return Gaussian(self.component_means[row, int(k)], self.component_variances[row, int(k)])

    def component_neighbours(self, word: str, topn: int = 10, *, measure: str = "cosine") -> list[Neighbours]:
        """The words nearest to each component of a word, by their nearest components; the word itself is left out."""
        row, wanted = self.get_index(word), check_topn(topn)
        found = []
        for k in range(self.num_components):
            nearest = self.most_similar(self.component(word, k), topn=(wanted or 0) + 1, measure=measure)
            found.append([pair for pair in nearest if pair[0] != self._words[row]][:wanted])
        return found

    # Comparisons

    def most_similar(
        self,
        positive: Item | list[Item] | None = None,
        negative: Item | list[Item] | None = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        *,
        measure: str = "cosine",
        within: Iterable[str] | None = None,
    ) -> Any:
        added = as_items(positive)
        if len(added) != 1 or as_items(negative):
            return super().most_similar(
                positive, negative, topn, clip_start, clip_end, restrict_vocab, measure=measure, within=within
            )
        chosen, wanted, query = get_measure(measure), check_topn(topn), self._parts(added[0], measure)
        scope = self._scope(clip_start, clip_end, restrict_vocab, within)
        if wanted is None:
            return self._scores(query, np.asarray(scope, np.int64), chosen)
        excluded = () if query.row is None else (query.row,)
        if isinstance(scope, range):
            rows = self._candidates(query, wanted + len(excluded), scope.start, scope.stop, chosen)
        else:
            rows = scope
        rows = rows[~np.isin(rows, excluded)]
        scores = self._scores(query, rows, chosen)
        order = np.lexsort((rows, -scores))[:wanted]
        return [(self._words[int(rows[place])], float(scores[place])) for place in order]

    def _candidates(self, query: _Parts, topn: int, start: int, stop: int, measure: Measure) -> npt.NDArray[np.int64]:
        """Words that include the best ``topn``: a word among them has a component among the topn·K best for one of the
        query's.  A sum over pairs has no such bound."""
        if measure.name == "expected_likelihood":
            return np.arange(start, stop)
        size, log_variance = self.num_components, None if measure.name == "cosine" else query.log_variance
        found = search.nearest(
            self._components, measure, Queries(query.mean, log_variance), topn * size, start * size, stop * size
        )
        return np.unique(np.concatenate([rows for rows, _ in found]) // size)

    def scores(self, query: Item, words: Sequence[str] | None = None, *, measure: str = "cosine") -> FloatArray:
        rows = np.arange(len(self)) if words is None else self._rows(words)
        return self._scores(self._parts(query, measure), rows, get_measure(measure))

    def _scores(self, query: _Parts, rows: npt.NDArray[np.int64], measure: Measure) -> FloatArray:
        """Scores of words for a query, (n,), in blocks."""
        result = np.empty(len(rows))
        step = max(1, _ELEMENTS_AT_ONCE // (self._components.dim * self.num_components * len(query.mean)))
        for begin in range(0, len(rows), step):
            mean, log_variance, log_weight = self._component_rows(rows[begin : begin + step])
            pairs = measure.score(
                query.mean[:, None], query.log_variance[:, None], mean[:, None], log_variance[:, None]
            )
            result[begin : begin + step] = _over_pairs(pairs, query.log_weight, log_weight, measure)
        return result

    def _compare(self, a: Item, b: Item, measure: Measure) -> float:
        first, second = self._parts(a, measure.name), self._parts(b, measure.name)
        pairs = measure.score(first.mean[:, None], first.log_variance[:, None], second.mean, second.log_variance)
        score = float(_over_pairs(pairs, first.log_weight, second.log_weight, measure))
        return score if measure.is_similarity else -score

    def entailment(self, a: Item, b: Item) -> float:
        """How much a entails b: ``DensityVectors.entailment`` of the pair of components where it is highest."""
        first, second = self._parts(a, "kl_from_query"), self._parts(b, "kl_from_query")
        scores = entailment_scores(first.mean[:, None], first.log_variance[:, None], second.mean, second.log_variance)
        return float(scores.max())

    def _pairs(
        self, function: Callable[..., Any], first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]
    ) -> FloatArray:
        nearest = np.min if function is kl_divergence else np.max  # the one divergence; else more is nearer
        result = np.empty(len(first))
        step = max(1, _ELEMENTS_AT_ONCE // (self._components.dim * self.num_components**2))
        for begin in range(0, len(first), step):
            place = slice(begin, begin + step)
            mean_a, log_variance_a, _ = self._component_rows(first[place])
            mean_b, log_variance_b, _ = self._component_rows(second[place])
            values = function(mean_a[:, :, None], log_variance_a[:, :, None], mean_b[:, None], log_variance_b[:, None])
            result[place] = nearest(values, axis=(1, 2))
        return result

    def _component_rows(self, rows: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of words (n,): means (n, K, d), log variances (n, K, 1 or d), log weights (n, K)."""
        size = self.num_components
        places = (rows[:, None] * size + np.arange(size)).reshape(-1)
        mean, log_variance = self._components.mean_rows(places), self._components.log_variance_rows(places)
        with np.errstate(divide="ignore"):
            log_weight = np.log(self.weights[rows].astype(np.float64))
        return mean.reshape(len(rows), size, -1), log_variance.reshape(len(rows), size, -1), log_weight

    def _parts(self, item: Item, measure: str) -> _Parts:
        if isinstance(item, str | Integral):
            row = self.get_index(item)  # type: ignore[arg-type]
            mean, log_variance, log_weight = self._component_rows(np.array([row]))
            return _Parts(mean[0], log_variance[0], log_weight[0], row)
        query = self._query(item, None, get_measure(measure))[0]  # one density, or a point for the cosine
        log_variance = np.zeros((1, 1)) if query.log_variance is None else query.log_variance
        return _Parts(query.mean, log_variance, np.zeros(1), None)

    def _adopt(self, *parts: Any) -> None:
        raise ParameterError(
            "mixtures cannot be edited; make new MixtureVectors of component_means, component_variances and weights"
        )

    # Files

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        tensors, metadata = super().container_parts()
        mixture = {"mean": self.component_means, "variance": self.component_variances, "weight": self.weights}
        return tensors | mixture, metadata

    @classmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        """The mixtures in an opened file; ``origin`` names it in errors."""
        parts = [container.tensors.get(name) for name in ("mean", "variance", "weight")]
        mean, variance, weight = parts
        if mean is None or variance is None or weight is None:
            raise FormatError(f"{origin}: the file holds no mixtures (tensors 'mean', 'variance' and 'weight')")
        fits = mean.ndim == 3 and variance.shape in (mean.shape, mean.shape[:2]) and weight.shape == mean.shape[:2]
        if not fits or 0 in mean.shape[1:] or any(part.dtype != np.float32 for part in (mean, variance, weight)):
            shapes = ", ".join(f"{part.dtype} {part.shape}" for part in (mean, variance, weight))
            raise FormatError(
                f"{origin}: tensors of mixtures must be float32 of n words and K components, found {shapes}"
            )
        if not (_are_weights(weight) and (variance > 0).all()):
            raise FormatError(f"{origin}: weights must be at least 0 with sum 1, and variances above 0")
        whole = dict(zip(("mean", "variance"), _moments(mean, variance, weight), strict=True))
        self = super().from_container(replace(container, tensors=container.tensors | whole), origin)
        self._set_components(mean, variance, weight)
        return self


def _over_pairs(scores: FloatArray, first: FloatArray, second: FloatArray, measure: Measure) -> FloatArray:
    """One score from those of pairs (..., K, L), with log weights (K,) and (..., L)."""
    flat = scores.reshape(*scores.shape[:-2], -1)
    if measure.name != "expected_likelihood":
        best: FloatArray = flat.max(-1)
        return best
    total: FloatArray = np.logaddexp.reduce((scores + first[:, None] + second[..., None, :]).reshape(flat.shape), -1)
    return total


def _are_weights(weight: FloatTable) -> bool:
    return bool((weight >= 0).all() and (np.abs(weight.sum(1, dtype=np.float64) - 1) <= _WEIGHT_ERROR).all())


def _moments(mean: FloatTable, variance: FloatTable, weight: FloatTable) -> tuple[FloatTable, FloatTable]:
    """Mean (n, d) and variance, (n,) or (n, d), of the whole mixtures."""
    share = weight[:, :, None].astype(np.float64)
    centre = (share * mean).sum(1)
    spread = (share * (mean - centre[:, None]) ** 2).sum(1)  # (n, d)
    if variance.ndim == 2:
        whole = (share[:, :, 0] * variance).sum(1) + spread.mean(1)
    else:
        whole = (share * variance).sum(1) + spread
    return centre.astype(np.float32), whole.astype(np.float32)
