"""Folders that hold the several files of one format."""

from __future__ import annotations

import os

from densevec._streams import is_remote
from densevec.errors import FileError
from densevec.formats.recognise import TENSORS, TOKENIZER, WEIGHTS

STATIC = "0_StaticEmbedding"  # where sentence-transformers keeps the two files of one
_DEEP_WEIGHTS = os.path.join(STATIC, WEIGHTS)
# By what is written, the files that other formats are told by
_OTHERS = {
    "projector": (TOKENIZER, _DEEP_WEIGHTS),
    "model2vec": (TENSORS, _DEEP_WEIGHTS),
    "sentence-transformers": (TENSORS, TOKENIZER),
    "save_pretrained": (TOKENIZER,),
}


def has_file(folder: str, name: str) -> bool:
    """Whether a file lies in a folder."""
    return os.path.isfile(os.path.join(folder, name))


def make_folder(folder: str, own: str) -> str:
    """Make a folder for the files of a format if need be; where its weights belong.

    Raises
    ------
    FileError
        If it cannot be made, as at a URL, or holds another format, which would be lost or be read in the place of
        this one.
    """
    if is_remote(folder):
        raise FileError(
            f"{folder}: the folder must be on a disk of this machine; write it there, and copy it to the URL"
        )
    has_model = own == "model2vec" and not has_file(folder, TOKENIZER)  # of save_pretrained, by the name of its weights
    others = _OTHERS[own] + ((WEIGHTS,) if has_model else ())
    found = next((name for name in others if has_file(folder, name)), None)
    if found is not None:
        raise FileError(
            f"{folder}: a folder must hold one format, and this one has a {found} that is not {own}'s; choose another "
            "folder, or remove the file"
        )
    path = os.path.join(folder, STATIC) if own == "sentence-transformers" else folder
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path}: the folder cannot be made: {error.strerror or error}") from error
    return path
