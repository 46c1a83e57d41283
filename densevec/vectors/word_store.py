"""What all vectors are: a state that questions are put to, and how it is taken, given and replaced.

Themes of questions are modules of functions over this class (``neighbours``, ``comparisons``, ...); what differs by
kind is in the state's ``rows``.  The public classes, each of them a list of what it answers, override nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from densevec._containers import can_iterate, plain
from densevec._roles import counts_of_words
from densevec._unicode import folding, folds_in
from densevec._validation import Instance, as_path, check_parameter
from densevec.errors import FormatError, ParameterError
from densevec.evidence.network import Inference
from densevec.evidence.table import Evidence
from densevec.formats import Container, WordIndex, read_container, write_container
from densevec.vectors import _attributes, opening
from densevec.vectors._arguments import as_unit, directions, of_each_word
from densevec.vectors.entailment import as_closeness, closeness_in, closeness_metadata
from densevec.vectors.origins import LEARNED_OF
from densevec.vectors.rows import Rows, TableRows
from densevec.vectors.scale import Scale
from densevec.vectors.search import SavedGraph, ScanIndex
from densevec.vectors.sentences import SentenceReader
from densevec.vectors.sharing import Sharers, arrays_of, handed_out
from densevec.vectors.state import State

if TYPE_CHECKING:
    from densevec.corpus.phrases import Phrases

Path = str | os.PathLike[str]
_PHRASES = "phrases"  # of the tensors of a file
_ROWS_AT_ONCE = 2**12  # in float64


class WordStore:
    """n distinct words with a row each."""

    parameters: dict[str, Any]
    _state: State
    _lock: threading.RLock  # held by whoever edits
    _sharers: Sharers

    def _begin(
        self,
        words: WordIndex,
        rows: Rows,
        counts: npt.ArrayLike | None,
        parameters: Mapping[str, Any] | None,
        entailment_bound: float | None = None,
    ) -> None:
        """Take checked parts; all constructors meet here."""
        closeness = as_closeness(bound=entailment_bound)
        check_parameter("parameters", parameters, Instance((Mapping,), "values by name, as in a dict", optional=True))
        self._take(State(words, rows, counts_of_words(counts, len(words)), closeness=closeness), parameters)

    def _take(self, state: State, parameters: Mapping[str, Any] | None, sharers: Sharers | None = None) -> None:
        self._lock, self.parameters = threading.RLock(), dict(parameters or {})
        fold = folding(*folds_in(self.parameters)) if state.rows.has_ngrams else None
        self._state = replace(state, delimiter=delimiter_in(self.parameters), fold=fold)
        self._sharers = Sharers() if sharers is None else sharers
        self._sharers.add(self)

    def _with(self, state: State) -> Self:
        """Vectors of the same kind and parameters in another state, which may have some of the same arrays."""
        is_apart = not any(self._sharers.hold(array, besides=None) for array in arrays_of(state))
        other = type(self).__new__(type(self))
        other._take(state, self.parameters, None if is_apart else self._sharers)
        return other

    def read_by(self, reader: SentenceReader) -> None:
        """Have words in their sentences, (tokens, position), read so; a file or a pickle of the vectors alone does not
        hold it."""
        with self._lock:
            self._state = replace(self._state, reader=reader)

    def _held(self) -> Self:
        """The same words and rows for who reads sentences by them: no edit changes it, and it hands out no array."""
        other = type(self).__new__(type(self))
        other._take(replace(self._state, reader=None), self.parameters)
        return other

    @property
    def reads_sentences(self) -> bool:
        """Whether a word in its sentence, (tokens, position), can be asked wherever a word can."""
        return self._state.reader is not None

    @property
    def rows(self) -> Rows:
        """What the words have, of the kind of these vectors."""
        return self._state.rows

    # Words

    def __len__(self) -> int:
        return len(self._state.words)

    def __contains__(self, word: object) -> bool:
        return isinstance(plain(word), str) and self._state.index(word, -1) >= 0  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._state.words)

    def __repr__(self) -> str:
        storage = "" if self.storage == "float32" else f", {self.storage}"
        return f"{type(self).__name__}({len(self)} words, dim={self.vector_size}{storage})"

    @property
    def index_to_key(self) -> list[str]:
        """All words by row; a list of one's own, for ``resize_vectors``, which no query reads."""
        state = self._state
        return state.once("index_to_key", lambda: list(state.words))

    @property
    def key_to_index(self) -> dict[str, int]:
        """The row of every word; a dictionary of one's own, which no query reads."""
        state = self._state
        return state.once("key_to_index", lambda: dict(zip(state.words, range(len(state.words)), strict=True)))

    @property
    def words(self) -> WordIndex:
        """The words as the file's index has them: a sequence that is not decoded before it is asked."""
        return self._state.words

    @property
    def counts(self) -> npt.NDArray[np.int64] | None:
        """How often each word was seen in the training text, (n,), or None if unknown; read-only while others have it.

        ``set_vecattr(word, "count", n)`` sets one, of these vectors alone.
        """
        counts = self._state.counts
        return None if counts is None else handed_out(self, counts)

    def get_index(self, key: str | int, default: int | None = None) -> int:
        """The row of a word (a row number stands for itself).

        Raises
        ------
        MissingWordError
            (a KeyError) if the word is unknown and there is no default; the message offers the nearest spellings.
        """
        return self._state.index(key, default)

    def has_index_for(self, key: str | int) -> bool:
        """Whether a word has a row here; the number of one does too, which ``in`` does not take for a word."""
        return self._state.index(key, -1) >= 0

    def has_vector_for(self, word: str) -> bool:
        """Whether a word has a vector: one of these, a phrase of them with blanks in it, or what sub-words compose."""
        state, word = self._state, plain(word)
        return state.row(word) >= 0 or state.compose(word) is not None

    @property
    def known_phrases(self) -> Phrases | None:
        """The phrases that are joined in documents as in the text that the vectors are from; None without any."""
        state = self._state
        phrases = state.phrases
        if phrases is None:
            return None
        from densevec.corpus.phrases import Phrases  # reading of texts, which other questions do without

        return state.once(_PHRASES, lambda: Phrases.from_tensor(phrases, "the vectors"))

    # Vectors

    @property
    def vector_size(self) -> int:
        """The dimension d."""
        return self._state.table.dim

    @property
    def storage(self) -> str:
        """How numbers are kept: "float32", "float16" or "bfloat16"."""
        return self._state.rows.storage

    @property
    def norms(self) -> npt.NDArray[np.float32]:
        """Lengths of the vectors, (n,) float32."""
        return self._state.table.norms.astype(np.float32)

    def __getitem__(self, key: str | int | Sequence[str | int] | npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, or the matrix (k, d) of a list of k words."""
        if isinstance(key, (str, Integral)):
            return self.get_vector(key)
        key = plain(key)
        if isinstance(key, str | slice) or not can_iterate(key):
            return self.get_vector(key)  # type: ignore[arg-type]
        return self.get_vectors(key)  # type: ignore[arg-type]

    def get_vector(self, key: str | int, norm: bool = False) -> npt.NDArray[np.float32]:
        """The vector (d,) of a word, read-only; with ``norm`` scaled to length 1 (a zero vector stays zero).

        A word that is unknown has the vector that sub-words compose, where there are any; else it raises
        MissingWordError.
        """
        state = self._state
        row = state.row(key)
        vector = state.rows.table.stored_mean(row) if row >= 0 else state.composed(key).mean
        if norm:
            vector = as_unit(vector.astype(np.float64)).astype(np.float32)
        vector.flags.writeable = False  # norms would not follow
        return vector

    def get_vectors(
        self, keys: Sequence[str | int] | npt.NDArray[Any], norm: bool = False, on_missing: str = "error"
    ) -> npt.NDArray[np.float32]:
        """The vectors of many words, (k, d) float32.

        A word without a vector raises MissingWordError with ``on_missing="error"``, is left out with "skip" (there are
        fewer rows then), is a zero vector with "zero", and with "prior" the mean of all words (``prior_vector``).
        """
        state = self._state
        found = state.find(keys, on_missing, "keys")
        result = found.vectors(state.table, found.known if on_missing == "skip" else None)
        if on_missing == "prior" and (found.places < 0).any():
            result[found.places < 0] = state.prior_vector()
        if norm:
            for begin in range(0, len(result), _ROWS_AT_ONCE):
                part = result[begin : begin + _ROWS_AT_ONCE]
                part[:] = directions(part.astype(np.float64))
        return result

    def prior_vector(self) -> npt.NDArray[np.float32]:
        """The mean vector of all words, (d,), weighted by their counts if there are any: what is known of none.

        It is read-only.
        """
        return self._state.prior_vector()

    # Files

    def save(self, path: Path) -> None:
        """Write one file, all or nothing; see ``densevec.formats.write_container`` for what is checked and raised."""
        tensors, metadata = self.container_parts()
        write_container(path, tensors, self._state.words, metadata)

    def container_parts(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Tensors and metadata of the file; a model adds its own, named "model.*", and its class."""
        state = self._state
        own, metadata = state.rows.parts()
        tensors: dict[str, npt.NDArray[Any]] = {name: own[name] for name in ("mean", "variance") if name in own}
        if state.counts is not None:
            tensors["counts"] = state.counts
        if state.table.scan_index is not None:
            tensors |= state.table.scan_index.tensors()
        tensors |= own | known_tensors(state)
        if state.phrases is not None:
            tensors[_PHRASES] = state.phrases
        if state.table.variance is not None:
            metadata |= closeness_metadata(state.closeness)
        return tensors, {"class": opening.name_of(type(self)), "parameters": self.parameters, **metadata}

    @classmethod
    def load(cls, path: Path, check: bool = False, mmap: bool = True) -> Self:
        """Open a densevec file that holds word vectors: the class it was saved from, if that is of this one.

        So ``KeyedVectors.load`` opens any, and ``DensityVectors.load`` mixtures too.  Structure is checked always;
        digests and values with ``check=True``.  With ``mmap`` the vectors stay in the file until they are used.
        A graph index that was saved beside the file is asked by ``most_similar`` (see ``graph_index``).
        Errors are those of ``densevec.formats.read_container``, and FormatError for a file of another class.
        """
        return cls.from_container(read_container(path, check=check, mmap=mmap), as_path(path))

    @classmethod
    def from_container(cls, container: Container, origin: str) -> Self:
        """The vectors in an opened file; ``origin`` names it in errors."""
        found = opening.class_in(container)
        kind: type[Self] = found if issubclass(found, cls) else cls
        rows, words = opening.rows_of(kind).from_container(container, origin), container.words
        if words is None:
            raise FormatError(f"{origin}: the file holds no words")
        if len(words) != rows.table.num_rows:
            raise FormatError(f"{origin}: tensor 'mean' has {rows.table.num_rows} rows for {len(words)} words")
        counts = of_each_word(container.tensors, "counts", np.int64, len(words), origin)
        phrases = container.tensors.get(_PHRASES)
        if phrases is not None and (phrases.ndim != 1 or phrases.dtype != np.uint8):
            described = f"{phrases.dtype} of shape {phrases.shape}"
            raise FormatError(f"{origin}: tensor 'phrases' must be the bytes of a text, found {described}")
        rows.table.words = words
        rows.table.scan_index = ScanIndex.from_tensors(container.tensors, rows.table, origin)
        self = kind.__new__(kind)
        graph = SavedGraph.beside(container) if isinstance(rows, TableRows) else None
        state = State(words, rows, counts, graph=graph, phrases=phrases)
        state = replace(state, **known_in(container.tensors, container.metadata, state, origin))
        self._take(state.scaled(), container.metadata["parameters"])
        return self


def own_spelling(vectors: WordStore, word: str) -> str:
    """The word of the vectors that answers for a word, as for a phrase with blanks; without one the word as it is read.

    Two words with the same spelling are one to every question.
    """
    state = vectors._state
    row = state.row(word)
    return state.as_read(word) if row < 0 else state.words[row]


def known_tensors(state: State) -> dict[str, npt.NDArray[Any]]:
    """What is known of words beside rows and counts, as tensors of a file: attributes, and the text on entailment."""
    tensors: dict[str, npt.NDArray[Any]] = _attributes.to_tensors(state.attributes)
    if state.origins is not None and state.origins.any():
        tensors[LEARNED_OF] = state.origins
    if (scale := state.scaled().scale) is not None:
        tensors |= scale.tensors()
    if state.inference is not None:
        tensors |= state.inference.tensors(state.words)
    elif state.evidence is not None:
        tensors |= state.evidence.prefixed_tensors(state.words)
    return tensors


def known_in(
    tensors: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, Any], state: State, origin: str
) -> dict[str, Any]:
    """The reverse, and when densities are close, which a file's metadata say: parts of a state with these words and
    rows; FormatError for what does not fit them."""
    try:
        closeness = None if state.table.variance is None else closeness_in(metadata)
    except ParameterError as error:
        raise FormatError(f"{origin}: {error}") from None
    num_words = len(state.words)
    attributes = _attributes.from_tensors(tensors, num_words, origin)
    origins = of_each_word(tensors, LEARNED_OF, np.uint64, num_words, origin)
    try:
        inference = Inference.from_tensors(tensors, state.words)
        evidence = Evidence.from_prefixed_tensors(tensors, state.words)
        scale = Scale.from_tensors(tensors)
        if inference is not None and len(inference.network.left) != state.table.dim:
            raise ValueError(f"it is on {len(inference.network.left)} dimensions, the vectors have {state.table.dim}")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FormatError(f"{origin}: the evidence on entailment is damaged: {error}") from None
    known = {"closeness": closeness, "attributes": attributes, "origins": origins, "scale": scale}
    return {**known, "inference": inference, "evidence": evidence}


def delimiter_in(parameters: Mapping[str, Any]) -> str:
    """What joins the words of a phrase, by what the vectors were made with."""
    phrases = parameters.get("phrases")
    delimiter = phrases.get("delimiter") if isinstance(phrases, Mapping) else None
    return delimiter if isinstance(delimiter, str) and delimiter else "_"
