"""Words with vectors or densities, and those of any other word, composed of its character n-grams."""

from __future__ import annotations

import os
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt

from densevec.densities import Gaussian
from densevec.errors import ParameterError
from densevec.formats import Subwords, WordVectors
from densevec.vectors._arguments import as_float32, as_variances
from densevec.vectors.density_vectors import DensityVectors
from densevec.vectors.keyed_vectors import KeyedVectors
from densevec.vectors.opening import opens
from densevec.vectors.rows import SubwordGaussianRows, SubwordRows, Unseen
from densevec.vectors.search import Table


@opens(SubwordRows)
class SubwordVectors(KeyedVectors):
    """KeyedVectors that answer for words they do not have: fastText's.

    The vector of an unknown word is the mean of the rows of its n-grams.  ``in`` and ``key_to_index`` are about the
    words of the table; ``[]``, ``vector``, ``similarity`` and ``most_similar`` take any word that has an n-gram, as the
    text had it: where ``parameters`` say ``lowercase`` or ``normalize``, an unknown word is folded so first.

    Parameters
    ----------
    table : words and their vectors
    subwords : the rows of n-grams
    parameters : what the vectors were made with, plain JSON values
    """

    def __init__(self, table: WordVectors, subwords: Subwords, parameters: Any = None) -> None:
        if subwords.dim != table.dim:
            raise ParameterError(f"subwords must have the table's {table.dim} dimensions, got {subwords.dim}")
        vectors = as_float32("vectors", table.vectors, (len(table), None))
        self._begin(table.words, SubwordRows(Table(vectors, None), subwords), table.counts, parameters)

    @classmethod
    def load_fasttext(cls, path: str | os.PathLike[str], **rules: Any) -> Self:
        """Read a fastText .bin model of words; arguments and errors are those of ``densevec.formats.read_fasttext``."""
        from densevec.formats import read_fasttext

        model = read_fasttext(path, **rules)
        return cls(model.table, model.subwords)

    @property
    def subwords(self) -> Subwords:
        """The rows of n-grams."""
        return cast(SubwordRows, self._state.rows).subwords

    def vector(self, word: str) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, known or not; the same as ``get_vector``."""
        return self.get_vector(word)


@opens(SubwordGaussianRows)
class SubwordDensityVectors(DensityVectors):
    """DensityVectors that answer for words they do not have: those of ``DensityWord2Vec`` with ``subwords``.

    The mean of an unknown word is that of the rows of its n-grams.  Its variance is above that of every word that has
    all of these n-grams, and the error of such means, learned from words that were left out on purpose, comes on top.
    ``in`` and ``key_to_index`` are about the words of the table; every question takes any word that has an n-gram,
    folded first where ``parameters`` say ``lowercase`` or ``normalize``.

    Parameters
    ----------
    table : words, their means and variances
    subwords : the rows of n-grams
    unseen : what is known of the densities of unknown words
    entailment_bound, parameters : as for ``DensityVectors``

    Examples
    --------
    >>> from densevec import Aviary, DensityWord2Vec
    >>> model = DensityWord2Vec(Aviary(2_000), dim=16, epochs=1, subwords=(3, 6), buckets=2_000).train()
    >>> vectors = model.vectors
    >>> "kiwiish" in vectors, vectors.density("kiwiish").dim
    (False, 16)
    >>> vectors.mean_region("kiwiish", 0.9).contains(vectors["kiwiish"], 0.9).item()
    True
    """

    def __init__(
        self,
        table: WordVectors,
        subwords: Subwords,
        unseen: Unseen,
        entailment_bound: float | None = None,
        parameters: Any = None,
    ) -> None:
        if subwords.dim != table.dim:
            raise ParameterError(f"subwords must have the table's {table.dim} dimensions, got {subwords.dim}")
        if table.variances is None:
            raise ParameterError("table must have variances, one a word or one a word and dimension, got points")
        if len(unseen.ngrams) != subwords.num_rows:
            raise ParameterError(
                f"unseen must know the {subwords.num_rows} buckets of subwords, got {len(unseen.ngrams)}"
            )
        means = as_float32("vectors", table.vectors, (len(table), None))
        rows = SubwordGaussianRows(Table(means, as_variances(table.variances, means)), subwords, unseen)
        self._begin(table.words, rows, table.counts, parameters, entailment_bound)

    @property
    def subwords(self) -> Subwords:
        """The rows of n-grams."""
        return cast(SubwordGaussianRows, self._state.rows).subwords

    @property
    def unseen(self) -> Unseen:
        """What was learned of the densities of unknown words, from ``unseen.num_left_out`` words left out."""
        return cast(SubwordGaussianRows, self._state.rows).unseen

    def mean_region(self, word: str, level: float = 0.95) -> Gaussian:
        """Where the mean of an unknown word would be, had the text had the word some dozens of times.

        The result is the Gaussian around the mean composed of its n-grams whose ellipsoid at ``level``
        (``contains``, ``semi_axes``) holds the means of that share of words that were left out, however their errors
        are distributed; it holds the place of the mean alone, while ``density`` is the whole density of the word and
        much broader.  The share holds in the space of training and in rotations of it.

        Errors: MissingWordError for a word without n-grams, ParameterError for one that is known, whose mean is
        certain, and for a level that is not between 0 and 1.
        """
        state, rows = self._state, cast(SubwordGaussianRows, self._state.rows)
        if state.row(word) >= 0:
            raise ParameterError(f"word must be one that is unknown, got {word!r:.80}, whose mean is vectors[word]")
        mean = state.composed(word).mean.astype(np.float64)
        error, dim = rows.unseen.error(rows.subwords.rows_of(state.as_read(word))), rows.table.dim
        radius = Gaussian(mean, np.ones(())).squared_radius(level)
        # where the quantile of words left out is 0, a number that is above it
        variance: Any = np.maximum(error * (dim * rows.unseen.reach_at(level) / radius), 1e-30)
        return Gaussian(mean, variance if len(variance) > 1 else variance[0])
