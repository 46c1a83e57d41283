"""What each option that names files does with them, and the check that none is written over that is read.

Every option with a word for its value says as its ``type`` what the word is: a ``PathOption`` for a path, ``str`` for
what is none.
"""

from __future__ import annotations

import argparse
import fnmatch
import glob
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from densevec._streams import as_local, is_remote
from densevec.cli.files import File
from densevec.corpus.readers import is_pattern
from densevec.errors import FileError
from densevec.formats.arrays import words_path
from densevec.formats.atomic import is_stream
from densevec.formats.recognise import IN_FOLDERS


class Role(Enum):
    """What a command does with a file."""

    TEXT = auto()  # is read: a text, a folder of texts, or a pattern for their names
    INPUT = auto()  # is read
    BASE = auto()  # is read, and its changed self may be written over it
    VECTORS = auto()  # is read, and where it is the only one, and holds nothing else, others may be written over it
    RESUMED = auto()  # is a checkpoint that is gone on with, and written over by the next one
    FOLDER = auto()  # gets files of new names
    OUTPUT = auto()  # is written
    CHECKPOINT = auto()  # is written now and then
    PARTIAL = auto()  # is written in place of the output when training is cut short


READ = (Role.TEXT, Role.INPUT, Role.BASE, Role.VECTORS, Role.RESUMED)
WRITTEN = (Role.OUTPUT, Role.CHECKPOINT, Role.PARTIAL)
_MAY_REPLACE = {
    (Role.BASE, Role.OUTPUT),
    (Role.VECTORS, Role.OUTPUT),
    (Role.RESUMED, Role.CHECKPOINT),
    (Role.INPUT, Role.PARTIAL),  # of a training that was cut short, whose words the next one begins with
}


@dataclass(frozen=True)
class PathOption:
    """The ``type`` of an option that names files, for what is done with them; "none" may stand for None."""

    role: Role
    is_optional: bool = False

    def __call__(self, text: str) -> str | None:
        return None if self.is_optional and text.lower() == "none" else text


@dataclass(frozen=True)
class _Named:
    path: str
    role: Role

    @property
    def place(self) -> str:
        return as_local(self.path)


def check_texts(args: argparse.Namespace) -> None:
    """FileError where a text to read is a sentence, which names no file."""
    for text in _named(args):
        is_sentence = " " in text.path and "*" not in text.path  # and may have other signs of patterns
        if text.role is Role.TEXT and is_sentence and not is_remote(text.path) and not os.path.lexists(text.place):
            raise FileError(f"{text.path!r:.80}: no such file; if it is a sentence, save it in a file, and name that")


def check_apart(args: argparse.Namespace, also_written: Mapping[Role, str] | None = None) -> None:
    """FileError where a file to be written is named twice, or is one that the command reads, or would be one when it
    is read again.

    also_written : what no option names
    """
    named = [*_named(args), *(_Named(path, role) for role, path in (also_written or {}).items())]
    read = [each for each in named if each.role in READ]
    written = [each for each in named if each.role in WRITTEN]
    for first, second in itertools.combinations(written, 2):
        if Path(first.place).resolve() == Path(second.place).resolve() and not is_stream(first.place):
            raise FileError(
                f"{second.path!r} is named for two files to write, which would be one; name another for either"
            )
    patterns = [each.path for each in _given(args) if each.role is Role.TEXT and is_pattern(each.path)]
    is_alone = sum(each.role is Role.VECTORS for each in read) == 1
    for target in written:
        for source in read:
            _check_pair(source, target, is_alone)
        for pattern in patterns:
            if _is_matched(target.place, pattern):
                raise FileError(
                    f"{target.path!r} matches {pattern!r}, whose files are read as text; name another file to write"
                )


def _check_pair(source: _Named, target: _Named, is_alone: bool) -> None:
    output, is_text = target.path, source.role is Role.TEXT
    is_inside = not is_remote(target.place) and Path(source.place).resolve() in Path(target.place).resolve().parents
    if is_text and is_inside and os.path.isdir(source.place):
        raise FileError(
            f"{output!r} is in the folder {source.path!r}, whose files are read as text; write it elsewhere"
        )
    pairs = itertools.product(_files_at(target.place), _files_at(source.place))
    if not any(_is_one(written, read) for written, read in pairs):
        return
    may_replace = (source.role, target.role) in _MAY_REPLACE and _is_one(source.place, target.place)
    if source.role is Role.VECTORS and may_replace and File(source.path).has_model:
        raise FileError(
            f"{output!r} holds a trained model, of which only vectors would be left; name another file to write"
        )
    if not may_replace or (source.role is Role.VECTORS and not is_alone):
        kind = "text" if is_text else "file"
        raise FileError(f"{output!r} is a {kind} that is read, and would be lost; name another file to write")


def _given(args: argparse.Namespace) -> Iterator[_Named]:
    """All paths that the command line gives."""
    for action in args.parser._actions:
        if isinstance(action.type, PathOption):
            given = getattr(args, action.dest, None)
            for path in [given] if isinstance(given, str) else given or ():
                yield _Named(path, action.type.role)


def _named(args: argparse.Namespace) -> Iterator[_Named]:
    """The same, with what a glob pattern stands for in its place."""
    for each in _given(args):
        is_of_files = each.role is Role.TEXT and is_pattern(each.path)
        found = sorted(filter(os.path.isfile, glob.glob(each.path, recursive=True))) if is_of_files else []
        yield from (_Named(path, each.role) for path in found or [each.path])


def _is_matched(path: str, pattern: str) -> bool:
    """Whether a pattern for names of texts stands for a file at the path, once that is there."""
    parent, name = os.path.split(pattern)
    parent, name = (pattern, "*") if name == "**" else (parent, name)
    if is_remote(path) or not fnmatch.fnmatch(os.path.basename(path), name):
        return False
    is_hidden = os.path.basename(path).startswith(".") and not name.startswith(".")
    folders = glob.glob(os.path.join(os.curdir, parent), recursive=True)  # ** alone does not find the folder it is in
    return not is_hidden and os.path.realpath(os.path.dirname(path)) in map(os.path.realpath, folders)


def _files_at(path: str) -> Iterator[str]:
    """The path, and the files that are read or written together with it."""
    yield path
    if path.endswith(".npy"):
        yield words_path(path)
    if os.path.isdir(path):
        yield from (os.path.join(path, name) for name in IN_FOLDERS)


def _is_one(first: str, second: str) -> bool:
    """Whether two paths lead to the same file, or folder, which is there and keeps what is written to it; of what is at
    URLs, whether they are the same."""
    if is_remote(first):
        return first == second
    if not (os.path.exists(first) and os.path.exists(second)) or is_stream(first):
        return False
    return os.path.samefile(first, second)
