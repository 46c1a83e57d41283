"""Folders of static embeddings: model2vec's, and those of sentence-transformers with a StaticEmbedding.

Both hold a matrix as safetensors and a tokenizer as the package tokenizers writes it.  Either tool opens what is
written here, and cuts text as the vectors' own text was cut: at blanks, or into words, lowered and in the normal form
that their parameters name.  Nothing in such a folder is executed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._packages import import_package
from densevec._streams import is_remote
from densevec._text_rules import BLANKS
from densevec._validation import as_path
from densevec.errors import CorruptError, FileError, FormatError, ParameterError
from densevec.formats.bfloat16 import BFLOAT16, decode_bfloat16
from densevec.formats.folders import STATIC, has_file, make_folder
from densevec.formats.opening import opened
from densevec.formats.output import write_files
from densevec.formats.recognise import CONFIG, MODULES, TOKENIZER, WEIGHTS
from densevec.formats.table import WordVectors, check_expressible, warn_of_lost_variances
from densevec.formats.text import check_finite

Path = str | os.PathLike[str]
_SENTENCE_TRANSFORMERS = "config_sentence_transformers.json"
_UNKNOWN = "[UNK]"
_MODULE = "sentence_transformers.models.StaticEmbedding"
_DTYPES: dict[str, Any] = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": BFLOAT16,
    **{f"{kind}{bits}": np.dtype(f"{kind.lower()}{bits // 8}") for kind in "IU" for bits in (8, 16, 32, 64)},
}
# What corpus/tokenizers.py calls "words", as an expression; the rules that only Hebrew has are left out.
_EXTENDED = r"[\p{M}\p{Cf}&&[^\x{200B}]]*"
_WITHOUT_SPACES = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_ALPHABETIC = rf"[\p{{L}}&&[^{_WITHOUT_SPACES}]]{_EXTENDED}"
_PART = (
    rf"(?:{_ALPHABETIC}(?:[\x{{B7}}\x{{387}}\x{{2027}}]{_EXTENDED}{_ALPHABETIC})*"
    rf"|[\p{{N}}\p{{L}}&&[\p{{N}}{_WITHOUT_SPACES}]]{_EXTENDED})"
)
_WORDS = rf"{_PART}(?:(?:['\x{{2018}}\x{{2019}}\x{{FF07}}]{_EXTENDED})?{_PART})*"
# The sigma at the end of a word, which str.lower makes a final one, and the normalizer Lowercase one like all others
_CASED = r"[\p{Cased}&&[^\p{Case_Ignorable}]]"
_FINAL_SIGMA = rf"{_CASED}\p{{Case_Ignorable}}*\KΣ(?!\p{{Case_Ignorable}}*{_CASED})"


@dataclass(frozen=True)
class _Layout:
    """A tool, and what it calls the matrix."""

    tool: str
    tensor: str


_MODEL2VEC = _Layout("model2vec", "embeddings")
_STATIC = _Layout("sentence-transformers", "embedding.weight")
_TENSORS = (_STATIC.tensor, _MODEL2VEC.tensor, "mapping", "weights")


def is_static_embedding(folder: str) -> str | None:
    """The format of a folder, "model2vec" or "sentence-transformers"; None for another one."""
    inside = _inside(folder)
    if inside is None:
        return None
    is_model2vec = inside == folder and has_file(folder, CONFIG)  # the other tool has none
    return _MODEL2VEC.tool if is_model2vec else _STATIC.tool


def _inside(folder: str, tool: str | None = None) -> str | None:
    """Where in a folder matrix and tokenizer are; of two such places a tool's, or else that of the list of modules."""
    places = [folder, os.path.join(folder, STATIC)]
    if tool == _STATIC.tool or (tool is None and _names_static(os.path.join(folder, MODULES))):
        places.reverse()
    return next((place for place in places if has_file(place, TOKENIZER) and has_file(place, WEIGHTS)), None)


