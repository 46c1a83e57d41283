"""Tables that go on from what was learned before, for the words of another vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from densevec.layers.table import RowTable
from densevec.training.engine import Engine
from densevec.training.optimisers import Optimiser
from densevec.training.state import EpochReport

SQUARES = "squares."  # of the names of Adagrad's sums in files, one a row: the mean of the row's
_ROWS_AT_ONCE = 2**14

Ids = npt.NDArray[np.int64]


class RowSquares:
    """What a file keeps of Adagrad's sums, so that an update goes on by steps of their size: a mean for each row."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
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
        """Keep what the engine has now, before its memory goes."""
        self._arrays, self._engine = self.arrays(), None

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """(R,) float32 of each table, by ``SQUARES`` and its name."""
        if self._engine is None:
            return self._arrays
        sums = self._engine.squares().items()
        return {f"{SQUARES}{name}": each.mean(1).float().cpu().numpy() for name, each in sums}


@torch.no_grad()
def go_on_from(network: torch.nn.Module, engine: Engine, learned: Mapping[str, Any], rows: Ids) -> None:
    """Give a new network, and the sums of its engine, what words had learned; new words keep what they start with.

    Parameters
    ----------
    learned : arrays by the network's names of its state, and ``RowSquares``; a table that it lacks is left alone
    rows : (V,) the row that each word had, −1 for a new one
    """
    for name, table in Optimiser.tables_of(network).items():
        if f"{name}.weight" in learned:
            for places, values in _parts(learned[f"{name}.weight"], rows, len(table.weight)):
                table.weight[places] = torch.tensor(values, dtype=table.weight.dtype, device=table.weight.device)
    for name, parameter in network.named_parameters():
        parameter.copy_(torch.tensor(np.asarray(learned[name])))
    for name, sums in engine.squares().items():
        if f"{SQUARES}{name}" in learned:
            for places, values in _parts(learned[f"{SQUARES}{name}"], rows, len(sums)):
                sums[places] = torch.tensor(values, dtype=sums.dtype, device=sums.device)[:, None]


def _parts(array: Any, rows: Ids, num_rows: int) -> Iterator[tuple[Ids, npt.NDArray[Any]]]:
    """Places in a table of ``num_rows``, a multiple of the words, and the rows of the old one that go there."""
    each = num_rows // len(rows)  # rows of a word
    known = np.flatnonzero(rows >= 0)
    for begin in range(0, len(known), _ROWS_AT_ONCE):
        some = known[begin : begin + _ROWS_AT_ONCE]
        places, theirs = ((part[:, None] * each + np.arange(each)).reshape(-1) for part in (some, rows[some]))
        yield places, np.asarray(array[theirs])


class PriorPull:
    """After each epoch every word's densities become what they were and what they are now, taken together.

    The density of a word is N(m₀, s₀) before the update and N(m₁, s₁) after a pass.  With n₀ and n₁ its tokens in the
    earlier texts and in the new one, and a = λn₀/(λn₀ + n₁), it becomes the N that minimises
    a KL(N‖N₀) + (1 − a) KL(N‖N₁), which is the normalised product N₀ᵃ N₁¹⁻ᵃ: precisions and what they weigh add up,

        1/s = a/s₀ + (1 − a)/s₁,    m = s (a m₀/s₀ + (1 − a) m₁/s₁).

    A table of no densities is as if its variances were all the same.

    Parameters
    ----------
    network, learned, rows : as for ``go_on_from``
    densities : names of the tables of means and of log variances that belong together
    share : (V,) a
    """

    def __init__(
        self,
        network: torch.nn.Module,
        learned: Mapping[str, Any],
        rows: Ids,
        densities: Sequence[tuple[str, str]],
        share: npt.NDArray[np.float64],
    ) -> None:
        self._tables, self._learned, self._rows = Optimiser.tables_of(network), learned, rows
        self._share = share.astype(np.float32)
        of_densities = {name for pair in densities for name in pair}
        alone = [(name, None) for name in self._tables if name not in of_densities and f"{name}.weight" in learned]
        self._pairs: list[tuple[str, str | None]] = [*(p for p in densities if p[0] in self._tables), *alone]

    @torch.no_grad()
    def on_epoch_end(self, model: Any, report: EpochReport) -> None:
        for name, variance_name in self._pairs:
            table = self._tables[name]
            log_variance = None if variance_name is None else self._tables[variance_name]
            share_of = np.repeat(self._share, len(table.weight) // len(self._rows))
            parts = [_parts(self._learned[f"{name}.weight"], self._rows, len(table.weight))]
            if variance_name is not None:
                parts.append(_parts(self._learned[f"{variance_name}.weight"], self._rows, len(table.weight)))
            for part in zip(*parts, strict=True):
                places = part[0][0]
                old = [torch.tensor(values, dtype=torch.float32, device=table.weight.device) for _, values in part]
                share = torch.from_numpy(share_of[places, None]).to(table.weight.device)
                _pool(table, log_variance, torch.from_numpy(places).to(table.weight.device), old, share)


def _pool(
    mean: RowTable,
    log_variance: RowTable | None,
    places: torch.Tensor,
    old: Sequence[torch.Tensor],
    share: torch.Tensor,
) -> None:
    """Replace rows by the normalised product of what they were, to the power ``share``, and what they are."""
    if log_variance is None:
        mean.weight[places] = share * old[0] + (1 - share) * mean.weight[places]
        return
    before, now = share * (-old[1]).exp(), (1 - share) * (-log_variance.weight[places]).exp()
    mean.weight[places] = (before * old[0] + now * mean.weight[places]) / (before + now)
    log_variance.weight[places] = -(before + now).log()
