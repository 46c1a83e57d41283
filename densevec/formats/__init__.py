"""Reading and writing files: the native container, and the formats of other tools (no torch, no pickle)."""

from densevec.formats.arrays import read_npy, write_npy
from densevec.formats.bfloat16 import BFLOAT16, decode_bfloat16, encode_bfloat16
from densevec.formats.binary import read_binary, write_binary
from densevec.formats.fasttext import FastText, read_fasttext
from densevec.formats.native import (
    Container,
    container_bytes,
    parse_container,
    read_container,
    verify_container,
    write_container,
)
from densevec.formats.npz import read_npz, write_npz
from densevec.formats.projector import read_projector, write_projector
from densevec.formats.registry import FORMATS, format_of_name, guess_format, read_vectors, write_vectors
from densevec.formats.subwords import Subwords
from densevec.formats.table import Rules, WordVectors
from densevec.formats.text import read_text, write_text
from densevec.formats.words import WordIndex

__all__ = [
    "BFLOAT16",
    "FORMATS",
    "Container",
    "FastText",
    "Rules",
    "Subwords",
    "WordIndex",
    "WordVectors",
    "container_bytes",
    "decode_bfloat16",
    "encode_bfloat16",
    "format_of_name",
    "guess_format",
    "parse_container",
    "read_binary",
    "read_container",
    "read_fasttext",
    "read_npy",
    "read_npz",
    "read_projector",
    "read_text",
    "read_vectors",
    "verify_container",
    "write_binary",
    "write_container",
    "write_npy",
    "write_npz",
    "write_projector",
    "write_text",
    "write_vectors",
]
