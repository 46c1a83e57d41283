"""What the neural language models have in common as estimators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from densevec._parameters import state
from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.errors import NotTrainedError
from densevec.layers.output import (
    HierarchicalSoftmax,
    NegativeSampling,
    NoiseContrastiveEstimation,
    OutputLayer,
    Tree,
    cluster_tree,
)
from densevec.layers.output.choice import make_output
from densevec.layers.output.negative_sampling import no_density
from densevec.models.gradient_model import GradientModel
from densevec.models.language_model import LanguageModel
from densevec.models.neural.network import LanguageNetwork
from densevec.models.neural.parameters import NeuralParameters
from densevec.models.neural.reading import Reading
from densevec.models.neural.task import LanguageTask
from densevec.models.preparation import RUNNING_TEXT
from densevec.models.tasks.model import Job
from densevec.training.engine import Engine
from densevec.vectors import KeyedVectors

_TREE = "tree."  # prefix of the tensors of a tree that does not follow from the counts


class NeuralLanguageModel(NeuralParameters, GradientModel[KeyedVectors], LanguageModel):
    """A language model whose words are vectors: ``vectors`` are those that histories are made of.

    Perplexities and log probabilities are exact: output layers that are not normalised by construction (nce) are
    divided by the sum over the vocabulary, whatever that costs; "negative" gives none.  With
    ``train(validation=...)`` the released weights are those of the epoch of lowest held-out perplexity.
    """

    preparation = RUNNING_TEXT
    trains_together = ("torch",)
    # what makes an engine of a network, settings, an encoded text, the id of "</s>" and a schedule; None: torch alone
    kernel_engine: ClassVar[Callable[..., Engine] | None] = None
    _network: LanguageNetwork | None = state(None)
    _words: Vocabulary | None = state(None)

    @property
    def network(self) -> Any:
        """The trained network, a torch module."""
        self._follow_vectors()
        if self._network is None:
            raise NotTrainedError(f"{type(self).__name__} has no network yet; call train() first")
        return self._network

    @property
    def output(self) -> OutputLayer:
        """The trained output layer."""
        return self.network.output

    @property
    def vocabulary(self) -> Vocabulary:
        if self._words is None:
            raise NotTrainedError(f"{type(self).__name__} has no vocabulary yet; call train() first")
        return self._words

    # Hooks of the template

    @abstractmethod
    def _make_layers(self, settings: Any, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        """The network, all but its output layer, and the size of its queries."""

    @abstractmethod
    def _reading(self, settings: Any, network: Any, vocabulary: Vocabulary) -> Reading:
        """How a network of these settings reads text."""

    def _own_reading(self) -> Reading:
        return self._reading(self._own, self.network, self.vocabulary)

    def _make_network(
        self, settings: Any, vocabulary: Vocabulary, seed: torch.Generator | None, tree: Tree | None = None
    ) -> LanguageNetwork:
        counts = np.maximum(vocabulary.counts, 1)  # "<unk>" may have none
        if tree is None and settings.output_layer == "hierarchical" and not _is_huffman(settings.tree):
            tree = _cluster(settings.tree, vocabulary, counts)
        network, query_size = self._make_layers(settings, len(vocabulary), seed)
        output = make_output(
            settings.output_layer,
            counts,
            counts,
            query_size,
            negative=settings.negative,
            size=settings.noise_size,
            exponent=settings.ns_exponent,
            has_bias=True,
            tree=tree,
        )
        network.set_output(output, settings.tied)
        return network

    def _task(self, job: Job, start: int) -> LanguageTask:
        settings = job.settings
        network = self._make_network(settings, job.vocabulary, torch.Generator().manual_seed(start)).to(job.device)
        make_engine = None
        if job.is_fused and self.kernel_engine is not None:
            end = marks_of(job.vocabulary).end
            make_engine = partial(self.kernel_engine, network, settings, job.encoded, end)
        return LanguageTask(job, network, self._reading(settings, network, job.vocabulary), make_engine)

    def _adopt(self, task: LanguageTask, vocabulary: Vocabulary) -> None:
        self._network, self._words = task.network, vocabulary

    def _vectors_from(self, task: LanguageTask, vocabulary: Vocabulary, is_final: bool) -> KeyedVectors:
        vectors = task.network.input.weight.cpu().numpy().copy()  # the network's own may be trained further
        return KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=self._described())

    def _tensors(self) -> Mapping[str, Any]:
        state, settings = self.network.state_dict(), self._own
        shared = ["input.weight", *(["output.words.weight.weight"] if settings.tied else [])]  # the file's vectors
        tensors = {name: value.cpu().numpy() for name, value in state.items() if name not in shared}
        if isinstance(self.output, HierarchicalSoftmax) and not _is_huffman(settings.tree):
            parts = self.output.paths().items()
            tensors |= {_TREE + name: part.cpu().numpy().astype(_TREE_TYPES[name]) for name, part in parts}
        return tensors

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors, settings = self._own_vectors, self._own
        vocabulary = self._vocabulary(vectors, settings.dim)
        marks_of(vocabulary)
        tree = None
        if f"{_TREE}nodes" in tensors:
            tree = _checked_tree(len(vocabulary), *(np.array(tensors[_TREE + name]) for name in _TREE_TYPES))
        network = self._make_network(settings, vocabulary, None, tree)
        state = {name: value for name, value in tensors.items() if not name.startswith(_TREE)}
        state["input.weight"] = vectors.vectors
        if settings.tied:
            state["output.words.weight.weight"] = vectors.vectors
        network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network, self._words = network, vocabulary

    # Hooks of language models

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        reading = self._own_reading()
        self._check_log_probs()
        log_probs = self.network.log_probs if self.is_normalised else self.output.log_probs
        for query, targets in reading.queries(ids, offsets, is_running):
            yield log_probs(query, targets).cpu().numpy()

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        self._check_log_probs()
        reading, end = self._own_reading(), np.int32(marks_of(self.vocabulary).end)
        if not reading.crosses_sentences and (ends := np.flatnonzero(history == end)).size:
            history = history[ends[-1] + 1 :]
        ids = np.append(history, end)  # the last target may be any word
        bounds = np.array([0, len(ids)], np.int64)
        *_, (query, _) = reading.queries(ids, bounds, False)
        return self.network.log_probs(query[-1:])[0].cpu().numpy()

    @property
    def is_one_sided(self) -> bool:
        return self._own_reading().is_one_sided

    @property
    def is_normalised(self) -> bool:
        # of words between others the score itself stands for log P, where training takes the normaliser to be 1
        is_score = isinstance(self.output, NoiseContrastiveEstimation) and not self.is_one_sided
        return self.has_log_probs and not is_score

    @property
    def has_log_probs(self) -> bool:
        return not isinstance(self.output, NegativeSampling)

    def _check_log_probs(self) -> None:
        if not self.has_log_probs:
            raise no_density()


_TREE_TYPES = {"offsets": np.int64, "nodes": np.int32, "turns": np.uint8}


def _is_huffman(tree: Any) -> bool:
    return isinstance(tree, str) and tree == "huffman"


def _cluster(tree: Any, vocabulary: Vocabulary, counts: np.ndarray) -> Tree:
    """The tree of words that vectors, or a file of them, put near each other."""
    given = tree if isinstance(tree, KeyedVectors) else KeyedVectors.from_file(tree)
    vectors = np.zeros((len(vocabulary), given.vector_size), np.float32)  # words without a vector lie in the middle
    for row, word in enumerate(vocabulary.words):
        if word in given:
            vectors[row] = given[word]
    return cluster_tree(vectors, counts)


def _checked_tree(num_words: int, offsets: np.ndarray, nodes: np.ndarray, turns: np.ndarray) -> Tree:
    """A tree from a file; ValueError unless every path lies within the tree."""
    fits = (
        offsets.shape == (num_words + 1,)
        and nodes.shape == turns.shape == (offsets[-1],)
        and offsets[0] == 0
        and bool((np.diff(offsets) >= 0).all())
        and bool(((nodes >= 0) & (nodes < num_words - 1)).all())
        and bool((turns <= 1).all())
    )
    if not fits:
        raise ValueError("the tree does not fit the words")
    return Tree(offsets.astype(np.int64), nodes.astype(np.int32), turns.astype(np.uint8))
