"""Estimators whose result is vectors of words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from weakref import ref

import numpy as np
import numpy.typing as npt

from densevec._processes import is_first
from densevec.corpus import Vocabulary
from densevec.corpus.own_text import own_rules
from densevec.errors import NotTrainedError, ParameterError
from densevec.formats.native import Container
from densevec.models.running import Running
from densevec.vectors import DensityVectors, KeyedVectors, vectors_from_container
from densevec.vectors._arguments import of_each_word
from densevec.vectors.sentences import SentenceReader

_PAIRS, _FEW_PAIRS = 100_000, 10_000  # of words, for the bound of entailment
_COUNTS = "counts.trained"  # of the tensors of a file
Vectors = TypeVar("Vectors", bound=KeyedVectors)


class Noted:
    """The vectors of a model as its other tables have them: which they are, their words, their rows.

    A pickle has None in its place: before it is made the tables are seen to.
    """

    def __init__(self, vectors: KeyedVectors) -> None:
        self._words = vectors.words
        self._vectors, self._rows = ref(vectors), ref(vectors.rows)

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()

    def is_of(self, vectors: KeyedVectors) -> bool:
        """Whether it is about these vectors."""
        return self._vectors() is vectors

    def has_words_of(self, vectors: KeyedVectors) -> bool:
        """Whether their words are still the same, in the same order."""
        return self._words is vectors.words or self._words.as_list == vectors.words.as_list

    def has_rows_of(self, vectors: KeyedVectors) -> bool:
        """Whether nobody has edited them."""
        return self._rows() is vectors.rows


class ReadsSentences(ABC, Generic[Vectors]):
    """A model that has densities of words in their sentences, and vectors that read them too."""

    @abstractmethod
    def _reader_of(self, vectors: Vectors) -> SentenceReader:
        """What reads sentences by the tables that there are now, of which these are the vectors."""


class HasVectors(ABC, Generic[Vectors]):
    """What has vectors once it is trained; it goes before ``Estimator`` in the list of bases."""

    _vectors: Vectors | None = None
    _current: Running[Vectors | None] | None = None  # while training runs
    _noted: Noted | None = None
    _counts: npt.NDArray[np.int64] | None = None  # (n,) that it learned with, whatever its vectors were given since

    @abstractmethod
    def _tensors(self) -> Mapping[str, Any]:
        """As ``Estimator`` has it."""

    @abstractmethod
    def _restore(self, tensors: Mapping[str, Any]) -> None:
        """As ``Estimator`` has it."""

    @property
    def vectors(self) -> Vectors:
        """What was learned; during training as it stands at the moment, a latent space not yet centred.

        Vectors of a model that reads words in their sentences keep what it has learned, to answer questions about such
        words, and the settings by which it answered when they were first asked for, whatever becomes of the model.
        """
        running = self._current if self._vectors is None else None
        vectors = self._vectors if running is None else running.make()
        if vectors is not None:
            if self._noted is None or not self._noted.is_of(vectors):
                self._note(vectors, running)
            return vectors
        where = "" if is_first() else ", or ask the first process, which alone has them with share_rows"
        raise NotTrainedError(f"{type(self).__name__} has no vectors yet; call train() first{where}")

    def _note(self, vectors: Vectors, running: Running[Any] | None) -> None:
        """Give vectors that are asked for first what they have of the model."""
        with vectors._lock:  # another thread waits until they have it
            if self._noted is not None and self._noted.is_of(vectors):
                return
            if (phrases := own_rules(self, ()).get("phrases")) is not None:
                vectors._state = replace(vectors._state, phrases=phrases.to_tensor())
            if self._counts is None and (counts := vectors._state.counts) is not None:
                self._counts = counts.copy() if counts.flags.writeable else counts
            if isinstance(self, ReadsSentences):
                held = partial(self._reader_of, vectors._held())
                vectors.read_by(self._reader_of(vectors) if running is None else running.reader(held))
            self._noted = Noted(vectors)

    @property
    def _own_vectors(self) -> Vectors:
        """``vectors``, which have the rows of the model's other tables, and these what the vectors say.

        Errors: ParameterError where words were added, taken out or put in another order, or all have other vectors and
        the model reads sentences.
        """
        vectors, advice = self.vectors, "save model.vectors alone, or load the model's own file again"
        if self._noted is not None and not self._noted.has_words_of(vectors):
            raise ParameterError(
                f"the vectors of a {type(self).__name__} must have the words of its other tables, in their order, and "
                f"words were added, taken out or sorted; {advice}"
            )
        if isinstance(self, ReadsSentences) and not vectors.reads_sentences:
            raise ParameterError(
                f"the vectors of a {type(self).__name__} must lie in the space that it reads sentences in, and most "
                f"words were scaled or given other vectors or variances; {advice}"
            )
        self._follow_vectors()
        return vectors

    def _follow_vectors(self) -> None:
        """Have the tables that a file takes from the vectors say what these say, once words were given other ones."""
        vectors = self._vectors
        if vectors is None or self._current is not None:
            return
        with vectors._lock:  # another thread waits until they do
            noted = self._noted
            if noted is None or not noted.is_of(vectors) or noted.has_rows_of(vectors):
                return
            if noted.has_words_of(vectors):
                self._noted = Noted(vectors)
                self._restore(self._tensors())

    @property
    def wv(self) -> Vectors:
        """``vectors`` by gensim's name."""
        return self.vectors

    if not TYPE_CHECKING:  # which would take it that there is an attribute of any name

        def __getattr__(self, name: str) -> Any:
            kind = type(self)
            if hasattr(DensityVectors, name) and not hasattr(kind, name):
                raise AttributeError(f"{kind.__name__} has no {name}; its vectors may have: model.vectors.{name}")
            return object.__getattribute__(self, name)

    def _container_parts(self) -> tuple[dict[str, Any], Sequence[str], dict[str, Any]]:
        vectors = self._own_vectors
        tensors, metadata = vectors.container_parts()
        if self._counts is not None and not np.array_equal(self._counts, tensors["counts"]):
            tensors[_COUNTS] = self._counts
        return tensors, vectors.words, metadata

    def _open(self, container: Container, path: str) -> None:
        self._vectors = cast(Vectors, vectors_from_container(container, path))
        counts = of_each_word(container.tensors, _COUNTS, np.int64, len(self._vectors), path)
        self._counts = self._vectors._state.counts if counts is None else counts

    @property
    def _restored_vectors(self) -> Vectors:
        """Those that ``_restore`` is to put other tables beside, by which they read sentences."""
        assert self._vectors is not None
        return self._vectors

    def _vocabulary(self, vectors: Vectors, dim: int) -> Vocabulary:
        """The words as they were counted in the text; the vectors must have ``dim`` dimensions, and counts."""
        if vectors.vector_size != dim:
            raise ParameterError(f"dim is {dim}, the vectors' {vectors.vector_size}")
        if self._counts is None:
            raise ParameterError("the words have no counts")
        return Vocabulary(vectors.words, self._counts)


def calibrate(vectors: DensityVectors, seed: int, *, is_hurried: bool) -> None:
    """Set the bound of ``entails`` by pairs of words, where there are two to make one; by fewer in a hurry."""
    if len(vectors) > 1:
        vectors.calibrate_entailment(seed, _FEW_PAIRS if is_hurried else _PAIRS)
