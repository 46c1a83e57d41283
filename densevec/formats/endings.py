"""What the endings of names say of files, and what is said, or refused, of a file under another one's name."""

from __future__ import annotations

import os

from densevec._calls import warn
from densevec._streams import packing, without_packing
from densevec._validation import as_path
from densevec.errors import FormatWarning, ParameterError

Path = str | os.PathLike[str]
MAPPED = ("native", "npz", "npy")  # formats whose files are read at any place, so never while they are unpacked
ENDINGS = {  # that say the format of word vectors, where it is not named
    "native": (".safetensors",),
    "word2vec": (".bin",),
    "word2vec-text": (".vec", ".txt"),
    "floret": (".floret",),
    "finalfusion": (".fifu",),
    "npz": (".npz",),
    "npy": (".npy",),
}
# Endings of what is written in other ways than by name, with the call that does it for any vectors
_BY_OTHERS = {
    ".floret": None,  # of n-grams that are hashed as floret's
    ".csv": "to_frame().to_csv({path!r})",
    ".tsv": "to_frame().to_csv({path!r}, sep='\\t')",
    ".parquet": "to_frame('polars').write_parquet({path!r})",
    ".zip": None,
}


def is_arpa(path: str) -> bool:
    """Whether a name is an ARPA file's, which is n-grams in text."""
    return without_packing(path).endswith(".arpa")


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
    ending = packing(name)
    if ending and format in MAPPED:
        kind = "densevec" if format == "native" else f".{format}"
        raise ParameterError(
            f"{name}: the name of a {kind} file must not end in {ending}, by which it would be unpacked when it is "
            "read, and such files are never packed; leave that ending out"
        )


def warn_of_ending(path: Path, *, has_vectors: bool) -> None:
    """A FormatWarning where the name of a densevec file says another format, with what writes that of its vectors."""
    path = as_path(path)
    ending = os.path.splitext(path)[1]
    if ending in _BY_OTHERS:
        call = (_BY_OTHERS[ending] or "").format(path=path)
    elif any(ending in each for name, each in ENDINGS.items() if name != "native"):
        call = f"to_file({path!r}) or 'densevec convert NAME.safetensors {path}'"
    else:
        return
    written = f", and vectors.{call} writes {ending}" if has_vectors and call else ""
    warn(
        f"{path}: this is a densevec file, which other programs take for {ending} by its name; call it "
        f"NAME.safetensors{written}",
        FormatWarning,
    )
