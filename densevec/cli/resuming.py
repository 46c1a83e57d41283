"""``--resume``: a checkpoint is found, checked, and told of in one sentence."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from densevec._streams import is_remote
from densevec.cli.output import log
from densevec.cli.paths import Role
from densevec.errors import DensevecError, FileError, ParameterError, TrainingError
from densevec.formats.atomic import remove_written
from densevec.formats.native import check_target
from densevec.models.gradient_model import GradientModel

OWN, AUTO = "", "auto"  # --resume without a name, and what job scripts give


class Checkpoints:
    """Those of a command: which one it goes on from, where new ones go, and which one goes away in the end.

    path : where new ones go, None for nowhere: what ``--checkpoint`` says, or else the file that is gone on from, if it
        can be written, or the output's own; beside an output at a URL, from where nothing can be removed, none is kept
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._named, self._wanted = getattr(args, "checkpoint", None), getattr(args, "resume", None)
        self._own: str = f"{args.output}.checkpoint" if self._named is None else self._named
        self.path = self._named
        if hasattr(args, "checkpoint") and self._named is None and not getattr(args, "share_rows", False):
            is_replaced = self._wanted not in (None, OWN, AUTO) and _is_writable(self._wanted)
            self.path = self._wanted if is_replaced else None if is_remote(self._own) else self._own

    @property
    def unnamed(self) -> dict[Role, str]:
        """What no option says is written, for ``check_apart``."""
        return {} if self.path is None or self._named is not None else {Role.CHECKPOINT: self.path}

    @property
    def resumed(self) -> str | None:
        """The one to go on from, or None to begin anew; ParameterError for "auto" where it would be at a URL."""
        if self._wanted != AUTO:
            return self._own if self._wanted == OWN else self._wanted
        if is_remote(self._own):
            raise ParameterError(
                "--resume auto must see whether the checkpoint is there, which it cannot at a URL, got "
                f"{self._own}; name a local file by --checkpoint"
            )
        return self._own if os.path.exists(self._own) else None

    def find(self) -> Any:
        """The training to go on with, or None to begin anew.

        Raises
        ------
        FileError : where there is no such file; "auto" begins anew then
        ParameterError : as ``resumed``
        FormatError, CorruptError, VersionError : for a file that is no whole checkpoint
        """
        path, own = self.resumed, self._own
        if self._wanted is None and self.path is not None and os.path.exists(own):
            _offer(own)
        if path is None:
            return None
        if self._wanted == OWN and not is_remote(own) and not os.path.exists(own):
            raise FileError(
                f"{own} cannot be resumed: there is no such file; leave --resume out to begin, or name another"
            )
        saved = GradientModel.open_checkpoint(path)
        log(f"found {saved.path}: {saved}")
        if self._named is None and self.path not in (None, path):
            log(
                f"densevec: note: {path} cannot be replaced: new checkpoints go to {self.path}, from where --resume "
                "without a name goes on"
            )
        return saved

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say, where the training is cut, which file has what it goes on from, if that was written."""
        begun = time.time()
        try:
            yield
        except BaseException as error:
            path = self.path or ""
            if os.path.exists(path) and os.path.getmtime(path) >= begun and not isinstance(error, TrainingError):
                log(f"--resume {shlex.quote(path)} goes on from there")
            raise

    def remove_own(self, saved: Any) -> None:
        """Remove the output's own, now that the model is saved, if it was written, or is of the training that went on
        from ``saved``."""
        if self._named is not None or self.path is None or is_remote(self._own):
            return
        is_done = os.path.realpath(self.path) == os.path.realpath(self._own)
        with suppress(DensevecError):  # none is there, or somebody's own file
            is_done = is_done or (
                saved is not None and saved.is_of_one_training(GradientModel.open_checkpoint(self._own))
            )
        if is_done:
            remove_written(self._own)


def _is_writable(path: str) -> bool:
    try:
        check_target(path)
    except DensevecError:
        return False
    return not is_remote(path)


def _offer(own: str) -> None:
    try:
        saved = GradientModel.open_checkpoint(own)
    except DensevecError:  # nothing to go on from
        return
    log(f"densevec: note: {own} has a training that was cut ({saved}): --resume goes on with it, this one begins anew")
