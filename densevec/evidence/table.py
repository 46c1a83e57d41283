"""How often a text says that one word is a kind of another, and what follows for words of which it says nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
IdArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SHARPNESS = 0.1  # a neighbour counts exp((cosine − 1) / SHARPNESS)
_RELIABLE = 5.0  # from so much evidence on a neighbour counts in full
_DOUBT = 0.02  # evidence that near words are none
_PREFIX = "evidence."  # of tensors in a file, where no network was learned
_RARELY = 0.1  # added to what a word counts as the broad one
_FLOOR = 1e-3  # of shares, before their logarithm


@dataclass(frozen=True, eq=False)
class Evidence:
    """Pairs (narrow, broad) of words with what the text's statements of them count.

    Attributes
    ----------
    words : M words
    folds : (M,) the word that stands for a word: *animal* for *animals*; itself for most
    narrow, broad : (n,) ids of folded words, in lexicographic order
    weight : (n,) float32
    examples : a sentence that says so, for some pairs (narrow, broad)
    total : ``whole`` of the text's own words, where these are others; None where they are those
    language : of the patterns, as their file names it; None of files from before 2026-12
    functions : (k,) ids of the language's function words, which are nothing that there are kinds of
    """

    words: Sequence[str]
    folds: Ids
    narrow: Ids
    broad: Ids
    weight: npt.NDArray[np.float32]
    examples: Mapping[tuple[int, int], str] = field(default_factory=dict)
    total: float | None = None
    language: str | None = None
    functions: Ids = field(default_factory=lambda: np.zeros(0, np.int32))

    @cached_property
    def by_narrow(self) -> Any:
        """The counts (M, M) as a sparse array, a row for each narrow word."""
        from scipy.sparse import csr_array

        size = len(self.words)
        return csr_array((self.weight.astype(np.float64), (self.narrow, self.broad)), shape=(size, size))

    @cached_property
    def by_broad(self) -> Any:
        """Their transpose, a row for each broad word."""
        return self.by_narrow.T.tocsr()

    @cached_property
    def shares(self) -> Any:
        """(M, M): what a word's broader ones have of its count, one made of nothing beside them."""
        return _scaled(self.by_narrow, 1 / (self.of_narrow + 1))

    @cached_property
    def of_narrow(self) -> FloatArray:
        """(M,) what a word counts as the narrow one."""
        return np.bincount(self.narrow, self.weight, len(self.words)).astype(np.float64)

    @cached_property
    def of_broad(self) -> FloatArray:
        """(M,) what a word counts as the broad one."""
        return np.bincount(self.broad, self.weight, len(self.words)).astype(np.float64)

    @cached_property
    def whole(self) -> float:
        """What all words of the text count as the broad one, each ``_RARELY`` more than it was: shares are of this."""
        return float(self.of_broad.sum() + _RARELY * len(self.words)) if self.total is None else self.total

    def count(self, narrow: IdArray, broad: IdArray) -> FloatArray:
        """What pairs of folded ids count, (k,)."""
        return np.asarray(self.by_narrow[narrow, broad], dtype=np.float64).ravel()

    def held_out(self, is_held_out: npt.NDArray[np.float32]) -> Evidence:
        """The same without some of each pair's count, (n,)."""
        left = self.weight - is_held_out
        keep = left > 0
        return replace(self, narrow=self.narrow[keep], broad=self.broad[keep], weight=left[keep], examples={})

    def among(self, words: Sequence[str]) -> Evidence:
        """The evidence on some of the words and on others, of which nothing is known.

        Where a word is not among them that stands for others, the first of those that are does in its place.
        """
        if words is self.words:
            return self
        place = {word: number for number, word in enumerate(words)}
        place_of = np.array([place.get(word, -1) for word in self.words], np.int32)
        stands, is_there = self._stands(place_of), place_of >= 0
        folds = np.arange(len(words), dtype=np.int32)
        folds[place_of[is_there]] = stands[self.folds[is_there]]
        narrow, broad = stands[self.narrow], stands[self.broad]
        keep = (narrow >= 0) & (broad >= 0)
        order = np.lexsort((broad[keep], narrow[keep]))
        examples = {
            (int(stands[a]), int(stands[b])): text
            for (a, b), text in self.examples.items()
            if stands[a] >= 0 and stands[b] >= 0
        }
        weight = self.weight[keep][order]
        pairs = narrow[keep][order], broad[keep][order], weight
        functions = place_of[self.functions]
        return Evidence(words, folds, *pairs, examples, self.whole, self.language, functions[functions >= 0])

    def _stands(self, place_of: Ids) -> Ids:
        """(M,) of each word that stands for others: the place of the one that does among other words, itself or the
        first; −1 where none is there.  ``place_of`` (M,) is where each word is there."""
        there = np.flatnonzero(place_of >= 0)
        there = there[np.lexsort((-place_of[there], self.folds[there] == there))]  # of several the last one is kept
        stands = np.full(len(self.words), -1, np.int32)
        stands[self.folds[there]] = place_of[there]
        return stands

    def with_earlier(self, earlier: Evidence) -> Evidence:
        """This and the evidence of an earlier text on the same words: what pairs count adds up, folded as here."""
        narrow, broad = self.folds[earlier.narrow], self.folds[earlier.broad]
        keep = narrow != broad
        size = len(self.words)
        keys = np.concatenate([self.narrow, narrow[keep]]).astype(np.int64) * size
        keys += np.concatenate([self.broad, broad[keep]])
        distinct, place = np.unique(keys, return_inverse=True)
        sums = np.bincount(place, np.concatenate([self.weight, earlier.weight[keep]]), len(distinct))
        kept = {(int(self.folds[a]), int(self.folds[b])): text for (a, b), text in earlier.examples.items()}
        first, second = (distinct // max(size, 1)).astype(np.int32), (distinct % max(size, 1)).astype(np.int32)
        pairs = set(zip(first.tolist(), second.tolist(), strict=True))
        examples = {pair: text for pair, text in {**kept, **self.examples}.items() if pair in pairs}
        functions = np.union1d(self.functions, earlier.functions)
        return replace(
            self, narrow=first, broad=second, weight=sums.astype(np.float32), examples=examples, functions=functions
        )

    def with_examples_of(self, number: int) -> Evidence:
        """The same with the sentences of its strongest pairs that have one, so many at most."""
        if len(self.examples) <= number:
            return self
        pairs = list(self.examples)
        weight = self.count(*np.array(pairs, np.int64).T)
        strongest = sorted(range(len(pairs)), key=lambda pair: (-weight[pair], pairs[pair]))[:number]
        return replace(self, examples={pairs[pair]: self.examples[pairs[pair]] for pair in sorted(strongest)})

    # Files

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Arrays of a file, their words being the file's."""
        listed = [[a, b, text] for (a, b), text in self.examples.items()]
        tensors: dict[str, npt.NDArray[Any]] = {
            "folds": self.folds,
            "narrow": self.narrow,
            "broad": self.broad,
            "weight": self.weight,
            "examples": np.frombuffer(json.dumps(listed, ensure_ascii=False).encode("utf-8"), np.uint8),
            "total": np.array(self.whole),
            "functions": self.functions,
        }
        if self.language is not None:
            tensors["language"] = np.frombuffer(self.language.encode("utf-8"), np.uint8)
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], words: Sequence[str]) -> Evidence:
        """The reverse of ``tensors``; ValueError, KeyError or TypeError for what it never gives."""
        folds, narrow, broad, weight = (tensors[name] for name in ("folds", "narrow", "broad", "weight"))
        functions = tensors.get("functions", np.zeros(0, np.int32))  # files from before 2026-12 have none of the three
        for ids in (folds, narrow, broad, functions):
            if ids.dtype != np.int32 or ids.ndim != 1 or (len(ids) and not 0 <= ids.min() <= ids.max() < len(words)):
                raise ValueError("evidence must name words of the file")
        if len(folds) != len(words) or not len(narrow) == len(broad) == len(weight) or weight.dtype != np.float32:
            raise ValueError("evidence must have one weight a pair")
        if len(weight) and not (np.isfinite(weight).all() and weight.min() > 0):
            raise ValueError("weights of evidence must be above 0")
        listed = json.loads(bytes(tensors["examples"]).decode("utf-8"))
        examples = {(int(a), int(b)): str(text) for a, b, text in listed}
        total = tensors.get("total")
        if total is not None and (total.shape != () or total.dtype != np.float64 or not 0 < total < np.inf):
            raise ValueError("the total of evidence must be one float64 above 0")
        language = tensors.get("language")
        told = None if total is None else float(total), None if language is None else bytes(language).decode("utf-8")
        return cls(words, folds, narrow, broad, weight, examples, *told, functions)

    def prefixed_tensors(self, words: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Arrays of a file with these words, where nothing decides."""
        return {f"{_PREFIX}{name}": array for name, array in self.among(words).tensors().items()}

    @classmethod
    def from_prefixed_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]], words: Sequence[str]) -> Evidence | None:
        """The reverse; None where there are none, errors as for ``from_tensors``."""
        own = {name.removeprefix(_PREFIX): array for name, array in tensors.items() if name.startswith(_PREFIX)}
        return cls.from_tensors(own, words) if own else None


class Context(NamedTuple):
    """What the text says of k narrow words, each (k, M) sparse, and of the words near them.

    own : counts of "it is a …";  back : of "… is an it"
    near : mean share of the nearest words' counts
    onward : share of what the broader words' own broader ones have
    """

    ids: IdArray  # (k,) of the folded words, −1 for one without
    own: Any
    back: Any
    near: Any
    onward: Any


def context_of(evidence: Evidence, ids: IdArray, near: IdArray, cosines: FloatArray) -> Context:
    """The context of k narrow words.

    Parameters
    ----------
    ids : (k,) folded ids, −1 for a density that is no word's
    near, cosines : (k, m) ids of the nearest words that have evidence, −1 for none, and how near they are

    With w_n = exp((cos − 1) / SHARPNESS), n's counts c(n, b) and their sum C_n, the share of the neighbours is
    Σ_n w_n min(C_n, 5) c(n, b) / C_n  /  (Σ_n w_n min(C_n, 5) + .02).
    """
    from scipy.sparse import csr_array

    size, known = len(evidence.words), ids >= 0
    rows = np.arange(len(ids))
    select = csr_array((known.astype(np.float64), (rows, np.where(known, ids, 0))), shape=(len(ids), size))
    own, back = select @ evidence.by_narrow, select @ evidence.by_broad
    counts = evidence.of_narrow
    usable = (near >= 0) & (near != ids[:, None])
    reliable = np.where(usable, np.minimum(counts[near], _RELIABLE), 0.0) * np.exp((cosines - 1) / SHARPNESS)
    share = reliable / (reliable.sum(axis=1, keepdims=True) + _DOUBT) / np.maximum(counts[near], 1e-9)
    places = np.repeat(rows, near.shape[1]), np.where(usable, near, 0).ravel()
    around = csr_array((np.where(usable, share, 0.0).ravel(), places), shape=(len(ids), size))
    nearby = around @ evidence.by_narrow
    onward = select @ evidence.shares @ evidence.shares + 0.5 * (nearby @ evidence.shares)
    return Context(ids, own.tocsr(), back.tocsr(), nearby.tocsr(), onward.tocsr())


def evidence_features(evidence: Evidence, context: Context, rows: IdArray, broad: IdArray) -> FloatArray:
    """(n, 10) for the narrow words ``rows`` of a context and the folded ids of broad words, −1 for one without."""
    unknown = broad < 0
    narrow, broad = context.ids[rows], np.where(unknown, 0, broad)
    own, back, near, onward = (
        np.where(unknown, 0.0, _at(matrix, rows, broad))
        for matrix in (context.own, context.back, context.near, context.onward)
    )

    def of(counts: FloatArray, ids: IdArray) -> FloatArray:
        values: FloatArray = np.where(ids < 0, 0.0, counts[np.maximum(ids, 0)])
        return values

    broad = np.where(unknown, -1, broad)
    out = of(evidence.of_narrow, narrow)
    share = (of(evidence.of_broad, broad) + _RARELY) / evidence.whole
    return np.stack(
        [
            np.log1p(own),
            np.log1p(back),
            np.log1p(own / (1 + out) / share),
            np.log(near + _FLOOR),
            np.log1p(near / share),
            np.log(onward + _FLOOR),
            np.log1p(of(evidence.of_broad, broad)),
            np.log1p(out),
            np.log1p(of(evidence.of_broad, narrow)),
            np.log1p(of(evidence.of_narrow, broad)),
        ],
        axis=-1,
    )


def _at(matrix: Any, rows: IdArray, columns: IdArray) -> FloatArray:
    """What a sparse matrix has at some places."""
    if matrix.shape[0] == 1:  # then looking it up takes longer than spreading it out
        return np.asarray(matrix.toarray()[0][columns], dtype=np.float64)
    return np.asarray(matrix[rows, columns], dtype=np.float64).ravel()


def _scaled(matrix: Any, factors: FloatArray) -> Any:
    from scipy.sparse import dia_array

    return (dia_array((factors[None], [0]), shape=matrix.shape) @ matrix).tocsr()
