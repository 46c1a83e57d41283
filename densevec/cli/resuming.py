"""``--resume``: a checkpoint is found, checked, and told of in one sentence."""

from __future__ import annotations

import os
from typing import Any

from densevec._streams import is_remote
from densevec.cli.output import log
from densevec.errors import DensevecError, FileError, ParameterError

OWN, AUTO = "", "auto"  # --resume without a name, and what job scripts give


def find(model: Any, wanted: str | None, own: str, is_silent: bool = False) -> Any:
    """The training to go on with, or None to begin anew.

    Parameters
    ----------
    model : class of the model that is trained
    wanted : what ``--resume`` says: a file, ``OWN`` or ``AUTO``; None where it is not given
    own : the checkpoint that belongs to the output
    is_silent : for all but the first of several processes

    Raises
    ------
    FileError : where there is no such file; "auto" begins anew then
    ParameterError : for "auto" where the checkpoint would be at a URL
    FormatError, CorruptError, VersionError : for a file that is no whole checkpoint
    """
    is_there = os.path.exists(own)
    if wanted is None:
        if is_there and not is_silent:
            _offer(model, own)
        return None
    if wanted == AUTO and is_remote(own):
        raise ParameterError(
            f"--resume auto must see whether the checkpoint is there, which it cannot at a URL, got {own}; name a "
            "local file by --checkpoint"
        )
    if wanted == AUTO and not is_there:
        return None
    if wanted == OWN and not is_there and not is_remote(own):
        raise FileError(f"{own} cannot be resumed: there is no such file; leave --resume out to begin, or name another")
    saved = model.open_checkpoint(own if wanted in (OWN, AUTO) else wanted)
    if not is_silent:
        log(f"found {saved.path}: {saved}")
    return saved


def _offer(model: Any, own: str) -> None:
    try:
        saved = model.open_checkpoint(own)
    except DensevecError:  # nothing to go on from
        return
    log(f"densevec: note: {own} has a training that was cut ({saved}): --resume goes on with it, this one begins anew")
