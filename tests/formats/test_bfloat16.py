"""bfloat16 against torch's, and containers as bytes."""

import numpy as np
import pytest

from densevec.errors import CorruptError, FormatError, ParameterError
from densevec.formats import (
    BFLOAT16,
    container_bytes,
    decode_bfloat16,
    encode_bfloat16,
    parse_container,
    read_container,
    write_container,
)


def test_rounding_is_torchs():
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, 100_000, dtype=np.uint64).astype(np.uint32)
    values = np.concatenate([bits.view(np.float32), np.array([0, -0.0, 1e-45, 3.4e38, 1.00390625], np.float32)])
    values = values[np.isfinite(values)]
    expected = torch.tensor(values).to(torch.bfloat16).to(torch.float32).numpy()
    np.testing.assert_array_equal(decode_bfloat16(encode_bfloat16(values)), expected)


def test_a_file_keeps_it_and_torch_reads_it(tmp_path):
    torch = pytest.importorskip("torch")
    load_file = pytest.importorskip("safetensors.torch").load_file
    values = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    write_container(tmp_path / "file", {"mean": encode_bfloat16(values)}, list("abcde"))
    stored = read_container(tmp_path / "file", check=True).tensors["mean"]
    assert stored.dtype == BFLOAT16
    loaded = load_file(str(tmp_path / "file"))["mean"]
    assert loaded.dtype == torch.bfloat16
    np.testing.assert_array_equal(loaded.float().numpy(), decode_bfloat16(stored))


@pytest.mark.parametrize(("name", "value"), [("mean", np.inf), ("mean", np.nan), ("variance", 0.0), ("variance", -1.0)])
def test_fault_20_its_values_are_checked(tmp_path, name, value):
    values = np.ones((4, 3), np.float32)
    values[2, 1] = value
    with pytest.raises(ParameterError, match=rf"{name!r} cannot be saved.*row 2"):
        write_container(tmp_path / "file", {name: encode_bfloat16(values)}, list("abcd"))


def test_bytes_are_those_of_the_file(tmp_path):
    contents = {"mean": np.arange(6, dtype=np.float32).reshape(2, 3)}
    data = container_bytes(contents, ["a", "b"], {"class": "X"})
    write_container(tmp_path / "file", contents, ["a", "b"], {"class": "X"})
    assert data == (tmp_path / "file").read_bytes()
    container = parse_container(data, check=True)
    np.testing.assert_array_equal(container.tensors["mean"], contents["mean"])
    assert list(container.words) == ["a", "b"]
    for end in range(len(data)):
        with pytest.raises((FormatError, CorruptError)):
            parse_container(data[:end])
    with pytest.raises(CorruptError):
        parse_container(data[:-1] + b"\xff", check=True)
