"""Objects of gensim's: read by the layout of their attributes, without gensim, and made with it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._packages import import_package
from densevec.errors import ParameterError, ParameterTypeError
from densevec.formats import Subwords, WordVectors
from densevec.formats.fasttext_writing import own_rows
from densevec.formats.subwords import FASTTEXT
from densevec.formats.table import warn, warn_of_lost_subwords
from densevec.vectors._attributes import COUNT, Columns, as_column

_OF_TRAINING = ("sample_int", "code", "point")  # what gensim's training notes with words for itself


def read_gensim(vectors: Any) -> tuple[WordVectors, Columns]:
    """The table of gensim's KeyedVectors, or of a model that has them as ``wv``, with FastText's rows of n-grams; and
    their attributes.

    Errors: ParameterError for Poincaré embeddings, which are compared by their distance in a hyperbolic space.

    Places of a table enlarged in advance that hold no word yet are left out.  gensim (4.4) does not lengthen its
    counts when vectors are added: a word that they do not reach has the count 0, and other attributes alike.  Those
    that are no numbers, truth values or strings are left out, with a FormatWarning.
    """
    vectors = getattr(vectors, "wv", vectors)
    if not hasattr(vectors, "index_to_key") or not hasattr(vectors, "vectors"):
        raise ParameterError(
            f"vectors must be gensim's KeyedVectors or a model with them, got {type(vectors).__name__}"
        )
    if hasattr(vectors, "vector_distance"):
        raise ParameterError(
            f"vectors must be compared by cosine, got {type(vectors).__name__}, whose distance is hyperbolic; ask "
            "gensim for it, or take KeyedVectors(vectors.index_to_key, vectors.vectors) for cosines of the same points"
        )
    words = list(vectors.index_to_key)
    table = np.array(vectors.vectors, dtype=np.float32)[: len(words)]
    expandos = dict(getattr(vectors, "expandos", {}))
    counts = _counts(expandos.pop(COUNT, None), len(words))
    columns = {name: values for name, values in expandos.items() if name not in _OF_TRAINING}
    is_word = np.array([word is not None for word in words], dtype=bool)
    if not is_word.all():
        words, table = [word for word in words if word is not None], table[is_word]
        counts = None if counts is None else counts[is_word]
    return WordVectors(words, table, counts, subwords=_subwords(vectors)), _attributes(columns, is_word)


def _attributes(columns: dict[Any, Any], is_word: npt.NDArray[np.bool_]) -> Columns:
    """The columns of numbers, truth values and strings, with 0 or the empty string where they do not reach."""
    found: dict[str, npt.NDArray[Any]] = {}
    lost = []
    for name, column in columns.items():
        try:
            values: list[Any] = list(column)[: len(is_word)]
            values += [0] * (len(is_word) - len(values))
            if any(isinstance(value, str) for value in values):  # gensim has the number 0 beside them
                values = [value if isinstance(value, str) or value else "" for value in values]
            elif any(isinstance(value, bool | np.bool_) for value in values):
                values = [bool(value) if value == 0 else value for value in values]
            kept = [value for value, is_kept in zip(values, is_word.tolist(), strict=True) if is_kept]
            found[name] = as_column(name, kept, len(kept))
        except (ParameterError, ParameterTypeError, ValueError, TypeError):
            lost.append(repr(name)[:40])
    if lost:
        warn(f"attributes must be numbers, truth values or strings: {', '.join(lost)[:200]} of gensim's are left out")
    return found


def import_gensim() -> ModuleType:
    """gensim's models."""
    return import_package("gensim.models", "to_gensim")


def gensim_of(models: ModuleType, table: WordVectors, attributes: Columns) -> Any:
    """gensim's KeyedVectors of a table, with counts and attributes; its FastTextKeyedVectors where there are n-grams.

    N-grams that are not hashed as fastText's are left out, with a FormatWarning.
    """
    subwords = table.subwords
    if subwords is not None and subwords.hashing == FASTTEXT:
        made = _fasttext_of(models, table, subwords)
    else:
        warn_of_lost_subwords(table, "gensim's KeyedVectors")
        made = models.KeyedVectors(table.dim)
        made.add_vectors(list(table.words), table.vectors)
    if table.counts is not None:
        made.expandos[COUNT] = np.array(table.counts)
    made.expandos |= {name: np.array(column) for name, column in attributes.items()}
    return made


def _fasttext_of(models: ModuleType, table: WordVectors, subwords: Subwords) -> Any:
    made = models.fasttext.FastTextKeyedVectors(table.dim, subwords.min_length, subwords.max_length, subwords.num_rows)
    made.add_vectors(list(table.words), table.vectors)
    made.vectors_ngrams = np.array(subwords.rows)
    own = b"".join(own_rows(table, [word.encode("utf-8", "replace") for word in table.words]))
    made.vectors_vocab = np.frombuffer(own, "<f4").reshape(len(table), table.dim).copy()
    made.recalc_char_ngram_buckets()
    return made


def _counts(found: Any, size: int) -> npt.NDArray[np.int64] | None:
    if found is None:
        return None
    counts = np.zeros(size, dtype=np.int64)
    known = np.asarray(found, dtype=np.int64)[:size]
    counts[: len(known)] = known
    return counts


def _subwords(vectors: Any) -> Subwords | None:
    """FastText's n-grams, which gensim hashes as fastText does; None where there are none."""
    rows = getattr(vectors, "vectors_ngrams", None)
    if rows is None or len(rows) == 0:  # bucket=0, or no FastText at all
        return None
    shortest, longest = int(vectors.min_n), int(vectors.max_n)
    if longest < max(shortest, 1):
        return None
    rows = np.array(rows, dtype="<f4", order="C")
    return Subwords(rows.reshape(-1).view(np.uint8), rows.shape[1], shortest, longest)
