"""Rows of character n-grams, of which vectors of words that no table has are made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.subwords import compose_words, subword_rows

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
_KINDS = {"fasttext": 0, "finalfusion": 1, "floret": 2}
EXPLICIT = "explicit"
SUBWORDS = "subwords"  # the tensor and the metadata of a native file
MAX_NGRAM = 1000


@dataclass(frozen=True)
class Hashing:
    """Which rows an n-gram has among B.

    Attributes
    ----------
    name : "fasttext", the FNV-1a hash of 32 bits of its UTF-8 bytes, each taken as a signed 8-bit number, modulo B;
        "finalfusion", the FNV-1a hash of 64 bits of the number of its characters and their code points, modulo B;
        "floret", the first ``num_hashes`` of the four numbers of MurmurHash3 (x64, 128 bits), each modulo B, of the
        whole word between its marks too; "explicit", the rows that a list of n-grams gives
    num_hashes, seed : of floret's
    drops_marks : whether the marks < and > alone are no n-grams, as for fastText and floret
    is_unit : whether a composed vector is scaled to length 1, as finalfusion does
    """

    name: str = "fasttext"
    num_hashes: int = 1
    seed: int = 0
    drops_marks: bool = True
    is_unit: bool = False


FASTTEXT = Hashing()


@dataclass(frozen=True)
class Subwords:
    """The rows of n-grams: vectors for words that no table has.

    Attributes
    ----------
    buckets : bytes of B rows of d float32, mapped from the file; read-only
    dim : d
    min_length, max_length : of the n-grams, in characters, the marks ``<`` and ``>`` of a word's ends counted
    hashing : which rows an n-gram has
    ngrams : the row of each n-gram where these are listed
    """

    buckets: Bytes
    dim: int
    min_length: int
    max_length: int
    hashing: Hashing = FASTTEXT
    ngrams: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        buckets = self.buckets.view()
        buckets.flags.writeable = False  # many vectors may be given the same n-grams
        object.__setattr__(self, "buckets", buckets)

    @property
    def num_rows(self) -> int:
        """B."""
        return len(self.buckets) // (4 * self.dim)

    @property
    def is_empty(self) -> bool:
        """Whether no word has a row here: of 0 buckets, or of lengths that no n-gram has."""
        is_whole = self.hashing.name == "floret"  # where a word itself has rows, too
        return self.num_rows == 0 or (self.max_length < max(self.min_length, 1) and not is_whole)

    def vector(self, word: str) -> Floats | None:
        """The mean of the rows of a word's n-grams, (d,), None if it has none (a word too short)."""
        result = self._listed(word) if self.ngrams is not None else self._hashed(word)
        if result is None or not self.hashing.is_unit:
            return result
        exact = result.astype(np.float64)  # as float32 may not hold the length
        norm = np.sqrt((exact**2).sum())
        return result if norm == 0 else (exact / norm).astype(np.float32)

    def rows_of(self, word: str) -> npt.NDArray[np.int64]:
        """The rows of a word's n-grams, (k,), where these are hashed."""
        hashing = self.hashing
        found: npt.NDArray[np.int64] = subword_rows(
            word.encode("utf-8", "replace"),
            self.min_length,
            self.max_length,
            self.num_rows,
            _KINDS[hashing.name],
            hashing.num_hashes,
            hashing.seed,
            hashing.drops_marks,
        )
        return found

    def _hashed(self, word: str) -> Floats | None:
        raw = np.frombuffer(word.encode("utf-8", "replace"), dtype=np.uint8)
        result = np.empty((1, self.dim), dtype=np.float32)
        missing = self.compose(raw, np.array([[0, len(raw)]]), None, result)
        return None if missing >= 0 else result[0]

    def _listed(self, word: str) -> Floats | None:
        assert self.ngrams is not None  # as vector asks
        marked = f"<{word}>"
        found = [
            marked[begin:end]
            for begin in range(len(marked))
            for end in range(begin + self.min_length, min(begin + self.max_length, len(marked)) + 1)
        ]
        rows = [self.ngrams[ngram] for ngram in found if ngram in self.ngrams]
        if not rows:
            return None
        table = self.buckets.reshape(-1, 4 * self.dim)[rows]
        mean = np.frombuffer(table.tobytes(), dtype="<f4").reshape(len(rows), self.dim).mean(0, dtype=np.float64)
        return np.asarray(mean, dtype=np.float32)

    def compose(
        self, data: Any, bounds: npt.NDArray[np.int64], own: Bytes | None, vectors: Floats, end_is_whole: bool = True
    ) -> int:
        """``densevec._cy.subwords.compose_words`` with these n-grams."""
        hashing = self.hashing
        first = compose_words(
            data,
            bounds,
            own,
            self.buckets,
            self.min_length,
            self.max_length,
            vectors,
            end_is_whole,
            _KINDS[hashing.name],
            hashing.num_hashes,
            hashing.seed,
            hashing.drops_marks,
        )
        return int(first)

    @property
    def rows(self) -> Floats:
        """The rows, (B, d): the buckets themselves, or a copy where these lie at an odd address of a file."""
        rows: Floats = self.buckets.view("<f4").reshape(-1, self.dim)
        return rows if rows.flags.aligned else rows.copy()

    def with_rows(self, rows: Floats) -> Subwords:
        """Other rows (B, e) for the same n-grams."""
        buckets = np.ascontiguousarray(rows, dtype="<f4").reshape(-1).view(np.uint8)
        return Subwords(buckets, rows.shape[1], self.min_length, self.max_length, self.hashing, self.ngrams)

    def is_hashed_as(self, other: Subwords) -> bool:
        """Whether the n-grams of every word have the same rows in both."""
        mine, theirs = (
            (each.num_rows, each.min_length, each.max_length, each.hashing, each.ngrams) for each in (self, other)
        )
        return mine == theirs

    # Our own files

    def tensors(self, name: str) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """The tensors of a native file, and its metadata; ``name`` is that of fastText's rows."""
        own = name if self.hashing.name == "fasttext" else f"{name}.{self.hashing.name}"  # no older reader errs
        bounds: dict[str, Any] = {"min_length": self.min_length, "max_length": self.max_length}
        tensors: dict[str, npt.NDArray[Any]] = {own: self.rows}
        if self.hashing != FASTTEXT:
            bounds["hashing"] = vars(self.hashing)
        if self.ngrams is not None:
            listed = json.dumps(self.ngrams, ensure_ascii=False).encode()
            tensors[f"{name}.ngrams"] = np.frombuffer(listed, dtype=np.uint8)
        return tensors, bounds

    @classmethod
    def from_tensors(cls, name: str, tensors: Mapping[str, Any], metadata: Any, dim: int) -> Subwords:
        """The reverse; ValueError, TypeError or KeyError for what ``tensors`` never gives."""
        bounds = metadata if isinstance(metadata, dict) else {}
        hashing = Hashing(**bounds.get("hashing", {}))
        if hashing.name not in (*_KINDS, EXPLICIT) or not 1 <= hashing.num_hashes <= 4 or not 0 <= hashing.seed < 2**32:
            raise ValueError(f"the hash of n-grams must be one that is known, found {hashing!r:.80}")
        rows = tensors.get(name if hashing.name == "fasttext" else f"{name}.{hashing.name}")
        if rows is None or rows.ndim != 2 or rows.dtype != np.float32 or rows.shape[1] != dim:
            raise ValueError(f"the file holds no rows of n-grams (tensor {name!r}) that fit its vectors")
        shortest, longest = bounds.get("min_length"), bounds.get("max_length")
        if not all(isinstance(each, int) and 0 <= each <= MAX_NGRAM for each in (shortest, longest)):
            raise ValueError(f"the lengths of n-grams must be from 0 to {MAX_NGRAM}, found {metadata!r:.80}")
        ngrams = None
        if hashing.name == EXPLICIT:
            ngrams = {str(ngram): int(row) for ngram, row in json.loads(bytes(tensors[f"{name}.ngrams"])).items()}
            if not all(0 <= row < len(rows) for row in ngrams.values()):
                raise ValueError(f"n-grams must have rows from 0 to {len(rows) - 1}")
        assert isinstance(shortest, int)  # as all are
        assert isinstance(longest, int)
        return cls(rows.reshape(-1).view(np.uint8), dim, shortest, longest, hashing, ngrams)
