"""What the endings of names say of files, and that no file is written under a name by which it is not read again."""

from __future__ import annotations

import os

from densevec._streams import PACKED
from densevec._validation import as_path
from densevec.errors import ParameterError

Path = str | os.PathLike[str]
MAPPED = ("native", "npz", "npy")  # formats whose files are read at any place, so never while they are unpacked
_ARPA = (".arpa", *(f".arpa{ending}" for ending in PACKED))


def is_arpa(path: str) -> bool:
    """Whether a name is an ARPA file's, which is n-grams in text."""
    return path.endswith(_ARPA)


def check_ending(path: Path, format: str = "native") -> None:
    """ParameterError for a name by which a file of this format would be opened as something else: as an ARPA file, or
    as a packed one, where its files are never packed.

    >>> check_ending("birds.vec.gz", "word2vec-text")
    """
    name = as_path(path)
    if format == "native" and is_arpa(name):
        raise ParameterError(
            f"{name}: the name of a densevec file must not be that of an ARPA file, which is n-grams in text; call it "
            f"NAME.safetensors (of an n-gram model 'densevec convert NAME.safetensors {name}' makes an ARPA file then)"
        )
    ending = next((ending for ending in PACKED if name.lower().endswith(ending)), None)
    if ending is not None and format in MAPPED:
        kind = "densevec" if format == "native" else f".{format}"
        raise ParameterError(
            f"{name}: the name of a {kind} file must not end in {ending}, by which it would be unpacked when it is "
            "read, and such files are never packed; leave that ending out"
        )
