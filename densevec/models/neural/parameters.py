"""What neural language models are told."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from densevec._parameters import Constraints, param
from densevec._validation import Instance
from densevec.errors import ParameterError
from densevec.layers.output_names import OutputName
from densevec.layers.recurrent import Activation, Cell
from densevec.models.parameters import (
    CountsWords,
    DrawsNoise,
    HasDimension,
    HasEngine,
    HasSeed,
    HasThreads,
    LearnsBySteps,
    PredictsText,
    PredictsWords,
    StepsByBatches,
)
from densevec.vectors import KeyedVectors

_VECTORS_NAME = re.compile(r"\w*Vectors\(\d+ words, dim=")  # what a model's file has in the place of vectors


def _tree_is_there(settings: NeuralParameters) -> None:
    tree = settings.tree
    if settings.output_layer == "hierarchical" and isinstance(tree, str) and _VECTORS_NAME.match(tree):
        raise ParameterError(
            f"tree must be given again to train a model that was loaded, got {tree!r}: its file keeps the tree, not "
            "the vectors that it was made of; model.set_params(tree=vectors) gives them to the model"
        )


def _nodes_are_no_words(settings: NeuralParameters) -> None:
    if settings.tied and settings.output_layer == "hierarchical":
        raise ParameterError("tied must be False with output_layer='hierarchical', whose rows are no words, got True")


class NeuralParameters(
    HasDimension, CountsWords, PredictsWords, DrawsNoise, LearnsBySteps, PredictsText, HasThreads, HasSeed
):
    """What all of them have in common."""

    constraints: ClassVar[Constraints] = (_nodes_are_no_words, _tree_is_there)

    output_layer: OutputName = param(default="nce")
    negative: int = param(default=25)
    noise_size: int = param(default=1000)
    ns_exponent: float = param(default=1.0)
    tree: str | os.PathLike[str] | KeyedVectors = param(
        default="huffman",
        rule=Instance((str, os.PathLike, KeyedVectors), '"huffman", vectors or a file of them'),
        belongs_to=("output_layer", "hierarchical"),
        text='"huffman", or vectors of words, or a file of them, whose clusters make it',
    )
    tied: bool = param(
        default=False, text="predicted words have the vectors of the histories' words (Press & Wolf 2017)"
    )
    dropout: float = param(
        default=0.0, low=0, high=0.95, text="share of the numbers of vectors and hidden layers left out at each step"
    )
    min_count: int = param(default=5, text='words seen less often are merged into "<unk>"')
    patience: int | None = param(
        default=None, low=1, text="end training when the held-out loss has not fallen for so many epochs; None: never"
    )
    learning_rate: float = param(default=0.1, text="Adagrad's rate for the tables of words")
    network_learning_rate: float = param(default=1e-3, low=0, text="Adam's rate for everything else")


class ReadsHistories(StepsByBatches):
    """Words with a fixed number of words around them."""

    cross_sentences: bool = param(
        default=False, text='histories go on across the ends of sentences, in perplexities too; else "</s>" is there'
    )


def _tied_queries_are_vectors(settings: NPLMParameters) -> None:
    if settings.tied and settings.direct:
        raise ParameterError("direct must be False with tied=True, whose queries have the size of a vector, got True")


class NPLMParameters(NeuralParameters, ReadsHistories):
    """What the neural probabilistic language model is told beyond that."""

    constraints: ClassVar[Constraints] = (_tied_queries_are_vectors,)

    order: int = param(default=5, low=2, high=100, text="n, a word and the n − 1 before it")
    hidden: int = param(default=100, low=1, text="units of the hidden layer")
    direct: bool = param(default=False, text="connect the word vectors to the output layer directly too")


class LogBilinearParameters(NeuralParameters, ReadsHistories, HasEngine):
    """What the log-bilinear model is told beyond that."""

    fused_takes: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "cross_sentences": (False,),
        "dropout": (0.0,),
        "tied": (False,),
        "output_layer": ("nce",),
        "position_matrices": ("diagonal",),
    }

    window: int = param(default=5, low=1, high=100, text="words of the history, on each side")
    context: Literal["left", "both"] = param(
        default="left", text="sides on which the words of the history stand, before the predicted one or on both"
    )
    position_matrices: Literal["full", "diagonal"] = param(
        default="full", text='"full", or "diagonal" as in the vector form, many times faster'
    )
    noise_size: int = param(default=1000, engine="torch")
    network_learning_rate: float = param(default=1e-3, engine="torch")


class RNNLMParameters(NeuralParameters):
    """What recurrent models are told beyond that."""

    cell: Cell = param(default="lstm", text='"elman", "gru" or "lstm"')
    activation: Activation = param(default="sigmoid", belongs_to=("cell", "elman"), text='"sigmoid" or "tanh"')
    hidden: int = param(default=100, low=1, text="units of a layer")
    layers: int = param(default=1, low=1, high=16, text="of cells, one upon the other")
    streams: int = param(default=32, low=1, text="parts of the text that are read side by side")
    steps: int = param(default=32, low=1, text="words of a stream in a batch, as far as gradients reach back")
