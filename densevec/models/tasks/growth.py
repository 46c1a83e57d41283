"""Tables that go on from what was learned before, for the words of another vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec.layers.word_pieces import WordPieces
from densevec.models.tasks.vocabulary import copy_rows
from densevec.training.engine import Engine
from densevec.training.state import EpochReport
from densevec.training.tables import Weights

SQUARES = "squares."  # of the names of Adagrad's sums in files, one a row: the mean of the row's
_ROWS_AT_ONCE = 2**14
_NGRAMS = ".ngrams"
_NONE: Mapping[str, Any] = MappingProxyType({})

Ids = npt.NDArray[np.int64]


class RowSquares:
    """What a file keeps of Adagrad's sums, so that an update goes on by steps of their size: a mean for each row.

    ``composed`` : by the name of a table, what words are made of in it: the rows of n-grams have a name of their own,
    see ``ngrams_of``
    """

    def __init__(self, engine: Engine | None, composed: Mapping[str, WordPieces] | None = None) -> None:
        self._engine = engine
        self._composed = composed or {}
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Any], num_rows: Mapping[str, int]) -> RowSquares:
        """Those among the tensors of a file, which has them of all tables, by name, or of none; else ValueError."""
        sums = cls(None)
        sums._arrays = {name: np.asarray(array) for name, array in tensors.items() if name.startswith(SQUARES)}
        expected = {f"{SQUARES}{name}": (number,) for name, number in num_rows.items()}
        if sums._arrays and {name: array.shape for name, array in sums._arrays.items()} != expected:
            raise ValueError("Adagrad's sums are not those of all tables")
        if not all((array >= 0).all() for array in sums._arrays.values()):
            raise ValueError("Adagrad's sums must be at least 0")
        return sums

    def settle(self) -> None:
        """Keep what the engine has now, before its memory goes, and n-grams the places that they have in training."""
        self._arrays, self._engine = self.arrays(), None

    def views(self) -> dict[str, Any]:
        """The engine's own memory, (R, c) of each table, of words and of n-grams by themselves."""
        assert self._engine is not None  # before it is settled
        found: dict[str, Any] = {}
        for name, sums in self._engine.squares().items():
            made = self._composed.get(name)
            found[name] = sums if made is None else sums[: made.num_words]
            if made is not None:
                found[ngrams_of(name)] = sums[made.num_words :]
        return found

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """(R,) float32 of each table, by ``SQUARES`` and its name."""
        if self._engine is None:
            return self._arrays
        found = {name: _numbers(each).mean(1, dtype=np.float32) for name, each in self.views().items()}
        for name, made in self._composed.items():
            if name in found:
                found[ngrams_of(name)] = found[ngrams_of(name)][made.place_of]
        return {f"{SQUARES}{name}": each for name, each in found.items()}


def ngrams_of(name: str) -> str:
    """The name of what the n-grams' rows of a table are called by.

    >>> ngrams_of("word.mean")
    'word.mean.ngrams'
    """
    return f"{name}{_NGRAMS}"


def go_on_from(
    weights: Weights,
    squares: Mapping[str, Any],
    learned: Mapping[str, Any],
    rows: Ids,
    dense: Sequence[str] = (),
    composed: Mapping[str, Any] = _NONE,
) -> None:
    """Give new tables, and Adagrad's sums, what words had learned; new words keep what they start with.

    Parameters
    ----------
    squares : the sums by the names of tables, the engine's own memory
    learned : arrays by the network's names, and ``RowSquares``; a table that it lacks is left alone
    rows : (V,) the row that each word had, −1 for a new one
    dense : names of what has no row for each word
    composed : by name, what is read and written in the place of a table that words are composed of
    """
    for name, array in learned.items():
        if name in dense:
            weights.fill(name, np.asarray(array))
        elif not name.startswith(SQUARES):
            table = composed[name] if name in composed else weights.table(name)
            for places, values in _parts(array, rows, len(table)):
                copy_rows(table, places, values)
    for name, sums in squares.items():
        if f"{SQUARES}{name}" in learned and not name.endswith(_NGRAMS):
            for places, values in _parts(learned[f"{SQUARES}{name}"], rows, len(sums)):
                copy_rows(sums, places, np.repeat(values[:, None], sums.shape[1], 1))


def go_on_from_ngrams(means: Any, buckets: npt.NDArray[np.float32], sums: Any = None, known: Any = None) -> None:
    """Give n-grams the rows (B, d) that they had, and the sums of squares (B, c) that are ``known`` (B,), if they are.

    means : ``WordMeans``, or those of a network's table
    """
    pieces = means.pieces
    for begin in range(0, len(buckets), _ROWS_AT_ONCE):  # a second table may not fit
        places = np.arange(begin, min(begin + _ROWS_AT_ONCE, len(buckets)))
        their = pieces.bucket_at[places]
        copy_rows(means.table, pieces.num_words + places, np.asarray(buckets[their]))
        if known is not None:
            copy_rows(sums, places, np.repeat(known[their, None], sums.shape[1], 1))


