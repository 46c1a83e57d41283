"""What several tests need."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# `make check` runs as many processes as there are cores, and so little text is not worth a second thread: one each, set
# before NumPy and torch are imported.  A test that wants more asks for them by `workers`; such threads sleep while they
# wait for each other, for to spin on a core that another process has costs more than the work.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# A shell has Ctrl-C ignored in what it starts in the background; tests of it need not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Times vary too much on shared machines to be judged by hypothesis.
settings.register_profile("densevec", deadline=None)
settings.load_profile("densevec")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests come first: what is left when one process has no more work is quick."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of third-party data that is no part of the project (see CONTRIBUTING); skips where it is absent."""
    named = os.environ.get("DENSEVEC_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"third-party data not found at {folder}; set DENSEVEC_DATA to its folder")
    return folder


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Models take one thread whatever their ``workers``, for tests of many small trainings that ask for the default."""
    import torch

    set_num_threads, before = torch.set_num_threads, torch.get_num_threads()
    set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "set_num_threads", lambda number: None)
        yield
    set_num_threads(before)


@pytest.fixture(scope="session")
def aviary_model():
    """The model of ``densevec demo``; what it should know is in ``Aviary().facts``."""
    from densevec import Aviary, BayesianSkipGram
    from densevec.cli.demo import SETTINGS

    return BayesianSkipGram(Aviary(50_000), **SETTINGS).train(progress=False)
