"""Words that the Bayesian skip-gram does not know: what their spelling and their sentences say of them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from densevec._random import generator
from densevec.models.base import Packed
from densevec.models.bayesian_skipgram.parameters import BayesianSkipGramParameters
from densevec.models.bayesian_skipgram.tables import Own, posteriors
from densevec.models.bayesian_skipgram.windows import Windows
from densevec.models.unseen import ENOUGH, quantiles, rare_words
from densevec.training.tables import Array
from densevec.vectors import DensityVectors, SubwordDensityVectors
from densevec.vectors.rows.unseen import LEVELS

FloatArray = npt.NDArray[np.float64]
UNKNOWN = "unknown."  # of the names of what files keep of it
_HALF = 3.0  # κ, the weight of context words with which a sentence says half of what it could
_PLACES, _FEW_PLACES = 30_000, 1_000  # of rare words in the text that are looked at, also in a hurry
_ROWS_AT_ONCE = 2**11
_MOST_TOLD = 0.95
_TINY = 1e-12


class Guess(NamedTuple):
    """An unknown word without its sentence: mean (d,), the variance of its error, and that of the word itself, (1,) or
    (d,) each."""

    mean: FloatArray
    error: FloatArray
    variance: FloatArray

    @classmethod
    def certain(cls, mean: npt.NDArray[Any], log_variance: npt.NDArray[Any]) -> Guess:
        """That of a word whose density is known."""
        variance = np.exp(log_variance.astype(np.float64))
        return cls(mean.astype(np.float64), _TINY * variance, variance)


@dataclass(frozen=True, eq=False)
class UnknownWords:
    """What rare words of the text, their names hidden, say of words that are not in it.

    An unknown word has the embedding and the mean m₀ of the average rare word, whose means lie about m₀ with the
    variance s₀.  Of its mean its spelling says N(m_g, e_g), or nothing: N(m₀, s₀).  Its sentence says N(y, e_y),

        y = m₀ + B c,   c = Σ_k w_k m_k / (κ + W),   e_y = s₀ (1 − ρ W / (κ + W)),   W = Σ_k w_k,   κ = 3,

    of the context words' means m_k with their weights w_k (Khodak et al. 2018).  Both have the same m₀ and s₀ before
    they say anything, so that together they say N(m, e),

        1/e = 1/e_g + 1/e_y − 1/s₀,    m = e (m_g/e_g + y/e_y − m₀/s₀).

    In its sentence the word is where the encoder would put the average rare word, moved by m − m₀, and τ e is the
    variance of the error of that.

    Attributes
    ----------
    embedding, mean : (d,) of the average rare word;  spread : s₀;  log_variance : its own, (1,) or (d,) both
    map : (d, d) B
    told, factor : ρ and τ
    reach : (101,) of words left out, at the levels 0, .01, ..., 1 the quantiles of their squared errors divided by τ e
        and by the number of dimensions
    """

    embedding: FloatArray
    mean: FloatArray
    spread: FloatArray
    log_variance: FloatArray
    map: FloatArray
    told: float
    factor: float
    reach: FloatArray

    def guess(self, vectors: DensityVectors, word: str) -> Guess:
        """What is known of a word by its spelling alone."""
        if isinstance(vectors, SubwordDensityVectors):
            mean, rows = vectors.subwords.vector(word), vectors.subwords.rows_of(word)
            if mean is not None:
                error = vectors.unseen.error(rows)
                return Guess(mean.astype(np.float64), error, vectors.unseen.variance(rows) - error)
        return Guess(self.mean, self.spread, np.exp(self.log_variance))

    def read(
        self,
        tables: Mapping[str, Array],
        settings: BayesianSkipGramParameters,
        guesses: list[Guess],
        windows: Windows,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of B unknown words in their sentences the means (B, d), their variances, and those of the errors of the
        means, which come on top, (B, 1) or (B, d)."""
        of_all = np.ones((len(guesses), 1))
        mean, error, variance = (np.array(each) for each in zip(*guesses, strict=True))
        own = Own(of_all * self.embedding, of_all * self.mean, np.log(variance))
        here, log_variance = posteriors(tables, settings, own, *windows)
        context, share = summed(tables, windows)
        said, doubt = self.mean + context @ self.map, self.spread * (1 - self.told * share)
        together = 1 / (1 / error + 1 / doubt - 1 / self.spread)
        moved = together * (mean / error + said / doubt - self.mean / self.spread)
        return here + moved - self.mean, np.exp(log_variance), np.where(share > 0, self.factor, 1.0) * together

    def reach_at(self, level: float) -> float:
        """Σ_i (x_i − m_i)² / (d τ e_i) that a share ``level`` of words left out does not exceed."""
        return float(np.interp(level, np.linspace(0, 1, LEVELS), self.reach))

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What a file holds of it; the reverse of ``from_tensors``."""
        return {f"{UNKNOWN}{name}": np.array(value, dtype=np.float64) for name, value in vars(self).items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Any], dim: int, width: int) -> UnknownWords | None:
        """None where there is nothing of it, as in older files; ValueError for what ``tensors`` never gives."""
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("embedding", "mean"), (dim,))
        shapes |= {**dict.fromkeys(("spread", "log_variance"), (width,)), "map": (dim, dim)}
        shapes |= {**dict.fromkeys(("told", "factor"), ()), "reach": (LEVELS,)}
        own = {name.removeprefix(UNKNOWN): each for name, each in tensors.items() if name.startswith(UNKNOWN)}
        if not own:
            return None
        if {name: (each.shape, each.dtype) for name, each in own.items()} != {
            name: (shape, np.dtype(np.float64)) for name, shape in shapes.items()
        }:
            raise ValueError("what was learned of unknown words in their sentences is not whole")
        own |= {name: float(own[name]) for name in ("told", "factor")}
        found = cls(**own)
        if not (0 <= found.told <= _MOST_TOLD and found.factor > 0 and (found.spread > 0).all()):
            raise ValueError("what sentences say of unknown words must be a share, and spreads above 0")
        return found


class Learned(Packed):
    """Where pickles of earlier versions have what was learned of unknown words."""

    words: UnknownWords | None

    def unpacked(self) -> UnknownWords | None:
        return self.words


def summed(tables: Mapping[str, Array], windows: Windows) -> tuple[FloatArray, FloatArray]:
    """c of the windows, (B, d), and W / (κ + W), (B, 1)."""
    means, (context, weight, _) = tables["prior_mean.weight"], windows
    total = weight.sum(1, dtype=np.float64)[:, None]
    parts = [slice(begin, begin + _ROWS_AT_ONCE) for begin in range(0, len(context), _ROWS_AT_ONCE)]
    sums = [np.einsum("bw,bwd->bd", weight[part], means[context[part]], dtype=np.float64) for part in parts]
    return np.concatenate([np.zeros((0, means.shape[1])), *sums]) / (_HALF + total), total / (_HALF + total)


def learn_unknown(
    tables: Mapping[str, Array],
    settings: BayesianSkipGramParameters,
    vectors: DensityVectors,
    text: tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]],
    keep: npt.NDArray[Any],
    left_out: npt.NDArray[np.int64],
    before: UnknownWords | None = None,
    *,
    is_hurried: bool = False,
) -> UnknownWords | None:
    """Look at rare words in their sentences as if they were unknown: some teach the map, those ``left_out``, of which
    n-grams do not know either, how far off both are.  None where these are fewer than 50.

    What was known ``before`` an update counts by the places of earlier texts, n₀ of at most 30,000, beside the n₁ of
    the new one: the map is pulled to the earlier one as by n₀ examples, of numbers and of ``reach`` as shares of words
    it is the mean by n₀ and n₁.  A text without such places leaves them as they were.

    text : ids and offsets of sentences
    keep : (V,) probability that subsampling keeps a token
    """
    counts = np.asarray(vectors.counts)
    teaching = np.setdiff1d(rare_words(counts), left_out)
    if len(left_out) < ENOUGH:
        return before
    random = generator(settings.seed, "unknown words")
    rare = np.union1d(teaching, left_out)
    places, in_text = _places(text[0], rare, len(counts), _FEW_PLACES if is_hurried else _PLACES, random)
    words, windows = text[0][places], Windows.in_text(text, places, keep, settings)
    is_taught = ~np.isin(words, left_out)
    own = Own.of(tables, teaching)
    share = counts[teaching] / counts[teaching].sum()
    embedding, mean, log_variance = (share @ each.astype(np.float64) for each in own)
    if is_taught.all() or not is_taught.any():
        return before and replace(before, embedding=embedding, mean=mean, log_variance=log_variance)
    targets = tables["prior_mean.weight"][words].astype(np.float64) - mean
    context, told = summed(tables, windows)
    spread = np.maximum((targets[is_taught] ** 2).mean(0), _TINY)
    spread = spread if len(log_variance) > 1 else spread.mean(keepdims=True)
    if before is None:
        found = _ridge(context[is_taught], targets[is_taught], 0.0, len(mean))
    else:
        earlier = min(_PLACES, counts[rare].sum() - in_text)
        part = earlier / (earlier + len(places))
        found = _ridge(context[is_taught], targets[is_taught], before.map, max(earlier, len(mean)))
        spread = part * before.spread + (1 - part) * spread
    errors = ((targets - context @ found)[~is_taught] ** 2 / spread).mean(1)
    seen = told[~is_taught, 0]
    share_told = float(np.clip((1 - errors) @ seen / max(seen @ seen, _TINY), 0, _MOST_TOLD))
    if before is not None:
        share_told = part * before.told + (1 - part) * share_told
    unknown = UnknownWords(embedding, mean, spread, log_variance, found, share_told, 1.0, np.ones(LEVELS))
    unknown = _calibrated(unknown, tables, settings, vectors, words[~is_taught], windows.at(~is_taught))
    return unknown if before is None else _calibrated_by_both(unknown, before, part)


def _calibrated(
    unknown: UnknownWords,
    tables: Mapping[str, Array],
    settings: BayesianSkipGramParameters,
    vectors: DensityVectors,
    words: npt.NDArray[np.int32],
    windows: Windows,
) -> UnknownWords:
    """The same with τ and ``reach`` of words left out: how far their posteriors are from those that they have as known
    words in the same sentences, beside what was expected."""
    ratios = []
    for begin in range(0, len(words), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        known, _ = posteriors(tables, settings, Own.of(tables, words[part]), *windows.at(part))
        guesses = [unknown.guess(vectors, word) for word in vectors.words.at(words[part])]
        read, _, error = unknown.read(tables, settings, guesses, windows.at(part))
        ratios.append(((known - read) ** 2 / error).mean(1))
    every = np.concatenate(ratios)
    factor = max(float(every.mean()), _TINY)
    parts = {**vars(unknown), "factor": factor, "reach": quantiles(every / factor)}
    return UnknownWords(**parts)


def _calibrated_by_both(unknown: UnknownWords, before: UnknownWords, part: float) -> UnknownWords:
    """The same with τ and ``reach`` of a share ``part`` of words as ``before`` and of others as here."""
    factor = part * before.factor + (1 - part) * unknown.factor
    ratios = np.concatenate([each.factor / factor * each.reach for each in (before, unknown)])
    order = np.argsort(ratios, kind="stable")
    below = np.cumsum(np.repeat([part, 1 - part], LEVELS)[order])
    levels = np.linspace(below[0], below[-1], LEVELS)
    return replace(unknown, factor=factor, reach=np.interp(levels, below, ratios[order]))


def _ridge(inputs: FloatArray, targets: FloatArray, towards: FloatArray | float, examples: int) -> FloatArray:
    """B of targets ≈ inputs B, (d, d), pulled to ``towards`` as by so many ``examples``."""
    products = inputs.T @ inputs
    dim = len(products)
    penalty = np.trace(products) / dim * examples / len(inputs) + _TINY
    return np.asarray(np.linalg.solve(products + penalty * np.eye(dim), inputs.T @ targets + penalty * towards))


def _places(
    ids: npt.NDArray[np.int32],
    words: npt.NDArray[np.int64],
    num_words: int,
    number: int,
    random: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], int]:
    """Places of some of all words in a text, in order: about ``number``, of each word at most so many as make that;
    and how many there are."""
    is_one = np.zeros(num_words, bool)
    is_one[words] = True
    begins = range(0, len(ids), 2**22)
    in_text = sum(int(is_one[ids[begin : begin + 2**22]].sum()) for begin in begins)
    kept = min(1.0, 3 * number / max(in_text, 1))
    found = []
    for begin in begins:
        here = np.flatnonzero(is_one[ids[begin : begin + 2**22]]) + begin
        found.append(here[random.random(len(here)) < kept])
    places = random.permutation(np.concatenate(found))
    order = places[np.argsort(ids[places], kind="stable")]
    grouped = ids[order]
    rank = np.arange(len(order)) - np.searchsorted(grouped, grouped)
    return np.sort(order[rank < -(-number // len(words))]), in_text
