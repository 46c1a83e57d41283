"""Reading and writing files; the native container here, exchange formats beside it (no torch, no pickle)."""

from densevec.formats.bfloat16 import BFLOAT16, decode_bfloat16, encode_bfloat16
from densevec.formats.native import (
    Container,
    container_bytes,
    parse_container,
    read_container,
    verify_container,
    write_container,
)
from densevec.formats.words import WordIndex

__all__ = [
    "BFLOAT16",
    "Container",
    "WordIndex",
    "container_bytes",
    "decode_bfloat16",
    "encode_bfloat16",
    "parse_container",
    "read_container",
    "verify_container",
    "write_container",
]
