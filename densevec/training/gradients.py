"""Gradients of several processes, each of its part of a batch, as those of the whole batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from densevec.objectives.base import Loss
from densevec.training.distributed import Group
from densevec.training.optimisers import Optimiser


def sum_gradients(optimiser: Optimiser, loss: Loss, group: Group) -> Loss:
    """Put the sums over all processes in the place of an optimiser's gradients, alike to the bit; the loss of all.

    Of a table they are those of the rows that any process has looked up.  All make the same look-ups, of any rows.

    Parameters
    ----------
    optimiser : of a module whose loss has been differentiated
    loss : of this process's part
    """
    lookups = [(table, *pending) for table in optimiser.tables.values() for pending in table.pending]
    found, num_tokens = _all_rows([np.asarray(rows.cpu(), np.int64) for _, rows, _ in lookups], group, loss.num_tokens)
    device = next(iter(optimiser.tables.values())).weight.device
    all_rows = [torch.from_numpy(each).to(device) for each in found]
    dense = [(each, each.grad) for each in optimiser.dense.values() if each.grad is not None]
    terms = torch.stack([torch.as_tensor(term, dtype=torch.float32, device=device) for term in loss.terms.values()])
    sizes = [len(some) * table.weight.shape[1] for some, (table, _, _) in zip(all_rows, lookups, strict=True)]
    sizes += [gradient.numel() for _, gradient in dense]
    whole = torch.zeros(sum(sizes) + len(terms), dtype=torch.float32, device=device)
    *parts, all_terms = whole.split([*sizes, len(terms)])
    all_terms.copy_(terms)
    merged = [part.view(len(some), -1) for part, some in zip(parts, all_rows, strict=False)]
    for part, some, (_, own, looked_up) in zip(merged, all_rows, lookups, strict=True):
        if looked_up.grad is not None:
            part[torch.searchsorted(some, own)] = looked_up.grad
    for part, (_, gradient) in zip(parts[len(merged) :], dense, strict=True):
        part.copy_(gradient.flatten())
    group.sum_tensor(whole)
    for table in optimiser.tables.values():
        table.pending.clear()
    for part, some, (table, _, _) in zip(merged, all_rows, lookups, strict=True):
        all_looked_up = part.detach()
        all_looked_up.grad = part
        table.pending.append((some, all_looked_up))
    for part, (parameter, _) in zip(parts[len(merged) :], dense, strict=True):
        parameter.grad = part.view_as(parameter)
    return Loss(loss.total, dict(zip(loss.terms, all_terms, strict=True)), num_tokens)


def _all_rows(
    own: list[npt.NDArray[np.int64]], group: Group, num_tokens: int
) -> tuple[list[npt.NDArray[np.int64]], int]:
    """Of every look-up the rows of all processes, distinct and rising; and the tokens of the whole batch."""
    sizes = group.gather(np.array([num_tokens, *map(len, own)], float)).astype(int)
    message = np.concatenate([*own, np.empty(0, np.int64)]).astype(np.int32).view(np.uint8)
    longest = max(int(4 * sizes[:, 1:].sum(axis=1).max()), 4)
    everyone = [each.view(np.int32) for each in group.send(message, longest).wait()]
    ends = np.cumsum(sizes[:, 1:], axis=1)
    parts = [np.split(each, end) for each, end in zip(everyone, ends, strict=True)]  # the last is what fills up
    rows = [np.unique(np.concatenate([part[number] for part in parts])).astype(np.int64) for number in range(len(own))]
    return rows, int(sizes[:, 0].sum())
