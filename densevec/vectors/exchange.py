"""Word vectors of other tools, in and out, by the names of gensim's KeyedVectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from densevec._packages import import_torch
from densevec._validation import as_path
from densevec.errors import FormatError, ParameterError
from densevec.formats import WordVectors, guess_format, read_vectors, write_vectors
from densevec.formats.binary import binary_file, read_binary
from densevec.formats.counts import counts_file, read_counts
from densevec.formats.output import write_files
from densevec.formats.registry import check_rules, format_of_name, get_format
from densevec.formats.table import (
    CLOSENESS,
    as_rules,
    warn,
    warn_of_lost_attributes,
    warn_of_lost_subwords,
    warn_of_lost_variances,
)
from densevec.formats.text import read_text, text_file
from densevec.vectors import opening
from densevec.vectors._arguments import first_bad_row
from densevec.vectors._attributes import Columns
from densevec.vectors._gensim import gensim_of, import_gensim, read_gensim
from densevec.vectors._spacy import import_spacy, pipeline_with
from densevec.vectors.editing import set_item, vectors_of
from densevec.vectors.entailment import closeness_metadata
from densevec.vectors.frames import frame_of, import_frames, table_of
from densevec.vectors.rows import MixtureRows, SubwordGaussianRows, SubwordRows
from densevec.vectors.search import widen
from densevec.vectors.word_store import Path, WordStore, known_in, known_tensors

_DTYPES = (np.float16, np.float32, np.float64)


class Exchange(WordStore):
    """What reads and writes the formats of ``densevec.formats``, and the objects of gensim, torch and pandas.

    Of densities only the means go out where the other side has no variances, with a FormatWarning; what comes
    in without variances are KeyedVectors.
    """

    # Files of any format

    @classmethod
    def from_file(cls, path: Path, format: str | None = None, **rules: Any) -> Self:
        """Read vectors in any format, told by the file's contents; DensityVectors if it holds variances, SubwordVectors
        if it holds n-grams.

        ``format`` is one of ``densevec.formats.FORMATS``, ``rules`` are those of ``densevec.formats.Rules``; errors
        those of ``densevec.formats.read_vectors``.

        Examples
        --------
        >>> from densevec.vectors import KeyedVectors
        >>> KeyedVectors(["kiwi", "plum"], [[1.0, 0.5], [0.0, 2.0]]).to_file("birds.vec")
        >>> KeyedVectors.from_file("birds.vec")["plum"].tolist()
        [0.0, 2.0]
        """
        given, chosen = as_rules(rules), get_format(format or guess_format(path))
        if chosen.takes_rules:
            return _from_rows(read_vectors(path, chosen.name, **rules), as_path(path))
        check_rules(chosen, given)
        is_native = chosen.name == "native"  # which is mapped, with all that it holds
        vectors = cls.load(path) if is_native else _from_table(read_vectors(path, chosen.name), as_path(path))
        limit = len(vectors) if given.limit is None else given.limit
        return vectors if limit >= len(vectors) else vectors._with(vectors._state.at(np.arange(limit)))

    def to_file(self, path: Path, format: str | None = None) -> None:
        """Write vectors in a format, by the name's ending unless named; see ``densevec.formats.write_vectors``.

        A file of our own holds all that ``save`` writes.
        """
        chosen = get_format(format or format_of_name(path))
        if chosen.name == "native":
            self.save(path)
            return
        if chosen.holds_variances:
            warn_of_lost_mixtures(self, chosen.name)
        _warn_of_lost_phrases(self, chosen.name)
        table = to_table(self, has_extras=chosen.holds_extras)
        if not chosen.holds_extras:
            warn_of_lost_attributes(table, self._state.attributes, chosen.name)
        write_vectors(path, table, chosen.name)

    # word2vec's formats, as in gensim

    @classmethod
    def load_word2vec_format(
        cls,
        fname: Path,
        fvocab: Path | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: Any = np.float32,
        no_header: bool = False,
        **rules: Any,
    ) -> Self:
        """Read word2vec's text or binary format, or with ``no_header`` GloVe's.

        Parameters
        ----------
        fname : a file or URL, packed or not
        fvocab : lines "word count", for the counts
        binary, no_header : which of the formats
        encoding : only UTF-8 is read
        unicode_errors : "strict", "replace" or "ignore", for words that are not UTF-8, in either file
        limit : read so many words only
        datatype : numbers are rounded to this floating type, then kept in float32
        rules : the others of ``densevec.formats.Rules``: strict, on_duplicate, words_with_spaces

        Raises
        ------
        FormatError, CorruptError, FileError
            As ``densevec.formats.read_text`` and ``read_binary``.

        Examples
        --------
        >>> from densevec.vectors import KeyedVectors
        >>> KeyedVectors(["kiwi"], [[1.0, 0.5]]).save_word2vec_format("birds.bin", binary=True)
        >>> KeyedVectors.load_word2vec_format("birds.bin", binary=True).index_to_key
        ['kiwi']
        """
        if encoding.lower().replace("-", "").replace("_", "") != "utf8":
            raise ParameterError(f"encoding must be 'utf8', got {encoding!r:.80}: save the file as UTF-8 first")
        if not _is_dtype(datatype):
            raise ParameterError(f"datatype must be float16, float32 or float64, got {datatype!r:.80}")
        rules = {"errors": unicode_errors, "limit": limit, **rules}
        if binary and no_header:
            raise ParameterError("no_header must be False for the binary format, which always has a header")
        table = read_binary(fname, **rules) if binary else read_text(fname, header=not no_header, **rules)
        if np.dtype(datatype) == np.float16:
            with np.errstate(over="ignore"):
                rounded = table.vectors.astype(np.float16).astype(np.float32)
            is_held = np.isfinite(rounded) | ~np.isfinite(table.vectors)  # nan in the file is said of all types
            if not is_held.all():
                row = int(np.argmin(is_held.all(axis=1)))
                raise FormatError(
                    f"{as_path(fname)}: the vector of {table.words[row][:80]!r} has numbers beyond float16's 65,504; "
                    "leave datatype at float32"
                )
            table = WordVectors(table.words, rounded)
        if fvocab is not None:
            table = WordVectors(table.words, table.vectors, read_counts(fvocab, table, rules["errors"]))
        return _from_rows(table, as_path(fname))

    def save_word2vec_format(
        self,
        fname: Path,
        fvocab: Path | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write word2vec's text or binary format, most frequent words first where counts are known.

        Both files are written or, where anything fails, neither.

        Parameters
        ----------
        fname : where to; .gz .bz2 .xz .zst are packed
        fvocab : write the counts there, lines "word count"
        total_vec : the number of words for the header, if others will follow
        write_header, prefix, append : leave the header out; put this before every word; keep what the files hold
        sort_attr : "count", or anything else for the order of the rows

        Raises
        ------
        ParameterError
            For words that cannot be expressed: empty, with white space or NUL; the message lists them.  Also for
            ``fvocab`` where there are no counts.
        FileError
            If a file cannot be written.
        """
        table = to_table(self)
        name = "word2vec's format" if write_header or binary else "GloVe's format"
        warn_of_lost_subwords(table, name)
        warn_of_lost_attributes(table, self._state.attributes, name)
        _warn_of_lost_phrases(self, name)
        if sort_attr == "count" and table.counts is not None and (np.diff(table.counts) > 0).any():
            order = np.argsort(-table.counts, kind="stable")
            words = [table.words[int(row)] for row in order]
            variances = None if table.variances is None else table.variances[order]
            table = WordVectors(words, table.vectors[order], table.counts[order], variances)
        made = binary_file if binary else text_file
        files = [made(fname, table, write_header, total_vec, prefix)]
        if fvocab is not None:
            files.append(counts_file(fvocab, fname, table, prefix, append))
        write_files(files, append=append)

    def intersect_word2vec_format(
        self,
        fname: Path,
        lockf: float = 0.0,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> int:
        """Take the vectors of the words that are in both from a file of word2vec's formats; no word is added.

        ``lockf`` is there for gensim's sake and has no effect: these vectors are not trained further.  Returns
        how many words were found.

        Raises
        ------
        FormatError
            As ``load_word2vec_format``, and for vectors of another dimension.
        """
        other = type(self).load_word2vec_format(fname, None, binary, encoding, unicode_errors)
        if other.vector_size != self.vector_size:
            raise FormatError(
                f"{as_path(fname)}: its vectors have {other.vector_size} dimensions, these have {self.vector_size}"
            )
        shared = list({self.get_index(word): word for word in other.words if word in self}.values())
        if shared:
            set_item(self, shared, other[shared])
        return len(shared)

    # Objects of other libraries

    @classmethod
    def from_gensim(cls, vectors: Any) -> Self:
        """From gensim's KeyedVectors, or a model of gensim's that has them as ``wv``; counts and attributes are taken
        along.

        FastText's come as SubwordVectors, with the n-grams that unknown words are composed of.  Words that were added
        after training, which gensim does not count, have the count 0.  ParameterError for its PoincareKeyedVectors,
        whose distance is hyperbolic.

        >>> from types import SimpleNamespace
        >>> from densevec.vectors import KeyedVectors
        >>> other = SimpleNamespace(index_to_key=["kiwi"], vectors=np.array([[1.0, 0.5]]), expandos={})
        >>> KeyedVectors.from_gensim(other)["kiwi"].tolist()
        [1.0, 0.5]
        """
        table, attributes = read_gensim(vectors)
        return _from_table(table, "gensim's vectors", attributes)

    def to_gensim(self) -> Any:
        """As gensim's KeyedVectors (gensim must be installed), with counts and attributes.

        With n-grams that are hashed as fastText's they are its FastTextKeyedVectors, which make the same vectors of
        unknown words.  Of densities the means are taken, and other n-grams left out, with a FormatWarning.
        """
        models, table = import_gensim(), to_table(self)
        warn_of_lost_variances(table, "gensim's KeyedVectors")
        _warn_of_lost_phrases(self, "gensim's KeyedVectors")
        return gensim_of(models, table, self._state.attributes)

    def to_torch_embedding(self, freeze: bool = True, padding_word: str | None = None) -> Any:
        """A ``torch.nn.Embedding`` with a copy of the vectors, row by row; ``freeze`` takes it out of training.

        Its input are rows: ``[vectors.get_index(word) for word in sentence]``.  ``padding_word`` is the word whose
        row gets no gradient.
        """
        torch = import_torch("to_torch_embedding")
        row = None if padding_word is None else self.get_index(padding_word)
        weight = torch.from_numpy(np.array(vectors_of(self), dtype=np.float32))
        return torch.nn.Embedding.from_pretrained(weight, freeze=freeze, padding_idx=row)

    def to_spacy(self, language: Any = "xx") -> Any:
        """A pipeline of spaCy (which must be installed) whose tokens have these vectors, ``token.vector``.

        ``language`` is a code, for a blank pipeline of its tokenizer ("xx": any language), or a pipeline, whose vectors
        are replaced.  Vectors of lowered text are looked up by a token's lower form; spaCy 3.8 forgets that when the
        pipeline is saved.  Of densities the means are taken, with a FormatWarning.
        """
        spacy, table, name = import_spacy(), to_table(self), "spaCy's Vectors"
        warn_of_lost_variances(table, name)
        warn_of_lost_subwords(table, name)
        warn_of_lost_attributes(table, self._state.attributes, name)
        _warn_of_lost_phrases(self, name)
        return pipeline_with(spacy, table, language)

    def items(self) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
        """Every word with its vector (d,), in the order of the rows: ``pandas.DataFrame(dict(vectors.items()))``."""
        return zip(self._state.words, vectors_of(self), strict=True)

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """A data frame of pandas or polars, which must be installed: a row a word, columns 0 to d - 1.

        pandas' is indexed by the words, in polars' they are the column "word" in front.  Counts and spherical
        variances, where there are any, are the columns "count" and "variance" before the numbers; diagonal variances
        the columns "variance_0" and so on at the end, and after them attributes, such as "attribute.specificity".
        N-grams, mixtures, phrases, an entailment_bound or entailment_contrast and what the training text says of
        entailment, also of other words than these, find no place there: a FormatWarning says so.
        """
        import_frames(library)  # before it is said what a frame lacks
        name, table = "a data frame", to_table(self)
        warn_of_lost_subwords(table, name)
        warn_of_lost_mixtures(self, name)
        _warn_of_lost_phrases(self, name)
        if table.variances is not None and self._state.statements is not None:
            warn(f"{name} holds no evidence: what is made of it answers about entailment by the densities alone")
        if self._state.scale not in (None, replace(self._state, scale=None).scaled().scale):
            warn(
                f"{name} holds no scale of specificity but that of its own words: what is made of it answers otherwise "
                "about entailment; to_file('NAME.npz') keeps the text's"
            )
        for each in CLOSENESS:
            if (value := table.metadata.get(each)) is not None:
                warn(f"{name} holds no {each}: set {value!r} on what is made of it")
        return frame_of(table, self._state.attributes, library)

    @classmethod
    def from_frame(cls, frame: Any) -> Self:
        """The vectors of a data frame of pandas or polars as ``to_frame`` makes it; DensityVectors if it has variances.

        Words are the column "word", without one the index.  All columns but "word", "count", "variance", "variance_i"
        and "attribute.NAME" are the vector, in their order; a column may hold lists of numbers, as "variance" may of
        diagonal ones.

        Raises
        ------
        ParameterTypeError, ParameterError
            For what is no such frame: words that are no strings or not distinct, numbers that are none (strings, dates)
            or not finite, variances that are not above 0.
        """
        table, attributes = table_of(frame)
        return _from_table(table, "the frame", attributes)


def _is_dtype(datatype: Any) -> bool:
    try:
        return np.dtype(datatype) in _DTYPES
    except TypeError:
        return False


def to_table(vectors: WordStore, *, has_extras: bool = False) -> WordVectors:
    """Words, vectors, counts and variances for a writer, and all else that is known of the words for one that holds
    ``extras``, which are made for it alone; of mixtures those of the whole."""
    state = vectors._state
    metadata: dict[str, Any] = {"parameters": vectors.parameters}
    variances = None
    if state.table.variance is not None:
        variances = widen(state.table.variance)
        metadata |= closeness_metadata(state.closeness)
    kept = state.rows.subwords if isinstance(state.rows, SubwordRows | SubwordGaussianRows) else None
    extras = known_tensors(state) if has_extras else None
    return WordVectors(state.words, widen(state.table.mean), state.counts, variances, metadata, kept, extras)


def warn_of_lost_mixtures(vectors: WordStore, name: str) -> None:
    """A warning where mixtures are written as Gaussians."""
    if isinstance(vectors._state.rows, MixtureRows):
        warn(f"{name} holds no mixtures: the mean and the variance of the whole of each are written")


def _warn_of_lost_phrases(vectors: WordStore, name: str) -> None:
    """A warning where phrases that are joined in documents cannot be written."""
    if vectors._state.phrases is not None:
        warn(f"{name} holds no phrases: what is made of it reads documents word by word; a densevec file keeps them")


def _from_table(table: WordVectors, origin: str, attributes: Columns | None = None) -> Any:
    """KeyedVectors of what a reader returned; DensityVectors where it has variances, SubwordVectors with n-grams."""
    parameters = table.metadata.get("parameters")
    if table.subwords is not None and table.variances is None:
        made = opening.class_named("SubwordVectors")(table, table.subwords, parameters)
    elif table.variances is None:
        made = opening.class_named("KeyedVectors")(table.words, table.vectors, table.counts, parameters)
    else:
        kind = opening.class_named("DensityVectors")
        made = kind(table.words, table.vectors, table.variances, table.counts, parameters=parameters)
    known = known_in(table.extras, table.metadata, made._state, origin)
    if attributes is not None:
        known["attributes"] = attributes
    made._state = made._state.changed(**known).scaled()
    return made


def _from_rows(table: WordVectors, origin: str) -> Any:
    """The same of a file that was read by rules, which may let pass what vectors refuse; FormatError for that."""
    try:
        return _from_table(table, origin)
    except ParameterError:
        row = first_bad_row(np.isfinite, table.vectors)
        if row is None:
            raise
        raise FormatError(
            f"{origin}: the vector of {table.words[row][:80]!r} has nan or infinity in it, which vectors to query "
            "cannot have; drop_nonfinite=True leaves such words out"
        ) from None