def _parts(array: Any, rows: Ids, num_rows: int) -> Iterator[tuple[Ids, npt.NDArray[Any]]]:
    """Places in a table of ``num_rows``, a multiple of the words, and the rows of the old one that go there."""
    each = num_rows // len(rows)  # rows of a word
    known = np.flatnonzero(rows >= 0)
    for begin in range(0, len(known), _ROWS_AT_ONCE):
        some = known[begin : begin + _ROWS_AT_ONCE]
        places, theirs = ((part[:, None] * each + np.arange(each)).reshape(-1) for part in (some, rows[some]))
        yield places, np.asarray(array[theirs])


def prior_share(before: npt.NDArray[Any], added: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """a = before/(before + added), and 1 where nothing is added.

    before, added : (N,) λ times the tokens of words or n-grams in the earlier texts, and those in the new one
    """
    return np.divide(before, before + added, out=np.ones(len(before)), where=added > 0)


class PriorPull:
    """After each epoch every word's densities become what they were and what they are now, taken together.

    The density of a word is N(m₀, s₀) before the update and N(m₁, s₁) after a pass.  With n₀ and n₁ its tokens in the
    earlier texts and in the new one, and a = λn₀/(λn₀ + n₁), it becomes the N that minimises
    a KL(N‖N₀) + (1 − a) KL(N‖N₁), which is the normalised product N₀ᵃ N₁¹⁻ᵃ: precisions and what they weigh add up,

        1/s = a/s₀ + (1 − a)/s₁,    m = s (a m₀/s₀ + (1 − a) m₁/s₁).

    A table of no densities is as if its variances were all the same.

    Parameters
    ----------
    weights, learned, rows, dense : as for ``go_on_from``
    densities : names of the tables of means and of log variances that belong together
    share : (V,) a
    composed : as for ``go_on_from``
    """

    def __init__(
        self,
        weights: Weights,
        learned: Mapping[str, Any],
        rows: Ids,
        densities: Sequence[tuple[str, str]],
        share: npt.NDArray[np.float64],
        dense: Sequence[str] = (),
        composed: Mapping[str, Any] = _NONE,
    ) -> None:
        self._weights, self._learned, self._rows, self._composed = weights, learned, rows, composed
        self._share = share.astype(np.float32)
        others = {name for pair in densities for name in pair} | set(dense)
        alone = [(n,) for n in learned if n not in others and not n.startswith(SQUARES)]
        self._names: list[tuple[str, ...]] = [*(p for p in densities if p[0] in learned), *alone]

    def on_epoch_end(self, model: Any, report: EpochReport) -> None:
        self.pull()

    def pull(self) -> None:
        """Replace what the tables have."""
        for names in self._names:
            tables = [self._composed[n] if n in self._composed else self._weights.table(n) for n in names]
            share_of = np.repeat(self._share, len(tables[0]) // len(self._rows))
            parts = [_parts(self._learned[n], self._rows, len(tables[0])) for n in names]
            for part in zip(*parts, strict=True):
                places = part[0][0]
                _pool(tables, places, [values for _, values in part], share_of[places, None])


def _pool(tables: Sequence[Any], places: Ids, old: Sequence[npt.NDArray[Any]], share: npt.NDArray[Any]) -> None:
    """Replace rows of means, and of log variances if there are, by the normalised product of what they were, to the
    power ``share``, and what they are; where that is 1 they are to the bit what they were."""
    now = [_numbers(table[places]) for table in tables]
    if len(tables) == 1:
        pooled = [share * old[0] + (1 - share) * now[0]]
    else:
        before, after = share * np.exp(-old[1]), (1 - share) * np.exp(-now[1])
        pooled = [(before * old[0] + after * now[0]) / (before + after), -np.log(before + after)]
    for table, was, found in zip(tables, old, pooled, strict=True):
        copy_rows(table, places, np.where(share == 1, was, found))


class NgramPull:
    """After each epoch every n-gram's row becomes the mean of what it was, with the share a, and what it is.

    a = λn₀/(λn₀ + n₁), n₀ and n₁ the tokens of the words that have it, in the earlier texts and in the new one.

    Parameters
    ----------
    means : as for ``go_on_from_ngrams``
    buckets : (B, d) the rows that n-grams had
    before, added : (V,) λ times each word's tokens in the earlier texts, and those in the new one
    """

    def __init__(
        self,
        means: Any,
        buckets: npt.NDArray[np.float32],
        before: npt.NDArray[np.float64],
        added: npt.NDArray[np.float64],
    ) -> None:
        self._means, self._buckets = means, buckets
        of_ngrams = (means.pieces.sums_of_ngrams(each) for each in (before, added))
        self._share = prior_share(*of_ngrams).astype(np.float32)

    def on_epoch_end(self, model: Any, report: EpochReport) -> None:
        pieces = self._means.pieces
        for begin in range(0, len(self._buckets), _ROWS_AT_ONCE):
            places = np.arange(begin, min(begin + _ROWS_AT_ONCE, len(self._buckets)))
            old = np.asarray(self._buckets[pieces.bucket_at[places]])
            _pool([self._means.table], pieces.num_words + places, [old], self._share[places, None])


def _numbers(rows: Any) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = rows if isinstance(rows, np.ndarray) else rows.cpu().numpy()
    return found
