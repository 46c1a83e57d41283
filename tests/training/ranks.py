"""Processes as torchrun starts them: forked from one that has imported torch, which takes a fifth of the time."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from densevec.cli import main

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["torch.distributed"])
_SECONDS = 300.0


def run_ranks(
    commands: Sequence[Sequence[object]], folder: Path, machines: int = 1
) -> subprocess.CompletedProcess[str]:
    """One command line of densevec for each process of a training; all end when one has failed, as with torchrun.

    The processes are those of one machine, or take themselves for those of several.

    The status is that of the first process that failed, the output that of all.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logs = [(folder / f"out-{rank}", folder / f"err-{rank}") for rank in range(len(commands))]
    ranks = [
        _CONTEXT.Process(
            target=_rank, args=(rank, len(commands), machines, port, [str(word) for word in words], logs[rank])
        )
        for rank, words in enumerate(commands)
    ]
    for each in ranks:
        each.start()
    end = time.monotonic() + _SECONDS
    while any(each.is_alive() for each in ranks) and not any(each.exitcode for each in ranks):
        assert time.monotonic() < end, "a training of several processes must end"
        ranks[0].join(0.05)
    failed = [each.exitcode for each in ranks if each.exitcode]
    for each in ranks:
        each.join(1 if failed else None)
        each.kill()
        each.join()
    texts = [[log.read_text() for log in both] for both in logs]
    for both in logs:
        for log in both:
            log.unlink()
    out, err = ("".join(text) for text in zip(*texts, strict=True))
    return subprocess.CompletedProcess(list(commands), failed[0] if failed else 0, out, err)


def _rank(rank: int, size: int, machines: int, port: int, words: list[str], logs: tuple[Path, Path]) -> None:
    for stream, log in zip((1, 2), logs, strict=True):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    if size > 1:
        told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size, "MASTER_PORT": port}
        told["GROUP_RANK"] = rank * machines // size
        os.environ.update({name: str(value) for name, value in told.items()})
        os.environ.update(MASTER_ADDR="127.0.0.1", TORCHELASTIC_RUN_ID="ranks")
    sys.exit(main(words))
