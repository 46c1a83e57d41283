"""``--resume``: a checkpoint is found, checked, and told of in one sentence."""

from __future__ import annotations

import os
from typing import Any

from densevec._streams import is_remote
from densevec.cli.output import log
from densevec.errors import DensevecError, FileError, ParameterError

OWN, AUTO = "", "auto"  # --resume without a name, and what job scripts give


def named(wanted: str | None, own: str) -> str | None:
    """The checkpoint to go on from, or None to begin anew; ParameterError for "auto" where it would be at a URL.

    Parameters
    ----------
    wanted : what ``--resume`` says: a file, ``OWN`` or ``AUTO``; None where it is not given
    own : the checkpoint that belongs to the output
    """
    if wanted != AUTO:
        return own if wanted == OWN else wanted
    if is_remote(own):
        raise ParameterError(
            f"--resume auto must see whether the checkpoint is there, which it cannot at a URL, got {own}; name a "
            "local file by --checkpoint"
        )
    return own if os.path.exists(own) else None


def place(checkpoint: str | None, wanted: str | None, output: str) -> tuple[str | None, bool]:
    """Where checkpoints go, None for nowhere, and whether that is the output's own, which goes away in the end.

    That is what ``checkpoint`` says, ``--checkpoint``, or else the file that is gone on from; ``wanted`` as for
    ``named``.  Beside an output at a URL, from where nothing can be removed, none is kept.
    """
    if checkpoint is not None:
        return checkpoint, False
    own = own_of(output)
    if wanted is not None and wanted not in (OWN, AUTO) and not is_remote(wanted):
        return wanted, os.path.realpath(wanted) == os.path.realpath(own)
    return (None, False) if is_remote(own) else (own, True)


def own_of(output: str) -> str:
    """The checkpoint that belongs to an output."""
    return f"{output}.checkpoint"


def find(model: Any, wanted: str | None, own: str) -> Any:
    """The training to go on with, or None to begin anew; ``wanted`` and ``own`` as for ``named``.

    Parameters
    ----------
    model : class of the model that is trained

    Raises
    ------
    FileError : where there is no such file; "auto" begins anew then
    ParameterError : as ``named``
    FormatError, CorruptError, VersionError : for a file that is no whole checkpoint
    """
    path = named(wanted, own)
    if wanted is None and os.path.exists(own):
        _offer(model, own)
    if path is None:
        return None
    if wanted == OWN and not is_remote(own) and not os.path.exists(own):
        raise FileError(f"{own} cannot be resumed: there is no such file; leave --resume out to begin, or name another")
    saved = model.open_checkpoint(path)
    log(f"found {saved.path}: {saved}")
    return saved


def _offer(model: Any, own: str) -> None:
    try:
        saved = model.open_checkpoint(own)
    except DensevecError:  # nothing to go on from
        return
    log(f"densevec: note: {own} has a training that was cut ({saved}): --resume goes on with it, this one begins anew")
