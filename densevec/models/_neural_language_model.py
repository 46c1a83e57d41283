"""What the neural language models have in common as estimators."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch

from densevec._validation import Choice, Instance, Interval, Rule
from densevec.corpus import Vocabulary
from densevec.corpus.language import marks_of
from densevec.errors import NotTrainedError, ParameterError
from densevec.layers.output import HierarchicalSoftmax, NegativeSampling, OutputLayer, Tree, cluster_tree
from densevec.models._language_network import LanguageNetwork
from densevec.models._language_task import LanguageTask
from densevec.models._point_network import OUTPUT_LAYERS, make_output
from densevec.models.base import COMMON_RULES
from densevec.models.gradient_model import GradientModel
from densevec.models.language_model import LanguageEstimator
from densevec.training.callbacks import Callback, EarlyStopping
from densevec.vectors import KeyedVectors, load_vectors

OutputName = Literal["full", "class", "hierarchical", "nce", "negative", "css"]
_TREE = "tree."  # prefix of the tensors of a tree that does not follow from the counts


class NeuralLanguageModel(LanguageEstimator, GradientModel[KeyedVectors]):
    """A language model whose words are vectors: ``vectors`` are those that histories are made of.

    Perplexities and log probabilities are exact: output layers that are not normalised by construction (nce) are
    divided by the sum over the vocabulary, whatever that costs; "negative" gives none.  With
    ``train(validation=...)`` the released weights are those of the epoch of lowest held-out perplexity.

    Parameters
    ----------
    corpus : path or URL, several of them, a folder, a glob pattern, or a re-iterable of token lists
    dim : dimension of the word vectors
    output_layer : what predicts a word: the full softmax, a softmax in two steps (class, then word), hierarchical
        softmax over a tree, noise-contrastive estimation, negative sampling (no density model), or complementary sum
        sampling of the full softmax
    negative : noise words for each predicted word, in expectation; for nce and negative
    noise_size : words drawn at each step and shared by its batch: as noise, weighted so that every predicted word has
        ``negative`` of them, or as the complementary sample of css
    ns_exponent : noise words are drawn in proportion to count to this power
    tree : of the hierarchical softmax: "huffman", or vectors of words, or a file of them, whose clusters make it
    tied : the output layer's words have the vectors of the histories' words (Press & Wolf 2017)
    dropout : share of the numbers of vectors and hidden layers that are left out at each step
    min_count : words seen less often are merged into "<unk>"
    max_vocab_size : keep only so many words, the most frequent
    trim_rule : function (word, count, min_count) that says True (keep), False (drop) or None (as min_count says)
    epochs : passes over the text
    patience : end training when the held-out loss has not fallen for so many epochs; None goes on to the last one
    learning_rate : Adagrad's rate for the tables of words
    min_learning_rate : where learning_rate ends, on a straight line; network_learning_rate falls in proportion
    network_learning_rate : Adam's rate for everything else
    workers : threads
    seed : decides everything random
    device : "auto" takes a GPU if there is one; or "cpu", "cuda", "cuda:1"
    lowercase : lower the text first
    tokenizer : "whitespace", "words" (runs of letters and digits), or a function from a line to its tokens
    max_sentence_length : longer lines are cut into sentences of so many tokens
    errors : what to do about bytes that are not UTF-8: "strict", "replace" or "ignore"
    cache_dir : folder for the encoded text when it is large; a temporary one if None
    """

    rules: ClassVar[Mapping[str, Rule]] = {
        **COMMON_RULES,
        "output_layer": Choice(OUTPUT_LAYERS),
        "negative": Interval(int, 1),
        "noise_size": Interval(int, 1),
        "ns_exponent": Interval(float, -10, 10),
        "tree": Instance((str, os.PathLike, KeyedVectors), '"huffman", vectors or a file of them'),
        "tied": Instance((bool,), "True or False"),
        "dropout": Interval(float, 0, 0.95),
        "patience": Interval(int, 1, optional=True),
        "network_learning_rate": Interval(float, 0),
    }

    def __init__(
        self,
        corpus: Any = None,
        dim: int = 100,
        *,
        output_layer: OutputName = "nce",
        negative: int = 25,
        noise_size: int = 1000,
        ns_exponent: float = 1.0,
        tree: str | os.PathLike[str] | KeyedVectors = "huffman",
        tied: bool = False,
        dropout: float = 0.0,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        trim_rule: Callable[[str, int, int], bool | None] | None = None,
        epochs: int = 5,
        patience: int | None = None,
        learning_rate: float = 0.1,
        min_learning_rate: float = 1e-3,
        network_learning_rate: float = 1e-3,
        workers: int = 1,
        seed: int = 1,
        device: str = "auto",
        lowercase: bool = False,
        tokenizer: str | Callable[[str], list[str]] = "whitespace",
        max_sentence_length: int = 10_000,
        errors: Literal["strict", "replace", "ignore"] = "strict",
        cache_dir: str | None = None,
    ) -> None:
        self.corpus = corpus
        self.dim = dim
        self.output_layer = output_layer
        self.negative = negative
        self.noise_size = noise_size
        self.ns_exponent = ns_exponent
        self.tree = tree
        self.tied = tied
        self.dropout = dropout
        self.min_count = min_count
        self.max_vocab_size = max_vocab_size
        self.trim_rule = trim_rule
        self.epochs = epochs
        self.patience = patience
        self.learning_rate = learning_rate
        self.min_learning_rate = min_learning_rate
        self.network_learning_rate = network_learning_rate
        self.workers = workers
        self.seed = seed
        self.device = device
        self.lowercase = lowercase
        self.tokenizer = tokenizer
        self.max_sentence_length = max_sentence_length
        self.errors = errors
        self.cache_dir = cache_dir
        self._network: LanguageNetwork | None = None
        self._words: Vocabulary | None = None

    @property
    def network(self) -> Any:
        """The trained network, a torch module."""
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

    def _own_callbacks(self, has_held_out: bool) -> Sequence[Callback]:
        if self.patience is None:
            return ()
        if not has_held_out:
            raise ParameterError(f"patience must be None without validation text, got {self.patience!r}")
        return [EarlyStopping(self.patience)]

    def _check(self) -> None:
        super()._check()
        if self.tied and self.output_layer == "hierarchical":
            raise ParameterError(
                "tied must be False with output_layer='hierarchical', whose rows are no words, got True"
            )

    # Hooks of the template

    @abstractmethod
    def _make_layers(self, num_words: int, seed: torch.Generator | None) -> tuple[LanguageNetwork, int]:
        """The network, all but its output layer, and the size of its queries."""

    def _make_network(
        self, vocabulary: Vocabulary, seed: torch.Generator | None, tree: Tree | None = None
    ) -> LanguageNetwork:
        counts = np.maximum(vocabulary.counts, 1)  # "<unk>" may have none
        if tree is None and self.output_layer == "hierarchical" and not _is_huffman(self.tree):
            tree = self._cluster(vocabulary, counts)
        network, query_size = self._make_layers(len(vocabulary), seed)
        output = make_output(
            self.output_layer,
            counts,
            counts,
            query_size,
            negative=self.negative,
            size=self.noise_size,
            exponent=self.ns_exponent,
            has_bias=True,
            tree=tree,
        )
        network.set_output(output, self.tied)
        return network

    def _cluster(self, vocabulary: Vocabulary, counts: np.ndarray) -> Tree:
        given = self.tree if isinstance(self.tree, KeyedVectors) else load_vectors(self.tree)
        vectors = np.zeros((len(vocabulary), given.vector_size), np.float32)  # words without a vector lie in the middle
        for row, word in enumerate(vocabulary.words):
            if word in given:
                vectors[row] = given[word]
        return cluster_tree(vectors, counts)

    def _adopt(self, task: LanguageTask, vocabulary: Vocabulary) -> None:
        self._network, self._words = task.network, vocabulary

    def _vectors_from(self, task: LanguageTask, vocabulary: Vocabulary) -> KeyedVectors:
        vectors = task.network.input.weight.cpu().numpy().copy()  # the network's own may be trained further
        return KeyedVectors(vocabulary.words, vectors, vocabulary.counts, parameters=self._described())

    def _tensors(self) -> Mapping[str, Any]:
        state = self.network.state_dict()
        shared = ["input.weight", *(["output.words.weight.weight"] if self.tied else [])]  # the file's vectors
        tensors = {name: value.cpu().numpy() for name, value in state.items() if name not in shared}
        if isinstance(self.output, HierarchicalSoftmax) and not _is_huffman(self.tree):
            parts = {"offsets": self.output.offsets, "nodes": self.output.nodes, "turns": self.output.turns}
            tensors |= {_TREE + name: part.cpu().numpy().astype(_TREE_TYPES[name]) for name, part in parts.items()}
        return tensors

    def _restore(self, tensors: Mapping[str, Any]) -> None:
        vectors = self.vectors
        if vectors.vector_size != self.dim:
            raise ParameterError(f"dim is {self.dim}, the vectors' {vectors.vector_size}")
        if vectors.counts is None:
            raise ParameterError("the words have no counts")
        vocabulary = Vocabulary(vectors.index_to_key, vectors.counts)
        marks_of(vocabulary)
        tree = None
        if f"{_TREE}nodes" in tensors:
            tree = _checked_tree(len(vocabulary), *(np.array(tensors[_TREE + name]) for name in _TREE_TYPES))
        network = self._make_network(vocabulary, None, tree)
        state = {name: value for name, value in tensors.items() if not name.startswith(_TREE)}
        state["input.weight"] = vectors.vectors
        if self.tied:
            state["output.words.weight.weight"] = vectors.vectors
        network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in state.items()})
        self._network, self._words = network, vocabulary

    # Hooks of language models

    def _boundary(self, vocabulary: Vocabulary) -> int:
        """The id of the word that histories begin with."""
        return marks_of(vocabulary).end

    def _log_probs(self, ids: np.ndarray, offsets: np.ndarray, is_running: bool) -> Iterator[np.ndarray]:
        self._refuse_unnormalised()
        boundary = self._boundary(self.vocabulary)
        for query, targets in self._queries(ids, offsets, boundary, is_running):
            yield self.network.log_probs(query, targets).cpu().numpy()

    def _next_log_probs(self, history: np.ndarray) -> np.ndarray:
        self._refuse_unnormalised()
        boundary = self._boundary(self.vocabulary)
        ids = np.append(history, np.int32(boundary))  # the last target may be any word
        parts = self._queries(ids, np.array([0, len(ids)], np.int64), boundary, False)
        *_, (query, _) = parts
        return self.network.log_probs(query[-1:])[0].cpu().numpy()

    @abstractmethod
    def _queries(
        self, ids: np.ndarray, offsets: np.ndarray, boundary: int, is_running: bool
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Queries (T, q) and targets (T,) of all tokens in order; see ``LanguageModel._log_probs``."""

    def _on_device(self, words: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(words.astype(np.int64)).to(self.network.input.weight.device)

    def _refuse_unnormalised(self) -> None:
        if isinstance(self.output, NegativeSampling):
            self.output._surprise(torch.empty(0), torch.empty(0))  # says why it is no density model


_TREE_TYPES = {"offsets": np.int64, "nodes": np.int32, "turns": np.uint8}


def _is_huffman(tree: Any) -> bool:
    return isinstance(tree, str) and tree == "huffman"


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
