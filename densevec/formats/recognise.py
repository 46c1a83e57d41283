"""What a file that is not ours looks like, for a message that helps."""

from __future__ import annotations

import re

import numpy as np

TENSORS, METADATA = "tensors.tsv", "metadata.tsv"  # what a folder of the projector holds
# What one of a static embedding holds: model2vec's, or sentence-transformers' (whose weights lie deeper)
TOKENIZER, WEIGHTS, MODULES, CONFIG = "tokenizer.json", "model.safetensors", "modules.json", "config.json"
IN_FOLDERS = (TENSORS, METADATA, TOKENIZER, WEIGHTS, MODULES, CONFIG)

_GZIP, _BZIP2, _XZ, _ZSTANDARD = "gzip-compressed", "bzip2-compressed", "xz-compressed", "zstandard-compressed"
PACKINGS = {_GZIP: ".gz", _BZIP2: ".bz2", _XZ: ".xz", _ZSTANDARD: ".zst"}  # endings of names, by what is said of a file
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive, such as torch.save writes and .docx and .epub are"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", _GZIP),
    (b"BZh", _BZIP2),
    (b"\xfd7zXZ\x00", _XZ),
    (b"\x28\xb5\x2f\xfd", _ZSTANDARD),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "a document of an old Word, or the like"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy .npy array"),
    (b"GGUF", "a GGUF model"),
    (b"\x7fELF", "a program"),
    (b"\xba\x16\x4f\x2f", "a fastText .bin model"),
    (b"FiFu", "a finalfusion file"),
)
_TEXTS = (
    (rb"<!doctype html|<html|<head", "an HTML page"),
    (rb"<", "an XML or HTML document"),
    (
        rb"\\data\\[ \t]*\r?\n",
        "an ARPA file of a language model (which densevec score, rescore, complete, substitutes, next, generate, "
        "evaluate --perplexity and convert take, where its name ends in .arpa)",
    ),
    (rb"\d+ \d+\r?\n", "word vectors in word2vec format"),
    (rb"[{\[]", "JSON text"),
)
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NONFINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def describe(beginning: bytes) -> str:
    """A noun phrase for a file that begins so; empty if nothing is recognised."""
    return describe_binary(beginning) or _describe_text(beginning)


def describe_binary(beginning: bytes) -> str:
    """The same for a file that is no text; empty for one that may be."""
    for magic, name in _MAGIC:
        if beginning.startswith(magic):
            return name
    if beginning[257:262] == b"ustar":
        return "a tar archive"
    if len(beginning) > 1 and beginning[0] == 0x80 and beginning[1] in range(2, 6):
        return (
            "a Python pickle (never opened here: a pickle can run any code; what gensim saved as .model or .kv is "
            "loaded by gensim and given to KeyedVectors.from_gensim)"
        )
    return ""


def _describe_text(beginning: bytes) -> str:
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for pattern, name in _TEXTS:
        if re.match(pattern, text):
            return name
    # Only the beginning of the file is here, so its last character may be cut in two.
    decoded = beginning.decode("utf-8", "ignore")
    is_whole = len(decoded.encode()) > len(beginning) - 4
    is_text = all(character.isprintable() or character in "\t\r\n" for character in decoded)
    return "a text file" if decoded and is_whole and is_text else ""


def has_control_bytes(line: bytes) -> bool:
    """Whether a line has bytes that no text has."""
    return any(byte < 32 and byte not in b"\t\n\r\v\f" for byte in line[:4096])


def is_safetensors(beginning: bytes) -> bool:
    """Whether this begins with a length and a header of JSON."""
    return beginning[8:9] == b"{" and 0 < int.from_bytes(beginning[:8], "little") < 2**32


def is_vocabulary(beginning: bytes) -> bool:
    """Whether this begins with lines of a word and a whole number: counts, and not vectors of one dimension."""
    lines, _, rest = beginning.rpartition(b"\n")
    fields = [line.split() for line in (lines or rest).split(b"\n")]
    return all(len(each) == 2 and each[1].isdigit() for each in fields)


def is_row(beginning: bytes, dim: int) -> bool:
    """Whether this begins with a line of text: a word and ``dim`` numbers; of a line that goes on, what is there."""
    line, newline, _ = beginning.partition(b"\n")
    fields = line.split()
    numbers = fields[1:] if newline else fields[1:-1]
    is_complete = len(numbers) == dim > 0 if newline else bool(numbers)
    return is_complete and all(map(is_value, numbers))


def is_number(field: bytes) -> bool:
    """Whether this is a finite decimal number."""
    return _NUMBER.fullmatch(field) is not None


def is_value(field: bytes) -> bool:
    """Whether this is a decimal number, finite or not."""
    return is_number(field) or _NONFINITE.fullmatch(field) is not None


def format_of(beginning: bytes) -> str | None:
    """The name of the format of word vectors that a file begins in, None if it is none."""
    magics = {b"\xba\x16\x4f\x2f": "fasttext", b"FiFu": "finalfusion", b"\x93NUM": "npy", b"PK\x03\x04": "npz"}
    magic = magics.get(beginning[:4])
    if magic:
        return magic if magic != "npz" or b".npy" in beginning[:100] else None
    if is_safetensors(beginning):
        return "native"
    settings = np.frombuffer(beginning[:48].ljust(48, b"\xff"), "<i4")
    if (settings >= 0).all() and settings[0] > 0 and settings[7] in (1, 2, 3) and settings[6] in (1, 2, 3, 4):
        return "fasttext"  # as it was before it had a magic number
    text = beginning.removeprefix(b"\xef\xbb\xbf")
    return _text_format_of(text)


def _text_format_of(text: bytes) -> str | None:
    """The same of a file that may be text; word2vec's binary format begins with a line of text, too."""
    if re.match(rb"\d+ \d+ \d+ \d+ [1-4] \d+ [^\s\d]\S* [^\s\d]\S*[ \t]*\r?\n", text):
        return "floret"
    header = re.match(rb"\d+[ \t]\d+[ \t]*\r?\n", text)
    if header:
        rest = text[header.end() :]
        is_binary = has_control_bytes(rest) or not _is_utf8(rest[:512])
        return "word2vec" if is_binary and not is_row(rest, int(header[0].split()[1])) else "word2vec-text"
    if is_vocabulary(text):
        return None
    return "glove" if is_row(text, len(text.split(b"\n", 1)[0].split()) - 1) else None


def _is_utf8(beginning: bytes) -> bool:
    return len(beginning.decode("utf-8", "ignore").encode()) > len(beginning) - 4
