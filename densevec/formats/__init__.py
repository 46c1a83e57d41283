"""Reading and writing files; the native container here, exchange formats beside it (no torch, no pickle)."""

from densevec.formats.native import Container, read_container, verify_container, write_container
from densevec.formats.words import WordIndex

__all__ = ["Container", "WordIndex", "read_container", "verify_container", "write_container"]
