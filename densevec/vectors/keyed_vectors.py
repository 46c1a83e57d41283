"""Words with a vector each, and the questions one asks of them, by the names of gensim's KeyedVectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from densevec.formats import container_bytes, parse_container
from densevec.formats.hub import OnHub
from densevec.vectors import (
    comparisons,
    completion,
    concatenation,
    display,
    editing,
    indexing,
    neighbours,
    transforms,
    word_tests,
)
from densevec.vectors._arguments import beginning
from densevec.vectors.exchange import Exchange
from densevec.vectors.opening import opens
from densevec.vectors.rows import PointRows
from densevec.vectors.search import GraphIndex, Table


@opens(PointRows)
class KeyedVectors(Exchange, OnHub):
    """Words and their vectors.

    Parameters
    ----------
    words : n distinct strings
    vectors : (n, d) finite numbers, kept in float32
    counts : (n,) how often each word was seen in the training text, or None
    parameters : what the vectors were made with, plain JSON values
    vector_size : d, to begin without words; as the only argument it may stand first

    Arrays given are used, not copied, until the vectors are changed by a method of theirs.  Who writes to ``vectors``
    in place calls ``fill_norms(force=True)`` afterwards: searches keep norms of its rows.  Arrays of a file, and those
    that a copy or other vectors made of these have too, are read-only; ``v.vectors = v.vectors.copy()`` gives v a table
    of its own.

    Examples
    --------
    >>> vectors = KeyedVectors(["kiwi", "kakapo", "plum"], [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    >>> vectors.most_similar("kiwi", topn=1)[0][0]
    'kakapo'
    >>> grown = KeyedVectors(vector_size=2)
    >>> grown.add_vectors(["kiwi", "plum"], [[1.0, 0.1], [0.0, 1.0]])
    >>> len(grown)
    2
    """

    def __init__(
        self,
        words: Sequence[str] | int = (),
        vectors: npt.ArrayLike | None = None,
        counts: npt.ArrayLike | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        vector_size: int | None = None,
    ) -> None:
        index, means = beginning(words, vectors, "vectors", vector_size)
        self._begin(index, PointRows(Table(means, None)), counts, parameters)

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """The vectors of all words, (n, d) float32; of 16-bit storage a read-only copy, made each time.

        Of a file it is read-only, and while others, such as a ``copy.copy`` of these vectors, have it too.  Whoever
        writes to it otherwise calls ``fill_norms(force=True)`` afterwards.  Assigning a matrix replaces all vectors;
        where most are others than before, what was learned of the space goes, as for ``unit_normalize_all``.
        """
        return editing.vectors_of(self)

    @vectors.setter
    def vectors(self, vectors: npt.ArrayLike) -> None:
        editing.set_vectors(self, vectors)

    # Neighbours
    most_similar = neighbours.most_similar
    most_similar_batch = neighbours.most_similar_batch
    most_similar_cosmul = neighbours.most_similar_cosmul
    similar_by_word = neighbours.similar_by_word
    similar_by_key = neighbours.similar_by_key
    similar_by_vector = neighbours.similar_by_vector
    scores = neighbours.scores

    # Comparisons of words
    similarity = comparisons.similarity
    distance = comparisons.distance
    distances = comparisons.distances
    cosine_similarities = staticmethod(comparisons.cosine_similarities)
    closer_than = comparisons.closer_than
    rank = comparisons.rank
    relative_cosine_similarity = comparisons.relative_cosine_similarity
    most_similar_to_given = comparisons.most_similar_to_given
    get_mean_vector = comparisons.get_mean_vector
    n_similarity = comparisons.n_similarity
    rank_by_centrality = comparisons.rank_by_centrality
    doesnt_match = comparisons.doesnt_match
    wmdistance = comparisons.wmdistance
    soft_cosine = comparisons.soft_cosine
    fill_norms = comparisons.fill_norms
    get_normed_vectors = comparisons.get_normed_vectors

    # Tests
    complete = completion.complete
    evaluate_word_pairs = word_tests.evaluate_word_pairs
    evaluate_word_analogies = word_tests.evaluate_word_analogies

    # Editing
    add_vector = editing.add_vector
    add_vectors = editing.add_vectors
    __setitem__ = editing.set_item
    unit_normalize_all = editing.unit_normalize_all
    sort_by_descending_frequency = editing.sort_by_descending_frequency
    resize_vectors = editing.resize_vectors
    get_vecattr = editing.get_vecattr
    set_vecattr = editing.set_vecattr

    @property
    def expandos(self) -> Mapping[str, npt.NDArray[Any]]:
        """Columns of one value a word by name, those of ``set_vecattr``; "count" is ``counts``.

        Not to be changed; what other vectors have too is read-only.
        """
        return editing.columns_handed_out(self)

    # New vectors from these
    select = editing.select
    drop = editing.drop
    vectors_for_all = editing.vectors_for_all
    stored_as = editing.stored_as
    __copy__ = editing.copied
    __deepcopy__ = editing.deep_copied

    # In a notebook
    _repr_html_ = display.html_of

    # New spaces from these
    concatenate = staticmethod(concatenation.concatenate)
    whitened = transforms.whitened
    reduced = transforms.reduced
    aligned_to = transforms.aligned_to

    # Faster searches
    build_scan_index = indexing.build_scan_index
    build_graph_index = indexing.build_graph_index
    load_graph_index = indexing.load_graph_index
    expected_recall = indexing.expected_recall

    @property
    def graph_index(self) -> GraphIndex | None:
        """The approximate index that ``most_similar`` asks: the one saved beside the file, or one assigned; or None.

        It is opened by the first query it can answer: one by its measure, over all words, for up to half as many
        neighbours as it looks at (64, by default).  All other questions are answered exactly, and this one too by
        ``exact=True``, or when ``graph_index`` is set to None.  A change of the vectors leaves it behind.
        """
        return indexing.graph_index_of(self)

    @graph_index.setter
    def graph_index(self, index: GraphIndex | None) -> None:
        indexing.set_graph_index(self, index)

    @property
    def has_scan_index(self) -> bool:
        """True if searches read the 8-bit copy."""
        return self._state.table.scan_index is not None

    if not TYPE_CHECKING:  # which would take it that there is an attribute of any name

        def __getattr__(self, name: str) -> Any:
            from densevec.vectors import entailments, uncertainty, word_densities

            known = any(name in vars(module) for module in (entailments, uncertainty, word_densities))
            if known and not name.startswith("_") and not hasattr(type(self), name):
                raise AttributeError(
                    f"{type(self).__name__} has no {name}; densities have, which BayesianSkipGram, DensityWord2Vec and "
                    f"EmbedAlign learn"
                )
            return object.__getattribute__(self, name)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickles hold the bytes of a file of ours, and opening one is reading that file."""
        tensors, metadata = self.container_parts()
        return _from_bytes, (type(self), container_bytes(tensors, self.words, metadata))


def _from_bytes(kind: type[KeyedVectors], data: bytes) -> KeyedVectors:
    return kind.from_container(parse_container(data), "bytes")
