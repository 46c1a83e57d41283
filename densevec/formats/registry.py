"""The formats of word vectors by name: what reads and writes each, and how a file's is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from densevec._memory import enough_memory
from densevec._streams import is_remote, without_packing
from densevec._validation import Instance, as_path, check_parameter
from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import packed, recognise
from densevec.formats.bfloat16 import BFLOAT16, decode_bfloat16
from densevec.formats.endings import ENDINGS, check_ending
from densevec.formats.folders import has_file
from densevec.formats.native import Container, read_container, value_fault, write_container
from densevec.formats.recognise import METADATA, TENSORS
from densevec.formats.source import open_source
from densevec.formats.subwords import SUBWORDS, Subwords
from densevec.formats.table import (
    CLOSENESS,
    EXTRAS,
    Rules,
    WordVectors,
    as_rules,
    warn,
    warn_of_lost_extras,
    warn_of_lost_subwords,
)

Path = str | os.PathLike[str]
_BEGINNING_BYTES = 2**16
_OPTIONS = {"strict": "no_strict"}  # of ``densevec convert``, where these are not the rules' names
# What helps where vectors do not fit the memory
_LIMIT = ["limit=, for the first words only"]
_SMALLER = ["a file with fewer words or dimensions", "a densevec file, which is mapped and not read into memory"]


@dataclass(frozen=True)
class Format:
    """One format: ``takes_rules`` if its reader takes the keywords of ``Rules``, of which all others have ``limit``;
    ``write`` None if it is only read."""

    name: str
    summary: str
    read: Callable[..., WordVectors]
    write: Callable[[Path, WordVectors], None] | None
    holds_variances: bool = False
    takes_rules: bool = True
    endings: tuple[str, ...] = ()
    holds_subwords: bool = False
    holds_extras: bool = False


def read_native(path: Path) -> WordVectors:
    """The words and vectors of a densevec file, mapped.

    Raises
    ------
    FormatError, CorruptError, VersionError, FileError
        As ``read_container``, and for a file without word vectors.
    """
    origin = as_path(path)
    container = read_container(path)
    tensors: dict[str, Any] = dict(container.tensors)
    tensors |= {name: decode_bfloat16(tensor) for name, tensor in tensors.items() if tensor.dtype == BFLOAT16}
    mean, variance = tensors.get("mean"), tensors.get("variance")
    if container.words is None or mean is None:
        raise FormatError(f"{origin}: the file holds no word vectors")
    if mean.dtype.kind != "f" or mean.shape != (len(container.words), *mean.shape[1:]) or mean.ndim != 2:
        raise FormatError(
            f"{origin}: tensor 'mean' must be floats with one row a word, found {mean.dtype} {mean.shape}"
        )
    if variance is not None and (variance.dtype.kind != "f" or variance.shape not in (mean.shape, mean.shape[:1])):
        raise FormatError(f"{origin}: tensor 'variance' does not fit 'mean': {variance.dtype} {variance.shape}")
    counts = tensors.get("counts")
    if counts is not None and (counts.dtype != np.int64 or counts.shape != mean.shape[:1]):
        raise FormatError(f"{origin}: tensor 'counts' must be one int64 a word, found {counts.dtype} {counts.shape}")
    for name in ("mean", "variance", "counts"):
        fault = value_fault(name, tensors[name]) if name in tensors else None
        if fault is not None:
            raise CorruptError(f"{origin}: tensor {name!r}: {fault}")
    extras = {name: tensor for name, tensor in tensors.items() if name.startswith(EXTRAS)}
    subwords = _subwords_in(container, origin)
    return WordVectors(container.words, mean, counts, variance, container.metadata, subwords, extras)


def _subwords_in(container: Container, origin: str) -> Subwords | None:
    metadata = container.metadata.get(SUBWORDS)
    if metadata is None:
        return None
    try:
        return Subwords.from_tensors(SUBWORDS, container.tensors, metadata, container.tensors["mean"].shape[1])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(f"{origin}: {error}") from None


def write_native(path: Path, table: WordVectors) -> None:
    """Write a densevec file of word vectors, or of densities where there are variances.

    Raises
    ------
    ParameterError, FileError
        As ``write_container``.
    """
    tensors: dict[str, Any] = {"mean": table.vectors, **table.extras}
    if table.variances is not None:
        tensors["variance"] = table.variances
    if table.counts is not None:
        tensors["counts"] = table.counts
    metadata: dict[str, Any] = {"class": "KeyedVectors", "parameters": table.metadata.get("parameters", {})}
    if table.variances is not None:
        metadata |= {"class": "DensityVectors", **{key: table.metadata.get(key) for key in CLOSENESS}}
    if table.subwords is not None and table.variances is not None:
        warn("n-grams are left out where there are densities: those of unknown words are kept by save() alone")
    elif table.subwords is not None:
        own, lengths = table.subwords.tensors(SUBWORDS)
        tensors |= own
        metadata |= {"class": "SubwordVectors", SUBWORDS: lengths}
    write_container(path, tensors, table.words, metadata)


def _late(module: str, function: str, **fixed: Any) -> Callable[..., Any]:
    """A function of a module of ``densevec.formats`` that is imported when the function is first called.

    Who opens one file needs one format, and a query in a shell should not wait for all the others.
    """

    def called(*args: Any, **keywords: Any) -> Any:
        return getattr(import_module(f"densevec.formats.{module}"), function)(*args, **fixed, **keywords)

    return called


_ALL = (
    Format("native", "densevec's own file", read_native, write_native, True, False, ENDINGS["native"], True, True),
    Format(
        "word2vec",
        "word2vec's binary format",
        _late("binary", "read_binary"),
        _late("binary", "write_binary"),
        endings=ENDINGS["word2vec"],
    ),
    Format(
        "word2vec-text",
        "word2vec's text format, also fastText's .vec",
        _late("text", "read_text"),
        _late("text", "write_text"),
        endings=ENDINGS["word2vec-text"],
    ),
    Format(
        "glove",
        "GloVe's text format, without a header",
        _late("text", "read_text", header=False),
        _late("text", "write_text", header=False),
    ),
    Format(
        "fasttext",
        "fastText's .bin models of words, and floret's",
        _late("fasttext", "read_fasttext_table"),
        _late("fasttext_writing", "write_fasttext"),
        holds_subwords=True,
    ),
    Format(
        "floret",
        "floret's text of hashed n-grams",
        _late("floret", "read_floret"),
        _late("floret", "write_floret"),
        endings=ENDINGS["floret"],
        holds_subwords=True,
    ),
    Format(
        "finalfusion",
        "finalfusion's .fifu",
        _late("finalfusion", "read_finalfusion"),
        _late("finalfusion_writing", "write_finalfusion"),
        endings=ENDINGS["finalfusion"],
        holds_subwords=True,
    ),
    Format(
        "projector",
        "a folder with tensors.tsv and metadata.tsv for TensorBoard",
        _late("projector", "read_projector"),
        _late("projector", "write_projector"),
    ),
    Format(
        "model2vec",
        "a folder of model2vec's",
        _late("static_embedding", "read_static_embedding", tool="model2vec"),
        _late("static_embedding", "write_model2vec"),
        takes_rules=False,
    ),
    Format(
        "sentence-transformers",
        "a folder of sentence-transformers with a StaticEmbedding",
        _late("static_embedding", "read_static_embedding", tool="sentence-transformers"),
        _late("static_embedding", "write_sentence_transformers"),
        takes_rules=False,
    ),
    Format(
        "npz",
        "NumPy's .npz with vectors and words",
        _late("npz", "read_npz"),
        _late("npz", "write_npz"),
        True,
        False,
        ENDINGS["npz"],
        holds_extras=True,
    ),
    Format(
        "npy",
        "NumPy's .npy, words in a text file beside it",
        _late("arrays", "read_npy"),
        _late("arrays", "write_npy"),
        False,
        False,
        ENDINGS["npy"],
    ),
)
FORMATS = {each.name: each for each in _ALL}


def get_format(name: str) -> Format:
    """The format of a name; ParameterError lists them."""
    if name not in FORMATS:
        raise ParameterError(f"format must be one of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]


def format_of_name(path: Path) -> str:
    """The format that the ending of a name stands for; a name that ends in a slash, or a folder, is a projector's.

    A packed file's is that of what is packed: text, word2vec's binary format, or finalfusion's.

    >>> format_of_name("birds.vec.gz")
    'word2vec-text'
    """
    name = as_path(path)
    if name.endswith(("/", os.sep)) or os.path.isdir(name):
        return "projector"
    bare = without_packing(name)
    for each in _ALL:
        if each.write is not None and bare.endswith(each.endings or ("\0",)):
            check_ending(name, each.name)
            return each.name
    known = ", ".join(ending for each in _ALL for ending in each.endings)
    raise ParameterError(f"{name}: the ending of the name says no format ({known} do): name the format")


def guess_format(path: Path) -> str:
    """The format of a file, by its contents.

    Raises
    ------
    FormatError
        If it is none; the message says what it looks like.
    FileError
        If it cannot be opened.
    """
    name = as_path(path)
    if is_remote(name) and name.endswith(("/", f"/{TENSORS}")):  # what lies in a folder at a URL is not looked into
        return "projector"
    if not is_remote(name) and os.path.isdir(name):
        return _format_of_folder(name)
    if not is_remote(name) and os.path.basename(name) == TENSORS:
        return "projector"
    with open_source(path) as source:
        buffer = np.empty(_BEGINNING_BYTES, dtype=np.uint8)
        beginning = buffer[: source.read(buffer)].tobytes()
    found = recognise.format_of(beginning)
    if found:
        return found
    kind = recognise.describe(beginning[:512])
    if kind == "a text file" and recognise.is_vocabulary(beginning):
        kind = "a vocabulary, words and their counts"
    if not beginning:
        kind = "an empty file"
    hint = f"this looks like {kind}" if kind else f"it begins with the bytes {beginning[:12].hex(' ')}"
    hint += packed.what_to_do(kind, name)
    raise FormatError(f"{name}: no format of word vectors is recognised: {hint}")


def _format_of_folder(folder: str) -> str:
    from densevec.formats.static_embedding import is_static_embedding

    is_projector, static = has_file(folder, TENSORS), is_static_embedding(folder)
    if is_projector and static is not None:
        raise FormatError(
            f"{folder}: the folder holds files of projector and of {static}; name the format, or remove those of one"
        )
    if not is_projector and static is None:
        raise FormatError(f"{folder}: the folder does not hold {TENSORS} and {METADATA}, nor a static embedding")
    return static or "projector"


def read_vectors(path: Path, format: str | None = None, **rules: Any) -> WordVectors:
    """Read word vectors in any format, told by the contents unless it is named; ``rules`` are those of ``Rules``.

    Raises
    ------
    FormatError, CorruptError, FileError
        The file is not of that format, damaged, or cannot be opened.
    ParameterError
        For an unknown format, or rules that say nothing of it: native, .npz, .npy and static embeddings have ``limit``.
    OutOfMemoryError
        The vectors do not fit the memory.

    Examples
    --------
    >>> write_vectors("birds.vec", WordVectors(["kiwi"], np.array([[1.0, 0.5]])))
    >>> guess_format("birds.vec"), read_vectors("birds.vec").vectors.tolist()
    ('word2vec-text', [[1.0, 0.5]])
    """
    given = as_rules(rules)
    chosen = get_format(format or guess_format(path))
    check_rules(chosen, given)
    with enough_memory(f"the vectors in {as_path(path)}", [*_LIMIT[: chosen.takes_rules], *_SMALLER]):
        table = chosen.read(path, **rules if chosen.takes_rules else {})
        if chosen.takes_rules or given.limit is None or given.limit >= len(table):
            return table
        if table.extras:
            warn(
                "attributes and what the text says of entailment are left out of the first words of a table; "
                "KeyedVectors.from_file keeps them"
            )
        return table.first(given.limit)


def check_rules(chosen: Format, rules: Rules) -> None:
    """ParameterError for rules that say nothing of a format: its files are right as a whole, or are refused."""
    if chosen.takes_rules:
        return
    odd = [name for name, value in vars(rules).items() if name != "limit" and value != getattr(Rules, name)]
    if odd:
        options = ", ".join(f"{name} (--{_OPTIONS.get(name, name).replace('_', '-')})" for name in odd)
        raise ParameterError(
            f"of the rules for reading, limit alone has a meaning for the format {chosen.name!r}, whose files are "
            f"taken as they are or refused; leave out {options}"
        )


def write_vectors(path: Path, table: WordVectors, format: str | None = None) -> None:
    """Write word vectors in any format that can be written, by the ending of the name unless it is named.

    Raises
    ------
    ParameterError
        The format is unknown or only read, or cannot express all the words.
    FileError
        The file cannot be written.
    """
    check_parameter("table", table, Instance((WordVectors,), "a WordVectors"))
    chosen = get_format(format or format_of_name(path))
    if chosen.write is None:
        raise ParameterError(f"format {chosen.name!r} is read only")
    if not chosen.holds_subwords:
        warn_of_lost_subwords(table, chosen.name)
    if not chosen.holds_extras:
        warn_of_lost_extras(table, chosen.name)
    chosen.write(path, table)
