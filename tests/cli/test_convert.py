"""convert, and info and verify of files in other formats."""

from __future__ import annotations

import pytest

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


def test_options_and_errors(densevec, point_file, tmp_path):
    (tmp_path / "twice.vec").write_text("2 2\nkiwi 1 2\nkiwi 3 4\nplum 5 6\n")
    result = densevec("convert", tmp_path / "twice.vec", tmp_path / "out.bin")
    assert result.status == 1 and "strict=False" in result.err
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
