"""Hierarchical softmax: a word is a path of yes-or-no decisions down a tree."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from densevec._cy.huffman import huffman_tree
from densevec.layers.output.base import OutputLayer, Scores, distinct, exact_loss
from densevec.layers.support import Counts


class HierarchicalSoftmax(OutputLayer):
    """P(w | h) = Π_l σ(±s(h, n_l)) over the inner nodes n_l on the path of w (Morin & Bengio 2005).

    At a node turn 0 has the probability σ(s) and turn 1 σ(−s), s(h, n) = h·y_n + b_n.  The tree is Huffman's (Mikolov
    et al. 2013), so that a frequent word costs a few products and a rare one some log2 V, instead of V.  Nodes are
    numbered from the root, in order of falling count (see ``huffman_tree``).  Another tree may be given.

    Parameters
    ----------
    counts, dim : (V,), d
    has_bias : give every node a bias; it starts at the turns' share of tokens, which makes P(w | 0) a word's own share
    tree : offsets, nodes and turns as ``cluster_tree`` gives them, or None for Huffman's
    """

    offsets: torch.Tensor
    nodes: torch.Tensor
    turns: torch.Tensor

    def __init__(
        self, counts: Counts, dim: int, has_bias: bool = False, tree: tuple[np.ndarray, ...] | None = None
    ) -> None:
        super().__init__()
        arrays = huffman_tree(counts) if tree is None else tree
        offsets, nodes, turns = (torch.from_numpy(array) for array in arrays)
        for name, value in (("offsets", offsets), ("nodes", nodes.long()), ("turns", turns.bool())):
            self.register_buffer(name, value, persistent=False)  # they follow from the counts
        num_nodes = len(counts) - 1
        self.inner = Scores(num_nodes, dim, _log_odds(counts, *arrays) if has_bias else None)

    def paths(self) -> dict[str, torch.Tensor]:
        """The tree: offsets, nodes and turns as ``cluster_tree`` gives them."""
        return {"offsets": self.offsets, "nodes": self.nodes, "turns": self.turns}

    _loss = exact_loss

    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        types, (type_of,) = distinct(targets)
        begin, length = self.offsets[types], self.offsets[types + 1] - self.offsets[types]
        step = torch.arange(int(length.max()) if len(length) else 0, device=types.device)
        if len(step) == 0:  # a word alone is certain, and so is none
            return (hidden.sum(1, keepdim=True) * 0).expand(targets.shape)
        on_path = step < length[:, None]  # (U, L)
        place = (begin[:, None] + step)[on_path]
        rows, (node_of,) = distinct(self.nodes[place])
        scores = self.inner(hidden, rows)  # (N, R)
        nothing = torch.zeros_like(scores[:, :1])  # for the steps beyond a path's end
        costs = torch.cat([functional.softplus(-scores), functional.softplus(scores), nothing], 1)
        column = torch.full(on_path.shape, 2 * len(rows), device=types.device)
        column[on_path] = node_of + len(rows) * self.turns[place]
        chosen = column[type_of].flatten(1)  # (N, W·L)
        return costs.gather(1, chosen).view(*targets.shape, len(step)).sum(2)

    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        num_words, num_nodes = len(self.offsets) - 1, self.inner.num_rows
        scores = self.inner.of_all(hidden)
        decisions = functional.logsigmoid(torch.cat([scores, -scores], 1))  # (N, 2(V − 1))
        word = torch.repeat_interleave(torch.arange(num_words, device=hidden.device), self.offsets.diff())
        index = torch.stack([word, self.nodes + num_nodes * self.turns])
        ones = torch.ones(len(word), dtype=hidden.dtype, device=hidden.device)
        paths = torch.sparse_coo_tensor(index, ones, (num_words, 2 * num_nodes), check_invariants=False)
        return torch.sparse.mm(paths, decisions.T).T


def _log_odds(counts: Counts, offsets: np.ndarray, nodes: np.ndarray, turns: np.ndarray) -> torch.Tensor:
    """log of tokens that take turn 0 over those that take turn 1, of every inner node, (V − 1,)."""
    tokens = np.repeat(np.maximum(np.asarray(counts, np.float64), 0.5), np.diff(offsets))
    taken = [np.bincount(nodes[turns == t], tokens[turns == t], minlength=len(counts) - 1) for t in (0, 1)]
    return torch.from_numpy((np.log(taken[0]) - np.log(taken[1])).astype(np.float32))
