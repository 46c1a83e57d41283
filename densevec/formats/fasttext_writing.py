"""Writing fastText's .bin models of words; see ``densevec.formats.fasttext``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.subwords import word_rows
from densevec.errors import ParameterError
from densevec.formats.fasttext import END, FLORET_SEED, HASHED, MAGIC, NEWEST_VERSION, Path
from densevec.formats.floret import warn_of_other_vectors
from densevec.formats.output import write_file
from densevec.formats.subwords import FASTTEXT, Hashing
from densevec.formats.table import Floats, WordVectors, warn_of_lost_variances
from densevec.formats.words import in_utf8

_NAME = "fastText's .bin"
_CBOW, _SKIPGRAM = 1, 2
_NEGATIVE_SAMPLING = 2
_ROWS_AT_ONCE = 2**11
_MOST_THINNED = 1e-4  # fastText's threshold of subsampling where the vectors do not say theirs


def write_fasttext(path: Path, table: WordVectors, output: Floats | None = None) -> None:
    """Write a fastText .bin model from which fastText, gensim and ``read_fasttext`` give the table's vectors.

    A word's own row is such that the mean of it and its n-grams' rows is the word's vector, to the precision of
    float32.  Words without n-grams make a model whose words are their rows alone.  A word without a count, or with the
    count 0, has come once there: gensim opens no model with others.  Of vectors whose words and n-grams are hashed as
    floret hashes them it is a .bin of floret's mode "floret", in which words have no rows but the first.

    Parameters
    ----------
    path : where to
    table : words and vectors, and the rows of n-grams that unknown words are composed of
    output : (n, d) the rows that predict words, for who trains on; zeros if None

    Raises
    ------
    ParameterError
        For no words at all, words that cannot be expressed, with NUL or not in UTF-8, n-grams that are not hashed as
        fastText, or floret with its own seed, hashes them, and for vectors whose own rows do not fit float32.
    """
    if not len(table):
        raise ParameterError(f"there are no words to write, and {_NAME} needs one at least")
    hashing = FASTTEXT if table.subwords is None else table.subwords.hashing
    is_floret = hashing == Hashing("floret", hashing.num_hashes, FLORET_SEED)
    if hashing != FASTTEXT and not is_floret:
        raise ParameterError(
            f"n-grams must be hashed and their mean taken as fastText, or floret with the seed {FLORET_SEED}, does "
            f"to be written in {_NAME}, got {_described(hashing)}; save in the native format, which holds any"
        )
    if is_floret:
        warn_of_other_vectors(table, "floret's .bin", END.decode())
    if output is not None and output.shape != table.vectors.shape:
        raise ParameterError(f"output must have the shape {table.vectors.shape} of the vectors, got {output.shape}")
    warn_of_lost_variances(table, _NAME)
    words = _encoded(table)
    num_buckets = 0 if table.subwords is None else table.subwords.num_rows
    size = 4 * table.dim * (2 * len(table) + num_buckets) + sum(map(len, words)) + 10 * len(table) + 200
    write_file(path, _pieces(table, words, output), size)


def _described(hashing: Hashing) -> str:
    """What of a hashing it is that fastText's format does not know."""
    if hashing.name == "floret":
        return f"those of floret with the seed {hashing.seed}"
    if hashing.name != FASTTEXT.name:
        return f"those of {hashing.name!r}"
    if hashing.is_unit:
        return "those of fastText's hash whose mean is scaled to length 1, as finalfusion's are"
    return "those of fastText's hash with the marks < and > alone among them"


def _encoded(table: WordVectors) -> list[bytes]:
    for row, word in enumerate(table.words):
        if "\0" in word:
            raise ParameterError(f"words must have no NUL in them to be written in {_NAME}, got {word!r} at row {row}")
    return in_utf8(table.words)


