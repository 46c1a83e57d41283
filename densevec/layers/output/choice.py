"""Output layers by the names that users give them."""

from __future__ import annotations

import numpy as np
import torch

from densevec.layers.output.base import OutputLayer
from densevec.layers.output.class_based import ClassSoftmax
from densevec.layers.output.css import ComplementarySumSampling
from densevec.layers.output.full import FullSoftmax
from densevec.layers.output.hierarchical import HierarchicalSoftmax
from densevec.layers.output.nce import NoiseContrastiveEstimation
from densevec.layers.output.negative_sampling import NegativeSampling
from densevec.layers.output.trees import Tree


def make_output(
    name: str,
    counts: np.ndarray,
    kept_counts: np.ndarray,
    dim: int,
    *,
    negative: int,
    size: int,
    exponent: float,
    has_bias: bool = False,
    tree: Tree | None = None,
) -> OutputLayer:
    """An output layer by the name that users give it.

    counts : (V,) of the text: noise, tree and classes are made from them, as in word2vec
    kept_counts : (V,) after subsampling, what the biases of the softmax layers and of NCE start from: log P(w)
    size : noise words of a step, or of the complementary sample
    has_bias : classes, nodes of the tree and words of negative sampling have biases too
    tree : for hierarchical, in place of Huffman's
    """
    num_words = len(counts)
    bias = torch.from_numpy(np.log(kept_counts / kept_counts.sum()).astype(np.float32))
    if name == "negative":
        return NegativeSampling(counts, dim, negative, size, exponent, torch.zeros(num_words) if has_bias else None)
    if name == "hierarchical":
        return HierarchicalSoftmax(counts, dim, has_bias, tree)
    if name == "class":
        return ClassSoftmax(counts, dim, has_bias=has_bias)
    if name == "nce":
        return NoiseContrastiveEstimation(counts, dim, negative, size, exponent, bias)
    if name == "css":
        return ComplementarySumSampling(num_words, dim, size, bias=bias)
    return FullSoftmax(num_words, dim, bias)
