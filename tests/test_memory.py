"""Failures to allocate become a sentence: bytes, what for, what helps."""

from __future__ import annotations

import errno
import subprocess
import sys

import numpy as np
import pytest
import torch

from densevec._memory import bytes_asked_for, enough_memory, is_shortage
from densevec.cli import main
from densevec.errors import FormatError, OutOfMemoryError
from densevec.formats import read_vectors
from densevec.training.tables import zeros


@pytest.mark.parametrize(
    ("allocate", "size"),
    [
        (lambda: np.empty((10**13, 300), np.float32), 12 * 10**15),
        (lambda: torch.empty(10**15), 4 * 10**15),
        (lambda: torch.zeros(10**9, 10**9), 4 * 10**18),
        (lambda: zeros(10**9, 10**6), 4 * 10**15),
        (lambda: torch.empty(10**18, 10**6), None),
        (lambda: torch.empty(10**30), None),
        (lambda: np.empty(10**30), None),
        (lambda: np.empty((10**10, 10**10)), None),
        (lambda: bytearray(10**15), None),
    ],
)
def test_every_library_s_own_failure_is_known(allocate, size) -> None:
    with pytest.raises(Exception) as found:
        allocate()
    assert is_shortage(found.value)
    assert bytes_asked_for(found.value) == size
    amount = "the memory for a test is" if size is None else f"{size:,} bytes of memory for a test are"
    with pytest.raises(OutOfMemoryError) as caught, enough_memory("a test", ["one thing", "another", "a third"]):
        allocate()
    assert str(caught.value) == f"{amount} not to be had; what helps: one thing; another; or a third"
    assert caught.value.__cause__ is not None


def test_what_a_graphics_card_says_is_read() -> None:
    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of ...")
    assert is_shortage(error)
    assert bytes_asked_for(error) == 20 * 2**30
    assert is_shortage(OSError(errno.ENOMEM, "Cannot allocate memory"))


@pytest.mark.parametrize(
    "error", [RuntimeError("disk on fire"), OSError(errno.ENOENT, "no"), TypeError("x"), KeyError(1)]
)
def test_other_errors_pass(error) -> None:
    with pytest.raises(type(error)) as caught, enough_memory("a test", ["nothing"]):
        raise error
    assert caught.value is error
    ours = FormatError("a table out of memory")
    with pytest.raises(FormatError), enough_memory("a test", ["nothing"]):
        raise ours


def test_a_reader_says_what_helps(tmp_path) -> None:
    """In a process that may have a certain amount of memory, as a limit or a container has it."""
    (tmp_path / "v.vec").write_text("300000 300\n" + ("x" + " 0" * 300 + "\n") * 300_000)
    script = f"""
import resource
from densevec.formats import read_vectors
from densevec.errors import OutOfMemoryError
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 2**20,) * 2)
try:
    read_vectors({str(tmp_path / "v.vec")!r}, on_duplicate="first")
except OutOfMemoryError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"memory for the vectors in {tmp_path / 'v.vec'}" in done.stdout
    assert "what helps: limit=, for the first words only; a file with fewer" in done.stdout
    assert read_vectors(tmp_path / "v.vec", limit=1).vectors.shape == (1, 300)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000 bytes."),
            ": 4,000 bytes",
        ),
        (MemoryError(), ""),
        (OutOfMemoryError("5 bytes of memory for a test are not to be had; what helps: nothing"), None),
    ],
)
def test_the_command_line_says_it_in_a_line(error, said, monkeypatch, capsys, tmp_path) -> None:
    def fail(args) -> None:
        raise error

    monkeypatch.setattr("densevec.cli.verify.run", fail)
    assert main(["verify", "file"]) == 1
    expected = str(error) if said is None else f"there is not enough memory for this{said}"
    assert capsys.readouterr().err.startswith(f"densevec: {expected}")
