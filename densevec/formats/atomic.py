"""Writing a file all or nothing: afterwards the path holds the whole old file or the whole new one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator

from densevec._streams import is_remote
from densevec._validation import as_path
from densevec.errors import DensevecError, FileError
from densevec.formats.upload import upload

try:
    import fcntl
except ImportError:  # no advisory locks on this system: temporary files of killed writers are left to the user
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = re.compile(r"\.tmp-[0-9a-f]{16}")
_OPEN = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})|/dev/std(out|err)")
_WRITE_BYTES = 16 * 2**20  # small enough that Ctrl-C is answered at once
Buffer = bytes | memoryview
Path = str | os.PathLike[str]


def write_atomically(path: Path, chunks: Iterable[Buffer], num_bytes: int | None) -> None:
    """Write ``chunks``, ``num_bytes`` in all (None: not known), to ``path``; no reader ever sees a part of them.

    A temporary file beside the target, ``NAME.tmp-`` and 16 hexadecimal digits, is written and synced, then renamed
    over it, then the directory is synced.  Whoever has mapped the old file keeps the old contents.
    The file's mode is that of the file it replaces, otherwise 0666 less the umask; owner,
    group and access lists are those of a newly made file.  A symbolic link is followed, so its target is replaced.
    A URL is written through smart_open; the object appears when it is whole.  A pipe or a device that takes bytes one
    after the other, such as /dev/stdout, is given them as they come.

    Raises
    ------
    FileError
        If any step fails; the message names the path and the bytes needed, the old file is as it was.
    """
    write_together([(path, chunks, num_bytes)])


def write_together(files: Iterable[tuple[Path, Iterable[Buffer], int | None]]) -> None:
    """Write several files, each as (path, chunks, num_bytes) and as ``write_atomically`` does: none comes into its
    place before all are whole.

    What is written to URLs, pipes and devices cannot be taken back where another file fails.
    """
    with contextlib.ExitStack() as stack:
        waiting = []
        for path, chunks, num_bytes in files:
            name = as_path(path)
            if is_remote(name):
                upload(name, chunks)
                continue
            with _as_file_error(name, num_bytes):
                if is_stream(name):
                    _write_on(name, chunks)
                    continue
                target = os.path.realpath(name)
                mode = _mode_of(target)
                remove_leftovers(target)
                _check_free_space(target, num_bytes)
                descriptor, temporary = stack.enter_context(_temporary_file(target, mode))
                for chunk in chunks:
                    _write_all(descriptor, memoryview(chunk).cast("B"))
                os.fsync(descriptor)
                waiting.append((name, num_bytes, temporary, target))
        for name, num_bytes, temporary, target in waiting:
            with _as_file_error(name, num_bytes):
                os.replace(temporary, target)
        for name, num_bytes, _, target in waiting:
            with _as_file_error(name, num_bytes):
                _sync_directory(os.path.dirname(target))


def is_stream(path: Path) -> bool:
    """Whether a path leads to a pipe or a device that takes bytes one after the other, or to what this process has open
    already, as /dev/stdout does: nothing of these is a file to replace."""
    if _descriptor_of(os.fspath(path)) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


@contextlib.contextmanager
def _as_file_error(name: str, num_bytes: int | None) -> Iterator[None]:
    try:
        yield
    except DensevecError:  # of what the chunks are made of
        raise
    except OSError as error:
        needed = "" if num_bytes is None else f" ({num_bytes:,} bytes are needed)"
        wrapped = FileError(f"{name} cannot be written{needed}: {error.strerror or error}")
        wrapped.errno = error.errno
        raise wrapped from error


def _descriptor_of(name: str) -> int | None:
    """The number of the open file that a path stands for; None for any other path."""
    found = _OPEN.fullmatch(name)
    return None if found is None else int(found[1] or {"out": 1, "err": 2}[found[2]])


def _write_on(name: str, chunks: Iterable[Buffer]) -> None:
    # What is open is gone on with where it is: opened by its path a file would be written from its beginning.
    number = _descriptor_of(name)
    flags = os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(name, flags) if number is None else os.dup(number)
    try:
        for chunk in chunks:
            _write_all(descriptor, memoryview(chunk).cast("B"))
    finally:
        os.close(descriptor)


def _mode_of(target: str) -> int | None:
    """The permission bits of the file to be replaced, None if there is none yet."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "the path is a directory or a device, not a file")
    return stat.S_IMODE(status.st_mode)