def _pieces(table: WordVectors, words: list[bytes], output: Floats | None) -> Iterator[bytes]:
    counts = np.ones(len(table), np.int64) if table.counts is None else np.maximum(table.counts, 1)
    yield struct.pack("<ii", MAGIC, NEWEST_VERSION) + _settings(table)
    num_tokens = min(sum(counts.tolist()), 2**63 - 1)  # the most that there is room for
    yield struct.pack("<iiiqq", len(words), len(words), 0, num_tokens, -1)
    yield b"".join(word + struct.pack("<xqb", count, 0) for word, count in zip(words, counts.tolist(), strict=True))
    num_buckets = 0 if table.subwords is None else table.subwords.num_rows
    yield struct.pack("<bqq", 0, len(table) + num_buckets, table.dim)
    yield from own_rows(table, words)
    if table.subwords is not None:
        buckets = table.subwords.buckets
        for begin in range(0, len(buckets), 4 * table.dim * _ROWS_AT_ONCE):
            yield buckets[begin : begin + 4 * table.dim * _ROWS_AT_ONCE].tobytes()
    yield struct.pack("<bqq", 0, len(table), table.dim)
    for begin in range(0, len(table), _ROWS_AT_ONCE):
        number = min(_ROWS_AT_ONCE, len(table) - begin)
        rows = np.zeros((number, table.dim)) if output is None else output[begin : begin + number]
        yield rows.astype("<f4").tobytes()


def _settings(table: WordVectors) -> bytes:
    """What fastText keeps of how a model was trained; what the vectors do not say is as in fastText."""
    given = table.metadata.get("parameters")
    told: dict[str, Any] = given if isinstance(given, dict) else {}

    def number(name: str, default: int) -> int:
        value = told.get(name)
        return value if isinstance(value, int) and 0 <= value < 2**31 else default

    subwords = table.subwords
    lengths = (0, 0, 0) if subwords is None else (subwords.num_rows, subwords.min_length, subwords.max_length)
    model = _CBOW if "combine" in told else _SKIPGRAM
    numbers = (number("window", 5), number("epochs", 5), number("min_count", 1), number("negative", 5), 1)
    sample = told.get("sample")
    threshold = float(sample) if isinstance(sample, int | float) and sample > 0 else _MOST_THINNED
    mode = () if subwords is None or subwords.hashing == FASTTEXT else (HASHED, subwords.hashing.num_hashes)
    ints = (table.dim, *numbers, _NEGATIVE_SAMPLING, model, *lengths, *mode, 100)
    return struct.pack(f"<{len(ints)}id", *ints, threshold)


def own_rows(table: WordVectors, words: list[bytes]) -> Iterator[bytes]:
    """The words' own rows: k vector - the sum of the n-grams' rows, of a word with k rows in all.

    ParameterError where a row, or the sum k vector that readers divide, does not fit float32.
    """
    subwords = table.subwords
    has_ngrams = subwords is not None and subwords.num_rows > 0 and subwords.max_length > 0
    for begin in range(0, len(table), _ROWS_AT_ONCE):
        vectors = table.vectors[begin : begin + _ROWS_AT_ONCE].astype(np.float64)
        if subwords is None or not has_ngrams:
            yield vectors.astype("<f4").tobytes()
            continue
        some = words[begin : begin + _ROWS_AT_ONCE]
        if subwords.hashing != FASTTEXT:
            vectors[1 if begin == 0 else 0 :] = (
                0.0  # floret adds the first word's row to its others: so it is their mean
            )
            yield vectors.astype("<f4").tobytes()
            continue
        ends = np.cumsum([0, *map(len, some)], dtype=np.int64)
        bounds = np.ascontiguousarray(np.stack([ends[:-1], ends[1:]], 1))
        data: npt.NDArray[np.uint8] = np.frombuffer(b"".join(some), np.uint8)
        offsets, rows = word_rows(data, bounds, subwords.min_length, subwords.max_length, subwords.num_rows)
        number = np.diff(offsets)
        is_bucket = rows >= len(some)
        buckets = subwords.rows[rows[is_bucket] - len(some)].astype(np.float64)
        owner = np.repeat(np.arange(len(some)), number)[is_bucket]
        own = number[:, None] * vectors
        _check_fit(own, table, begin)
        if len(owner):
            first = np.flatnonzero(np.diff(owner, prepend=-1))
            own[owner[first]] -= np.add.reduceat(buckets, first)
        _check_fit(own, table, begin)
        yield own.astype("<f4").tobytes()


def _check_fit(rows: npt.NDArray[np.float64], table: WordVectors, begin: int) -> None:
    is_beyond = (np.abs(rows) > np.finfo(np.float32).max).any(axis=1)
    if is_beyond.any():
        word = table.words[begin + int(np.argmax(is_beyond))]
        raise ParameterError(
            "vectors must be short enough that the rows which fastText makes a word of fit float32, which that of "
            f"{word!r:.80} is not; leave the word out with drop(), or save in the native format"
        )
