"""What the vectors' methods accept, checked once: arrays of a table, items of a query, tensors of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from densevec._containers import can_iterate, is_missing, listed
from densevec._roles import as_in_sentence, as_numbers, as_vector
from densevec._validation import Interval, check_parameter
from densevec.densities.lengths import are_fit, fitting
from densevec.errors import FormatError, ParameterError, ParameterTypeError
from densevec.formats import Container, WordIndex
from densevec.vectors._storage import Stored, from_tensor

FloatArray = npt.NDArray[np.float64]
ON_MISSING = ("error", "skip", "zero", "prior")
_ROWS_AT_ONCE = 2**16


def beginning(
    words: Sequence[str] | int, values: npt.ArrayLike | None, name: str, vector_size: int | None
) -> tuple[WordIndex, npt.NDArray[np.float32]]:
    """The words, and their means in float32; none of the given dimension where only that is given."""
    if isinstance(words, Integral):
        vector_size, words = words, ()  # type: ignore[assignment]
    index = words if isinstance(words, WordIndex) else WordIndex(words)  # type: ignore[arg-type]
    if values is None:
        if vector_size is None or len(index) > 0:
            raise ParameterError(f"{name} must be given for the words; without words, give vector_size")
        if isinstance(vector_size, bool) or not isinstance(vector_size, Integral) or vector_size < 1:
            raise ParameterError(f"vector_size must be an integer at least 1, got {vector_size!r:.80}")
        values = np.zeros((0, int(vector_size)), dtype=np.float32)
    return index, as_float32(name, values, (len(index), None))


def as_float32(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...]) -> npt.NDArray[np.float32]:
    """Finite numbers as float32, of the given shape (None: any size above 0), or an error that says what is wrong."""
    numbers = as_numbers(values, name)
    with np.errstate(over="ignore", under="ignore"):
        array = np.ascontiguousarray(numbers, dtype=np.float32)
    fits = len(shape) == array.ndim and all(got == (size or got) for size, got in zip(shape, array.shape, strict=True))
    if not fits or 0 in array.shape[1:]:
        wanted = ", ".join("d" if size is None else str(size) for size in shape)
        raise ParameterError(f"{name} must be of shape ({wanted}), got {array.shape}")
    row = first_bad_row(np.isfinite, array)
    if row is not None:
        raise ParameterError(f"{name} must be finite in float32, got nan or inf in row {row}")
    return array


def check_above_zero(name: str, variances: npt.NDArray[np.float32]) -> None:
    """ParameterError unless all variances are above 0."""
    row = first_bad_row(lambda part: part > 0, variances)
    if row is not None:
        raise ParameterError(f"{name} must be above 0 in float32, got {variances[row].min()} in row {row}")


def as_variances(values: npt.ArrayLike, means: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Variances above 0 as float32, one for each of the means (n, d) or one for each of their numbers."""
    given = as_numbers(values, "variance")
    variances = as_float32("variance", given, means.shape[:1] if given.ndim == 1 else means.shape)
    check_above_zero("variance", variances)
    return variances


def as_number(name: str, value: Any) -> float | None:
    """A finite number or None."""
    try:
        check_parameter(name, value, Interval(float, optional=True))
    except ParameterTypeError as error:  # of a file, perhaps
        raise ParameterError(str(error)) from None
    return None if value is None else float(value)


def first_bad_row(rule: Any, array: npt.NDArray[np.float32]) -> int | None:
    """The first row with a value that does not keep ``rule``, None if all do; little memory is used."""
    for begin in range(0, len(array), _ROWS_AT_ONCE):
        holds = rule(array[begin : begin + _ROWS_AT_ONCE])
        if not holds.all():
            return begin + int(np.argmin(holds.reshape(len(holds), -1).all(-1)))
    return None


def float_tensor(container: Container, name: str, origin: str) -> Stored:
    """A tensor (n, d) of a file that holds vectors, in whichever storage."""
    tensor = container.tensors.get(name)
    if tensor is None:
        raise FormatError(f"{origin}: the file holds no word vectors (no tensor {name!r})")
    stored = from_tensor(tensor)
    if tensor.ndim != 2 or stored is None or tensor.shape[1] == 0:
        found = f"{tensor.dtype} of shape {tensor.shape}"
        raise FormatError(
            f"{origin}: tensor {name!r} must be float32, float16 or bfloat16 with one row a word, found {found}"
        )
    return stored


def of_each_word(
    tensors: Mapping[str, npt.NDArray[Any]], name: str, kind: type[np.generic], num_words: int, origin: str
) -> npt.NDArray[Any] | None:
    """A tensor of a file with a number of that kind for each word, (n,), None without any; FormatError for another."""
    tensor = tensors.get(name)
    if tensor is not None and (tensor.shape != (num_words,) or tensor.dtype != kind):
        found = f"{tensor.dtype} of shape {tensor.shape}"
        raise FormatError(f"{origin}: tensor {name!r} must be one {kind.__name__} a word, found {found}")
    return tensor


def as_weighted(item: Any, sign: float) -> tuple[Any, float]:
    """An item of a query and its weight: 1 (−1 among the negatives), or the number beside it in a tuple, whose sign
    is kept."""
    if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[1], Real) or as_in_sentence(item):
        return item, sign
    if isinstance(item[0], Real) and not isinstance(item[0], Integral):
        return item, sign  # a vector of two dimensions
    if isinstance(item[1], bool) or not np.isfinite(float(item[1])):
        raise ParameterError(f"the weight of an item must be a finite number, got {item[1]!r:.80}")
    return item[0], float(item[1])


def check_on_missing(on_missing: Any, choices: tuple[str, ...] = ON_MISSING) -> None:
    """What to do about unknown words."""
    if on_missing not in choices:
        raise ParameterError(f"on_missing must be one of {', '.join(map(repr, choices))}, got {on_missing!r:.80}")


def as_point(item: Any) -> FloatArray:
    """A query vector (d,) in float64; a matrix of one row is one too."""
    is_array = isinstance(item, np.ndarray) and item.dtype.kind in "fiu"
    if not is_array and (
        isinstance(item, str | bytes) or not can_iterate(item) or any(isinstance(part, str) for part in listed(item))
    ):
        missing = ", a missing value" if is_missing(item) else ""
        found = f"{type(item).__name__}: {item!r:.80}{missing}"
        if isinstance(item, Real) and not isinstance(item, Integral):
            found += "; a weighted word stands in a list, [(word, weight)]"
        raise ParameterTypeError(f"a query must be a word, a vector or a Gaussian, got {found}")
    return as_vector(item, "a query vector")


def as_unit(vector: FloatArray) -> FloatArray:
    """The vector of length 1 in that direction; a zero vector stays zero."""
    if not are_fit(np.vdot(vector, vector)):
        vector = fitting(vector)
    norm = np.sqrt((vector**2).sum())
    return vector / norm if norm > 0 else vector


def directions(means: FloatArray) -> FloatArray:
    """Vectors (..., d) scaled to length 1; zero ones stay zero."""
    lengths = np.sqrt((means**2).sum(-1, keepdims=True))
    result: FloatArray = means / np.where(lengths > 0, lengths, 1)
    return result


def check_topn(topn: Any) -> int | None:
    """A number of neighbours, or None for all."""
    if topn is None:
        return None
    if isinstance(topn, bool) or not isinstance(topn, Integral):
        raise ParameterTypeError(f"topn must be an integer at least 0 or None, got {topn!r:.80}")
    if topn < 0:
        raise ParameterError(f"topn must be an integer at least 0 or None, got {topn!r:.80}")
    return int(topn)
