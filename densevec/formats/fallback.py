"""Where a trained model goes when its file cannot be written after all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable

from densevec._streams import is_remote
from densevec._validation import as_path
from densevec.errors import FileError, ParameterError

Path = str | os.PathLike[str]
# What a disk says that is full, too small for the file, or failing: a path that is wrong is none of these.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


def is_on_one_disk(path: Path, other: Path) -> bool:
    """Whether two files, which need not be there yet, are in folders of one disk; never of a URL."""
    try:
        devices = {os.stat(os.path.dirname(os.path.realpath(as_path(each)))).st_dev for each in (path, other)}
    except OSError:
        return False
    return len(devices) == 1


def check_fallback(fallback: Path) -> None:
    """ParameterError for a URL, at which no name is found that nothing has yet."""
    if is_remote(as_path(fallback)):
        raise ParameterError(
            f"fallback must be a folder on a disk of this machine, got {as_path(fallback)!r}; name a local one"
        )


def save_or_keep(save: Callable[[Path], None], path: Path, fallback: Path | None) -> None:
    """Save to a path or, where that cannot be written, elsewhere: FileError says where it is then.

    Without a ``fallback`` folder that is only done when the disk is full or fails, and what is kept goes to the cache
    folder of the user, or else to one for temporary files.  ParameterError for a ``fallback`` that is a URL.
    """
    if fallback is not None:
        check_fallback(fallback)
    try:
        save(path)
    except FileError as error:
        if fallback is None and error.errno not in _FULL:
            raise
        folders = [cache_folder()] if fallback is None else [as_path(fallback), cache_folder()]
        kept = _keep(save, os.path.basename(as_path(path)), folders)
        if kept is None:
            raise
        found = FileError(f"{error}; the trained model is kept in {kept}")
        found.errno = error.errno
        raise found from error


def _keep(save: Callable[[Path], None], name: str, folders: Iterable[str]) -> str | None:
    """Where it was saved under this name or one like it; None if nowhere."""
    for folder in folders:
        kept = _free_name(folder, name)
        try:
            os.makedirs(folder, 0o700, exist_ok=True)
            save(kept)
        except OSError:
            continue
        return kept
    with contextlib.suppress(OSError):  # no folder for temporary files either
        folder = tempfile.mkdtemp(prefix="densevec-")
        try:
            save(os.path.join(folder, name))
        except OSError:
            os.rmdir(folder)
            raise
        return os.path.join(folder, name)
    return None


def cache_folder() -> str:
    """The user's folder for what programs keep: ``$XDG_CACHE_HOME/densevec``, by default ``~/.cache/densevec``."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "densevec")


def _free_name(folder: str, name: str) -> str:
    """A path in the folder that nothing has yet: NAME.ENDING, else NAME-2.ENDING and so on."""
    stem, ending = os.path.splitext(name)
    path, number = os.path.join(folder, name), 1
    while os.path.lexists(path):
        number += 1
        path = os.path.join(folder, f"{stem}-{number}{ending}")
    return path