def check_folder(path: Path) -> None:
    """Fail before the work, not after it, when a path names no file that could be; of URLs nothing is known.

    Raises
    ------
    FileError
        Where its folder is not there, or nothing may be written in it, or the path is that of a folder.
    """
    name = as_path(path)
    if is_remote(name) or is_stream(name):
        return
    target = os.path.realpath(name)
    folder = os.path.dirname(target)
    with _as_file_error(name, None):
        _mode_of(target)
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def check_room(path: Path, num_bytes: int, helps: str) -> None:
    """Fail before the work, not after it, when a file of about ``num_bytes`` will not fit; of URLs nothing is known.

    Raises
    ------
    FileError
        The message gives the bytes that are needed and those that are there, and what ``helps``.
    """
    name = as_path(path)
    if is_remote(name):
        return
    try:
        _check_free_space(os.path.realpath(name), num_bytes)
    except OSError as error:
        reason = f"{error.strerror}; {helps}" if error.errno == errno.ENOSPC else str(error.strerror)
        found = FileError(f"{name} cannot be written (some {num_bytes:,} bytes will be needed): {reason}")
        found.errno = error.errno
        raise found from error


def _check_free_space(target: str, num_bytes: int | None) -> None:
    """Fail before the first byte when the disk is too small; a quota shows only when writing."""
    if not hasattr(os, "statvfs") or num_bytes is None:
        return
    status = os.statvfs(os.path.dirname(target))
    free = status.f_bavail * status.f_frsize
    if free < num_bytes:
        raise OSError(errno.ENOSPC, f"only {free:,} bytes are free on that disk")


@contextlib.contextmanager
def _temporary_file(target: str, mode: int | None) -> Iterator[tuple[int, str]]:
    """An open, locked temporary file beside ``target``; whatever happens, it is gone afterwards."""
    while True:
        temporary = f"{target}.tmp-{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        # With the old file's mode from the first instant on (less the umask): a private one is never open to others.
        descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
        # Between open and lock another saver may have taken the file for a dead one's and removed it.
        if _lock(descriptor) and _is_still_at(descriptor, temporary):
            break
        os.close(descriptor)
    try:
        if mode is not None:
            os.chmod(temporary, mode)
        yield descriptor, temporary
    finally:
        os.close(descriptor)
        with contextlib.suppress(FileNotFoundError):  # renamed: the usual end
            os.unlink(temporary)


def _lock(descriptor: int) -> bool:
    """Mark a file as being written; False only if somebody else holds it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can remove our file as stale there either
        return True
    return True


def _is_still_at(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def remove_written(path: Path) -> None:
    """Remove, if it is there, the file that ``write_atomically`` has written to a path; a symbolic link to it stays,
    through which the next one is written."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.realpath(path))


def remove_leftovers(path: Path) -> None:
    """Remove temporary files beside a path of writers that died; a living one holds the lock on its own.

    Only names of our own making: a user's NAME.tmp-notes stays.
    """
    if fcntl is None or is_remote(os.fspath(path)):
        return
    target = os.path.realpath(os.fspath(path))
    for leftover in glob.glob(f"{glob.escape(target)}.tmp-*"):
        if not _TEMPORARY.fullmatch(leftover[len(target) :]):
            continue
        try:
            descriptor = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(leftover)
        except OSError:
            pass
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, view: memoryview) -> None:
    while len(view):
        view = view[os.write(descriptor, view[:_WRITE_BYTES]) :]


def _sync_directory(directory: str) -> None:
    """Make the rename itself durable, where directories can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
