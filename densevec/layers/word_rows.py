"""Words made of several rows: their own and those of their character n-grams."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from densevec._cy.subwords import word_rows
from densevec._cy.word_rows import reorder_rows
from densevec.layers.encoder import uniform
from densevec.layers.table import RowTable

_WORDS_AT_ONCE = 2**12
_ROWS_AT_ONCE = 2**14


def no_memory_yet(num_rows: int, dim: int) -> RowTable:
    """A table that takes no memory before an engine makes it room, or ``draw``."""
    return RowTable(torch.zeros(1, dim).expand(num_rows, dim))


@torch.no_grad()
def draw(table: RowTable, bound: float, seed: torch.Generator) -> None:
    """Start values of all rows, uniform in ±bound, whatever words use them; where the table is: it is not copied."""
    if table.weight.stride(0) == 0:  # no engine has made it room
        table.weight = torch.empty_like(table.weight, memory_format=torch.contiguous_format)
    weight = table.weight
    for begin in range(0, len(weight), _ROWS_AT_ONCE):  # a second table of this size may not fit
        part = weight[begin : begin + _ROWS_AT_ONCE]
        part.copy_(uniform((len(part), part.shape[1]), bound, seed))


class WordRows(torch.nn.Module):
    """The rows of a table that each word's vector is the mean of: fastText's (Bojanowski et al. 2017).

    The table has V + B rows: those of the V words, then those of the B buckets that n-grams are hashed to.  While
    training runs buckets are in falling order of how often they are used, so that what is often used lies together;
    ``settle`` leaves each at its number.

    Parameters
    ----------
    words : V of them
    usage : (V,) how often each word is learned from
    lengths : shortest and longest n-gram, in characters, the marks < and > of a word's ends counted
    num_buckets : B
    apart : (A,) words that are made of their n-grams' rows too, but from which only their own row learns: it goes all
        the way that their rows would have gone, and the n-grams know nothing of the word
    """

    offsets: torch.Tensor  # (V + 1,) word v has rows[offsets[v]:offsets[v + 1]]
    rows: torch.Tensor

    def __init__(
        self,
        words: list[str],
        usage: npt.NDArray[np.float64],
        lengths: tuple[int, int],
        num_buckets: int,
        apart: npt.NDArray[np.int64] | None = None,
    ) -> None:
        super().__init__()
        encoded = [word.encode("utf-8", "replace") for word in words]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        bounds = np.ascontiguousarray(np.stack([ends[:-1], ends[1:]], 1))
        offsets, rows = word_rows(np.frombuffer(b"".join(encoded), np.uint8), bounds, *lengths, num_buckets)
        heat = np.bincount(rows, np.repeat(usage, np.diff(offsets)), len(words) + num_buckets)[len(words) :]
        self.bucket_at = np.argsort(-heat, kind="stable").astype(np.int32)  # from a place behind the words' rows
        self.place_of = np.empty_like(self.bucket_at)
        self.place_of[self.bucket_at] = np.arange(num_buckets, dtype=np.int32)
        is_bucket = rows >= len(words)
        rows[is_bucket] = len(words) + self.place_of[rows[is_bucket] - len(words)]
        self.apart: torch.Tensor | None  # (V,) 1 for words that are apart
        self.register_buffer("apart", _marked(len(words), apart), persistent=False)
        self.num_words, self.num_rows = len(words), len(words) + num_buckets
        # what follows from the vocabulary is no part of a model's state
        self.register_buffer("offsets", torch.from_numpy(offsets), persistent=False)
        self.register_buffer("rows", torch.from_numpy(rows), persistent=False)

    def forward(self, table: RowTable, words: torch.Tensor) -> torch.Tensor:
        """The vectors (R, d) of words (R,); each row takes the whole gradient of the means it is part of."""
        rows, owner, number = self._rows_of(words)
        total = table.weight.new_zeros(len(words), table.weight.shape[1])
        if self.apart is not None:
            is_given = self.apart[words[owner]].bool() & (rows != words[owner])
            total = total.index_add(0, owner[is_given], table.weight[rows[is_given]])
            rows, owner = rows[~is_given], owner[~is_given]
        distinct, place = torch.unique(rows, return_inverse=True)
        looked_up = table(distinct)
        total = total.index_add(0, owner, looked_up[place])
        return total + (total / number[:, None] - total).detach()

    @torch.no_grad()
    def means(self, table: RowTable, words: torch.Tensor) -> torch.Tensor:
        """The vectors (R, d) of words (R,)."""
        rows, owner, number = self._rows_of(words)
        weight = table.weight
        return weight.new_zeros(len(words), weight.shape[1]).index_add(0, owner, weight[rows]) / number[:, None]

    @torch.no_grad()
    def bound(self, table: RowTable, words: torch.Tensor, norm: float) -> None:
        """Where the vectors of distinct words (R,) are longer than ``norm``, have each row take the whole way back."""
        means = self.means(table, words)
        back = (norm / means.norm(dim=1).clamp(min=norm) - 1)[:, None] * means
        rows, owner, number = self._rows_of(words)
        back = back[owner]
        if self.apart is not None:
            is_apart = self.apart[words[owner]].bool()
            back[is_apart] *= (number[owner] * (rows == words[owner]))[is_apart, None]
        table.weight.index_add_(0, rows, back)

    @torch.no_grad()
    def gain(self, rows: torch.Tensor, squares: torch.Tensor) -> torch.Tensor:
        """What steps of rows (R,) of the table are multiplied by, (R, 1), where words are apart.

        It is 1, but for the own row of such a word, which goes the way of all its rows: 1 + Σ_r √(s / (s_r + s)), of
        row-wise Adagrad's sums s of the own row and s_r of the others.
        """
        factors = torch.ones(len(rows), 1, dtype=squares.dtype, device=squares.device)
        assert self.apart is not None
        own = (rows < self.num_words).nonzero().ravel()
        own = own[self.apart[rows[own]].bool()]
        parts, owner, _ = self._rows_of(rows[own])
        mine = squares[rows[own]].ravel()[owner]
        is_own = parts == rows[own][owner]
        steps = (mine / (squares[parts].ravel() + mine)).sqrt().masked_fill(is_own, 1.0)
        factors[own] = torch.zeros_like(factors[own]).index_add(0, owner, steps[:, None])
        return factors

    def _rows_of(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The rows of words, the place among these of the word that each is of, and the number of each word's."""
        begin = self.offsets[words]
        number = self.offsets[words + 1] - begin
        owner = torch.repeat_interleave(torch.arange(len(words), device=words.device), number)
        first = number.cumsum(0) - number
        place = torch.arange(len(owner), device=words.device) - first[owner] + begin[owner]
        return self.rows[place].long(), owner, number

    @torch.no_grad()
    def start_from(self, table: RowTable, words: torch.Tensor, vectors: torch.Tensor) -> None:
        """Give words (R,) the vectors (R, d): what n-grams do not make up for, the words' own rows do."""
        for part in torch.arange(len(words), device=words.device).split(_WORDS_AT_ONCE):
            some = words[part]
            number = self.offsets[some + 1] - self.offsets[some]
            table.weight[some] += number[:, None] * (vectors[part] - self.means(table, some))

    @torch.no_grad()
    def put_buckets(self, table: RowTable, buckets: npt.NDArray[np.float32]) -> None:
        """Fill the buckets' rows (B, d), each at its number, into their places of a training."""
        for begin in range(0, len(self.bucket_at), _WORDS_AT_ONCE):  # of places: a second table may not fit
            part = buckets[self.bucket_at[begin : begin + _WORDS_AT_ONCE]]
            first = self.num_words + begin
            table.weight[first : first + len(part)] = torch.tensor(part, device=table.weight.device)

    @torch.no_grad()
    def settle(self, table: RowTable) -> None:
        """Put each bucket at its number, in the table's own memory where that is the CPU's."""
        buckets = table.weight[self.num_words :]
        if buckets.device.type == "cpu" and buckets.dtype == torch.float32:
            reorder_rows(buckets.numpy(), self.place_of)
        else:
            buckets.copy_(buckets[torch.from_numpy(self.place_of).long().to(buckets.device)])
        rows = self.rows.long()
        at = torch.from_numpy(self.bucket_at).long().to(rows.device)
        is_bucket = rows >= self.num_words
        rows[is_bucket] = self.num_words + at[rows[is_bucket] - self.num_words]
        self.rows = rows.int()
        self.place_of = self.bucket_at = np.arange(len(self.place_of), dtype=np.int32)

    @property
    def left_out(self) -> npt.NDArray[np.int64]:
        """The words that are apart, in order."""
        if self.apart is None:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.apart.numpy(force=True)).astype(np.int64)

    def sums_of_ngrams(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(B,) of each n-gram, at its place of a training, the sum of the numbers (V,) of the words that have it."""
        rows, offsets = (part.numpy(force=True) for part in (self.rows, self.offsets))
        sums = np.bincount(rows, np.repeat(numbers, np.diff(offsets)), self.num_rows)[self.num_words :]
        return sums.astype(np.float64, copy=False)

    def parts_in_order(self) -> npt.NDArray[np.int64]:
        """The rows of all words, those of buckets by the buckets' numbers."""
        rows = self.rows.numpy(force=True).astype(np.int64)
        is_bucket = rows >= self.num_words
        rows[is_bucket] = self.num_words + self.bucket_at[rows[is_bucket] - self.num_words]
        return rows

    def buckets_in_order(self, table: RowTable) -> npt.NDArray[np.float32]:
        """A copy of the buckets' rows, (B, d), each at its number."""
        order = torch.from_numpy(self.num_words + self.place_of.astype(np.int64)).to(table.weight.device)
        return table.weight[order].cpu().numpy()


class WordMeans:
    """The vectors of words that are made of several rows, read and written as a table's rows are.

    What is written is made up for by the words' own rows.
    """

    def __init__(self, made: WordRows, table: RowTable) -> None:
        self._made, self._table = made, table

    def __len__(self) -> int:
        return self._made.num_words

    def __getitem__(self, words: npt.NDArray[np.int64]) -> torch.Tensor:
        return self._made.means(self._table, self._on_device(words))

    def __setitem__(self, words: npt.NDArray[np.int64], values: torch.Tensor) -> None:
        self._made.start_from(self._table, self._on_device(words), values)

    def new_tensor(self, values: npt.NDArray[np.float32]) -> torch.Tensor:
        """The numbers as a tensor where the table is."""
        return self._table.weight.new_tensor(values)

    def _on_device(self, words: npt.NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(words).to(self._table.weight.device)


def _marked(num_words: int, words: npt.NDArray[np.int64] | None) -> torch.Tensor | None:
    """(V,) 1 for some words; None for none."""
    if words is None or not len(words):
        return None
    marks = torch.zeros(num_words, dtype=torch.uint8)
    marks[torch.from_numpy(words)] = 1
    return marks
