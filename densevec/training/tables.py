"""The arrays that kernels train: rows that begin where a processor likes to read, and what becomes of them."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._cy.pages import BYTES_OF_HUGE_PAGE
from densevec._packages import import_torch
from densevec._random import UniformDraws

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

INITIAL_SQUARE = 1.0  # of gradients, that Adagrad's sums start from: about a block's, lest rare words leap at first

# Windows has neither flag, and no other kind of memory without a file
_PRIVATE = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
_ALIGNMENT = 16  # floats: rows begin on 64-byte boundaries
_PART_ALIGNMENT = 4  # and rows that words are made of, of which there are millions, on 16-byte boundaries


def padded(size: int, to: int = _ALIGNMENT) -> int:
    """The length of a row of ``size`` numbers in a kernel's array."""
    return -(-size // to) * to


def zeros(num_rows: int, stride: int) -> Floats:
    """(num_rows, stride) zeros that begin on a page of memory of their own."""
    memory, begin = _pages(4 * max(num_rows, 1) * stride)
    return np.frombuffer(memory, np.float32, num_rows * stride, begin).reshape(num_rows, stride)


def on_pages(values: Array) -> Array:
    """The same numbers in an array that begins on a page of memory of its own."""
    memory, begin = _pages(max(values.nbytes, 1))
    array: Array = np.frombuffer(memory, values.dtype, values.size, begin).reshape(values.shape)
    array[...] = values
    return array


def _pages(size: int) -> tuple[mmap.mmap, int]:
    """Pages of memory, all zero, that hold ``size`` bytes from some place on: that of a huge page if they fill one.

    Errors: MemoryError where there are none.
    """
    slack = BYTES_OF_HUGE_PAGE if size >= BYTES_OF_HUGE_PAGE else 0
    try:
        memory = mmap.mmap(-1, size + slack, **_PRIVATE)
    except (OSError, OverflowError):
        raise MemoryError(f"cannot allocate {size} bytes") from None
    _advise(memory, "MADV_HUGEPAGE", 0)
    return memory, -_address(memory) % BYTES_OF_HUGE_PAGE if slack else 0


def _address(memory: mmap.mmap) -> int:
    return np.frombuffer(memory, np.uint8).ctypes.data


def uniform_rows(num_rows: int, dim: int, bound: float, draws: UniformDraws, are_parts: bool = False) -> Floats:
    """Numbers drawn uniformly from [-bound, bound), and zeros behind each row, (num_rows, padded(dim)).

    Where the rows ``are_parts`` that words are made of there are fewer zeros, or none.
    """
    rows = zeros(num_rows, padded(dim, _PART_ALIGNMENT) if are_parts else padded(dim))
    draws.fill(rows[:, :dim], bound)
    return rows


def close_gaps(rows: Floats, dim: int) -> Floats:
    """The first ``dim`` numbers of each row, without the gaps between them, in the array's own memory.

    What is left over goes back to the system; whoever has a view of ``rows`` must let go of it.
    """
    num_rows, flat, step = len(rows), rows.reshape(-1), 2**12
    if rows.shape[1] != dim:
        for begin in range(0, num_rows, step):
            end = min(begin + step, num_rows)
            flat[begin * dim : end * dim] = rows[begin:end, :dim].ravel()
    base: Any = rows
    while isinstance(base, np.ndarray):
        base = base.base
    begin = rows.ctypes.data - _address(base.obj)
    _advise(base.obj, "MADV_DONTNEED", begin + 4 * num_rows * dim)
    return flat[: num_rows * dim].reshape(num_rows, dim)


def _advise(memory: mmap.mmap, advice: str, start: int) -> None:
    """Tell the system, where it listens, what becomes of memory from the page on that begins at or after ``start``."""
    start = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    if hasattr(mmap, advice) and start < len(memory):
        with suppress(OSError):  # a kernel without huge pages
            memory.madvise(getattr(mmap, advice), start, len(memory) - start)


class Weights:
    """What a model has learned, by the names that its network has for it; the network once somebody asks for it.

    Training by kernels, reading and writing files, and what is worked out from the arrays do without a network, and so
    without torch.

    Parameters
    ----------
    tables : arrays by name, which a network will share; whoever trains them may put others in their place
    network : in their place, a network that is there already, on any device
    make : of tables that only training has, what makes a network for them
    """

    _make: Callable[[], Any] | None = None  # of pickles of earlier versions too

    def __init__(self, tables: Mapping[str, Array], network: Any = None, make: Callable[[], Any] | None = None) -> None:
        self._tables = tables
        self._network = network
        if make is not None:
            self._make = make
        self._shared: Mapping[str, Array] = {}  # the arrays that the network has

    @property
    def tables(self) -> Mapping[str, Array]:
        """The arrays themselves; of a network that was there first, what its tensors hold now."""
        if self._tables:
            return self._tables
        return {name: value.detach().cpu().numpy() for name, value in self._network.state_dict().items()}

    def table(self, name: str) -> Any:
        """A table by its name: the array, or the tensor of a network that was there first."""
        return self._tables[name] if self._tables else self._network.get_buffer(name)

    def __getitem__(self, name: str) -> Array:
        """A table by its name as an array, whatever has it."""
        table = self.table(name)
        array: Array = table if isinstance(table, np.ndarray) else table.cpu().numpy()
        return array

    def fill(self, name: str, values: Array) -> None:
        """Put values into a table or a dense weight by its name."""
        if self._tables:
            self._tables[name][...] = values
        else:
            target = dict(self._network.named_parameters())[name].data
            target.copy_(target.new_tensor(values))

    def network(self, make: Callable[[], Any], what: str = "a network") -> Any:
        """The network on these arrays; where there is none so far one is made, by ``make`` or as they say.

        Errors: MissingPackageError, which says ``what`` needs torch, where it is not installed.
        """
        are_others = any(self._shared.get(name) is not array for name, array in self._tables.items())
        if self._network is None or are_others:
            torch, network = import_torch(what), (self._make or make)()
            tensors = {
                name: torch.from_numpy(array) if array.flags.writeable else torch.tensor(array)
                for name, array in self._tables.items()
            }
            network.load_state_dict(tensors, assign=True)
            self._network, self._shared = network, dict(self._tables)
        return self._network


def checked_tables(tables: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Arrays of a file as float32; ValueError unless they are all there, nothing else is, and each has its shape."""
    if tables.keys() != shapes.keys():
        raise ValueError(f"tensors {sorted(shapes)} are wanted, {sorted(tables)} found")
    found = {name: np.asarray(table) for name, table in tables.items()}
    for name, shape in shapes.items():
        if found[name].shape != shape:
            raise ValueError(f"tensor {name!r} is of shape {found[name].shape}, wanted {shape}")
    return {name: table.astype(np.float32, copy=False) for name, table in found.items()}
