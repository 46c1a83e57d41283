"""A softmax in two steps: the class of a word, then the word within its class."""

from __future__ import annotations

import math

import numpy as np
import torch

from densevec.layers.output.base import OutputLayer, Scores, exact_loss
from densevec.layers.support import Counts


class ClassSoftmax(OutputLayer):
    """P(w | h) = P(class(w) | h) P(w | class(w), h), both softmaxes (Goodman 2001; Mikolov et al. 2011).

    Classes are runs of words of similar frequency that share Σ √count equally: with counts by Zipf's law the
    largest has some 2√V words, so that a word costs some √V products instead of V.

    Parameters
    ----------
    counts, dim : (V,), d
    has_bias : give every class and every word a bias; it starts at the logarithm of its count
    """

    word_class: torch.Tensor
    members: torch.Tensor
    offsets: torch.Tensor
    rank: torch.Tensor

    def __init__(self, counts: Counts, dim: int, has_bias: bool = False) -> None:
        super().__init__()
        num_words = len(counts)
        word_class = frequency_classes(counts, math.ceil(math.sqrt(num_words)))
        members = np.argsort(word_class, kind="stable")
        offsets = np.searchsorted(word_class[members], np.arange(word_class.max() + 2))
        rank = np.empty(num_words, np.int64)
        rank[members] = np.arange(num_words) - offsets[word_class[members]]
        parts = {"word_class": word_class, "members": members, "offsets": offsets, "rank": rank}
        for name, array in parts.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.int64)), persistent=False)
        num_classes = len(offsets) - 1
        tokens = np.maximum(np.asarray(counts, np.float64), 0.5)
        of_classes, of_words = (
            torch.from_numpy(np.log(each / each.sum()).astype(np.float32))
            for each in (np.bincount(word_class, tokens), tokens)
        )
        self.classes = Scores(num_classes, dim, of_classes if has_bias else None)
        self.words = Scores(num_words, dim, of_words if has_bias else None)

    _loss = exact_loss

    def _surprise(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        word_class = self.word_class[targets]
        of_class = self.classes.of_all(hidden)
        surprise = torch.logsumexp(of_class, 1, keepdim=True) - of_class.gather(1, word_class)
        return surprise + self._within(hidden, targets, word_class)

    def _within(self, hidden: torch.Tensor, targets: torch.Tensor, word_class: torch.Tensor) -> torch.Tensor:
        """−log P(target | its class, h), (N, W): one product for each class of the targets."""
        if targets.numel() == 0:
            return hidden.new_zeros(targets.shape)
        order = word_class.flatten().argsort(stable=True)
        query = order // targets.shape[1]
        classes, numbers = torch.unique(word_class, return_counts=True)
        sizes = (self.offsets[classes + 1] - self.offsets[classes]).tolist()
        rows = torch.cat([self.members[self.offsets[c] : self.offsets[c + 1]] for c in classes])
        vectors = self.words.weight(rows).split(sizes)
        biases = [0.0] * len(sizes) if self.words.bias is None else self.words.bias(rows)[:, 0].split(sizes)
        queries, ranks = (each.split(numbers.tolist()) for each in (query, self.rank[targets].flatten()[order]))
        parts = []
        for asked, rank, vector, bias in zip(queries, ranks, vectors, biases, strict=True):
            scores = hidden.index_select(0, asked) @ vector.T + bias
            parts.append(torch.logsumexp(scores, 1) - scores.gather(1, rank[:, None])[:, 0])
        return torch.cat(parts)[order.argsort()].view(targets.shape)

    def _all_log_probs(self, hidden: torch.Tensor) -> torch.Tensor:
        of_class = torch.log_softmax(self.classes.of_all(hidden), 1)
        scores = self.words.of_all(hidden)
        where = self.word_class.expand_as(scores)
        highest = torch.full_like(of_class, -torch.inf).scatter_reduce(1, where, scores, "amax")
        sums = torch.zeros_like(of_class).scatter_add(1, where, (scores - highest[:, self.word_class]).exp())
        return scores + (of_class - highest - sums.log())[:, self.word_class]


def frequency_classes(counts: Counts, num_classes: int) -> np.ndarray:
    """The class of every word, (V,): 0 has the most frequent ones; none is empty."""
    order = np.argsort(-np.asarray(counts, np.float64), kind="stable")
    mass = np.cumsum(np.sqrt(np.maximum(np.asarray(counts, np.float64)[order], 0)))
    before = np.concatenate([[0.0], mass[:-1]]) / max(mass[-1], 1e-300)
    in_order = np.minimum((before * num_classes).astype(np.int64), num_classes - 1)
    classes = np.empty(len(order), np.int64)
    classes[order] = np.unique(in_order, return_inverse=True)[1]  # a very frequent word may leave classes empty
    return classes