def _names_static(path: str) -> bool:
    """Whether a list of modules is one of an embedding that lies inside the folder."""
    try:
        with opened(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
            return bool(json.loads(stream.read())[0]["path"] == STATIC)
    except (FileError, FormatError, ValueError, LookupError, TypeError, RecursionError):
        return False


def read_static_embedding(folder: Path, tool: str | None = None) -> WordVectors:
    """The tokens and vectors of a folder that model2vec or sentence-transformers wrote; of both the ``tool``'s.

    Tokens are those of its tokenizer, parts of words too ("##ing") where it cuts words; the token for unknown words is
    left out if its vector is zero.  model2vec's weights of tokens are multiplied into the vectors.

    Raises
    ------
    FormatError, CorruptError, FileError
        A file is missing, or not what it should be.
    MissingPackageError
        Without the package tokenizers.
    """
    origin = as_path(folder)
    if is_remote(origin):
        raise FileError(f"{origin}: the folder must be on a disk of this machine; copy it from the URL, and read that")
    inside = _inside(origin, tool)
    if inside is None:
        raise FormatError(f"{origin}: the folder does not hold {WEIGHTS} and {TOKENIZER} of a static embedding")
    vectors = _matrix(os.path.join(inside, WEIGHTS))
    tokenizer = _tokenizer(os.path.join(inside, TOKENIZER))
    tokens = sorted(tokenizer.get_vocab(with_added_tokens=True).items(), key=lambda item: item[1])
    if tokens and tokens[-1][1] >= len(vectors):
        raise FormatError(
            f"{origin}: the matrix has {len(vectors):,} rows, and token {tokens[-1][0][:80]!r} is number "
            f"{tokens[-1][1]:,}"
        )
    unknown = getattr(tokenizer.model, "unk_token", None)
    kept = [(token, row) for token, row in tokens if token != unknown or vectors[row].any()]
    rows = vectors[[row for _, row in kept]] if kept else vectors[:0]
    return WordVectors([token for token, _ in kept], np.ascontiguousarray(rows))


def _tokenizer(path: str) -> Any:
    tokenizers = import_package("tokenizers", "a folder of static embeddings", "hub")
    try:
        return tokenizers.Tokenizer.from_file(path)
    except Exception as error:  # the package raises Exception itself
        raise CorruptError(f"{path}: the tokenizer cannot be read ({str(error)[:200]})") from None


def _matrix(path: str) -> npt.NDArray[np.float32]:
    """The vector of each token, (n, d)."""
    safetensors = import_package("safetensors", "a folder of static embeddings")
    with opened(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as stream:
        try:
            parts = dict(safetensors.deserialize(stream.read()))
        except safetensors.SafetensorError as error:
            raise CorruptError(f"{path}: the file is damaged ({str(error)[:200]})") from None
    tensors = {name: _array(parts[name], f"{path}: {name!r}") for name in _TENSORS if name in parts}
    matrix = next((tensors[name] for name in (_STATIC.tensor, _MODEL2VEC.tensor) if name in tensors), None)
    if matrix is None or matrix.ndim != 2 or not matrix.shape[1]:
        raise FormatError(
            f"{path}: the file must hold a matrix {_STATIC.tensor!r} or {_MODEL2VEC.tensor!r}, it holds "
            f"{', '.join(sorted(parts))[:200] or 'nothing'}"
        )
    vectors = matrix.astype(np.float32)
    mapping, weights = tensors.get("mapping"), tensors.get("weights")
    if mapping is not None:
        if mapping.ndim != 1 or mapping.dtype.kind not in "iu" or ((mapping < 0) | (mapping >= len(vectors))).any():
            raise FormatError(f"{path}: 'mapping' must be the number of a row for each token")
        vectors = vectors[mapping]
    if weights is not None:
        if weights.shape != (len(vectors),):
            raise FormatError(
                f"{path}: 'weights' must be one for each of {len(vectors):,} tokens, found {weights.shape}"
            )
        vectors = vectors * weights[:, None].astype(np.float32)
    if not np.isfinite(vectors).all():
        raise FormatError(f"{path}: the vectors must be finite in float32")
    return vectors


def _array(part: dict[str, Any], where: str) -> npt.NDArray[Any]:
    if part["dtype"] not in _DTYPES:
        raise FormatError(f"{where} must be numbers of the type {', '.join(_DTYPES)}, found {part['dtype']}")
    array = np.frombuffer(part["data"], _DTYPES[part["dtype"]]).reshape(part["shape"])
    return decode_bfloat16(array) if array.dtype == BFLOAT16 else array


def write_model2vec(folder: Path, table: WordVectors) -> None:
    """Write a folder that ``model2vec.StaticModel.from_pretrained`` and sentence-transformers open.

    Unknown words have a token of their own, "[UNK]", whose vector is zero.  Variances and counts are left out.

    Raises
    ------
    ParameterError
        For words that are no UTF-8, or vectors that are not finite.
    FileError
        If a file cannot be written, or the folder holds another format.
    MissingPackageError
        Without the package tokenizers.
    """
    config = {
        "model_type": _MODEL2VEC.tool,
        "architectures": ["StaticModel"],
        "hidden_dim": table.dim,
        "embedding_dtype": "float32",
        "normalize": False,
        "max_length": None,
    }
    _write(folder, table, _MODEL2VEC, {CONFIG: config, MODULES: _modules(".")})


def write_sentence_transformers(folder: Path, table: WordVectors) -> None:
    """Write a folder that ``sentence_transformers.SentenceTransformer`` opens as a StaticEmbedding, and model2vec too.

    What it encodes is the mean vector of a text's words, unknown ones counting as zeros; see ``write_model2vec``.
    """
    config: dict[str, Any] = {
        "model_type": "SentenceTransformer",
        "prompts": {},
        "default_prompt_name": None,
        "__version__": {},
    }
    _write(folder, table, _STATIC, {_SENTENCE_TRANSFORMERS: config, MODULES: _modules(STATIC)})


def _modules(inside: str) -> list[dict[str, Any]]:
    return [{"idx": 0, "name": "0", "path": inside, "type": _MODULE}]


def _write(folder: Path, table: WordVectors, layout: _Layout, settings: dict[str, Any]) -> None:
    numpy_files = import_package("safetensors.numpy", f"a folder for {layout.tool}")
    name = as_path(folder)
    if not len(table):
        raise ParameterError(f"there are no words to write, and a folder for {layout.tool} needs one at least")
    check_expressible(table.words, f"a folder for {layout.tool}", _fault)
    check_finite(table)
    warn_of_lost_variances(table, layout.tool)
    words = list(table.words)
    unknown = _UNKNOWN
    while unknown in table.words:
        unknown = f"[{unknown}]"
    tokenizer = _word_level([*words, unknown], unknown, table.metadata.get("parameters", {}), layout.tool)
    inside = make_folder(name, layout.tool)
    matrix = np.vstack([table.vectors, np.zeros((1, table.dim), np.float32)])
    files = {os.path.join(name, file): json.dumps(value, indent=2).encode() for file, value in settings.items()}
    files[os.path.join(inside, TOKENIZER)] = tokenizer.to_str().encode()
    files[os.path.join(inside, WEIGHTS)] = numpy_files.save({layout.tensor: matrix})
    write_files((path, [data], len(data)) for path, data in files.items())


def _word_level(words: list[str], unknown: str, parameters: Any, tool: str) -> Any:
    """A tokenizer whose tokens are whole words, which reads text as the parameters of the vectors say."""
    tokenizers = import_package("tokenizers", f"a folder for {tool}", "hub")
    model = tokenizers.models.WordLevel({word: row for row, word in enumerate(words)}, unk_token=unknown)
    result = tokenizers.Tokenizer(model)
    pattern = _WORDS if parameters.get("tokenizer") == "words" else f"[{BLANKS}\n]+"
    is_of_words = parameters.get("tokenizer") == "words"
    result.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(pattern), "removed", invert=is_of_words)
    form = parameters.get("normalize")
    steps = [getattr(tokenizers.normalizers, form)()] if form in ("NFC", "NFD", "NFKC", "NFKD") else []
    if parameters.get("lowercase") is True:
        final = tokenizers.normalizers.Replace(tokenizers.Regex(_FINAL_SIGMA), "ς")
        steps = [*steps, final, tokenizers.normalizers.Lowercase(), *steps]
    if steps:
        result.normalizer = tokenizers.normalizers.Sequence(steps)
    return result


def _fault(word: str) -> str | None:
    return "has a lone surrogate" if any("\ud800" <= character <= "\udfff" for character in word) else None
