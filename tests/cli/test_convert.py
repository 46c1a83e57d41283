"""convert, and info and verify of files in other formats."""

from __future__ import annotations

import re

import numpy as np
import pytest

from densevec.formats import write_container
from densevec.vectors import KeyedVectors


def test_convert_says_what_it_did_and_what_was_lost(densevec, density_file, vectors, tmp_path):
    result = densevec("convert", density_file, tmp_path / "out.vec", "--json")
    assert result.status == 0
    assert result.json["source_format"] == "native"
    assert result.json["target_format"] == "word2vec-text"
    assert result.json["words"] == len(vectors)
    assert "only the means" in result.json["notes"][0]
    assert "note: " in result.err and "only the means" in result.err
    again = KeyedVectors.load_word2vec_format(tmp_path / "out.vec")
    assert again.index_to_key == vectors.index_to_key
    assert (again.vectors == vectors.vectors).all()


def test_densities_stay_where_the_format_holds_them(densevec, density_file, tmp_path):
    result = densevec("convert", density_file, tmp_path / "out.npz")
    assert (result.status, result.err) == (0, "")
    assert "(native) to" in result.out
    assert densevec("convert", tmp_path / "out.npz", tmp_path / "again.safetensors").status == 0
    assert densevec("info", tmp_path / "again.safetensors", "--json").json["class"] == "DensityVectors"


@pytest.mark.parametrize("name", ["word2vec", "word2vec-text", "glove", "projector", "npz", "npy", "native"])
def test_every_format_is_converted_told_and_verified(densevec, point_file, tmp_path, name):
    target = tmp_path / "out"
    assert densevec("convert", point_file, target, "--to", name).status == 0
    report = densevec("info", target, "--json").json
    assert report["words"] == len(KeyedVectors.load(point_file))
    assert report.get("format", "native") == name
    assert densevec("info", target).status == 0
    assert "sound" in densevec("verify", target).out
    assert densevec("convert", target, tmp_path / "back.bin", "--from", name).status == 0


@pytest.mark.parametrize("name", ["word2vec", "word2vec-text", "glove", "projector", "npz", "npy", "native"])
def test_the_first_words_of_every_format(densevec, point_file, tmp_path, name):
    source, target = tmp_path / "in", tmp_path / "out.vec"
    assert densevec("convert", point_file, source, "--to", name).status == 0
    result = densevec("convert", source, target, "--limit", 3)
    assert (result.status, result.err) == (0, "")
    assert KeyedVectors.from_file(target).index_to_key == KeyedVectors.load(point_file).index_to_key[:3]
    assert densevec("convert", source, target, "--limit", 0).status == 2
    if name in ("npz", "npy", "native"):
        result = densevec("convert", source, target, "--no-strict", "--on-duplicate", "last")
        assert result.status == 2 and result.err.rstrip().endswith("; leave out --no-strict, --on-duplicate")


def test_a_model_is_more_than_its_vectors(densevec, vectors, tmp_path):
    tensors, metadata = vectors.container_parts()
    tensors["model.weight"] = np.zeros(3, dtype=np.float32)
    write_container(tmp_path / "model.safetensors", tensors, vectors.words, {**metadata, "class": "StandIn"})
    result = densevec("convert", tmp_path / "model.safetensors", tmp_path / "out.safetensors")
    assert result.status == 0 and "without the model" in result.err
    assert densevec("convert", tmp_path / "out.safetensors", tmp_path / "again.safetensors").err == ""


FAULTS = {
    "twice": b"2 2\nkiwi 1 2\nkiwi 3 4\n",
    "spaces": b"3 2\nkiwi 1 2\nnew york 3 4\nplum 5 6\n",
    "more": b"1 2\nkiwi 1 2\nplum 3 4\n",
    "nan": b"2 2\nkiwi 1 2\nplum nan 4\n",
    "latin": b"2 2\nkiwi 1 2\ncaf\xe9 3 4\n",
}


@pytest.mark.parametrize("command", [("neighbors", "kiwi"), ("info",), ("verify",)], ids=lambda command: command[0])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_advice_of_a_command_helps_it(densevec, tmp_path, fault, command):
    name, *words = command
    (tmp_path / "in.vec").write_bytes(FAULTS[fault])
    result = densevec(name, tmp_path / "in.vec", *words)
    assert result.status == 1 and len(result.err.splitlines()) == 1
    (advice,) = re.findall(r"\(densevec convert (--[^)]*)\)", result.err)
    done = densevec("convert", tmp_path / "in.vec", tmp_path / "out.safetensors", *advice.split())
    assert done.status == 0, done.err
    assert densevec(name, tmp_path / "out.safetensors", *words).status == 0


def test_options_and_errors(densevec, point_file, tmp_path):
    (tmp_path / "twice.vec").write_text("2 2\nkiwi 1 2\nkiwi 3 4\nplum 5 6\n")
    result = densevec("convert", tmp_path / "twice.vec", tmp_path / "out.bin")
    assert result.status == 1 and "--no-strict reads" in result.err
    result = densevec("convert", tmp_path / "twice.vec", tmp_path / "out.bin", "--no-strict", "--on-duplicate", "last")
    assert result.status == 0
    assert len(result.err.splitlines()) == 2
    assert densevec("convert", tmp_path / "twice.vec", tmp_path / "one.bin", "--limit", 1).status == 0
    for arguments in (("out.unknown",), ("out.bin", "--to", "floret"), ("out.bin", "--from", "excel")):
        assert densevec("convert", point_file, tmp_path / arguments[0], *arguments[1:]).status == 2
    assert densevec("verify", tmp_path / "twice.vec").status == 1
    (tmp_path / "page").write_text("<html></html>")
    for command in ("info", "verify"):
        result = densevec(command, tmp_path / "page")
        assert result.status == 1 and "HTML page" in result.err
