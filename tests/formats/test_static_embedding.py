"""Folders of model2vec and sentence-transformers, written, read, and opened by those tools."""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from densevec import SkipGram
from densevec.corpus.tokenizers import split_words
from densevec.errors import CorruptError, FileError, FormatError, FormatWarning, MissingPackageError, ParameterError
from densevec.formats import WordVectors, guess_format, read_vectors, write_vectors
from densevec.formats.static_embedding import _WORDS
from densevec.vectors import DensityVectors, KeyedVectors

FORMATS = ["model2vec", "sentence-transformers"]
WORDS = ["kiwi", "egg", "don't", "New York", "naïve", "", "<unk>", "[UNK]", "\u65e5\u672c", "</s>"]
ROWS = np.random.default_rng(2).normal(size=(len(WORDS), 5)).astype(np.float32)
LOWERED = {"parameters": {"lowercase": True, "tokenizer": "words"}}


def needs(*names: str) -> None:
    for name in names:
        pytest.importorskip(name, reason=f"{name} is not installed")


@pytest.fixture(params=FORMATS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    needs("tokenizers")
    path: Path = tmp_path / str(request.param)
    write_vectors(path, WordVectors(WORDS, ROWS, metadata=LOWERED), request.param)
    assert guess_format(path) == request.param
    return path


def test_there_and_back(folder: Path) -> None:
    table = read_vectors(folder)
    assert list(table.words) == WORDS
    np.testing.assert_array_equal(table.vectors, ROWS)
    assert KeyedVectors.from_file(folder)["naïve"].tolist() == ROWS[4].tolist()


def test_model2vec_opens_it(folder: Path) -> None:
    needs("model2vec")
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(str(folder))
    assert model.dim == 5 and model.tokenize(["The KIWI laid an egg, don't!"]) == [[0, 1, 2]]
    encoded = model.encode(["Kiwi (egg)!", "weka", ""])
    np.testing.assert_allclose(encoded[0], ROWS[:2].mean(0), rtol=1e-6)
    assert not encoded[1:].any()
    model.save_pretrained(str(folder / "again"))
    again = read_vectors(folder / "again")
    assert list(again.words) == WORDS and guess_format(folder / "again") == "model2vec"
    np.testing.assert_array_equal(again.vectors, ROWS)


@pytest.mark.slow
def test_sentence_transformers_opens_it(folder: Path) -> None:
    needs("sentence_transformers")
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    encoded = model.encode(["Kiwi (egg)!", "weka kiwi", ""])
    np.testing.assert_allclose(encoded[0], ROWS[:2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(encoded[1], ROWS[0] / 2, rtol=1e-6)  # the unknown word counts as zeros
    model.save(str(folder / "again"))
    again = read_vectors(folder / "again")
    assert list(again.words) == WORDS and guess_format(folder / "again") == "sentence-transformers"
    np.testing.assert_array_equal(again.vectors, ROWS)


def test_text_is_cut_as_the_vectors_text_was(tmp_path: Path) -> None:
    needs("tokenizers")
    from tokenizers import Tokenizer

    vectors = KeyedVectors(["kiwi", "no\xa0break", "e\u0301gg", "Kiwi"], ROWS[:4])
    vectors.to_file(tmp_path / "plain", "model2vec")
    tokenizer = Tokenizer.from_file(str(tmp_path / "plain" / "tokenizer.json"))
    assert tokenizer.encode("  kiwi\tKiwi no\xa0break kea. ").ids == [0, 3, 1, 4]
    KeyedVectors(["kiwi", "\xe9gg"], ROWS[:2], parameters={"normalize": "NFC", "lowercase": True}).to_file(
        tmp_path / "folded", "model2vec"
    )
    tokenizer = Tokenizer.from_file(str(tmp_path / "folded" / "tokenizer.json"))
    assert tokenizer.encode("KIWI E\u0301gg").ids == [0, 1]


def test_words_are_cut_by_the_same_rules() -> None:
    needs("tokenizers")
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import Split

    cut = Split(Regex(_WORDS), "removed", invert=True)
    draw = random.Random(1)
    letters = "abÉß19 .,'\u2019-_\xb7\u0301\u200b\u00ad\u65e5\u3042\u0e01\u200d!\u0643\u0928"
    texts = ["".join(draw.choice(letters) for _ in range(14)) for _ in range(3000)]
    for text in [*texts, "Don't panic: it's 3.14, 'tis naïve", "l\u2019\u0153uf x\xb2 \xbd 10,000 U.S.A."]:
        assert [word for word, _ in cut.pre_tokenize_str(text)] == split_words(text), repr(text)


def test_text_is_lowered_as_python_lowers_it(tmp_path: Path) -> None:
    """A sigma at the end of a word is another letter than one within it."""
    needs("tokenizers")
    from tokenizers import Tokenizer

    KeyedVectors(["\u03ba\u03cc\u03c3\u03bc\u03bf\u03c2"], ROWS[:1], parameters={"lowercase": True}).to_file(
        tmp_path, "model2vec"
    )
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("\u039a\u038c\u03a3\u039c\u039f\u03a3").ids == [0]
    draw = random.Random(1)
    letters = "\u03a3\u03a3\u03c3\u03c2aA\u0391.:\u2019\u0301\u02b0 1-\xdf\xad\u65e5"
    for _ in range(3000):
        text = "".join(draw.choice(letters) for _ in range(12))
        assert tokenizer.normalizer.normalize_str(text) == text.lower(), ascii(text)


def test_parts_of_words_weights_and_other_numbers(tmp_path: Path) -> None:
    needs("tokenizers")
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece

    words = ["[UNK]", "[PAD]", "fly", "##ing", "kiwi"]
    Tokenizer(WordPiece({word: row for row, word in enumerate(words)}, unk_token="[UNK]")).save(
        str(tmp_path / "tokenizer.json")
    )
    (tmp_path / "config.json").write_text("{}")
    rows = ROWS[:3].astype(np.float16)
    tensors = {"embeddings": rows, "mapping": np.array([0, 0, 1, 2, 2]), "weights": np.array([1.0, 0, 2, 1, 0.5])}
    save_file(tensors, tmp_path / "model.safetensors")
    table = read_vectors(tmp_path)
    assert list(table.words) == words
    wanted = rows.astype(np.float32)[[0, 0, 1, 2, 2]] * np.array([1, 0, 2, 1, 0.5], np.float32)[:, None]
    np.testing.assert_allclose(table.vectors, wanted)
    for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "u8"):
        save_file({**tensors, "mapping": tensors["mapping"].astype(kind)}, tmp_path / "model.safetensors")
        np.testing.assert_allclose(read_vectors(tmp_path).vectors, wanted, err_msg=kind)
    for wrong in (
        {**tensors, "mapping": np.array([False, False, True, True, True])},
        {**tensors, "weights": np.ones(5, bool)},
        {"other": rows},
        {"embeddings": rows[0]},
        {"embeddings": rows},  # fewer rows than tokens
        {"embeddings": rows, "mapping": np.array([0, 0, 1, 2, 3])},
        {"embeddings": rows, "mapping": np.array([0, 0, 1, 2, -1])},
        {"embeddings": np.full((5, 2), np.inf, np.float32)},
        {"embeddings": np.ones((5, 2), np.float32), "weights": np.ones(4)},
    ):
        save_file(wrong, tmp_path / "model.safetensors")
        with pytest.raises(FormatError):
            read_vectors(tmp_path)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("bytes_left", [0, 9, 100])
def test_damaged_folders(folder: Path, name: str, bytes_left: int) -> None:
    path = next(folder.rglob(name))
    path.write_bytes(path.read_bytes()[:bytes_left])
    with pytest.raises((CorruptError, FormatError)):
        read_vectors(folder)
    path.unlink()
    with pytest.raises(FormatError, match="nor a static embedding"):
        read_vectors(folder)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_mutated_folders_raise_ours_or_load_whole(tmp_path: Path, name: str) -> None:
    needs("tokenizers")
    write_vectors(tmp_path, WordVectors(WORDS, ROWS), "model2vec")
    path, draw = tmp_path / name, random.Random(3)
    whole = path.read_bytes()
    for _ in range(300):
        raw = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            begin = draw.randrange(len(raw))
            raw[begin : begin + draw.randint(0, 6)] = draw.randbytes(draw.randint(0, 6))
        path.write_bytes(raw)
        try:
            table = read_vectors(tmp_path)
        except (CorruptError, FormatError):
            continue
        assert len(table.words) == len(table.vectors) and np.isfinite(table.vectors).all()


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("tokenizers")
    for words, rows in ((["a\ud800"], ROWS[:1]), ([], ROWS[:0])):
        with pytest.raises(ParameterError):
            write_vectors(tmp_path / "x", WordVectors(words, rows), "model2vec")
    with pytest.warns(FormatWarning, match="model2vec holds no variances"):
        DensityVectors(["a"], ROWS[:1], [1.0]).to_file(tmp_path / "means", "model2vec")
    config = json.loads((tmp_path / "means" / "config.json").read_text())
    assert config["hidden_dim"] == 5 and config["max_length"] is None


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingPackageError, match=r"for model2vec needs the package tokenizers: .*'densevec\[hub\]'"):
        KeyedVectors(["a"], ROWS[:1]).to_file(tmp_path / "x", "model2vec")


WRITERS = {
    **{name: (lambda vectors, path, name=name: vectors.to_file(path, name)) for name in (*FORMATS, "projector")},
    "save_pretrained": lambda vectors, path: vectors.save_pretrained(path),
}
APART = [(first, second) for first in WRITERS for second in WRITERS if first != second]
BESIDE = [(first, "save_pretrained") for first in ("projector", "sentence-transformers")]


@pytest.mark.parametrize(("first", "second"), APART)
def test_a_folder_holds_one_format(first: str, second: str, tmp_path: Path) -> None:
    """But for those of no common file of which one is opened by ``from_pretrained``."""
    needs("tokenizers")
    old, new = (KeyedVectors(["a", "b"], rows) for rows in (ROWS[:2], ROWS[2:4]))
    WRITERS[first](old, tmp_path / "x")
    held = {path: path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file()}
    if {first, second} in map(set, BESIDE):
        WRITERS[second](new, tmp_path / "x")
        read = {first: old, second: new}
        assert (KeyedVectors.from_pretrained(tmp_path / "x").vectors == read.pop("save_pretrained").vectors).all()
        assert (KeyedVectors.from_file(tmp_path / "x").vectors == read.popitem()[1].vectors).all()
        return
    with pytest.raises(
        FileError, match=f"must hold one format, .* is not {second}'s; choose another folder, or remove"
    ):
        WRITERS[second](new, tmp_path / "x")
    assert {path: path.read_bytes() for path in (tmp_path / "x").rglob("*") if path.is_file()} == held
    WRITERS[first](new, tmp_path / "x")


@pytest.mark.parametrize(("first", "second"), [FORMATS, FORMATS[::-1]])
def test_of_two_formats_in_a_folder_one_is_named(first: str, second: str, tmp_path: Path) -> None:
    """By the caller, or by the list of modules, which is that of the last one; earlier versions wrote such folders."""
    needs("tokenizers")
    rows = {first: ROWS[:2], second: ROWS[2:4]}
    for name in (first, second):
        KeyedVectors(["a", "b"], rows[name]).to_file(tmp_path / name, name)
        shutil.copytree(tmp_path / name, tmp_path / "x", dirs_exist_ok=True)
    assert guess_format(tmp_path / "x") == second
    np.testing.assert_array_equal(read_vectors(tmp_path / "x").vectors, rows[second])
    for name in FORMATS:
        np.testing.assert_array_equal(read_vectors(tmp_path / "x", name).vectors, rows[name])
    for modules in ("", "[]", "{}", "[" * 9000, '[{"path": 1}]'):
        (tmp_path / "x" / "modules.json").write_text(modules)
        assert guess_format(tmp_path / "x") == "model2vec"
    KeyedVectors(["a", "b"], ROWS[4:6]).to_file(tmp_path / "projector", "projector")
    shutil.copytree(tmp_path / "projector", tmp_path / "x", dirs_exist_ok=True)
    with pytest.raises(FormatError, match="files of projector and of model2vec; name the format, or remove those"):
        read_vectors(tmp_path / "x")
    np.testing.assert_array_equal(read_vectors(tmp_path / "x", "projector").vectors, ROWS[4:6])
    np.testing.assert_array_equal(read_vectors(tmp_path / "x" / "tensors.tsv").vectors, ROWS[4:6])


def test_convert_spares_a_model_in_the_folder(densevec_command: Any, tmp_path: Path) -> None:
    needs("tokenizers")
    model = SkipGram([["a", "b"]] * 20, dim=3, epochs=1, min_count=1, sample=0).train()
    model.save_pretrained(tmp_path / "hub")
    model.save(tmp_path / "a.safetensors")
    assert densevec_command("convert", tmp_path / "a.safetensors", tmp_path / "hub", "--to", "model2vec")
    assert SkipGram.from_pretrained(tmp_path / "hub").dim == 3


def test_convert(folder: Path, densevec_command: Any, tmp_path: Path) -> None:
    out = tmp_path / "words.npz"
    assert densevec_command("convert", folder, out) == 0
    assert list(read_vectors(out).words) == WORDS
    assert densevec_command("convert", out, tmp_path / "again", "--to", folder.name) == 0
    assert guess_format(tmp_path / "again") == folder.name
    shutil.rmtree(tmp_path / "again")


@pytest.fixture
def densevec_command() -> Any:
    from densevec.cli import main

    return lambda *arguments: main([str(argument) for argument in arguments])
