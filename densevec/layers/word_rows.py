"""Words made of several rows, as networks have them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from densevec.layers.initial import uniform
from densevec.layers.table import RowTable
from densevec.layers.word_pieces import WordPieces, Words

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
    """``WordPieces`` as a network has them: the rows of a table that each word's vector is the mean of."""

    offsets: torch.Tensor  # (V + 1,) word v has rows[offsets[v]:offsets[v + 1]]
    rows: torch.Tensor
    apart: torch.Tensor | None  # (V,) 1 for words that are apart

    def __init__(self, pieces: WordPieces) -> None:
        super().__init__()
        self.pieces, self.num_words = pieces, pieces.num_words
        # what follows from the vocabulary is no part of a model's state
        for name in ("offsets", "rows", "apart"):
            array = getattr(pieces, name)
            self.register_buffer(name, None if array is None else torch.from_numpy(array), persistent=False)

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
    def settle(self, table: RowTable) -> None:
        """Put each bucket at its number, in the table's own memory where that is the CPU's."""
        buckets = table.weight[self.num_words :]
        if buckets.device.type == "cpu" and buckets.dtype == torch.float32:
            self.pieces.settle(table.weight.numpy())
        else:
            buckets.copy_(buckets[torch.from_numpy(self.pieces.place_of).long().to(buckets.device)])
            self.pieces.settled()
        self.rows = torch.from_numpy(self.pieces.rows).to(self.rows.device)


class TensorWordMeans:
    """``WordMeans`` of a network's table, on any device."""

    def __init__(self, made: WordRows, table: RowTable) -> None:
        self._made, self._table, self.pieces = made, table, made.pieces

    @property
    def table(self) -> torch.Tensor:
        """(V + B, d), which everything is written to."""
        return self._table.weight

    def __len__(self) -> int:
        return self.pieces.num_words

    def __getitem__(self, words: Words) -> torch.Tensor:
        return self._made.means(self._table, self._on_device(words))

    @torch.no_grad()
    def __setitem__(self, words: Words, values: torch.Tensor) -> None:
        some, weight, offsets = self._on_device(words), self.table, self._made.offsets
        for part in torch.arange(len(words), device=weight.device).split(_WORDS_AT_ONCE):
            number = offsets[some[part] + 1] - offsets[some[part]]
            weight[some[part]] += number[:, None] * (values[part] - self._made.means(self._table, some[part]))

    def new_tensor(self, values: npt.NDArray[np.float32]) -> torch.Tensor:
        """The numbers as a tensor where the table is."""
        return self.table.new_tensor(values)

    def of_all(self, out: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
        """(V, d), as of ``WordMeans``."""
        found = np.empty((len(self), self.table.shape[1]), np.float32) if out is None else out
        for part in self._on_device(np.arange(len(self))).split(_WORDS_AT_ONCE):
            found[part.cpu().numpy()] = self._made.means(self._table, part).cpu().numpy()
        return found

    def ngrams(self) -> npt.NDArray[np.float32]:
        """A copy of the rows of n-grams, (B, d), each at its number."""
        order = torch.from_numpy(self.pieces.num_words + self.pieces.place_of.astype(np.int64))
        return self.table[order.to(self.table.device)].cpu().numpy()

    def _on_device(self, words: Words) -> torch.Tensor:
        return torch.from_numpy(words).to(self.table.device)
