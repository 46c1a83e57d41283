"""How often words stand near each other: a sparse matrix, counted in one pass over the encoded text."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from densevec._cy.cooccurrence import RowSums, separate, sort_places
from densevec._validation import Choice, Instance, Interval, Rule, check_parameters
from densevec.corpus.encoded import EncodedCorpus
from densevec.corpus.passes import Pool, Progress, map_in_order
from densevec.corpus.temporary import GrowingArrays

if TYPE_CHECKING:
    from scipy.sparse import csr_array

DISTANCE_WEIGHTINGS = ("none", "harmonic", "linear")
CONTEXTS = ("both", "left", "right")
MEMORY_LIMIT = 1 << 30
_UNIT = 1 << 28  # a weight of 1: totals are whole multiples of 1/_UNIT, and below 2^64 / _UNIT = 7e10
_ENTRIES_AT_ONCE = 1 << 20  # of the rows that a thread counts before it hands them over
_IDS_AT_ONCE = 1 << 20  # of which frequencies are counted
_BYTES_A_TOKEN = 8  # of a part of the text: the token and its place
RULES: dict[str, Rule] = {
    "window": Interval(int, 1, 1000),
    "distance_weighting": Choice(DISTANCE_WEIGHTINGS),
    "context": Choice(CONTEXTS),
    "most_places": Interval(int, 1, optional=True),
    "memory_limit": Interval(int, 0),
    "workers": Interval(int, 1),
    "dtype": Instance((type,), "numpy.float32 or numpy.float64"),
}


class _Rows(NamedTuple):
    """Rows of the matrix: entries of each (int64), their columns, ascending (int32), and totals (uint64)."""

    lengths: np.ndarray
    columns: np.ndarray
    values: np.ndarray


def count_cooccurrences(
    encoded: EncodedCorpus,
    *,
    window: int = 5,
    distance_weighting: str = "none",
    context: str = "both",
    most_places: int | None = None,
    dtype: Any = np.float32,
    memory_limit: int = MEMORY_LIMIT,
    cache_dir: str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> csr_array:
    """The matrix X (V, V) of how often word j stands near word i, within their sentence.

    X_ij = Σ over places of i, Σ_{0 < d ≤ window} f(d) [word j stands d places away],  with f(d) = 1 ("none"), 1/d
    ("harmonic", as GloVe has it) or (window + 1 − d)/window ("linear", what word2vec's shrinking windows
    have in expectation), rounded to multiples of 2^−28.  ``context`` says on which side of i j stands: "both" (X
    is symmetric), "left" or "right" (the one is the other transposed).  With ``most_places`` only so many places of a
    word i are looked at, spread evenly over the text: a sample of its row, which is then no longer its column.

    Sums are exact and then rounded to ``dtype``: the result depends neither on ``workers`` nor on the memory.  Beyond
    the V numbers of a row and some small buffers for each thread, ``memory_limit`` bytes are used: half for a part of
    the text and the places of its words, half for finished entries.  A longer text is counted part by part, each a
    sorted run, and the runs are merged; what has no room goes to temporary files without a name in
    ``cache_dir``, and the result is mapped from there.  Its arrays may be written to.

    ``progress`` is called with the number of tokens counted since its last call.
    Errors: CorpusFileError when the temporary files cannot be written.

    >>> from densevec.corpus import Vocabulary, encode_corpus
    >>> encoded = encode_corpus([["a", "kiwi", "egg"], ["a", "kiwi"]], Vocabulary(["a", "kiwi", "egg"], [2, 2, 1]))
    >>> count_cooccurrences(encoded, distance_weighting="harmonic").toarray()
    array([[0. , 2. , 0.5],
           [2. , 0. , 1. ],
           [0.5, 1. , 0. ]], dtype=float32)
    """
    given = {"window": window, "distance_weighting": distance_weighting, "context": context, "dtype": dtype}
    given["most_places"] = most_places
    check_parameters({**given, "memory_limit": memory_limit, "workers": workers}, RULES)
    counter = _Counter(encoded, window, distance_weighting, context, most_places, workers)
    part = max(memory_limit // 2 // _BYTES_A_TOKEN, 1 << 10)
    parts = [(begin, min(begin + part, len(encoded.ids))) for begin in range(0, len(encoded.ids), part)]
    if len(parts) == 1:
        return _as_matrix(counter.rows(*parts[0], progress), counter.num_words, dtype, memory_limit // 2, cache_dir)
    with _entries(np.uint64, memory_limit // 2, cache_dir) as runs:
        for begin, end in parts:
            with closing(counter.rows(begin, end, progress)) as rows:
                for each in rows:
                    _append(runs, each)
        merged = counter.merged(_Rows(*runs.finish("r+")), len(parts))
        return _as_matrix(merged, counter.num_words, dtype, memory_limit // 2, cache_dir)


class _Counter:
    """Counts parts of a text, and adds up what was counted of several."""

    def __init__(
        self,
        encoded: EncodedCorpus,
        window: int,
        distance_weighting: str,
        context: str,
        most_places: int | None,
        workers: int,
    ) -> None:
        self.encoded = encoded
        self.num_words = encoded.vocabulary_size
        self.weights = _weights(window, distance_weighting)
        self.sides = (context != "right", context != "left")
        self.sample = None if most_places is None else _Sample(most_places, _frequencies(encoded))
        self.workers = workers
        self.sums = Pool(RowSums(self.num_words, _ENTRIES_AT_ONCE) for _ in range(workers))

    def rows(self, begin: int, end: int, progress: Progress | None) -> Generator[_Rows]:
        """All rows of what the tokens from ``begin`` to ``end`` have around them, in order, some at a time."""
        window, offsets = len(self.weights), self.encoded.offsets
        num_sentences = int(np.searchsorted(offsets, end) - np.searchsorted(offsets, begin, side="right")) + 2
        tokens = np.empty(end - begin + 2 * window + num_sentences + 1, np.int32)
        own = separate(self.encoded.ids, offsets, begin, end, window, tokens)
        places, starts = sort_places(tokens, *own, self.num_words)
        if self.sample is not None:
            places, starts = self.sample.of_part(places, starts)
        number = np.diff(starts)

        def count(span: tuple[int, int]) -> _Rows:
            arguments = (tokens, places, starts, *span, self.weights, *self.sides)
            return _Rows(*self.sums.lend(lambda sums: sums.count(*arguments)))

        spans = _spans(np.minimum(number * window * sum(self.sides), self.num_words))
        with closing(map_in_order(count, (span for span in spans), self.workers)) as counted:
            for (first, last), rows in zip(spans, counted, strict=True):
                yield rows
                if progress is not None:
                    progress(int(starts[last] - starts[first]))

    def merged(self, runs: _Rows, num_runs: int) -> Generator[_Rows]:
        """The sums of ``num_runs`` matrices that lie one after the other, in order, some rows at a time."""
        lengths = runs.lengths.reshape(num_runs, self.num_words)
        begins = np.cumsum(np.append(0, lengths.sum(1)))[:-1]  # where each run goes on

        def pieces() -> Generator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
            nonlocal begins
            for first, last in _spans(np.minimum(lengths.sum(0), self.num_words)):
                ends = begins + lengths[:, first:last].sum(1)
                bounds = list(zip(begins, ends, strict=True))
                starts = np.zeros((num_runs, last - first + 1), np.int64)
                np.cumsum(lengths[:, first:last], axis=1, out=starts[:, 1:])
                starts += np.cumsum(np.append(0, ends - begins))[:-1, None]
                columns, values = (np.concatenate([a[b:e] for b, e in bounds]) for a in (runs.columns, runs.values))
                begins = ends
                yield starts, columns, values

        def merge(piece: tuple[np.ndarray, np.ndarray, np.ndarray]) -> _Rows:
            return _Rows(*self.sums.lend(lambda sums: sums.merge(*piece)))

        return map_in_order(merge, pieces(), self.workers)


class _Sample:
    """Of words with more places than ``most`` so many, evenly spaced in their order; the text comes part by part.

    frequencies : (V,) places of each word in the whole text
    """

    def __init__(self, most: int, frequencies: np.ndarray) -> None:
        self.most = min(most, int(frequencies.max(initial=1)))
        self.number = np.maximum(frequencies, self.most)  # of which ``most`` are kept
        self.seen = np.zeros_like(frequencies)

    def of_part(self, places: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is kept of the next part, which comes and goes as ``sort_places`` has it."""
        seen, first = self.seen, self._num_kept()
        self.seen = seen + np.diff(starts)
        last = self._num_kept()
        kept, begin = [], 0
        for word in np.flatnonzero(self.number > self.most).tolist():
            kept.append(places[starts[begin] : starts[word]])
            chosen = np.arange(first[word], last[word]) * self.number[word] // self.most
            kept.append(places[starts[word] + chosen - seen[word]])
            begin = word + 1
        kept.append(places[starts[begin] :])
        return np.concatenate(kept), np.append(0, np.cumsum(last - first))

    def _num_kept(self) -> np.ndarray:
        """How many of the places that were seen are kept, those i · number // most that are among them."""
        return -(-self.seen * self.most // self.number)


def _frequencies(encoded: EncodedCorpus) -> np.ndarray:
    """How often each word comes, (V,)."""
    total = np.zeros(encoded.vocabulary_size, np.int64)
    for begin in range(0, len(encoded.ids), _IDS_AT_ONCE):
        total += np.bincount(encoded.ids[begin : begin + _IDS_AT_ONCE], minlength=len(total))
    return total


def _weights(window: int, distance_weighting: str) -> np.ndarray:
    """f(1), ..., f(window) in units of 1/_UNIT, uint64."""
    distance = np.arange(1, window + 1)
    weights = {"none": distance / distance, "harmonic": 1 / distance, "linear": (window + 1 - distance) / window}
    return np.rint(weights[distance_weighting] * _UNIT).astype(np.uint64)


def _spans(num_entries: np.ndarray) -> Sequence[tuple[int, int]]:
    """Rows (first, last) in order, each span with at most ``_ENTRIES_AT_ONCE`` entries or a single row of more."""
    total = np.append(0, np.cumsum(num_entries))
    spans, first = [], 0
    while first < len(num_entries):
        last = int(np.searchsorted(total, total[first] + _ENTRIES_AT_ONCE, side="right")) - 1
        last = max(last, first + 1)
        spans.append((first, last))
        first = last
    return spans


def _as_matrix(rows: Generator[_Rows], num_words: int, dtype: Any, memory_limit: int, folder: str | None) -> csr_array:
    """The matrix of all rows, totals divided by ``_UNIT``."""
    with closing(rows), _entries(dtype, memory_limit, folder) as entries:
        for each in rows:
            _append(entries, each._replace(values=(each.values / _UNIT).astype(dtype)))
        finished = _Rows(*entries.finish("r+"))
    starts = np.append(0, np.cumsum(finished.lengths))
    if starts[-1] <= np.iinfo(np.int32).max:  # scipy wants both kinds of indices alike
        starts = starts.astype(np.int32)
    from scipy.sparse import csr_array  # a tenth of a second that most trainings do without

    return csr_array((finished.values, finished.columns, starts), shape=(num_words, num_words))


def _entries(dtype: Any, memory_limit: int, folder: str | None) -> GrowingArrays:
    """The arrays of rows whose totals have a type."""
    return GrowingArrays((np.int64, np.int32, dtype), folder, memory_limit, "co-occurrence counts")


def _append(entries: GrowingArrays, rows: _Rows) -> None:
    for which, array in enumerate(rows):
        entries.append(which, array)
