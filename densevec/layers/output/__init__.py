"""Output layers: from hidden vectors to words.  Skip-gram, CBOW and language models use them alike."""

from densevec.layers.output.base import OutputLayer
from densevec.layers.output.class_based import ClassSoftmax
from densevec.layers.output.css import ComplementarySumSampling
from densevec.layers.output.full import FullSoftmax
from densevec.layers.output.hierarchical import HierarchicalSoftmax
from densevec.layers.output.nce import NoiseContrastiveEstimation
from densevec.layers.output.negative_sampling import NegativeSampling
from densevec.layers.output.noise import Noise
from densevec.layers.output.trees import Tree, cluster_tree

__all__ = [
    "ClassSoftmax",
    "ComplementarySumSampling",
    "FullSoftmax",
    "HierarchicalSoftmax",
    "NegativeSampling",
    "Noise",
    "NoiseContrastiveEstimation",
    "OutputLayer",
    "Tree",
    "cluster_tree",
]
